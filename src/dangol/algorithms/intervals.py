"""How far a share or a mean measured on some customers may be off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dangol.algorithms.arrays import Vector, enough, fraction, vector
from dangol.core.errors import DataError, TooLittleData, told


@dataclass(frozen=True)
class Interval:
    """A measured figure and the range that the truth lies in with the stated confidence.

    Attributes:
        estimate: the figure.
        low: lower end.
        high: upper end.
        level: confidence, such as 0.95.
    """

    estimate: float
    low: float
    high: float
    level: float


def wilson(successes: float, trials: float, *, level: float = 0.95) -> Interval:
    """The range of a share, sensible for small numbers and shares near 0 and 1 (Wilson 1927).

    Args:
        successes: how often it happened.
        trials: out of how many, above 0.
        level: confidence.

    Raises:
        DataError: more successes than trials, or fewer than 0.
        TooLittleData: no trials.
    """
    if trials <= 0:
        raise TooLittleData.have(told("{n} {what}", n=repr(trials), what=told("trials")), told("at least {n}", n="1"))
    if not 0 <= successes <= trials:
        what = told("successes must lie between 0 and {trials}, not {value}", trials=repr(trials), value=repr(successes))
        raise DataError(what)
    z = normal_quantile(level)
    share = successes / trials
    middle = (share + z * z / (2.0 * trials)) / (1.0 + z * z / trials)
    reach = z / (1.0 + z * z / trials) * np.sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials**2))
    low = 0.0 if successes == 0 else middle - reach
    high = 1.0 if successes == trials else middle + reach
    return Interval(share, float(low), float(high), level)


def mean_interval(values: npt.ArrayLike, *, level: float = 0.95) -> Interval:
    """The range of a mean by Student's t.

    Args:
        values: shape (n,), at least two.
        level: confidence.

    Raises:
        DataError: a value that is not finite.
        TooLittleData: fewer than two values.
    """
    v = vector(values, "values")
    enough(v.size, 2, told("values"))
    reach = float(stats.t.ppf(0.5 + fraction(level, "level") / 2.0, v.size - 1)) * v.std(ddof=1) / np.sqrt(v.size)
    return Interval(float(v.mean()), float(v.mean() - reach), float(v.mean() + reach), level)


def bootstrap_interval(
    values: npt.ArrayLike,
    statistic: Callable[[Vector], float] = lambda sample: float(np.mean(sample)),
    *,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """The range of any figure, by drawing the same customers again and again (Efron's percentiles).

    Args:
        values: shape (n,), at least two.
        statistic: computes the figure from one draw of shape (n,).
        level: confidence.
        draws: how often to draw.
        seed: the same seed gives the same range.

    Raises:
        DataError: a value that is not finite.
        TooLittleData: fewer than two values.
    """
    v = vector(values, "values")
    enough(v.size, 2, told("values"))
    tail = (1.0 - fraction(level, "level")) / 2.0
    chance = np.random.default_rng(seed)
    figures = [statistic(v[chance.integers(0, v.size, v.size)]) for _ in range(draws)]
    low, high = np.quantile(figures, [tail, 1.0 - tail])
    return Interval(statistic(v), float(low), float(high), level)


def normal_quantile(level: float) -> float:
    """How many standard errors reach to each side at this confidence (1.96 at 0.95).

    Raises:
        DataError: a level outside 0…1.
    """
    return float(stats.norm.ppf(0.5 + fraction(level, "level") / 2.0))
