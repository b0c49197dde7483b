"""Does the list put the right customers on top, and how much do the top ones carry?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dangol.algorithms.arrays import Vector, enough, refuse, same_length, vector
from dangol.core.errors import DataError, TooLittleData, told


@dataclass(frozen=True)
class Curve:
    """Share of customers taken against share of value caught, both from 0 to 1.

    Attributes:
        customers: cumulative share of customers, ascending, shape (k,).
        value: cumulative share of value, shape (k,).
    """

    customers: Vector
    value: Vector

    @property
    def area(self) -> float:
        """Area under the curve."""
        return float(np.trapezoid(self.value, self.customers))

    def at(self, share: float) -> float:
        """Share of value caught with this share of customers.

        Raises:
            DataError: a share outside 0…1.
        """
        if not 0.0 <= share <= 1.0:
            raise DataError(told("{name} must lie between 0 and 1, not {value}", name="share", value=repr(share)))
        return float(np.interp(share, self.customers, self.value))


def capture_curve(score: npt.ArrayLike, value: npt.ArrayLike) -> Curve:
    """How much value the list catches when worked from the top.

    Customers with equal scores come in random order: the curve is straight across them.

    Args:
        score: higher means nearer the top, shape (n,).
        value: at least 0 and not all 0, shape (n,).

    Raises:
        DataError: a negative value, or lengths that differ.
        TooLittleData: no customer has any value.
    """
    s, v = vector(score, "score"), vector(value, "value")
    same_length({"score": s, "value": v})
    refuse(v < 0, v, told("value must be at least 0"))
    if not v.sum() > 0:
        raise TooLittleData.have(told("{n} customers without any value", n=str(v.size)), told("at least one with value"))
    _, codes = np.unique(-s, return_inverse=True)
    people = np.cumsum(np.bincount(codes)) / v.size
    caught = np.cumsum(np.bincount(codes, v))
    return Curve(np.concatenate([[0.0], people]), np.concatenate([[0.0], caught / caught[-1]]))


def auc(score: npt.ArrayLike, outcome: npt.ArrayLike) -> float:
    """The chance that a customer to whom it happened stands above one to whom it did not; ties count half.

    Args:
        score: higher means more likely, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).

    Raises:
        DataError: outcomes other than 0 and 1.
        TooLittleData: it happened to everybody or to nobody.
    """
    s, y = vector(score, "score"), vector(outcome, "outcome")
    same_length({"score": s, "outcome": y})
    refuse((y != 0) & (y != 1), y, told("an outcome must be 0 or 1"))
    yes = float(y.sum())
    no = y.size - yes
    if not yes or not no:
        have = told("{n} of {all} with the outcome", n=f"{yes:.0f}", all=str(y.size))
        raise TooLittleData.have(have, told("some with and some without"))
    return float((stats.rankdata(s) @ y - yes * (yes + 1.0) / 2.0) / (yes * no))


def normalised_gini(score: npt.ArrayLike, value: npt.ArrayLike) -> float:
    """How close the list comes to the perfect order by value: 1 perfect, 0 random, below 0 upside down.

    Args:
        score: higher means nearer the top, shape (n,).
        value: at least 0 and not all 0, shape (n,).

    Raises:
        DataError: a negative value, or lengths that differ.
        TooLittleData: no value at all, or everybody has the same.
    """
    best = capture_curve(value, value).area - 0.5
    if best <= 1e-12:
        raise TooLittleData.have(told("customers of equal value only"), told("values that differ"))
    return (capture_curve(score, value).area - 0.5) / best


def top_share_capture(score: npt.ArrayLike, value: npt.ArrayLike, share: float = 0.1) -> float:
    """Share of all value that the top of the list turns out to carry.

    Args:
        score: higher means nearer the top, shape (n,).
        value: at least 0 and not all 0, shape (n,).
        share: how much of the list counts as its top.

    Raises:
        DataError: a share outside 0…1, a negative value, or lengths that differ.
        TooLittleData: no customer has any value.
    """
    return capture_curve(score, value).at(share)


def lorenz(values: npt.ArrayLike) -> Curve:
    """How unequal customers are: cumulative value from the least to the most valuable.

    Args:
        values: at least 0 and not all 0, shape (n,).

    Raises:
        DataError: a negative value.
        TooLittleData: no customer has any value.
    """
    v = vector(values, "values")
    return capture_curve(-v, v)


def share_of_top(values: npt.ArrayLike, share: float) -> float:
    """Share of all value that the most valuable customers carry ("20 % bring 80 %").

    Args:
        values: at least 0 and not all 0, shape (n,).
        share: how many count as the most valuable.

    Raises:
        DataError: a negative value or a share outside 0…1.
        TooLittleData: no customer has any value.
    """
    return capture_curve(values, values).at(share)


def spearman(left: npt.ArrayLike, right: npt.ArrayLike) -> float:
    """Agreement of two orders: 1 the same, 0 unrelated, -1 reversed; 0 where one side has no order at all.

    Args:
        left: shape (n,).
        right: shape (n,).

    Raises:
        DataError: lengths that differ.
        TooLittleData: fewer than two rows.
    """
    a, b = vector(left, "left"), vector(right, "right")
    same_length({"left": a, "right": b})
    enough(a.size, 2, told("rows"))
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(stats.spearmanr(a, b).statistic)
