"""PySpark, for companies one machine cannot hold: the same trees, written in Spark's words.

Needs the extra `spark` and Java. Timestamps are read as moments in UTC, as DuckDB reads them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from dangol.core.engine.duck import Statement
from dangol.core.errors import EngineError, told


class Spark:
    """One Spark session.

    Args:
        memory: memory of the driver, such as "2g".
        master: where Spark runs; this machine when absent.

    Raises:
        EngineError: PySpark or Java is not there, or Spark does not start.
    """

    dialect = "spark"

    def __enter__(self) -> Spark:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def __init__(self, *, memory: str = "2g", master: str = "local[2]") -> None:
        if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
            hint = told("install a Java runtime (17 or newer), or use engine duckdb")
            raise EngineError(told("Spark needs Java, found none"), hint=hint)
        try:
            from pyspark.errors import PySparkException
            from pyspark.sql import SparkSession
        except ImportError as problem:
            what = told("PySpark is not installed: {problem}", problem=str(problem))
            raise EngineError(what, hint="pip install 'dangol[spark]'") from problem
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        self.failure: type[Exception] = PySparkException
        builder = SparkSession.builder.master(master).appName("dangol")
        settings = {
            "spark.driver.memory": memory,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.ansi.enabled": "false",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
            "spark.sql.shuffle.partitions": "8",
            "spark.sql.execution.arrow.pyspark.enabled": "true",
            "spark.driver.host": "127.0.0.1",
        }
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")

    def view(self, name: str, files: Path | Sequence[Path]) -> None:
        """Parquet files seen as one table."""
        paths = [files] if isinstance(files, Path) else list(files)
        frame = self.session.read.option("mergeSchema", "true").parquet(*(str(path) for path in paths))
        frame.createOrReplaceTempView(name)

    def create(self, name: str, statement: Statement, **_kind: bool) -> None:
        """A named result; Spark computes it when it is read."""
        self.frame(statement).createOrReplaceTempView(name)

    def drop(self, name: str) -> None:
        """Forget a named result, if it is there."""
        self.session.catalog.dropTempView(name)

    def register(self, name: str, table: pa.Table) -> None:
        """An Arrow table under a name."""
        self.session.createDataFrame(table).createOrReplaceTempView(name)

    def arrow(self, statement: Statement) -> pa.Table:
        """The whole result as an Arrow table."""
        return self.frame(statement).toArrow()

    def rows(self, statement: Statement) -> list[dict[str, Any]]:
        """The whole result as dictionaries; for small results."""
        return [row.asDict() for row in self.frame(statement).collect()]

    def write_parquet(self, statement: Statement, path: Path, *, order_by: Sequence[str] = ()) -> int:
        """Write a result as one folder of Parquet files; returns the number of rows."""
        frame = self.frame(statement)
        frame = frame.orderBy(*order_by) if order_by else frame
        frame.write.mode("overwrite").parquet(str(path))
        return int(self.session.read.parquet(str(path)).count())

    def frame(self, statement: Statement) -> Any:  # noqa: ANN401 — PySpark carries no types
        """A statement as Spark's lazy result.

        Raises:
            EngineError: with Spark's first line and the statement's beginning.
        """
        text = statement if isinstance(statement, str) else statement.sql(dialect=self.dialect)
        try:
            return self.session.sql(text)
        except self.failure as problem:
            first = str(problem).strip().splitlines()[0]
            raise EngineError(told("the query failed: {problem}", problem=first), where=" ".join(text.split())[:300]) from problem

    def close(self) -> None:
        """Stop Spark."""
        self.session.stop()
