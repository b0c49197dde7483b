"""Figures of the company as a whole: counted once when a snapshot is written, so that pages need not count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from sqlglot import exp

from dangol.core.declare.programme import MessageChannel
from dangol.core.engine import Duck
from dangol.workspace.facts import Facts

CONSENTS = "consents_now"
ORDERS = "orders_known"
VALUE = "expected_margin_12m"


@dataclass(frozen=True)
class KeyFigures:
    """How many customers there are, what they are worth and how many may be written to.

    Attributes:
        customers: rows of the profile.
        equity: expected margin of the next 12 months over all customers; None where it is not predicted.
        reachable: customers whose latest word on some channel allows advertising; None where no consents were delivered.
    """

    customers: int
    equity: Decimal | None
    reachable: int | None

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> KeyFigures:
        """Back from JSON, where money is a text."""
        equity = written["equity"]
        return cls(written["customers"], None if equity is None else Decimal(equity), written["reachable"])


@dataclass(frozen=True)
class OrdersKnown:
    """The orders that were known at a moment.

    Attributes:
        count: how many.
        first_at, last_at: when the first and the last was placed, ISO format in UTC; empty where there was none.
    """

    count: int
    first_at: str
    last_at: str

    @classmethod
    def at(cls, duck: Duck, facts: Facts, as_of: datetime) -> OrdersKnown:
        """Count on an engine where the facts are mounted; what was ordered at the moment or later is not known."""
        ends = "count(*) AS count", "min(ordered_at) AS first_at", "max(ordered_at) AS last_at"
        known = exp.Subquery(this=facts.cut(as_of, ["orders"])["orders"], alias="orders")
        found = duck.row(exp.select(*ends).from_(known))
        first, last = (moment.isoformat() if moment else "" for moment in (found["first_at"], found["last_at"]))
        return cls(int(found["count"]), first, last)


def key_figures(duck: Duck, columns: Collection[str]) -> KeyFigures:
    """Count on an engine with `profile` and, where there are any, `consents_now`."""
    customers = int(duck.value("SELECT count(*) FROM profile"))
    equity = duck.value(exp.select(exp.Sum(this=exp.column(VALUE))).from_("profile")) if VALUE in columns else None
    return KeyFigures(customers, equity, reachable(duck) if CONSENTS in duck.tables() else None)


def reachable(duck: Duck) -> int:
    """Customers who allow advertising on one channel at least."""
    channel = exp.column("channel").isin(*get_args(MessageChannel))
    allowing = exp.select("customer_id").from_(CONSENTS).where("allowed", channel)
    return int(duck.value(exp.select("count(*)").from_("profile").where(exp.column("customer_id").isin(query=allowing))))
