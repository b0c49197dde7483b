"""The journey in measured rates, recomputed by Python (V10, V11)."""

from __future__ import annotations

import calendar
import math
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats

from dangol.questions.journey import REPEATED

pytestmark = pytest.mark.real_data
YEAR = timedelta(days=365)


def test_season_by_group(company):
    """V10: best month by sales a day over the trend, best weekday, and whether the year before foretold it (R111)."""
    told = {
        row["customer_id"]: row["main_category"]
        for row in company.sql(
            "select customer_id, main_category from profile where order_count > 0 and main_category is not null"
        )
    }
    sizes = Counter(told.values())
    span = company.sql("select min(clock) as since, date_trunc('day', max(clock)) + interval 1 day as until from orders")[0]
    end = span["until"].replace(day=1)
    start = max(end.replace(year=end.year - 2), (span["since"].replace(day=1) + timedelta(days=32)).replace(day=1))
    sales, weekdays = defaultdict(float), defaultdict(float)
    for row in company.sql("select customer_id, clock, net from orders where customer_id is not null"):
        group = told.get(row["customer_id"])
        if group and sizes[group] >= 50 and start.date() <= row["clock"].date() < end.date():
            sales[group, (row["clock"].year, row["clock"].month)] += float(row["net"])
            weekdays[group, row["clock"].isoweekday()] += float(row["net"])
    months = sorted({month for _, month in sales})
    table = company.table("V10")
    assert {row["group_name"] for row in table} == {group for group, *_ in sales}
    for row in table:
        rates = np.array([sales[row["group_name"], month] / calendar.monthrange(*month)[1] for month in months])
        places = np.arange(len(months))
        line = np.polyval(np.polyfit(places, rates, 1), places) if len(months) >= 24 else np.full(len(months), rates.mean())
        index = dict(zip(months, rates / line, strict=True))
        recent, former = months[-12:], months[:-12]
        best = sorted(recent, key=lambda month: -index[month])
        assert row["customer_count"] == sizes[row["group_name"]]
        assert row["best_month"] == best[0][1]
        assert row["month_index"] == pytest.approx(index[best[0]], rel=1e-6)
        own = {day: amount for (group, day), amount in weekdays.items() if group == row["group_name"]}
        assert row["main_weekday"] == min(own, key=lambda day: (-own[day], day))
        assert row["weekday_share"] == pytest.approx(max(own.values()) / sum(own.values()), rel=1e-6)
        if len(former) == 12:
            before = max(former, key=lambda month: index[month])
            assert row["best_month_before"] == before[1]
            assert row["is_hit"] == (before[1] in [month for _, month in best[:3]])
            likeness = np.corrcoef([index[each] for each in former], [index[each] for each in recent])[0, 1]
            assert row["year_likeness"] == pytest.approx(likeness, rel=1e-6)
            assert row["is_repeated"] == (likeness >= REPEATED)
        else:
            assert row.get("best_month_before") is None
            assert row.get("is_repeated") is None


def test_the_bound_of_likeness_is_that_of_student():
    """A correlation of twelve pairs that chance reaches once in a hundred times."""
    t = stats.t.ppf(0.99, 10)
    assert t / math.sqrt(10 + t**2) == pytest.approx(REPEATED, abs=5e-4)


def test_journey_factors(simulated):
    """V11: each of the eight by its formula (R128)."""
    now = simulated.sql("select utc from now")[0]["utc"]
    orders = simulated.sql("select customer_id, order_id, at_utc from orders where customer_id is not null order by at_utc")
    first = {}
    for row in orders:
        first.setdefault(row["customer_id"], row["at_utc"])
    arrived = {each for each, at in first.items() if now - at <= YEAR}
    profile = {row["customer_id"]: row for row in simulated.sql("from profile")}
    factors = {row["factor"]: row for row in simulated.table("V11")}
    assert len(factors) == 8

    spent = sum(float(row["cost"]) for row in simulated.sql("from spend") if _days(now, row["spent_on"]) <= 365)
    worth = sum(float(profile[each]["margin"]) + float(profile[each]["expected_margin_12m"] or 0) for each in arrived)
    assert factors["value_to_cost"]["figure"] == pytest.approx(worth / spent, rel=1e-6)
    assert factors["value_to_cost"]["base_count"] == len(arrived)

    lines = simulated.sql(
        "select l.customer_id, p.category, l.at_utc from lines l join products p using (product_id) where p.category is not null"
    )
    tasted = {}
    for row in lines:
        key = row["customer_id"], row["category"]
        if row["customer_id"] is not None:
            tasted[key] = min(tasted.get(key, row["at_utc"]), row["at_utc"])
    before = {each for each, at in first.items() if now - at > YEAR} & {customer for customer, _ in tasted}
    widened = {customer for (customer, _), at in tasted.items() if customer in before and now - at <= YEAR}
    assert factors["new_category"]["base_count"] == len(before)
    assert factors["new_category"]["figure"] == pytest.approx(len(widened) / len(before))

    lured = [
        each
        for each, at in first.items()
        if profile[each]["first_discounted"] and timedelta(days=90) < now - at <= YEAR + timedelta(days=90)
    ]
    once = sum(profile[each]["order_count"] == 1 for each in lured)
    assert factors["one_off"]["base_count"] == len(lured)
    assert factors["one_off"]["figure"] == pytest.approx(once / len(lured))

    talks = [row for row in simulated.sql("from interactions") if timedelta(days=7) < now - row["occurred_at"] <= YEAR]
    waiting = sum(row["resolved_at"] is None or row["resolved_at"] - row["occurred_at"] > timedelta(days=7) for row in talks)
    assert factors["unanswered"]["base_count"] == len(talks)
    assert factors["unanswered"]["figure"] == pytest.approx(waiting / len(talks))

    ranked = sorted(
        (each for each in profile.values() if each["order_count"] and each["expected_margin_12m"] is not None),
        key=lambda row: (-row["expected_margin_12m"], row["customer_id"]),
    )
    best = {row["customer_id"] for row in ranked[: -(-len(ranked) // 5)]}
    quarter = timedelta(days=90)
    seen = {
        row["customer_id"]
        for row in simulated.sql("from events")
        if row["occurred_at"] < now and now - row["occurred_at"] <= quarter
    }
    seen |= {
        row["customer_id"]
        for row in simulated.sql("from messages where message_event in ('opened', 'clicked')")
        if row["occurred_at"] < now and now - row["occurred_at"] <= quarter
    }
    assert factors["vip_engaged"]["base_count"] == len(best)
    assert factors["vip_engaged"]["figure"] == pytest.approx(len(best & seen) / len(best))

    lapse = max(row["lapse_days"] for row in profile.values() if row["lapse_days"])
    back, former = set(), {}
    for row in orders:
        at = former.get(row["customer_id"])
        if at and (row["at_utc"] - at).total_seconds() / 86400 > lapse and now - row["at_utc"] <= YEAR:
            back.add(row["customer_id"])
        former[row["customer_id"]] = row["at_utc"]
    assert factors["winning_back_cost"]["base_count"] == len(back)
    assert simulated.answer("V11").headline["figures"] == sum(row["figure"] is not None for row in factors.values())


def _days(now, day):
    return (
        now - now.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0)
    ).total_seconds() / 86400


def test_factors_without_data_stay_empty(groceries):
    factors = {row["factor"]: row for row in groceries.table("V11")}
    for name in ("value_to_cost", "mail_gained", "referred", "vip_engaged", "unanswered", "winning_back_cost"):
        assert factors[name]["figure"] is None
    assert factors["new_category"]["base_count"] >= 0
