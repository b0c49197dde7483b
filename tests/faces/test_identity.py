"""Identity on pages and in the API: figures, pairs decided and taken back, customers split, unmasking with a reason."""

from __future__ import annotations

import json
import re

import pytest
from fastapi.testclient import TestClient

from dangol.core.errors import ConfigError
from dangol.core.rules import parse
from dangol.core.rules.check import check
from dangol.core.store import Audit
from dangol.workspace.company import Company
from dangol.workspace.customers import INFERRED

AGAINST = {"Sec-Fetch-Site": "cross-site"}


@pytest.fixture(scope="module")
def joined(company: Company) -> int:
    """The customer with the most source records."""
    rows = company.snapshot.duck.cursor().rows(
        "select customer_id from identity_map group by customer_id having count(*) > 1 "
        "order by count(*) desc, customer_id limit 1"
    )
    return int(rows[0]["customer_id"])


def audited(company: Company) -> list[Audit]:
    with company.store.session() as session:
        return list(session.query(Audit).order_by(Audit.audit_id))


@pytest.mark.parametrize(("language", "words"), [("ko", "고객 통합"), ("en", "Identity")])
def test_the_page_of_identity_shows_figures_that_add_up(client: TestClient, company: Company, language: str, words: str) -> None:
    page = client.get("/data/identity", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f"<h1>{words}</h1>" in page.text
    figures = company.identities.figures
    records = company.snapshot.duck.cursor().value("select count(*) from identity_map")
    assert sum(each["records"] for each in figures["systems"]) == records == sum(each["records"] for each in figures["rules"])
    linked = company.snapshot.duck.cursor().value(
        "select count(*) from identity_map where customer_id in "
        "(select customer_id from identity_map group by customer_id having count(distinct system) > 1)"
    )
    assert sum(each["linked"] for each in figures["systems"]) == linked
    assert f"{records:,}" in page.text


def test_expected_precision_and_recall_move_against_each_other(company: Company) -> None:
    now, *curve = company.identities.figures["expected"]
    assert [each["precision"] for each in curve] == sorted(each["precision"] for each in curve)
    assert [each["recall"] for each in curve] == sorted((each["recall"] for each in curve), reverse=True)
    assert 0.9 < now["precision"] <= 1


def test_expected_precision_is_near_the_true_one(company: Company) -> None:
    from dangol.simulate import read_truth

    duck = company.snapshot.duck.cursor()
    duck.register("truth_of_records", read_truth(company.base, "records"))
    right = duck.value(
        "select avg(cast(a.person_id = b.person_id as double)) from identity_map l "
        "join identity_map r on l.customer_id = r.customer_id and (l.system, l.customer_ref) < (r.system, r.customer_ref) "
        "join truth_of_records a on a.system = l.system and a.customer_ref = l.customer_ref "
        "join truth_of_records b on b.system = r.system and b.customer_ref = r.customer_ref"
    )
    assert company.identities.figures["expected"][0]["precision"] == pytest.approx(right, abs=0.03)


def test_pairs_are_decided_and_taken_back_without_scripts(client: TestClient, company: Company) -> None:
    before = client.get("/api/v1/review").json()
    assert before["total"] > 0
    page = client.get("/data/identity").text
    handle = re.search(r"/data/identity/review/([0-9a-f]{16})", page)
    assert handle is not None
    assert client.post(f"/data/identity/review/{handle[1]}", data={"same": "false"}, headers=AGAINST).status_code == 403
    answer = client.post(f"/data/identity/review/{handle[1]}", data={"same": "false", "page": 1}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/data/identity?page=1#review")
    assert client.get("/api/v1/review").json()["total"] == before["total"] - 1
    ruling = client.get("/api/v1/rulings").json()[0]
    assert (ruling["same"], ruling["undone_at"]) == (False, None)
    assert client.post(f"/data/identity/review/{handle[1]}", data={"same": "true"}).status_code == 404
    assert client.post(f"/data/identity/undo/{ruling['ruling']}", follow_redirects=False).status_code == 303
    assert client.get("/api/v1/review").json()["total"] == before["total"]


def test_pairs_are_decided_through_the_api(client: TestClient) -> None:
    pair = client.get("/api/v1/review?limit=1").json()["pairs"][0]
    ruling = client.post(f"/api/v1/review/{pair['handle']}", json={"same": True, "reason": "asked"}).json()["ruling"]
    assert client.get("/api/v1/rulings").json()[0]["reason"] == "asked"
    assert client.delete(f"/api/v1/rulings/{ruling}").json() == {"ruling": ruling}
    assert client.delete(f"/api/v1/rulings/{ruling}").status_code == 404
    assert client.post("/api/v1/review/nothing", json={"same": True}).status_code == 404


def test_a_customer_shows_records_and_where_details_are_from(client: TestClient, company: Company, joined: int) -> None:
    shown = client.get(f"/api/v1/customers/{joined}").json()
    records = company.identities.records(joined)
    assert len(shown["records"]) == len(records) > 1
    assert {each["kind"] for each in shown["provenance"].values()} == {"given"}
    page = client.get(f"/customers/{joined}", headers={"Accept-Language": "en"}).text
    assert page.count('name="chosen"') == len(records)
    assert page.count('class="badge given"') == len(shown["provenance"].keys() & shown["person"].keys())
    for each in records:
        assert each.record.number not in page
        assert each.record.number not in json.dumps(shown["records"])


def test_a_record_is_split_off_with_a_reason(client: TestClient, company: Company, joined: int) -> None:
    page = client.get(f"/customers/{joined}").text
    chosen = re.findall(r'name="chosen" value="([0-9a-f]{16})"', page)[:1]
    assert client.post(f"/customers/{joined}/split", data={"chosen": chosen, "reason": " "}).status_code == 422
    assert client.post(f"/customers/{joined}/split", data={"reason": "two people"}).status_code == 422
    assert client.post(f"/customers/{joined}/split", data={"chosen": chosen, "reason": "x"}, headers=AGAINST).status_code == 403
    done = client.post(f"/customers/{joined}/split", data={"chosen": chosen, "reason": "two people"}, follow_redirects=False)
    assert done.status_code == 303
    ruling = company.desk.rulings()[0]
    assert (ruling.same, ruling.reason) == (False, "two people")
    assert audited(company)[-1].reason == "two people"
    company.desk.undo(ruling.ruling_id, who="tester")


def test_unmasking_needs_a_reason_and_stays_on_record(client: TestClient, company: Company, joined: int) -> None:
    number = company.identities.records(joined)[0].record.number
    before = len(audited(company))
    assert client.post(f"/customers/{joined}/unmask", data={"reason": ""}).status_code == 422
    assert len(audited(company)) == before
    shown = client.post(f"/customers/{joined}/unmask", data={"reason": "she called"})
    assert number in shown.text
    entry = audited(company)[-1]
    assert (entry.what, entry.whose, entry.reason) == ("unmask", f"customer {joined}", "she called")
    assert number not in client.get(f"/customers/{joined}").text


def test_who_was_when_over_http(client: TestClient, company: Company, joined: int) -> None:
    record = company.identities.records(joined)[0].record
    found = client.get("/api/v1/identity/whois", params={"who": str(record), "at": "2099-01-01"}).json()
    assert (found["customer_id"], found["now"]) == (joined, joined)
    assert client.get("/api/v1/identity/whois", params={"who": str(record), "at": "2000-01-01"}).json()["customer_id"] is None
    assert client.get("/api/v1/identity/whois", params={"who": "mall/none", "at": "2099-01-01"}).status_code == 404
    assert client.get("/api/v1/identity/whois", params={"who": str(record), "at": "soon"}).status_code == 422
    assert client.get("/api/v1/identity").json()["record_count"] > 0
    assert client.get("/api/v1/identity/log").json()["total"] >= 0


def test_rules_refuse_what_was_inferred(company: Company) -> None:
    vocabulary = company.customers.vocabulary
    assert vocabulary.withheld == INFERRED
    with pytest.raises(ConfigError) as refused:
        check(parse("gender_inferred == 'female'"), vocabulary)
    assert "decides about nobody" in refused.value.problems[0]
