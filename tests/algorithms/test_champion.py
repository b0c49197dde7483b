"""Who is in charge among forecasts: by luck nobody, by more than luck the better one."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.algorithms.champion import champion
from dangol.core.errors import DataError, TooLittleData


def test_luck_changes_nothing():
    kept = 0
    for seed in range(200):
        dice = np.random.default_rng(seed)
        kept += champion({"first": dice.exponential(size=500), "other": dice.exponential(size=500)}) == "first"
    # one normal tail beyond 1.5 standard errors holds 6.7 %
    assert kept >= 200 * 0.933 - 3 * np.sqrt(200 * 0.933 * 0.067)


@pytest.mark.parametrize(("share", "expected"), [(0.5, "other"), (1.0, "first"), (1.5, "first")])
def test_the_clearly_better_one_takes_over(share, expected):
    errors = np.random.default_rng(3).exponential(size=2_000)
    assert champion({"first": errors, "other": errors * share}) == expected


def test_a_trusted_challenger_stays_until_it_is_clearly_worse():
    errors = np.random.default_rng(4).exponential(size=2_000)
    noise = np.random.default_rng(5).normal(size=2_000)
    assert champion({"first": errors, "other": errors + noise - noise.mean() + 0.01}, sure={"other": -1.0}) == "other"
    assert champion({"first": errors, "other": errors + noise - noise.mean() + 0.10}, sure={"other": -1.0}) == "first"


def test_bad_input_is_refused():
    with pytest.raises(TooLittleData):
        champion({})
    with pytest.raises(TooLittleData):
        champion({"first": np.empty(0)})
    with pytest.raises(DataError):
        champion({"first": np.ones(3), "other": np.ones(2)})
