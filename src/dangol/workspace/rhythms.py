"""What a company's facts say of every customer's rhythm, and of what happened lately that speaks of trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dangol.algorithms import purchase_cells
from dangol.algorithms.buy_till_you_die import PurchaseForecast
from dangol.algorithms.consensus import fit_surely
from dangol.algorithms.rhythm import Rhythm
from dangol.core.engine import Duck
from dangol.core.query import Query, sql
from dangol.workspace.binding import Binder

MODEL, WEEK = "mbg_nbd", 7.0
EPOCH = datetime(1970, 1, 1)
# What happened lately, how long ago at most (days), and what says that it is settled.
SIGNS: Mapping[str, float] = {"unanswered": 90, "conversation": 30, "returned": 30, "unsubscribed": 60, "low_rating": 60}

DAYS = """
    select customer_id, min(ordered_at) as ordered_at
    from orders where status = 'completed' and customer_id is not null
    group by customer_id, date_trunc('day', local(ordered_at))
    order by customer_id, ordered_at"""
HAPPENED = """
    select customer_id, 'conversation' as sign, occurred_at as at, resolved_at as settled_at
    from interactions where customer_id is not null
    union all
    select customer_id, 'returned', returned_at, returned_at from returns where customer_id is not null
    union all
    select customer_id, 'unsubscribed', occurred_at, occurred_at from messages
    where customer_id is not null and message_event in ('unsubscribed', 'complained')
    union all
    select customer_id, 'low_rating', given_at, given_at from feedback where customer_id is not null and rating <= 2"""
OPTIONAL = ("interactions", "interactions.resolved_at", "returns", "messages", "feedback", "feedback.rating")


def order_days() -> Query:
    """Each customer's days with an order, each by its first order."""
    return sql(DAYS)


def happened() -> Query:
    """What speaks of trouble: conversations, returns, unsubscribing, low ratings."""
    return sql(HAPPENED)


@dataclass(frozen=True)
class Occurrences:
    """What happened to customers: by place of the customer, in days; not settled is infinite."""

    place: npt.NDArray[np.int64]
    at: npt.NDArray[np.float64]
    settled: npt.NDArray[np.float64]

    def within(self, moment: float, days: float, size: int, *, open_only: bool = False) -> npt.NDArray[np.float64]:
        """1 for whom it happened in the days before a moment, and was not settled then where only that counts."""
        chosen = (self.at < moment) & (self.at >= moment - days)
        if open_only:
            chosen &= self.settled >= moment
        return np.minimum(np.bincount(self.place[chosen], minlength=size), 1).astype(np.float64)


@dataclass(frozen=True)
class History:
    """What a company's facts say of everybody's rhythm and troubles.

    Attributes:
        customer_id: of every place, ascending.
        rhythm: days with an order.
        signs: occurrences by sign.
        as_of: day of the moment described.
        first: day of the first order.
    """

    customer_id: npt.NDArray[np.int64]
    rhythm: Rhythm
    signs: Mapping[str, Occurrences]
    as_of: float
    first: float

    @classmethod
    def read(cls, duck: Duck, binder: Binder) -> History:
        """From the facts of an engine, before the binder's moment."""
        days = duck.arrow(binder.bind(order_days(), where="early_warning").tree)
        troubles = duck.arrow(binder.bind(happened(), where="early_warning", optional=OPTIONAL).tree)
        known, place = np.unique(days["customer_id"].to_numpy(), return_inverse=True)
        day = in_days(days["ordered_at"])
        rhythm = Rhythm(place.astype(np.int64), day, len(known))
        signs = {name: some_of(troubles, name, known) for name in sorted(set(SIGNS) - {"unanswered"})}
        return cls(known, rhythm, signs, day_of(binder.as_of), float(day.min(initial=day_of(binder.as_of))))

    def part(self, most: int) -> History:
        """An even part of the customers, where they are many."""
        step = -(-len(self.customer_id) // most)
        if step <= 1:
            return self
        kept = self.rhythm.customer % step == 0
        size = len(self.customer_id[::step])
        rhythm = Rhythm(self.rhythm.customer[kept] // step, self.rhythm.day[kept], size)
        signs = {name: Occurrences(each.place[each.place % step == 0] // step, each.at[each.place % step == 0],
                                   each.settled[each.place % step == 0]) for name, each in self.signs.items()}  # fmt: skip
        return History(self.customer_id[::step], rhythm, signs, self.as_of, self.first)

    def signs_at(self, moment: float) -> npt.NDArray[np.float64]:
        """Marks of all signs at a moment, shape (n, len(SIGNS))."""
        size = len(self.customer_id)
        return np.column_stack([self.sign(name, moment, days, size) for name, days in SIGNS.items()])

    def sign(self, name: str, moment: float, days: float, size: int) -> npt.NDArray[np.float64]:
        """Marks of one sign."""
        unanswered = name == "unanswered"
        return self.signs["conversation" if unanswered else name].within(moment, days, size, open_only=unanswered)

    def model(self, moment: float) -> PurchaseForecast:
        """A model of buying, learnt from what was known at a moment."""
        then = self.rhythm.at(moment)
        some = then.count > 0
        figures = [each[some] for each in (then.count - 1.0, then.last - then.first, moment - then.first)]
        return fit_surely(MODEL, purchase_cells.aggregate(*figures, width=WEEK)).model


def in_days(moments: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """Moments as days since 1970; missing ones are infinite."""
    seconds = moments.cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]")
    found = seconds.astype(np.int64) / 86_400e6
    return np.where(np.isnat(seconds), np.inf, found)


def day_of(moment: datetime) -> float:
    """A moment as days since 1970."""
    return (moment - EPOCH).total_seconds() / 86400


def some_of(rows: pa.Table, sign: str, known: npt.NDArray[np.int64]) -> Occurrences:
    """Occurrences of one sign to customers who ever bought."""
    place = np.minimum(np.searchsorted(known, rows["customer_id"].to_numpy()), max(len(known) - 1, 0))
    of_buyer = known[place] == rows["customer_id"].to_numpy() if len(known) else np.zeros(len(place), dtype=np.bool_)
    chosen = of_buyer & (np.asarray(rows["sign"].to_numpy(zero_copy_only=False)) == sign)
    return Occurrences(place[chosen].astype(np.int64), in_days(rows["at"])[chosen], in_days(rows["settled_at"])[chosen])
