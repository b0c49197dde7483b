"""Headers and what they mean."""

import pytest

from dangol.core.errors import ConfigError
from dangol.core.tables import TABLES
from dangol.intake.header import is_refused, plain
from dangol.intake.mapping import choose_table, map_headers
from dangol.intake.settings import SourceSettings

NONE = SourceSettings(name="x", files=("x",))


@pytest.mark.parametrize("header", ["주문금액(원)", "주문 금액", "주문_금액 [KRW]", "주문금액（원）"])
def test_units_spaces_and_signs_do_not_matter(header):
    assert plain(header) == "주문금액"


@pytest.mark.parametrize(
    ("header", "refused"), [("주민등록번호", True), ("RRN", True), ("주민 번호", True), ("주문번호", False), ("current", False)]
)
def test_forbidden_headers(header, refused):
    assert is_refused(header) is refused


@pytest.mark.parametrize("table", list(TABLES))
def test_our_own_names_always_map_to_themselves(table):
    names = list(TABLES[table].by_name)
    mapped, problems = map_headers(names, TABLES[table], NONE, None)
    assert problems == []
    assert dict(mapped.columns) == {name: (name,) for name in names}


def test_receivers_are_not_customers():
    headers = ["회원번호", "수취인 이름", "수령인전화번호", "receiver name", "수취인 휴대폰"]
    mapped, _ = map_headers(headers, TABLES["customers"], NONE, None)
    assert dict(mapped.columns) == {"customer_ref": ("회원번호",)}
    assert len(mapped.unmapped) == 4


def test_two_headers_for_one_column_are_a_question():
    headers = ["주문번호", "주문일시", "결제일시"]
    _, problems = map_headers(headers, TABLES["orders"], NONE, None)
    assert "'주문일시' and '결제일시' may both be ordered_at" in problems[0]
    chosen = SourceSettings(name="x", files=("x",), columns={"ordered_at": "결제일시"})
    mapped, problems = map_headers(headers, TABLES["orders"], chosen, None)
    assert problems == []
    assert mapped.columns["ordered_at"] == ("결제일시",)


def test_our_own_name_wins_over_synonyms():
    mapped, problems = map_headers(["order_id", "ordered_at", "date"], TABLES["orders"], NONE, None)
    assert problems == []
    assert mapped.unmapped == ("date",)


@pytest.mark.parametrize(
    ("headers", "table"),
    [
        (["주문번호", "주문일시", "회원번호", "결제금액"], "orders"),
        (
            ["invoice", "stock_code", "description", "quantity", "invoice_date", "unit_price", "customer_id", "country"],
            "order_lines",
        ),
        (["회원번호", "이름", "휴대전화"], "customers"),
        (["상품코드", "상품명", "카테고리"], "products"),
        (["date", "channel", "cost"], "spend"),
        (["회원번호", "수신채널", "수신동의", "동의일시"], "consents"),
    ],
)
def test_tables_are_recognised(headers, table):
    chosen, _, reason = choose_table(headers, NONE, None)
    assert reason == ""
    assert chosen is TABLES[table]


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"table": "segment_facts"}, "region,population_count,period_from\n서울,9400000,2026-01-01\n"),
        ({"table": "customers", "provenance": "external"}, "customer_ref,region\nc1,서울\n"),
    ],
)
def test_data_from_outside_say_whose_they_are(shop, settings, text):
    shop.write("panel.csv", text)
    with pytest.raises(ConfigError, match="must say owner, legal_basis"):
        shop.file("panel.csv", refresh_days=30, **settings)
    told_all = {"owner": "CRM", "refresh_days": 30, "legal_basis": "licence"}
    assert shop.file("panel.csv", **told_all, **settings).total("rows_loaded") == 1
