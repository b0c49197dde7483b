"""SQL expressions written once as text and filled with columns, never with values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import sqlglot
from sqlglot import exp

from dangol.core.errors import DeclarationError
from dangol.core.query import bare

SEPARATOR = "\x1f"


@lru_cache(maxsize=256)
def parsed(template: str) -> exp.Expr:
    """The template's tree; parsed once."""
    return bare(sqlglot.parse_one(template, read="duckdb"))


def fill(template: str, **parts: exp.Expr) -> exp.Expr:
    """A template with expressions put where its column names stand.

    Args:
        template: one expression or select in DuckDB's SQL, constant text.
        parts: expressions by the names that stand for them; tables are filled the same way.
    """
    tree = parsed(template).copy()
    for node in list(tree.find_all(exp.Column, exp.Table)):
        if node.name in parts and not node.args.get("db") and not node.args.get("table"):
            tree = put(tree, node, parts[node.name].copy())
    return tree


def fill_query(template: str, **parts: exp.Expr) -> exp.Select:
    """A template that is a whole select.

    Raises:
        DeclarationError: it is something else.
    """
    tree = fill(template, **parts)
    if not isinstance(tree, exp.Select):
        raise DeclarationError(f"expected a select, found {type(tree).__name__}", where=template.strip()[:80])
    return tree


def put(tree: exp.Expr, node: exp.Expr, part: exp.Expr) -> exp.Expr:
    """Replace one node; the alias of a table is kept."""
    if isinstance(node, exp.Table):
        alias = node.alias or node.name
        part = part.subquery(alias) if isinstance(part, exp.Query) else part
        part.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
    if node is tree:
        return part
    node.replace(part)
    return tree


def name(text: str) -> exp.Column:
    """A column by its name, always quoted."""
    return exp.column(text, quoted=True)


def one_of(column: exp.Expr, values: Sequence[str]) -> exp.Expr:
    """Whether a text is one of several.

    Searched for within one constant text: the engine turns a longer IN into a join that carries every column of the row and
    cannot be skipped inside CASE, which made loading four times slower.
    """
    listed = SEPARATOR + SEPARATOR.join(values) + SEPARATOR
    return fill("contains(listed, s || x || s)", listed=exp.Literal.string(listed), s=exp.Literal.string(SEPARATOR), x=column)


def cases(pairs: Sequence[tuple[exp.Expr, exp.Expr]], default: exp.Expr | None = None) -> exp.Case:
    """CASE WHEN … THEN … ELSE … END."""
    built = exp.Case()
    for condition, value in pairs:
        built = built.when(condition, value)
    return built.else_(default) if default is not None else built
