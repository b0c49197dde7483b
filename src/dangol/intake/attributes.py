"""What a file says beyond our columns: kept as attributes where the table has room for them, personal data never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dangol.core.tables import TABLES, Table
from dangol.intake.automap.values import look_at
from dangol.intake.header import is_refused, plain, words
from dangol.intake.mapping import Mapped, without
from dangol.intake.resident import column_of

ATTRIBUTES = "attributes"
CONTACT_TABLES = ("customers", "accounts", "staff")
# Kinds of values that name or reach somebody, and how many of a column's values make it one of them.
TELLING = ("email", "phone", "business_number", "resident_number", "long_text", "url")
TELLING_SHARE, NAMES_SHARE, DIFFERENT = 0.2, 0.8, 0.6
FEWEST_NAMES = 10
NAMING_ENDS = (
    "firstname",
    "lastname",
    "fullname",
    "contactname",
    "surname",
    "이름",
    "성명",
    "담당자명",
    "고객명",
    "연락처",
    "주소",
)


def with_attributes(
    mapped: Mapped, ignored: Sequence[str], rows: Sequence[Sequence[str | None]], headers: Sequence[str]
) -> Mapped:
    """A mapping that also keeps what nothing else was made of, where its table has room for it.

    Args:
        mapped: what the file's headers became; where settings name columns for `attributes`, those and no others are kept.
        ignored: headers that are to be passed over.
        rows: the first rows of the file.
        headers: of these rows.
    """
    if ATTRIBUTES not in mapped.table.by_name or ATTRIBUTES in mapped.columns:
        return mapped
    kept = tuple(
        header for header in without(mapped.unmapped, ignored) if not is_personal(header, column_of(rows, headers.index(header)))
    )
    if not kept:
        return mapped
    left = tuple(header for header in mapped.unmapped if header not in kept)
    return replace(mapped, columns={**mapped.columns, ATTRIBUTES: kept}, unmapped=left)


def is_personal(header: str, values: Sequence[str | None]) -> bool:
    """Whether a column names or reaches a person, by its header or by what its first values look like."""
    said = plain(header)
    return is_refused(header) or said in personal_words() or said.endswith(NAMING_ENDS) or looks_personal(values)


def personal_words() -> frozenset[str]:
    """Headers that mean names, numbers and addresses in any table."""
    tables: list[Table] = [TABLES[name] for name in CONTACT_TABLES]
    columns = [each for table in tables for each in table.columns if each.personal in ("identifier", "contact")]
    return frozenset().union(*(words(each) | {plain(each.name)} for each in columns))


def looks_personal(values: Sequence[str | None]) -> bool:
    """Whether values are addresses, numbers or free text, or names of which hardly any comes twice."""
    known = [value.strip() for value in values if value and value.strip()]
    if not known:
        return False
    different = len(set(known)) / len(known)
    look = look_at(known, rows=len(known), filled=1.0, distinct=different)
    telling = any(look.share(kind) >= TELLING_SHARE for kind in TELLING)
    return telling or (len(known) >= FEWEST_NAMES and different >= DIFFERENT and look.share("name") >= NAMES_SHARE)
