"""A file for people: CSV and Excel with one row a customer, harmless to open, masked unless a reason is given."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from dangol.core.cleared import Cleared, require_cleared
from dangol.core.declare import Delivered, Parcel, destination, write_whole
from dangol.core.errors import DestinationError, told
from dangol.core.masking import MASKS
from dangol.core.tables import FACTS
from dangol.core.text import Language, Text, format_value

# what makes Excel and its kin compute a cell (OWASP, CSV Injection), full-width signs of Korean and Japanese keyboards included
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
SHEET_ROWS = 1_048_575
HEADERS = {
    "customer_id": Text("고객", "Customer"),
    "channel": Text("채널", "Channel"),
    "consent_recorded_at": Text("동의 일시(UTC)", "Consent recorded at (UTC)"),
    "night": Text("야간 수신 동의", "Night allowed"),
    "arm": Text("발송 그룹", "Arm"),
    "offer": Text("혜택", "Offer"),
    "score": Text("점수", "Score"),
}
Cell = str | int | float | Decimal | None


@destination(ko="파일(CSV·Excel)", en="File (CSV and Excel)", name="file")
def file(cleared: Cleared, parcel: Parcel, folder: Path) -> tuple[Delivered, ...]:
    """Customers to contact, as a CSV and an Excel file for people.

    Names, phone numbers, addresses and e-mail addresses are masked unless the parcel carries a reason. Text that a
    spreadsheet would compute gets a leading single quote; numbers stay numbers. The same input gives the same bytes.
    Beyond Excel's 1,048,575 rows there is only the CSV file.

    Raises:
        ConsentError: anything but cleared customers was handed over.
        DestinationError: a contact row is there twice.
    """
    table = joined(require_cleared(cleared), parcel.contacts)
    head = [escaped(title(name, parcel.language)) for name in table.column_names]
    body = [[cell(value, parcel.language) for value in row] for row in readable(table, masked=not parcel.reason.strip())]
    files = [write_whole(folder / f"{parcel.name}.csv", as_csv([head, *body]), len(body))]
    if len(body) <= SHEET_ROWS:
        files.append(write_whole(folder / f"{parcel.name}.xlsx", as_xlsx([head, *body], cleared.as_of), len(body)))
    return tuple(files)


def joined(cleared: Cleared, contacts: pa.Table) -> pa.Table:
    """Cleared customers with their contact row, in the order of customer_id; contacts of anybody else stay behind.

    Raises:
        DestinationError: a customer has two contact rows.
    """
    rows, ids = cleared.rows, contacts["customer_id"].cast(pa.int64())
    mine = ids.filter(pc.is_in(ids, value_set=rows["customer_id"]))
    counted = mine.value_counts()
    twice = counted.filter(pc.greater(counted.field("counts"), 1)).to_pylist()
    if twice:
        what = told("customer {number} has more than one contact row", number=str(twice[0]["values"]))
        raise DestinationError(what, where="contacts")
    place = pc.index_in(rows["customer_id"], value_set=ids)
    further = {name: contacts[name].take(place) for name in contacts.column_names if name not in rows.column_names}
    return pa.table({**{name: rows[name] for name in rows.column_names}, **further}).sort_by("customer_id")


def title(name: str, language: Language) -> str:
    """The header of a column: ours where we have one, else its name."""
    column = FACTS["people"].by_name.get(name)
    known = HEADERS.get(name) or (Text(column.ko, column.en) if column else None)
    return known.in_(language) if known else name


def readable(table: pa.Table, *, masked: bool) -> Iterable[Sequence[object]]:
    """Rows as plain values, names and addresses masked if asked for."""
    columns: list[list[object]] = []
    for name in table.column_names:
        values = table[name].to_pylist()
        mask = MASKS.get(name) if masked else None
        columns.append([mask(str(value)) if mask and value is not None else value for value in values])
    return zip(*columns, strict=True)


def cell(value: object, language: Language) -> Cell:
    """A value as it stands in a cell: numbers as numbers, everything else as harmless text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return format_value("flag", value, language)
    if isinstance(value, int | float | Decimal):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return escaped(str(value))


def escaped(text: str) -> str:
    """Text that a spreadsheet shows and never computes."""
    return f"'{text}" if text.startswith(TRIGGERS) else text


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """CSV as Excel opens it in any country: UTF-8 with a byte order mark, lines ended as RFC 4180 says."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[Sequence[Cell]], created: datetime) -> bytes:
    """An Excel file with typed cells; its clock is the campaign's, so that equal content is equal bytes."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": created})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif value is not None:
                    sheet.write_number(number, place, value)
    return content.getvalue()
