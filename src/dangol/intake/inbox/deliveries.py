"""What arrived, as deliveries: closed files become one file a table, and what is newer can be read at once."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from dangol.core.tables import TABLES
from dangol.intake.erasure import DEVICE, RECORD, Erased
from dangol.intake.inbox.journal import CLOSED, FOLDER, OPEN, TAKEN
from dangol.intake.settings import SourceSettings

KEPT = timedelta(days=2)
ARRIVING = ("events", "customers", "accounts")
SOURCE = "inbox_{table}"


def gather(root: Path) -> list[Path]:
    """Make deliveries of everything that was written down and closed; the files made, one a table.

    A crash on the way leaves either the old files or the new ones, at worst both: what is read twice has the same numbers
    and counts once.
    """
    folder = root / FOLDER
    recover(folder)
    journals = sorted((folder / CLOSED).glob("*.journal"))
    if not journals:
        return []
    name = f"{journals[0].stem}-{journals[-1].stem.rpartition('-')[2]}.jsonl"
    made = split(journals, folder, name)
    (folder / TAKEN).mkdir(exist_ok=True)
    for journal in journals:
        journal.replace(folder / TAKEN / journal.name)
    forget(folder / TAKEN)
    return made


def recover(folder: Path) -> None:
    """Close files whose writer died; one that a living writer closes meanwhile is where it belongs."""
    for path in sorted((folder / OPEN).glob("*.journal")):
        with suppress(BlockingIOError, FileNotFoundError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.replace(folder / CLOSED / path.name)


def split(journals: Sequence[Path], folder: Path, name: str) -> list[Path]:
    """The lines of some files by table, whole or not at all."""
    asides: dict[str, BinaryIO] = {}
    with ExitStack() as opened:
        for journal in journals:
            for table, row in lines_of(journal):
                if table not in asides:
                    (folder / table).mkdir(exist_ok=True)
                    asides[table] = opened.enter_context((folder / table / f".{name}").open("wb"))
                asides[table].write(row + b"\n")
        for file in asides.values():
            file.flush()
            os.fsync(file.fileno())
    return [(folder / table / f".{name}").replace(folder / table / name) for table in asides]


def wipe_inbox(root: Path, erased: Erased, system: str) -> int:
    """Take everybody forgotten out of what arrived over HTTP; how many lines went.

    Deliveries are written anew. In journals that somebody may still be reading the lines become blank, so that places stay.

    Args:
        root: the workspace's folder.
        erased: whom to take out.
        system: whose customer numbers senders use.
    """
    folder = root / FOLDER
    count = 0
    for table in ARRIVING:
        moment = TABLES[table].moment
        for path in sorted((folder / table).glob("*.jsonl")):
            kept = [each for each in path.read_bytes().splitlines(keepends=True) if not tells(each, erased, system, moment)]
            count += rewritten(path, b"".join(kept))
    for path in sorted((folder / TAKEN).glob("*.journal")):
        count += rewritten(path, b"".join(blank(each, erased, system) for each in path.read_bytes().splitlines(keepends=True)))
    return count


def rewritten(path: Path, content: bytes) -> int:
    """Write a file whole or not at all where it changes; how many lines have gone or become blank."""
    before = path.read_bytes()
    if content == before:
        return 0
    aside = path.with_name(f".{path.name}")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    return sum(map(bool, map(bytes.strip, before.splitlines()))) - sum(map(bool, map(bytes.strip, content.splitlines())))


def blank(line: bytes, erased: Erased, system: str) -> bytes:
    """A line of a journal, as many blanks where it tells of somebody forgotten."""
    table, _, row = line.partition(b"\t")
    known = TABLES.get(table.decode())
    told = known is not None and tells(row, erased, system, known.moment)
    return b" " * (len(line) - 1) + b"\n" if told else line


def tells(row: bytes, erased: Erased, system: str, moment: str | None) -> bool:
    """Whether a row in JSON is about somebody forgotten, and from before they were."""
    if not row.strip():
        return False
    values = json.loads(row)
    until = forgotten_at(values, erased, system)
    written = values.get(moment) if moment else None
    return until is not None and (written is None or datetime.fromisoformat(str(written)).replace(tzinfo=None) < until)


def forgotten_at(values: Mapping[str, Any], erased: Erased, system: str) -> datetime | None:
    """When the customer or device that a row names was last forgotten; None where neither ever was."""
    marks = [erased.mark(RECORD, str(values.get(RECORD) or ""), system), erased.mark(DEVICE, str(values.get(DEVICE) or ""))]
    return max((erased.marks[mark] for mark in marks if mark in erased.marks), default=None)


def lines_of(journal: Path) -> Iterator[tuple[str, bytes]]:
    """Table and JSON of every whole line; a torn last one was never acknowledged."""
    with journal.open("rb") as file:
        for each in file:
            if each.endswith(b"\n") and each.strip():
                table, _, row = each[:-1].partition(b"\t")
                yield table.decode(), row


def forget(folder: Path) -> None:
    """Remove files that every reader has had time to read."""
    oldest = (datetime.now(UTC) - KEPT).timestamp()
    for path in folder.glob("*.journal"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def inbox_sources(root: Path, system: str) -> list[SourceSettings]:
    """The sources that deliveries of the inbox are loaded by.

    Args:
        root: the workspace's folder.
        system: whose customer numbers senders use.
    """
    found = [table for table in ARRIVING if any((root / FOLDER / table).glob("*.jsonl"))]
    return [
        SourceSettings(
            name=SOURCE.format(table=table),
            files=(str((root / FOLDER / table).resolve() / "*.jsonl"),),
            system=system,
            table=table,
            zone="UTC",
            optional=tuple(column.name for column in TABLES[table].columns if not column.required),
            replace=True,
        )
        for table in found
    ]


def seen_since(root: Path, after: Mapping[str, int]) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, int]]:
    """What arrived since a reader last looked, down to what was acknowledged a moment ago; and where it is to go on.

    Args:
        root: the workspace's folder.
        after: bytes read of each file, as returned before; everything that is kept when empty.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    places: dict[str, int] = {}
    for path in paths(root / FOLDER):
        start = after.get(path.name, 0)
        with suppress(FileNotFoundError), path.open("rb") as file:
            file.seek(start)
            whole, newline, _ = file.read().rpartition(b"\n")
            places[path.name] = start + len(whole) + len(newline)
            parts = (each.partition(b"\t") for each in whole.splitlines() if each.strip())
            found += [(table.decode(), json.loads(row)) for table, _, row in parts]
    return found, places


def paths(folder: Path) -> list[Path]:
    """All files there are in the order they were begun, each once, wherever it stands by now."""
    found = {path.name: path for place in (OPEN, CLOSED, TAKEN) for path in (folder / place).glob("*.journal")}
    return [found[name] for name in sorted(found)]
