"""A run's page: five steps whose figures are those of the tables and cards, found again under the same id."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

from dangol.core.errors import UnknownName
from dangol.core.text import LANGUAGES
from dangol.faces.html import Reader
from dangol.workspace.company import Company
from dangol.workspace.run_steps import STEPS, run_record


def test_the_page_of_runs_leads_to_each_run(client: TestClient, company: Company) -> None:
    run_id = company.snapshot.pointer.run_id
    assert f'href="/data/runs/{run_id}"' in client.get("/data/runs").text
    assert client.get(f"/data/runs/{run_id}").status_code == 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_steps_with_rows_as_tables_and_cards_have_them(client: TestClient, company: Company, language: str) -> None:
    answer = client.get(f"/data/runs/{company.snapshot.pointer.run_id}", headers={"accept-language": language})
    page, reader = html.unescape(re.sub(r"\s+", " ", answer.text)), Reader.of(company, language)
    assert re.findall(r"<h2>(\d)\.", page) == ["1", "2", "3", "4", "5"]
    customers = company.snapshot.duck.cursor().value("SELECT count(*) FROM profile")
    models = {f"/models/{name}": card.scored for name, card in company.cards().items()}
    for stage, wanted in {"/customers": customers, **models}.items():
        row = next(each for each in re.findall(r"<tr>.*?</tr>", page) if f'href="{stage}"' in each)
        assert f'<td class="right">{reader.value("count", wanted)}</td>' in row


def test_the_same_run_has_the_same_id_and_the_same_record(company: Company) -> None:
    run_id = company.snapshot.pointer.run_id
    before = run_record(company.root, run_id, company.attempts.all())
    assert company.run().run_id == run_id
    after = run_record(company.root, run_id, company.attempts.all())
    assert after == before
    assert {part.step for part in after.parts} == set(STEPS[:-1])
    assert sum(after.seconds(step) for step in STEPS) == pytest.approx(sum(part.seconds for part in after.parts if part.made))


def test_rows_are_those_of_the_run_that_made_it_and_unknown_once_it_is_off_record(company: Company) -> None:
    run_id = company.snapshot.pointer.run_id
    company.run()
    attempts = [each for each in company.attempts.all() if each.run_id == run_id]
    assert attempts[0].figures["rows"] == 0
    assert attempts[-1].figures["rows"] > 0
    loaded = [
        next(part.rows for part in run_record(company.root, run_id, kept).parts if part.stage == "load")
        for kept in (attempts, attempts[:1])
    ]
    assert loaded == [attempts[-1].figures["rows"], None]


@pytest.mark.parametrize("wrong", ["nothing", "0" * 16, "..%2f..%2fcurrent"])
def test_no_other_id_reads_a_file(client: TestClient, company: Company, wrong: str) -> None:
    assert client.get(f"/data/runs/{wrong}").status_code == 404
    with pytest.raises(UnknownName):
        run_record(company.root, "../current", [])
