"""Questions on where value comes from, how it changes and who is likely to buy, recomputed by Python (Q34 to Q50)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from fastapi.testclient import TestClient

from dangol.faces.html import Reader
from dangol.faces.report import build_report
from dangol.faces.web import create_app
from dangol.workspace.overview import overview

pytestmark = pytest.mark.real_data
YEAR = timedelta(days=365)
NOBODY_ASKED = ("unknown", "other")


def refunds(company):
    """Customer → refunds in all."""
    found = company.sql("select customer_id, sum(refund) as refund from returns where customer_id is not null group by 1")
    return {row["customer_id"]: float(row["refund"]) for row in found}


def values(company):
    """Customer → (margin so far less refunds, counted from the orders; expected margin)."""
    earned = company.sql("select customer_id, sum(margin) as margin from orders where customer_id is not null group by 1")
    back = refunds(company)
    historic = {row["customer_id"]: float(row["margin"]) - back.get(row["customer_id"], 0.0) for row in earned}
    scores = company.sql("select customer_id, expected_margin_12m as score from profile where expected_margin_12m is not null")
    return {row["customer_id"]: (historic[row["customer_id"]], float(row["score"])) for row in scores}


def grouped(members, fewest=10):
    """Group → figures of its members, small groups together."""
    sizes = defaultdict(int)
    for key, _ in members:
        sizes[key] += 1
    found = defaultdict(list)
    for key, value in members:
        found[key if key == "unknown" or sizes[key] >= fewest else "other"].append(value)
    return found


def check_groups(table, members):
    """A table of Q42 or Q43 against (group, (historic, expected)) of every buyer."""
    groups = grouped(members)
    total = sum(sum(each) for _, each in members)
    assert {row["group_name"] for row in table} <= set(groups)
    assert len(table) == min(len(groups), 50)
    means = [float(row["lifetime_value"]) for row in table]
    assert means == sorted(means, reverse=True)
    for row in table:
        lives = np.array([sum(each) for each in groups[row["group_name"]]])
        spread = 1.96 * lives.std(ddof=1) / np.sqrt(len(lives))
        assert row["customer_count"] == len(lives)
        assert float(row["lifetime_value"]) == pytest.approx(lives.mean(), abs=0.02)
        assert float(row["value_low"]) == pytest.approx(lives.mean() - spread, abs=0.02)
        assert float(row["value_high"]) == pytest.approx(lives.mean() + spread, abs=0.02)
        assert float(row["historic_margin"]) == pytest.approx(np.mean([each[0] for each in groups[row["group_name"]]]), abs=0.02)
        assert row["value_share"] == pytest.approx(lives.sum() / total, rel=1e-6)
    known = [row for row in table if row["group_name"] not in NOBODY_ASKED]
    return known[0]["group_name"], max(float(row["lifetime_value"]) for row in known)


def test_by_acquisition_channel(simulated):
    """Q42: the mean of everybody who came through a channel."""
    told = {
        row["customer_id"]: row["channel"] or "unknown"
        for row in simulated.sql("select customer_id, acquisition_channel as channel from people")
    }
    members = [(told[customer], each) for customer, each in values(simulated).items()]
    best = check_groups(simulated.table("Q42"), members)
    headline = simulated.answer("Q42").headline
    assert (headline["name"], float(headline["best"])) == best
    assert headline["n"] == sum(1 for channel, _ in members if channel != "unknown")


def test_without_channels_or_spend_what_is_missing_is_said(groceries):
    assert list(groceries.answer("Q42").missing) == ["people.acquisition_channel"]
    assert list(groceries.answer("Q45").missing) == ["people.acquisition_channel", "spend.*"]
    for number in ("Q47", "Q48"):
        assert list(groceries.answer(number).missing) == ["earlier_scores.*"]
        assert not groceries.answer(number).answerable


def test_by_first_category(company):
    """Q43: the category of the dearest product of the first order."""
    lines = company.sql("""
        select l.customer_id, l.order_id, l.at_utc, l.net, l.product_id, p.category from lines l left join products p using (product_id)
        where l.customer_id is not null""")
    first = {}
    for row in lines:
        place = (row["at_utc"], row["order_id"], -row["net"], row["product_id"])
        if row["customer_id"] not in first or place < first[row["customer_id"]][0]:
            first[row["customer_id"]] = (place, row["category"] or "unknown")
    members = [(first[customer][1], each) for customer, each in values(company).items()]
    check_groups(company.table("Q43"), members)


def test_by_place(company):
    """Q46: expected margin by region and by the store most orders were made in."""
    stores = {row["store_id"]: row["store_name"] for row in company.sql("from stores")} if "stores" in tables(company) else {}
    regions = "region" if "region" in company.company.snapshot.columns else "null"
    rows = company.sql(
        f"select customer_id, {regions} as region, main_store, expected_margin_12m as score from profile where expected_margin_12m is not null"
    )
    members = [(("region", row["region"]), float(row["score"])) for row in rows if row["region"]]
    members += [
        (("store", stores.get(row["main_store"]) or row["main_store"]), float(row["score"])) for row in rows if row["main_store"]
    ]
    sizes = defaultdict(list)
    for (kind, name), score in members:
        sizes[kind, name].append(score)
    groups = defaultdict(list)
    for (kind, name), scores in sizes.items():
        groups[kind, name if len(scores) >= 10 else "other"] += scores
    table = company.table("Q46")
    assert len(table) == min(len(groups), 100)
    for row in table:
        scores = groups[row["place_kind"], row["place_name"]]
        assert row["customer_count"] == len(scores)
        assert float(row["mean_expected_margin"]) == pytest.approx(np.mean(scores), abs=0.02)
        assert float(row["total_expected_margin"]) == pytest.approx(sum(scores), rel=1e-6)
    assert company.answer("Q46").headline["n"] == sum(1 for row in rows if row["region"] or row["main_store"])


def tables(company):
    return {row["name"] for row in company.sql("show tables")}


def month_number(later, earlier):
    return 12 * (later.year - earlier.year) + later.month - earlier.month


def month_of(moment):
    return date(moment.year, moment.month, 1)


def test_by_cohort(company):
    """Q44: what each month's new customers left so far, and when that reached what they cost."""
    orders = company.sql("select customer_id, clock, margin from orders where customer_id is not null")
    this_month = month_of(company.sql("select local from now")[0]["local"])
    cohort = {}
    for row in orders:
        cohort[row["customer_id"]] = min(cohort.get(row["customer_id"], date.max), month_of(row["clock"]))
    booked = [(row["customer_id"], month_of(row["clock"]), row["margin"]) for row in orders]
    booked += [
        (row["customer_id"], month_of(row["clock"]), -row["refund"])
        for row in company.sql("from returns where customer_id is not null")
    ]
    cost = defaultdict(Decimal)
    for row in company.sql("from spend") if "spend" in tables(company) else []:
        cost[month_of(row["spent_on"])] += row["cost"]
    months = sorted({month_of(row["clock"]) for row in orders if month_of(row["clock"]) < this_month})
    sizes, margins = defaultdict(int), defaultdict(Decimal)
    for month in cohort.values():
        sizes[month] += 1
    for customer, month, margin in booked:
        margins[cohort[customer], month] += margin
    expected = {}
    for first in (month for month in sorted(sizes) if month < this_month):
        so_far, paid, price = Decimal(0), None, cost[first] / sizes[first] if cost else None
        for month in (month for month in months if month >= first):
            so_far += margins[first, month]
            if paid is None and price is not None and round(so_far / sizes[first], 2) >= round(price, 2):
                paid = month_number(month, first) + 1
            if month_number(month, first) <= 12:
                expected[first, month_number(month, first)] = float(so_far / sizes[first])
        assert all(row.get("payback_month") == paid for row in company.table("Q44") if row["cohort"] == first)
    table = company.table("Q44")
    assert {(row["cohort"], row["month_number"]) for row in table} == set(expected)
    for row in table:
        assert float(row["margin_per_customer"]) == pytest.approx(expected[row["cohort"], row["month_number"]], abs=0.011)
    assert company.answer("Q44").headline["n"] == sum(sizes[month] for month in sizes if month < this_month)


def test_what_a_channel_may_cost(simulated):
    """Q45: spend of a year over the customers it brought, beside what they are worth."""
    as_of, worth = simulated.company.snapshot.as_of, values(simulated)
    firsts = {
        row["customer_id"]: row["first"]
        for row in simulated.sql("select customer_id, min(at_utc) as first from orders group by 1")
    }
    came = defaultdict(list)
    for row in simulated.sql(
        "select customer_id, acquisition_channel as channel from people where acquisition_channel is not null"
    ):
        customer = row["customer_id"]
        if customer in worth and as_of - firsts[customer] <= YEAR:
            came[row["channel"]].append(sum(worth[customer]))
    paid = defaultdict(Decimal)
    since = (as_of + timedelta(hours=9) - YEAR).date()
    for row in simulated.sql("from spend"):
        if row["spent_on"] >= since:
            paid[row["channel"]] += row["cost"]
    table = {row["origin"]: row for row in simulated.table("Q45")}
    assert set(table) == set(came)
    assert {channel for channel, row in table.items() if row["cost"] is None} == set(came) - set(paid) == {"organic", "referral"}
    for channel, lives in came.items():
        row = table[channel]
        assert row["new_customer_count"] == len(lives)
        assert float(row["lifetime_value"]) == pytest.approx(np.mean(lives), abs=0.02)
        assert float(row["most_payable"]) == pytest.approx(np.mean(lives) * 0.33, abs=0.02)
        if channel in paid:
            assert row["cost"] == paid[channel]
            assert float(row["acquisition_cost"]) == pytest.approx(float(paid[channel]) / len(lives), abs=0.011)
            assert row["value_ratio"] == pytest.approx(sum(lives) / float(paid[channel]), rel=1e-6)
    half = simulated.table("Q45", {"target_share": 0.5})
    assert [float(row["most_payable"]) for row in half] == pytest.approx(
        [float(row["lifetime_value"]) / 2 for row in half], abs=0.02
    )


def bridge(simulated):
    """Movement → (customers, change) between the run a month earlier and now."""
    before, now = (
        {row["customer_id"]: (row["stage"], row["score"]) for row in simulated.sql(
            f"select customer_id, lifecycle_stage as stage, expected_margin_12m as score from {table} where expected_margin_12m is not null")}
        for table in ("profile_before", "profile")
    )  # fmt: skip
    found = defaultdict(lambda: [0, Decimal(0)])
    for customer in before.keys() | now.keys():
        (old_stage, old), (stage, new) = before.get(customer, (None, Decimal(0))), now.get(customer, (None, Decimal(0)))
        kind = "grown" if new > old else "shrunk" if new < old else "unchanged"
        if old_stage and stage and "lapsed" in {old_stage, stage} and old_stage != stage:
            kind = "lost" if stage == "lapsed" else "reactivated"
        kind = "new" if old_stage is None else "lost" if stage is None else kind
        found[kind][0] += 1
        found[kind][1] += new - old
    return found, sum(score for _, score in before.values()), sum(score for _, score in now.values())


def test_bridge_of_equity(simulated):
    """Q47: the causes add up to the change, to the cent."""
    expected, before, now = bridge(simulated)
    table = {row["movement"]: row for row in simulated.table("Q47")}
    assert {name: [row["customer_count"], row["change"]] for name, row in table.items()} == dict(expected)
    assert {"new", "lost", "reactivated", "grown", "shrunk"} <= set(table)
    headline = simulated.answer("Q47").headline
    assert headline["before"] == before
    assert headline["now"] == now
    assert headline["change"] == now - before == sum(row["change"] for row in table.values())
    assert headline["since"].isoformat() == "2026-09-30T15:00:00"
    assert "2026. 10. 1." in simulated.company.sentence(
        simulated.company.registry.questions["customer_equity"], simulated.answer("Q47"), "ko"
    )


def test_home_tells_the_same_bridge(simulated):
    """R001: equity, its change and its parts on Home and in the report are those that Python adds up; sales stand below."""
    expected, before, now = bridge(simulated)
    found = overview(simulated.company).moved
    assert (found.before, found.now, found.change) == (before, now, now - before)
    assert found.parts == {name: expected[name][1] for name in ("new", "reactivated", "grown", "shrunk", "lost")}
    assert sum(found.parts.values()) == found.change
    assert found.retained + found.new == now == overview(simulated.company).equity
    (sold,) = simulated.sql("""
        select date_trunc('month', clock) as month, sum(net) as sales from orders where customer_id is not null
        and date_trunc('month', clock) < (select date_trunc('month', local) from now) group by 1 order by 1 desc limit 1""")
    told = overview(simulated.company).sold
    assert (told.month, told.sales) == (sold["month"].date(), sold["sales"])
    reader = Reader.of(simulated.company, "en")
    client = TestClient(create_app(simulated.company), base_url="http://127.0.0.1", headers={"Accept-Language": "en"})
    for text in (client.get("/").text, build_report(simulated.company, "en")):
        for amount in (now, abs(now - before), now - expected["new"][1], *map(abs, found.parts.values()), sold["sales"]):
            assert reader.value("money", amount) in text
        assert "since 1 Oct 2026" in text
        assert text.index("Customer equity") < text.index("Sales to known customers")


def test_who_rose_and_fell(simulated):
    """Q48: the largest changes of both directions."""
    changes = simulated.sql("""
        select p.customer_id, p.expected_margin_12m - b.expected_margin_12m as change, b.lifecycle_stage as stage_before
        from profile p join profile_before b using (customer_id) where p.expected_margin_12m <> b.expected_margin_12m""")
    table = simulated.table("Q48")
    for direction, sign in (("risen", 1), ("fallen", -1)):
        wanted = sorted(
            (row for row in changes if row["change"] * sign > 0), key=lambda row: (-abs(row["change"]), row["customer_id"])
        )
        found = [row for row in table if row["direction"] == direction]
        assert [(row["customer_id"], row["change"], row["stage_before"]) for row in found] == [
            (row["customer_id"], row["change"], row["stage_before"]) for row in wanted[:50]
        ]
    headline = simulated.answer("Q48").headline
    assert headline["n"] == len(changes)
    assert headline["gain"] - headline["loss"] == sum(row["change"] for row in changes)


def test_who_loses_money(company):
    """Q50: margin less refunds and messages of a year."""
    as_of, there = company.company.snapshot.as_of, tables(company)
    profit = defaultdict(Decimal)
    traded = set()
    for row in company.sql("select customer_id, margin, at_utc from orders where customer_id is not null"):
        if as_of - row["at_utc"] <= YEAR:
            profit[row["customer_id"]] += row["margin"]
            traded.add(row["customer_id"])
    local = company.sql("select local from now")[0]["local"]
    for row in company.sql("from returns where customer_id is not null"):
        if local - row["clock"] <= YEAR:
            profit[row["customer_id"]] -= row["refund"]
            traded.add(row["customer_id"])
    sent = """select customer_id, occurred_at, coalesce(cost_per_contact, 0) as cost from messages left join campaigns using (campaign_id)
        where message_event = 'sent' and customer_id is not null"""
    for row in company.sql(sent) if "messages" in there else []:
        if as_of - row["occurred_at"] <= YEAR:
            profit[row["customer_id"]] -= Decimal(row["cost"])
    wanted = sorted((profit[customer], customer) for customer in traded)
    assert [(row["profit"], row["customer_id"]) for row in company.table("Q50")] == wanted[:100]
    headline = company.answer("Q50").headline
    assert headline["n"] == len(traded)
    assert headline["losers"] == sum(1 for each, _ in wanted if each < 0)
    assert headline["loss"] == -sum(min(each, 0) for each, _ in wanted)


def test_service_has_a_price(simulated):
    """Q50: a conversation costs what the option says."""
    as_of = simulated.company.snapshot.as_of
    talks = defaultdict(int)
    for row in simulated.sql("select customer_id, occurred_at from interactions where customer_id is not null"):
        talks[row["customer_id"]] += as_of - row["occurred_at"] <= YEAR
    table = simulated.table("Q50", {"service_cost": 5000.0})
    assert [float(row["service_cost"]) for row in table] == [5000.0 * talks[row["customer_id"]] for row in table]
    assert sum(talks[row["customer_id"]] for row in table)


def test_valuable_but_unlikely(company):
    """Q34: both fifths by numpy's percentiles."""
    as_of = company.company.snapshot.as_of
    margin = defaultdict(float)
    for row in company.sql("select customer_id, margin, at_utc from orders where customer_id is not null"):
        margin[row["customer_id"]] += float(row["margin"]) if as_of - row["at_utc"] <= YEAR else 0.0
    rows = company.sql(
        "select customer_id, expected_margin_12m as score, churn_probability as churn from profile where churn_probability is not null"
    )
    bars = [
        np.quantile([each(row) for row in rows], 0.8)
        for each in (lambda row: margin[row["customer_id"]], lambda row: float(row["score"]), lambda row: row["churn"])
    ]
    wanted = {
        row["customer_id"]
        for row in rows
        if row["churn"] >= bars[2] and (margin[row["customer_id"]] >= bars[0] > 0 or float(row["score"]) >= bars[1] > 0)
    }
    table = company.table("Q34")
    assert {row["customer_id"] for row in table} == wanted
    best = sorted((margin[customer] for customer in wanted), reverse=True)
    assert [float(row["margin"]) for row in table] == pytest.approx(best[:100])
    headline = company.answer("Q34").headline
    assert (headline["found"], headline["n"]) == (len(wanted), len(rows))
    assert float(headline["margin"]) == pytest.approx(sum(margin[customer] for customer in wanted), abs=0.02)


def test_reasons_of_likelihood(company):
    """Q36: the reasons of everybody, read in Python."""
    rows = company.sql("select churn_reasons from profile where churn_probability is not null")
    weights = defaultdict(list)
    for row in rows:
        for part in filter(None, row["churn_reasons"].split(";")):
            name, _, weight = part.partition(":")
            weights[f"reason:{name}"].append(float(weight))
    table = company.table("Q36")
    assert [row["reason"] for row in table] == sorted(weights, key=lambda name: (-sum(map(abs, weights[name])), name))
    for row in table:
        found = weights[row["reason"]]
        assert row["raises_share"] == pytest.approx(sum(each < 0 for each in found) / len(rows))
        assert row["lowers_share"] == pytest.approx(sum(each > 0 for each in found) / len(rows))
        assert row["customer_count"] == len(found)
        assert row["mean_strength"] == pytest.approx(np.mean(np.abs(found)))
    question, answer = company.company.ask("Q36")
    assert "reason:" not in company.company.sentence(question, answer, "ko")
    assert "원인" in company.company.sentence(question, answer, "ko")
