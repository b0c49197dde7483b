"""A company small enough to run in a second, and its command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dangol.faces.cli import app
from dangol.workspace.company import Company

HEADER = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount"


HELD = """
import time
from dangol.faces.cli import app
from dangol.workspace.stages import StageStore

make = StageStore.make

def held(self, name, key, folder, work):
    def worked(aside):
        facts = work(aside)
        if name == {stage!r}:
            print("held", flush=True)
            time.sleep(120)
        return facts
    return make(self, name, key, folder, worked)

StageStore.make = held
app()
"""


@dataclass
class Shop:
    """A folder with a dangol.yaml and one file of order lines."""

    base: Path

    def write(self, rows: Sequence[str], header: str = HEADER, company: str = "") -> Shop:
        self.base.mkdir(parents=True, exist_ok=True)
        (self.base / "lines.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        head = f"company: {{name: 가게, zone: Asia/Seoul, currency: KRW, margin_share: 0.3{company}}}\nengine: {{threads: 1}}\n"
        (self.base / "dangol.yaml").write_text(f"{head}sources:\n  - {{name: shop, files: [lines.csv], table: order_lines}}\n")
        return self

    @property
    def company(self) -> Company:
        return Company.open(self.base)

    @property
    def stages(self) -> Path:
        return self.base / ".dangol" / "stages"

    def profile(self) -> list[dict]:
        return self.company.snapshot.duck.rows("select * from profile order by customer_id")

    def process(self, held_at: str = "") -> subprocess.Popen:
        """The run in a process of its own, so that it can be killed; it says "held" and waits when a stage's work is done."""
        command = [sys.executable, "-c", HELD.format(stage=held_at), "run", "--folder", str(self.base), "--quiet"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture(scope="session")
def cli() -> Callable:
    """Call the command line; returns (exit status, everything it said)."""
    from dangol.core.errors import OUTCOMES, DangolError

    def call(*arguments: str) -> tuple[int, str]:
        found = CliRunner().invoke(app, ["--lang", "en", *arguments])
        if isinstance(found.exception, DangolError):
            return OUTCOMES[found.exception.code].exit_status, f"{found.output}\n{found.exception}"
        return found.exit_code, found.output

    return call
