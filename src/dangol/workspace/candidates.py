"""Who may be warned about: whose rhythm of orders breaks, whose contract may end, who is like those who left by the list."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlglot import exp

from dangol.core.text import to_translate as words
from dangol.predictions.causes import COMMUNICATION, LOYALTY, OTHER, PRICE, SERVICE
from dangol.workspace.categories import COLUMN, REASON, reason_groups
from dangol.workspace.customers import split_reasons
from dangol.workspace.predict import Card
from dangol.workspace.rhythms import EPOCH
from dangol.workspace.snapshot import Snapshot
from dangol.workspace.warning import FILE, LISTED, WARNINGS

# By what somebody is warned about.
ORDERS, CONTRACTS, LIST = "orders", "contracts", "list"
BASES: Mapping[str, str] = {ORDERS: words("orders"), CONTRACTS: words("contracts"), LIST: words("the list of who left")}
PREDICTION: Mapping[str, str] = {CONTRACTS: "contract_churn", LIST: "listed_churn"}
SCORE: Mapping[str, str] = {CONTRACTS: "contract_churn_probability", LIST: "listed_churn_probability"}
# Which fees of a year are at stake, the first that is known.
FEES: Mapping[str, Sequence[str]] = {CONTRACTS: ("contract_value_12m", "12 * contract_fee"), LIST: ("12 * listed_fee",)}
# The simple rule that the warnings of each basis are held against, as its model card names it.
RULE: Mapping[str, str] = {CONTRACTS: "by_age", LIST: "one_column"}
# Of which cause of leaving a reason of the model speaks; what is not named here is the customer's bond with the company.
CAUSE: Mapping[str, str] = {"price": PRICE, "service": SERVICE, "visits": COMMUNICATION, "person": OTHER}
TENTH = 10
# So many reasons stand with an alert, each so long.
REASONS, MOST_SHOWN = 2, 60


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be warned about.

    Attributes:
        basis: orders, contracts or list.
        since: the last order; without orders the moment of the run.
        chance: of no order, or of an end, within the horizon; by a list, of being marked as gone.
        overdue_ratio: the silence in own mean gaps; None without a rhythm.
        days_left: until the customer counts as lapsed, or the horizon is over; None by a list, which knows no days.
        signs: what speaks for it, the most telling first.
        yearly: what a year is worth that may be lost; None where it is not known.
    """

    customer_id: int
    basis: str
    since: datetime
    chance: float
    overdue_ratio: float | None
    days_left: float | None
    signs: tuple[str, ...]
    yearly: Decimal | None

    @property
    def stake(self) -> Decimal | None:
        """What is expected to be lost of it."""
        return of_a_year(self.yearly, self.chance)


@dataclass(frozen=True)
class Proof:
    """How the warnings of a basis would have done on customers that taught nothing, as many as the likeliest tenth of them.

    Attributes:
        warnings: how many customers that is.
        right: how many of them left.
        by_rule: share of those who left among the tenth by the simple rule.
        by_chance: share of those who left among all.
        horizon_days: within which; None by a list.
        lead_days: from the moment to the end, in the median of those who were warned about rightly; None where nobody knows.
    """

    basis: str
    warnings: int
    right: int
    by_rule: float
    by_chance: float
    horizon_days: int | None
    lead_days: float | None = None

    @property
    def precision(self) -> float:
        """Share of right warnings."""
        return self.right / self.warnings

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "precision": self.precision}


def by_orders(snapshot: Snapshot, root: Path) -> list[Candidate]:
    """Whose rhythm of orders breaks, the most urgent first, as the run's stage found them; without what they are worth."""
    found = snapshot.meta.get(WARNINGS)
    if not found:
        return []
    return [
        Candidate(row["customer_id"], ORDERS, moment_of(row["last_day"]), row["chance"], row["overdue_ratio"], row["days_left"],
                  tuple(filter(None, row["signs"].split(";"))), None)
        for row in pq.read_table(root / found["folder"] / FILE).to_pylist()
    ]  # fmt: skip


def by_score(snapshot: Snapshot, basis: str, most: int) -> list[Candidate]:
    """Whose contract may end, or who is like those who left by the list, the likeliest first.

    Args:
        snapshot: the serving one.
        basis: contracts or list.
        most: how many at most.
    """
    score = SCORE[basis]
    if score not in snapshot.columns:
        return []
    told = {
        CONTRACTS: "contract_horizon_days AS days_left, NULL AS cause",
        LIST: "NULL AS days_left, listed_churn_cause AS cause",
    }
    rows = snapshot.duck.cursor().rows(
        f"SELECT customer_id, {score} AS chance, CAST({yearly_fees(basis, snapshot.columns)} AS DECIMAL(18, 2)) AS yearly, "
        f"{PREDICTION[basis]}_reasons AS reasons, {told[basis]} "
        f"FROM profile WHERE {score} IS NOT NULL ORDER BY {score} DESC, yearly DESC NULLS LAST, customer_id LIMIT {int(most)}"
    )
    return [
        Candidate(row["customer_id"], basis, snapshot.as_of, row["chance"], None, row["days_left"],
                  signs_of(row["reasons"], row["cause"]), row["yearly"])
        for row in rows
    ]  # fmt: skip


def yearly_fees(basis: str, columns: Container[str]) -> str:
    """What the fees of a year are told from, as SQL; missing where nothing tells."""
    fees = [each for each in FEES[basis] if each.rpartition(" ")[2] in columns]
    return f"coalesce({', '.join(fees)})" if fees else "NULL"


def signs_of(reasons: str | None, cause: str | None) -> tuple[str, ...]:
    """The cause group, and the strongest reasons that raise a chance; the cause that the first speaks of where none is told."""
    raising = [name for name, moved in split_reasons(reasons) if moved > 0][:REASONS]
    told = cause or (CAUSE.get(raising[0], LOYALTY) if raising else OTHER)
    return (told, *(f"{REASON if name in reason_groups() else COLUMN}{name[:MOST_SHOWN]}" for name in raising))


def in_turn(snapshot: Snapshot, root: Path, per_week: int) -> Iterator[Candidate]:
    """Candidates of each basis in turn, the most urgent of each first, so that none crowds out another; nobody twice."""
    most = LISTED * per_week
    lists = by_orders(snapshot, root), by_score(snapshot, CONTRACTS, most), by_score(snapshot, LIST, most)
    seen = set[int]()
    for each in chain.from_iterable(zip_longest(*lists)):
        if each is not None and each.customer_id not in seen:
            seen.add(each.customer_id)
            yield each


def proofs(cards: Mapping[str, Card]) -> list[Proof]:
    """How warnings by contracts and by the list did where they were judged; none for a model that does not score."""
    return [found for basis in PREDICTION if (found := proof(basis, cards.get(PREDICTION[basis]))) is not None]


def proof(basis: str, card: Card | None) -> Proof | None:
    """How the warnings of a basis did; None where nothing was judged."""
    if card is None or card.judgement is None or not card.scored:
        return None
    metrics = card.judgement.metrics
    judged = round(sum(each["count"] for each in card.judgement.calibration))
    used, rule, top = metrics["chosen"], metrics[RULE[basis]], max(judged // TENTH, 1)
    right = round(used["top_tenth_lift"] * used["actual"] * top)
    horizon = card.horizon_days if basis == CONTRACTS else None
    by_rule = rule["top_tenth_lift"] * rule["actual"]
    return Proof(basis, top, right, by_rule, used["actual"], horizon, used.get("lead_days"))


def of_a_year(yearly: Decimal | None, chance: float) -> Decimal | None:
    """What is expected to be lost of what a year is worth."""
    return None if yearly is None else (yearly * Decimal(repr(chance))).quantize(Decimal("0.01"))


def moment_of(day: float) -> datetime:
    """Days since 1970 as a moment, to the second."""
    return EPOCH + timedelta(seconds=round(day * 86400))


def known_of(
    snapshot: Snapshot, customers: Iterable[int], columns: Sequence[str], told: Mapping[str, str] | None = None
) -> dict[int, dict[str, Any]]:
    """Some columns of the profile for some customers, those that the company has; customers who are gone are left out.

    Args:
        snapshot: the serving one.
        customers: whose.
        columns: of the profile.
        told: what else is told from them, by name, as SQL.
    """
    there = [name for name in columns if name in snapshot.columns]
    there += [f"{each} AS {name}" for name, each in (told or {}).items()]
    wanted = exp.In(this=exp.column("customer_id"), expressions=[exp.Literal.number(each) for each in customers])
    if not wanted.expressions:
        return {}
    rows = snapshot.duck.cursor().rows(exp.select("customer_id", *there).from_("profile").where(wanted))
    return {row.pop("customer_id"): row for row in rows}
