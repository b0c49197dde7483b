"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.core.engine import Duck, Spark
from dangol.core.errors import EngineError
from dangol.core.tables import FACTS
from dangol.workspace.facts import Facts

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data: ../shared/data is not on this machine")
    return SHARED_DATA


# Columns that the workspace alone reads, to tell what was known when.
HIDDEN = {
    "people": {"known_from": "TIMESTAMP", "known_before": "TIMESTAMP"},
    "order_lines": {"cancelled_at": "TIMESTAMP"},
}
ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DECIMAL(18, 2)": pa.decimal128(18, 2),
    "TIMESTAMP": pa.timestamp("us"),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}


@pytest.fixture(scope="session")
def arrow_of() -> Callable[..., pa.Table]:
    """Rows as an Arrow table with the declared types: moments and days as text, columns that no row has left out."""

    def build(rows: Sequence[Mapping[str, Any]], types: Mapping[str, str], every: bool = False) -> pa.Table:
        given = {name for row in rows for name in row}
        assert given <= set(types), given - set(types)
        names = [name for name in types if every or name in given]
        return pa.table(
            {name: pa.array([cell(row.get(name), types[name]) for row in rows], ARROW[types[name]]) for name in names}
        )

    return build


def cell(value: Any, sql_type: str) -> Any:
    """A value as its type wants it."""
    if value is None:
        return None
    if sql_type == "TIMESTAMP" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if sql_type == "DATE" and isinstance(value, str):
        return datetime.fromisoformat(value).date()
    return Decimal(str(value)).quantize(Decimal("0.01")) if sql_type.startswith("DECIMAL") else value


@pytest.fixture(scope="session")
def write_facts(arrow_of) -> Callable[..., Facts]:
    """Write facts by hand: `write_facts(folder, orders=[{...}], people=[{...}])`, customers already numbered."""

    def write(folder: Path, **tables: Sequence[Mapping[str, Any]]) -> Facts:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in tables.items():
            types = {column.name: column.sql_type for column in FACTS[name].columns}
            pq.write_table(arrow_of(rows, types | HIDDEN.get(name, {}), every=True), folder / f"{name}.parquet")
        return Facts.of(folder)

    return write


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """One Spark session for all tests; skips visibly where Java or PySpark is not there."""
    try:
        engine = Spark(memory="1g")
    except EngineError as problem:
        pytest.skip(f"Spark: {problem.what}")
    engine.session.conf.set("spark.sql.shuffle.partitions", "1")
    yield engine
    engine.close()


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request) -> Iterator[Duck | Spark]:
    """The engine a test runs on: DuckDB, and Spark when marked."""
    if request.param == "spark":
        yield request.getfixturevalue("spark")
    else:
        with Duck(memory_limit="1GB", threads=1) as duck:
            yield duck
