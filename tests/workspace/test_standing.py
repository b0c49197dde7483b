"""Champion and challenger: what was learnt is kept without customers, and a worse fit does not replace it."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from dangol.core.declare import Block, Judgement
from dangol.core.errors import DataError
from dangol.predictions.churn import Churn
from dangol.simulate import Plan, simulate
from dangol.workspace.company import Company
from dangol.workspace.earlier import Kept
from dangol.workspace.model_history import backtests, drift_words, history_rows
from dangol.workspace.standing import MODEL, Basis, Careful, champion, duel, kept_models, read_model, worse, write_model

END = datetime(2026, 10, 31, 15)
BASIS = Basis.of(Churn.model())


def block(seed, customers=1200, random_labels=False):
    """Customers who buy as a Poisson process and stop at random, with labels for 60 days."""
    rng = np.random.default_rng(seed)
    rate, age = rng.gamma(1.2, 1 / 40, customers), rng.uniform(100, 400, customers)
    left = rng.exponential(200, customers)
    seen = np.minimum(left, age)
    count = rng.poisson(rate * seen)
    recency = np.where(count > 0, age - seen * rng.beta(np.maximum(count, 1), 1), age)
    bought = rng.poisson(rate * np.clip(left - age, 0, 60))
    columns = {
        "order_count": count + 1.0, "order_day_count": count + 1.0, "recency_days": recency, "tenure_days": age,
        "average_order_value": rng.gamma(2, 100, customers), "overdue_ratio": recency * rate,
    }  # fmt: skip
    label = rng.permutation(bought) if random_labels else bought
    return Block(np.arange(customers), columns, {"order_days": label.astype(float)}, 0.0, 60.0, 400.0)


@pytest.fixture(scope="module")
def fitted():
    """A churn model, learnt and judged."""
    model = Churn.model()
    model.fit([block(1), block(2)])
    model.judge(block(3))
    model.fit([block(1), block(2), block(3)])
    return model


def test_what_was_learnt_comes_back_and_scores_the_same(fitted, tmp_path):
    assert write_model(fitted, tmp_path / MODEL, BASIS)
    back = read_model(tmp_path / MODEL, Churn, Churn.model(), BASIS)
    here = block(4)
    for each in (fitted, back):
        each.settle(here)
    assert np.array_equal(back.score(here).columns["churn_probability"], fitted.score(here).columns["churn_probability"])


def test_no_customer_is_kept_with_a_model(fitted, tmp_path):
    write_model(fitted, tmp_path / MODEL, BASIS)
    assert any(len(each) for each, _ in fitted.fitted().fits.values())
    back = read_model(tmp_path / MODEL, Churn, Churn.model(), BASIS)
    assert [len(each) for each, _ in back.fitted().fits.values()] == [0] * len(fitted.fitted().fits)
    assert (tmp_path / MODEL).stat().st_size < 1_000_000


def test_other_settings_or_a_broken_file_are_no_champion(fitted, tmp_path):
    write_model(fitted, tmp_path / MODEL, BASIS)
    assert read_model(tmp_path / MODEL, Churn, Churn.model(horizon=90), Basis.of(Churn.model(horizon=90))) == "settings"
    (tmp_path / MODEL).write_bytes((tmp_path / MODEL).read_bytes()[:-40])
    assert read_model(tmp_path / MODEL, Churn, Churn.model(), BASIS) == "not_read"


def test_a_kept_file_runs_nothing(tmp_path):
    class Harm:
        def __reduce__(self):
            return (eval, ("1 + 1",))

    (tmp_path / MODEL).write_bytes(pickle.dumps({"code": Harm()}))
    with pytest.raises(DataError, match="eval"), (tmp_path / MODEL).open("rb") as file:
        Careful(file).load()
    assert read_model(tmp_path / MODEL, Churn, Churn.model(), BASIS) == "not_read"


def test_only_a_model_learnt_before_the_window_may_stand(fitted, tmp_path):
    write_model(fitted, tmp_path / MODEL, BASIS)
    kept = [Kept(END - timedelta(days=days), tmp_path / MODEL) for days in (100, 10)]
    found = champion(kept, Churn, Churn.model(), block(5), END - timedelta(days=60), BASIS)
    assert found.since == END - timedelta(days=100)
    assert champion(kept, Churn, Churn.model(), block(5), END - timedelta(days=101), BASIS) is None
    assert found.judgement.good_enough


def judged(brier, good=True, higher=False):
    return Judgement("boosted", good, {"chosen": {"brier": brier}}, "brier", higher)


@pytest.mark.parametrize(
    ("own", "other", "outcome"),
    [
        (judged(0.150), judged(0.160), "takes_over"),
        (judged(0.160), judged(0.150), "stays"),
        (judged(0.1505), judged(0.150), "takes_over"),
        (judged(0.250, good=False), judged(0.160), "stepped_back"),
        (judged(0.160), judged(0.250, good=False), "takes_over"),
        (judged(0.250, good=False), judged(0.240, good=False), "none_holds"),
    ],
)
def test_the_new_fit_scores_unless_it_is_worse(fitted, tmp_path, own, other, outcome):
    write_model(fitted, tmp_path / MODEL, BASIS)
    rival = champion([Kept(END, tmp_path / MODEL)], Churn, Churn.model(), block(5), END, BASIS)
    found = duel(own, replace(rival, judgement=other))
    assert found.outcome == outcome
    assert found.keeps_champion == (outcome in ("stays", "stepped_back"))
    assert duel(own, None).outcome == "first"


def test_more_is_better_where_it_is():
    assert worse(0.70, 0.80, higher_is_better=True)
    assert not worse(0.80, 0.70, higher_is_better=True)


def test_random_labels_are_not_good_enough():
    refused = []
    for seed in range(8):
        model = Churn.model()
        model.fit([block(10 * seed + 1, random_labels=True), block(10 * seed + 2, random_labels=True)])
        refused.append(not model.judge(block(10 * seed + 3, random_labels=True)).good_enough)
    assert all(refused)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A company that ran five months ago and now."""
    base = tmp_path_factory.mktemp("lived")
    simulate(base, Plan(customers=1_500, seed=31, korean=False, event_volume=0, message_volume=0))
    company = Company.open(base)
    company.run(as_of=END - timedelta(days=150))
    company.run()
    return company


def test_a_run_holds_its_fit_against_the_one_of_five_months_ago(lived):
    card = lived.card("churn")
    assert card.duel["since"] == (END - timedelta(days=150)).isoformat()
    assert card.duel["outcome"] in ("takes_over", "stays", "stepped_back")
    wanted = "stays" if worse(card.duel["challenger"], card.duel["champion"], higher_is_better=False) else "takes_over"
    assert card.duel["outcome"] == wanted
    assert card.scored > 0
    zone = lived.settings.company.zone
    kept = [each.scored_at for each in kept_models(lived.root, zone, "churn").kept()]
    assert (END in kept) == (wanted == "takes_over")


def test_running_again_changes_nothing(lived):
    before = {path.name: path.stat().st_mtime_ns for path in (lived.root / "models").rglob("*.model")}
    again = lived.run()
    assert not [name for name, _, _, fresh in again.stages if fresh]
    assert {path.name: path.stat().st_mtime_ns for path in (lived.root / "models").rglob("*.model")} == before


def test_cards_say_what_moved_and_nothing_drifts_where_nothing_changed(lived):
    found = json.loads(json.dumps(lived.card("churn").drift))
    assert len(found["base_rates"]) == len(lived.card("churn").training)
    assert 0 < found["base_rate"] < 1
    assert {each["feature"] for each in found["features"]} <= set(lived.snapshot.columns)
    assert not found["found"]


def test_every_run_is_on_record_with_its_features(lived):
    found = lived.records.history("churn")
    assert [each.card.as_of for each in found] == [END.isoformat(), (END - timedelta(days=150)).isoformat()]
    assert found[0].card == lived.card("churn")
    assert len({each.card.features for each in found}) == 1
    assert found[0].card.feature_count > 10


def test_the_course_of_backtests_is_what_the_manifests_say(lived):
    found = backtests(history_rows(lived.records.history("churn")))
    cards = [json.loads(file.read_text())["cards"]["churn"] for file in (lived.root / "runs").glob("*.json")]
    by_window = {card["validation"]: card["judgement"]["metrics"] for card in cards}
    assert [each["judged_at"].isoformat() for each in found] == sorted(by_window)
    assert len(found) == 2
    for each in found:
        measured = by_window[each["judged_at"].isoformat()]
        assert each["value"] == measured["chosen"]["brier"]
        assert each["rule_value"] == min(measured[rule]["brier"] for rule in ("base_rate", "recency_rule"))


def test_one_window_makes_no_course_and_another_measure_is_left_out():
    row = {"judged_at": END, "value": 0.1, "rule_value": 0.2, "metric": "brier"}
    assert backtests([row, row]) == []
    older = {**row, "judged_at": END - timedelta(days=30)}
    assert backtests([row, older]) == [older, row]
    assert backtests([row, {**older, "metric": "rmse"}, {**older, "value": None}]) == []


def test_what_earlier_scores_came_to_is_what_plain_sql_says(lived):
    (found,) = lived.records.realised("churn")
    (kept,) = sorted((lived.root / "scores").glob("*.parquet"))[:1]
    duck = lived.snapshot.duck.cursor()
    duck.view("past_scores", kept)
    horizon = duck.value("select max(churn_horizon_days) from past_scores")
    (row,) = duck.rows(f"""
        select count(*) as n, avg(churn_probability) as expected,
               avg(case when customer_id in (select customer_id from facts_orders where status = 'completed'
                   and ordered_at >= scored_at and ordered_at < scored_at + interval '{horizon} days') then 0 else 1 end)
                   as actual
        from past_scores where churn_probability is not null""")
    assert found.scored_at == END - timedelta(days=150)
    assert (found.customers, found.horizon_days) == (row["n"], horizon)
    assert found.expected == pytest.approx(row["expected"], rel=1e-9)
    assert found.actual == pytest.approx(row["actual"], rel=1e-9)
    assert 0.6 < found.ranking < 1
    assert found.held == (found.error < found.rule_error and abs(found.expected - found.actual) < 0.12)


def test_words_say_what_was_done_about_drift(lived):
    card = lived.card("churn")
    moved = {**card.drift, "base_rate_moved": True, "base_rates": [0.2, 0.2], "base_rate": 0.5}
    for outcome, said in (("takes_over", "learnt anew"), ("stepped_back", "older model")):
        told = drift_words(replace(card, drift=moved, duel={**card.duel, "outcome": outcome}), [], {}, "en")
        assert "50" in told[0]
        assert said in told[-1]
    assert drift_words(card, [], {}, "ko") == ["변화 없음: 고객과 결과의 분포가 학습할 때와 같습니다."]
