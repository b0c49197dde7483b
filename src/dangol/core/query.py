"""One query language for every engine: DuckDB's SQL, parsed once, bound to tables and a moment, written for an engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dangol.core.engine.functions import functions
from dangol.core.errors import DeclarationError

MOMENTS = frozenset({"as_of", "data_until"})
Value = str | int | float | bool | Decimal | date | datetime | None


@dataclass(frozen=True)
class Query:
    """A declared query: a tree and the values of its `$parameters`.

    The tree is never changed in place; every method returns a new one.
    """

    tree: exp.Expr
    values: Mapping[str, Value]

    @property
    def tables(self) -> frozenset[str]:
        """Tables the query reads, without its own common table expressions."""
        own = {cte.alias for cte in self.tree.find_all(exp.CTE)}
        return frozenset(table.name for table in self.tree.find_all(exp.Table) if table.name not in own)

    def text(self, dialect: str = "duckdb") -> str:
        """The query as people read it, before it is bound to tables and values."""
        return self.tree.sql(dialect=dialect, pretty=True)


@dataclass(frozen=True)
class Scope:
    """What a query is bound to: the moment, the company's clock and the engine.

    Attributes:
        as_of: nothing at or after this moment is visible; UTC without zone.
        data_until: up to when the data reach; `as_of` where nobody says otherwise.
        zone: the company's time zone.
        dialect: `duckdb` or `spark`.
        sources: what stands for each table name: an expression such as a cut of a physical table.
        values: further `$parameters` every query may use.
    """

    as_of: datetime
    zone: str = "Asia/Seoul"
    dialect: str = "duckdb"
    sources: Mapping[str, exp.Expr] | None = None
    values: Mapping[str, Value] | None = None
    data_until: datetime | None = None

    @property
    def moments(self) -> Mapping[str, datetime]:
        """Moments that a query writes like columns."""
        return {"as_of": self.as_of, "data_until": self.data_until or self.as_of}

    def with_sources(self, sources: Mapping[str, exp.Expr]) -> Scope:
        """The same scope reading further tables."""
        return replace(self, sources={**(self.sources or {}), **sources})


def sql(text: str, **values: Value) -> Query:
    """A declared query: DuckDB's SQL with `$name` for values, `as_of` for the moment and `data_until` for the data's end.

    Raises:
        DeclarationError: the text does not parse, or is more than one statement.
    """
    return Query(parsed(text), values)


def preceded(query: Query, **parts: Query) -> Query:
    """The query with others put in front as common table expressions it may name, in the order given."""
    tree = query.tree.copy()
    assert isinstance(tree, exp.Query)  # `parsed` lets nothing else through
    own = list(tree.ctes)
    for name, part in parts.items():
        tree = tree.with_(name, as_=part.tree.copy(), copy=False)
    whole = tree.find(exp.With)
    if whole is not None:
        whole.set("expressions", [*tree.ctes[len(own) :], *own])
    return Query(tree, {**{key: value for part in parts.values() for key, value in part.values.items()}, **query.values})


@lru_cache(maxsize=1024)
def parsed(text: str) -> exp.Expr:
    """The text as a tree, parsed once per process."""
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except SqlglotError as problem:
        raise DeclarationError(f"this SQL does not parse: {problem}", where=text.strip()[:80]) from problem
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise DeclarationError(f"expected one select, found {len(trees)} statements", where=text.strip()[:80])
    return bare(trees[0])


def bare(tree: exp.Expr) -> exp.Expr:
    """A tree without comments and places in the text, which would be copied with it every time it is bound."""
    for node in tree.walk():
        node.pop_comments()
        node.meta.clear()
    return tree


def literal(value: Value) -> exp.Expr:
    """A value as a typed literal; never text pasted into a query."""
    if isinstance(value, datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    if isinstance(value, float):
        return exp.cast(exp.Literal.number(repr(value)), "double")
    if isinstance(value, Decimal):
        return exp.cast(exp.Literal.number(str(value)), "decimal(18, 2)")
    converted: exp.Expr = exp.convert(value)
    return converted


def bind(query: Query, scope: Scope) -> exp.Expr:
    """The query ready for an engine: values, moment, tables and our functions put in.

    Raises:
        DeclarationError: a `$parameter` without a value, or one of our functions with the wrong number of arguments.
    """
    values = {**(scope.values or {}), **query.values}
    tree = query.tree.copy()
    tree = tree.transform(lambda node: with_value(node, values, scope.moments), copy=False)
    tree = tree.transform(lambda node: with_source(node, scope.sources or {}), copy=False)
    return with_functions(tree, scope)


def with_value(node: exp.Expr, values: Mapping[str, Value], moments: Mapping[str, datetime]) -> exp.Expr:
    """Replace `$name` and moments such as `as_of` by typed literals."""
    if isinstance(node, exp.Parameter | exp.Placeholder):
        name = node.name
        if name not in values:
            raise DeclarationError(f"no value for ${name}", hint=f"given: {', '.join(sorted(values)) or 'none'}")
        return literal(values[name])
    return literal(moments[node.name]) if is_moment(node) else node


def is_moment(node: exp.Expr) -> bool:
    """Whether a node is a moment that every query knows, not a column."""
    return isinstance(node, exp.Column) and node.name in MOMENTS and not node.table


def with_source(node: exp.Expr, sources: Mapping[str, exp.Expr]) -> exp.Expr:
    """Replace a table's name by what stands for it, keeping the name its columns are called by."""
    if not isinstance(node, exp.Table) or node.db or node.name not in sources or is_own(node):
        return node
    source = sources[node.name].copy()
    name = node.alias or node.name
    if isinstance(source, exp.Table):
        source.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
        return source
    return exp.Subquery(this=source, alias=exp.TableAlias(this=exp.to_identifier(name)))


def is_own(table: exp.Table) -> bool:
    """Whether the name means a common table expression of the query itself."""
    scope = table.find_ancestor(exp.Query)
    inside = table.find_ancestor(exp.CTE)
    while scope is not None:
        names = {cte.alias for cte in scope.ctes if cte is not inside}
        if table.name in names:
            return True
        inside = scope.find_ancestor(exp.CTE)
        scope = scope.find_ancestor(exp.Query)
    return False


def with_functions(tree: exp.Expr, scope: Scope) -> exp.Expr:
    """Write our own functions in the engine's words, innermost first."""
    known = functions(scope.dialect, scope.zone)
    calls = [node for node in tree.find_all(exp.Anonymous) if node.name.lower() in known]
    for node in sorted(calls, key=lambda found: -found.depth):
        count, build = known[node.name.lower()]
        if len(node.expressions) != count:
            raise DeclarationError(f"{node.name} takes {count} arguments, found {len(node.expressions)}")
        written = build(node.expressions)
        if node is tree:
            tree = written
        else:
            node.replace(written)
    return tree


def select_star(table: exp.Expr, condition: exp.Expr | None = None) -> exp.Select:
    """Everything of a table, where a condition holds."""
    chosen = exp.select("*").from_(table)
    return chosen.where(condition) if condition is not None else chosen


def named(name: str) -> exp.Table:
    """A table by its name, quoted where it needs to be."""
    return exp.to_table(name) if re.fullmatch(r"[a-z0-9_]+", name) else exp.table_(name, quoted=True)
