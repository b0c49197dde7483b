"""Databases read on from where the last reading ended, against the database itself asked in SQL."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dangol.core.errors import ConfigError, SourceError
from dangol.intake import DatabaseSettings, SourceSettings

START = dt.datetime(2026, 11, 1, 9)
VISITS = "select customer_id, updated_at as occurred_at, 'page_viewed' as event_type from orders"
WHERE = {"table": {"table": "orders"}, "query": {"query": "select * from orders where total >= 0"}}


@pytest.fixture
def bought(shop) -> Iterator[sqlite3.Connection]:
    with sqlite3.connect(shop.folder / "shop.db") as connection:
        connection.execute(
            "create table orders (order_id text, customer_id text, ordered_at text, total int, updated_at timestamp)"
        )
        connection.execute("create table lines (order_id text, sku text, quantity int, price int, ordered_at text, changed int)")
        for place in range(100):
            put(connection, place, 1_000, START + dt.timedelta(hours=place))
        yield connection
    connection.close()


def put(connection: sqlite3.Connection, place: int, total: int, changed: dt.datetime | None) -> None:
    connection.execute("delete from orders where order_id = ?", [f"o{place}"])
    stamp = changed.isoformat(sep=" ") if changed else None
    row = (f"o{place}", f"c{place % 7}", "2026-11-01 10:00", total, stamp)
    connection.execute("insert into orders values (?, ?, ?, ?, ?)", row)
    connection.commit()


def source(**where: str) -> SourceSettings:
    return SourceSettings(name="shop", database=DatabaseSettings(url="sqlite:///shop.db", **where))


def known(shop) -> dict[str, int]:
    return {row["order_id"]: int(row["net_amount"]) for row in shop.rows("orders", "order_id, net_amount, row_no")}


def held(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("select order_id, total from orders"))


@pytest.mark.parametrize("where", WHERE.values(), ids=WHERE)
def test_only_what_changed_is_read_again(shop, bought, where):
    settings = source(**where, since="updated_at")
    assert shop.load(settings).total("rows_in") == 100
    put(bought, 3, 5_000, START + dt.timedelta(hours=200))
    put(bought, 100, 7_000, START + dt.timedelta(hours=201))
    second = shop.load(settings)
    assert second.total("rows_in") <= 4  # the two, and those of the last hour before them
    assert known(shop) == held(bought)
    assert shop.load(settings).total("rows_in") <= 2
    assert [each.status for each in shop.load(settings).handled] == ["unchanged"]


def test_a_row_committed_late_with_an_earlier_moment_is_not_missed(shop, bought):
    settings = source(table="orders", since="updated_at")
    shop.load(settings)
    put(bought, 200, 9_000, START + dt.timedelta(hours=99) - dt.timedelta(minutes=30))
    put(bought, 201, 9_500, None)
    shop.load(settings)
    assert known(shop) == held(bought)


def test_another_mapping_reads_everything_anew(shop, bought):
    shop.load(source(table="orders", since="updated_at"))
    put(bought, 100, 7_000, START + dt.timedelta(hours=300))
    again = source(table="orders", since="updated_at").model_copy(update={"ignore": ("customer_id",)})
    assert shop.load(again).total("rows_in") == 101
    assert known(shop) == held(bought)
    assert len({row["delivery"] for row in shop.rows("orders", "delivery, row_no")}) == 1


def test_lines_of_a_changed_order_come_together(shop, bought):
    for place in range(20):
        for sku in ("a", "b"):
            bought.execute("insert into lines values (?, ?, 1, 1000, '2026-11-01 10:00', ?)", [f"o{place}", sku, place])
    bought.commit()
    settings = source(table="lines", since="changed", together="order_id").model_copy(update={"columns": {"product_id": "sku"}})
    shop.load(settings)
    bought.execute("update lines set quantity = 5, changed = 100 where order_id = 'o3' and sku = 'a'")
    bought.commit()
    assert shop.load(settings).total("rows_in") <= 4
    lines = shop.rows("order_lines", "order_id, product_id, quantity, row_no")
    found = sorted((row["order_id"], row["product_id"], int(row["quantity"])) for row in lines)
    assert found == sorted(bought.execute("select order_id, sku, quantity from lines"))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 9_999)), max_size=4), min_size=1, max_size=5))
def test_whatever_changes_the_rows_are_those_of_the_database(shop, tmp_path_factory, days):
    fresh = replace(shop, folder=tmp_path_factory.mktemp("daily"))
    moment = START
    with sqlite3.connect(fresh.folder / "shop.db") as connection:
        connection.execute("create table orders (order_id text, customer_id text, ordered_at text, total int, updated_at text)")
        put(connection, 0, 1, moment)
        for day in days:
            for place, total in day:
                moment += dt.timedelta(minutes=20)
                put(connection, place, total, moment)
            fresh.load(source(table="orders", since="updated_at"))
            assert known(fresh) == held(connection)
    connection.close()


@pytest.mark.parametrize(
    ("where", "error", "said"),
    [
        ({"table": "orders", "since": "changed_on"}, SourceError, "no column 'changed_on'"),
        ({"query": "select * from orders", "since": "changed_on"}, SourceError, "changed_on"),
        ({"table": "lines", "since": "changed"}, ConfigError, "together"),
        ({"query": VISITS, "since": "occurred_at"}, ConfigError, "event_id"),
    ],
)
def test_what_cannot_be_read_on_is_refused(shop, bought, where, error, said):
    bought.execute("insert into lines values ('o1', 'a', 1, 1000, '2026-11-01 10:00', 1)")
    bought.commit()
    with pytest.raises(error, match=said):
        shop.load(source(**where).model_copy(update={"table": "events" if where.get("query") == VISITS else None}))


def test_a_column_of_mixed_kinds_is_refused(shop, bought):
    bought.execute("insert into orders values ('x1', 'c1', '2026-11-01 10:00', 5, 17)")
    bought.commit()
    with pytest.raises(SourceError, match="one kind"):
        shop.load(source(query="select * from orders", since="updated_at"))


@pytest.mark.parametrize("wrong", [{"together": "order_id"}, {"since": "updated_at", "whole": True}])
def test_settings_that_contradict_each_other_are_refused(wrong):
    whole = wrong.pop("whole", None)
    with pytest.raises(ValidationError, match="since"):
        SourceSettings(name="shop", whole=whole, database=DatabaseSettings(url="sqlite:///shop.db", table="orders", **wrong))
