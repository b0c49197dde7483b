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
