"""What earlier scores came to, recomputed in plain SQL from the file of kept scores and the facts, for every measure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.algorithms import ranking
from dangol.simulate import Plan, simulate
from dangol.workspace.company import Company
from dangol.workspace.earlier import COLUMNS
from dangol.workspace.model_history import drift_words
from dangol.workspace.predict import Card
from dangol.workspace.realised import MEASURES, WINDOWS, Realised, queries

END = datetime(2026, 10, 31, 15)
SINCE = END - timedelta(days=380)


OFF = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order", "wallet")


def scores(customers, rng):
    """Made-up scores of a moment, a fifth of each missing, as a run would have kept them."""
    said = {name: rng.random(customers) for name in COLUMNS if name.endswith("probability")}
    middle, margin = rng.uniform(3, 60, customers), rng.gamma(1, 30_000, customers).round(2)
    said |= {"next_order_days": middle, "next_order_days_low": middle * 0.5, "next_order_days_high": middle * 1.8,
             "expected_orders": margin / 20_000, "expected_margin": margin, "expected_margin_low": margin * 0.4,
             "expected_margin_high": margin * 2.5, "expected_margin_12m": margin * 3}  # fmt: skip
    gone = {name[:8]: rng.random(customers) < 0.2 for name in said}  # scores of one prediction are there together
    rows = {name: pa.array(values, mask=gone[name[:8]]) for name, values in said.items()}
    fixed = {"churn_horizon_days": 63, "window_days": 90, "contract_horizon_days": 30}
    rows |= {name: pa.array(np.full(customers, value)) for name, value in fixed.items()}
    rows |= {"lifecycle_stage": pa.array(["active"] * customers), "scored_at": pa.array([SINCE] * customers, pa.timestamp("us"))}
    return {name: rows[name].cast(pa.decimal128(18, 2)) if each.kind == "money" else rows[name] for name, each in COLUMNS.items()}


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A company today, with scores of a little more than a year ago beside it."""
    base = tmp_path_factory.mktemp("lived")
    simulate(base, Plan(customers=1_000, seed=17, korean=False, event_volume=0, message_volume=0))
    off = "".join(f"  {name}: {{active: false}}\n" for name in OFF)
    file = base / "dangol.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\npredictions:\n{off}", encoding="utf-8")
    company = Company.open(base)
    company.run(as_of=END)
    known = company.snapshot.duck.arrow("select customer_id from profile order by customer_id").column("customer_id")
    table = pa.table({"customer_id": known, **scores(len(known), np.random.default_rng(4))})
    pq.write_table(table, company.root / "scores" / f"{SINCE:%Y%m%dT%H%M%S%f}-{'a' * 16}.parquet")
    return company


@pytest.fixture(scope="module")
def duck(lived):
    """Plain SQL over the kept scores and the facts."""
    (kept,) = sorted((lived.root / "scores").glob(f"{SINCE:%Y%m%d}*.parquet"))
    own = lived.snapshot.duck.cursor()
    own.view("past_scores", kept)
    return own


@pytest.mark.parametrize(
    ("prediction", "column", "days"),
    [
        ("repurchase_30", "repurchase_30_probability", "30"),
        ("repurchase_90", "repurchase_90_probability", "90"),
        ("second_order", "second_order_probability", "90"),
        ("first_order", "first_order_probability", "30"),
        ("next_order", "order_within_7_probability", "7"),
        ("churn", "churn_probability", "churn_horizon_days"),
    ],
)
def test_chances(lived, duck, prediction, column, days):
    found = next(each for each in lived.records.realised(prediction) if each.measure == "chance")
    rows = duck.rows(f"""
        select {column} as chance, {days} as days,
               exists (select 1 from facts_orders o where o.customer_id = s.customer_id and o.status = 'completed'
                       and o.ordered_at >= scored_at and o.ordered_at < scored_at + {days} * interval '1 day') as ordered
        from past_scores s where {column} is not null""")
    chance = np.array([row["chance"] for row in rows])
    did = np.array([row["ordered"] != (prediction == "churn") for row in rows], dtype=float)
    assert (found.scored_at, found.customers, found.horizon_days) == (SINCE, len(rows), rows[0]["days"])
    assert found.expected == pytest.approx(chance.mean())
    assert found.actual == pytest.approx(did.mean())
    assert 0 < found.actual < 1
    assert found.error == pytest.approx(np.mean((chance - did) ** 2))
    assert found.rule_error == pytest.approx(did.var())
    assert found.ranking == pytest.approx(ranking.auc(chance, did))


def came(duck, days):
    """Per scored customer: expectations, days with an order, and margin less refunds, within some days."""
    return duck.rows(f"""
        select expected_orders::double as orders, expected_margin::double as margin, expected_margin_low::double as low,
               expected_margin_high::double as high, expected_margin_12m::double as year,
               (select count(distinct (ordered_at + interval '9 hours')::date) from facts_orders o
                where o.customer_id = s.customer_id and status = 'completed' and ordered_at >= scored_at
                and ordered_at < scored_at + interval '{days} days') as order_days,
               coalesce((select sum(margin_amount) from facts_orders o
                where o.customer_id = s.customer_id and status = 'completed' and ordered_at >= scored_at
                and ordered_at < scored_at + interval '{days} days'), 0)::double
               - coalesce((select sum(refund_amount) from facts_returns r
                where r.customer_id = s.customer_id and returned_at >= scored_at
                and returned_at < scored_at + interval '{days} days'), 0)::double as came
        from past_scores s where expected_margin is not null""")


def test_amounts_of_the_near_window(lived, duck):
    found = {each.measure: each for each in lived.records.realised("lifetime_value")}
    assert set(found) == {"orders", "margin", "year_margin"}
    rows = came(duck, 90)
    margin, true = (np.array([row[name] for row in rows]) for name in ("margin", "came"))
    inside = [row["low"] - 0.01 <= row["came"] <= row["high"] + 0.01 for row in rows]
    got = found["margin"]
    assert (got.customers, got.horizon_days, got.scored_at) == (len(rows), 90, SINCE)
    assert (got.expected, got.actual) == (pytest.approx(margin.mean()), pytest.approx(true.mean()))
    assert got.error == pytest.approx(np.mean((margin - true) ** 2))
    assert got.rule_error == pytest.approx(true.var())
    assert got.inside == pytest.approx(np.mean(inside))
    assert got.ranking == pytest.approx(ranking.spearman(margin, true))
    orders, bought = (np.array([float(row[name]) for row in rows]) for name in ("orders", "order_days"))
    assert found["orders"].expected == pytest.approx(orders.mean())
    assert found["orders"].actual == pytest.approx(bought.mean())
    assert found["orders"].inside is None


def test_amounts_of_twelve_months(lived, duck):
    found = next(each for each in lived.records.realised("lifetime_value") if each.measure == "year_margin")
    rows = came(duck, 365)
    assert (found.customers, found.horizon_days) == (len(rows), 365)
    assert found.expected == pytest.approx(np.mean([row["year"] for row in rows]))
    assert found.actual == pytest.approx(np.mean([row["came"] for row in rows]))
    assert found.held == (found.error < found.rule_error and abs(found.actual / found.expected - 1) <= 0.25)


def test_windows_of_the_next_order(lived, duck):
    found = next(each for each in lived.records.realised("next_order") if each.measure == "window")
    rows = duck.rows(f"""
        select next_order_days as middle, next_order_days_low as low, next_order_days_high as high,
               min(epoch_us(ordered_at) - epoch_us(scored_at)) / 8.64e10 as taken
        from past_scores s join facts_orders o using (customer_id)
        where next_order_days is not null and status = 'completed' and ordered_at >= scored_at
              and ordered_at < scored_at + interval '{found.horizon_days} days' group by customer_id, middle, low, high""")
    inside = np.mean([row["low"] <= row["taken"] <= row["high"] for row in rows])
    taken = np.array([row["taken"] for row in rows])
    assert found.customers == len(rows) > 100
    assert (found.expected, found.actual) == (0.8, pytest.approx(inside))
    assert found.error == pytest.approx(np.mean([abs(row["middle"] - row["taken"]) for row in rows]))
    assert found.rule_error == pytest.approx(np.abs(np.median(taken) - taken).mean())


def test_nothing_is_judged_before_its_time_is_over(lived):
    assert lived.records.earlier.before(END)
    assert all(
        END - each.scored_at >= timedelta(days=each.horizon_days) for name in WINDOWS for each in lived.records.realised(name)
    )
    assert lived.records.realised("wallet") == []
    early = lived.records.binder.__class__(lived.snapshot.facts, SINCE + timedelta(days=20), "Asia/Seoul")
    records = lived.records.__class__(lived.root, lived.snapshot.duck.cursor(), early, lived.records.earlier, {})
    assert {name for name in WINDOWS if records.realised(name)} == {"next_order"}


def test_windows_of_propensities_are_those_they_are_declared_with(lived):
    for name, prediction in lived.registry.predictions.items():
        definition = getattr(prediction.model, "definition", None)
        if definition is not None and f"{name}_probability" in COLUMNS:
            assert WINDOWS[name] == definition.window
            assert queries(name, 0)


def told(measure, expected, actual, error, rule):
    row = {"measure": measure, "scored_at": SINCE, "horizon_days": 90, "customers": 2_000, "expected": expected, "actual": actual,
           "error": error, "rule_error": rule, "ranking": 0.7, "inside": None}  # fmt: skip
    return Realised.of("lifetime_value", row)


@pytest.mark.parametrize(
    ("measure", "expected", "actual", "error", "held"),
    [
        ("chance", 0.30, 0.31, 1.0, True),
        ("chance", 0.30, 0.60, 1.0, False),
        ("chance", 0.30, 0.30, 2.5, False),
        ("margin", 100.0, 120.0, 1.0, True),
        ("margin", 100.0, 130.0, 1.0, False),
        ("window", 0.8, 0.75, 1.0, True),
        ("window", 0.8, 0.70, 1.0, False),
    ],
)
def test_held_means_near_in_level_and_nearer_than_one_value_for_all(measure, expected, actual, error, held):
    found = told(measure, expected, actual, error, 2.0)
    assert found.held == held
    card = Card("churn", END.isoformat(), drift={"base_rate_moved": False, "features": []}, duel={"outcome": "first"})
    said = drift_words(card, [found, replace(found, held=not held)], {}, "en")
    assert any("did not come true" in each for each in said) != held
    assert set(MEASURES) >= {measure}
