"""Every preset reads a file with its system's real headers; rows are compared with what a person reads in the file."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from dangol.core.engine.duck import Duck
from dangol.intake import SourceSettings, Terms, accepted, load
from dangol.intake.automap import propose
from dangol.intake.opening import Bench
from dangol.workspace.registry import Registry

GOLDEN = Path(__file__).parent / "golden"
PRESETS = Registry().sources
FILES = sorted(path for path in GOLDEN.iterdir() if path.suffix in (".csv", ".jsonl"))
OTHER_PEOPLE = ("박받음", "정수취", "다른사람", "김수취", "Bob Gift", "Person")


def expected_of(path: Path) -> dict:
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def shown(value):
    """A value as the golden files write it."""
    if isinstance(value, datetime):
        return str(value.replace(microsecond=0))
    return value if value is None or isinstance(value, str) else float(value)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_recognised_and_its_rows_are_ours(path: Path, tmp_path: Path) -> None:
    expected = expected_of(path)
    name = expected.pop("preset")
    with Duck(memory_limit="1GB", threads=1) as duck:
        (tmp_path / "staging").mkdir()
        (proposal,) = propose([path], Bench(duck, tmp_path / "staging"), list(PRESETS.values())).proposals
        assert (proposal.preset, proposal.table.name if proposal.table else "") == (name, next(iter(expected)))
        terms = Terms(root=tmp_path / "workspace", base=GOLDEN, now=datetime(2026, 12, 1))
        report = load([SourceSettings(name="golden", files=(path.name,), preset=name)], terms, duck, list(PRESETS.values()))
        assert report.total("rows_quarantined") == 0, report.lines("en")
        for table, rows in expected.items():
            order = "row_no" if table in ("order_lines", "events", "messages", "opportunities") else f"{next(iter(rows[0]))}"
            found = duck.rows(f"select * from ({duck.text(accepted(terms.root, table))}) order by {order}")
            assert len(found) == len(rows), table
            for row, wanted in zip(found, rows, strict=True):
                assert {key: shown(row.get(key)) for key in wanted} == {key: shown(value) for key, value in wanted.items()}
            text = " ".join(str(value) for row in found for value in row.values())
            assert not [person for person in OTHER_PEOPLE if person in text], table


def test_every_preset_has_a_golden_file() -> None:
    tested = {expected_of(path)["preset"] for path in FILES}
    assert tested == set(PRESETS) - {"generic", "complete_journey"}
