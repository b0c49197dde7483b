"""Who is still a customer and how often he will buy, when he may stop at any moment: the Pareto/NBD model.

Schmittlein, Morrison and Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do Next?": while alive a
customer buys at a rate drawn from Gamma(r, alpha) and stops at a rate drawn from Gamma(s, beta), whether he buys or not. Formulas
after Fader and Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions". Times may be in any unit as long
as it is the same everywhere; parameters come out in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from dangol.algorithms.arrays import Vector
from dangol.algorithms.ascent import Box, Slope
from dangol.algorithms.buy_till_you_die import (
    MAX_ITERATIONS,
    FitReport,
    PurchaseRates,
    Search,
    horizons,
    once_each,
    positive,
    search,
)
from dangol.algorithms.gamma_race import Race, log_area, race
from dangol.algorithms.purchase_cells import Cells, aggregate, histories

# log r, log(alpha / r), log s, log(beta / s), with time divided by the mean age: equal rates and nobody
# stopping run along an axis and end at a bound
BOX = Box(
    names=("r", "alpha/r", "s", "beta/s"),
    low=np.log([1e-4, 1e-7, 1e-4, 1e-4]),
    high=np.log([1e3, 1e6, 1e3, 1e6]),
)


@dataclass(frozen=True)
class ParetoNbd:
    """A customer base in which anybody may stop at any moment, as four numbers.

    Attributes:
        r: shape of the purchase rates, above 0.
        alpha: inverse scale of the rates, in units of time; r / alpha is the mean rate of the living.
        s: shape of the rates of stopping, above 0.
        beta: inverse scale of these, in units of time; s / beta is the mean rate of stopping.
        report: how the numbers were found, None where they were given.
    """

    r: float
    alpha: float
    s: float
    beta: float
    report: FitReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        positive("Pareto/NBD", {"r": self.r, "alpha": self.alpha, "s": self.s, "beta": self.beta})

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer has not stopped buying yet (equation 11 of Schmittlein et al.).

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        return once_each(self._alive, *histories(x, t_x, T))

    def expected_purchases(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """How many purchases each customer will make within the horizon (equation 41 of Fader and Hardie).

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        rate, scale = (self.r + x) / (self.alpha + T), self.beta + T
        stretch = np.log1p(horizons(horizon, x.size) / scale)
        # (1 - e^(-(s-1) stretch)) / (s-1), also where s is 1
        living = scale * stretch * special.exprel((1.0 - self.s) * stretch)
        return np.asarray(once_each(self._alive, x, t_x, T) * rate * living, dtype=np.float64)

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

        For one who is alive his next purchase must come before he stops and within the horizon. With what
        is known of his rates that is the integral over u from 0 to the horizon of the density of buying
        first at u, m/A (1 + u/A)^-(m+1), times the chance of not having stopped, (1 + u/B)^-s, where
        m = r + x, A = alpha + T, B = beta + T; one minus it is P(X = 0) of Fader, Hardie and Jerath (2014),
        "Deriving an Expression for P(X(t, t+tau) = x) Under the Pareto/NBD Model".

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        buys = once_each(self._buys_if_alive, horizons(horizon, x.size), x, T)
        return np.asarray(once_each(self._alive, x, t_x, T) * buys, dtype=np.float64)

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
        theta = np.log([self.r, self.alpha / self.r, self.s, self.beta / self.s])
        return cells.customers * Likelihood(cells).value_and_gradient(theta)[0]

    def _alive(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        m, A, B = self.r + x, self.alpha + t_x, self.beta + t_x
        area = log_area(m, A, self.s + 1.0, B, T - t_x)
        return np.asarray(special.expit(-_log_odds_stopped(m, A, self.s, B, T - t_x, area)), dtype=np.float64)

    def _buys_if_alive(self, horizon: Vector, x: Vector, T: Vector) -> Vector:
        m, A = self.r + x, self.alpha + T
        log_chance = np.log(m / A) + log_area(m + 1.0, A, self.s, self.beta + T, horizon)
        # no more than with a customer who never stops
        return np.asarray(np.minimum(np.exp(log_chance), -np.expm1(-m * np.log1p(horizon / A))), dtype=np.float64)


def _log_odds_stopped(m: Vector, A: Vector, s: float, B: Vector, silence: Vector, area: Vector) -> Vector:
    """Log odds of having stopped since the last purchase against being alive; minus infinity without silence."""
    return np.asarray(np.log(s) - np.log(B) + area + m * np.log1p(silence / A) + s * np.log1p(silence / B), dtype=np.float64)


class Likelihood:
    """The mean log-likelihood of a set of histories and its slope, ready to be evaluated often."""

    def __init__(self, cells: Cells) -> None:
        self._rates = PurchaseRates(cells)
        self._weight = cells.weight / cells.customers
        self._x, self._recency = cells.frequency, cells.recency
        self._silence = cells.age - cells.recency

    def value_and_gradient(self, theta: Vector) -> tuple[float, Vector]:
        """The mean log-likelihood at a point and its slope along each coordinate.

        Args:
            theta: (log r, log alpha/r, log s, log beta/s), shape (4,).
        """
        r, s = float(np.exp(theta[0])), float(np.exp(theta[2]))
        alpha, beta = r * float(np.exp(theta[1])), s * float(np.exp(theta[3]))
        purchases, by_r, by_alpha = self._rates.value_and_slopes(r, alpha)
        staying, by_s, by_beta = self._staying_part(s, beta)
        stopped, slopes = self._stopped_part(r, alpha, s, beta)
        by_r, by_alpha = r * (by_r + slopes[0]), alpha * (by_alpha + slopes[1])
        by_s, by_beta = s * (by_s + slopes[2]), beta * (by_beta + slopes[3])
        return purchases + staying + stopped, np.array([by_r + by_alpha, by_alpha, by_s + by_beta, by_beta])

    def _staying_part(self, s: float, beta: float) -> tuple[float, float, float]:
        """Terms of having stayed until today: value, slope in s, slope in beta."""
        weight, age = self._rates.weight_by_age, self._rates.age
        stay = float(weight @ np.log1p(age / beta))
        return -s * stay, -stay, s / beta * float(weight @ (age / (beta + age)))

    def _stopped_part(self, r: float, alpha: float, s: float, beta: float) -> tuple[float, Vector]:
        """Terms of perhaps having stopped since the last purchase: value, slopes in r, alpha, s, beta."""
        m, A, B = self._x + r, self._recency + alpha, self._recency + beta
        found = race(m, A, s + 1.0, B, self._silence)
        log_odds = _log_odds_stopped(m, A, s, B, self._silence, found.log_area)
        value = float(self._weight @ np.logaddexp(0.0, log_odds))
        return value, self._slopes(self._weight * special.expit(log_odds), (m, A, s, B), found)

    def _slopes(self, stopped: Vector, known: tuple[Vector, Vector, float, Vector], found: Race) -> Vector:
        """Slopes in r, alpha, s, beta of the log odds of having stopped, weighted by the chance of it."""
        m, A, s, B = known
        silence = self._silence
        slopes = (
            np.log1p(silence / A) - found.log_first,
            m * (1.0 / (A + silence) - found.inverse_first),
            np.log1p(silence / B) - found.log_second + 1.0 / s,
            s / (B + silence) - (s + 1.0) * found.inverse_second,
        )
        return np.array([stopped @ slope for slope in slopes])


def fit(cells: Cells, *, max_iterations: int = MAX_ITERATIONS) -> ParetoNbd:
    """The four numbers that explain a customer base best (maximum likelihood, exact slope, L-BFGS-B, bounded).

    Args:
        cells: histories from `aggregate`, in any unit of time.
        max_iterations: steps allowed for each starting point.

    Raises:
        TooLittleData: nobody bought twice, or no time has passed since the first purchases.
    """
    best, unit, report = search(cells, Search(BOX, starts, likelihood), max_iterations)
    r, per_purchase, s, per_stop = (float(value) for value in np.exp(best.theta))
    return ParetoNbd(r=r, alpha=r * per_purchase * unit, s=s, beta=s * per_stop * unit, report=report)


def likelihood(cells: Cells) -> Slope:
    """The function whose maximum `fit` searches.

    Args:
        cells: histories, times divided by their mean age.
    """
    return Likelihood(cells).value_and_gradient


def starts(rate: float) -> list[Vector]:
    """Guesses around the mean rate: usual, hardly anybody stops, most stop soon, all much alike.

    Args:
        rate: mean purchases of a customer in the mean age.
    """
    guesses = ((0.5, 0.6, 1.0), (2.0, 1.0, 20.0), (0.3, 0.3, 0.1), (20.0, 5.0, 2.0))
    return [np.log([r, 0.7 / rate, s, per_stop]) for r, s, per_stop in guesses]
