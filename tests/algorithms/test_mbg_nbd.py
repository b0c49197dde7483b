"""MBG/NBD against the golden figures, the reference library, brute force and simulated worlds."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dangol.algorithms.mbg_nbd import MbgNbd, fit
from dangol.algorithms.purchase_cells import aggregate
from dangol.algorithms.purchase_dropout import Likelihood
from dangol.core.errors import DataError, TooLittleData


def test_cdnow_parameters_are_the_golden_ones(cdnow):
    found = fit(aggregate(cdnow["x"], cdnow["t_x"], cdnow["T"]))
    assert [found.r, found.alpha, found.a, found.b] == pytest.approx([0.5248, 6.1831, 0.8914, 1.6140], rel=5e-4)
    assert (found.report.converged, found.report.at_bound, found.report.customers) == (True, (), 2357)
    assert found.log_likelihood(cdnow["x"], cdnow["t_x"], cdnow["T"]) == pytest.approx(found.report.log_likelihood)


@pytest.mark.parametrize("history", [(0, 0.0, 30.0), (1, 10.0, 30.0), (3, 25.0, 30.0)])
def test_likelihood_and_chance_to_be_alive_by_brute_force(history):
    """Batislam et al.: he is alive with (1-p)^(x+1), or stopped after the last purchase, the first included."""
    r, alpha, a, b = 0.7, 5.0, 0.9, 2.0
    x, t_x, T = history

    # means over both distributions, by their quantiles
    node, weight = np.polynomial.legendre.leggauss(400)
    share, weight = (node + 1) / 2, weight / 2
    stop, rate = stats.beta.ppf(share, a, b)[:, None], stats.gamma.ppf(share, r, scale=1 / alpha)
    living = weight @ ((1 - stop) ** (x + 1) * rate**x * np.exp(-rate * T)) @ weight
    gone = weight @ (stop * (1 - stop) ** x * rate**x * np.exp(-rate * t_x)) @ weight
    model, columns = MbgNbd(r, alpha, a, b), [[float(part)] for part in history]
    assert model.log_likelihood(*columns) == pytest.approx(np.log(living + gone), rel=2e-4)
    assert model.probability_alive(*columns)[0] == pytest.approx(living / (living + gone), rel=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    theta=st.tuples(*(st.floats(low, high) for low, high in ((-6, 6), (-6, 6), (-8, 6), (-6, 10)))),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradient_equals_finite_differences(theta, seed):
    chance = np.random.default_rng(seed)
    x = np.floor(10 ** chance.uniform(-0.5, 3.0, 40))
    T = chance.uniform(0.1, 3.0, 40)
    likelihood = Likelihood(aggregate(x, T * chance.random(40), T), first_counts=True)
    value, gradient = likelihood.value_and_gradient(np.array(theta))
    step = 1e-5
    for axis, slope in enumerate(gradient):
        move = np.eye(4)[axis] * step
        ahead, back = (likelihood.value_and_gradient(np.array(theta) + sign * move)[0] for sign in (1, -1))
        rounding = 1e-13 * (abs(value) + x.mean() * 30) / step
        assert slope == pytest.approx((ahead - back) / (2 * step), rel=2e-5, abs=1e-6 + rounding)


@pytest.mark.parametrize("seed", range(4))
def test_reference_library_agrees_on_random_cohorts(simulate, seed):
    lifetimes = pytest.importorskip("lifetimes")
    chance = np.random.default_rng(seed)
    truth = (chance.uniform(0.3, 1.5), chance.uniform(4, 12), chance.uniform(0.4, 1.4), chance.uniform(1.5, 4))
    x, t_x, T, _ = simulate(truth, chance.uniform(20, 60, 3000), 0.0, seed, first_counts=True)
    ours = fit(aggregate(x, t_x, T))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifetimes.ModifiedBetaGeoFitter().fit(x, t_x, T)
        expected = theirs.conditional_expected_number_of_purchases_up_to_time(30, x, t_x, T)
        alive = theirs.conditional_probability_alive(x, t_x, T)
    at_theirs = MbgNbd(**theirs.params_)
    assert ours.report.log_likelihood >= at_theirs.log_likelihood(x, t_x, T) - 1e-6
    np.testing.assert_allclose(at_theirs.expected_purchases(30, x, t_x, T), expected, rtol=1e-6)
    np.testing.assert_allclose(at_theirs.probability_alive(x, t_x, T), alive, rtol=1e-8)


def test_expectations_and_chances_match_simulated_futures(simulate):
    truth = (0.8, 6.0, 0.9, 2.5)
    x, t_x, T, later = simulate(truth, np.full(400_000, 40.0), 20.0, 5, first_counts=True)
    model = MbgNbd(*truth)
    expected, buys = model.expected_purchases(20, x, t_x, T), model.probability_of_purchase(20, x, t_x, T)
    silence = np.digitize(T - t_x, [2, 5, 10, 20])
    for purchases in range(5):
        for gap in range(5):
            group = (x == purchases) & (silence == gap)
            if group.sum() < 500:
                continue
            slack = 4.5 / np.sqrt(group.sum())
            assert abs((later[group] > 0).mean() - buys[group].mean()) < slack * 0.5
            assert abs(later[group].mean() - expected[group].mean()) < slack * (later[group].std() + 0.05)
    assert later.sum() == pytest.approx(expected.sum(), rel=0.01)
    assert model.expected_purchases_new(40)[0] == pytest.approx(x.mean(), rel=0.01)


def test_customers_of_a_real_shop_who_hardly_stop_get_finite_answers(shared_data):
    """The reference library returned 1,414 values that are not finite for these 3,370 customers, at a, b -> 0."""
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = ["customer_id", "invoice_date", "quantity"]
    table = parquet.read_table(shared_data / "online_retail_2010_2011" / "transactions.parquet", columns=columns).to_pandas()
    table = table[(table["quantity"] > 0) & table["customer_id"].notna()]
    day = (table["invoice_date"].to_numpy().astype("datetime64[D]") - np.datetime64("2010-12-01")).astype(float)
    known = day < 284
    who, first = np.unique(table["customer_id"][known], return_inverse=True)
    days = np.unique(np.stack([first.astype(float), day[known]], axis=1), axis=0)
    start = np.searchsorted(days[:, 0], np.arange(who.size))
    x = np.bincount(days[:, 0].astype(int)) - 1.0
    t_x = days[(start + x).astype(int), 1] - days[start, 1]
    T = 284 - days[start, 1]
    assert who.size == 3370
    found = fit(aggregate(x, t_x, T))
    assert found.report.converged
    for answer in (found.expected_purchases(90, x, t_x, T), found.probability_of_purchase(90, x, t_x, T)):
        assert np.isfinite(answer).all()


def test_nobody_bought_twice_is_refused_with_figures():
    with pytest.raises(TooLittleData, match="2,000 customers without a repeat purchase"):
        fit(aggregate(np.zeros(2000), np.zeros(2000), np.full(2000, 50.0)))
    with pytest.raises(DataError, match="MBG/NBD parameter b"):
        MbgNbd(1.0, 1.0, 1.0, 0.0)
