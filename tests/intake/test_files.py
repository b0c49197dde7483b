"""Files as Korean shops export them: encodings, title rows, spreadsheets, JSON lines, databases, and what is refused."""

import datetime as dt
import gzip
import io
import sqlite3
import zipfile
from decimal import Decimal

import msoffcrypto.format.ooxml as ooxml
import openpyxl
import pytest

from dangol.core.errors import ConfigError, SourceError
from dangol.intake import DatabaseSettings, SourceSettings

KOREAN = """주문번호,주문일시,회원번호,상품코드,상품명,수량,판매가,할인금액
A1,2026.11.21 15:05,c1,p1,사과,2,"1,500원",-100
A2,2026-11-22,c2,p2,배,1,2000,0
"""


def check_korean(shop):
    lines = shop.rows("order_lines", "order_id, ordered_at, quantity, unit_price, discount_amount, net_amount, line_no")
    assert lines[0] == {
        "order_id": "A1",
        "ordered_at": dt.datetime(2026, 11, 21, 6, 5),
        "quantity": 2.0,
        "unit_price": Decimal("1500.00"),
        "discount_amount": Decimal("100.00"),
        "net_amount": Decimal("2900.00"),
        "line_no": 1,
    }
    assert [row["product_name"] for row in shop.rows("products", "product_name, row_no")] == ["사과", "배"]
    assert [row["customer_ref"] for row in shop.rows("orders", "customer_ref, row_no")] == ["c1", "c2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_are_detected(shop, encoding):
    report = shop.file(shop.write("orders.csv", KOREAN, encoding))
    assert report.total("rows_loaded") == 2
    check_korean(shop)


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_delimiters_and_line_ends_are_detected(shop, delimiter):
    text = KOREAN.replace('"1,500원"', "1500").replace(",", delimiter).replace("\n", "\r\n")
    shop.file(shop.write("orders.txt", text))
    check_korean(shop)


def test_title_rows_are_skipped_and_row_numbers_are_those_of_the_file(shop):
    shop.file(shop.write("orders.csv", "주문 내역\n기간: 2026-11-01 ~ 2026-11-30\n\n" + KOREAN))
    check_korean(shop)
    assert [row["row_no"] for row in shop.rows("order_lines", "row_no")] == [5, 6]


def test_packed_csv(shop):
    (shop.folder / "orders.csv.gz").write_bytes(gzip.compress(KOREAN.encode("cp949")))
    shop.file("orders.csv.gz")
    check_korean(shop)


def workbook(shop, name="orders.xlsx"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "주문"
    sheet.append(["11월 주문 내역"])
    sheet.append([])
    sheet.append(["주문번호", "주문일시", "회원번호", "상품코드", "상품명", "수량", "판매가(원)", "할인금액"])
    sheet.append(["A1", dt.datetime(2026, 11, 21, 15, 5), "c1", "p1", "사과", 2, 1500, -100])
    sheet.append([])
    sheet.append(["A2", dt.datetime(2026, 11, 22), "c2", "p2", "배", 1, "2,000원", None])
    book.create_sheet("메모").append(["보지 마세요"])
    book.save(shop.folder / name)
    return name


def test_workbook_with_title_rows(shop):
    report = shop.file(workbook(shop))
    check_korean(shop)
    assert [row["row_no"] for row in shop.rows("order_lines", "row_no")] == [4, 6]
    assert "메모" in "\n".join(report.lines("ko"))


def test_cells_beyond_the_headers_are_reported(shop):
    book = openpyxl.Workbook()
    book.active.append(["order_id", "ordered_at"])
    book.active.append(["A1", dt.date(2026, 11, 21), "stray"])
    book.save(shop.folder / "orders.xlsx")
    report = shop.file("orders.xlsx", table="orders")
    assert "column 3" in "\n".join(report.lines("en"))


def locked(shop, password):
    name = workbook(shop, "plain.xlsx")
    with (shop.folder / name).open("rb") as given, (shop.folder / "locked.xlsx").open("wb") as written:
        ooxml.OOXMLFile(given).encrypt(password, written)
    (shop.folder / name).unlink()
    return "locked.xlsx"


def test_locked_workbook_opens_with_its_password(shop, monkeypatch):
    name = locked(shop, "dangol!")
    with pytest.raises(SourceError, match="locked with a password"):
        shop.file(name)
    monkeypatch.setenv("BOOK_PASSWORD", "wrong")
    with pytest.raises(SourceError, match="does not open") as found:
        shop.file(name, password_env="BOOK_PASSWORD")
    assert "wrong" not in str(found.value)
    monkeypatch.setenv("BOOK_PASSWORD", "dangol!")
    shop.file(name, password_env="BOOK_PASSWORD")
    check_korean(shop)


def test_json_lines_with_inner_objects_and_a_broken_line(shop):
    lines = [
        '{"event":"view","timestamp":"2026-11-21T06:05:00Z","userId":"c1","properties":{"url":"/a","value":3}}',
        '{"event":',
        '{"event":"cart","timestamp":"2026-11-21T06:06:00Z"}',
    ]
    report = shop.file(
        shop.write("events.jsonl", "\n".join(lines)),
        table="events",
        columns={"page_url": "properties.url", "customer_ref": "userId"},
    )
    assert (report.total("rows_in"), report.total("rows_loaded"), report.total("rows_quarantined")) == (3, 2, 1)
    assert shop.rows("events", "event_name, customer_ref, page_url, row_no")[0] == {
        "event_name": "view",
        "customer_ref": "c1",
        "page_url": "/a",
        "row_no": 1,
    }


def database(shop):
    with sqlite3.connect(shop.folder / "shop.db") as connection:
        connection.execute("create table 주문 (order_id int, ordered_at text, customer_id text, total real)")
        connection.executemany(
            "insert into 주문 values (?, ?, ?, ?)",
            [(place, "2026-11-21 10:00", f"c{place % 3}", place * 1.5) for place in range(120)],
        )


@pytest.mark.parametrize("where", [{"table": "주문"}, {"query": "select * from 주문"}])
def test_database(shop, where):
    database(shop)
    source = SourceSettings(name="shop", database=DatabaseSettings(url="sqlite:///shop.db", **where))
    report = shop.load(source)
    assert report.total("rows_loaded") == 120
    assert sum(row["net_amount"] for row in shop.rows("orders", "net_amount, row_no")) == Decimal("10710.00")
    assert [each.status for each in shop.load(source).handled] == ["unchanged"]


def test_database_errors(shop, monkeypatch):
    database(shop)
    monkeypatch.setenv("SHOP_DB_URL", "sqlite:///shop.db")
    for where, error, said in (
        ({"url_env": "SHOP_DB_URL", "table": "nowhere"}, SourceError, "no table 'nowhere'"),
        ({"url_env": "SHOP_DB_URL", "query": "drop table x"}, ConfigError, "must be a select"),
        ({"url_env": "SHOP_DB_URL", "query": "select nothing from x"}, SourceError, "refused"),
        ({"url": "postgresql://me:hunter2@host/shop", "table": "orders"}, ConfigError, "carries a password"),
        ({"url": "sqlite:///other.db", "table": "orders"}, SourceError, "no database"),
    ):
        with pytest.raises(error, match=said) as found:
            shop.load(SourceSettings(name="shop", database=DatabaseSettings(**where)))
        assert "hunter2" not in str(found.value)


def broken_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hello.txt", "no workbook")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "settings", "said"),
    [
        ("a.csv", b"", {}, "empty"),
        ("a.csv", KOREAN.split("\n", maxsplit=1)[0].encode(), {}, "no rows"),
        ("a.csv", KOREAN.encode("cp949"), {"encoding": "utf-8"}, "not written in 'utf-8'"),
        ("a.csv", KOREAN.encode(), {"encoding": "utf-99"}, "no encoding 'utf-99'"),
        ("a.xlsx", b"PK\x03\x04 broken", {}, "damaged"),
        ("a.xlsx", broken_zip(), {}, "damaged"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0 broken", {}, "damaged"),
        ("a.parquet", b"PAR1 broken", {}, "damaged"),
        ("a.zip", broken_zip(), {}, "unpack"),
        ("a.xlsm", b"PK", {}, "without macros"),
        ("a.pdf", b"%PDF", {}, "no reader"),
        ("a.csv", "주민등록번호,회원번호\n1,2\n".encode(), {}, "law forbids"),
        ("a.csv", KOREAN.encode(), {"columns": {"order_id": "주문 번"}}, "did you mean '주문번호'"),
        ("a.csv", KOREAN.encode(), {"columns": {"oder_id": "주문번호"}}, "did you mean 'order_id'"),
        ("a.csv", KOREAN.encode(), {"table": "oders"}, "did you mean 'orders'"),
        ("a.csv", KOREAN.encode(), {"preset": "cafe25"}, "unknown preset"),
        ("a.csv", KOREAN.encode(), {"currency": "USD"}, "not the company's 'KRW'"),
        ("a.csv", KOREAN.encode(), {"header_row": 99}, "below the last row"),
        ("a.csv", b"x,y\n1,2\n", {}, "not clear from the headers"),
        ("a.csv", b"customer_id\n1\n", {"table": "orders"}, "no header means order_id"),
        ("a.csv", KOREAN.encode(), {"constants": {"ordered_at": "someday"}}, "is no moment"),
    ],
)  # fmt: skip
def test_refusals(shop, name, content, settings, said):
    (shop.folder / name).write_bytes(content)
    with pytest.raises((SourceError, ConfigError)) as found:
        shop.file(name, **settings)
    assert said in str(found.value)
    assert not (shop.root / "intake.json").exists()


def test_all_sources_are_looked_at_before_anything_is_loaded(shop):
    shop.write("good.csv", KOREAN)
    shop.write("empty.csv", "")
    with pytest.raises(SourceError) as found:
        shop.load(*(SourceSettings(name=name, files=(f"{name}.csv",)) for name in ("good", "empty", "missing")))
    assert len(found.value.problems) == 2
    assert "source empty" in found.value.problems[0]
    assert "no file fits 'missing.csv'" in found.value.problems[1]
    assert not (shop.root / "tables").exists()


HEADS = "주문번호,주문일시,회원번호,상품코드,수량,판매가"
ENDS = {
    "a title with another end": f"주문 내역\n{HEADS}\r\nA1,2026-11-21 15:05,c1,p1,2,1500\r\nA2,2026-11-22 10:00,c2,p2,1,2000\r\n",
    "headers with another end": f"{HEADS}\nA1,2026-11-21 15:05,c1,p1,2,1500\r\nA2,2026-11-22 10:00,c2,p2,1,2000\r\n",
    "rows glued from two systems": f"{HEADS}\r\nA1,2026-11-21 15:05,c1,p1,2,1500\r\nA2,2026-11-22 10:00,c2,p2,1,2000\n",
    "a line within a cell": f'{HEADS}\r\nA1,2026-11-21 15:05,c1,"p\n1",2,1500\r\nA2,2026-11-22 10:00,c2,p2,1,2000\r\n',
    "as old Macs wrote": f"{HEADS}\rA1,2026-11-21 15:05,c1,p1,2,1500\rA2,2026-11-22 10:00,c2,p2,1,2000\r",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("text", ENDS.values(), ids=ENDS)
def test_lines_may_end_in_different_ways(shop, text, encoding):
    shop.write("lines.csv", text, encoding)
    report = shop.file("lines.csv", table="order_lines")
    assert (report.total("rows_in"), report.total("rows_loaded")) == (2, 2)
    assert [row["order_id"] for row in shop.rows("order_lines", "order_id, row_no")] == ["A1", "A2"]
