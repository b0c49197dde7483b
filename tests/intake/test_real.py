"""Real data: published figures survive the loading."""

from decimal import Decimal

import pytest

from dangol.intake import SourceSettings, accepted, quality
from dangol.sources.complete_journey import complete_journey

pytestmark = pytest.mark.real_data


def total(shop, table, column, where="true"):
    text = shop.duck.text(accepted(shop.root, table))
    return shop.duck.value(f"select sum({column}) from ({text}) where {where}")


def test_complete_journey(shop, shared_data):
    shop.currency = "USD"
    names = ("transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")
    files = tuple(str(shared_data / "complete_journey" / f"{each}.parquet") for each in names)
    report = shop.load(SourceSettings(name="grocer", files=files, preset="complete_journey"), presets=[complete_journey])
    rows = {each.table: each.rows[each.table] for each in report.loaded}
    assert rows == {
        "order_lines": 1_469_307,
        "products": 92_331,
        "customers": 801,
        "campaign_members": 6_589,
        "campaigns": 27,
        "coupon_uses": 2_102,
    }
    assert report.loaded[0].rows["orders"] == 155_848
    assert round(total(shop, "order_lines", "net_amount")) == 4_596_040
    path = shared_data / "complete_journey" / "transactions.parquet"
    expected = shop.duck.row(f"select sum(retail_disc) as off, sum(coupon_disc + coupon_match_disc) as coupons from '{path}'")
    assert float(total(shop, "order_lines", "discount_amount")) == pytest.approx(expected["off"], abs=0.01)
    assert float(total(shop, "order_lines", "coupon_amount")) == pytest.approx(expected["coupons"], abs=0.01)
    assert quality(shop.root, shop.duck).balanced


def test_online_retail(shop, shared_data):
    shop.currency, shop.zone = "GBP", "Europe/London"
    report = shop.file(str(shared_data / "online_retail_2010_2011" / "transactions.parquet"))
    assert (report.total("rows_in"), report.total("rows_moved"), report.total("rows_quarantined")) == (541_909, 10_624, 2)
    refused = sum(Decimal(row["value"]) for row in shop.quarantined())
    net = total(shop, "order_lines", "net_amount") - total(shop, "returns", "refund_amount") + refused
    assert round(net) == 9_747_748
    assert total(shop, "returns", "1", "order_id like 'C%'") == 9_288


def test_online_retail_as_korean_csv(shop, shared_data):
    path = shared_data / "online_retail_2010_2011" / "transactions.parquet"
    query = f"""select invoice as 주문번호, stock_code as 상품코드, description as 상품명, quantity as 수량,
                strftime(invoice_date, '%Y. %-m. %-d. ') || (case when hour(invoice_date) < 12 then '오전 ' else '오후 ' end)
                || strftime(invoice_date, '%-I:%M') as 주문일시, format('{{:,}}원', cast(unit_price * 100 as bigint)) as 판매가,
                customer_id as 회원번호 from '{path}' where unit_price >= 0"""
    shop.duck.write_csv(query, shop.folder / "utf8.csv")
    (shop.folder / "lines.csv").write_bytes((shop.folder / "utf8.csv").read_text("utf-8").encode("cp949", "replace"))
    report = shop.file("lines.csv")
    assert (report.total("rows_in"), report.total("rows_quarantined")) == (541_907, 0)
    expected = shop.duck.value(f"select sum(quantity * cast(unit_price * 100 as bigint)) from '{path}' where unit_price >= 0")
    assert total(shop, "order_lines", "net_amount") - total(shop, "returns", "refund_amount") == expected
    first = shop.duck.row(
        f"select min(invoice_date) - interval 9 hour as first, max(invoice_date) - interval 9 hour as last from '{path}'"
    )
    assert report.loaded[0].first == str(first["first"])


def test_gms(shop, shared_data):
    folder = shared_data / "gms_ecommerce_2019"
    shop.currency, spend = "USD", str(folder / "marketing_spend.parquet")
    report = shop.load(
        SourceSettings(name="sales", files=(str(folder / "online_sales.parquet"),)),
        SourceSettings(name="members", files=(str(folder / "customers.parquet"),)),
        *(
            SourceSettings(
                name=each.lower(), files=(spend,), table="spend", columns={"cost": f"{each}_Spend"}, constants={"channel": each}
            )
            for each in ("Offline", "Online")
        ),
    )
    assert [each.rows_loaded for each in report.loaded] == [52_924, 1_468, 365, 365]
    assert (report.loaded[0].rows["orders"], report.loaded[0].rows["products"]) == (25_061, 1_145)
    assert round(total(shop, "spend", "cost", "channel = 'Offline'")) == 1_037_900
    assert round(total(shop, "spend", "cost", "channel = 'Online'")) in (695_645, 695_646)
    assert round(total(shop, "orders", "shipping_amount")) > 0
    assert report.loaded[2].first == "2019-01-01"
