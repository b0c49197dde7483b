"""What is dated by a day belongs to the company's own day, west of UTC too."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.workspace.conftest import Shop

ZONE = "America/Los_Angeles"
FIRST, LAST = date(2025, 5, 1), date(2026, 6, 30)
# Spent on the day that begins at the moment, against 100 a day before, so that it is seen where it slips in.
NEXT_DAY = 1_000_000


@pytest.fixture(scope="module")
def western(tmp_path_factory) -> Shop:
    """Somebody new every day at noon, back 20 days later, and 100 spent every day; the day after the moment much more."""
    shop = Shop(tmp_path_factory.mktemp("western") / "shop")
    days = [FIRST + timedelta(days=place) for place in range((LAST - FIRST).days + 1)]
    rows = [f"o{place},c{place},{day} 12:00:00,p1,1,500" for place, day in enumerate(days)]
    rows += [f"s{place},c{place - 20},{day} 12:30:00,p1,1,500" for place, day in enumerate(days) if place >= 20]
    shop.write(rows)
    spent = [f"{day},ads,100" for day in days] + [f"{LAST + timedelta(days=1)},ads,{NEXT_DAY}"]
    (shop.base / "spend.csv").write_text("\n".join(["spent_on,channel,cost", *spent]) + "\n", encoding="utf-8")
    (shop.base / "products.csv").write_text("product_id,category\np1,Food\n", encoding="utf-8")
    settings = shop.base / "dangol.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("Asia/Seoul", ZONE)
        + "  - {name: spend, files: [spend.csv], table: spend}\n"
        + "  - {name: products, files: [products.csv], table: products}\n"
        + "benchmarks:\n  - {figure: acquisition_cost, value: 200, source: trade press}\n",
        encoding="utf-8",
    )
    shop.company.run()
    midnight = datetime.combine(LAST + timedelta(days=1), time(), ZoneInfo(ZONE)).astimezone(UTC).replace(tzinfo=None)
    assert shop.company.snapshot.as_of == midnight
    return shop


def table(shop: Shop, name: str) -> list[dict]:
    """A question's answer as rows."""
    _, answer = shop.company.ask(name)
    assert answer.answerable, answer.missing
    return [dict(zip([column[0] for column in answer.columns], row, strict=True)) for row in answer.rows]


def test_the_day_that_begins_at_the_moment_is_not_known(western):
    spent = {row["month"]: row["cost"] for row in table(western, "acquisition_cost")}
    assert spent[date(2026, 6, 1)] == 30 * 100
    assert date(2026, 7, 1) not in spent


def worth(shop: Shop) -> float:
    """Margin so far and expected of everybody who first bought in the last 365 days."""
    return float(
        shop.company.snapshot.duck.value("""
            select sum(cast(margin as double) + coalesce(cast(expected_margin_12m as double), 0))
            from profile where first_ordered_at >= (select max(first_ordered_at) from profile) - interval 364 day""")
    )


@pytest.mark.parametrize("name", ["growth_needed", "relative_value", "journey_factors"])
def test_a_stretch_of_days_has_all_of_its_days(western, name):
    """One new customer a day and 100 spent a day: 100 for each, over any number of whole days."""
    rows = table(western, name)
    found = {
        "growth_needed": lambda: next(row["cost_each"] for row in rows if row["step"] == "new_needed"),
        "relative_value": lambda: next(row["own"] for row in rows if row["figure"] == "acquisition_cost"),
        "journey_factors": lambda: worth(western) / next(row["figure"] for row in rows if row["factor"] == "value_to_cost") / 365,
    }[name]()
    assert float(found) == pytest.approx(100)
