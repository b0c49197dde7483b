"""Portfolio, tiers, VIPs, growth, comparison, potential, incentives and mailing, recomputed by Python (V1 to V9, V15, Q37, Q38, Q49, T10)."""

from __future__ import annotations

import calendar
import math
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats
from sqlglot import exp

from dangol.workspace.answers import Asker
from dangol.workspace.beside import BESIDE_TYPES, DECISIONS
from dangol.workspace.binding import Binder
from dangol.workspace.entered import ENTERED, Benchmark, Plan, entered
from dangol.workspace.registry import readable_columns

pytestmark = pytest.mark.real_data
DAY = 86400


def scored(company):
    """Customers with a value, the best first: (customer, stage, value)."""
    rows = company.sql("""
        select customer_id, lifecycle_stage, expected_margin_12m as value from profile
        where order_count > 0 and expected_margin_12m is not null""")
    return sorted(((row["customer_id"], row["lifecycle_stage"], row["value"]) for row in rows), key=lambda row: (-row[2], row[0]))


def tiers(company, high=0.2, medium=0.3):
    """Customer → tier by rank of value."""
    ranked = scored(company)
    ends = math.ceil(high * len(ranked)), math.ceil((high + medium) * len(ranked))
    return {row[0]: "high" if place < ends[0] else "medium" if place < ends[1] else "low" for place, row in enumerate(ranked)}


def asked_with(company, number, **beside):
    """A question asked beside figures or decisions made by hand."""
    snapshot = company.company.snapshot
    question = company.company.registry.find_question(number)
    binder = Binder(snapshot.facts, snapshot.as_of, company.company.settings.company.zone)
    identity = snapshot.meta["identity"]
    span = (identity["first_order_at"], identity["last_order_at"])
    asker = Asker(snapshot.duck.cursor(), binder, snapshot.columns, span, beside=beside)
    answer = asker.ask(question, readable_columns(company.company.registry))
    names = [column[0] for column in answer.columns]
    return answer, [dict(zip(names, row, strict=True)) for row in answer.rows]


def test_portfolio(company):
    """V1: every customer in one cell; cells, segments and persons add up to the same equity (R121)."""
    tier = tiers(company)
    cells = defaultdict(list)
    for customer, stage, value in scored(company):
        cells[tier[customer], stage].append(value)
    table = company.table("V1", {"budget": "1000"})
    assert {(row["value_tier"], row["lifecycle_stage"]) for row in table} == set(cells)
    for row in table:
        values = cells[row["value_tier"], row["lifecycle_stage"]]
        assert row["customer_count"] == len(values)
        assert row["equity"] == sum(values)
        assert float(row["value_each"]) == pytest.approx(float(sum(values)) / len(values), abs=0.0051)
    equity = sum(value for *_, value in scored(company))
    assert sum(row["equity"] for row in table) == equity == company.company.snapshot.figures.equity
    assert sum(row["customer_count"] for row in table) == len(tier)
    assert sum(row["budget"] for row in table) == 1000
    for row in table:
        assert float(row["budget"]) == pytest.approx(1000 * float(row["equity"] / equity), abs=0.011)
    answer = company.answer("V1")
    assert answer.headline["equity"] == equity
    assert "budget" not in [column[0] for column in answer.columns]
    best = max(table, key=lambda row: row["equity"])
    assert (answer.headline["tier"], answer.headline["stage"]) == (best["value_tier"], best["lifecycle_stage"])


def test_tiers(simulated):
    """V2: one tier each, unprofitable where a year's contact costs more than the value; the budget sums (R122, R129)."""
    costs = defaultdict(float)
    for row in simulated.sql("""
        select m.customer_id, sum(coalesce(c.cost_per_contact, 0)) as cost from messages m left join campaigns c using (campaign_id), now
        where message_event = 'sent' and m.customer_id is not null and m.occurred_at < utc
        and epoch_us(utc) - epoch_us(m.occurred_at) <= 365 * 86400000000 group by 1"""):
        costs[row["customer_id"]] += float(row["cost"])
    for row in simulated.sql("""
        select customer_id, count(*) as talks from interactions, now where customer_id is not null and occurred_at < utc
        and epoch_us(utc) - epoch_us(occurred_at) <= 365 * 86400000000 group by 1"""):
        costs[row["customer_id"]] += 5000.0 * row["talks"]
    tier = tiers(simulated)
    groups = defaultdict(list)
    for customer, _, value in scored(simulated):
        groups["unprofitable" if costs[customer] > value else tier[customer]].append((customer, value))
    table = simulated.table("V2", {"service_cost": "5000", "budget": "1000000"})
    assert [row["value_tier"] for row in table] == [name for name in ("high", "medium", "low", "unprofitable") if name in groups]
    assert "unprofitable" in groups
    assert len({(row["treatment"], row["value_tier"]) for row in table}) == len(table)
    profitable = sum(value for name, each in groups.items() for _, value in each if name != "unprofitable")
    for row in table:
        members = groups[row["value_tier"]]
        assert row["customer_count"] == len(members)
        assert row["equity"] == sum(value for _, value in members)
        assert row["lowest_value"] == min(value for _, value in members)
        assert float(row["cost_to_serve"] or 0) == pytest.approx(sum(costs[customer] for customer, _ in members), abs=0.01)
        part = 0 if row["value_tier"] == "unprofitable" else float(row["equity"] / profitable)
        assert float(row["budget"]) == pytest.approx(1_000_000 * part, abs=0.02)
    assert sum(row["budget"] for row in table) == 1_000_000
    assert sum(row["customer_count"] for row in table) == len(tier)
    mail = simulated.sql("""
        select sum(coalesce(c.cost_per_contact, 0)) / count(*) as each from messages m left join campaigns c using (campaign_id), now
        where message_event = 'sent' and m.occurred_at < utc and epoch_us(utc) - epoch_us(m.occurred_at) <= 365 * 86400000000""")
    each = {"high": (6, 5000.0), "medium": (10, float(mail[0]["each"]))}
    for row in simulated.table("V2", {"service_cost": "5000", "calls": "6", "mails": "10", "call_minutes": "15"}):
        contacts, cost = each.get(row["value_tier"], (0, 0.0))
        assert row["planned_contacts"] == contacts * row["customer_count"]
        assert float(row["planned_cost"]) == pytest.approx(contacts * cost * row["customer_count"], abs=0.011)
        spent = sum(costs[customer] for customer, _ in groups[row["value_tier"]])
        assert float(row["cost_change"]) == pytest.approx(contacts * cost * row["customer_count"] - spent, abs=0.02)
        hours = 6 * row["customer_count"] / 4 / 52 if row["value_tier"] == "high" else 0
        assert row["planned_hours"] == pytest.approx(hours)


@pytest.mark.parametrize("by", ["value", "sales"])
def test_vip_traits(company, by):
    """V3: Cohen's d of every trait by its definition (R108)."""
    wanted = {"value": "expected_margin_12m", "sales": "net_sales"}[by]
    table = company.table("V3", {"top_share": "0.1", "by": by})
    names = [row["trait"].removeprefix("column:") for row in table]
    rows = company.sql(
        f"select customer_id, {wanted} as worth, {', '.join(names)} from profile where order_count > 0 and {wanted} is not null"
    )
    rows.sort(key=lambda row: (-row["worth"], row["customer_id"]))
    few = math.ceil(0.1 * len(rows))
    for name, row in zip(names, table, strict=True):
        vips = np.array([float(each[name]) for each in rows[:few] if each[name] is not None])
        others = np.array([float(each[name]) for each in rows[few:] if each[name] is not None])
        assert (row["vip_count"], row["other_count"]) == (len(vips), len(others))
        assert row["vip_mean"] == pytest.approx(vips.mean(), rel=1e-6)
        assert row["other_mean"] == pytest.approx(others.mean(), rel=1e-6)
        pooled = math.sqrt(
            ((len(vips) - 1) * vips.var(ddof=1) + (len(others) - 1) * others.var(ddof=1)) / (len(vips) + len(others) - 2)
        )
        if pooled:
            assert row["effect_size"] == pytest.approx((vips.mean() - others.mean()) / pooled, rel=1e-6)
    sizes = [abs(row["effect_size"]) for row in table if row["effect_size"] is not None]
    assert sizes == sorted(sizes, reverse=True)
    assert {"order_count_365", "average_order_value", "tenure_days"} <= set(names)


@pytest.mark.parametrize("grouping", ["category", "brand"])
def test_vip_preferences(company, grouping):
    """V15: shares of money, Cohen's h, and ranges over customers that hold for all groups at once (R108)."""
    table = company.table("V15", {"top_share": "0.1", "grouping": grouping})
    ranked = [row[0] for row in scored(company)]
    vips = set(ranked[: math.ceil(0.1 * len(ranked))])
    money, buyers = defaultdict(lambda: defaultdict(float)), defaultdict(set)
    for row in company.sql(f"""
        select customer_id, {grouping} as name, sum(net) as amount from lines join products using (product_id), now
        where customer_id is not null and {grouping} is not null and epoch_us(utc) - epoch_us(at_utc) <= 365 * 86400000000
        group by all"""):
        if row["customer_id"] in set(ranked):
            money[row["customer_id"]][row["name"]] += float(row["amount"])
            buyers[row["name"]].add(row["customer_id"])
    kept = {name for name, who in buyers.items() if len(who) >= 10}
    assert {row["group_name"] for row in table} == kept | ({"other"} if kept != set(buyers) else set())
    sides = [[each for each in money if (each in vips) == best] for best in (True, False)]
    spent = {each: sum(found.values()) for each, found in money.items()}
    totals = [sum(spent[each] for each in side) for side in sides]
    for row in table:
        if row["group_name"] == "other":
            assert row["difference_low"] is None
            continue
        parts = [sum(money[each][row["group_name"]] for each in side) / total for side, total in zip(sides, totals, strict=True)]
        whole = sum(part * total for part, total in zip(parts, totals, strict=True)) / sum(totals)

        def residuals(side, total, part, name=row["group_name"]):
            return np.array([(money[each][name] - part * spent[each]) / (total / len(side)) for each in side])

        around = np.concatenate([residuals(side, total, whole) for side, total in zip(sides, totals, strict=True)])
        error = math.sqrt(
            sum(
                max((residuals(side, total, part) ** 2).sum() / (len(side) - 1), (around**2).sum() / (len(around) - 1))
                / len(side)
                for side, total, part in zip(sides, totals, parts, strict=True)
            )
        )
        reach = stats.t.ppf(1 - 0.025 / len(kept), min(map(len, sides)) - 1) * error
        assert (row["vip_share"], row["other_share"]) == pytest.approx(tuple(parts), rel=1e-6)
        assert row["effect_size"] == pytest.approx(
            2 * math.asin(math.sqrt(parts[0])) - 2 * math.asin(math.sqrt(parts[1])), abs=1e-9
        )
        assert row["difference"] - row["difference_low"] == pytest.approx(reach, rel=2e-3)
        assert row["difference_high"] - row["difference"] == pytest.approx(reach, rel=2e-3)
        assert row["beyond_chance"] == (row["difference_low"] > 0 or row["difference_high"] < 0)
    differences = [row["difference"] for row in table if row["group_name"] != "other"]
    assert differences == sorted(differences, reverse=True)


def test_vip_tendencies(company):
    """V4: sales per VIP who was there when a month began, over their trend; what nobody delivers about social media is named (R109)."""
    ranked = scored(company)
    vips = {row[0] for row in ranked[: math.ceil(0.2 * len(ranked))]}
    known = {row[0] for row in ranked}
    until = company.sql("select date_trunc('day', max(clock)) + interval 1 day as until from orders")[0]["until"]
    end = until.replace(day=1)
    sales, first = defaultdict(float), {}
    for row in company.sql("select customer_id, clock, net from orders where customer_id is not null order by clock"):
        if row["customer_id"] in known:
            first.setdefault(row["customer_id"], row["clock"])
            sales[row["clock"].year, row["clock"].month, row["customer_id"]] += float(row["net"])
    months = sorted({(year, month) for year, month, _ in sales if (year, month) < (end.year, end.month)})
    table = {row["month_of_year"]: row for row in company.table("V4")}
    for name, among in (("vip_index", vips), ("other_index", known - vips)):
        rates, weights, kept = [], [], []
        for month in months:
            there = [each for each in among if (first[each].year, first[each].month) < month]
            if there:
                kept.append(month)
                weights.append(len(there))
                rates.append(sum(sales[(*month, each)] for each in there) / len(there) / calendar.monthrange(*month)[1])
        places, rates, weights = np.arange(len(kept)), np.array(rates), np.array(weights)
        sold = rates > 0
        degree = 1 if sold.sum() >= 24 else 0
        line = np.exp(np.polyval(np.polyfit(places[sold], np.log(rates[sold]), degree, w=np.sqrt(weights[sold])), places))
        index = rates / (line * (rates @ weights) / (line @ weights))
        for month_of_year in {month for _, month in kept}:
            chosen = np.array([month == month_of_year for _, month in kept])
            expected = (index * weights)[chosen].sum() / weights[chosen].sum()
            assert table[month_of_year][name] == pytest.approx(expected, rel=1e-6)
    answer = company.answer("V4")
    assert answer.headline["n"] == len(vips)
    assert answer.headline["vip_social"] is None
    assert answer.headline["stand_in"] is None
    if "feedback_kind" not in company.company.snapshot.facts.present.get("feedback", ()):
        assert "feedback.feedback_kind" in answer.missing


def test_appreciation_types(company):
    """V5: the four kinds by their rules, everybody once (R110)."""
    before = company.sql("""
        select customer_id, sum(net) as sales from orders, now where customer_id is not null
        and epoch_us(utc) - epoch_us(at_utc) > 365 * 86400000000 and epoch_us(utc) - epoch_us(at_utc) <= 730 * 86400000000 group by 1""")
    ranked = sorted(before, key=lambda row: (-row["sales"], row["customer_id"]))
    best = {row["customer_id"] for row in ranked[: math.ceil(0.2 * len(ranked))]}
    kinds = Counter()
    for row in company.sql("""
        select customer_id, recency_score, order_count, lifecycle_stage, coupon_order_share, discounted_line_share, category_count
        from profile where order_count > 0"""):
        often = row["order_count"] >= 3
        rewarded = (row["coupon_order_share"] or 0) >= 0.5 or (row["discounted_line_share"] or 0) >= 0.9
        rules = {
            "fallen_angel": row["customer_id"] in best and row["recency_score"] <= 2,
            "never_returned": row["order_count"] == 1 and row["lifecycle_stage"] == "lapsed",
            "reward_addict": often and rewarded,
            "conservative": often and row["category_count"] == 1,
        }
        kinds[next((name for name, holds in rules.items() if holds), "neither")] += 1
    table = company.table("V5")
    assert {row["kind"]: row["customer_count"] for row in table} == dict(kinds)
    assert sum(row["customer_share"] for row in table) == pytest.approx(1)
    # each kind is the audience of the programme of its name
    for name in rules:
        audience = company.company.registry.programmes[name].settings.audience
        assert company.company.customers.count(audience) == kinds[name], name


def buyers_by_period(company, span):
    """Customer → the periods of `span` days back in which he bought, 0 for the latest; and the age of his first order."""
    periods, first = defaultdict(set), defaultdict(float)
    for row in company.sql(
        "select customer_id, (epoch_us(utc) - epoch_us(at_utc)) / 8.64e10 as age from orders, now where customer_id is not null"
    ):
        periods[row["customer_id"]].add(0 if row["age"] <= span else 1 if row["age"] <= 2 * span else 2)
        first[row["customer_id"]] = max(first[row["customer_id"]], row["age"])
    return periods, first


def history(company):
    """Days from the first order of a known customer to the moment."""
    return company.sql(
        "select max((epoch_us(utc) - epoch_us(at_utc)) / 8.64e10) as age from orders, now where customer_id is not null"
    )[0]["age"]


def test_growth_needed(company):
    """V6: the algebra of new customers, and what they cost (R196)."""
    span = min(365, math.floor(history(company) / 3))
    periods, first = buyers_by_period(company, span)
    active = sum(0 in each for each in periods.values())
    before = sum(1 in each for each in periods.values())
    kept = sum({0, 1} <= each for each in periods.values())
    returned = sum(0 in each and 1 not in each and 2 in each for each in periods.values())
    leaving = math.floor(active * (1 - kept / before) + 0.5)
    target = math.ceil(active * 1.2 - 1e-9)
    steps = {row["step"]: row for row in company.table("V6", {"growth": "0.2"})}
    assert steps["buyers_now"]["customer_count"] == active
    assert steps["target"]["customer_count"] == target
    assert steps["will_leave"]["customer_count"] == leaving
    assert steps["will_return"]["customer_count"] == returned
    needed = max(0, target - (active - leaving) - returned)
    assert steps["new_needed"]["customer_count"] == needed > 0
    assert active - leaving + returned + needed == target
    headline = company.answer("V6", {"growth": "0.2"}).headline
    assert headline["new_before"] == sum(first[customer] <= span for customer in periods)
    if "spend" in tables(company):
        spent = float(
            company.sql(f"""
            select sum(cost) as cost from spend, now
            where (epoch_us(utc) - epoch_us(cast(spent_on as timestamp))) / 8.64e10 <= {span} and spent_on < utc""")[0]["cost"]
        )
        assert float(steps["new_needed"]["cost_each"]) == pytest.approx(spent / headline["new_before"], abs=0.0051)
        assert float(steps["new_needed"]["cost"]) == pytest.approx(needed * spent / headline["new_before"], rel=1e-6)
    none = {row["step"]: row for row in company.table("V6", {"growth": "0.2", "loss": "0.5"})}
    assert none["will_leave"]["customer_count"] == math.floor(active * 0.5 + 0.5)


def tables(company):
    """Names of the delivered tables."""
    return {row["name"] for row in company.sql("select table_name as name from information_schema.tables")}


def test_conversion_by_stage(simulated):
    """V7: who bought of everybody known at the beginning, and the messages it took (R197, R199)."""
    days = defaultdict(set)
    first = {}
    for row in simulated.sql("""
        select customer_id, at_utc, date_trunc('day', clock) as day, (epoch_us(utc) - epoch_us(at_utc)) / 8.64e10 as age
        from orders, now where customer_id is not null order by at_utc"""):
        if row["age"] > 90:
            days[row["customer_id"]].add(row["day"])
        else:
            first.setdefault(row["customer_id"], row["at_utc"])
    known = [
        row["customer_id"]
        for row in simulated.sql("""
        select customer_id from people, now where (epoch_us(utc) - epoch_us(first_seen_at)) / 8.64e10 > 90""")
    ]
    stage = {each: ("prospect", "one_time", "repeat")[min(len(days[each]), 2)] for each in known}
    contacts = Counter()
    for row in simulated.sql("""
        select customer_id, occurred_at from messages, now where message_event = 'sent' and customer_id is not null and occurred_at < utc
        and (epoch_us(utc) - epoch_us(occurred_at)) / 8.64e10 <= 90"""):
        customer = row["customer_id"]
        if customer in stage and (customer not in first or row["occurred_at"] <= first[customer]):
            contacts[stage[customer]] += 1
    for row in simulated.table("V7"):
        members = [each for each in known if stage[each] == row["stage_then"]]
        bought = sum(each in first for each in members)
        assert (row["people_count"], row["buyer_count"]) == (len(members), bought)
        assert row["conversion"] == pytest.approx(bought / len(members))
        assert row["conversion_low"] <= row["conversion"] <= row["conversion_high"]
        assert row["contact_count"] == contacts[row["stage_then"]]
        assert row["contacts_each"] == pytest.approx(contacts[row["stage_then"]] / bought)
        assert row["book_conversion"] == (0.06 if row["stage_then"] == "prospect" else 0.6)
    rows = {row["stage_then"]: row for row in simulated.table("V7")}
    spent = simulated.sql("""
        select sum(cost) as cost from spend, now
        where spent_on < utc and (epoch_us(utc) - epoch_us(cast(spent_on as timestamp))) / 8.64e10 <= 90""")[0]["cost"]
    newcomers = sum(not days[each] for each in first)
    won = float(spent + (rows["prospect"]["contact_cost"] or 0)) / newcomers
    assert float(rows["prospect"]["acquisition_each"]) == pytest.approx(won, abs=0.011)
    assert rows["repeat"]["acquisition_each"] is None
    question, answer = simulated.company.ask("V7")
    assert float(answer.headline["won"]) == pytest.approx(won, abs=0.011)
    assert "the book claims" in simulated.company.sentence(question, answer, "en")


def test_lifetime_values_in_three_ways(company):
    """V8: historic and predicted from the profile, the formula from the orders."""
    span = min(365, math.floor(history(company) / 2))
    periods, _ = buyers_by_period(company, span)
    active = sum(0 in each for each in periods.values())
    kept = sum({0, 1} <= each for each in periods.values()) / sum(1 in each for each in periods.values())
    recent = company.sql(f"""
        select count(*) as n, sum(margin) as margin from orders, now
        where customer_id is not null and (epoch_us(utc) - epoch_us(at_utc)) / 8.64e10 <= {span}""")[0]
    zone_free = company.company.snapshot.duck.cursor().rows(
        "select customer_id, margin, expected_margin_12m from profile where order_count > 0"
    )
    back = company.sql(
        "select coalesce(sum(refund), 0) as refund from returns, now where customer_id is not null and clock >= local - interval 1 day * "
        + str(span)
    )
    margin = (float(recent["margin"]) - float(back[0]["refund"])) / recent["n"]
    years = 1 / (1 - kept ** (365 / span))
    ways = {row["method"]: row for row in company.table("V8")}
    assert ways["formula"]["customer_count"] == active
    assert float(ways["formula"]["margin_per_order"]) == pytest.approx(margin, rel=1e-3, abs=0.011)
    assert ways["formula"]["orders_per_year"] == pytest.approx(recent["n"] / active * 365 / span, rel=1e-6)
    assert ways["formula"]["lifetime_years"] == pytest.approx(years, rel=1e-6)
    assert float(ways["formula"]["value_each"]) == pytest.approx(margin * recent["n"] / active * 365 / span * years, rel=1e-3)
    assert ways["historic"]["total"] == sum(row["margin"] for row in zone_free)
    assert ways["predicted"]["total"] == sum(row["expected_margin_12m"] or 0 for row in zone_free)
    assert float(ways["historic"]["value_each"]) == pytest.approx(float(ways["historic"]["total"]) / len(zone_free), abs=0.0051)


FIGURES = [
    Benchmark(figure="average_order_value", value=50.0, source="an association 2025"),
    Benchmark(figure="repeat_share", value=0.5, source="an association 2025"),
    Benchmark(figure="sales_per_customer", value=700.0, source="an association 2025"),
    Benchmark(figure="lifetime_value", value=120.0, source="an association 2025"),
    Benchmark(figure="market_total", value=40_000_000.0, source="an institute 2025"),
]


def test_relative_value_compares_with_what_was_entered(company):
    """V9: own figures over the entered ones; without any nothing is compared (R179)."""
    assert list(company.answer("V9").missing) == ["entered.*"]
    assert not company.answer("V9").answerable
    bought = company.sql("""
        select customer_id, count(*) as n, sum(net) as sales from orders, now
        where customer_id is not null and (epoch_us(utc) - epoch_us(at_utc)) / 8.64e10 <= 365 group by 1""")
    orders, sales = sum(row["n"] for row in bought), float(sum(row["sales"] for row in bought))
    everything = float(
        company.sql("""
        select sum(net) as sales from orders, now where (epoch_us(utc) - epoch_us(at_utc)) / 8.64e10 <= 365""")[0]["sales"]
    )
    values = [float(row[2]) for row in scored(company)]
    own = {
        "average_order_value": sales / orders,
        "repeat_share": sum(row["n"] > 1 for row in bought) / len(bought),
        "sales_per_customer": sales / len(bought),
        "lifetime_value": sum(values) / len(values),
        "market_total": everything,
    }
    answer, table = asked_with(company, "V9", **{ENTERED: entered(FIGURES, Plan())})
    given = {each.figure: each.value for each in FIGURES}
    assert {row["figure"] for row in table} == set(own)
    for row in table:
        assert row["own"] == pytest.approx(own[row["figure"]], rel=1e-6)
        assert row["relative"] == pytest.approx(own[row["figure"]] / given[row["figure"]], rel=1e-6)
        assert row["source"]
    ahead = sum(own[name] >= given[name] for name in own if name != "market_total")
    assert (answer.headline["figures"], answer.headline["ahead"]) == (len(own), ahead)
    assert answer.headline["n"] == len(bought)


def test_unused_potential(company):
    """Q49: the 80th percentile of declared peers less the own value."""
    groups = defaultdict(list)
    members = []
    for row in company.sql("""
        select customer_id, main_category, tenure_days, expected_margin_12m as value from profile
        where order_count > 0 and expected_margin_12m is not null and lifecycle_stage <> 'lapsed'"""):
        tenure = "tenure_short" if row["tenure_days"] < 91 else "tenure_middle" if row["tenure_days"] < 365 else "tenure_long"
        members.append((row["customer_id"], row["main_category"], tenure, float(row["value"])))
    sizes = Counter((category, tenure) for _, category, tenure, _ in members)
    peers = {each[0]: (each[1] if each[1] and sizes[each[1], each[2]] >= 30 else "all", each[2]) for each in members}
    for customer, _, _, value in members:
        groups[peers[customer]].append(value)
    levels = {group: round(float(np.percentile(values, 80)), 2) for group, values in groups.items()}
    potential = {customer: max(levels[peers[customer]] - value, 0) for customer, _, _, value in members}
    answer = company.answer("Q49")
    assert answer.headline["n"] == len(members)
    assert abs(answer.headline["found"] - sum(each > 0.011 for each in potential.values())) <= 2
    assert float(answer.headline["total"]) == pytest.approx(sum(potential.values()), rel=1e-4)
    table = company.table("Q49")
    for row in table:
        assert (row["peers"], row["tenure"]) == peers[row["customer_id"]]
        assert float(row["potential"]) == pytest.approx(potential[row["customer_id"]], abs=0.02)
    shown = [row["potential"] for row in table]
    assert shown == sorted(shown, reverse=True)


def test_share_of_wallet_without_a_survey_is_a_range(company):
    """T10: a range from similar customers, evidence low, no point (R001)."""
    answer = company.answer("T10")
    rows = company.sql("""
        select customer_id, lifecycle_stage, net_sales_365 as own, wallet_low, wallet_high, wallet_share, wallet_evidence
        from profile where wallet_evidence is not null""")
    assert {row["wallet_evidence"] for row in rows} == {"low"}
    assert all(row["wallet_share"] is None for row in rows)
    own = float(sum(row["own"] for row in rows))
    assert answer.headline["share"] is None
    assert answer.n == len(rows)
    assert answer.trust.level == "low"
    assert "low_evidence" in answer.trust.reasons
    assert answer.headline["low"] == pytest.approx(own / float(sum(row["wallet_high"] for row in rows)), rel=1e-6)
    assert answer.headline["high"] == pytest.approx(own / float(sum(row["wallet_low"] for row in rows)), rel=1e-6)
    spends = np.array([float(row["own"]) for row in rows])
    middling = [row for row in rows if 0.2 < (spends < float(row["own"])).mean() < 0.7]
    for row in middling[::20]:
        others = spends[spends >= float(row["own"])]
        assert float(row["wallet_high"]) == pytest.approx(np.quantile(others, 0.85), rel=0.03)
    assert all(float(row["wallet_high"]) > 1.5 * float(row["own"]) for row in rows if row["own"])
    stages = defaultdict(int)
    for row in rows:
        stages[row["lifecycle_stage"]] += 1
    table = company.table("T10")
    assert {row["name"]: row["customer_count"] for row in table if row["level"] == "stage"} == dict(stages)
    _, with_market = asked_with(company, "T10", **{ENTERED: entered(FIGURES[-1:], Plan())})
    market = with_market[0]
    assert (market["level"], market["evidence"]) == ("market", "market")
    assert market["share"] == pytest.approx(float(market["own_sales"]) / 40_000_000, rel=1e-6)


def test_incentive_from_own_decisions(simulated):
    """Q37: the difference of two shares in a campaign with a holdout, by offer and by orders before it."""
    snapshot = simulated.company.snapshot
    duck = snapshot.duck.cursor()
    moment = snapshot.as_of - timedelta(days=45)
    people = [row["customer_id"] for row in simulated.sql("select customer_id from people order by 1")]
    rows = [(each, "contact" if each % 3 else "hold_out", "gift" if each % 2 else "coupon") for each in people]
    listed = ", ".join(f"({each}, '{action}', '{arm}')" for each, action, arm in rows)
    duck.execute(
        f"""create or replace temp table made_decisions as select cast(c as bigint) as customer_id, 'one' as campaign_id,
        'win_back' as programme, timestamp '{moment}' as decided_at, a as action, case when a = 'contact' then b end as arm,
        0.5e0 as probability, cast(100 as decimal(18, 2)) as cost from (values {listed}) v(c, a, b)"""
    )
    binder = Binder(snapshot.facts, snapshot.as_of, simulated.company.settings.company.zone)
    source = (exp.to_table("made_decisions"), BESIDE_TYPES[DECISIONS])
    asker = Asker(duck, binder, snapshot.columns, beside={DECISIONS: source})
    question = simulated.company.registry.find_question("Q37")
    answer = asker.ask(question, readable_columns(simulated.company.registry))
    names = [column[0] for column in answer.columns]
    table = [dict(zip(names, row, strict=True)) for row in answer.rows]
    did, before = set(), defaultdict(set)
    for row in simulated.sql(
        "select customer_id, at_utc, date_trunc('day', clock) as day from orders where customer_id is not null"
    ):
        if moment <= row["at_utc"] < moment + timedelta(days=30):
            did.add(row["customer_id"])
        elif row["at_utc"] < moment:
            before[row["customer_id"]].add(row["day"])
    stage = {each: ("prospect", "one_time", "repeat")[min(len(before[each]), 2)] for each in people}
    assert {(row["offer"], row["who"]) for row in table} >= {("gift", "all"), ("coupon", "all"), ("gift", "repeat")}
    for row in (each for each in table if each["offer"] in ("gift", "coupon")):
        inside = [each for each in rows if row["who"] in ("all", stage[each[0]])]
        treated = [each[0] for each in inside if each[1] == "contact" and each[2] == row["offer"]]
        held = [each[0] for each in inside if each[1] == "hold_out"]
        p, q = (sum(each in did for each in group) / len(group) for group in (treated, held))
        assert (row["treated_count"], row["held_out_count"]) == (len(treated), len(held))
        assert row["uplift"] == pytest.approx(p - q, abs=1e-9)
        error = 1.96 * math.sqrt(p * (1 - p) / len(treated) + q * (1 - q) / len(held))
        if min(len(treated), len(held)) >= 30:
            assert row["uplift_low"] == pytest.approx(p - q - error, abs=1e-9)
        parts = [row[name] for name in ("persuadable_share", "sure_share", "lost_share", "sleeping_share")]
        assert sum(parts) == pytest.approx(1)
        if p > q:
            assert float(row["cost_each"]) == pytest.approx(100 / (p - q), rel=1e-3)
    delivered = simulated.answer("Q37")
    assert answer.headline["n"] == len(people) + (delivered.headline["n"] if delivered.answerable else 0)


def mailed_weeks(simulated, now):
    """(customer, week back) → the reactions to each e-mail sent in it, of twelve weeks."""
    mails = defaultdict(lambda: {"sent": None, "events": set()})
    for row in simulated.sql(
        "select customer_id, message_id, message_event, occurred_at from messages where channel = 'email' and occurred_at < (select utc from now)"
    ):
        if row["customer_id"] is None:
            continue
        mail = mails[row["customer_id"], row["message_id"]]
        mail["events"].add(row["message_event"])
        if row["message_event"] == "sent":
            mail["sent"] = min(mail["sent"] or row["occurred_at"], row["occurred_at"])
    weeks = defaultdict(list)
    for (customer, _), mail in mails.items():
        if mail["sent"] is not None and (now - mail["sent"]).total_seconds() / DAY < 84:
            weeks[customer, int((now - mail["sent"]).total_seconds() // (7 * DAY))].append(mail["events"])
    return weeks


def test_email_frequency(simulated):
    """Q38: weeks of those who got e-mail, by how many they got."""
    now = simulated.sql("select utc from now")[0]["utc"]
    weeks = mailed_weeks(simulated, now)
    people, calendar = {each[0] for each in weeks}, {each[1] for each in weeks}
    margin = defaultdict(float)
    ordered = set()
    for row in simulated.sql("select customer_id, at_utc, margin from orders"):
        week = int((now - row["at_utc"]).total_seconds() // (7 * DAY))
        if row["customer_id"] in people and week in calendar:
            margin[row["customer_id"], week] += float(row["margin"])
            ordered.add((row["customer_id"], week))
    groups = defaultdict(list)
    for customer in people:
        for week in calendar:
            groups[min(len(weeks.get((customer, week), [])), 5)].append((customer, week))
    table = simulated.table("Q38")
    assert [row["mails_a_week"] for row in table] == sorted(groups)
    for row in table:
        members = groups[row["mails_a_week"]]
        events = [each for place in members for each in weeks.get(place, [])]
        assert row["customer_week_count"] == len(members)
        assert row["sent_count"] == len(events)
        assert row["order_share"] == pytest.approx(sum(place in ordered for place in members) / len(members))
        assert float(row["margin_each"]) == pytest.approx(sum(margin[place] for place in members) / len(members), abs=0.011)
        if events:
            for name, event in (("open_share", "opened"), ("click_share", "clicked"), ("unsubscribe_share", "unsubscribed")):
                assert row[name] == pytest.approx(sum(event in each for each in events) / len(events))
        left = float(row["margin_each"]) - float(row["message_cost"]) - float(row["unsubscribe_cost"])
        assert float(row["left_each"]) == pytest.approx(left, abs=0.02)
    headline = simulated.answer("Q38").headline
    assert headline["n"] == len(people)
    left = {row["mails_a_week"]: row["left_each"] for row in table if row["customer_week_count"] >= 30}
    assert headline["left_none"] == left.pop(0)
    assert left[headline["best"]] == headline["left"] == max(left.values())
