"""A small company whose files the tests write themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from dangol.core.engine.duck import Duck
from dangol.intake import IntakeReport, SourceSettings, Terms, accepted, load


@dataclass
class Shop:
    folder: Path
    duck: Duck
    zone: str = "Asia/Seoul"
    currency: str = "KRW"

    @property
    def root(self) -> Path:
        return self.folder / "workspace"

    def write(self, name: str, text: str, encoding: str = "utf-8") -> str:
        (self.folder / name).write_bytes(text.encode(encoding))
        return name

    def load(self, *sources: SourceSettings, presets=()) -> IntakeReport:
        now = datetime(2026, 12, 1)
        return load(
            sources, Terms(root=self.root, base=self.folder, zone=self.zone, currency=self.currency, now=now), self.duck, presets
        )

    def file(self, name: str, **settings) -> IntakeReport:
        return self.load(SourceSettings(name="shop", files=(name,), **settings))

    def rows(self, table: str, columns: str = "*") -> list[dict]:
        found = f"select {columns} from ({self.duck.text(accepted(self.root, table))}) order by row_no"
        return self.duck.rows(found)

    def quarantined(self) -> list[dict]:
        (delivery,) = (self.root / "quarantine").glob("*/*.parquet")
        return self.duck.rows(f"select * from read_parquet('{delivery}') order by row_no")


@pytest.fixture
def shop(tmp_path) -> Shop:
    with Duck(memory_limit="1GB", threads=1) as duck:
        yield Shop(tmp_path, duck)


@pytest.fixture(scope="session")
def evaluate() -> Callable:
    """Evaluate an expression over one text column."""
    from dangol.intake.template import name

    duck = Duck(memory_limit="1GB", threads=1)

    def run(build: Callable, texts: list[str]) -> list:
        from sqlglot import exp

        duck.create(
            "given",
            exp.select(exp.alias_(exp.func("UNNEST", exp.Array(expressions=[exp.Literal.string(t) for t in texts])), "x")),
        )
        return [row["y"] for row in duck.rows(exp.select(exp.alias_(build(name("x")), "y")).from_("given"))]

    return run
