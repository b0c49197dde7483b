"""What lines of orders say about their orders and products, gathered into one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.intake.template import fill, fill_query, name


@dataclass(frozen=True)
class LiftedRows:
    """Rows of a lifted table.

    Attributes:
        query: the rows; beside each column in `checked` a column `differs_…` says whether lines disagree on it.
        checked: columns compared between lines.
    """

    query: exp.Select
    checked: tuple[str, ...] = ()

    def rows(self, table: str) -> exp.Select:
        """The rows without the comparison, from the table that holds the query's result."""
        left_out = [exp.to_identifier(differs(each), quoted=True) for each in self.checked]
        return exp.select(exp.Star(except_=left_out) if left_out else exp.Star()).from_(table)

    def conflicts(self, duck: Duck, table: str) -> dict[str, int]:
        """Column → number of orders whose lines disagree on it."""
        if not self.checked:
            return {}
        counts = [exp.alias_(fill("count_if(x)", x=name(differs(each))), each, quoted=True) for each in self.checked]
        return {key: int(value or 0) for key, value in duck.row(exp.select(*counts).from_(table)).items()}


def differs(column: str) -> str:
    """Name of the column that says whether lines disagree."""
    return f"differs_{column}"


def lift_orders(lines: exp.Select, label: Sequence[exp.Expr], columns: Sequence[str]) -> LiftedRows:
    """One row per order: its first moment and the first value of everything else.

    Args:
        lines: accepted lines with `order_id`, `ordered_at` and `row_no`.
        label: `source` and `delivery`.
        columns: further columns of orders that the lines carry.
    """
    firsts = [exp.alias_(fill("arg_min(x, row_no)", x=name(each)), each, quoted=True) for each in columns]
    compared = [exp.alias_(fill("min(x) <> max(x)", x=name(each)), differs(each), quoted=True) for each in columns]
    query = (
        exp.select(
            *label,
            exp.alias_(fill("min(row_no)"), "row_no"),
            "order_id",
            exp.alias_(fill("min(ordered_at)"), "ordered_at"),
            *firsts,
            *compared,
        )
        .from_(lines.subquery("lines"))
        .group_by("order_id")
    )
    return LiftedRows(query, tuple(columns))


def lift_products(lines: exp.Select, label: Sequence[exp.Expr], columns: Sequence[str]) -> LiftedRows:
    """One row per product: its most frequent value of everything; of equally frequent ones the first in the alphabet.

    Args:
        lines: accepted lines with `product_id` and `row_no`.
        label: `source` and `delivery`.
        columns: columns of products that the lines carry.
    """
    query = exp.select(
        *label, exp.alias_(fill("products.row_no"), "row_no"), exp.alias_(fill("products.product_id"), "product_id")
    )
    seen = (
        exp.select("product_id", exp.alias_(fill("min(row_no)"), "row_no")).from_(lines.subquery("lines")).group_by("product_id")
    )
    query = query.from_(seen.subquery("products"))
    for place, each in enumerate(columns):
        alias = f"best{place}"
        query = query.select(exp.alias_(exp.column("value", alias), each, quoted=True))
        query = query.join(
            most_frequent(lines, each).subquery(alias),
            on=exp.EQ(this=exp.column("product_id", "products"), expression=exp.column("product_id", alias)),
            join_type="left",
        )
    return LiftedRows(query)


MOST_FREQUENT = """
SELECT product_id, arg_max(value, (times, negative_rank)) AS value FROM (
  SELECT product_id, value, times, 0 - row_number() OVER (PARTITION BY product_id ORDER BY value) AS negative_rank FROM (
    SELECT product_id, x AS value, count(*) AS times FROM lines WHERE x IS NOT NULL GROUP BY ALL))
GROUP BY product_id
"""


def most_frequent(lines: exp.Select, column: str) -> exp.Select:
    """The most frequent value of a column for each product."""
    return fill_query(MOST_FREQUENT, x=name(column), lines=lines)
