"""Where everybody came back, the share who did is known for as long as anybody asks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest


@pytest.mark.parametrize(("number", "column"), [("Q54", "returned_share"), ("K4", "in_30")])
@pytest.mark.parametrize("stays_away", [0, 1])
def test_everybody_back_within_twenty_days_is_everybody_at_thirty_and_ninety(shop, number, column, stays_away):
    """Forty customers come back after at most 20 days; of another who never did nobody knows what he does in 30 days."""
    first = [date(2026, 1, 1) + timedelta(days=place % 5) for place in range(40)]
    back = [day + timedelta(days=1 + place % 20) for place, day in enumerate(first)]
    rows = [f"o{place},c{place},{day} 10:00:00,p1,1,1000" for place, day in enumerate([*first, *(first[:1] * stays_away)])]
    rows += [f"s{place},c{place},{day} 10:00:00,p1,1,1000" for place, day in enumerate(back)]
    shop.write(rows)
    shop.company.run()
    question, answer = shop.company.ask(number)
    names = [each[0] for each in answer.columns]
    found = [dict(zip(names, row, strict=True)) for row in answer.rows]
    late = [row for row in found if row.get("within_days", 30) >= 30 and row.get("what", "second_order") == "second_order"]
    assert late
    assert {row.get(column) for row in late} == ({None} if stays_away else {1.0})
    said = shop.company.sentence(question, answer, "en")
    assert ("100.0 %" in said) == (not stays_away)
