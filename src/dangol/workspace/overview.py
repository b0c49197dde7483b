"""The company at a glance: how many customers, what they are worth, what is at stake, and how many may be written to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from dangol.core.declare.programme import MessageChannel
from dangol.workspace.company import Company

BY_STAGE, LEAVING = "customers_by_stage", "leaving_customers"


@dataclass(frozen=True)
class Overview:
    """The figures of the home page; None where a company cannot know them.

    Attributes:
        equity: expected margin of the next 12 months over all customers.
        active: customers who are not prospects, at risk or lapsed.
        at_stake: expected margin of those who are more likely than not to stay away.
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
    customers = company.customers.count()
    equity = snapshot.duck.cursor().value("SELECT sum(expected_margin_12m) FROM profile") if has_value(company) else None
    stages, leaving = snapshot.answer(BY_STAGE), snapshot.answer(LEAVING)
    return Overview(
        customers=customers,
        equity=equity,
        active=stages.headline.get("active") if stages else None,
        at_stake=leaving.headline.get("stake") if leaving else None,
        risky=leaving.headline.get("risky") if leaving else None,
        reachable_share=reachable(company) / customers if customers and knows_consent(company) else None,
    )


def has_value(company: Company) -> bool:
    """Whether lifetime value is predicted here."""
    return "expected_margin_12m" in company.snapshot.columns


def knows_consent(company: Company) -> bool:
    """Whether consents were delivered."""
    return "has_consent" in company.customers.vocabulary.behaviours


def reachable(company: Company) -> int:
    """Customers whose latest word on some channel allows advertising."""
    return company.customers.count(" or ".join(f"has_consent(channel={name!r})" for name in get_args(MessageChannel)))
