"""Customers who may stop after a purchase: what BG/NBD and MBG/NBD have in common.

While alive a customer buys at a rate drawn from Gamma(r, alpha); at certain purchases he stops with a chance drawn from
Beta(a, b). BG/NBD lets him stop after a repeat purchase only, MBG/NBD after the first one, too; everything else is equal,
with one more occasion to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import special

from dangol.algorithms.arrays import Vector
from dangol.algorithms.ascent import Box, Slope
from dangol.algorithms.buy_till_you_die import FitReport, PurchaseRates, Search, horizons, once_each, positive, search
from dangol.algorithms.dropout_mixture import expected_while_alive
from dangol.algorithms.gamma_steps import digamma_rise, log_rise
from dangol.algorithms.purchase_cells import Cells, aggregate, distinct, histories

# log r, log(alpha / r), log a, log(b / a), with time divided by the mean age: in these coordinates the
# flat valleys of the likelihood (equal rates, nobody stops) run along an axis and end at a bound
BOX = Box(
    names=("r", "alpha/r", "a", "b/a"),
    low=np.log([1e-4, 1e-7, 1e-6, 1e-4]),
    high=np.log([1e3, 1e6, 1e3, 1e6]),
)


@dataclass(frozen=True)
class PurchaseDropout:
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

    name: ClassVar[str]
    first_counts: ClassVar[bool]  # whether he may stop after the very first purchase

    def __post_init__(self) -> None:
        positive(self.name, {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b})

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer has not stopped buying yet.

        By BG/NBD's construction it is 1 for everybody without a repeat purchase.

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        return self._alive(*histories(x, t_x, T))

    def expected_purchases(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """How many purchases each customer will make within the horizon (equation 10 of Fader, Hardie and Lee 2005).

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        return self._alive(x, t_x, T) * _for_each_state(self._expected_if_alive, horizons(horizon, x.size), x, T)

    def expected_purchases_new(self, horizon: npt.ArrayLike) -> Vector:
        """How many repeat purchases a customer of today will make within the horizon (equation 9).

        Args:
            horizon: one number or shape (n,).

        Raises:
            DataError: a negative horizon.
        """
        today = np.zeros(np.size(horizon))
        return self.expected_purchases(horizon, today, today, today)

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
        ratio = horizons(horizon, x.size) / (self.alpha + T)
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
        return cells.customers * Likelihood(cells, first_counts=self.first_counts).value_and_gradient(theta)[0]

    def _occasions(self, x: Vector) -> Vector:
        """Purchases after which each customer could have stopped."""
        return x + self.first_counts

    def _alive(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        occasions = self._occasions(x)
        log_odds = (self.r + x) * np.log1p((T - t_x) / (self.alpha + t_x))
        log_odds += np.log(self.a) - np.log(np.where(occasions > 0, self.b + occasions - 1.0, 1.0))
        return np.where(occasions > 0, special.expit(-log_odds), 1.0)

    def _expected_if_alive(self, horizon: Vector, x: Vector, T: Vector) -> Vector:
        return expected_while_alive(self.r + x, horizon / (self.alpha + T), self.a, self.b + self._occasions(x))


def _for_each_state(function: Callable[[Vector, Vector, Vector], Vector], horizon: Vector, x: Vector, T: Vector) -> Vector:
    """A function of horizon, x and T, worked out once for customers who share them; t_x plays no part in it."""
    if horizon.size and horizon.strides == (0,):
        return once_each(lambda x, T: function(np.full(x.size, horizon[0]), x, T), x, T)
    return function(horizon, x, T)


class Likelihood:
    """The mean log-likelihood of a set of histories and its slope, ready to be evaluated often.

    Args:
        cells: the histories, in any unit of time.
        first_counts: whether a customer may stop after the very first purchase (MBG/NBD).
    """

    def __init__(self, cells: Cells, *, first_counts: bool = False) -> None:
        self._rates = PurchaseRates(cells)
        self._occasions = self._rates.x + first_counts
        w, x = cells.weight / cells.customers, cells.frequency
        again = x + first_counts > 0
        self._again_weight, self._again_x = w[again], x[again]
        self._again_x_code, self._again_age_code = self._rates.x_code[again], self._rates.age_code[again]
        self._recency, self._recency_code = distinct(cells.recency[again])

    def value_and_gradient(self, theta: Vector) -> tuple[float, Vector]:
        """The mean log-likelihood at a point and its slope along each coordinate.

        Args:
            theta: (log r, log alpha/r, log a, log b/a), shape (4,).
        """
        r, a = np.exp(theta[0]), np.exp(theta[2])
        alpha, b = r * np.exp(theta[1]), a * np.exp(theta[3])
        purchases, by_r, by_alpha = self._rates.value_and_slopes(r, alpha)
        dropouts, by_a, by_b = self._dropout_part(a, b)
        stopped, slopes = self._stopped_part(r, alpha, a, b)
        by_r, by_alpha = r * (by_r + slopes[0]), alpha * (by_alpha + slopes[1])
        by_a, by_b = a * by_a + slopes[2], b * (by_b + slopes[3])
        value = float(purchases + dropouts + stopped)
        return value, np.array([by_r + by_alpha, by_alpha, by_a + by_b, by_b])

    def _dropout_part(self, a: float, b: float) -> tuple[float, float, float]:
        """Terms of having stayed at every occasion: value, slope in a, slope in b."""
        weight, occasions = self._rates.weight_by_x, self._occasions
        stayed, any_ = digamma_rise(b, occasions), digamma_rise(a + b, occasions)
        value = weight @ (log_rise(b, occasions) - log_rise(a + b, occasions))
        return float(value), float(-weight @ any_), float(weight @ (stayed - any_))

    def _stopped_part(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Vector]:
        """Terms of perhaps having stopped after the last purchase: value, slopes in r, alpha, log a, b."""
        age = self._rates.age
        log_age, log_recency = np.log(alpha + age), np.log(alpha + self._recency)
        silence = log_age[self._again_age_code] - log_recency[self._recency_code]
        stay = np.where(self._occasions > 0, b + self._occasions - 1.0, 1.0)
        shape = self._again_x + r
        log_odds = shape * silence + (np.log(a) - np.log(stay))[self._again_x_code]
        tail = np.exp(-np.abs(log_odds))
        value = self._again_weight @ (np.maximum(log_odds, 0.0) + np.log1p(tail))
        stopped = self._again_weight * np.where(log_odds > 0, 1.0, tail) / (1.0 + tail)
        by_age, by_recency = 1.0 / (alpha + age), 1.0 / (alpha + self._recency)
        steps = by_age[self._again_age_code] - by_recency[self._recency_code]
        by_stay = (1.0 / stay)[self._again_x_code]
        slopes = [stopped @ silence, (stopped * shape) @ steps, stopped.sum(), -(stopped @ by_stay)]
        return float(value), np.array(slopes)


def searched(cells: Cells, max_iterations: int, *, first_counts: bool) -> tuple[tuple[float, float, float, float], FitReport]:
    """The four most likely numbers (r, alpha, a, b) of a customer base, and how they were found.

    Args:
        cells: histories from `aggregate`, in any unit of time.
        max_iterations: steps allowed for each starting point.
        first_counts: whether a customer may stop after the very first purchase.

    Raises:
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """

    def likelihood(scaled: Cells) -> Slope:
        return Likelihood(scaled, first_counts=first_counts).value_and_gradient

    best, unit, report = search(cells, Search(BOX, starts, likelihood), max_iterations)
    return parameters(best.theta, unit), report


def parameters(theta: Vector, unit: float) -> tuple[float, float, float, float]:
    """r, alpha, a, b in the caller's unit of time, from the coordinates of the search.

    Args:
        theta: (log r, log alpha/r, log a, log b/a), shape (4,).
        unit: what times were divided by.
    """
    r, per_purchase, a, odds = (float(value) for value in np.exp(theta))
    return r, r * per_purchase * unit, a, a * odds


def starts(rate: float) -> list[Vector]:
    """Guesses around the mean rate: usual, hardly anybody stops, most stop, all much alike."""
    guesses = ((0.5, 0.8, 3.0), (2.0, 0.1, 20.0), (0.2, 3.0, 1.0), (20.0, 5.0, 10.0))
    return [np.log([r, 0.7 / rate, a, odds]) for r, a, odds in guesses]
