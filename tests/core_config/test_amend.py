"""Changing settings in place: what people wrote stays, and nothing wrong is ever written."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from dangol.core.amend import amend
from dangol.core.errors import ConfigError

WRITTEN = """# our shop
company: {name: "가게: 하나", zone: Asia/Seoul}   # who we are

sources:
- name: orders       # from the till
  files: ['a*.csv', "b.csv"]
  decimal: ","
  # not yet:
  #  - another

plan:
    yearly_budget: 100   # decided in March
    opens: 09:30
"""


class Shop(BaseModel):
    """What the tests' settings may say."""

    model_config = ConfigDict(extra="forbid")
    company: dict[str, str]
    sources: list[dict[str, Any]] = Field(default_factory=list)
    plan: dict[str, Any] = Field(default_factory=dict)
    notes: list[str] = Field(default_factory=list)
    count: int = 0


def test_only_what_changes_changes(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(WRITTEN, encoding="utf-8")

    def change(values: Any) -> None:
        values["plan"]["yearly_budget"] = 250
        values["notes"] = ["yes", "12:30", "007"]

    found = amend(path, change, Shop)
    assert found.plan["yearly_budget"] == 250
    assert found.notes == ["yes", "12:30", "007"]
    after = path.read_text(encoding="utf-8")
    for kept in (
        "# our shop",
        "# who we are",
        "# from the till",
        "#  - another",
        "# decided in March",
        '"가게: 하나"',
        "['a*.csv', \"b.csv\"]",
    ):
        assert kept in after


@pytest.mark.parametrize("text", ["company: {name: a}\n", "company: {name: a}\r\nsources:\r\n    - name: x\r\n"])
def test_a_change_of_nothing_writes_the_same(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shop.yaml"
    path.write_bytes(text.encode())
    amend(path, lambda values: None, Shop)
    assert path.read_bytes() == text.encode()
    assert [each.name for each in tmp_path.iterdir()] == ["shop.yaml"]


def test_a_wrong_change_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"shop\.yaml"):
        amend(path, lambda values: values.update(colour="red"), Shop)
    assert path.read_text(encoding="utf-8") == WRITTEN


def test_a_file_that_nobody_may_write_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(WRITTEN, encoding="utf-8")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ConfigError, match="cannot be written"):
        amend(path, lambda values: values.update(count=3), Shop)
    monkeypatch.undo()
    assert path.read_text(encoding="utf-8") == WRITTEN
    assert [each.name for each in tmp_path.iterdir()] == ["shop.yaml"]


def test_a_broken_file_is_named_and_left(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("company: {name: a\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        amend(path, lambda values: None, Shop)
    assert path.read_text(encoding="utf-8") == "company: {name: a\n"


def test_who_changes_at_once_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("company: {name: a}\ncount: 0\n", encoding="utf-8")

    def add_one(values: Any) -> None:
        values["count"] += 1

    threads = [threading.Thread(target=amend, args=(path, add_one, Shop)) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert yaml.safe_load(path.read_text())["count"] == 12


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff\u2028\u2029\x85"), max_size=40
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(TEXTS, max_size=4))
def test_any_text_comes_back_as_it_was_said(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("company: {name: a}\n", encoding="utf-8")
    assert amend(path, lambda values: values.update(notes=list(said)), Shop).notes == said
