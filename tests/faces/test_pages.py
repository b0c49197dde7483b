"""Pages without a browser: every page in both languages, what it must say, and what it must not."""

from __future__ import annotations

import csv
import html
import io
import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from dangol.core.text import LANGUAGES
from dangol.faces.html import Reader
from dangol.workspace.company import Company
from dangol.workspace.customers import Listing

PATHS = (
    "/",
    "/ask",
    "/customers",
    "/models",
    "/models/churn",
    "/data",
    "/data/runs",
    "/data/segment-keys",
    "/customers/segments",
    "/customers/segments/never_returned",
    "/data/maturity",
    "/value/figures",
    "/programmes",
    "/programmes/win_back",
)
HANGUL = re.compile("[가-힣]")


class Outline(HTMLParser):
    """The language, links, headings and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language, self.links, self.tags, self.words = "", [], [], []
        self.foreign: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag == "html":
            self.language = given.get("lang") or ""
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def outline(client: TestClient, path: str, language: str = "en", status: int = 200) -> Outline:
    found = client.get(path, headers={"Accept-Language": language})
    assert found.status_code == status, (path, found.text[-600:])
    assert found.headers["content-type"].startswith("text/html")
    return Outline(found.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_whole_and_in_its_language(client: TestClient, path: str, language: str) -> None:
    page = outline(client, path, language)
    assert page.language == language
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert ("고객" in page.text) == (language == "ko") or "customers" in page.text.lower()
    assert "Undefined" not in page.text
    assert "None" not in page.text.split()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_a_page(client: TestClient, company: Company, language: str) -> None:
    for question in company.registry.questions.values():
        page = outline(client, f"/ask/{question.name}", language)
        answer = company.snapshot.answer(question.name)
        assert answer is not None
        assert question.title(language) in page.text
        if answer.answerable:
            said = Reader.of(company, language).sentence(question, answer)
            assert " ".join(said.split()) in page.text


def test_every_link_of_ours_leads_somewhere(client: TestClient, company: Company) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting and len(seen) < 160:
        path = waiting.pop(0)
        if path in seen or path.startswith(("#", "http")) or re.match(r"/customers/\d", path):
            continue
        seen.add(path)
        found = client.get(path)
        assert found.status_code == 200, path
        if found.headers["content-type"].startswith("text/html"):
            waiting += [link for link in Outline(found.text).links if "lang=" not in link and "after=" not in link]
    assert len(seen) > 40


def test_the_language_is_the_addresses_then_the_cookies_then_the_browsers(company: Company) -> None:
    from dangol.faces.web import create_app

    visitor = TestClient(create_app(company), base_url="http://127.0.0.1")
    assert Outline(visitor.get("/ask", headers={"Accept-Language": "en"}).text).language == "en"
    chosen = visitor.get("/ask?lang=ko", headers={"Accept-Language": "en"})
    assert Outline(chosen.text).language == "ko"
    assert "samesite=strict" in chosen.headers["set-cookie"].lower()
    assert "httponly" in chosen.headers["set-cookie"].lower()
    assert Outline(visitor.get("/ask", headers={"Accept-Language": "en"}).text).language == "ko"
    visitor.cookies.clear()
    assert Outline(visitor.get("/ask?lang=xx", headers={"Accept-Language": "fr"}).text).language == "en"


def test_switching_the_language_keeps_the_address(client: TestClient) -> None:
    page = outline(client, "/customers?stage=active&margin=1000")
    assert any(link.startswith("/customers?stage=active&margin=1000&lang=ko") for link in page.links)


def test_home_figures_are_those_of_the_snapshot(client: TestClient, company: Company) -> None:
    equity = company.snapshot.duck.cursor().value("SELECT sum(expected_margin_12m) FROM profile")
    assert Reader.of(company, "ko").value("money", equity) in outline(client, "/", "ko").text
    assert f"{company.customers.count():,}" in outline(client, "/").text


def test_before_the_first_run_home_says_what_to_do(bare_client: TestClient) -> None:
    assert "dangol run" in outline(bare_client, "/").text
    for path in ("/customers", "/models", "/data", "/programmes/win_back"):
        assert "dangol run" in outline(bare_client, path, "ko", 409).text
    assert bare_client.get("/ask").status_code == 200


def test_paging_visits_every_customer_once_and_back(client: TestClient, company: Company) -> None:
    rule = "lifecycle_stage != 'prospect'"
    path: str | None = "/customers?" + "rule=" + rule.replace(" ", "+").replace("'", "%27")
    seen: list[str] = []
    pages = []
    while path:
        page = outline(client, path)
        pages.append(page)
        seen += [link for link in page.links if re.fullmatch(r"/customers/\d+", link)]
        path = next((dict(given)["href"] for tag, given in page.tags if given.get("rel") == "next"), None)
    assert len(seen) == len(set(seen)) == company.customers.count(rule)
    back = next(given["href"] for _, given in pages[2].tags if given.get("rel") == "prev")
    assert outline(client, back).text == pages[1].text


def test_the_form_is_the_same_as_a_rule(client: TestClient, company: Company) -> None:
    rule = 'lifecycle_stage == "active" and expected_margin_12m >= 10000 and churn_probability >= 0.1'
    rule += " and (order_count > 2 or recency_days < 9)"
    page = outline(client, "/customers?stage=active&margin=10,000&churn=10%25&rule=order_count+%3E+2+or+recency_days+%3C+9")
    n = company.customers.count(rule)
    assert n > 0
    assert f"{n:,} customer" in page.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("rule=lifecycle_stag+%3D%3D+%27active%27", "did you mean 'lifecycle_stage'"),
        ("rule=order_count+%3E", "rule"),
        ("stage=active&rule=order_count+%3E+2)+or+(order_count+%3C+2", "rule"),
        ("margin=much", "much"),
        ("sort=nonsense", "nonsense"),
        ("after=nonsense", "cursor"),
    ],
)
def test_a_wrong_form_is_told_beside_it(client: TestClient, query: str, said: str) -> None:
    page = outline(client, f"/customers?{query}", status=422)
    assert said in page.text
    assert ("form", "alert") in {(tag, "alert") for tag, given in page.tags if tag == "form"}
    assert any(given.get("role") == "alert" for _, given in page.tags)


def test_what_visitors_type_is_escaped(client: TestClient) -> None:
    found = client.get("/customers", params={"rule": '"><script>alert(1)</script>'})
    assert "<script>alert" not in found.text
    assert "&lt;script&gt;" in found.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_is_shown_masked(client: TestClient, company: Company, language: str) -> None:
    people = company.snapshot.duck.cursor().rows(
        "SELECT customer_id, customer_name, phone, email FROM people WHERE phone IS NOT NULL AND email IS NOT NULL "
        "AND customer_name NOT LIKE '%*%' LIMIT 20"  # a name that its source has masked already is shown as it is
    )
    assert people
    for person in people:
        text = client.get(f"/customers/{person['customer_id']}", headers={"Accept-Language": language}).text
        for name in ("customer_name", "phone", "email"):
            assert str(person[name]) not in text
        assert "***" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_shows_the_share_of_wallet_with_its_evidence(client: TestClient, company: Company, language: str) -> None:
    rows = company.snapshot.duck.rows(
        "select customer_id, wallet_share_low as low, wallet_share_high as high from profile where wallet_evidence = 'low'"
    )
    assert all(row["low"] < row["high"] for row in rows), "nobody is known to spend everything here"
    some = rows[0]
    page = html.unescape(client.get(f"/customers/{some['customer_id']}", headers={"accept-language": language}).text)
    reader, column = Reader.of(company, language), company.snapshot.columns["wallet_share"]
    low, high = (reader.value("percent", some[end]) for end in ("low", "high"))
    start = page.index(column.title(language))
    line = page[start : page.index("</div>", start)]
    assert {"ko": f"{low}에서 {high} 사이", "en": f"{low} to {high}"}[language] in line
    assert {"ko": "근거 수준: 낮음", "en": "evidence: low"}[language] in line.lower()


def test_no_page_holds_a_name_or_contact(client: TestClient, company: Company) -> None:
    first = company.customers.page(Listing(limit=50)).rows
    names = company.snapshot.duck.cursor().rows("SELECT phone, email FROM people WHERE phone IS NOT NULL OR email IS NOT NULL")
    secrets = {str(value) for row in names for value in row.values() if value}
    text = "".join(
        client.get(path).text for path in ("/customers", "/ask/top_customers", "/", f"/customers/{first[0]['customer_id']}")
    )
    assert secrets
    assert not [secret for secret in secrets if secret in text]


def test_a_question_with_options_is_computed_anew(client: TestClient, company: Company) -> None:
    page = outline(client, "/ask/top_customers?top=7")
    assert "7 of 7 rows" in page.text
    for value, said in (("many", "'many'"), ("-5", "between 1 and"), ("0", "between 1 and"), ("9" * 20, "between 1 and")):
        wrong = outline(client, f"/ask/top_customers?top={value}", status=422)
        assert said in wrong.text
        assert "100 of 100 rows" in wrong.text
        assert client.get(f"/api/v1/questions/top_customers/answer?top={value}").status_code == 422


def test_an_unanswerable_question_says_what_to_add(client: TestClient, company: Company) -> None:
    unknown = [answer for answer in company.snapshot.answers().values() if not answer.answerable and answer.missing]
    for answer in unknown:
        assert answer.missing[0].split(".")[0] in outline(client, f"/ask/{answer.question}").text
    known = next(answer for answer in company.snapshot.answers().values() if answer.answerable)
    assert "cannot be answered" not in outline(client, f"/ask/{known.question}").text


def test_csv_holds_the_exact_rows_and_no_formula(client: TestClient, company: Company) -> None:
    found = client.get("/ask/top_products.csv", headers={"Accept-Language": "ko"})
    assert found.headers["content-disposition"] == 'attachment; filename="top_products.csv"'
    rows = list(csv.reader(io.StringIO(found.text.removeprefix("\ufeff"))))
    answer = company.snapshot.answer("top_products")
    assert answer is not None
    assert rows[0] == [ko for _, _, ko, _ in answer.columns]
    assert rows[1:] == [["" if value is None else str(value) for value in row] for row in answer.rows]


def test_the_pages_of_a_programme_and_its_campaign_agree_with_the_ledger(client: TestClient, company: Company) -> None:
    (campaign,) = company.programmes.campaigns("win_back")
    page = outline(client, "/programmes/win_back")
    assert company.lift(campaign.campaign_id).sentence("en") in page.text
    counts = company.programmes.preview("win_back")
    assert f"In the audience {counts['audience']:,}" in page.text


def test_the_data_page_accounts_for_every_row(client: TestClient, company: Company) -> None:
    report = company.quality()
    page = outline(client, "/data")
    assert report.balanced
    assert "every row is accounted for" in page.text
    for figure in (report.rows_in, report.rows_loaded, report.rows_quarantined):
        assert f"{figure:,}" in page.text


def test_a_refused_model_shows_the_figures_of_the_refusal(company: Company) -> None:
    from dangol.faces.web.models import shown
    from dangol.workspace.predict import Card

    prediction = company.registry.predictions["churn"]
    seen = shown(prediction, Card("churn", "2026-01-01", refusal="too little data: have 3, need 100"), Reader.of(company, "en"))
    assert (seen.state, seen.verdict) == ("refused", "Too little data")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("/nope", 404, "no such page"),
     ("/ask/nope", 404, "unknown question 'nope'"), ("/customers/999999999", 404, "unknown customer"),
     ("/customers/abc", 422, "does not make sense"), ("/models/nope", 404, "unknown prediction"),
     ("/programmes/nope", 404, "unknown programme")],
)  # fmt: skip
def test_errors_are_pages(client: TestClient, path: str, status: int, said: str) -> None:
    assert said in outline(client, path, status=status).text
