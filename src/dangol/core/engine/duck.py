"""DuckDB, the engine inside: memory limit and spill set, results as Arrow, files written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from dangol.core.errors import EngineError, told

Statement = exp.Expr | str
Made = TypeVar("Made")
BATCH_ROWS = 100_000


class Duck:
    """One connection to DuckDB.

    Args:
        path: a database file; in memory when absent.
        read_only: several readers may hold the same file.
        memory_limit: such as "4GB"; beyond it DuckDB spills to `spill`.
        threads: worker threads.
        spill: folder for what does not fit in memory.
        keep_order: rows always stay in the order of their query; costs memory on large results.
    """

    dialect = "duckdb"

    def __init__(
        self,
        path: Path | None = None,
        *,
        read_only: bool = False,
        memory_limit: str = "2GB",
        threads: int | None = None,
        spill: Path | None = None,
        keep_order: bool = False,
    ) -> None:
        self.threads = threads or os.cpu_count() or 1
        self.keep_order = keep_order
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "threads": self.threads,
            "preserve_insertion_order": keep_order,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if spill is not None:
            settings["temp_directory"] = str(spill)
        try:
            self.connection = duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=settings)
        except duckdb.Error as problem:
            shown = path or told("an in-memory database")
            raise EngineError(told("cannot open {path}: {problem}", path=shown, problem=first_line(problem))) from problem
        self.settle()

    def settle(self) -> None:
        """What holds for each connection by itself."""
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET enable_progress_bar = false")

    def __enter__(self) -> Duck:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def cursor(self) -> Duck:
        """A second connection to the same database, for another thread."""
        twin = object.__new__(Duck)
        twin.connection, twin.threads, twin.keep_order = self.connection.cursor(), self.threads, self.keep_order
        twin.settle()
        return twin

    def together(self, tasks: Sequence[Callable[[Duck], Made]]) -> list[Made]:
        """Do many small things, as many at a time as there are threads; returns their results in order.

        A small statement cannot use more than one thread. Each task has a connection of its own: it sees the tables and views
        of this one, but no temporary table.
        """

        def done(task: Callable[[Duck], Made]) -> Made:
            with self.cursor() as own:
                return task(own)

        self.execute("SET threads = 1")
        try:
            with ThreadPoolExecutor(max_workers=self.threads) as pool:
                return list(pool.map(done, tasks))
        finally:
            self.execute(f"SET threads = {self.threads}")

    def interrupt(self) -> None:
        """Stop the running query; it raises EngineError where it runs."""
        self.connection.interrupt()

    def execute(self, statement: Statement, values: Sequence[object] | Mapping[str, object] = ()) -> duckdb.DuckDBPyConnection:
        """Run a statement and leave its result to be fetched.

        Raises:
            EngineError: with DuckDB's first line and the statement's beginning.
        """
        text = statement if isinstance(statement, str) else statement.sql(dialect=self.dialect)
        try:
            return self.connection.execute(text, values or None)
        except duckdb.Error as problem:
            what = told("the query failed: {problem}", problem=first_line(problem))
            raise EngineError(what, where=" ".join(text.split())[:300]) from problem

    def arrow(self, statement: Statement, values: Sequence[object] = ()) -> pa.Table:
        """The whole result as an Arrow table."""
        return self.execute(statement, values).to_arrow_table()

    def rows(self, statement: Statement, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The whole result as dictionaries; for small results."""
        result = self.execute(statement, values)
        names = [str(column[0]) for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def row(self, statement: Statement, values: Sequence[object] = ()) -> dict[str, Any]:
        """The first row as a dictionary.

        Raises:
            EngineError: there is none.
        """
        found = self.rows(statement, values)
        if not found:
            raise EngineError(told("the query returned no row"), where=str(statement)[:200])
        return found[0]

    def value(self, statement: Statement, values: Sequence[object] = ()) -> Any:  # noqa: ANN401 — SQL decides the type
        """The first value of the first row."""
        return next(iter(self.row(statement, values).values()))

    def batches(self, statement: Statement, size: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """The result in record batches, so that memory stays bounded."""
        yield from self.execute(statement).to_arrow_reader(size)

    def columns(self, table: str) -> dict[str, str]:
        """Column names and types of a table or view, in order."""
        described = self.rows(f"DESCRIBE {identifier(table)}")
        return {str(row["column_name"]): str(row["column_type"]) for row in described}

    def described(self, query: Statement) -> dict[str, str]:
        """Column names and types of what a query would return, in order."""
        return {str(row["column_name"]): str(row["column_type"]) for row in self.rows(f"DESCRIBE {self.text(query)}")}

    def tables(self) -> frozenset[str]:
        """Names of the tables and views of this connection."""
        return frozenset(str(row["name"]) for row in self.rows("SELECT name FROM (SHOW TABLES)"))

    def tables_of(self, database: str) -> list[str]:
        """Names of the tables of a database opened with `attach`."""
        listed = f"SELECT table_name FROM duckdb_tables() WHERE database_name = {quoted(database)} ORDER BY table_name"
        return [str(row["table_name"]) for row in self.rows(listed)]

    def view(self, name: str, files: Path | Sequence[Path]) -> None:
        """Parquet files seen as one table; columns a file lacks are missing values."""
        paths = [files] if isinstance(files, Path) else list(files)
        listed = ", ".join(quoted(str(path)) for path in paths)
        self.execute(f"CREATE OR REPLACE VIEW {identifier(name)} AS SELECT * FROM read_parquet([{listed}], union_by_name = true)")

    def define(self, name: str, statement: Statement) -> None:
        """A view by a query."""
        self.execute(f"CREATE OR REPLACE VIEW {identifier(name)} AS {self.text(statement)}")

    def create(self, name: str, statement: Statement, *, temporary: bool = False, ordered: bool = False) -> None:
        """A table filled by a query, replacing an older one.

        Args:
            name: of the table.
            statement: the query.
            temporary: gone with the connection.
            ordered: rows stay in the order of the query; costs memory on large results.
        """
        kind = "TEMP TABLE" if temporary else "TABLE"
        if ordered and not self.keep_order:
            self.execute("SET preserve_insertion_order = true")
        self.execute(f"CREATE OR REPLACE {kind} {identifier(name)} AS {self.text(statement)}")
        if ordered and not self.keep_order:
            self.execute("SET preserve_insertion_order = false")

    def drop(self, name: str) -> None:
        """Forget a table or view, if it is there."""
        for kind in ("VIEW", "TABLE"):
            with suppress(EngineError):
                self.execute(f"DROP {kind} IF EXISTS {identifier(name)}")

    def index(self, table: str, column: str) -> None:
        """An index, so that one row is found at once."""
        name = identifier(f"{table}_{column}_index")
        self.execute(f"CREATE INDEX {name} ON {identifier(table)} ({identifier(column)})")

    def register(self, name: str, table: pa.Table) -> None:
        """Copy an Arrow table into the database (copied, so that the caller's memory may go)."""
        self.connection.register("incoming", table)
        self.create(name, "SELECT * FROM incoming")
        self.connection.unregister("incoming")

    @contextmanager
    def lent(self, name: str, table: pa.Table) -> Iterator[None]:
        """Let statements read an Arrow table where it is, without copying it; worth it for a single pass."""
        self.connection.register(name, table)
        try:
            yield
        finally:
            self.connection.unregister(name)

    def write_parquet(
        self, statement: Statement, path: Path, *, order_by: Sequence[str] = (), staging: bool = False, fast: bool = False
    ) -> int:
        """Write a result as one Parquet file, whole or not at all; returns the number of rows.

        Args:
            statement: the query.
            path: of the file.
            order_by: columns to sort by.
            staging: rows stay in the order of the file they come from; packed fast.
            fast: packed to be written and read fast rather than to be small.
        """
        text = self.text(statement)
        if order_by:
            text = f"SELECT * FROM ({text}) ORDER BY {', '.join(identifier(name) for name in order_by)}"
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        packing = f"COMPRESSION {'lz4_raw' if fast or staging else 'zstd'}{', PRESERVE_ORDER true' if staging else ''}"
        options = f"FORMAT parquet, {packing}, ROW_GROUP_SIZE 122880"
        result = self.execute(f"COPY ({text}) TO {quoted(str(aside))} ({options})")
        written = result.fetchone()
        aside.replace(path)
        return int(written[0]) if written else 0

    def write_csv(self, statement: Statement, path: Path) -> int:
        """Write a result as one CSV file with a header, whole or not at all; returns the number of rows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        written = self.execute(f"COPY ({self.text(statement)}) TO {quoted(str(aside))} (FORMAT csv, HEADER)").fetchone()
        aside.replace(path)
        return int(written[0]) if written else 0

    def attach(self, path: Path, name: str, *, read_only: bool = False) -> None:
        """Open a second database file beside this one."""
        self.execute(f"ATTACH {quoted(str(path))} AS {identifier(name)}{' (READ_ONLY)' if read_only else ''}")

    def detach(self, name: str) -> None:
        """Close a database opened with `attach`, everything written."""
        self.execute(f"CHECKPOINT {identifier(name)}")
        self.execute(f"DETACH {identifier(name)}")

    def text(self, statement: Statement) -> str:
        """A statement in DuckDB's words."""
        return statement if isinstance(statement, str) else statement.sql(dialect=self.dialect)


def identifier(name: str) -> str:
    """A name quoted for SQL; dots separate schema and table."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def quoted(text: str) -> str:
    """A text quoted for SQL."""
    return "'" + text.replace("'", "''") + "'"


def first_line(problem: BaseException) -> str:
    """The first line of a message; the rest repeats the query."""
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__
