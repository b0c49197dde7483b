"""The holdout: the same answer for ever, the promised shares, no memory between salts."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy import stats

from dangol.algorithms.holdout import assign, places
from dangol.core.errors import DataError

SHARES = {"held_out": 0.1, "mail": 0.6, "push": 0.3}


def test_place_is_the_documented_formula():
    ids = ["김민지", "c-1", "42"]
    by_hand = [int(hashlib.sha256(f"welcome:{one}".encode()).hexdigest()[:13], 16) / 16**13 for one in ids]
    assert list(places(ids, "welcome")) == by_hand
    assert places([42], "welcome")[0] == places(["42"], "welcome")[0] == places([b"42"], "welcome")[0]
    assert places(np.array([42]), "welcome")[0] == by_hand[2]


def test_a_database_finds_the_same_place():
    duckdb = pytest.importorskip("duckdb")
    query = "SELECT ('0x' || substr(sha256('welcome:' || id), 1, 13))::BIGINT / pow(16, 13) FROM range(500) AS t(id)"
    found = [row[0] for row in duckdb.connect().execute(query).fetchall()]
    assert found == list(places(range(500), "welcome"))


def test_shares_are_kept_and_probabilities_follow():
    found = assign(range(100_000), "spring", SHARES)
    counts = found.counts()
    assert stats.chisquare(list(counts.values()), [10_000, 60_000, 30_000]).pvalue > 0.001
    assert set(zip(found.arm.tolist(), found.probability.tolist(), strict=True)) == {(0, 0.1), (1, 0.6), (2, 0.3)}


def test_salts_are_independent_and_repeats_are_equal():
    one, two = (assign(range(100_000), salt, SHARES).arm for salt in ("spring", "autumn"))
    assert stats.chi2_contingency(stats.contingency.crosstab(one, two).count).pvalue > 0.001
    assert np.array_equal(one, assign(range(100_000), "spring", SHARES).arm)
    assert stats.kstest(places(range(20_000), "spring"), "uniform").pvalue > 0.001


def test_enlarging_the_first_arm_moves_nobody_out_of_it():
    small = assign(range(5000), "s", {"held_out": 0.1, "sent": 0.9}).arm == 0
    large = assign(range(5000), "s", {"held_out": 0.2, "sent": 0.8}).arm == 0
    assert (large | ~small).all()


def test_an_arm_of_no_share_stays_empty():
    assert assign(range(3000), "s", {"none": 0.0, "all": 1.0, "never": 0.0}).counts() == {"none": 0, "all": 3000, "never": 0}


@pytest.mark.parametrize("shares", [{}, {"a": 0.5}, {"a": 1.2, "b": -0.2}])
def test_shares_that_do_not_add_up_are_refused(shares):
    with pytest.raises(DataError, match="add up to 1"):
        assign([1], "s", shares)


def test_an_empty_salt_is_refused():
    with pytest.raises(DataError, match="salt"):
        places([1], "")
