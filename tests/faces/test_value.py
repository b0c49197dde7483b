"""Pages of value: every figure on them is that of the question behind it, in both languages, and options are passed on."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlparse

import pytest
from fastapi.testclient import TestClient

from dangol.faces.html import Reader
from dangol.faces.web.value import CONTRACTS, PARTS, TIERS
from dangol.workspace.company import Company
from dangol.workspace.wording import column_words

PATHS = {name: f"/value/{name}".removesuffix("/") for name in PARTS}


def text_of(page: str) -> str:
    """What a reader sees of a page, without markup and drawings."""
    bare = re.sub(r"<(svg|script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare)))


def section(page: str, name: str) -> str:
    """The section of one question."""
    found = re.search(rf'<section id="{name}">(.*?)</section>', page, flags=re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", PARTS)
def test_every_figure_is_that_of_the_answer(client: TestClient, company: Company, name: str, language: str) -> None:
    page = client.get(f"{PATHS[name]}?lang={language}")
    assert page.status_code == 200
    reader = Reader.of(company, "ko" if language == "ko" else "en")
    shown = 0
    for asked in PARTS[name].asked:
        question, answer = company.ask(asked)
        if asked == CONTRACTS:  # a company without contracts hears of none
            assert not answer.answerable
            assert f'id="{asked}"' not in page.text
            continue
        part = section(page.text, asked)
        assert question.title(reader.language) in text_of(part)
        if not answer.answerable:
            assert 'class="notice"' in part
            continue
        shown += 1
        assert re.sub(r"\s+", " ", reader.sentence(question, answer)) in text_of(part)
        rows = re.findall(r"<tr>(.*?)</tr>", part.split("<tbody>")[1], flags=re.DOTALL) if answer.rows else []
        for row, told in zip(rows, answer.rows, strict=False):
            cells = [html.unescape(re.sub(r"<[^>]+>", "", each)) for each in re.findall(r"<td[^>]*>(.*?)</td>", row)]
            assert cells == [reader.cell(name, kind, value) for name, kind, value in answer.cells(told)]
        assert rows
    assert shown


def test_equity_is_the_same_on_all_pages_and_adds_up(client: TestClient, company: Company) -> None:
    equity = company.snapshot.figures.equity
    _, portfolio = company.ask("customer_portfolio")
    _, tiers = company.ask(TIERS)
    for answer in (portfolio, tiers):
        names = [column[0] for column in answer.columns]
        assert sum(row[names.index("equity")] for row in answer.rows) == equity
    said = Reader.of(company, "ko").value("money", equity)
    for path in ("/value", "/value/portfolio", "/"):
        assert said in text_of(client.get(f"{path}?lang=ko").text)


def test_the_growth_calculator_calculates(client: TestClient, company: Company) -> None:
    page = client.get("/value/growth?growth=0.5&lang=en")
    question, answer = company.ask("growth_needed", {"growth": "0.5"})
    assert answer.headline["needed"] > company.ask("growth_needed")[1].headline["needed"]
    assert Reader.of(company, "en").sentence(question, answer) in text_of(page.text)
    assert 'name="growth" value="0.5"' in page.text
    assert "/ask/growth_needed.csv?growth=0.5" in page.text


def test_a_budget_is_shared_out_over_cells_and_tiers(client: TestClient, company: Company) -> None:
    page = client.get("/value/portfolio?budget=1000000&lang=en").text
    for name in ("customer_portfolio", TIERS):
        _, answer = company.ask(name, {"budget": "1000000"})
        place = [column[0] for column in answer.columns].index("budget")
        assert sum(row[place] for row in answer.rows) == 1_000_000
        assert "Budget" in text_of(section(page, name))


def test_a_wrong_option_is_named_and_the_usual_answers_stay(client: TestClient) -> None:
    page = client.get("/value/growth?growth=much&lang=en")
    assert page.status_code == 422
    assert "growth" in text_of(re.search(r'role="alert">(.*?)</p>', page.text)[1])
    assert 'id="growth_needed"' in page.text


def test_tiers_open_the_customers_they_hold(client: TestClient, company: Company) -> None:
    page = html.unescape(section(client.get("/value/portfolio?lang=en").text, TIERS))
    links = re.findall(r'href="(/customers\?rule=[^"]+)"', page)[:3]
    rules = [parse_qs(urlparse(link).query)["rule"][0] for link in links]
    counts = [company.customers.count(rule) for rule in rules]
    assert sum(counts) == company.ask("customer_portfolio")[1].n
    assert client.get(links[0]).status_code == 200
    assert (
        counts[0] == company.ask("customer_portfolio")[1].n // 5 + 1 or counts[0] >= company.ask("customer_portfolio")[1].n // 5
    )


def test_every_trait_stands_in_its_own_unit(client: TestClient) -> None:
    """V3 holds sums, lengths and shares one under another, each as such."""
    rows = re.findall(r"<tr>(.*?)</tr>", section(client.get("/value/vip?lang=en").text, "vip_traits"), flags=re.DOTALL)
    means = {cells[0]: cells[2:4] for row in rows if (cells := re.findall(r"<td[^>]*>(.*?)</td>", row))}
    for trait, sign in {"Sales in 365 days": "₩", "Days since last order": "days", "Share of main brand": "%"}.items():
        assert all(sign in text_of(each) for each in means[trait]), trait
    assert not any(sign in each for sign in ("₩", "days", "%") for each in means["Orders in 365 days"])


def test_before_the_first_run_it_says_so(bare_client: TestClient) -> None:
    page = bare_client.get("/value")
    assert page.status_code == 409
    assert "dangol run" in page.text


def test_rest_gives_the_same_answers(client: TestClient, company: Company) -> None:
    for number in ("V1", "V6", "Q49", "T10"):
        found = client.get(f"/api/v1/questions/{number}/answer").json()
        assert found["headline"]["n"] == company.ask(number)[1].headline["n"]


def test_the_form_says_which_answers_it_acts_on(client: TestClient, company: Company) -> None:
    """Only V3, V15 and V4 ask who is a VIP; the page says so, and other shares change nothing but those."""
    usual, wider = (client.get(f"/value/vip?lang=en{more}").text for more in ("", "&top_share=0.5&by=sales"))
    assert "These choices act on V3, V15, V4;" in text_of(usual)
    for name in PARTS["vip"].asked:
        acts = {option.name for option in company.registry.find_question(name).options} & set(PARTS["vip"].options)
        assert (text_of(section(usual, name)) != text_of(section(wider, name))) == bool(acts), name


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_would_tell_more_stands_beside_the_answer(client: TestClient, company: Company, language: str) -> None:
    """As on the question's own page, by the names that the catalogue has for tables and columns."""
    named = 0
    for part, path in PATHS.items():
        page = client.get(f"{path}?lang={language}").text
        for name in PARTS[part].asked:
            _, answer = company.ask(name)
            if answer.answerable and answer.missing:
                said = [column_words(each, language) for each in answer.missing]
                assert ", ".join(said) in text_of(section(page, name)), name
                named += 1
    assert named
