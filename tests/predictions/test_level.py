"""Totals: corrected only where past errors show a pattern, with ranges from past errors."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.core.declare import Block
from dangol.predictions.level import UNSEEN_SEASON, Level, believed, learn, scale_to


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
    assert 0.9 < low < 1 < high < 1.1


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
