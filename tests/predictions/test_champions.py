"""Churn and lifetime value: calibrated, better than rules, close to the truth, and refused where data do not carry them."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from dangol.core.errors import TooLittleData
from dangol.predictions.churn import Churn
from dangol.predictions.lifetime_value import LifetimeValue
from dangol.simulate import read_truth
from dangol.workspace.matrix import moments
from dangol.workspace.wording import OWN_MODELS

BOTH = {"churn": Churn, "lifetime_value": LifetimeValue}
EITHER = pytest.mark.parametrize("name", BOTH)


@pytest.fixture(scope="module")
def truth(known):
    """Scores of every buyer beside what is true of the person behind the customer."""
    raw = duckdb.connect()
    raw.register("records", read_truth(known.base, "records"))
    raw.register("people", read_truth(known.base, "people"))
    raw.execute(f"attach '{known.root / known.snapshot.pointer.file}' as snapshot (read_only)")
    return raw.execute("""
        select person_id, any_value(p.alive) as alive, any_value(p.expected_margin_12m) as true_margin,
               sum(cast(s.expected_margin_12m as double)) as margin, min(s.churn_probability) as churn,
               sum(cast(s.expected_margin_12m_low as double)) as low, sum(cast(s.expected_margin_12m_high as double)) as high
        from (select distinct customer_id, person_id from snapshot.identity_map join records using (system, customer_ref))
        join people p using (person_id) join snapshot.profile s using (customer_id)
        where s.expected_margin_12m is not null and s.churn_probability is not null group by person_id""").fetchnumpy()


def auc(score, positive):
    ranks = rankdata(score)
    positives, negatives = positive.sum(), (~positive).sum()
    return (ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives)


def test_expected_margin_against_the_truth(truth):
    """Where exact rules left a person as two customers, both are added up."""
    assert len(truth["person_id"]) > 1_500
    assert truth["margin"].sum() == pytest.approx(truth["true_margin"].sum(), rel=0.25)
    assert spearmanr(truth["margin"], truth["true_margin"]).statistic > 0.5
    assert (truth["low"] <= truth["margin"]).all()
    assert (truth["margin"] <= truth["high"]).all()


def test_churn_tells_who_has_left(truth):
    assert auc(truth["churn"], ~truth["alive"].astype(bool)) > 0.75


@EITHER
def test_the_card_of_a_good_prediction(known, name):
    card = known.card(name)
    assert not card.refusal
    assert card.judgement.good_enough
    metric, metrics = card.judgement.main_metric, card.judgement.metrics
    rules = [values[metric] for model, values in metrics.items() if model not in OWN_MODELS]
    assert metrics["chosen"][metric] < min(rules)
    assert card.scored == known.snapshot.duck.value("select count(*) from profile where order_count > 0")


def test_churn_is_calibrated(known):
    card = known.card("churn")
    assert card.judgement.metrics["chosen"]["calibration_error"] <= 0.05
    assert sum(row["count"] for row in card.judgement.calibration) > 1_000


@EITHER
def test_training_windows_end_before_validation_looks_ahead(known, name):
    card = known.card(name)
    validation, horizon = datetime.fromisoformat(card.validation), timedelta(days=card.horizon_days)
    assert all(datetime.fromisoformat(moment) + horizon <= validation for moment in card.training)
    assert validation + horizon <= datetime.fromisoformat(card.as_of)


@pytest.mark.parametrize("days", [100, 200, 400, 900])
@pytest.mark.parametrize("horizon", [28, 60, 120])
def test_moments_are_purged_or_refused(days, horizon):
    as_of, first = datetime(2026, 1, 1), datetime(2026, 1, 1) - timedelta(days=days)
    if days < 2 * horizon + 14:
        with pytest.raises(TooLittleData, match=f"have {days} days of orders, need {2 * horizon + 14} days"):
            moments(first, as_of, horizon, 4)
        return
    found = moments(first, as_of, horizon, 4)
    assert found.validation == as_of - timedelta(days=horizon)
    assert found.training == tuple(sorted(found.training))
    assert all(moment + timedelta(days=horizon) <= found.validation for moment in found.training)
    assert found.training[0] >= first + timedelta(days=14)


def test_labels_hold_the_later_window_only(known, learner, blocks):
    """Who is labelled as having bought did so in [moment, moment + horizon): counted by plain SQL."""
    card, block = known.card("churn"), blocks["churn"][-1]
    since = datetime.fromisoformat(card.validation)
    before = since + timedelta(days=card.horizon_days)
    bought = learner.duck.execute(
        "select distinct customer_id from facts_orders where ordered_at >= ? and ordered_at < ? "
        "and (cancelled_at is null or cancelled_at >= ?) and status <> 'pending'",
        [since, before, before],
    ).fetchall()
    expected = np.isin(block.customer_id, [row[0] for row in bought])
    assert ((block.labels["order_days"] > 0) == expected).all()
    latest = learner.duck.value("select max(ordered_at) from facts_orders where ordered_at < ?", [since])
    assert block.numbers(["recency_days"]).min() >= (since - latest).total_seconds() / 86400 - 1e-9


@EITHER
def test_equal_seeds_give_equal_scores(blocks, name):
    scores = []
    for _ in range(2):
        model = BOTH[name].model()
        model.fit(blocks[name][:-1])
        model.judge(blocks[name][-1])
        scores.append(model.score(blocks[name][-1]).columns)
    for column, values in scores[0].items():
        np.testing.assert_array_equal(values, scores[1][column], err_msg=column)


@EITHER
def test_scoring_in_batches_gives_the_same_scores(blocks, changed, name):
    model, block = BOTH[name].model(), blocks[name][-1]
    model.fit(blocks[name][:-1])
    model.judge(block)
    whole = model.score(block).columns
    parts = [model.score(changed(block, keep=slice(start, start + 250))).columns for start in range(0, len(block), 250)]
    for column, values in whole.items():
        np.testing.assert_allclose(np.concatenate([part[column] for part in parts]), values, rtol=1e-12, err_msg=column)


def test_random_labels_are_not_good_enough(blocks, changed):
    dice = np.random.default_rng(1)
    shuffled = [changed(block, labels={"order_days": dice.permutation(block.labels["order_days"])}) for block in blocks["churn"]]
    model = Churn.model()
    model.fit(shuffled[:-1])
    judgement = model.judge(shuffled[-1])
    assert not judgement.good_enough
    assert abs(judgement.metrics["chosen"]["auc"] - 0.5) < 0.08


@EITHER
@pytest.mark.parametrize("trouble", ["constant", "all_missing", "unseen_category"])
def test_odd_columns_do_no_harm(blocks, changed, name, trouble):
    def odd(block, last):
        size = len(block)
        if trouble == "constant":
            return {"discount_share": np.full(size, 0.5)}
        if trouble == "all_missing":
            return {"discount_share": np.full(size, np.nan), "main_category": np.full(size, None, dtype=object)}
        return {"main_category": np.full(size, "never seen before", dtype=object)} if last else {}

    made = [changed(block, odd(block, place == len(blocks[name]) - 1)) for place, block in enumerate(blocks[name])]
    model = BOTH[name].model()
    model.fit(made[:-1])
    judgement = model.judge(made[-1])
    scores = model.score(made[-1]).columns
    assert judgement.good_enough
    assert all(np.isfinite(np.asarray(values, dtype=float)).all() for values in scores.values())


@EITHER
@pytest.mark.parametrize("count", [0, 1, 10])
def test_few_customers_are_refused_with_both_figures(blocks, changed, name, count):
    few = [changed(block, keep=slice(0, count)) for block in blocks[name]]
    with pytest.raises(TooLittleData, match=r"have \d+ customers .* need \d+"):
        BOTH[name].model().check(few)


def test_without_repeat_buyers_value_is_refused(blocks, changed):
    once = [changed(block, {"order_day_count": np.ones(len(block))}) for block in blocks["lifetime_value"]]
    with pytest.raises(TooLittleData, match="have 0 customers with a repeat order, need 50"):
        LifetimeValue.model().check(once)


def test_reasons_name_groups_and_add_up(blocks):
    model, block = Churn.model(), blocks["churn"][-1]
    model.fit(blocks["churn"][:-1])
    judgement = model.judge(block)
    reasons = model.score(block).contributions
    assert set(reasons) <= set(Churn.model.groups)
    assert set(judgement.importance) == set(reasons)
    assert all(len(values) == len(block) for values in reasons.values())
