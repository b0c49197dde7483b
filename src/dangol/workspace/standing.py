"""Champion and challenger: the model that scored before stays unless the new fit is at least as good on the same latest window.

The standing champion is the last kept model whose own horizon was over when the window began, so that neither has seen it. Kept
is what was learnt (a predictor's private state), without the customers it was learnt from.
"""

from __future__ import annotations

import builtins
import io
import pickle
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from dangol.core.declare import Block, Judgement, Prediction, Predictor
from dangol.core.errors import DataError, told
from dangol.workspace.earlier import Earlier, Kept
from dangol.workspace.stages import code_version, fingerprint

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
NOBODY = Block(np.empty(0, dtype=np.int64), {})

FIRST, TAKES_OVER, STAYS, STEPPED_BACK, NONE_HOLDS = "first", "takes_over", "stays", "stepped_back", "none_holds"


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
    """

    outcome: str
    since: str = ""
    metric: str = ""
    champion: float | None = None
    challenger: float | None = None

    @property
    def keeps_champion(self) -> bool:
        """Whether the older model scores."""
        return self.outcome in (STAYS, STEPPED_BACK)


class Forgetful(pickle.Pickler):
    """Writes what was learnt and leaves out the customers it was learnt from."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 — as pickle asks
        """Blocks of customers give way to an empty one."""
        return (nobody, ()) if isinstance(value, Block) else NotImplemented


class Careful(pickle.Unpickler):
    """Reads a kept model and nothing else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 — as pickle asks
        """A class or function of the modules that models are made of.

        Raises:
            DataError: it is none of these.
        """
        if module == "builtins" and name in PLAIN:
            return getattr(builtins, name)
        if module.partition(".")[0] in TRUSTED:
            return super().find_class(module, name)
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


def write_model(predictor: Predictor, target: Path) -> bool:
    """Write what a predictor has learnt; returns whether it could be kept.

    Args:
        predictor: fitted and judged.
        target: the file.
    """
    buffer = io.BytesIO()
    said = {"code": code_version(), "settings": fingerprint(predictor.stated())}
    try:
        Forgetful(buffer, protocol=5).dump({**said, "learnt": learnt_by(predictor)})
    except (pickle.PicklingError, TypeError, AttributeError):
        return False  # a prediction of somebody's own may hold what cannot be written; then each fit stands alone
    if buffer.tell() > MOST_BYTES:
        return False
    target.write_bytes(buffer.getvalue())
    return True


def learnt_by(predictor: Predictor) -> dict[str, Any]:
    """What fitting and judging left in a predictor."""
    return {name: getattr(predictor, name) for name in type(predictor).__private_attributes__}


def read_model(file: Path, prediction: Prediction, settings: Predictor) -> Predictor | None:
    """A kept model as a predictor; None where other code or settings made it, or it cannot be read."""
    try:
        found = Careful(io.BytesIO(file.read_bytes())).load()
        fits = (found["code"], found["settings"]) == (code_version(), fingerprint(settings.stated()))
    except UNREADABLE:
        return None
    if not fits:
        return None
    model = prediction.model(**settings.model_dump())
    for name, value in found["learnt"].items():
        setattr(model, name, value)
    return model


def champion(
    kept: Sequence[Kept], prediction: Prediction, settings: Predictor, latest: Block, before: datetime
) -> Champion | None:
    """The standing champion, judged and calibrated on the latest window as the new fit is; None where there is none.

    Args:
        kept: models of earlier runs, the earliest first.
        prediction: which.
        settings: the predictor of this run, for its settings alone.
        latest: the window's customers and labels.
        before: when the window begins; models learnt later have seen some of it.
    """
    old_enough = [each for each in kept if each.scored_at <= before]
    model = read_model(old_enough[-1].file, prediction, settings) if old_enough else None
    if model is None:
        return None
    try:
        return Champion(old_enough[-1].scored_at, model, model.judge(latest))
    except (KeyError, ValueError):
        return None  # it reads columns that the company no longer delivers


def duel(challenger: Judgement, rival: Champion | None) -> Duel:
    """Which of two models scores: the champion if the new fit is worse, or does not hold while the champion does."""
    metric, own = challenger.main_metric, main_value(challenger)
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
