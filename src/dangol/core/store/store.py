"""Opening the store: SQLite beside the workspace by default, PostgreSQL by URL, brought up to date on the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Select, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from dangol.core.errors import EngineError, told

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
CHUNK_ROWS = 20_000
# any number that no other application locks; two processes opening at once migrate one after the other
MIGRATION_LOCK = 7_351_905
ARROW_TYPES: Mapping[str, pa.DataType] = {
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "datetime": pa.timestamp("us"),
    "Decimal": pa.decimal128(18, 2),
}


class Store:
    """The application's database.

    Several processes may write; on SQLite a writer waits for the one before it, readers never wait.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)

    @classmethod
    def open(cls, where: str | Path) -> Store:
        """Connect and bring the tables up to date.

        Args:
            where: path of an SQLite file, or a URL such as postgresql://user@host/name.

        Raises:
            EngineError: the database cannot be reached or migrated; the URL's password is never shown.
        """
        url = address(where)
        shown = url.render_as_string(hide_password=True)
        try:
            engine = connected(url)
            migrate(engine)
        except (SQLAlchemyError, OSError) as problem:
            raise EngineError(told("cannot open the store: {problem}", problem=type(problem).__name__), where=shown) from problem
        return cls(engine)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction: everything in it is kept, or nothing.

        Raises:
            EngineError: the database refused a statement.
        """
        with refusals_told(), self._sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A view of one moment, which neither waits for a writer nor keeps one waiting; nothing is written.

        Raises:
            EngineError: the database refused a statement.
        """
        with refusals_told(), self._sessions() as session:
            session.connection(execution_options={"reading": True})
            yield session

    def settle(self) -> None:
        """Let nothing that was deleted linger in files beside the database, as far as other readers allow."""
        if self.engine.dialect.name == "sqlite":
            with closing(self.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def arrow(self, query: Select[*tuple[Any, ...]]) -> pa.Table:
        """The rows of a query as an Arrow table with the types of its columns, also when there are none."""
        with self.engine.connect().execution_options(reading=True) as connection:
            result = connection.execute(query)
            rows = result.all()
        fields = [pa.field(str(column.name), arrow_type(column.type.python_type)) for column in query.selected_columns]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(fields)
        arrays = [pa.array(list(values), type=field.type) for values, field in zip(columns, fields, strict=True)]
        return pa.table(arrays, schema=pa.schema(fields))

    def append(self, session: Session, table: type[DeclarativeBase], rows: pa.Table) -> int:
        """Add many rows at once; on PostgreSQL through COPY.

        Args:
            session: the transaction they belong to.
            table: the class of the table.
            rows: an Arrow table with the names of its columns.
        """
        session.flush()
        connection = session.connection()
        write = copied if connection.dialect.name == "postgresql" else inserted
        write(connection, table, rows)
        return int(rows.num_rows)


@contextmanager
def refusals_told() -> Iterator[None]:
    """What the database refuses as an error of ours, by the name that it has there; never what the statement held.

    Raises:
        EngineError: the database refused a statement.
    """
    try:
        yield
    except DatabaseError as problem:
        name = getattr(problem.orig, "sqlite_errorname", type(problem.orig).__name__)
        raise EngineError(told("the store refused a statement: {problem}", problem=str(name))) from problem


def address(where: str | Path) -> URL:
    """The database's address: a URL as given, a path as an SQLite file.

    Raises:
        EngineError: the URL cannot be read.
    """
    if isinstance(where, Path) or "://" not in where:
        path = Path(where)
        path.parent.mkdir(parents=True, exist_ok=True)
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(where)
    except ArgumentError as problem:
        raise EngineError(told("the store's URL cannot be read"), hint="postgresql://user@host/database") from problem
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgres", "postgresql"} else url


def connected(url: URL) -> Engine:
    """An engine with the settings that several processes need."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", prepare_sqlite)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Readers beside a writer, foreign keys checked, writers waiting for each other; what is deleted is overwritten."""
    connection.isolation_level = None  # transactions are opened by `begin_sqlite` alone
    waiting = f"busy_timeout = {BUSY_SECONDS * 1000}"
    for setting in ("journal_mode = WAL", "secure_delete = ON", "foreign_keys = ON", waiting, "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {setting}")


def begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a reader that becomes a writer later could not wait for it."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; one process at a time."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def arrow_type(kind: type) -> pa.DataType:
    """The Arrow type of a column."""
    return ARROW_TYPES.get(kind.__name__, pa.string())


def inserted(connection: Connection, table: type[DeclarativeBase], rows: pa.Table) -> None:
    """Rows in chunks through SQLite's own driver, values in the form in which SQLAlchemy reads them back."""
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in rows.column_names)
    marks = ", ".join("?" * rows.num_columns)
    statement = f"INSERT INTO {quote(table.__tablename__)} ({columns}) VALUES ({marks})"
    ready = pa.table([as_sqlite(column) for column in rows.columns], names=rows.column_names)
    for batch in ready.to_batches(max_chunksize=CHUNK_ROWS):
        connection.exec_driver_sql(statement, list(zip(*(column.to_pylist() for column in batch.columns), strict=True)))


def as_sqlite(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column in SQLite's few types: moments as text, money and flags as numbers."""
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column.cast(pa.timestamp("us")), format="%Y-%m-%d %H:%M:%S")
    if pa.types.is_decimal(column.type):
        return column.cast(pa.float64())
    return column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column


def copied(connection: Connection, table: type[DeclarativeBase], rows: pa.Table) -> None:
    """Rows through PostgreSQL's COPY, within the same transaction.

    Raises:
        EngineError: the database refused a row.
    """
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in rows.column_names)
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"COPY {quote(table.__tablename__)} ({columns}) FROM STDIN") as copy:
            for row in listed(rows):
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as problem:
        kind = type(problem).__name__
        raise EngineError(
            told("the store refused rows of {table}: {problem}", table=table.__tablename__, problem=kind)
        ) from problem


def listed(rows: pa.Table) -> Iterator[tuple[object, ...]]:
    """The rows one after the other as plain values."""
    for batch in rows.to_batches(max_chunksize=CHUNK_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
