"""Loading: every row accounted for, every delivery once, the latest of overlapping ones."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.core.errors import SourceError
from dangol.intake import SourceSettings, accepted, deliveries, forget, quality, table_files

HEAD = "order_id,ordered_at,customer_id,product_id,quantity,unit_price\n"


def reasons(shop):
    return [(row["row_no"], row["column"], row["reason"]) for row in shop.quarantined()]


def test_every_reason_and_the_row_as_delivered(shop):
    rows = [
        "1,2026-11-01,c1,p1,1,100",
        ",2026-11-01,c1,p1,1,100",
        "3,어제,c1,p1,1,100",
        "4,2026-11-01,c1,p1,둘,100",
        "5,2026-11-01,c1,p1,1,-100",
        "6,2027-01-01,c1,p1,1,100",
        "7,2026-11-01,c1,,1,100",
        "8,2026-12-01 23:00,c1,p1,1,100",
        "9,2026-11-01",
        "10,2026-11-01,c1,p1,1,100,7,8",
        "11,,c1,p1,1,100",
    ]
    report = shop.file(shop.write("lines.csv", HEAD + "\n".join(rows)))
    assert reasons(shop) == [
        (3, "order_id", "missing"),
        (4, "ordered_at", "unreadable_date"),
        (5, "quantity", "unreadable_number"),
        (6, "unit_price", "too_low"),
        (7, "ordered_at", "future"),
        (8, "product_id", "missing"),
        (10, None, "ragged"),
        (11, None, "ragged"),
        (12, "ordered_at", "missing"),
    ]
    refused = {row["row_no"]: row for row in shop.quarantined()}
    assert refused[5]["value"] == "둘"
    assert '"quantity":"둘"' in refused[5]["record"]
    assert (report.total("rows_in"), report.total("rows_loaded"), report.total("rows_quarantined")) == (11, 2, 9)
    assert "들어온 행 11 = 적재 2 + 격리 9 + 반품으로 이동 0" in report.lines("ko")[0]


def test_negative_quantities_become_returns(shop):
    report = shop.file(shop.write("lines.csv", HEAD + "1,2026-11-01,c1,p1,2,100\nC2,2026-11-02,c1,p1,-1,100\n"))
    assert report.total("rows_moved") == 1
    (back,) = shop.rows("returns", "order_id, customer_ref, product_id, quantity, refund_amount, row_no")
    assert back == {
        "order_id": "C2",
        "customer_ref": "c1",
        "product_id": "p1",
        "quantity": 1.0,
        "refund_amount": Decimal("100.00"),
        "row_no": 3,
    }
    assert [row["order_id"] for row in shop.rows("orders", "order_id, row_no")] == ["1"]


def test_return_without_a_date_is_quarantined(shop):
    shop.file(shop.write("lines.csv", "order_id,product_id,quantity,net_amount\n1,p1,1,5\n2,p1,-1,-5\n"), table="order_lines")
    assert reasons(shop) == [(3, "quantity", "return_without_date")]


def test_duplicates_of_keyed_tables(shop):
    text = "order_id,ordered_at,total\n1,2026-11-01,5\n1,2026-11-01,5\n1,2026-11-01,6\n2,2026-11-01,5\n"
    shop.file(shop.write("orders.csv", text), table="orders")
    assert reasons(shop) == [(3, "order_id", "duplicate_row"), (4, "order_id", "same_key_other_content")]


def test_identical_lines_without_numbers_are_kept_and_counted(shop):
    report = shop.file(shop.write("lines.csv", HEAD + "1,2026-11-01,c1,p1,1,100\n" * 3))
    assert [row["line_no"] for row in shop.rows("order_lines", "line_no, row_no")] == [1, 2, 3]
    assert [(notice.code, notice.count) for notice in report.loaded[0].notices] == [("identical_lines", 2)]


def test_choices_are_translated_and_refused_where_strict(shop):
    shop.file(
        shop.write(
            "orders.csv",
            "주문번호,주문일시,주문상태,기기\n1,2026-11-01,배송완료,앱\n2,2026-11-01,취소,냉장고\n3,2026-11-01,모름,pc\n",
        ),
        table="orders",
    )
    assert [(row["status"], row["device"]) for row in shop.rows("orders", "status, device, row_no")] == [
        ("completed", "mobile"),
        ("cancelled", "냉장고"),
    ]
    assert reasons(shop) == [(4, "status", "not_a_choice")]


def test_currency_of_rows(shop):
    shop.file(
        shop.write("orders.csv", "order_id,ordered_at,currency\n1,2026-11-01,krw\n2,2026-11-01,USD\n3,2026-11-01,\n"),
        table="orders",
    )
    assert reasons(shop) == [(3, "currency", "unknown_currency")]


def test_products_take_the_most_frequent_name(shop):
    lines = "".join(f"{place},2026-11-01,c1,p1,1,100,{name}\n" for place, name in enumerate(["나", "가", "나", "가", ""]))
    shop.file(shop.write("lines.csv", HEAD.strip() + ",product_name\n" + lines))
    assert shop.rows("products", "product_name, row_no")[0]["product_name"] == "가"


def test_constants_and_sums_of_headers(shop):
    text = "order_id,ordered_at,product_id,quantity,sales,a,b\n1,2026-11-01,p1,1,10,-1,2\n2,2026-11-01,p1,1,10,,\n"
    shop.file(shop.write("lines.csv", text), columns={"coupon_amount": ("a", "b")}, constants={"channel": "offline"})
    assert [row["coupon_amount"] for row in shop.rows("order_lines", "coupon_amount, row_no")] == [Decimal("3.00"), None]
    assert {row["channel"] for row in shop.rows("orders", "channel, row_no")} == {"offline"}


def test_dates_that_can_be_read_two_ways(shop):
    shop.write("two.csv", "order_id,ordered_at\n1,03/04/2024\n2,05/06/2024\n")
    with pytest.raises(SourceError, match="two ways") as found:
        shop.file("two.csv", table="orders")
    assert "date_order" in str(found.value)
    shop.file("two.csv", table="orders", date_order="dmy")
    assert [row["ordered_at"].month for row in shop.rows("orders", "ordered_at, row_no")] == [4, 6]
    shop.write("told.csv", "order_id,ordered_at\n3,03/04/2024\n4,03/13/2024 15:00\n")
    shop.load(SourceSettings(name="other", files=("told.csv",), table="orders"))
    assert [row["ordered_at"].month for row in shop.rows("orders", "ordered_at, row_no, source") if row["row_no"] == 2] == [4, 3]


def test_unchanged_files_are_skipped_and_changed_mapping_replaces(shop):
    shop.write("orders.csv", "order_id,ordered_at,total,amount_paid\n1,2026-11-01,5,4\n")
    shop.file("orders.csv", table="orders")
    assert [each.status for each in shop.file("orders.csv", table="orders").handled] == ["unchanged"]
    shop.file("orders.csv", table="orders", columns={"net_amount": "amount_paid"})
    assert [row["net_amount"] for row in shop.rows("orders", "net_amount, row_no")] == [Decimal(4)]
    assert len(deliveries(shop.root)) == len(list((shop.root / "tables" / "orders").iterdir())) == 1


def test_changed_content_is_a_new_delivery_and_the_latest_stands(shop):
    shop.file(shop.write("lines.csv", HEAD + "1,2026-11-01,c1,p1,1,100\n1,2026-11-01,c1,p2,1,100\n2,2026-11-01,c1,p1,1,100\n"))
    shop.file(shop.write("new.csv", HEAD + "1,2026-11-01,c1,p9,1,100\n3,2026-11-03,c1,p1,1,100\n"))
    (shop.folder / "lines.csv").unlink()
    found = {(row["order_id"], row["product_id"]) for row in shop.rows("order_lines", "order_id, product_id, row_no")}
    assert found == {("1", "p9"), ("2", "p1"), ("3", "p1")}
    assert {row["order_id"] for row in shop.rows("orders", "order_id, row_no")} == {"1", "2", "3"}
    assert [len(files) for files in table_files(shop.root).values()] == [2, 2]
    report = quality(shop.root, shop.duck)
    assert {each.name: each.overlapping for each in report.tables} == {"orders": 1, "order_lines": 2}


def test_single_deliveries_are_read_as_they_are(shop):
    shop.file(shop.write("lines.csv", HEAD + "1,2026-11-01,c1,p1,1,100\n"))
    assert "JOIN" not in shop.duck.text(accepted(shop.root, "order_lines"))


def test_a_file_of_orders_outranks_what_lines_say_of_them(shop):
    shop.write("orders.csv", "order_id,ordered_at,total\n1,2026-11-01,95\n2,2026-11-01,7\n")
    shop.write("lines.csv", HEAD + "1,2026-11-01,c1,p1,1,100\n3,2026-11-01,c1,p1,1,100\n")
    shop.load(SourceSettings(name="shop", files=("orders.csv", "lines.csv")))
    found = {row["order_id"]: row["net_amount"] for row in shop.rows("orders", "order_id, net_amount, row_no")}
    assert found == {"1": Decimal(95), "2": Decimal(7), "3": None}
    assert quality(shop.root, shop.duck).totals == {"compared": 1, "different": 1}


def test_replacing_source_keeps_one_version(shop):
    for total in (5, 6):
        shop.write("orders.csv", f"order_id,ordered_at,total\n{total},2026-11-01,{total}\n")
        (shop.folder / "orders.csv").rename(shop.folder / "o.csv")
        (shop.folder / "o.csv").rename(shop.folder / "orders.csv")
        shop.file("orders.csv", table="orders", replace=True)
    assert [row["order_id"] for row in shop.rows("orders", "order_id, row_no")] == ["6"]


def test_raw_is_kept_and_a_source_can_be_forgotten(shop):
    shop.file(shop.write("lines.csv", HEAD + "1,2026-11-01,c1,p1,1,100\n"))
    (shop.folder / "lines.csv").unlink()
    assert next((shop.root / "raw").glob("*/lines.csv")).read_text().startswith("order_id")
    assert forget(shop.root, "shop") == 1
    assert not list((shop.root).glob("*/*/*"))


def test_quality_shows_no_values_of_persons(shop):
    shop.write("customers.csv", "회원번호,이름,휴대전화,생년월일\nc1,김단골,010-1234-5678,1990-01-01\nc2,이손님,,몰라요\n")
    shop.write("lines.csv", HEAD + "1,2026-11-01,c1,p1,1,100\n2,2026-11-01,c9,p1,1,100\n")
    shop.load(SourceSettings(name="crm", files=("customers.csv",)), SourceSettings(name="pos", files=("lines.csv",)))
    report = quality(shop.root, shop.duck)
    assert report.balanced
    assert report.orphans["customers_without_record"] == 1
    (people,) = [each for each in report.tables if each.name == "customers"]
    assert (people.refusals[0].reason, people.refusals[0].examples) == ("unreadable_date", (3,))
    assert {each.name: each.filled_share for each in people.columns}["phone"] == 1.0
    assert "김단골" not in repr(report)


AMOUNT = st.integers(-5, 5).map(str) | st.sampled_from(["", "x", "1.5"])
LINE = st.tuples(
    st.sampled_from(["1", "2", "3", ""]),
    st.sampled_from(["2026-11-01", "", "?", "2099-01-01"]),
    st.just("c"),
    st.sampled_from(["p", ""]),
    AMOUNT,
    AMOUNT,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINE.map(list), min_size=1, max_size=12), st.integers(0, 7))
def test_no_row_is_ever_lost(shop, lines, cut):
    lines[0] = lines[0][:cut] if 1 < cut < 6 else lines[0]
    text = HEAD + "".join(",".join(line) + "\n" for line in lines)
    forget(shop.root, "shop")
    report = shop.file(shop.write("lines.csv", text))
    kept = sum(each.rows_loaded + each.rows_moved + each.rows_quarantined for each in report.loaded)
    assert kept == report.total("rows_in") == len(lines)


KILLED = """
import sys, datetime
from pathlib import Path
from dangol.core.engine.duck import Duck
from dangol.intake import SourceSettings, Terms, load
folder = Path(sys.argv[1])
terms = Terms(root=folder / "workspace", base=folder, now=datetime.datetime(2026, 12, 1))
print("started", flush=True)
load([SourceSettings(name="shop", files=("a.csv", "b.csv"))], terms, Duck(memory_limit="1GB", threads=1))
print("finished", flush=True)
"""


@pytest.mark.parametrize("wait", [0.0, 0.15, 0.4, 0.8, 1.4])
def test_a_killed_load_leaves_whole_deliveries_and_the_next_one_finishes(shop, wait):
    for name in ("a", "b"):
        shop.write(f"{name}.csv", HEAD + "".join(f"{name}{place},2026-11-01,c1,p{place % 9},1,100\n" for place in range(60_000)))
    with subprocess.Popen([sys.executable, "-c", KILLED, str(shop.folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    whole = deliveries(shop.root)
    assert all((shop.root / file).is_file() for each in whole for file in each.files.values())
    report = shop.load(SourceSettings(name="shop", files=("a.csv", "b.csv")))
    assert len(report.unchanged) == len(whole)
    assert len(shop.rows("order_lines", "row_no")) == 120_000
    assert sorted(path.name for path in shop.root.iterdir()) == ["intake.json", "raw", "tables"]
    assert len(list((shop.root / "tables" / "order_lines").iterdir())) == 2


def test_an_end_before_its_start_is_quarantined(shop):
    """A date without a time may be of the day on which it started; a day earlier is none."""
    rows = [
        "c1,1,2026-01-05,,5",
        "c2,2,2026-01-05 10:00,2026-01-05,5",
        "c3,3,2026-01-05,2026-01-04,5",
        "c4,4,2026-01-05,2021-01-05,5",
        "c5,5,2026-01-05,2026-02-05,5",
    ]
    report = shop.file(
        shop.write("contracts.csv", "customer_ref,contract_id,started_at,ended_at,monthly_fee\n" + "\n".join(rows) + "\n"),
        table="contracts",
    )
    assert reasons(shop) == [(4, "ended_at", "before_start"), (5, "ended_at", "before_start")]
    assert {row["row_no"]: row["value"] for row in shop.quarantined()} == {4: "2026-01-04", 5: "2021-01-05"}
    assert (report.total("rows_loaded"), report.total("rows_quarantined")) == (3, 2)
    assert [row["contract_id"] for row in shop.rows("contracts", "contract_id, row_no")] == ["1", "2", "5"]


def test_an_empty_date_as_systems_write_it_is_quarantined(shop):
    """Spreadsheets write 1900, databases 0001 or 1970 where a cell was empty; old orders stay."""
    dates = ("1900-01-00", "1900-01-01", "1899-12-30", "0001-01-01 00:00:00", "1970-01-01 09:00", "1971-03-02", "2026-03-02")
    rows = [f"o{place},{date},c1,p1,1,100" for place, date in enumerate(dates, start=1)]
    shop.file(shop.write("orders.csv", HEAD + "\n".join(rows) + "\n"))
    assert [row["order_id"] for row in shop.rows("orders", "order_id")] == ["o6", "o7"]
    assert {reason for _, _, reason in reasons(shop)} == {"unreadable_date", "empty_date"}
    assert len(reasons(shop)) == 5


def test_spend_is_told_apart_by_keyword_where_keywords_are_delivered(shop):
    """A day delivered again replaces the earlier one, by keyword where there are keywords; without keywords as ever."""
    head = "spent_on,channel,campaign_id,keyword,cost\n"
    first = head + "2026-03-01,search,c1,cup,5\n2026-03-01,search,c1,mug,7\n2026-03-01,display,c2,,3\n"
    again = head + "2026-03-01,search,c1,mug,9\n2026-03-01,display,c2,,4\n"
    shop.file(shop.write("a.csv", first), table="spend")
    shop.load(SourceSettings(name="shop", files=("a.csv", shop.write("b.csv", again)), table="spend"))
    assert sorted((row["keyword"] or "", int(row["cost"])) for row in shop.rows("spend", "keyword, cost")) == [
        ("", 4), ("cup", 5), ("mug", 9),
    ]  # fmt: skip
    assert not list((shop.root / "quarantine").glob("*/*.parquet"))
