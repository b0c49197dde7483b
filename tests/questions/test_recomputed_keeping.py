"""Questions on keeping customers, recomputed by Python (K1, K2, K6; R183, R185), and a cause that was planted is found."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

import pytest

from dangol.workspace.company import Company

STRATA = 3.999


def clocks(company):
    """Customer → (local moment, sales, margin) of every order, in order."""
    found = defaultdict(list)
    each = "customer_id, clock, sum(net) as net, sum(margin) as margin"
    rows = company.sql(f"select {each} from orders where customer_id is not null group by all order by clock")
    for row in rows:
        found[row["customer_id"]].append((row["clock"], float(row["net"]), float(row["margin"])))
    return found


def month_after(start, step=1):
    number = start.year * 12 + start.month - 1 + step
    return datetime(number // 12, number % 12 + 1, 1)


@pytest.mark.real_data
def test_churn_by_month(company):
    """K1: of those who had bought within the lapse point at a month's beginning, who had not at its end."""
    orders, lapse = clocks(company), company.sql("select max(lapse_days) as n from profile")[0]["n"]
    table = company.table("K1")
    assert 3 <= len(table) <= 12
    assert [row["month"] for row in table] == sorted((row["month"] for row in table), reverse=True)
    for row in table:
        start = datetime(row["month"].year, row["month"].month, 1)
        active, lost, sales, lost_sales, lost_margin = 0, 0, 0.0, 0.0, 0.0
        for moments in orders.values():
            before = [each for each in moments if each[0] < start]
            if not before or (start - before[-1][0]) / timedelta(days=1) > lapse:
                continue
            year = [each for each in before if each[0] >= month_after(start, -12)]
            at_end = [each for each in moments if each[0] < month_after(start)]
            gone = (month_after(start) - at_end[-1][0]) / timedelta(days=1) > lapse
            active, lost = active + 1, lost + gone
            sales += sum(each[1] for each in year)
            lost_sales += gone * sum(each[1] for each in year)
            lost_margin += gone * sum(each[2] for each in year)
        assert (row["active_count"], row["lost_count"]) == (active, lost)
        assert float(row["active_sales"]) == pytest.approx(sales, abs=0.5)
        assert float(row["lost_sales"]) == pytest.approx(lost_sales, abs=0.5)
        assert float(row["lost_margin"]) == pytest.approx(lost_margin, rel=1e-3, abs=0.5)
        assert row["lost_sales_share"] == pytest.approx(lost_sales / sales, abs=1e-6)
    headline = company.answer("K1").headline
    assert (headline["n"], headline["lost"]) == (table[0]["active_count"], table[0]["lost_count"])


@pytest.mark.real_data
def test_retention_by_month(company):
    """K6: who stayed, weighted by the year before; gross and net of customers whose first order is more than a year back."""
    orders, lapse = clocks(company), company.sql("select max(lapse_days) as n from profile")[0]["n"]
    lost = {row["month"]: row for row in company.table("K1")}
    table = company.table("K6")
    assert [row["month"] for row in table] == list(lost)
    for row in table:
        start = datetime(row["month"].year, row["month"].month, 1)
        end, year_ago = month_after(start), month_after(start, -12)
        active, kept, of_a_year, before, stayed, margin, margin_stayed = 0, 0, 0, 0.0, 0.0, 0.0, 0.0
        old, old_margin, gross, net, net_margin = 0.0, 0.0, 0.0, 0.0, 0.0
        for moments in orders.values():
            earlier = [each for each in moments if each[0] < start]
            if not earlier or (start - earlier[-1][0]) / timedelta(days=1) > lapse:
                continue
            year = [each for each in earlier if each[0] >= year_ago]
            later = [each for each in moments if month_after(start, -11) <= each[0] < end]
            here = (end - max(each[0] for each in moments if each[0] < end)) / timedelta(days=1) <= lapse
            sales, earned = sum(each[1] for each in year), sum(each[2] for each in year)
            after, earned_after = (sum(each[1] for each in later), sum(each[2] for each in later)) if here else (0.0, 0.0)
            active, kept = active + 1, kept + here
            before, stayed, margin, margin_stayed = (
                before + sales,
                stayed + here * sales,
                margin + earned,
                margin_stayed + here * earned,
            )
            if earlier[0][0] < year_ago:
                of_a_year, old, old_margin = of_a_year + 1, old + sales, old_margin + earned
                gross, net, net_margin = gross + min(sales, after), net + after, net_margin + earned_after
        assert (row["active_count"], row["kept_count"]) == (active, kept)
        assert row["lapse_days"] == lapse
        assert row["kept_share"] == pytest.approx(kept / active)
        assert row["sales_retention"] == pytest.approx(stayed / before, abs=1e-6)
        assert row["sales_retention"] + lost[row["month"]]["lost_sales_share"] == pytest.approx(1)
        assert row["margin_retention"] == pytest.approx(margin_stayed / margin, abs=1e-4)
        assert row.get("year_count") == (of_a_year or None)
        if of_a_year:
            assert row["gross_retention"] == pytest.approx(gross / old, abs=1e-6)
            assert row["net_retention"] == pytest.approx(net / old, abs=1e-6)
            assert row["net_margin_retention"] == pytest.approx(net_margin / old_margin, abs=1e-4)
        else:
            assert (row.get("gross_retention"), row.get("net_retention")) == (None, None)


def facts(asked, table):
    """A table of facts as it is."""
    folder = asked.company.root / asked.company.snapshot.pointer.facts / "facts"
    return asked.sql(f"select * from '{folder / table}.parquet'")


def test_effects_of_signs_are_weighted_over_customers_who_buy_alike(simulated):
    """K2: returns and a single order, by hand over strata of the number of orders and the silence."""
    lapse = simulated.sql("select max(lapse_days) as n from profile")[0]["n"]
    as_of = simulated.company.snapshot.as_of
    then = as_of - timedelta(days=int(max(lapse, 28)))
    bought = defaultdict(list)
    for row in facts(simulated, "orders"):
        if row["status"] == "completed" and row["customer_id"] is not None and row["ordered_at"] < as_of:
            bought[row["customer_id"]].append(row["ordered_at"])
    base = {}
    for customer, moments in bought.items():
        before = [each for each in moments if each < then]
        silence = (then - max(before)) / timedelta(days=1) if before else math.inf
        if silence <= lapse:
            lately = sum((then - each) / timedelta(days=1) <= 180 for each in before)
            away = not any(each >= then for each in moments)
            base[customer] = (min(lately, 6) * 10 + math.floor(STRATA * silence / lapse), away, len(before))
    returned = {row["customer_id"] for row in facts(simulated, "returns")
                if row["returned_at"] < then and (then - row["returned_at"]) / timedelta(days=1) <= 90}  # fmt: skip
    found = {row["indicator"]: row for row in simulated.table("K2")}
    single = {customer for customer, (_, _, orders) in base.items() if orders == 1}
    for name, showing in (("product_returned", returned), ("one_order_only", single)):
        weights = effect = error = 0.0
        strata = defaultdict(lambda: [[0, 0], [0, 0]])
        for customer, (stratum, away, _) in base.items():
            cell = strata[stratum][customer in showing]
            cell[0], cell[1] = cell[0] + 1, cell[1] + away
        for (n0, d0), (n1, d1) in strata.values():
            if n0 and n1:
                weight = n1 * n0 / (n1 + n0)
                p1, p0 = (d1 + 0.5) / (n1 + 1), (d0 + 0.5) / (n0 + 1)
                weights, effect = weights + weight, effect + weight * (d1 / n1 - d0 / n0)
                error += weight**2 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        row = found[name]
        assert row["with_count"] == len(showing & set(base))
        assert simulated.answer("K2").headline["n"] == len(base)
        assert row["effect"] == pytest.approx(effect / weights, rel=1e-9)
        assert row["effect_low"] == pytest.approx(effect / weights - 1.96 * math.sqrt(error) / weights, rel=1e-9)
        assert row["churn_with"] == pytest.approx(sum(base[each][1] for each in showing & set(base)) / row["with_count"])


def test_every_sign_is_in_one_of_four_groups_and_said_to_be_no_proof(simulated):
    rows = simulated.table("K2")
    assert {row["cause_group"] for row in rows} <= {"price", "service", "loyalty", "communication"}
    assert [row["effect_low"] for row in rows] == sorted((row["effect_low"] for row in rows), reverse=True)
    question, answer = simulated.company.ask("K2")
    assert "원인이라는 증거는 아닙니다" in simulated.company.sentence(question, answer, "ko")
    assert "association, not proof" in simulated.company.sentence(question, answer, "en")


DAY = timedelta(days=1)
END = datetime(2026, 6, 30)


def planted(folder, cause, seed):
    """A company in which one sign drives a quarter of the customers away, beside signs that drive nobody."""
    dice = Random(seed)
    lines, talks, letters = [], [], []
    for customer in range(700):
        gap, at, moments = dice.uniform(12, 45), END - timedelta(days=dice.uniform(250, 700)), []
        while at < END - DAY:
            moments.append(at)
            at += timedelta(days=dice.expovariate(1 / gap) + 1)
        turn = END - timedelta(days=dice.uniform(100, 150))
        hit = dice.random() < 0.25
        stop = turn + 20 * DAY if (hit and dice.random() < 0.6) or dice.random() < 0.1 else END
        moments = [each for each in moments if each < stop]
        for number, each in enumerate(moments):
            off = 2000 if dice.random() < (0.1 if cause == "price" and hit and each > turn - 60 * DAY else 0.5) else 0
            lines.append(f"{customer}-{number},c{customer},{each:%Y-%m-%d %H:%M:%S},p{dice.randint(1, 9)},1,{10000 - off},{off}")
        if (hit and cause == "service") or dice.random() < 0.1:
            talks.append(f"t{customer},c{customer},{turn - DAY:%Y-%m-%d %H:%M:%S},민원")
        for week in range(0, 300, 30):
            sent = END - timedelta(days=week + 1)
            letters.append(f"m{customer}-{week},c{customer},{sent:%Y-%m-%d %H:%M:%S},sent")
            if dice.random() < 0.7:
                letters.append(f"m{customer}-{week},c{customer},{sent + DAY / 8:%Y-%m-%d %H:%M:%S},opened")
        if (hit and cause == "communication") or dice.random() < 0.05:
            letters.append(f"u{customer},c{customer},{turn - DAY:%Y-%m-%d %H:%M:%S},unsubscribed")
    folder.mkdir(parents=True)
    files = {
        "lines": ("order_lines", "order_id,customer_ref,ordered_at,product_id,quantity,net_amount,discount_amount", lines),
        "talks": ("interactions", "interaction_id,customer_ref,occurred_at,interaction_kind", talks),
        "letters": ("messages", "message_id,customer_ref,occurred_at,message_event", letters),
    }
    head = "company: {name: 가게, zone: UTC, currency: KRW}\nengine: {threads: 1}\nsources:\n"
    sources = ""
    for name, (table, header, rows) in files.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        sources += f"  - {{name: {name}, files: [{name}.csv], table: {table}, system: shop}}\n"
    off = "".join(f"  {name}: {{active: false}}\n" for name in OFF)
    (folder / "dangol.yaml").write_text(f"{head}{sources}predictions:\n{off}", encoding="utf-8")
    company = Company.open(folder)
    company.run(as_of=END)
    return company


OFF = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order")
SIGNS = {"service": "enquiry", "communication": "unsubscribed", "price": "fewer_discounts"}


@pytest.mark.parametrize("cause", list(SIGNS))
def test_a_planted_cause_is_among_the_first_three(tmp_path, cause):
    company = planted(tmp_path / cause, cause, seed=4)
    _, answer = company.ask("K2")
    names = [column[0] for column in answer.columns]
    rows = [dict(zip(names, row, strict=True)) for row in answer.rows]
    first = [row["indicator"] for row in rows[:3]]
    assert SIGNS[cause] in first
    found = next(row for row in rows if row["indicator"] == SIGNS[cause])
    assert found["cause_group"] == cause
    assert found["effect_low"] > 0.05
    assert found["effect_low"] < found["effect"] < found["effect_high"]
