"""Clocks that jumped: by how many whole hours a profile of the day is moved against another one.

The profile before, smoothed, is taken as the chances of a multinomial; of the 24 turns of it the likeliest is compared with
no turn at all. A turn counts only if it explains the profile well, which a mere change of habits is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.algorithms.arrays import Vector

HOURS = 24
FEWEST_ROWS = 50
LEAST_GAIN = 20.0  # nats: chance gives so much once in 10^8
LEAST_GAIN_PER_ROW = 0.02
GOOD_FIT = 0.4
LEAST_HOURS = 6.0


@dataclass(frozen=True)
class Turn:
    """A profile that fits another one when turned.

    Attributes:
        hours: −11 to 12; positive where rows now seem later than before.
        gain: how much likelier the turn is than none, in nats per row.
    """

    hours: int
    gain: float


def hour_shift(now: Vector, before: Vector) -> Turn | None:
    """The turn of the day between two profiles; None where there is none, or too little to tell.

    Args:
        now, before: rows in each of the 24 hours.
    """
    current, earlier = np.asarray(now, dtype=float), np.asarray(before, dtype=float)
    if not (is_telling(current) and is_telling(earlier)):
        return None
    fits = fits_of_turns(current, earlier)
    best = int(np.argmax(fits))
    if not best or not is_clear(fits[0], fits[best], current):
        return None
    return Turn(best if best <= HOURS // 2 else best - HOURS, float((fits[best] - fits[0]) / current.sum()))


def is_telling(profile: Vector) -> bool:
    """Whether a profile has rows enough, in enough hours of the day, to be compared."""
    return bool(profile.sum() >= FEWEST_ROWS and hours_used(profile) >= LEAST_HOURS)


def fits_of_turns(current: Vector, earlier: Vector) -> Vector:
    """How likely a profile is under each of the 24 turns of another one, as logarithms, shape (24,)."""
    chances = (earlier + 0.5) / (earlier.sum() + HOURS / 2)
    return np.array([float(current @ np.log(np.roll(chances, turn))) for turn in range(HOURS)])


def is_clear(unturned: float, turned: float, current: Vector) -> bool:
    """Whether a turn explains a profile beyond chance, by more than a trifle, and well.

    Args:
        unturned, turned: how likely the profile is without and with the turn, as logarithms.
        current: the profile.
    """
    total, entropy = current.sum(), entropy_of(current)
    distance, rest = -unturned / total - entropy, -turned / total - entropy
    gain = turned - unturned
    return bool(gain > LEAST_GAIN and gain / total > LEAST_GAIN_PER_ROW and rest < GOOD_FIT * distance)


def still_turned(now: Vector, before: Vector, hours: int) -> bool:
    """Whether a profile fits another one better turned by some hours than not turned; for the days after a turn was found.

    Args:
        now, before: rows in each of the 24 hours.
        hours: of the turn, as `hour_shift` gives it.
    """
    earlier = np.asarray(before, dtype=float)
    logs = np.log(earlier + 0.5)
    return bool(np.asarray(now, dtype=float) @ (np.roll(logs, hours) - logs) > 0)


def entropy_of(profile: Vector) -> float:
    """Shannon's entropy of a profile, in nats."""
    share = profile / profile.sum()
    positive = share[share > 0]
    return float(-(positive * np.log(positive)).sum())


def hours_used(profile: Vector) -> float:
    """How many hours of the day a profile fills, as the exponential of its entropy."""
    return float(np.exp(entropy_of(profile))) if profile.sum() else 0.0
