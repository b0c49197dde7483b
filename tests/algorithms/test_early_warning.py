"""Rhythm against a plain loop, warnings against one a reader can follow, and both against companies with known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.algorithms import mbg_nbd, purchase_cells
from dangol.algorithms.early_warning import NEVER, Lists, Score, Week, by_rule, highest, replay
from dangol.algorithms.rhythm import Rhythm


def rhythm_of(days):
    """A rhythm of the days of each customer."""
    pairs = [(place, day) for place, own in enumerate(days) for day in sorted(set(own))]
    customer, day = (np.array([pair[part] for pair in pairs]) for part in (0, 1))
    return Rhythm(customer.astype(np.int64), day.astype(np.float64), len(days))


@given(
    st.lists(st.lists(st.integers(0, 99), max_size=8), min_size=1, max_size=6).filter(any),
    st.integers(0, 110),
)
def test_a_moment_shows_what_a_plain_loop_over_days_shows(days, moment):
    found = rhythm_of(days).at(moment)
    for place, own in enumerate(sorted(set(each)) for each in days):
        seen, later = [day for day in own if day < moment], [day for day in own if day >= moment]
        gaps = np.diff(seen)
        assert found.count[place] == len(seen)
        assert found.back[place] == (later[0] - moment if later else np.inf)
        assert found.silence[place] == pytest.approx(moment - seen[-1] if seen else np.nan, nan_ok=True)
        assert found.gap[place] == pytest.approx(gaps.mean() if len(gaps) else np.nan, nan_ok=True)
        assert found.spread[place] == pytest.approx(gaps.std(ddof=1) if len(gaps) > 1 else np.nan, nan_ok=True, abs=1e-6)


def week(standing):
    size = len(standing.count)
    return Week(standing, np.zeros((size, 1)), np.full(size, 0.5), np.full(size, 0.5), np.ones(size, dtype=bool))


def test_a_silence_is_warned_about_once_and_a_new_one_again():
    # the first orders every ten days until day 50 and is back on day 66; the second stops on day 40
    days = rhythm_of([[10, 20, 30, 40, 50, 66], [20, 30, 40]])
    lists = Lists(lapse=60, horizon=20)
    weeks = [lists.week(days.at(at), np.zeros((2, 1)), Level()) for at in (61, 68, 75, 82, 89)]
    assert [week.eligible.tolist() for week in weeks] == [[True, True], [False, True], [False, True], [True, True], [True, True]]
    found = replay(weeks, [np.array([0.9, 0.8])] * 5, 1, lists)
    assert list(zip(found.week.tolist(), found.place.tolist(), strict=True)) == [(0, 0), (1, 1), (3, 0)]
    # at day 61 the first was back within 20 days; the others were right
    assert (found.warnings, found.right) == (3, 2)
    assert found.precision == pytest.approx(2 / 3)
    assert found.lead_days == pytest.approx(np.median([60 - (68 - 40), 60 - (82 - 66)]))


class Level:
    """A model of buying that thinks the same of everybody."""

    def probability_alive(self, x, t_x, T):
        return np.full(len(x), 0.5)

    def probability_of_purchase(self, days, x, t_x, T):
        return np.full(len(x), 0.5)


def test_the_rule_warns_from_twice_the_own_gap_on():
    standing = rhythm_of([[0, 10, 20], [0, 10, 20], [0, 10], [0, 15, 30]]).at(41)
    assert standing.overdue.tolist() == pytest.approx([2.1, 2.1, 3.1, 11 / 15])
    assert by_rule(week(standing)).tolist() == pytest.approx([2.1, 2.1, NEVER, NEVER])


def test_capacity_is_never_passed_and_the_highest_come_first():
    score = np.array([0.2, 0.9, 0.9, 0.5])
    assert highest(np.arange(4), score, 3).tolist() == [1, 2, 3]
    assert highest(np.array([0, 3]), score, 5).tolist() == [3, 0]


def company(seed, customers=1500, days=700):
    """Customers who buy at a rate of their own until they leave; returns their rhythm and when they left."""
    rng = np.random.default_rng(seed)
    rate, born = rng.gamma(1.1, 1 / 35, customers), rng.uniform(0, days * 0.8, customers)
    left = born + rng.exponential(1, customers) / rng.gamma(1.3, 1 / 500, customers)
    bought = [
        np.unique(np.floor(np.append(born[who], born[who] + np.cumsum(rng.exponential(1 / rate[who], 400)))))
        for who in range(customers)
    ]
    return rhythm_of([own[(own <= max(left[who], born[who])) & (own < days)] for who, own in enumerate(bought)]), left


@pytest.mark.slow
def test_warnings_are_right_more_often_than_twice_the_own_gap_on_twenty_companies():
    better, truly = 0, []
    lists = Lists(lapse=120, horizon=90)
    for seed in range(20):
        days, left = company(seed)
        later = [700 - 90 - 7.0 * number for number in reversed(range(13))]
        earlier = [each - 90 - 7 * 12 for each in later]
        start = days.at(earlier[0])
        known = start.count > 0
        history = (start.count - 1.0, start.last - start.first, start.at - start.first)
        model = mbg_nbd.fit(purchase_cells.aggregate(*(each[known] for each in history), width=7.0))
        none = np.zeros((days.size, 1))
        score = Score.learn([lists.week(days.at(at), none, model) for at in earlier], lists.horizon)
        weeks = [lists.week(days.at(at), none, model) for at in later]
        own, rule = (replay(weeks, found, 10, lists) for found in ([score.of(each) for each in weeks], list(map(by_rule, weeks))))
        better += own.precision > rule.precision
        gone = [np.mean(left[each.place] <= np.array(later)[each.week]) for each in (own, rule)]
        truly.append(gone[0] - gone[1])
    assert better >= 19
    assert np.mean(truly) > 0.02
