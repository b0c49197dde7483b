"""Ranking and calibration against scikit-learn, brute force and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score

from dangol.algorithms import calibration, ranking
from dangol.core.errors import DataError, TooLittleData


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(2, 50))
def test_auc_brier_and_isotonic_equal_scikit_learn(seed, levels):
    chance = np.random.default_rng(seed)
    p = chance.integers(0, levels, 80) / levels
    y = np.r_[0, 1, chance.random(78) < p[2:]].astype(float)
    assert ranking.auc(p, y) == pytest.approx(roc_auc_score(y, p))
    assert calibration.brier(p, y) == pytest.approx(brier_score_loss(y, p))
    theirs = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    np.testing.assert_allclose(calibration.fit_isotonic(p, y).apply(p), theirs.predict(p), atol=1e-9)


def test_reliability_equals_scikit_learn_and_gives_the_error():
    chance = np.random.default_rng(1)
    p = chance.beta(1, 3, 5000)
    y = (chance.random(5000) < p**1.5).astype(float)
    observed, predicted = calibration_curve(y, p, n_bins=10)
    table = calibration.reliability_table(p, y)
    np.testing.assert_allclose(table.observed, observed)
    np.testing.assert_allclose(table.predicted, predicted)
    by_hand = sum(n * abs(a - b) for n, a, b in zip(table.count, observed, predicted, strict=True)) / 5000
    assert calibration.expected_calibration_error(p, y) == pytest.approx(by_hand)
    assert calibration.reliability_table(p, y, binning="count").count.min() == 500


def test_platt_and_isotonic_repair_overconfidence():
    chance = np.random.default_rng(2)
    true = chance.beta(2, 2, 40_000)
    y = (chance.random(40_000) < true).astype(float)
    odds = np.log(true / (1 - true))
    sure = 1 / (1 + np.exp(-2.5 * odds - 0.5))
    platt = calibration.fit_platt(sure, y)
    theirs = LogisticRegression(C=1e9).fit((2.5 * odds + 0.5)[:, None], y)
    assert [platt.slope, platt.intercept] == pytest.approx([theirs.coef_[0, 0], theirs.intercept_[0]], abs=2e-3)
    for fitted in (platt, calibration.fit_isotonic(sure, y)):
        assert calibration.expected_calibration_error(fitted.apply(sure), y) < 0.01
    assert calibration.expected_calibration_error(sure, y) > 0.1


def test_separated_outcomes_stay_finite():
    fitted = calibration.fit_platt([0.0, 0.1, 0.9, 1.0], [0, 0, 1, 1])
    assert np.isfinite(fitted.apply([0.0, 0.5, 1.0])).all()


def test_lorenz_and_top_share_of_a_known_distribution():
    values = [50.0, 30, 10, 5, 5, 0, 0, 0, 0, 0]
    assert ranking.share_of_top(values, 0.2) == pytest.approx(0.8)
    assert ranking.lorenz(values).at(0.5) == pytest.approx(0)
    assert ranking.lorenz([3.0, 3, 3]).area == pytest.approx(0.5)
    assert ranking.top_share_capture([1, 2, 3, 4], [4, 3, 2, 1], 0.25) == pytest.approx(0.1)


def test_gini_with_ties_is_the_mean_over_random_orders():
    chance = np.random.default_rng(3)
    score, value = chance.integers(0, 4, 60), chance.lognormal(0, 1, 60)
    draws = [ranking.normalised_gini(score + chance.random(60) * 0.5, value) for _ in range(3000)]
    assert ranking.normalised_gini(score, value) == pytest.approx(np.mean(draws), abs=0.01)
    assert ranking.normalised_gini(value, value) == pytest.approx(1)
    assert ranking.normalised_gini(-value, value) == pytest.approx(-1)


def test_gini_of_a_yes_or_no_outcome_is_twice_auc_less_one():
    chance = np.random.default_rng(4)
    score, y = chance.normal(size=500), (chance.random(500) < 0.3).astype(float)
    assert ranking.normalised_gini(score, y) == pytest.approx(2 * ranking.auc(score, y) - 1)


def test_spearman_and_refusals():
    assert ranking.spearman([1, 2, 3], [10, 20, 15]) == pytest.approx(0.5)
    assert ranking.spearman([1, 1, 1], [1, 2, 3]) == 0
    with pytest.raises(TooLittleData):
        ranking.auc([1, 2], [1, 1])
    with pytest.raises(TooLittleData):
        ranking.lorenz([0, 0])
    with pytest.raises(TooLittleData):
        ranking.normalised_gini([1, 2], [3, 3])
    with pytest.raises(DataError, match=r"not 1\.2"):
        calibration.brier([1.2], [1])
    with pytest.raises(DataError, match="share"):
        ranking.share_of_top([1, 2], 1.5)
