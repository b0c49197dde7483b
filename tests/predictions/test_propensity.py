"""Propensities: whom they are about, what they learn from, how they prove on later time, and when they refuse."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import rankdata

from dangol.core.declare import PropensitySettings
from dangol.core.errors import ConfigError, TooLittleData
from dangol.predictions.likely import first_order, repurchase_30, repurchase_90, second_order
from dangol.predictions.propensity import LABELS, propensity
from dangol.workspace.company import Company

GOOD = ("second_order", "repurchase_30", "repurchase_90")
ALL = {"second_order": second_order, "repurchase_30": repurchase_30, "repurchase_90": repurchase_90}


@pytest.mark.parametrize("name", GOOD)
def test_only_the_population_has_a_score(known, name):
    """Plain SQL on the profile; everybody else has no score, not a low one."""
    condition = "order_count = 1" if name == "second_order" else "order_count >= 1"
    duck = known.snapshot.duck
    wrong = duck.value(f"select count(*) from profile where ({name}_probability is not null) <> coalesce({condition}, false)")
    assert wrong == 0
    assert known.card(name).scored == duck.value(f"select count(*) from profile where {condition}") > 0


@pytest.mark.parametrize("name", GOOD)
def test_percentile_and_permille_are_ranks(known, name):
    columns = f"{name}_probability as chance, {name}_percentile as percentile, {name}_permille as permille"
    rows = known.snapshot.duck.execute(f"select {columns} from profile where {name}_probability is not null").fetchnumpy()
    middle = (rankdata(rows["chance"]) - 0.5) / len(rows["chance"])
    assert (rows["percentile"] == np.ceil(middle * 100 - 1e-9).clip(1, 100)).mean() > 0.99
    assert (rows["permille"] == np.ceil(middle * 1000 - 1e-9).clip(1, 1000)).mean() > 0.99


@pytest.mark.parametrize("name", GOOD)
def test_better_than_rules_on_later_time_and_calibrated(known, name):
    judgement = known.card(name).judgement
    chosen = judgement.metrics["chosen"]
    assert judgement.good_enough
    assert chosen["brier"] < judgement.metrics["base_rate"]["brier"]
    assert chosen["auc"] > 0.7
    assert chosen["calibration_error"] < 0.08


@pytest.mark.parametrize("name", GOOD)
def test_labels_are_counted_within_the_window(learner, blocks, name):
    """Who did it in [moment, moment + window), by plain SQL, among those whom it was about at the moment."""
    block, window = blocks[name][-1], ALL[name].model.definition.window
    since = learner.binder.as_of.timestamp() - block.cutoff * 86400
    days = "epoch(ordered_at) - ?"
    bought = learner.duck.execute(
        f"select distinct customer_id from facts_orders where {days} >= 0 and {days} < ? and status = 'completed' "
        f"and (cancelled_at is null or epoch(cancelled_at) - ? >= ?)",
        [since, since, window * 86400, since, block.horizon_days * 86400],
    ).fetchall()
    assert (block.labels["happened"] == np.isin(block.customer_id, [row[0] for row in bought])).all()
    if name == "second_order":
        assert (block.numbers(["order_count"]) == 1).all(), "one order at that moment, not today"


def test_random_labels_are_not_good_enough(blocks, changed):
    dice = np.random.default_rng(3)
    shuffled = [changed(each, labels={"happened": dice.permutation(each.labels["happened"])}) for each in blocks["repurchase_90"]]
    model = repurchase_90.model()
    model.fit(shuffled[:-1])
    judgement = model.judge(shuffled[-1])
    assert not judgement.good_enough
    assert abs(judgement.metrics["chosen"]["auc"] - 0.5) < 0.06


def test_the_size_of_the_data_says_which_models_are_tried(blocks, changed):
    tried = {}
    for size in (60, 300, 3_000):
        some = [changed(each, keep=slice(0, size)) for each in blocks["repurchase_90"]]
        model = repurchase_90.model()
        model.fit(some[:-1])
        tried[size] = set(model.judge(some[-1]).metrics) - {"chosen", "base_rate", "recency_rule"}
    assert "rate" in tried[60]
    assert "boosted" not in tried[60]
    assert tried[300] >= {"rate", "logistic"}
    assert tried[3_000] == {"rate", "classical", "logistic", "boosted"}


@pytest.mark.parametrize("count", [0, 1, 20])
def test_few_customers_are_refused_with_both_figures(blocks, changed, count):
    few = [changed(each, keep=slice(0, count)) for each in blocks["repurchase_90"]]
    with pytest.raises(TooLittleData, match=r"have \d+ customers who did it and \d+ who did not, need 30 of each"):
        repurchase_90.model().check(few)


def test_nobody_did_it_is_refused(blocks, changed):
    none = [changed(each, labels={"happened": np.zeros(len(each))}) for each in blocks["repurchase_90"]]
    with pytest.raises(TooLittleData, match="have 0 customers who did it"):
        repurchase_90.model().check(none)


@pytest.mark.parametrize("name", ["second_order", "repurchase_90"])
def test_equal_seeds_and_batches_give_equal_scores(blocks, changed, name):
    found = []
    for _ in range(2):
        model, latest = ALL[name].model(), blocks[name][-1]
        model.fit(blocks[name][:-1])
        model.judge(latest)
        found.append(model.score(latest).columns)
        parts = [model.score(changed(latest, keep=slice(at, at + 250))).columns for at in range(0, len(latest), 250)]
    for column, values in found[0].items():
        np.testing.assert_array_equal(values, found[1][column])
        np.testing.assert_allclose(np.concatenate([part[column] for part in parts]), values, rtol=1e-9)


def test_prospects_are_learnt_from_too(learner):
    """At the past moment they had not ordered, whatever they did later."""
    model, at = first_order.model(), learner.binder.as_of
    at = at - timedelta(days=90)
    block = learner.block(learner.binder, model, at, 90)
    assert len(block) > 50
    earlier = learner.duck.execute(
        "select distinct customer_id from facts_orders where ordered_at < ? and status = 'completed'", [at]
    ).fetchall()
    assert not np.isin(block.customer_id, [row[0] for row in earlier]).any()
    assert block.labels["happened"].sum() > 0


@pytest.mark.parametrize("event", sorted(LABELS))
def test_every_event_makes_a_label(learner, event):
    which = {"category": "x", "brand": "x", "product": "x", "event": "Product Added"}.get(event, "")
    made = propensity(
        PropensitySettings(name="tried", ko="시험", en="Tried", event=event, which=which, window=20), doc="Tried.", file=__file__
    )
    block = learner.block(learner.binder, made.model(), learner.binder.as_of - timedelta(days=60), 60)
    assert set(np.unique(block.labels["happened"])) <= {0.0, 1.0}
    assert event in ("category", "brand", "product", "unsubscribed") or block.labels["happened"].sum() > 0


SETTINGS = """
company: {name: shop, language: en}
propensities:
  - {name: repurchase_30, ko: 가, en: a, window: 10}
  - {name: own, ko: 나, en: b, population: order_cout >= 1, exclude: "has_consent(channel='email')"}
"""


def test_wrong_definitions_are_told_all_at_once(tmp_path):
    (tmp_path / "dangol.yaml").write_text(SETTINGS, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Company.open(tmp_path)
    said = "\n".join(map(str, caught.value.problems))
    assert "propensities[0].name: the name 'repurchase_30' is taken" in said
    assert "unknown column 'order_cout'; did you mean 'order_count'" in said
    assert "unknown behaviour 'has_consent'" in said


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("event: categry, which: x", "must be one of"),
        ("event: category", "needs 'which'"),
        ("windw: 3", "did you mean 'window'?"),
        ("window: 0", "at least 1"),
    ],
)
def test_wrong_keys_and_values_are_named(tmp_path, text, problem):
    yaml = f"company: {{name: shop}}\npropensities:\n  - {{name: own, ko: 나, en: b, {text}}}\n"
    (tmp_path / "dangol.yaml").write_text(yaml, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Company.open(tmp_path)
    assert problem in "\n".join(map(str, caught.value.problems))
