"""A company that has not lived through an autumn borrows it; one that has does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from dangol.algorithms.retail_season import RetailSeason
from dangol.core.declare import Block
from dangol.predictions.lifetime_value import LifetimeValue
from dangol.predictions.season import notes, season_of

CUSTOMERS, STRENGTH = 1_500, 1.5
BEGIN, TODAY = (float(np.datetime64(day).astype(int)) for day in ("2020-01-01", "2020-10-01"))


def history(seed):
    """Days with an order of each customer over 450 days; true season time runs as strongly as told, nobody ever stops."""
    dice, season = np.random.default_rng(seed), RetailSeason(STRENGTH)
    start = dice.uniform(0, 200, CUSTOMERS)
    rates = dice.gamma(1.0, 0.02, CUSTOMERS)
    grid = np.linspace(BEGIN, BEGIN + 450, 4501)
    clock = season.time(grid)
    found = []
    for each in range(CUSTOMERS):
        begin = season.time(BEGIN + start[each])
        count = dice.poisson(rates[each] * (clock[-1] - begin))
        when = np.interp(np.sort(dice.uniform(begin, clock[-1], count)), clock, grid)
        found.append(np.unique(np.floor(np.concatenate([[BEGIN + start[each]], when]))))
    return found


def block(days, at, horizon=90.0):
    """The company at a moment, with what came after it."""
    rows = []
    for each in days:
        known = each[each < at]
        if len(known):
            later = ((each >= at) & (each < at + horizon)).sum()
            rows.append((len(known), at - known[-1], max(at - known[0], 1.0), later))
    count, recency, tenure, later = np.array(rows, dtype=float).T
    columns = {
        "order_count": count, "order_day_count": count, "recency_days": recency, "tenure_days": tenure,
        "average_order_value": np.full(len(count), 20.0), "margin": count * 10.0,
    }  # fmt: skip
    every = np.concatenate(days)
    trade = np.column_stack(np.unique(every[every < at], return_counts=True)).astype(float)
    labels = {"order_days": later, "margin": later * 10.0}
    return Block(np.arange(len(count)), columns, labels, TODAY - at, horizon, at - BEGIN, at, trade)


@pytest.fixture(scope="module")
def company():
    """Moments to learn from, and today with what came."""
    days = history(5)
    past = [block(days, TODAY - back) for back in (180, 135, 90)]
    return past, block(days, TODAY)


def foretold(past, now):
    model = LifetimeValue.model(window=90)
    model.fit(past[:-1])
    judgement = model.judge(past[-1])
    model.fit(past)
    model.settle(replace(now, labels={}))
    return judgement, model.score(now).columns


def without_trade(blocks):
    return [replace(each, trade=np.empty((0, 2))) for each in blocks]


def test_an_autumn_never_seen_is_foretold_better(company):
    past, now = company
    came = now.labels["order_days"]
    _, known = foretold(past, now)
    _, blind = foretold(without_trade(past), *without_trade([now]))
    total = {name: np.log(scores["expected_orders"].sum() / came.sum()) for name, scores in (("k", known), ("b", blind))}
    assert total["b"] < -0.08
    assert abs(total["k"]) < abs(total["b"]) / 2
    share = (came > 0).mean()
    assert abs(known["order_probability"].mean() - share) < abs(blind["order_probability"].mean() - share)
    # a whole year holds every season
    assert known["expected_orders_12m"].sum() == pytest.approx(365 / 90 * came.sum() / 1.2, rel=0.25)


def test_the_card_says_that_season_is_borrowed(company):
    past, now = company
    judgement, _ = foretold(past, now)
    assert any("US Census Bureau" in english and "계절" in korean for korean, english in judgement.notes)
    judgement, _ = foretold(without_trade(past), *without_trade([now]))
    assert not judgement.notes
    assert notes(RetailSeason(0.0)) == []


def test_whoever_knows_a_year_and_the_horizon_borrows_nothing(company):
    past, now = company
    assert season_of(past[0], 90.0).borrowed
    # the same moment of a company that knows enough today
    assert not season_of(replace(past[0], history_days=366 + 90 - past[0].cutoff), 90.0).borrowed
    assert not season_of(replace(now, history_days=456.0), 90.0).borrowed
    assert season_of(replace(now, history_days=454.0), 90.0).borrowed


def test_ranges_are_wider_for_longer_than_what_was_judged(company):
    past, now = company
    model = LifetimeValue.model(window=90)
    model.fit(past[:-1])
    model.judge(past[-1])
    expected = np.full(len(now), 12.0)
    near, far = (model.ranged("m", expected, days) for days in (90.0, 360.0))
    assert far["m_high"] == pytest.approx(near["m_high"] * 4**0.15)
    assert (far["m_low"] <= near["m_low"]).all()


def test_orders_by_day_are_those_of_the_facts(learner):
    """Against plain SQL on the facts: local days before the moment, completed orders of known customers."""
    at, zone = learner.binder.as_of, "Europe/London"  # at an earlier moment, what was cancelled since still counts
    there, young = replace(learner.binder, as_of=at, zone=zone), replace(learner, first=at - timedelta(days=700))
    rows = learner.duck.rows(
        f"select (timezone('{zone}', timezone('UTC', ordered_at)))::date - date '1970-01-01' as day, count(*) as orders "
        f"from facts_orders where ordered_at < timestamp '{at}' and status = 'completed' and customer_id is not null group by 1"
    )
    assert len(rows) > 100
    assert {int(day): int(orders) for day, orders in young.trade(there)} == {row["day"]: row["orders"] for row in rows}
    # two years are known, or another country's feasts make the year
    assert not len(replace(learner, first=at - timedelta(days=731)).trade(there))
    assert not len(young.trade(replace(there, zone="Asia/Seoul")))
