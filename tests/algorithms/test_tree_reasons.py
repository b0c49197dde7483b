"""Reasons from tables are LightGBM's own TreeSHAP values, whatever the columns hold."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.algorithms import tree_reasons


def company(dice, rows):
    """Numbers with and without gaps, mostly zeros, categories, a constant and a column of nothing."""
    columns = [
        dice.normal(size=rows),
        np.where(dice.random(rows) < 0.3, np.nan, dice.normal(size=rows)),
        np.where(dice.random(rows) < 0.8, 0.0, dice.gamma(2, size=rows)),
        dice.integers(0, 25, rows).astype(float),
        np.where(dice.random(rows) < 0.2, np.nan, dice.integers(0, 6, rows)),
        np.ones(rows),
        np.full(rows, np.nan),
    ]
    return np.column_stack(columns)


def grown(matrix, dice, leaves, rounds=25, **more):
    """A booster that has something to learn from every column."""
    known = np.nan_to_num(matrix)
    score = known[:, 0] + known[:, 1] + (known[:, 3] > 12) - (known[:, 4] == 2) + known[:, 2]
    happened = dice.random(len(matrix)) < 1 / (1 + np.exp(-score))
    settings = {"objective": "binary", "num_leaves": leaves, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1,
                "bagging_fraction": 0.8, "bagging_freq": 1, "min_data_per_group": 5, "seed": 3, **more}  # fmt: skip
    return lgb.train(settings, lgb.Dataset(matrix, label=happened.astype(float), categorical_feature=[3, 4]), rounds)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000), leaves=st.integers(2, 15), zero_as_missing=st.booleans())
def test_values_are_those_of_lightgbm(seed, leaves, zero_as_missing):
    dice = np.random.default_rng(seed)
    booster = grown(company(dice, 400), dice, leaves, zero_as_missing=zero_as_missing)
    fresh = company(dice, 300)
    fresh[dice.random(fresh.shape) < 0.1] = np.nan
    fresh[:5, 3] = [99, -1, 24.0, 0, np.nan]
    trees = tree_reasons.small_trees(booster.dump_model())
    assert trees is not None
    wanted = booster.predict(fresh, pred_contrib=True)
    np.testing.assert_allclose(tree_reasons.contributions(trees, fresh), wanted[:, :-1], atol=1e-12)


def test_contributions_add_up_to_the_score():
    dice = np.random.default_rng(4)
    matrix = company(dice, 2_000)
    booster = grown(matrix, dice, 8)
    found = tree_reasons.contributions(tree_reasons.small_trees(booster.dump_model()), matrix)
    base = booster.predict(matrix, pred_contrib=True)[:, -1]
    np.testing.assert_allclose(found.sum(axis=1) + base, booster.predict(matrix, raw_score=True), atol=1e-10)


def test_large_trees_are_left_to_lightgbm():
    dice = np.random.default_rng(5)
    booster = grown(company(dice, 3_000), dice, 31, rounds=3)
    assert max(each["num_leaves"] for each in booster.dump_model()["tree_info"]) > tree_reasons.MOST_SPLITS + 1
    assert tree_reasons.small_trees(booster.dump_model()) is None


def test_trees_without_a_split_say_nothing():
    rows = np.ones((50, 2))
    booster = lgb.train({"objective": "regression", "verbosity": -1}, lgb.Dataset(rows, label=np.arange(50.0)), 3)
    assert tree_reasons.small_trees(booster.dump_model()) == []
    assert not tree_reasons.contributions([], rows).any()


@pytest.mark.parametrize("shares", [[0.3], [0.3, 0.9], [0.5, 0.2, 0.7]])
def test_a_path_is_shared_out_as_shapley_defines(shares):
    """Against the definition: the mean over all orders in which columns become known."""
    from itertools import permutations

    size = len(shares)
    found = tree_reasons.path_values(np.array(shares))
    for pattern in range(2**size):
        holds = [pattern >> place & 1 for place in range(size)]

        def worth(known, holds=holds):
            return np.prod([holds[place] if place in known else shares[place] for place in range(size)])

        orders = list(permutations(range(size)))
        for column in range(size):
            gains = [worth({*order[: order.index(column)], column}) - worth({*order[: order.index(column)]}) for order in orders]
            assert found[pattern, column] == pytest.approx(np.mean(gains))
