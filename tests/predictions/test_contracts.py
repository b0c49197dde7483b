"""Contracts: ends are learnt from the record and none is known before it came, what contracts bring follows from how long they
last, and the IBM telecom sample is met."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import duckdb
import numpy as np
import pytest

from dangol.algorithms import calibration, ranking
from dangol.algorithms.survival import kaplan_meier
from dangol.core.declare import Block, Group
from dangol.predictions.contract_value import came
from dangol.predictions.ending import BOOSTED, BY_AGE, Ending
from dangol.workspace.company import Company

END = datetime(2026, 6, 30)
DAY = timedelta(days=1)
# Chance of ending in a month by plan: cancelled, and by a payment that failed.
PLANS = {"basic": (0.09, 0.03), "plus": (0.03, 0.01), "family": (0.01, 0.005)}
OTHERS = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order", "wallet")


def subscribers(folder, ends=True):
    """2,000 subscribers of three plans over two years, with their invoices."""
    dice, contracts, invoices = Random(8), [], []
    for customer in range(2_000):
        plan = dice.choice(list(PLANS))
        start = at = END - DAY * dice.uniform(40, 720)
        ended, kind = "", ""
        while at < END and not ended:
            invoices.append(f"{customer}-{at:%y%m},c{customer},{at:%Y-%m-%d %H:%M:%S},{plan},1,9900")
            cancelled, failed = PLANS[plan]
            draw, at = dice.random(), at + 30 * DAY
            gone = at - DAY * dice.uniform(0, 30)
            if draw < cancelled + failed and gone < END:
                ended, kind = f"{gone:%Y-%m-%d %H:%M:%S}", "자발해지" if draw < cancelled else "미납해지"
        contracts.append(
            f"k{customer},c{customer},{start:%Y-%m-%d %H:%M:%S},{plan},9900,{ended if ends else ''},{kind if ends else ''}"
        )
    folder.mkdir(parents=True)
    for name, header, rows in (
        ("invoices", "order_id,customer_ref,ordered_at,product_id,quantity,net_amount", invoices),
        ("contracts", "contract_id,customer_ref,started_at,plan,monthly_fee,ended_at,end_kind", contracts),
    ):
        (folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    off = "".join(f"  {name}: {{active: false}}\n" for name in OTHERS)
    (folder / "dangol.yaml").write_text(
        "company: {name: 구독, zone: UTC, currency: KRW}\nengine: {threads: 1}\nsources:\n"
        "  - {name: invoices, files: [invoices.csv], table: order_lines, system: shop}\n"
        f"  - {{name: contracts, files: [contracts.csv], table: contracts, system: shop}}\npredictions:\n{off}",
        encoding="utf-8",
    )
    company = Company.open(folder)
    company.run(as_of=END)
    return company


@pytest.fixture(scope="module")
def subscribed(tmp_path_factory):
    return subscribers(tmp_path_factory.mktemp("subscribed") / "company")


def test_those_with_a_running_contract_have_a_chance_and_nobody_else(subscribed):
    rows = subscribed.snapshot.duck.rows("select active_contract_count, contract_churn_probability as chance from profile")
    assert all((row["active_contract_count"] > 0) == (row["chance"] is not None) for row in rows)
    card = subscribed.card("contract_churn")
    assert card.judgement.good_enough
    assert card.judgement.metrics["chosen"]["brier"] < card.judgement.metrics["base_rate"]["brier"]


def test_chances_come_near_to_the_true_ones_of_each_plan_and_kind(subscribed):
    rows = subscribed.snapshot.duck.rows("""
        select contract_plan as plan, count(*) as n, avg(contract_churn_probability) as chance,
               avg(involuntary_churn_probability) as failing
        from profile where contract_churn_probability is not null group by all""")
    assert {row["plan"] for row in rows} == set(PLANS)
    for row in rows:
        assert row["chance"] == pytest.approx(sum(PLANS[row["plan"]]), abs=0.025)
    # ends nobody chose are too few for trees: their rate is that of the age alone, right on the whole
    total = sum(row["n"] for row in rows)
    true = sum(row["n"] * PLANS[row["plan"]][1] for row in rows) / total
    assert sum(row["n"] * row["failing"] for row in rows) / total == pytest.approx(true, abs=0.006)


def test_an_end_is_not_known_before_it_came(subscribed):
    binder_at = END - 60 * DAY
    facts = subscribed.snapshot.facts
    duck = subscribed.snapshot.duck.cursor()
    (seen,) = duck.rows(
        f"select count(ended_at) as ended, max(ended_at) as last from ({facts.cut(binder_at)['contracts'].sql('duckdb')})"
    )
    (all_of_them,) = duck.rows("select count(*) as ended from facts_contracts where ended_at < timestamp '2026-05-01'")
    assert seen["ended"] == all_of_them["ended"] > 100
    assert seen["last"] < binder_at
    later = duck.rows(facts.later(binder_at, 30)["later_contracts"])
    assert {binder_at <= row["ended_at"] < binder_at + 30 * DAY for row in later} == {True}
    kinds = duck.rows(f"select end_kind from ({facts.cut(binder_at)['contracts'].sql('duckdb')}) where ended_at is null")
    assert {row["end_kind"] for row in kinds} == {None}


def test_without_ends_it_says_what_is_missing(tmp_path):
    company = subscribers(tmp_path / "no-ends", ends=False)
    card = company.card("contract_churn")
    assert card.judgement is None
    assert "contracts that ended" in str(card.refusal) or "active_contract_count" in str(card.refusal)


def months_of(monthly: float, days: float) -> float:
    """Months that a contract lasts of so many days, where it ends with the same chance in every thirty days."""
    periods = np.arange(0, days, 0.01)
    whole = np.floor(periods / 30)
    left = (1 - monthly) ** whole * (1 - monthly * (periods / 30 - whole))
    return float(left.sum() * 0.01 / (365.25 / 12))


def test_contracts_bring_their_fee_for_as_long_as_they_last(subscribed):
    rows = subscribed.snapshot.duck.rows("""
        select contract_plan as plan, count(*) as n, avg(contract_months_12m) as months,
               sum(contract_value_12m) as value, sum(contract_fee * contract_months_12m) as product
        from profile where contract_value_12m is not null group by all""")
    assert {row["plan"] for row in rows} == set(PLANS)
    for row in rows:
        assert row["months"] == pytest.approx(months_of(sum(PLANS[row["plan"]]), 365), rel=0.06)
        assert float(row["value"]) == pytest.approx(row["product"], rel=1e-6)
    total = subscribed.card("contract_value").total
    truth = sum(row["n"] * 9_900 * months_of(sum(PLANS[row["plan"]]), 365) for row in rows)
    assert total["low"] < truth < total["high"]
    wrong = subscribed.snapshot.duck.value("""
        select count(*) from profile where contract_value_12m is not null
        and (contract_value_12m_low > contract_value_12m or contract_value_12m > contract_value_12m_high
             or contract_value_12m_high > contract_fee * 12.01 or contract_value_12m > contract_value_ahead)""")
    assert wrong == 0
    card = subscribed.card("contract_value")
    assert card.judgement.good_enough
    rules = [card.judgement.metrics[name]["rmse"] for name in ("all_stay", "mean_share")]
    assert card.judgement.metrics["chosen"]["rmse"] < min(rules)
    assert abs(card.judgement.metrics["chosen"]["total_error"]) < 0.05


def test_values_of_contracts_stated_in_several_ways(subscribed):
    """V14 against a recomputation from the file's own rows."""
    _, answer = subscribed.ask("V14")
    names = [column[0] for column in answer.columns]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in answer.rows}
    rows = subscribed.snapshot.duck.rows("select started_at, ended_at from facts_contracts")
    billed = sum(((row["ended_at"] or END) - row["started_at"]) / DAY / 30.4375 * 9_900 for row in rows)
    assert float(found["billed"]["total"]) == pytest.approx(billed, rel=1e-6)
    since = END - 365 * DAY
    months = sum(max((row["ended_at"] or END) - max(row["started_at"], since), 0 * DAY) / DAY / 30.4375 for row in rows)
    ends = sum(1 for row in rows if row["ended_at"] and row["ended_at"] >= since)
    assert found["formula"]["monthly_end_share"] == pytest.approx(ends / months, rel=1e-3)
    assert float(found["formula"]["value_each"]) == pytest.approx(9_900 * months / ends, rel=1e-3)
    total = subscribed.snapshot.duck.value("select sum(contract_value_12m) from profile")
    assert found["predicted"]["total"] == total
    assert found["predicted_ahead"]["total"] > total
    assert subscribed.sentence(*subscribed.ask("V14"), "ko")


def test_what_came_of_several_contracts_is_counted_to_the_day_of_each_end():
    columns = {"contract_fee": np.array([30.0, 30.0]), "active_contract_count": np.array([2.0, 2.0])}
    labels = {"ended_days": np.array([41.0, 0.0]), "ended_fee": np.array([10.0, 0.0]), "fee_days": np.array([400.0, 0.0])}
    block = Block(np.arange(2), columns, labels, horizon_days=90)
    month = 365.25 / 12
    # ten a month for forty days and twenty for all ninety
    assert came(block) == pytest.approx([(10 * 40 + 20 * 90) / month, 30 * 90 / month])


def test_delayed_entry_counts_only_who_was_seen():
    rng = np.random.default_rng(3)
    entry = rng.integers(0, 8, 300).astype(float)
    duration = entry + rng.integers(0, 6, 300)
    happened = (rng.random(300) < 0.5).astype(float)
    found = kaplan_meier(duration, happened, entry=entry)
    left = 1.0
    for place, time in enumerate(found.times):
        risk = ((entry < time) & (duration >= time)).sum()
        events = ((duration == time) & (happened == 1) & (entry < time)).sum()
        assert (found.at_risk[place], found.events[place]) == (risk, events)
        left *= 1 - events / risk if risk else 1.0
        assert found.survival[place] == pytest.approx(left, abs=1e-9)


def telecom(shared_data):
    """Columns of the sample by name, and who left."""
    rows = duckdb.sql(f"from '{shared_data / 'telco_churn_ibm' / 'customers.parquet'}'").fetchnumpy()
    left = np.asarray(rows.pop("Churn")) == "Yes"
    rows.pop("customerID")
    rows["TotalCharges"] = np.array([float(each) if str(each).strip() else np.nan for each in rows["TotalCharges"]])
    columns = {name: np.asarray(values) for name, values in rows.items()}
    return {name: values if values.dtype == object else values.astype(float) for name, values in columns.items()}, left


@pytest.mark.real_data
def test_the_telecom_sample_is_ranked_and_calibrated_as_published_models_are(shared_data):
    """K2 of the plan: AUC at least .848 and Brier at most .134, five folds by customer, no setting of its own."""
    columns, left = telecom(shared_data)
    groups = {"all": Group("전체", "All", tuple(columns))}
    fold = np.random.default_rng(0).permutation(len(left)) % 5
    chance = np.zeros(len(left))

    def block(chosen):
        return Block(np.flatnonzero(chosen), {name: values[chosen] for name, values in columns.items()}, {}, 0.0, 1.0, 0.0)

    for number in range(5):
        train = fold != number
        held = train & np.isin(np.arange(len(left)), np.flatnonzero(train)[::5])
        model, after = Ending(groups, 7, "tenure"), np.where(left, 0.5, np.inf)
        model.fit([block(train & ~held)], [after[train & ~held]])
        verdict = model.judge(block(held), after[held])
        assert verdict.good_enough
        assert verdict.metrics[BOOSTED]["brier"] < verdict.metrics[BY_AGE]["brier"] < verdict.metrics["base_rate"]["brier"]
        model.fit([block(train)], [after[train]])
        chance[~train] = model.chance(block(~train))
    assert ranking.auc(chance, left.astype(float)) >= 0.848
    assert calibration.brier(chance, left.astype(float)) <= 0.134
