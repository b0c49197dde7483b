"""A file or a query result once it is open: its headers, a look at its rows, and the way to all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from dangol.core.tables import TABLES
from dangol.intake.header import plain, words
from dangol.intake.notice import Notice
from dangol.intake.settings import SourceSettings

LOOK_ROWS = 200
HEADING_ROWS = 30
LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Staged:
    """All rows, where the engine can scan them any number of times.

    Attributes:
        scan: a table with `file_row_number` from 0.
        fields: header → column of the scan.
        types: header → the engine's type.
        first_row: what people call the row whose `file_row_number` is 0.
        rejects: temporary table of lines with too few or too many fields, if the format can have such.
        shifts: numbers of readable rows that came before each such line, so that later rows keep their line's number.
    """

    scan: exp.Table
    fields: Mapping[str, str]
    types: Mapping[str, str]
    first_row: int = 1
    rejects: str | None = None
    shifts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Opened:
    """A source's file, looked at but not yet loaded.

    Attributes:
        file: name people know it by.
        raw: what is kept as delivered.
        headers: in their order.
        look: the first rows as text, for deciding how dates are written.
        stage: makes all rows scannable; computed once.
        serials: bare numbers in date columns are day numbers of a spreadsheet.
    """

    file: str
    raw: Path
    headers: tuple[str, ...]
    look: Sequence[Sequence[str | None]]
    stage: Callable[[], Staged]
    serials: bool = False
    notices: tuple[Notice, ...] = field(default=())


def known_words() -> frozenset[str]:
    """Every word that is a header of some canonical column."""
    return frozenset(
        word for table in TABLES.values() for column in table.columns for word in (*words(column), plain(column.name))
    )


def heading_place(rows: Sequence[Sequence[object]], settings: SourceSettings) -> int:
    """Which row holds the headers when the settings do not say."""
    return find_heading(rows, known_words() | {plain(word) for wanted in settings.columns.values() for word in each_word(wanted)})


def each_word(wanted: str | tuple[str, ...]) -> tuple[str, ...]:
    """One or several headers as several."""
    return (wanted,) if isinstance(wanted, str) else wanted


def find_heading(rows: Sequence[Sequence[object]], known: frozenset[str]) -> int:
    """Which of the first rows holds the headers: the one with most known names, then with most text.

    Args:
        rows: the first rows of a sheet or file.
        known: words that are headers, as `plain` writes them.
    """
    scores = [heading_score(row, known) for row in rows[:HEADING_ROWS]]
    return scores.index(max(scores)) if scores else 0


def heading_score(row: Sequence[object], known: frozenset[str]) -> tuple[int, int]:
    """How much a row looks like headers."""
    cells = [str(cell) for cell in row if str(cell if cell is not None else "").strip()]
    named = len({plain(cell) for cell in cells} & known)
    return named, len(list(filter(LETTER.search, cells)))
