"""Days on which far less came than usual, told from a series of daily counts by its own weekly pattern and noise.

A day is compared with the same weekday of the eight weeks before it. Residuals are taken of square roots (Anscombe 1948: the
noise of a count is then nearly the same at every level) and measured by the median deviation upwards of the two months before,
so that incidents do not hide themselves. Quiet series are looked at by weeks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from dangol.algorithms.arrays import Vector

WEEK, WEEKS, NOISE_DAYS = 7, 8, 56
FEWEST = 8.0
DEVIATIONS = 5.0
# A day with a tenth of the usual is no chance where every such weekday before had a good part of it.
NEARLY_NOTHING, NEVER_BELOW, SURELY = 0.1, 0.3, 16.0
MAD_TO_SD, NORMAL_80 = 1.4826, 1.2816


@dataclass(frozen=True)
class Drop:
    """A stretch of days with far fewer rows than usual.

    Attributes:
        first, last: places in the series, the last one included.
        expected, found: rows in the stretch.
    """

    first: int
    last: int
    expected: float
    found: float


def sudden_drops(counts: Vector, *, share: float = 0.5) -> list[Drop]:
    """Stretches in which less than a share of the usual came and noise cannot explain it.

    Args:
        counts: one number a day, days without rows as 0, from the first to the last day that counts.
        share: of the usual; less is a drop.
    """
    days = np.asarray(counts, dtype=float)
    if days.size >= (WEEKS // 2 + 1) * WEEK and np.nanmedian(usual(days, WEEK)) >= FEWEST:
        return stretches(days, low_places(days, WEEK, share), usual(days, WEEK), 2)
    whole = days.size // WEEK * WEEK
    weeks = days[days.size - whole :].reshape(-1, WEEK).sum(axis=1)
    if weeks.size <= WEEKS or np.median(weeks) < FEWEST:
        return []
    found = stretches(weeks, low_places(weeks, 1, share), usual(weeks, 1), 1)
    shift = days.size - whole
    return [Drop(each.first * WEEK + shift, each.last * WEEK + shift + WEEK - 1, each.expected, each.found) for each in found]


def usual(series: Vector, step: int) -> Vector:
    """The median of the eight values that lie whole steps before each place; missing where fewer than four are there."""
    return of_past(series, step, np.nanmedian)


def of_past(series: Vector, step: int, summary: Callable[..., Vector]) -> Vector:
    """What sums up the eight values that lie whole steps before each place; missing where fewer than four are there."""
    past = np.full((WEEKS, series.size), np.nan)
    for back in range(1, WEEKS + 1):
        if back * step < series.size:
            past[back - 1, back * step :] = series[: series.size - back * step]
    enough = np.isfinite(past).sum(axis=0) >= WEEKS // 2
    result = np.full(series.size, np.nan)
    if enough.any():
        result[enough] = summary(past[:, enough], axis=0)
    return result


def low_places(series: Vector, step: int, share: float) -> npt.NDArray[np.bool_]:
    """Where the series lies far below its usual value: beyond its noise, or nearly at nothing where it never was."""
    expected = usual(series, step)
    residual = 2 * (np.sqrt(series + 0.375) - np.sqrt(np.where(np.isfinite(expected), expected, series) + 0.375))
    noise = spread_before(residual, NOISE_DAYS if step == WEEK else WEEKS * 2)
    never = of_past(series, step, np.nanmin) > NEVER_BELOW * expected
    nothing = never & (expected >= SURELY) & (series < NEARLY_NOTHING * expected)
    low: npt.NDArray[np.bool_] = (
        np.isfinite(expected) & (expected >= FEWEST) & (series < share * expected) & ((residual < -DEVIATIONS * noise) | nothing)
    )
    return low


def spread_before(residual: Vector, width: int) -> Vector:
    """The robust standard deviation of the residuals before each place, at least that of pure chance.

    Told from the days above the usual alone, which no drop is among: by their median and, where tails are heavy, by their
    four-fifths quantile. Unlimited where too few days tell.
    """
    above = np.where(residual > 0, residual, np.nan)
    windows = sliding_window_view(np.concatenate([np.full(width, np.nan), above[:-1]]), width)
    spread = np.full(residual.size, np.inf)
    enough = np.isfinite(windows).sum(axis=1) >= width // 6 + 2
    if enough.any():
        middle, high = np.nanquantile(windows[enough], [0.5, 0.8], axis=1)
        spread[enough] = np.maximum(1.0, np.maximum(MAD_TO_SD * middle, high / NORMAL_80))
    return spread


def stretches(series: Vector, low: npt.NDArray[np.bool_], expected: Vector, gap: int) -> list[Drop]:
    """Neighbouring low places as stretches; a pause of one place does not part them."""
    found: list[Drop] = []
    begin = last = -1
    for place in np.flatnonzero(low).tolist():
        if begin < 0 or place - last > gap + 1:
            if begin >= 0:
                found.append(stretch(series, expected, begin, last))
            begin = place
        last = place
    return [*found, stretch(series, expected, begin, last)] if begin >= 0 else found


def stretch(series: Vector, expected: Vector, first: int, last: int) -> Drop:
    """One stretch with what was expected and what came."""
    within = slice(first, last + 1)
    return Drop(first, last, float(np.nansum(expected[within])), float(series[within].sum()))
