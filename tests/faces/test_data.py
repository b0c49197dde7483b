"""Data pages, commands and routes say the same of the state of the data; switches work and forms of other sites do not."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from dangol.core.engine import Duck
from dangol.core.text import LANGUAGES
from dangol.faces.cli import app
from dangol.intake.quality import RULES
from dangol.workspace.company import Company
from dangol.workspace.quality_wording import DIMENSIONS

PATHS = ("/data", "/data/sources", "/data/coverage", "/data/coverage?table=customers&measure=valid", "/data/quality",
         "/data/quality/test_orders")  # fmt: skip
HANGUL = re.compile(r"[가-힣]")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_in_both_languages(client: TestClient, path: str, language: str) -> None:
    page = client.get(path, headers={"accept-language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    assert 'aria-current="page"' in page.text
    title = re.search(r"<h1>(.*?)</h1>", page.text, re.DOTALL)
    assert title is not None
    assert bool(HANGUL.search(title[1])) is (language == "ko")


def test_scores_are_the_same_everywhere(client: TestClient, company: Company) -> None:
    health = company.health()
    sent = client.get("/api/v1/quality").json()
    assert {each["source"]: each["score"] for each in sent["scores"]} == {each.source: each.total for each in health.scores}
    page = client.get("/data", headers={"accept-language": "en"}).text
    for each in health.scores:
        assert re.search(rf"{each.source}</a></th><td[^>]*><strong>{round(each.total)}</strong>", page)
    assert set(sent["scores"][0]["dimensions"]) == set(DIMENSIONS)
    assert len(sent["findings"]) == len(health.findings)


def test_coverage_is_what_plain_sql_counts(client: TestClient, company: Company) -> None:
    rows = client.get("/api/v1/coverage", params={"table": "customers"}).json()
    with Duck(threads=1) as duck:
        duck.view("raw", sorted((company.root / "tables" / "customers").glob("*.parquet")))
        expected = duck.rows("select source, count(*) as n, count(email) as filled from raw group by source")
    for row in expected:
        mine = [each for each in rows if (each["source"], each["column"]) == (row["source"], "email")]
        assert sum(each["filled"] for each in mine) == row["filled"]
        assert not mine or sum(each["rows"] for each in mine) == row["n"]
    text = client.get("/data/coverage.csv").content.decode("utf-8-sig")
    listed = [row for row in csv.DictReader(io.StringIO(text)) if row["table_name"] == "customers"]
    assert len(listed) == len(rows)
    assert sum(int(row["filled_count"]) for row in listed) == sum(each["filled"] for each in rows)
    assert client.get("/data/coverage?table=nope").status_code == 404


def test_a_switch_by_form_and_back(client: TestClient, company: Company) -> None:
    before = company.switches.on()
    answer = client.post("/data/quality/switch", data={"rule": "duplicate_lines", "on": "true", "reason": "one till"},
                         follow_redirects=False)  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/data/quality#rules")
    assert company.switches.on() == before | {"duplicate_lines"}
    page = client.get("/data/quality", headers={"accept-language": "en"}).text
    assert "Switched since the last run" in page
    assert "one till" in page
    number = company.switches.rulings()[0].ruling_id
    client.post("/data/quality/undo", data={"ruling": str(number)})
    assert company.switches.on() == before


def test_a_page_of_another_site_switches_nothing(client: TestClient, company: Company) -> None:
    before = company.switches.rulings()
    form = {"rule": "duplicate_lines", "on": "true"}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert client.post("/data/quality/switch", data=form, headers=headers).status_code == 403
        assert client.post("/api/v1/rules/duplicate_lines", json={"on": True}, headers=headers).status_code == 403
    assert client.post("/data/quality/switch", data={"rule": "nope", "on": "true"}).status_code == 404
    assert company.switches.rulings() == before


def test_rules_over_the_api(client: TestClient, company: Company) -> None:
    rules = {each["name"]: each for each in client.get("/api/v1/rules").json()}
    assert set(rules) == set(RULES)
    assert rules["duplicate_lines"]["rows"] == dict(company.health().effect("duplicate_lines").rows)
    number = client.post("/api/v1/rules/service_lines", json={"on": True, "reason": "postage"}).json()["ruling"]
    assert "service_lines" in company.switches.on()
    assert client.post(f"/api/v1/rulings/{number}/undo").json() == {"ruling": number}
    assert client.post(f"/api/v1/rulings/{number}/undo").status_code == 404
    assert "service_lines" not in company.switches.on()


def cli(*words: str) -> str:
    found = CliRunner().invoke(app, [*words], env={"LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", "COLUMNS": "200"})
    assert found.exit_code == 0, found.output
    return found.output


def test_commands(company: Company) -> None:
    folder = ("--folder", str(company.base))
    listed = json.loads(cli("clean", *folder, "--json"))
    assert {each["rule"] for each in listed} == set(RULES)
    assert "Exact duplicates of order lines" in cli("clean", *folder)
    assert "dangol run" in cli("clean", *folder, "--on", "reversed_outliers", "--reason", "looked")
    assert "reversed_outliers on" in cli("clean", *folder, "--rulings")
    cli("clean", *folder, "--undo", str(company.switches.rulings()[0].ruling_id))
    assert json.loads(cli("clean", *folder, "--rows", "test_orders", "--json")) == []
    told = json.loads(cli("doctor", *folder, "--json"))
    assert {each["source"] for each in told["scores"]} == {each.source for each in company.health().scores}
    assert "Complete  Valid  Unique" in cli("doctor", *folder)


def test_what_rules_left_out_can_be_exported(company: Company, tmp_path) -> None:
    rows = company.export("left_out", tmp_path / "left_out.csv")
    assert rows == sum((company.snapshot.meta["identity"]["left_out"] or {}).values())
    assert (tmp_path / "left_out.csv").read_text(encoding="utf-8-sig").startswith("rule,table_name,source")
