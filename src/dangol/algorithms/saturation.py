"""How much more comes for more money: a curve that flattens, from what was spent and what came in each week.

y = c + a · x / (1 + x / b): c comes anyway, the first unit of money brings a, and at x = b a unit brings a quarter of that
(Michaelis and Menten's curve; Jin et al. 2017 call it a Hill curve of exponent 1). A straight line, b = ∞, is among the
candidates, so that nothing flattens that did not flatten. The curve says what went with spending, not what spending caused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, enough, refuse, same_length, vector
from dangol.core.errors import told

FEWEST_WEEKS = 26
BLOCK = 4  # weeks drawn together, as neighbouring weeks are alike
BENDS = 40


@dataclass(frozen=True)
class Saturation:
    """A fitted curve and how it might as well have come out.

    Attributes:
        anyway: what comes a week without money.
        first: what the first unit of money brings.
        bend: money at which a unit brings a quarter of the first; infinite for a straight line.
        highest: most money that was spent in a week; nothing is known beyond.
        draws: anyway, first and bend of each resample, shape (draws, 3).
    """

    anyway: float
    first: float
    bend: float
    highest: float
    draws: Vector

    def brought(self, spent: npt.ArrayLike) -> Vector:
        """What so much money a week brings, above what comes anyway."""
        return gained(vector(spent, "spent"), self.first, self.bend)


def gained(spent: Vector, first: float, bend: float) -> Vector:
    """What money brings along one curve."""
    return np.asarray(first * spent / (1 + spent / bend), dtype=np.float64)


def fit(spent: npt.ArrayLike, came: npt.ArrayLike, draws: int = 200, seed: int = 0) -> Saturation:
    """Fit by least squares over a grid of bends, with neither c nor a below 0; intervals by drawing blocks of four weeks again.

    Args:
        spent: money of each week in their order, at least 0, shape (n,).
        came: what came in each week, shape (n,).
        draws: resamples for the interval.
        seed: of the resamples; equal seeds give equal intervals.

    Raises:
        TooLittleData: fewer than 26 weeks.
        DataError: money below 0, or columns of different length.
    """
    x, y = vector(spent, "spent"), vector(came, "came")
    same_length({"spent": x, "came": y})
    refuse(x < 0, x, told("money must be at least 0"))
    enough(x.size, FEWEST_WEEKS, told("weeks"))
    weights = np.vstack([np.ones(x.size), block_weights(x.size, draws, seed)])
    found = best(weights, x, y)
    anyway, first, bend = (float(each) for each in found[0])
    return Saturation(anyway, first, bend, highest=float(x.max()), draws=found[1:])


def block_weights(weeks: int, draws: int, seed: int) -> Vector:
    """How often each week is drawn, in circular blocks (Politis and Romano 1992), shape (draws, weeks)."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, weeks, (draws, -(-weeks // BLOCK)))
    drawn = ((starts[:, :, None] + np.arange(BLOCK)) % weeks).reshape(draws, -1)[:, :weeks]
    return np.stack([np.bincount(each, minlength=weeks) for each in drawn]).astype(np.float64).reshape(draws, weeks)


def bends(spent: Vector) -> Vector:
    """Candidates: from a twentieth of a usual week to twenty times the dearest one, and none at all."""
    some = spent[spent > 0]
    if not some.size:
        return np.array([np.inf])
    return np.append(np.geomspace(np.median(some) / 20, some.max() * 20, BENDS), np.inf)


def best(weights: Vector, x: Vector, y: Vector) -> Vector:
    """The best curve for each row of weights: c, a and b, shape (rows, 3)."""
    candidates = bends(x)
    fits = [plane(weights, x / (1 + x / bend), y) for bend in candidates]
    # a straight line comes last and wins where nothing bends better
    errors = np.stack([error for *_, error in fits])
    chosen = len(candidates) - 1 - np.argmin(errors[::-1], axis=0)
    rows = np.arange(len(weights))
    anyway, first = (np.stack([each[place] for each in fits])[chosen, rows] for place in (0, 1))
    return np.column_stack([anyway, first, candidates[chosen]])


def plane(weights: Vector, s: Vector, y: Vector) -> tuple[Vector, Vector, Vector]:
    """Least squares of y on 1 and s with neither coefficient below 0: both, and the squared error, for each row of weights."""
    n, sx, sy = weights.sum(axis=1), weights @ s, weights @ y
    sxx, sxy, syy = weights @ (s * s), weights @ (s * y), weights @ (y * y)
    spread = np.maximum(sxx - sx * sx / n, 0.0)
    slope = np.divide(sxy - sx * sy / n, spread, out=np.zeros_like(n), where=spread > 1e-12 * np.maximum(sxx, 1e-300))
    slope = np.maximum(slope, 0.0)
    level = (sy - slope * sx) / n
    # through the origin where the level would fall below nothing
    steep = np.maximum(np.divide(sxy, sxx, out=np.zeros_like(n), where=sxx > 0), 0.0)
    slope, level = np.where(level < 0, steep, slope), np.maximum(level, 0.0)
    error = syy - 2 * level * sy - 2 * slope * sxy + n * level**2 + 2 * level * slope * sx + slope**2 * sxx
    return level, slope, error
