"""A use of marketing money as a curve, with what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np

from dangol.algorithms.equal_return import Curve, Limits, bounded
from dangol.algorithms.intervals import normal_quantile
from dangol.algorithms.lean import expected_lean
from dangol.core.told import Told
from dangol.workspace.entered import Purpose

Basis = Literal["measured", "association", "entered", "refused"]
DRAWS = 200
ENDS = (0.1, 0.9)
Range = tuple[float, float, float]


@dataclass(frozen=True)
class Part:
    """One way to spend money on a use: a channel, or contacts.

    Attributes:
        name: of the channel; empty for contacts.
        curve: what money brings over 12 months.
        draws: the curve as it might as well have come out.
        today: money spent on it in the last 365 days.
    """

    name: str
    curve: Curve
    draws: Sequence[Curve]
    today: float

    @cached_property
    def return_today(self) -> Range:
        """What a further unit of money would bring beside today's: the estimate and the ends of its 80 % range."""
        return (self.curve.marginal(self.today), *ends([each.marginal(self.today) for each in self.draws]))


@dataclass(frozen=True)
class Effect:
    """What one contact changed.

    Attributes:
        value: margin that a contact brings, mean over those contacted; `error` is its standard error.
        cost: of a contact; 0 where no source tells it.
        treated, held_out: people compared.
        horizon_days: for how long outcomes counted, the longest.
        stake: mean of what is at stake with the people compared, and the most that anybody counts for.
        lean: how far the effect follows the stake as measured: 0 alike for everybody, 1 in proportion.
        lean_error: its standard error; infinite where it could not be measured.
        halves: the same effect for those with more and those with less at stake, (value, low, high) at 95 %; empty where too few.
    """

    value: float
    error: float
    cost: float
    treated: int
    held_out: int
    horizon_days: int
    stake: float
    most_stake: float
    lean: float = 0.5
    lean_error: float = float("inf")
    halves: tuple[Range, ...] = ()

    @property
    def expected_lean(self) -> float:
        """The lean to count with, after what was measured of it."""
        return expected_lean(self.lean, self.lean_error)

    @property
    def shown(self) -> bool:
        """Whether chance alone does not explain it."""
        return abs(self.value) > normal_quantile(0.95) * self.error


@dataclass(frozen=True)
class Use:
    """A use of money.

    Attributes:
        basis: measured, association, entered or refused.
        parts: ways to spend on it that a curve is known of.
        today: money of the last 365 days, also on ways without a curve.
        limits: of the plan.
        refusals: why there is no curve, by way; under the empty name for the use itself.
        effect: of a contact, where it was measured.
        reached: customers whom contacts could reach.
        often: contacts a year with each of them.
        source: where an entered effect comes from.
        channels: limits of some of its channels.
        aside: money of channels without a curve, which get their floor and nothing more.
    """

    purpose: Purpose
    basis: Basis
    parts: tuple[Part, ...]
    today: float
    limits: Limits
    refusals: Mapping[str, Told] = field(default_factory=dict)
    effect: Effect | None = None
    reached: int = 0
    often: int = 0
    source: str = ""
    channels: Mapping[str, Limits] = field(default_factory=dict)
    aside: float = 0.0

    @property
    def known(self) -> bool:
        """Whether there is a curve."""
        return self.basis != "refused"

    @property
    def is_close(self) -> bool:
        """Whether the ranges of what two of its ways return overlap: which returns more is not sure then."""
        ranges = sorted((part.return_today for part in self.parts), key=lambda each: each[1])
        return any(after[1] < before[2] for before, after in pairwise(ranges))

    @cached_property
    def curve(self) -> Curve:
        """What money brings where it is always spent the best way that the limits of channels leave."""
        return bounded({part.name: part.curve for part in self.parts}, self.channels)

    @cached_property
    def draws(self) -> tuple[Curve, ...]:
        """The curve as it might as well have come out, once for each resample."""
        return tuple(bounded({part.name: part.draws[place] for part in self.parts}, self.channels) for place in range(DRAWS))

    @property
    def today_known(self) -> float:
        """Today's money on ways with a curve."""
        return sum(part.today for part in self.parts)

    def worth_today(self, draw: int | None = None, factor: float = 1.0) -> float:
        """What `factor` times today's money brings when split as it is today."""
        return sum(curve_of(part, draw).worth(part.today * factor) for part in self.parts)

    def return_today(self, draw: int | None = None) -> float:
        """What a further unit of money would bring if it were split as today's is; equally where nothing is spent."""
        total = self.today_known
        weights = [part.today / total if total else 1 / len(self.parts) for part in self.parts]
        return sum(weight * curve_of(part, draw).marginal(part.today) for weight, part in zip(weights, self.parts, strict=True))


def ends(values: Sequence[float]) -> tuple[float, float]:
    """The ends of 80 % of values."""
    low, high = np.quantile(values, ENDS)
    return float(low), float(high)


def straight(highest: float, each: float, today: float) -> Part:
    """A way to spend at one price: every unit of money brings the same, up to the ceiling."""
    curve = Curve(np.array([highest]), np.array([each])) if highest > 0 else Curve(np.zeros(0), np.zeros(0))
    return Part("", curve, (curve,) * DRAWS, today)


def curve_of(part: Part, draw: int | None) -> Curve:
    """The estimate, or one of its resamples."""
    return part.curve if draw is None else part.draws[draw]
