"""What was loaded: one line per delivery, written whole or not at all, so that a crash never leaves half a delivery."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from dangol.core.errors import DataError, told
from dangol.intake.notice import Notice

MANIFEST = "intake.json"
FORMAT = 1


@dataclass(frozen=True)
class Delivery:
    """One file as it was loaded.

    Attributes:
        number: order of loading, from 1.
        fingerprint: of bytes, mapping and the code's version; the same means nothing to do.
        content: of the bytes alone.
        table: the table its rows became.
        files: table → file below the workspace folder, lifted tables and returns included.
        rows: table → rows written, for every file.
        reasons: reason → quarantined rows.
        columns: table → columns of its file.
        filled: column → rows with a value.
        headers: column → the headers that filled it.
        first, last: earliest and latest moment, ISO, UTC.
        loaded_at: when it was loaded, ISO, UTC; None where an older version loaded it.
        reading: how the source was read, settings and code; a database is read on only where this is the same.
        reached: the largest `since` of a database that is read on from there: kind and value as text.
    """

    number: int
    fingerprint: str
    content: str
    source: str
    file: str
    table: str
    raw: str
    files: Mapping[str, str]
    rows: Mapping[str, int]
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    rows_moved: int
    quarantine: str | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    first: str | None = None
    last: str | None = None
    notices: tuple[Notice, ...] = ()
    seconds: float = 0.0
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    loaded_at: str | None = None
    reading: str = ""
    reached: tuple[str, str] | None = None

    def owned(self, root: Path) -> set[Path]:
        """Its files in the workspace, the raw ones aside."""
        return {root / file for file in (*self.files.values(), self.quarantine or "")}

    @property
    def stem(self) -> str:
        """Name of its files in every folder."""
        return f"{self.source}-{self.fingerprint[:12]}"


def deliveries(root: Path) -> list[Delivery]:
    """All deliveries of a workspace in the order they were loaded; none before the first load.

    Raises:
        DataError: the manifest is damaged.
    """
    path = root / MANIFEST
    if not path.is_file():
        return []
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))["deliveries"]
        return [Delivery(**{**line, "notices": tuple(Notice(**notice) for notice in line["notices"])}) for line in lines]
    except (ValueError, KeyError, TypeError) as problem:
        what = told("the list of deliveries is damaged: {problem}", problem=str(problem))
        raise DataError(what, where=str(path), hint=told("load again into a new folder")) from problem


def last_loaded(root: Path) -> datetime:
    """When something was loaded last, UTC without zone; now where older versions did not note it."""
    known = [each.loaded_at for each in deliveries(root) if each.loaded_at]
    now = datetime.now(UTC).replace(tzinfo=None)
    return min(max((datetime.fromisoformat(each).replace(tzinfo=None) for each in known), default=now), now)


def record(root: Path, loaded: Sequence[Delivery]) -> None:
    """Write the list of deliveries in one step, then remove files that no delivery owns any more."""
    root.mkdir(parents=True, exist_ok=True)
    path = root / MANIFEST
    aside = path.with_name(f".{MANIFEST}.{secrets.token_hex(4)}")
    text = json.dumps({"format": FORMAT, "deliveries": [asdict(each) for each in loaded]}, ensure_ascii=False, indent=1)
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)
    clean(root, loaded)


def clean(root: Path, loaded: Sequence[Delivery]) -> None:
    """Remove what a killed load or a replaced delivery left behind."""
    owned = set(chain.from_iterable(each.owned(root) for each in loaded))
    for file in {*root.glob("tables/*/*"), *root.glob("quarantine/*/*")} - owned:
        file.unlink(missing_ok=True)
    kept = {Path(each.raw).parent.name for each in loaded}
    for folder in (root / "raw").glob("*"):
        if folder.name not in kept:
            empty(folder)


def empty(folder: Path) -> None:
    """Remove a folder with its files; what cannot go now goes with the next load."""
    for file in folder.glob("*"):
        file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def table_files(root: Path) -> dict[str, list[Path]]:
    """Accepted files of every canonical table, in the order they were loaded."""
    found: dict[str, list[Path]] = {}
    for each in deliveries(root):
        for table, file in each.files.items():
            if each.rows.get(table):
                found.setdefault(table, []).append(root / file)
    return found


def forget(root: Path, source: str) -> int:
    """Take everything a source ever delivered out of the workspace; returns the number of deliveries."""
    loaded = deliveries(root)
    left = [each for each in loaded if each.source != source]
    record(root, left)
    return len(loaded) - len(left)


def numbered(loaded: Sequence[Delivery], added: Delivery) -> Delivery:
    """A delivery with the next number."""
    return replace(added, number=max((each.number for each in loaded), default=0) + 1)
