"""What every model of customers who buy for a while and then stop unseen can be asked, and how such models are found.

The models of this family (BG/NBD, MBG/NBD, Pareto/NBD, MBG/CNBD-k) differ in how a customer stops; they read the same three
figures of his history and give the same answers, so that one may stand in for another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, refuse, vector
from dangol.algorithms.ascent import Box, Ending, Slope, climb
from dangol.algorithms.gamma_steps import digamma_rise, log_rise
from dangol.algorithms.purchase_cells import Cells, distinct, sharing
from dangol.core.errors import DataError, TooLittleData, told

MAX_ITERATIONS = 500


@dataclass(frozen=True)
class FitReport:
    """How the parameters were found, and whether they can be trusted.

    Attributes:
        log_likelihood: natural logarithm, in the caller's unit of time.
        converged: the search ended at a maximum (possibly on a bound).
        iterations: steps over all starts.
        at_bound: parameters that ran to the edge, e.g. "b/a" where nobody ever stops.
        customers: how many customers were used.
    """

    log_likelihood: float
    converged: bool
    iterations: int
    at_bound: tuple[str, ...]
    customers: int


class PurchaseForecast(Protocol):
    """Will they buy again, how often, and who is gone?

    Histories are x repeat purchases, t_x time of the last since the first, T time since the first, all of
    shape (n,) and in the unit of time the parameters are in. Answers are finite and of shape (n,).
    """

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer has not stopped buying yet."""

    def expected_purchases(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """How many purchases each customer will make within the horizon, one number or shape (n,)."""

    def probability_of_purchase(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer buys at least once within the horizon."""


class BuyTillYouDie(PurchaseForecast, Protocol):
    """A customer base that buys and fades, as a few numbers found by maximum likelihood."""

    @property
    def report(self) -> FitReport | None:
        """How the numbers were found, None where they were given."""

    def expected_purchases_new(self, horizon: npt.ArrayLike) -> Vector:
        """How many repeat purchases a customer of today will make within the horizon."""

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> float:
        """How well the numbers explain the histories (natural logarithm, summed)."""


class PurchaseRates:
    """The part of a likelihood that is about how often customers buy: rates drawn from Gamma(r, alpha).

    It is the likelihood of buying x times in T for someone who never stops; what depends on one column only is summed over that
    column's distinct values.
    """

    def __init__(self, cells: Cells) -> None:
        w, x = cells.weight / cells.customers, cells.frequency
        self.x, self.x_code = distinct(x)
        self.age, self.age_code = distinct(cells.age)
        self.weight_by_x = np.bincount(self.x_code, w)
        self.weight_by_age = np.bincount(self.age_code, w)
        self._wx_by_age = np.bincount(self.age_code, w * x)

    def value_and_slopes(self, r: float, alpha: float) -> tuple[float, float, float]:
        """The mean over customers: value, slope in r, slope in alpha."""
        # relative to alpha: no difference of two large logarithms when rates hardly differ
        log_age = np.log1p(self.age / alpha)
        shapes = r * self.weight_by_age + self._wx_by_age
        repeats = self._wx_by_age.sum()
        value = self.weight_by_x @ log_rise(r, self.x) - shapes @ log_age - repeats * np.log(alpha)
        by_r = self.weight_by_x @ digamma_rise(r, self.x) - self.weight_by_age @ log_age
        by_alpha = (shapes @ (self.age / (alpha + self.age)) - repeats) / alpha
        return float(value), float(by_r), float(by_alpha)


@dataclass(frozen=True)
class Search:
    """Where to look for a model's parameters.

    Attributes:
        box: the coordinates and their bounds, for times divided by the customers' mean age.
        starts: from the mean purchases per customer to guesses, the most likely first.
        likelihood: from histories to the mean log-likelihood and its slope at a point.
    """

    box: Box
    starts: Callable[[float], list[Vector]]
    likelihood: Callable[[Cells], Slope]


def search(cells: Cells, plan: Search, max_iterations: int) -> tuple[Ending, float, FitReport]:
    """The most likely parameters of a customer base, searched with times divided by the customers' mean age.

    Args:
        cells: histories in any unit of time.
        plan: what is searched.
        max_iterations: steps allowed for each starting point.

    Returns:
        Where the search ended, the unit its times are in, and the report in the caller's unit.

    Raises:
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """
    if not cells.repeat_purchases:
        have = told("{n} customers without a repeat purchase", n=f"{cells.customers:,.0f}")
        raise TooLittleData.have(have, told("repeat purchases"))
    unit = float(cells.weight @ cells.age) / cells.customers
    if unit <= 0:
        raise TooLittleData.have(told("no time since the first purchases"), told("customers observed for some time"))
    scaled = Cells(cells.frequency, cells.recency / unit, cells.age / unit, cells.weight)
    best = climb(plan.likelihood(scaled), plan.starts(cells.repeat_purchases / cells.customers), plan.box, max_iterations)
    log_likelihood = cells.customers * best.value - cells.repeat_purchases * float(np.log(unit))
    report = FitReport(log_likelihood, best.converged, best.iterations, best.at_bound, round(cells.customers))
    return best, unit, report


def positive(model: str, parameters: dict[str, float]) -> None:
    """Refuse parameters that no population can have.

    Args:
        model: its name, as the message words it.
        parameters: by name.

    Raises:
        DataError: one is not finite or not above 0.
    """
    for name, value in parameters.items():
        if not (np.isfinite(value) and value > 0):
            what = told("{model} parameter {name} must be above 0, not {value}", model=model, name=name, value=repr(value))
            raise DataError(what)


def horizons(horizon: npt.ArrayLike, size: int) -> Vector:
    """The horizon of each customer, checked.

    Args:
        horizon: length of the future, one number or shape (n,).
        size: n.

    Raises:
        DataError: a negative horizon, or neither one nor n of them.
    """
    column = vector(horizon, "horizon")
    refuse(column < 0, column, told("horizon must be at least 0"))
    if column.size not in {1, size}:
        raise DataError(told("horizon has {rows} rows for {size} customers", rows=str(column.size), size=str(size)))
    return np.broadcast_to(column, (size,))


def once_each(function: Callable[..., Vector], *columns: Vector) -> Vector:
    """Work out each different row once and give every customer the answer of his row.

    Args:
        function: from columns of shape (m,) to answers of shape (m,), row by row.
        columns: of shape (n,).
    """
    if not columns[0].size:
        return np.empty(0)
    rows, codes = sharing(*columns)
    return function(*rows)[codes]
