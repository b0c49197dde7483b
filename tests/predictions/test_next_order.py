"""The next order: dates better than the mean gap on later time, windows that hold what they promise, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from dangol.core.engine import Duck
from dangol.core.errors import TooLittleData
from dangol.predictions.next_order import NextOrder, by_own_rhythm, came_back, guessed, held_against, own_gap, waited
from dangol.workspace.binding import Binder
from dangol.workspace.company import Company
from dangol.workspace.matrix import Learner, moments

CUT, AHEAD = datetime(2017, 9, 30, 4), 92
TABLES = ("transactions", "products", "demographics")


def test_dates_beat_the_rules_on_later_time(known):
    judgement = known.card("next_order").judgement
    assert judgement.good_enough
    errors = {name: values["mae_days"] for name, values in judgement.metrics.items()}
    assert errors["chosen"] < min(errors["mean_gap"], errors["same_for_all"])
    inside = {name: values.get("window_share") for name, values in judgement.metrics.items()}
    assert inside["chosen"] > inside["mean_gap"] > 0, "no better than a window as long around the own rhythm"
    assert inside["same_for_all"] is None
    assert f"{inside['mean_gap']:.0%} into an equally long one" in " ".join(english for _, english in judgement.notes)


def test_the_naive_window_is_as_long_and_around_the_own_rhythm(blocks, changed):
    """Last order plus own mean gap by hand: due in 10 days, overdue by 10 days, and without a rhythm (R209)."""
    block = changed(blocks["next_order"][-1], keep=slice(0, 3))
    columns = {**block.columns, "mean_gap_days": np.array([30.0, 20.0, np.nan]), "recency_days": np.array([20.0, 30.0, 5.0])}
    low, high = by_own_rhythm(replace(block, columns=columns), np.array([8.0, 8.0, 8.0]))
    np.testing.assert_allclose(low, [6.0, -14.0, np.nan])
    np.testing.assert_allclose(high, [14.0, -6.0, np.nan])
    held = held_against(replace(block, columns=columns), np.zeros(3), np.full(3, 8.0), np.array([10.0, 7.0, 1.0]))
    assert {name: each["window_share"] for name, each in held.items()} == {"chosen": 0.5, "mean_gap": 0.5, "from_today": 1.0}


def test_windows_of_the_profile_are_in_order_and_not_too_wide(known):
    rows = known.snapshot.duck.execute("""
        select next_order_days as middle, next_order_days_low as low, next_order_days_high as high,
               order_within_7_probability as week
        from profile where order_count >= 1""").fetchnumpy()
    dated = ~np.ma.getmaskarray(rows["middle"])
    assert 0 < dated.sum() < len(dated), "some have no reliable date"
    low, middle, high = (np.asarray(rows[name][dated], dtype=float) for name in ("low", "middle", "high"))
    assert (low > 0).all()
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert (high - low <= 60 + 1e-9).all()
    assert not np.ma.getmaskarray(rows["week"]).any()


def test_the_label_is_the_first_order_after_the_moment(learner, blocks):
    block = blocks["next_order"][-1]
    since = learner.binder.as_of.timestamp() - block.cutoff * 86400
    rows = learner.duck.execute(
        "select customer_id, min(epoch(ordered_at)) from facts_orders where epoch(ordered_at) >= ? and epoch(ordered_at) < ? "
        "and status = 'completed' and (cancelled_at is null or epoch(cancelled_at) >= ?) group by 1",
        [since, since + block.horizon_days * 86400, since + block.horizon_days * 86400],
    ).fetchall()
    first = dict(rows)
    expected = [(first[each] - since) / 86400 + 1 if each in first else 0.0 for each in block.customer_id.tolist()]
    np.testing.assert_allclose(block.labels["next_days"], expected, atol=1e-6)


def test_random_labels_are_not_good_enough(blocks, changed):
    dice = np.random.default_rng(5)
    shuffled = [changed(each, labels={"next_days": dice.permutation(each.labels["next_days"])}) for each in blocks["next_order"]]
    model = NextOrder.model()
    model.fit(shuffled[:-1])
    assert not model.judge(shuffled[-1]).good_enough


@pytest.mark.parametrize("count", [0, 1, 30])
def test_few_customers_are_refused_with_both_figures(blocks, changed, count):
    few = [changed(each, keep=slice(0, count)) for each in blocks["next_order"]]
    with pytest.raises(TooLittleData, match=r"have \d+ customers who ordered again in time, need at least 200"):
        NextOrder.model().check(few)


@pytest.mark.real_data
def test_on_real_groceries_a_later_moment_decides(shared_data, tmp_path):
    """Complete Journey cut at 30 September 2017: households that ordered again within 92 days, known by then only."""
    data = shared_data / "complete_journey"
    files = "".join(f"  - {{name: {name}, files: ['{data / name}.parquet'], preset: complete_journey}}\n" for name in TABLES)
    names = ("churn", "lifetime_value", "second_order", "repurchase_30", "repurchase_90", "first_order", "next_order", "wallet")
    off = "".join(f"  {name}: {{active: false}}\n" for name in names)
    head = "company: {name: G, language: en, zone: America/New_York, currency: USD, margin_share: 0.25}\n"
    (tmp_path / "dangol.yaml").write_text(f"{head}sources:\n{files}predictions:\n{off}")
    company = Company.open(tmp_path)
    company.run()
    assert company.cards() == {}, "what is switched off is left out"
    snapshot = company.snapshot
    duck = Duck(memory_limit="1GB", threads=1)
    snapshot.facts.mount(duck)
    first = duck.value("select min(ordered_at) from facts_orders")
    binder = Binder(snapshot.facts, snapshot.as_of, "America/New_York")
    learner, model = Learner(duck, binder, list(company.registry.features.values()), first), NextOrder.model()
    times = moments(first, CUT, AHEAD, model.snapshots)
    *earlier, latest, test = (learner.block(binder, model, at, AHEAD) for at in (*times.training, times.validation, CUT))
    model.fit(earlier)
    model.judge(latest)
    model.fit([*earlier, latest])
    back = came_back(test)
    back = back.where(back.numbers(["order_day_count"])[:, 0] >= 2)
    taken, scores = waited(back), model.score(back).columns
    low, middle, high = (scores[f"next_order_days{end}"] for end in ("_low", "", "_high"))
    dated = ~np.isnan(middle)
    assert dated.mean() > 0.85
    assert np.abs(middle - taken)[dated].mean() < 7.6
    assert np.abs(model.fitted()[1].days(back.columns, guessed(back))[:, 1] - taken).mean() < 8.3
    assert np.abs(own_gap(back) - taken).mean() > 9.5
    inside = ((taken >= low) & (taken <= high))[dated].mean()
    assert 0.75 <= inside <= 0.87
    naive_low, naive_high = by_own_rhythm(back, high - low)
    assert ((taken >= naive_low) & (taken <= naive_high))[dated].mean() < inside - 0.03
