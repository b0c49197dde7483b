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


# What lines say together: `s` is a line's status, missing where files tell none.
TOGETHER = {
    "status": """
        CASE WHEN bool_or(coalesce(s, 'completed') = 'completed') THEN 'completed' WHEN bool_or(s = 'pending') THEN 'pending'
             ELSE 'cancelled' END""",
    "cancelled_at": """
        CASE WHEN bool_and(coalesce(s, CASE WHEN cancelled_at IS NULL THEN 'completed' ELSE 'cancelled' END) = 'cancelled')
             THEN max(cancelled_at) END""",
}


def differs(column: str) -> str:
    """Name of the column that says whether lines disagree."""
    return f"differs_{column}"


def lift_orders(lines: exp.Select, label: Sequence[exp.Expr], columns: Sequence[str]) -> LiftedRows:
    """One row per order: its first moment, the status of all its lines together, and the first value of everything else.

    An order is completed where one of its lines is, and cancelled where all are, on the day the last of them was.

    Args:
        lines: accepted lines with `order_id`, `ordered_at` and `row_no`.
        label: `source` and `delivery`.
        columns: further columns of orders that the lines carry.
    """
    together = {each: fill(TOGETHER[each], s=name("status") if "status" in columns else exp.null()) for each in TOGETHER}
    firsts = [exp.alias_(together.get(each, fill("arg_min(x, row_no)", x=name(each))), each, quoted=True) for each in columns]
    checked = tuple(each for each in columns if each not in TOGETHER)
    compared = [exp.alias_(fill("min(x) <> max(x)", x=name(each)), differs(each), quoted=True) for each in checked]
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
    return LiftedRows(query, checked)


def lift_values(lines: exp.Select, label: Sequence[exp.Expr], key: str, columns: Sequence[str]) -> LiftedRows:
    """One row per product or buyer: its most frequent value of everything; of equally frequent ones the first in the alphabet.

    Args:
        lines: accepted rows with the key and `row_no`; those without a key are passed over.
        label: `source` and `delivery`.
        key: what names a row, such as `product_id`.
        columns: further columns of the lifted table that the rows carry.
    """
    query = exp.select(
        *label, exp.alias_(fill("kinds.row_no"), "row_no"), exp.alias_(exp.column("kind", "kinds"), key, quoted=True)
    )
    query = query.from_(fill_query(KINDS, k=name(key), lines=lines).subquery("kinds"))
    for place, each in enumerate(columns):
        alias = f"best{place}"
        query = query.select(exp.alias_(exp.column("value", alias), each, quoted=True))
        query = query.join(
            most_frequent(lines, key, each).subquery(alias),
            on=exp.EQ(this=exp.column("kind", "kinds"), expression=exp.column("kind", alias)),
            join_type="left",
        )
    return LiftedRows(query)


KINDS = "SELECT k AS kind, min(row_no) AS row_no FROM lines WHERE k IS NOT NULL GROUP BY k"
MOST_FREQUENT = """
SELECT kind, arg_max(value, (times, negative_rank)) AS value FROM (
  SELECT kind, value, times, 0 - row_number() OVER (PARTITION BY kind ORDER BY value) AS negative_rank FROM (
    SELECT k AS kind, x AS value, count(*) AS times FROM lines WHERE x IS NOT NULL AND k IS NOT NULL GROUP BY ALL))
GROUP BY kind
"""


def most_frequent(lines: exp.Select, key: str, column: str) -> exp.Select:
    """The most frequent value of a column for each value of a key."""
    return fill_query(MOST_FREQUENT, k=name(key), x=name(column), lines=lines)
