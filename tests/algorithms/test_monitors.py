"""Drops, turned clocks and changed levels: found where they are, and seldom where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.algorithms.hour_shift import hour_shift, still_turned
from dangol.algorithms.level_step import bursts, power_steps, share_falls
from dangol.algorithms.sudden_drop import sudden_drops

PROFILE = np.array([1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 4, 6, 8, 9, 10, 9, 8, 8, 8, 9, 10, 10, 9, 7, 5, 3])


def daily(rng: np.random.Generator, level: float, days: int = 364) -> np.ndarray:
    week = np.tile(rng.uniform(0.5, 1.5, 7), days // 7)
    return rng.poisson(level * week * rng.gamma(20, 1 / 20, days)).astype(float)


@pytest.mark.parametrize("level", [2, 10, 100, 5000])
def test_a_steady_year_has_no_drop(level: float) -> None:
    rng = np.random.default_rng(3)
    found = sum(len(sudden_drops(daily(rng, level))) for _ in range(40))
    assert found <= 40 * 52 / 200


def test_shuffled_days_are_no_drop_either() -> None:
    rng = np.random.default_rng(4)
    series = daily(rng, 200)
    assert sum(len(sudden_drops(rng.permutation(series))) for _ in range(20)) <= 2


@pytest.mark.parametrize("length", [1, 3, 20])
def test_days_without_rows_are_found_to_the_day(length: int) -> None:
    series = daily(np.random.default_rng(5), 100)
    lost = series[200 : 200 + length].sum()
    series[200 : 200 + length] = 0
    (drop,) = sudden_drops(series)
    assert (drop.first, drop.last, drop.found) == (200, 200 + length - 1, 0)
    assert drop.expected == pytest.approx(lost, rel=0.35)


def test_a_closed_weekday_is_usual() -> None:
    rng = np.random.default_rng(6)
    series = rng.poisson(np.tile([80, 80, 80, 80, 80, 80, 0], 52)).astype(float)
    assert sudden_drops(series) == []


def test_a_quiet_series_is_looked_at_by_weeks() -> None:
    series = np.random.default_rng(7).poisson(6.0, 364).astype(float)
    series[210:224] = 0
    (drop,) = sudden_drops(series)
    assert (drop.first, drop.last, drop.found) == (210, 223, 0)


@pytest.mark.parametrize("turn", [1, 9, -9, 12])
def test_a_turned_clock(turn: int) -> None:
    rng = np.random.default_rng(8)
    before, now = rng.poisson(PROFILE * 300), rng.poisson(np.roll(PROFILE, turn) * 20)
    found = hour_shift(now, before)
    assert found is not None
    assert found.hours == turn
    assert still_turned(now, before, turn)
    assert hour_shift(rng.poisson(PROFILE * 20), before) is None


def test_other_habits_are_no_turned_clock() -> None:
    rng = np.random.default_rng(9)
    evening = np.where(np.arange(24) >= 18, PROFILE * 4, PROFILE * 0.3)
    assert hour_shift(rng.poisson(evening * 20), rng.poisson(PROFILE * 300)) is None
    assert hour_shift(np.eye(24)[9] * 500, rng.poisson(PROFILE * 300)) is None


def test_shares_that_fall() -> None:
    rng = np.random.default_rng(10)
    rows = rng.poisson(200, 52).astype(float)
    shares = rng.binomial(rows.astype(int), 0.7) / rows
    assert share_falls(shares, rows) == []
    shares[30:34] *= 0.1
    (step,) = share_falls(shares, rows)
    assert (step.first, step.last, step.before) == (30, 33, pytest.approx(0.7, abs=0.05))
    assert share_falls(shares, rows / 100) == []


@pytest.mark.parametrize("power", [1, 2, 3, -2])
def test_prices_that_move_by_powers_of_ten_and_no_others(power: int) -> None:
    rng = np.random.default_rng(11)
    levels, rows = rng.normal(0, 0.02, 120), np.full(120, 50.0)
    assert power_steps(levels, rows) == []
    raised = levels + np.where(np.arange(120) >= 60, 0.5, 0.0)
    assert power_steps(raised, rows) == []
    levels[80:90] += power
    (step,) = power_steps(levels, rows)
    assert (step.first, step.last, round(step.after - step.before)) == (80, 89, power)


def test_values_that_surge_and_values_that_were_never_there() -> None:
    rng = np.random.default_rng(12)
    totals = np.full(52, 2000.0)
    counts = rng.poisson(20, 52).astype(float)
    assert bursts(counts, totals) == []
    counts[30] = 150
    assert [(step.first, step.last) for step in bursts(counts, totals)] == [(30, 30)]
    fresh = np.zeros(52)
    fresh[40] = 12
    assert [(step.first, step.last) for step in bursts(fresh, totals)] == [(40, 40)]
