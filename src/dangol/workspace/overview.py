"""The company at a glance: what customers are worth and what moved it, what is at stake, what was sold, who can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from dangol.workspace.company import Company

BY_STAGE, LEAVING = "customers_by_stage", "leaving_customers"
EQUITY, SALES, EACH = "customer_equity", "new_and_repeat_sales", "revenue_per_customer"


@dataclass(frozen=True)
class Bridge:
    """What moved customer equity since an earlier run, as Q47 tells it: the five parts add up to the change.

    Attributes:
        since: the moment compared with.
        before, now: customer equity then and now.
        new, back, grown, shrunk, lost: the change by its cause; what customers are worth who had no value then, and so on.
    """

    since: datetime
    before: Decimal
    now: Decimal
    new: Decimal
    back: Decimal
    grown: Decimal
    shrunk: Decimal
    lost: Decimal

    @classmethod
    def of(cls, headline: Mapping[str, Any]) -> Self | None:
        """From the figures of the answer; None where there is no earlier run."""
        if headline.get("since") is None:
            return None
        return cls(**{each.name: headline[each.name] for each in fields(cls)})

    @property
    def change(self) -> Decimal:
        """By how much customer equity is higher than then."""
        return self.now - self.before

    @property
    def retained(self) -> Decimal:
        """What is expected now of everybody who is not new; with the value of new customers it is the equity."""
        return self.now - self.new

    @property
    def parts(self) -> dict[str, Decimal]:
        """The causes of the change in the order of the question, by their category."""
        return {"new": self.new, "reactivated": self.back, "grown": self.grown, "shrunk": self.shrunk, "lost": self.lost}


@dataclass(frozen=True)
class Sold:
    """Sales to known customers in the last complete month, as Q5 tells it.

    Attributes:
        month: its first day.
        repeat_share: the part of customers who had bought before it.
    """

    month: date
    sales: Decimal
    repeat_share: float

    @classmethod
    def of(cls, headline: Mapping[str, Any]) -> Self | None:
        """From the figures of the answer; None where no month is complete."""
        if headline.get("repeat_share") is None:
            return None
        return cls(headline["month"], headline["new_sales"] + headline["repeat_sales"], headline["repeat_share"])


@dataclass(frozen=True)
class Overview:
    """The figures of the home page; None where a company cannot know them.

    Attributes:
        equity: expected margin of the next 12 months over all customers.
        moved: what moved it since an earlier run.
        sold: sales of the last complete month.
        sales_each: sales per customer who bought, of 12 months (Q3).
        active: customers who are not prospects, at risk or lapsed.
        at_stake: chance of leaving times expected margin, of those who are more likely than not to stay away (T7).
        reachable_share: share of customers who allow advertising on at least one channel.
    """

    customers: int
    equity: Decimal | None
    moved: Bridge | None
    sold: Sold | None
    sales_each: Decimal | None
    active: int | None
    at_stake: Decimal | None
    risky: int | None
    reachable_share: float | None


def overview(company: Company) -> Overview:
    """The figures of the serving snapshot.

    Raises:
        NotReady: no run has finished yet.
    """
    snapshot = company.snapshot
    figures = snapshot.figures
    stages, leaving = snapshot.headline(BY_STAGE), snapshot.headline(LEAVING)
    reachable = figures.reachable
    return Overview(
        customers=figures.customers,
        equity=figures.equity,
        moved=Bridge.of(snapshot.headline(EQUITY)),
        sold=Sold.of(snapshot.headline(SALES)),
        sales_each=snapshot.headline(EACH).get("revenue_each"),
        active=stages.get("active"),
        at_stake=leaving.get("stake"),
        risky=leaving.get("risky"),
        reachable_share=reachable / figures.customers if reachable is not None and figures.customers else None,
    )
