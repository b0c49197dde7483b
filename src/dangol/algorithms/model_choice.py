"""Which model of buying suits this company: each is fitted at an earlier moment and judged on what came after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from dangol.algorithms.arrays import Vector, enough, refuse, same_length, vector
from dangol.algorithms.buy_till_you_die import PurchaseForecast
from dangol.algorithms.consensus import FITS, Consensus, Fit, fit_consensus, fit_surely
from dangol.algorithms.purchase_cells import Cells
from dangol.algorithms.purchase_events import Past
from dangol.core.errors import told

MEDIAN = "median"
LEAST_EXPECTED = 1e-6  # a purchase where none at all was expected is a large error, not an infinite one
WORTHWHILE = 0.005  # a single model must err less than the median by this share of the median's error
SURE = 2.0  # and by this many standard errors
Measure = Literal["deviance", "rmse", "brier"]


def poisson_deviance(expected: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    """How far counts are from what was expected, mean over customers; 0 is perfect.

    Unlike absolute error it cannot be made small by expecting nothing of everybody.

    Args:
        expected: mean counts, at least 0, shape (n,).
        actual: counts, at least 0, shape (n,).

    Raises:
        DataError: negative or not finite values, or lengths that differ.
        TooLittleData: no rows.
    """
    return float(_deviances(*_pairs(expected, actual)).mean())


def root_mean_square(expected: npt.ArrayLike, actual: npt.ArrayLike) -> float:
    """How far counts are from what was expected, in purchases, large errors weighing most; 0 is perfect.

    Args:
        expected: mean counts, at least 0, shape (n,).
        actual: counts, at least 0, shape (n,).

    Raises:
        DataError: negative or not finite values, or lengths that differ.
        TooLittleData: no rows.
    """
    return float(np.sqrt(_squares(*_pairs(expected, actual)).mean()))


@dataclass(frozen=True)
class Choice:
    """The model that did best on time it had not seen.

    Attributes:
        name: its name, "median" for the median of all.
        scores: the measure of each model, smaller is better; those that failed are absent.
        measure: "deviance" (mean Poisson deviance) or "rmse" of purchases, or "brier" of the chance of a purchase.
        fits: name to fit, as judged.
    """

    name: str
    scores: Mapping[str, float]
    measure: Measure
    fits: Mapping[str, Fit]

    def fit(self, cells: Cells) -> PurchaseForecast:
        """The chosen model of today's histories; a simpler one stands in if it fails there.

        Args:
            cells: histories from `aggregate`, in the unit of time of choosing.

        Raises:
            TooLittleData: no time has passed since the first purchases.
        """
        if self.name == MEDIAN or self.name not in self.fits:
            return fit_consensus(cells, self.fits)
        return fit_surely(self.name, cells, self.fits).model


def choose(past: Past, fits: Mapping[str, Fit] = FITS, measure: Measure = "deviance") -> Choice:
    """The model to trust: the median of all, unless a single one was better by more than chance explains.

    A single model is preferred only where it errs less than the median by half a percent and by more than two standard errors of
    the difference, customers being independent: on few customers the best of several is often best by luck.
    Judge by "brier" where the chance of a purchase is what will be used: the two can rank models differently.

    Args:
        past: histories at an earlier moment and the purchases after it, see `purchase_events.past`.
        fits: name to fit.
        measure: what is judged.

    Raises:
        TooLittleData: no customers, or no time has passed since the first purchases.
    """
    consensus = fit_consensus(past.cells, fits)
    errors = _errors(consensus, past, measure)
    scores = {name: float(each.mean()) for name, each in errors.items()}
    best = min(scores, key=lambda name: scores[name])
    lead = errors[MEDIAN] - errors[best]
    sure = lead.mean() > max(SURE * lead.std() / np.sqrt(lead.size), WORTHWHILE * scores[MEDIAN])
    if measure == "rmse":
        scores = {name: float(np.sqrt(score)) for name, score in scores.items()}
    return Choice(best if sure else MEDIAN, scores, measure, fits)


def _errors(consensus: Consensus, past: Past, measure: Measure) -> dict[str, Vector]:
    """Errors of each model and of their median, customer by customer."""
    forecasts: dict[str, PurchaseForecast] = {MEDIAN: consensus, **consensus.models}
    error = _deviances if measure == "deviance" else _squares
    actual = (past.later > 0).astype(np.float64) if measure == "brier" else past.later
    return {name: error(*_pairs(_answer(each, past, measure), actual)) for name, each in forecasts.items()}


def _answer(model: PurchaseForecast, past: Past, measure: Measure) -> Vector:
    """What the measure judges: chances of a purchase, or expected purchases."""
    ask = model.probability_of_purchase if measure == "brier" else model.expected_purchases
    return ask(past.horizon, past.x, past.t_x, past.T)


def _pairs(expected: npt.ArrayLike, actual: npt.ArrayLike) -> tuple[Vector, Vector]:
    """Both columns, checked."""
    e, y = vector(expected, "expected"), vector(actual, "actual")
    same_length({"expected": e, "actual": y})
    refuse(e < 0, e, told("expected must be at least 0"))
    refuse(y < 0, y, told("actual must be at least 0"))
    enough(e.size, 1, told("customers"))
    return e, y


def _deviances(expected: Vector, actual: Vector) -> Vector:
    mean = np.maximum(expected, LEAST_EXPECTED)
    return np.asarray(2.0 * (special.xlogy(actual, actual / mean) - actual + mean), dtype=np.float64)


def _squares(expected: Vector, actual: Vector) -> Vector:
    return np.asarray((expected - actual) ** 2, dtype=np.float64)
