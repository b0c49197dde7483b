"""Chances that people set themselves: they stand in the profile instead of the model's, and nobody learns from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Spoken:
    """A chance that somebody set.

    Attributes:
        customer_id: of whom.
        score: the column of the profile.
        value: between 0 and 1.
        said_at: since when it stands.
        ended_at: when it was taken back or ran out, or will; None for as long as nobody takes it back.
    """

    customer_id: int
    score: str
    value: float
    said_at: datetime
    ended_at: datetime | None

    def stands(self, at: datetime) -> bool:
        """Whether it stands at a moment."""
        return self.said_at <= at and (self.ended_at is None or at < self.ended_at)

    def overlaps(self, since: datetime, before: datetime) -> bool:
        """Whether it stood at some time in [since, before)."""
        return self.said_at < before and (self.ended_at is None or self.ended_at > since)

    def stated(self) -> list[Any]:
        """As stages remember it."""
        ended = self.ended_at.isoformat() if self.ended_at else None
        return [self.customer_id, self.score, self.value, self.said_at.isoformat(), ended]


@dataclass(frozen=True)
class Overruled:
    """All chances that people ever set, the earliest first.

    Attributes:
        every: with those that stand no more: while they stood, people acted on what they knew, and outcomes of that time
            teach nothing about what the model would have seen.
        now: by which they stand or do not.
    """

    every: Sequence[Spoken] = ()
    now: datetime = field(default_factory=lambda: datetime(1970, 1, 1))

    def about(self, outputs: Collection[str]) -> Overruled:
        """Those of some score columns."""
        return Overruled([each for each in self.every if each.score in outputs], self.now)

    def renumbered(self, redirects: Mapping[int, int]) -> Overruled:
        """The same under today's numbers of customers."""
        moved = [Spoken(redirects.get(each.customer_id, each.customer_id), each.score, each.value, each.said_at, each.ended_at)
                 for each in self.every]  # fmt: skip
        return Overruled(moved, self.now)

    def at(self, moment: datetime) -> Overruled:
        """The same as they stood at another moment."""
        return Overruled(self.every, moment)

    def standing(self, score: str) -> dict[int, float]:
        """The chance of each customer whose score is set; the latest word counts."""
        return {each.customer_id: each.value for each in self.every if each.score == score and each.stands(self.now)}

    def customers(self) -> dict[str, set[int]]:
        """By score the customers whose chance stands as people set it."""
        return {score: set(self.standing(score)) for score in {each.score for each in self.every}}

    def untaught(self, customers: npt.NDArray[np.int64], since: datetime, days: float) -> npt.NDArray[np.bool_]:
        """Which customers nothing is learnt from: somebody's word stood while their outcome was awaited.

        Args:
            customers: numbers, shape (n,).
            since: the moment of the features.
            days: how far outcomes look ahead.
        """
        before = since + timedelta(days=days)
        return np.isin(customers, [each.customer_id for each in self.every if each.overlaps(since, before)])

    def stated(self) -> dict[str, Any]:
        """What stages depend on; nothing where nobody set anything."""
        found = [[*each.stated(), each.stands(self.now)] for each in self.every]
        return {"overruled": found} if found else {}

    def taught(self) -> dict[str, Any]:
        """What learning depends on; nothing where nobody set anything."""
        found = [each.stated() for each in self.every]
        return {"untaught": found} if found else {}


NOTHING_SAID = Overruled()
