"""What became of every run: when it began, what it loaded and changed, or what stopped it; the last sixty are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dangol.core.errors import DangolError, told
from dangol.core.told import kept, revived
from dangol.workspace.stages import write_json

if TYPE_CHECKING:
    from dangol.workspace.run import Result

FILE = "attempts.json"
KEPT = 60


@dataclass(frozen=True)
class Attempt:
    """One run, finished or not.

    Attributes:
        started_at, finished_at: ISO moments, UTC; `finished_at` is None while it goes on, or when the machine stopped.
        run_id: the snapshot that serves since; empty where none was made.
        figures: customers, records and orders before and after, rows loaded and quarantined, files.
        problem: what stopped it, and what to do.
    """

    started_at: str
    finished_at: str | None = None
    run_id: str = ""
    figures: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    hint: str = ""

    @property
    def failed(self) -> bool:
        """Whether something stopped it."""
        return bool(self.problem)

    def change(self, figure: str) -> int | None:
        """By how much a figure is higher than before; None where it is not known."""
        before, after = self.figures.get(f"{figure}_before"), self.figures.get(figure)
        return None if before is None or after is None else after - before

    def as_json(self) -> dict[str, Any]:
        """For the file; sentences stay translatable."""
        return {**asdict(self), "figures": dict(self.figures), "problem": kept(self.problem), "hint": kept(self.hint)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Attempt:
        """Back from the file."""
        said = {name: revived(document[name]) for name in ("problem", "hint")}
        return cls(**{**document, **said})


class Attempts:
    """The runs of one company.

    Args:
        root: the workspace's folder.
    """

    def __init__(self, root: Path) -> None:
        self.path = root / FILE

    def all(self) -> list[Attempt]:
        """Every run that is kept, the latest first."""
        if not self.path.is_file():
            return []
        return [Attempt.from_json(each) for each in json.loads(self.path.read_text(encoding="utf-8"))]

    @property
    def last(self) -> Attempt | None:
        """The latest run; None before the first."""
        found = self.all()
        return found[0] if found else None

    def begin(self) -> Attempt:
        """Note that a run begins."""
        attempt = Attempt(now())
        self.write([attempt, *self.all()])
        return attempt

    def finish(self, attempt: Attempt, run_id: str, figures: Mapping[str, int]) -> None:
        """Note what a run has done."""
        self.put(replace(attempt, finished_at=now(), run_id=run_id, figures=figures))

    def fail(self, attempt: Attempt, error: DangolError) -> None:
        """Note what stopped a run."""
        what = error.what if not error.where else told("{place}: {what}", place=error.where, what=error.what)
        self.put(replace(attempt, finished_at=now(), problem=what, hint=error.hint or ""))

    def put(self, attempt: Attempt) -> None:
        """Write a run in the place of itself."""
        self.write([attempt, *(each for each in self.all() if each.started_at != attempt.started_at)])

    def write(self, attempts: list[Attempt]) -> None:
        """Write the latest ones, the latest first."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        latest = sorted(attempts, key=lambda each: each.started_at, reverse=True)
        write_json(self.path, [each.as_json() for each in latest[:KEPT]])


def now() -> str:
    """This moment, UTC."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat()


def counts_of(identity: Mapping[str, Any]) -> dict[str, int]:
    """The figures that a run may change."""
    return {name: int(identity[f"{name}_count"]) for name in ("customer", "record", "order")}


def figures_of(result: Result) -> dict[str, int]:
    """What a run has loaded and found."""
    figures = counts_of(result.facts)
    if result.intake is not None:
        loaded = result.intake
        figures |= {
            "files": len(loaded.loaded),
            "rows": loaded.total("rows_loaded"),
            "quarantined": loaded.total("rows_quarantined"),
        }
    return figures
