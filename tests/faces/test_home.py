"""Home reads figures that were counted when the snapshot was written; they are the figures anybody would count."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from dangol.core.engine import Duck
from dangol.workspace.company import Company
from dangol.workspace.effects import MOST_MEMBERS, Asked, effects, one_pass
from dangol.workspace.overview import overview
from dangol.workspace.snapshot import Pointer

REACHABLE = " or ".join(f"has_consent(channel={name!r})" for name in ("email", "sms", "kakao", "push", "call", "post"))


def test_written_figures_are_those_that_rules_and_the_profile_count(company: Company) -> None:
    found = overview(company)
    assert found.customers == company.customers.count()
    assert found.reachable_share == company.customers.count(REACHABLE) / found.customers
    assert 0 < found.reachable_share < 1
    assert found.equity == company.snapshot.duck.cursor().value("select sum(expected_margin_12m) from profile")


def test_home_counts_no_customers(client: TestClient, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    assert company.snapshot.answers()
    asked: list[str] = []
    execute = Duck.execute

    def watched(duck: Duck, statement, values=()):
        asked.append(str(statement).lower())
        return execute(duck, statement, values)

    client.get("/")
    monkeypatch.setattr(Duck, "execute", watched)
    assert client.get("/").status_code == 200
    assert asked
    assert not [statement for statement in asked if "from profile" in statement or "orders" in statement]


def test_without_an_earlier_run_home_says_why_no_change_is_shown(client: TestClient, company: Company) -> None:
    assert overview(company).moved is None
    text = client.get("/", headers={"Accept-Language": "en"}).text
    assert "no earlier run to compare with" in text
    assert not any(word in text for word in ("Retained value", "New value", "Why customer equity changed", "▲", "▼"))


def test_a_snapshot_of_an_older_version_is_served_with_the_same_figures(company: Company, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(company.base, older)
    with duckdb.connect(str(older / ".dangol" / Pointer.read(company.root).file)) as file:
        file.execute("drop table consents_now")
        file.execute("delete from meta where key = 'figures'")
    assert overview(Company.open(older)) == overview(company)


def test_a_pass_holds_as_many_members_as_memory_does(company: Company) -> None:
    reading = next(iter(effects(company.programmes, company.programmes.imported()[0].campaign_id).values())).reading
    asked = {name: Asked(reading, MOST_MEMBERS // 2) for name in "abcde"}
    passes = {name: frozenset(one_pass(name, asked)) for name in asked}
    assert all(name in found for name, found in passes.items())
    assert max(len(found) for found in passes.values()) == 2
    assert sum(len(found) for found in set(passes.values())) == len(asked)
