"""Chances within fewer and more days agree: as isotonic regression says, and only where they contradicted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.isotonic import IsotonicRegression

from dangol.core.declare import PropensitySettings
from dangol.core.engine import Duck
from dangol.predictions.likely import email_open, repurchase_30, repurchase_90, second_order
from dangol.predictions.propensity import propensity
from dangol.workspace.in_step import isotonic, ladders
from dangol.workspace.wide import Scored, widen


def test_rows_are_what_isotonic_regression_makes_of_them():
    chances = np.random.default_rng(2).random((300, 4))
    found = isotonic(chances)
    for row, wanted in zip(chances, found, strict=True):
        np.testing.assert_allclose(IsotonicRegression().fit_transform(np.arange(4), row), wanted, atol=1e-12)


def test_only_the_same_event_of_the_same_audience_is_compared():
    week = propensity(
        PropensitySettings(name="week", ko="주", en="Week", population="order_count >= 1", window=7), doc="Week.", file=__file__
    )
    found = ladders([repurchase_90, email_open, week, second_order, repurchase_30])
    assert found == [["week_probability", "repurchase_30_probability", "repurchase_90_probability"]]


def scores(folder: Path, name: str, chances: dict[int, float]) -> Scored:
    """Scores of a ready-made propensity, as a run writes them."""
    size = len(chances)
    columns = {
        "customer_id": pa.array(chances, pa.int64()), f"{name}_probability": pa.array(chances.values()),
        f"{name}_percentile": pa.array([50] * size), f"{name}_permille": pa.array([500] * size), "reasons": pa.array([""] * size),
    }  # fmt: skip
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return Scored({"repurchase_30": repurchase_30, "repurchase_90": repurchase_90}[name], folder / f"{name}.parquet", {4: 0.9})


def test_the_profile_shows_what_agrees_and_what_people_set(tmp_path):
    near = scores(tmp_path, "repurchase_30", {1: 0.5, 2: 0.2, 3: 0.7, 4: 0.8, 5: 0.4})
    far = scores(tmp_path, "repurchase_90", {1: 0.3, 2: 0.6, 4: 0.1, 5: 0.4})
    far = replace(far, said={})
    pq.write_table(pa.table({"customer_id": pa.array([1, 2, 3, 4, 5, 6], pa.int64())}), tmp_path / "features.parquet")
    with Duck(threads=1) as duck:
        duck.execute("ATTACH ':memory:' AS snapshot")
        widen(duck, tmp_path / "features.parquet", [near, far], {})
        rows = duck.rows("select customer_id, repurchase_30_probability as near, repurchase_90_probability as far from profile")
    assert [(row["near"], row["far"]) for row in rows] == [
        (pytest.approx(0.4), pytest.approx(0.4)), (0.2, 0.6), (0.7, None), (0.9, pytest.approx(0.45)), (0.4, 0.4), (None, None),
    ]  # fmt: skip
