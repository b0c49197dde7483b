"""Entering figures by page, command and API: the same figures, kept with their source, and nothing kept that makes no sense."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from typer.testing import CliRunner

from dangol.core.store import Audit
from dangol.core.text import LANGUAGES
from dangol.faces.cli import app
from dangol.faces.web import create_app
from dangol.workspace.company import Company
from dangol.workspace.settings import load_settings

HERE = "/value/figures"
ENTERED = {"do": "entered", "figure": "repeat_share", "value": "35%", "category": "", "source": "협회 <2025>"}
SAID = {
    "ko": ("저장했습니다. 답변에 바로 반영됩니다.", "재구매 고객 비율", "우리가 앞섬", "삭제"),
    "en": ("Saved. Answers are recomputed at once.", "Share who buy again", "We are ahead", "Remove"),
}


@pytest.fixture
def client(own_company: Company) -> TestClient:
    return TestClient(create_app(own_company), base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture(autouse=True)
def as_it_was(own_company: Company) -> Iterator[None]:
    """Every test begins with the same settings."""
    file = own_company.base / "dangol.yaml"
    before = file.read_text(encoding="utf-8")
    yield
    file.write_text(before, encoding="utf-8")


def text_of(page: str) -> str:
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def seen(client: TestClient, path: str = HERE, language: str = "en") -> str:
    found = client.get(path, headers={"accept-language": language})
    assert found.status_code == 200
    return text_of(found.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_is_kept_shown_beside_ours_and_removed(client: TestClient, own_company: Company, language: str) -> None:
    kept = client.post(HERE, data=ENTERED, follow_redirects=False)
    assert kept.status_code == 303
    page = client.get(kept.headers["location"], headers={"accept-language": language}).text
    for said in (*SAID[language], "협회 <2025>"):
        assert said in text_of(page)
    assert "<2025>" not in page
    (entered,) = own_company.entering.all()
    _, answer = own_company.ask("V9")
    names = [column[0] for column in answer.columns]
    assert (entered.value, entered.own) == (0.35, dict(zip(names, answer.rows[0], strict=True))["own"])
    assert entered.own is not None
    with own_company.store.session() as session:
        last = session.scalars(select(Audit).order_by(Audit.audit_id.desc())).first()
    assert last.who.startswith("web@")
    assert last.what == "figure repeat_share: 0.35"
    gone = client.post(HERE, data={"do": "removed", "figure": "repeat_share", "category": ""}, follow_redirects=False)
    assert gone.headers["location"] == f"{HERE}?saved=removed#content"
    assert own_company.entering.all() == []
    assert client.post(HERE, data={"do": "removed", "figure": "repeat_share"}).status_code == 422


def test_a_market_takes_one_of_the_companys_categories(client: TestClient, own_company: Company) -> None:
    category = own_company.entering.categories[0]
    assert f"<option>{category}</option>" in client.get(HERE).text
    form = {**ENTERED, "figure": "market_total", "value": "8,000,000,000", "category": category}
    assert client.post(HERE, data=form).status_code == 200
    assert own_company.entering.all()[0].standing == "part"
    assert "₩8,000,000,000" in seen(client)
    assert "Our part of the market:" in seen(client)


def test_wrong_figures_come_back_with_every_problem(client: TestClient, own_company: Company) -> None:
    before = (own_company.base / "dangol.yaml").read_bytes()
    form = {**ENTERED, "value": "4,0", "category": "없는 <카테고리>", "source": "  "}
    found = client.post(HERE, data=form, headers={"accept-language": "ko"})
    assert found.status_code == 422
    text = text_of(found.text)
    for said in ("저장하지 못했습니다.", "입력한 값: 숫자여야 합니다.", "이 지표에는 카테고리를 적을 수 없습니다", "3자 이상"):
        assert said in text
    for typed in ('value="4,0"', "<option selected>없는 &lt;카테고리&gt;</option>", '<option value="repeat_share" selected>'):
        assert typed in found.text
    assert (own_company.base / "dangol.yaml").read_bytes() == before


def test_the_plan_is_kept_and_the_budget_heeds_it_at_once(client: TestClient, own_company: Company) -> None:
    before = own_company.budgets.share().total
    form = {
        "do": "planned", "yearly_budget": "7,000,000", "conversation_cost": "", "return_cost": "2500",
        "acquire.lowest": "1,000", "acquire.highest": "5,000,000",
        "channel": "meta", "channel.lowest": "", "channel.highest": "400,000",
    }  # fmt: skip
    kept = client.post(HERE, data=form, follow_redirects=False)
    assert kept.headers["location"] == f"{HERE}?saved=planned#content"
    plan = own_company.settings.plan
    assert (plan.yearly_budget, plan.conversation_cost, plan.return_cost) == (7e6, 0, 2500)
    assert (plan.purposes["acquire"].lowest, plan.purposes["acquire"].highest) == (1000, 5e6)
    assert client.get("/api/v1/budget").json()["total"] == 7e6 != before
    (row,) = (each for each in own_company.budgets.share().rows if each.use.purpose == "acquire")
    assert row.parts["meta"] <= 400_000
    assert row.limit_at("meta") == "highest"
    assert "Held back by its most" in seen(client, "/value/budget")
    assert "상한에 걸림" in seen(client, "/value/budget", "ko")
    page = client.get(HERE).text
    for field in ('name="yearly_budget" inputmode="decimal" maxlength="40" value="7,000,000"', 'value="400,000"'):
        assert field in page
    client.post(HERE, data={"do": "planned", "yearly_budget": ""})
    assert "plan:" not in (own_company.base / "dangol.yaml").read_text(encoding="utf-8")


def test_a_wrong_plan_comes_back_with_every_problem(client: TestClient) -> None:
    form = {"do": "planned", "yearly_budget": "1억", "acquire.lowest": "9", "acquire.highest": "3", "grow.effect": "300",
            "retain.contacts": "0", "channel": "meta", "channel.lowest": "viel", "channel.highest": ""}  # fmt: skip
    found = client.post(HERE, data=form, headers={"accept-language": "en"})
    assert found.status_code == 422
    for said in ("Money of a year: must be a number", "Acquire: the most (highest) must not be below", "Grow: an effect needs",
                 "Retain: Contacts a year: must be at least 1", "meta: At least, a year: must be a number"):  # fmt: skip
        assert said in text_of(found.text)
    for typed in ('value="1억"', 'value="viel"', 'name="grow.effect"'):
        assert typed in found.text
    unknown = client.post(HERE, data={"do": "planned", "channel": "metta", "channel.lowest": "5", "channel.highest": ""})
    assert unknown.status_code == 422
    assert "meta" in text_of(unknown.text)


def test_no_figure_comes_from_another_site(client: TestClient, own_company: Company) -> None:
    for headers in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(HERE, data=ENTERED, headers=headers).status_code == 403
        assert client.put("/api/v1/plan", json={"yearly_budget": 5}, headers=headers).status_code == 403
    assert own_company.entering.all() == []


@pytest.mark.parametrize("path", ["/value/growth", "/value/portfolio", "/value/budget", "/value", "/ask/relative_value"])
def test_pages_that_read_entered_figures_lead_to_them(client: TestClient, path: str) -> None:
    assert f'href="{HERE}' in client.get(path).text
    assert path == "/ask/relative_value" or f'href="{path}' in client.get(HERE).text


def test_the_api_keeps_lists_and_removes(client: TestClient, own_company: Company) -> None:
    said = {"value": 15_000, "source": "yearbook 2025"}
    kept = client.put("/api/v1/figures/acquisition_cost", json=said)
    assert kept.status_code == 200
    (figure,) = kept.json()["figures"]
    assert (figure["figure"], figure["value"], figure["standing"]) == ("acquisition_cost", 15_000, "ahead")
    assert client.get("/api/v1/figures").json() == kept.json()
    assert client.put("/api/v1/figures/acquisition_cost", json={**said, "value": 20_000}).json()["figures"][0]["value"] == 20_000
    assert client.put("/api/v1/figures/happiness", json=said).status_code == 422
    plan = client.put("/api/v1/plan", json={"yearly_budget": 5000, "channels": {"meta": {"highest": 5}}})
    assert plan.json()["plan"]["channels"] == {"meta": {"lowest": 0, "highest": 5}}
    assert client.delete("/api/v1/figures/acquisition_cost").json()["figures"] == []
    assert client.delete("/api/v1/figures/acquisition_cost").status_code == 404
    assert load_settings(own_company.base).plan.yearly_budget == 5000


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("figures/lifetime_value", '{"value": NaN, "source": "yearbook"}'),
        ("figures/lifetime_value", '{"value": Infinity, "source": "yearbook"}'),
        ("figures/lifetime_value", '{"value": 1e999, "source": "yearbook"}'),
        ("figures/lifetime_value", f'{{"value": 1{"0" * 400}, "source": "yearbook"}}'),
        ("figures/lifetime_value", '{"value": 1, "source": "year\\u0000book"}'),
        ("figures/lifetime_value", '{"value": 1, "source": "\\ud800book"}'),
        ("figures/market_total", '{"value": 1, "source": "yearbook", "category": "a\\u0007b"}'),
        ("plan", '{"yearly_budget": 1e16}'),
        ("plan", '{"channels": {"a\\u0000b": {"lowest": 1}}}'),
        ("plan", '{"conversation_cost": -1, "surprise": 2}'),
    ],
)
def test_the_api_refuses_what_a_file_or_a_sum_cannot_hold(client: TestClient, own_company: Company, path: str, body: str) -> None:
    before = (own_company.base / "dangol.yaml").read_bytes()
    found = client.put(f"/api/v1/{path}", content=body, headers={"content-type": "application/json"})
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert (own_company.base / "dangol.yaml").read_bytes() == before


def test_the_largest_figures_break_no_answer(client: TestClient, own_company: Company) -> None:
    names = [each for each, value in client.get("/api/v1/openapi.json").json()["paths"].items() if each.endswith("/figures")]
    assert names == ["/api/v1/figures"]
    for value in (0.0001, 1e15):
        for figure in ("lifetime_value", "market_total", "acquisition_cost", "orders_per_customer"):
            assert client.put(f"/api/v1/figures/{figure}", json={"value": value, "source": "yearbook"}).status_code == 200
    plan = {"yearly_budget": 1e15, "conversation_cost": 1e9, "return_cost": 1e9,
            "purposes": {"grow": {"effect": 1e9, "contact_cost": 0.0001, "source": "x", "contacts": 365}}}  # fmt: skip
    assert client.put("/api/v1/plan", json=plan).status_code == 200
    questions = [each for each in own_company.registry.questions.values() if "entered" in each.query().tables]
    assert len(questions) >= 5
    for each in questions:
        assert client.get(f"/api/v1/questions/{each.name}/answer").status_code == 200, each.name
    assert client.get("/api/v1/budget").status_code == 200
    for path in (HERE, "/value", "/value/portfolio", "/value/growth", "/value/budget"):
        assert client.get(path).status_code == 200


def called(company: Company, *arguments: str) -> str:
    found = CliRunner().invoke(app, ["--lang", "en", *arguments, "--folder", str(company.base)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


def test_the_commands_say_and_keep_the_same(client: TestClient, own_company: Company) -> None:
    assert "No figures of others" in called(own_company, "benchmark")
    assert "Nothing is planned" in called(own_company, "plan")
    source = ("--source", "yearbook 2025")
    kept = json.loads(called(own_company, "benchmark", "repeat_share", "35%", *source, "--json"))
    assert kept == client.get("/api/v1/figures").json()["figures"]
    assert "Saved." in called(own_company, "benchmark", "repeat_share", "0.4", *source)
    assert "We are ahead" in called(own_company, "benchmark").replace("\n", " ")
    assert "Removed." in called(own_company, "benchmark", "repeat_share", "--remove")
    assert json.loads(called(own_company, "plan", "--budget", "5000", "--return-cost", "2", "--json")) == {
        "yearly_budget": 5000, "return_cost": 2
    }  # fmt: skip
    assert json.loads(called(own_company, "plan", "--return-cost", "0", "--json")) == {"yearly_budget": 5000}
    assert "Money of a year: ₩5,000" in called(own_company, "plan")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["repeat_share", "40", "--source", "yearbook"], "between 0 and 1"),
        (["repeat_share", "0.4"], "at least 3 characters"),
        (["repeat_share"], "a figure needs its value"),
        (["repeat_share", "--remove"], "unknown figure"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(own_company: Company, arguments: list[str], said: str) -> None:
    found = CliRunner().invoke(app, ["--lang", "en", "benchmark", *arguments, "--folder", str(own_company.base)])
    assert found.exit_code != 0
    assert said in str(found.exception)
    assert own_company.entering.all() == []


def test_before_the_first_run_figures_can_be_entered_already(tmp_path) -> None:
    (tmp_path / "dangol.yaml").write_text("company: {name: 새 회사}\nsources: []\n", encoding="utf-8")
    client = TestClient(create_app(Company.open(tmp_path)), base_url="http://127.0.0.1", raise_server_exceptions=False)
    assert "Our data do not tell it" in text_of(client.post(HERE, data=ENTERED, headers={"accept-language": "en"}).text)
    assert client.get("/api/v1/figures").json()["figures"][0]["own"] is None
