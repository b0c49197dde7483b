"""Differences and intervals against published examples, SciPy and repeated simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dangol.algorithms.difference import (
    Before,
    Sums,
    bootstrap_difference,
    conversion_deviation,
    conversion_difference,
    cuped_difference,
    mean_difference,
    mean_ratio,
    minimal_detectable_effect,
    required_size,
    sample_ratio,
)
from dangol.algorithms.intervals import bootstrap_interval, mean_interval, wilson
from dangol.core.errors import DataError, TooLittleData


def test_newcombe_1998_example():
    lift = conversion_difference((56, 70), (48, 80))
    assert [lift.estimate, lift.low, lift.high] == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)


@pytest.mark.parametrize(
    ("made", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_examples_of_newcombe_1998(made, of, low, high):
    found = wilson(made, of)
    assert [found.low, found.high] == pytest.approx([low, high], abs=6e-5)


def test_wilson_equals_scipy():
    for made, of in ((3, 7), (50, 50), (1, 1000)):
        theirs = stats.binomtest(made, of).proportion_ci(0.9, method="wilson")
        assert [wilson(made, of, level=0.9).low, wilson(made, of, level=0.9).high] == pytest.approx(list(theirs), abs=1e-12)


def test_welch_and_t_intervals_equal_scipy():
    chance = np.random.default_rng(1)
    one, two = chance.lognormal(1, 1, 400), chance.lognormal(0.9, 1.4, 90)
    theirs = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.9)
    lift = mean_difference(Sums.of(one), Sums.of(two), level=0.9)
    assert [lift.low, lift.high] == pytest.approx(list(theirs))
    assert lift.estimate == pytest.approx(one.mean() - two.mean())
    mean = mean_interval(one)
    assert [mean.low, mean.high] == pytest.approx(stats.t.interval(0.95, 399, one.mean(), stats.sem(one)))


def test_ratio_covers_the_truth_as_often_as_it_says():
    chance = np.random.default_rng(2)
    hits = 0
    for _ in range(400):
        lift = mean_ratio(Sums.of(chance.exponential(12, 300)), Sums.of(chance.exponential(10, 300)))
        hits += lift.low <= 1.2 <= lift.high
    assert 0.92 <= hits / 400 <= 0.98


def test_cuped_is_narrower_and_still_right():
    chance = np.random.default_rng(3)
    hits, narrower = 0, 0
    for _ in range(300):
        before = chance.gamma(2, 10, 600)
        during = 0.8 * before + chance.normal(0, 5, 600) + np.r_[np.full(300, 1.0), np.zeros(300)]
        lift = cuped_difference(Before.of(during[:300], before[:300]), Before.of(during[300:], before[300:]))
        plain = mean_difference(Sums.of(during[:300]), Sums.of(during[300:]))
        hits += lift.low <= 1.0 <= lift.high
        narrower += (lift.high - lift.low) < 0.6 * (plain.high - plain.low)
    assert 0.92 <= hits / 300 <= 0.98
    assert narrower == 300


def test_cuped_without_any_past_is_the_plain_difference():
    one, two = np.array([1.0, 4, 3]), np.array([2.0, 2, 5])
    lift = cuped_difference(Before.of(one, np.zeros(3)), Before.of(two, np.zeros(3)))
    plain = mean_difference(Sums.of(one), Sums.of(two))
    assert [lift.low, lift.high] == pytest.approx([plain.low, plain.high])


def test_bootstrap_is_repeatable_and_near_welch():
    chance = np.random.default_rng(4)
    one, two = chance.exponential(10, 800), chance.exponential(9, 800)
    lift, plain = bootstrap_difference(one, two, seed=5), mean_difference(Sums.of(one), Sums.of(two))
    assert lift == bootstrap_difference(one, two, seed=5)
    assert [lift.low, lift.high] == pytest.approx([plain.low, plain.high], abs=0.15)
    middle = bootstrap_interval(one, lambda sample: float(np.median(sample)), seed=1)
    assert middle.low < 10 * np.log(2) < middle.high


def test_sample_ratio_equals_the_textbook_formula():
    found = sample_ratio([5200, 4800], [1, 1])
    assert found.chi_square == pytest.approx(16.0)
    assert found.mismatch
    assert not sample_ratio([905, 95], [0.9, 0.1]).mismatch


def test_planning_inverts_itself_and_matches_a_table():
    assert required_size(0.5, 1.0, 0.5) == 126  # 63 in each group by the normal formula
    size = required_size(0.01, conversion_deviation(0.1), 0.2)
    assert minimal_detectable_effect(0.3, size * 0.8, size * 0.2) == pytest.approx(0.01, rel=1e-3)


def test_refusals():
    with pytest.raises(TooLittleData):
        Sums.of([1.0])
    with pytest.raises(TooLittleData):
        mean_ratio(Sums(5, 0.0, 0.0), Sums(5, 1.0, 1.0))
    with pytest.raises(DataError):
        conversion_difference((8, 7), (1, 7))
    with pytest.raises(DataError):
        required_size(0.0, 1.0, 0.1)
    with pytest.raises(DataError, match="level"):
        mean_interval([1, 2, 3], level=95)
