"""A source is late against what was agreed, else against its own rhythm; nothing is late that never had one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dangol.intake.quality.late import rhythm
from dangol.intake.quality.score import Score

NOW = datetime(2026, 6, 30, 12)


def days(*ago: float) -> list[datetime]:
    return [NOW - timedelta(days=each) for each in ago]


@pytest.mark.parametrize(
    ("times", "agreed", "late"),
    [
        (days(400), None, False),  # one file long ago
        (days(30, 20, 10), None, False),  # too few to know a rhythm
        (days(9, 8, 7, 6, 5), None, True),  # daily, silent for five days
        (days(5, 4, 3, 2, 1), None, False),
        (days(40, 33, 26, 19, 12), None, False),  # weekly, twelve days ago
        (days(46, 39, 32, 25, 18), None, True),
        (days(60, 30, 24, 18, 17.9), None, False),  # it has once been away for a month
        (days(3), 1.0, True),
        (days(1.4), 1.0, False),
        (days(9), 7.0, False),
        (days(11), 7.0, True),
    ],
)
def test_late_or_not(times: list[datetime], agreed: float | None, late: bool) -> None:
    found = rhythm("shop", times, agreed, NOW)
    assert found.late is late
    assert (found.finding() is not None) is late
    assert found.last == max(times)


def test_files_loaded_together_are_one_delivery() -> None:
    together = [NOW - timedelta(days=50, minutes=place) for place in range(20)]
    found = rhythm("shop", together, None, NOW)
    assert (found.every, found.late, found.score) == (None, False, None)


def test_the_score_halves_with_each_rhythm_it_is_overdue() -> None:
    on_time, overdue = rhythm("shop", days(1), 2.0, NOW), rhythm("shop", days(5), 2.0, NOW)
    assert on_time.score == 100
    assert overdue.overdue == pytest.approx(2.0)
    assert overdue.score == pytest.approx(50)
    score = Score("shop", {"completeness": 100.0, "timeliness": None}).timed(overdue)
    assert score.total == pytest.approx((100 * 50) ** 0.5)
    assert score.losses[0].kind == "late"
