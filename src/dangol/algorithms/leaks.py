"""How closely one column goes with an outcome: closer than anything known beforehand could, and it was filled in afterwards.

Every figure is cross-fitted: rates of values are learnt on four fifths of the rows and held against the fifth, so that a column
of numbers that never repeat knows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dangol.algorithms.arrays import Vector, Whole, enough, refuse, same_length, vector
from dangol.algorithms.ranking import auc
from dangol.core.errors import TooLittleData, told

FOLDS, BINS = 5, 20
STRENGTH = 5.0  # as many rows with the usual rate are believed beside a value's own
# A value decides where nineteen of twenty rows with it ended alike, and more surely than the outcome's own rarity explains.
SURE_YES, SURE_NO, RARER = 0.9, 0.05, 0.2
EDGE = 1e-6
Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Link:
    """What one column tells about an outcome.

    Attributes:
        rows: with a known outcome.
        rate: share of them to which it happened.
        auc: chance that a row to which it happened has a value of higher rate than one to which it did not; 0.5 tells nothing.
        error: standard error of `auc` for a column that tells nothing.
        information: share of the outcome's uncertainty that the value takes away (Theil's U); 1 where it is the outcome, about
            0 or just below where it tells nothing.
        sure_yes, sure_no: share of the rows to which it happened, and did not, whose value all but decides it.
        filled: share of rows with a value.
        filled_rate: share of the filled rows to which it happened.
        missing_auc: AUC of being filled or not alone, at least 0.5.
    """

    rows: int
    rate: float
    auc: float
    error: float
    information: float
    sure_yes: float
    sure_no: float
    filled: float
    filled_rate: float
    missing_auc: float

    @property
    def beyond_luck(self) -> bool:
        """Whether the column tells more than three standard errors of a column that tells nothing."""
        return self.information > 0 and self.auc > 0.5 + 3 * self.error


def link(values: Values, outcome: npt.ArrayLike, *, seed: int = 7) -> Link:
    """Measure one column against an outcome.

    Args:
        values: numbers with NaN for missing, or words with None for missing, shape (n,).
        outcome: 1 where it happened, else 0, shape (n,).
        seed: which rows are held out together.

    Raises:
        DataError: lengths that differ, or outcomes other than 0 and 1.
        TooLittleData: fewer than ten rows, or it happened to everybody or to nobody.
    """
    happened = vector(outcome, "outcome")
    cells, known = cells_of(values)
    same_length({"values": cells.astype(np.float64), "outcome": happened})
    refuse((happened != 0) & (happened != 1), happened, told("an outcome must be 0 or 1"))
    enough(happened.size, 2 * FOLDS, told("rows"))
    yes = float(happened.sum())
    if not 0 < yes < happened.size:
        have = told("{n} of {all} with the outcome", n=f"{yes:.0f}", all=str(happened.size))
        raise TooLittleData.have(have, told("some with and some without"))
    chance, usual = cross_fitted(cells, happened, seed)
    rate = float(happened.mean())
    filled = float(known.mean())
    return Link(
        rows=happened.size,
        rate=rate,
        auc=auc(np.round(chance - usual, 12), happened),
        error=float(np.sqrt((happened.size + 1) / (12 * yes * (happened.size - yes)))),
        information=1 - log_loss(chance, happened) / log_loss(usual, happened),
        sure_yes=float(happened[chance >= SURE_YES].sum() / yes),
        sure_no=float((1 - happened)[chance <= min(SURE_NO, RARER * rate)].sum() / (happened.size - yes)),
        filled=filled,
        filled_rate=float(happened[known].mean()) if filled else rate,
        missing_auc=abs(auc(known.astype(np.float64), happened) - 0.5) + 0.5,
    )


def late_share(moments: npt.NDArray[np.datetime64], outcome: npt.NDArray[np.datetime64]) -> float:
    """Share of the moments of a column that lie at or after the outcome they stand beside; 0 where no row has both.

    Args:
        moments: of the column, NaT where missing, shape (n,).
        outcome: when it happened, NaT where it did not, shape (n,).
    """
    both = ~np.isnat(moments) & ~np.isnat(outcome)
    return float((moments[both] >= outcome[both]).mean()) if both.any() else 0.0


def cells_of(values: Values) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """The cell of each value, missing ones in a cell of their own, and which are known.

    Numbers of more than twenty kinds fall into twenty cells of about as many rows each.
    """
    if values.dtype == object:
        return words_apart(values)
    numbers = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(numbers)
    kinds = np.unique(numbers[known])
    many = len(kinds) > BINS
    edges = np.unique(np.quantile(numbers[known], np.arange(1, BINS) / BINS)) if many else kinds
    return np.where(known, np.searchsorted(edges, numbers), len(edges) + 1).astype(np.int64), known


def words_apart(values: Values) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """A cell for each word."""
    encoded = pa.array(values, type=pa.string(), from_pandas=True).dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, codes < len(encoded.dictionary)


def cross_fitted(cells: Whole, happened: Vector, seed: int) -> tuple[Vector, Vector]:
    """For each row the rate of its cell, and that of all, among the rows of the other folds."""
    fold = np.random.default_rng(seed).permutation(happened.size) % FOLDS
    size = int(cells.max()) + 1
    chance, usual = np.empty(happened.size), np.empty(happened.size)
    for each in range(FOLDS):
        held, taught = fold == each, fold != each
        rate = float(happened[taught].mean())
        times = np.bincount(cells[taught], happened[taught], minlength=size)
        rows = np.bincount(cells[taught], minlength=size)
        chance[held] = ((times + STRENGTH * rate) / (rows + STRENGTH))[cells[held]]
        usual[held] = rate
    return chance, usual


def log_loss(chance: Vector, happened: Vector) -> float:
    """Mean surprise at what happened, in natural units."""
    inside = np.clip(chance, EDGE, 1 - EDGE)
    return float(-np.mean(happened * np.log(inside) + (1 - happened) * np.log(1 - inside)))


def days_before(moments: npt.NDArray[np.datetime64], at: np.datetime64) -> npt.NDArray[np.float64]:
    """How many days before a moment others lie; NaN where missing."""
    return np.where(np.isnat(moments), np.nan, (at - moments).astype("timedelta64[s]").astype(np.float64) / 86_400)
