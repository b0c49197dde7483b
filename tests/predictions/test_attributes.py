"""Attributes as delivered: what they are read as, which of them describe, and when nothing may be learnt from them."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.core.declare import Block, Group
from dangol.predictions import attributes


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "2.5", None, "1,200", ""], [1.0, 2.5, np.nan, 1200.0, np.nan]),
        (["2024-03-01", "2024.3.2", None], np.array(["2024-03-01", "2024-03-02", "NaT"], dtype="datetime64[D]")),
        (["13/02/2024", "01/02/2024"], np.array(["2024-02-13", "2024-02-01"], dtype="datetime64[D]")),
        (["02/13/2024", "02/01/2024"], np.array(["2024-02-13", "2024-02-01"], dtype="datetime64[D]")),
        ([" 서울 ", "부산", "null", "12"], np.array(["서울", "부산", None, "12"], dtype=object)),
        ([None, ""], [np.nan, np.nan]),
    ],
)
def test_columns_are_read_as_what_nearly_all_of_their_values_are(texts, expected):
    found = attributes.read(texts)
    np.testing.assert_array_equal(found, np.array(expected, dtype=found.dtype))


def test_what_never_differs_and_what_names_rows_describes_nothing():
    rows = 1_000
    columns = {
        "same": np.array(["x"] * rows, dtype=object),
        "empty": np.full(rows, np.nan),
        "uuid": np.array([f"{place:08x}-4e" for place in range(rows)], dtype=object),
        "number": np.arange(rows) + 660_000.0,
        "share": np.random.default_rng(1).random(rows),
        "kind": np.array(["a", "b"] * (rows // 2), dtype=object),
        "only when told": np.array(["yes", None] * (rows // 2), dtype=object),
    }
    assert set(attributes.describing(columns)) == {"share", "kind", "only when told"}


def test_days_become_how_long_ago_they_were():
    days = np.array(["2024-03-01", "NaT"], dtype="datetime64[D]")
    found = attributes.comparable({"d": days, "n": np.array([1.0, 2.0])}, np.datetime64("2024-03-11"))
    np.testing.assert_array_equal(found["d"], [10.0, np.nan])
    np.testing.assert_array_equal(found["n"], [1.0, 2.0])


@pytest.mark.parametrize("seed", range(12))
def test_random_outcomes_are_not_good_enough(seed):
    """Twenty columns that know nothing, and a coin: no luck may pass for knowledge."""
    rng = np.random.default_rng(seed)
    rows = 3_000
    columns = {f"열 (이름 {place})": rng.normal(size=rows) for place in range(10)}
    columns |= {f'[{place}] "말"': rng.choice(np.array(list("가나다라"), dtype=object), rows) for place in range(10)}
    happened = (rng.random(rows) < 0.3).astype(float)
    block = Block(np.arange(rows), columns)
    learner = attributes.learner({"all": Group("속성", "Attributes", tuple(columns))}, seed=7)
    held = np.arange(rows) % 4 == 0
    learner.fit([block.where(~held)], [happened[~held]])
    verdict = learner.judge(block.where(held), happened[held])
    usual = np.full(held.sum(), happened[held].mean())
    assert not (verdict.good_enough and attributes.surely_better(verdict.final, [usual], happened[held]))


def test_unseen_words_and_missing_columns_of_the_held_out_rows_are_borne():
    rng = np.random.default_rng(4)
    rows = 2_000
    kind = rng.choice(np.array(["a", "b", None], dtype=object), rows)
    happened = (rng.random(rows) < np.where(kind == "a", 0.7, 0.2)).astype(float)
    learner = attributes.learner({"all": Group("속성", "Attributes", ("kind",))}, seed=7)
    learner.fit([Block(np.arange(rows), {"kind": kind})], [happened])
    found = learner.by_model(Block(np.arange(3), {"kind": np.array(["a", "never seen", None], dtype=object)}))["boosted"]
    assert found[0] > 0.55
    assert (found[1:] < 0.45).all()
