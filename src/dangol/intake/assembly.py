"""One query that turns a staged file into typed, checked rows: every column cast once, every row given its first problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from itertools import chain

from sqlglot import exp

from dangol.core.engine.scan import ROW_NUMBER
from dangol.core.query import literal
from dangol.core.tables import Column
from dangol.core.tables.schema import ATTRIBUTES
from dangol.intake.casting import Reading, is_strict, is_typed, outside_choices, typed, word
from dangol.intake.mapping import Mapped
from dangol.intake.number import number, typed_number
from dangol.intake.opened import Staged
from dangol.intake.settings import Constant, DateOrder
from dangol.intake.template import cases, fill, name

UNREADABLE = {"moment": "unreadable_date", "day": "unreadable_date", "flag": "unreadable_flag"}
POSITIVE = ("discount_amount", "coupon_amount", "order_discount_amount")
NEEDED = {"order_lines": ("ordered_at",)}  # a line that brings its moment must have one, else it stands outside of time
# Spreadsheets and systems write an empty date as their first day: 0001, 1900 or 1970-01-01, in whatever time zone.
FIRST_DAYS_BEFORE = datetime(1970, 1, 3)
# Tills count receipts anew every day, so an order may need several parts to be told from others.
JOINED = {"address": " ", "order_id": "-"}
ROW, PROBLEM = "row_no", "problem"


@dataclass(frozen=True)
class Part:
    """One header as one column of ours: its place in the query and the types on both sides."""

    column: Column
    header: str
    place: int

    @property
    def word(self) -> exp.Column:
        """The trimmed field."""
        return name(f"w{self.place}")

    @property
    def value(self) -> exp.Column:
        """The typed field."""
        return name(f"t{self.place}")


@dataclass(frozen=True)
class Check:
    """A reason for quarantine and the condition under which a row has it."""

    reason: str
    column: str
    condition: exp.Expr
    header: str = ""


@dataclass(frozen=True)
class Assembly:
    """A file's mapping and the way its values are written, from which its query is built.

    Attributes:
        orders: date order for each header that needs one.
        now: rows dated more than a day later are refused.
    """

    mapped: Mapped
    staged: Staged
    reading: Reading
    now: datetime
    currency: str
    orders: Mapping[str, DateOrder] = field(default_factory=dict)

    @property
    def parts(self) -> list[Part]:
        """Every header that fills a column, in order."""
        pairs = [(self.mapped.declared(our), header) for our in self.mapped.names for header in self.mapped.columns.get(our, ())]
        return [Part(column, header, place) for place, (column, header) in enumerate(pairs)]

    @property
    def derives_net(self) -> bool:
        """Whether net sales of a line are computed from its price."""
        return self.mapped.table.name == "order_lines" and "unit_price" in self.mapped.columns

    @property
    def lacks_quantity(self) -> bool:
        """Whether these are lines that do not say how many: one each."""
        return self.mapped.table.name == "order_lines" and "quantity" not in self.mapped.names

    def scan(self) -> exp.Select:
        """Row numbers and raw fields."""
        fields = [exp.alias_(name(field), f"f{place}", quoted=True) for place, field in enumerate(self.staged.fields.values())]
        place, first = name(ROW_NUMBER), self.staged.first_row
        after = [fill("n >= s", n=place, s=literal(shift)) for shift in self.staged.shifts]
        shifted = [(condition, literal(first + count)) for count, condition in enumerate(after, start=1)]
        number_of = exp.Add(this=place, expression=cases(shifted[::-1], literal(first)) if shifted else literal(first))
        return exp.select(exp.alias_(number_of, ROW, quoted=True), *fields).from_(self.staged.scan.copy())

    def raw(self, header: str) -> exp.Column:
        """The raw field of a header within `scan`."""
        return name(f"f{list(self.staged.fields).index(header)}")

    def words(self) -> exp.Select:
        """Trimmed fields."""
        trimmed = [
            exp.alias_(word(self.raw(part.header), self.staged.types[part.header], part.column), part.word.name, quoted=True)
            for part in self.parts
        ]
        return exp.select(name(ROW), *trimmed).from_(self.scan().subquery("scanned", copy=False), copy=False)

    def values(self) -> exp.Select:
        """Typed fields beside the trimmed ones."""
        cast = [exp.alias_(self.cast(part), part.value.name, quoted=True) for part in self.parts]
        exact = [
            exp.alias_(self.exact(part), "exact_price")
            for part in self.parts
            if self.derives_net and part.column.name == "unit_price"
        ]
        return exp.select("*", *cast, *exact).from_(self.words().subquery("words", copy=False), copy=False)

    def cast(self, part: Part) -> exp.Expr:
        """One field as its canonical type."""
        order = self.orders.get(part.header)
        found = typed(part.word, self.staged.types[part.header], part.column, self.reading, order)
        return fill("abs(x)", x=found) if part.column.name in POSITIVE else found

    def exact(self, part: Part) -> exp.Expr:
        """The unit price before it is rounded to the currency."""
        if is_typed(self.staged.types[part.header], part.column):
            return typed_number(part.word, "exact")
        return number(part.word, "exact", self.reading.decimal)

    def columns(self) -> exp.Select:
        """Canonical columns beside the fields they came from."""
        ours = [
            exp.alias_(self.combined(our), our, quoted=True)
            for our in self.mapped.names
            if our != "net_amount" or not self.derives_net
        ]
        ours += [exp.alias_(self.net(), "net_amount")] if self.derives_net else []
        ours += [exp.alias_(exp.cast(literal(1), "double"), "quantity")] if self.lacks_quantity else []
        return exp.select("*", *ours).from_(self.values().subquery("fields", copy=False), copy=False)

    def combined(self, our: str) -> exp.Expr:
        """A column: a constant, one field, the sum of several amounts, or of several texts the first that is filled."""
        column = self.mapped.declared(our)
        if our in self.mapped.constants:
            return constant(self.mapped.constants[our], column, self.reading)
        parts = [part for part in self.parts if part.column.name == our]
        if our == ATTRIBUTES.name:
            return named_values(parts)
        return parts[0].value if len(parts) == 1 else together([part.value for part in parts], column)

    def net(self) -> exp.Expr:
        """Net sales of a line: as delivered, else quantity × price less discounts."""
        names = self.mapped.names
        quantity = self.combined("quantity") if "quantity" in names else literal(1)
        gross = fill("CAST(q AS DOUBLE) * CAST(exact_price AS DOUBLE)", q=quantity)
        off = [fill("COALESCE(CAST(x AS DOUBLE), 0)", x=self.combined(each)) for each in POSITIVE[:2] if each in names]
        net = reduce(lambda left, right: exp.Sub(this=left, expression=right), off, gross)
        derived = fill("CAST(round(n, 2) AS DECIMAL(18, 2))", n=net)
        return exp.func("COALESCE", self.combined("net_amount"), derived) if "net_amount" in names else derived

    def checks(self) -> list[Check]:
        """Everything a row is refused for, the first that holds counting."""
        found = [self.unreadable(part) for part in self.parts if part.column.kind not in ("text", "category")]
        for our in self.mapped.names:
            found += self.checks_of(self.mapped.declared(our))
        return found

    def unreadable(self, part: Part) -> Check:
        """A field is there but has no value of its type."""
        there = fill("w IS NOT NULL AND t IS NULL", w=part.word, t=part.value)
        return Check(UNREADABLE.get(part.column.kind, "unreadable_number"), part.column.name, there, part.header)

    def checks_of(self, column: Column) -> list[Check]:
        """Rules of one column."""
        own, header = name(column.name), (self.mapped.columns.get(column.name) or ("",))[0]
        tomorrow = literal(self.now + timedelta(days=1))
        dated = column.kind in ("moment", "day") and not column.planned
        rules = [
            (self.is_needed(column), "missing", exp.Is(this=own.copy(), expression=exp.null())),
            (column.lowest is not None, "too_low", exp.LT(this=own.copy(), expression=exp.convert(column.lowest or 0))),
            (dated, "future", exp.GT(this=own.copy(), expression=tomorrow)),
            (dated and self.is_needed(column), "empty_date", exp.LT(this=own.copy(), expression=literal(FIRST_DAYS_BEFORE))),
            (column.after in self.mapped.names, "before_start", self.before_start(column)),
            (column.name == "currency", "unknown_currency", fill("upper(x) <> c", x=own, c=literal(self.currency))),
            (self.is_strict_choice(column), "not_a_choice", outside_choices(column)),
        ]
        return [Check(reason, column.name, condition, header) for holds, reason, condition in rules if holds]

    def before_start(self, column: Column) -> exp.Expr:
        """A moment lies a day or more before the one it follows; a date without a time may be of the same day."""
        return fill("x <= y - INTERVAL 1 DAY", x=name(column.name), y=name(column.after or column.name))

    def table_of(self, column: Column) -> str:
        """The table that a column belongs to: the file's own, else orders, which lines may speak of."""
        return self.mapped.table.name if column.name in self.mapped.table.by_name else "orders"

    def is_needed(self, column: Column) -> bool:
        """Whether a row without the column is of no use."""
        required = column.required and column.name in self.mapped.table.by_name
        return required or column.name in NEEDED.get(self.table_of(column), ())

    def is_strict_choice(self, column: Column) -> bool:
        """Whether a value that is none of the column's choices refuses the row."""
        return bool(column.choices) and is_strict(self.table_of(column), column.name)

    def checked(self) -> exp.Select:
        """Row number, canonical columns and the number of the first problem; 0 when there is none."""
        numbered = [(check.condition, literal(place)) for place, check in enumerate(self.checks(), start=1)]
        problem = exp.cast(cases(numbered, literal(0)) if numbered else literal(0), "smallint")
        source = self.columns().subquery("columns", copy=False)
        return exp.select(name(ROW), *map(name, self.names), exp.alias_(problem, PROBLEM)).from_(source, copy=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical columns of a checked row."""
        extra = ["quantity"] if self.lacks_quantity else []
        extra += ["net_amount"] if self.derives_net and "net_amount" not in self.mapped.names else []
        return (*self.mapped.names, *extra)


def named_values(parts: Sequence[Part]) -> exp.Expr:
    """Fields with their headers as one JSON object."""
    pairs = chain.from_iterable((literal(part.header), part.value) for part in parts)
    return exp.cast(exp.Anonymous(this="json_object", expressions=list(pairs)), "varchar")


def together(values: Sequence[exp.Expr], column: Column) -> exp.Expr:
    """Several fields as one value: amounts added up, parts of an address or number joined, of other texts the first filled."""
    if column.name in JOINED:
        joined = exp.Anonymous(this="concat_ws", expressions=[exp.Literal.string(JOINED[column.name]), *values])
        return exp.Nullif(this=joined, expression=exp.Literal.string(""))
    if column.kind in ("text", "category", "moment", "day"):
        return exp.func("COALESCE", *values)
    return added(values, column)


def added(values: Sequence[exp.Expr], column: Column) -> exp.Expr:
    """The sum of several fields; missing when all of them are."""
    total = reduce(
        lambda left, right: exp.Add(this=left, expression=right), [fill("COALESCE(x, 0)", x=value) for value in values]
    )
    filled = exp.or_(*(fill("x IS NOT NULL", x=value) for value in values))
    return cases([(filled, exp.cast(exp.Paren(this=total), column.sql_type))])


def constant(value: Constant, column: Column, reading: Reading) -> exp.Expr:
    """One value for all rows, read as if it stood in the file."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return exp.cast(typed(literal(text), "VARCHAR", column, reading, "ymd"), column.sql_type)
