"""Order days and the chance of an order: what is chosen, what adds up, and what happens with next to nothing."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.core.declare import Block
from dangol.core.errors import NotReady, TooLittleData
from dangol.predictions.churn import Churn
from dangol.predictions.lifetime_value import LifetimeValue
from dangol.predictions.purchases import CLASSICAL, Purchases, fits_for, levelled, sound


def shop(seed, customers, cutoff, horizon=60.0, gap=None, rate=0.02, stop=0.0):
    """Customers of a shop up to a moment, and their order days after it; gaps of a fixed length or exponential."""
    dice = np.random.default_rng(seed)
    start = dice.uniform(0, 200, customers)
    days, after, last, variation = (np.zeros(customers) for _ in range(4))
    for each in range(customers):
        end = start[each] + (dice.exponential(1 / stop) if stop else 1e9)
        steps = dice.exponential(1 / rate, 200) if gap is None else dice.normal(gap, gap / 10, 200).clip(1)
        times = np.unique(np.floor(np.concatenate([[start[each]], start[each] + np.cumsum(steps)])))
        times = times[(times <= end) | (times == np.floor(start[each]))]
        known = times[times < 300 - cutoff]
        days[each], last[each] = max(len(known), 1), known[-1] if len(known) else start[each]
        after[each] = ((times >= 300 - cutoff) & (times < 300 - cutoff + horizon)).sum()
        gaps = np.diff(known)
        variation[each] = gaps.std(ddof=1) / gaps.mean() if len(gaps) > 1 else np.nan
    columns = {
        "order_count": days,
        "order_day_count": days,
        "recency_days": 300 - cutoff - last,
        "tenure_days": np.maximum(300 - cutoff - np.floor(start), 1),
        "average_order_value": np.full(customers, 20.0),
        "margin": days * dice.gamma(4, 2, customers),
        "gap_variation": variation,
    }
    labels = {"order_days": after, "margin": after * 8.0}
    return Block(np.arange(customers), columns, labels, cutoff, horizon, 300 - cutoff)


def moments(customers=800, **kind):
    return [shop(7, customers, back, **kind) for back in (100, 80, 60)], shop(7, customers, 0, **kind)


def made(model, past, now):
    model.check(past)
    model.fit(past[:-1])
    judgement = model.judge(past[-1])
    model.fit(past)
    model.settle(now)
    return judgement, model.score(now).columns


def test_thirty_customers_are_refused():
    past, _ = moments(30)
    with pytest.raises(TooLittleData, match="need 50 customers"):
        LifetimeValue.model().check(past)


@pytest.mark.parametrize("customers", [120, 800])
def test_few_customers_are_scored_finitely(customers):
    past, now = moments(customers)
    judgement, scores = made(LifetimeValue.model(), past, now)
    assert judgement.chosen in ("classical", "boosted", "mixed")
    assert all(np.isfinite(np.asarray(values, dtype=float)).all() for values in scores.values())


def test_everybody_gone_and_nobody_gone():
    """Nobody bought at all after the moment: churn cannot be learnt; everybody did: neither."""
    for labels in (0.0, 1.0):
        past, _ = moments(300)
        for block in past:
            block.labels["order_days"][:] = labels
        with pytest.raises(TooLittleData, match="came back and"):
            Churn.model().check(past)


def test_value_of_a_shop_that_lost_everybody_is_small_and_finite():
    past, now = moments(600, stop=0.05, rate=0.1)
    judgement, scores = made(LifetimeValue.model(), past, now)
    assert scores["expected_orders"].mean() < 0.5
    assert np.isfinite(np.asarray(scores["expected_margin_12m_high"], dtype=float)).all()
    assert judgement.metrics["chosen"]["rmse"] <= judgement.metrics["as_so_far"]["rmse"]


def test_longer_windows_hold_more_and_reach_the_year():
    past, now = moments()
    near = made(LifetimeValue.model(window=30), past, now)[1]
    far = made(LifetimeValue.model(window=365), past, now)[1]
    assert (near["order_probability"] <= far["order_probability"] + 1e-9).all()
    np.testing.assert_allclose(far["expected_orders"], far["expected_orders_12m"])
    np.testing.assert_allclose(far["expected_margin"], far["expected_margin_12m"])
    assert (near["window_days"] == 30).all()
    assert (far["expected_margin_low"] <= far["expected_margin"]).all()
    assert (far["expected_margin"] <= far["expected_margin_high"]).all()


def test_ranges_hold_the_share_that_is_asked_for():
    """Customers of a shop that goes on as it was: what they bring lies inside for about that share of them."""
    past, now = moments(3_000, rate=0.05)
    held, widths = {}, []
    for share in (0.6, 0.8, 0.9):
        scores = made(LifetimeValue.model(window=60, range_share=share), past, now)[1]
        low, high, came = scores["expected_margin_low"], scores["expected_margin_high"], now.labels["margin"]
        held[share] = float(((came >= low) & (came <= high)).mean())
        widths.append(float((high - low).mean()))
        assert (scores["range_share"] == share).all()
    assert widths == sorted(widths)
    assert held == pytest.approx({share: share for share in held}, abs=0.06)


def test_churn_is_what_value_says_of_the_same_window():
    """The same moments and horizon: the chance of no order is one minus the chance of an order."""
    past, now = moments()
    churn = made(Churn.model(), past, now)[1]["churn_probability"]
    value = made(LifetimeValue.model(window=60), past, now)[1]["order_probability"]
    np.testing.assert_allclose(churn, 1 - value, atol=1e-12)


def test_expected_orders_add_up_to_the_models_of_buying():
    past, now = moments()
    purchases = Purchases(LifetimeValue.model.groups, 7)
    purchases.fit(past[:-1])
    purchases.judge(past[-1])
    purchases.fit(past)
    purchases.settle(now)
    found = purchases.look(now).by_model
    totals = [values.sum() for values in found.values()]
    np.testing.assert_allclose(totals, totals[0])


def test_rhythm_is_considered_only_where_gaps_are_alike():
    assert "mbg_cnbd" not in fits_for(shop(1, 400, 0))
    assert "mbg_cnbd" in fits_for(shop(1, 400, 0, gap=20.0))


def test_moments_at_which_models_failed_teach_nothing():
    past, _ = moments(200)
    expected = [block.labels["order_days"] + 0.01 for block in past]
    kept, orders = sound([(past[0], expected[0] * 20), (past[1], expected[1]), (past[2], expected[2] * 20)])
    assert [block.cutoff for block in kept] == [80, 60]
    assert len(orders) == 2
    assert levelled([orders[0] * 5], [past[1].labels["order_days"]])[0].sum() == pytest.approx(past[1].labels["order_days"].sum())


def test_before_fitting_nothing_can_be_asked():
    with pytest.raises(NotReady):
        Purchases(LifetimeValue.model.groups, 7).look(shop(1, 50, 0)).classical(30)
    assert Purchases(LifetimeValue.model.groups, 7).chosen.get("orders", CLASSICAL) == CLASSICAL
