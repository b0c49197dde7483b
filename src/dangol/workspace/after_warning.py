"""What became of customers who were warned about, and where those stand today whom nobody looked after yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from dangol.core.query import literal
from dangol.core.store import Alert
from dangol.workspace.candidates import CONTRACTS, FEES, LIST, ORDERS, SCORE, known_of, of_a_year, yearly_fees
from dangol.workspace.snapshot import Snapshot

RETURNED, STAYED, LEFT = "returned", "stayed", "left"
# Orders of the day on which a silence begins do not end it.
A_DAY = timedelta(days=1)
# What the profile says of what became of somebody, and of where he stands.
ORDERED, RUNNING, GONE, LAPSE = "last_ordered_at", "active_contract_count", "has_left", "lapse_days"
CHURN, WORTH, OVERDUE = "churn_probability", "expected_margin_12m", "overdue_ratio"
HORIZON = "contract_horizon_days"
BOUGHT = "first_ordered_after"
PROFILE = (ORDERED, RUNNING, GONE, LAPSE, CHURN, WORTH, OVERDUE, HORIZON, *(SCORE[each] for each in (CONTRACTS, LIST)))


@dataclass(frozen=True)
class Figures:
    """How urgent a warning is.

    Attributes:
        at: the moment the figures are of.
        chance: of no order, or of an end, within the horizon; by a list, of being marked as gone.
        overdue_ratio: the silence in own mean gaps; None without a rhythm.
        days_left: until the customer counts as lapsed, or the horizon is over; None by a list.
        stake: what a year is worth times the chance; None where it is not known.
    """

    at: datetime
    chance: float
    overdue_ratio: float | None
    days_left: float | None
    stake: Decimal | None


def where_they_stand(snapshot: Snapshot, rows: Sequence[tuple[int, Alert]]) -> dict[int, dict[str, Any]]:
    """The profile of everybody who was warned about and is still known, as far as it says what became of them.

    Args:
        snapshot: the serving one.
        rows: warnings with the number that the customer has today.
    """
    fees = {yearly(basis): f"CAST({yearly_fees(basis, snapshot.columns)} AS DECIMAL(18, 2))" for basis in FEES}
    return known_of(snapshot, {number for number, _ in rows}, PROFILE, fees)


def yearly(basis: str) -> str:
    """The name of what a year of a contract, or by the list, is worth."""
    return f"{basis}_yearly"


def came_back_late(snapshot: Snapshot, rows: Sequence[tuple[int, Alert]], today: Mapping[int, Mapping[str, Any]]) -> set[int]:
    """Warnings by orders after which the next order came only when the customer counted as lapsed already.

    Only whose last order is that late can be among them; of these alone the orders are read.
    """
    late = [(number, row) for number, row in rows if row.basis == ORDERS and number in today and may_be_late(row, today[number])]
    if not late or "orders" not in snapshot.facts.files:
        return set()
    orders = exp.Subquery(this=snapshot.facts.cut(snapshot.as_of, ("orders",))["orders"], alias="o")
    wanted = exp.In(this=exp.column("customer_id", table="o"), expressions=[literal(number) for number, _ in late])
    bought = exp.select("o.customer_id", "o.ordered_at").from_(orders).where(wanted, "o.status = 'completed'")
    moments: dict[int, list[datetime]] = {}
    for each in snapshot.duck.cursor().rows(bought):
        moments.setdefault(each["customer_id"], []).append(each["ordered_at"])
    return {row.alert_id for number, row in late if lapsed_first(row, moments.get(number, ()), today[number][LAPSE])}


def may_be_late(row: Alert, today: Mapping[str, Any]) -> bool:
    """Whether the last order came later after the silence began than the lapse point."""
    last, lapse = today.get(ORDERED), today.get(LAPSE)
    return last is not None and lapse is not None and last - row.since > timedelta(days=lapse)


def lapsed_first(row: Alert, moments: Iterable[datetime], lapse: float) -> bool:
    """Whether the first order after a silence began came beyond the lapse point."""
    after = [each for each in moments if each - row.since > A_DAY]
    return bool(after) and min(after) - row.since > timedelta(days=lapse)


def ended(row: Alert, today: Mapping[str, Any], as_of: datetime, *, late: bool = False) -> str:
    """What became of a customer who was warned about: returned, stayed or left; empty while it is open.

    Args:
        row: the warning.
        today: the customer's profile.
        as_of: the moment it describes.
        late: the next order came when the customer counted as lapsed already.
    """
    if row.basis == ORDERS:
        return ended_by_orders(row, today, as_of, late=late)
    if is_gone(row, today):
        return LEFT
    return STAYED if row.days_left is not None and as_of - row.as_of >= timedelta(days=row.days_left) else ""


def is_gone(row: Alert, today: Mapping[str, Any]) -> bool:
    """Whether a customer warned about because of a contract has none left, or is on the list of who left."""
    return not today.get(RUNNING) if row.basis == CONTRACTS else bool(today.get(GONE))


def ended_by_orders(row: Alert, today: Mapping[str, Any], as_of: datetime, *, late: bool) -> str:
    """Returned where an order came before the lapse point, left where none did by then."""
    last, lapse = today.get(ORDERED), today.get(LAPSE)
    if last is not None and last - row.since > A_DAY:
        return LEFT if late else RETURNED
    return LEFT if lapse is not None and as_of - row.since > timedelta(days=lapse) else ""


def as_raised(row: Alert) -> Figures:
    """How urgent a warning was when it was raised."""
    return Figures(row.as_of, row.chance, row.overdue_ratio, row.days_left, row.stake)


def figures_today(row: Alert, today: Mapping[str, Any], as_of: datetime) -> Figures:
    """How urgent a warning is today; what it was when it was raised where today's scores say nothing of the customer.

    Args:
        row: the warning.
        today: the customer's profile.
        as_of: the moment it describes.
    """
    chance = today.get(CHURN if row.basis == ORDERS else SCORE[row.basis])
    if chance is None:
        return as_raised(row)
    if row.basis != ORDERS:
        horizon = today.get(HORIZON) if row.basis == CONTRACTS else None
        return Figures(as_of, chance, None, horizon, of_a_year(today.get(yearly(row.basis)), chance))
    return Figures(
        as_of, chance, today.get(OVERDUE), until_lapse(row, today.get(LAPSE), as_of), of_a_year(today.get(WORTH), chance)
    )


def until_lapse(row: Alert, lapse: float | None, as_of: datetime) -> float | None:
    """Days until the silence reaches the lapse point; None where there is none."""
    return None if lapse is None else lapse - (as_of - row.since) / timedelta(days=1)
