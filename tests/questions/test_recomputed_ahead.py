"""What segments will bring (V16), recomputed by Python: persons add up to segments and to the total, ranges are the model card's."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import Decimal

import pytest

pytestmark = pytest.mark.real_data
SCORES = {"expected_margin_12m": ("margin_low", "margin_high"), "expected_orders_12m": ("orders_low", "orders_high")}
CUTS = ("value_tier", "lifecycle_stage", "acquisition_channel", "region", "main_channel", "main_category", "gender", "age_band")


def buyers(company):
    """Every buyer with a value, best first."""
    return company.sql("""
        select * from profile where order_count > 0 and expected_margin_12m is not null
        order by expected_margin_12m desc, customer_id""")


def brought(company):
    """Customer → (margin less refunds, sales, days with an order) of the last 365 days."""
    found = defaultdict(lambda: [Decimal(0), Decimal(0), 0])
    for row in company.sql("""
            select customer_id, sum(margin) as margin, sum(net) as sales, count(distinct cast(clock as date)) as days
            from orders where customer_id is not null and at_utc > (select utc - interval 365 day from now) group by 1"""):
        found[row["customer_id"]] = [row["margin"], row["sales"], row["days"]]
    for row in company.sql("""
            select customer_id, sum(refund) as refund from returns
            where customer_id is not null and clock > (select local - interval 365 day from now) group by 1"""):
        found[row["customer_id"]][0] -= row["refund"]
    return found


def segments(company, cut, rows):
    """Customer → segment."""
    if cut == "value_tier":
        n = len(rows)
        return {
            row["customer_id"]: "high" if place <= math.ceil(0.2 * n) else "medium" if place <= math.ceil(0.5 * n) else "low"
            for place, row in enumerate(rows, start=1)
        }
    if cut == "acquisition_channel":
        return {row["customer_id"]: row[cut] for row in company.sql(f"select customer_id, {cut} from people")}
    return {row["customer_id"]: row[cut] for row in rows}


def placed(company, cut, rows):
    """Segment → its buyers; those of fewer than ten people together."""
    where, found = segments(company, cut, rows), defaultdict(list)
    for row in rows:
        found[where.get(row["customer_id"]) or "unknown"].append(row)
    few = [name for name, members in found.items() if len(members) < 10 and name != "unknown"]
    rest = [row for name in few for row in found.pop(name)]
    return {**found, **({"other": found.get("other", []) + rest} if rest else {})}


def luck(rows, score):
    """Squared deviations over the squared sum."""
    return sum(float(row[f"{score}_spread"]) ** 2 for row in rows) / sum(float(row[score]) for row in rows) ** 2


def known(company, cut):
    """Whether a company knows a way to part its customers."""
    columns = company.company.snapshot.columns
    present = company.company.snapshot.facts.present.get("people", ())
    return cut == "value_tier" or cut in columns or cut in present


@pytest.mark.parametrize("cut", CUTS)
def test_persons_are_segments_are_the_total(company, cut):
    if not known(company, cut):
        assert not company.answer("V16", {"segment": cut}).answerable
        return
    rows, past = buyers(company), brought(company)
    card = company.company.cards()["lifetime_value"]
    table = {row["segment"]: row for row in company.table("V16", {"segment": cut})}
    expected = placed(company, cut, rows)
    assert {name: row["customer_count"] for name, row in table.items()} == {name: len(each) for name, each in expected.items()}
    whole = sum(row["expected_margin_12m"] for row in rows)
    assert sum(row["expected_margin_12m"] for row in table.values()) == whole == company.company.snapshot.figures.equity
    for name, members in expected.items():
        row = table[name]
        assert row["expected_margin_12m"] == sum(each["expected_margin_12m"] for each in members)
        assert row["expected_orders_12m"] == pytest.approx(sum(each["expected_orders_12m"] for each in members))
        came = [past[each["customer_id"]] for each in members if each["customer_id"] in past]
        assert float(row["margin_365"]) == pytest.approx(float(sum(each[0] for each in came)), abs=0.02)
        assert row["net_sales_365"] == sum(each[1] for each in came)
        assert row["order_days_365"] == sum(each[2] for each in came)
        for score, ends in SCORES.items():
            reaches = card.ranges[score]
            amount = sum(float(each[score]) for each in members)
            part = amount / sum(float(each[score]) for each in rows)
            own = max(luck(members, score) - luck(rows, score), 0.0)
            reach = math.sqrt(
                math.log(reaches["high"]) ** 2 + reaches["own"] ** 2 * own + reaches["group"] ** 2 * max(1 - part, 0.0)
            )
            found = tuple(float(row[end]) for end in ends)
            assert found == pytest.approx((amount * math.exp(-reach), amount * math.exp(reach)), rel=1e-6, abs=0.011)


def test_the_total_is_that_of_the_model_card_and_nothing_is_surer_than_it(company):
    headline, total = company.answer("V16").headline, company.company.cards()["lifetime_value"].total
    assert [float(headline[name]) for name in ("total", "low", "high")] == pytest.approx(
        [total[name] for name in ("expected", "low", "high")], rel=1e-5
    )
    assert headline["held"] == total["share"]
    assert float(headline["past"]) == pytest.approx(float(sum(row["margin_365"] for row in company.table("V16"))), abs=0.05)
    for row in company.table("V16", {"segment": "lifecycle_stage"}):
        assert float(row["margin_high"] / row["expected_margin_12m"]) >= total["high"] / total["expected"] - 1e-4


def test_saved_segments_hold_whom_their_rules_choose(simulated):
    table = {row["segment"]: row for row in simulated.table("V16", {"segment": "saved", "fewest": 1})}
    assert "in_no_segment" in table
    named = set(table) - {"in_no_segment"}
    assert named
    customers = simulated.company.segments.customers
    for name in named:
        rule = f"in_segment(name='{name}') and order_count > 0 and expected_margin_12m >= -1e12"
        assert table[name]["customer_count"] == customers.count(rule)
