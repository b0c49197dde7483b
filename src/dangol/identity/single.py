"""One row for each thing that several sources describe: a product, a store, an order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from dangol.core.query import literal
from dangol.core.tables import TABLES, Table

ORIGIN = ("source", "delivery", "row_no")


def reference_tables() -> frozenset[str]:
    """Tables of things rather than of what happened: named by one number that all sources share, and about no person."""
    return frozenset(name for name, table in TABLES.items() if len(table.key) == 1 and not table.person and name != "accounts")


def key_of(table: Table) -> tuple[str, ...]:
    """What names a row across sources; numbers of orders and accounts belong to the system that gave them."""
    return table.key if table.name in reference_tables() else ("system", *table.key)


def merged(table: Table, present: Sequence[str], origin: Sequence[str] = ORIGIN) -> exp.Select:
    """A table with one row per key: of every column the value of the fullest row that has one.

    Equally full rows are told apart by source, delivery and place, so that the order of reading decides nothing.

    Args:
        table: a canonical table with a key.
        present: its columns that the company has.
        origin: columns that tell where a row came from.
    """
    key = key_of(table)
    others = [name for name in ("system", *present) if name not in key]
    filled = [exp.case().when(exp.column(name).is_(exp.null()), literal(0)).else_(literal(-1)) for name in others]
    rank = exp.Tuple(expressions=[add_up(filled), *(exp.column(name) for name in origin)])
    best = [exp.alias_(exp.ArgMin(this=exp.column(name), expression=rank.copy()), name) for name in others]
    return exp.select(*key, *best).from_(table.name).group_by(*key)


def add_up(terms: Sequence[exp.Expr]) -> exp.Expr:
    """The sum of some expressions; 0 of none."""
    total: exp.Expr = literal(0)
    for term in terms:
        total = exp.Add(this=total, expression=term)
    return exp.Paren(this=total)


def repeats(table: Table) -> exp.Select:
    """Keys that more than one row has."""
    key = key_of(table)
    return exp.select(*key).from_(table.name).group_by(*key).having("count(*) > 1")
