"""The sample that predictions learn from: the stated customers, and for them exactly what the whole company would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from dangol.core.engine import Duck
from dangol.core.errors import EngineError
from dangol.simulate import Plan, simulate
from dangol.workspace.binding import Binder
from dangol.workspace.company import Company
from dangol.workspace.matrix import Learner
from dangol.workspace.predict import strongest
from dangol.workspace.sampling import columns_read, sampled, write_sample

SIZE = 300


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    base = tmp_path_factory.mktemp("sampled")
    simulate(base, Plan(customers=1_200, seed=5, korean=False, event_volume=0.3))
    company = Company.open(base)
    company.run()
    return company


@pytest.fixture(scope="module")
def learners(company, tmp_path_factory):
    """One that learns from everybody, one from a sample, and the sample's columns."""
    duck, snapshot = Duck(memory_limit="1GB", threads=2), company.snapshot
    snapshot.facts.mount(duck)
    binder = Binder(snapshot.facts, snapshot.as_of, company.settings.company.zone)
    features = list(company.registry.features.values())
    predictors = [each.model() for each in company.registry.predictions.values()]
    reads = columns_read(features, predictors)
    folder = tmp_path_factory.mktemp("sample")
    write_sample(duck, binder, SIZE, 7, reads, folder)
    sample = sampled(binder.facts, folder)
    sample.mount(duck)
    first = duck.value("select min(ordered_at) from facts_orders")
    everybody = Learner(duck, binder, features, first)
    return everybody, replace(everybody, sample=sample), reads


def test_only_what_is_read_is_written(learners):
    _, learner, reads = learners
    written = set(learner.duck.columns("sampled_events"))
    assert written <= reads["events"] | {"customer_id"}
    assert {"occurred_at", "event_name"} <= written
    assert not written & {"event_id", "session_id", "search_term"}
    assert learner.duck.value("select count(distinct customer_id) from sampled_people") == SIZE


@pytest.mark.parametrize("name", ["churn", "lifetime_value"])
def test_sampled_customers_have_the_features_and_labels_they_have_among_all(company, learners, name):
    everybody, learner, _ = learners
    predictor, at = company.registry.predictions[name].model(), datetime(2025, 12, 1)
    whole = everybody.block(everybody.past, predictor, at, 60)
    part = learner.block(learner.past, predictor, at, 60)
    assert 0 < len(part) <= SIZE < len(whole)
    places = np.searchsorted(whole.customer_id, part.customer_id)
    assert (whole.customer_id[places] == part.customer_id).all()
    assert part.labels.keys() == whole.labels.keys()
    for label, values in part.labels.items():
        np.testing.assert_array_equal(values, whole.labels[label][places])
    # What the company as a whole says (ranks, the lapse point, the stage by it) may differ; what each customer did may not.
    shared = {"recency_score", "frequency_score", "monetary_score", "lapse_days", "lifecycle_stage"}
    assert part.columns.keys() == whole.columns.keys()
    for column in part.columns.keys() - shared:
        np.testing.assert_array_equal(part.columns[column], whole.columns[column][places], err_msg=column)


def test_reasons_are_named_strongest_first():
    moved = {"price": np.array([0.5, 0.0, -0.00001234]), "visits": np.array([-2.34567, 0.0, 3.0]), "taste": np.array([0.1, 0, 0])}
    assert strongest(moved, 3).to_pylist() == ["visits:-2.346;price:+0.5;taste:+0.1", "", "visits:+3;price:-0.00001234"]
    assert strongest({}, 2).to_pylist() == ["", ""]


def test_things_done_together_come_back_in_order_and_end_at_the_first_error():
    with Duck(threads=2) as duck:
        duck.create("numbers", "select range as n from range(1000)")
        sums = duck.together([lambda own, k=k: own.value(f"select sum(n) from numbers where n % 7 = {k}") for k in range(7)])
        assert sums == [sum(range(k, 1000, 7)) for k in range(7)]
        assert duck.value("select current_setting('threads')") == 2
        clock = duck.together([lambda own: own.value("select current_setting('TimeZone')")])
        assert clock == ["UTC"]
        with pytest.raises(EngineError, match="nowhere"):
            duck.together([lambda own: own.value("select 1 from nowhere"), lambda own: own.value("select 1")])
        assert duck.value("select current_setting('threads')") == 2
