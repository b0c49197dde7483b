"""Rates by cells against counting, their limits, and the recovery of known chances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.algorithms import cell_rates
from dangol.core.errors import DataError, TooLittleData


def test_without_strength_it_is_the_share_of_each_tenth():
    dice = np.random.default_rng(1)
    first, did = dice.permutation(1000).astype(float), (dice.random(1000) < 0.3).astype(float)
    found = cell_rates.fit(first, np.zeros(1000), did, strength=0.0).apply(first, np.zeros(1000))
    tenth = np.searchsorted(np.quantile(first, np.arange(1, 10) / 10), first, side="right")
    expected = np.array([did[tenth == each].mean() for each in tenth])
    np.testing.assert_allclose(found, expected)


def test_a_cell_is_drawn_to_its_row_and_the_row_to_all():
    first, second = np.array([0.0, 0, 0, 1, 1, 1]), np.array([0.0, 0, 1, 0, 1, 1])
    did = np.array([1.0, 1, 0, 0, 0, 1])
    found = cell_rates.fit(first, second, did, bins=(2, 2), strength=4.0).apply(first, second)
    row = (2 + 4 * 0.5) / (3 + 4)
    assert found[0] == pytest.approx((2 + 4 * row) / (2 + 4))


def test_missing_values_are_a_bin_of_their_own():
    first, did = np.array([np.nan] * 50 + list(range(50))), np.array([1.0] * 50 + [0.0] * 50)
    rates = cell_rates.fit(first, np.zeros(100), did, strength=1.0)
    assert rates.apply([np.nan], [0.0])[0] > 0.9
    assert rates.apply([25.0], [0.0])[0] < 0.1


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_always_a_chance_also_where_nobody_was(seed, size):
    dice = np.random.default_rng(seed)
    first, second = (np.where(dice.random(size) < 0.3, np.nan, dice.integers(0, 5, size)) for _ in range(2))
    rates = cell_rates.fit(first, second, (dice.random(size) < 0.5).astype(float))
    found = rates.apply([np.nan, -1e9, 1e9, 2.0], [1e9, np.nan, -1e9, 2.0])
    assert ((found >= 0) & (found <= 1)).all()


def test_refusals_name_what_is_wrong():
    with pytest.raises(DataError, match="an outcome must be 0 or 1"):
        cell_rates.fit([1.0], [1.0], [0.5])
    with pytest.raises(DataError, match="columns of different length"):
        cell_rates.fit([1.0, 2.0], [1.0], [0.0])
    with pytest.raises(TooLittleData):
        cell_rates.fit([], [], [])
