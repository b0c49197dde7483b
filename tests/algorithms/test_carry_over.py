"""Numbers that last: majority, merges, splits, and back again."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.algorithms.carry_over import carry_over
from dangol.core.errors import DataError


def numbers(group, earlier, first=None, free=100, taken=()):
    return carry_over(group, earlier, earlier if first is None else first, free=free, taken=taken).tolist()


@pytest.mark.parametrize(
    ("group", "earlier", "expected"),
    [
        ([0, 0, 1], [0, 0, 0], [100, 100, 101]),
        ([5, 5, 2], [7, 7, 9], [7, 7, 9]),
        ([0, 0, 0], [7, 7, 9], [7, 7, 7]),
        ([0, 0], [9, 7], [7, 7]),
        ([0, 0, 1], [7, 7, 7], [7, 7, 100]),
        ([0, 1, 1], [7, 7, 7], [100, 7, 7]),
        ([3, 1], [7, 7], [7, 100]),
        ([0, 0, 0, 1], [7, 0, 0, 0], [7, 7, 7, 100]),
        # 7 goes to the second group, where most of it is; there 9 has more, so that 7 is nobody's and never given again
        ([0, 1, 1, 1, 1, 1], [7, 7, 7, 9, 9, 9], [100, 9, 9, 9, 9, 9]),
    ],
)
def test_who_keeps_a_number(group, earlier, expected):
    assert numbers(group, earlier) == expected


def test_a_part_that_splits_off_gets_its_own_number_back():
    joined = numbers([0, 0, 0, 0], [7, 7, 9, 9])
    assert joined == [7, 7, 7, 7]
    assert numbers([0, 0, 1, 1], joined, [7, 7, 9, 9]) == [7, 7, 9, 9]


def test_a_number_of_somebody_absent_is_not_given_back():
    assert numbers([0, 0, 1, 1], [7, 7, 7, 7], [7, 7, 9, 9], taken=[9]) == [7, 7, 100, 100]


def test_nothing_depends_on_how_groups_are_numbered():
    random = np.random.default_rng(0)
    group, earlier = random.integers(0, 40, 200), random.integers(0, 30, 200)
    renamed = random.permutation(40)[group]
    assert numbers(group, earlier) == numbers(renamed, earlier)


@pytest.mark.parametrize("wrong", [([0, 1], [0], [0]), ([0], [100], [0]), ([-1], [0], [0]), ([0], [0], [-5])])
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(DataError):
        carry_over(*wrong, free=100, taken=[])


memberships = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8), st.integers(0, 8)), max_size=30)


@given(memberships)
def test_every_group_has_one_number_and_every_number_one_group(rows):
    group, earlier, first = ([row[place] for row in rows] for place in range(3))
    found = numbers(group, earlier, first)
    assert len(set(zip(group, found, strict=True))) == len(set(group)) == len(set(found))


@given(memberships)
def test_as_a_person_would_decide_it(rows):
    """The same rules, slowly: the oracle counts on its fingers."""
    group, earlier = [row[0] for row in rows], [row[1] for row in rows]
    order = list(dict.fromkeys(group))
    held = Counter((member, number) for member, number in zip(group, earlier, strict=True) if number)
    homes = {number: max(count for (_, of), count in held.items() if of == number) for _, number in held}
    asking = sorted((-count, number, order.index(member), member) for (member, number), count in held.items())
    expected, given_away = {}, set()
    for count, number, _, member in asking:
        if -count == homes[number] and member not in expected and number not in given_away:
            expected[member] = number
            given_away.add(number)
    free = 100
    for member in order:
        if member not in expected:
            expected[member] = free
            free += 1
    assert numbers(group, earlier, [0] * len(rows)) == [expected[member] for member in group]


@given(memberships, st.data())
def test_merge_and_unmerge_change_nothing(rows, data):
    group = np.array([row[0] for row in rows], dtype=np.int64)
    before = carry_over(group, np.zeros_like(group), np.zeros_like(group), free=1, taken=[])
    if group.size:
        before = np.array(data.draw(st.permutations(range(1, 50))))[before]  # numbers do not follow the order of members
        one, other = (data.draw(st.sampled_from(group.tolist())) for _ in range(2))
        merged = np.where(group == other, one, group)
        between = carry_over(merged, before, before, free=50, taken=[])
        after = carry_over(group, between, before, free=50, taken=[], since=between != before)
        assert after.tolist() == before.tolist()
