"""From single purchases to buying histories at a past moment, and what came after it.

A model is judged honestly on a moment of the past: it sees what came before and is compared with what came after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, same_length, vector
from dangol.algorithms.purchase_cells import Cells, group
from dangol.core.errors import DataError, told


@dataclass(frozen=True)
class Past:
    """What was known at a moment, and what followed; customers without a purchase before it are left out.

    Attributes:
        customer: codes of the customers, ascending, shape (n,).
        x: repeat purchases before the moment, shape (n,).
        t_x: time of the last purchase since the first, shape (n,).
        T: time from the first purchase to the moment, shape (n,).
        horizon: length of what followed.
        later: purchases within the horizon from the moment on, shape (n,).
    """

    customer: Vector
    x: Vector
    t_x: Vector
    T: Vector
    horizon: float
    later: Vector

    @property
    def cells(self) -> Cells:
        """The histories with equal ones counted together."""
        return group(self.x, self.t_x, self.T)


def past(customer: npt.ArrayLike, when: npt.ArrayLike, moment: float, horizon: float) -> Past:
    """The histories at a moment and the purchases of the horizon after it.

    Several purchases of a customer at the same time count as one: round times to days first if a day is what counts.

    Args:
        customer: a number for each customer, shape (m,), one row a purchase.
        when: time of the purchase, in the unit of moment and horizon, shape (m,).
        moment: purchases before it are known, those at it or later are not.
        horizon: length of what is to be foretold, above 0.

    Raises:
        DataError: a horizon of 0 or below, values that are not finite, or lengths that differ.
    """
    who, time = vector(customer, "customer"), vector(when, "when")
    same_length({"customer": who, "when": time})
    if not horizon > 0:
        raise DataError(told("horizon must be above 0, not {value}", value=repr(horizon)))
    who, time = _once(who, time)
    known = time < moment
    people, first_row, purchases = np.unique(who[known], return_index=True, return_counts=True)
    first, last = time[known][first_row], time[known][first_row + purchases - 1]
    after = who[(time >= moment) & (time < moment + horizon)]
    later = np.searchsorted(after, people, side="right") - np.searchsorted(after, people)
    x = purchases.astype(np.float64) - 1.0
    return Past(people, x, last - first, moment - first, float(horizon), later.astype(np.float64))


def gaps(customer: npt.ArrayLike, when: npt.ArrayLike) -> tuple[Vector, Vector]:
    """Times between the purchases of each customer, in order.

    Args:
        customer: a number for each customer, shape (m,), one row a purchase.
        when: time of the purchase, shape (m,).

    Returns:
        Whose gap it is and how long, each of shape (k,); all above 0.

    Raises:
        DataError: values that are not finite, or lengths that differ.
    """
    who, time = vector(customer, "customer"), vector(when, "when")
    same_length({"customer": who, "when": time})
    who, time = _once(who, time)
    same = np.diff(who) == 0
    return who[1:][same], np.diff(time)[same]


def _once(who: Vector, time: Vector) -> tuple[Vector, Vector]:
    """Purchases by customer and time, each moment once."""
    order = np.lexsort((time, who))
    who, time = who[order], time[order]
    new = np.r_[True, (np.diff(who) != 0) | (np.diff(time) != 0)][: who.size]
    return who[new], time[new]
