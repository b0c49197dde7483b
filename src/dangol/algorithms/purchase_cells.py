"""Buying histories of many customers, with identical ones counted once.

A million customers have a few hundred thousand distinct histories by the day and
fewer by the week; every likelihood below is summed over the distinct ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, Whole, refuse, same_length, vector
from dangol.core.errors import told


@dataclass(frozen=True)
class Cells:
    """Distinct buying histories and how many customers share each.

    Attributes:
        frequency: repeat purchases x after the first one, whole numbers.
        recency: time from the first to the last purchase, 0 where x is 0.
        age: time from the first purchase to today (T), same unit.
        weight: customers with this history.
    """

    frequency: Vector
    recency: Vector
    age: Vector
    weight: Vector

    @property
    def customers(self) -> float:
        """How many people stand behind all histories."""
        return float(self.weight.sum())

    @property
    def repeat_purchases(self) -> float:
        """Purchases after the first one, over all customers."""
        return float(self.weight @ self.frequency)


def histories(frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike) -> tuple[Vector, Vector, Vector]:
    """The three figures of each customer's history, checked against one another.

    Returns:
        (x, t_x, T) as columns; t_x is set to 0 where x is 0, which the models ignore anyway.

    Raises:
        DataError: not finite, lengths differ, x not a whole number of at least 0, or not 0 <= t_x <= T.
    """
    x, t_x, T = vector(frequency, "frequency"), vector(recency, "recency"), vector(age, "age")
    same_length({"frequency": x, "recency": t_x, "age": T})
    refuse((x < 0) | (x != np.floor(x)), x, told("frequency must be a whole number of at least 0"))
    refuse(T < 0, T, told("age must be at least 0"))
    refuse((t_x < 0) | (t_x > T), t_x, told("recency must lie between 0 and the age"))
    return x, np.where(x > 0, t_x, 0.0), T


def aggregate(frequency: npt.ArrayLike, recency: npt.ArrayLike, age: npt.ArrayLike, *, width: float | None = None) -> Cells:
    """Count customers with the same history together.

    Args:
        frequency: repeat purchases of each customer, shape (n,).
        recency: time of the last purchase since the first, shape (n,).
        age: time since the first purchase, shape (n,), same unit.
        width: round times to multiples of this first (7 makes weekly cells of days); None keeps them exact.

    Raises:
        DataError: see `histories`.
    """
    x, t_x, T = histories(frequency, recency, age)
    if width is not None:
        t_x, T = np.rint(t_x / width) * width, np.rint(T / width) * width
    return group(x, t_x, T)


def group(x: Vector, t_x: Vector, T: Vector) -> Cells:
    """The distinct rows of three checked columns, with their counts."""
    (frequency, recency, age), codes = sharing(x, t_x, T)
    return Cells(frequency, recency, age, np.bincount(codes).astype(np.float64))


def sharing(*columns: Vector) -> tuple[tuple[Vector, ...], Whole]:
    """The different rows of some columns in ascending order, and each row's place among them.

    Args:
        columns: of one length, at least 0.
    """
    values, codes = zip(*(distinct(column) for column in columns), strict=True)
    key, rows = codes[0], values[0].size
    for code, value in zip(codes[1:], values[1:], strict=True):
        # the different rows so far are numbered anew before numbers outgrow 64 bits
        if rows * value.size >= 2**62:
            found, key = np.unique(key, return_inverse=True)
            rows = found.size
        key, rows = key * value.size + code, rows * value.size
    first, places = _first_of_each(key, rows)
    return tuple(value[code[first]] for value, code in zip(values, codes, strict=True)), places


def _first_of_each(key: Whole, size: int) -> tuple[Whole, Whole]:
    """A row that holds each different key, keys ascending, and each row's place among the different keys."""
    if size > 4 * key.size:
        _, first, places = np.unique(key, return_index=True, return_inverse=True)
        return first.astype(np.int64), places.astype(np.int64)
    # few possible keys need no sorting
    holder = np.full(size, -1, dtype=np.int64)
    holder[key] = np.arange(key.size)
    present = holder >= 0
    return holder[present], (np.cumsum(present) - 1)[key]


def distinct(column: Vector) -> tuple[Vector, Whole]:
    """The different values in ascending order and each row's place among them."""
    top = column.max(initial=0.0)
    if column.size and top < 4 * column.size and not np.any(column != np.floor(column)):
        # whole numbers need no sorting: a table of which occur is enough
        whole = column.astype(np.int64)
        present = np.zeros(int(top) + 1, dtype=np.bool_)
        present[whole] = True
        return np.flatnonzero(present).astype(np.float64), (np.cumsum(present) - 1)[whole]
    values, codes = np.unique(column, return_inverse=True)
    return values, codes.astype(np.int64)
