"""MBG/CNBD-k against its special case k = 1, brute force and customers simulated with a known rhythm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dangol.algorithms import mbg_nbd
from dangol.algorithms.mbg_cnbd import Likelihood, MbgCnbd, fit, fit_rhythm, wheat_morrison
from dangol.algorithms.purchase_cells import aggregate
from dangol.algorithms.purchase_events import gaps as gaps_of
from dangol.core.errors import DataError, TooLittleData

TRUTH = (1.5, 6.0, 0.6, 2.5)


def test_without_rhythm_it_is_mbg_nbd(cdnow):
    x, t_x, T = cdnow["x"], cdnow["t_x"], cdnow["T"]
    one, plain = fit(aggregate(x, t_x, T), 1), mbg_nbd.fit(aggregate(x, t_x, T))
    assert [one.r, one.alpha, one.a, one.b] == pytest.approx([plain.r, plain.alpha, plain.a, plain.b], rel=1e-4)
    assert one.report.log_likelihood == pytest.approx(plain.report.log_likelihood, abs=1e-4)
    same = MbgCnbd(plain.r, plain.alpha, plain.a, plain.b, 1)
    for answer in ("expected_purchases", "probability_of_purchase"):
        ours, theirs = (getattr(model, answer)(39, x, t_x, T) for model in (same, plain))
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    np.testing.assert_allclose(same.probability_alive(x, t_x, T), plain.probability_alive(x, t_x, T), rtol=1e-10)


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_known_rhythm_and_parameters_are_found(simulate, k):
    gaps: list[np.ndarray] = []
    ages = np.random.default_rng(k).uniform(40, 80, 20_000)
    x, t_x, T, later = simulate(TRUTH, ages, 20.0, k, first_counts=True, k=k, gaps=gaps)
    found = fit_rhythm(aggregate(x, t_x, T), float(np.log(np.concatenate(gaps)).sum()))
    assert (found.k, found.report.converged) == (k, True)
    assert [found.r, found.alpha, found.a, found.b] == pytest.approx(TRUTH, rel=0.15)
    assert found.report.log_likelihood >= MbgCnbd(*TRUTH, k).log_likelihood(x, t_x, T)
    assert found.expected_purchases(20, x, t_x, T).sum() == pytest.approx(later.sum(), rel=0.03)
    in_days = fit_rhythm(aggregate(x, t_x * 7, T * 7), float(np.log(np.concatenate(gaps) * 7).sum()))
    assert in_days.k == k
    assert in_days.alpha / 7 == pytest.approx(found.alpha, rel=1e-4)
    assert in_days.report.log_likelihood == pytest.approx(in_days.log_likelihood(x, t_x * 7, T * 7))


@pytest.mark.parametrize("k", [2, 4])
def test_expectations_and_chances_match_simulated_futures(simulate, k):
    x, t_x, T, later = simulate(TRUTH, np.full(400_000, 30.0), 20.0, 3, first_counts=True, k=k)
    model = MbgCnbd(*TRUTH, k)
    part = slice(0, 30_000)
    buys, alive = model.probability_of_purchase(20, x, t_x, T), model.probability_alive(x, t_x, T)
    expected = model.expected_purchases(20, x[part], t_x[part], T[part])
    assert (later > 0).sum() == pytest.approx(buys.sum(), rel=0.01)
    assert later[part].sum() == pytest.approx(expected.sum(), rel=0.03)
    silence = np.digitize(T - t_x, [2, 5, 10, 20])
    for purchases in range(5):
        for gap in range(5):
            group = (x == purchases) & (silence == gap)
            if group.sum() < 500:
                continue
            slack = 4.5 / np.sqrt(group.sum())
            assert abs((later[group] > 0).mean() - buys[group].mean()) < slack * 0.5
            assert alive[group].mean() >= buys[group].mean()
            small = group[part]
            if small.sum() > 300:
                off = abs(later[part][small].mean() - expected[small].mean())
                assert off < 4.5 / np.sqrt(small.sum()) * (later[part][small].std() + 0.05)
    assert model.expected_purchases_new(30)[0] == pytest.approx(x.mean(), rel=0.01)


@pytest.mark.parametrize("k", [2, 3, 6])
@pytest.mark.parametrize("truth", [(0.3, 5.0, 0.4, 1.2), (4.0, 9.0, 1e-5, 1.0), (1.5, 6.0, 30.0, 4.0), (40.0, 80.0, 0.5, 50.0)])
def test_expectation_equals_the_sum_over_purchases(truth, k):
    """Sum over i of P(at least i purchases in store) times P(not stopped before the i-th), from negative binomial chances."""
    r, alpha, a, b = truth
    x, t_x, T, horizon = 2.0, 20.0, 23.0, 25.0
    state = np.array([stats.nbinom.pmf(tick, r + k * x, (alpha + t_x) / (alpha + T)) for tick in range(k)])
    state /= state.sum()
    expected, stayed = 0.0, 1.0
    for purchase in range(1, 4000):
        enough = stats.nbinom.sf(k * purchase - np.arange(k) - 1, r + k * x + np.arange(k), (alpha + T) / (alpha + T + horizon))
        expected += stayed * (state @ enough)
        stayed *= (b + x + purchase) / (a + b + x + purchase)
    alive = MbgCnbd(*truth, k).probability_alive([x], [t_x], [T])[0]
    assert MbgCnbd(*truth, k).expected_purchases(horizon, [x], [t_x], [T])[0] == pytest.approx(alive * expected, rel=1e-7)


@settings(max_examples=40, deadline=None)
@given(
    theta=st.tuples(*(st.floats(low, high) for low, high in ((-6, 6), (-6, 6), (-8, 6), (-6, 10)))),
    k=st.integers(1, 12),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradient_equals_finite_differences(theta, k, seed):
    chance = np.random.default_rng(seed)
    x = np.floor(10 ** chance.uniform(-0.5, 2.5, 40))
    T = chance.uniform(0.1, 3.0, 40)
    likelihood = Likelihood(aggregate(x, T * chance.random(40), T), k)
    value, gradient = likelihood.value_and_gradient(np.array(theta))
    step = 1e-5
    for axis, slope in enumerate(gradient):
        move = np.eye(4)[axis] * step
        ahead, back = (likelihood.value_and_gradient(np.array(theta) + sign * move)[0] for sign in (1, -1))
        rounding = 1e-13 * (abs(value) + k * x.mean() * 30) / step
        assert slope == pytest.approx((ahead - back) / (2 * step), rel=2e-5, abs=1e-6 + rounding)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_two_gaps_of_each_customer_tell_the_rhythm(k):
    chance = np.random.default_rng(k)
    rate = chance.gamma(0.7, 1.0, 40_000)
    first, second = chance.gamma(k, 1.0, (2, 40_000)) / rate
    assert wheat_morrison(first, second) == pytest.approx(k, rel=0.03)
    assert wheat_morrison(first, first) == np.inf


def test_gaps_are_those_between_purchases_on_different_days():
    who, gap = gaps_of([1, 2, 1, 1, 2, 3], [0, 5, 3, 3, 9, 1])
    assert (list(who), list(gap)) == ([1, 2], [3, 4])


def test_impossible_rhythms_are_refused():
    with pytest.raises(DataError, match="k must be"):
        MbgCnbd(1.0, 1.0, 1.0, 1.0, 0)
    with pytest.raises(DataError, match="gap must be above 0"):
        wheat_morrison([1.0, 0.0], [1.0, 1.0])
    with pytest.raises(TooLittleData, match="customers with two gaps"):
        wheat_morrison([1.0], [1.0])
