"""Customers who buy with a rhythm: the MBG/CNBD-k model.

Platzer and Reutterer (2016), "Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer Activity": as MBG/NBD,
but every purchase takes k hidden ticks of the customer's clock, so that gaps scatter as Erlang-k; k = 1 is MBG/NBD, and the
larger k, the more alike are the gaps and the sooner silence means that somebody is gone. Given his rate, "no purchase since the
last one" is "fewer than k ticks", a negative binomial chance. Expected purchases are exact here, the paper approximates
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from dangol.algorithms.arrays import Vector, enough, refuse, same_length, vector
from dangol.algorithms.ascent import Slope
from dangol.algorithms.buy_till_you_die import MAX_ITERATIONS, FitReport, Search, horizons, once_each, positive, search
from dangol.algorithms.gamma_steps import digamma_rise, log_rise
from dangol.algorithms.purchase_cells import Cells, aggregate, distinct, histories
from dangol.algorithms.purchase_dropout import BOX, parameters, starts
from dangol.algorithms.ticks import Silence, Ticking
from dangol.core.errors import DataError, told

MOST = 12  # ticks between purchases; gaps more alike than this gain nothing
BLOCK = 512


@dataclass(frozen=True)
class MbgCnbd:
    """A customer base that buys with a rhythm and fades, as four numbers and the ticks between purchases.

    Attributes:
        r: shape of the rates of ticks, above 0.
        alpha: inverse scale of these, in units of time; r / alpha / k is the mean purchase rate of the living.
        a: first shape of the chance to stop after a purchase.
        b: second shape; a / (a + b) is the mean chance.
        k: ticks from one purchase to the next, a whole number from 1 (no rhythm).
        report: how the numbers were found, None where they were given.
    """

    r: float
    alpha: float
    a: float
    b: float
    k: int
    report: FitReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        positive("MBG/CNBD-k", {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b})
        _whole(self.k)

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer has not stopped buying yet.

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        return self._alive(*histories(x, t_x, T))

    def expected_purchases(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """How many purchases each customer will make within the horizon.

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        living = once_each(self._expected_if_alive, horizons(horizon, x.size), x, t_x, T)
        return np.asarray(self._alive(x, t_x, T) * living, dtype=np.float64)

    def expected_purchases_new(self, horizon: npt.ArrayLike) -> Vector:
        """How many repeat purchases a customer of today will make within the horizon.

        Args:
            horizon: one number or shape (n,).

        Raises:
            DataError: a negative horizon.
        """
        today = np.zeros(np.size(horizon))
        return self.expected_purchases(horizon, today, today, today)

    def probability_of_purchase(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer buys at least once within the horizon.

        He can stop only after a purchase, so it is P(alive) times the chance that the silence since the last
        purchase does not last to the end of the horizon.

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        return np.asarray(self._alive(x, t_x, T) * self._buys_if_alive(horizons(horizon, x.size), x, t_x, T), dtype=np.float64)

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> float:
        """How well the numbers explain the histories but for the gaps between purchases (natural logarithm, summed).

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        cells = aggregate(x, t_x, T)
        theta = np.log([self.r, self.alpha / self.r, self.a, self.b / self.a])
        return cells.customers * Likelihood(cells, self.k).value_and_gradient(theta)[0]

    def _silence(self, x: Vector, t_x: Vector, until: Vector) -> Silence:
        return Silence.of(self.r + self.k * x, self.alpha + t_x, until - t_x, self.k)

    def _alive(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        silent = self._silence(x, t_x, T).log_chance
        return np.asarray(special.expit(silent + np.log(self.b + x) - np.log(self.a)), dtype=np.float64)

    def _buys_if_alive(self, horizon: Vector, x: Vector, t_x: Vector, T: Vector) -> Vector:
        so_far, to_the_end = self._silence(x, t_x, T).log_chance, self._silence(x, t_x, T + horizon).log_chance
        return np.asarray(-np.expm1(np.minimum(to_the_end - so_far, 0.0)), dtype=np.float64)

    def _expected_if_alive(self, horizon: Vector, x: Vector, t_x: Vector, T: Vector) -> Vector:
        states = self._silence(x, t_x, T).ticks
        shape, ratio, stay = self.r + self.k * x, horizon / (self.alpha + T), self.b + x + 1.0
        parts = [slice(start, start + BLOCK) for start in range(0, x.size, BLOCK)]
        values = [Ticking(shape[part], ratio[part], states[:, part]).purchases(self.a, stay[part]) for part in parts]
        so_far = np.arange(self.k) @ states
        to_come = (shape + so_far) * ratio
        ceiling = np.minimum((so_far + to_come) / self.k, to_come)
        return np.clip(np.concatenate(values), self._buys_if_alive(horizon, x, t_x, T), ceiling)


class Likelihood:
    """The mean log-likelihood of a set of histories and its slope for given k, gaps between purchases left out.

    Args:
        cells: the histories, in any unit of time.
        k: ticks between purchases.
    """

    def __init__(self, cells: Cells, k: int) -> None:
        self._weight = cells.weight / cells.customers
        self._cells, self._k = cells, k
        self._x, self._x_code = distinct(cells.frequency)
        self._weight_by_x = np.bincount(self._x_code, self._weight)

    def value_and_gradient(self, theta: Vector) -> tuple[float, Vector]:
        """The mean log-likelihood at a point and its slope along each coordinate.

        Args:
            theta: (log r, log alpha/r, log a, log b/a), shape (4,).
        """
        r, a = float(np.exp(theta[0])), float(np.exp(theta[2]))
        alpha, b = r * float(np.exp(theta[1])), a * float(np.exp(theta[3]))
        last, by_rate = self._last_purchase(r, alpha)
        stayed, by_stop = self._stayed(a, b)
        silent, slopes = self._silent(r, alpha, a, b)
        by_r, by_alpha, by_a, by_b = np.array([r, alpha, a, b]) * (np.concatenate([by_rate, by_stop]) + slopes)
        return last + stayed + silent, np.array([by_r + by_alpha, by_alpha, by_a + by_b, by_b])

    def _last_purchase(self, r: float, alpha: float) -> tuple[float, Vector]:
        """Terms of the ticks up to the last purchase: value, slopes in r and alpha."""
        ticks, t_x = self._k * self._cells.frequency, self._cells.recency
        log_time = self._weight @ np.log1p(t_x / alpha)
        each = self._k * self._x
        value = self._weight_by_x @ log_rise(r, each) - self._weight_by_x @ each * np.log(alpha)
        value -= self._weight @ ((r + ticks) * np.log1p(t_x / alpha))
        by_r = self._weight_by_x @ digamma_rise(r, each) - log_time
        by_alpha = self._weight @ ((r * t_x / alpha - ticks) / (alpha + t_x))
        return float(value), np.array([by_r, by_alpha])

    def _stayed(self, a: float, b: float) -> tuple[float, Vector]:
        """Terms of having stayed after every purchase: value, slopes in a and b."""
        weight, occasions = self._weight_by_x, self._x + 1.0
        any_ = digamma_rise(a + b, occasions)
        value = weight @ (log_rise(b, occasions) - log_rise(a + b, occasions))
        return float(value), np.array([-weight @ any_, weight @ (digamma_rise(b, occasions) - any_)])

    def _silent(self, r: float, alpha: float, a: float, b: float) -> tuple[float, Vector]:
        """Terms of having stopped, or been silent since: value, slopes in r, alpha, a, b."""
        t_x, T = self._cells.recency, self._cells.age
        shape = r + self._k * self._cells.frequency
        silence = Silence.of(shape, alpha + t_x, T - t_x, self._k)
        log_stop = (np.log(a) - np.log(b + self._x))[self._x_code]
        value = np.logaddexp(silence.log_chance, log_stop)
        alive = self._weight * np.exp(silence.log_chance - value)
        steps = np.cumsum([np.zeros_like(shape), *(1.0 / (shape + tick) for tick in range(self._k - 1))], axis=0)
        by_r = alive @ (np.einsum("kn,kn->n", silence.ticks, steps) - np.log1p((T - t_x) / (alpha + t_x)))
        so_far = np.arange(self._k) @ silence.ticks
        by_alpha = alive @ (shape / (alpha + t_x) - (shape + so_far) / (alpha + T))
        stopped = self._weight - alive
        by_b = -stopped @ (1.0 / (b + self._x))[self._x_code]
        return float(self._weight @ value), np.array([by_r, by_alpha, stopped.sum() / a, by_b])


def fit(cells: Cells, k: int, *, max_iterations: int = MAX_ITERATIONS) -> MbgCnbd:
    """The four numbers that explain a customer base best (maximum likelihood) for a given rhythm.

    Args:
        cells: histories from `aggregate`, in any unit of time.
        k: ticks between purchases, from 1.
        max_iterations: steps allowed for each starting point.

    Raises:
        DataError: k below 1 or not whole.
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """

    def likelihood(scaled: Cells) -> Slope:
        return Likelihood(scaled, k).value_and_gradient

    _whole(k)
    best, unit, report = search(cells, Search(BOX, lambda rate: starts(k * rate), likelihood), max_iterations)
    r, alpha, a, b = parameters(best.theta, unit)
    # k ticks a purchase: the unit of time enters k times
    in_unit = report.log_likelihood - (k - 1) * cells.repeat_purchases * float(np.log(unit))
    report = replace(report, log_likelihood=in_unit)
    return MbgCnbd(r=r, alpha=alpha, a=a, b=b, k=k, report=report)


def fit_rhythm(cells: Cells, log_gaps: float, *, most: int = MOST) -> MbgCnbd:
    """The rhythm, too, found from the gaps: k rises as long as that explains histories and gaps better.

    Args:
        cells: histories from `aggregate`, in any unit of time.
        log_gaps: sum of the natural logarithms of all gaps between purchases, of all customers, in that unit;
            see `purchase_events.gaps`.
        most: largest k tried.

    Returns:
        The best model; its report's log-likelihood leaves the gaps out.

    Raises:
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """
    best, best_value = fit(cells, 1), -np.inf
    for k in range(1, most + 1):
        found = best if k == 1 else fit(cells, k)
        assert found.report is not None
        value = found.report.log_likelihood + (k - 1) * log_gaps - cells.repeat_purchases * float(special.gammaln(k))
        if value <= best_value:
            break
        best, best_value = found, value
    return best


def wheat_morrison(first_gap: npt.ArrayLike, second_gap: npt.ArrayLike) -> float:
    """How regular buying is, from two successive gaps of each customer: 1 no rhythm, 2 and more a clear one.

    Wheat and Morrison (1990), "Estimating Purchase Regularity with Two Interpurchase Times": for Erlang-k gaps the share of
    the first in both scatters as Beta(k, k), whatever the customer's rate, with variance 1 / (4 (2k + 1)).

    Args:
        first_gap: above 0, shape (n,), one customer a row.
        second_gap: the gap after it, above 0, shape (n,).

    Raises:
        DataError: gaps that are not above 0, or lengths that differ.
        TooLittleData: fewer than two customers.
    """
    one, two = vector(first_gap, "first_gap"), vector(second_gap, "second_gap")
    same_length({"first_gap": one, "second_gap": two})
    for column in (one, two):
        refuse(column <= 0, column, told("a gap must be above 0"))
    enough(one.size, 2, told("customers with two gaps"))
    # about its known mean of a half, not the sample's
    variance = float(np.mean((one / (one + two) - 0.5) ** 2))
    return (1.0 - 4.0 * variance) / (8.0 * variance) if variance > 0 else np.inf


def _whole(k: int) -> None:
    if k < 1 or k != int(k):
        raise DataError(told("k must be a whole number from 1, not {value}", value=repr(k)))
