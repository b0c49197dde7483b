"""The cut with the highest expected F1: the same as trying every one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.algorithms.expected_f1 import best_cut
from dangol.core.errors import DataError

JOINS = st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9), st.floats(0, 1)), min_size=1, max_size=12)


@given(JOINS, st.floats(0, 20))
def test_no_other_cut_is_expected_to_be_better(joins: list[tuple[int, int, float]], outside: float) -> None:
    height, pairs = np.array([each[0] for each in joins], float), np.array([each[1] for each in joins], float)
    matches = pairs * np.array([each[2] for each in joins])
    every = matches.sum() + outside + 1e-6
    found = best_cut(height, pairs, matches, every)
    tried = [2 * matches[height >= cut].sum() / (pairs[height >= cut].sum() + every) for cut in height]
    assert found.f1 == pytest.approx(max(tried))
    made = height >= found.height
    assert found.precision == pytest.approx(matches[made].sum() / pairs[made].sum())
    assert found.recall == pytest.approx(matches[made].sum() / every)


def test_sure_joins_are_made_and_hopeless_ones_are_not() -> None:
    found = best_cut(np.array([9.0, 5.0, -4.0]), np.ones(3), np.array([0.99, 0.9, 0.05]), 1.94)
    assert found.height == 5.0


def test_nothing_to_cut_is_refused() -> None:
    with pytest.raises(DataError, match="0 joins"):
        best_cut(np.empty(0), np.empty(0), np.empty(0), 1.0)
