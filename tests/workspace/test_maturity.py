"""Data maturity: what is there is counted as plain SQL would, and new data raise the stage."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from dangol.core.tables import FACTS
from dangol.faces.web import create_app
from dangol.workspace.company import Company
from dangol.workspace.maturity import ITEMS

KNOWN = "owner: us, refresh_days: 9999, legal_basis: contract"
SETTINGS = """company: {name: 가게, zone: Asia/Seoul, currency: KRW, margin_share: 0.3}
engine: {threads: 1}
sources:
"""
LINES = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount"


@pytest.fixture
def grow(tmp_path):
    """Add files to a company and look how far it is."""
    sources: list[str] = []

    def add(**files: str):
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
            sources.append(f"  - {{name: {name}, files: [{name}.csv], table: {name}, {KNOWN}}}\n")
        (tmp_path / "dangol.yaml").write_text(SETTINGS + "".join(sources))
        company = Company.open(tmp_path)
        company.run()
        return company.maturity()

    return add


def states(found):
    return {each.item.key: each.state for each in found.reached}


def test_orders_alone_are_part_of_the_first_stage_and_what_is_missing_is_listed(grow):
    rows = [f"O{number},C{number % 5},2026-0{1 + number % 5}-03 10:00,P,1,100" for number in range(20)]
    found = grow(order_lines="\n".join([LINES, *rows]))
    assert states(found) == {"purchases": "there"} | {each.key: "missing" for each in ITEMS if each.key != "purchases"}
    assert (found.stage, found.customers) == (0, 5)
    assert found.filled(1) == pytest.approx(1 / 6)
    waiting = {each.item.key: [question.number for question in each.waiting] for each in found.reached}
    assert {name: numbers for name, numbers in waiting.items() if numbers} == {
        "household": ["Q68"], "account": ["Q69"], "industry": ["Q69"], "region": ["Q11", "Q67"],
        "messages": ["K4", "K8", "Q38"], "reviews": ["K3"], "social": ["K3"]}  # fmt: skip


def test_more_data_raise_the_meter_and_shares_are_of_all_customers(grow):
    rows = [f"O{number},C{number % 10},2026-0{1 + number % 5}-03 10:00,P,1,100" for number in range(30)]
    members = [f"C{number},{'F' if number < 4 else ''},{'서울' if number < 8 else ''}" for number in range(10)]
    events = [f"E{number},C{number},2026-02-01 10:00,page_viewed" for number in range(3)]
    messages = ["M1,C1,2026-02-01 10:00,delivered,email"]
    found = grow(
        order_lines="\n".join([LINES, *rows]),
        customers="\n".join(["customer_ref,gender,region", *members]),
        events="\n".join(["event_id,customer_ref,occurred_at,event_name", *events]),
        messages="\n".join(["message_id,customer_ref,occurred_at,message_event,channel", *messages]),
        interactions="interaction_id,customer_ref,occurred_at,interaction_kind,body\nI1,C1,2026-02-02 10:00,call,\n",
    )
    shares = {each.item.key: each.share for each in found.reached}
    assert (shares["gender"], shares["region"], shares["web"], shares["messages"]) == (0.4, 0.8, 0.3, 0.1)
    assert {key: state for key, state in states(found).items() if state != "missing"} == {
        "purchases": "there", "web": "there", "messages": "partly", "region": "there", "gender": "partly",
        "conversations": "there"}  # fmt: skip
    assert found.stage == 1


def test_census_is_known_of_groups_only(grow):
    rows = [f"O{number},C{number % 5},2026-0{1 + number % 5}-03 10:00,P,1,100" for number in range(20)]
    found = grow(
        order_lines="\n".join([LINES, *rows]), segment_facts="region,population_count,period_from\n서울,9400000,2026-01-01\n"
    )
    census = next(each for each in found.reached if each.item.key == "census")
    assert (census.state, census.share) == ("there", None)
    assert states(found)["external"] == "missing"


def test_every_item_reads_tables_there_are():
    for item in ITEMS:
        for read in item.reads:
            table, _, column = read.partition(".")
            assert table in FACTS
            assert not column or column in FACTS[table].by_name


def test_the_api_says_the_same(grow, tmp_path):
    rows = [f"O{number},C{number % 5},2026-0{1 + number % 5}-03 10:00,P,1,100" for number in range(20)]
    found = grow(order_lines="\n".join([LINES, *rows]))
    said = json.loads(TestClient(create_app(Company.open(tmp_path)), base_url="http://127.0.0.1").get("/api/v1/maturity").text)
    assert said["stage"] == found.stage
    assert {each["item"]: each["state"] for each in said["items"]} == states(found)
