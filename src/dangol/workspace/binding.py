"""Declared queries meet a company's facts: what can be computed, what falls away, and the query ready for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlglot import exp

from dangol.core.declare import Output
from dangol.core.query import Query, Scope, Value, bind
from dangol.core.tables import FACTS
from dangol.workspace.facts import Facts
from dangol.workspace.lineage import Needs, Origin, Schema, needs

FACT_SCHEMA: dict[str, dict[str, str]] = {
    name: {column.name: column.sql_type for column in table.columns} for name, table in FACTS.items()
}


WHOLE = "*"


@dataclass(frozen=True)
class Bound:
    """A declared query bound to a company at a moment.

    Attributes:
        tree: ready for the engine.
        outputs: columns it can give here.
        lost: columns that fall away, and the missing table columns that would bring them back.
    """

    tree: exp.Expr
    outputs: tuple[str, ...]
    lost: Mapping[str, frozenset[Origin]]

    @property
    def missing(self) -> tuple[str, ...]:
        """Missing table columns, as `table.column`, in alphabetical order."""
        return tuple(sorted({f"{table}.{column}" for origins in self.lost.values() for table, column in origins}))


@dataclass(frozen=True)
class Binder:
    """Binds declared queries to the facts of a company at one moment.

    Attributes:
        more: further tables (profile, answers, later facts) by name: what stands for them, and their columns with types.
        values: values that every query may use as `$name`.
        data_until: up to when the company's data reach, at most `as_of`; `as_of` itself when None.
    """

    facts: Facts
    as_of: datetime
    zone: str
    dialect: str = "duckdb"
    more: Mapping[str, tuple[exp.Expr, Mapping[str, str]]] | None = None
    values: Mapping[str, Value] | None = None
    data_until: datetime | None = None

    def reading(self, **more: tuple[exp.Expr, Mapping[str, str]]) -> Binder:
        """The same binder, reading further tables."""
        return replace(self, more={**(self.more or {}), **more})

    @property
    def schema(self) -> Schema:
        """Columns and types of everything a query may read."""
        return {**FACT_SCHEMA, **{name: columns for name, (_, columns) in (self.more or {}).items()}}

    @property
    def further(self) -> dict[str, exp.Expr]:
        """What stands for the further tables."""
        return {name: tree for name, (tree, _) in (self.more or {}).items()}

    def missing(self, found: Needs, optional: Iterable[str] = ()) -> frozenset[Origin]:
        """Columns a query needs that the company does not have; those of optional tables do not count.

        A table that is absent as a whole is named with the column `*`.
        """
        exempt = {*optional, *self.further}
        absent = set(found.tables) - set(self.facts.files) - exempt
        lacking = self.lacking(found)
        columns = {(table, column) for table, column in lacking if not {table, f"{table}.{column}"} & (exempt | absent)}
        return frozenset(columns | {(table, WHOLE) for table in absent})

    def lacking(self, found: Needs) -> frozenset[Origin]:
        """Columns a query reads that the company's facts do not hold, whether they matter or not."""
        return frozenset(origin for origin in found.columns if not self.has(*origin))

    def has(self, table: str, column: str) -> bool:
        """Whether the company's facts hold a column; everything about customers has their number."""
        return column == "customer_id" or column in self.facts.present.get(table, frozenset())

    def bind(
        self,
        query: Query,
        *,
        where: str,
        optional: Iterable[str] = (),
        declared: Mapping[str, Mapping[str, Output]] | None = None,
    ) -> Bound:
        """The query ready for the engine, without the outputs that the company's data cannot give.

        Args:
            query: the declared query.
            where: the declaration's name, for messages.
            optional: tables or `table.column` that may be absent; they read as no rows or as missing values.
            declared: further tables' columns that exist in some companies; those not among `more` are absent here.

        Raises:
            DeclarationError: the query does not fit the tables at all.
        """
        widened = self.with_absent(declared or {})
        found = needs(query, widened.schema, where=where)
        missing = widened.missing(found, optional) | self.absent(found, declared or {}, optional)
        return widened.bound(query, found, missing)

    def with_absent(self, declared: Mapping[str, Mapping[str, Output]]) -> Binder:
        """A binder in which declared but absent columns read as missing values."""
        more = dict(self.more or {})
        for table, outputs in declared.items():
            tree, columns = more[table]
            absent = {name: output.sql_type for name, output in outputs.items() if name not in columns}
            more[table] = (widened(tree, absent), {**columns, **absent})
        return replace(self, more=more)

    def absent(self, found: Needs, declared: Mapping[str, Mapping[str, Output]], optional: Iterable[str]) -> frozenset[Origin]:
        """Declared columns of further tables that a query needs and that are absent here."""
        schema, exempt = self.schema, set(optional)
        wanted = {
            (table, column if set(schema[table]) - {"customer_id"} else WHOLE)
            for table, column in found.columns
            if table in declared and table not in exempt and column not in schema[table]
        }
        return frozenset((table, column) for table, column in wanted if f"{table}.{column}" not in exempt)

    def bound(self, query: Query, found: Needs, missing: frozenset[Origin]) -> Bound:
        """The query with everything put in, and without what is lost."""
        lost = lost_outputs(found, missing)
        kept = tuple(name for name in found.outputs if name not in lost)
        sources = {**self.facts.cut(self.as_of, found.tables, self.zone), **self.further}
        tree = bind(query, Scope(self.as_of, self.zone, self.dialect, sources, self.values, self.data_until))
        return Bound(tree if not lost else projection(tree, kept), kept, lost)


def lost_outputs(found: Needs, missing: frozenset[Origin]) -> dict[str, frozenset[Origin]]:
    """Outputs of a query that fall away, and what would bring each back; all do where a whole table is absent."""
    absent = frozenset(origin for origin in missing if origin[1] == WHOLE)
    names = frozenset(found.outputs) if absent else found.lost(missing)
    return {name: (found.outputs[name] | found.conditions) & missing | absent for name in names}


def widened(tree: exp.Expr, absent: Mapping[str, str]) -> exp.Expr:
    """A table with further columns, missing in every row."""
    extra = [exp.alias_(exp.cast(exp.null(), kind, dialect="duckdb"), name) for name, kind in absent.items()]
    source = exp.Subquery(this=tree.copy(), alias="present") if isinstance(tree, exp.Select) else tree.copy()
    return exp.select("*", *extra).from_(source) if extra else tree


def projection(tree: exp.Expr, columns: tuple[str, ...]) -> exp.Expr:
    """Only some columns of a query."""
    return exp.select(*(exp.column(name) for name in columns)).from_(exp.Subquery(this=tree, alias="everything"))
