"""Chances within fewer and more days agree, whoever foretells them: as isotonic regression says, where they contradicted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import rankdata
from sklearn.isotonic import IsotonicRegression

from dangol.core.declare import Prediction, PropensitySettings
from dangol.core.engine import Duck
from dangol.predictions.churn import Churn
from dangol.predictions.lifetime_value import LifetimeValue
from dangol.predictions.likely import email_open, repurchase_30, repurchase_90, second_order
from dangol.predictions.propensity import propensity
from dangol.workspace.in_step import in_agreement, isotonic, ladders
from dangol.workspace.wide import Scored, widen


def test_rows_are_what_isotonic_regression_makes_of_them():
    chances = np.random.default_rng(2).random((300, 4))
    found = isotonic(chances)
    for row, wanted in zip(chances, found, strict=True):
        np.testing.assert_allclose(IsotonicRegression().fit_transform(np.arange(4), row), wanted, atol=1e-12)


def test_what_predictions_say_of_each_customer_agrees_whatever_they_leave_out():
    dice = np.random.default_rng(5)
    days, follows = np.array([30, 90, 90, 90, 111]), np.array([False, False, False, True, False])
    chances = np.where(dice.random((500, 5)) < 0.3, np.nan, dice.random((500, 5)))
    found = in_agreement(chances, days, follows)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(chances))
    for row, said in zip(found, chances, strict=True):
        ours = row[~np.isnan(row)]
        assert (np.diff(ours) >= -1e-12).all()
        judged = ~np.isnan(said) & ~follows
        means = [(day, said[judged & (days == day)].mean()) for day in np.unique(days[judged])]
        if means:
            wanted = dict(
                zip([day for day, _ in means], IsotonicRegression().fit_transform(*zip(*means, strict=True)), strict=True)
            )
            np.testing.assert_allclose(row[judged], [wanted[day] for day in days[judged]])
        if not means:
            np.testing.assert_array_equal(row, said)
    both = ~np.isnan(found[:, 1]) & ~np.isnan(found[:, 3])
    np.testing.assert_array_equal(found[both, 1], found[both, 3])


def scores(folder: Path, prediction: Prediction, chances: dict[int, float], said: dict[int, float] | None = None,
           **others: int | float) -> Scored:  # fmt: skip
    """Scores of a prediction, as a run writes them; columns that do not matter hold 1."""
    main, *more = prediction.outputs
    columns = {main: pa.array(chances.values())} | {each: pa.array([others.get(each, 1)] * len(chances)) for each in more}
    customers = pa.array(chances, pa.int64())
    file = folder / f"{prediction.name}.parquet"
    pq.write_table(pa.table({"customer_id": customers, **columns, "reasons": pa.array([""] * len(chances))}), file)
    return Scored(prediction, file, said or {})


def profile(folder: Path, listed: list[Scored]) -> dict[int, dict[str, float]]:
    """The wide profile of ten customers."""
    pq.write_table(pa.table({"customer_id": pa.array(range(1, 11), pa.int64())}), folder / "features.parquet")
    with Duck(threads=1) as duck:
        duck.execute("ATTACH ':memory:' AS snapshot")
        widen(duck, folder / "features.parquet", listed, {})
        return {row["customer_id"]: row for row in duck.rows("select * from profile")}


def test_only_chances_of_the_same_thing_are_compared(tmp_path):
    week = propensity(
        PropensitySettings(name="week", ko="주", en="Week", population="order_count >= 1", window=7), doc="Week.", file=__file__
    )
    listed = [scores(tmp_path, each, {1: 0.5}) for each in (repurchase_90, email_open, week, second_order, repurchase_30)]
    listed += [
        scores(tmp_path, Churn, {1: 0.5}, churn_horizon_days=60),
        scores(tmp_path, LifetimeValue, {1: 100.0}, window_days=45),
    ]
    with Duck(threads=1) as duck:
        for each in listed:
            duck.view(each.table, each.path)
        (orders,) = ladders(duck, [(each.table, each.prediction) for each in listed])
    assert [(each.column, each.days) for each in orders] == [
        ("week_probability", 7), ("repurchase_30_probability", 30), ("order_probability", 45), ("churn_probability", 60),
        ("repurchase_90_probability", 90), ("second_order_probability", 90),
    ]  # fmt: skip


def test_the_profile_shows_what_agrees_and_what_people_set(tmp_path):
    near = scores(tmp_path, repurchase_30, {1: 0.5, 2: 0.2, 3: 0.7, 4: 0.8, 5: 0.4}, said={4: 0.9})
    far = scores(tmp_path, repurchase_90, {1: 0.3, 2: 0.6, 4: 0.1, 5: 0.4})
    found = profile(tmp_path, [near, far])
    assert [(found[each]["repurchase_30_probability"], found[each]["repurchase_90_probability"]) for each in range(1, 7)] == [
        (pytest.approx(0.4), pytest.approx(0.4)), (0.2, 0.6), (0.7, None), (0.9, pytest.approx(0.45)), (0.4, 0.4), (None, None),
    ]  # fmt: skip
    standing = rankdata([0.4, 0.6, 0.45, 0.4]) - 0.5
    assert [found[each]["repurchase_90_permille"] for each in (1, 2, 4, 5)] == list(np.ceil(standing / 4 * 1000))
    assert found[4]["repurchase_30_percentile"] is None


def test_who_stays_away_does_not_order_and_who_orders_once_more_orders_again(tmp_path):
    """Churn within 111 days is no order within 111; a second order within 90 days is an order within 90 days."""
    listed = [
        scores(tmp_path, Churn, {1: 0.5, 2: 0.6, 3: 0.9}, churn_horizon_days=111),
        scores(tmp_path, repurchase_90, {1: 0.4, 2: 0.5, 3: 0.05}),
        scores(tmp_path, second_order, {3: 0.07}),
        scores(tmp_path, LifetimeValue, {1: 10.0, 2: 20.0, 3: 30.0}, window_days=90, order_probability=0.45),
    ]
    found = profile(tmp_path, listed)
    names = (
        "churn_probability",
        "repurchase_90_probability",
        "second_order_probability",
        "order_probability",
        "expected_margin_12m",
    )
    assert [tuple(found[each][name] for name in names) for each in (1, 2, 3)] == [
        (0.5, 0.4, None, pytest.approx(0.4), 10.0),
        (pytest.approx(0.55), pytest.approx(0.45), None, pytest.approx(0.45), 20.0),
        (0.9, pytest.approx(0.06), pytest.approx(0.06), pytest.approx(0.06), 30.0),
    ]
