"""Questions on the next order, losing and winning back, recomputed by Python (Q55, Q56, Q60 to Q64)."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from dangol.algorithms.survival import kaplan_meier

pytestmark = pytest.mark.real_data
TIERS = (("very_high", 0.8), ("high", 0.6), ("medium", 0.4), ("low", 0.2), ("very_low", -1.0))


def days(delta):
    return delta / timedelta(days=1)


def shopping_days(company, source="select customer_id, 'all' as category, clock, at_utc from orders"):
    """(category, customer) → moments (UTC) of the first order of each local day."""
    rows = company.sql(f"""
        select category, customer_id, min(at_utc) as moment from ({source}) where customer_id is not null and category is not null
        group by category, customer_id, cast(clock as date)""")
    found = defaultdict(list)
    for row in rows:
        found[row["category"], row["customer_id"]].append(row["moment"])
    return {key: sorted(moments) for key, moments in found.items()}


def by_category(company):
    return shopping_days(company, "select customer_id, category, clock, at_utc from lines join products using (product_id)")


def buyers(company):
    """Customer → moments of shopping days."""
    return {customer: moments for (_, customer), moments in shopping_days(company).items()}


def month_of(moment):
    return date(moment.year, moment.month, 1)


def test_time_to_second_order(company):
    """Q55: quantiles and their intervals by our own estimator, which is tested against published values."""
    as_of = company.company.snapshot.as_of
    found = list(buyers(company).values())
    waited = [math.ceil(days((moments[1] if len(moments) > 1 else as_of) - moments[0])) for moments in found]
    curve = kaplan_meier(waited, [float(len(moments) > 1) for moments in found])
    table = company.table("Q55")
    assert [row["returned_share"] for row in table] == [0.1, 0.25, 0.5, 0.75, 0.9]
    for row in table:
        assert row["day_count"] == curve.quantile(row["returned_share"])
        assert (row["day_count_low"], row["day_count_high"]) == curve.quantile_interval(row["returned_share"])
    assert company.answer("Q55").headline["median"] == curve.median()
    assert company.answer("Q55").headline["n"] == len(found)


def test_gaps_by_category(company):
    """Q56: the median of numpy."""
    gaps, again = defaultdict(list), defaultdict(int)
    for (category, _), moments in by_category(company).items():
        gaps[category] += [days(later - earlier) for earlier, later in itertools.pairwise(moments)]
        again[category] += len(moments) > 1
    table = company.table("Q56")
    assert {row["category"] for row in table} == {category for category in gaps if again[category] >= 10}
    for row in table:
        quarters = np.quantile(gaps[row["category"]], (0.25, 0.5, 0.75))
        found = [row["quarter_gap_days"], row["median_gap_days"], row["three_quarters_gap_days"]]
        assert found == pytest.approx(list(quarters), rel=1e-6)
        assert (row["customer_count"], row["gap_count"]) == (again[row["category"]], len(gaps[row["category"]]))
    every = [days(b - a) for moments in buyers(company).values() for a, b in itertools.pairwise(moments)]
    assert company.answer("Q56").headline["overall"] == pytest.approx(np.median(every), rel=1e-6)


def lapse_of(bought):
    """Nine tenths of all gaps in whole days, every customer weighing one."""
    weights = defaultdict(float)
    for moments in bought:
        gaps = [math.ceil(days(later - earlier)) for earlier, later in itertools.pairwise(moments)]
        for gap in gaps:
            weights[gap] += 1 / len(gaps)
    reached = 0.0
    for gap in sorted(weights):
        reached += weights[gap]
        if reached >= 0.9 * sum(weights.values()) - 1e-9:
            return max(gap, 7)
    return None


def test_lapse_points(company):
    """Q63: the lapse point of the stages, and that of each category."""
    groups = defaultdict(list)
    for (category, _), moments in {**shopping_days(company), **by_category(company)}.items():
        if len(moments) > 1:
            groups[category].append(moments)
    expected = {name: lapse_of(found) for name, found in groups.items() if len(found) >= 30}
    table = company.table("Q63")
    assert {row["category"]: row["lapse_days"] for row in table} == expected
    assert table[0]["category"] == "all"
    assert table[0]["lapse_days"] == company.answer("Q51").headline["lapse_days"]
    headline = company.answer("Q63").headline
    assert headline["longest"] == max(point for name, point in expected.items() if name != "all")
    assert headline["n"] == len(groups["all"])


def test_customers_lost(company):
    """Q60: whose silence passed the lapse point within thirty days."""
    as_of, lapse = company.company.snapshot.as_of, company.answer("Q51").headline["lapse_days"]
    bought = defaultdict(list)
    for row in company.sql("select customer_id, at_utc, net from orders where customer_id is not null"):
        bought[row["customer_id"]].append((row["at_utc"], row["net"]))
    stage = {
        row["customer_id"]: row["lifecycle_stage"] for row in company.sql("select customer_id, lifecycle_stage from profile")
    }
    sales = {}
    for customer, orders in bought.items():
        last = max(orders)[0]
        if stage[customer] == "lapsed" and days(as_of - last) - 30 <= lapse:
            sales[customer] = sum(net for at, net in orders if days(last - at) <= 365)
    table = company.table("Q60")
    wanted = sorted(sales, key=lambda customer: (-sales[customer], customer))
    assert [(row["customer_id"], row["sales_before"]) for row in table] == [(each, sales[each]) for each in wanted[:100]]
    headline = company.answer("Q60").headline
    assert headline["n"] == len(sales)
    assert headline["sales"] == sum(sales.values())


def test_what_the_lost_were_worth_before(simulated):
    """Q60: the expected margin of the run in which they were not lapsed."""
    before = {
        row["customer_id"]: row["score"]
        for row in simulated.sql(
            "select customer_id, expected_margin_12m as score from profile_before where lifecycle_stage <> 'lapsed'"
        )
    }
    table = simulated.table("Q60")
    assert [row["expected_before"] for row in table] == [before.get(row["customer_id"]) for row in table]
    assert sum(row["expected_before"] is not None for row in table) > len(table) / 2


def test_without_an_earlier_run_the_value_before_is_left_out(groceries):
    assert not any("expected_before" in row for row in groceries.table("Q60"))
    question, answer = groceries.company.ask("Q60")
    assert "이전" not in groceries.company.sentence(question, answer, "ko")


def test_value_at_risk(company):
    """Q61: expected margin times probability, by tier."""
    rows = company.sql(
        "select expected_margin_12m as score, churn_probability as churn from profile where churn_probability is not null"
    )
    tiers = defaultdict(list)
    for row in rows:
        tiers[next(name for name, bar in TIERS if row["churn"] >= bar)].append(row)
    table = company.table("Q61")
    assert [row["risk_tier"] for row in table] == [name for name, _ in TIERS if tiers[name]]
    total = sum(float(row["score"]) * row["churn"] for row in rows)
    for row in table:
        members = tiers[row["risk_tier"]]
        stake = sum(float(each["score"]) * each["churn"] for each in members)
        assert row["customer_count"] == len(members)
        assert row["mean_probability"] == pytest.approx(np.mean([each["churn"] for each in members]))
        assert row["expected_margin"] == sum(each["score"] for each in members)
        assert float(row["value_at_stake"]) == pytest.approx(stake, abs=0.01 * len(members))
        assert row["stake_share"] == pytest.approx(stake / total, rel=1e-3)
    assert float(company.answer("Q61").headline["stake"]) == pytest.approx(total, abs=0.01 * len(rows))


def test_won_back(company):
    """Q62: orders after a silence longer than the lapse point, and what was sent to customers who were lapsed then."""
    lapse = company.answer("Q51").headline["lapse_days"]
    orders = defaultdict(list)
    for row in company.sql("select customer_id, at_utc, order_id, clock, net from orders where customer_id is not null"):
        orders[row["customer_id"]].append((row["at_utc"], row["order_id"], row["clock"], row["net"]))
    back, sales, new = defaultdict(set), defaultdict(Decimal), defaultdict(int)
    for customer, found in orders.items():
        found.sort()
        new[month_of(found[0][2])] += 1
        for (earlier, *_), (later, _, clock, net) in itertools.pairwise(found):
            if days(later - earlier) > lapse:
                back[month_of(clock)].add(customer)
                sales[month_of(clock)] += net
    there = {row["name"] for row in company.sql("show tables")}
    sent = """select customer_id, occurred_at as at, occurred_at + interval 9 hour as clock, coalesce(cost_per_contact, 0) as cost
        from messages left join campaigns using (campaign_id) where message_event = 'sent' and customer_id is not null"""
    contacts, costs = defaultdict(int), defaultdict(Decimal)
    for row in company.sql(sent) if "messages" in there else []:
        earlier = [at for at, *_ in orders[row["customer_id"]] if at < row["at"]]
        if earlier and days(row["at"] - max(earlier)) > lapse:
            contacts[month_of(row["clock"])] += 1
            costs[month_of(row["clock"])] += Decimal(row["cost"])
    table = company.table("Q62")
    assert len(table) > 10
    for row in table:
        month = row["month"]
        assert (row["won_back_count"], row["won_back_sales"], row["new_customer_count"]) == (
            len(back[month]),
            sales[month],
            new[month],
        )
        if "messages" in there:
            assert (row["contact_count"], row["contact_cost"]) == (contacts[month], costs[month])
        else:
            assert (row.get("contact_count"), row.get("contact_cost"), row.get("spend")) == (None, None, None)
    complete = [row for row in table if row["is_complete"]][:12]
    assert company.answer("Q62").headline["won"] == sum(row["won_back_count"] for row in complete)


def steps_of(company):
    """Step → (entered, reached or None) of everybody."""
    found = {"first_to_second": [], "second_to_regular": []}
    bought = buyers(company)
    for moments in bought.values():
        first, second, third = [*moments, None, None][:3]
        found["first_to_second"].append((first, second))
        if second:
            found["second_to_regular"].append((second, third))
    if "events" not in {row["name"] for row in company.sql("show tables")}:
        return found
    seen, known, carts = {}, {}, {}
    by_visitor = {}
    for row in company.sql("select customer_id, anonymous_id, occurred_at, event_name from events order by occurred_at"):
        customer, at = row["customer_id"], row["occurred_at"]
        visitor = row["anonymous_id"] or str(customer)
        seen.setdefault(visitor, at)
        if customer is not None:
            by_visitor.setdefault(visitor, at)
            known.setdefault(customer, at)
            if row["event_name"] == "Product Added":
                carts.setdefault(customer, at)
    found["visit_to_known"] = [(at, by_visitor.get(visitor)) for visitor, at in seen.items()]
    found["known_to_cart"] = [(at, carts.get(customer)) for customer, at in known.items()]
    found["cart_to_first"] = [(at, bought[customer][0] if customer in bought else None) for customer, at in carts.items()]
    return found


def local_of(company):
    """From UTC to the company's wall clock."""
    zone = company.company.settings.company.zone
    moments = {}

    def local(moment):
        if moment not in moments:
            found = company.raw.execute("select timezone(?, timezone('UTC', ?::timestamp))", [zone, moment]).fetchone()
            moments[moment] = found[0]
        return moments[moment]

    return local


def test_funnel(company):
    """Q64: who went on within thirty days, month by month, and the months before."""
    local = local_of(company)
    now = company.sql("select local from now")[0]["local"]
    entered, converted = defaultdict(int), defaultdict(int)
    for step, people in steps_of(company).items():
        for start, reached in people:
            if reached is None or reached >= start:
                key = step, month_of(local(start))
                entered[key] += 1
                converted[key] += reached is not None and days(reached - start) <= 30
    first = min(month for _, month in entered)

    def over(month):
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        return (now.date() - following).days >= 30

    counted = {key for key in entered if key[1] > first and over(key[1])}
    table = company.table("Q64", {"months": 100})
    assert {(row["step"], row["month"]) for row in table} == counted
    for row in table:
        key = row["step"], row["month"]
        assert (row["entered_count"], row["converted_count"]) == (entered[key], converted[key])
        assert row["conversion"] == pytest.approx(converted[key] / entered[key])
        former = sorted((each for each in counted if each[0] == key[0] and each[1] < key[1]), key=lambda each: each[1])[-12:]
        before = sum(entered[each] for each in former)
        usual = sum(converted[each] for each in former) / before if before else None
        assert row["usual_conversion"] == (pytest.approx(usual) if usual is not None else None)
        n, p = entered[key], converted[key] / entered[key]
        centre, half = p + 1.96**2 / 2 / n, 1.96 * math.sqrt(p * (1 - p) / n + 1.96**2 / 4 / n**2)
        assert row["conversion_low"] == pytest.approx((centre - half) / (1 + 1.96**2 / n), abs=1e-9)
        if n >= 10 and usual is not None and 0 < usual < 1:
            assert row["standard_gap"] == pytest.approx((p - usual) / math.sqrt(usual * (1 - usual) * (1 / n + 1 / before)))
        else:
            assert row["standard_gap"] is None
    compared = [row for row in table if row["standard_gap"] is not None]
    latest = max(row["month"] for row in compared)
    weakest = min((row for row in compared if row["month"] == latest), key=lambda row: row["standard_gap"])
    assert company.answer("Q64").headline["step"] == weakest["step"]
