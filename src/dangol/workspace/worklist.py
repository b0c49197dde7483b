"""Work lists: whom to call first within the hours there are, by expected value an hour; leads, accounts or customers.

A lead is worth its chance times what it brings, or what leads bring on average where its own value is unknown, and its chance
alone where nobody knows what any lead brings; an account what is open with it, a customer the expected margin that his leaving
would cost. What a call changes is not known here: a list says where the most is at stake, lift says what calling achieved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from sqlglot import exp

from dangol.algorithms.capacity import Allocation, allocate
from dangol.core.declare import Output, WorklistSettings, integer, money, number
from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, NotReady, UnknownName, told
from dangol.core.query import sql
from dangol.core.text import to_translate as words
from dangol.workspace.customers import Customers
from dangol.workspace.export import export
from dangol.workspace.hiding import recognised
from dangol.workspace.lead_columns import ACCOUNT_COLUMNS, LEAD_COLUMNS, LEADS, SCORED_ACCOUNTS, SCORED_LEADS
from dangol.workspace.snapshot import Snapshot

Kind = Literal["leads", "accounts", "customers", "contracts"]
ACCOUNTS, CUSTOMERS, CONTRACTS = "accounts", "customers", "contracts"
KINDS: tuple[Kind, ...] = ("leads", "accounts", "customers", "contracts")
MOST_SHOWN = 200
MOST_HOURS = 10_000.0
CHURN, MARGIN = "churn_probability", "expected_margin_12m"
PLACE = integer(ko="순서", en="Order")
PER_HOUR = money(ko="시간당 기대 금액", en="Expected value per hour")
HOURS_SO_FAR = number(ko="누적 시간", en="Hours so far")
AT_STAKE = money(ko="잃을 수 있는 12개월 마진", en="Margin at stake, 12 months")
FEES_AT_STAKE = money(ko="잃을 수 있는 12개월 금액", en="Fees at stake, 12 months")
# By what customers with a contract, or on the list of who left, are ranked: chance, and fees of a year; the first that is there.
ENDING: tuple[tuple[str, str, str], ...] = (
    ("contract_churn_probability", "contract_value_12m", "contract_value_12m"),
    ("contract_churn_probability", "contract_fee", "12 * contract_fee"),
    ("listed_churn_probability", "listed_fee", "12 * listed_fee"),
)
# What each kind of list shows, in order; what it is ranked by stands under `worth`.
SHOWN: Mapping[Kind, tuple[str, ...]] = {
    "leads": ("lead_ref", "lead_source", "lead_probability", "lead_fit", "lead_intent", "worth", "lead_reasons"),
    "accounts": ("account_name", "lead_count", "open_count", "win_rate", "account_chance", "worth"),
    "customers": ("customer_id", "customer_name", CHURN, MARGIN, "worth"),
    "contracts": ("customer_id", "customer_name", "leaving_probability", "yearly_fee", "worth"),
}
# Whoever may not be called: suppressed, or without consent to it where consents to calls are known.
UNCALLABLE = """
    select customer_id from suppressed_customers where channel is null or channel in ('', 'call')
    union select customer_id from refused"""
# What a lead is weighed by where its own value is unknown.
MEAN, CHANCE = "mean", "chance"
REFUSED = "select customer_id from consents_now where channel = 'call' and not allowed"
NOBODY = "select cast(null as bigint) as customer_id where false"
CANDIDATES: Mapping[Kind, str] = {
    "leads": """
        with typical as (select avg(cast(lead_value as double)) as value from lead_scores),
        weighed as (
            select l.*,
                   case when t.value is null then 'chance' when l.lead_expected is null then 'mean' else 'own' end as worth_by,
                   case when t.value is null then l.lead_probability
                        else coalesce(cast(l.lead_expected as double), l.lead_probability * t.value) end as worth
            from lead_scores l cross join typical t)
        select w.* from weighed w
        where w.worth > 0 and not w.refuses_calls
              and (w.customer_id is null or w.customer_id not in (select customer_id from uncallable))
        order by w.worth desc, w.lead_ref""",
    "accounts": """
        select a.*, cast(a.account_expected as double) as worth from account_scores a
        where a.account_expected > 0 order by a.account_expected desc, a.account_id""",
    "customers": """
        select p.customer_id, p.churn_probability, p.expected_margin_12m,
               p.churn_probability * cast(p.expected_margin_12m as double) as worth
        from profile p
        where p.churn_probability > 0 and p.expected_margin_12m > 0 and p.order_count > 0
              and p.customer_id not in (select customer_id from uncallable)
        order by worth desc, p.customer_id""",
    "contracts": """
        select e.*, e.leaving_probability * cast(e.yearly_fee as double) as worth from endings e
        where e.leaving_probability > 0 and e.yearly_fee > 0 and e.customer_id not in (select customer_id from uncallable)
        order by worth desc, e.customer_id""",
}
FITTING = words(
    "{chosen:count} of {all:count} fit into {hours:number} hours at {minutes:number} minutes each. "
    "They are worth {worth:money} of {total:money} ({share:percent})."
)
CONVERTING = words(
    "{chosen:count} of {all:count} fit into {hours:number} hours at {minutes:number} minutes each. "
    "{worth:number} of them are expected to convert, of {total:number} in all ({share:percent}). "
    "Nobody knows what a lead brings: deliver orders of accounts, or expected amounts."
)
PARTLY = words(
    "{chosen:count} of {all:count} fit into {hours:number} hours at {minutes:number} minutes each. "
    "They are worth {worth:money} of {total:money} ({share:percent}). "
    "{typical:count} of the {all:count} have no value of their own and count with the mean of those that have one."
)
# How many would be on a list if they might be called.
LEFT_OUT: Mapping[Kind, str] = {
    "leads": """
        select count(*) as n from lead_scores l
        where coalesce(l.lead_expected, 1) > 0
              and (l.refuses_calls or l.customer_id in (select customer_id from uncallable))""",
    "accounts": "select 0 as n",
    "customers": """
        select count(*) as n from profile p
        where p.churn_probability > 0 and p.expected_margin_12m > 0 and p.order_count > 0
              and p.customer_id in (select customer_id from uncallable)""",
    "contracts": """
        select count(*) as n from endings e
        where e.leaving_probability > 0 and e.yearly_fee > 0 and e.customer_id in (select customer_id from uncallable)""",
}


@dataclass(frozen=True)
class Asked:
    """A list as somebody wants it.

    Attributes:
        kind: leads, accounts, customers, or contracts.
        hours: that there are; those of the settings when None.
        minutes: that each takes; those of the settings when None.
    """

    kind: Kind
    hours: float | None = None
    minutes: float | None = None


@dataclass(frozen=True)
class Worklist:
    """Whom to call within the hours there are, the most value an hour first.

    Attributes:
        kind: leads, accounts, customers, or contracts.
        hours, minutes: what there is, and what each takes.
        rows: the first of them as they may be shown.
        chosen: how many fit.
        candidates: how many there are in all, and what they are worth together.
        worth: of those chosen.
        surely: share of the best possible choice that this one reaches at least.
        uncallable: how many were left out because they may not be called.
        typical: leads without a value of their own, which count with the mean of the others.
        valued: whether worth is money; else it is how many are expected to convert, as nobody knows what a lead brings.
    """

    kind: Kind
    hours: float
    minutes: float
    rows: Sequence[Mapping[str, Any]]
    chosen: int
    candidates: int
    total: float
    worth: float
    surely: float
    uncallable: int
    typical: int = 0
    valued: bool = True

    @property
    def told(self) -> tuple[str, dict[str, float]]:
        """What the list is, as a message and its values."""
        values = {"chosen": self.chosen, "all": self.candidates, "hours": self.hours, "minutes": self.minutes,
                  "worth": self.worth, "total": self.total, "share": self.share or 0, "typical": self.typical}  # fmt: skip
        by_money = PARTLY if self.typical else FITTING
        return by_money if self.valued else CONVERTING, values

    @property
    def share(self) -> float | None:
        """Part of everything at stake that the list covers."""
        return self.worth / self.total if self.total else None


def columns_of(kind: Kind, *, valued: bool = True) -> dict[str, Output]:
    """The columns of a list with their titles; without money where none is known."""
    worth = {LEADS: LEAD_COLUMNS["lead_expected"], ACCOUNTS: ACCOUNT_COLUMNS["account_expected"], CUSTOMERS: AT_STAKE,
             CONTRACTS: FEES_AT_STAKE}  # fmt: skip
    known = {**LEAD_COLUMNS, **ACCOUNT_COLUMNS, "worth": worth[kind]}
    own = {
        "customer_name": Output("text", "이름", "Name", "customer_name"),
        CHURN: Output("probability", "이탈 가능성", "Churn probability", CHURN),
        MARGIN: Output("money", "12개월 기대 마진", "Expected margin, 12 months", MARGIN),
        "leaving_probability": Output("probability", "떠날 가능성", "Chance of leaving", "leaving_probability"),
        "yearly_fee": Output("money", "12개월 금액", "Fees of 12 months", "yearly_fee"),
    }
    shown = {name: {**known, **own}[name] for name in SHOWN[kind]}
    # Reasons need the room; where all take equally long, value per hour says nothing that the value does not.
    last = {"hours_so_far": HOURS_SO_FAR} if kind == LEADS else {"per_hour": PER_HOUR, "hours_so_far": HOURS_SO_FAR}
    found = {"place": PLACE, **shown, **last}
    return found if valued else {name: each for name, each in found.items() if each.kind != "money"}


@dataclass(frozen=True)
class Worklists:
    """Work lists on a snapshot.

    Attributes:
        snapshot: the serving one.
        customers: its customers, whose names are shown masked.
        settings: how much time there is.
        suppressed: customers who must not be contacted, by channel.
    """

    snapshot: Snapshot
    customers: Customers
    settings: WorklistSettings
    suppressed: pa.Table

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The lists that this company can have."""
        scored = {CHURN, MARGIN} <= set(self.snapshot.columns)
        # An older version did not write which leads refuse calls: until the next run nobody can be told to call any.
        told_of = SCORED_LEADS in self.snapshot.tables and "refuses_calls" in self.snapshot.duck.cursor().columns(SCORED_LEADS)
        there = {
            LEADS: told_of,
            ACCOUNTS: SCORED_ACCOUNTS in self.snapshot.tables,
            CUSTOMERS: scored,
            CONTRACTS: self.ending is not None,
        }
        return tuple(kind for kind in KINDS if there[kind])

    @property
    def ending(self) -> tuple[str, str] | None:
        """By which chance and which fees of a year customers are ranked who may end a contract; None where none is known."""
        columns = self.snapshot.columns
        return next(((chance, fees) for chance, name, fees in ENDING if {chance, name} <= set(columns)), None)

    def asked(self, kind: str, hours: float | None = None, minutes: float | None = None) -> Asked:
        """What somebody asks for, the first list there is when no kind is named.

        Raises:
            UnknownName: no such list.
            NotReady: this company has nothing to make such a list from.
            ConfigError: hours or minutes that make no sense.
        """
        UnknownName.check(told("list"), kind or KINDS[0], KINDS)
        found = next((each for each in self.kinds if each == kind or not kind), None)
        if found is None:
            what = told("nobody can be put on a list of {kind}", kind=kind or told("leads, accounts, customers or contracts"))
            raise NotReady(
                what,
                hint=told("needed are lead scores, open opportunities of accounts, or churn and value of customers or contracts"),
            )
        for name, value in (("hours", hours), ("minutes", minutes)):
            if value is not None and not 0 < value <= MOST_HOURS:
                raise ConfigError(told("{name} must lie between {low} and {high}, not {value}", name=name, low="0",
                                       high=f"{MOST_HOURS:.0f}", value=f"{value:g}"))  # fmt: skip
        return Asked(found, hours, minutes)

    def hours(self, asked: Asked) -> float:
        """Hours there are."""
        return asked.hours if asked.hours is not None else self.settings.hours

    def minutes(self, asked: Asked) -> float:
        """Minutes that each takes."""
        usual = {
            LEADS: self.settings.lead_minutes,
            ACCOUNTS: self.settings.account_minutes,
            CUSTOMERS: self.settings.customer_minutes,
            CONTRACTS: self.settings.customer_minutes,
        }
        return asked.minutes if asked.minutes is not None else usual[asked.kind]

    def engine(self) -> Duck:
        """A connection on which it is known who may not be called."""
        duck = self.snapshot.duck.cursor()
        duck.register("suppressed_customers", self.suppressed)
        duck.create("refused", sql(REFUSED if "consents_now" in self.snapshot.tables else NOBODY).tree, temporary=True)
        duck.create("uncallable", sql(UNCALLABLE).tree, temporary=True)
        if self.ending is not None:
            chance, fees = self.ending
            listed = (
                f"select customer_id, {chance} as leaving_probability, cast({fees} as decimal(18, 2)) as yearly_fee from profile"
            )
            duck.create("endings", sql(listed).tree, temporary=True)
        return duck

    def plan(self, asked: Asked) -> Worklist:
        """The list."""
        duck = self.engine()
        found = duck.arrow(sql(CANDIDATES[asked.kind]).tree)
        allocation = self.allocated(found, asked)
        first = found.take(pa.array(allocation.chosen[:MOST_SHOWN])).to_pylist()
        return Worklist(
            kind=asked.kind,
            hours=self.hours(asked),
            minutes=self.minutes(asked),
            rows=self.shown(first, asked),
            chosen=len(allocation.chosen),
            candidates=found.num_rows,
            total=float(np.sum(worths(found))),
            worth=allocation.value,
            surely=allocation.surely,
            uncallable=int(duck.value(sql(LEFT_OUT[asked.kind]).tree)),
            typical=weighed_by(found, MEAN),
            valued=not weighed_by(found, CHANCE),
        )

    def allocated(self, found: pa.Table, asked: Asked) -> Allocation:
        """Who fits into the hours."""
        each = np.full(found.num_rows, self.minutes(asked) / 60)
        return allocate(worths(found), each, self.hours(asked))

    def shown(self, rows: Sequence[Mapping[str, Any]], asked: Asked) -> list[dict[str, Any]]:
        """Rows with place, value per hour and hours so far; names masked."""
        hours = self.minutes(asked) / 60
        named = asked.kind in (CUSTOMERS, CONTRACTS)
        names = self.names(rows) if named else {}
        return [
            {
                **{name: row.get(name) for name in SHOWN[asked.kind]},
                **({"lead_ref": recognised(str(row["lead_ref"]))} if asked.kind == LEADS else {}),
                **({"customer_name": names.get(row["customer_id"])} if named else {}),
                "customer_id": row.get("customer_id"),
                "account_id": row.get("account_id"),
                "place": place,
                "worth": cents(row["worth"]),
                "per_hour": cents(row["worth"] / hours),
                "hours_so_far": round(place * hours, 2),
            }
            for place, row in enumerate(rows, start=1)
        ]

    def names(self, rows: Sequence[Mapping[str, Any]]) -> dict[int, str | None]:
        """Masked names of customers."""
        masked = self.customers.masked_rows([row["customer_id"] for row in rows])
        return {each["customer_id"]: each.get("customer_name") for each in masked}

    def write(self, asked: Asked, target: Path) -> int:
        """The whole list in a file, by the numbers of the sources and without names; returns its rows.

        Raises:
            ConfigError: an ending that is none of csv, xlsx, parquet and jsonl.
        """
        duck, hours = self.engine(), self.minutes(asked) / 60
        found = duck.arrow(sql(CANDIDATES[asked.kind]).tree)
        chosen = found.take(pa.array(self.allocated(found, asked).chosen))
        place = np.arange(1, chosen.num_rows + 1)
        columns = {"place": pa.array(place)} | {name: chosen.column(name) for name in chosen.column_names}
        columns |= {
            "per_hour": pa.array(np.round(worths(chosen) / hours, 2)),
            "hours_so_far": pa.array(np.round(place * hours, 4)),
        }
        duck.register("worklist", pa.table(columns))
        return export(duck, exp.select("*").from_("worklist").order_by("place"), target)


def worths(found: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What each candidate is worth."""
    return np.asarray(found.column("worth").to_numpy(zero_copy_only=False), dtype=np.float64)


def weighed_by(found: pa.Table, basis: str) -> int:
    """How many candidates are weighed by a basis; none where a list knows only one."""
    return found.column("worth_by").to_pylist().count(basis) if "worth_by" in found.column_names else 0


def cents(value: float) -> Decimal:
    """An amount of money."""
    return Decimal(str(round(float(value), 2)))
