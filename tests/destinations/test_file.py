"""The file for people: read back by csv and openpyxl, harmless, masked, the same bytes again."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.core.cleared import Cleared
from dangol.core.declare import Delivered, Parcel
from dangol.core.errors import ConsentError, DangolError, DestinationError
from dangol.core.masking import mask_address, mask_email, mask_name, mask_phone
from dangol.destinations.file import TRIGGERS, escaped, file
from dangol.destinations.hashed_file import hashed_file

ClearedFor = Callable[[Iterable[int]], Cleared]
BOM = b"\xef\xbb\xbf"


def people(**more: list[Any]) -> pa.Table:
    return pa.table(
        {
            "customer_id": [3, 1, 2],
            "customer_name": ["김철수", "홍길동", "Anna Smith"],
            "phone": ["010-3333-4444", "010-1234-5678", None],
            "email": ["c@example.com", "hong.gildong@example.com", "anna@example.com"],
            **more,
        }
    )


def read_csv(delivered: tuple[Delivered, ...]) -> list[dict[str, str]]:
    with delivered[0].path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def read_xlsx(delivered: tuple[Delivered, ...]) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(delivered[1].path).active.iter_rows(values_only=True))


def test_names_and_addresses_are_masked_without_a_reason(cleared_for: ClearedFor, tmp_path: Path) -> None:
    rows = read_csv(file.deliver(cleared_for([1, 2, 3]), Parcel("win_back", people()), tmp_path))
    assert [row["이름"] for row in rows] == ["홍*동", "A*** S****", "김*수"]
    assert [row["휴대전화"] for row in rows] == ["010-****-5678", "", "010-****-4444"]
    assert [row["이메일"] for row in rows] == ["ho***@example.com", "an***@example.com", "c***@example.com"]
    assert rows[0] | {"이름": "", "휴대전화": "", "이메일": ""} == {
        "고객": "1",
        "채널": "email",
        "동의 일시(UTC)": "2026-05-01 09:30:00",
        "야간 수신 동의": "예",
        "이름": "",
        "휴대전화": "",
        "이메일": "",
    }


def test_a_reason_shows_them(cleared_for: ClearedFor, tmp_path: Path) -> None:
    parcel = Parcel("win_back", people(), reason="문자 발송", language="en")
    rows = read_csv(file.deliver(cleared_for([1, 2, 3]), parcel, tmp_path))
    assert [(row["Name"], row["Phone"]) for row in rows] == [
        ("홍길동", "010-1234-5678"),
        ("Anna Smith", ""),
        ("김철수", "010-3333-4444"),
    ]
    blank = Parcel("win_back", people(), reason="  ")
    assert "홍*동" in file.deliver(cleared_for([1]), blank, tmp_path)[0].path.read_text("utf-8-sig")


def test_the_file_is_utf8_with_a_mark_and_crlf(cleared_for: ClearedFor, tmp_path: Path) -> None:
    (text, book) = file.deliver(cleared_for([1]), Parcel("a", people()), tmp_path)
    assert text.path.read_bytes().startswith(BOM)
    assert text.path.read_bytes().count(b"\r\n") == 2
    assert (text.row_count, book.row_count) == (1, 1)
    assert {oct(each.path.stat().st_mode & 0o777) for each in (text, book)} == {"0o600"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.xlsx"]


def test_the_same_input_gives_the_same_bytes(cleared_for: ClearedFor, tmp_path: Path) -> None:
    parcel = Parcel("a", people(score=[1.5, -2.0, None]))
    shuffled = Parcel("a", parcel.contacts.take([2, 0, 1]))
    one = file.deliver(cleared_for([1, 2, 3]), parcel, tmp_path / "one")
    two = file.deliver(cleared_for([3, 2, 1]), shuffled, tmp_path / "two")
    assert [each.sha256 for each in one] == [each.sha256 for each in two]
    assert [each.sha256 for each in one] == [hashlib.sha256(each.path.read_bytes()).hexdigest() for each in one]


ATTACKS = ["=1+1", "+82", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_formulas_are_text_in_both_files(cleared_for: ClearedFor, tmp_path: Path, attack: str) -> None:
    contacts = pa.table({"customer_id": [1], "note": [attack], attack: ["header"]})
    delivered = file.deliver(cleared_for([1]), Parcel("a", contacts), tmp_path)
    (row,) = read_csv(delivered)
    assert row["note"] == f"'{attack}"
    assert row[f"'{attack}"] == "header"
    cells = [cell for line in openpyxl.load_workbook(delivered[1].path).active.iter_rows() for cell in line]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(str(cell.value).startswith("'") for cell in cells)


def test_numbers_stay_numbers(cleared_for: ClearedFor, tmp_path: Path) -> None:
    amounts = pa.array([Decimal("-12.50"), Decimal("3.00"), None], pa.decimal128(18, 2))
    contacts = people(score=[-1.5, 2.0, float("nan")], net_sales=amounts)
    delivered = file.deliver(cleared_for([1, 2, 3]), Parcel("a", contacts), tmp_path)
    assert [(row["점수"], row["net_sales"]) for row in read_csv(delivered)] == [("2.0", "3.00"), ("", ""), ("-1.5", "-12.50")]
    assert [line[-2:] for line in read_xlsx(delivered)[1:]] == [(2, 3), (None, None), (-1.5, -12.5)]


@given(text=st.text(max_size=30))
def test_nothing_a_spreadsheet_computes_gets_through(text: str) -> None:
    assert not escaped(text).startswith(TRIGGERS)
    assert escaped(text).removeprefix("'") == text.removeprefix("'")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(allowed=st.sets(st.integers(1, 9), min_size=1), known=st.sets(st.integers(1, 9)))
def test_only_cleared_customers_leave(cleared_for: ClearedFor, tmp_path: Path, allowed: set[int], known: set[int]) -> None:
    contacts = pa.table(
        {"customer_id": pa.array(sorted(known), pa.int64()), "email": [f"p{each}@example.com" for each in sorted(known)]}
    )
    parcel = Parcel("a", contacts, reason="발송")
    rows = read_csv(file.deliver(cleared_for(allowed), parcel, tmp_path))
    assert [int(row["고객"]) for row in rows] == sorted(allowed)
    assert {row["이메일"] for row in rows} - {""} == {f"p{each}@example.com" for each in allowed & known}
    (machine,) = hashed_file.deliver(cleared_for(allowed), parcel, tmp_path)
    assert machine.row_count == len(allowed & known)


@pytest.mark.parametrize("deliver", [file.deliver, hashed_file.deliver])
@pytest.mark.parametrize(
    "given", [None, [1, 2], pa.table({"customer_id": [1]}), object.__new__(Cleared)], ids=["none", "list", "table", "forged"]
)
def test_anything_but_cleared_is_refused(tmp_path: Path, deliver: Any, given: Any) -> None:
    with pytest.raises(ConsentError):
        deliver(given, Parcel("a", people()), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_contact_rows_of_one_customer_are_named(cleared_for: ClearedFor, tmp_path: Path) -> None:
    with pytest.raises(DestinationError, match="customer 1 has more"):
        file.deliver(cleared_for([1, 2]), Parcel("a", pa.table({"customer_id": [1, 1]})), tmp_path)


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".hidden", "a b"])
def test_a_file_stays_in_its_folder(name: str) -> None:
    with pytest.raises(DangolError):
        Parcel(name, people())


@pytest.mark.parametrize(
    ("mask", "text", "expected"),
    [
        (mask_name, "홍길동", "홍*동"),
        (mask_name, "이산", "이*"),
        (mask_name, "황보관우", "황**우"),
        (mask_name, "김", "김*"),
        (mask_name, "", ""),
        (mask_name, "Jean Luc", "J*** L**"),
        (mask_phone, "010-1234-5678", "010-****-5678"),
        (mask_phone, "+821012345678", "+821*****5678"),
        (mask_phone, "1234567", "*******"),
        (mask_phone, "", ""),
        (mask_email, "abc@x.kr", "a***@x.kr"),
        (mask_email, "nothing", "***"),
        (mask_email, "", ""),
        (mask_address, "서울시 강남구 테헤란로 1", "서울시 강남구 ***"),
        (mask_address, "제주", "***"),
        (mask_address, "", ""),
    ],
)
def test_masks(mask: Callable[[str], str], text: str, expected: str) -> None:
    assert mask(text) == expected
