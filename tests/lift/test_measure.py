"""Verdicts are right on known truth: effects found at the promised rate, none invented, refusals where they are due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.core.errors import DataError
from dangol.lift import Reading, measure

People = Callable[..., pa.Table]
EFFECT = 4_000.0


def simulated(people: People, seed: int, effect: float, *, size: int = 1_500, holdout: float = 0.3) -> pa.Table:
    """Customers of different worth; the contact makes some of them buy once more, worth `effect` per customer on average."""
    chance = np.random.default_rng(seed)
    held = int(chance.binomial(size, holdout))
    worth = chance.gamma(0.8, 1.0, size)
    before = chance.poisson(worth) * chance.lognormal(10, 0.5, size)
    orders = chance.poisson(0.4 * worth)
    extra = (chance.random(size) < 0.1) & (np.arange(size) < size - held)
    sales = orders * chance.lognormal(10, 0.5, size) + extra * effect / 0.1
    probability = np.where(np.arange(size) < size - held, 1 - holdout, holdout)
    return people(
        size - held,
        held,
        order_count=orders + extra,
        net_sales=sales,
        margin=0.3 * sales,
        before_net_sales=before,
        before_margin=0.3 * before,
        probability=probability,
    )


def test_the_interval_holds_the_truth_as_often_as_promised(people: People, later: datetime) -> None:
    results = [measure(simulated(people, seed, EFFECT), Reading(60, later)).overall for seed in range(100)]
    for name, truth in (("net_sales", EFFECT), ("margin", 0.3 * EFFECT)):
        inside = sum(each is not None and getattr(each, name).low <= truth <= getattr(each, name).high for each in results)
        assert 90 <= inside <= 99, f"{name}: {inside} of 100"
    profits = [each.incremental_profit for each in results if each]
    truths = [0.3 * EFFECT * each.n_treated - 20 * each.n_treated for each in results if each]
    assert 90 <= sum(each.low <= truth <= each.high for each, truth in zip(profits, truths, strict=True)) <= 99


def plain_buyers(people: People, seed: int, _effect: float) -> pa.Table:
    chance = np.random.default_rng(seed)
    return people(1_000, 400, order_count=chance.binomial(1, 0.08, 1_400))


@pytest.mark.parametrize(("goal", "company"), [("net_sales", simulated), ("margin", simulated), ("order", plain_buyers)])
def test_no_effect_is_rarely_claimed_where_there_is_none(people: People, later: datetime, goal: Any, company: Any) -> None:
    verdicts = [measure(company(people, 1_000 + seed, 0.0), Reading(60, later, goal=goal)).verdict for seed in range(200)]
    assert verdicts.count("effect") <= 16
    assert set(verdicts) <= {"effect", "no_effect_shown", "assignment_broken"}
    assert verdicts.count("assignment_broken") <= 2


def test_cuped_is_used_where_it_narrows_and_only_there(people: People, later: datetime) -> None:
    chance = np.random.default_rng(3)
    before = chance.lognormal(10, 1, 1_000)
    orders = np.ones(1_000, dtype=np.int64)
    told = people(700, 300, order_count=orders, net_sales=before * 0.9 + chance.normal(0, 100, 1_000), before_net_sales=before)
    overall = measure(told, Reading(60, later)).overall
    assert overall is not None
    assert overall.net_sales.method == "cuped"
    unrelated = people(700, 300, order_count=orders, net_sales=chance.permutation(before), before_net_sales=np.zeros(1_000))
    plain = measure(unrelated, Reading(60, later)).overall
    assert plain is not None
    assert plain.net_sales.method == "welch"


def test_figures_by_hand(people: People, later: datetime) -> None:
    orders = np.array([1] * 56 + [0] * 14 + [1] * 48 + [0] * 32)
    sales = orders * np.where(np.arange(150) < 70, 1_000.0, 800.0)
    result = measure(people(70, 80, order_count=orders, net_sales=sales, margin=sales / 4), Reading(60, later, goal="order"))
    overall = result.overall
    assert overall is not None
    assert (result.verdict, result.n_buyers) == ("effect", 104)
    assert (overall.treated_rate, overall.held_out_rate) == (0.8, 0.6)
    # Newcombe 1998, table II, example (a), method 10: 56/70 against 48/80
    assert (overall.conversion.low, overall.conversion.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert overall.net_sales.estimate == pytest.approx(800 - 480)
    assert overall.incremental_orders.estimate == pytest.approx(0.2 * 70)
    assert overall.incremental_net_sales.estimate == pytest.approx(320 * 70)
    assert overall.contact_cost == 20 * 70
    assert overall.incremental_profit is not None
    assert overall.incremental_profit.estimate == pytest.approx(80 * 70 - 20 * 70)


def test_too_early_until_the_last_members_horizon_is_over(people: People, sent: datetime) -> None:
    table = people(200, 100, order_count=np.ones(300, dtype=np.int64))
    end = sent + timedelta(days=60)
    result = measure(table, Reading(60, end - timedelta(microseconds=1)))
    assert (result.verdict, result.until, result.overall) == ("too_early", end, None)
    assert measure(table, Reading(60, end)).verdict == "no_effect_shown"
    moments = [sent] * 299 + [sent + timedelta(days=1)]
    staggered = table.set_column(
        table.schema.get_field_index("assigned_at"), "assigned_at", pa.array(moments, pa.timestamp("us"))
    )
    assert measure(staggered, Reading(60, end)).until == end + timedelta(days=1)


@pytest.mark.parametrize(
    ("n_treated", "n_held_out", "columns", "verdict"),
    [
        (300, 0, {}, "not_randomised"),
        (0, 300, {"probability": None}, "not_randomised"),
        (200, 100, {"randomised": np.zeros(300, dtype=bool)}, "not_randomised"),
        (200, 100, {"randomised": np.arange(300) > 0}, "not_randomised"),
        (200, 100, {"probability": np.where(np.arange(300) < 200, 0.9, 0.1)}, "assignment_broken"),
        (200, 29, {}, "too_few"),
        (29, 200, {}, "too_few"),
        (200, 100, {"order_count": (np.arange(300) < 9).astype(int)}, "too_few"),
        (200, 100, {"order_count": np.ones(300, dtype=int), "probability": pa.nulls(300, pa.float64())}, "no_effect_shown"),
    ],
)
def test_refusals(
    people: People, later: datetime, n_treated: int, n_held_out: int, columns: dict[str, Any], verdict: str
) -> None:
    given = {name: value for name, value in columns.items() if value is not None}
    result = measure(people(n_treated, n_held_out, **given), Reading(60, later))
    assert result.verdict == verdict
    assert (result.overall is None) == (verdict != "no_effect_shown")
    assert (result.n_treated, result.n_held_out) == (n_treated, n_held_out)


def test_a_campaign_without_members_says_so(people: People, later: datetime) -> None:
    result = measure(people(1, 0).slice(0, 0), Reading(60, later))
    assert (result.verdict, result.until) == ("not_randomised", None)


def test_unequal_chances_are_not_mixed(people: People, later: datetime) -> None:
    chances = np.where(np.arange(300) < 100, 0.5, 0.7)
    with pytest.raises(DataError, match=r"0\.5 to 0\.7"):
        measure(people(200, 100, probability=chances), Reading(60, later))


def test_margin_as_goal_without_any_margin_falls_back_to_net_sales(people: People, later: datetime) -> None:
    sales = np.where(np.arange(300) < 200, 100.0, 10.0) + np.arange(300) % 3
    result = measure(people(200, 100, order_count=np.ones(300, dtype=int), net_sales=sales), Reading(60, later, goal="margin"))
    assert result.verdict == "effect"
    assert result.overall is not None
    assert (result.overall.margin, result.overall.incremental_profit) == (None, None)
    assert "순매출" in result.sentence("ko")


def test_hillstrom(people: People, later: datetime, shared_data: Path) -> None:
    data = pq.read_table(shared_data / "hillstrom_email" / "experiment.parquet").to_pandas()
    arm = data["segment"].map({"No E-Mail": "held_out", "Mens E-Mail": "mens", "Womens E-Mail": "womens"})
    order = np.argsort((arm == "held_out").to_numpy(), kind="stable")
    data, arm = data.iloc[order], arm.iloc[order]
    n_held_out = int((arm == "held_out").sum())
    table = people(
        len(data) - n_held_out,
        n_held_out,
        arm=arm.tolist(),
        probability=np.full(len(data), 1 / 3),
        order_count=data["visit"].to_numpy().astype(int),
        net_sales=data["spend"].to_numpy(),
        before_net_sales=data["history"].to_numpy(),
    )
    result = measure(table, Reading(14, later, goal="order"))
    assert result.verdict == "effect"
    assert result.groups is not None
    assert not result.groups.mismatch
    # visit rates as published with the challenge: none .10617, men's .18276, women's .15140
    published = {"mens": (0.18276, 21_307), "womens": (0.15140, 21_387)}
    for name, (rate, size) in published.items():
        found = result.arms[name]
        assert (found.n_treated, found.n_held_out) == (size, 21_306)
        assert found.conversion.estimate == pytest.approx(rate - 0.10617, abs=1e-5)
        error = np.sqrt(rate * (1 - rate) / size + 0.10617 * (1 - 0.10617) / 21_306)
        assert (found.conversion.high - found.conversion.low) / 2 == pytest.approx(1.96 * error, rel=0.01)
    spend = data.groupby(arm.to_numpy())["spend"].mean()
    # CUPED moves the estimate a little, well inside the interval
    assert result.arms["mens"].net_sales.estimate == pytest.approx(spend["mens"] - spend["held_out"], abs=0.03)


def test_insurance_has_no_lift(people: People, later: datetime, shared_data: Path) -> None:
    folder = shared_data / "insurance_uplift_information"
    tables = [pq.read_table(folder / f"{name}.parquet", columns=["TREATMENT", "PURCHASE"]) for name in ("train", "valid")]
    for table in [*tables, pa.concat_tables(tables)]:
        treated = table["TREATMENT"].to_numpy().astype(float) == 1
        bought = table["PURCHASE"].to_numpy().astype(float)[np.argsort(~treated, kind="stable")].astype(int)
        read = people(int(treated.sum()), int((~treated).sum()), order_count=bought)
        result = measure(read, Reading(60, later, goal="order"))
        assert result.verdict == "no_effect_shown"
        assert "확인되지 않았습니다" in result.sentence("ko")


@pytest.mark.parametrize("goal", ["order", "net_sales", "margin"])
@pytest.mark.parametrize("up", [True, False])
def test_every_effect_is_told_in_both_languages(people: People, later: datetime, goal: Any, up: bool) -> None:
    better = (np.arange(600) < 300) == up
    orders = np.where(better, 1, np.arange(600) % 3 == 0).astype(int)
    sales = orders * 10_000.0 + np.arange(600) % 7
    result = measure(people(300, 300, order_count=orders, net_sales=sales, margin=sales / 2), Reading(60, later, goal=goal))
    ko, en = result.sentence("ko"), result.sentence("en", currency="USD")
    assert result.verdict == "effect"
    assert ("높아" in ko or "늘" in ko) == up
    assert ("raised" in en) == up
    assert "발송 비용" in ko
    assert "incremental profit is" in en
    assert "by -" not in en


@pytest.mark.parametrize(
    ("sizes", "moment", "ko", "en"),
    [
        ((300, 0), 60, "비교군이 없어", "Nobody was held out"),
        ((200, 20), 60, "고객 수가 부족", "too few customers"),
        ((200, 100), 5, "2026. 10. 31", "until"),
        ((200, 100), 60, "부족", "too few"),
    ],
)
def test_every_refusal_is_told_in_both_languages(
    people: People, sent: datetime, sizes: tuple[int, int], moment: int, ko: str, en: str
) -> None:
    result = measure(people(*sizes), Reading(60, sent + timedelta(days=moment)))
    assert ko in result.sentence("ko")
    assert en in result.sentence("en")
    assert "{" not in result.sentence("ko") + result.sentence("en")
