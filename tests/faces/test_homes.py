"""Homes and accounts on pages, in the API and in files: the same figures everywhere, people masked."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient

from dangol.faces.web.app import create_app
from dangol.workspace.company import Company

MEMBERS = [
    "customer_ref,customer_name,phone,address,account_ref",
    "c1,김하나,010-1111-2222,서울 강남구 테헤란로 12 101동 1203호,A",
    "c2,이두리,010-3333-4444,서울 강남구 테헤란로 12 101동 1203호,B",
    "c3,박세나,010-5555-6666,부산 해운대구 해운대로 77 3동 401호,B",
    "c4,최네나,010-7777-8888,,",
]
ACCOUNTS = ["account_ref,account_name,parent_ref,industry", "A,가나전자,,전자", "B,가나부품,A,전자"]
ORDERS = ["customer_ref,order_id,ordered_at,net_amount", "c1,1,2026-01-05 10:00:00,1000", "c2,2,2026-01-06 10:00:00,500.25",
          "c3,3,2026-01-07 10:00:00,70", "c4,4,2026-01-08 10:00:00,9"]  # fmt: skip
SETTINGS = """
company: {name: 가게, zone: Asia/Seoul, currency: KRW}
engine: {threads: 1}
sources:
  - {name: members, files: [members.csv], table: customers}
  - {name: accounts, files: [accounts.csv], table: accounts}
  - {name: orders, files: [orders.csv], table: orders}
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    base = tmp_path_factory.mktemp("homes")
    for name, rows in (("members", MEMBERS), ("accounts", ACCOUNTS), ("orders", ORDERS)):
        (base / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (base / "dangol.yaml").write_text(SETTINGS, encoding="utf-8")
    found = Company.open(base)
    found.run()
    return found


@pytest.fixture(scope="module")
def client(company):
    return TestClient(create_app(company, token=""), base_url="http://localhost")


def number_of(company, amount):
    return company.snapshot.duck.rows(f"select customer_id from profile where net_sales = {amount}")[0]["customer_id"]


def test_the_page_of_a_customer_shows_the_others_of_the_home_masked(company, client):
    page = client.get(f"/customers/{number_of(company, 1000)}", params={"lang": "ko"}).text
    assert "이*리" in page
    assert "이두리" not in page
    assert "₩1,500" in page
    assert "가나전자" in page
    assert "가나부품" in page


def test_accounts_roll_up_on_the_page_and_in_the_api(company, client):
    page = client.get("/accounts", params={"lang": "en"}).text
    assert page.index("가나전자") < page.index("가나부품")
    found = client.get("/api/v1/accounts").json()
    assert [
        (each["account_name"], each["depth"], Decimal(each["net_sales"]), Decimal(each["group_net_sales"]))
        for each in found["accounts"]
    ] == [
        ("가나전자", 0, Decimal(1000), Decimal("1570.25")),
        ("가나부품", 1, Decimal("570.25"), Decimal("570.25")),
    ]
    assert client.get("/accounts/999").status_code == 404
    assert client.get(f"/accounts/{found['accounts'][0]['account_id']}").status_code == 200


def test_a_rule_counts_people_homes_and_accounts(client, company):
    assert company.customers.units("") == {"household": 3, "account": 2}
    found = client.get("/api/v1/audience", params={"rule": "household_size_found >= 2"}).json()
    assert (found["total"], found["households"], found["accounts"]) == (2, 1, 2)
    page = client.get("/customers", params={"rule": "household_size_found >= 2", "lang": "ko"}).text
    assert "1가구" in page


def test_exports_have_homes_and_accounts(company, tmp_path):
    assert company.export("households", tmp_path / "h.csv") == 2
    assert company.export("accounts", tmp_path / "a.csv") == 2
    with (tmp_path / "h.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["member_count"] for row in rows) == ["1", "2"]
    assert {Decimal(row["net_sales"]) for row in rows} == {Decimal("1500.25"), Decimal(70)}
