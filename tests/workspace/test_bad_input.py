"""Too little or odd data: every company gets an answer or an honest refusal, read as marketers would read it."""

from __future__ import annotations

import pytest


def customers(count, orders, day=lambda n: f"2025-{1 + n % 12:02}-{1 + n % 28:02}"):
    return [f"o{c}-{n},c{c},{day(c + 7 * n)} 10:00:00,p{n % 3},1,{1000 + c}" for c in range(count) for n in range(orders)]


def run(shop, cli, rows, **more):
    shop.write(rows, **more)
    return cli("run", "--folder", str(shop.base), "--quiet")


def test_no_customer(shop, cli):
    status, said = run(shop, cli, [])
    assert status in (5, 8)
    assert "have 0" in said or "no row" in said.lower() or "empty" in said.lower()


@pytest.mark.parametrize("count", [1, 10])
def test_few_customers_are_described_but_not_predicted(shop, cli, count):
    status, said = run(shop, cli, customers(count, 2))
    assert status == 0
    assert said.count("have") == said.count("need") >= 2
    duck = shop.company.snapshot.duck
    assert duck.value("select count(*) from profile") == count
    assert "churn_probability" not in duck.columns("profile")
    assert shop.company.ask("Q51")[1].trust.level == "low"
    assert not shop.company.ask("T7")[1].answerable


def test_no_repeat_buyers(shop, cli):
    status, said = run(shop, cli, customers(400, 1))
    assert status == 0
    assert "0 customers with a repeat order" in said or "0 customers who came back" in said
    assert shop.company.ask("Q54")[1].headline["in30"] in (0, None)


def test_all_buyers_on_one_day(shop, cli):
    status, said = run(shop, cli, customers(300, 2, day=lambda _: "2025-06-01"))
    assert status == 0
    assert "have 0 days of orders, need" in said
    assert shop.company.snapshot.duck.value("select count(distinct lifecycle_stage) from profile") == 1


def test_future_dates_are_put_aside(shop, cli):
    rows = customers(20, 2)
    status, _ = run(shop, cli, [*rows, "o-x,c1,2099-01-01 10:00:00,p1,1,100"])
    assert status == 0
    duck = shop.company.snapshot.duck
    assert duck.value("select count(*) from facts_order_lines") == len(rows)
    assert shop.company.snapshot.as_of.year == 2025


def test_an_unknown_currency_is_named(shop, cli):
    shop.write(customers(5, 1))
    path = shop.base / "dangol.yaml"
    path.write_text(path.read_text().replace("KRW", "WON!"))
    status, said = cli("run", "--folder", str(shop.base))
    assert status == 2
    assert "currency" in said
    assert "WON!" in said


def test_rows_in_another_currency_are_not_added_up(shop, cli):
    header = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount,currency"
    rows = [f"o{n},c{n},2025-03-0{1 + n % 9} 10:00:00,p1,1,100,{'USD' if n == 0 else 'KRW'}" for n in range(30)]
    status, said = run(shop, cli, rows, header=header)
    if status == 0:
        assert shop.company.snapshot.duck.value("select sum(net_amount) from facts_order_lines") == 2900
    else:
        assert "USD" in said


def test_no_settings(tmp_path, cli):
    status, said = cli("run", "--folder", str(tmp_path))
    assert status == 2
    assert "dangol.yaml" in said


def test_an_unreadable_moment(shop, cli):
    shop.write(customers(5, 1))
    status, said = cli("run", "--folder", str(shop.base), "--as-of", "yesterday")
    assert status == 2
    assert "'yesterday'" in said
