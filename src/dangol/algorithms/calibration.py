"""Make a predicted chance of 20 % come true 20 times in 100, and measure how far it is from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from dangol.algorithms.arrays import Vector, enough, refuse, same_length, vector
from dangol.core.errors import DataError, told

Binning = Literal["width", "count"]
EDGE = 1e-12  # keeps the log odds of 0 and 1 finite


@dataclass(frozen=True)
class Isotonic:
    """A rising staircase from predicted to realised chances.

    Attributes:
        predicted: ascending predicted chances, shape (k,).
        realised: what they turned out to be, never falling, shape (k,).
    """

    predicted: Vector
    realised: Vector

    def apply(self, probability: npt.ArrayLike) -> Vector:
        """Corrected chances, interpolated between the steps and level beyond them."""
        return np.interp(vector(probability, "probability"), self.predicted, self.realised)


@dataclass(frozen=True)
class Platt:
    """A two-number correction of the log odds, for data too few for a staircase.

    Attributes:
        slope: factor on the predicted log odds; below 1 the predictions were too sure.
        intercept: shift of the log odds; above 0 the predictions were too low.
    """

    slope: float
    intercept: float

    def apply(self, probability: npt.ArrayLike) -> Vector:
        """Corrected chances."""
        odds = _log_odds(vector(probability, "probability"))
        return np.asarray(special.expit(self.slope * odds + self.intercept), dtype=np.float64)


@dataclass(frozen=True)
class Reliability:
    """Predicted against realised chances, bin by bin; empty bins are left out.

    Attributes:
        low: smallest predicted chance of the bin's range.
        high: largest.
        count: predictions in the bin.
        predicted: their mean.
        observed: share that came true.
    """

    low: Vector
    high: Vector
    count: Vector
    predicted: Vector
    observed: Vector


def fit_isotonic(probability: npt.ArrayLike, outcome: npt.ArrayLike) -> Isotonic:
    """The rising staircase closest to what happened (pool adjacent violators).

    Args:
        probability: predicted chances, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).

    Raises:
        DataError: chances outside 0…1 or outcomes other than 0 and 1.
        TooLittleData: no rows.
    """
    p, y = _pairs(probability, outcome)
    levels, codes = np.unique(p, return_inverse=True)
    weight = np.bincount(codes).astype(np.float64)
    steps = optimize.isotonic_regression(np.bincount(codes, y) / weight, weights=weight).x
    return Isotonic(levels, np.asarray(steps, dtype=np.float64))


def fit_platt(probability: npt.ArrayLike, outcome: npt.ArrayLike) -> Platt:
    """The two-number correction that fits what happened best.

    Targets are drawn slightly inwards so that perfectly separated data stay finite (Platt 1999).

    Args:
        probability: predicted chances, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).

    Raises:
        DataError: chances outside 0…1 or outcomes other than 0 and 1.
        TooLittleData: no rows.
    """
    p, y = _pairs(probability, outcome)
    odds, happened = _log_odds(p), float(y.sum())
    target = np.where(y > 0, (happened + 1.0) / (happened + 2.0), 1.0 / (y.size - happened + 2.0))

    def loss(theta: Vector) -> tuple[float, Vector]:
        z = theta[0] * odds + theta[1]
        gap = special.expit(z) - target
        return float(np.mean(np.logaddexp(0.0, z) - target * z)), np.array([np.mean(gap * odds), np.mean(gap)])

    start = np.array([1.0, 0.0])
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-9, "ftol": 1e-15})
    return Platt(float(found.x[0]), float(found.x[1]))


def brier(probability: npt.ArrayLike, outcome: npt.ArrayLike) -> float:
    """Mean squared distance between predicted chances and what happened; 0 is perfect.

    Args:
        probability: predicted chances, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).

    Raises:
        DataError: chances outside 0…1 or outcomes other than 0 and 1.
        TooLittleData: no rows.
    """
    p, y = _pairs(probability, outcome)
    return float(np.mean((p - y) ** 2))


def reliability_table(
    probability: npt.ArrayLike, outcome: npt.ArrayLike, *, bins: int = 10, binning: Binning = "width"
) -> Reliability:
    """Predicted beside realised chances in ten groups.

    Args:
        probability: predicted chances, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).
        bins: number of groups.
        binning: "width" cuts 0…1 evenly, "count" puts about the same number in each group.

    Raises:
        DataError: chances outside 0…1 or outcomes other than 0 and 1.
        TooLittleData: no rows.
    """
    p, y = _pairs(probability, outcome)
    even = np.linspace(0.0, 1.0, bins + 1)
    edges = even if binning == "width" else np.unique(np.quantile(p, even))
    code = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, max(edges.size - 2, 0))
    count = np.bincount(code, minlength=max(edges.size - 1, 1)).astype(np.float64)
    used = count > 0
    totals = [np.bincount(code, column, count.size)[used] for column in (p, y)]
    low, high = (edges[:-1], edges[1:]) if edges.size > 1 else (edges, edges)
    return Reliability(low[used], high[used], count[used], totals[0] / count[used], totals[1] / count[used])


def expected_calibration_error(
    probability: npt.ArrayLike, outcome: npt.ArrayLike, *, bins: int = 10, binning: Binning = "width"
) -> float:
    """Mean distance between predicted and realised chances over ten groups (Naeini et al. 2015).

    Args:
        probability: predicted chances, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).
        bins: number of groups.
        binning: see `reliability_table`.

    Raises:
        DataError: chances outside 0…1 or outcomes other than 0 and 1.
        TooLittleData: no rows.
    """
    table = reliability_table(probability, outcome, bins=bins, binning=binning)
    return float(table.count @ np.abs(table.predicted - table.observed) / table.count.sum())


def _pairs(probability: npt.ArrayLike, outcome: npt.ArrayLike) -> tuple[Vector, Vector]:
    """Both columns, checked."""
    p, y = vector(probability, "probability"), vector(outcome, "outcome")
    same_length({"probability": p, "outcome": y})
    refuse((p < 0) | (p > 1), p, told("a probability must lie between 0 and 1"))
    refuse((y != 0) & (y != 1), y, told("an outcome must be 0 or 1"))
    enough(p.size, 1, told("predictions"))
    return p, y


def _log_odds(probability: Vector) -> Vector:
    bad = (probability < 0) | (probability > 1)
    if bad.any():
        raise DataError(
            told(
                "{rule}, not {value}", rule=told("a probability must lie between 0 and 1"), value=repr(float(probability[bad][0]))
            )
        )
    return np.asarray(special.logit(np.clip(probability, EDGE, 1.0 - EDGE)), dtype=np.float64)
