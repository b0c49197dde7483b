"""Conformal ranges keep their promise on fresh customers, overall and in every tenth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.algorithms.conformal import learn
from dangol.core.errors import DataError, TooLittleData


def spenders(seed: int, size: int = 60_000) -> tuple[np.ndarray, np.ndarray]:
    """Expectations that are off in level and spread, and what came of them; a tenth or more come to nothing."""
    chance = np.random.default_rng(seed)
    expected = chance.lognormal(3.0, 1.2, size)
    buys = chance.random(size) < expected / (expected + 6)
    return expected, np.where(buys, 1.4 * expected * chance.gamma(1.2, 1 / 1.2, size), 0.0)


def counts(seed: int, size: int = 60_000) -> tuple[np.ndarray, np.ndarray]:
    """Expected and actual purchases of customers who differ more than the expectation knows."""
    chance = np.random.default_rng(seed)
    expected = chance.gamma(1.2, 2.0, size)
    return expected, chance.poisson(expected * chance.gamma(2.0, 0.5, size)).astype(float)


def test_amounts_are_covered_as_promised_overall_and_in_each_tenth():
    for seed in range(3):
        ranges = learn(*spenders(seed))
        expected, actual = spenders(100 + seed)
        low, high = ranges.apply(expected)
        inside = (actual >= low) & (actual <= high)
        group = ranges.group(expected)
        nothing = np.bincount(group, actual == 0) / np.bincount(group)
        assert ranges.edges.size == 9
        assert 0.77 <= inside.mean() <= 0.90
        for tenth in range(10):
            # no range can leave out the customers who brought nothing, once these are most
            assert 0.77 <= inside[group == tenth].mean() <= max(0.90, nothing[tenth] + 0.03)


def test_counts_are_covered_as_promised_where_counts_allow_it():
    for seed in range(3):
        ranges = learn(*counts(seed))
        expected, actual = counts(200 + seed)
        low, high = ranges.apply(expected)
        inside, group = (actual >= low) & (actual <= high), ranges.group(expected)
        assert 0.77 <= inside.mean() <= 0.90
        for tenth in range(10):
            nothing = (actual[group == tenth] == 0).mean()
            assert 0.77 <= inside[group == tenth].mean() <= max(0.90, nothing + 0.03)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_share_inside_is_the_level_asked_for(level):
    chance = np.random.default_rng(3)
    inside = []
    for _ in range(40):
        expected = chance.lognormal(0, 1, 4400)
        actual = expected * chance.lognormal(0.2, 0.7, 4400)
        low, high = learn(expected[:400], actual[:400], level).apply(expected[400:])
        inside.append(((actual[400:] >= low) & (actual[400:] <= high)).mean())
    assert level - 0.005 <= np.mean(inside) <= level + 0.06  # at least, and hardly more than groups of forty customers force


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(30, 400), groups=st.integers(1, 20), zeros=st.floats(0, 1))
def test_ranges_are_ordered_finite_and_scale_with_money(seed, size, groups, zeros):
    chance = np.random.default_rng(seed)
    expected = np.round(chance.gamma(0.5, 3.0, size), int(chance.integers(0, 4)))
    actual = chance.gamma(1.0, 1.0, size) * expected * (chance.random(size) > zeros)
    ranges = learn(expected, actual, groups=groups)
    assert ranges.count.sum() == size
    assert ranges.low.size == ranges.high.size == ranges.count.size == ranges.edges.size + 1 <= groups
    low, high = ranges.apply(expected)
    assert np.isfinite(high).all()
    assert (low >= 0).all()
    assert (low <= high).all()
    in_won = learn(expected * 1300.0, actual * 1300.0, groups=groups)
    if in_won.edges.size == ranges.edges.size:
        np.testing.assert_allclose(in_won.apply(expected * 1300.0)[1], high * 1300.0, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("seed", "size", "groups"), [(246, 276, 7), (257, 287, 18)])
def test_edges_a_last_bit_apart_make_no_empty_group(seed, size, groups):
    """Expectations in cents: quantiles between equal ones may differ in the last bit, and nobody is between them."""
    chance = np.random.default_rng(seed)
    expected = np.round(chance.gamma(0.5, 3.0, size), int(chance.integers(0, 4)))
    actual = chance.gamma(1.0, 1.0, size) * expected
    ranges = learn(expected, actual, groups=groups)
    assert ranges.count.min() > 0
    assert ranges.count.sum() == size
    assert np.isfinite(ranges.apply(expected)[1]).all()


def test_equal_expectations_and_nothing_at_all_give_one_group():
    ranges = learn(np.full(300, 2.0), np.arange(300.0))
    assert (ranges.edges.size, list(ranges.count)) == (0, [300])
    low, high = ranges.apply([2.0])
    assert [low[0], high[0]] == pytest.approx([29, 270], abs=2)
    none = learn(np.zeros(60), np.zeros(60))
    assert none.apply([0.0, 5.0])[1] == pytest.approx([0, 0])


def test_contradictions_and_too_few_customers_are_refused():
    with pytest.raises(TooLittleData, match="29 customers"):
        learn(np.ones(29), np.ones(29))
    with pytest.raises(TooLittleData, match="at least 99"):
        learn(np.ones(60), np.ones(60), level=0.99)
    with pytest.raises(DataError, match="expected must be at least 0"):
        learn(-np.ones(40), np.ones(40))
    with pytest.raises(DataError, match="groups"):
        learn(np.ones(40), np.ones(40), groups=0)
    with pytest.raises(DataError, match="level"):
        learn(np.ones(40), np.ones(40), level=1.0)
