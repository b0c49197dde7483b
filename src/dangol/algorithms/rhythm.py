"""Where every customer stood in the own rhythm of buying, at any moment: read from days with an order alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """All customers at one moment; figures that a customer does not have yet are NaN.

    Attributes:
        at: the moment, in days.
        count: days with an order so far, shape (n,).
        first, last: the first and the last of them, in days.
        gap: mean days between them; NaN below two.
        spread: standard deviation of the gaps; NaN below three.
        back: days until the next order, infinite where none is known.
    """

    at: float
    count: Whole
    first: Array
    last: Array
    gap: Array
    spread: Array
    back: Array

    @property
    def silence(self) -> Array:
        """Days since the last order."""
        return np.asarray(self.at - self.last, dtype=np.float64)

    @property
    def overdue(self) -> Array:
        """The silence in own mean gaps: 1 is due, 2 is late by a whole rhythm."""
        return np.asarray(self.silence / self.gap, dtype=np.float64)


@dataclass(frozen=True)
class Rhythm:
    """Days with an order of many customers.

    Attributes:
        customer: place of the customer, from 0, ascending, shape (m,).
        day: in days since any moment, ascending within a customer, shape (m,).
        size: how many customers there are.
    """

    customer: Whole
    day: Array
    size: int

    @cached_property
    def begin(self) -> Whole:
        """Where each customer's days begin, and one past the end of all; shape (size + 1,)."""
        return np.asarray(np.searchsorted(self.customer, np.arange(self.size + 1)), dtype=np.int64)

    @cached_property
    def squares(self) -> Array:
        """Squared gaps added up over all days so far; a customer's first day adds nothing."""
        gaps = np.diff(self.day, prepend=0.0)
        gaps[self.begin[:-1][self.begin[:-1] < len(gaps)]] = 0.0
        return np.cumsum(gaps**2)

    def at(self, moment: float) -> Standing:
        """Where everybody stood at a moment; days at the moment itself or later are not seen but in `back`."""
        count = np.bincount(self.customer[self.day < moment], minlength=self.size).astype(np.int64)
        start, bought = self.begin[:-1], count > 0
        newest = np.maximum(start + count - 1, 0)
        first, last = np.full(self.size, np.nan), np.full(self.size, np.nan)
        first[bought], last[bought] = self.day[start[bought]], self.day[newest[bought]]
        steps = np.where(count > 1, count - 1, np.nan)
        gap = (last - first) / steps
        squares = np.zeros(self.size)
        squares[bought] = self.squares[newest[bought]] - self.squares[start[bought]]
        spread = np.sqrt(np.maximum(squares - steps * gap**2, 0) / np.where(count > 2, count - 2, np.nan))
        return Standing(moment, count, first, last, gap, spread, self.back(moment, start + count))

    def back(self, moment: float, following: Whole) -> Array:
        """Days until each customer's next order."""
        later = following < self.begin[1:]
        found = np.full(self.size, np.inf)
        found[later] = self.day[following[later]] - moment
        return found
