"""Rates of groups with few cases each, drawn towards all as far as their differences are luck.

The share that each group is believed by itself follows from how much rates differ beyond what chance explains (moments of the
beta-binomial; Kleinman 1973). Where they do not differ at all, everybody has the common rate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, refuse, same_length, vector
from dangol.core.errors import TooLittleData, told

MOST = 1e6  # as many cases of all beside a group's own mean that groups do not differ


@dataclass(frozen=True)
class ShrunkRates:
    """What groups have in common.

    Attributes:
        mean: the rate of all.
        strength: cases of the common rate that are believed beside a group's own.
    """

    mean: float
    strength: float

    def apply(self, times: npt.ArrayLike, trials: npt.ArrayLike) -> Vector:
        """The rate of each group, shape (n,).

        Args:
            times: how often it happened, shape (n,).
            trials: of how many, shape (n,).
        """
        happened, of = vector(times, "times"), vector(trials, "trials")
        return (happened + self.strength * self.mean) / (of + self.strength)


def fit(times: npt.ArrayLike, trials: npt.ArrayLike) -> ShrunkRates:
    """Learn how much groups differ.

    Args:
        times: how often it happened in each group, shape (n,).
        trials: of how many, at least `times`, shape (n,); groups without any say nothing.

    Raises:
        DataError: lengths that differ, negative counts, or more times than trials.
        TooLittleData: no trials at all.
    """
    happened, of = vector(times, "times"), vector(trials, "trials")
    same_length({"times": happened, "trials": of})
    refuse((happened < 0) | (happened > of), happened, told("times must lie between 0 and trials"))
    some = of > 0
    if not some.any():
        raise TooLittleData.have(told("{n} {what}", n="0", what=told("cases")), told("at least {n}", n="1"))
    happened, of = happened[some], of[some]
    total, mean = float(of.sum()), float(happened.sum() / of.sum())
    spread = float(of @ (happened / of - mean) ** 2)
    reach = total - float(of @ of) / total
    between = (spread - (len(of) - 1) * mean * (1 - mean)) / reach if reach > 0 else 0.0
    strength = mean * (1 - mean) / between - 1 if between > 0 else MOST
    return ShrunkRates(mean, float(np.clip(strength, 1.0, MOST)))
