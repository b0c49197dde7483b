"""Season by analogy: what official retail statistics know of the year, believed as far as the company's own months follow it.

A company that has not lived through an autumn cannot learn its autumn. Retail in general can be looked up: how much more or less
is sold on a day of each month is published by kind of business. How strongly a company follows that shape (its amplitude: 0 not
at all, 1 as retail does on average) differs; own months teach it, and the kinds of business say what to believe before.

Models of buying are then given season time instead of days: a clock that runs fast where much is bought. Whoever is silent
through a slack season has been silent for less time than the calendar says, and ninety days of autumn are more than ninety.

Source: US Census Bureau, Monthly Retail Trade Survey, "Combined Seasonal, Trading-Day, and Holiday Adjustment Factors"
(census.gov/retail/mrts/www/data/text/nadjusts.txt), February 2011 to January 2013, kinds of business 442, 443, 445, 446, 448, 451
and 452: furniture, electronics, food, health, clothing, hobby and books, general merchandise. Logarithms of the factors per day
of the month, mean of both years and of the seven kinds, mean over the year taken off.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, same_length, vector

YEAR = 365.2425
# Logarithm of a day's sales in January to December against the year's mean day.
SHAPE = np.array([-0.110, -0.015, -0.021, -0.039, -0.033, -0.011, -0.053, 0.021, -0.035, -0.073, 0.085, 0.283])
# How strongly the seven kinds of business follow their mean: from food and health (0.24) to clothing (1.62).
USUAL, DIFFERING = 1.0, 0.62
MONTH_DAYS = np.array([31, 28.2425, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTH_EDGES = np.concatenate([[0.0], np.cumsum(MONTH_DAYS)])
# Clocks of the countries whose trade peaks before Christmas as these figures do; elsewhere other feasts make the year.
CHRISTMAS_ZONES = ("America/", "Europe/", "Atlantic/", "Australia/", "Pacific/Auckland", "Canada/", "US/")
WHOLE_MONTH = 20  # days of a month that must be known for it to teach anything
FEWEST_MONTHS = 4
# Months scatter at least this much, in logarithms, by weather, holidays and offers; believed like so many months seen.
USUAL_SCATTER, SCATTER_MONTHS = 0.04, 2.0


@dataclass(frozen=True)
class RetailSeason:
    """How strongly a company follows the year of retail.

    Attributes:
        amplitude: 0 not at all, 1 as retail does on average.
        spread: standard deviation of what is believed about it.
        own: the amplitude by own months alone; NaN where they are too few.
    """

    amplitude: float = 0.0
    spread: float = 0.0
    own: float = field(default=float("nan"))

    @property
    def borrowed(self) -> bool:
        """Whether there is any season in it."""
        return self.amplitude != 0

    def time(self, day: npt.ArrayLike) -> Vector:
        """Season time gone by at some moments: as many days a year as there are, more of them where much is bought.

        Args:
            day: days since 1970, any shape.
        """
        when = np.asarray(day, dtype=np.float64)
        if not self.borrowed:
            return when
        busy = np.exp(self.amplitude * SHAPE) * MONTH_DAYS
        gone = np.concatenate([[0.0], np.cumsum(busy)]) * (YEAR / busy.sum())
        years = np.floor(when / YEAR)
        return np.asarray(years * YEAR + np.interp(when - years * YEAR, MONTH_EDGES, gone), dtype=np.float64)

    def span(self, moment: float, days: float) -> float:
        """Season time of some days from a moment on.

        Args:
            moment: days since 1970.
            days: how many days follow.
        """
        return float(self.time(moment + days) - self.time(moment))


FLAT = RetailSeason()


def holds_in(zone: str) -> bool:
    """Whether the year of retail that was published is that of a country.

    Args:
        zone: its time zone, such as `Europe/London`.
    """
    return zone.startswith(CHRISTMAS_ZONES)


def learn(day: npt.ArrayLike, orders: npt.ArrayLike, until: float) -> RetailSeason:
    """How strongly a company follows the year of retail, by its own months and what is known of kinds of business.

    Changes from month to month of the logarithm of orders a day are held against those of the shape beside a steady trend; both
    the level and single months may wander, so that neighbouring changes hang together (generalised least squares). A jump
    that has nothing to do with season makes all months say little. The result is the mean of what kinds of business say and what
    own months say, each weighed by how sure it is (normal prior, normal likelihood).

    Args:
        day: days since 1970 with orders, shape (n,).
        orders: how many on each, shape (n,).
        until: the moment up to which is known; later days are left out.

    Raises:
        DataError: values that are not finite, or lengths that differ.
    """
    when, count = vector(day, "day"), vector(orders, "orders")
    same_length({"day": when, "orders": count})
    known = when < until
    level, shape = months(when[known], count[known], until)
    if len(level) < FEWEST_MONTHS:
        return RetailSeason(USUAL, DIFFERING)
    own, error = slope(np.diff(level), np.diff(shape))
    sure, before = error**-2, DIFFERING**-2
    return RetailSeason((own * sure + USUAL * before) / (sure + before), (sure + before) ** -0.5, own)


def months(day: Vector, orders: Vector, until: float) -> tuple[Vector, Vector]:
    """Logarithm of orders a day and the shape's, of every calendar month of which enough is known, in order.

    Args:
        day: days since 1970 with orders, before `until`, shape (n,).
        orders: how many on each, shape (n,).
        until: the moment up to which is known.
    """
    if not day.size:
        return np.empty(0), np.empty(0)
    first = np.floor(day.min())
    month_of = day.astype("datetime64[D]").astype("datetime64[M]")
    every = np.arange(month_of.min(), month_of.max() + 1)
    begins, ends = (each.astype("datetime64[D]").astype(np.float64) for each in (every, every + 1))
    length = np.minimum(ends, until) - np.maximum(begins, first)
    total = np.bincount((month_of - every[0]).astype(np.int64), orders, len(every))
    some = (length >= WHOLE_MONTH) & (total > 0)
    return np.log(total[some] / length[some]), SHAPE[every.astype(np.int64)[some] % 12]


def slope(change: Vector, shape: Vector) -> tuple[float, float]:
    """How many times the shape's changes the own changes are, beside a trend, and the standard error of that.

    Args:
        change: of the logarithm of orders from month to month, shape (n,), at least 3.
        shape: of the published logarithm, shape (n,).
    """
    size = len(change)
    # a level that wanders and months that scatter, both alike: neighbours share a month
    together = np.eye(size) - (np.eye(size, k=1) + np.eye(size, k=-1)) / 3
    weight = np.linalg.inv(together)
    design = np.column_stack([np.ones(size), shape])
    spread = np.linalg.pinv(design.T @ weight @ design)
    found = spread @ design.T @ weight @ change
    rest = change - design @ found
    freedom = max(size - 2, 0) + SCATTER_MONTHS
    scatter = (rest @ weight @ rest + SCATTER_MONTHS * USUAL_SCATTER**2) / freedom
    return float(found[1]), float(np.sqrt(max(spread[1, 1] * scatter, 1e-12)))
