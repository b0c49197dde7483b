"""Files as DuckDB reads them: CSV as plain text columns, Parquet with row numbers, JSON lines as documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
from sqlglot import exp

from dangol.core.query import Value, literal

ROW_NUMBER = "file_row_number"


def scan(function: str, source: exp.Expr, **options: exp.Expr | Value) -> exp.Table:
    """A table function of the engine with named options."""
    named = [
        exp.EQ(this=exp.column(name), expression=value if isinstance(value, exp.Expr) else literal(value))
        for name, value in options.items()
    ]
    return exp.Table(this=exp.Anonymous(this=function, expressions=[source, *named]))


def csv_scan(path: Path, columns: Sequence[str], *, delimiter: str, skip: int, rejects: str) -> exp.Table:
    """A CSV file, every column as text, nothing guessed.

    Args:
        path: UTF-8 file.
        columns: our names for its columns, in order.
        delimiter: one character.
        skip: lines above the first row of data.
        rejects: name of the temporary table that receives rows with too few or too many fields.
    """
    types = exp.Struct(
        expressions=[exp.PropertyEQ(this=exp.to_identifier(name), expression=literal("VARCHAR")) for name in columns]
    )
    return scan(
        "read_csv",
        literal(str(path)),
        auto_detect=False,
        header=False,
        columns=types,
        delim=delimiter,
        skip=skip,
        quote='"',
        escape='"',
        null_padding=False,
        store_rejects=True,
        rejects_table=rejects,
        rejects_scan=f"{rejects}_scan",
    )


def parquet_scan(files: Sequence[Path], *, row_number: bool = False) -> exp.Table:
    """Parquet files as one table, columns matched by name; with `file_row_number` (from 0) when asked."""
    paths = exp.Array(expressions=[literal(str(path)) for path in files])
    return scan("read_parquet", paths, union_by_name=True, file_row_number=row_number)


def json_scan(path: Path) -> exp.Table:
    """JSON lines, one document a row in column `json`; an unreadable line is a missing document."""
    return scan("read_ndjson_objects", literal(str(path)), ignore_errors=True)


def filled(file: Path) -> dict[str, int]:
    """Values that are there in each column of a Parquet file, by name and in order; from its footer, no row is read."""
    footer = pq.read_metadata(file)
    counts = dict.fromkeys(footer.schema.names, footer.num_rows)
    for group in range(footer.num_row_groups):
        for place, name in enumerate(counts):
            counts[name] -= footer.row_group(group).column(place).statistics.null_count
    return counts
