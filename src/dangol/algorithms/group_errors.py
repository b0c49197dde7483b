"""How far sums over groups of customers come out from what was expected, learnt from how far past expectations were off.

Two things part a group from the whole company: luck of its single customers, which evens out the more they are, and an error
that its customers share (a channel whose buyers change their ways). The first is learnt as the scatter of single customers by
about how much was expected of them; the second as what is left of the errors of groups once that luck is taken out (the method
of moments for a variance between groups, as DerSimonian and Laird 1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, same_length, vector

TENTHS = 10
FEWEST = 30  # customers in a group whose error says something
TINY = 1e-3  # share of the mean expectation below which an expectation counts as this much
# How far off groups are where nothing is known of past ones, as a share of what is expected, and how many ways to part customers
# that belief outweighs: the same belief as about totals (`predictions.level`).
USUAL, WORTH = 0.10, 4.0


@dataclass(frozen=True)
class GroupErrors:
    """What past expectations teach about sums over groups.

    Attributes:
        edges: expectations that part the tenths, ascending, shape (g - 1,).
        scatter: standard deviation of what a customer brings, as a share of what is expected, by tenth, shape (g,).
        least: smaller expectations are taken as this much.
        between: standard deviation of the error that customers of a group share, as a share of what is expected.
    """

    edges: Vector
    scatter: Vector
    least: float
    between: float

    def of_each(self, expected: npt.ArrayLike) -> Vector:
        """Standard deviation of what each customer brings, shape (n,).

        Args:
            expected: of each, at the horizon that was learnt, shape (n,).
        """
        values = vector(expected, "expected")
        place = np.searchsorted(self.edges, values, side="right")
        return np.asarray(self.scatter[place] * np.maximum(values, self.least), dtype=np.float64)


def learn(expected: npt.ArrayLike, actual: npt.ArrayLike, parted: Sequence[npt.NDArray[Any]] = ()) -> GroupErrors:
    """Scatter of customers and shared error of groups, from what was expected and what came, on later time.

    The error of the total is taken out first: it is every group's, and known from past totals.

    Args:
        expected: of each customer, at least 0, shape (n,).
        actual: what each brought, shape (n,).
        parted: ways to part the customers into groups, each a label for every customer, shape (n,).

    Raises:
        DataError: values that are not finite, or lengths that differ.
    """
    e, y = vector(expected, "expected"), vector(actual, "actual")
    same_length({"expected": e, "actual": y})
    levelled = e * level_of(e, y)
    least = max(TINY * float(levelled.mean()) if e.size else 0.0, 1e-9)
    edges = np.unique(np.quantile(e, np.arange(1, TENTHS) / TENTHS)) if e.size else np.empty(0)
    place = np.searchsorted(edges, e, side="right")
    base = np.maximum(levelled, least)
    missed, wanted = (np.bincount(place, each, edges.size + 1) for each in ((y - levelled) ** 2, base**2))
    scatter = np.sqrt(np.divide(missed, wanted, out=np.zeros(edges.size + 1), where=wanted > 0))
    luck = (scatter[place] * base) ** 2
    found = [shared(levelled, y, luck, codes(each)) for each in (place, *parted)]
    left = [each for each in found if each is not None]
    between = np.sqrt(max((WORTH * USUAL**2 + sum(left)) / (WORTH + len(left)), 0.0))
    return GroupErrors(edges, scatter, least, float(between))


def level_of(expected: Vector, actual: Vector) -> float:
    """What came in all over what was expected in all; 1 where either is nothing."""
    wanted, came = float(expected.sum()), float(actual.sum())
    return came / wanted if wanted > 0 and came > 0 else 1.0


def codes(labels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Labels as whole numbers from 0; what is missing is a group, too."""
    texts = np.array([str(each) for each in labels]) if labels.dtype == object else labels
    return np.unique(texts, return_inverse=True)[1].astype(np.int64)


def shared(expected: Vector, actual: Vector, luck: Vector, group: npt.NDArray[np.int64]) -> float | None:
    """Variance of the error that customers of a group share, as a share of what is expected; None where there are no two groups.

    It may come out below 0 by chance; only the mean over several ways to part customers is cut at 0.

    Args:
        expected: of each customer, at the level that came, shape (n,).
        actual: what each brought, shape (n,).
        luck: variance of what each brings, shape (n,).
        group: of each, shape (n,).
    """
    size, wanted, came, noise = (np.bincount(group, each) for each in (None, expected, actual, luck))
    kept = (size >= FEWEST) & (wanted > 0)
    part = wanted / max(float(wanted.sum()), 1e-9)
    if kept.sum() < 2:
        return None
    error = came[kept] / wanted[kept] - 1
    by_luck = noise[kept] / wanted[kept] ** 2
    weight = part[kept]
    return float(weight @ (error**2 - by_luck * (1 - weight)) / (weight @ (1 - weight)))
