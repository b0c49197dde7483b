"""Notes on a customer's page and over REST: kept, shown in both languages, taken back, and never from elsewhere."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

from dangol.workspace.company import Company

SAID = {
    "ko": ("캠페인에서 제외", "담당자 메모", "철회"),
    "en": ("Leave out of campaigns", "by people", "Take back"),
}


def page_of(client: TestClient, number: int, language: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", client.get(f"/customers/{number}", headers={"accept-language": language}).text))


@pytest.fixture
def number(company: Company) -> int:
    return int(company.snapshot.duck.value("select min(customer_id) from profile where churn_probability is not null"))


@pytest.mark.parametrize("language", SAID)
def test_a_note_is_kept_shown_and_taken_back(client: TestClient, company: Company, number: int, language: str) -> None:
    form = {"kind": "leave_out", "reason": "asked <by> phone", "days": "0"}
    answer = client.post(f"/customers/{number}/notes", data=form, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/customers/{number}#notes")
    page = page_of(client, number, language)
    for said in (*SAID[language], "asked <by> phone"):
        assert said in page
    assert "<by>" not in client.get(f"/customers/{number}").text
    note = company.notes.all(number)[0]
    client.post(f"/customers/{number}/notes/{note.note_id}/take-back")
    assert company.notes.all(number)[0].undone_at is not None
    assert f"/notes/{note.note_id}/take-back" not in page_of(client, number, language)


def test_a_chance_says_whose_it_is_and_from_when(client: TestClient, company: Company, number: int) -> None:
    form = {"kind": "score", "about": "churn_probability", "percent": "97.5", "days": "30", "reason": "moves abroad"}
    client.post(f"/customers/{number}/notes", data=form)
    assert "97.5 % set by web@" in page_of(client, number, "en")
    assert "다음 실행부터 적용: moves abroad" in page_of(client, number, "ko")
    note = company.notes.all(number)[0]
    assert note.value == 0.975
    company.notes.take_back(note.note_id, who="test")


def test_the_api_keeps_lists_and_takes_back(client: TestClient, number: int) -> None:
    said = {"kind": "put_first", "reason": "regular", "about": "win_back", "days": 30}
    answer = client.post(f"/api/v1/customers/{number}/notes", json=said)
    assert answer.status_code == 200
    note = answer.json()["note"]
    listed = client.get(f"/api/v1/customers/{number}/notes").json()
    assert [(each["kind"], each["about"], each["reason"]) for each in listed if each["note_id"] == note] == [
        ("put_first", "win_back", "regular")
    ]
    assert client.delete(f"/api/v1/notes/{note}").json() == {"note": note}
    assert client.delete(f"/api/v1/notes/{note}").status_code == 404
    assert client.post(f"/api/v1/customers/{number}/notes", json={**said, "about": "nope"}).status_code == 404
    assert client.post(f"/api/v1/customers/{number}/notes", json={**said, "days": 0}).status_code == 422
    assert client.get("/api/v1/customers/999999/notes").status_code == 404


def test_no_note_comes_from_another_site(client: TestClient, company: Company, number: int) -> None:
    before = len(company.notes.all(number))
    for headers in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        form = {"kind": "leave_out", "reason": "x"}
        assert client.post(f"/customers/{number}/notes", data=form, headers=headers).status_code == 403
        assert client.delete("/api/v1/notes/1", headers=headers).status_code == 403
    assert len(company.notes.all(number)) == before
