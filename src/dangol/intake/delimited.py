"""CSV and TSV files: delimiter and header row found, rows staged by the engine with ragged lines set apart."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.engine.scan import csv_scan, parquet_scan
from dangol.core.errors import SourceError, told
from dangol.intake.encoding import HEAD, detect, inspect_text, to_utf8
from dangol.intake.header import distinct
from dangol.intake.opened import LOOK_ROWS, Opened, Staged, heading_place
from dangol.intake.settings import SourceSettings

MOST_SHIFTS = 100
DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True)
class Layout:
    """How a text file is laid out.

    Attributes:
        path: the file as UTF-8.
        skip: lines above the first row of data, the headers' among them.
        look: the first rows of data.
    """

    path: Path
    delimiter: str
    skip: int
    headers: tuple[str, ...]
    look: list[list[str]]


def open_delimited(path: Path, settings: SourceSettings, duck: Duck, folder: Path) -> Opened:
    """A CSV or TSV file ready to be mapped.

    Args:
        path: the file.
        settings: may fix encoding, delimiter and header row.
        duck: stages the rows.
        folder: for the UTF-8 copy and the staged rows.

    Raises:
        SourceError: empty, header only, or written in another encoding.
    """
    facts = inspect_text(path)
    if not facts.size:
        raise SourceError(told("the file is empty"), where=str(path))
    encoding = detect(facts, settings.encoding, str(path))
    copy = folder / f"{facts.content[:12]}.csv"
    layout = read_layout(to_utf8(path, encoding, copy, mixed=facts.mixed), settings, path)

    @cache
    def stage() -> Staged:
        return stage_layout(layout, duck, folder / f"{facts.content[:12]}.parquet", f"rejects_{facts.content[:12]}")

    return Opened(path.name, path, layout.headers, layout.look, stage)


def read_layout(path: Path, settings: SourceSettings, original: Path) -> Layout:
    """Delimiter, header row and first rows of a UTF-8 file.

    Raises:
        SourceError: nothing but headers, or fewer rows than the declared header row.
    """
    text = beginning(path)
    delimiter = settings.delimiter or find_delimiter(text, original.suffix.lower())
    rows, ends = split(text, delimiter)
    place = place_of_line(ends, settings.header_row) if settings.header_row else heading_place(rows, settings)
    if place >= len(rows):
        raise SourceError(told("header_row {row} is below the last row", row=settings.header_row), where=str(original))
    look = [row for row in rows[place + 1 : place + 1 + LOOK_ROWS] if row]
    if not look:
        raise SourceError(told("the file has headers but no rows"), where=str(original))
    return Layout(path, delimiter, ends[place], distinct(rows[place]), look)


def beginning(path: Path) -> str:
    """The first whole lines of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read(HEAD)
        return text if len(text) < HEAD else text[: text.rfind("\n") + 1] or text


def split(text: str, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """Rows of a text, and the line on which each ends, from 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, ends = [], []
    for row in reader:
        rows.append(row)
        ends.append(reader.line_num)
    return rows, ends


def place_of_line(ends: list[int], line: int) -> int:
    """Which row ends on a line."""
    return next((place for place, end in enumerate(ends) if end >= line), len(ends))


def find_delimiter(text: str, suffix: str) -> str:
    """The sign that splits most lines into the same number of fields."""
    if suffix == ".tsv":
        return "\t"
    return max(DELIMITERS, key=lambda sign: regularity(text, sign))


def regularity(text: str, delimiter: str) -> tuple[float, int]:
    """Share of lines with the most common number of fields, and that number."""
    rows, _ = split("\n".join(text.splitlines()[:100]), delimiter)
    counts = Counter(map(len, filter(None, rows)))
    common = sorted((lines, fields) for fields, lines in counts.items() if fields > 1)
    if not common:
        return 0.0, 0
    lines, fields = common[-1]
    return round(lines / sum(counts.values()), 1), fields


def stage_layout(layout: Layout, duck: Duck, target: Path, rejects: str) -> Staged:
    """All rows as text columns in the order of the file; ragged lines in the table of rejects."""
    columns = [f"c{place}" for place in range(len(layout.headers))]
    for table in (rejects, f"{rejects}_scan"):
        duck.drop(table)
    scan = csv_scan(layout.path, columns, delimiter=layout.delimiter, skip=layout.skip, rejects=rejects)
    duck.write_parquet(exp.select("*").from_(scan), target, staging=True)
    fields = dict(zip(layout.headers, columns, strict=True))
    types = dict.fromkeys(layout.headers, "VARCHAR")
    first_row = layout.skip + 1
    return Staged(
        parquet_scan([target], row_number=True), fields, types, first_row, rejects, find_shifts(duck, rejects, first_row)
    )


def find_shifts(duck: Duck, rejects: str, first_row: int) -> tuple[int, ...]:
    """How many readable rows came before each of the first ragged lines; a file with more is broken as a whole."""
    lines = duck.rows(exp.select("line").distinct().from_(exp.to_table(rejects)).order_by("line").limit(MOST_SHIFTS))
    return tuple(int(row["line"]) - first_row - place for place, row in enumerate(lines))
