"""The reference pages are those the code would write now, and they leave nothing out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.docs.conftest import DOCS

from dangol.core.declare import Declaration
from dangol.core.tables import TABLES
from dangol.faces.reference import pages
from dangol.workspace.registry import discover

PAGES = {
    "feature": "features.md",
    "prediction": "predictions.md",
    "question": "questions.md",
    "programme": "programmes.md",
    "segment": "segments.md",
}


@pytest.fixture(scope="module")
def written() -> Mapping[str, str]:
    return pages()


def test_committed_pages_are_up_to_date(written: Mapping[str, str]) -> None:
    stale = [name for name, text in written.items() if (DOCS / "reference" / name).read_text(encoding="utf-8") != text]
    assert not stale, "run `make docs`"


def test_no_page_is_left_over(written: Mapping[str, str]) -> None:
    assert {path.name for path in (DOCS / "reference").iterdir()} == set(written)


@pytest.mark.parametrize("each", [each for each in discover().declarations if each.room in PAGES], ids=lambda each: each.name)
def test_every_declaration_is_there_in_both_languages(each: Declaration, written: Mapping[str, str]) -> None:
    page = written[PAGES[each.room]]
    assert f"{each.ko} · {each.en}" in page
    assert each.summary.split(".")[0] in page


def test_every_column_of_every_table_is_there(written: Mapping[str, str]) -> None:
    page = written["tables.md"]
    missing = [
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if f"| `{column.name}` | {column.kind} | {column.ko} | {column.en} |" not in page
    ]
    assert missing == []


@pytest.mark.parametrize("page", ["config.md", "cli.md"])
def test_every_setting_and_option_has_a_meaning(page: str, written: Mapping[str, str]) -> None:
    rows = [line for line in written[page].splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []
