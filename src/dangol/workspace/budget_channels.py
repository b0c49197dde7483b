"""What new customers cost: for each channel a curve of weekly spend and newcomers, times what they bring in their first year.

What went with spending need not have been caused by it: a season that brings customers may also have raised the spend. Such
curves are therefore associations, and end at the highest spend there was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from dangol.algorithms.arrays import Vector
from dangol.algorithms.equal_return import Curve, sampled
from dangol.algorithms.saturation import FEWEST_WEEKS, fit, gained
from dangol.core.told import Told, told
from dangol.workspace.budget_evidence import NEWCOMER_VALUE, NEWCOMERS, WEEKLY_SPEND, Evidence
from dangol.workspace.budget_use import DRAWS, Part

FEWEST_NEWCOMERS = 30
WEEKS = 52
POINTS = 101
CALMEST = 0.05  # spend that varies by less says nothing about more or less of it
WEEK = timedelta(days=7)
Rows = Sequence[Mapping[str, Any]]
NO_CHANNEL = told(
    "needed are {weeks} weeks of marketing spend by channel, and {newcomers} new customers each of channels with the same name "
    "(acquisition_channel)",
    weeks=FEWEST_WEEKS,
    newcomers=FEWEST_NEWCOMERS,
)


@dataclass(frozen=True)
class Channels:
    """The channels a company spends on.

    Attributes:
        parts: curves of those whose spend and newcomers are known.
        refusals: why others have none, by channel.
        today: money of the last 365 days on all of them.
    """

    parts: tuple[Part, ...]
    refusals: Mapping[str, Told]
    today: float


@dataclass(frozen=True)
class Weeks:
    """A channel's weeks in their order, and what its newcomers are worth.

    Attributes:
        spent, came: money and newcomers of each week, shape (n,).
        newcomers: of the last year whose worth is known.
        worth, spread: mean of what they bring in twelve months, and its standard deviation.
        lately: money of the last 365 days.
    """

    spent: Vector
    came: Vector
    newcomers: int
    worth: float
    spread: float
    lately: float

    @property
    def refusal(self) -> Told | None:
        """What is too little for a curve; None where nothing is."""
        variation = float(self.spent.std() / self.spent.mean()) if self.spent.any() else 0.0
        newcomers = int(min(self.newcomers, self.came.sum()))
        checks = (
            (self.spent.size < FEWEST_WEEKS, told("too little data: have {have} whole weeks of spend, need {need}",
                                                  have=self.spent.size, need=FEWEST_WEEKS)),
            (newcomers < FEWEST_NEWCOMERS, told("too little data: have {have} new customers of this channel, need {need}",
                                                have=newcomers, need=FEWEST_NEWCOMERS)),
            (variation < CALMEST, told("the same was spent every week, so that nobody can tell what more or less would bring")),
        )  # fmt: skip
        return next((said for holds, said in checks if holds), None)


def channels(evidence: Evidence) -> Channels:
    """Curves of all channels; none where the company has no spend."""
    spend = evidence.read(WEEKLY_SPEND).to_pylist()
    if not spend:
        return Channels((), {}, 0.0)
    came, worth = evidence.read(NEWCOMERS).to_pylist(), evidence.read(NEWCOMER_VALUE).to_pylist()
    span = whole_weeks([row["week"] for row in spend], evidence.snapshot.as_of.date())
    found = {name: weeks_of(name, spend, (came, worth), span) for name in sorted({row["channel"] for row in spend})}
    refusals = {name: refusal for name, each in found.items() if (refusal := each.refusal) is not None}
    parts = tuple(part_of(name, each, place) for place, (name, each) in enumerate(found.items()) if name not in refusals)
    return Channels(parts, refusals, sum(each.lately for each in found.values()))


def whole_weeks(spent_in: Sequence[date], until: date) -> list[date]:
    """Mondays from the week after the first with spend to the last that was over, without the one that ends with the spend."""
    first, last = min(spent_in) + WEEK, min(max(spent_in), until - WEEK)
    return [first + WEEK * place for place in range(max((last - first).days // 7, 0))]


def weeks_of(name: str, spend: Rows, known: tuple[Rows, Rows], span: Sequence[date]) -> Weeks:
    """A channel's weeks; weeks without spend or newcomers count as nothing."""
    came, worth = known
    value = next((row for row in worth if row["channel"] == name), {"customers": 0, "worth": 0.0, "spread": 0.0})
    lately = sum(row["lately"] for row in spend if row["channel"] == name)
    return Weeks(
        series(name, spend, "spent", span), series(name, came, "came", span),
        int(value["customers"]), float(value["worth"]), float(value["spread"] or 0.0), lately,
    )  # fmt: skip


def series(name: str, rows: Rows, column: str, span: Sequence[date]) -> Vector:
    """A channel's figure in each week of a span."""
    by_week = {row["week"]: float(row[column]) for row in rows if row["channel"] == name}
    return np.array([by_week.get(week, 0.0) for week in span])


def part_of(name: str, weeks: Weeks, seed: int) -> Part:
    """The curve over a year of one channel, money spread evenly over the weeks; drawn again for the interval."""
    found = fit(weeks.spent, weeks.came, draws=DRAWS, seed=seed)
    rng = np.random.default_rng(seed + 1_000)
    worth = weeks.worth + weeks.spread / np.sqrt(weeks.newcomers) * rng.standard_normal(DRAWS)
    drawn = zip(found.draws, worth, strict=True)
    draws = [yearly(found.highest, first, bend, value) for (_, first, bend), value in drawn]
    return Part(name, yearly(found.highest, found.first, found.bend, weeks.worth), draws, weeks.lately)


def yearly(highest: float, first: float, bend: float, worth: float) -> Curve:
    """Money of a year against what the newcomers it brings are worth in their first twelve months."""
    weekly = np.linspace(0.0, highest, POINTS)
    return sampled(weekly * WEEKS, gained(weekly, first, bend) * WEEKS * max(worth, 0.0))
