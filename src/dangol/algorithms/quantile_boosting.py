"""When, not how likely: boosted trees for the middle and both ends of a duration, with ends that hold what they promise.

Trees learn quantiles of days (Koenker and Bassett 1978 for the loss). Both ends start from nothing. The middle is the mean of
fits from nothing, from half of a simple guess and from all of it, which err differently: their mean did better than starting from
nothing or from all of it. The window between the lower and the upper end is widened or narrowed by how far past durations fell
outside of it (conformalised quantile regression: Romano, Patterson and Candès 2019).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, enough, fraction, refuse, same_length, vector
from dangol.algorithms.boosting import FEW_ROWS, Encoder, threads
from dangol.core.errors import told

LOWER, MIDDLE, UPPER = 0.1, 0.5, 0.9
STARTS = (0.0, 0.5, 1.0)  # shares of the guess that the fits of the middle start from
FEWEST = 30  # durations a window is corrected by; with fewer its ends are single customers' luck
SHORTEST = 0.25  # days; below that nothing is told apart


@dataclass(frozen=True)
class Durations:
    """Fitted quantiles of a duration.

    Attributes:
        boosters: for the lower end, the upper end, and one for the middle from each of the starts.
        encoder: how columns become the trees' matrix.
        widen: days that both ends are moved apart by; below 0 they come closer.
    """

    boosters: tuple[lgb.Booster, ...]
    encoder: Encoder
    widen: float = 0.0

    def days(self, columns: Mapping[str, npt.NDArray[Any]], guess: npt.ArrayLike) -> Vector:
        """Lower end, middle and upper end in days, ascending, shape (n, 3).

        Args:
            columns: the features it was fitted with, each of shape (n,).
            guess: the simple guess of each customer in days, shape (n,).
        """
        matrix, start = self.encoder.matrix(columns), vector(guess, "guess")
        low, high, *middles = (
            share * start + np.asarray(booster.predict(matrix, num_threads=threads(len(matrix))))
            for share, booster in zip((0.0, 0.0, *STARTS), self.boosters, strict=True)
        )
        found = np.sort(np.column_stack([low, np.mean(middles, axis=0), high]), axis=1)
        moved = found + np.array([-self.widen, 0.0, self.widen])
        middle = moved[:, [1]]
        ends = np.hstack([np.minimum(moved[:, [0]], middle), middle, np.maximum(moved[:, [2]], middle)])
        return np.asarray(np.maximum(ends, SHORTEST), dtype=np.float64)


def fit(
    columns: Mapping[str, npt.NDArray[Any]], names: Sequence[str], days: npt.ArrayLike, guess: npt.ArrayLike, *, seed: int
) -> Durations:
    """Fit trees for the lower end, the middle and the upper end.

    Args:
        columns: feature columns, each of shape (n,); object columns are categories.
        names: which of them to use.
        days: how long it took, at least 0, shape (n,).
        guess: a simple guess of it, shape (n,).
        seed: makes fits repeatable.

    Raises:
        DataError: a negative or missing duration, or lengths that differ.
    """
    taken, start = vector(days, "days"), vector(guess, "guess")
    same_length({"days": taken, "guess": start})
    refuse(taken < 0, taken, told("days must be at least 0"))
    encoder = Encoder.learn(columns, names)
    data = lgb.Dataset(
        encoder.matrix(columns), label=taken, categorical_feature=encoder.categorical, free_raw_data=False,
        feature_name=[f"c{place}" for place in range(len(encoder.names))],
        params={"max_bin": 127, "verbosity": -1, "feature_pre_filter": False, "num_threads": threads(len(taken))},
    )  # fmt: skip
    rounds = 80 if len(taken) < FEW_ROWS else 100
    tasks = [(LOWER, 0.0, seed), (UPPER, 0.0, seed), *((MIDDLE, share, seed + more) for more, share in enumerate(STARTS))]
    grown = (
        lgb.train(settings(level, taken.size, each), data.set_label(taken - share * start), rounds)
        for level, share, each in tasks
    )
    return Durations(tuple(grown), encoder)


def settings(level: float, size: int, seed: int) -> dict[str, Any]:
    """LightGBM's settings for a quantile: very small trees, strong shrinkage, the same for every company."""
    return {
        "objective": "quantile", "alpha": level, "learning_rate": 0.06, "num_leaves": 6, "lambda_l2": 5.0,
        "min_data_in_leaf": max(20, min(200, size // 100)), "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1,
        "cat_smooth": 50.0, "verbosity": -1, "seed": seed, "deterministic": True, "force_row_wise": True,
        "num_threads": threads(size),
    }  # fmt: skip


def widening(low: npt.ArrayLike, high: npt.ArrayLike, days: npt.ArrayLike, level: float = 0.8) -> float:
    """Days that both ends are moved apart by, so that a stated share falls between them.

    Args:
        low, high: both ends in days, shape (n,), on customers the trees were not fitted to.
        days: how long it took them, shape (n,).
        level: share that is to fall between the ends.

    Raises:
        DataError: lengths that differ, or a level outside 0…1.
        TooLittleData: fewer than 30 durations.
    """
    ends = {"low": vector(low, "low"), "high": vector(high, "high"), "days": vector(days, "days")}
    same_length(ends)
    enough(ends["days"].size, FEWEST, told("customers"))
    outside = np.sort(np.maximum(ends["low"] - ends["days"], ends["days"] - ends["high"]))
    place = min(int(np.ceil((outside.size + 1) * fraction(level, "level"))), outside.size)
    return float(outside[place - 1])
