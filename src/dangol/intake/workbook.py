"""Excel workbooks, xlsx and xls, also behind a password; macros are refused."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from msoffcrypto import OfficeFile
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError
from python_calamine import CalamineError, CalamineWorkbook

from dangol.core.config import secret
from dangol.core.engine.scan import parquet_scan
from dangol.core.errors import SourceError, suggest, told
from dangol.intake.encoding import fingerprint
from dangol.intake.header import distinct
from dangol.intake.notice import Notice
from dangol.intake.opened import LOOK_ROWS, Opened, Staged, heading_place
from dangol.intake.settings import SourceSettings

OLE = b"\xd0\xcf\x11\xe0"
ROW = "file_row_number"


def boolean_text(value: object) -> str:
    """Yes or no as flags are written."""
    return "true" if value else "false"


def number_text(value: object) -> str:
    """A number without the point that spreadsheets give to whole ones."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)


def moment_text(value: object) -> str:
    """A date and time as ISO writes it."""
    return value.isoformat(sep=" ") if isinstance(value, dt.datetime) else str(value)


TEXTS: dict[type, Callable[[object], str]] = {bool: boolean_text, float: number_text, dt.datetime: moment_text, str: str}


def cell_text(value: object) -> str | None:
    """A cell or database value as text; empty ones are missing."""
    if value is None or value == "":
        return None
    return TEXTS.get(type(value), str)(value)


def open_workbook(path: Path, settings: SourceSettings, folder: Path) -> Opened:
    """One sheet of a workbook ready to be mapped.

    Args:
        path: .xlsx or .xls.
        settings: may fix sheet and header row and name the password's variable.
        folder: for the staged rows.

    Raises:
        SourceError: damaged, without the right password, no such sheet, empty, header only.
    """
    book = read_book(path, settings)
    name, others = choose_sheet(book, settings.sheet, path)
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    place = settings.header_row - 1 if settings.header_row else heading_place(rows, settings)
    body = body_below(rows, place, name, str(path))
    headers = distinct(widened(trimmed(rows[place]), max(len(row) for _, row in body)))
    look = [[cell_text(cell) for cell in row] for _, row in body[:LOOK_ROWS]]

    @cache
    def stage() -> Staged:
        return write_text(headers, [row for _, row in body], folder / f"{fingerprint(path)[:12]}.parquet", [at for at, _ in body])

    notices = (Notice("other_sheets", ", ".join(others), len(others)),) if others else ()
    return Opened(path.name, path, headers, look, stage, serials=True, notices=notices)


def body_below(rows: Sequence[Sequence[object]], place: int, name: str, where: str) -> list[tuple[int, list[object]]]:
    """The filled rows below the headers, each with its number in the sheet.

    Raises:
        SourceError: there are no headers, or nothing below them.
    """
    if place >= len(rows):
        what = told("sheet {sheet:quoted} has {n} rows and no headers on row {row}", sheet=name, n=len(rows), row=place + 1)
        raise SourceError(what, where=where)
    body = [(at, cells) for at, row in enumerate(rows[place + 1 :], start=place + 2) if (cells := trimmed(row))]
    if not body:
        raise SourceError(told("sheet {sheet:quoted} has headers but no rows", sheet=name), where=where)
    return body


def trimmed(row: Sequence[object]) -> list[object]:
    """A row without the empty cells at its end."""
    cells = list(row)
    while cells and cells[-1] in ("", None):
        cells.pop()
    return cells


def widened(row: list[object], width: int) -> list[object]:
    """Headers for every column that has values, so that none is lost for want of a name."""
    return row + [None] * (width - len(row))


def read_book(path: Path, settings: SourceSettings) -> CalamineWorkbook:
    """The workbook, decrypted where it must be.

    Raises:
        SourceError: damaged, or locked without the right password.
    """
    content = path.read_bytes()
    if content.startswith(OLE):
        content = unlocked(content, path, settings)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except CalamineError as problem:
        what = told("{file:quoted} is damaged or no workbook: {problem}", file=path.name, problem=str(problem))
        raise SourceError(what, where=str(path)) from problem


def unlocked(content: bytes, path: Path, settings: SourceSettings) -> bytes:
    """A workbook's bytes without its password.

    Raises:
        SourceError: no password is declared, or it is wrong.
    """
    try:
        book = OfficeFile(io.BytesIO(content))
        if not book.is_encrypted():
            return content
        if settings.password_env is None:
            what = told("{file:quoted} is locked with a password", file=path.name)
            raise SourceError(what, where=str(path), hint=told("write password_env: NAME_OF_A_VARIABLE"))
        book.load_key(password=secret(settings.password_env))
        plain_copy = io.BytesIO()
        book.decrypt(plain_copy)
    except (InvalidKeyError, DecryptionError) as problem:
        what = told(
            "the password in {variable:quoted} does not open {file:quoted}", variable=settings.password_env, file=path.name
        )
        raise SourceError(what, where=str(path)) from problem
    except (FileFormatError, OSError) as problem:
        what = told("{file:quoted} is damaged or no workbook: {problem}", file=path.name, problem=str(problem))
        raise SourceError(what, where=str(path)) from problem
    return plain_copy.getvalue()


def choose_sheet(book: CalamineWorkbook, wanted: str | None, path: Path) -> tuple[str, list[str]]:
    """The sheet to read and the filled ones that are not.

    Raises:
        SourceError: no sheet of that name.
    """
    names = readable_sheets(book, wanted)
    if wanted and wanted not in names:
        what = told("no sheet {sheet:quoted} in {file:quoted}", sheet=wanted, file=path.name)
        raise SourceError(what, where=str(path), hint=suggest(wanted, names))
    name = wanted or names[0]
    return name, [other for other in names if other != name]


def readable_sheets(book: CalamineWorkbook, wanted: str | None) -> list[str]:
    """The filled sheets and the wanted one; all of them where none is filled."""
    filled = [name for name in book.sheet_names if name == wanted or book.get_sheet_by_name(name).height]
    return filled or list(book.sheet_names)


def write_text(headers: Sequence[str], rows: Sequence[Sequence[object]], target: Path, numbers: Iterable[int]) -> Staged:
    """Rows as a Parquet file of text columns beside their row numbers."""
    names = [f"c{place}" for place in range(len(headers))]
    table = pa.table(text_columns(names, rows) | {ROW: pa.array(numbers, pa.int64())})
    pq.write_table(table, target)
    return Staged(parquet_scan([target]), dict(zip(headers, names, strict=True)), dict.fromkeys(headers, "VARCHAR"), 0)


def text_columns(names: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, pa.Array]:
    """One array of text per column; short rows end in missing values."""
    return {
        name: pa.array([cell_text(row[place]) if place < len(row) else None for row in rows], pa.string())
        for place, name in enumerate(names)
    }
