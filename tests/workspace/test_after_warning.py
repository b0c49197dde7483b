"""What becomes of warnings by orders, told from the orders alone, and that what is to do carries today's figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from dangol.core.store import Alert
from dangol.simulate import Plan, simulate
from dangol.workspace.after_warning import ended, figures_today
from dangol.workspace.alerts import DONE, OPEN, Said, Warned
from dangol.workspace.company import Company

END = datetime(2026, 10, 31, 15)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company that warned seven months, two weeks and no time ago; churn is scored."""
    base = tmp_path_factory.mktemp("aged")
    simulate(base, Plan(customers=1_000, seed=21, korean=False, event_volume=0, message_volume=0.2))
    settings = base / "dangol.yaml"
    off = ("second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")
    switched = "".join(f"  {name}: {{active: false}}\n" for name in off)
    settings.write_text(f"{settings.read_text()}\nearly_warning: {{per_week: 25}}\npredictions:\n{switched}")
    company = Company.open(base)
    for days in (210, 14, 0):
        company.run(as_of=END - timedelta(days=days))
    return company


def stored(company: Company) -> dict[int, Alert]:
    with company.store.session() as session:
        return {row.alert_id: row for row in session.scalars(select(Alert))}


def test_the_state_is_what_the_orders_say(aged: Company) -> None:
    duck, found = aged.snapshot.duck.cursor(), aged.alerts.all()
    lapse = duck.value("select max(lapse_days) from profile")
    wanted = {}
    for each in found:
        asked = "select ordered_at from facts_orders where status = 'completed' and customer_id = $1 and ordered_at < $2"
        bought = sorted(row["ordered_at"] for row in duck.rows(asked, [each.customer_id, END]))
        after = [at for at in bought if at - each.since > DAY]
        silent = (after[0] if after else END) - each.since
        wanted[each.alert_id] = "left" if silent > timedelta(days=lapse) else "returned" if after else "open"
    assert {each.alert_id: each.state for each in found} == wanted
    assert set(wanted.values()) == {"left", "returned", "open"}
    lapsed = {row["customer_id"] for row in duck.rows("select customer_id from profile where lifecycle_stage = 'lapsed'")}
    assert not lapsed & {each.customer_id for each in found if each.state == OPEN}
    assert any(each.state == "left" and each.customer_id not in lapsed for each in found), "nobody came back after lapsing"


def test_what_is_to_do_has_the_figures_of_the_customers_page(aged: Company) -> None:
    rows, found = stored(aged), aged.alerts.all()
    waiting = [each for each in found if each.state == OPEN]
    assert min(each.as_of for each in waiting) < END
    for each in waiting:
        profile = aged.customers.find(each.customer_id).profile
        worth = profile["expected_margin_12m"] * Decimal(repr(profile["churn_probability"]))
        assert (each.figures_at, each.chance, each.overdue_ratio) == (END, profile["churn_probability"], profile["overdue_ratio"])
        assert each.stake == worth.quantize(Decimal("0.01"))
        assert each.days_left == pytest.approx(profile["lapse_days"] - (END - each.since) / DAY)
    for each in found:
        if each.state != OPEN:
            row = rows[each.alert_id]
            assert (each.figures_at, each.chance, each.stake) == (row.as_of, row.chance, row.stake)


def test_new_alerts_are_kept_with_the_chance_of_the_customers_page(aged: Company) -> None:
    fresh = [row for row in stored(aged).values() if row.as_of == END]
    assert fresh
    known = {row.customer_id: aged.customers.find(row.customer_id).profile["churn_probability"] for row in fresh}
    assert {row.customer_id: row.chance for row in fresh} == known


def test_nothing_is_advised_where_it_is_known_how_it_ended(aged: Company) -> None:
    found = aged.alerts.all()
    assert all(bool(each.advice("ko")) == (each.state == OPEN) for each in found)
    first: Warned = next(each for each in found if each.state == "left")
    aged.alerts.act(first.alert_id, Said(state=DONE), who="minji")
    assert {each.alert_id: each.state for each in aged.alerts.all()}[first.alert_id] == DONE
    aged.alerts.act(first.alert_id, Said(state=OPEN), who="minji")
    assert {each.alert_id: each.state for each in aged.alerts.all()}[first.alert_id] == "left"


@pytest.mark.parametrize(
    ("silent", "last_order", "late", "state"),
    [(29, 0, False, ""), (31, 0, False, "left"), (31, 0.5, False, "left"), (60, 20, False, "returned"), (60, 40, True, "left")],
)
def test_silence_ends_at_the_lapse_point_or_with_an_order(silent: float, last_order: float, late: bool, state: str) -> None:
    row = Alert(customer_id=1, basis="orders", since=END - silent * DAY, as_of=END - silent * DAY)
    today = {"last_ordered_at": row.since + last_order * DAY, "lapse_days": 30.0}
    assert ended(row, today, END, late=late) == state


def test_without_a_score_the_figures_are_those_of_the_day_of_the_warning() -> None:
    row = Alert(basis="orders", since=END - 20 * DAY, as_of=END - 10 * DAY, chance=0.4, overdue_ratio=2.0, days_left=5.0,
                stake=Decimal(7))  # fmt: skip
    found = figures_today(row, {"lapse_days": 30.0, "overdue_ratio": 4.0}, END)
    assert (found.at, found.chance, found.overdue_ratio, found.days_left, found.stake) == (row.as_of, 0.4, 2.0, 5.0, Decimal(7))
