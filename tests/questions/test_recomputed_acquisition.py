"""What customers of each origin cost and when they pay it back (Q45; R123), recomputed by Python from the unified rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest

from dangol.core.query import named
from dangol.core.tables import FACTS
from dangol.workspace.answers import Asker
from dangol.workspace.binding import Binder
from dangol.workspace.registry import readable_columns

MONTH, YEAR = timedelta(days=30), timedelta(days=365)


@pytest.fixture(scope="module")
def newcomers(simulated):
    """Buyers of the last year whose value is known, with their first order, category, channel and dated margins."""
    as_of = simulated.company.snapshot.as_of
    rows = simulated.sql("""
        select customer_id, first_ordered_at as first, first_category, acquisition_channel as channel,
               margin::double + expected_margin_12m::double as worth
        from profile left join people using (customer_id) where order_count > 0 and expected_margin_12m is not null""")
    found = {row["customer_id"]: {**row, "booked": []} for row in rows if as_of - row["first"] <= YEAR}
    for row in simulated.sql("""
        select customer_id, at_utc as at, margin from orders
        union all select customer_id, clock - interval 9 hour, -refund from returns"""):
        if row["customer_id"] in found and row["at"] < as_of:
            found[row["customer_id"]]["booked"].append((row["at"], float(row["margin"])))
    return found


def paid_back(people, as_of, cost, fewest):
    """Months lived, margin so far and the month in which it reached the cost; each month of those alone who lived it whole."""
    so_far, paid, months = 0.0, None, 0
    while True:
        there = [each for each in people if as_of - each["first"] >= MONTH * (months + 1)]
        if len(there) < fewest:
            return months or None, so_far if months else None, paid
        since = [(each["first"] + MONTH * months, each["first"] + MONTH * (months + 1), each["booked"]) for each in there]
        so_far += sum(margin for begin, end, booked in since for at, margin in booked if begin <= at < end) / len(there)
        months += 1
        if paid is None and cost is not None and so_far >= cost:
            paid = months


def spent_since(simulated, as_of):
    """Spend of the last year by channel."""
    since, found = (as_of + timedelta(hours=9) - YEAR).date(), defaultdict(float)
    for row in simulated.sql("from spend"):
        found[row["channel"]] += float(row["cost"]) if row["spent_on"] >= since else 0
    return found


def compare(table, groups, costs, as_of, fewest):
    """An answer's rows against customers by origin and the cost of one of each."""
    assert {row["origin"] for row in table} == {origin for origin, people in groups.items() if len(people) >= fewest}
    for row in table:
        people, cost = groups[row["origin"]], costs.get(row["origin"])
        months, so_far, paid = paid_back(people, as_of, cost, fewest)
        worth = np.array([each["worth"] for each in people])
        assert row["new_customer_count"] == len(people)
        assert float(row["lifetime_value"]) == pytest.approx(worth.mean(), abs=0.02)
        assert float(row["value_low"]) == pytest.approx(worth.mean() - 1.96 * worth.std(ddof=1) / len(worth) ** 0.5, abs=0.02)
        assert (row["seen_months"], row["payback_month"]) == (months, paid), row["origin"]
        assert (
            row["acquisition_cost"] is None if cost is None else float(row["acquisition_cost"]) == pytest.approx(cost, abs=0.011)
        )
        if so_far is not None:
            assert float(row["margin_so_far"]) == pytest.approx(so_far, abs=0.02)
        if cost is not None:
            assert row["value_ratio"] == pytest.approx(worth.mean() / cost, rel=1e-6)


def grouped(newcomers, name):
    found = defaultdict(list)
    for each in newcomers.values():
        if each[name] is not None:
            found[each[name]].append(each)
    return found


def test_channels_pay_back_what_was_spent_on_them(simulated, newcomers):
    as_of, groups = simulated.company.snapshot.as_of, grouped(newcomers, "channel")
    spent = spent_since(simulated, as_of)
    costs = {origin: spent[origin] / len(people) for origin, people in groups.items() if origin in spent}
    table = simulated.table("Q45", {"fewest": 20})
    compare(table, groups, costs, as_of, fewest=20)
    assert {row["cost_basis"] for row in table} == {"own_cost", None}


def test_what_was_bought_first_is_held_against_the_mean_cost(simulated, newcomers):
    """Nothing is spent on a first category: the yardstick is all spend over all new customers, and the answer says so."""
    as_of, groups = simulated.company.snapshot.as_of, grouped(newcomers, "first_category")
    average = sum(spent_since(simulated, as_of).values()) / len(newcomers)
    table = simulated.table("Q45", {"origin": "first_category"})
    compare(table, groups, dict.fromkeys(groups, average), as_of, fewest=10)
    assert {row["cost_basis"] for row in table} == {"average_cost"}
    question, answer = simulated.company.ask("Q45", {"origin": "first_category"})
    assert "mean cost" in simulated.company.sentence(question, answer, "en")
    assert "cost a new customer" not in simulated.company.sentence(question, answer, "en")


@pytest.mark.parametrize(("origin", "column"), [("campaign", "utm_campaign"), ("keyword", "utm_term")])
def test_campaigns_and_keywords_pay_back_what_was_spent_on_them(simulated, newcomers, arrow_of, origin, column):
    """The last visit that named one within 90 days before the first order decides; spend is dear enough to take months."""
    snapshot, as_of = simulated.company.snapshot, simulated.company.snapshot.as_of
    names, visits, groups = ("spring", "autumn", "unpaid"), [], defaultdict(list)
    for number, (customer, each) in enumerate(sorted(newcomers.items())):
        name, kind = names[number % 3], number % 5
        days = {0: (10, 5), 1: (100,), 2: (89,), 3: (-1,), 4: (80, 3)}[kind]  # 100: too early; -1: after the order
        for day in days:
            said = name if day == min(days) else "overtaken"
            visits.append({"customer_id": customer, "event_id": f"{customer}-{day}", "event_name": "visit", column: said,
                           "occurred_at": each["first"] - timedelta(days=day)})  # fmt: skip
        if kind in (0, 2, 4):
            groups[name].append(each)
    spent = {"spring": 6_000_000.0, "autumn": 25_000_000.0, "too old": 9.0}
    told_by = {"campaign": "campaign_id", "keyword": "keyword"}[origin]
    rows = [
        {"spent_on": (as_of - timedelta(days=400 if name == "too old" else 30 * part)).date(), told_by: name, "cost": cost / 4}
        for name, cost in spent.items()
        for part in range(1, 5)
    ]
    cursor, beside = snapshot.duck.cursor(), {}
    for table, made in {"events": visits, "spend": rows}.items():
        types = {each.name: each.sql_type for each in FACTS[table].columns} | {"customer_id": "BIGINT"}
        cursor.register(f"made_{table}", arrow_of(made, types, every=True))
        beside[table] = (named(f"made_{table}"), types)
    binder = Binder(snapshot.facts, as_of, simulated.company.settings.company.zone)
    asker = Asker(cursor, binder, snapshot.columns, ("2025-01-01", "2026-01-01"), beside=beside)
    question = simulated.company.registry.find_question("Q45")
    answer = asker.ask(question, readable_columns(simulated.company.registry), {"origin": origin, "fewest": 5})
    table = [dict(zip([column[0] for column in answer.columns], row, strict=True)) for row in answer.rows]
    costs = {name: cost / len(groups[name]) for name, cost in spent.items() if name in groups}
    compare(table, groups, costs, as_of, fewest=5)
    assert {row["payback_month"] for row in table} - {None, 1}, "nothing took longer than a month"


def test_what_no_visit_named_is_said(simulated):
    assert list(simulated.answer("Q45", {"origin": "keyword"}).missing) == ["events.utm_term"]
