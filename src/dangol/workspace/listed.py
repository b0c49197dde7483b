"""Lists that state an outcome without its moment: everybody on one as a block, who teaches, and by whom each is scored."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dangol.core.declare import Block, FromList
from dangol.core.engine import identifier
from dangol.predictions.attributes import comparable, describing
from dangol.predictions.leaks import Finding, find_leaks, left_out
from dangol.workspace.delivered import delivered
from dangol.workspace.honest import LOOKED_AT
from dangol.workspace.matrix import Learner, numbers, values
from dangol.workspace.population import PEOPLE
from dangol.workspace.profile import Profile

LABELS, ATTRIBUTES = "list_labels", "attributes"
# A fifth of the customers chooses the model, the others judge it; and nobody is judged or scored by a model that he taught.
FOLDS, JUDGES = 5, 0
SCORED_AT_ONCE = 100_000


@dataclass(frozen=True)
class Listed:
    """A list at the moment of scoring.

    Attributes:
        block: everybody on it, by customer number, with the outcome; columns as they were delivered.
        members: who is to be scored, shape (n,).
    """

    block: Block
    members: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, learner: Learner, profile: Profile, predictor: FromList) -> Listed:
        """Everybody of whom the list states the outcome, with whatever it says of them and what their profile tells."""
        duck = learner.duck
        label = learner.binder.bind(predictor.label(), where="label", optional=(f"{predictor.only_with}.{ATTRIBUTES}",))
        duck.create(LABELS, label.tree, temporary=True)
        learner.count_members(profile)
        known = [name for name in predictor.useful() if name in profile.columns]
        told = [f"p.{identifier(name)}" for name in known]
        told += [f"l.{name}" for name in (predictor.outcome, ATTRIBUTES) if name in label.outputs]
        table = duck.arrow(
            f"SELECT customer_id, m.customer_id IS NOT NULL AS is_member, {', '.join(told)} FROM {LABELS} l "
            f"JOIN profile p USING (customer_id) LEFT JOIN {PEOPLE} m USING (customer_id) ORDER BY customer_id"
        )
        duck.drop(LABELS)
        columns = delivered(table.column(ATTRIBUTES).to_pylist()) if ATTRIBUTES in table.column_names else {}
        columns |= {name: values(table.column(name), profile.columns[name]) for name in known}
        labels = {predictor.outcome: numbers(table.column(predictor.outcome))}
        block = Block(table.column("customer_id").to_numpy().astype(np.int64), columns, labels)
        return cls(block, table.column("is_member").to_numpy(zero_copy_only=False).astype(bool))

    @cached_property
    def fold(self) -> npt.NDArray[np.int64]:
        """Which of five folds each customer is in, told by the number, so that it is the same from run to run; shape (n,)."""
        return np.array([zlib.crc32(str(each).encode()) % FOLDS for each in self.block.customer_id.tolist()], dtype=np.int64)

    def parted(self, fold: int, most: int) -> tuple[Block, Block]:
        """Those who are not in a fold, and those who are; an even part of either where they are more than are needed."""
        return self.block.where(self.fold != fold).some(most), self.block.where(self.fold == fold).some(most)

    def honest(self, taught: Block, predictor: FromList, at: datetime) -> tuple[Listed, tuple[Finding, ...]]:
        """The list with those columns that describe customers and were not filled in after the outcome, and what was found.

        Args:
            taught: those who teach; the others are not looked at.
            predictor: with what people said of columns.
            at: the moment of scoring; days become how long ago they were.
        """
        some = taught.some(LOOKED_AT)
        happened = (some.labels[predictor.outcome] > 0).astype(np.float64)
        findings = find_leaks(some.columns, happened, outcome=predictor.outcome, keep=predictor.keep, drop=predictor.drop)
        gone = left_out(findings)
        names = describing({name: column for name, column in taught.columns.items() if name not in gone})
        columns = comparable({name: self.block.columns[name] for name in names}, np.datetime64(at, "D"))
        return replace(self, block=replace(self.block, columns=columns)), findings

    def to_score(self, fold: int) -> Iterator[Block]:
        """Everybody of a fold who is to be scored, in batches of bounded size."""
        places = np.flatnonzero(self.members & (self.fold == fold))
        for first in range(0, len(places), SCORED_AT_ONCE):
            yield self.block.where(places[first : first + SCORED_AT_ONCE])

    def taught_by_others(self, predictor: FromList) -> Iterator[Block]:
        """Everybody to score, fold after fold, the prediction having been taught by the other folds when a fold is handed out.

        Before, all of a fold judge what the others taught, those who left as well; not the fold by which the model was chosen.

        Who is still there teaches that such customers stay. A model that had seen somebody would say of him that he stays, the
        surer the better it remembers.
        """
        for fold in range(FOLDS):
            taught, others = self.parted(fold, predictor.sample)
            predictor.fit([taught])
            if fold != JUDGES:
                predictor.hold_out(others)
            yield from self.to_score(fold)
