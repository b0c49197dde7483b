"""Accepted tables as quality looks at them: every declared column there, absent ones as missing values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.query import Query, Scope, Value, bind, literal, sql
from dangol.core.tables import TABLES, Table
from dangol.intake.accepted import accepted, repeating
from dangol.intake.manifest import table_files

OWN = ("source", "delivery", "row_no", "system")
NO_MOMENT = datetime(1970, 1, 1)
ACCEPTED = "accepted_rows_of_"


@dataclass(frozen=True)
class Reading:
    """The accepted tables of a company on an engine, for declared queries.

    Attributes:
        present: columns that any source brings, by table.
        scope: what declared queries are bound to.
    """

    duck: Duck
    present: Mapping[str, frozenset[str]]
    scope: Scope

    @classmethod
    def of(cls, duck: Duck, root: Path, systems: Mapping[str, str], zone: str) -> Reading:
        """Everything that was loaded into a workspace.

        Args:
            duck: gets a view for each table.
            root: the workspace's folder.
            systems: whose customer and order numbers each source uses.
            zone: the company's time zone.
        """
        present = {}
        for table in table_files(root):
            rows = accepted(root, table, repeating(root, table, duck))
            duck.define(view_of(table), exp.select("*", system_of(systems)).from_(rows.subquery("accepted")))
            present[table] = frozenset(duck.columns(view_of(table))) - set(OWN)
        sources = {name: complete(table, present.get(name)) for name, table in TABLES.items()}
        return cls(duck, present, Scope(NO_MOMENT, zone=zone, sources=sources))

    def has(self, table: str, *columns: str) -> bool:
        """Whether a table is there with some columns."""
        return table in self.present and set(columns) <= self.present[table]

    def bound(self, query: Query | str, **values: Value) -> exp.Expr:
        """A declared query on the accepted tables."""
        return bind(sql(query, **values) if isinstance(query, str) else query, self.scope)

    def rows_of(self, table: str) -> exp.Select:
        """The accepted rows of a table with every declared column."""
        return complete(TABLES[table], self.present.get(table))

    def rows(self, text: str, **values: Value) -> list[dict[str, Any]]:
        """The whole result of a declared query; for small results."""
        return self.duck.rows(self.bound(text, **values))

    def row(self, text: str, **values: Value) -> dict[str, Any]:
        """The first row of a declared query."""
        return self.duck.row(self.bound(text, **values))

    def create(self, name: str, text: str, **values: Value) -> None:
        """A temporary table filled by a declared query."""
        self.duck.create(name, self.bound(text, **values), temporary=True)


def view_of(table: str) -> str:
    """What the accepted rows of a table are called on the engine."""
    return f"{ACCEPTED}{table}"


def system_of(systems: Mapping[str, str]) -> exp.Expr:
    """The system whose numbers a row's source uses."""
    case = exp.Case()
    for source, system in systems.items():
        case = case.when(exp.EQ(this=exp.column("source"), expression=literal(source)), literal(system))
    return exp.alias_(case.else_(literal("main")) if systems else literal("main"), "system")


def complete(table: Table, present: frozenset[str] | None) -> exp.Select:
    """The accepted rows of a table with every declared column; no row where nothing was loaded."""
    if present is None:
        kinds = {"source": "varchar", "delivery": "varchar", "row_no": "bigint", "system": "varchar"}
        own: list[exp.Expr] = [exp.alias_(exp.cast(exp.null(), kind), name) for name, kind in kinds.items()]
        return exp.select(*own, *(missing(table, column.name) for column in table.columns)).where(exp.false())
    columns = [exp.column(each.name) if each.name in present else missing(table, each.name) for each in table.columns]
    return exp.select(*OWN, *columns).from_(view_of(table.name))


def missing(table: Table, column: str) -> exp.Expr:
    """A column that no source brings."""
    return exp.alias_(exp.cast(exp.null(), table.by_name[column].sql_type), column)
