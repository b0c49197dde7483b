"""Warnings as many as a team can follow up, replayed over past weeks: how many were right, and how early.

The score is the chance that a customer does not order within the horizon, from a model of buying and what happened lately, by
logistic regression on earlier weeks. The simple rule beside it is 'silent for twice the own mean gap', the most overdue first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from dangol.algorithms.buy_till_you_die import PurchaseForecast
from dangol.algorithms.rhythm import Standing

Array = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
FEWEST_DAYS = 3  # with an order, before somebody has a rhythm
TWICE = 2.0
STRENGTH = 0.3
NEVER = -np.inf


@dataclass(frozen=True)
class Week:
    """Everybody at one moment, with what happened lately and what came.

    Attributes:
        standing: of all customers.
        signs: what happened lately, 0 or 1, shape (n, k).
        alive, chance: that each still buys, and orders within the horizon, by a model of buying; shape (n,).
        eligible: who may be warned about: not lapsed, used to ordering within the horizon, and late or with a sign.
    """

    standing: Standing
    signs: Array
    alive: Array
    chance: Array
    eligible: Marks

    def stays_away(self, horizon: float) -> Array:
        """1 for who did not order within the horizon, else 0."""
        return (self.standing.back >= horizon).astype(np.float64)

    def figures(self) -> Array:
        """What the score reads, shape (n, 7 + k)."""
        own = self.standing
        lasted = [np.log1p(np.nan_to_num(each)) for each in (np.clip(own.overdue, 0, 50), own.count, own.gap, own.silence)]
        variation = np.clip(np.nan_to_num(own.spread / own.gap, nan=1.0, posinf=1.0), 0, 3)
        return np.column_stack([log_odds(self.chance), log_odds(self.alive), *lasted, variation, self.signs])


@dataclass(frozen=True)
class Lists:
    """Who is looked at when.

    Attributes:
        lapse: days of silence after which somebody counts as lapsed.
        horizon: days within which an order is waited for.
    """

    lapse: float
    horizon: float

    def week(self, standing: Standing, signs: Array, model: PurchaseForecast) -> Week:
        """A week with what a model of buying says of it."""
        bought = standing.count > 0
        history = [np.where(bought, each, 0.0) for each in (np.maximum(standing.count - 1, 0), standing.last - standing.first,
                                                            standing.at - standing.first)]  # fmt: skip
        alive = np.asarray(model.probability_alive(*history), dtype=np.float64)
        chance = np.asarray(model.probability_of_purchase(self.horizon, *history), dtype=np.float64)
        return Week(standing, signs, alive, chance, self.eligible(standing, signs))

    def eligible(self, standing: Standing, signs: Array) -> Marks:
        """Who may be warned about."""
        used = (standing.count >= 2) & (standing.gap <= self.horizon) & (standing.silence <= self.lapse)
        late = (standing.count >= FEWEST_DAYS) & (standing.overdue >= 1)
        return np.asarray(used & (late | (signs.max(axis=1, initial=0) > 0)), dtype=np.bool_)


@dataclass(frozen=True)
class Score:
    """The chance that a customer does not come back within the horizon.

    Attributes:
        mean, spread: of the figures it was learnt from, shape (k,).
        model: logistic regression on standardised figures.
    """

    mean: Array
    spread: Array
    model: LogisticRegression

    @classmethod
    def learn(cls, weeks: Sequence[Week], horizon: float) -> Score | None:
        """Learn from past weeks; None where all came back or none did."""
        figures = np.concatenate([week.figures()[week.eligible] for week in weeks])
        away = np.concatenate([week.stays_away(horizon)[week.eligible] for week in weeks])
        if len(away) < 2 * figures.shape[1] or not 0 < away.mean() < 1:
            return None
        mean, spread = figures.mean(axis=0), figures.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        return cls(mean, spread, LogisticRegression(C=STRENGTH, max_iter=300).fit((figures - mean) / spread, away))

    def of(self, week: Week) -> Array:
        """The score of everybody, shape (n,)."""
        return np.asarray(self.model.predict_proba((week.figures() - self.mean) / self.spread)[:, 1], dtype=np.float64)


def by_rule(week: Week) -> Array:
    """The simple rule: how overdue, from twice the own gap on; below it nobody is warned about."""
    late = np.nan_to_num(week.standing.overdue, nan=0.0)
    return np.where((late >= TWICE) & (week.standing.count >= FEWEST_DAYS), late, NEVER)


@dataclass(frozen=True)
class Replay:
    """Warnings of past weeks, and what became of them.

    Attributes:
        weeks: how many were replayed.
        warnings: how many were given.
        right: how many of them did not order within the horizon.
        lead_days: median days from a right warning to the day on which the customer counted as lapsed; NaN where none was right.
        place: which customer each warning is about, by place, and `week` in which, from 0; both shape (warnings,).
    """

    weeks: int
    warnings: int
    right: int
    lead_days: float
    place: npt.NDArray[np.int64]
    week: npt.NDArray[np.int64]

    @property
    def precision(self) -> float:
        """Share of warnings that were right."""
        return self.right / self.warnings if self.warnings else 0.0

    def as_json(self) -> dict[str, float | int | None]:
        """The figures alone."""
        lead = None if np.isnan(self.lead_days) else self.lead_days
        return {
            "weeks": self.weeks,
            "warnings": self.warnings,
            "right": self.right,
            "precision": self.precision,
            "lead_days": lead,
        }


def replay(weeks: Sequence[Week], scores: Sequence[Array], capacity: int, lists: Lists) -> Replay:
    """Warn in each week about the highest scores, as many as there is capacity for; each silence is warned about once.

    Args:
        weeks: ascending.
        scores: of everybody in each week, -inf for who is never warned about.
        capacity: warnings a week.
        lists: lapse point and horizon.
    """
    warned = np.full(len(weeks[0].standing.count), np.nan)
    places, numbers, right, leads = [], [], 0, list[float]()
    for number, (week, score) in enumerate(zip(weeks, scores, strict=True)):
        free = week.eligible & (warned != week.standing.last) & (score > NEVER)
        chosen = highest(np.flatnonzero(free), score, capacity)
        warned[chosen] = week.standing.last[chosen]
        gone = chosen[week.stays_away(lists.horizon)[chosen] > 0]
        right += len(gone)
        leads += (lists.lapse - week.standing.silence[gone]).tolist()
        places.append(chosen)
        numbers.append(np.full(len(chosen), number))
    place = np.concatenate(places).astype(np.int64)
    lead = float(np.median(leads)) if leads else float("nan")
    return Replay(len(weeks), len(place), right, lead, place, np.concatenate(numbers).astype(np.int64))


def highest(places: npt.NDArray[np.int64], score: Array, most: int) -> npt.NDArray[np.int64]:
    """The places with the highest scores, at most so many; equal ones in their order."""
    order = np.argsort(-score[places], kind="stable")
    return np.asarray(places[order[:most]], dtype=np.int64)


def log_odds(chance: Array) -> Array:
    """Logarithm of the odds, for chances that are not quite 0 or 1."""
    inside = np.clip(chance, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)
