"""Segments on pages, by command and over HTTP: counted before they are saved, and back as they were typed when wrong."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from typer.testing import CliRunner

from dangol.faces.cli import app
from dangol.workspace.company import Company
from dangol.workspace.settings import load_settings

HERE = "/customers/segments"


@pytest.fixture(autouse=True)
def unchanged(company: Company) -> Iterator[None]:
    """What a test writes into the settings of the company that all tests share is gone afterwards."""
    settings = company.base / "dangol.yaml"
    before = settings.read_text(encoding="utf-8")
    yield
    settings.write_text(before, encoding="utf-8")


def text_of(client: TestClient, path: str, language: str = "en") -> str:
    return plain(client.get(path, headers={"accept-language": language}).text)


def post(client: TestClient, path: str, form: dict[str, object]) -> Response:
    """What an English browser sends and is shown, where a form leads nowhere else."""
    return client.post(path, data=form, headers={"accept-language": "en"}, follow_redirects=False)


def plain(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", page))


def run(company: Company, *words: str, language: str = "en") -> str:
    found = CliRunner().invoke(app, ["--lang", language, *words, "--folder", str(company.base)])
    assert found.exit_code == 0, found.output
    return found.output


def saved(client: TestClient, title: str = "Regulars", rule: str = "order_count >= 4") -> str:
    answer = post(client, HERE, {"title": title, "rule": rule})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def test_a_rule_is_counted_before_it_is_saved(client: TestClient, company: Company) -> None:
    count = company.snapshot.duck.value("select count(*) from profile where order_count >= 4")
    page = text_of(client, f"{HERE}?title=Regulars&rule=order_count+%3E%3D+4")
    assert f"{count:,} customers: Customers whose number of orders is at least 4" in page
    assert 'value="order_count >= 4"' in page
    assert load_settings(company.base).segments == []
    assert f"{count:,}명: 구매 횟수가 4회 이상인 고객" in text_of(client, f"{HERE}?rule=order_count+%3E%3D+4", "ko")


def test_a_saved_segment_is_listed_linked_and_named_in_rules(client: TestClient, company: Company) -> None:
    place = saved(client)
    assert place == f"{HERE}/regulars"
    count = company.snapshot.duck.value("select count(*) from profile where order_count >= 4")
    page = text_of(client, HERE)
    assert "Regulars" in page
    assert f">{count:,}</a>" in page
    assert f"<strong>{count:,} customers</strong>" in text_of(client, "/customers?rule=in_segment(name%3D%22regulars%22)")
    number = company.snapshot.duck.value("select min(customer_id) from profile where order_count >= 4")
    assert f'<a href="{place}">Regulars</a>' in text_of(client, f"/customers/{number}")
    assert saved(client, "단골") == f"{HERE}/segment_1"
    assert saved(client, "Regulars!") == f"{HERE}/regulars_1"


@pytest.mark.parametrize(
    ("title", "rule", "said"),
    [
        ("Often", "order_cont >= 4", "did you mean 'order_count'"),
        ("Often", "order_count >=", "rule"),
        ("", "order_count >= 4", "a segment needs a title"),
    ],
)
def test_a_form_with_a_mistake_comes_back_as_it_was(
    client: TestClient, company: Company, title: str, rule: str, said: str
) -> None:
    answer = post(client, HERE, {"title": title, "rule": rule})
    assert answer.status_code == 422
    page = plain(answer.text)
    assert said in page
    assert f'value="{rule}"' in page
    assert load_settings(company.base).segments == []


def test_a_policy_is_typed_in_per_cent_kept_and_taken_away(client: TestClient, company: Company) -> None:
    place = saved(client)
    form = {"promotion": "12.5 %", "acquisition": "30", "channels": ["email", "kakao"]}
    assert post(client, f"{place}/policy", form).status_code == 303
    kept = load_settings(company.base).policies[0]
    assert (kept.promotion_share, kept.acquisition_share, kept.channels) == (0.125, 0.3, ("email", "kakao"))
    earning = company.snapshot.duck.value(
        "select sum(greatest(cast(expected_margin_12m as double), 0)) from profile where order_count >= 4"
    )
    shown = company.segments.one("regulars")
    assert shown.limit == pytest.approx(0.125 * earning)
    page = text_of(client, place)
    assert 'value="12.5"' in page
    assert page.count("checked") == 2
    assert "이메일" in text_of(client, HERE, "ko")
    wrong = post(client, f"{place}/policy", {"promotion": "a lot"})
    assert (wrong.status_code, "is not a number" in wrong.text, 'value="a lot"' in wrong.text) == (422, True, True)
    assert post(client, f"{place}/policy", {"promotion": "150"}).status_code == 422
    assert post(client, f"{place}/policy", {}).status_code == 303
    assert load_settings(company.base).policies == []


def test_an_own_segment_is_changed_and_removed_a_built_in_one_is_not(client: TestClient, company: Company) -> None:
    place = saved(client)
    post(client, place, {"title": "Most regular", "rule": "order_count >= 6"})
    assert load_settings(company.base).segments[0].rule == "order_count >= 6"
    assert post(client, f"{HERE}/fallen_angel", {"title": "x", "rule": "order_count >= 1"}).status_code == 422
    refused = post(client, f"{HERE}/never_returned/remove", {})
    assert (refused.status_code, "is built in" in refused.text) == (422, True)
    assert post(client, f"{place}/remove", {}).status_code == 303
    assert load_settings(company.base).segments == []
    assert client.get(f"{HERE}/nowhere").status_code == 404


def test_a_programme_says_what_its_segment_means(client: TestClient) -> None:
    page = text_of(client, "/programmes/never_returned")
    assert "who are in segment 'Never returned'; 'Never returned': Customers whose number of orders is 1" in page
    assert "'한 번 사고 돌아오지 않은 고객' 세그먼트에 속하는 고객" in text_of(client, "/programmes/never_returned", "ko")


def test_commands_and_http_say_the_same(client: TestClient, company: Company) -> None:
    shown = run(company, "segment", "often", "--rule", "order_count >= 3", "--title", "자주")
    count = company.snapshot.duck.value("select count(*) from profile where order_count >= 3")
    assert f"{count:,}" in shown
    run(company, "policy", "often", "--promotion", "0.2", "--channels", "email")
    run(company, "policy", "often", "--acquisition", "0.5")
    told = client.get("/api/v1/segments/often").json()
    assert (told["customers"], told["ko"]) == (count, "자주")
    assert told["policy"] == {"segment": "often", "promotion_share": 0.2, "channels": ["email"], "acquisition_share": 0.5}
    listed = json.loads(run(company, "segment", "--json"))
    found = next(each for each in listed if each["settings"]["name"] == "often")
    assert found["limit"] == pytest.approx(told["contact_limit"])
    assert found["payable"] == pytest.approx(told["acquisition_limit"])
    assert client.delete("/api/v1/segments/often/policy").json()["policy"] is None
    assert client.delete("/api/v1/segments/often/policy").status_code == 404
    assert "often" not in [each["name"] for each in client.delete("/api/v1/segments/often").json()]
    assert client.put("/api/v1/segments/often", json={"ko": "가", "en": "a", "rule": "nothing > 1"}).status_code == 422
    run(company, "segment", "often", "--rule", "order_count >= 2")
    assert "removed" in run(company, "segment", "often", "--remove")
