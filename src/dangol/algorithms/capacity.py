"""Whom to spend limited time on: the most value an hour first, and how far that can be from the best choice there is.

Choosing what to do within given hours is the knapsack problem. Taken by value per hour, what is left undone is worth less than
the one thing that no longer fitted; where all take equally long, nothing is lost at all (Dantzig 1957).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, Whole, refuse, same_length, vector
from dangol.core.errors import DataError, told


@dataclass(frozen=True)
class Allocation:
    """What to do with the time there is.

    Attributes:
        chosen: places of what is done, the most value per hour first, shape (k,).
        value: of all that is done.
        hours: that it takes, at most the capacity.
        bound: no choice whatever within the capacity is worth more than this (the fractional solution).
    """

    chosen: Whole
    value: float
    hours: float
    bound: float

    @property
    def surely(self) -> float:
        """Share of the best possible value that is reached at least; 1 where nothing is worth anything."""
        return self.value / self.bound if self.bound > 0 else 1.0


def allocate(value: npt.ArrayLike, hours: npt.ArrayLike, capacity: float) -> Allocation:
    """Choose by value per hour; what no longer fits is passed over, and the single best is taken where it is worth more than all.

    Args:
        value: of each, shape (n,); what is worth nothing is never done.
        hours: that each takes, above 0, shape (n,).
        capacity: hours there are, at least 0.

    Raises:
        DataError: hours that are not above 0, a negative capacity, or lengths that differ.
    """
    worth, effort = vector(value, "value"), vector(hours, "hours")
    same_length({"value": worth, "hours": effort})
    refuse(effort <= 0, effort, told("hours must be above 0"))
    if not capacity >= 0:
        raise DataError(told("{name} must be at least 0, not {value}", name="capacity", value=repr(capacity)))
    order = ranked(worth, effort)
    taken = greedy(effort, order, capacity)
    single = best_single(worth, effort, capacity)
    chosen = single if worth[single].sum() > worth[taken].sum() else taken
    bound = fractional(worth[order], effort[order], capacity)
    return Allocation(chosen, float(worth[chosen].sum()), float(effort[chosen].sum()), max(bound, float(worth[chosen].sum())))


def ranked(worth: Vector, effort: Vector) -> Whole:
    """Places of all that is worth something, the most value per hour first, equal ones in their order."""
    some = np.flatnonzero(worth > 0)
    return np.asarray(some[np.argsort(-worth[some] / effort[some], kind="stable")], dtype=np.int64)


def greedy(effort: Vector, order: Whole, capacity: float) -> Whole:
    """All that fits, in order."""
    total = np.cumsum(effort[order])
    fitting = int(np.searchsorted(total, capacity * (1 + 1e-12), side="right"))
    left = capacity - (total[fitting - 1] if fitting else 0.0)
    rest: list[int] = []
    smallest = np.minimum.accumulate(effort[order][::-1])[::-1]
    for place in range(fitting, len(order)):
        if smallest[place] > left:
            break
        if effort[order[place]] <= left:
            rest.append(int(order[place]))
            left -= float(effort[order[place]])
    return np.concatenate([order[:fitting], np.asarray(rest, dtype=np.int64)])


def best_single(worth: Vector, effort: Vector, capacity: float) -> Whole:
    """The one most valuable thing that fits; none where none does."""
    fits = np.flatnonzero((effort <= capacity) & (worth > 0))
    return np.asarray(fits[[np.argmax(worth[fits])]] if len(fits) else [], dtype=np.int64)


def fractional(worth: Vector, effort: Vector, capacity: float) -> float:
    """What could be reached at most, if things could be done in part."""
    total = np.cumsum(effort)
    whole = int(np.searchsorted(total, capacity, side="right"))
    left = capacity - (total[whole - 1] if whole else 0.0)
    part = worth[whole] * left / effort[whole] if whole < len(worth) else 0.0
    return float(worth[:whole].sum() + part)
