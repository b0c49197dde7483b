"""Databases that SQLAlchemy reads: rows streamed in blocks into a file, which is then loaded like any other.

With `since`, a column that grows with every change, only rows that changed after the last reading come, and those of its last
hour again: a transaction may carry an earlier moment than one that was committed before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    CursorResult,
    FromClause,
    MetaData,
    Select,
    Subquery,
    Table,
    column,
    create_engine,
    literal_column,
    make_url,
    or_,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from dangol.core.config import secret
from dangol.core.engine.scan import parquet_scan
from dangol.core.errors import ConfigError, SourceError, told
from dangol.intake.header import distinct
from dangol.intake.opened import LOOK_ROWS, Opened, Staged
from dangol.intake.settings import DatabaseSettings, SourceSettings
from dangol.intake.workbook import cell_text, text_columns

BLOCK = 50_000
OVERLAP = timedelta(hours=1)
# What a column that grows with every change may hold, and how it is read from text again.
READERS: dict[str, Callable[[str], Any]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "int": int,
    "str": str,
    "Decimal": Decimal,
    "bytes": bytes.fromhex,
}
Reached = tuple[str, str]


@dataclass(frozen=True)
class Copied:
    """Rows of a database in a file, and how far it has been read: kind and text of the largest `since`."""

    opened: Opened
    reached: Reached | None


def open_database(settings: SourceSettings, base: Path, folder: Path, before: Reached | None = None) -> Copied | None:
    """A table or query result of a database, copied into a file.

    Args:
        settings: the source.
        base: the folder of the settings file.
        folder: where the copy goes.
        before: how far the database was read the last time.

    Returns:
        The copy; None when nothing has changed since the last time.

    Raises:
        ConfigError: the address is no URL, or carries a password.
        SourceError: the database cannot be reached or refuses the query; no row came, and none ever had.
    """
    wanted = settings.database
    if wanted is None:
        raise ConfigError(told("source {name:quoted} names no database", name=settings.name))
    target = folder / f"{settings.name}.parquet"
    where = told("source {name}: {table}", name=settings.name, table=wanted.table or told("query"))
    headers, look, reached = copied(address(wanted, base, where), wanted, target, where, before)
    if not look and before:
        return None
    if not look:
        raise SourceError(told("the database gave no rows"), where=where)

    @cache
    def stage() -> Staged:
        fields = {header: f"c{place}" for place, header in enumerate(headers)}
        return Staged(parquet_scan([target], row_number=True), fields, dict.fromkeys(headers, "VARCHAR"))

    return Copied(Opened(f"{wanted.table or 'query'}.parquet", target, headers, look, stage), reached or before)


Rows = tuple[tuple[str, ...], list[list[str | None]], Reached | None]


def copied(url: URL, wanted: DatabaseSettings, target: Path, where: str, before: Reached | None) -> Rows:
    """Copy the table or query result into a file; its headers, first rows and how far it was read.

    Raises:
        SourceError: the database cannot be reached or refuses the query.
    """
    try:
        return copy_rows(url, wanted, target, before)
    except NoSuchTableError as problem:
        raise SourceError(told("the database has no table {table:quoted}", table=wanted.table), where=where) from problem
    except SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", None) or type(problem).__name__).splitlines()[0]
        raise SourceError(told("the database refused: {reason}", reason=reason), where=where) from problem


def address(wanted: DatabaseSettings, base: Path, where: str) -> URL:
    """The database's URL; a SQLite file is looked for beside the settings.

    Raises:
        ConfigError: no URL, an unknown database, or a password in the settings file.
    """
    written = wanted.url or secret(wanted.url_env or "")
    try:
        url = make_url(written)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as problem:
        hint = told("such as {example}", example="postgresql+psycopg://user@host/shop")
        raise ConfigError(told("the database's URL cannot be read"), where=where, hint=hint) from problem
    if wanted.url and url.password:
        hint = told("put the whole URL into a variable: url_env: SHOP_DB_URL")
        raise ConfigError(told("the database's URL carries a password"), where=where, hint=hint)
    return beside(url, base, where) if url.get_backend_name() == "sqlite" else url


def beside(url: URL, base: Path, where: str) -> URL:
    """The URL of a SQLite file, which is looked for beside the settings.

    Raises:
        SourceError: there is no such file.
    """
    if url.database in (None, "", ":memory:"):
        return url
    file = base / str(url.database)
    if not file.is_file():
        raise SourceError(told("there is no database {file:quoted}", file=url.database), where=where)
    return url.set(database=str(file))


def copy_rows(url: URL, wanted: DatabaseSettings, target: Path, before: Reached | None) -> Rows:
    """Stream the rows into a Parquet file of text columns; headers, first rows and how far it was read."""
    engine = create_engine(url)
    with engine.connect().execution_options(stream_results=True, yield_per=BLOCK) as connection:
        result = connection.execute(statement(connection, wanted, before))
        headers = distinct(list(result.keys()))
        names = [f"c{place}" for place, _ in enumerate(headers)]
        grows = place_of(wanted.since, headers)
        look: list[list[str | None]] = []
        largest: Any = None
        with pq.ParquetWriter(target, pa.schema(dict.fromkeys(names, pa.string()))) as file:
            for block in blocks(result):
                look = look or [list(map(cell_text, row)) for row in block[:LOOK_ROWS]]
                largest = largest if grows is None else farthest(largest, [row[grows] for row in block], wanted)
                file.write_table(pa.table(text_columns(names, block)))
    engine.dispose()
    return headers, look, None if largest is None else written(largest)


def place_of(since: str | None, headers: Sequence[str]) -> int | None:
    """Where the column that grows stands.

    Raises:
        SourceError: there is none of that name.
    """
    if since is None or since in headers:
        return None if since is None else headers.index(since)
    raise SourceError(told("the database has no column {column:quoted}", column=since), where="database.since")


def farthest(largest: object, values: Sequence[object], wanted: DatabaseSettings) -> object:
    """The largest value of a column that grows, so far.

    Raises:
        SourceError: its values are of several kinds, or of one that has no order.
    """
    known = [value for value in (largest, *values) if value is not None]
    kinds = sorted({type(value).__name__ for value in known})
    if len(kinds) > 1 or not set(kinds) <= READERS.keys():
        what = told("{column:quoted} must hold moments, days, numbers or texts of one kind; found {kinds:listed}",
                    column=wanted.since, kinds=kinds)  # fmt: skip
        raise SourceError(what, where="database.since")
    ordered: list[Any] = list(known)
    return max(ordered, default=None)


def written(value: Any) -> Reached:  # noqa: ANN401 — whatever the database's column holds
    """Kind and text of a value, to be read again."""
    return type(value).__name__, value.hex() if isinstance(value, bytes) else str(value)


def start_of(before: Reached) -> Any:  # noqa: ANN401 — whatever the database's column holds
    """From where to read on; of moments an hour is read again."""
    kind, said = before
    value = READERS[kind](said)
    return value - OVERLAP if isinstance(value, datetime) else value


def blocks(result: CursorResult[tuple[object, ...]]) -> Iterator[Sequence[Sequence[object]]]:
    """Rows in blocks, so that memory stays bounded."""
    while block := result.fetchmany(BLOCK):
        yield block


def statement(connection: Connection, wanted: DatabaseSettings, before: Reached | None) -> Select[tuple[object, ...]]:
    """What to read: everything, or what has changed since, with the rows that belong to it."""
    rows = rows_of(connection, wanted)
    everything: Select[tuple[object, ...]] = select(rows if isinstance(rows, Table) else literal_column("*")).select_from(rows)
    if before is None or wanted.since is None:
        return everything
    changed = grown(rows, wanted.since, before)
    if wanted.together is None:
        return everything.where(changed)
    again = rows.alias("again")
    concerned = select(again.c[wanted.together]).where(grown(again, wanted.since, before))
    return everything.where(or_(changed, rows.c[wanted.together].in_(concerned)))


def grown(rows: FromClause, since: str, before: Reached) -> ColumnElement[bool]:
    """Whether a row has changed since; rows that do not say so always come."""
    return or_(rows.c[since] >= start_of(before), rows.c[since].is_(None))


def rows_of(connection: Connection, wanted: DatabaseSettings) -> Table | Subquery:
    """The table or query to read from; only selects are let through.

    Raises:
        ConfigError: the query would do more than read.
        SourceError: the table lacks a column that the settings name.
    """
    named = [each for each in (wanted.since, wanted.together) if each]
    if wanted.query is None:
        schema, _, table = (wanted.table or "").rpartition(".")
        found = Table(table, MetaData(), schema=schema or None, autoload_with=connection)
        for each in named:
            place_of(each, list(found.c.keys()))
        return found
    if not re.match(r"\s*(select|with)\b", wanted.query, re.IGNORECASE):
        first = wanted.query.split(maxsplit=1)[0]
        raise ConfigError(told("a source's query must be a select, found {word:quoted}", word=first), where="database.query")
    return text(wanted.query).columns(*map(column, named)).subquery("delivered")
