"""Curves of spend and newcomers: known ones are found again, straight ones stay straight, the interval holds the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.optimize import curve_fit

from dangol.algorithms.saturation import fit, gained
from dangol.core.errors import DataError, TooLittleData


def weeks(rng, anyway, first, bend, n=104, noise=True):
    spent = rng.gamma(2, 500, n)
    mean = anyway + gained(spent, first, bend)
    return spent, rng.poisson(mean) if noise else mean


@pytest.mark.parametrize(("anyway", "first", "bend"), [(4, 0.2, 800.0), (0, 0.05, 2_000.0), (10, 0.01, np.inf)])
def test_a_curve_without_noise_is_found(anyway, first, bend):
    rng = np.random.default_rng(1)
    spent, came = weeks(rng, anyway, first, bend, noise=False)
    found = fit(spent, came, draws=5)
    assert found.brought([500, 2_000]) == pytest.approx(gained(np.array([500.0, 2_000]), first, bend), rel=0.03)


def test_the_same_as_a_general_optimiser():
    rng = np.random.default_rng(5)
    spent, came = weeks(rng, 4, 0.2, 800)
    found = fit(spent, came, draws=2)
    (c, a, b), _ = curve_fit(lambda x, c, a, b: c + a * x / (1 + x / b), spent, came, p0=(1, 0.1, 1_000), bounds=(0, np.inf))
    ours = ((found.anyway + found.brought(spent) - came) ** 2).sum()
    theirs = ((c + gained(spent, a, b) - came) ** 2).sum()
    assert ours <= theirs * 1.002


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(7)
    at, truth, inside = np.array([1_200.0]), gained(np.array([1_200.0]), 0.2, 800.0)[0], 0
    for seed in range(60):
        found = fit(*weeks(rng, 4, 0.2, 800), draws=150, seed=seed)
        drawn = [gained(at, first, bend)[0] for _, first, bend in found.draws]
        low, high = np.quantile(drawn, [0.1, 0.9])
        inside += low <= truth <= high
    assert 0.62 <= inside / 60 <= 0.95  # 80 % with 60 tries: 2.5 standard errors to each side, blocks a little narrow


def test_where_money_changes_nothing_nothing_is_brought():
    rng = np.random.default_rng(2)
    spent = rng.gamma(2, 500, 104)
    came = np.maximum(30 - spent / 100, 0)
    found = fit(spent, came, draws=20)
    assert found.first == 0
    assert found.brought([1_000])[0] == 0


def test_equal_seeds_give_equal_intervals():
    rng = np.random.default_rng(3)
    data = weeks(rng, 4, 0.2, 800)
    assert np.array_equal(fit(*data, seed=4).draws, fit(*data, seed=4).draws)
    assert not np.array_equal(fit(*data, seed=4).draws, fit(*data, seed=5).draws)


def test_too_few_weeks_and_money_below_nothing_are_refused():
    with pytest.raises(TooLittleData):
        fit(np.arange(20), np.arange(20))
    with pytest.raises(DataError):
        fit(np.arange(30) - 5, np.arange(30))


def test_weekly_spend_of_a_public_set_gives_rising_flattening_curves(shared_data: Path):
    """Robyn's example: 208 weeks of five paid channels; each curve is rising, concave and finite."""
    table = pq.read_table(shared_data / "robyn_weekly" / "dt_simulated_weekly.parquet")
    channels = [name for name in table.column_names if name.endswith("_S")]
    revenue = table["revenue"].to_numpy()
    assert channels
    for name in channels:
        spent = table[name].to_numpy()
        found = fit(spent, revenue, draws=50)
        line = found.brought(np.linspace(0, spent.max(), 50))
        assert np.all(np.isfinite(line))
        assert np.all(np.diff(line) >= -1e-9)
        assert np.all(np.diff(line, 2) <= 1e-6 * max(line[-1], 1))
