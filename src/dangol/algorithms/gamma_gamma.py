"""What a customer's next purchases will be worth on average: the gamma-gamma model.

Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value": purchase values of one customer
scatter as Gamma(p, nu) around his own mean, and nu differs between customers as Gamma(q, gamma).
The model assumes that how much a customer spends says nothing about how often he buys.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from dangol.algorithms.arrays import Vector, enough, refuse, same_length, vector
from dangol.algorithms.ascent import Box, climb
from dangol.algorithms.buy_till_you_die import FitReport
from dangol.algorithms.purchase_cells import distinct
from dangol.core.errors import DataError, told

# log p, log q, log(gamma p / q): the last is about the mean value, with values divided by their mean
BOX = Box(names=("p", "q", "gamma"), low=np.log([1e-3, 1e-3, 1e-6]), high=np.log([1e4, 1e4, 1e6]))
FURTHEST = 5.0  # a population mean beyond this many observed means is not believed


@dataclass(frozen=True)
class GammaGamma:
    """How purchase values differ between customers and within one, as three numbers.

    Attributes:
        p: shape of the values of one customer.
        q: shape of the differences between customers; at 1 or below the model's mean is infinite.
        gamma: scale, in money.
        observed_mean: mean value over the customers the fit used, in money.
        report: how the numbers were found, None where they were given.
    """

    p: float
    q: float
    gamma: float
    observed_mean: float
    report: FitReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in ("p", "q", "gamma", "observed_mean"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise DataError(
                    told(
                        "{model} parameter {name} must be above 0, not {value}", model="gamma-gamma", name=name, value=repr(value)
                    )
                )

    @property
    def mean_is_capped(self) -> bool:
        """True where the values are so unequal that the model has no usable mean and the observed one stands in."""
        return self.q <= 1.0 or self.p * self.gamma / (self.q - 1.0) > FURTHEST * self.observed_mean

    @property
    def population_mean(self) -> float:
        """The value to expect of a customer about whom nothing is known, in money; always finite."""
        return self.observed_mean if self.mean_is_capped else self.p * self.gamma / (self.q - 1.0)

    def expected_value(self, frequency: npt.ArrayLike, mean_value: npt.ArrayLike) -> Vector:
        """The mean value to expect of each customer's purchases: his own, drawn towards everybody's.

        The weight of his own mean is px / (px + q - 1); where `mean_is_capped` it is px / (px + q), so
        that it stays below 1. Customers without a repeat purchase get the population mean.

        Args:
            frequency: purchases behind `mean_value`, shape (n,).
            mean_value: mean value of these purchases in money, shape (n,); ignored where frequency is 0.

        Raises:
            DataError: a negative frequency, a value that is not finite, or lengths that differ.
        """
        x, m = vector(frequency, "frequency"), vector(mean_value, "mean_value")
        same_length({"frequency": x, "mean_value": m})
        refuse(x < 0, x, told("frequency must be at least 0"))
        own = self.p * x
        weight = own / (own + (self.q if self.mean_is_capped else self.q - 1.0))
        return np.asarray(np.where(x > 0, weight * m + (1.0 - weight) * self.population_mean, self.population_mean))


class SpendLikelihood:
    """The mean log-likelihood of customers' mean values and its slope, ready to be evaluated often."""

    def __init__(self, frequency: Vector, mean_value: Vector) -> None:
        self._x, codes = distinct(frequency)
        self._share = np.bincount(codes) / codes.size
        self._frequency, self._total = frequency, frequency * mean_value
        self._log_value = np.log(mean_value)
        self._x_log_total = float(np.mean(frequency * np.log(self._total)))

    def value_and_gradient(self, theta: Vector) -> tuple[float, Vector]:
        """The mean log-likelihood at a point and its slope along each coordinate.

        Args:
            theta: (log p, log q, log(gamma p / q)), shape (3,).
        """
        p, q = np.exp(theta[0]), np.exp(theta[1])
        gamma = np.exp(theta[2]) * q / p
        own = p * self._x
        # relative to gamma, so that a huge q does not cost digits
        log_rest = np.log1p(self._total / gamma)
        shape = p * self._frequency + q
        steps = self._share @ (special.gammaln(own + q) - special.gammaln(own)) - special.gammaln(q)
        mean_x = float(self._share @ self._x)
        own_part = p * (self._x_log_total - mean_x * np.log(gamma)) - self._log_value.mean()
        value = steps + own_part - np.mean(shape * log_rest)
        rise = special.digamma(own + q)
        x_log = self._x_log_total - mean_x * np.log(gamma) - np.mean(self._frequency * log_rest)
        by_p = self._share @ (self._x * (rise - special.digamma(own))) + x_log
        by_q = self._share @ rise - special.digamma(q) - log_rest.mean()
        by_gamma = (np.mean(shape * self._total / (gamma + self._total)) - p * mean_x) / gamma
        in_gamma = gamma * by_gamma
        return float(value), np.array([p * by_p - in_gamma, q * by_q + in_gamma, in_gamma])


def fit(frequency: npt.ArrayLike, mean_value: npt.ArrayLike, *, max_iterations: int = 500) -> GammaGamma:
    """The three numbers that explain customers' mean purchase values best (maximum likelihood).

    Args:
        frequency: purchases behind each mean, shape (n,); rows with 0 are left out.
        mean_value: mean value of these purchases in money, above 0 where frequency is, shape (n,).
        max_iterations: steps allowed for each starting point.

    Raises:
        TooLittleData: fewer than two customers with a repeat purchase.
        DataError: a value of 0 or below on a row with purchases, or see `arrays.vector`.
    """
    x, m = vector(frequency, "frequency"), vector(mean_value, "mean_value")
    same_length({"frequency": x, "mean_value": m})
    refuse((x > 0) & (m <= 0), m, told("mean value must be above 0 where there are purchases"))
    x, m = x[x > 0], m[x > 0]
    enough(x.size, 2, told("customers with a repeat purchase"))
    mean = float(m.mean())
    starts = [np.log([p, q, 1.0]) for p, q in ((5.0, 4.0), (1.0, 2.0), (30.0, 30.0))]
    best = climb(SpendLikelihood(x, m / mean).value_and_gradient, starts, BOX, max_iterations)
    p, q, scale = (float(value) for value in np.exp(best.theta))
    log_likelihood = x.size * (best.value - float(np.log(mean)))
    report = FitReport(log_likelihood, best.converged, best.iterations, best.at_bound, int(x.size))
    return GammaGamma(p=p, q=q, gamma=scale * q / p * mean, observed_mean=mean, report=report)
