"""How soon customers respond and come back (K4, K8; R211), recomputed by Python with the product-limit estimate."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest

DAYS = (1, 3, 7, 14, 30, 90)


def product_limit(spans):
    """Share who came by each day; missing where nobody was watched so long (Kaplan and Meier 1958)."""
    found, left, longest = {}, 1.0, max(day for day, _ in spans)
    for day in range(longest + 1):
        at_risk = sum(each >= day for each, _ in spans)
        came = sum(each == day and did for each, did in spans)
        left *= 1 - came / at_risk if at_risk else 1
        found[day] = 1 - left
    half = next((day for day in range(longest + 1) if found[day] >= 0.5 - 1e-12), None)
    return {days: found[days] if days <= longest else None for days in DAYS}, half


def spans_of(company):
    """Kind and group → (days waited, whether they came)."""
    now = company.sql("select utc from now")[0]["utc"]
    found = defaultdict(list)

    def add(what, name, since, came):
        days = math.ceil(((came or now) - since) / timedelta(days=1))
        found[what, name].append((days, came is not None))
        found[what, "all"].append((days, came is not None))

    orders, shopping = defaultdict(list), defaultdict(dict)
    for row in company.sql(
        "select customer_id, at_utc, date_trunc('day', clock) as day from orders where customer_id is not null"
    ):
        orders[row["customer_id"]].append(row["at_utc"])
        days = shopping[row["customer_id"]]
        days[row["day"]] = min(days.get(row["day"], row["at_utc"]), row["at_utc"])
    clicks = defaultdict(list)
    for row in company.sql("select message_id, occurred_at from messages where message_event = 'clicked'"):
        clicks[row["message_id"]].append(row["occurred_at"])
    first, theirs = {}, defaultdict(list)
    for row in company.sql("""
        select campaign_id, customer_id, message_id, occurred_at from messages, now
        where message_event = 'sent' and campaign_id is not null and customer_id is not null and occurred_at < utc
          and epoch_us(utc) - epoch_us(occurred_at) <= 365 * 86400000000 order by occurred_at"""):
        key = row["campaign_id"], row["customer_id"]
        first.setdefault(key, row["occurred_at"])
        theirs[key] += clicks[row["message_id"]]
    for (campaign, customer), since in first.items():
        add("message_click", campaign, since, min((at for at in theirs[campaign, customer] if at >= since), default=None))
        add("message_order", campaign, since, min((at for at in orders[customer] if at >= since), default=None))
    channel = {row["customer_id"]: row["acquisition_channel"] for row in company.sql("from people")}
    for customer, days in shopping.items():
        since, *later = sorted(days.values())
        add("second_order", channel.get(customer) or "unknown", since, later[0] if later else None)
    return found


def test_response_times(simulated):
    spans, table = spans_of(simulated), simulated.table("K4")
    wanted = {key: each for key, each in spans.items() if len(each) >= 30 and any(did for _, did in each)}
    for what in ("message_click", "message_order", "second_order"):
        names = [row["name"] for row in table if row["what"] == what]
        largest = sorted(
            (name for kind, name in wanted if kind == what), key=lambda each: (each != "all", -len(wanted[what, each]), each)
        )
        assert names == largest[:21]
        assert names[0] == "all"
    for row in table:
        each = wanted[row["what"], row["name"]]
        shares, half = product_limit(each)
        assert (row["waited_count"], row["came_count"]) == (len(each), sum(did for _, did in each))
        for days, share in shares.items():
            assert row[f"in_{days}"] == (None if share is None else pytest.approx(share, abs=1e-9)), (
                row["what"],
                row["name"],
                days,
            )
        assert row["median_days"] == half


def stage_after(days, lapse):
    """The stage that the last of some days with an order made."""
    if len(days) == 1:
        return "new"
    return "reactivated" if (days[-1] - days[-2]) / timedelta(days=1) > lapse else "active"


def stage_at(days, moment, lapse):
    """The stage of somebody with these days with an order, at a moment after them."""
    before = [each for each in days if each < moment]
    if not before:
        return "prospect"
    silent, gaps = (moment - before[-1]) / timedelta(days=1), [(b - a) / timedelta(days=1) for a, b in pairwise(before)]
    if silent > lapse:
        return "lapsed"
    late = stage_after(before, lapse) == "active" and silent > 2 * sum(gaps) / len(gaps)
    return "at_risk" if late else stage_after(before, lapse)


def spans_by_segment(company):
    """Kind and group at that moment → (days waited, whether they came), of messages and orders of a year."""
    now, lapse = company.sql("select utc from now")[0]["utc"], company.sql("select max(lapse_days) as n from profile")[0]["n"]
    found, shopping, orders = defaultdict(list), defaultdict(dict), defaultdict(list)

    def add(what, name, since, came):
        days = math.ceil(((came or now) - since) / timedelta(days=1))
        found[what, name].append((days, came is not None))
        found[what, "all"].append((days, came is not None))

    folder = company.company.root / company.company.snapshot.pointer.facts / "facts"
    for row in company.sql(f"""
        select o.customer_id, o.at_utc, cast(o.clock as date) as day, f.channel from orders o
        join '{folder / "orders.parquet"}' f using (order_id) where o.customer_id is not null order by o.at_utc, o.order_id"""):
        orders[row["customer_id"]].append(row["at_utc"])
        shopping[row["customer_id"]].setdefault(row["day"], (row["at_utc"], row["channel"]))
    times = {customer: sorted(at for at, _ in days.values()) for customer, days in shopping.items()}
    for customer, days in shopping.items():
        for place, (at, channel) in enumerate(sorted(days.values())):
            if (now - at) / timedelta(days=1) <= 365:
                later = times[customer][place + 1] if place + 1 < len(times[customer]) else None
                add("return_by_stage", stage_after(times[customer][: place + 1], lapse), at, later)
                add("return_by_channel", channel, at, later)
    if "messages" in {row["name"] for row in company.sql("show tables")}:
        for row in company.sql("""
            select campaign_id, customer_id, min(occurred_at) as sent_at from messages, now
            where message_event = 'sent' and campaign_id is not null and customer_id is not null and occurred_at < utc
              and epoch_us(utc) - epoch_us(occurred_at) <= 365 * 86400000000 group by all"""):
            at, customer = row["sent_at"], row["customer_id"]
            came = min((each for each in orders[customer] if each >= at), default=None)
            add("message_by_stage", stage_at(times.get(customer, []), at, lapse), at, came)
    return found


@pytest.mark.real_data
def test_response_by_segment(company):
    """K8: the product-limit estimate of each stage and channel, as it was at the message or order."""
    spans, table = spans_by_segment(company), company.table("K8")
    wanted = {key: each for key, each in spans.items() if len(each) >= 30 and any(did for _, did in each)}
    assert {(row["what"], row["name"]) for row in table} == set(wanted)
    assert {("return_by_stage", "new"), ("return_by_stage", "reactivated"), ("return_by_channel", "all")} < set(wanted)
    for row in table:
        each = wanted[row["what"], row["name"]]
        shares, half = product_limit(each)
        assert (row["waited_count"], row["came_count"]) == (len(each), sum(did for _, did in each))
        for days, share in shares.items():
            expected = None if share is None else pytest.approx(share, abs=1e-8)
            assert row[f"in_{days}"] == expected, (row["what"], row["name"], days)
        assert row["median_days"] == half
    found, headline = {(row["what"], row["name"]): row["in_30"] for row in table}, company.answer("K8").headline
    assert (headline["new"], headline["back"]) == (found["return_by_stage", "new"], found["return_by_stage", "reactivated"])
    stages = {name: value for (what, name), value in found.items() if what == "message_by_stage" and name != "all"}
    assert headline["most"] == (max(stages, key=stages.get) if stages else None)
    assert headline["least30"] == (min(stages.values()) if stages else None)


def test_without_messages_only_the_return_is_told(groceries):
    table = groceries.table("K4")
    assert {row["what"] for row in table} == {"second_order"}
    said = groceries.company.sentence(*groceries.company.ask("K4"), "en")
    assert "buy again within 30 days" in said
    assert "message" not in said
