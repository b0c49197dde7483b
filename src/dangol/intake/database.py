"""Databases that SQLAlchemy reads: rows streamed in blocks into a file, which is then loaded like any other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import URL, Connection, CursorResult, MetaData, Select, Table, TextClause, create_engine, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from dangol.core.config import secret
from dangol.core.engine.scan import parquet_scan
from dangol.core.errors import ConfigError, SourceError, told
from dangol.intake.header import distinct
from dangol.intake.opened import LOOK_ROWS, Opened, Staged
from dangol.intake.settings import DatabaseSettings, SourceSettings
from dangol.intake.workbook import cell_text, text_columns

BLOCK = 50_000


def open_database(settings: SourceSettings, base: Path, folder: Path) -> Opened:
    """A table or query result of a database, copied into a file.

    Raises:
        ConfigError: the address is no URL, or carries a password.
        SourceError: the database cannot be reached or refuses the query; no row came.
    """
    wanted = settings.database
    if wanted is None:
        raise ConfigError(told("source {name:quoted} names no database", name=settings.name))
    target = folder / f"{settings.name}.parquet"
    where = told("source {name}: {table}", name=settings.name, table=wanted.table or told("query"))
    headers, look = copied(address(wanted, base, where), wanted, target, where)

    @cache
    def stage() -> Staged:
        fields = {header: f"c{place}" for place, header in enumerate(headers)}
        return Staged(parquet_scan([target], row_number=True), fields, dict.fromkeys(headers, "VARCHAR"))

    return Opened(f"{wanted.table or 'query'}.parquet", target, headers, look, stage)


def copied(url: URL, wanted: DatabaseSettings, target: Path, where: str) -> tuple[tuple[str, ...], list[list[str | None]]]:
    """Copy the table or query result into a file; its headers and first rows.

    Raises:
        SourceError: the database cannot be reached or refuses the query; no row came.
    """
    try:
        headers, look = copy_rows(url, wanted, target)
    except NoSuchTableError as problem:
        raise SourceError(told("the database has no table {table:quoted}", table=wanted.table), where=where) from problem
    except SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", None) or type(problem).__name__).splitlines()[0]
        raise SourceError(told("the database refused: {reason}", reason=reason), where=where) from problem
    if not look:
        raise SourceError(told("the database gave no rows"), where=where)
    return headers, look


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


def copy_rows(url: URL, wanted: DatabaseSettings, target: Path) -> tuple[tuple[str, ...], list[list[str | None]]]:
    """Stream all rows into a Parquet file of text columns; headers and first rows."""
    engine = create_engine(url)
    with engine.connect().execution_options(stream_results=True, yield_per=BLOCK) as connection:
        result = connection.execute(statement(connection, wanted))
        headers = distinct(list(result.keys()))
        names = [f"c{place}" for place, _ in enumerate(headers)]
        look: list[list[str | None]] = []
        with pq.ParquetWriter(target, pa.schema(dict.fromkeys(names, pa.string()))) as file:
            for block in blocks(result):
                look = look or [list(map(cell_text, row)) for row in block[:LOOK_ROWS]]
                file.write_table(pa.table(text_columns(names, block)))
    engine.dispose()
    return headers, look


def blocks(result: CursorResult[tuple[object, ...]]) -> Iterator[Sequence[Sequence[object]]]:
    """Rows in blocks, so that memory stays bounded."""
    while block := result.fetchmany(BLOCK):
        yield block


def statement(connection: Connection, wanted: DatabaseSettings) -> Select[tuple[object, ...]] | TextClause:
    """What to read; only selects are let through.

    Raises:
        ConfigError: the query would do more than read.
    """
    if wanted.query is None:
        schema, _, table = (wanted.table or "").rpartition(".")
        return select(Table(table, MetaData(), schema=schema or None, autoload_with=connection))
    if not re.match(r"\s*(select|with)\b", wanted.query, re.IGNORECASE):
        first = wanted.query.split(maxsplit=1)[0]
        raise ConfigError(told("a source's query must be a select, found {word:quoted}", word=first), where="database.query")
    return text(wanted.query)
