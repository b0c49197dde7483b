"""Totals: corrected only where past errors show a pattern, with ranges from past errors."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.core.declare import Block
from dangol.predictions.level import UNSEEN_SEASON, USUAL, WORTH, Level, believed, learn, scale_to


def moment(days_back, history, horizon=90.0):
    return Block(np.arange(3), {}, {}, cutoff=days_back, horizon_days=horizon, history_days=history)


@pytest.fixture
def blocks():
    """Four moments of a company known for three years."""
    return [moment(back, 1_095 - back) for back in (240, 210, 180, 90)]


def test_scattered_errors_correct_nothing(blocks):
    level = learn(blocks, [100.0] * 4, [110.0, 91.0, 104.0, 96.0])
    assert level.shift == pytest.approx(0, abs=1e-12)
    low, high = level.factors(90)
    assert low < 0.95 < 1.05 < high


def test_steady_errors_are_corrected(blocks):
    level = learn(blocks, [100.0] * 4, [118.0, 121.0, 119.0, 122.0])
    assert np.exp(level.shift) == pytest.approx(1.2, abs=0.01)
    low, high = level.factors(90)
    assert 0.88 < low < 1 < high < 1.13


def test_last_years_season_counts_where_it_stands_out(blocks):
    with_season = [moment(365, 730), *blocks[1:]]
    level = learn(with_season, [100.0] * 4, [118.0, 101.0, 99.0, 100.0])
    assert 1.12 < np.exp(level.shift) < 1.19


def test_corrections_are_bounded(blocks):
    assert np.exp(learn(blocks, [100.0] * 4, [900.0, 910.0, 905.0, 902.0]).shift) == pytest.approx(1.25)


def test_a_season_never_seen_widens_the_range(blocks):
    young = [moment(each.cutoff, 300 - each.cutoff) for each in blocks]
    actual = [101.0, 99.0, 100.5, 100.0]
    seen, unseen = (learn(each, [100.0] * 4, actual) for each in (blocks, young))
    assert unseen.spread > max(seen.spread, 0.9 * UNSEEN_SEASON)


def test_without_past_totals_the_range_is_the_usual_one():
    level = learn([moment(90, 1_005)], [100.0], [0.0])
    assert (level.shift, level.spread, level.weight) == (0.0, USUAL, WORTH)
    low, high = level.factors(90)
    # quantile of Student's t with 4 degrees of freedom: 1.533
    assert np.log(high / low) == pytest.approx(2 * 1.533 * USUAL * np.sqrt(1.25), rel=1e-3)


def test_moments_that_knew_little_say_little_about_today(blocks):
    """One bad error weighs more where nearly all was known that is known today than in the company's first weeks."""
    early = [moment(1_065, 30), *blocks[1:]]
    late = [moment(100, 995), *blocks[1:]]
    expected, actual = [100.0] * 4, [140.0, 99.0, 101.0, 100.0]
    first, last = (learn(each, expected, actual).spread for each in (early, late))
    assert first < 1.02 * USUAL < 1.3 * USUAL < last


def test_ranges_are_right_where_errors_are_as_believed():
    """Totals drawn from errors of an unknown spread around the usual one fall into 80 % ranges in 80 % of all cases."""
    draw = np.random.default_rng(5)
    inside = []
    for _ in range(3_000):
        spread = USUAL / np.sqrt(draw.chisquare(WORTH) / WORTH)
        *past, coming = np.exp(draw.normal(0, spread, 4))
        known = [moment(back, 100_000 - back, 10.0) for back in (30, 20, 10)]
        level = learn(known, [1.0] * 3, past)
        low, high = level.factors(10.0)
        inside.append(low <= coming / np.exp(level.shift) <= high)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.04)


def test_further_ahead_is_less_sure():
    level = Level(0.0, 0.1, 4, 90.0)
    near, far = level.factors(90), level.factors(360)
    assert np.log(far[1]) == pytest.approx(2 * np.log(near[1]))
    assert far[0] * far[1] == pytest.approx(1)


def test_surer_ranges_are_wider():
    level = Level(0.0, 0.1, 40, 90.0)
    usual, surer = level.factors(90), level.factors(90, 0.9)
    # quantiles of Student's t with 39 degrees of freedom: 1.304 and 1.685
    assert np.log(surer[1]) / np.log(usual[1]) == pytest.approx(1.685 / 1.304, abs=0.002)


def test_shrinkage_is_that_of_james_and_stein():
    assert believed(0.1, 0.2) == 0
    assert believed(-0.2, 0.1) == pytest.approx(-0.2 * (1 - 0.25))
    assert believed(0.0, 0.1) == 0


def test_nothing_is_scaled_to_nothing():
    assert scale_to(np.array([2.0, 2.0]), 6.0) == 1.5
    assert scale_to(np.zeros(2), 6.0) == 1
    assert scale_to(np.ones(2), 0.0) == 1
