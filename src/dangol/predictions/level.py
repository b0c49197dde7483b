"""How far off sums were in the past: the correction of a total, and the range it is likely to fall into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dangol.core.declare import Array, Block, TotalRange

YEAR = 365.0
FURTHEST = np.log(1.25)  # no correction goes further than this
SEASON_NEAR = 15.0  # days by which a moment may miss the same season of the year before
# How much of a quarter's sales season alone explains, as a standard deviation of logarithms; retail in general, not learnt here.
UNSEEN_SEASON = 0.15
# How far off totals are where nothing is known of past ones, as a standard deviation of logarithms, and how many past totals that
# belief outweighs: three real companies on earlier ends, and invented ones a year ahead, were off by 0.07 to 0.10.
USUAL, WORTH = 0.10, 4.0
LEAST_SPREAD = 0.02


@dataclass(frozen=True)
class Level:
    """What past totals teach about the next one.

    Attributes:
        shift: logarithm of the factor that corrects a sum; 0 where past errors show no pattern.
        spread: standard deviation of what is left, in logarithms, for one horizon.
        weight: past totals behind the spread, what is usual counted in.
        horizon: days each of them looked ahead.
    """

    shift: float = 0.0
    spread: float = float(np.hypot(USUAL, UNSEEN_SEASON))
    weight: float = WORTH
    horizon: float = 90.0

    def factors(self, days: float, level: float = 0.8) -> tuple[float, float]:
        """What a total is multiplied with for both ends of its range.

        Longer horizons than were judged are less sure, with the square root of their length.

        Args:
            days: how far the total looks ahead.
            level: how often the truth is to fall into the range.
        """
        reach = self.sure(level) * self.spread * self.longer(days)
        return float(np.exp(-reach)), float(np.exp(reach))

    def range_of_groups(self, days: float, between: float, level: float = 0.8) -> TotalRange:
        """How sums over everybody and over groups get their ranges.

        Args:
            days: how far the sums look ahead.
            between: standard deviation of the error that customers of a group share, for one horizon.
            level: how often the truth is to fall into the range.
        """
        sure = self.sure(level)
        return TotalRange(*self.factors(days, level), level, own=sure, group=sure * between * self.longer(days))

    def sure(self, level: float) -> float:
        """How many standard deviations a range reaches, given that the deviation itself is learnt from few totals."""
        return float(stats.t.ppf((1 + level) / 2, self.weight))

    def longer(self, days: float) -> float:
        """How much further a longer horizon than was judged may be off."""
        return float(np.sqrt(max(1.0, days / self.horizon) * (1 + 1 / self.weight)))


def learn(blocks: Sequence[Block], expected: Sequence[float], actual: Sequence[float]) -> Level:
    """Correction and range from what was expected at past moments and what came.

    The mean error of the past, and how far the same season of the year before stood out from it, are each believed as far
    as they exceed the scatter of past errors (James and Stein): x · max(0, 1 − scatter² / x²). The range rests on the errors
    that the correction leaves, each counting as much as its moment knew of what is known today, and on what is usual (the
    posterior of a normal variance under a scaled inverse chi-squared belief). Where less than a year and the horizon is known,
    season adds to it.

    Args:
        blocks: past moments, the latest last.
        expected: the total expected at each.
        actual: the total that came.
    """
    kept = judgeable(blocks, expected, actual)
    errors = np.log([actual[place] / expected[place] for place in kept])
    same = np.array([abs(blocks[place].cutoff - YEAR) <= SEASON_NEAR for place in kept], dtype=bool)
    usually, in_season = learnt(errors, same)
    latest = blocks[-1]
    known = np.array([blocks[place].history_days for place in kept]) / max(latest.history_days + latest.cutoff, 1.0)
    weight = WORTH + float(known.sum())
    left = errors - np.where(same, in_season, usually)
    spread = np.sqrt((WORTH * USUAL**2 + float(known @ left**2)) / weight)
    return Level(in_season, float(np.hypot(spread, unseen_season(latest))), weight, float(latest.horizon_days))


def judgeable(blocks: Sequence[Block], expected: Sequence[float], actual: Sequence[float]) -> list[int]:
    """Places of past moments that say something: something was expected and something came."""
    return [place for place in range(len(blocks)) if expected[place] > 0 and actual[place] > 0]


def unseen_season(latest: Block) -> float:
    """What season adds to a range: nothing where a year and the horizon are known."""
    horizon = float(latest.horizon_days)
    short = latest.history_days + latest.cutoff < YEAR + horizon
    return UNSEEN_SEASON * min(1.0, max(0.0, 1 - horizon / YEAR) * 1.3) if short else 0.0


def learnt(errors: Array, same: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The corrections that past errors teach, in logarithms: for moments of any season, and for now.

    Args:
        errors: of past totals, in logarithms, shape (n,).
        same: which of them stand in the same season of the year before, shape (n,).
    """
    if len(errors) < 2:
        return 0.0, 0.0
    others = (~same).sum() >= 2
    rest = errors[~same] if others else errors
    scatter, mean = float(max(rest.std(ddof=1), LEAST_SPREAD)), float(rest.mean())
    usually = believed(mean, scatter)
    season = believed(float(errors[same].mean()) - mean, scatter) if same.any() and others else 0.0
    return bounded(usually), bounded(usually + season)


def believed(deviation: float, scatter: float) -> float:
    """A deviation shrunk by the scatter it stands out from."""
    return deviation * max(0.0, 1 - scatter**2 / deviation**2) if deviation else 0.0


def bounded(correction: float) -> float:
    """A correction that goes no further than is ever right."""
    return float(np.clip(correction, -FURTHEST, FURTHEST))


def scale_to(values: Array, total: float) -> float:
    """The factor that makes values add up to a total; 1 where they add up to nothing."""
    found = float(values.sum())
    return total / found if found > 0 and total > 0 else 1.0
