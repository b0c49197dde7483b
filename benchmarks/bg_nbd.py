"""BG/NBD on a million simulated customers, beside the archived reference library in the same run.

    python benchmarks/bg_nbd.py [customers] [customers for the reference]

The reference gets fewer customers so that the run stays under a minute; both are timed on that number for
the ratio, and ours alone on the full number. Seconds are wall time of one process.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
from lifetimes import BetaGeoFitter

from dangol.algorithms.bg_nbd import aggregate, fit

Columns = tuple[np.ndarray, np.ndarray, np.ndarray]


def simulated(customers: int) -> Columns:
    """Histories by the day over at most two years, from r .6, alpha 50 days, a .8, b 2.5."""
    chance = np.random.default_rng(0)
    rate, stop = chance.gamma(0.6, 1 / 50, customers), chance.beta(0.8, 2.5, customers)
    age = chance.integers(30, 730, customers).astype(float)
    clock, x, recency = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.arange(customers)
    while active.size:
        clock[active] += chance.exponential(1.0, active.size) / np.maximum(rate[active], 1e-300)
        active = active[clock[active] <= age[active]]
        x[active] += 1
        recency[active] = np.floor(clock[active])
        active = active[chance.random(active.size) >= stop[active]]
    return x, recency, age


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds and the result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def ours(columns: Columns, width: float | None) -> list[float]:
    """Seconds of fit, expectation and chances."""
    fitting, model = timed(lambda: fit(aggregate(*columns, width=width)))
    expecting, _ = timed(lambda: model.expected_purchases(365, *columns))
    buying, _ = timed(lambda: model.probability_of_purchase(365, *columns))
    print("   ", model)
    return [fitting, expecting, buying]


def reference(columns: Columns) -> list[float]:
    """Seconds of the reference's fit and expectation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitting, model = timed(lambda: BetaGeoFitter().fit(*columns))
        expecting, _ = timed(lambda: model.conditional_expected_number_of_purchases_up_to_time(365, *columns))
    print("   ", model)
    return [fitting, expecting]


def main() -> None:
    """Print the table."""
    full, part = (int(word) for word in [*sys.argv[1:3], *("1000000", "200000")[len(sys.argv) - 1 :]])
    large, small = simulated(full), simulated(part)
    rows = {
        f"ours, {full:,} by the day": ours(large, None),
        f"ours, {full:,} weekly cells": ours(large, 7),
        f"ours, {part:,} by the day": ours(small, None),
        f"lifetimes, {part:,} by the day": reference(small),
    }
    print(f"{'':36}{'fit s':>9}{'expected s':>12}{'P(buys) s':>11}")
    for name, seconds in rows.items():
        print(f"{name:36}" + "".join(f"{value:>{width}.2f}" for value, width in zip(seconds, (9, 12, 11), strict=False)))
    *_, fast, slow = rows.values()
    print(f"ratio on {part:,}: fit {slow[0] / fast[0]:.1f}x, expected {slow[1] / fast[1]:.1f}x")


if __name__ == "__main__":
    main()
