"""Durations: the middle and the ends against a known distribution, and a window that holds what it promises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dangol.algorithms import quantile_boosting
from dangol.core.errors import DataError, TooLittleData


def drawn(size, seed):
    """Exponential waits whose mean a feature tells."""
    dice = np.random.default_rng(seed)
    mean = dice.uniform(3, 30, size)
    return {"mean": mean, "noise": dice.normal(size=size)}, dice.exponential(mean)


@pytest.fixture(scope="module")
def fitted():
    columns, days = drawn(8_000, 1)
    return quantile_boosting.fit(columns, ("mean", "noise"), days, np.full(8_000, 10.0), seed=7)


def test_quantiles_of_an_exponential(fitted):
    columns, _ = drawn(4_000, 2)
    low, middle, high = fitted.days(columns, np.full(4_000, 10.0)).T
    assert np.abs(middle / (np.log(2) * columns["mean"]) - 1).mean() < 0.15
    assert np.corrcoef(high, columns["mean"])[0, 1] > 0.95
    assert (low <= middle).all()
    assert (middle <= high).all()


def test_a_guess_that_misleads_moves_the_middle_a_little_and_the_ends_not_at_all():
    """A guess that knows nothing of the customer, twenty days off on average."""
    columns, days = drawn(8_000, 1)
    later, _ = drawn(4_000, 2)
    dice = np.random.default_rng(4)
    wild, wild_later = dice.uniform(0, 60, 8_000), dice.uniform(0, 60, 4_000)
    names, truth = ("mean", "noise", "guess"), np.log(2) * later["mean"]
    low, middle, high = (
        quantile_boosting.fit({**columns, "guess": wild}, names, days, wild, seed=7)
        .days({**later, "guess": wild_later}, wild_later)
        .T
    )
    plain = quantile_boosting.fit({**columns, "guess": wild}, names, days, np.full(8_000, 10.0), seed=7)
    plain_low, plain_middle, plain_high = plain.days({**later, "guess": wild_later}, np.full(4_000, 10.0)).T
    assert np.abs(middle - truth).mean() < np.abs(plain_middle - truth).mean() + 0.5, "days"
    assert np.isclose(low, plain_low).mean() > 0.97
    assert np.isclose(high, plain_high).mean() > 0.97


def test_the_corrected_window_holds_four_of_five(fitted):
    columns, days = drawn(4_000, 3)
    longer = days * 1.3  # the season changed
    found = fitted.days(columns, np.full(4_000, 10.0))
    half = np.arange(4_000) % 2 == 0
    widen = quantile_boosting.widening(found[half, 0], found[half, 2], longer[half])
    low, _, high = replace(fitted, widen=widen).days(columns, np.full(4_000, 10.0)).T
    inside = ((longer >= low) & (longer <= high))[~half].mean()
    assert 0.77 <= inside <= 0.83


def test_a_window_too_wide_is_narrowed():
    days = np.linspace(40, 60, 101)
    widen = quantile_boosting.widening(np.zeros(101), np.full(101, 100.0), days)
    assert widen < 0
    assert ((days >= -widen) & (days <= 100 + widen)).mean() == pytest.approx(0.8, abs=0.03)


def test_refusals():
    with pytest.raises(DataError, match="days must be at least 0"):
        quantile_boosting.fit({"a": np.zeros(2)}, ("a",), [-1.0, 2.0], [1.0, 1.0], seed=1)
    with pytest.raises(TooLittleData, match="have 5 customers, need at least 30"):
        quantile_boosting.widening(np.zeros(5), np.ones(5), np.ones(5))
