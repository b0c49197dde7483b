"""How soon customers respond and come back (K4; R211), recomputed by Python with the product-limit estimate."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta

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


def test_without_messages_only_the_return_is_told(groceries):
    table = groceries.table("K4")
    assert {row["what"] for row in table} == {"second_order"}
    said = groceries.company.sentence(*groceries.company.ask("K4"), "en")
    assert "buy again within 30 days" in said
    assert "message" not in said
