"""Checks of what belongs together: keys and records, orders and lines, returns and purchases, and what came twice.

Each check counts rows looked at and rows that fail, by source; a check becomes a finding where failing is more than a slip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from dangol.core.query import literal
from dangol.core.tables import TABLES
from dangol.intake.quality.cleaning import MATCHED
from dangol.intake.quality.finding import Dimension, Finding, Severity
from dangol.intake.quality.reading import Reading
from dangol.intake.quality.shelf import PERSONS
from dangol.intake.template import fill_query, name

# Orders whose own total is their lines, less the order's discount, with or without shipping and tax.
TOTALS = """
    with sums as (
        select system, order_id, sum(net_amount) as total from order_lines group by system, order_id),
    compared as (
        select o.source, o.net_amount - s.total as over, coalesce(o.order_discount_amount, 0) as off,
               coalesce(o.shipping_amount, 0) as shipping, coalesce(o.tax_amount, 0) as tax
        from orders o join sums s on s.system = o.system and s.order_id = o.order_id
        where o.net_amount is not null and s.total is not null),
    rest as (
        select source, least(abs(over), abs(over + off), abs(over - shipping), abs(over + off - shipping), abs(over - tax),
                             abs(over + off - tax), abs(over - shipping - tax), abs(over + off - shipping - tax)) as gap
        from compared)
    select source, count(*) as rows, count(*) filter (gap > $tolerance) as bad,
           cast(sum(gap) filter (gap > $tolerance) as double) as money
    from rest group by source order by source"""
RETURNS = """
    with bought as (
        select l.system, coalesce(l.customer_ref, o.customer_ref, '') as who, l.product_id, min(o.ordered_at) as first_at
        from order_lines l join orders o on o.system = l.system and o.order_id = l.order_id group by all),
    ordered as (select distinct system, order_id from orders)
    select r.source, count(*) as rows,
           count(*) filter (b.who is null and o.order_id is null) as bad,
           cast(sum(r.refund_amount) filter (b.who is null and o.order_id is null) as double) as money
    from returns r
    left join ordered o on o.system = r.system and o.order_id = r.order_id
    left join bought b on b.system = r.system and b.who = coalesce(r.customer_ref, '') and b.product_id = r.product_id
                      and b.first_at <= r.returned_at
    group by r.source order by r.source"""
PRODUCTS = """
    select l.source, count(*) as rows, count(*) filter (p.product_id is null) as bad,
           cast(sum(l.net_amount) filter (p.product_id is null) as double) as money
    from order_lines l left join (select distinct product_id from products) p on p.product_id = l.product_id
    group by l.source order by l.source"""
LINES = """
    select l.source, count(*) as rows, count(*) filter (o.order_id is null) as bad,
           cast(sum(l.net_amount) filter (o.order_id is null) as double) as money
    from order_lines l left join (select distinct system, order_id from orders) o
      on o.system = l.system and o.order_id = l.order_id
    group by l.source order by l.source"""
BUYERS = """
    select o.source, count(*) as rows, count(*) filter (c.customer_ref is null) as bad,
           cast(sum(o.net_amount) filter (c.customer_ref is null) as double) as money
    from orders o left join (select distinct system, customer_ref from customers) c
      on c.system = o.system and c.customer_ref = o.customer_ref
    where o.customer_ref is not null group by o.source order by o.source"""
PEOPLE = """
    select t.source, count(*) as rows, count(*) filter (k.customer_ref is null) as bad, cast(null as double) as money
    from {table} t left join (
        select system, customer_ref from customers union select system, customer_ref from orders
        union select system, customer_ref from order_lines) k
      on k.system = t.system and k.customer_ref = t.customer_ref
    where t.customer_ref is not null group by t.source order by t.source"""
DOUBLES = """
    SELECT t.source, count(m.row_no) AS bad, CAST(sum(t.net_amount) FILTER (WHERE m.row_no IS NOT NULL) AS DOUBLE) AS money,
           count(*) AS rows
    FROM rows_of AS t LEFT JOIN matched AS m
      ON m.rule = named AND m.table_name = tab AND m.delivery = t.delivery AND m.row_no = t.row_no
    GROUP BY t.source ORDER BY t.source
"""
TWICE = """
    WITH marked AS (SELECT source, delivery, hash(content) AS mark FROM rows_of),
    sizes AS (SELECT source, delivery, count(*) AS size FROM marked GROUP BY ALL),
    several AS (SELECT mark FROM marked GROUP BY mark HAVING min(delivery) <> max(delivery)),
    places AS (SELECT DISTINCT source, delivery, mark FROM marked WHERE mark IN (SELECT mark FROM several)),
    pairs AS (
        SELECT a.source AS source, a.delivery AS delivery, b.source AS other_source, b.delivery AS other, count(*) AS same
        FROM places AS a JOIN places AS b ON b.mark = a.mark AND b.delivery <> a.delivery GROUP BY ALL)
    SELECT p.source, p.delivery, p.other_source, p.other, p.same, s.size AS rows, o.size AS other_rows
    FROM pairs AS p JOIN sizes AS s ON s.delivery = p.delivery AND s.source = p.source
    JOIN sizes AS o ON o.delivery = p.other AND o.source = p.other_source
    WHERE p.same >= 20 AND p.same >= 5e-1 * s.size AND (s.size < o.size OR (s.size = o.size AND p.delivery > p.other))
    ORDER BY p.source, p.delivery, p.same DESC
"""

# Of a large table one content in sixteen is looked at first: whichever file holds it, it is looked at there too.
LARGE = 4_000_000
SUSPECTS = """
    WITH hashed AS (SELECT delivery, hash(content) AS mark FROM rows_of),
    marked AS (SELECT delivery, mark FROM hashed WHERE mark % 16 = 0),
    several AS (SELECT mark FROM marked GROUP BY mark HAVING min(delivery) <> max(delivery)),
    counted AS (
        SELECT m.delivery, count(*) AS size, count(s.mark) AS again FROM marked AS m LEFT JOIN several AS s ON s.mark = m.mark
        GROUP BY m.delivery),
    copies AS (
        SELECT DISTINCT m.mark FROM marked AS m JOIN counted AS c ON c.delivery = m.delivery WHERE c.again >= 25e-2 * c.size)
    SELECT DISTINCT m.delivery FROM marked AS m SEMI JOIN copies AS c ON c.mark = m.mark SEMI JOIN several AS s ON s.mark = m.mark
"""

# Tables that know customers.
KNOWING = ("customers", "orders", "order_lines")
# What we say ourselves may well be alike.
SENT = ("consents", "messages", "spend")


@dataclass(frozen=True)
class Norm:
    """When failing becomes a finding.

    Attributes:
        dimension: part of the score that it lowers.
        share: of rows; less is a slip.
        high: share from which it is severe.
        weight: how far a failing row counts in the score.
    """

    dimension: Dimension
    share: float
    high: float
    weight: float = 1.0


NORMS: Mapping[str, Norm] = {
    "order_totals": Norm("consistency", 0.002, 0.05),
    "returns_unbought": Norm("consistency", 0.02, 0.5, 0.5),
    "products_unknown": Norm("consistency", 0.005, 0.2),
    "lines_without_order": Norm("consistency", 0.002, 0.1),
    "buyers_unknown": Norm("consistency", 0.05, 0.9, 0.3),
    "keys_unknown": Norm("consistency", 0.02, 0.3),
    "duplicate_lines": Norm("uniqueness", 0.002, 0.2),
    "duplicate_orders": Norm("uniqueness", 0.0005, 0.02),
    "delivered_twice": Norm("uniqueness", 0.0, 0.05),
}


@dataclass(frozen=True)
class Check:
    """Rows that were looked at and rows that fail.

    Attributes:
        money: amount of the failing rows; None where they have none.
        values: further words of the finding.
    """

    kind: str
    source: str
    table: str
    column: str
    rows: int
    bad: int
    money: float | None = None
    values: tuple[tuple[str, Any], ...] = ()

    @property
    def share(self) -> float:
        """Failing rows of those looked at."""
        return self.bad / self.rows if self.rows else 0.0

    def finding(self) -> Finding | None:
        """The finding that it is; None where it is a slip at most."""
        norm = NORMS[self.kind]
        if not self.bad or self.share < norm.share:
            return None
        severity: Severity = "high" if self.share >= norm.high else "medium" if self.share >= 5 * norm.share else "low"
        values = {"all": self.rows, "good": self.rows - self.bad, "share": self.share, **dict(self.values)}
        return Finding(self.kind, norm.dimension, severity, self.source, self.table, self.column, rows=self.bad, money=self.money,
                       values=values)  # fmt: skip


@dataclass(frozen=True)
class Counting:
    """A declared count of rows that fail, by source.

    Attributes:
        needs: table → columns without which there is nothing to count.
    """

    kind: str
    table: str
    column: str
    text: str
    needs: Mapping[str, tuple[str, ...]]


COUNTINGS = (
    Counting("order_totals", "orders", "net_amount", TOTALS, {"orders": ("net_amount",), "order_lines": ("net_amount",)}),
    Counting("returns_unbought", "returns", "product_id", RETURNS, {"returns": ("product_id",), "orders": (), "order_lines": ()}),
    Counting("products_unknown", "order_lines", "product_id", PRODUCTS, {"order_lines": ("product_id",), "products": ()}),
    Counting("lines_without_order", "order_lines", "order_id", LINES, {"order_lines": ("order_id",), "orders": ()}),
    Counting("buyers_unknown", "orders", "customer_ref", BUYERS, {"orders": ("customer_ref",), "customers": ()}),
)


def checks(reading: Reading, currency: str) -> list[Check]:
    """All checks that the company's tables allow; `cleaning.match` must have been called with all rules.

    Args:
        reading: the accepted tables.
        currency: whose smallest coin is the tolerance of totals.
    """
    tolerance = 1.0 if currency in ("KRW", "JPY", "VND") else 0.05
    possible = [each for each in COUNTINGS if all(reading.has(table, *columns) for table, columns in each.needs.items())]
    found = [check for each in possible for check in counted(reading, each, tolerance)]
    return [*found, *strangers(reading), *doubles(reading), *delivered_twice(reading)]


def strangers(reading: Reading) -> list[Check]:
    """Rows that name a customer whom neither a customer list nor an order knows; where there are neither, nobody can know."""
    if not (reading.has("customers") or reading.has("orders")):
        return []
    return [check for each in people_countings(reading) for check in counted(reading, each)]


def people_countings(reading: Reading) -> list[Counting]:
    """Counts of unknown customers, for every table that names customers and is not where they are known from."""
    tables = [each for each in PERSONS if each not in KNOWING and reading.has(each, "customer_ref")]
    return [Counting("keys_unknown", each, "customer_ref", PEOPLE.replace("{table}", each), {}) for each in tables]


def counted(reading: Reading, counting: Counting, tolerance: float | None = None) -> list[Check]:
    """One count, by source."""
    values = {"tolerance": tolerance} if "$tolerance" in counting.text else {}
    return [
        Check(counting.kind, row["source"], counting.table, counting.column, row["rows"], row["bad"], row["money"])
        for row in reading.rows(counting.text, **values)
    ]


def doubles(reading: Reading) -> list[Check]:
    """Lines and orders that the rules about duplicates match, by source; orders are worth what their lines are."""
    found: list[Check] = []
    for kind, table in (("duplicate_lines", "order_lines"), ("duplicate_orders", "orders")):
        if reading.has(table):
            worth = {row["source"]: row["money"] for row in doubled(reading, kind, "order_lines")}
            for row in doubled(reading, kind, table):
                money = row["money"] or worth.get(row["source"])
                found.append(Check(kind, row["source"], table, "", row["rows"], row["bad"], money))
    return found


def doubled(reading: Reading, kind: str, table: str) -> list[dict[str, Any]]:
    """Rows of a table that a rule matches, by source."""
    rows, matched = reading.rows_of(table), exp.to_table(MATCHED)
    return reading.duck.rows(fill_query(DOUBLES, rows_of=rows, matched=matched, named=literal(kind), tab=literal(table)))


def delivered_twice(reading: Reading) -> list[Check]:
    """Deliveries of which at least half stand in another one too, under other row keys."""
    return [check for table in sorted(reading.present) if comparable(reading, table) for check in repeated(reading, table)]


def comparable(reading: Reading, table: str) -> bool:
    """Whether equal rows of a table in two files would be strange; lines are compared by their orders."""
    moment = TABLES[table].moment
    by_orders = table == "order_lines" and reading.has("orders")
    dated = moment is not None and reading.has(table, moment)
    return dated and not by_orders and table not in SENT and several_deliveries(reading, table)


def repeated(reading: Reading, table: str) -> list[Check]:
    """Deliveries of one table that repeat others, compared in all but what numbers their rows."""
    declared = TABLES[table]
    compared = sorted(reading.present[table] - set(declared.key) - {"session_id"} | {declared.moment or ""})
    if len(compared) < 2:
        return []
    content = exp.Tuple(expressions=[name(each) for each in compared])
    rows = suspected(reading, table, content)
    return [] if rows is None else pairs(table, reading.duck.rows(fill_query(TWICE, rows_of=rows, content=content)))


def suspected(reading: Reading, table: str, content: exp.Tuple) -> exp.Select | None:
    """The rows of deliveries that may repeat others: all of a table that is not large; None where there is no such delivery."""
    rows = reading.rows_of(table)
    if reading.duck.value(exp.select("count(*)").from_(rows.subquery("r"))) < LARGE:
        return rows
    found = reading.duck.rows(fill_query(SUSPECTS, rows_of=rows, content=content))
    return rows.where(name("delivery").isin(*(str(row["delivery"]) for row in found))) if found else None


def several_deliveries(reading: Reading, table: str) -> bool:
    """Whether a table was delivered in more than one file."""
    query = fill_query("SELECT count(DISTINCT delivery) > 1 AS several FROM r", r=reading.rows_of(table))
    return bool(reading.duck.value(query))


def pairs(table: str, rows: Sequence[Mapping[str, Any]]) -> list[Check]:
    """Each delivery with the other one it repeats most of."""
    seen: dict[str, Check] = {}
    for row in rows:
        values = (("other", row["other_source"]), ("delivery", row["delivery"]), ("repeats", row["other"]))
        seen.setdefault(
            row["delivery"], Check("delivered_twice", row["source"], table, "", row["rows"], row["same"], None, values)
        )
    return list(seen.values())
