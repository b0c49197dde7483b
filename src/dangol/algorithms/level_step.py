"""Levels that change from one day or week to the next: filled shares that fall, prices that move by a power of ten.

A place is compared with the median of those before it, and with how far they scatter, so that steady noise raises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.algorithms.arrays import Vector

MAD_TO_SD = 1.4826
DEVIATIONS = 6.0
POWERS = (1.0, 2.0, 3.0)
POWER_WITHIN = 0.15


@dataclass(frozen=True)
class Step:
    """A stretch at another level.

    Attributes:
        first, last: places in the series, the last one included.
        before, after: the levels.
    """

    first: int
    last: int
    before: float
    after: float


def share_falls(shares: Vector, rows: Vector, *, history: int = 8, least_rows: float = 30.0) -> list[Step]:
    """Stretches in which less than half of the usual share is filled.

    Args:
        shares: between 0 and 1, one a week.
        rows: how many rows each share rests on.
        history: how many weeks before are looked at; at least half of them must be there.
        least_rows: weeks with fewer are passed over.
    """
    heavy = np.asarray(rows, dtype=float) >= least_rows
    steps: list[Step] = []
    past: list[float] = []
    for place in np.flatnonzero(heavy).tolist():
        share, level = float(shares[place]), float(np.median(past)) if len(past) >= history // 2 else 0.0
        scatter = MAD_TO_SD * float(np.median(np.abs(np.array(past) - level))) if past else 0.0
        noise = float(np.hypot(np.sqrt(max(level * (1 - level), 0.01) / rows[place]), scatter))
        if level >= 0.2 and share < 0.5 * level and level - share > DEVIATIONS * noise:
            extend(steps, place, level, share)
        else:
            past = [*past, share][-history:]
    return steps


def power_steps(levels: Vector, rows: Vector, *, history: int = 28, least_rows: float = 10.0) -> list[Step]:
    """Stretches in which decimal logarithms lie about 1, 2 or 3 away from those before.

    Args:
        levels: the median of decimal logarithms of each day.
        rows: how many values each median rests on.
        history: how many days before are looked at; at least a quarter of them must be there.
        least_rows: days with fewer are passed over.
    """
    heavy = np.asarray(rows, dtype=float) >= least_rows
    steps: list[Step] = []
    past: list[float] = []
    for place in np.flatnonzero(heavy & np.isfinite(levels)).tolist():
        value = float(levels[place])
        usual = float(np.median(past)) if len(past) >= history // 4 else value
        if any(abs(abs(value - usual) - power) < POWER_WITHIN for power in POWERS):
            extend(steps, place, usual, value)
        else:
            past = [*past, value][-history:]
    return steps


def extend(steps: list[Step], place: int, before: float, after: float) -> None:
    """Add a place to the last stretch if it follows it closely and lies at its level, else begin another one."""
    last = steps[-1] if steps else None
    if last is not None and place - last.last <= 3 and abs(last.before - before) < 0.5:
        steps[-1] = Step(last.first, place, last.before, after)
    else:
        steps.append(Step(place, place, before, after))


def bursts(counts: Vector, totals: Vector, *, history: int = 8, times: float = 3.0, least: float = 20.0) -> list[Step]:
    """Weeks in which a value's share of all rows is several times its usual one, beyond chance.

    Args:
        counts: rows with the value, one number a week.
        totals: all rows of the week.
        history: how many weeks before are looked at; all of them must be there.
        times: how many times the usual share.
        least: rows with the value that a week must have; half of it where there was none before.
    """
    steps: list[Step] = []
    past: list[tuple[float, float]] = []
    for place in range(len(counts)):
        count, total = float(counts[place]), float(totals[place])
        known = past[-history:]
        usual = usual_share(known)
        enough = least if with_value(known) >= least else least / 2
        if len(known) >= history and count >= enough and stands_out(count, usual * total, times, scatter_of(known)):
            extend(steps, place, usual, count / max(total, 1.0))
        else:
            past.append((count, total))
    return steps


def with_value(known: list[tuple[float, float]]) -> float:
    """Rows with the value in the weeks before."""
    return sum(each for each, _ in known)


def usual_share(known: list[tuple[float, float]]) -> float:
    """The share of rows that had the value in the weeks before; half a row more, so that it is never 0."""
    return (with_value(known) + 0.5) / (sum(rows for _, rows in known) + 1.0)


def stands_out(count: float, expected: float, times: float, scatter: float) -> bool:
    """Whether a week has several times the rows that were to be expected, and more than chance explains."""
    noise = float(np.sqrt(expected + 1.0)) * scatter
    return count > times * expected and count - expected > DEVIATIONS * noise


def scatter_of(known: list[tuple[float, float]]) -> float:
    """How much more the counts of the weeks before scatter than chance alone lets them; at least 1."""
    counts = np.array([each for each, _ in known])
    totals = np.array([rows for _, rows in known])
    if not counts.size or not totals.sum():
        return 1.0
    expected = totals * counts.sum() / totals.sum()
    return float(max(1.0, np.sqrt(np.mean((counts - expected) ** 2 / np.maximum(expected, 1.0)))))
