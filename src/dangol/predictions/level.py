"""How far off sums were in the past: the correction of a total, and the range it is likely to fall into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dangol.core.declare import Array, Block

YEAR = 365.0
FURTHEST = np.log(1.25)  # no correction goes further than this
SEASON_NEAR = 15.0  # days by which a moment may miss the same season of the year before
# How much of a quarter's sales season alone explains, as a standard deviation of logarithms; retail in general, not learnt here.
UNSEEN_SEASON = 0.15
LEAST_SPREAD = 0.02


@dataclass(frozen=True)
class Level:
    """What past totals teach about the next one.

    Attributes:
        shift: logarithm of the factor that corrects a sum; 0 where past errors show no pattern.
        spread: standard deviation of what is left, in logarithms, for one horizon.
        moments: past totals behind both.
        horizon: days each of them looked ahead.
    """

    shift: float = 0.0
    spread: float = UNSEEN_SEASON
    moments: int = 1
    horizon: float = 90.0

    def factors(self, days: float, level: float = 0.8) -> tuple[float, float]:
        """What a total is multiplied with for both ends of its range.

        Longer horizons than were judged are less sure, with the square root of their length.

        Args:
            days: how far the total looks ahead.
            level: how often the truth is to fall into the range.
        """
        student = float(stats.t.ppf((1 + level) / 2, max(self.moments - 1, 2)))
        longer = np.sqrt(max(1.0, days / self.horizon) * (1 + 1 / self.moments))
        reach = student * self.spread * float(longer)
        return float(np.exp(-reach)), float(np.exp(reach))


def learn(blocks: Sequence[Block], expected: Sequence[float], actual: Sequence[float]) -> Level:
    """Correction and range from what was expected at past moments and what came.

    The mean error of the past, and how far the same season of the year before stood out from it, are each believed as far
    as they exceed the scatter of past errors (James and Stein): x · max(0, 1 − scatter² / x²). Where less than a year and the
    horizon is known, season adds to the range.

    Args:
        blocks: past moments, the latest last.
        expected: the total expected at each.
        actual: the total that came.
    """
    kept = judgeable(blocks, expected, actual)
    horizon, season = float(blocks[-1].horizon_days), unseen_season(blocks[-1])
    if len(kept) < 2:
        return Level(0.0, float(np.hypot(season, UNSEEN_SEASON)), max(len(kept), 1), horizon)
    errors = np.log([actual[place] / expected[place] for place in kept])
    same = np.array([abs(blocks[place].cutoff - YEAR) <= SEASON_NEAR for place in kept])
    shift, spread = learnt(errors, same)
    return Level(float(np.clip(shift, -FURTHEST, FURTHEST)), float(np.hypot(spread, season)), len(kept), horizon)


def judgeable(blocks: Sequence[Block], expected: Sequence[float], actual: Sequence[float]) -> list[int]:
    """Places of past moments that say something: something was expected and something came."""
    return [place for place in range(len(blocks)) if expected[place] > 0 and actual[place] > 0]


def unseen_season(latest: Block) -> float:
    """What season adds to a range: nothing where a year and the horizon are known."""
    horizon = float(latest.horizon_days)
    short = latest.history_days + latest.cutoff < YEAR + horizon
    return UNSEEN_SEASON * min(1.0, max(0.0, 1 - horizon / YEAR) * 1.3) if short else 0.0


def learnt(errors: Array, same: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The correction that past errors teach, and the spread that it leaves, both in logarithms.

    Args:
        errors: of past totals, in logarithms, shape (n,).
        same: which of them stand in the same season of the year before, shape (n,).
    """
    rest = errors[~same] if (~same).sum() >= 2 else errors
    scatter = float(max(rest.std(ddof=1), LEAST_SPREAD))
    mean = float(rest.mean())
    shift = believed(mean, scatter)
    if same.any() and (~same).sum() >= 2:
        shift += believed(float(errors[same].mean()) - mean, scatter)
    return shift, float(np.hypot(scatter, mean - believed(mean, scatter)))


def believed(deviation: float, scatter: float) -> float:
    """A deviation shrunk by the scatter it stands out from."""
    return deviation * max(0.0, 1 - scatter**2 / deviation**2) if deviation else 0.0


def scale_to(values: Array, total: float) -> float:
    """The factor that makes values add up to a total; 1 where they add up to nothing."""
    found = float(values.sum())
    return total / found if found > 0 and total > 0 else 1.0
