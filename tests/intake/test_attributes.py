"""Columns beyond ours: kept as attributes of leads with their headers, personal data never."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from dangol.intake.attributes import is_personal
from dangol.workspace.company import Company

HEADER = 'lead_ref,생성일,Lead source,업종 분류,담당자명,이메일,e-mail 2,메모,직원수(명),"따옴표 ""열"" [1]",Converted'
MEMO = (
    "지난달 박람회에서 만났고 예산은 다음 분기에 정해진다고 하였으며 대표와 통화한 뒤 다시 연락하기로 함. 경쟁사 제품을 쓰고 있음"
)


def rows(count=40):
    for place in range(count):
        kind = ("제조", "유통", "")[place % 3]
        yield (
            f"L{place},2025-01-{place % 28 + 1:02d},검색,{kind},김{'가나다라마'[place % 5]}{'바사아자차'[place % 4]},"
            f"p{place}@example.com,q{place}@example.org,{MEMO} {place},{place * 3},x{place % 2},{'Y' if place % 4 == 0 else 'N'}"
        )


@pytest.fixture
def loaded(tmp_path):
    (tmp_path / "leads.csv").write_text("\n".join([HEADER, *rows()]) + "\n", encoding="utf-8")
    return tmp_path


def load(base, more=""):
    source = f"{{name: crm, files: [leads.csv], table: leads{more}}}"
    (base / "dangol.yaml").write_text(f"company: {{name: 회사}}\nsources:\n  - {source}\n", encoding="utf-8")
    Company.open(base).load()
    (file,) = (base / ".dangol" / "tables" / "leads").glob("*.parquet")
    found = pq.read_table(file)
    return found, [json.loads(each) for each in found.column("attributes").to_pylist()]


def test_what_nothing_else_was_made_of_is_kept_with_its_header(loaded):
    table, attributes = load(loaded)
    assert attributes[1] == {"업종 분류": "유통", "직원수(명)": "3", '따옴표 "열" [1]': "x1"}
    assert attributes[2]["업종 분류"] is None
    assert table.column("lead_source").to_pylist()[0] == "검색"
    assert table.column("converted").to_pylist()[:5] == [True, False, False, False, True]


def test_names_addresses_and_notes_are_never_kept(loaded):
    _, attributes = load(loaded)
    text = json.dumps(attributes, ensure_ascii=False)
    assert "example" not in text
    assert "박람회" not in text
    assert "담당자명" not in text


def test_settings_say_which_columns_are_kept(loaded):
    _, attributes = load(loaded, ", columns: {attributes: [업종 분류]}")
    assert attributes[0] == {"업종 분류": "제조"}


def test_ignored_columns_are_not_kept(loaded):
    _, attributes = load(loaded, ", ignore: [직원수(명)]")
    assert "직원수(명)" not in attributes[0]
    assert "업종 분류" in attributes[0]


def test_tables_without_room_for_attributes_stay_as_they_were(tmp_path):
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_ref,ordered_at,net_amount,색상\n1,c,2025-01-01,10,빨강\n", encoding="utf-8"
    )
    (tmp_path / "dangol.yaml").write_text(
        "company: {name: 회사}\nsources:\n  - {name: shop, files: [orders.csv]}\n", encoding="utf-8"
    )
    Company.open(tmp_path).load()
    (file,) = (tmp_path / ".dangol" / "tables" / "orders").glob("*.parquet")
    assert "attributes" not in pq.read_table(file).column_names


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("First Name", []),
        ("담당자 연락처", []),
        ("비고", ["010-1234-5678", "010-9876-5432"]),
        ("field 7", ["a@b.co", "c@d.kr", "x"]),
        ("업체", ["123-45-67890", "220-81-62517"]),
        ("메모", [MEMO]),
        ("대표자", ["김가나", "이다라", "박마바", "최사아", "정자차", "강카타", "조파하", "윤가다", "장나라", "임마사"]),
    ],
)
def test_personal_columns_are_recognised(header, values):
    assert is_personal(header, values)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Country", ["India", "Korea", "India"]),
        ("업종", ["제조", "유통", "제조", "서비스"] * 5),
        ("Campaign name", ["Spring", "Autumn"]),
        ("예산", ["1000000", "2500000"]),
        ("TotalVisits", ["1", "3", "12"]),
    ],
)
def test_others_are_not(header, values):
    assert not is_personal(header, values)
