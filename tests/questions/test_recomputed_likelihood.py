"""Questions on likelihood recomputed from the profile by plain SQL and Python (Q29 to Q33, Q35, T5)."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import numpy as np
import pytest
from scipy.stats import rankdata

from dangol.simulate import Plan, simulate
from dangol.workspace.company import Company

LISTS = {
    "Q31": """
        select row_number() over (order by second_order_probability desc, customer_id) as place, customer_id, second_order_probability,
               recency_days, average_order_value
        from profile where second_order_probability is not null order by 1 limit 100""",
    "Q33": """
        select row_number() over (order by repurchase_90_probability desc, customer_id) as place, customer_id,
               repurchase_90_probability, order_count, net_sales
        from profile where lifecycle_stage = 'lapsed' and repurchase_90_probability is not null order by 1 limit 100""",
}


@pytest.mark.parametrize("number", LISTS)
def test_lists(simulated, same, number):
    same(simulated.table(number), simulated.sql(LISTS[number]))


def test_tiers(simulated):
    rows = simulated.table("Q29")
    chances = {
        name: [row[name] for row in simulated.sql(f"select {name} from profile where {name} is not null")]
        for name in ("repurchase_30_probability", "repurchase_90_probability")
    }
    assert [round(row["from_chance"], 1) for row in rows] == [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
    for name, column in (("repurchase_30_probability", "customers_30"), ("repurchase_90_probability", "customers_90")):
        counted = np.bincount(np.minimum((np.array(chances[name]) * 10).astype(int), 9), minlength=10)[::-1]
        assert [row[column] for row in rows] == counted.tolist()
    headline = simulated.answer("Q29").headline
    assert headline["likely"] == sum(each >= 0.5 for each in chances["repurchase_30_probability"])


def test_nobody_counted_is_not_nobody_there(groceries):
    """Q29: where no model foretells first orders, prospects are missing, not 0."""
    assert "first_order_probability" not in groceries.company.snapshot.columns
    answer = groceries.answer("Q29")
    assert "prospects_30" not in [column[0] for column in answer.columns]
    question, _ = groceries.company.ask("Q29")
    assert answer.headline["prospects"] is None
    assert "prospects" not in groceries.company.sentence(question, answer, "en")


def test_expected_sales(simulated):
    people = simulated.sql("""
        select repurchase_90_probability as chance, cast(average_order_value as double) as value, recent_gap_days as gap
        from profile where repurchase_90_probability is not null""")
    chance, value, gap = (np.array([row[name] for row in people], dtype=float) for name in ("chance", "value", "gap"))
    amount = value * np.maximum(1, 90 / gap)
    tier = np.minimum((chance * 10).astype(int), 9)
    for row in simulated.table("Q30"):
        inside = tier == round(row["from_chance"] * 10)
        spread = np.sqrt((chance * (1 - chance) * amount**2)[inside].sum())
        expected = (chance * amount)[inside].sum()
        assert row["customer_count"] == inside.sum()
        assert float(row["expected_sales"]) == pytest.approx(expected, abs=0.01)
        assert float(row["sales_low"]) == pytest.approx(max(0, expected - 1.2816 * spread), abs=0.01)
    headline = simulated.answer("Q30").headline
    assert float(headline["total"]) == pytest.approx((chance * amount).sum(), abs=0.01)
    assert headline["low"] < headline["total"] < headline["high"]


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Company:
    """A company with prospects enough, run twice: as of 45 days before its end, and as of its end."""
    base = tmp_path_factory.mktemp("many")
    simulate(base, Plan(customers=15_000, seed=3, korean=False, event_volume=0.2))
    off = "".join(
        f"  {name}: {{active: false}}\n" for name in ("churn", "lifetime_value", "second_order", "repurchase_90", "next_order")
    )
    settings = (base / "dangol.yaml").read_text(encoding="utf-8")
    (base / "dangol.yaml").write_text(f"{settings}\npredictions:\n{off}", encoding="utf-8")
    company = Company.open(base)
    end = company.run().as_of
    company.run(as_of=end - timedelta(days=45))
    company.run(as_of=end)
    return company


def test_past_predictions(many):
    """Held against what happened by Python: the area by ranks, the lift, the slope by least squares."""
    _, answer = many.ask("Q35")
    assert answer.answerable, answer.missing
    file = next(each for each in sorted((many.root / "scores").glob("*.parquet")))
    raw = duckdb.connect()
    scored = raw.execute(
        f"select customer_id, repurchase_30_probability as chance, scored_at from '{file}' "
        "where repurchase_30_probability is not null"
    ).fetchnumpy()
    since = scored["scored_at"][0].astype("datetime64[us]").item()
    orders = many.root / many.snapshot.pointer.facts / "facts" / "orders.parquet"
    bought = raw.execute(
        f"select distinct customer_id from '{orders}' where status = 'completed' and ordered_at >= ? and ordered_at < ?",
        [since, since + timedelta(days=30)],
    ).fetchnumpy()["customer_id"]
    chance, did = scored["chance"], np.isin(scored["customer_id"], bought)
    yes, no = did.sum(), (~did).sum()
    area = (rankdata(chance)[did].sum() - yes * (yes + 1) / 2) / (yes * no)
    assert answer.headline["actual"] == yes > 100
    assert answer.headline["expected"] == round(chance.sum())
    assert answer.headline["area"] == pytest.approx(area, rel=1e-9)
    assert area > 0.7
    top = np.lexsort((scored["customer_id"], -chance))[: int(np.ceil(len(chance) / 10))]
    assert answer.headline["lift"] == pytest.approx(did[top].mean() / did.mean(), rel=1e-9)


@pytest.mark.parametrize("number", ["Q32", "T5"])
def test_prospects(many, number):
    card = many.card("first_order")
    assert not card.refusal, card.refusal
    _, answer = many.ask(number)
    assert answer.answerable == card.judgement.good_enough
    if answer.answerable:
        order = [each[0] for each in answer.columns].index("customer_id")
        expected = many.snapshot.duck.execute("""
            select customer_id from profile where first_order_probability is not null
            order by first_order_probability desc, customer_id limit 100""").fetchall()
        assert [row[order] for row in answer.rows] == [row[0] for row in expected]
        assert (
            many.snapshot.duck.value("select count(*) from profile where first_order_probability is not null and order_count > 0")
            == 0
        )


def test_what_is_not_predicted_says_so(many):
    _, answer = many.ask("Q31")
    assert not answer.answerable
    assert "profile.second_order_probability" in answer.missing
