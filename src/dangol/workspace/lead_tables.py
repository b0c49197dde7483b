"""Scores of leads and of accounts as tables of the snapshot, and as questions read them.

An account's score rolls up what is open with it: its leads with their chances, its open opportunities with the rate at which it
was won so far, drawn towards all as far as accounts differ by luck. It is the chance that at least one comes to something
(1 − Π (1 − chance)), and what all of them are expected to bring. What its people are expected to buy anyway stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from dangol.algorithms import shrunk_rates
from dangol.core.declare import Feature, LeadSettings, Output
from dangol.core.engine import Duck
from dangol.core.query import named, sql
from dangol.workspace.binding import Binder
from dangol.workspace.lead_columns import ACCOUNT_COLUMNS, LEADS, SCORED_ACCOUNTS, SCORED_LEADS, TYPES
from dangol.workspace.leads import LEAD_SCORES, LeadBook, learn_leads
from dangol.workspace.predict import decimals
from dangol.workspace.stages import Stage

FEWEST_CLOSED = 30  # opportunities won or lost before anything is said of open ones
SUREST = 0.99  # what stands with one account falls together: no chance of it is surer than that
WORTH = 5.0  # won opportunities of all beside an account's own
OPTIONAL = ("opportunities", "opportunities.amount", "account_members", "profile.expected_margin_12m")
PURSUED = """
    with led as (
        select account_id, count(*) as lead_count, exp(sum(ln(1e0 - least(lead_probability, 0.999e0)))) as lead_misses,
               cast(sum(lead_expected) as double) as from_leads
        from lead_scores where account_id is not null group by account_id),
    deals as (
        select account_id, count(case when outcome = 'won' then 1 end) as won,
               count(case when outcome = 'lost' then 1 end) as lost, count(case when outcome = 'open' then 1 end) as open_count,
               cast(sum(case when outcome = 'won' then amount end) as double) as won_amount
        from opportunities where account_id is not null group by account_id),
    people as (
        select m.account_id, cast(sum(p.expected_margin_12m) as double) as expected_margin
        from account_members m join profile p on p.customer_id = m.customer_id group by m.account_id)
    select a.account_id, a.account_name, coalesce(l.lead_count, 0) as lead_count, coalesce(l.lead_misses, 1e0) as lead_misses,
           coalesce(l.from_leads, 0e0) as from_leads, coalesce(d.won, 0) as won, coalesce(d.lost, 0) as lost,
           coalesce(d.open_count, 0) as open_count, coalesce(d.won_amount, 0e0) as won_amount, e.expected_margin
    from accounts a left join led l on l.account_id = a.account_id left join deals d on d.account_id = a.account_id
    left join people e on e.account_id = a.account_id order by a.account_id"""
NUMBERS = ("lead_count", "lead_misses", "from_leads", "won", "lost", "open_count", "won_amount", "expected_margin")
Numbers = npt.NDArray[np.float64]


def score_leads(
    engine: Callable[[], Duck], binder: Binder, features: Mapping[str, Feature], settings: LeadSettings, target: Path
) -> Mapping[str, Any]:
    """The stage of leads: scores and card in a folder; what became of them."""
    with engine() as duck:
        binder.facts.mount(duck)
        card = learn_leads(LeadBook.of(duck, binder, list(features.values())), settings, target)
    return {"scored": card.scored, "open": card.open, "refusal": str(card.refusal)}


def has_leads(binder: Binder) -> bool:
    """Whether a company has any leads."""
    return LEADS in binder.facts.files


def place(stage: Stage | None, root: Path) -> str:
    """Where the stage of leads lies below the workspace; nowhere without one."""
    return str(stage.folder.relative_to(root)) if stage else ""


def none_scored() -> exp.Expr:
    """The table of scored leads where there are none."""
    types = TYPES[SCORED_LEADS]
    return exp.select(*(exp.alias_(exp.cast(exp.null(), kind, dialect="duckdb"), name) for name, kind in types.items())).where(
        exp.false()
    )


def scored_tables(duck: Duck, binder: Binder, columns: Mapping[str, Output], folder: Path | None) -> dict[str, exp.Expr]:
    """Scores of leads and accounts, by table; none where there is nothing to score.

    Args:
        duck: engine with facts and the table `profile`; the tables are made in it.
        binder: the company at a moment.
        columns: the columns that its profile has.
        folder: of the stage of leads; None where the company has no leads.
    """
    found: dict[str, exp.Expr] = {}
    if folder is not None and (folder / LEAD_SCORES).exists():
        duck.view(SCORED_LEADS, folder / LEAD_SCORES)
        typed = (
            exp.alias_(exp.cast(exp.column(name), kind, dialect="duckdb"), name) for name, kind in TYPES[SCORED_LEADS].items()
        )
        found[SCORED_LEADS] = exp.select(*typed).from_(SCORED_LEADS).order_by("lead_expected DESC", "lead_ref")
    accounts = scored_accounts(duck, binder, columns, found.get(SCORED_LEADS)) if "accounts" in binder.facts.files else None
    if accounts is not None:
        duck.register(SCORED_ACCOUNTS, accounts)
        found[SCORED_ACCOUNTS] = exp.select("*").from_(SCORED_ACCOUNTS).order_by("account_expected DESC", "account_id")
    return found


def scored_accounts(duck: Duck, binder: Binder, columns: Mapping[str, Output], leads: exp.Expr | None) -> pa.Table | None:
    """One row for each account with which something is open; None where nothing is."""
    types = {"customer_id": "BIGINT", "first_seen_at": "TIMESTAMP", **{name: each.sql_type for name, each in columns.items()}}
    reader = binder.reading(
        profile=(named("profile"), types), lead_scores=(leads if leads is not None else none_scored(), TYPES[SCORED_LEADS])
    )
    margin = {"expected_margin_12m": ACCOUNT_COLUMNS["expected_margin_12m"]}
    bound = reader.bind(sql(PURSUED), where=SCORED_ACCOUNTS, optional=OPTIONAL, declared={"profile": margin})
    table = duck.arrow(bound.tree)
    known = {name: np.asarray(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)) for name in NUMBERS}
    some = np.flatnonzero((known["lead_count"] > 0) | (known["open_count"] > 0))
    if not len(some):
        return None
    scored = rolled_up(known)
    own = table.select(["account_id", "account_name", "lead_count", "open_count"])
    whole = {name: own.column(name) for name in own.column_names} | {
        name: decimals(values) if ACCOUNT_COLUMNS[name].kind == "money" else pa.array(values, from_pandas=True)
        for name, values in scored.items()
    }
    return pa.table({name: whole[name] for name in ACCOUNT_COLUMNS}).take(pa.array(some))


def rolled_up(known: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Chance and expected value of each account; what opportunities say is missing where too few were closed to know.

    Args:
        known: by account, shape (n,): leads and opportunities as `PURSUED` counts them.
    """
    closed = known["won"] + known["lost"]
    nothing = np.full(len(closed), np.nan)
    judged = closed.sum() >= FEWEST_CLOSED and known["won"].sum() > 0
    rate = shrunk_rates.fit(known["won"], closed).apply(known["won"], closed) if judged else nothing
    usual = known["won_amount"].sum() / known["won"].sum() if judged else 0.0
    worth = (known["won_amount"] + WORTH * usual) / (known["won"] + WORTH)
    from_deals = np.where(known["open_count"] > 0, known["open_count"] * rate * worth, 0.0)
    misses = np.where(known["open_count"] > 0, (1 - rate) ** known["open_count"], 1.0)
    return {
        "win_rate": rate,
        "account_chance": np.minimum(1 - known["lead_misses"] * misses, SUREST),
        "expected_from_leads": known["from_leads"],
        "expected_from_deals": from_deals,
        "account_expected": known["from_leads"] + from_deals,
        "expected_margin_12m": known["expected_margin"],
    }
