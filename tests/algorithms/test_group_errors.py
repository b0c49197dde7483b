"""Sums over groups: what was planted is found, and ranges made of it hold what comes next as often as they say."""

import numpy as np
import pytest

from dangol.algorithms import group_errors

SHARED, SCATTER = 0.25, 0.8


def drawn(seed, *, shared=SHARED, groups=40, each=300):
    """Customers in groups: what is expected of each, the group, and what came with the group's error and their own luck."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), each)
    expected = draw.gamma(0.7, 100, group.size) + 1
    error = 1 + draw.normal(0, shared, groups)
    shape = 1 / SCATTER**2
    came = expected * error[group] * draw.gamma(shape, 1 / shape, group.size)
    return expected, came, group


@pytest.mark.parametrize("shared", [0.0, 0.1, SHARED])
def test_the_error_that_a_group_shares_is_told_from_the_luck_of_its_customers(shared):
    found = [
        group_errors.learn(expected, came, [group] * 60)
        for expected, came, group in [drawn(seed, shared=shared) for seed in range(12)]
    ]
    # sixty ways to part customers leave little of the belief that four of them are worth
    assert np.sqrt(np.mean([each.between**2 for each in found])) == pytest.approx(
        np.sqrt((4 * 0.1**2 + 60 * shared**2) / 65), abs=0.03
    )
    # each customer scatters by his own luck and with his group
    assert found[0].scatter.mean() == pytest.approx(np.hypot(SCATTER * np.hypot(1, shared), shared), rel=0.1)


def test_ranges_of_groups_hold_as_often_as_they_say():
    held, width = [], []
    for seed in range(20):
        expected, came, group = drawn(seed)
        learnt = group_errors.learn(expected, came, [group] * 60)
        expected, came, group = drawn(1_000 + seed, groups=30, each=int(np.random.default_rng(seed).integers(15, 200)))
        wanted, arrived, luck = (np.bincount(group, each) for each in (expected, came, learnt.of_each(expected) ** 2))
        reach = 1.2816 * np.sqrt(luck / wanted**2 + learnt.between**2)
        held += list(np.abs(np.log(arrived / wanted)) <= reach)
        width += list(reach)
    assert 0.75 <= np.mean(held) <= 0.9
    assert np.mean(width) < 0.5


def test_without_groups_the_usual_error_is_believed():
    expected, came, _ = drawn(1, shared=0.0, groups=1)
    found = group_errors.learn(expected[:20], came[:20])
    assert found.between == pytest.approx(group_errors.USUAL)
    assert np.isfinite(found.of_each(expected)).all()


def test_the_error_of_the_total_is_not_counted_as_one_of_groups():
    expected, came, group = drawn(3, shared=0.0)
    once, doubled = (group_errors.learn(expected, factor * came, [group]) for factor in (1, 2))
    assert doubled.between == pytest.approx(once.between)


def test_nobody_and_nothing_are_no_error():
    assert group_errors.learn([], []).between == group_errors.USUAL
    assert group_errors.learn([0.0] * 100, [0.0] * 100, [np.arange(100) % 2]).of_each([0.0, 1.0]).shape == (2,)
