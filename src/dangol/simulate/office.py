"""Values as Korean offices write them: amounts with 원, dotted dates, Y and N; files in CP949, UTF-8 with a mark, Excel."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import xlsxwriter

from dangol.simulate.clock import SEOUL_HOURS

SHIFT = pa.scalar(SEOUL_HOURS * 3_600_000_000, pa.duration("us"))
JSON_ROWS = 200_000
FIXED_DATE = datetime(2026, 1, 1)


def text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Anything as text."""
    return column.cast(pa.string())


def won(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """An amount as `12,300원`; negative ones keep their sign."""
    whole = column.cast(pa.int64()).cast(pa.string())
    grouped = whole
    for _ in range(4):
        grouped = pc.replace_substring_regex(grouped, r"^(-?\d+)(\d{3})($|,)", r"\1,\2\3")
    return pc.binary_join_element_wise(grouped, "원", "")


def local(column: pa.ChunkedArray, form: str) -> pa.ChunkedArray:
    """A UTC moment as Seoul's clock shows it."""
    return pc.strftime(pc.add(column.cast(pa.timestamp("us")), SHIFT), format=form)


def dotted(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A moment as `2026.11.21 13:05:09`."""
    return whole_seconds(local(column, "%Y.%m.%d %H:%M:%S"))


def dashed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A moment as `2026-11-21 13:05:09`."""
    return whole_seconds(local(column, "%Y-%m-%d %H:%M:%S"))


def whole_seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments without the fraction that Arrow writes."""
    return pc.utf8_slice_codeunits(column, 0, 19)


def day(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A date as `2026.11.21`."""
    return (
        pc.strftime(column.cast(pa.timestamp("s")), format="%Y.%m.%d").cast(pa.string())
        if len(column)
        else column.cast(pa.string())
    )


def yes_no(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A flag as Y or N."""
    return pc.if_else(column, "Y", "N")


def worded(column: pa.ChunkedArray, words: Mapping[str, str]) -> pa.ChunkedArray:
    """Canonical words as Korean ones; words without a translation stay."""
    names = column.cast(pa.string())
    known = pa.array(list(words))
    place = pc.index_in(names, known)
    return pc.coalesce(pa.array(list(words.values())).take(place.combine_chunks()), names)


def csv_bytes(table: pa.Table) -> bytes:
    """A table as CSV in UTF-8, quoted only where needed.

    The rows are put into one piece first: for an empty leading piece Arrow writes memory it never filled.
    """
    sink = io.BytesIO()
    head = ",".join(table.column_names) + "\r\n"
    pa_csv.write_csv(table.combine_chunks(), sink, pa_csv.WriteOptions(include_header=False, quoting_style="needed"))
    return head.encode() + sink.getvalue().replace(b"\n", b"\r\n")


def write_csv(path: Path, table: pa.Table, encoding: str, title: str = "") -> None:
    """Write a CSV file as an office program would.

    Args:
        path: the file.
        table: text columns under their Korean headers.
        encoding: `cp949`, `utf-8` or `utf-8-sig`.
        title: a line above the headers.
    """
    content = csv_bytes(table)
    if title:
        content = f"{title}{',' * (len(table.column_names) - 1)}\r\n".encode() + content
    mark = b"\xef\xbb\xbf" if encoding == "utf-8-sig" else b""
    path.write_bytes(content.decode().encode("cp949") if encoding == "cp949" else mark + content)


def write_workbook(path: Path, table: pa.Table, title: str) -> None:
    """Write an Excel file with a title above the headers; for short tables."""
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        book.set_properties({"created": FIXED_DATE})
        sheet = book.add_worksheet("Sheet1")
        sheet.write(0, 0, title)
        sheet.write_row(2, 0, table.column_names)
        for place, column in enumerate(table.columns):
            sheet.write_column(3, place, column.to_pylist())


def write_json_lines(path: Path, table: pa.Table, layout: Mapping[str, str], quoted: Sequence[str]) -> None:
    """Write one JSON object a line; keys without a value are left out.

    Args:
        path: the file.
        table: its columns; texts hold nothing that JSON must escape.
        layout: key as in `properties.query` → column; inner keys of one object follow each other.
        quoted: columns written in quotation marks.
    """
    with path.open("wb") as sink:
        for first in range(0, table.num_rows, JSON_ROWS):
            lines = json_lines(table.slice(first, JSON_ROWS), layout, quoted)
            sink.write("".join(lines.to_pylist()).encode())


def json_lines(table: pa.Table, layout: Mapping[str, str], quoted: Sequence[str]) -> pa.ChunkedArray:
    """One JSON object for each row, ended by a line break."""
    parts: list[pa.ChunkedArray | str] = []
    for outer in dict.fromkeys(key.split(".")[0] for key in layout):
        inner = {key.split(".")[1]: name for key, name in layout.items() if key.startswith(f"{outer}.")}
        if inner:
            body = pairs(table, inner, quoted)
            parts += [pc.binary_join_element_wise(f',"{outer}":{{', pc.utf8_ltrim(body, ","), "}", "")]
        else:
            parts += [pairs(table, {outer: layout[outer]}, quoted)]
    return pc.binary_join_element_wise("{", pc.utf8_ltrim(pc.binary_join_element_wise(*parts, ""), ","), "}\n", "")


def pairs(table: pa.Table, keys: Mapping[str, str], quoted: Sequence[str]) -> pa.ChunkedArray:
    """`,"key":value` for each key that has a value, put together row by row."""
    found = []
    for key, name in keys.items():
        sign = '"' if name in quoted else ""
        found.append(pc.coalesce(pc.binary_join_element_wise(f',"{key}":{sign}', text(table.column(name)), sign, ""), ""))
    return pc.binary_join_element_wise(*found, "")
