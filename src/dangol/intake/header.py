"""Headers compared as people read them: without case, spaces, signs and units in brackets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from dangol.core.errors import suggest
from dangol.core.tables import Column

UNIT = re.compile(r"\([^)]*\)|\[[^\]]*\]|（[^）]*）")
OTHER_PERSON = (
    *("수취인", "수령인", "수령자", "받는", "받으시는", "배송지"),
    *("receiver", "recipient", "shipto", "shipping", "consignee", "delivery"),
)
REFUSED = (
    "주민등록",
    "주민번호",
    "외국인등록번호",
    "여권번호",
    "운전면허번호",
    "residentregistration",
    "socialsecurity",
    "passportn",
)
REFUSED_WHOLE = frozenset({"rrn", "ssn", "jumin", "residentnumber", "주민"})


def plain(header: str) -> str:
    """A header as it is compared: `주문 금액(원)` and `주문금액` are the same."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return letters(UNIT.sub("", text)) or letters(text)


def letters(text: str) -> str:
    """Letters and digits only."""
    return "".join(sign for sign in text if sign.isalnum())


def words(column: Column) -> frozenset[str]:
    """Headers that mean a column, other than its own name."""
    return frozenset(plain(word) for word in (column.ko, column.en, *column.also))


def is_refused(header: str) -> bool:
    """Whether a header announces numbers that the law forbids to keep, such as resident registration numbers."""
    text = plain(header)
    return text in REFUSED_WHOLE or any(word in text for word in REFUSED)


def is_other_person(header: str, column: Column) -> bool:
    """Whether a header speaks of the receiver and the column of the customer."""
    return column.personal in ("identifier", "contact") and plain(header).startswith(OTHER_PERSON)


def distinct(headers: Sequence[object]) -> tuple[str, ...]:
    """Headers as read, with the empty ones named and the repeated ones numbered."""
    seen: dict[str, int] = {}
    result = []
    for place, header in enumerate(headers, start=1):
        name = " ".join(str(header if header is not None else "").split()) or f"column {place}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return tuple(result)


def find_header(wanted: str, headers: Sequence[str]) -> str | None:
    """The header of a file that a setting means."""
    alike = [header for header in headers if plain(header) == plain(wanted)]
    return wanted if wanted in headers else next(iter(alike), None)


def nearest(name: str, known: Sequence[str]) -> str:
    """A suggestion among names, as part of one line."""
    return suggest(name, known)
