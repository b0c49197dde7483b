"""Gamma-gamma against the published CDNOW figures, the reference library and simulated spenders."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.algorithms.gamma_gamma import GammaGamma, SpendLikelihood, fit
from dangol.core.errors import DataError, TooLittleData


def test_cdnow_is_the_published_fit(cdnow):
    found = fit(cdnow["x"], cdnow["value"])
    assert [found.p, found.q, found.gamma] == pytest.approx([6.25, 3.744, 15.44], rel=1e-3)
    assert (found.report.customers, found.report.converged, found.mean_is_capped) == (946, True, False)
    assert found.population_mean == pytest.approx(35.17, abs=0.01)


def test_cdnow_purchase_by_purchase_gives_the_published_digits(shared_data):
    """Fader and Hardie (2013): 6.25, 3.74, 15.44, from means that are not rounded to cents first."""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(shared_data / "cdnow" / "sample_tenth.parquet").to_pandas()
    table = table[table["date"] <= "1997-09-30"]
    by_day = table.groupby(["customer_id", "date"], as_index=False)["amount"].sum()
    repeated = by_day[by_day.duplicated("customer_id")].groupby("customer_id")["amount"].agg(["size", "mean"])
    found = fit(repeated["size"].to_numpy(dtype=float), repeated["mean"].to_numpy())
    assert [round(value, 2) for value in (found.p, found.q, found.gamma)] == [6.25, 3.74, 15.44]
    assert found.report.customers == 946


def test_reference_library_agrees(cdnow):
    lifetimes = pytest.importorskip("lifetimes")
    again = cdnow["x"] > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifetimes.GammaGammaFitter().fit(cdnow["x"][again], cdnow["value"][again])
        expected = theirs.conditional_expected_average_profit(cdnow["x"], cdnow["value"])
    np.testing.assert_allclose(fit(cdnow["x"], cdnow["value"]).expected_value(cdnow["x"], cdnow["value"]), expected, rtol=2e-3)


@settings(max_examples=40, deadline=None)
@given(theta=st.tuples(*(st.floats(-3, 4) for _ in range(3))), seed=st.integers(0, 2**32 - 1))
def test_gradient_equals_finite_differences(theta, seed):
    chance = np.random.default_rng(seed)
    x, m = np.ceil(10 ** chance.uniform(0, 2, 30)), chance.lognormal(0, 1, 30)
    likelihood, point = SpendLikelihood(x, m), np.array(theta)
    _, gradient = likelihood.value_and_gradient(point)
    for axis, slope in enumerate(gradient):
        move = np.eye(3)[axis] * 1e-5
        ahead, back = (likelihood.value_and_gradient(point + sign * move)[0] for sign in (1, -1))
        assert slope == pytest.approx((ahead - back) / 2e-5, rel=1e-4, abs=1e-4)


def test_simulated_spenders_are_recovered_in_any_currency():
    chance = np.random.default_rng(4)
    x = chance.geometric(0.3, 40_000).astype(float)
    m = chance.gamma(6 * x) / chance.gamma(4, 1 / 15, x.size) / x
    won, dollars = fit(x, m * 1300), fit(x, m)
    assert [dollars.p, dollars.q, dollars.gamma] == pytest.approx([6, 4, 15], rel=0.05)
    assert [won.p, won.q, won.gamma / 1300] == pytest.approx([dollars.p, dollars.q, dollars.gamma], rel=1e-5)


def test_very_unequal_spenders_get_finite_values():
    chance = np.random.default_rng(8)
    x = chance.geometric(0.4, 3000).astype(float)
    m = chance.gamma(2 * x) / chance.gamma(0.7, 1.0, x.size) / x
    found = fit(x, m)
    assert found.q < 1
    assert found.mean_is_capped
    values = found.expected_value(np.r_[0, x], np.r_[0, m])
    assert np.isfinite(values).all()
    assert values[0] == pytest.approx(found.observed_mean)
    assert ((values[1:] - m) * (values[1:] - found.observed_mean) <= 1e-9 * m * values[1:]).all()  # between both


def test_own_mean_counts_more_with_more_purchases():
    model = GammaGamma(6.25, 3.744, 15.44, 35.0)
    values = model.expected_value([0, 1, 10, 1000], [100.0] * 4)
    assert list(values) == sorted(values)
    assert values[-1] == pytest.approx(100, rel=0.01)


def test_too_few_and_worthless_purchases_are_refused():
    with pytest.raises(TooLittleData, match="0 customers with a repeat purchase"):
        fit([0, 0], [0, 0])
    with pytest.raises(DataError, match="mean value must be above 0"):
        fit([1, 2], [5.0, -3.0])
    with pytest.raises(DataError, match="gamma-gamma parameter q"):
        GammaGamma(1.0, 0.0, 1.0, 1.0)
