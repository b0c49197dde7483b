"""The shifted-beta-geometric model against its paper's numbers, a simulation, and plain quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize

from dangol.algorithms import shifted_beta_geometric as sbg
from dangol.core.errors import DataError, TooLittleData

# Fader and Hardie (2007), tables 1 and 3: share of 1,000 customers left after each year; fitted to the first seven.
HIGH_END = (0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491, 0.468, 0.445, 0.427, 0.409, 0.394)
REGULAR = (0.631, 0.468, 0.382, 0.326, 0.289, 0.262, 0.241, 0.223, 0.207, 0.194, 0.183, 0.173)


def cohort(left: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """1,000 customers of one cohort: entry, years known to last, year by which they had ended."""
    alive = np.round(1_000 * np.array([1.0, *left])).astype(int)
    ends = -np.diff(alive)
    lasted = np.concatenate([np.repeat(np.arange(len(left)), ends), np.full(alive[-1], len(left))]).astype(float)
    by = np.where(np.arange(1_000) < ends.sum(), lasted + 1, np.inf)
    return np.zeros(1_000), lasted, by


@pytest.mark.parametrize(
    ("left", "alpha", "beta", "log_likelihood"),
    [(HIGH_END, 0.668, 3.806, -1611.2), (REGULAR, 0.704, 1.182, -1680.3)],
    ids=["high end", "regular"],
)
def test_the_papers_parameters_and_projections(left, alpha, beta, log_likelihood):
    model = sbg.fit(*cohort(left[:7]))
    assert model.alpha == pytest.approx(alpha, abs=5e-4)
    assert model.beta == pytest.approx(beta, abs=5e-4)
    assert model.report.log_likelihood == pytest.approx(log_likelihood, abs=0.1)
    assert model.report.converged
    # years nobody had seen: within a point or two of what came
    assert model.survival(np.arange(8.0, 13.0)) == pytest.approx(left[7:], abs=0.02)


def test_the_slope_is_that_of_the_value():
    rng = np.random.default_rng(2)
    entry = rng.uniform(0, 5, 60)
    lasted = entry + rng.uniform(0.1, 4, 60)
    by = np.where(rng.random(60) < 0.5, lasted + rng.uniform(0.01, 1, 60), np.inf)
    function = sbg.likelihood(entry, lasted, by, np.full(60, 1 / 60))
    for theta in (np.array([0.3, 1.2]), np.array([-2.0, 0.1]), np.array([3.0, 5.0])):
        numeric = optimize.approx_fprime(theta, lambda at: function(at)[0], 1e-7)
        assert function(theta)[1] == pytest.approx(numeric, abs=1e-5)


def test_contracts_looked_at_late_and_for_a_short_time_teach_the_same():
    """Everybody is seen from some age on for one period only, as rolling windows see contracts."""
    rng = np.random.default_rng(5)
    chance = rng.beta(1.2, 9.0, 400_000)
    ends = rng.geometric(chance).astype(float)
    entry = rng.integers(0, 24, len(ends)).astype(float)
    seen = ends > entry
    entry, ends = entry[seen], ends[seen]
    gone = ends <= entry + 1
    model = sbg.fit(entry, np.where(gone, entry, entry + 1), np.where(gone, entry + 1, np.inf))
    assert model.alpha == pytest.approx(1.2, rel=0.06)
    assert model.beta == pytest.approx(9.0, rel=0.06)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.05, 50), st.floats(0.05, 500), st.floats(0, 120), st.floats(0.5, 36), st.floats(0.2, 5)
)  # fmt: skip
def test_expected_periods_are_the_area_under_the_share_that_lasts(alpha, beta, age, periods, proneness):
    model = sbg.ShiftedBetaGeometric(alpha, beta)
    found = float(model.expected_periods([age], periods, proneness)[0])
    area, _ = integrate.quad(lambda time: float(model.remaining(age, time)) ** proneness, 0, periods, limit=400,
                             points=[periods * part for part in (1e-4, 1e-3, 1e-2, 0.1)])  # fmt: skip
    assert found == pytest.approx(area, rel=1e-3, abs=1e-4)
    assert 0 <= found <= periods + 1e-9


def test_nobody_who_ever_left_or_stayed_gives_an_edge_that_says_so():
    stayed = sbg.fit(np.zeros(50), np.full(50, 6.0), np.full(50, np.inf))
    assert stayed.report.at_bound
    assert float(stayed.survival(12.0)) > 0.99
    left = sbg.fit(np.zeros(50), np.zeros(50), np.ones(50))
    assert left.report.at_bound
    assert float(left.survival(1.0)) < 0.01


@pytest.mark.parametrize(
    ("entry", "lasted", "by"), [([-1.0], [1.0], [2.0]), ([2.0], [1.0], [3.0]), ([0.0], [1.0], [1.0]), ([0.0], [1.0], [np.nan])]
)
def test_impossible_contracts_are_refused(entry, lasted, by):
    with pytest.raises(DataError):
        sbg.fit(entry, lasted, by)


def test_contracts_seen_for_no_time_teach_nothing():
    with pytest.raises(TooLittleData):
        sbg.fit([1.0, 2.0], [1.0, 2.0], [np.inf, np.inf])
