"""What must hold for every model of buying, whatever its parameters and whoever its customers are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.algorithms import bg_nbd, mbg_cnbd, mbg_nbd, pareto_nbd
from dangol.algorithms.bg_nbd import BgNbd
from dangol.algorithms.buy_till_you_die import BuyTillYouDie
from dangol.algorithms.mbg_cnbd import MbgCnbd
from dangol.algorithms.mbg_nbd import MbgNbd
from dangol.algorithms.pareto_nbd import ParetoNbd
from dangol.algorithms.pooled_rate import PooledRate
from dangol.algorithms.purchase_cells import aggregate

TWENTY_YEARS = 7305.0
Make = Callable[[float, float, float, float, float], BuyTillYouDie]

# from four numbers and a unit of time to a model in that unit
MAKERS: dict[str, Make] = {
    "BG/NBD": lambda r, alpha, a, b, unit: BgNbd(r, alpha * unit, a, b),
    "MBG/NBD": lambda r, alpha, a, b, unit: MbgNbd(r, alpha * unit, a, b),
    "Pareto/NBD": lambda r, alpha, s, beta, unit: ParetoNbd(r, alpha * unit, s, beta * unit),
    "MBG/CNBD-3": lambda r, alpha, a, b, unit: MbgCnbd(r, alpha * unit, a, b, 3),
    "pooled rate": lambda r, alpha, a, b, unit: PooledRate(r, alpha * unit),
}
each_model = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
numbers = st.tuples(*(st.floats(low, high) for low, high in ((-4, 3), (-4, 5), (-6, 3), (-6, 9))))


def anybody(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A hundred customers with up to 5,000 purchases in up to twenty years, some of them strange."""
    chance = np.random.default_rng(seed)
    x = np.floor(10 ** chance.uniform(-1, np.log10(5000), 100))
    T = chance.uniform(0, TWENTY_YEARS, 100) * (chance.random(100) > 0.05)
    t_x = T * chance.random(100) ** 0.1
    x[:2], T[:2], t_x[0], t_x[1] = 5000, TWENTY_YEARS, TWENTY_YEARS, 1.0
    return x, t_x, T


@each_model
@settings(max_examples=40, deadline=None)
@given(logs=numbers, seed=st.integers(0, 2**32 - 1))
def test_answers_are_finite_and_chances_are_chances(make, logs, seed):
    model, people = make(*(10.0**value for value in logs), 1.0), anybody(seed)
    horizon = 10 ** np.random.default_rng(seed).uniform(-3, np.log10(TWENTY_YEARS), 100)
    expected, new = model.expected_purchases(horizon, *people), model.expected_purchases_new(horizon)
    buys, alive = model.probability_of_purchase(horizon, *people), model.probability_alive(*people)
    for answer in (expected, buys, alive, new):
        assert np.isfinite(answer).all()
        assert (answer >= 0).all()
    assert max(buys.max(), alive.max()) <= 1
    assert (buys <= alive * (1 + 1e-12)).all()
    assert (expected >= buys * (1 - 1e-6)).all()  # a count is at least the chance of one
    assert np.isfinite(model.log_likelihood(*people))


@each_model
@settings(max_examples=25, deadline=None)
@given(logs=numbers, seed=st.integers(0, 2**32 - 1))
def test_a_longer_horizon_never_promises_less(make, logs, seed):
    model, people = make(*(10.0**value for value in logs), 1.0), anybody(seed)
    horizons = (0.0, 0.5, 30.0, 31.0, 365.0, 366.0, TWENTY_YEARS)
    for answer in (model.expected_purchases, model.probability_of_purchase):
        grown = np.array([answer(horizon, *people) for horizon in horizons])
        assert (grown[0] == 0).all()
        assert (np.diff(grown, axis=0) >= -1e-8 * grown[1:] - 1e-12).all()


@each_model
@settings(max_examples=25, deadline=None)
@given(logs=numbers, seed=st.integers(0, 2**32 - 1), unit=st.sampled_from([7.0, 24.0, 1 / 365.25]))
def test_days_weeks_and_years_give_the_same_answers(make, logs, seed, unit):
    x, t_x, T = anybody(seed)
    parameters = [10.0**value for value in logs]
    one, other = make(*parameters, 1.0), make(*parameters, unit)
    here, there = (x, t_x, T), (x, t_x * unit, T * unit)
    for name in ("expected_purchases", "probability_of_purchase"):
        answers = getattr(one, name)(90.0, *here), getattr(other, name)(90.0 * unit, *there)
        np.testing.assert_allclose(answers[1], answers[0], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(other.probability_alive(*there), one.probability_alive(*here), rtol=1e-7, atol=1e-300)


@pytest.mark.parametrize("fit", [bg_nbd.fit, mbg_nbd.fit, pareto_nbd.fit, partial(mbg_cnbd.fit, k=2)])
def test_fits_in_days_and_in_weeks_foretell_the_same(fit, cdnow):
    x, t_x, T = cdnow["x"], cdnow["t_x"], cdnow["T"]
    weeks, days = fit(aggregate(x, t_x, T)), fit(aggregate(x, t_x * 7, T * 7))
    for name in ("expected_purchases", "probability_of_purchase"):
        in_weeks, in_days = getattr(weeks, name)(39, x, t_x, T), getattr(days, name)(273, x, t_x * 7, T * 7)
        np.testing.assert_allclose(in_days, in_weeks, rtol=1e-4)
    by_hand = days.log_likelihood(x, t_x * 7, T * 7)
    assert days.report.log_likelihood == pytest.approx(by_hand)


@each_model
def test_customers_who_share_a_history_are_worked_out_once_and_get_the_same(make):
    chance = np.random.default_rng(0)
    x = np.floor(chance.gamma(0.7, 4.0, 5000))
    T = np.floor(chance.uniform(1, 700, 5000))
    t_x = np.floor(T * chance.random(5000))
    model = make(0.6, 50.0, 0.8, 2.5, 1.0)
    for name in ("expected_purchases", "probability_of_purchase"):
        together = getattr(model, name)(365, x, t_x, T)
        one_by_one = np.concatenate([getattr(model, name)(365, *row) for row in np.stack([x, t_x, T], axis=1)[:300, :, None]])
        a_horizon_each = getattr(model, name)(np.full(5000, 365.0), x, t_x, T)
        np.testing.assert_allclose(together[:300], one_by_one, rtol=1e-9)
        np.testing.assert_allclose(together, a_horizon_each, rtol=1e-9)


def random_cohort(seed: int, simulate, simulate_pareto) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ten to a thousand customers of a world that may fit none of the models, some of them by whole days."""
    chance = np.random.default_rng([77, seed])
    length = 10 ** chance.uniform(1.0, 3.3)
    ages = chance.uniform(0.05, 1, int(10 ** chance.uniform(1, 3))) * length
    first, second, third, fourth = (10 ** chance.uniform(low, high) for low, high in ((-1, 1), (-1, 2), (-2, 1), (-1, 1.5)))
    if seed % 4 == 3:
        x, t_x, T, _ = simulate_pareto((first, second, third, fourth * length / 10), ages, 0.0, seed)
    else:
        truth, k = (first, second, third, fourth), 3 if seed % 4 == 2 else 1
        x, t_x, T, _ = simulate(truth, ages, 0.0, seed, first_counts=seed % 4 == 1, k=k)
    x = np.minimum(x, 5000)
    return (x, np.floor(t_x), np.ceil(T)) if seed % 3 == 0 else (x, t_x, T)


@pytest.mark.parametrize("fit", [bg_nbd.fit, mbg_nbd.fit, pareto_nbd.fit])
def test_five_hundred_random_cohorts_converge_without_tuning(fit, simulate, simulate_pareto):
    judged = 0
    for seed in range(500):
        x, t_x, T = random_cohort(seed, simulate, simulate_pareto)
        if not x.any():
            continue
        found = fit(aggregate(x, t_x, T))
        assert found.report.converged, seed
        assert np.isfinite(found.expected_purchases(T.max(), x, t_x, T)).all(), seed
        judged += 1
    assert judged > 480
