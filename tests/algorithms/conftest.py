"""Simulated customers whose true parameters are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

Histories = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Truth = tuple[float, float, float, float]


def simulate_customers(
    truth: Truth, ages: np.ndarray, horizon: float, seed: int, *, first_counts=False, k=1, gaps=None
) -> Histories:
    """x, t_x, T of every customer and his purchases in the horizon after it, one purchase at a time.

    He may stop after the first purchase where that counts, and buys at every k-th tick; gaps before T are added to the list.
    """
    r, alpha, a, b = truth
    chance = np.random.default_rng(seed)
    rate = np.maximum(chance.gamma(r, 1 / alpha, ages.size), 1e-300)
    stop = chance.beta(a, b, ages.size) if a > 0 else np.zeros(ages.size)
    clock, x, t_x, later = (np.zeros(ages.size) for _ in range(4))
    active = np.arange(ages.size)
    if first_counts:
        active = active[chance.random(ages.size) >= stop]
    while active.size:
        gap = chance.gamma(k, 1.0, active.size) / rate[active]
        clock[active] += gap
        gap, active = gap[clock[active] <= ages[active] + horizon], active[clock[active] <= ages[active] + horizon]
        seen = clock[active] <= ages[active]
        if gaps is not None:
            gaps.append(gap[seen])
        x[active[seen]] += 1
        t_x[active[seen]] = clock[active[seen]]
        later[active[~seen]] += 1
        active = active[chance.random(active.size) >= stop[active]]
    return x, t_x, ages, later


def simulate_lifetimes(truth: Truth, ages: np.ndarray, horizon: float, seed: int) -> Histories:
    """The same in a Pareto/NBD world: purchases at random moments of a life of random length."""
    r, alpha, s, beta = truth
    chance = np.random.default_rng(seed)
    rate = chance.gamma(r, 1 / alpha, ages.size)
    life = chance.exponential(1.0, ages.size) / np.maximum(chance.gamma(s, 1 / beta, ages.size), 1e-300)
    lived = np.minimum(life, ages)
    x = chance.poisson(rate * lived).astype(float)
    # the latest of x moments spread evenly over the time lived
    t_x = np.where(x > 0, lived * chance.random(ages.size) ** (1 / np.maximum(x, 1)), 0)
    later = chance.poisson(rate * np.clip(np.minimum(life, ages + horizon) - ages, 0, None)).astype(float)
    return x, t_x, ages, later


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Histories]:
    """Draw customers who may stop after a purchase: (truth, ages, horizon, seed) -> x, t_x, T, purchases afterwards."""
    return simulate_customers


@pytest.fixture(scope="session")
def simulate_pareto() -> Callable[..., Histories]:
    """Draw customers who may stop at any moment: (truth, ages, horizon, seed) -> x, t_x, T, purchases afterwards."""
    return simulate_lifetimes


@pytest.fixture(scope="session")
def cdnow() -> dict[str, np.ndarray]:
    """The 2,357 customers of the CDNOW sample, in weeks."""
    datasets = pytest.importorskip("lifetimes.datasets")
    table = datasets.load_cdnow_summary_data_with_monetary_value()
    names = {"x": "frequency", "t_x": "recency", "T": "T", "value": "monetary_value"}
    return {key: table[name].to_numpy(dtype=float) for key, name in names.items()}
