"""How long contracts last where people can end them at every renewal: the shifted-beta-geometric model.

Fader and Hardie (2007), "How to Project Customer Retention": everybody ends a contract at each renewal with a chance of his own,
and the chances differ between people as Beta(alpha, beta). Those likely to leave leave first, so that the rate of ends falls with
the age of contracts though nobody becomes more loyal. Written with gamma functions the share that lasts holds for parts of a
period as well, and a contract may be looked at from any age on (left truncation) up to any moment (right censoring).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from dangol.algorithms.arrays import Vector, enough, refuse, same_length, vector
from dangol.algorithms.ascent import Box, Slope, climb
from dangol.algorithms.buy_till_you_die import FitReport
from dangol.core.errors import DataError, told

# log alpha and log beta
BOX = Box(names=("alpha", "beta"), low=np.log([1e-3, 1e-3]), high=np.log([1e4, 1e5]))
STARTS = tuple(np.log(each) for each in ([1.0, 5.0], [0.5, 1.0], [20.0, 400.0]))
TINY = 1e-12
STEPS, FEWEST_STEPS = 2, 8  # parts of a period that expectations are added up over, and of all periods at least
NODES, WEIGHTS = (np.polynomial.legendre.leggauss(3)[0] + 1) / 2, np.polynomial.legendre.leggauss(3)[1] / 2


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """How chances to end a contract differ between people, as two numbers.

    Attributes:
        alpha, beta: of the beta distribution of the chance to end at a renewal.
        report: how the numbers were found, None where they were given.
    """

    alpha: float
    beta: float
    report: FitReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name in ("alpha", "beta"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise DataError(
                    told("{model} parameter {name} must be above 0, not {value}", model="sBG", name=name, value=repr(value))
                )

    def survival(self, periods: npt.ArrayLike) -> Vector:
        """Share of contracts that last so many periods, any shape."""
        return np.exp(log_survival(self.alpha, self.beta, np.asarray(periods, dtype=np.float64)))

    def remaining(self, age: npt.ArrayLike, periods: npt.ArrayLike) -> Vector:
        """Chance that contracts which have lasted so long last so many periods more, any shapes that fit."""
        begun = np.asarray(age, dtype=np.float64)
        later = begun + np.asarray(periods, dtype=np.float64)
        return np.exp(log_survival(self.alpha, self.beta, later) - log_survival(self.alpha, self.beta, begun))

    def expected_periods(
        self, age: npt.ArrayLike, periods: float, proneness: npt.ArrayLike = 1.0, steady: npt.ArrayLike = 0.0
    ) -> Vector:
        """Periods that contracts are expected to last of the next so many, shape (n,).

        Args:
            age: periods that each has lasted, shape (n,).
            periods: how far one looks ahead.
            proneness: how many times as prone to end each is as others of its age (the hazard's factor), shape (n,) or one.
            steady: a hazard a period beside it that does not change with age, shape (n,) or one.
        """
        lasted = vector(age, "age")
        # Steps grow longer: where most end at once the share falls within a small part of the first period (Gauss and Legendre).
        edges = periods * np.linspace(0.0, 1.0, max(FEWEST_STEPS, int(np.ceil(periods * STEPS))) + 1) ** 2
        factor, even = (np.broadcast_to(np.asarray(each, dtype=np.float64), lasted.shape) for each in (proneness, steady))
        total = np.zeros(lasted.size)
        for begins, width in zip(edges[:-1], np.diff(edges), strict=True):
            for place, weight in zip(NODES, WEIGHTS, strict=True):
                ahead = begins + width * place
                total += width * weight * self.remaining(lasted, ahead) ** factor * np.exp(-even * ahead)
        return total


def fit(
    entry: npt.ArrayLike, lasted: npt.ArrayLike, ended_by: npt.ArrayLike, *, max_iterations: int = 200
) -> ShiftedBetaGeometric:
    """The two numbers under which what was seen of contracts is most likely.

    Args:
        entry: periods that each contract had lasted when it was first looked at, at least 0, shape (n,).
        lasted: periods after which it was known to be still there, at least `entry`, shape (n,).
        ended_by: periods by which it had ended, infinite where no end was seen, above `lasted`, shape (n,).
        max_iterations: steps of the search for each start.

    Raises:
        DataError: negative or missing periods, an end before it was seen to last, lengths that differ.
        TooLittleData: no contract that was looked at for any time.
    """
    begun, seen = vector(entry, "entry"), vector(lasted, "lasted")
    ended = np.atleast_1d(np.asarray(ended_by, dtype=np.float64))
    same_length({"entry": begun, "lasted": seen, "ended_by": ended})
    refuse(begun < 0, begun, told("entry must be at least 0"))
    refuse(seen < begun, seen, told("lasted must not lie before entry"))
    refuse(~(ended > seen), ended, told("ended_by must lie after lasted"))
    known = np.isfinite(ended) | (seen > begun)
    enough(int(known.sum()), 1, told("contracts"))
    rows, count = np.unique(np.column_stack([begun, seen, ended])[known], axis=0, return_counts=True)
    found = climb(likelihood(rows[:, 0], rows[:, 1], rows[:, 2], count / count.sum()), STARTS, BOX, max_iterations)
    alpha, beta = np.exp(found.theta)
    contracts = int(count.sum())
    report = FitReport(float(found.value * contracts), found.converged, found.iterations, found.at_bound, contracts)
    return ShiftedBetaGeometric(float(alpha), float(beta), report)


def log_survival(alpha: float, beta: float, periods: Vector) -> Vector:
    """Logarithm of the share that lasts: ln B(alpha, beta + t) − ln B(alpha, beta)."""
    lasting = special.gammaln(beta + periods) - special.gammaln(alpha + beta + periods)
    return np.asarray(lasting - special.gammaln(beta) + special.gammaln(alpha + beta), dtype=np.float64)


def log_survival_slopes(alpha: float, beta: float, periods: Vector) -> tuple[Vector, Vector]:
    """How that logarithm changes with alpha and with beta."""
    whole = special.digamma(alpha + beta) - special.digamma(alpha + beta + periods)
    return whole, special.digamma(beta + periods) - special.digamma(beta) + whole


def likelihood(entry: Vector, lasted: Vector, ended_by: Vector, weight: Vector) -> Slope:
    """Mean log-likelihood and its slope by the logarithms of both numbers.

    Contracts that ended count by the chance of an end between `lasted` and `ended_by`, the others by the chance to last; both
    given that they lasted up to `entry`.
    """
    ended = np.isfinite(ended_by)
    last = np.where(ended, ended_by, lasted)

    def function(theta: Vector) -> tuple[float, Vector]:
        alpha, beta = np.exp(theta)
        seen, begun = log_survival(alpha, beta, lasted), log_survival(alpha, beta, entry)
        step = np.minimum(log_survival(alpha, beta, last) - seen, np.where(ended, -TINY, 0.0))
        between = np.where(ended, np.log(-np.expm1(np.where(ended, step, -1.0))), 0.0)
        value = float(weight @ (seen - begun + between))
        # of ln(S(a) − S(b)) = ln S(a) + ln(1 − r) with r = S(b) / S(a)
        ratio = np.where(ended, np.exp(step), 0.0)
        gradient = []
        for of_seen, of_begun, of_last in zip(
            log_survival_slopes(alpha, beta, lasted),
            log_survival_slopes(alpha, beta, entry),
            log_survival_slopes(alpha, beta, last),
            strict=True,
        ):
            moved = np.where(ended, (of_seen - ratio * of_last) / (1 - ratio), of_seen)
            gradient.append(float(weight @ (moved - of_begun)))
        return value, np.array(gradient) * np.array([alpha, beta])

    return function
