"""From what a file says to canonical types: one expression per column, computed by the engine for all rows at once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from dangol.core.tables import YES, Column
from dangol.intake.dates import day, moment, to_utc
from dangol.intake.header import letters
from dangol.intake.number import OF_KIND, number, typed_number
from dangol.intake.settings import DateOrder
from dangol.intake.template import cases, fill, name, one_of

NO = ("n", "no", "false", "0", "거부", "미동의", "아니오", "아니요", "f", "x", "미수신", "비동의", "off")
BLANK = ("", "null", "(null)", "nan", "#n/a", "n/a", "none", "nat", "<na>")
ALSO_BLANK = (*BLANK, "-", "na", "없음", "미상", ".")
# The plain trim is three times as fast and knows every space but the tab, with which shops keep Excel from reading numbers.
TRIMMED = "CASE WHEN contains(x, chr(9)) THEN trim(x, spaces) ELSE trim(x) END"
# What `cleaned` might change: a space, tab or sign in front (which all come before "0"), a word for nothing by its first
# letter, a space behind, a tab anywhere, or any letter beyond ASCII. Nearly all fields are none of these, and comparing is five
# times as fast as cleaning.
SUSPICIOUS = """
x < '0' OR x >= '<' AND x < '=' OR x >= 'N' AND x < 'O' OR x >= 'n' AND x < 'o'
OR suffix(x, ' ') OR contains(x, chr(9)) OR strlen(x) <> length(x)
"""
SPACES = " \t\r\n\u00a0\u3000\ufeff"
STRICT = {("messages", "message_event"), ("campaign_members", "arm"), ("orders", "status"), ("churn_labels", "churn_status")}
NUMBERS = (
    "INTEGER",
    "BIGINT",
    "DOUBLE",
    "DECIMAL",
    "FLOAT",
    "SMALLINT",
    "TINYINT",
    "HUGEINT",
    "UBIGINT",
    "UINTEGER",
    "USMALLINT",
    "UTINYINT",
)
FRACTIONS = ("DOUBLE", "FLOAT")


@dataclass(frozen=True)
class Reading:
    """How values of one source are written.

    Attributes:
        zone: of moments without an offset.
        decimal: decimal sign of numbers in text.
        serials: bare numbers in date columns are a spreadsheet's day numbers.
    """

    zone: str
    decimal: str = "."
    serials: bool = False


def is_strict(table: str, column: str) -> bool:
    """Whether a value outside the declared choices is refused rather than kept as it is."""
    return table == "consents" or (table, column) in STRICT


def word(field: exp.Expr, engine_type: str, column: Column) -> exp.Expr:
    """A field without the spaces around it; what stands for nothing becomes missing."""
    if is_typed(engine_type, column):
        return fill("CASE WHEN isfinite(x) THEN x END", x=field) if engine_type in FRACTIONS else field.copy()
    text = as_text(field, engine_type)
    return cases([(fill(SUSPICIOUS, x=text), cleaned(text, column))], text)


def cleaned(text: exp.Expr, column: Column) -> exp.Expr:
    """A text without the spaces around it, missing when it is a word for nothing."""
    trimmed = fill(TRIMMED, x=text, spaces=exp.Literal.string(SPACES))
    blanks = BLANK if column.kind in ("text", "category") else ALSO_BLANK
    blank = exp.Nullif(this=trimmed.copy(), expression=cases([(one_of(fill("lower(x)", x=trimmed), blanks), trimmed.copy())]))
    return cases([(fill("strlen(x) <= 6", x=text), blank)], exp.Nullif(this=trimmed, expression=exp.Literal.string("")))


def is_typed(engine_type: str, column: Column) -> bool:
    """Whether a typed file's values can be taken without reading text."""
    if column.kind in OF_KIND:
        return engine_type.split("(", maxsplit=1)[0] in NUMBERS
    if column.kind in ("moment", "day"):
        return engine_type.startswith(("TIMESTAMP", "DATE"))
    return column.kind == "flag" and engine_type == "BOOLEAN"


def as_text(field: exp.Expr, engine_type: str) -> exp.Expr:
    """A field as text; a number such as 17850.0, which is a key in truth, loses its point."""
    if engine_type == "VARCHAR":
        return field.copy()
    text = exp.cast(field.copy(), "varchar")
    if engine_type not in FRACTIONS:
        return text
    whole = fill("isfinite(x) AND trunc(x) = x AND abs(x) < 9e15", x=field)
    return cases([(whole, exp.cast(exp.cast(field.copy(), "bigint"), "varchar"))], text)


def typed(x: exp.Expr, engine_type: str, column: Column, reading: Reading, order: DateOrder | None = None) -> exp.Expr:
    """A trimmed field as the column's canonical type; missing when it cannot be read."""
    if is_typed(engine_type, column):
        return from_typed(x, engine_type, column, reading)
    if column.kind in OF_KIND:
        return number(x, OF_KIND[column.kind], reading.decimal, percent=column.kind in ("share", "probability"))
    if column.kind == "moment":
        return moment(x, reading.zone, order, serials=reading.serials)
    if column.kind == "day":
        return day(x, order, serials=reading.serials)
    if column.kind == "flag":
        return flag(x)
    return choice(x, column) if column.choices else x


def from_typed(x: exp.Expr, engine_type: str, column: Column, reading: Reading) -> exp.Expr:
    """A value of a typed file as ours; times without a zone are local ones."""
    if column.kind in OF_KIND:
        return typed_number(x, OF_KIND[column.kind])
    if column.kind == "flag":
        return x
    if column.kind == "day":
        return exp.TryCast(this=x, to=exp.DataType.build("date"), safe=True)
    stamp = exp.cast(x, "timestamp")
    return stamp if engine_type.endswith("WITH TIME ZONE") else to_utc(stamp, reading.zone)


def flag(x: exp.Expr) -> exp.Expr:
    """Yes or no in either language."""
    small = fill("lower(x)", x=x)
    return cases([(one_of(small, YES), exp.true()), (one_of(small, NO), exp.false())])


def choice(x: exp.Expr, column: Column) -> exp.Expr:
    """A declared value for each of its spellings; other values stay as they are."""
    small = fill("replace(replace(replace(lower(x), ' ', ''), '-', ''), '_', '')", x=x)
    pairs = [
        (one_of(small, tuple(dict.fromkeys(letters(each.casefold()) for each in (value, *spellings)))), exp.Literal.string(value))
        for value, spellings in column.choices.items()
    ]
    # Files written by machines mostly say it in our words already; comparing with each spelling costs ten times as much.
    ours = exp.or_(*(exp.EQ(this=x.copy(), expression=exp.Literal.string(value)) for value in column.choices))
    return cases([(ours, x.copy()), *pairs], x.copy())


def outside_choices(column: Column) -> exp.Expr:
    """Whether a typed column holds none of its declared values."""
    return exp.not_(one_of(name(column.name), tuple(column.choices)))
