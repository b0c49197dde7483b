"""What a campaign changed: those it reached against those held out, with the range the truth lies in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from dangol.algorithms.arrays import Vector, enough, fraction, refuse, same_length, vector
from dangol.algorithms.intervals import normal_quantile, wilson
from dangol.core.errors import DataError, TooLittleData, told


@dataclass(frozen=True)
class Lift:
    """A measured effect and how sure it is.

    Attributes:
        estimate: treated minus held out, or treated over held out for a ratio.
        low: lower end of the interval.
        high: upper end.
        level: confidence, such as 0.95.
        n_treated: customers reached.
        n_held_out: customers held out.
        method: "welch", "bootstrap", "cuped", "newcombe" or "ratio".
    """

    estimate: float
    low: float
    high: float
    level: float
    n_treated: int
    n_held_out: int
    method: str


@dataclass(frozen=True)
class Sums:
    """All that a comparison of means needs to know of one group.

    Attributes:
        count: customers, at least 2.
        total: sum of their values.
        squares: sum of their squared values.
    """

    count: int
    total: float
    squares: float

    def __post_init__(self) -> None:
        enough(self.count, 2, told("customers in a group"))

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Sums:
        """The three sums of a column of values.

        Raises:
            DataError: a value that is not finite.
            TooLittleData: fewer than two values.
        """
        v = vector(values, "values")
        return cls(v.size, float(v.sum()), float(v @ v))

    @property
    def mean(self) -> float:
        """Value of an average customer."""
        return self.total / self.count

    @property
    def variance(self) -> float:
        """Unbiased variance of the values, never below 0."""
        return max(self.squares - self.total * self.mean, 0.0) / (self.count - 1)


def mean_difference(treated: Sums, held_out: Sums, *, level: float = 0.95) -> Lift:
    """How much more an average reached customer brought (Welch's unequal variances).

    Args:
        treated: sums of those reached; `Sums.of` makes them from a column.
        held_out: sums of those held out.
        level: confidence.

    Raises:
        DataError: a level outside 0…1.
    """
    parts = [group.variance / group.count for group in (treated, held_out)]
    error = float(np.sqrt(sum(parts)))
    bottom = parts[0] ** 2 / (treated.count - 1) + parts[1] ** 2 / (held_out.count - 1)
    freedom = sum(parts) ** 2 / bottom if bottom > 0 else np.inf
    reach = float(stats.t.ppf(0.5 + fraction(level, "level") / 2.0, freedom)) * error
    gap = treated.mean - held_out.mean
    return Lift(gap, gap - reach, gap + reach, level, treated.count, held_out.count, "welch")


def mean_ratio(treated: Sums, held_out: Sums, *, level: float = 0.95) -> Lift:
    """How many times as much an average reached customer brought (delta method on the logarithm).

    Args:
        treated: sums of those reached.
        held_out: sums of those held out.
        level: confidence.

    Raises:
        TooLittleData: a mean of 0 or below, of which no ratio can be taken.
    """
    groups = (treated, held_out)
    if min(group.mean for group in groups) <= 0:
        have = told("means of {treated} and {held_out}", treated=f"{treated.mean:g}", held_out=f"{held_out.mean:g}")
        raise TooLittleData.have(have, told("means above 0 for a ratio"))
    error = float(np.sqrt(sum(group.variance / group.count / group.mean**2 for group in groups)))
    ratio, reach = treated.mean / held_out.mean, float(np.exp(normal_quantile(level) * error))
    return Lift(ratio, ratio / reach, ratio * reach, level, treated.count, held_out.count, "ratio")


def bootstrap_difference(
    treated: npt.ArrayLike, held_out: npt.ArrayLike, *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> Lift:
    """The same difference with a range from redrawn customers, for a few very large spenders.

    Args:
        treated: values of those reached, shape (n,).
        held_out: values of those held out, shape (m,).
        level: confidence.
        draws: how often to draw.
        seed: the same seed gives the same range.

    Raises:
        DataError: a value that is not finite.
        TooLittleData: fewer than two customers in a group.
    """
    chance = np.random.default_rng(seed)
    groups = [vector(treated, "treated"), vector(held_out, "held_out")]
    sums = [Sums.of(group) for group in groups]
    drawn = [[group[chance.integers(0, group.size, group.size)].mean() for _ in range(draws)] for group in groups]
    tail = (1.0 - fraction(level, "level")) / 2.0
    low, high = np.quantile(np.subtract(drawn[0], drawn[1]), [tail, 1.0 - tail])
    gap = sums[0].mean - sums[1].mean
    return Lift(gap, float(low), float(high), level, sums[0].count, sums[1].count, "bootstrap")


@dataclass(frozen=True)
class Before:
    """One group's values during the campaign beside the same customers' values before it.

    Attributes:
        during: shape (n,).
        before: shape (n,), measured before anybody was assigned.
    """

    during: Vector
    before: Vector

    @classmethod
    def of(cls, during: npt.ArrayLike, before: npt.ArrayLike) -> Before:
        """Both columns, checked.

        Raises:
            DataError: a value that is not finite, or lengths that differ.
            TooLittleData: fewer than two customers.
        """
        columns = {"during": vector(during, "during"), "before": vector(before, "before")}
        same_length(columns)
        enough(columns["during"].size, 2, told("customers in a group"))
        return cls(**columns)


def cuped_difference(treated: Before, held_out: Before, *, level: float = 0.95) -> Lift:
    """The difference after taking out what customers did before (Deng, Xu, Kohavi and Walker 2013).

    One slope is taken within the groups and used for both; the interval is Welch's on what remains.

    Args:
        treated: those reached.
        held_out: those held out.
        level: confidence.

    Raises:
        DataError: a level outside 0…1.
    """
    groups = (treated, held_out)
    centred = [(g.during - g.during.mean(), g.before - g.before.mean()) for g in groups]
    spread = sum(float(x @ x) for _, x in centred)
    slope = sum(float(y @ x) for y, x in centred) / spread if spread > 0 else 0.0
    middle = float(np.concatenate([g.before for g in groups]).mean())
    adjusted = [Sums.of(g.during - slope * (g.before - middle)) for g in groups]
    plain = mean_difference(*adjusted, level=level)
    return Lift(plain.estimate, plain.low, plain.high, level, plain.n_treated, plain.n_held_out, "cuped")


def conversion_difference(treated: tuple[int, int], held_out: tuple[int, int], *, level: float = 0.95) -> Lift:
    """How many percentage points more of the reached customers converted (Newcombe 1998, method 10).

    Args:
        treated: (converted, customers) of those reached.
        held_out: (converted, customers) of those held out.
        level: confidence.

    Raises:
        DataError: more conversions than customers.
        TooLittleData: an empty group.
    """
    one, two = wilson(*treated, level=level), wilson(*held_out, level=level)
    gap = one.estimate - two.estimate
    down = np.hypot(one.estimate - one.low, two.high - two.estimate)
    up = np.hypot(one.high - one.estimate, two.estimate - two.low)
    return Lift(gap, float(gap - down), float(gap + up), level, treated[1], held_out[1], "newcombe")


@dataclass(frozen=True)
class SampleRatio:
    """Whether the groups are as large as they should be.

    Attributes:
        chi_square: distance of the counts from the shares.
        p_value: how often chance alone is that far off.
        mismatch: true where it is so rare that the assignment or the logging must be broken.
    """

    chi_square: float
    p_value: float
    mismatch: bool


def sample_ratio(counts: npt.ArrayLike, shares: npt.ArrayLike, *, threshold: float = 0.001) -> SampleRatio:
    """Check group sizes before reading any result (Fabijan et al. 2019).

    Args:
        counts: customers found in each arm, shape (k,).
        shares: intended shares, above 0, shape (k,); scaled to 1.
        threshold: p-value below which the sizes count as wrong.

    Raises:
        DataError: shares of 0 or below, negative counts, lengths that differ.
        TooLittleData: nobody in any arm.
    """
    seen, share = vector(counts, "counts"), vector(shares, "shares")
    same_length({"counts": seen, "shares": share})
    refuse(seen < 0, seen, told("a count must be at least 0"))
    refuse(share <= 0, share, told("a share must be above 0"))
    if not seen.sum() > 0:
        raise TooLittleData.have(told("nobody in any arm"), told("customers to count"))
    found = stats.chisquare(seen, share / share.sum() * seen.sum())
    return SampleRatio(float(found.statistic), float(found.pvalue), bool(found.pvalue < threshold))


def minimal_detectable_effect(
    deviation: float, n_treated: float, n_held_out: float, *, level: float = 0.95, power: float = 0.8
) -> float:
    """The smallest difference of means that groups of this size can tell from chance.

    (z of level + z of power) * deviation * sqrt(1/n_treated + 1/n_held_out), two-sided.

    Args:
        deviation: standard deviation of the value; `conversion_deviation` for a share.
        n_treated: customers reached.
        n_held_out: customers held out.
        level: confidence of the later test.
        power: chance to find the effect where it exists.

    Raises:
        TooLittleData: an empty group.
        DataError: a level or power outside 0…1.
    """
    if min(n_treated, n_held_out) <= 0:
        have = told("groups of {treated} and {held_out}", treated=repr(n_treated), held_out=repr(n_held_out))
        raise TooLittleData.have(have, told("customers in both"))
    return _reach(level, power) * deviation * float(np.sqrt(1.0 / n_treated + 1.0 / n_held_out))


def required_size(effect: float, deviation: float, held_out_share: float, *, level: float = 0.95, power: float = 0.8) -> int:
    """Customers needed in all to find an effect of this size.

    Args:
        effect: difference of means to be found, not 0.
        deviation: standard deviation of the value.
        held_out_share: part of the customers held out.
        level: confidence of the later test.
        power: chance to find the effect where it exists.

    Raises:
        DataError: an effect of 0, or a share, level or power outside 0…1.
    """
    if not effect:
        raise DataError(
            told("an effect of {effect} needs infinitely many customers", effect=repr(effect)), hint=told("say what would matter")
        )
    held = fraction(held_out_share, "held_out_share")
    both = 1.0 / (1.0 - held) + 1.0 / held
    return int(np.ceil((_reach(level, power) * deviation / effect) ** 2 * both))


def conversion_deviation(share: float) -> float:
    """Standard deviation of a yes-or-no outcome, for planning.

    Raises:
        DataError: a share outside 0…1.
    """
    inside = fraction(share, "share")
    return float(np.sqrt(inside * (1.0 - inside)))


def _reach(level: float, power: float) -> float:
    return normal_quantile(level) + float(stats.norm.ppf(fraction(power, "power")))
