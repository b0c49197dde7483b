"""Time in the invented company: local days, the seasons of buying, the hours people shop, random streams by name."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

EPOCH = datetime(1970, 1, 1)
SEOUL_HOURS = 9
SECONDS = 86_400
# Monday to Sunday; months January to December.
WEEK = np.array([0.95, 0.92, 0.93, 0.95, 1.02, 1.16, 1.07])
YEAR = np.array([0.97, 0.90, 0.93, 0.97, 1.04, 1.02, 1.04, 0.99, 1.06, 0.98, 1.10, 1.06])
# Sales, as month-day of the first and last day.
SALES = (
    ((1, 20), (1, 31)),
    ((5, 1), (5, 10)),
    ((7, 10), (7, 20)),
    ((9, 12), (9, 24)),
    ((11, 11), (11, 27)),
    ((12, 18), (12, 25)),
)
SALE_PUSH = 1.35
STREAMS = (
    "people", "taste", "contact", "household", "mall register", "card register", "till", "orders", "baskets", "returns", "events",
    "consents", "messages", "service", "reviews", "campaign", "response", "assignment", "catalogue", "spend",
    "cause",
)  # fmt: skip
MALL_HOURS = (3, 2, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6, 7, 6, 5, 5, 5, 5, 5, 6, 8, 10, 10, 7)
STORE_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 8, 9, 9, 9, 9, 10, 11, 11, 10, 6, 2, 0, 0)


def stream(seed: int, delivery: int, block: int, name: str) -> np.random.Generator:
    """Random numbers of one purpose, one block and one delivery; nothing else moves them."""
    return np.random.default_rng([seed, delivery, block, STREAMS.index(name)])


def local_day(moment: datetime) -> float:
    """A UTC moment as local days since 1970."""
    return (moment + timedelta(hours=SEOUL_HOURS) - EPOCH) / timedelta(days=1)


def utc_moment(day: float) -> datetime:
    """Local days since 1970 as a UTC moment, to the second."""
    return EPOCH + timedelta(seconds=round(day * SECONDS)) - timedelta(hours=SEOUL_HOURS)


class Season:
    """How busy each day is, one on average, and which month and sale it belongs to.

    Args:
        first, last: local days the calendar must cover.
    """

    def __init__(self, first: float, last: float) -> None:
        self.first = int(np.floor(first)) - 2
        days = np.arange(self.first, int(np.ceil(last)) + 3)
        dates = days.astype("datetime64[D]")
        self.month: Ints = (dates.astype("datetime64[M]").astype(np.int64) % 12).astype(np.int64)
        of_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
        date_code = (self.month + 1) * 100 + of_month
        sales = [(date_code >= a[0] * 100 + a[1]) & (date_code <= b[0] * 100 + b[1]) for a, b in SALES]
        self.sale: Flags = np.any(sales, axis=0)
        self.level: Floats = WEEK[(days + 3) % 7] * YEAR[self.month] * np.where(self.sale, SALE_PUSH, 1.0) / 1.07
        self.edges: Floats = np.arange(self.first, self.first + len(days) + 1).astype(np.float64)
        self.mass: Floats = np.concatenate([[0.0], np.cumsum(self.level)])

    def until(self, day: Floats) -> Floats:
        """Busy time gone by until each moment."""
        return np.interp(day, self.edges, self.mass)

    def when(self, mass: Floats) -> Floats:
        """The moment at which so much busy time has gone by."""
        return np.interp(mass, self.mass, self.edges)

    def place(self, day: Floats) -> Ints:
        """Where a moment's day stands in `month`, `sale` and `level`."""
        return np.floor(day).astype(np.int64) - self.first


def hour_table(weights: tuple[int, ...]) -> Floats:
    """Minutes of the day as shares of a day, as often as they are shopped in; a uniform draw picks one."""
    share = np.repeat(np.array(weights, dtype=np.float64), 60)
    cumulated = np.cumsum(share) / share.sum()
    table: Floats = np.searchsorted(cumulated, (np.arange(4096) + 0.5) / 4096) / 1440.0
    return table


HOURS = (hour_table(MALL_HOURS), hour_table(STORE_HOURS))


def at_usual_hour(day: Floats, in_store: Flags, rng: np.random.Generator) -> Floats:
    """The same days at hours people shop there."""
    pick = rng.integers(0, 4096, len(day))
    second = rng.integers(0, 60, len(day)) / SECONDS
    hour = np.where(in_store, HOURS[1][pick], HOURS[0][pick])
    shifted: Floats = np.floor(day) + hour + second
    return shifted


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """For each of so many repetitions: whose it is, and the how-manieth of that one."""
    owner = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - np.repeat(starts, counts)
