"""Champion and challenger: the model that scored before stays unless the new fit is at least as good on the same latest window.

The standing champion is the last kept model whose own horizon was over when the window began, so that neither has seen it. Kept
is what was learnt (a predictor's private state), without the customers it was learnt from.

A kept model outlives a change of code: it stands as long as its settings, its outcome and its features are what they were and its
parts are built as they were; what it is worth is measured anew on the latest window, by today's code. Otherwise it is refused,
and the card says why.
"""

from __future__ import annotations

import builtins
import io
import pickle
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from dangol.core.declare import Block, Feature, Judgement, Prediction, Predictor
from dangol.core.errors import DangolError, DataError, told
from dangol.core.query import Query
from dangol.workspace.earlier import Earlier, Kept
from dangol.workspace.stages import fingerprint

FOLDER = "models"
ENDING = "model"
MODEL = f"learnt.{ENDING}"
MOST_BYTES = 8_000_000
# As much of the main measure as two fits of equal worth differ by for no reason.
EVEN = 0.01
# Modules whose classes a kept model is made of; anything else is not loaded.
TRUSTED = frozenset({"dangol", "numpy", "lightgbm", "sklearn", "scipy", "collections", "functools", "datetime"})
PLAIN = frozenset({"set", "frozenset", "complex", "slice", "bytearray", "object"})
UNREADABLE = (
    DataError,
    pickle.UnpicklingError,
    AttributeError,
    ImportError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
# What a model of other code may meet on today's customers.
UNJUDGEABLE = (DangolError, AttributeError, IndexError, KeyError, TypeError, ValueError)
NOBODY = Block(np.empty(0, dtype=np.int64), {})

FIRST, TAKES_OVER, STAYS, STEPPED_BACK, NONE_HOLDS = "first", "takes_over", "stays", "stepped_back", "none_holds"
# Why a kept model is not held against a new fit.
NOT_READ, SETTINGS, OUTCOME, FEATURES, BUILD, FAILS = "not_read", "settings", "outcome", "features", "build", "fails"


@dataclass(frozen=True)
class Basis:
    """What a model rests on beside the customers it was learnt from; all of it must still be so for the model to stand.

    Attributes:
        settings: fingerprint of the predictor's settings.
        outcome: fingerprint of the query that says what happened.
        features: fingerprint of the query behind each column that the predictor reads, by column.
    """

    settings: str
    outcome: str
    features: Mapping[str, str]

    @classmethod
    def of(cls, predictor: Predictor, families: Sequence[Feature] = (), read: Collection[str] = ()) -> Basis:
        """The basis of a predictor's models.

        Args:
            predictor: with settings.
            families: declared features.
            read: columns that the predictor reads and the company has.
        """
        texts = {family.name: text_of(family.query()) for family in families if set(read) & set(family.outputs)}
        owners = {column: family.name for family in families for column in family.outputs}
        features = {column: texts[owners[column]] for column in read if column in owners}
        return cls(fingerprint(predictor.stated()), text_of(predictor.label()), features)

    def differs(self, other: Basis) -> str:
        """Why a model of another basis does not fit this one; empty where it does. Columns that came since are no reason."""
        if self.settings != other.settings:
            return SETTINGS
        if self.outcome != other.outcome:
            return OUTCOME
        return "" if other.features.items() <= self.features.items() else FEATURES


def text_of(query: Query) -> str:
    """Fingerprint of a declared query with its values."""
    return fingerprint([query.text(), {name: str(value) for name, value in query.values.items()}])


@dataclass(frozen=True)
class Refused:
    """A kept model that cannot be held against a new fit.

    Attributes:
        since: the moment it was learnt at.
        why: not_read, settings, outcome, features, build (its parts are built differently now) or fails.
    """

    since: datetime
    why: str


@dataclass(frozen=True)
class Champion:
    """A model that scored before, and what it shows on the latest window.

    Attributes:
        since: the moment it was learnt at.
        predictor: ready to score.
        judgement: on the same customers and labels as the new fit.
    """

    since: datetime
    predictor: Predictor
    judgement: Judgement


@dataclass(frozen=True)
class Duel:
    """Which model scores, and why.

    Attributes:
        outcome: first (nothing to hold against), takes_over (the new fit), stays (the champion is better), stepped_back (the new
            fit does not hold, the champion does) or none_holds.
        since: the moment the champion was learnt at, ISO format; empty where there is none.
        metric: by which both were compared.
        champion, challenger: their values; the champion's is None where there is none.
        refused: why there is no champion though a model was kept, see `Refused`; empty where nothing was refused.
    """

    outcome: str
    since: str = ""
    metric: str = ""
    champion: float | None = None
    challenger: float | None = None
    refused: str = ""

    @property
    def keeps_champion(self) -> bool:
        """Whether the older model scores."""
        return self.outcome in (STAYS, STEPPED_BACK)


class Forgetful(pickle.Pickler):
    """Writes what was learnt and leaves out the customers it was learnt from; remembers what it was built of."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.parts: dict[str, list[str]] = {}

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 — as pickle asks
        """Blocks of customers give way to an empty one."""
        if isinstance(value, Block):
            return nobody, ()
        kind = type(value)
        if kind.__module__.partition(".")[0] == "dangol":
            self.parts[f"{kind.__module__}:{kind.__qualname__}"] = parts_of(kind)
        return NotImplemented


def parts_of(kind: type) -> list[str]:
    """The fields that a class is built of; none where it declares none."""
    return sorted(each.name for each in fields(kind)) if is_dataclass(kind) else []


class Careful(pickle.Unpickler):
    """Reads a kept model and nothing else; remembers what that is built of today."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        super().__init__(file)
        self.parts: dict[str, list[str]] = {}

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 — as pickle asks
        """A class or function of the modules that models are made of.

        Raises:
            DataError: it is none of these.
        """
        if module == "builtins" and name in PLAIN:
            return getattr(builtins, name)
        if module.partition(".")[0] in TRUSTED:
            found = super().find_class(module, name)
            if isinstance(found, type):
                self.parts[f"{module}:{name}"] = parts_of(found)
            return found
        raise DataError(told("a kept model may not hold {what:quoted}", what=f"{module}.{name}"))


def nobody() -> Block:
    """A block without customers."""
    return NOBODY


def kept_models(root: Path, zone: str, prediction: str) -> Earlier:
    """The kept models of a prediction: of each month the last."""
    return Earlier(root / FOLDER / prediction, zone, ending=ENDING)


def forget_models(root: Path) -> None:
    """Let go of everything learnt before: somebody it was learnt from asked to be forgotten."""
    shutil.rmtree(root / FOLDER, ignore_errors=True)


def write_model(predictor: Predictor, target: Path, basis: Basis) -> bool:
    """Write what a predictor has learnt; returns whether it could be kept.

    Args:
        predictor: fitted and judged.
        target: the file.
        basis: what it rests on.
    """
    learnt, head = io.BytesIO(), io.BytesIO()
    writer = Forgetful(learnt)
    try:
        writer.dump(learnt_by(predictor))
    except (pickle.PicklingError, TypeError, AttributeError):
        return False  # a prediction of somebody's own may hold what cannot be written; then each fit stands alone
    if learnt.tell() > MOST_BYTES:
        return False
    Forgetful(head).dump({"basis": vars(basis), "parts": writer.parts})
    target.write_bytes(head.getvalue() + learnt.getvalue())
    return True


def learnt_by(predictor: Predictor) -> dict[str, Any]:
    """What fitting and judging left in a predictor."""
    return {name: getattr(predictor, name) for name in type(predictor).__private_attributes__}


def read_model(file: Path, prediction: Prediction, settings: Predictor, basis: Basis) -> Predictor | str:
    """A kept model as a predictor, or why it cannot stand: see `Refused`.

    Args:
        file: of the model.
        prediction: which.
        settings: the predictor of this run, for its settings alone.
        basis: what its models rest on today.
    """
    stream = io.BytesIO(file.read_bytes())
    try:
        head = Careful(stream).load()
        why = basis.differs(Basis(**head["basis"]))
        if why:
            return why
        reader = Careful(stream)
        learnt = reader.load()
    except UNREADABLE:
        return NOT_READ
    if any(reader.parts.get(name, made) != made for name, made in head["parts"].items()):
        return BUILD
    model = prediction.model(**settings.model_dump())
    if learnt.keys() != learnt_by(model).keys():
        return BUILD
    for name, value in learnt.items():
        setattr(model, name, value)
    return model


def champion(
    kept: Sequence[Kept], prediction: Prediction, settings: Predictor, latest: Block, before: datetime, basis: Basis
) -> Champion | Refused | None:
    """The standing champion, judged and calibrated on the latest window as the new fit is; None where there is none.

    Args:
        kept: models of earlier runs, the earliest first.
        prediction: which.
        settings: the predictor of this run, for its settings alone.
        latest: the window's customers and labels.
        before: when the window begins; models learnt later have seen some of it.
        basis: what models of this run rest on.
    """
    old_enough = [each for each in kept if each.scored_at <= before]
    if not old_enough:
        return None
    since = old_enough[-1].scored_at
    model = read_model(old_enough[-1].file, prediction, settings, basis)
    if isinstance(model, str):
        return Refused(since, model)
    try:
        return Champion(since, model, model.judge(latest))
    except UNJUDGEABLE:
        return Refused(since, FAILS)


def duel(challenger: Judgement, rival: Champion | Refused | None) -> Duel:
    """Which of two models scores: the champion if the new fit is worse, or does not hold while the champion does."""
    metric, own = challenger.main_metric, main_value(challenger)
    if isinstance(rival, Refused):
        return Duel(FIRST, rival.since.isoformat(), metric, None, own, rival.why)
    other = main_value(rival.judgement) if rival is not None else None
    if rival is None or own is None or other is None:
        return Duel(FIRST, "", metric, None, own)
    outcome = VERDICTS[challenger.good_enough, rival.judgement.good_enough]
    if outcome == STAYS and not worse(own, other, higher_is_better=challenger.higher_is_better):
        outcome = TAKES_OVER
    return Duel(outcome, rival.since.isoformat(), metric, other, own)


def main_value(judgement: Judgement) -> float | None:
    """What the chosen model shows by the main measure; None where nothing was measured."""
    measured = judgement.metrics.get("chosen") or judgement.metrics.get(judgement.chosen) or {}
    found = measured.get(judgement.main_metric)
    return None if found is None else float(found)


# By whether the new fit holds, and whether the champion does.
VERDICTS: Mapping[tuple[bool, bool], str] = {
    (True, True): STAYS,
    (True, False): TAKES_OVER,
    (False, True): STEPPED_BACK,
    (False, False): NONE_HOLDS,
}


def worse(own: float, other: float, *, higher_is_better: bool) -> bool:
    """Whether a measure is worse than another by more than equal models differ."""
    lead = other - own if higher_is_better else own - other
    return lead > EVEN * abs(other)
