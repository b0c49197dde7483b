"""The company at a glance: how many customers, what they are worth, what is at stake, and how many may be written to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dangol.workspace.company import Company

BY_STAGE, LEAVING = "customers_by_stage", "leaving_customers"


@dataclass(frozen=True)
class Overview:
    """The figures of the home page; None where a company cannot know them.

    Attributes:
        equity: expected margin of the next 12 months over all customers.
        active: customers who are not prospects, at risk or lapsed.
        at_stake: chance of leaving times expected margin, of those who are more likely than not to stay away (T7).
        reachable_share: share of customers who allow advertising on at least one channel.
    """

    customers: int
    equity: Decimal | None
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
        active=stages.get("active"),
        at_stake=leaving.get("stake"),
        risky=leaving.get("risky"),
        reachable_share=reachable / figures.customers if reachable is not None and figures.customers else None,
    )
