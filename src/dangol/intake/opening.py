"""The right reader for each kind of file; kinds that may carry anything else than data are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlglot import exp

from dangol.core.engine.duck import Duck
from dangol.core.engine.scan import ROW_NUMBER, json_scan, parquet_scan
from dangol.core.errors import EngineError, SourceError, told
from dangol.core.query import select_star
from dangol.intake.delimited import open_delimited
from dangol.intake.encoding import fingerprint
from dangol.intake.opened import LOOK_ROWS, Opened, Staged
from dangol.intake.settings import SourceSettings
from dangol.intake.template import fill, name
from dangol.intake.workbook import open_workbook

REFUSED = {
    ".zip": told("unpack it first"),
    ".7z": told("unpack it first"),
    ".rar": told("unpack it first"),
    ".xlsm": told("save it as .xlsx without macros"),
    ".xlsb": told("save it as .xlsx"),
    ".xltm": told("save it as .xlsx without macros"),
}


@dataclass(frozen=True)
class Bench:
    """Where and with what files are read: the engine, and a folder that goes when the load ends."""

    duck: Duck
    folder: Path


def open_file(path: Path, settings: SourceSettings, bench: Bench) -> Opened:
    """A file ready to be mapped.

    Raises:
        SourceError: a kind that is refused or not known, or a file that cannot be read.
    """
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix in REFUSED:
        raise SourceError(told("{suffix} files are not read", suffix=suffix), where=str(path), hint=REFUSED[suffix])
    if suffix not in READERS:
        what = told("no reader for {suffix}", suffix=suffix or told("a file without an ending"))
        raise SourceError(what, where=str(path), hint=told("known: {names:listed}{more}", names=list(READERS), more=""))
    return READERS[suffix](path, settings, bench)


def delimited(path: Path, settings: SourceSettings, bench: Bench) -> Opened:
    """Text with delimiters."""
    return open_delimited(path, settings, bench.duck, bench.folder)


def workbook(path: Path, settings: SourceSettings, bench: Bench) -> Opened:
    """A spreadsheet."""
    return open_workbook(path, settings, bench.folder)


def parquet(path: Path, _settings: SourceSettings, bench: Bench) -> Opened:
    """Parquet, read where it lies.

    Raises:
        SourceError: damaged or without rows.
    """
    scan = parquet_scan([path], row_number=True)
    try:
        types = bench.duck.described(select_star(scan))
        types.pop(ROW_NUMBER)
        look = first_rows(bench.duck, scan, list(types))
    except EngineError as problem:
        what = told("{file:quoted} is damaged or no Parquet: {problem}", file=path.name, problem=problem.what)
        raise SourceError(what, where=str(path)) from problem
    if not look:
        raise SourceError(told("the file has columns but no rows"), where=str(path))
    staged = Staged(scan, {header: header for header in types}, types)
    return Opened(path.name, path, tuple(types), look, lambda: staged)


def first_rows(duck: Duck, scan: exp.Expr, columns: list[str]) -> list[list[str | None]]:
    """The first rows as text."""
    query = exp.select(*(exp.alias_(exp.cast(name(each), "varchar"), each, quoted=True) for each in columns)).from_(scan.copy())
    return [list(row.values()) for row in duck.rows(query.limit(LOOK_ROWS))]


def documents(path: Path, _settings: SourceSettings, bench: Bench) -> Opened:
    """JSON lines; keys are headers, keys of an inner object are written `outer.inner`.

    Raises:
        SourceError: empty, or no line is a JSON object.
    """
    if not path.stat().st_size:
        raise SourceError(told("the file is empty"), where=str(path))
    scan, duck = json_scan(path), bench.duck
    keys = [str(row["key"]) for row in duck.rows(fill(KEYS, documents=scan))]
    if not keys:
        hint = told("one object a line, such as {example}", example='{"order_id": 1}')
        raise SourceError(told("no line of the file is a JSON object"), where=str(path), hint=hint)
    target = bench.folder / f"{fingerprint(path)[:12]}.parquet"
    fields = {key: f"c{place}" for place, key in enumerate(keys)}
    ragged = f"rejects_{target.stem}"

    values = [exp.alias_(fill("json_extract_string(json, p)", p=exp.Literal.string(pointer(key))), fields[key]) for key in keys]
    readable = exp.select(*values).from_(scan.copy()).where(fill(READABLE))

    @cache
    def stage() -> Staged:
        duck.create(ragged, fill(BROKEN, documents=scan), temporary=True)
        duck.write_parquet(readable, target, staging=True)
        return Staged(parquet_scan([target], row_number=True), fields, dict.fromkeys(keys, "VARCHAR"), 1, ragged)

    look = [list(row.values()) for row in duck.rows(readable.limit(LOOK_ROWS))]
    return Opened(path.name, path, tuple(keys), look, stage)


READABLE = "json_type(json) = 'OBJECT'"
BROKEN = """
SELECT CAST(NULL AS BIGINT) AS line, CAST(json AS VARCHAR) AS csv_line, row_number() OVER () AS place
FROM documents WHERE json IS NULL OR json_type(json) <> 'OBJECT'
"""
KEYS = """
WITH found AS (SELECT json, unnest(json_keys(json)) AS key FROM documents WHERE json_type(json) = 'OBJECT'),
typed AS (SELECT key, json_type(json_extract(json, '/' || key)) AS kind, json_extract(json, '/' || key) AS inside FROM found),
flat AS (
  SELECT key FROM typed WHERE kind <> 'OBJECT'
  UNION SELECT key || '.' || unnest(json_keys(inside)) FROM typed WHERE kind = 'OBJECT')
SELECT key FROM flat ORDER BY key
"""


def pointer(key: str) -> str:
    """A key as the engine's JSON pointer."""
    return "/" + key.replace(".", "/")


READERS: dict[str, Callable[[Path, SourceSettings, Bench], Opened]] = {
    ".csv": delimited,
    ".tsv": delimited,
    ".txt": delimited,
    ".xlsx": workbook,
    ".xls": workbook,
    ".parquet": parquet,
    ".jsonl": documents,
    ".ndjson": documents,
}
