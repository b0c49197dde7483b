"""Past profiles, made once and read by every prediction that learns from the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dangol.core.declare import Feature
from dangol.core.engine import Duck
from dangol.workspace.binding import Binder
from dangol.workspace.profile import Profile, build_profile
from dangol.workspace.stages import StageStore

FILE = "past.parquet"


@dataclass
class Shelf:
    """Where the past profiles of one run stand.

    Attributes:
        stages: keeps them.
        inputs: what they depend on beside moment and customers.
        columns: feature columns that any prediction of the run reads.
    """

    stages: StageStore
    inputs: Mapping[str, Any]
    columns: Sequence[str]

    def mount(self, duck: Duck, past: Binder, features: Sequence[Feature], table: str) -> Profile:
        """Make a past profile readable as a table; whoever needs it first makes it.

        Args:
            duck: engine with the facts mounted.
            past: the customers to learn from, at the moment.
            features: all families.
            table: what it is to be called.
        """
        at = past.as_of.isoformat()
        files = {name: str(path) for name, path in past.facts.files.items()}
        inputs = {**self.inputs, "at": at, "files": files, "columns": sorted(self.columns)}
        stage = self.stages.ensure("past", inputs, lambda folder: self.make(duck, past, features, folder / FILE))
        duck.view(table, stage.folder / FILE)
        families = {name: tuple(columns) for name, columns in stage.facts["families"].items()}
        known = {family.name: family.outputs for family in features}
        columns = {name: known[family][name] for family, names in families.items() for name in names}
        return Profile(columns, families, {name: tuple(each) for name, each in stage.facts["absent"].items()})

    def make(self, duck: Duck, past: Binder, features: Sequence[Feature], target: Path) -> Mapping[str, Any]:
        """Write one past profile; returns which families it holds."""
        write = partial(duck.write_parquet, path=target, fast=True)
        made = build_profile(duck, past, features, table="shelved", only=tuple(self.columns), write=write)
        return {"families": made.families, "absent": made.absent}
