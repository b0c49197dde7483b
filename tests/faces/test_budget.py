"""The page and the API of marketing money: the figures are those of the workspace, in both languages, and nonsense is named."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

from dangol.core.text import LANGUAGES, tell
from dangol.faces.html import Reader
from dangol.faces.web.budget import row_of
from dangol.workspace.budget_words import document, headline
from dangol.workspace.company import Company

TOTAL = 3_000_000


def text_of(page: str) -> str:
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_shared_out_money(client: TestClient, company: Company, language) -> None:
    page = client.get(f"/value/budget?total={TOTAL:,}&lang={language}")
    assert page.status_code == 200
    reader, found, seen = Reader.of(company, language), company.budgets.share(TOTAL), text_of(page.text)
    for message, values in headline(found, language):
        assert re.sub(r"\s+", " ", reader.say(message, **values)) in seen
    cells = [[text_of(each).strip() for each in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
             for row in re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", page.text, flags=re.DOTALL)]  # fmt: skip
    assert found.rows
    for row in found.rows:
        shown = row_of(row, reader)
        assert [shown.title, shown.basis, shown.today, shown.suggested, shown.suggested_range] in [each[:5] for each in cells]
    for use in found.refused:
        assert tell(use.refusals[""], language) in seen


def test_the_api_says_the_same(client: TestClient, company: Company) -> None:
    told = client.get("/api/v1/budget", params={"total": TOTAL}).json()
    ours = document(company.budgets.share(TOTAL))
    assert told["total"] == ours["total"] == TOTAL
    assert [use["purpose"] for use in told["uses"]] == [use["purpose"] for use in ours["uses"]]
    assert [use.get("suggested") for use in told["uses"]] == [use.get("suggested") for use in ours["uses"]]
    assert sum(use["suggested"]["value"] for use in told["uses"] if "suggested" in use) + told["left"] == pytest.approx(TOTAL)
    assert "₩300만" in told["sentence_ko"]
    assert "₩3M" in told["sentence_en"]


@pytest.mark.parametrize(("typed", "said"), [("viel", "is not a number"), ("-5", "must lie between")])
def test_nonsense_is_named_and_the_usual_money_shown(client: TestClient, typed: str, said: str) -> None:
    page = client.get(f"/value/budget?total={typed}&lang=en")
    assert page.status_code == 422
    assert said in text_of(page.text)
    assert "margin is expected over 12 months" in text_of(page.text)
    assert client.get("/api/v1/budget", params={"total": typed}).status_code == 422


def test_before_the_first_run_there_is_nothing_to_share_out(bare_client: TestClient) -> None:
    assert bare_client.get("/value/budget").status_code in (404, 409, 503)
