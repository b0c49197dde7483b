"""Who is still a customer and how often he will buy: the BG/NBD model.

Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way": while alive a customer buys at a
rate drawn from Gamma(r, alpha); after each repeat purchase he stops with a chance drawn from Beta(a, b).
Times may be in any unit as long as it is the same everywhere; parameters come out in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from dangol.algorithms.arrays import Vector, refuse, vector
from dangol.algorithms.ascent import Box, climb
from dangol.algorithms.dropout_mixture import expected_while_alive
from dangol.algorithms.gamma_steps import digamma_rise, log_rise
from dangol.algorithms.purchase_cells import Cells, aggregate, distinct, histories
from dangol.core.errors import DataError, TooLittleData

__all__ = ["BgNbd", "Cells", "FitReport", "Likelihood", "aggregate", "fit"]

# log r, log(alpha / r), log a, log(b / a), with time divided by the mean age: in these coordinates the
# flat valleys of the likelihood (equal rates, nobody stops) run along an axis and end at a bound
BOX = Box(
    names=("r", "alpha/r", "a", "b/a"),
    low=np.log([1e-4, 1e-7, 1e-6, 1e-4]),
    high=np.log([1e3, 1e6, 1e3, 1e6]),
)


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


@dataclass(frozen=True)
class BgNbd:
    """How a customer base buys and fades, as four numbers.

    Attributes:
        r: shape of the purchase rates, above 0.
        alpha: inverse scale of the rates, in units of time; r / alpha is the mean rate of the living.
        a: first shape of the chance to stop after a purchase.
        b: second shape; a / (a + b) is the mean chance.
        report: how the numbers were found, None where they were given.
    """

    r: float
    alpha: float
    a: float
    b: float
    report: FitReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in ("r", "alpha", "a", "b"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise DataError(f"BG/NBD parameter {name} must be above 0, not {value!r}")

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer has not stopped buying yet.

        It is 1 for everybody without a repeat purchase, by the model's construction.

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        return self._alive(*histories(x, t_x, T))

    def expected_purchases(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """How many purchases each customer will make within the horizon (equation 10 of the paper).

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        ratio = _horizon(horizon, x.size) / (self.alpha + T)
        return self._alive(x, t_x, T) * expected_while_alive(self.r + x, ratio, self.a, self.b + x)

    def expected_purchases_new(self, horizon: npt.ArrayLike) -> Vector:
        """How many repeat purchases a customer of today will make within the horizon (equation 9).

        Args:
            horizon: one number or shape (n,).

        Raises:
            DataError: a negative horizon.
        """
        ratio = _horizon(horizon, np.size(horizon)) / self.alpha
        every = np.ones_like(ratio)
        return expected_while_alive(self.r * every, ratio, self.a, self.b * every)

    def probability_of_purchase(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer buys at least once within the horizon.

        Given that he is alive, rate and chance to stop are independent and the rate is
        Gamma(r + x, alpha + T); he can stop only after a purchase, so the next one comes for certain and
        P = P(alive) * (1 - ((alpha + T) / (alpha + T + horizon)) ** (r + x)).

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        ratio = _horizon(horizon, x.size) / (self.alpha + T)
        return np.asarray(self._alive(x, t_x, T) * -np.expm1(-(self.r + x) * np.log1p(ratio)), dtype=np.float64)

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> float:
        """How well the four numbers explain the histories, summed over customers (natural logarithm).

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        cells = aggregate(x, t_x, T)
        theta = np.log([self.r, self.alpha / self.r, self.a, self.b / self.a])
        return cells.customers * Likelihood(cells).value_and_gradient(theta)[0]

    def _alive(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        log_odds = (self.r + x) * np.log1p((T - t_x) / (self.alpha + t_x))
        log_odds += np.log(self.a) - np.log(np.where(x > 0, self.b + x - 1.0, 1.0))
        return np.where(x > 0, special.expit(-log_odds), 1.0)


class Likelihood:
    """The mean log-likelihood of a set of histories and its slope, ready to be evaluated often.

    What depends on one column only is summed over that column's distinct values.
    """

    def __init__(self, cells: Cells) -> None:
        w, x = cells.weight / cells.customers, cells.frequency
        self._x, x_code = distinct(x)
        self._age, age_code = distinct(cells.age)
        self._w_by_x = np.bincount(x_code, w)
        self._w_by_age = np.bincount(age_code, w)
        self._wx_by_age = np.bincount(age_code, w * x)
        again = x > 0
        self._again_weight, self._again_x = w[again], x[again]
        self._again_x_code, self._again_age_code = x_code[again], age_code[again]
        self._recency, self._recency_code = distinct(cells.recency[again])

    def value_and_gradient(self, theta: Vector) -> tuple[float, Vector]:
        """The mean log-likelihood at a point and its slope along each coordinate.

        Args:
            theta: (log r, log alpha/r, log a, log b/a), shape (4,).
        """
        r, a = np.exp(theta[0]), np.exp(theta[2])
        alpha, b = r * np.exp(theta[1]), a * np.exp(theta[3])
        purchases, by_r, by_alpha = self._purchase_part(r, alpha)
        dropouts, by_a, by_b = self._dropout_part(a, b)
        stopped, slopes = self._stopped_part(r, alpha, a, b)
        by_r, by_alpha = r * (by_r + slopes[0]), alpha * (by_alpha + slopes[1])
        by_a, by_b = a * by_a + slopes[2], b * (by_b + slopes[3])
        value = float(purchases + dropouts + stopped)
        return value, np.array([by_r + by_alpha, by_alpha, by_a + by_b, by_b])

    def _purchase_part(self, r: float, alpha: float) -> tuple[float, float, float]:
        """Terms of the purchase rate: value, slope in r, slope in alpha."""
        # relative to alpha: no difference of two large logarithms when rates hardly differ
        log_age = np.log1p(self._age / alpha)
        shapes = r * self._w_by_age + self._wx_by_age
        repeats = self._wx_by_age.sum()
        value = self._w_by_x @ log_rise(r, self._x) - shapes @ log_age - repeats * np.log(alpha)
        by_r = self._w_by_x @ digamma_rise(r, self._x) - self._w_by_age @ log_age
        by_alpha = (shapes @ (self._age / (alpha + self._age)) - repeats) / alpha
        return float(value), float(by_r), float(by_alpha)

    def _dropout_part(self, a: float, b: float) -> tuple[float, float, float]:
        """Terms of having stayed x times: value, slope in a, slope in b."""
        stayed, any_ = digamma_rise(b, self._x), digamma_rise(a + b, self._x)
        value = self._w_by_x @ (log_rise(b, self._x) - log_rise(a + b, self._x))
        return float(value), float(-self._w_by_x @ any_), float(self._w_by_x @ (stayed - any_))

    def _stopped_part(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Vector]:
        """Terms of perhaps having stopped after the last purchase: value, slopes in r, alpha, log a, b."""
        log_age, log_recency = np.log(alpha + self._age), np.log(alpha + self._recency)
        silence = log_age[self._again_age_code] - log_recency[self._recency_code]
        stay = b + self._x - 1.0
        stay[self._x == 0] = 1.0
        shape = self._again_x + r
        log_odds = shape * silence + (np.log(a) - np.log(stay))[self._again_x_code]
        tail = np.exp(-np.abs(log_odds))
        value = self._again_weight @ (np.maximum(log_odds, 0.0) + np.log1p(tail))
        stopped = self._again_weight * np.where(log_odds > 0, 1.0, tail) / (1.0 + tail)
        by_age, by_recency = 1.0 / (alpha + self._age), 1.0 / (alpha + self._recency)
        steps = by_age[self._again_age_code] - by_recency[self._recency_code]
        by_stay = (1.0 / stay)[self._again_x_code]
        slopes = [stopped @ silence, (stopped * shape) @ steps, stopped.sum(), -(stopped @ by_stay)]
        return float(value), np.array(slopes)


def fit(cells: Cells, *, max_iterations: int = 500) -> BgNbd:
    """The four numbers that explain a customer base best (maximum likelihood).

    The search runs in logarithms with the exact slope (L-BFGS-B, bounded); further starting
    points are tried only where the first does not end inside the bounds.

    Args:
        cells: histories from `aggregate`, in any unit of time.
        max_iterations: steps allowed for each starting point.

    Raises:
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """
    if not cells.repeat_purchases:
        raise TooLittleData.have(f"{cells.customers:,.0f} customers without a repeat purchase", "repeat purchases")
    unit = float(cells.weight @ cells.age) / cells.customers
    if unit <= 0:
        raise TooLittleData.have("no time since the first purchases", "customers observed for some time")
    scaled = Cells(cells.frequency, cells.recency / unit, cells.age / unit, cells.weight)
    starts = _starts(cells.repeat_purchases / cells.customers)
    best = climb(Likelihood(scaled).value_and_gradient, starts, BOX, max_iterations)
    r, per_purchase, a, odds = (float(value) for value in np.exp(best.theta))
    report = FitReport(
        log_likelihood=cells.customers * best.value - cells.repeat_purchases * float(np.log(unit)),
        converged=best.converged,
        iterations=best.iterations,
        at_bound=best.at_bound,
        customers=round(cells.customers),
    )
    return BgNbd(r=r, alpha=r * per_purchase * unit, a=a, b=a * odds, report=report)


def _starts(rate: float) -> list[Vector]:
    """Guesses around the mean rate: usual, hardly anybody stops, most stop, all much alike."""
    guesses = ((0.5, 0.8, 3.0), (2.0, 0.1, 20.0), (0.2, 3.0, 1.0), (20.0, 5.0, 10.0))
    return [np.log([r, 0.7 / rate, a, odds]) for r, a, odds in guesses]


def _horizon(horizon: npt.ArrayLike, size: int) -> Vector:
    """The horizon of each customer, checked."""
    column = vector(horizon, "horizon")
    refuse(column < 0, column, "horizon must be at least 0")
    if column.size not in {1, size}:
        raise DataError(f"horizon has {column.size!r} rows for {size!r} customers")
    return np.broadcast_to(column, (size,))
