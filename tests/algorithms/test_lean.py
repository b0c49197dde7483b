"""How far an effect follows the stake: nothing known, much known, and what lies between, against plain integration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.algorithms.lean import expected_lean, lean_at

GRID = np.linspace(0, 1, 20_001)


@settings(max_examples=100, deadline=None)
@given(st.floats(-3, 4), st.floats(0.1, 5))
def test_the_mean_is_that_of_the_likelihood_over_all_leans(measured, error):
    weight = np.exp(-0.5 * ((GRID - measured) / error) ** 2 + 0.5 * ((np.clip(measured, 0, 1) - measured) / error) ** 2)
    assert expected_lean(measured, error) == pytest.approx(float((weight * GRID).sum() / weight.sum()), abs=2e-3)


def test_nothing_measured_leaves_the_middle_and_exact_measurements_decide():
    assert expected_lean(0.9, float("inf")) == 0.5
    assert lean_at(0.9, float("inf"), [0.1, 0.7]).tolist() == [0.1, 0.7]
    assert expected_lean(0.3, 0.0) == pytest.approx(0.3, abs=1e-4)
    assert expected_lean(-2.0, 0.05) == pytest.approx(0.0, abs=0.01)
    assert expected_lean(5.0, 0.05) == pytest.approx(1.0, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.floats(-3, 4), st.floats(0.1, 5))
def test_draws_have_that_mean_and_stay_between(measured, error):
    drawn = lean_at(measured, error, (np.arange(4_000) + 0.5) / 4_000)
    assert np.all((drawn >= 0) & (drawn <= 1))
    assert np.all(np.diff(drawn) >= 0)
    assert drawn.mean() == pytest.approx(expected_lean(measured, error), abs=2e-3)
