"""Cleaning: which accepted rows the rules match, what they are worth, and the tables without them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.query import literal
from dangol.core.tables import TABLES
from dangol.intake.quality.reading import Reading
from dangol.intake.quality.rule import Rule
from dangol.intake.quality.shelf import RULES
from dangol.intake.template import fill, fill_query, name

MATCHED = "rows_that_rules_match"
ALONE = """
    SELECT DISTINCT o.delivery, o.row_no FROM orders_rows AS o
    JOIN lines_rows AS l ON l.system = o.system AND l.order_id = o.order_id
    LEFT JOIN matched AS m ON m.rule = named AND m.table_name = 'order_lines' AND m.delivery = l.delivery AND m.row_no = l.row_no
    GROUP BY o.delivery, o.row_no HAVING count(m.row_no) = count(*)
"""
BY_TABLE = "SELECT table_name, count(*) AS n FROM m WHERE rule = r GROUP BY table_name"
BY_RULE = "SELECT rule, count(*) AS n FROM m GROUP BY rule ORDER BY rule"
PAIRS = "SELECT DISTINCT rule, table_name FROM m ORDER BY rule, table_name"
COUNTED = "SELECT count(*) AS n FROM m WHERE rule = r AND table_name = t"
SUMMED = """
    SELECT count(DISTINCT order_id) AS orders, count(DISTINCT who) AS customers,
           sum(CASE WHEN table_name = 'returns' THEN 0 - amount WHEN counted THEN amount END) AS money
    FROM listed
"""
# What is listed of a row that a rule left out; no personal data.
LISTED = {
    "order_lines": ("order_id", "product_id", "ordered_at", "net_amount"),
    "orders": ("order_id", None, "ordered_at", "net_amount"),
    "returns": ("order_id", "product_id", "returned_at", "refund_amount"),
}


@dataclass(frozen=True)
class Effect:
    """What a rule matches, each for itself.

    Attributes:
        rows: table → rows.
        orders, customers: distinct ones among them.
        money: net sales of the rows, less refunds; None where no row has an amount.
    """

    rule: str
    rows: Mapping[str, int]
    orders: int
    customers: int
    money: float | None

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


def match(reading: Reading, rules: Collection[str]) -> None:
    """Write the rows that rules match into the temporary table `MATCHED`: rule, table_name, delivery, row_no.

    An order all lines of which are matched is matched with them, else an empty order would be left.
    """
    duck = reading.duck
    kinds = {"rule": "varchar", "table_name": "varchar", "delivery": "varchar", "row_no": "bigint"}
    empty = exp.select(*(exp.alias_(exp.cast(exp.null(), kind), each) for each, kind in kinds.items())).where(exp.false())
    duck.create(MATCHED, empty, temporary=True)
    for rule in (RULES[each] for each in RULES if each in rules):
        match_rule(reading, rule)


def match_rule(reading: Reading, rule: Rule) -> None:
    """Add what one rule matches."""
    duck = reading.duck
    found: list[exp.Query] = [each for table in rule.finds if (each := matches(reading, rule, table)) is not None]
    if found:
        add(duck, reduce(lambda left, right: exp.union(left, right, distinct=False), found))
    if "orders" not in rule.finds and reading.has("orders") and count(duck, rule.name, "order_lines"):
        add(duck, labelled(rule.name, "orders", emptied(reading, rule.name)))


def matches(reading: Reading, rule: Rule, table: str) -> exp.Select | None:
    """The rows of a table that a rule matches; None where the company lacks what it looks at."""
    if not reading.has(table, *rule.needs.get(table, ())):
        return None
    if not all(reading.has(each) for each in rule.needs if rule.name == "reversed_outliers"):
        return None
    return labelled(rule.name, table, reading.bound(rule.finds[table]))


def labelled(rule: str, table: str, found: exp.Expr) -> exp.Select:
    """Rows with the rule and the table they belong to."""
    assert isinstance(found, exp.Query)
    own = [exp.alias_(literal(rule), "rule"), exp.alias_(literal(table), "table_name")]
    return exp.select(*own, "delivery", "row_no").from_(found.subquery("found"))


def emptied(reading: Reading, rule: str) -> exp.Expr:
    """Orders of which a rule leaves no line."""
    return fill_query(
        ALONE,
        orders_rows=reading.rows_of("orders"),
        lines_rows=reading.rows_of("order_lines"),
        matched=exp.to_table(MATCHED),
        named=literal(rule),
    )


def add(duck: Duck, found: exp.Expr) -> None:
    """Append rows to the matched ones, each once."""
    both = exp.union(exp.select("*").from_(MATCHED), found)
    duck.create(MATCHED, both, temporary=True)


def count(duck: Duck, rule: str, table: str) -> int:
    """How many rows of a table a rule matches."""
    return int(duck.value(fill_query(COUNTED, m=exp.to_table(MATCHED), r=literal(rule), t=literal(table))))


def matched_tables(duck: Duck) -> dict[str, set[str]]:
    """Tables that rules match rows of, by what is done with them."""
    rows = duck.rows(fill_query(PAIRS, m=exp.to_table(MATCHED)))
    found: dict[str, set[str]] = {"leave_out": set(), "unidentify": set()}
    for row in rows:
        found[RULES[row["rule"]].action].add(row["table_name"])
    return found


def cleaned(table: str, view: str, columns: Sequence[str], touched: Mapping[str, Collection[str]]) -> exp.Select:
    """A table without the rows that are left out, and with customers unknown where they are placeholders.

    Args:
        table: a canonical table.
        view: of its accepted rows, with `delivery` and `row_no`.
        columns: what is kept of them.
        touched: as `matched_tables` gives it.
    """
    mine = {each for each, tables in touched.items() if table in tables}
    gone = sorted(mine if needs_customer(table, columns) else mine - {"unidentify"})
    kept = kept_columns(table, columns, unidentified="unidentify" in mine - set(gone))
    chosen = exp.select(*kept).from_(view)
    return chosen.where(exp.not_(within(table, gone))) if gone else chosen


def needs_customer(table: str, columns: Sequence[str]) -> bool:
    """Whether rows are of no use without their customer, so that those of a placeholder are left out."""
    return "customer_ref" in columns and TABLES[table].by_name["customer_ref"].required


def kept_columns(table: str, columns: Sequence[str], *, unidentified: bool) -> list[exp.Expr]:
    """Columns as they are; where some customers are placeholders, those as unknown."""
    kept: dict[str, exp.Expr] = {each: name(each) for each in columns}
    if unidentified:
        kept["customer_ref"] = exp.case().when(within(table, ["unidentify"]), exp.null()).else_(name("customer_ref"))
    return [exp.alias_(value, each, quoted=True) for each, value in kept.items()]


def within(table: str, actions: Sequence[str]) -> exp.Expr:
    """Whether a row of a table is matched by a rule that does one of some things."""
    names = [literal(each.name) for each in RULES.values() if each.action in actions]
    return fill(
        "(delivery, row_no) IN (SELECT (m.delivery, m.row_no) FROM m WHERE m.table_name = t AND list_contains(names, m.rule))",
        m=exp.to_table(MATCHED),
        t=literal(table),
        names=exp.Array(expressions=names),
    )


def effects(reading: Reading) -> list[Effect]:
    """What every rule matches, those that are off included; `match` must have been called with all of them."""
    return [effect(reading, rule) for rule in RULES]


def effect(reading: Reading, rule: str) -> Effect:
    """What one rule matches."""
    duck = reading.duck
    tables = duck.rows(fill_query(BY_TABLE, m=exp.to_table(MATCHED), r=literal(rule)))
    if not tables:
        return Effect(rule, {}, 0, 0, None)
    row = duck.row(fill_query(SUMMED, listed=left_out(reading, rule)))
    money = None if row["money"] is None else float(row["money"])
    return Effect(rule, {each["table_name"]: int(each["n"]) for each in tables}, row["orders"], row["customers"], money)


def matched_rules(duck: Duck) -> dict[str, int]:
    """How many rows each rule matches; rules without any are not there."""
    return {row["rule"]: int(row["n"]) for row in duck.rows(fill_query(BY_RULE, m=exp.to_table(MATCHED)))}


def left_out(reading: Reading, rule: str = "") -> exp.Query:
    """The rows that a rule, or any, matches, with order, product, moment and amount.

    Amounts of orders count only where no line of the same rule has one; `counted` says so.
    """
    found = fill_query(PAIRS, m=exp.to_table(MATCHED))
    pairs = [(row["rule"], row["table_name"]) for row in reading.duck.rows(found) if rule in ("", row["rule"])]
    with_lines = {each for each, table in pairs if table == "order_lines"}
    parts = [of_table(reading, each, table, counted=table != "orders" or each not in with_lines) for each, table in pairs]
    return reduce(lambda left, right: exp.union(left, right, distinct=False), parts)


def of_table(reading: Reading, rule: str, table: str, *, counted: bool) -> exp.Query:
    """Matched rows of one table in the columns that all have."""
    kinds = {"order_id": "varchar", "product_id": "varchar", "happened_at": "timestamp", "amount": "decimal(18, 2)"}
    names = LISTED.get(table, (None, None, TABLES[table].moment, None))
    own = [
        exp.alias_(exp.cast(exp.column(column, "t") if column else exp.null(), kind), each)
        for (each, kind), column in zip(kinds.items(), names, strict=True)
    ]
    whose = exp.column("customer_ref", "t") if "customer_ref" in TABLES[table].by_name else exp.null()
    on = "m.delivery = t.delivery AND m.row_no = t.row_no AND m.rule = r AND m.table_name = n"
    return (
        exp.select(exp.alias_(literal(rule), "rule"), exp.alias_(literal(table), "table_name"))
        .select("t.source", "t.delivery", "t.row_no", *own, exp.alias_(exp.convert(counted), "counted"))
        .select(exp.alias_(exp.cast(whose, "varchar"), "who"))
        .from_(reading.rows_of(table).subquery("t"))
        .join(exp.to_table(MATCHED).as_("m"), on=fill(on, r=literal(rule), n=literal(table)))
    )
