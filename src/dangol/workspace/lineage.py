"""What a query needs: which columns it reads, and which of its outputs fall away when a company lacks some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from dangol.core.errors import DeclarationError
from dangol.core.query import Query, is_moment

Origin = tuple[str, str]
Schema = Mapping[str, Mapping[str, str]]
CONDITIONS = (exp.Where, exp.Join, exp.Group, exp.Having, exp.Qualify)


@dataclass(frozen=True)
class Needs:
    """What a query needs.

    Attributes:
        outputs: output column → the table columns its value comes from.
        conditions: columns that decide which rows count; without one of them nothing can be said.
        tables: tables whose rows are read, whichever columns are.
    """

    outputs: Mapping[str, frozenset[Origin]]
    conditions: frozenset[Origin]
    tables: frozenset[str]

    @property
    def columns(self) -> frozenset[Origin]:
        """All columns read."""
        return self.conditions.union(*self.outputs.values())

    def lost(self, missing: frozenset[Origin]) -> frozenset[str]:
        """Outputs that cannot be computed without the missing columns."""
        if self.conditions & missing:
            return frozenset(self.outputs)
        return frozenset(name for name, origins in self.outputs.items() if origins & missing)


def needs(query: Query, schema: Schema, *, where: str) -> Needs:
    """What a query needs, checked against a schema without any data.

    Raises:
        DeclarationError: an unknown table or column, or a query that does not make sense.
    """
    frozen = tuple((table, tuple(columns.items())) for table, columns in schema.items())
    return analysed(query.tree, frozen, where)


@lru_cache(maxsize=2048)
def analysed(tree: exp.Expr, schema: tuple[tuple[str, tuple[tuple[str, str], ...]], ...], where: str) -> Needs:
    """The needs of a tree; kept, because faces ask again and again."""
    prepared = tree.copy().transform(without_values)
    # Only what the query may mean: the optimizer looks at every column of its schema.
    named = {table.name for table in prepared.find_all(exp.Table)}
    tables: dict[str, object] = {name: dict(columns) for name, columns in schema if name in named}
    qualified, root = resolved(prepared, tables, where)
    outputs = {name: frozenset(origins(root, position)) for position, name in enumerate(qualified.named_selects)}
    return Needs(outputs, frozenset(chain.from_iterable(map(deciding_columns, root.traverse()))), Query(tree, {}).tables)


def resolved(tree: exp.Expr, tables: dict[str, object], where: str) -> tuple[exp.Query, Scope]:
    """A query with every column's table found, and its scopes.

    Raises:
        DeclarationError: an unknown table or column, or no query.
    """
    try:
        qualified = qualify(tree, schema=tables, dialect="duckdb", quote_identifiers=False, validate_qualify_columns=True)
        root = build_scope(qualified)
    except SqlglotError as problem:
        raise DeclarationError(f"the query does not fit the tables: {problem}", where=where) from problem
    if root is None or not isinstance(qualified, exp.Query):
        raise DeclarationError(f"expected a select, found {type(qualified).__name__}", where=where)
    return qualified, root


def without_values(node: exp.Expr) -> exp.Expr:
    """Parameters and the moment are no columns."""
    if isinstance(node, exp.Parameter | exp.Placeholder):
        return exp.null()
    if is_moment(node):
        return exp.cast(exp.Literal.string("2000-01-01"), "timestamp")
    return node


def origins(scope: Scope, position: int) -> Iterable[Origin]:
    """The table columns behind the output column at a position."""
    if scope.set_operation_scopes:
        for branch in scope.set_operation_scopes:
            yield from origins(branch, position)
        return
    selected = selects(scope)
    if position < len(selected):
        yield from behind(scope, selected[position])


def selects(scope: Scope) -> list[exp.Expr]:
    """What a scope selects; a union selects what its first branch does."""
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def behind(scope: Scope, expression: exp.Expr) -> Iterable[Origin]:
    """The table columns behind an expression of a scope."""
    for column in expression.find_all(exp.Column):
        yield from behind_column(scope.sources.get(column.table), column.name)
    nested = {id(query) for query in expression.find_all(exp.Query)}
    for inner in scope.subquery_scopes:
        if id(inner.expression) in nested:
            yield from all_origins(inner)


def all_origins(scope: Scope) -> Iterable[Origin]:
    """The table columns behind everything a scope selects."""
    return chain.from_iterable(origins(scope, position) for position in range(len(selects(scope))))


def behind_column(source: object, name: str) -> Iterable[Origin]:
    """The table columns behind a column of a table or of an inner query."""
    if isinstance(source, exp.Table):
        yield source.name, name
    elif isinstance(source, Scope):
        names = [each.alias_or_name for each in selects(source)]
        yield from origins(source, names.index(name)) if name in names else ()


def deciding_columns(scope: Scope) -> Iterable[Origin]:
    """Columns that decide which rows count in a scope itself."""
    for kind in CONDITIONS:
        for condition in scope.find_all(kind):
            yield from behind(scope, condition)
