"""The funnel from visitor to advocate (Q65; R198, R200), recomputed by Python, with leads and opportunities by hand."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dangol.core.engine import Duck
from dangol.workspace.answers import Asker
from dangol.workspace.binding import Binder
from dangol.workspace.entered import ENTERED, Benchmark, Plan, entered
from dangol.workspace.registry import discover, readable_columns

DAY = timedelta(days=1)
WITHIN, SPAN, FEWEST = 90, 90, 30


def months_on(start, step):
    number = start.year * 12 + start.month - 1 + step
    return datetime(number // 12, number % 12 + 1, 1)


def shopping(company):
    """Customer → (moment on the company's clock of the first order of each day with one), and → (moment, sales) of every order."""
    days, orders = defaultdict(dict), defaultdict(list)
    for row in company.sql("select customer_id, clock, net from orders where customer_id is not null order by clock"):
        days[row["customer_id"]].setdefault(row["clock"].date(), row["clock"])
        orders[row["customer_id"]].append((row["clock"], float(row["net"])))
    return {customer: sorted(each.values()) for customer, each in days.items()}, orders


def best_fifths(orders, until):
    """The first of each month with twelve complete months before it → customers of the best fifth by their sales."""
    first = months_on(min(each[0][0] for each in orders.values()), 0)
    found, edge = {}, months_on(first, 13)
    while edge <= months_on(until, 0):
        sales = {customer: sum(net for at, net in each if months_on(edge, -12) <= at < edge) for customer, each in orders.items()
                 if any(months_on(edge, -12) <= at < edge for at, _ in each)}  # fmt: skip
        ranked = sorted(sales, key=lambda each: (-round(sales[each], 2), each))
        found[edge] = set(ranked[: math.ceil(0.2 * len(ranked) - 1e-9)])
        edge = months_on(edge, 1)
    return found


def praise(company):
    """Customer → moments of ratings of four stars or more."""
    zone, found = ZoneInfo(company.company.settings.company.zone), defaultdict(list)
    folder = company.company.root / company.company.snapshot.pointer.facts / "facts"
    if (folder / "feedback.parquet").exists():
        for row in company.sql(f"select customer_id, given_at, feedback_kind, rating from '{folder / 'feedback.parquet'}'"):
            assert row["feedback_kind"] != "nps"
            if row["rating"] >= 4:
                at = row["given_at"].replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None)
                found[row["customer_id"]].append(at)
    return found


def steps_of(company, until):
    """Step → (entered, reached or None) of everybody."""
    bought, orders = shopping(company)
    found = defaultdict(list)
    zone = company.company.settings.company.zone
    seen = {row["customer_id"]: row["seen"] for row in company.sql(
        f"select customer_id, timezone('{zone}', timezone('UTC', first_seen_at)) as seen from profile")}  # fmt: skip
    for customer, at in seen.items():
        first = bought.get(customer, [None])[0]
        if first is None or first > at:
            found["known_to_first"].append((at, first))
    fifths, praised = best_fifths(orders, until), praise(company)
    for customer, days in bought.items():
        first, second, third, _, fifth = [*days, None, None, None, None][:5]
        found["first_to_second"].append((first, second))
        found["second_to_regular"].append((second, third))
        found["regular_to_loyal"].append((third, fifth))
        if not fifth or not fifths:
            continue
        vip = next((edge for edge, best in fifths.items() if edge >= fifth and customer in best), None)
        if fifth >= min(fifths):
            found["loyal_to_vip"].append((fifth, vip))
        found["vip_to_advocate"].append((vip, min((at for at in praised[customer] if vip and at >= vip), default=None)))
    if "events" in {row["name"] for row in company.sql("show tables")}:
        visits = company.sql("""
            select min(occurred_at) + max(shift) as came, min(occurred_at) filter (customer_id is not null) + max(shift) as known
            from (select *, (select local - utc from now) as shift from events)
            group by coalesce(anonymous_id, cast(customer_id as varchar))""")
        found["visit_to_known"] = [(row["came"], row["known"]) for row in visits]
    return {step: [pair for pair in pairs if pair[0]] for step, pairs in found.items() if any(there for _, there in pairs)}


def counted(people, until, later):
    """How many entered in ninety days that end ninety days, or a year and ninety days, ago, and how many went on."""
    ages = [((until - at) / DAY - WITHIN - later, at, there) for at, there in people if there is None or there >= at]
    window = [(at, there) for age, at, there in ages if 0 < age <= SPAN]
    return len(window), sum(there is not None and (there - at) / DAY <= WITHIN for at, there in window)


@pytest.mark.real_data
def test_stage_funnel(company):
    """Q65: every step of two companies, a year earlier too, and which is the weakest."""
    last = max(row["clock"] for row in company.sql("select max(clock) as clock from orders"))
    until = datetime(last.year, last.month, last.day) + DAY
    steps = steps_of(company, until)
    expected = {}
    for step, people in steps.items():
        n, went = counted(people, until, 0)
        before, went_before = counted(people, until, 365)
        oldest = max((until - at) / DAY - WITHIN for at, there in people if there is None or there >= at)
        enough = oldest >= 365 + SPAN + 30 and before >= FEWEST
        if n:
            expected[step] = (n, went, went_before / before if enough else None, before)
    table = {row["step"]: row for row in company.table("Q65")}
    assert {step: (row["entered_count"], row["converted_count"]) for step, row in table.items()} == {
        step: each[:2] for step, each in expected.items()}  # fmt: skip
    relative = {}
    for step, (n, went, former, before) in expected.items():
        row = table[step]
        assert row["conversion"] == pytest.approx(went / n)
        assert row.get("benchmark") == (former if former is None else pytest.approx(former)), step
        assert row["benchmark_basis"] == ("no_benchmark" if former is None else "year_before")
        if former and n >= FEWEST:
            relative[step] = went / n / former
            assert row["relative"] == pytest.approx(relative[step])
            both = (went + former * before) / (n + before)
            error = math.sqrt(both * (1 - both) * (1 / n + 1 / before))
            assert row["standard_gap"] == (pytest.approx((went / n - former) / error) if error else None)
    below = [step for step in relative if relative[step] < 1]
    weakest = min(below, key=relative.get) if below else None
    assert [step for step, row in table.items() if row["is_weakest"]] == ([weakest] if weakest else [])
    headline = company.answer("Q65").headline
    assert headline["step"] == weakest
    assert not set(headline["absent"].split(" ||| ")) & set(table)
    assert {"known_to_lead", "lead_to_first", "opportunity_to_won"} < set(headline["absent"].split(" ||| "))


def test_an_entered_benchmark_goes_before_the_year_earlier(simulated):
    """Q65 beside an entered figure far above: that step is the weakest, and the sentence says against what."""
    company = simulated.company
    figures = [Benchmark(figure="regular_to_loyal", value=0.99, source="an association 2025"),
               Benchmark(figure="first_to_second", value=0.01, source="an association 2025")]  # fmt: skip
    identity, snapshot = company.snapshot.meta["identity"], company.snapshot
    binder = Binder(snapshot.facts, snapshot.as_of, company.settings.company.zone)
    asker = Asker(snapshot.duck.cursor(), binder, snapshot.columns, (identity["first_order_at"], identity["last_order_at"]),
                  beside={ENTERED: entered(figures, Plan())})  # fmt: skip
    question = company.registry.find_question("Q65")
    answer = asker.ask(question, readable_columns(company.registry))
    rows = [dict(zip([each[0] for each in answer.columns], row, strict=True)) for row in answer.rows]
    table = {row["step"]: row for row in rows}
    loyal = table["regular_to_loyal"]
    p, n = loyal["conversion"], loyal["entered_count"]
    assert (loyal["benchmark"], loyal["benchmark_basis"], loyal["source"]) == (0.99, "entered", "an association 2025")
    assert loyal["relative"] == pytest.approx(p / 0.99)
    assert loyal["standard_gap"] == pytest.approx((p - 0.99) / math.sqrt(0.99 * 0.01 / n))
    assert table["first_to_second"]["relative"] > 1
    assert [row["step"] for row in rows if row["is_weakest"]] == ["regular_to_loyal"]
    said = answer.sentence(question, "en", currency="KRW", zone="Asia/Seoul")
    assert "“Third to fifth (loyal)”" in said
    assert "The benchmark entered is 99.0 %." in said
    assert "a year earlier" not in said
    assert f"The difference of {(0.99 - p) * 100:.1f} % points is beyond chance." in said


UNTIL = datetime(2026, 7, 1)


def funnel_of_leads():
    """100 leads of this period and of a year earlier; 40 and 50 open a deal in time, of which 10 and 20 are won; some too late."""
    leads, deals = [], []
    for year, opened, won in ((0, 40, 10), (365, 50, 20)):
        for place in range(100):
            number, at = f"{year}-{place}", UNTIL - DAY * (year + 100 + place % 70)
            leads.append({"lead_ref": number, "customer_id": None, "account_id": len(leads) if place < opened + 5 else None, "created_at": at,
                          "converted_at": at + 3 * DAY if place < won else None})  # fmt: skip
            if place < opened + 5:
                wait = 5 if place < opened else 95
                closed = at + (wait + 20) * DAY
                deals.append({"opportunity_id": number, "account_id": leads[-1]["account_id"], "opened_at": at + wait * DAY,
                              "closed_at": closed if place < 45 else None, "outcome": "won" if place < won else "lost" if place < 45 else "open"})  # fmt: skip
    early = [{**leads[0], "lead_ref": "early", "account_id": None, "created_at": UNTIL - 700 * DAY, "converted_at": None}]
    return {"leads": leads + early, "opportunities": deals, "people": [{"customer_id": 1, "first_seen_at": UNTIL - 600 * DAY}]}


def test_leads_go_on_to_opportunities_and_are_won(write_facts, tmp_path):
    """Q65 without orders: leads, opportunities and won deals against a year earlier; what no data tell is left out."""
    facts = write_facts(tmp_path / "facts", **funnel_of_leads())
    registry = discover()
    with Duck(memory_limit="500MB", threads=1) as duck:
        facts.mount(duck)
        duck.define("profile", "select cast(1 as bigint) as customer_id, timestamp '2024-01-01' as first_seen_at")
        answer = Asker(duck, Binder(facts, UNTIL, "UTC"), {}).ask(registry.find_question("Q65"), readable_columns(registry))
    rows = [dict(zip([each[0] for each in answer.columns], row, strict=True)) for row in answer.rows]
    found = {row["step"]: (row["entered_count"], row["converted_count"], row["benchmark"], row["is_weakest"]) for row in rows}
    assert found["lead_to_opportunity"] == (100, 40, 0.5, False)
    assert found["lead_to_first"] == (100, 10, 0.2, True)
    won = [each for each in funnel_of_leads()["opportunities"] if 90 < (UNTIL - each["opened_at"]) / DAY <= 180]
    assert found["opportunity_to_won"][:2] == (len(won), sum(each["outcome"] == "won" for each in won))
    assert set(found) == {"lead_to_opportunity", "opportunity_to_won", "lead_to_first"}
    said = answer.sentence(registry.find_question("Q65"), "ko", currency="KRW", zone="UTC")
    assert "가장 못 미치는 단계는 '리드 → 고객'입니다" in said
    assert "뺀 단계: 방문 → 확인" in said
