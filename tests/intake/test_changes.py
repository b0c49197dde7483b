"""What changes after it was delivered: rows that come late, are corrected or deleted, and tables delivered whole."""

from __future__ import annotations

import sqlite3

import pytest

from dangol.core.errors import SourceError
from dangol.intake import DatabaseSettings, SourceSettings

HEADER = "order_id,customer_ref,ordered_at,net_amount"


def orders(*files: str, **settings) -> SourceSettings:
    return SourceSettings(name="shop", files=files, table="orders", **settings)


def amounts(shop) -> dict[str, float]:
    return {row["order_id"]: float(row["net_amount"]) for row in shop.rows("orders")}


def test_a_late_row_and_a_correction_take_their_place(shop):
    shop.write("a.csv", f"{HEADER}\nO1,C1,2026-01-05,100\nO2,C2,2026-01-06,200\n")
    shop.load(orders("*.csv"))
    shop.write("b.csv", f"{HEADER}\nO0,C1,2025-12-05,50\nO2,C2,2026-01-06,150\n")
    report = shop.load(orders("*.csv"))
    assert [each.file for each in report.loaded] == ["b.csv"]
    assert amounts(shop) == {"O0": 50, "O1": 100, "O2": 150}


def test_a_row_marked_as_deleted_is_no_more_and_may_come_back(shop):
    shop.write("a.csv", f"{HEADER}\nO1,C1,2026-01-05,100\nO2,C2,2026-01-06,200\n")
    shop.load(orders("*.csv"))
    shop.write("b.csv", f"{HEADER},삭제여부\nO2,C2,2026-01-06,200,Y\nO3,C2,2026-01-07,300,N\n")
    shop.load(orders("*.csv"))
    assert amounts(shop) == {"O1": 100, "O3": 300}
    assert "deleted" not in shop.rows("orders")[0]
    shop.write("c.csv", f"{HEADER},삭제여부\nO2,C2,2026-01-06,250,N\n")
    shop.load(orders("*.csv"))
    assert amounts(shop) == {"O1": 100, "O2": 250, "O3": 300}


def test_lines_marked_as_deleted_make_no_order(shop):
    head = "order_id,line_no,customer_ref,ordered_at,product_id,quantity,net_amount,is_deleted"
    shop.write("a.csv", f"{head}\nO1,1,C1,2026-01-05,A,1,100,0\nO2,1,C1,2026-01-05,A,1,100,1\n")
    shop.file("a.csv", table="order_lines")
    assert [row["order_id"] for row in shop.rows("orders")] == ["O1"]
    assert [row["order_id"] for row in shop.rows("order_lines")] == ["O1"]


def test_the_last_of_whole_tables_counts_and_what_it_lacks_is_gone(shop):
    shop.write("orders-2026-01-06.csv", f"{HEADER}\nO1,C1,2026-01-05,100\nO2,C2,2026-01-06,200\n")
    shop.load(orders("orders-*.csv", whole=True))
    shop.write("orders-2026-01-07.csv", f"{HEADER}\nO1,C1,2026-01-05,120\nO3,C2,2026-01-07,300\n")
    shop.load(orders("orders-*.csv", whole=True))
    assert amounts(shop) == {"O1": 120, "O3": 300}
    assert [each.status for each in shop.load(orders("orders-*.csv", whole=True)).handled] == ["unchanged"]


def test_rows_deleted_in_a_database_are_gone(shop):
    with sqlite3.connect(shop.folder / "shop.db") as database:
        database.execute("create table orders (order_id text, customer_ref text, ordered_at text, net_amount real)")
        database.executemany(
            "insert into orders values (?, ?, ?, ?)", [("O1", "C1", "2026-01-05", 100), ("O2", "C2", "2026-01-06", 200)]
        )
    source = SourceSettings(name="shop", database=DatabaseSettings(url="sqlite:///shop.db", table="orders"))
    shop.load(source)
    with sqlite3.connect(shop.folder / "shop.db") as database:
        database.execute("delete from orders where order_id = 'O1'")
        database.execute("update orders set net_amount = 250 where order_id = 'O2'")
    shop.load(source)
    assert amounts(shop) == {"O2": 250}


def test_a_whole_table_that_was_cut_off_does_not_replace_the_last_one(shop):
    rows = [f"O{number},C{number},2026-01-05,100" for number in range(40)]
    shop.write("orders-1.csv", "\n".join([HEADER, *rows]) + "\n")
    shop.load(orders("orders-*.csv", whole=True))
    shop.write("orders-2.csv", "\n".join([HEADER, *rows[:19]]) + "\n")
    with pytest.raises(SourceError, match=r"(?s)'orders-2.csv' has 19 rows where there were 40.*may_shrink: true"):
        shop.load(orders("orders-*.csv", whole=True))
    assert len(amounts(shop)) == 40
    shop.load(orders("orders-*.csv", whole=True, may_shrink=True))
    assert len(amounts(shop)) == 19
