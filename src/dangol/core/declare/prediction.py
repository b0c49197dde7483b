"""Predictions: labels from what happened next, a model fitted on earlier moments, scores with reasons."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from dangol.core.declare.column import Output
from dangol.core.declare.declaration import Declaration, documented, name_outputs, written_in
from dangol.core.query import Query

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Customers of one moment as columns: ids, features and, for training, labels.

    Attributes:
        customer_id: shape (n,).
        columns: feature columns, each of shape (n,); numbers as float64 with NaN for missing, categories as objects.
        labels: label columns of shape (n,); empty when scoring.
        cutoff: days from the block's moment back to the last training moment; 0 for the latest.
        horizon_days: how long the labels looked ahead.
        history_days: how long the data reach back from the block's moment.
        moment: when it is, in days since 1970.
        trade: orders by day before the moment: days since 1970 beside counts, shape (k, 2); none where two years are known.
    """

    customer_id: npt.NDArray[np.int64]
    columns: Mapping[str, npt.NDArray[Any]]
    labels: Mapping[str, Array] = field(default_factory=dict)
    cutoff: float = 0.0
    horizon_days: float = 0.0
    history_days: float = 0.0
    moment: float = 0.0
    trade: Array = field(default_factory=lambda: np.empty((0, 2)))

    def __len__(self) -> int:
        return len(self.customer_id)

    def numbers(self, names: Sequence[str]) -> npt.NDArray[np.float64]:
        """Columns side by side, shape (n, len(names))."""
        if not names:
            return np.empty((len(self), 0))
        return np.column_stack([np.asarray(self.columns[name], dtype=np.float64) for name in names])

    def some(self, size: int) -> Block:
        """Evenly spaced customers of the block, for figures that need not look at all of them."""
        if len(self) <= size:
            return self
        return self.where(np.linspace(0, len(self) - 1, size).astype(np.int64))

    def where(self, chosen: npt.NDArray[Any]) -> Block:
        """Some customers of the block, by their places or by a mark for each."""
        columns, labels = ({name: values[chosen] for name, values in each.items()} for each in (self.columns, self.labels))
        return replace(self, customer_id=self.customer_id[chosen], columns=columns, labels=labels)


@dataclass(frozen=True)
class Scores:
    """What a prediction gives for a block: score columns and, per customer, what moved them most.

    Attributes:
        columns: score columns, each of shape (n,).
        contributions: reason group → contribution to the main score, shape (n,), in the main score's own scale
            (log-odds or money); may be empty.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    contributions: Mapping[str, Array] = field(default_factory=dict)


class TotalRange(NamedTuple):
    """The range of a sum of scores: of everybody, and what is added for a group.

    A group has wider ranges than everybody: its range is exp(±√(ln²(high) + own² · (its luck less everybody's) +
    group² · (1 - its part of the sum))), where luck is the sum of the squared deviations of its customers over its squared sum.

    Attributes:
        low: what the sum of everybody is multiplied with for the lower end.
        high: what it is multiplied with for the upper end.
        share: how often the truth is to fall into the range.
        own: how many standard deviations of its customers a group's range reaches.
        group: how far it reaches for the error that customers of a group share, in logarithms.
    """

    low: float
    high: float
    share: float
    own: float = 0.0
    group: float = 0.0


@dataclass(frozen=True)
class Judgement:
    """What validation on later time showed.

    Attributes:
        chosen: name of the model that scores now.
        good_enough: whether it beats the simplest sensible baseline where it was not trained.
        metrics: model name → metric name → value, all on the validation moment.
        main_metric: the metric the choice was made by, and whether more is better.
        notes: (Korean, English) sentences worth knowing.
        basis: the model that those on top of it start from, by name; empty where there is none.
    """

    chosen: str
    good_enough: bool
    metrics: Mapping[str, Mapping[str, float]]
    main_metric: str
    higher_is_better: bool
    calibration: Sequence[Mapping[str, float]] = ()
    importance: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[tuple[str, str]] = ()
    basis: str = ""


@dataclass(frozen=True)
class Group:
    """Features that make one reason in the eyes of a marketer."""

    ko: str
    en: str
    columns: tuple[str, ...]

    def title(self, language: str) -> str:
        """The reason's name in a language."""
        return self.ko if language == "ko" else self.en


@dataclass(frozen=True)
class Foretold:
    """A score that says how likely something is within some days.

    Attributes:
        column: the score.
        days: within how many days, or the column of the same prediction that says so.
        event: what they do, as propensities call it.
        which: which category, brand, product or event; a channel for messages.
        unlikely: the score says how likely it is not to happen.
        follows: nobody judged the score on later time, so that it gives way to those that were.
    """

    column: str
    days: int | str
    event: str = "order"
    which: str = ""
    unlikely: bool = False
    follows: bool = False


class Predictor(BaseModel, ABC):
    """A prediction as people declare it: settings are fields; YAML keys, CLI options and form fields follow from them.

    The workspace makes the blocks (features at several past moments, labels from the horizon after each), calls `fit` with
    the earlier ones, `judge` with the latest complete one, `fit` again with all, and `score` for everybody in batches.

    One that makes sense only where a company delivers a certain table names it in `only_with`; others never hear of it.

    One that estimates the present instead, from what some customers told, names the feature columns that tell it as `told_by`:
    its `fit` gets today's customers, or an even part of them, and those who told; its `judge` the latter alone; no labels.
    """

    model_config = ConfigDict(extra="forbid", frozen=False)
    snapshots: int = Field(default=3, ge=2, le=24, description="past moments used for training and validation")
    sample: int = Field(default=25_000, ge=1_000, description="customers per training moment")
    active: bool = Field(default=True, description="false: a run leaves it out")
    seed: int = Field(default=7, description="makes runs repeatable")

    only_with: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[Mapping[str, Output]] = {}
    told_by: ClassVar[tuple[str, ...]] = ()
    groups: ClassVar[Mapping[str, Group]] = {}

    @classmethod
    def useful(cls) -> tuple[str, ...]:
        """Feature columns it learns from where a company has them."""
        return tuple(name for group in cls.groups.values() for name in group.columns)

    @classmethod
    def foretells(cls) -> tuple[Foretold, ...]:
        """Scores that are chances within some days; those of the same thing are brought in step with each other."""
        return ()

    def stated(self) -> dict[str, Any]:
        """Everything that makes it another prediction when it changes."""
        return self.model_dump()

    @abstractmethod
    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """For how many days labels look ahead, given the company's own figures (`lapse_days`, `history_days`)."""

    def population(self) -> str:
        """Whom it is about, as an audience rule, held against what was known at each moment; everybody else gets no score."""
        return "order_count >= 1"

    @abstractmethod
    def label(self) -> Query:
        """What happened next: a query over `later_orders`, `later_order_lines`, `later_returns`, `later_events`,
        `later_messages` and `profile`.

        One row per customer_id; customers without a row have 0 in every label.
        """

    @abstractmethod
    def check(self, blocks: Sequence[Block]) -> None:
        """Refuse with TooLittleData ("have X, need Y") where a score would mislead."""

    @abstractmethod
    def fit(self, blocks: Sequence[Block]) -> None:
        """Learn from past blocks, the latest last."""

    @abstractmethod
    def judge(self, block: Block) -> Judgement:
        """Compare what was learnt with baselines on a later block than it was learnt from, choose and calibrate."""

    def settle(self, block: Block) -> None:
        """Look at today's customers, or an even part of them, before they are scored in batches."""

    @abstractmethod
    def score(self, block: Block) -> Scores:
        """Scores for a block of customers."""

    def total_range(self) -> TotalRange | None:
        """What the sum of the main score is multiplied with for both ends of its range; None where a sum means nothing."""
        return None

    def group_ranges(self) -> Mapping[str, TotalRange]:
        """By score how sums over some customers get their ranges; none where a sum means nothing.

        Such a score stands beside its standard deviation, as `<score>_spread`.
        """
        return {}


class FromList(Predictor):
    """A prediction that learns from outcomes which a list of customers states beside attributes, when nobody knows the moments.

    `label` reads the list itself: of everybody on it whether it happened, as `outcome`, 0 or 1, and what else the list says, as
    `attributes`. The workspace makes one block of it: the attributes as columns, and the features that the prediction names as
    useful. Columns filled in after the outcome are left out. The list is parted into five: by one part the model is chosen, by
    the other four it is judged, and everybody judges and is scored by what the other parts taught. Without moments nobody can
    judge on later time, and the card says so.
    """

    keep: tuple[str, ...] = Field(default=(), description="columns known beforehand, whatever the leak finder says")
    drop: tuple[str, ...] = Field(default=(), description="columns filled in afterwards: never learnt from")

    outcome: ClassVar[str] = ""

    def horizon_days(self, facts: Mapping[str, float]) -> int:  # noqa: ARG002 — no list says how long it took
        """None: the list does not say within which time it happened."""
        return 0

    @abstractmethod
    def hold_out(self, block: Block) -> None:
        """Keep what model and simple rules say of customers that taught them nothing, beside what happened."""

    @abstractmethod
    def proven(self, first: Judgement) -> Judgement:
        """The verdict by everybody who was held out.

        Args:
            first: the judgement by which the model was chosen.
        """


@dataclass(frozen=True, kw_only=True)
class Prediction(Declaration):
    """A declared prediction, as the registry keeps it."""

    model: type[Predictor]

    @property
    def outputs(self) -> Mapping[str, Output]:
        """Score columns."""
        return name_outputs(self.model.gives)


def prediction(*, ko: str, en: str, name: str) -> Callable[[type[Predictor]], Prediction]:
    """Declare a prediction: a Predictor class under a name."""

    def declare(model: type[Predictor]) -> Prediction:
        return Prediction(name=name, ko=ko, en=en, doc=documented(model), file=written_in(model), model=model, room="prediction")

    return declare
