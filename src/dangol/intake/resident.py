"""Resident registration numbers (주민등록번호): told by header or by value, refused either way, never repeated in a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from dangol.core.errors import SourceError, told
from dangol.intake.header import is_refused

SHAPE = re.compile(r"(\d{2})(\d{2})(\d{2})[\s-]?([1-8])(\d{6})")
WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
FOREIGN = "5678"
# One barcode in forty has a number's date and check digit by chance; a column of residents has them throughout.
FEWEST_SHARE = 0.5


def is_resident_number(text: str) -> bool:
    """Whether a text is a resident or foreigner registration number: 13 digits, a date that exists, the right check digit.

    The check digit is (11 − Σ weight × digit mod 11) mod 10; foreigners' numbers issued before 2020 use 13 instead of 11.
    """
    found = SHAPE.fullmatch(text.strip())
    if found is None or not is_day(found):
        return False
    digits = [int(sign) for sign in "".join(found.groups())]
    total = sum(weight * digit for weight, digit in zip(WEIGHTS, digits[:12], strict=True)) % 11
    mended = (13 - total) % 10 if found[4] in FOREIGN else None
    return digits[12] in ((11 - total) % 10, mended)


def is_day(found: re.Match[str]) -> bool:
    """Whether the first six digits are a day of the century that the seventh tells."""
    century = 1900 if found[4] in "1256" else 2000
    try:
        date(century + int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def holds_resident_numbers(values: Iterable[str | None]) -> bool:
    """Whether at least half of a column's filled values are such numbers."""
    filled = [value for value in values if value and value.strip()]
    return bool(filled) and sum(map(is_resident_number, filled)) >= FEWEST_SHARE * len(filled)


def refused_headers(headers: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[str]:
    """Headers of a file that the law forbids to load, by their words or by their values."""
    return [
        header for place, header in enumerate(headers) if is_refused(header) or holds_resident_numbers(column_of(rows, place))
    ]


def column_of(rows: Sequence[Sequence[str | None]], place: int) -> list[str | None]:
    """One column of rows that may end early."""
    return [row[place] for row in rows if place < len(row)]


def refuse(headers: Sequence[str], rows: Sequence[Sequence[str | None]], where: str = "") -> None:
    """Make sure that a file has no column that may not be kept.

    Raises:
        SourceError: it has; the header is named, never a value.
    """
    refused = refused_headers(headers, rows)
    if refused:
        what = told("the file has a column {header:quoted}, which the law forbids to keep", header=refused[0])
        raise SourceError(what, where=where, hint=told("remove the column and deliver again"))
