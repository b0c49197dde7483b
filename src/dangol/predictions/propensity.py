"""Propensity: how likely customers are to do something within some days, for any audience, event and window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, PrivateAttr, create_model

from dangol.algorithms import calibration
from dangol.core.declare import (
    Array,
    Block,
    Foretold,
    Group,
    Judgement,
    Output,
    Prediction,
    Predictor,
    PropensitySettings,
    Query,
    Scores,
    integer,
    probability,
    sql,
)
from dangol.core.declare.propensity import Event
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.predictions.chance import Chance
from dangol.predictions.history import GROUPS, WEIGHED

FEWEST, FEWEST_LATER = 30, 15
HAPPENED = "happened"
SHARED = 90  # days
LONG_ENOUGH = 2 * SHARED + 60
LIKELY_GROUPS: dict[str, Group] = {
    **GROUPS,
    "acquaintance": Group(
        "알게 된 기간과 접촉", "Time known and contacts", ("known_days", "message_count_90", "search_count_90")
    ),
}
LABELS: Mapping[Event, str] = {
    "order": """
        select customer_id, 1 as happened from later_orders
        where status = 'completed' and customer_id is not null and days_between(as_of, ordered_at) < $window
        group by customer_id""",
    "category": """
        select l.customer_id, 1 as happened from later_order_lines l join products p on p.product_id = l.product_id
        where l.customer_id is not null and p.category = $which and days_between(as_of, l.ordered_at) < $window
        group by l.customer_id""",
    "brand": """
        select l.customer_id, 1 as happened from later_order_lines l join products p on p.product_id = l.product_id
        where l.customer_id is not null and p.brand = $which and days_between(as_of, l.ordered_at) < $window
        group by l.customer_id""",
    "product": """
        select customer_id, 1 as happened from later_order_lines
        where customer_id is not null and product_id = $which and days_between(as_of, ordered_at) < $window
        group by customer_id""",
    "visit": """
        select customer_id, 1 as happened from later_events
        where customer_id is not null and days_between(as_of, occurred_at) < $window group by customer_id""",
    "event": """
        select customer_id, 1 as happened from later_events
        where customer_id is not null and event_name = $which and days_between(as_of, occurred_at) < $window
        group by customer_id""",
    "opened": """
        select customer_id, 1 as happened from later_messages
        where customer_id is not null and message_event = 'opened' and ($which = '' or channel = $which)
              and days_between(as_of, occurred_at) < $window group by customer_id""",
    "clicked": """
        select customer_id, 1 as happened from later_messages
        where customer_id is not null and message_event = 'clicked' and ($which = '' or channel = $which)
              and days_between(as_of, occurred_at) < $window group by customer_id""",
    "unsubscribed": """
        select customer_id, 1 as happened from later_messages
        where customer_id is not null and message_event = 'unsubscribed' and ($which = '' or channel = $which)
              and days_between(as_of, occurred_at) < $window group by customer_id""",
}
# A feature without which nothing is known of the event at all.
BASIS: Mapping[Event, tuple[str, ...]] = {
    "visit": ("event_count_90",),
    "event": ("event_count_90",),
    "opened": ("message_count_90",),
    "clicked": ("message_count_90",),
    "unsubscribed": ("message_count_90",),
}


class Propensity(Predictor):
    """How likely each customer of an audience is to do something within some days.

    Whoever does not belong to the audience has no score, not a low one. By the size of the data a rate by segment, a logistic
    model on a few features, or boosted trees on top of the rate give the chance; the larger one only where it proves better on
    later time. Chances are calibrated where that helps. The percentile and the permille say where a customer stands among
    those with a score: 100 and 1000 are the most likely.
    """

    definition: ClassVar[PropensitySettings]
    groups: ClassVar[Mapping[str, Group]] = LIKELY_GROUPS
    _chance: Chance | None = PrivateAttr(None)
    _standing: Array = PrivateAttr(default_factory=lambda: np.empty(0))

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """The window, or the quarter that predictions share their past moments at where the history reaches far enough.

        Past profiles are what costs; a window shorter than the quarter after each shared moment is a label as good.
        """
        window = self.definition.window
        return SHARED if window < SHARED and facts["history_days"] >= LONG_ENOUGH else window

    @classmethod
    def foretells(cls) -> tuple[Foretold, ...]:
        """The chance of the definition."""
        what = cls.definition
        return (Foretold(f"{what.name}_probability", what.window, what.event, what.which),)

    def stated(self) -> dict[str, Any]:
        """Its settings and its definition."""
        return {**super().stated(), "definition": self.definition.model_dump()}

    def population(self) -> str:
        """The audience of the definition, exclusions taken off."""
        return self.definition.rule

    def label(self) -> Query:
        """Who did it in the window."""
        text, window = LABELS[self.definition.event], self.definition.window
        return sql(text, which=self.definition.which, window=window) if "$which" in text else sql(text, window=window)

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough customers who did it and enough who did not, to learn from and to judge by."""
        *earlier, latest = blocks
        for some, need in ((earlier, FEWEST), ([latest], FEWEST_LATER)):
            did = sum(float(happened(block).sum()) for block in some)
            others = sum(map(len, some)) - did
            if min(did, others) < need:
                have = told("{did} customers who did it and {others} who did not", did=f"{did:.0f}", others=f"{others:.0f}")
                raise TooLittleData.have(have, told("{n} of each", n=need), where=self.definition.name)

    def fit(self, blocks: Sequence[Block]) -> None:
        """As much model as the data carry."""
        window = self.definition.window if self.definition.event == "order" else 0
        self._chance = self._chance or Chance(self.groups, self.seed, window)
        self._chance.fit(blocks, [happened(block) for block in blocks])

    def fitted(self) -> Chance:
        """The model.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._chance is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name=self.definition.name), hint=told("fit it first"))
        return self._chance

    def judge(self, block: Block) -> Judgement:
        """All models against the base rate and the rule of recency, on later time."""
        chance, did = self.fitted(), happened(block)
        verdict = chance.judge(block, did)
        self.settle(block)
        weighed = block.some(WEIGHED)
        moved = chance.contributions(weighed)
        return Judgement(
            chosen=chance.title(chance.chosen),
            good_enough=verdict.good_enough,
            metrics={chance.title(name): figures for name, figures in verdict.metrics.items()},
            main_metric="brier",
            higher_is_better=False,
            calibration=by_bin(verdict.final, did),
            importance={key: float(np.abs(values).mean()) for key, values in moved.items()},
        )

    def settle(self, block: Block) -> None:
        """Look at where today's customers stand among each other."""
        self._standing = np.sort(self.fitted().chance(block))

    def score(self, block: Block) -> Scores:
        """Chance, percentile and permille of each customer, with reasons."""
        found, name = self.fitted().chance(block), self.definition.name
        standing = rank(found, self._standing)
        columns = {
            f"{name}_probability": found,
            f"{name}_percentile": np.ceil(standing * 100).clip(1, 100),
            f"{name}_permille": np.ceil(standing * 1000).clip(1, 1000),
        }
        return Scores(columns, self.fitted().contributions(block))


def happened(block: Block) -> Array:
    """Who did it: 1 or 0.

    Raises:
        TooLittleData: the company lacks what the event is told by.
    """
    if HAPPENED not in block.labels:
        raise TooLittleData.have(told("nothing that tells who did it"), told("the data behind the event"))
    return np.asarray(block.labels[HAPPENED] > 0, dtype=np.float64)


def rank(values: Array, standing: Array) -> Array:
    """The share of all who stand below each value, equals counted half; 0.5 where nobody stands anywhere."""
    if not len(standing):
        return np.full(len(values), 0.5)
    below, not_above = np.searchsorted(standing, values, "left"), np.searchsorted(standing, values, "right")
    return np.asarray((below + not_above) / (2 * len(standing)), dtype=np.float64)


def by_bin(values: Array, did: Array) -> list[dict[str, float]]:
    """Predicted and realised chances in ten equally filled groups."""
    found = calibration.reliability_table(values, did, binning="count")
    columns = zip(found.predicted, found.observed, found.count, strict=True)
    return [{"expected": float(expected), "actual": float(actual), "count": float(count)} for expected, actual, count in columns]


def propensity(settings: PropensitySettings, *, doc: str, file: str | Path, active: bool = True) -> Prediction:
    """Declare a propensity from its settings.

    Args:
        settings: whom, what, within how many days.
        doc: what it says; the first line is shown to marketers.
        file: where it is written.
        active: whether a run makes it unless the company's settings say otherwise.
    """
    described = Predictor.model_fields["active"].description
    model = create_model(
        settings.name.title().replace("_", ""), __base__=Propensity, __doc__=doc,
        active=(bool, Field(default=active, description=described)),
    )  # fmt: skip
    model.definition = settings
    model.needs = BASIS.get(settings.event, ())
    model.gives = outputs_of(settings)
    return Prediction(
        name=settings.name, ko=settings.ko, en=settings.en, doc=doc, file=Path(file), model=model, room="prediction"
    )


def outputs_of(settings: PropensitySettings) -> dict[str, Output]:
    """The score columns of a propensity."""
    return {
        f"{settings.name}_probability": probability(ko=settings.ko, en=settings.en),
        f"{settings.name}_percentile": integer(ko=f"{settings.ko} 백분위", en=f"{settings.en}, percentile"),
        f"{settings.name}_permille": integer(ko=f"{settings.ko} 천분위", en=f"{settings.en}, permille"),
    }
