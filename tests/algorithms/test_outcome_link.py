"""How closely a column goes with an outcome, against figures that follow from how the column was made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from dangol.algorithms.leaks import late_share, link
from dangol.core.errors import DataError, TooLittleData

RNG = np.random.default_rng(3)
HAPPENED = (RNG.random(4_000) < 0.3).astype(float)


def test_the_outcome_itself_tells_everything():
    found = link(np.where(HAPPENED > 0, "won", "lost").astype(object), HAPPENED)
    assert found.auc == 1.0
    assert found.information > 0.98
    assert found.sure_yes == found.sure_no == 1.0


def test_a_number_that_never_repeats_tells_nothing():
    found = link(np.array([f"id{place}" for place in range(4_000)], dtype=object), HAPPENED)
    assert not found.beyond_luck
    assert abs(found.information) < 0.01


def test_a_constant_column_has_an_area_of_a_half():
    found = link(np.array(["same"] * 4_000, dtype=object), HAPPENED)
    assert found.auc == pytest.approx(0.5, abs=1e-12)
    assert found.missing_auc == 0.5


def test_the_area_is_that_of_the_rates_of_words():
    """scikit-learn's area of the true rates: learning four rates from thousands of rows loses almost nothing."""
    words, rates = np.array(["a", "b", "c", "d"]), np.array([0.1, 0.25, 0.4, 0.7])
    place = RNG.integers(0, 4, 20_000)
    happened = (RNG.random(20_000) < rates[place]).astype(float)
    assert link(words[place].astype(object), happened).auc == pytest.approx(roc_auc_score(happened, rates[place]), abs=0.005)


def test_information_is_theils_uncertainty_coefficient():
    """One minus conditional over plain entropy, from the rates that rows were drawn with."""
    rates = np.array([0.1, 0.25, 0.4, 0.7])
    place = RNG.integers(0, 4, 40_000)
    happened = (RNG.random(40_000) < rates[place]).astype(float)

    def entropy(chance):
        return -(chance * np.log(chance) + (1 - chance) * np.log(1 - chance))

    expected = 1 - entropy(rates).mean() / entropy(rates.mean())
    assert link(place.astype(float), happened).information == pytest.approx(expected, abs=0.01)


def test_filled_for_one_outcome_only():
    values = np.where((HAPPENED > 0) & (RNG.random(4_000) < 0.6), 5.0, np.nan)
    found = link(values, HAPPENED)
    assert found.filled_rate == 1.0
    assert found.missing_auc == pytest.approx(0.5 + 0.6 / 2, abs=0.03)


def test_a_number_that_rises_with_the_outcome_is_seen_whatever_its_scale():
    values = HAPPENED * 2 + RNG.normal(size=4_000)
    small, large = link(values, HAPPENED), link(np.exp(values) * 1e6, HAPPENED)
    assert small.auc == pytest.approx(roc_auc_score(HAPPENED, values), abs=0.01)
    assert large.auc == pytest.approx(small.auc, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_column_that_knows_nothing_is_not_beyond_luck(seed):
    rng = np.random.default_rng(seed)
    happened = (rng.random(800) < 0.4).astype(float)
    if not 0 < happened.sum() < 800:
        return
    found = link(rng.normal(size=800), happened)
    assert found.auc < 0.5 + 5 * found.error
    assert found.information < 0.05


def test_moments_at_or_after_the_outcome():
    outcome = np.array(["2024-03-01", "2024-03-01", "2024-03-01", "NaT"], dtype="datetime64[D]")
    moments = np.array(["2024-02-29", "2024-03-01", "2024-03-02", "2024-03-02"], dtype="datetime64[D]")
    assert late_share(moments, outcome) == pytest.approx(2 / 3)
    assert late_share(moments[3:], outcome[3:]) == 0.0


@pytest.mark.parametrize("happened", [np.zeros(100), np.ones(100)])
def test_nothing_can_be_said_where_it_happened_to_all_or_nobody(happened):
    with pytest.raises(TooLittleData, match="of 100 with the outcome"):
        link(np.arange(100.0), happened)


def test_lengths_and_outcomes_are_checked():
    with pytest.raises(DataError, match="different length"):
        link(np.arange(90.0), np.repeat([0.0, 1.0], 50))
    with pytest.raises(DataError, match="0 or 1"):
        link(np.arange(100.0), np.repeat([0.0, 2.0], 50))
