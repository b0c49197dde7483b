"""Where money goes when several uses of it bring less the more they get: until the last unit brings the same everywhere.

A use is a concave curve of straight pieces: a list of customers ranked by what they bring per cost is one, and a smooth curve is
one as finely as wanted. Filling pieces by their slope is then the exact optimum (the continuous knapsack of Dantzig 1957), and
the slope at which money runs out is the price of money: equal for every use that neither its floor nor its ceiling holds back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, refuse, same_length, vector
from dangol.core.errors import DataError, told

EPSILON = 1e-9


@dataclass(frozen=True)
class Curve:
    """What a use of money brings: straight pieces, each flatter than the one before.

    Attributes:
        width: money that each piece takes, above 0, shape (n,).
        slope: what a unit of money brings there, never rising, shape (n,).
    """

    width: Vector
    slope: Vector

    @property
    def most(self) -> float:
        """Money beyond which nothing is known, or nothing more is brought."""
        return float(self.width.sum())

    def worth(self, spent: float) -> float:
        """What so much money brings."""
        before = np.cumsum(self.width) - self.width
        return float((np.clip(spent - before, 0.0, self.width) * self.slope).sum())

    def marginal(self, spent: float) -> float:
        """What the next unit of money brings; nothing beyond the end of the curve."""
        place = int(np.searchsorted(np.cumsum(self.width), spent * (1 + EPSILON), side="right"))
        return float(self.slope[place]) if place < len(self.slope) else 0.0

    def last(self, spent: float) -> float:
        """What the last unit spent brings; beyond the end of the curve nothing, before anything is spent what the first would."""
        if spent > self.most * (1 + EPSILON):
            return 0.0
        place = int(np.searchsorted(np.cumsum(self.width), spent * (1 - EPSILON), side="left"))
        return float(self.slope[min(place, len(self.slope) - 1)]) if len(self.slope) else 0.0

    def times(self, factor: float) -> Curve:
        """The same curve where everything brings `factor` times as much, at least 0."""
        return Curve(self.width, self.slope * factor)

    def up_to(self, spent: float) -> Curve:
        """The beginning of the curve."""
        before = np.cumsum(self.width) - self.width
        width = np.clip(spent - before, 0.0, self.width)
        return Curve(width[width > 0], self.slope[width > 0])


def ranked(value: npt.ArrayLike, cost: npt.ArrayLike, pieces: int = 200) -> Curve:
    """The curve of a list: first whoever brings most per cost. Whoever brings nothing is left out.

    Args:
        value: what treating each one brings, shape (n,).
        cost: of treating each one, above 0, shape (n,).
        pieces: at most so many; neighbours in the ranking are joined, which loses the differences among them only.

    Raises:
        DataError: a cost that is not above 0, or lengths that differ.
    """
    brings, takes = vector(value, "value"), vector(cost, "cost")
    same_length({"value": brings, "cost": takes})
    refuse(takes <= 0, takes, told("a cost must be above 0"))
    some = np.flatnonzero(brings > 0)
    order = some[np.argsort(-brings[some] / takes[some], kind="stable")]
    if not len(order):
        return Curve(np.zeros(0), np.zeros(0))
    starts = np.unique(np.linspace(0, len(order), min(pieces, len(order)) + 1)[:-1].astype(np.int64))
    width = np.add.reduceat(takes[order], starts)
    return Curve(width, np.add.reduceat(brings[order], starts) / width)


def sampled(spent: npt.ArrayLike, value: npt.ArrayLike) -> Curve:
    """A smooth curve as straight pieces between its points, which begin at nothing spent.

    Args:
        spent: rising, the first 0, shape (n,).
        value: at each, shape (n,); a piece steeper than the one before is drawn as steep as that, never steeper.

    Raises:
        DataError: money that does not rise, or lengths that differ.
    """
    x, y = vector(spent, "spent"), vector(value, "value")
    same_length({"spent": x, "value": y})
    refuse(np.diff(x) <= 0, np.diff(x), told("money must rise from point to point"))
    slope = np.minimum.accumulate(np.maximum(np.diff(y) / np.diff(x), 0.0))
    return Curve(np.diff(x), slope)


@dataclass(frozen=True)
class Limits:
    """Money that a use gets at least and at most."""

    lowest: float = 0.0
    highest: float = float("inf")


def bounded(curves: Mapping[str, Curve], limits: Mapping[str, Limits]) -> Curve:
    """Several uses as one, each within its limits: first what each gets at least, then always where money brings most.

    Floors are spent even where they bring nothing, so that the curve may rise more steeply behind their sum than before it.

    Args:
        curves: by use.
        limits: of some uses.
    """
    bounds = {name: limits.get(name, Limits()) for name in curves}
    floors = [floor_of(curve, bounds[name].lowest) for name, curve in curves.items()]
    above = open_pieces(curves, bounds, float("-inf"))
    width = np.concatenate([*(each.width for each in floors), np.array([width for _, _, width in above])])
    return Curve(width, np.concatenate([*(each.slope for each in floors), np.array([slope for slope, _, _ in above])]))


def floor_of(curve: Curve, lowest: float) -> Curve:
    """What a floor buys; beyond the end of the curve it buys nothing."""
    begun, beyond = curve.up_to(lowest), lowest - curve.most
    if beyond <= 0:
        return begun
    return Curve(np.append(begun.width, beyond), np.append(begun.slope, 0.0))


@dataclass(frozen=True)
class Shares:
    """Money shared out.

    Attributes:
        spent: by use, in the order of the curves.
        price: what the next unit of money would bring at the best use that may still take some; 0 where none may.
        left: money that nothing is worth being spent on.
    """

    spent: Mapping[str, float]
    price: float
    left: float


def share_out(curves: Mapping[str, Curve], total: float, limits: Mapping[str, Limits], worth_it: float = 1.0) -> Shares:
    """Share money so that no unit of it would bring more elsewhere; what would not bring itself back is not spent.

    Args:
        curves: by use.
        total: money there is, at least 0.
        limits: of some uses; the others may get anything. A floor is spent even where it brings nothing.
        worth_it: what a unit of money must bring to be spent.

    Raises:
        DataError: money below 0, a floor above its ceiling, or floors that together exceed all money.
    """
    bounds = {name: limits.get(name, Limits()) for name in curves}
    check(bounds, total)
    spent = {name: each.lowest for name, each in bounds.items()}
    left = total - sum(spent.values())
    pieces = open_pieces(curves, bounds, worth_it)
    price = 0.0
    for slope, name, width in pieces:
        taken = min(width, left)
        spent[name] += taken
        left -= taken
        if taken < width * (1 - EPSILON):
            price = slope
            break
    return Shares(spent, price, max(left, 0.0))


def open_pieces(curves: Mapping[str, Curve], bounds: Mapping[str, Limits], worth_it: float) -> list[tuple[float, str, float]]:
    """What may still be bought above all floors and below all ceilings: (slope, use, money), the steepest first."""
    found: list[tuple[float, str, float]] = []
    for name, curve in curves.items():
        end = np.cumsum(curve.width)
        start = np.maximum(end - curve.width, bounds[name].lowest)
        width = np.minimum(end, bounds[name].highest) - start
        some = (width > 0) & (curve.slope > worth_it)
        found += zip(curve.slope[some].tolist(), [name] * int(some.sum()), width[some].tolist(), strict=True)
    return sorted(found, key=lambda piece: -piece[0])


def check(bounds: Mapping[str, Limits], total: float) -> None:
    """Whether money can be shared out at all.

    Raises:
        DataError: it cannot; the message says why.
    """
    if not 0 <= total < float("inf"):
        raise DataError(told("{name} must be at least 0, not {value}", name="total", value=repr(total)))
    for name, each in bounds.items():
        if not 0 <= each.lowest <= each.highest:
            what = told(
                "{name} would get at least {low} and at most {high}", name=name, low=f"{each.lowest:g}", high=f"{each.highest:g}"
            )
            raise DataError(what)
    floors = sum(each.lowest for each in bounds.values())
    if floors > total * (1 + EPSILON):
        what = told(
            "the floors add up to {floors}, more than the {total} there is", floors=f"{floors:,.0f}", total=f"{total:,.0f}"
        )
        raise DataError(what, hint=told("lower a floor, or share out more money"))
