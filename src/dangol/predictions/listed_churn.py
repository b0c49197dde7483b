"""Churn learnt from a company's own list of who left: how likely each who stayed is to be one of those who leave, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import PrivateAttr

from dangol.core.declare import (
    Array,
    Block,
    FromList,
    Group,
    Judgement,
    Output,
    Query,
    Scores,
    category,
    prediction,
    probability,
    sql,
)
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.predictions import attributes
from dangol.predictions.causes import cause_of
from dangol.predictions.chance import Chance, measured
from dangol.predictions.churn import by_bin
from dangol.predictions.history import GROUPS, WEIGHED
from dangol.predictions.one_column import OneColumn

FEWEST, FEWEST_JUDGED = 50, 20
CHURNED = "churned"
# Of so many customers of a batch reasons are found: those of deep trees take a second for each six hundred.
REASONED = 5_000
BASE, ONE_COLUMN, BY_RECENCY = "base_rate", "one_column", "recency_rule"
KNOWN = (
    "listed_fee", *GROUPS["person"].columns, "household_type", "marital_status", "home_ownership", "child_count", "occupation",
    "city", "country",
)  # fmt: skip
NO_MOMENTS = (
    "명단에 이탈 시점이 없어 나중 시점으로는 검증하지 못했습니다. 명단을 다섯 묶음으로 나누어 "
    "한 묶음으로 모형을 고르고, 나머지 네 묶음으로 사용 중인 모형과 단순 규칙을 검증했습니다. "
    "모든 고객은 다른 묶음으로 학습한 모형으로 검증하고 점수를 매깁니다. "
    "점수는 '며칠 안에 떠날 가능성'이 아니라 '명단에서 이탈로 표시된 고객과 얼마나 닮았는가'입니다.",
    "The list has no moments, so nothing could be judged on later time. The list was parted into five: by one part the model was "
    "chosen, by the other four the model in use and the simple rules were judged. Everybody judges and is scored by what other "
    "parts taught. A score is not a chance within so many days: it says how likely somebody like this is to be marked as gone.",
)


@prediction(ko="이탈 가능성(이탈 여부 명단)", en="Chance of leaving, by the list", name="listed_churn")
class ListedChurn(FromList):
    """How likely each customer who has not left is to be one of those who leave, as the company's own list marks them.

    Learnt from the table `churn_labels`: whatever the list says of its customers beside the mark. Columns filled in after
    somebody left are found and left out. A rate, a logistic model and boosted trees compete on customers that taught nothing; the
    winner must beat the base rate and the rule of thumb by the one column that tells most, by more than luck explains; everybody
    is scored by what others taught. Reasons are the list's own columns; the cause is the group (price, service, loyalty,
    communication, other) that raises the score most, named where the chance is above that of all; of a long list both are found
    for the likeliest to leave, five thousand of each batch. They are what goes with leaving, not what brings it about.
    """

    only_with: ClassVar[str] = "churn_labels"
    outcome: ClassVar[str] = CHURNED
    needs: ClassVar[tuple[str, ...]] = ("has_left",)
    groups: ClassVar[Mapping[str, Group]] = {"known": Group("명단과 고객 특성", "List and customer", KNOWN)}
    gives: ClassVar[Mapping[str, Output]] = {
        "listed_churn_probability": probability(ko="이탈 가능성(명단)", en="Chance of leaving, by the list"),
        "listed_churn_cause": category(ko="이탈과 함께 나타나는 원인군", en="Cause group that goes with it"),
    }
    _chance: Chance | None = PrivateAttr(None)
    _rule: OneColumn | None = PrivateAttr(None)
    _usual: float = PrivateAttr(0.0)
    _held_out: attributes.HeldOut = PrivateAttr(default_factory=attributes.HeldOut)

    def population(self) -> str:
        """Whom the list marks as still there."""
        return "has_left == false"

    def label(self) -> Query:
        """Who has left, and what else the list says; of several entries one that stayed counts."""
        return sql("""
            select customer_id, min(case when churn_status = 'left' then 1 else 0 end) as churned, max(attributes) as attributes
            from churn_labels where customer_id is not null group by customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough customers who left and enough who stayed, to learn from and to judge by."""
        for block, need in zip(blocks, (FEWEST, FEWEST_JUDGED), strict=True):
            left = float(gone(block).sum())
            if min(left, len(block) - left) < need:
                have = told(
                    "{left} customers who left and {stayed} who stayed", left=f"{left:.0f}", stayed=f"{len(block) - left:.0f}"
                )
                raise TooLittleData.have(have, told("{n} of each", n=need), where="listed_churn")

    def fit(self, blocks: Sequence[Block]) -> None:
        """As much model as the list carries."""
        left = [gone(block) for block in blocks]
        if self._chance is None:
            columns = tuple(blocks[0].columns)
            self._chance = attributes.learner({"all": Group("명단", "List", columns)}, self.seed)
        self._rule = OneColumn.learn(blocks[0], left[0])
        self._chance.fit(blocks, left)
        self._usual = float(np.concatenate(left).mean())

    def fitted(self) -> Chance:
        """The model.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._chance is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="listed_churn"), hint=told("fit it first"))
        return self._chance

    def judge(self, block: Block) -> Judgement:
        """All models on customers that taught nothing, against the base rate and the most telling column alone."""
        chance, left = self.fitted(), gone(block)
        verdict, rules = chance.judge(block, left), self.rules(block)
        models = {chance.title(name): figures for name, figures in verdict.metrics.items() if name != BY_RECENCY}
        moved = chance.moved_by_column(block.some(WEIGHED))
        return Judgement(
            chosen=chance.title(chance.chosen),
            good_enough=verdict.good_enough and attributes.surely_better(verdict.final, list(rules.values()), left),
            metrics={**models, **{name: measured(values, left) for name, values in rules.items()}},
            main_metric="brier",
            higher_is_better=False,
            calibration=by_bin(verdict.final, left),
            importance={name: float(np.abs(values).mean()) for name, values in moved.items()},
            notes=[NO_MOMENTS],
        )

    def rules(self, block: Block) -> dict[str, Array]:
        """What one knows of customers without a model: the share of those who left, and the rate by the most telling column."""
        assert self._rule is not None  # learnt with the model
        return {BASE: np.full(len(block), self._usual), ONE_COLUMN: self._rule.apply(block)}

    def hold_out(self, block: Block) -> None:
        """Keep what model and rules say of customers that taught them nothing."""
        self._held_out.add(self.fitted().chance(block), self.rules(block), gone(block))

    def proven(self, first: Judgement) -> Judgement:
        """The verdict by everybody who was held out."""
        return self._held_out.judgement(first)

    def score(self, block: Block) -> Scores:
        """Chance of each customer; of the likeliest to leave the cause group that raises it most, and what moves it by column."""
        chance = self.fitted()
        values = chance.chance(block)
        told = np.sort(np.argsort(-values, kind="stable")[:REASONED])
        moved = {name: spread(each, told, len(block)) for name, each in chance.moved_by_column(block.where(told)).items()}
        cause = strongest_cause(moved, len(block))
        cause[values <= self._usual] = None
        return Scores({"listed_churn_probability": values, "listed_churn_cause": cause}, moved)


def gone(block: Block) -> Array:
    """Who has left: 1 or 0."""
    return np.asarray(block.labels[CHURNED] > 0, dtype=np.float64)


def spread(values: Array, places: npt.NDArray[np.int64], size: int) -> Array:
    """Values at some places among nothing."""
    found = np.zeros(size)
    found[places] = values
    return found


def strongest_cause(moved: Mapping[str, Array], size: int) -> npt.NDArray[np.object_]:
    """The cause group whose columns together raise each customer's score most; None where none raises it.

    Args:
        moved: what each column adds to the log-odds, shape (size,) each.
        size: how many customers.
    """
    totals: dict[str, Array] = {}
    for name, values in moved.items():
        cause = cause_of(name)
        totals[cause] = totals.get(cause, np.zeros(size)) + values
    if not totals:
        return np.full(size, None, dtype=object)
    matrix, names = np.column_stack(list(totals.values())), np.array(list(totals), dtype=object)
    found: npt.NDArray[np.object_] = names[matrix.argmax(axis=1)]
    found[matrix.max(axis=1) <= 0] = None
    return found
