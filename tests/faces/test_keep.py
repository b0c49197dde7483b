"""Page Keep: every figure is the answer of the question behind it, alerts can be worked on, API and command say the same."""

from __future__ import annotations

import html
import json
import re

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from dangol.core.text import LANGUAGES
from dangol.faces.cli import app
from dangol.faces.html import Reader
from dangol.faces.web.keep import AFTER, BEFORE, LEAVING
from dangol.workspace.company import Company

BEHIND = [name for title, names in (*BEFORE.items(), *AFTER.items()) for name in names if title != LEAVING]


def text_of(client: TestClient, language: str, path: str = "/keep") -> str:
    page = client.get(path, headers={"accept-language": language})
    assert page.status_code == 200
    return html.unescape(re.sub(r"\s+", " ", page.text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BEHIND)
def test_every_figure_is_the_answer_of_its_question(client: TestClient, company: Company, language: str, name: str) -> None:
    question, answer = company.ask(name)
    assert answer.answerable, answer.missing
    page, reader = text_of(client, language), Reader.of(company, language)
    start = page.index(f'href="/ask/{name}"')
    article = page[start : page.index("</article>", start)]
    assert reader.sentence(question, answer) in article
    cells = re.findall(r"<td[^>]*>(?:<a[^>]*>)?([^<]*)", article)
    wanted = [reader.cell(name, kind, value) for row in answer.rows[:100] for name, kind, value in answer.cells(row)]
    assert cells == wanted


def test_the_feed_is_what_the_api_and_the_command_say(client: TestClient, company: Company) -> None:
    sent = client.get("/api/v1/alerts", params={"state": "open", "limit": 500}).json()
    assert 0 < sent["total"] <= company.settings.early_warning.per_week
    assert sent["evidence"]["per_week"] == company.settings.early_warning.per_week
    page = text_of(client, "en")
    listed = re.findall(r'action="/keep/alerts/(\d+)" class="inline"><input name="owner"', page)
    assert [int(each) for each in listed] == [each["alert_id"] for each in sent["alerts"]]
    told = CliRunner().invoke(app, ["--lang", "en", "alerts", "--folder", str(company.base), "--json"])
    assert told.exit_code == 0, told.output
    assert [each["alert_id"] for each in json.loads(told.output)["alerts"]] == [each["alert_id"] for each in sent["alerts"]]
    method = sent["evidence"]["method"]
    reader = Reader.of(company, "en")
    assert f'<td class="right">{reader.value("share", sent["evidence"]["replays"][method]["precision"])}</td>' in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_chance_and_overdue_are_those_of_the_customers_page_and_the_day_of_the_warning_is_said(
    client: TestClient, company: Company, language: str
) -> None:
    page, reader = text_of(client, language), Reader.of(company, language)
    duck = company.snapshot.duck.cursor()
    for each in (found for found in company.alerts.all() if found.state == "open"):
        start = page.index(f'href="/customers/{each.customer_id}"')
        row = page[start : page.index("</tr>", start)]
        asked = "select churn_probability, overdue_ratio from profile where customer_id = $1"
        (known,) = duck.rows(asked, [each.customer_id])
        assert f"{reader.value('probability', known['churn_probability'])}</td>" in row
        assert f"×{reader.value('number', known['overdue_ratio'])}" in row
        assert reader.say("warned on {moment:date}", moment=each.as_of) in row


def test_alerts_are_closed_given_away_and_opened_again_on_the_page(client: TestClient, company: Company) -> None:
    first = company.alerts.all()[0]
    where = f"/keep/alerts/{first.alert_id}"
    answer = client.post(where, data={"state": "done", "owner": "수진", "note": "전화함"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/keep#warnings")
    state = {each.alert_id: each for each in company.alerts.all()}[first.alert_id]
    assert (state.state, state.owner, state.note, state.changed_by) == ("done", "수진", "전화함", "web")
    assert f'action="{where}"' in text_of(client, "ko", "/keep?state=done")
    assert f'action="{where}"' not in text_of(client, "ko")
    client.post(where, data={"state": "open"}, follow_redirects=False)
    assert {each.alert_id: each.state for each in company.alerts.all()}[first.alert_id] == "open"


def test_the_api_takes_what_makes_sense_and_refuses_the_rest(client: TestClient, company: Company) -> None:
    last = company.alerts.all()[-1]
    path = f"/api/v1/alerts/{last.alert_id}"
    assert client.post(path, json={"state": "snoozed", "days": 3}).json() == {"alert": last.alert_id}
    assert {each.alert_id: each.state for each in company.alerts.all()}[last.alert_id] == "snoozed"
    assert client.post(path, json={"state": "gone"}).status_code == 422
    assert client.post(path, json={"state": "done", "who": "x"}).status_code == 422
    assert client.post("/api/v1/alerts/99999", json={"state": "done"}).status_code == 404
    client.post(path, json={"state": "open"})


def test_an_alert_changed_from_another_site_is_refused(client: TestClient, company: Company) -> None:
    first = company.alerts.all()[0]
    answer = client.post(
        f"/keep/alerts/{first.alert_id}", data={"state": "done"}, headers={"origin": "https://elsewhere.example"}
    )
    assert answer.status_code == 403
    assert {each.alert_id: each.state for each in company.alerts.all()}[first.alert_id] == first.state


def test_models_over_time_on_page_api_and_command(client: TestClient, company: Company) -> None:
    sent = client.get("/api/v1/predictions/churn/history").json()
    assert sent["models"][0]["features"] == company.card("churn").features
    assert sent["models"][0]["verdict"] == "good"
    assert "not old enough" not in text_of(client, "en", "/models/churn")
    told = CliRunner().invoke(app, ["--lang", "en", "models", "churn", "--history", "--folder", str(company.base)])
    assert told.exit_code == 0, told.output
    assert company.card("churn").features in told.output
    assert client.get("/api/v1/predictions/nothing/history").status_code == 404
