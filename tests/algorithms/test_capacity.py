"""Time given to what is worth most an hour, against every possible choice."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.algorithms.capacity import allocate
from dangol.core.errors import DataError

SMALL = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 12)), min_size=1, max_size=9)


def best(value, hours, capacity):
    """The most that any choice within the capacity is worth: all of them tried."""
    sets = (set_ for size in range(len(value) + 1) for set_ in combinations(range(len(value)), size))
    return max(sum(value[each] for each in set_) for set_ in sets if sum(hours[each] for each in set_) <= capacity)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=10), st.integers(1, 5), st.integers(0, 40))
def test_where_all_take_equally_long_nothing_is_lost(value, hours, capacity):
    found = allocate(value, [hours] * len(value), capacity)
    assert found.value == best(value, [hours] * len(value), capacity)


@settings(max_examples=200, deadline=None)
@given(SMALL, st.integers(0, 40))
def test_never_less_than_half_of_the_best_and_never_more_than_the_bound(things, capacity):
    value, hours = [each[0] for each in things], [each[1] for each in things]
    found, most = allocate(value, hours, capacity), best(value, hours, capacity)
    assert most / 2 <= found.value <= most
    assert most <= found.bound + 1e-9
    assert found.hours <= capacity
    assert len(set(found.chosen.tolist())) == len(found.chosen)


@settings(max_examples=200, deadline=None)
@given(SMALL, st.integers(0, 40))
def test_what_is_lost_is_worth_less_than_one_thing(things, capacity):
    """Dantzig: the gap to the fractional solution is below the value of what no longer fits."""
    value, hours = [each[0] for each in things], [each[1] for each in things]
    found = allocate(value, hours, capacity)
    assert found.bound - found.value <= max(value) + 1e-9


def test_mean_loss_on_lists_of_leads_and_accounts_is_small():
    """Fourteen contacts of 15 or 45 minutes and a day of three hours: how far from the best of 16,384 choices."""
    rng = np.random.default_rng(4)
    shares = []
    for _ in range(25):
        value, hours = rng.lognormal(3, 1, 13), rng.choice([0.25, 0.75], 13)
        shares.append(allocate(value, hours, 3.0).value / best(value, hours, 3.0))
    assert np.mean(shares) > 0.98
    assert min(shares) > 0.85


def test_the_most_value_an_hour_comes_first_and_what_is_worth_nothing_is_never_done():
    found = allocate([10.0, 0.0, 30.0, 12.0], [1.0, 0.1, 6.0, 1.0], 100.0)
    assert found.chosen.tolist() == [3, 0, 2]
    assert found.surely == 1.0


def test_the_single_best_is_taken_where_it_is_worth_more_than_all_small_ones():
    found = allocate([2.0, 10.0], [0.1, 10.0], 10.0)
    assert found.chosen.tolist() == [1]


def test_no_time_no_work():
    found = allocate([1.0, 2.0], [1.0, 1.0], 0.0)
    assert (found.value, found.hours, found.chosen.tolist()) == (0.0, 0.0, [])


@pytest.mark.parametrize(("hours", "capacity", "said"), [([0.0], 1.0, "above 0"), ([1.0], -1.0, "at least 0")])
def test_time_must_make_sense(hours, capacity, said):
    with pytest.raises(DataError, match=said):
        allocate([1.0], hours, capacity)


def test_a_hundred_thousand_contacts_are_ranked_at_once():
    rng = np.random.default_rng(1)
    found = allocate(rng.random(100_000), rng.choice([0.25, 0.75], 100_000), 2_000.0)
    assert found.surely > 0.999
