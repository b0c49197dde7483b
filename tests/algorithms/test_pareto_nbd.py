"""Pareto/NBD against the published figures, the reference library, brute force and simulated worlds."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from dangol.algorithms.gamma_race import log_area, race
from dangol.algorithms.pareto_nbd import Likelihood, ParetoNbd, fit
from dangol.algorithms.purchase_cells import aggregate
from dangol.core.errors import DataError, TooLittleData

PUBLISHED = ParetoNbd(r=0.5533, alpha=10.5778, s=0.6063, beta=11.6703)


def test_cdnow_parameters_and_likelihood_are_the_published_ones(cdnow):
    found = fit(aggregate(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    assert [found.r, found.alpha, found.s, found.beta] == pytest.approx([0.5533, 10.5778, 0.6063, 11.6703], rel=5e-4)
    assert found.report.log_likelihood == pytest.approx(-9595.0, abs=0.05)
    assert found.log_likelihood(cdnow["x"], cdnow["t_x"], cdnow["T"]) == pytest.approx(found.report.log_likelihood)
    assert (found.report.converged, found.report.at_bound, found.report.customers) == (True, (), 2357)


def by_hand(m, A, n, B, length):
    """The area by a composite rule over log d with thousands of points."""
    low, high = np.log(min(length, A / m, B / n)) - 40, np.log(length)
    edges = np.linspace(low, high, 1200)
    node, weight = np.polynomial.legendre.leggauss(12)
    half = np.diff(edges)[:, None] / 2
    d = np.exp((edges[:-1, None] + half) + half * node)
    return np.log(np.sum(half * weight * d * np.exp(-m * np.log1p(d / A) - n * np.log1p(d / B))))


@settings(max_examples=150, deadline=None)
@given(logs=st.tuples(*(st.floats(low, high) for low, high in ((-4, 3.7), (-7, 6), (-4, 3), (-7, 6), (-4, 2)))))
def test_area_equals_a_rule_with_thousands_of_points(logs):
    m, A, n, B, length = (10.0**value for value in logs)
    columns = (np.array([m]), np.array([A]), n, np.array([B]), np.array([length]))
    assert log_area(*columns)[0] == pytest.approx(by_hand(m, A, n, B, length), abs=1e-10)
    assert race(*columns).log_area[0] == log_area(*columns)[0]


@pytest.mark.parametrize("history", [(0, 0.0, 30.0), (2, 30.43, 38.86), (7, 20.0, 35.0), (1, 12.0, 12.0)])
@pytest.mark.parametrize(("alpha", "beta"), [(10.6, 11.7), (11.7, 10.6), (8.0, 8.0)])
def test_likelihood_is_the_published_hypergeometric_form(history, alpha, beta):
    """Fader and Hardie (2005), equations 18 to 20."""
    r, s = 0.55, 0.61
    x, t_x, T = history

    def part(t):
        second = s + 1 if alpha >= beta else r + x
        top = max(alpha, beta)
        series = special.hyp2f1(r + s + x, second, r + s + x + 1, abs(alpha - beta) / (top + t))
        return series / (top + t) ** (r + s + x)

    alive = (alpha + T) ** -(r + x) * (beta + T) ** -s
    both = alive + s / (r + s + x) * (part(t_x) - part(T))
    rates = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    model, columns = ParetoNbd(r, alpha, s, beta), [[float(figure)] for figure in history]
    assert model.log_likelihood(*columns) == pytest.approx(rates + np.log(both), rel=1e-9)
    assert model.probability_alive(*columns)[0] == pytest.approx(alive / both, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    theta=st.tuples(*(st.floats(low, high) for low, high in ((-6, 6), (-6, 6), (-7, 6), (-6, 10)))),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradient_equals_finite_differences(theta, seed):
    chance = np.random.default_rng(seed)
    x = np.floor(10 ** chance.uniform(-0.5, 3.0, 40))
    T = chance.uniform(0.1, 3.0, 40)
    likelihood = Likelihood(aggregate(x, T * chance.random(40), T))
    value, gradient = likelihood.value_and_gradient(np.array(theta))
    step = 1e-5
    for axis, slope in enumerate(gradient):
        move = np.eye(4)[axis] * step
        ahead, back = (likelihood.value_and_gradient(np.array(theta) + sign * move)[0] for sign in (1, -1))
        rounding = 1e-12 * (abs(value) + x.mean() * 30) / step
        assert slope == pytest.approx((ahead - back) / (2 * step), rel=2e-5, abs=1e-6 + rounding)


def test_reference_library_agrees(cdnow):
    lifetimes = pytest.importorskip("lifetimes")
    x, t_x, T = cdnow["x"], cdnow["t_x"], cdnow["T"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifetimes.ParetoNBDFitter()
        theirs.params_ = {"r": 0.5533, "alpha": 10.5778, "s": 0.6063, "beta": 11.6703}
        expected = theirs.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, T)
        alive = theirs.conditional_probability_alive(x, t_x, T)
        silent = theirs.conditional_probability_of_n_purchases_up_to_time(0, 39, x[:40], t_x[:40], T[:40])
    np.testing.assert_allclose(PUBLISHED.expected_purchases(39, x, t_x, T), expected, rtol=1e-6)
    np.testing.assert_allclose(PUBLISHED.probability_alive(x, t_x, T), alive, rtol=1e-6)
    np.testing.assert_allclose(1 - PUBLISHED.probability_of_purchase(39, x[:40], t_x[:40], T[:40]), silent, rtol=1e-5)


def test_chance_of_a_purchase_by_brute_force():
    """Over both rates: the next purchase comes before he stops and before the horizon ends."""
    x, t_x, T, horizon = 2.0, 20.0, 30.0, 15.0

    def density(stop, rate):
        known = stats.gamma.pdf(rate, 0.5533 + x, scale=1 / (10.5778 + T)) * stats.gamma.pdf(
            stop, 0.6063, scale=1 / (11.6703 + T)
        )
        return known * rate / (rate + stop) * -np.expm1(-(rate + stop) * horizon)

    alive = PUBLISHED.probability_alive([x], [t_x], [T])[0]
    # a root takes away the spike of the rate of stopping at 0
    integral, _ = integrate.dblquad(lambda root, rate: 5 * root**4 * density(root**5, rate), 0, 2, 0, 1, epsabs=1e-10)
    assert PUBLISHED.probability_of_purchase(horizon, [x], [t_x], [T])[0] == pytest.approx(alive * integral, rel=1e-5)


def test_expectations_and_chances_match_simulated_futures(simulate_pareto):
    truth = (0.8, 6.0, 0.9, 25.0)
    x, t_x, T, later = simulate_pareto(truth, np.full(400_000, 40.0), 20.0, 5)
    model = ParetoNbd(*truth)
    expected, buys = model.expected_purchases(20, x, t_x, T), model.probability_of_purchase(20, x, t_x, T)
    silence = np.digitize(T - t_x, [2, 5, 10, 20])
    groups = 0
    for purchases in range(6):
        for gap in range(5):
            group = (x == purchases) & (silence == gap)
            if group.sum() < 500:
                continue
            groups += 1
            slack = 4.5 / np.sqrt(group.sum())
            assert abs((later[group] > 0).mean() - buys[group].mean()) < slack * 0.5
            assert abs(later[group].mean() - expected[group].mean()) < slack * (later[group].std() + 0.05)
    assert groups > 15
    assert later.sum() == pytest.approx(expected.sum(), rel=0.01)
    assert model.expected_purchases_new(40)[0] == pytest.approx(x.mean(), rel=0.01)


def test_simulated_cohorts_recover_the_totals(simulate_pareto):
    errors = []
    for seed in range(25):
        chance = np.random.default_rng(1000 + seed)
        truth = (chance.uniform(0.4, 2), chance.uniform(3, 12), chance.uniform(0.4, 1.5), chance.uniform(10, 60))
        x, t_x, T, later = simulate_pareto(truth, chance.uniform(30, 80, 4000), 40.0, seed)
        found = fit(aggregate(x, t_x, T))
        assert found.report.converged
        assert found.report.log_likelihood >= ParetoNbd(*truth).log_likelihood(x, t_x, T) - 1e-6
        errors.append(found.expected_purchases(40, x, t_x, T).sum() / later.sum() - 1)
    assert np.max(np.abs(errors)) < 0.15
    assert abs(np.mean(errors)) < 0.03


def test_stopping_rate_of_shape_one_is_no_hole():
    answers = [ParetoNbd(0.55, 10.6, s, 11.7).expected_purchases(39, [2], [30.4], [38.9])[0] for s in (1 - 1e-7, 1.0, 1 + 1e-7)]
    assert answers == pytest.approx([answers[1]] * 3, rel=1e-6)


def test_nobody_bought_twice_is_refused_with_figures():
    with pytest.raises(TooLittleData, match="2,000 customers without a repeat purchase"):
        fit(aggregate(np.zeros(2000), np.zeros(2000), np.full(2000, 50.0)))
    with pytest.raises(DataError, match="Pareto/NBD parameter beta"):
        ParetoNbd(1.0, 1.0, 1.0, np.inf)
