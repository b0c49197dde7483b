"""Season time adds up, own months teach the amplitude, and what has nothing to do with season teaches nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.algorithms.retail_season import DIFFERING, FLAT, SHAPE, USUAL, YEAR, RetailSeason, holds_in, learn, slope
from dangol.core.errors import DataError


def day_of(text):
    return float(np.datetime64(text).astype(int))


def orders_by_day(amplitude, begin="2020-01-01", end="2020-10-01", level=200.0, trend=0.0, seed=1):
    """Poisson counts of a company that follows the year of retail so strongly."""
    days = np.arange(day_of(begin), day_of(end))
    month = days.astype(int).astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    mean = level * np.exp(amplitude * SHAPE[month] + trend * (days - days[0]) / 365)
    return days, np.random.default_rng(seed).poisson(mean).astype(float), day_of(end)


@given(start=st.floats(-5000, 40000), amplitude=st.floats(-3, 3))
def test_a_year_is_a_year_and_time_never_stands_still(start, amplitude):
    season = RetailSeason(amplitude)
    moments = start + np.linspace(0, YEAR, 50)
    found = season.time(moments)
    assert found[-1] - found[0] == pytest.approx(YEAR, abs=1e-6)
    assert (np.diff(found) > 0).all()


def test_time_is_the_sum_of_busy_days():
    """An autumn by adding day to day, each as busy as its month, without cumulated tables."""
    season = RetailSeason(1.5)
    days = np.arange(day_of("1970-01-01"), day_of("1970-12-31") + 0.999, 0.25)
    month = days.astype(int).astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    busy = np.exp(1.5 * SHAPE[month])
    some = (days >= day_of("1970-09-11")) & (days < day_of("1970-12-10"))
    assert season.span(day_of("1970-09-11"), 90.0) == pytest.approx(90 * busy[some].mean() / busy.mean(), rel=0.002)


def test_without_season_days_stay_days():
    assert FLAT.span(18_000.0, 90.0) == 90.0
    assert not FLAT.borrowed


@pytest.mark.parametrize("amplitude", [0.0, 0.7, 2.0])
@pytest.mark.parametrize("trend", [-0.5, 0.8])
def test_own_months_teach_how_strong(amplitude, trend):
    found = learn(*orders_by_day(amplitude, begin="2020-01-01", end="2020-12-31", trend=trend))
    assert found.amplitude == pytest.approx(amplitude, abs=0.25)
    assert found.spread < DIFFERING / 2


def test_a_grocer_learns_within_nine_months_that_there_is_next_to_none():
    found = learn(*orders_by_day(0.0, level=350.0))
    assert abs(found.amplitude) < 0.3


def test_a_cohort_that_closes_says_little():
    """New customers for three months only, as in CDNOW: orders fall by two thirds from March to April, which is no season."""
    days, orders, until = orders_by_day(0.0)
    orders[days >= day_of("2020-04-01")] /= 3
    found = learn(days, orders, until)
    assert found.spread > 0.85 * DIFFERING
    assert abs(found.amplitude - USUAL) < DIFFERING


def test_three_months_teach_nothing():
    found = learn(*orders_by_day(2.0, end="2020-04-01"))
    assert (found.amplitude, found.spread) == (USUAL, DIFFERING)
    assert np.isnan(found.own)


def test_later_days_are_not_seen():
    days, orders, _ = orders_by_day(1.0, end="2020-12-31")
    until = day_of("2020-09-11")
    cut = days < until
    assert learn(days, orders, until) == learn(days[cut], orders[cut], until)


def test_slope_is_the_least_of_all_weighted_errors():
    """Against trying out every slope and trend."""
    dice = np.random.default_rng(3)
    shape = dice.normal(size=8)
    change = 0.05 + 1.3 * shape + dice.normal(size=8) * 0.2
    weight = np.linalg.inv(np.eye(8) - (np.eye(8, k=1) + np.eye(8, k=-1)) / 3)
    slopes, trends = np.meshgrid(np.linspace(0.5, 2, 301), np.linspace(-0.4, 0.4, 161))
    rest = change - slopes[..., None] * shape - trends[..., None]
    worst = np.einsum("abi,ij,abj->ab", rest, weight, rest)
    best = slopes[np.unravel_index(worst.argmin(), worst.shape)]
    assert slope(change, shape)[0] == pytest.approx(best, abs=0.006)


def test_lengths_must_agree():
    with pytest.raises(DataError):
        learn([1.0, 2.0], [1.0], 3.0)


def test_the_year_of_one_country_is_not_that_of_every_other():
    assert holds_in("Europe/London")
    assert holds_in("America/New_York")
    assert not holds_in("Asia/Seoul")
