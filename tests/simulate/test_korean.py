"""Office files: encodings, headers, amounts, faults, and that intake takes them as the truth says."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import yaml

from dangol.core.engine import Duck
from dangol.core.tables import TABLES
from dangol.intake import SourceSettings, Terms, load
from dangol.simulate import Truth, read_truth
from dangol.simulate.sheets import SHEETS

Made = tuple[Path, Truth]


def rows_of(folder: Path, pattern: str, encoding: str, skip: int = 0) -> list[dict[str, str]]:
    found = []
    for file in sorted((folder / "data").glob(pattern)):
        lines = file.read_bytes().decode(encoding)
        found += list(csv.DictReader(io.StringIO("".join(lines.splitlines(keepends=True)[skip:]), newline="")))
    return found


def test_members_are_written_in_cp949(korean: Made) -> None:
    folder, truth = korean
    raw = (folder / "data" / "온라인몰_회원.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    members = rows_of(folder, "온라인몰_회원.csv", "cp949")
    assert len(members) == truth.rows["mall_members"]
    assert all(re.fullmatch(r"010-\d{4}-\d{4}", row["휴대폰번호"]) for row in members)
    assert all(re.fullmatch(r"[가-힣]{3,4}", row["이름"]) for row in members)
    assert len({row["이메일"] for row in members if row["이메일"]}) == len([row for row in members if row["이메일"]])


def test_orders_have_a_mark_a_title_and_amounts_in_won(korean: Made) -> None:
    folder, truth = korean
    raw = (folder / "data" / "온라인몰_주문.csv").read_bytes()
    assert raw.startswith("\ufeff한빛상회".encode())
    assert raw.count(b"\n") == raw.count(b"\r\n")
    orders = rows_of(folder, "온라인몰_주문.csv", "utf-8-sig", skip=1)
    assert len(orders) == truth.rows["mall_order_lines"] + 12
    assert all(re.fullmatch(r"-?\d{1,3}(,\d{3})*원", row["판매단가"]) for row in orders)
    assert re.fullmatch(r"20\d\d\.\d\d\.\d\d \d\d:\d\d:\d\d", orders[0]["주문일시"])
    assert sum(row["판매단가"].startswith("-") for row in orders) == 5
    assert len(orders) - len({tuple(row.values()) for row in orders}) == 4


def test_tills_write_a_file_a_year(korean: Made) -> None:
    folder, truth = korean
    years = [file.stem[-4:] for file in sorted((folder / "data").glob("POS_판매_*.csv"))]
    lines = rows_of(folder, "POS_판매_*.csv", "utf-8")
    assert years == ["2024", "2025", "2026"]
    assert len(lines) == truth.rows["pos_order_lines"] + 6
    assert {row["매장코드"] for row in lines} <= {f"S{number:02d}" for number in range(1, 11)}
    assert all(row["상품명"] and row["카테고리"] for row in lines)


def test_spend_is_a_workbook_under_a_title(korean: Made) -> None:
    folder, truth = korean
    sheet = openpyxl.load_workbook(folder / "data" / "광고비.xlsx").active
    assert sheet is not None
    found = list(sheet.iter_rows(values_only=True))
    assert found[2][:3] == ("일자", "매체", "집행금액")
    assert len(found) - 3 == truth.rows["spend"] == 4 * 730


def test_events_are_segments_words_one_object_a_line(korean: Made) -> None:
    folder, truth = korean
    events = [json.loads(line) for line in (folder / "data" / "웹이벤트.jsonl").read_text(encoding="utf-8").splitlines()]
    names = {each["event"] for each in events}
    assert len(events) == truth.rows["mall_events"]
    assert names == {"Products Searched", "Product Viewed", "Product Added", "Checkout Started", "Order Completed"}
    assert 0.05 < sum("userId" not in each for each in events) / len(events) < 0.25
    assert all("value" in each["properties"] for each in events if each["event"] == "Order Completed")
    completed = sum(each["event"] == "Order Completed" for each in events)
    orders = rows_of(folder, "온라인몰_주문.csv", "utf-8-sig", skip=1)
    assert completed == len({row["주문번호"] for row in orders if "X" not in row["주문번호"]})


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_every_required_column_is_delivered(name: str) -> None:
    sheet = SHEETS[name]
    delivered = set(sheet.columns) | set(sheet.constants or {})
    assert set(TABLES[sheet.table].required) <= delivered


def test_intake_takes_the_good_rows_and_refuses_exactly_the_bad_ones(korean: Made, tmp_path: Path) -> None:
    folder, truth = korean
    document = yaml.safe_load((folder / "dangol.yaml").read_text(encoding="utf-8"))
    sources = [SourceSettings(**each) for each in document["sources"]]
    terms = Terms(root=tmp_path, base=folder, now=datetime(2026, 11, 1))
    with Duck() as duck:
        report = load(sources, terms, duck)
    loaded: dict[str, int] = {}
    refused: dict[str, int] = {}
    for handled in report.handled:
        source = handled.delivery.source
        loaded[source] = loaded.get(source, 0) + handled.delivery.rows_loaded
        refused[source] = refused.get(source, 0) + handled.delivery.rows_quarantined
    faults = read_truth(folder, "bad_rows").to_pylist()
    expected = {name: sum(row["row_count"] for row in faults if row["file"] == name) for name in loaded}
    assert refused == expected
    assert loaded == {name: truth.rows[name] for name in loaded}
