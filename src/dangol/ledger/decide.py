"""One run of a programme, decided by arithmetic: who is contacted, held out or skipped, and how likely that was.

The steps, in this order: audience, consent and suppression, cool-down, promotion limit, one per household where the programme
wants that, capacity by rank (those whom people put first before all others), holdout, arm. Held-out customers pass every step
that contacted ones pass, capacity, cool-down and limit included, so that the two differ by the contact alone.

A customer's place in the holdout depends on the programme and the customer only: the same people stay held out of a
programme in all its runs, and the effect of the programme as a whole can be read from them. Arms and ties have their own
places, unrelated to the holdout's. Where one of each household is contacted, the household has the place: who of it is worth most
may change, whether it is held out does not, and the cool-down of one rests all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.algorithms.holdout import assign, places
from dangol.core.cleared import Clearance, Cleared, require_cleared
from dangol.core.declare import ProgrammeSettings
from dangol.core.engine import Duck
from dangol.core.errors import DataError, told
from dangol.core.query import Scope, Value, bind, sql

GOOD_FOR_DAYS = 7  # a decision not carried out within a week rests on consent and scores of another day
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MOMENT = pa.timestamp("us")
EARLIER = pa.schema([("customer_id", pa.int64()), ("programme", pa.string()), ("as_of", MOMENT), ("action", pa.string())])
FIRST = SPENT = pa.schema([("customer_id", pa.int64())])
HOMES = pa.schema([("customer_id", pa.int64()), ("home", pa.int64()), ("worth", pa.float64())])
# what makes a decision the same decision; run and clock do not
FINGERPRINT = ("decision_id", "customer_id", "eligible", "action", "arm", "channel", "probability", "score", "cost",
               "reason_code", "consent_recorded_at")  # fmt: skip

CANDIDATES = sql("""
    with rested as (
        select distinct e.customer_id from ledger_earlier e
        where e.programme = $programme and e.action in ('contact', 'hold_out')
          and e.as_of > $rested_since and e.as_of < $run_as_of),
    rested_homes as (select distinct h.home from rested e join ledger_homes h on h.customer_id = e.customer_id)
    select cast(a.customer_id as bigint) as customer_id, cast(a.score as double) as score, c.channel, c.consent_recorded_at,
           case when c.customer_id is null then coalesce(r.reason, 'no_consent')
                when t.customer_id is not null or th.home is not null then 'cool_down'
                when s.customer_id is not null then 'promotion_limit' end as reason,
           cast(h.home as bigint) as home, cast(h.worth as double) as worth, f.customer_id is not null as put_first
    from audience a
    left join ledger_first f on f.customer_id = a.customer_id
    left join ledger_homes h on h.customer_id = a.customer_id
    left join rested_homes th on th.home = h.home
    left join ledger_cleared c on c.customer_id = a.customer_id
    left join ledger_refused r on r.customer_id = a.customer_id
    left join rested t on t.customer_id = a.customer_id
    left join ledger_spent s on s.customer_id = a.customer_id
    order by a.customer_id""")


@dataclass(frozen=True)
class Run:
    """A programme at a moment.

    Attributes:
        settings: the programme's.
        as_of: the moment of the profile, UTC without zone; together with the programme it names the campaign.
        run_id: of the workspace run that asked.
        decided_at: from when outcomes count; `as_of` when not given.
    """

    settings: ProgrammeSettings
    as_of: datetime
    run_id: str = ""
    decided_at: datetime | None = None

    @property
    def campaign_id(self) -> str:
        """The campaign this run makes."""
        return f"{self.settings.name}-{self.as_of.isoformat(timespec='auto').replace('-', '').replace(':', '')}"


@dataclass(frozen=True)
class Known:
    """What is known beside audience and consent.

    Attributes:
        earlier: customer_id, programme, as_of and action of decisions taken before, see `earlier_decisions`.
        homes: customer_id, home and worth where one of each home is to be contacted at most; None where everybody may be.
        first: customer_id of those whom people put first: capacity reaches them before everybody else. Consent, cool-down and
            holdout hold for them as for all.
        spent: customer_id of those for whom a further contact would cost more than the policies of their segments allow.
    """

    earlier: pa.Table | None = None
    homes: pa.Table | None = None
    first: pa.Table | None = None
    spent: pa.Table | None = None

    def tables(self) -> dict[str, pa.Table]:
        """The tables that candidates are read beside; empty where nothing is known."""
        given = {"earlier": (self.earlier, EARLIER), "homes": (self.homes, HOMES), "first": (self.first, FIRST),
                 "spent": (self.spent, SPENT)}  # fmt: skip
        return {
            f"ledger_{name}": (schema.empty_table() if table is None else table).select(schema.names)
            for name, (table, schema) in given.items()
        }


NOTHING_KNOWN = Known()


@dataclass(frozen=True)
class Decisions:
    """One row for every member of the audience, in the order of customer_id.

    Attributes:
        campaign_id: the campaign they belong to.
        rows: the columns of the store's table `decisions`.
    """

    campaign_id: str
    rows: pa.Table

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over what was decided, hexadecimal; equal for equal decisions."""
        digest = hashlib.sha256(self.campaign_id.encode())
        for batch in self.rows.select(FINGERPRINT).to_batches(max_chunksize=50_000):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                digest.update(repr(row).encode())
        return digest.hexdigest()

    def counts(self) -> dict[str, int]:
        """How many are in the audience, were contacted, held out, skipped, and skipped for which reason."""
        actions = Counter(self.rows["action"].to_pylist())
        reasons = Counter(reason for reason in self.rows["reason_code"].to_pylist() if reason)
        listed = {action: actions.get(action, 0) for action in ("contact", "hold_out", "skip")}
        return {"audience": self.rows.num_rows, **listed, **{f"skip:{name}": reasons[name] for name in sorted(reasons)}}

    def to_contact(self, cleared: Cleared) -> Cleared:
        """Those decided to be contacted, still as cleared customers; what a destination takes.

        Raises:
            ConsentError: these are no cleared customers.
        """
        chosen = self.rows.filter(pc.equal(self.rows["action"], "contact"))
        return require_cleared(cleared).only(chosen["customer_id"])


def decide(duck: Duck, run: Run, audience: exp.Expr, clearance: Clearance, known: Known = NOTHING_KNOWN) -> Decisions:
    """Decide about every member of an audience; the same input in any order gives the same decisions.

    Args:
        duck: where the audience is.
        run: the programme and the moment.
        audience: a table or select with customer_id (each once) and score (missing scores rank last).
        clearance: what consent said about the audience; whoever it does not name is skipped.
        known: earlier decisions, homes, and whom people put first.

    Raises:
        ConsentError: the clearance was not made by the consent room.
        DataError: a customer is in the audience twice, or not numbered.
    """
    found = candidates(duck, run, audience, clearance, known)
    ids = found["customer_id"].to_numpy()
    repeated = ids[1:][ids[1:] == ids[:-1]]
    if found["customer_id"].null_count or repeated.size:
        twice = told("the audience holds customer_id {number} twice", number=str(repeated[0])) if repeated.size else ""
        raise DataError(twice or told("the audience holds a missing customer_id"), where=run.settings.name)
    return Decisions(run.campaign_id, rows(run, found))


def candidates(duck: Duck, run: Run, audience: exp.Expr, clearance: Clearance, known: Known) -> pa.Table:
    """Members of the audience with their channel and home, or the reason why they cannot be contacted."""
    settings = run.settings
    given = {
        "ledger_cleared": require_cleared(clearance.cleared).rows,
        "ledger_refused": clearance.refused,
        **known.tables(),
    }
    for name, table in given.items():
        duck.register(name, table)
    values: dict[str, Value] = {
        "programme": settings.name,
        "rested_since": run.as_of - timedelta(days=settings.cool_down_days),
        "run_as_of": run.as_of,
    }
    answer = duck.arrow(bind(CANDIDATES, Scope(run.as_of, sources={"audience": audience}, values=values)))
    for name in given:
        duck.drop(name)
    return answer


def rows(run: Run, found: pa.Table) -> pa.Table:
    """The decisions of candidates as rows of the store."""
    settings, size = run.settings, found.num_rows
    ids = found["customer_id"].to_numpy()
    score = found["score"].to_numpy(zero_copy_only=False).astype(np.float64)
    allowed = found["reason"].is_null().to_numpy()
    ranked = rank(found, score)
    eligible = first_of_homes(found, ranked, allowed)
    chosen = within_capacity(run, ids, ranked, eligible)
    drawn, lot = drawn_by(found, settings.name)
    held = assign(drawn, lot, {"hold_out": settings.holdout, "contact": 1.0 - settings.holdout})
    arms = assign(drawn, f"{lot}:arm", {arm.name: arm.share for arm in settings.arms})
    contacted = chosen & (held.arm == 1)
    action = np.where(contacted, "contact", np.where(chosen, "hold_out", "skip"))
    overflow = pa.array(
        np.where(allowed & ~eligible, "same_household", np.where(eligible & ~chosen, "capacity", "")), pa.string()
    )
    same: dict[str, tuple[object, pa.DataType]] = {
        "campaign_id": (run.campaign_id, pa.string()),
        "programme": (settings.name, pa.string()),
        "run_id": (run.run_id, pa.string()),
        "as_of": (run.as_of, MOMENT),
        "decided_at": (run.decided_at or run.as_of, MOMENT),
        "score_name": (settings.rank_by, pa.string()),
        "expires_at": (run.as_of + timedelta(days=GOOD_FOR_DAYS), MOMENT),
    }
    kept = pa.array(contacted)
    return pa.table(
        {
            "decision_id": decision_ids(run, ids),
            **{name: pa.repeat(pa.scalar(value, kind), size) for name, (value, kind) in same.items()},
            "customer_id": found["customer_id"],
            "eligible": eligible,
            "action": action.tolist(),
            "arm": only_where(kept, pa.array([arms.arms[index] for index in arms.arm], pa.string())),
            "channel": only_where(kept, found["channel"]),
            "probability": np.where(contacted, held.probability * arms.probability, np.where(chosen, held.probability, 1.0)),
            "score": pa.array(score, from_pandas=True),
            "cost": contact_costs(run, arms.arm, contacted),
            "reason_code": pc.coalesce(found["reason"], only_where(pc.not_equal(overflow, ""), overflow)),
            "consent_recorded_at": found["consent_recorded_at"],
        }
    )


def first_of_homes(found: pa.Table, ranked: Floats, allowed: Flags) -> Flags:
    """Of each home who was put first, else the one worth most among those who may be contacted, then by score and number.

    Where homes do not count, everybody who may be contacted.
    """
    home = found["home"].to_numpy(zero_copy_only=False).astype(np.float64)
    counted = np.flatnonzero(allowed & ~np.isnan(home))
    worth = np.nan_to_num(found["worth"].to_numpy(zero_copy_only=False).astype(np.float64), nan=-np.inf)
    later = ~np.isposinf(ranked[counted])
    order = counted[np.lexsort((counted, -ranked[counted], -worth[counted], later, home[counted]))]
    repeated = order[1:][home[order[1:]] == home[order[:-1]]]
    kept = allowed.copy()
    kept[repeated] = False
    return kept


def drawn_by(found: pa.Table, name: str) -> tuple[npt.NDArray[np.int64], str]:
    """The numbers that lots are drawn by, and the name of the lot: homes where they count, else customers."""
    if found["home"].null_count == found.num_rows:
        return found["customer_id"].to_numpy(), name
    return pc.coalesce(found["home"], pc.negate(found["customer_id"])).to_numpy(), f"{name}:home"


def contact_costs(run: Run, arm: npt.NDArray[np.int64], contacted: Flags) -> pa.Array:
    """What each decision costs: the arm's cost where somebody is contacted."""
    costs = [Decimal(str(each.cost)).quantize(Decimal("0.01")) for each in run.settings.arms]
    known = pa.array([*costs, Decimal(0)], pa.decimal128(18, 2))
    return known.take(pa.array(np.where(contacted, arm, len(costs))))


def rank(found: pa.Table, score: Floats) -> Floats:
    """What candidates are ranked by: their score, missing ones last, above all of them those whom people put first."""
    first = found["put_first"].to_numpy(zero_copy_only=False).astype(bool)
    return np.where(first, np.inf, np.where(np.isnan(score), -np.inf, score))


def within_capacity(run: Run, ids: npt.NDArray[np.int64], rank: Floats, eligible: Flags) -> Flags:
    """The best of those eligible, as many as capacity allows; equal scores are drawn anew at every moment."""
    capacity = run.settings.capacity
    if not capacity or eligible.sum() <= capacity:
        return eligible.copy()
    lot = places(ids, f"{run.settings.name}:tie:{run.as_of.isoformat()}")
    order = np.lexsort((lot, -rank, ~eligible))
    best = np.zeros(ids.size, dtype=np.bool_)
    best[order[:capacity]] = True
    return best


def decision_ids(run: Run, ids: npt.NDArray[np.int64]) -> list[str]:
    """The first 32 hexadecimal digits of SHA-256 over "programme|as_of|customer_id"."""
    start = hashlib.sha256(f"{run.settings.name}|{run.as_of.isoformat()}|".encode())
    found = []
    for customer_id in ids.tolist():
        digest = start.copy()
        digest.update(str(customer_id).encode())
        found.append(digest.hexdigest()[:32])
    return found


def only_where(kept: pa.Array, values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Values where a condition holds, else missing."""
    return pc.if_else(kept, values, pa.scalar(None, values.type))
