"""Money that is unknown, absurdly large, or given back for what never counted, and absurd dates: runs end, figures stay true."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

ORDERS = "order_id,customer_ref,ordered_at,net_amount,status"
LINES = "order_id,customer_ref,ordered_at,product_id,quantity,net_amount,unit_cost"


def bought(count, days=500, seed=3):
    """Orders of customers with a rhythm of their own: customer, day since 2024, amount."""
    draw = random.Random(seed)
    found = []
    for customer in range(count):
        rate, day = draw.gammavariate(1.5, 0.02) + 1e-3, draw.uniform(0, days / 2)
        while day < days:
            found.append((f"c{customer}", day, draw.randint(5, 60) * 1000))
            day += draw.expovariate(rate)
    return found


def deliver(shop, table, header, rows, *, margin=None):
    """One file, read into a table."""
    shop.write(rows, header=header)
    settings = shop.base / "dangol.yaml"
    share = "" if margin is None else f", margin_share: {margin}"
    text = settings.read_text(encoding="utf-8").replace(", margin_share: 0.3", share)
    settings.write_text(text.replace("table: order_lines", f"table: {table}"), encoding="utf-8")


def when(day):
    return f"{datetime(2024, 1, 1) + timedelta(days=day):%Y-%m-%d %H:%M:%S}"


def asked(shop, number):
    _, answer = shop.company.ask(number)
    names = [column[0] for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows], answer


def test_unknown_costs_leave_no_margin_at_all_and_stop_nothing(shop):
    """Two of ten products have no cost: orders with one of them have no margin; lifetime value is told all the same."""
    draw = random.Random(5)
    rows = []
    for place, (customer, day, amount) in enumerate(bought(500)):
        for product in (draw.randrange(10), draw.randrange(10)):
            cost = "" if product > 7 else amount // 2
            rows.append(f"o{place},{customer},{when(day)},p{product}x{place}{len(rows)},1,{amount},{cost}")
    deliver(shop, "order_lines", LINES, rows)
    shop.company.run()
    card = shop.company.card("lifetime_value")
    assert not card.refusal
    assert card.scored
    duck, files = shop.company.snapshot.duck.cursor(), shop.company.snapshot.facts.files
    wrong = duck.value(f"""
        select count(*) from '{files["orders"]}' o join (
            select order_id, sum(net_amount - cost_amount) as margin, count(cost_amount) = count(*) as is_known
            from '{files["order_lines"]}' group by order_id) l using (order_id)
        where margin_amount is distinct from case when is_known then margin end""")
    assert wrong == 0
    unknown = duck.value(f"select count(*) from '{files['orders']}' where margin_amount is null")
    assert unknown
    # the margin share is one half wherever it is known, so it is for everybody
    assert duck.value("select max(abs(margin - net_sales / 2)) from profile where margin is not null") < 1
    assert duck.value("select count(*) from profile where margin is null") == 0
    table, _ = asked(shop, "Q50")
    since = f"timestamp '{shop.company.snapshot.as_of}' - interval 365 day"
    unknown_lately = f"select distinct customer_id from '{files['orders']}' where margin_amount is null and ordered_at >= {since}"
    left_out = {row["customer_id"] for row in duck.rows(unknown_lately)}
    assert not left_out & {row["customer_id"] for row in table}


def test_one_absurd_date_and_one_absurd_amount_stop_no_run(shop):
    """An order of 1971, a mistyped year, and a barcode in the place of an amount."""
    rows = [f"o{place},{customer},{when(day)},{amount},completed" for place, (customer, day, amount) in enumerate(bought(200))]
    rows += ["x1,c1,1971-01-01 00:00:00,1000,completed", "x2,c2,2024-06-01 00:00:00,8809000000178,completed"]
    deliver(shop, "orders", ORDERS, rows, margin=0.3)
    shop.company.run()
    duck, files = shop.company.snapshot.duck.cursor(), shop.company.snapshot.facts.files
    margin = duck.value(f"select margin_amount from '{files['orders']}' where order_id = 'x2'")
    assert float(margin) == pytest.approx(8809000000178 * 0.3)


def test_what_is_paid_back_for_a_sale_that_never_counted_takes_nothing_off(shop):
    rows = [
        "a1,a,2024-01-03 10:00:00,100000,completed",
        "a2,a,2024-01-05 10:00:00,50000,cancelled",
        "b1,b,2024-01-06 10:00:00,70000,cancelled",
        "c1,c,2024-01-07 10:00:00,30000,completed",
        "d1,d,2024-01-09 10:00:00,20000,completed",
    ]
    deliver(shop, "orders", ORDERS, rows, margin=0.5)
    back = [
        "a2,a,2024-01-06 10:00:00,50000",
        "b1,b,2024-01-07 10:00:00,70000",
        "c1,c,2024-01-08 10:00:00,10000",
        "d1,,2024-01-09 20:00:00,5000",
    ]
    file = shop.base / "back.csv"
    file.write_text("\n".join(["order_id,customer_ref,returned_at,refund_amount", *back]) + "\n", encoding="utf-8")
    settings = shop.base / "dangol.yaml"
    text = settings.read_text(encoding="utf-8")
    source = "  - {name: back, files: [back.csv], table: returns, columns: {order_id: order_id, customer_ref: customer_ref, "
    source += "returned_at: returned_at, refund_amount: refund_amount}}\n"
    settings.write_text(text.rstrip("\n") + "\n" + source, encoding="utf-8")
    shop.company.run()
    duck = shop.company.snapshot.duck.cursor()
    found = {
        row["customer_ref"]: (float(row["net_sales"]), float(row["margin"]), float(row["refund_share"]))
        for row in duck.rows("""
            select customer_ref, net_sales, margin, refund_share from profile join identity_map using (customer_id)
            where net_sales is not null""")
    }
    assert found == {"a": (100000, 50000, 0), "c": (20000, 5000, pytest.approx(1 / 3)), "d": (15000, 5000, 0.25)}
    table, answer = asked(shop, "Q50")
    assert answer.headline["losers"] == 0
    assert len(table) == 3


def test_who_always_brought_a_loss_is_not_expected_to_bring_what_others_do(shop):
    rows = [
        f"o{place},{customer},{when(day)},{amount},{amount * 3 // 10}"
        for place, (customer, day, amount) in enumerate(bought(800, 700))
    ]
    rows += [f"l{customer}-{n},loss{customer},{when(10 * n + customer)},1000,-500" for customer in range(5) for n in range(69)]
    deliver(shop, "orders", "order_id,customer_ref,ordered_at,net_amount,margin_amount", rows)
    shop.company.run()
    duck = shop.company.snapshot.duck.cursor()
    losing = [
        float(row["expected"])
        for row in duck.rows("""
            select expected_margin_12m as expected from profile join identity_map using (customer_id)
            where customer_ref like 'loss%'""")
    ]
    usual = float(duck.value("select median(expected_margin_12m) from profile"))
    assert len(losing) == 5
    assert max(losing) < usual / 2


def test_contracts_that_end_after_the_last_one_began_have_ended(shop):
    """Without orders the run describes the day after the last thing that happened, an end included."""
    rows = [
        f"k{n},c{n},2023-0{1 + n % 6}-10 00:00:00,{f'2024-0{1 + n % 6}-20 00:00:00' if n % 2 else ''},10000" for n in range(200)
    ]
    deliver(shop, "contracts", "contract_id,customer_ref,started_at,ended_at,monthly_fee", rows)
    shop.company.run()
    assert shop.company.snapshot.as_of.date().isoformat() == "2024-06-20"


def test_lines_with_a_status_of_their_own_count_line_by_line(shop):
    """Malls export one row a product with its own status: what was cancelled or sent back does not count, the rest does."""
    rows = [
        "o1,a,2024-01-03 10:00:00,p1,1,10000,구매확정",
        "o1,a,2024-01-03 10:00:00,p2,1,5000,취소완료",
        "o2,b,2024-01-04 10:00:00,p1,1,5000,취소완료",
        "o2,b,2024-01-04 10:00:00,p2,1,10000,배송완료",
        "o3,c,2024-01-05 10:00:00,p1,1,10000,반품완료",
        "o3,c,2024-01-05 10:00:00,p2,1,7000,배송중",
        "o3,c,2024-01-05 10:00:00,p3,1,5000,배송완료",
        "o4,d,2024-01-06 10:00:00,p1,1,9000,취소완료",
        "o4,d,2024-01-06 10:00:00,p2,1,9000,반품완료",
        "o5,e,2024-01-07 10:00:00,p1,1,8000,입금대기",
    ]
    deliver(shop, "order_lines", "order_id,customer_ref,ordered_at,product_id,quantity,net_amount,status", rows)
    shop.company.run()
    duck = shop.company.snapshot.duck.cursor()
    sold = duck.rows("""
        select customer_ref, order_count, net_sales from profile join identity_map using (customer_id) order by customer_ref""")
    assert [(row["customer_ref"], row["order_count"], row["net_sales"] and int(row["net_sales"])) for row in sold] == [
        ("a", 1, 10000), ("b", 1, 10000), ("c", 1, 12000), ("d", None, None),
    ]  # fmt: skip
    status = duck.rows(f"select order_id, status from '{shop.company.snapshot.facts.files['orders']}' order by order_id")
    assert {row["order_id"]: row["status"] for row in status} == {
        "o1": "completed", "o2": "completed", "o3": "completed", "o4": "cancelled",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("table", "header", "row"),
    [
        (
            "returns",
            "order_id,customer_ref,returned_at,refund_amount,currency",
            "o{n},c{n},2024-02-0{n} 10:00:00,1000,{currency}",
        ),
        (
            "contracts",
            "contract_id,customer_ref,started_at,monthly_fee,currency",
            "k{n},c{n},2024-02-0{n} 10:00:00,1000,{currency}",
        ),
        ("spend", "spent_on,channel,cost,currency", "2024-02-0{n},search,1000,{currency}"),
        ("leads", "lead_ref,created_at,expected_amount,currency", "l{n},2024-02-0{n} 10:00:00,1000,{currency}"),
    ],
)
def test_money_in_another_currency_is_put_aside_in_every_table(shop, table, header, row):
    deliver(
        shop,
        "orders",
        "order_id,customer_ref,ordered_at,net_amount",
        [f"o{n},c{n},2024-01-0{n} 10:00:00,5000" for n in range(1, 9)],
    )
    rows = [row.format(n=n, currency="USD" if n > 5 else "KRW") for n in range(1, 9)]
    (shop.base / "other.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    settings = shop.base / "dangol.yaml"
    text = settings.read_text(encoding="utf-8").rstrip("\n")
    settings.write_text(f"{text}\n  - {{name: other, files: [other.csv], table: {table}}}\n", encoding="utf-8")
    shop.company.run()
    duck, files = shop.company.snapshot.duck.cursor(), shop.company.snapshot.facts.files
    assert duck.value(f"select count(*) from '{files[table]}'") == 5
    refused = duck.rows(f"select reason, value from '{shop.base}/.dangol/quarantine/{table}/*.parquet'")
    assert [(each["reason"], each["value"]) for each in refused] == [("unknown_currency", "USD")] * 3
