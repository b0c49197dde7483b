"""Columns that name or reach somebody, told by header or values: they never become attributes."""

from __future__ import annotations

from dangol.core.tables import TABLES, Table
from dangol.intake.automap.values import Look
from dangol.intake.header import is_refused, plain, words

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


def says_personal(header: str) -> bool:
    """Whether a header says that its column names or reaches a person."""
    said = plain(header)
    return is_refused(header) or said in personal_words() or said.endswith(NAMING_ENDS)


def personal_words() -> frozenset[str]:
    """Headers that mean names, numbers and addresses in any table."""
    tables: list[Table] = [TABLES[name] for name in CONTACT_TABLES]
    columns = [each for table in tables for each in table.columns if each.personal in ("identifier", "contact")]
    return frozenset().union(*(words(each) | {plain(each.name)} for each in columns))


def looks_personal(look: Look) -> bool:
    """Whether values are addresses, numbers or free text, or names of which hardly any comes twice."""
    telling = any(look.share(kind) >= TELLING_SHARE for kind in TELLING)
    enough = look.rows * look.filled >= FEWEST_NAMES
    return telling or (enough and look.distinct >= DIFFERENT and look.share("name") >= NAMES_SHARE)
