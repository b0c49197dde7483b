"""Who the best customers are (T1): costs recomputed by plain SQL on the facts, and the ranking proved on later sales."""

from __future__ import annotations

import csv
import re
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from fastapi.testclient import TestClient

from dangol.faces.web.app import create_app
from dangol.workspace.company import Company
from dangol.workspace.entered import Plan

pytestmark = pytest.mark.real_data
CALL, RETURN = 3_000.0, 2_500.0


@pytest.fixture(scope="module")
def priced(simulated) -> Company:
    """The invented company with costs entered for conversations and returned orders."""
    company = simulated.company
    settings = company.settings.model_copy(update={"plan": Plan(conversation_cost=CALL, return_cost=RETURN)})
    return Company(company.base, settings, company.registry)


def served(company: Company, of: str = "customer_id", homes: str = "") -> dict[int, float]:
    """Cost to serve in a year by plain SQL, of customers or of those they belong to."""
    facts = company.root / company.snapshot.pointer.facts / "facts"
    now = f"timestamp '{company.snapshot.as_of}'"
    lately = f">= {now} - interval 365 day"
    duck = duckdb.connect()
    duck.execute(f"attach '{company.root / company.snapshot.pointer.file}' as snapshot (read_only)")
    rows = duck.execute(f"""
        with contacts as (
            select customer_id, coalesce(c.cost_per_contact, 0)::double as cost
            from '{facts}/messages.parquet' m left join '{facts}/campaigns.parquet' c using (campaign_id)
            where message_event = 'sent' and occurred_at {lately} and occurred_at < {now} and customer_id is not null
            union all select customer_id, {CALL} from '{facts}/interactions.parquet'
            where occurred_at {lately} and occurred_at < {now} and customer_id is not null
            union all select customer_id, {RETURN} from '{facts}/returns.parquet'
            where returned_at {lately} and returned_at < {now} and customer_id is not null
            group by customer_id, order_id, (returned_at + interval 9 hour)::date),
        yearly as (
            select customer_id, sum(cost) * 365 / least(365, greatest(90, any_value(known_days))) as cost
            from contacts join snapshot.profile using (customer_id) group by 1)
        select {of}, sum(cost) from yearly {homes} group by 1""").fetchall()
    return dict(rows)


def listed(company: Company, **options) -> tuple[list[dict], dict]:
    question, answer = company.ask("T1", options)
    assert answer.answerable, answer.missing
    assert all(len(company.sentence(question, answer, language)) > 20 for language in ("ko", "en"))
    names = [column[0] for column in answer.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows], dict(answer.headline)


def test_best_customers_are_ranked_by_what_serving_them_leaves(priced):
    cost = served(priced)
    people = priced.snapshot.duck.cursor().rows(
        "select customer_id, expected_margin_12m as margin, net_sales from profile where order_count > 0 and expected_margin_12m is not null"
    )
    net = {row["customer_id"]: float(row["margin"]) - cost.get(row["customer_id"], 0) for row in people}
    sales = {row["customer_id"]: row["net_sales"] for row in people}
    ranked = sorted(net, key=lambda who: (-net[who], -sales[who], who))
    rows, headline = listed(priced, top=100)
    assert [row["customer_id"] for row in rows] == ranked[:100]
    for row in rows:
        assert float(row["cost_to_serve_12m"]) == pytest.approx(cost.get(row["customer_id"], 0), abs=0.011)
        assert float(row["net_expected_12m"]) == pytest.approx(net[row["customer_id"]], abs=0.011)
    tenth = -(-len(ranked) // 10)
    assert headline["n"] == tenth
    assert float(headline["served"]) == pytest.approx(sum(cost.get(who, 0) for who in ranked[:tenth]), abs=0.02)
    assert ranked[:100] != sorted(net, key=lambda who: -(net[who] + cost.get(who, 0)))[:100]  # costs matter here


def test_cost_to_acquire_is_that_of_the_channel(priced):
    """As the question on what we may pay for a customer has it (Q45)."""
    question, answer = priced.ask("Q45", {"days": 365})
    names = [column[0] for column in answer.columns]
    price = {row[names.index("origin")]: row[names.index("acquisition_cost")] for row in answer.rows}
    channel = {
        row["customer_id"]: row["acquisition_channel"]
        for row in priced.snapshot.duck.cursor().rows("select customer_id, acquisition_channel from people")
    }
    rows, _ = listed(priced, top=200)
    assert {channel[row["customer_id"]] for row in rows} & set(price)
    for row in rows:
        expected = price.get(channel[row["customer_id"]])
        assert row["cost_to_acquire"] == expected, (question.name, row["customer_id"])


def test_homes_cost_what_their_people_cost(priced):
    facts = priced.root / priced.snapshot.pointer.facts / "facts"
    cost = served(priced, "household_id", f"join '{facts}/household_members.parquet' using (customer_id)")
    rows, _ = listed(priced, unit="household", top=50)
    assert [float(row["cost_to_serve_12m"]) for row in rows] == pytest.approx(
        [cost.get(row["household_id"], 0) for row in rows], abs=0.011
    )
    left = [float(row["net_expected_12m"]) for row in rows]
    assert left == sorted(left, reverse=True)


def test_without_costs_nothing_is_taken_off(groceries):
    rows, headline = listed(groceries.company, top=50)
    assert not {"cost_to_serve_12m", "net_expected_12m", "cost_to_acquire"} & set(rows[0])
    assert headline["served"] is None


def test_bids_are_a_share_of_what_newcomers_bring(simulated):
    """V12 by plain SQL: channels as delivered, web sources by the last visit that named one."""
    company = simulated.company
    facts = company.root / company.snapshot.pointer.facts / "facts"
    now = f"timestamp '{company.snapshot.as_of}'"
    duck = duckdb.connect()
    duck.execute(f"attach '{company.root / company.snapshot.pointer.file}' as snapshot (read_only)")
    duck.execute(f"""
        create table newcomers as select customer_id, first_ordered_at,
            margin::double + expected_margin_12m::double * (365 - epoch({now} - first_ordered_at) / 86400) / 365 as worth
        from snapshot.profile where order_count > 0 and first_ordered_at >= {now} - interval 365 day""")
    channels = duck.execute(f"""
        select acquisition_channel, count(*), avg(worth), sum(distinct s.cost) / count(*) from newcomers
        join snapshot.people using (customer_id)
        left join (select channel, sum(cost) as cost from '{facts}/spend.parquet'
                   where spent_on >= ({now} + interval 9 hour)::timestamp - interval 365 day group by 1) s on channel = acquisition_channel
        where acquisition_channel is not null group by 1 having count(*) >= 5""").fetchall()
    visits = duck.execute(f"""
        select source, count(*), avg(worth), null from (
            select customer_id, any_value(worth) as worth, max_by(utm_source, occurred_at) as source
            from newcomers join '{facts}/events.parquet' using (customer_id)
            where utm_source is not null and occurred_at <= first_ordered_at and occurred_at >= first_ordered_at - interval 90 day
            group by 1) group by 1 having count(*) >= 5""").fetchall()
    table = simulated.table("V12", {"fewest": 5, "target_share": 0.25})
    found = {(row["source_kind"], row["source"]): row for row in table}
    expected = {(kind, row[0]): row[1:] for kind, rows in (("channel", channels), ("visit", visits)) for row in rows}
    assert set(found) == set(expected)
    assert {kind for kind, _ in found} >= {"channel"}
    for key, (customers, worth, cost) in expected.items():
        row = found[key]
        assert row["customer_count"] == customers, key
        assert float(row["value_each"]) == pytest.approx(worth, abs=0.02), key
        assert float(row["bid"]) == pytest.approx(max(worth, 0) * 0.25, abs=0.02), key
        assert float(row["value_low"]) <= float(row["value_each"]) <= float(row["value_high"])
        if cost is not None:
            assert float(row["cost_each"]) == pytest.approx(float(cost), abs=0.02), key


def test_the_file_of_bids_has_these_columns(simulated):
    """What advertising tools and spreadsheets are given."""
    with TestClient(create_app(simulated.company)) as client:
        answered = client.get("/ask/value_based_bids.csv?lang=en", headers={"host": "127.0.0.1"})
    assert answered.status_code == 200
    rows = list(csv.reader(answered.content.decode("utf-8-sig").splitlines()))
    known = ["Kind of source", "Source", "Medium", "Campaign", "Keyword", "New customers", "Predicted value each, 12 months",
             "Predicted value, low (95 %)", "Predicted value, high (95 %)", "Share of the value to spend", "The most we may pay",
             "Cost each today", "Value to cost, times"]  # fmt: skip
    assert [name for name in known if name in rows[0]] == rows[0]
    assert {"Source", "New customers", "Predicted value each, 12 months", "The most we may pay"} <= set(rows[0])
    assert len(rows) == 1 + simulated.answer("V12").row_count
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert {row["Kind of source"] for row in found} <= {"channel", "visit"}
    for row in found:
        worth, bid = float(row["Predicted value each, 12 months"]), float(row["The most we may pay"])
        assert int(row["New customers"]) >= 10
        assert bid == pytest.approx(max(worth, 0) * float(row["Share of the value to spend"]), abs=0.011)
        assert float(row["Predicted value, low (95 %)"]) <= worth <= float(row["Predicted value, high (95 %)"])
        assert all(row.get(name) == "" or float(row[name]) >= 0 for name in ("Cost each today",))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_guide_names_every_column_of_the_file_of_bids(simulated, language):
    """The file's documented schema is the one it has, in its order."""
    question = simulated.company.registry.find_question("V12")
    guide = Path(__file__).parents[2] / "docs/how-to" / f"share-out-a-budget{'.ko' if language == 'ko' else ''}.md"
    table = guide.read_text(encoding="utf-8").partition("value_based_bids.csv")[2]
    documented = re.findall(r"`(\w+)`", " ".join(line.split("|")[2] for line in table.splitlines() if line.startswith("| ")))
    assert documented == [name for name in question.outputs if name not in question.hidden]


OFF = ("second_order", "repurchase_30", "repurchase_90", "next_order", "first_order", "wallet")
SETTINGS = """company: {{name: 가게, language: en, zone: UTC, currency: USD, margin_share: 0.3}}
engine: {{threads: 1}}
predictions: {{{off}}}
sources:
  - {{name: shop, files: [orders.csv], table: orders, system: shop}}
"""
CDNOW = """
    select row_number() over (order by date, customer_id) as order_id, customer_id as customer_ref, date as ordered_at,
           amount as net_amount from '{data}/cdnow/sample_tenth.parquet' where amount > 0"""
MAVEN = """
    select opportunity_id as order_id, account as customer_ref, account as account_ref, close_date::timestamp as ordered_at,
           close_value as net_amount from '{data}/maven_crm_b2b/sales_pipeline.parquet' where deal_stage = 'Won'"""


def split(base: Path, query: str, at: datetime, until: datetime) -> tuple[Company, duckdb.DuckDBPyConnection]:
    """A company that knows the orders until a moment only, and the later ones as the table `later`."""
    duck = duckdb.connect()
    duck.execute(f"create table every as {query}")
    duck.execute(f"copy (from every where ordered_at < timestamp '{at}') to '{base}/orders.csv' (header)")
    duck.execute(f"create table later as from every where ordered_at >= timestamp '{at}' and ordered_at < timestamp '{until}'")
    off = ", ".join(f"{name}: {{active: false}}" for name in OFF)
    (base / "dangol.yaml").write_text(SETTINGS.format(off=off), encoding="utf-8")
    company = Company.open(base)
    company.run(as_of=at)
    return Company.open(base), duck


def captured(names: list[str], later: dict[str, float], everybody: int) -> float:
    """Share of all later sales that the first tenth brought; only customers known at the moment bought later here."""
    return sum(later.get(name, 0.0) for name in names[: -(-everybody // 10)]) / sum(later.values())


def test_the_best_tenth_of_people_brings_half_of_later_sales(tmp_path, shared_data):
    """CDNOW's published sample and split: 39 weeks known, 39 weeks later. Against chance and against what each spent so far."""
    company, duck = split(tmp_path, CDNOW.format(data=shared_data), datetime(1997, 10, 1), datetime(1998, 7, 1))
    later = dict(duck.execute("select customer_ref, sum(net_amount) from later group by 1").fetchall())
    known = company.snapshot.duck.cursor().rows(
        "select customer_id, customer_ref, net_sales_365 from identity_map join profile using (customer_id) order by 3 desc, 1"
    )
    name = {row["customer_id"]: row["customer_ref"] for row in known}
    assert len(name) == 2_349
    assert set(later) <= set(name.values())
    rows, headline = listed(company, top=500)
    assert headline["n"] == 235
    ours = captured([name[row["customer_id"]] for row in rows], later, len(name))
    usual = captured([row["customer_ref"] for row in known], later, len(name))
    rng = np.random.default_rng(1)
    chance = [captured(list(rng.permutation(list(name.values()))), later, len(name)) for _ in range(50)]
    assert ours > usual
    assert ours > 0.48
    assert ours > 3 * max(chance)


def test_the_best_tenth_of_accounts_brings_more_than_by_last_year(tmp_path, shared_data):
    """A sales pipeline of 85 accounts: deals won until August known, four months later."""
    company, duck = split(tmp_path, MAVEN.format(data=shared_data), datetime(2017, 9, 1), datetime(2018, 1, 1))
    later = dict(duck.execute("select account_ref, sum(net_amount) from later group by 1").fetchall())
    rows, _ = listed(company, unit="account", top=200)
    ours = captured([row["account_name"] for row in rows], later, len(rows))
    spent = sorted(rows, key=lambda row: (-row["net_sales"], row["account_id"]))
    usual = captured([row["account_name"] for row in spent], later, len(rows))
    rng = np.random.default_rng(1)
    chance = [captured(list(rng.permutation([row["account_name"] for row in rows])), later, len(rows)) for _ in range(200)]
    assert len(rows) == 85
    assert ours >= usual
    assert ours > np.quantile(chance, 0.95)
