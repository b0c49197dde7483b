"""Kaplan-Meier against the leukaemia trial of Freireich et al. (1963), as printed in textbooks."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.algorithms.survival import kaplan_meier
from dangol.core.errors import DataError, TooLittleData

WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_6mp_arm_is_the_published_table():
    curve = kaplan_meier(WEEKS, RELAPSED)
    assert list(curve.times) == [6, 7, 10, 13, 16, 22, 23]
    assert list(curve.at_risk) == [21, 17, 15, 12, 11, 7, 6]
    np.testing.assert_allclose(curve.survival, [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4)
    np.testing.assert_allclose(curve.error, [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], atol=5e-5)
    assert (curve.median(), curve.quantile(0.9)) == (23, None)
    assert curve.low[2] == pytest.approx(0.503, abs=1e-3)
    assert curve.high[2] == pytest.approx(0.889, abs=1e-3)
    assert curve.quantile_interval(0.5) == (13, None)


def test_without_censoring_it_is_the_plain_share():
    times = np.random.default_rng(1).integers(0, 30, 500).astype(float)
    curve = kaplan_meier(times, np.ones(500))
    np.testing.assert_allclose(curve.at(np.arange(31)), [(times > t).mean() for t in range(31)], atol=1e-12)
    assert np.isfinite(np.concatenate([curve.low, curve.high, curve.error])).all()


def test_censored_exponential_times_keep_their_median():
    chance = np.random.default_rng(2)
    times, end = chance.exponential(10, 20_000), chance.uniform(0, 25, 20_000)
    curve = kaplan_meier(np.minimum(times, end), times <= end)
    assert curve.median() == pytest.approx(10 * np.log(2), rel=0.03)
    low, high = curve.quantile_interval(0.5)
    assert low < 10 * np.log(2) < high


def test_nothing_happened_and_nonsense():
    assert kaplan_meier([5, 6], [0, 0]).median() is None
    with pytest.raises(TooLittleData):
        kaplan_meier([], [])
    with pytest.raises(DataError, match=r"not -1\.0"):
        kaplan_meier([-1], [1])
