"""What a run did, in the five steps from raw data to decisions: collect, prepare, choose and train, analyse, decide."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dangol.core.errors import UnknownName, told
from dangol.workspace.attempts import Attempt
from dangol.workspace.predict import Card

COLLECT, PREPARE, TRAIN, ANALYSE, DECIDE = STEPS = ("collect", "prepare", "train", "analyse", "decide")
RUN_ID = re.compile(r"[0-9a-f]{16}")
OF_STAGE: Mapping[str, str] = {"load": COLLECT, "unify": PREPARE, "features": PREPARE, "leads": TRAIN, "warnings": ANALYSE,
                               "snapshot": ANALYSE}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A stage of a run.

    Attributes:
        step: the one of the five steps that it belongs to.
        stage: its name; a prediction's own name where it trained one.
        made: made in this run; False where an earlier run had made the very same.
        seconds: how long it took when it was made.
        rows: how many rows it gave; None where that is not on record.
        card: of the prediction that it trained.
    """

    step: str
    stage: str
    made: bool
    seconds: float
    rows: int | None
    card: Card | None = None


@dataclass(frozen=True)
class RunRecord:
    """One run that was finished, as its manifest keeps it.

    Attributes:
        run_id: fingerprint of all that it read (data, settings, seeds, code, what was kept before): the same give it again.
        as_of: the moment it describes, UTC.
        finished_at: UTC.
        parts: its stages in the order they ran.
    """

    run_id: str
    as_of: datetime
    finished_at: datetime
    parts: tuple[Part, ...]

    def seconds(self, step: str) -> float:
        """How long a step took in this run; what was taken over took no time."""
        return sum(part.seconds for part in self.parts if part.step == step and part.made)


def run_record(root: Path, run_id: str, attempts: list[Attempt]) -> RunRecord:
    """A finished run by its id.

    Args:
        root: the workspace's folder.
        run_id: sixteen hexadecimal digits.
        attempts: every run on record; the one that wrote the manifest, if it is still kept, says how many rows there were.

    Raises:
        UnknownName: no finished run has this id.
    """
    kept = root / "runs"
    file = kept / f"{run_id}.json"
    if not RUN_ID.fullmatch(run_id) or not file.is_file():
        raise UnknownName.among(told("run"), run_id, [each.stem for each in kept.glob("*.json")])
    manifest = json.loads(file.read_text(encoding="utf-8"))
    written = (each for each in attempts if each.run_id == run_id and each.started_at <= manifest["finished_at"])
    figures = next((each.figures for each in written), {})
    cards = {name: Card.of(card) for name, card in manifest["cards"].items()}
    rows = {"load": figures.get("rows"), "unify": figures.get("record"), "features": figures.get("customer"),
            "snapshot": figures.get("customer"), **{name: card.scored for name, card in cards.items()}}  # fmt: skip
    parts = tuple(part_of(each, rows, cards) for each in manifest["stages"])
    return RunRecord(run_id, datetime.fromisoformat(manifest["as_of"]), datetime.fromisoformat(manifest["finished_at"]), parts)


def part_of(stage: list[Any], rows: Mapping[str, int | None], cards: Mapping[str, Card]) -> Part:
    """A stage as its manifest keeps it: name, seconds, peak memory, made now."""
    name, seconds, _, made = stage
    step = TRAIN if name in cards else OF_STAGE.get(name, ANALYSE)
    return Part(step, name, made, seconds, rows.get(name), cards.get(name))
