"""How long until something happens, when for many it has not happened yet (Kaplan and Meier 1958)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dangol.algorithms.arrays import Vector, enough, fraction, refuse, same_length, vector
from dangol.core.errors import told


@dataclass(frozen=True)
class SurvivalCurve:
    """Share to whom it has not happened yet, after each time at which it happened to somebody.

    Attributes:
        times: ascending times with at least one event, shape (k,).
        at_risk: people still under observation just before.
        events: to how many it happened then.
        survival: share without the event just after.
        error: standard error of that share (Greenwood).
        low: lower end of the interval on the log(-log) scale.
        high: upper end.
        level: of the interval.
        last: longest time anybody was observed.
    """

    times: Vector
    at_risk: Vector
    events: Vector
    survival: Vector
    error: Vector
    low: Vector
    high: Vector
    level: float
    last: float

    def at(self, time: npt.ArrayLike) -> Vector:
        """Share without the event at given times; beyond the last observation the curve stays level."""
        place = np.searchsorted(self.times, vector(time, "time"), side="right")
        return np.concatenate([[1.0], self.survival])[place]

    def quantile(self, share: float) -> float | None:
        """The time by which it has happened to this share of people, None where the data do not reach it.

        Where the curve lies level exactly there, the earlier end of the step is taken.

        Raises:
            DataError: a share outside 0…1.
        """
        return _first_below(self.times, self.survival, 1.0 - fraction(share, "share"))

    def median(self) -> float | None:
        """The time by which it has happened to half of the people, None where fewer had it."""
        return self.quantile(0.5)

    def quantile_interval(self, share: float) -> tuple[float | None, float | None]:
        """Where that time may lie (Brookmeyer and Crowley 1982); an open end is None.

        Raises:
            DataError: a share outside 0…1.
        """
        left = 1.0 - fraction(share, "share")
        return _first_below(self.times, self.low, left), _first_below(self.times, self.high, left)


def kaplan_meier(
    duration: npt.ArrayLike, happened: npt.ArrayLike, *, entry: npt.ArrayLike | None = None, level: float = 0.95
) -> SurvivalCurve:
    """The share without the event over time, counting those still waiting as long as they were seen.

    Args:
        duration: time to the event or to the end of observation, at least 0, shape (n,).
        happened: 1 where it was the event, 0 where observation ended first, shape (n,).
        entry: time from which each was seen, where that was not the beginning: before it nobody is at risk (delayed entry);
            shape (n,), at most the duration.
        level: of the interval.

    Raises:
        DataError: a negative duration, a mark other than 0 and 1, an entry after the duration, lengths that differ.
        TooLittleData: no rows.
    """
    time, mark = vector(duration, "duration"), vector(happened, "happened")
    same_length({"duration": time, "happened": mark})
    refuse(time < 0, time, told("duration must be at least 0"))
    refuse((mark != 0) & (mark != 1), mark, told("happened must be 0 or 1"))
    begun = np.full(time.size, -1.0) if entry is None else vector(entry, "entry")
    same_length({"duration": time, "entry": begun})
    refuse(begun > time, begun, told("entry must not lie after the duration"))
    seen = begun < time  # the others were observed for no time at all
    time, mark, begun = time[seen], mark[seen], begun[seen]
    enough(time.size, 1, told("durations"))
    times, events = np.unique(time[mark == 1], return_counts=True)
    at_risk = np.searchsorted(np.sort(begun), times, side="left") - np.searchsorted(np.sort(time), times, side="left")
    survival: Vector = np.cumprod(1.0 - events / at_risk, dtype=np.float64)
    error, low, high = _greenwood(survival, events, at_risk, fraction(level, "level"))
    floats = at_risk.astype(np.float64), events.astype(np.float64)
    return SurvivalCurve(times, *floats, survival, error, low, high, level, float(time.max()))


def _greenwood(
    survival: Vector, events: npt.NDArray[np.int64], at_risk: npt.NDArray[np.int64], level: float
) -> tuple[Vector, Vector, Vector]:
    """Standard error and the interval that stays within 0…1."""
    alive = survival > 0
    left = np.where(alive, at_risk - events, 1)
    relative = np.sqrt(np.cumsum(np.where(alive, events / (at_risk * left), 0.0)))
    inner = np.where(alive, survival, 0.5)
    spread = float(stats.norm.ppf(0.5 + level / 2.0)) * relative / np.abs(np.log(inner))
    # once everybody had the event there is no variance left to speak of: the share is 0
    low = np.where(alive, inner ** np.exp(spread), 0.0)
    high = np.where(alive, inner ** np.exp(-spread), 0.0)
    return np.where(alive, survival * relative, 0.0), low, high


def _first_below(times: Vector, share: Vector, limit: float) -> float | None:
    """The first time at which the share has fallen to the limit; rounding of products is forgiven."""
    reached = np.flatnonzero(share <= limit + 1e-12)
    return float(times[reached[0]]) if reached.size else None
