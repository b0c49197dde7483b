"""What bad data mean in money: sales of nobody, sales at quarantine, sales as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.engine.scan import parquet_scan
from dangol.core.query import literal
from dangol.intake.manifest import Delivery
from dangol.intake.quality.finding import Finding, Severity
from dangol.intake.quality.reading import Reading
from dangol.intake.template import fill, fill_query

REVENUE = """
    with lines as (
        select l.system, l.order_id, l.net_amount, coalesce(l.customer_ref, o.customer_ref) as customer_ref
        from order_lines l left join (
            select system, order_id, min(customer_ref) as customer_ref from orders group by system, order_id) o
          on o.system = l.system and o.order_id = l.order_id),
    sold as (
        select net_amount, customer_ref from lines
        union all
        select o.net_amount, o.customer_ref from orders o
        left join (select distinct system, order_id from order_lines) l on l.system = o.system and l.order_id = o.order_id
        where l.order_id is null and coalesce(o.status, 'completed') = 'completed')
    select cast(sum(net_amount) as double) as sold, cast(sum(net_amount) filter (customer_ref is null) as double) as nobody,
           count(*) as rows, count(*) filter (customer_ref is null) as nobodys
    from sold"""
RETURNED = "select cast(sum(refund_amount) as double) as back from returns"
REFUSED = """
    SELECT reason, "column" AS column_name, count(*) AS rows, sum(worth) AS money
    FROM (SELECT reason, "column", amount AS worth FROM quarantined) AS counted
    GROUP BY ALL ORDER BY rows DESC, reason, column_name
"""
# A line that could not be split into fields is kept as it is, not as JSON.
NUMBER = """
    TRY_CAST(regexp_replace(
        CASE WHEN json_valid(record) THEN json_extract_string(record, path) END, '[^0-9.\\-]', '', 'g') AS DOUBLE)
"""
LEAST_SHARE, MEDIUM_SHARE, HIGH_SHARE = 0.001, 0.01, 0.1


@dataclass(frozen=True)
class Revenue:
    """Sales as they were delivered, before any rule.

    Attributes:
        sold: sum of lines, and of orders without lines.
        returned: refunds.
        nobody: part of `sold` of which no source says whose it is.
        rows, nobodys: lines behind the two sums.
    """

    sold: float
    returned: float
    nobody: float
    rows: int
    nobodys: int


@dataclass(frozen=True)
class Refused:
    """Quarantined rows of one source for one reason.

    Attributes:
        came: rows that the source delivered.
        money: what they are worth, where an amount in them can be read.
    """

    source: str
    table: str
    reason: str
    column: str
    rows: int
    came: int
    money: float | None

    def finding(self) -> Finding | None:
        """The finding that they are; None where they are a slip."""
        share = self.rows / self.came if self.came else 0.0
        if share < LEAST_SHARE:
            return None
        severity: Severity = "high" if share >= HIGH_SHARE else "medium" if share >= MEDIUM_SHARE else "low"
        kind = "future" if self.reason == "future" else "quarantined"
        values = {"reason": self.reason, "share": share, "all": self.came, "what": self.reason}
        return Finding(kind, "validity", severity, self.source, self.table, self.column, rows=self.rows, money=self.money,
                       values=values)  # fmt: skip


def revenue(reading: Reading) -> Revenue:
    """Sales of everything that was loaded."""
    row, back = reading.row(REVENUE), reading.row(RETURNED)["back"]
    return Revenue(row["sold"] or 0.0, back or 0.0, row["nobody"] or 0.0, row["rows"], row["nobodys"])


def refused_money(duck: Duck, root: Path, loaded: Sequence[Delivery]) -> list[Refused]:
    """Quarantined rows of each delivery by reason, with the money that can be read in them."""
    found: list[Refused] = []
    for each in loaded:
        if each.quarantine:
            query = fill_query(REFUSED, quarantined=parquet_scan([root / each.quarantine]), amount=amount_in(each))
            found += [refused(each, row) for row in duck.rows(query)]
    return found


def refused(delivery: Delivery, row: dict[str, Any]) -> Refused:
    """One reason of one delivery."""
    column, rows = row["column_name"] or "", int(row["rows"])
    return Refused(delivery.source, delivery.table, row["reason"], column, rows, delivery.rows_in, row["money"])


def amount_in(delivery: Delivery) -> exp.Expr:
    """The amount of a quarantined row as delivered: its amount, else quantity times price."""
    named = {our: headers[0] for our, headers in delivery.headers.items() if headers}
    for our in ("net_amount", "refund_amount"):
        if our in named:
            return number_in(named[our])
    if {"quantity", "unit_price"} <= set(named):
        return exp.Mul(this=number_in(named["quantity"]), expression=number_in(named["unit_price"]))
    return exp.cast(exp.null(), "double")


def number_in(header: str) -> exp.Expr:
    """The number that stands below a header of the raw row; missing where none can be read."""
    quoted = header.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))
    return fill(NUMBER, path=literal(f'$."{quoted}"'))
