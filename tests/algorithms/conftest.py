"""Simulated customers whose true parameters are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

Histories = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def simulate_customers(truth: tuple[float, float, float, float], ages: np.ndarray, horizon: float, seed: int) -> Histories:
    """x, t_x, T of every customer and his purchases in the horizon after it, one purchase at a time."""
    r, alpha, a, b = truth
    chance = np.random.default_rng(seed)
    rate = np.maximum(chance.gamma(r, 1 / alpha, ages.size), 1e-300)
    stop = chance.beta(a, b, ages.size) if a > 0 else np.zeros(ages.size)
    clock, x, t_x, later = (np.zeros(ages.size) for _ in range(4))
    active = np.arange(ages.size)
    while active.size:
        clock[active] += chance.exponential(1.0, active.size) / rate[active]
        active = active[clock[active] <= ages[active] + horizon]
        seen = clock[active] <= ages[active]
        x[active[seen]] += 1
        t_x[active[seen]] = clock[active[seen]]
        later[active[~seen]] += 1
        active = active[chance.random(active.size) >= stop[active]]
    return x, t_x, ages, later


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Histories]:
    """Draw customers from a BG/NBD world: (truth, ages, horizon, seed) -> x, t_x, T, purchases afterwards."""
    return simulate_customers


@pytest.fixture(scope="session")
def cdnow() -> dict[str, np.ndarray]:
    """The 2,357 customers of the CDNOW sample, in weeks."""
    datasets = pytest.importorskip("lifetimes.datasets")
    table = datasets.load_cdnow_summary_data_with_monetary_value()
    names = {"x": "frequency", "t_x": "recency", "T": "T", "value": "monetary_value"}
    return {key: table[name].to_numpy(dtype=float) for key, name in names.items()}
