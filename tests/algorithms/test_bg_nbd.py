"""BG/NBD against the published figures, the reference library, brute force and simulated worlds."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from dangol.algorithms.bg_nbd import BgNbd, Likelihood, aggregate, fit
from dangol.algorithms.dropout_mixture import _integral, expected_while_alive
from dangol.core.errors import DataError, TooLittleData

PUBLISHED = BgNbd(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)


def test_cdnow_parameters_and_likelihood_are_the_published_ones(cdnow):
    found = fit(aggregate(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    assert [found.r, found.alpha, found.a, found.b] == pytest.approx([0.2426, 4.4136, 0.7929, 2.4259], rel=5e-4)
    assert found.report.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert found.log_likelihood(cdnow["x"], cdnow["t_x"], cdnow["T"]) == pytest.approx(found.report.log_likelihood)
    assert (found.report.converged, found.report.at_bound, found.report.customers) == (True, (), 2357)


def test_published_expectation_of_one_customer():
    assert PUBLISHED.expected_purchases(39, [2], [30.43], [38.86])[0] == pytest.approx(1.226, abs=5e-4)


@pytest.mark.parametrize("unit", [7.0, 7 * 24.0, 1 / 52])
def test_unit_of_time_changes_nothing_but_alpha(cdnow, unit):
    x, t_x, T = cdnow["x"], cdnow["t_x"], cdnow["T"]
    weeks, other = fit(aggregate(x, t_x, T)), fit(aggregate(x, t_x * unit, T * unit))
    assert [other.r, other.alpha / unit, other.a, other.b] == pytest.approx([weeks.r, weeks.alpha, weeks.a, weeks.b], rel=1e-6)
    expected = weeks.expected_purchases(39, x, t_x, T)
    np.testing.assert_allclose(other.expected_purchases(39 * unit, x, t_x * unit, T * unit), expected, rtol=1e-5)
    by_hand = other.log_likelihood(x, t_x * unit, T * unit)
    assert other.report.log_likelihood == pytest.approx(by_hand)


def test_likelihood_is_the_formula_of_the_paper(cdnow):
    r, alpha, a, b = 0.3, 5.0, 0.9, 2.0
    x, t_x, T = (cdnow[name][:200] for name in ("x", "t_x", "T"))

    def density(rate, stop, row):
        stay = (1 - stop) ** x[row] * rate ** x[row] * np.exp(-rate * T[row])
        left = stop * (1 - stop) ** (x[row] - 1) * rate ** x[row] * np.exp(-rate * t_x[row]) if x[row] else 0.0
        return (stay + left) * stats.gamma.pdf(rate, r, scale=1 / alpha) * stats.beta.pdf(stop, a, b)

    row = int(np.argmax(x == 2))
    by_hand, _ = integrate.dblquad(lambda stop, rate: density(rate, stop, row), 0, 8, 0, 1, epsabs=1e-12)
    ours = BgNbd(r, alpha, a, b).log_likelihood(x[[row]], t_x[[row]], T[[row]])
    assert ours == pytest.approx(np.log(by_hand), rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(
    theta=st.tuples(*(st.floats(low, high) for low, high in ((-6, 6), (-6, 6), (-8, 6), (-6, 10)))),
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
        rounding = 1e-13 * (abs(value) + x.mean() * 30) / step
        assert slope == pytest.approx((ahead - back) / (2 * step), rel=2e-5, abs=1e-6 + rounding)


@pytest.mark.parametrize("seed", range(6))
def test_reference_library_agrees_on_random_cohorts(simulate, seed):
    lifetimes = pytest.importorskip("lifetimes")
    chance = np.random.default_rng(seed)
    truth = (chance.uniform(0.3, 1.5), chance.uniform(4, 12), chance.uniform(0.4, 1.4), chance.uniform(1.5, 4))
    x, t_x, T, _ = simulate(truth, chance.uniform(20, 60, 3000), 0.0, seed)
    ours = fit(aggregate(x, t_x, T))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifetimes.BetaGeoFitter().fit(x, t_x, T)
        expected = theirs.conditional_expected_number_of_purchases_up_to_time(30, x, t_x, T)
        alive = theirs.conditional_probability_alive(x, t_x, T)
    assert [ours.r, ours.alpha, ours.a, ours.b] == pytest.approx(theirs.params_.to_numpy(), rel=5e-3)
    at_theirs = BgNbd(**theirs.params_).log_likelihood(x, t_x, T)
    assert at_theirs - 1e-6 <= ours.report.log_likelihood <= at_theirs + 0.05
    np.testing.assert_allclose(ours.expected_purchases(30, x, t_x, T), expected, rtol=5e-3, atol=1e-5)
    np.testing.assert_allclose(ours.probability_alive(x, t_x, T), alive, rtol=5e-3, atol=1e-5)


def test_sixty_simulated_cohorts_converge_and_recover_the_totals(simulate):
    errors = []
    for seed in range(60):
        chance = np.random.default_rng(1000 + seed)
        truth = (chance.uniform(0.4, 2), chance.uniform(3, 12), chance.uniform(0.2, 1.5), chance.uniform(1, 6))
        x, t_x, T, later = simulate(truth, chance.uniform(30, 80, 4000), 40.0, seed)
        found = fit(aggregate(x, t_x, T))
        assert found.report.converged
        assert found.report.log_likelihood >= BgNbd(*truth).log_likelihood(x, t_x, T) - 1e-6
        errors.append(found.expected_purchases(40, x, t_x, T).sum() / later.sum() - 1)
    assert np.median(np.abs(errors)) < 0.03
    assert np.max(np.abs(errors)) < 0.12
    assert abs(np.mean(errors)) < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_small_cohorts_never_fail_and_beat_the_truth_in_likelihood(simulate, seed):
    for part in range(30):
        chance = np.random.default_rng([seed, part])
        truth = tuple(10 ** chance.uniform(low, high) for low, high in ((-0.8, 0.8), (0, 1.5), (-1, 0.7), (-0.5, 1.3)))
        length = 10 ** chance.uniform(1.2, 2.5)
        x, t_x, T, _ = simulate(truth, chance.uniform(0.3, 1, 120) * length, 0.0, seed)
        if not x.sum():
            continue
        found = fit(aggregate(x, t_x, T))
        assert found.report.converged
        assert found.report.log_likelihood >= BgNbd(*truth).log_likelihood(x, t_x, T) - 1e-6
        assert np.isfinite(found.expected_purchases(length, x, t_x, T)).all()


@pytest.mark.parametrize("truth", [(1.0, 5.0, 0, 1), (5.0, 10.0, 0, 1), (200.0, 400.0, 0, 1)])
def test_grocery_customers_who_never_stop(simulate, truth):
    x, t_x, T, later = simulate(truth, np.full(3000, 104.0), 52.0, 7)
    found = fit(aggregate(x, t_x, T))
    assert found.report.converged
    # recency may be years back for slow buyers: alive by the parameters, not by luck
    assert np.average(found.probability_alive(x, t_x, T), weights=x) > 0.999
    assert found.a / (found.a + found.b) < 1e-3
    assert found.expected_purchases(52, x, t_x, T).sum() == pytest.approx(later.sum(), rel=0.01)


def test_perfectly_regular_buyers_stay_finite():
    x = np.full(1000, 100.0)
    found = fit(aggregate(x, x * 7, x * 7 + 7))
    assert found.report.converged
    assert "r" in found.report.at_bound
    assert found.expected_purchases(70, x[:1], x[:1] * 7, x[:1] * 7 + 7)[0] == pytest.approx(9.9, rel=0.01)


@pytest.mark.parametrize("history", [(1, 5.0, 20.0), (1, 20.0, 20.0), (5000, 7300.0, 7300.0), (3, 0.0, 10.0)])
def test_a_single_customer_gives_a_finite_answer(history):
    columns = [[float(part)] for part in history]
    found = fit(aggregate(*columns))
    assert found.report.converged
    assert np.isfinite(found.expected_purchases(365, *columns)).all()


def test_nobody_bought_twice_is_refused_with_figures():
    with pytest.raises(TooLittleData, match="2,000 customers without a repeat purchase"):
        fit(aggregate(np.zeros(2000), np.zeros(2000), np.full(2000, 50.0)))
    with pytest.raises(TooLittleData, match="no time"):
        fit(aggregate([1.0, 2.0], [0.0, 0.0], [0.0, 0.0]))


@settings(max_examples=80, deadline=None)
@given(
    logs=st.tuples(*(st.floats(low, high) for low, high in ((-4, 3), (-4, 5), (-6, 3), (-6, 9)))),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_value_is_ever_not_finite(logs, seed):
    model = BgNbd(*(10.0**value for value in logs))
    chance = np.random.default_rng(seed)
    x = np.floor(10 ** chance.uniform(-1, np.log10(5000), 100))
    x[0] = 5000
    T = chance.uniform(0, 7305, 100)  # twenty years in days
    t_x, horizon = T * chance.random(100) ** 0.1, 10 ** chance.uniform(-3, np.log10(7305), 100)
    expected = model.expected_purchases(horizon, x, t_x, T)
    buys, alive = model.probability_of_purchase(horizon, x, t_x, T), model.probability_alive(x, t_x, T)
    for values in (expected, buys, alive, model.expected_purchases_new(horizon)):
        assert np.isfinite(values).all()
        assert (values >= 0).all()
    assert max(buys.max(), alive.max()) <= 1
    assert (expected >= buys * (1 - 1e-6)).all()  # a count is at least the chance of one
    assert np.isfinite(model.log_likelihood(x, t_x, T))


@settings(max_examples=60, deadline=None)
@given(
    a=st.one_of(st.floats(1e-3, 50), st.sampled_from([1.0, 1.0 + 1e-9, 1.0 - 1e-7])),
    b=st.floats(0.05, 500),
    s=st.floats(0.01, 100),
    ratio=st.floats(1e-4, 30),
)
def test_expectation_equals_an_independent_integral(a, b, s, ratio):
    def given_stop(p):
        return -np.expm1(-s * np.log1p(p * ratio)) / p if p > 1e-12 else s * ratio

    # over the distribution's quantiles: no spike at either end of the range
    points = np.concatenate([[0], np.geomspace(1e-12, 0.5, 40), 1 - np.geomspace(0.5, 1e-12, 40)[1:], [1]])
    nodes, weights = np.polynomial.legendre.leggauss(24)
    left, right = points[:-1, None], points[1:, None]
    share = (left + right) / 2 + (right - left) / 2 * nodes
    stops = stats.beta.ppf(share, a, b)
    by_hand = np.sum(np.vectorize(given_stop)(stops) * (right - left) / 2 * weights)
    arrays = (np.array([s]), np.array([ratio]), a, np.array([b]))
    assert expected_while_alive(*arrays)[0] == pytest.approx(by_hand, rel=1e-6)
    assert _integral(*arrays)[0] == pytest.approx(by_hand, rel=1e-6)


def test_closed_form_and_integral_agree_for_thousands_of_purchases():
    chance = np.random.default_rng(3)
    x = np.floor(10 ** chance.uniform(0, np.log10(5000), 2000))
    ratio = 10 ** chance.uniform(-3, 1.5, 2000)
    for r, a, b in ((0.24, 0.79, 2.4), (2.0, 0.05, 30.0), (12.0, 4.0, 90.0)):
        closed = expected_while_alive(r + x, ratio, a, b + x)
        np.testing.assert_allclose(closed, _integral(r + x, ratio, a, b + x), rtol=1e-7)


def test_expectations_and_chances_match_simulated_futures(simulate):
    truth = (0.8, 6.0, 0.9, 2.5)
    x, t_x, T, later = simulate(truth, np.full(400_000, 40.0), 20.0, 5)
    model = BgNbd(*truth)
    expected, buys = model.expected_purchases(20, x, t_x, T), model.probability_of_purchase(20, x, t_x, T)
    silence = np.digitize(T - t_x, [2, 5, 10, 20])
    for purchases in range(6):
        for gap in range(5):
            group = (x == purchases) & (silence == gap)
            if group.sum() < 500:
                continue
            slack = 4.5 / np.sqrt(group.sum())
            assert abs((later[group] > 0).mean() - buys[group].mean()) < slack * 0.5
            assert abs(later[group].mean() - expected[group].mean()) < slack * (later[group].std() + 0.05)
    assert later.sum() == pytest.approx(expected.sum(), rel=0.01)


def test_new_customers_match_simulated_ones(simulate):
    truth = (0.8, 6.0, 0.9, 2.5)
    x, _, _, _ = simulate(truth, np.full(400_000, 30.0), 0.0, 9)
    assert BgNbd(*truth).expected_purchases_new(30)[0] == pytest.approx(x.mean(), rel=0.01)
    by_history = BgNbd(*truth).expected_purchases([30.0, 5.0], [0, 0], [0, 0], [0, 0])
    np.testing.assert_allclose(BgNbd(*truth).expected_purchases_new([30.0, 5.0]), by_history)


def test_horizon_of_zero_and_longer_horizons():
    history = ([3.0], [20.0], [25.0])
    assert PUBLISHED.expected_purchases(0, *history)[0] == 0
    assert PUBLISHED.probability_of_purchase(0, *history)[0] == 0
    grown = [PUBLISHED.expected_purchases(horizon, *history)[0] for horizon in (1, 10, 100, 1000, 1e6)]
    assert grown == sorted(grown)


def test_aggregation_counts_every_customer_once(cdnow):
    cells = aggregate(cdnow["x"], cdnow["t_x"], cdnow["T"])
    rows = np.stack([cdnow["x"], cdnow["t_x"], cdnow["T"]], axis=1)
    _, counts = np.unique(rows, axis=0, return_counts=True)
    assert sorted(cells.weight) == sorted(counts)
    assert (cells.customers, cells.repeat_purchases) == (2357, cdnow["x"].sum())
    weekly = aggregate(cdnow["x"], np.rint(cdnow["t_x"] * 7), np.rint(cdnow["T"] * 7), width=7)
    assert weekly.customers == 2357
    assert weekly.weight.size < cells.weight.size
    assert not np.any(weekly.age % 7)


def test_weekly_cells_give_nearly_the_same_answer(cdnow):
    x, t_x, T = cdnow["x"], np.rint(cdnow["t_x"] * 7), np.rint(cdnow["T"] * 7)
    exact, weekly = fit(aggregate(x, t_x, T)), fit(aggregate(x, t_x, T, width=7))
    totals = [model.expected_purchases(270, x, t_x, T).sum() for model in (exact, weekly)]
    assert totals[1] == pytest.approx(totals[0], rel=0.01)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([1.5], [1], [2]), "whole number"),
        (([-1], [0], [2]), "-1.0"),
        (([1], [3], [2]), "recency"),
        (([1, 2], [1, 1], [2]), "different length"),
        (([np.nan], [1], [2]), "nan"),
        (([0], [0], [-1]), "age"),
    ],
)
def test_contradicting_histories_are_refused(columns, message):
    with pytest.raises(DataError, match=message):
        PUBLISHED.probability_alive(*columns)


def test_impossible_parameters_and_horizons_are_refused():
    with pytest.raises(DataError, match="alpha"):
        BgNbd(1.0, -2.0, 1.0, 1.0)
    with pytest.raises(DataError, match="horizon"):
        PUBLISHED.expected_purchases(-1, [1], [1], [2])
    with pytest.raises(DataError, match="3 rows for 1"):
        PUBLISHED.expected_purchases([1, 2, 3], [1], [1], [2])


def test_real_purchases_in_weeks_and_rounded_days_agree(shared_data):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(shared_data / "cdnow" / "sample_summary_39wk.parquet")
    x, t_x, T = (table[name].to_numpy().astype(float) for name in ("frequency", "recency", "T"))
    weeks, days = fit(aggregate(x, t_x, T)), fit(aggregate(x, np.rint(t_x * 7), np.rint(T * 7)))
    assert [weeks.r, weeks.alpha] == pytest.approx([0.2426, 4.4136], rel=5e-4)
    assert [days.r, days.alpha / 7, days.a, days.b] == pytest.approx([weeks.r, weeks.alpha, weeks.a, weeks.b], rel=0.01)
