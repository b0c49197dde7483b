"""Rates of groups drawn towards all, against groups whose true rates are known."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.algorithms.shrunk_rates import fit
from dangol.core.errors import DataError, TooLittleData


def test_the_spread_of_true_rates_is_found_again():
    rng = np.random.default_rng(1)
    trials = rng.integers(20, 60, 3_000)
    times = rng.binomial(trials, rng.beta(6, 14, 3_000))
    found = fit(times, trials)
    assert found.mean == pytest.approx(0.3, abs=0.01)
    assert found.strength == pytest.approx(20, rel=0.15)


def test_shrunk_rates_are_nearer_to_the_truth_than_raw_ones_and_than_the_mean():
    rng = np.random.default_rng(2)
    trials, truth = rng.integers(1, 30, 2_000), rng.beta(6, 6, 2_000)
    times = rng.binomial(trials, truth)
    found = fit(times, trials)
    error = {
        name: np.mean((values - truth) ** 2)
        for name, values in (("shrunk", found.apply(times, trials)), ("raw", times / trials), ("mean", found.mean))
    }
    assert error["shrunk"] < 0.9 * min(error["raw"], error["mean"])


def test_where_groups_do_not_differ_everybody_has_the_common_rate():
    rng = np.random.default_rng(3)
    trials = np.full(400, 50)
    times = rng.binomial(trials, 0.6)
    found = fit(times, trials)
    assert np.ptp(found.apply(times, trials)) < 0.08 < np.ptp(times / trials)


def test_groups_without_cases_have_the_common_rate():
    found = fit([3, 1, 0], [4, 10, 0])
    assert found.apply([0], [0])[0] == pytest.approx(found.mean) == 4 / 14


def test_one_group_is_believed_as_all():
    found = fit([3], [10])
    assert found.apply([3], [10])[0] == pytest.approx(0.3)


def test_counts_are_checked():
    with pytest.raises(DataError, match="between 0 and trials"):
        fit([5], [4])
    with pytest.raises(TooLittleData):
        fit([0, 0], [0, 0])
