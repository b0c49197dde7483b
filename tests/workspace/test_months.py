"""A month is compared only when it is over and the data reach its end; before that the refusal says what to add."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from dangol.workspace.answers import Answer
from dangol.workspace.wording import missing_words

BY_MONTH = ("new_customers_by_month", "new_and_repeat_sales", "active_customers_by_month")


def daily(first: date, last: date) -> list[str]:
    """One order line a day, each by a customer of its own and, on even days, by the first customer too."""
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    rows = [f"o{place},c{place},{day} 10:00:00,p1,1,1000" for place, day in enumerate(days)]
    return rows + [f"x{place},c0,{day} 12:00:00,p1,1,1000" for place, day in enumerate(days) if place % 2 == 0]


def test_a_month_in_which_the_data_end_is_not_compared_however_late_the_moment(shop):
    shop.write(daily(date(2025, 7, 1), date(2025, 10, 20)))
    shop.company.run(as_of=datetime(2025, 12, 15))
    company = shop.company
    for name in BY_MONTH:
        _, answer = company.ask(name)
        assert answer.headline["month"] == date(2025, 9, 1), name
        place = [column[0] for column in answer.columns].index("is_complete")
        assert {row[0]: row[place] for row in answer.rows} == {
            date(2025, 10, 1): False, date(2025, 9, 1): True, date(2025, 8, 1): True, date(2025, 7, 1): True,
        }, name  # fmt: skip
    _, asked_anew = company.ask("new_customers_by_month", {"months": 2})
    assert asked_anew.headline["month"] == date(2025, 9, 1)


def test_a_month_whose_last_day_has_orders_is_over(shop):
    shop.write(daily(date(2025, 9, 3), date(2025, 10, 31)))
    shop.company.run()
    _, answer = shop.company.ask("new_customers_by_month")
    assert answer.headline["month"] == date(2025, 10, 1)


@pytest.mark.parametrize("name", BY_MONTH)
def test_before_one_month_is_over_the_refusal_says_what_there_is_and_what_is_needed(shop, name):
    shop.write(daily(date(2026, 3, 3), date(2026, 3, 20)))
    shop.company.run()
    _, answer = shop.company.ask(name)
    assert not answer.answerable
    assert answer.short_of == {"since": date(2026, 3, 3), "until": date(2026, 3, 20), "needed": date(2026, 3, 31)}
    said = missing_words(answer, "en")
    assert "Have: orders from 3 Mar 2026 to 20 Mar 2026" in said
    assert "Need: orders up to 31 Mar 2026" in said
    assert "2026. 3. 31.까지의 주문이 필요합니다" in missing_words(answer, "ko")
    assert Answer.from_json(answer.to_json()) == answer


def without_newcomers(first: date, count: int, last: date) -> list[str]:
    """Somebody new on each of the first days, then months in which only the first customer buys; in March 2025 nobody does."""
    rows = [f"o{place},c{place},{first + timedelta(days=place)} 10:00:00,p1,1,1000" for place in range(count)]
    months = [date(first.year + (first.month - 1 + step) // 12, (first.month - 1 + step) % 12 + 1, 15) for step in range(1, 40)]
    return rows + [f"m{day},c0,{day} 10:00:00,p1,1,1000" for day in [*months, last] if day <= last and day != date(2025, 3, 15)]


def test_months_without_new_customers_count_with_zero(shop):
    """Nobody new since April 2024, twelve complete months of nobody before November 2025."""
    shop.write(without_newcomers(date(2024, 3, 20), 20, date(2025, 11, 10)))
    shop.company.run()
    question, answer = shop.company.ask("new_customers_by_month")
    assert answer.headline["month"] == date(2025, 10, 1)
    assert (answer.headline["new_customers"], answer.headline["average"], answer.headline["months"]) == (0, 0, 12)
    counts = {row[0]: row[1] for row in answer.rows}
    assert len(counts) == 21, "every month from March 2024 to November 2025"
    assert (counts[date(2024, 3, 1)], counts[date(2024, 4, 1)], sum(counts.values())) == (12, 8, 20)
    assert counts[date(2025, 3, 1)] == 0, "a month without any order"
    assert "0 new customers in Oct 2025" in shop.company.sentence(question, answer, "en")


def test_months_without_spend_or_without_new_customers_are_in_the_cost_of_a_customer(shop):
    shop.write(without_newcomers(date(2024, 3, 20), 20, date(2024, 8, 31)))
    (shop.base / "spend.csv").write_text("spent_on,channel,cost\n2024-03-05,ads,1000\n2024-06-05,ads,500\n", encoding="utf-8")
    with (shop.base / "dangol.yaml").open("a", encoding="utf-8") as settings:
        settings.write("  - {name: spend, files: [spend.csv], table: spend}\n")
    shop.company.run()
    _, answer = shop.company.ask("acquisition_cost")
    assert (answer.headline["months"], answer.headline["cost"], answer.headline["n"]) == (6, 1500, 20)
    assert answer.headline["cost_each"] == 75
    assert [(row[0].month, row[1], row[2]) for row in reversed(answer.rows)] == [
        (3, 1000, 12), (4, 0, 8), (5, 0, 0), (6, 500, 0), (7, 0, 0), (8, 0, 0),
    ]  # fmt: skip
