"""Leads named by e-mail or telephone are the customers they are: one refusal stands for both, and forgetting takes both."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from dangol.workspace.adding import add_sources
from dangol.workspace.company import Company
from dangol.workspace.starting import start_company

FIRST = datetime(2026, 1, 1, 3)
LEADS, CUSTOMERS = 900, 300
# Among the leads: a customer by e-mail who agreed and opted out as a lead; one by telephone and name who refused calls.
BY_EMAIL, BY_PHONE = 3, 4
FAMILY, GIVEN = "김이박최정강조윤장임한오서신권황안송전홍", "민서지하도수예채현은태유준우진아영호연석"


def written(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return path


def person(kind: str, number: int) -> tuple[str, str, str]:
    """Name, e-mail and mobile of somebody, the same in every file."""
    dice = Random(f"{kind}{number}")
    name = dice.choice(FAMILY) + dice.choice(GIVEN) + dice.choice(GIVEN)
    user = "".join(dice.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(9))
    return name, f"{user}@example.com", f"010-{dice.randint(2000, 9999)}-{dice.randint(0, 9999):04d}"


def lead_rows() -> list[list[Any]]:
    dice, rows = Random(6), []
    for number in range(LEADS):
        size, created = dice.choice(["소기업", "중기업", "대기업"]), FIRST + timedelta(hours=dice.randint(0, 4_000))
        converts = dice.random() < {"소기업": 0.05, "중기업": 0.3, "대기업": 0.7}[size]
        (name, email, phone), refuses = person("lead", number), "아니오"
        if number == BY_EMAIL:
            size, converts = "대기업", False
            (name, email, _), phone, refuses = person("customer", BY_EMAIL), "", "예"
        if number == BY_PHONE:
            size, converts = "대기업", False
            (name, _, phone), email = person("customer", BY_PHONE), ""
        rows.append([number, name, email, phone, refuses, size, "광고", created, "예" if converts else "아니오"])
    return rows


HEADER = ["리드 번호", "이름", "이메일", "휴대전화", "이메일 수신거부", "기업 규모", "유입경로", "생성일", "전환여부"]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Customers with consents and orders, and leads of which the numbers are those of other customers."""
    base = tmp_path_factory.mktemp("both")
    start_company(base, name="양쪽", zone="Asia/Seoul", currency="KRW", language="ko")
    people = [[number, *person("customer", number)] for number in range(CUSTOMERS)]
    agreed = [[number, "이메일", "동의", "2026-06-01 09:00"] for number in range(CUSTOMERS)]
    agreed.append([BY_PHONE, "전화", "거부", "2026-06-02 09:00"])
    orders = [[f"O{n}", n % CUSTOMERS, FIRST + timedelta(hours=5 * n), 10_000] for n in range(CUSTOMERS * 3)]
    files = [
        written(base / "회원.csv", ["고객번호", "이름", "이메일", "휴대전화"], people),
        written(base / "수신동의.csv", ["고객번호", "채널", "동의여부", "동의일시"], agreed),
        written(base / "주문.csv", ["주문번호", "고객번호", "주문일시", "결제금액"], orders),
        written(base / "리드.csv", HEADER, lead_rows()),
    ]
    add_sources(base, files)
    found = Company.open(base)
    found.run()
    return found


def customer_of(company: Company, ref: str) -> int:
    found = company.snapshot.duck.cursor().value("select customer_id from identity_map where customer_ref = ?", [ref])
    assert found is not None
    return int(found)


def test_a_lead_is_the_customer_with_the_same_email_or_telephone_and_nobody_elses_number(company: Company) -> None:
    leads = dict(company.snapshot.duck.cursor().arrow("select lead_ref, customer_id from facts_leads").to_pydict().items())
    whose = dict(zip(leads["lead_ref"], leads["customer_id"], strict=True))
    assert whose[str(BY_EMAIL)] == customer_of(company, str(BY_EMAIL))
    assert whose[str(BY_PHONE)] == customer_of(company, str(BY_PHONE))
    ours = {customer_of(company, str(number)) for number in range(CUSTOMERS)}
    others = [whose[str(number)] for number in range(LEADS) if number not in (BY_EMAIL, BY_PHONE)]
    assert not ours & set(others)
    assert len(set(others)) == LEADS - 2


def test_what_reaches_a_lead_is_kept_with_the_person_alone(company: Company) -> None:
    columns = set(company.snapshot.duck.cursor().columns("facts_leads"))
    assert not columns & {"email", "phone", "customer_name"}
    told = company.snapshot.duck.cursor().value("select string_agg(attributes, '') from facts_leads")
    assert "기업 규모" in told
    assert "@example" not in told
    assert "010-" not in told
    found = company.snapshot.duck.cursor().rows("select email, phone from people where customer_id = ?", [lead(company, 7)])
    assert found == [dict(zip(("email", "phone"), person("lead", 7)[1:], strict=True))]


def lead(company: Company, number: int) -> int:
    found = company.snapshot.duck.cursor().value("select customer_id from facts_leads where lead_ref = ?", [str(number)])
    return int(found)


def test_who_refuses_as_a_lead_has_refused_as_a_customer(company: Company) -> None:
    rows = company.snapshot.duck.cursor().rows("select customer_id, allowed from consents_now where channel = 'email'")
    refused = {row["customer_id"] for row in rows if not row["allowed"]}
    assert refused == {customer_of(company, str(BY_EMAIL))}
    assert sum(row["allowed"] for row in rows) == CUSTOMERS - 1


def test_who_refused_calls_as_a_customer_is_on_no_list_of_leads(company: Company) -> None:
    lists = company.worklists
    found = lists.plan(lists.asked("leads", 1_000, 10))
    listed = {row["lead_ref"] for row in found.rows}
    assert str(BY_PHONE) not in listed
    assert str(BY_EMAIL) in listed
    assert found.uncallable == 1


def test_forgetting_the_customer_forgets_the_lead_and_keeps_out_when_the_file_comes_again(company: Company) -> None:
    number = customer_of(company, str(BY_PHONE))
    company.forget(company.to_forget(str(number)), who="x", reason="asked")
    company.run()
    assert company.snapshot.duck.cursor().value("select count(*) from facts_leads") == LEADS - 1
    again = lead_rows()
    again[0][5] = "소기업"
    written(company.base / "리드.csv", HEADER, again)
    company.run()
    assert company.snapshot.duck.cursor().value("select count(*) from facts_leads where lead_ref = ?", [str(BY_PHONE)]) == 0
    for path in (company.root / "tables").rglob("*.parquet"):
        told = str(pq.read_table(path).to_pylist()) if "leads" in str(path) or "customers" in str(path) else ""
        assert person("customer", BY_PHONE)[2] not in told
