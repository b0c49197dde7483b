"""Stability index against its definition and its published expectation; shares against their own past."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from dangol.algorithms.drift import by_tenth, noise, share_moved, shift, stability


def test_the_index_is_the_symmetric_divergence_of_two_histograms():
    expected, actual = np.array([100.0, 300, 600]), np.array([200.0, 300, 500])
    before, now = ((each + 0.5) / (each.sum() + 1.5) for each in (expected, actual))
    assert stability(expected, actual) == pytest.approx(entropy(before, now) + entropy(now, before), rel=1e-12)


def test_a_worked_example_of_a_scorecard():
    # shares 10/20/70 % against 20/30/50 %: 0.1 ln 2 + 0.1 ln 1.5 - 0.2 ln(5/7)
    wanted = 0.1 * np.log(2) + 0.1 * np.log(1.5) + 0.2 * np.log(7 / 5)
    assert stability(np.array([1e6, 2e6, 7e6]), np.array([2e6, 3e6, 5e6])) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("sizes", [(400, 900), (3000, 3000)])
def test_without_a_shift_it_is_what_its_expectation_says(sizes):
    rng = np.random.default_rng(5)
    found = [shift(rng.normal(size=sizes[0]), rng.normal(size=sizes[1])) for _ in range(300)]
    mean = np.mean([each.psi for each in found])
    # edges are quantiles of the first group, so that only the second one scatters around them fully
    assert 0.6 * found[0].noise < mean < 1.2 * found[0].noise
    assert not any(each.drifted(found[0]) for each in found)


def test_a_doubled_rate_is_a_drift_and_a_column_that_always_moves_so_is_none():
    rng = np.random.default_rng(6)
    usual = shift(rng.exponential(size=3000), rng.exponential(size=3000))
    moved = shift(rng.exponential(size=3000), rng.exponential(2.5, size=3000))
    assert moved.drifted(usual)
    assert not moved.drifted(moved)


def test_categories_and_missing_values_are_bins():
    some, other = np.array(["a"] * 80 + [None] * 20, dtype=object), np.array(["a"] * 20 + [None] * 80, dtype=object)
    assert shift(some, other).psi == pytest.approx(2 * 0.6 * np.log(4), rel=0.03)
    numbers = np.where(np.arange(100) < 90, 1.0, np.nan)
    assert shift(numbers, np.full(100, np.nan)).psi > 3
    assert shift(np.full(50, np.nan), np.full(50, np.nan)).psi == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=60))
def test_every_customer_is_in_one_bin_and_equal_groups_have_not_moved(values):
    given_values = np.array(values)
    before, now = by_tenth(given_values, given_values)
    assert before.sum() == now.sum() == len(values)
    assert stability(before, now) == 0
    assert noise(before, now) >= 0


def test_a_share_moves_when_it_leaves_its_own_past():
    past, sizes = np.array([0.40, 0.42, 0.39]), np.full(3, 2000.0)
    assert not share_moved(past, sizes, 0.43, 2000)
    assert share_moved(past, sizes, 0.60, 2000)
    assert share_moved(past, sizes, 0.15, 2000)
    # few customers scatter as far
    assert not share_moved(past, sizes, 0.60, 12)
