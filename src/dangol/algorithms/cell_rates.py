"""How often something happens to customers like these: a rate by cells, drawn towards their row and towards everybody.

The chance of a cell is (times + strength · chance of its row) / (customers + strength), and that of a row the same with the
chance of all (the empirical Bayes estimate with a beta prior of stated strength; Casella 1985).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, Whole, enough, refuse, same_length, vector
from dangol.core.errors import told

STRENGTH = 25.0  # as many customers of the larger group are believed beside a cell's own
BINS = (10, 4)


@dataclass(frozen=True)
class CellRates:
    """Rates by tenths of one measure crossed with quarters of another; missing values are a bin of their own.

    Attributes:
        edges: inner edges of the bins of both measures.
        rates: chance by bin of the first and bin of the second, the last ones for missing values.
    """

    edges: tuple[Vector, Vector]
    rates: npt.NDArray[np.float64]

    def apply(self, first: npt.ArrayLike, second: npt.ArrayLike) -> Vector:
        """The chance of each customer, shape (n,).

        Args:
            first: the measure that counts most, shape (n,), NaN where missing.
            second: the other one, shape (n,).
        """
        rows, columns = (
            binned(np.asarray(first, dtype=np.float64), self.edges[0]),
            binned(np.asarray(second, dtype=np.float64), self.edges[1]),
        )
        return np.asarray(self.rates[rows, columns], dtype=np.float64)


def binned(values: npt.NDArray[np.float64], edges: Vector) -> Whole:
    """The bin of each value; the one after the last for missing values."""
    found = np.searchsorted(edges, values, side="right").astype(np.int64)
    return np.where(np.isnan(values), len(edges) + 1, found)


def edges_of(values: npt.NDArray[np.float64], bins: int) -> Vector:
    """Inner edges of bins that hold about as many customers each; equal values stay together."""
    known = values[~np.isnan(values)]
    if not known.size:
        return np.empty(0)
    found = np.unique(np.quantile(known, np.arange(1, bins) / bins))
    return np.asarray(found[found > known.min()], dtype=np.float64)


def fit(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    bins: tuple[int, int] = BINS,
    strength: float = STRENGTH,
) -> CellRates:
    """Learn the rates.

    Args:
        first: the measure that counts most, shape (n,), NaN where missing.
        second: another one, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).
        bins: of both measures, missing values not counted.
        strength: customers of the larger group that are believed beside a cell's own; 0 draws nothing.

    Raises:
        DataError: lengths that differ, or outcomes other than 0 and 1.
        TooLittleData: nobody to learn from.
    """
    one, two = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    happened = vector(outcome, "outcome")
    same_length({"first": one, "second": two, "outcome": happened})
    refuse((happened != 0) & (happened != 1), happened, told("an outcome must be 0 or 1"))
    enough(happened.size, 1, told("customers"))
    edges = (edges_of(one, bins[0]), edges_of(two, bins[1]))
    shape = (len(edges[0]) + 2, len(edges[1]) + 2)
    cell = np.ravel_multi_index((binned(one, edges[0]), binned(two, edges[1])), shape)
    times = np.bincount(cell, happened, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    customers = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    mean = np.full(shape[0], float(happened.mean()))
    rows = drawn(times.sum(axis=1), customers.sum(axis=1), mean, strength)
    return CellRates(edges, drawn(times, customers, np.repeat(rows[:, None], shape[1], axis=1), strength))


def drawn(
    times: npt.NDArray[np.float64], customers: npt.NDArray[np.float64], larger: npt.NDArray[np.float64], strength: float
) -> npt.NDArray[np.float64]:
    """Rates drawn towards those of the larger group; where there is nobody, those."""
    weight = customers + strength
    return np.where(weight > 0, (times + strength * larger) / np.where(weight > 0, weight, 1), larger)
