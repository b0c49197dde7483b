"""The pulse of each source: rows, amounts, filled and valid values by day and hour, counted in one pass over a table.

Months, weeks, days and hours of the day are then summed from a few thousand rows, whatever the size of the company.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sqlglot import exp

from dangol.core.engine.functions import functions
from dangol.core.tables import TABLES, Column, Table
from dangol.intake.quality.reading import Reading
from dangol.intake.template import fill, name

NOT_A_VALUE = r"^(-+|\.+|\?+|null|none|nan|n/a|na|undefined|unknown|없음|미상|알수없음|test|테스트)$"
# What a filled value must be to count as valid, by our name of the column; `x` is the value.
VALID: Mapping[str, str] = {
    "email": r"regexp_matches(x, '^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$')",
    "phone": "length(regexp_replace(x, '[^0-9]', '', 'g')) BETWEEN 8 AND 15",
    "birth_date": "x BETWEEN DATE '1905-01-01' AND today()",
    "postcode": "regexp_matches(x, '^[0-9A-Za-z][0-9A-Za-z -]{2,9}$')",
    "customer_name": r"regexp_matches(x, '[[:alpha:]가-힣]') AND NOT regexp_matches(lower(x), '" + NOT_A_VALUE + "')",
    "customer_ref": f"NOT regexp_matches(lower(x), '{NOT_A_VALUE}')",
    "quantity": "x <> 0 AND abs(x) < 1e6",
    "unit_price": "x < 1e9",
}
# Of columns without a rule of their own: by kind.
VALID_KINDS: Mapping[str, str] = {
    "moment": "x >= TIMESTAMP '1980-01-02'",
    "day": "x >= DATE '1900-01-02'",
    "share": "x BETWEEN 0 AND 1",
    "category": f"NOT regexp_matches(lower(x), '{NOT_A_VALUE}')",
}
AMOUNTS: Mapping[str, str] = {"orders": "net_amount", "order_lines": "net_amount", "returns": "refund_amount"}
# Lines without a moment of their own happened with their order.
LINES_DATED = """
    select l.*, coalesce(l.ordered_at, o.ordered_at) as happened_at
    from order_lines l left join (select system, order_id, min(ordered_at) as ordered_at from orders group by system, order_id) o
      on o.system = l.system and o.order_id = l.order_id"""
ROWS, AMOUNT = "row_count", "amount_sum"
MOST_HOURS = 400_000


@dataclass(frozen=True)
class Pulse:
    """One table by source, day and hour.

    Attributes:
        columns: that any source brings.
        counts: source, day (missing where undated), hour, rows, amount, and for each column filled and valid values.
    """

    table: str
    columns: tuple[str, ...]
    counts: pa.Table

    @property
    def sources(self) -> list[str]:
        """Sources that bring rows."""
        return sorted(set(self.counts["source"].to_pylist()))

    def of(self, source: str) -> pa.Table:
        """The rows of one source, those with a day."""
        mask = np.array(self.counts["source"].to_pylist(), dtype=object) == source
        return self.counts.filter(pa.array(mask & np.array(self.counts["day"].is_valid())))


def pulse(reading: Reading, table: str) -> Pulse:
    """Count one table."""
    declared = TABLES[table]
    columns = tuple(column.name for column in declared.columns if column.name in reading.present[table])
    moment, here = moment_of(reading, table), name("here_at")
    day: exp.Expr = exp.cast(here if moment is not None else exp.null(), "date")
    hour: exp.Expr = exp.func("hour", here) if moment is not None else exp.cast(exp.null(), "bigint")
    counted = [exp.alias_(fill("count(*)"), ROWS), exp.alias_(amount_of(table, columns), AMOUNT)]
    for each in columns:
        counted += [exp.alias_(fill("count(x)", x=name(each)), f"filled {each}", quoted=True)]
        counted += [exp.alias_(valid(declared.by_name[each]), f"valid {each}", quoted=True)]
    source = moment if moment is not None else reading.rows_of(table)
    query = exp.select("source", exp.alias_(day, "day"), exp.alias_(hour, "hour"), *counted).from_(source.subquery("dated"))
    return Pulse(table, columns, reading.duck.arrow(query.group_by("1", "2", "3").order_by("1", "2", "3")))


def moment_of(reading: Reading, table: str) -> exp.Select | None:
    """The rows of a table with `here_at`, when they happened by the company's clock; None where nothing tells."""
    found = happened(reading, table)
    if found is None:
        return None
    local = functions("duckdb", reading.scope.zone)["local"][1]
    return exp.select("*", exp.alias_(local([name("happened_at")]), "here_at")).from_(found.subquery("happened"))


def happened(reading: Reading, table: str) -> exp.Select | None:
    """The rows of a table with `happened_at`, UTC."""
    declared: Table = TABLES[table]
    if table == "order_lines" and not reading.has(table, "ordered_at"):
        return by_orders(reading)
    moment = declared.moment or "registered_at"
    if not reading.has(table, moment):
        return None
    return exp.select("*", exp.alias_(name(moment), "happened_at")).from_(reading.rows_of(table).subquery("rows"))


def by_orders(reading: Reading) -> exp.Select | None:
    """Lines of orders with the moment of their order; None where orders have none."""
    if not reading.has("orders", "ordered_at"):
        return None
    bound = reading.bound(LINES_DATED)
    assert isinstance(bound, exp.Select)
    return bound


def amount_of(table: str, columns: tuple[str, ...]) -> exp.Expr:
    """The sum of the table's main amount; missing where it has none."""
    amount = AMOUNTS.get(table, "")
    summed = fill("sum(x)", x=name(amount)) if amount in columns else exp.null()
    return exp.cast(summed, "double")


def valid(column: Column) -> exp.Expr:
    """How many values of a column are valid, by the rule of its name, of its allowed values or of its kind."""
    if column.choices and column.name not in VALID:
        rule = "list_contains(choices, x)"
        allowed = exp.Array(expressions=[exp.Literal.string(each) for each in column.choices])
        return fill(f"count(*) FILTER (WHERE {rule})", x=name(column.name), choices=allowed)
    rule = VALID.get(column.name) or VALID_KINDS.get(column.kind) or "x IS NOT NULL"
    return fill(f"count(*) FILTER (WHERE {rule})", x=name(column.name))
