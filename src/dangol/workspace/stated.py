"""Small tables that are written into a query, because no file holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from sqlglot import exp

from dangol.core.query import literal
from dangol.workspace.earlier import nobody


def stated(rows: Sequence[Sequence[str | float | None]], types: Mapping[str, str]) -> tuple[exp.Expr, Mapping[str, str]]:
    """What stands for a table of some rows, and its columns; of no row, a table without rows.

    Args:
        rows: a value for each column; values become typed literals, never text pasted into a query.
        types: of the columns, in order.
    """
    if not rows:
        return nobody()
    selects = [selected(row, types) for row in rows]
    return reduce(lambda above, below: exp.union(above, below, distinct=False), selects[1:], selects[0]), types


def selected(row: Sequence[str | float | None], types: Mapping[str, str]) -> exp.Expr:
    """One row."""
    cells = [exp.cast(literal(value), kind, dialect="duckdb") for value, kind in zip(row, types.values(), strict=True)]
    return exp.select(*(exp.alias_(cell, name) for cell, name in zip(cells, types, strict=True)))
