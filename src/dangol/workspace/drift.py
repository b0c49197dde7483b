"""Drift of a prediction: do customers and outcomes of today still look like those that it learnt from?

Two stretches of the same length are compared: from the latest training moment to the window a model is judged on, and from there
to today. What moves as much in the first as in the second is how this company always moves, not drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from dangol.algorithms.drift import Shift, share_moved, shift
from dangol.core.declare import Block

# More customers say nothing more about a histogram.
LOOKED_AT = 10_000
SHOWN = 12


@dataclass(frozen=True)
class Moved:
    """A feature between the window and today.

    Attributes:
        psi: population stability index.
        usual: the same over the stretch before.
        drifted: whether it moved much, and more than it always does.
    """

    feature: str
    psi: float
    usual: float
    drifted: bool


@dataclass(frozen=True)
class Drift:
    """What moved.

    Attributes:
        base_rates: share of customers with the outcome at each training moment, the earliest first.
        base_rate: the same at the latest moment.
        base_rate_moved: whether it left the range of its past.
        features: those that moved most, the most first.
    """

    base_rates: Sequence[float] = ()
    base_rate: float = 0.0
    base_rate_moved: bool = False
    features: Sequence[Moved] = field(default_factory=tuple)

    @property
    def found(self) -> bool:
        """Whether anything drifted."""
        return self.base_rate_moved or any(each.drifted for each in self.features)

    def as_json(self) -> dict[str, Any]:
        """As a model card keeps it."""
        return {**asdict(self), "found": self.found}


def drift(blocks: Sequence[Block], latest: Block, today: Block) -> Drift:
    """What moved between learning and today.

    Args:
        blocks: training moments, the latest last.
        latest: the moment that models are judged on.
        today: customers as of now, all or an even part of them.
    """
    rates = [base_rate(each) for each in blocks]
    sizes = np.array([len(each) for each in blocks], dtype=np.float64)
    now = base_rate(latest)
    moved = share_moved(np.array(rates), sizes, now, float(len(latest)))
    return Drift(rates, now, moved, moved_features(blocks[-1], latest, today))


def base_rate(block: Block) -> float:
    """Share of customers to whom it happened, by the first label."""
    happened = next(iter(block.labels.values()), np.zeros(len(block)))
    return float((happened > 0).mean()) if len(block) else 0.0


def moved_features(before: Block, latest: Block, today: Block) -> list[Moved]:
    """Features by how far they moved until today, the furthest first; those that drifted are all there."""
    three = [each.some(LOOKED_AT) for each in (before, latest, today)]
    names = [name for name, values in latest.columns.items() if values.dtype.kind != "M"]
    known = [name for name in names if all(name in each.columns for each in three)]
    found = [moved(name, *(shift(a.columns[name], b.columns[name]) for a, b in ((three[1], three[2]), (three[0], three[1]))))
             for name in known]  # fmt: skip
    ranked = sorted(found, key=lambda each: (not each.drifted, -each.psi))
    return ranked[: max(SHOWN, sum(each.drifted for each in found))]


def moved(name: str, now: Shift, usual: Shift) -> Moved:
    """One feature."""
    return Moved(name, round(now.psi, 4), round(usual.psi, 4), now.drifted(usual))
