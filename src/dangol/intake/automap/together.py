"""Several files read together: what one file leaves open another may settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dangol.core.declare.source import Preset
from dangol.core.errors import DangolError
from dangol.intake.automap.inspect import Inspected, inspect_file
from dangol.intake.automap.proposal import Proposal, Relation
from dangol.intake.automap.propose import propose_file
from dangol.intake.automap.relations import confirmed, gathered, keys_reader, relations, with_systems
from dangol.intake.automap.stand_in import standing
from dangol.intake.header import find_header
from dangol.intake.opening import Bench


@dataclass(frozen=True)
class Said:
    """What somebody said of files, so that it need not be told from them.

    Attributes:
        table: the canonical table of all of them.
        system: whose numbers they all use; found from shared keys when empty.
        columns: our column → header; holds for the files that have the header.
    """

    table: str = ""
    system: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposed:
    """What was understood of some files.

    Attributes:
        proposals: one source each, in the order of the files.
        relations: keys that one source shares with another.
        refused: files that could not be read or must not be, with the reason.
    """

    proposals: tuple[Proposal, ...]
    relations: tuple[Relation, ...]
    refused: Mapping[Path, DangolError]


def propose(paths: Sequence[Path], bench: Bench, presets: Sequence[Preset] = (), said: Said | None = None) -> Proposed:
    """What files are: table, columns, keys, systems and relations, each with how sure it is.

    Args:
        paths: CSV, Excel, Parquet or JSON-lines files.
        bench: the engine, and a folder for staged rows.
        presets: known systems, recognised by their headers.
        said: what somebody said of all of them.
    """
    said = said or Said()
    inspected, refused = inspect_all(paths, bench)
    keys = keys_reader(bench.duck)
    found = [propose_file(each, presets, said.table, given(said.columns, each)) for each in inspected]
    found = list(map(completed, confirmed(found, keys)))
    found = [replace(each, system=said.system) for each in found] if said.system else with_systems(found, keys)
    named = [replace(each, name=f"source {place}") for place, each in enumerate(gathered(found), start=1)]
    return Proposed(tuple(named), tuple(relations(named, keys)), refused)


def completed(proposal: Proposal) -> Proposal:
    """A proposal with its stand-ins chosen again; those of known systems stay as they are."""
    return proposal if proposal.preset else standing(proposal)


def given(columns: Mapping[str, str], file: Inspected) -> dict[str, str]:
    """What was said of a file's own headers, each as the file writes it."""
    found = {column: find_header(header, file.headers) for column, header in columns.items()}
    return {column: header for column, header in found.items() if header}


def inspect_all(paths: Sequence[Path], bench: Bench) -> tuple[list[Inspected], dict[Path, DangolError]]:
    """Every file looked into, and why some could not be."""
    inspected: list[Inspected] = []
    refused: dict[Path, DangolError] = {}
    for path in paths:
        try:
            inspected.append(inspect_file(path, bench))
        except DangolError as problem:
            refused[path] = problem
    return inspected, refused
