"""How good the loaded data are: what is filled, what was refused and why, what does not fit together, how fresh it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.engine.scan import parquet_scan
from dangol.core.tables import TABLES, find_table
from dangol.intake.accepted import accepted, repeating
from dangol.intake.manifest import Delivery, deliveries
from dangol.intake.notice import REASONS
from dangol.intake.template import fill, fill_query, name

ALL, FIRST, LAST = "all rows", "first moment", "last moment"
OWN = ("source", "delivery", "row_no")
REFUSED = """
SELECT reason, "column" AS column_name, count(*) AS rows, list_slice(list_sort(list(row_no)), 1, 5) AS examples
FROM quarantined GROUP BY ALL ORDER BY rows DESC, reason, column_name
"""
ORPHANS = (
    "SELECT count(DISTINCT k) AS missing FROM rows WHERE k IS NOT NULL AND NOT k IN (SELECT k FROM known WHERE k IS NOT NULL)"
)
TOTALS = """
WITH sums AS (SELECT order_id, sum(net_amount) AS lines_total FROM lines GROUP BY order_id)
SELECT count(*) AS compared, count(*) FILTER (WHERE abs(orders.net_amount - sums.lines_total) > 1e0) AS different
FROM orders JOIN sums ON orders.order_id = sums.order_id WHERE NOT orders.net_amount IS NULL
"""
REFERENCES = {
    "products_without_record": ("order_lines", "product_id", "products"),
    "customers_without_record": ("orders", "customer_ref", "customers"),
    "orders_without_lines": ("orders", "order_id", "order_lines"),
    "lines_without_order": ("order_lines", "order_id", "orders"),
}


@dataclass(frozen=True)
class ColumnQuality:
    """One column: how much of it is there and how much was refused.

    Attributes:
        filled_share: rows with a value, of the accepted ones.
        valid_share: rows not refused for this column, of all that came in.
        personal: class of personal data; values are never shown.
    """

    name: str
    filled_share: float
    valid_share: float
    personal: str


@dataclass(frozen=True)
class Refusal:
    """Quarantined rows of one reason.

    Attributes:
        examples: up to five row numbers of the delivered file; never values.
    """

    reason: str
    column: str | None
    rows: int
    examples: tuple[int, ...]

    def text(self, language: str = "ko") -> str:
        """The reason in words."""
        words = REASONS[self.reason]
        return words.ko if language == "ko" else words.en


@dataclass(frozen=True)
class TableQuality:
    """One canonical table as it was loaded.

    Attributes:
        rows: accepted, after overlapping deliveries were reduced to the latest.
        overlapping: accepted rows that a later delivery replaced.
        first, last: ISO moments, UTC.
    """

    name: str
    rows: int
    overlapping: int
    columns: tuple[ColumnQuality, ...]
    refusals: tuple[Refusal, ...]
    first: str | None
    last: str | None


@dataclass(frozen=True)
class QualityReport:
    """The state of a company's data.

    Attributes:
        orphans: check → number of keys without their record, for tables that are there.
        totals: orders whose own total was compared with their lines, and how many differ by more than 1.
        balanced: rows in equal rows loaded, quarantined and moved for every delivery.
    """

    tables: tuple[TableQuality, ...]
    orphans: Mapping[str, int]
    totals: Mapping[str, int]
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    rows_moved: int

    @property
    def balanced(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows_in == self.rows_loaded + self.rows_quarantined + self.rows_moved


def quality(root: Path, duck: Duck) -> QualityReport:
    """The quality of everything loaded into a workspace.

    Args:
        root: the workspace's folder.
        duck: counts; nothing is written.
    """
    loaded = deliveries(root)
    rows = {table: accepted(root, table, repeating(root, table, duck)) for table in written_tables(loaded)}
    return QualityReport(
        tables=tuple(table_quality(root, duck, table, found, loaded) for table, found in rows.items()),
        orphans=orphans(rows, duck, loaded),
        totals=order_totals(rows, duck, loaded),
        rows_in=counted(loaded, "rows_in"),
        rows_loaded=counted(loaded, "rows_loaded"),
        rows_quarantined=counted(loaded, "rows_quarantined"),
        rows_moved=counted(loaded, "rows_moved"),
    )


def written_tables(loaded: Sequence[Delivery]) -> list[str]:
    """Tables that any delivery brought rows of."""
    return [table for table in TABLES if any(each.rows.get(table) for each in loaded)]


def counted(loaded: Sequence[Delivery], what: Literal["rows_in", "rows_loaded", "rows_quarantined", "rows_moved"]) -> int:
    """One of the counts over some deliveries."""
    return sum(int(getattr(each, what)) for each in loaded)


def table_quality(root: Path, duck: Duck, table: str, rows: exp.Query, loaded: list[Delivery]) -> TableQuality:
    """One table: filled and valid shares, refusals, overlap and freshness."""
    mine = [each for each in loaded if each.table == table]
    columns = own_columns(duck, rows)
    row = count_values(rows, duck, table, columns)
    refusals, came = refused(root, duck, mine), counted(mine, "rows_in")
    count, written = int(row[ALL]), rows_written(loaded, table)
    shares = tuple(column_quality(table, each, int(row[each]) / max(count, 1), refusals, came) for each in columns)
    return TableQuality(table, count, written - count, shares, refusals, row[FIRST], row[LAST])


def own_columns(duck: Duck, rows: exp.Query) -> list[str]:
    """Columns of a table without those that say where a row came from."""
    return [each for each in duck.described(rows) if each not in OWN]


def rows_written(loaded: Sequence[Delivery], table: str) -> int:
    """Rows of a table in all deliveries, those replaced later included."""
    return sum(each.rows.get(table, 0) for each in loaded)


def count_values(rows: exp.Query, duck: Duck, table: str, columns: list[str]) -> dict[str, Any]:
    """Rows, filled values per column, and the first and last moment of what counts in a table."""
    moment = find_table(table).moment
    ends: dict[str, exp.Expr] = {FIRST: exp.null(), LAST: exp.null()}
    if moment is not None and moment in columns:
        ends = {FIRST: exp.func("min", name(moment)), LAST: exp.func("max", name(moment))}
    counts = {ALL: fill("count(*)"), **{each: fill("count(x)", x=name(each)) for each in columns}}
    counts |= {end: exp.cast(value, "varchar") for end, value in ends.items()}
    query = exp.select(*(exp.alias_(value, each, quoted=True) for each, value in counts.items()))
    return duck.row(query.from_(rows.subquery("rows")))


def column_quality(table: str, column: str, filled: float, refusals: tuple[Refusal, ...], came: int) -> ColumnQuality:
    """One column's shares."""
    bad = sum(each.rows for each in refusals if each.column == column)
    return ColumnQuality(column, filled, 1 - bad / came if came else 1.0, find_table(table).by_name[column].personal)


def refused(root: Path, duck: Duck, loaded: list[Delivery]) -> tuple[Refusal, ...]:
    """Quarantined rows by reason and column."""
    files = [root / each.quarantine for each in loaded if each.quarantine]
    if not files:
        return ()
    return tuple(refusal(row) for row in duck.rows(fill_query(REFUSED, quarantined=parquet_scan(files))))


def refusal(row: Mapping[str, Any]) -> Refusal:
    """One counted reason."""
    examples = tuple(int(each) for each in row["examples"] if each is not None)
    return Refusal(str(row["reason"]), row["column_name"], int(row["rows"]), examples)


def orphans(rows: Mapping[str, exp.Query], duck: Duck, loaded: list[Delivery]) -> dict[str, int]:
    """Keys that point nowhere, for every pair of tables that are both there."""
    found = {}
    for check, (table, key, known) in REFERENCES.items():
        if carries(loaded, table, key) and carries(loaded, known, key):
            query = fill_query(ORPHANS, k=name(key), rows=rows[table], known=rows[known])
            found[check] = int(duck.value(query))
    return found


def order_totals(rows: Mapping[str, exp.Query], duck: Duck, loaded: list[Delivery]) -> dict[str, int]:
    """Totals of orders against the sums of their lines, where sources bring both."""
    if not (carries(loaded, "orders", "net_amount") and carries(loaded, "order_lines", "net_amount")):
        return {}
    return duck.row(fill_query(TOTALS, lines=rows["order_lines"], orders=rows["orders"]))


def carries(loaded: list[Delivery], table: str, column: str) -> bool:
    """Whether any delivery filled a column of a table."""
    return any(each.rows.get(table) and column in each.columns.get(table, ()) for each in loaded)


def report_from_json(document: Mapping[str, Any]) -> QualityReport:
    """A report back from JSON."""
    tables = tuple(
        TableQuality(
            **{
                **each,
                "columns": tuple(ColumnQuality(**column) for column in each["columns"]),
                "refusals": tuple(Refusal(**{**found, "examples": tuple(found["examples"])}) for found in each["refusals"]),
            }
        )
        for each in document["tables"]
    )
    return QualityReport(**{**document, "tables": tables})
