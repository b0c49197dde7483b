"""Customer numbers over a long life: merges, splits, files that fail to come, and years of daily deliveries."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.core.engine import Duck
from dangol.identity.lasting import EVENTS, KNOWN, REDIRECTS, Memory, number

START = datetime(2026, 1, 1, 9)


@pytest.fixture
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        yield engine


@pytest.fixture
def life(duck, tmp_path):
    """One day after the other: records and the group of each → the number of each record."""

    class Life:
        def __init__(self):
            self.days = 0

        def __call__(self, groups, erased=()):
            earlier = tmp_path / str(self.days) if self.days else None
            self.days += 1
            self.folder = tmp_path / str(self.days)
            self.folder.mkdir()
            refs = sorted(groups)
            rows = {"record_no": range(len(refs)), "system": ["shop"] * len(refs), "customer_ref": refs}
            duck.register("numbered_records", pa.table({name: list(values) for name, values in rows.items()}))
            _, codes = np.unique([str(groups[ref]) for ref in refs], return_inverse=True)
            moment = START + timedelta(days=self.days)
            forgotten = (lambda _system, ref: ref in erased) if erased else None
            memory = Memory(earlier, forgotten, moment)
            found = number(duck, codes.astype(np.int64), memory, noticed_at=moment, target=self.folder)
            return dict(zip(refs, found.tolist(), strict=True))

        def read(self, file):
            return pq.read_table(self.folder / file).to_pylist()

        def events(self):
            return [(each["noticed_at"].day, each["kind"], each["former_id"], each["customer_id"]) for each in self.read(EVENTS)]

        def redirects(self):
            return {each["former_id"]: each["customer_id"] for each in self.read(REDIRECTS)}

    return Life()


def test_a_merge_is_an_event_and_a_redirect_and_can_be_undone(life):
    before = life({"a": 0, "b": 0, "c": 1})
    merged = life({"a": 0, "b": 0, "c": 0})
    assert (before, merged) == ({"a": 1, "b": 1, "c": 2}, {"a": 1, "b": 1, "c": 1})
    assert life.redirects() == {2: 1}
    assert life({"a": 0, "b": 0, "c": 1}) == before
    assert life.redirects() == {}
    assert life.events() == [(3, "merge", 2, 1), (4, "split", 1, 2)]


def test_a_record_that_proves_another_persons_moves(life):
    life({"a": 0, "b": 0, "c": 1, "d": 1})
    assert life({"a": 0, "b": 1, "c": 1, "d": 1}) == {"a": 1, "b": 2, "c": 2, "d": 2}
    assert life.events() == [(3, "move", 1, 2)]


def test_a_merge_of_merges_is_followed_to_its_end(life):
    life({"a": 0, "b": 1, "c": 2})
    life({"a": 0, "b": 1, "c": 1})
    life({"a": 0, "b": 0, "c": 0})
    assert life.redirects() == {1: 2, 3: 2}


def test_a_file_that_fails_to_come_makes_nobody_a_stranger(life):
    before = life({"a": 0, "b": 0, "c": 1})
    life({"a": 0})
    assert life.redirects() == {}
    assert life({"a": 0, "b": 0, "c": 1, "d": 2}) == {**before, "d": 3}


def test_a_number_is_never_given_to_somebody_else(life):
    life({"a": 0, "b": 1})
    life({"a": 0, "b": 0})
    assert life({"a": 0, "b": 0, "c": 1})["c"] == 3


def test_the_number_of_somebody_forgotten_is_never_given_again(life):
    life({"a": 0, "b": 1, "c": 2})
    assert life({"a": 0, "b": 1}, erased={"c"}) == {"a": 1, "b": 2}
    assert life({"a": 0, "b": 1, "d": 2})["d"] == 4
    assert life({"a": 0, "b": 1, "c": 2, "d": 3})["c"] == 5
    assert [each["customer_ref"] for each in life.read(KNOWN)] == ["a", "b", "d", "c"]
    assert life.events() == [(3, "erase", 3, None)]


def test_of_two_of_one_record_each_the_one_that_had_the_number_keeps_it(life):
    """The record that comes first in order is the one that was joined: parting gives both their own numbers back."""
    before = life({"b": 0})
    before = life({"a": 1, "b": 0})
    assert before == {"a": 2, "b": 1}
    assert life({"a": 0, "b": 0}) == {"a": 1, "b": 1}
    assert life({"a": 1, "b": 0}) == before


def test_a_part_takes_back_the_number_it_had_last_not_the_one_it_began_with(life):
    """b began as 2, was joined with a as 1, of which b alone was left; then c joined in with more records."""
    life({"a": 0, "b": 1})
    assert life({"a": 0, "b": 0}) == {"a": 1, "b": 1}
    life({"b": 0}, erased={"a"})
    before = life({"b": 0, "c": 1, "d": 1})
    assert before["b"] == 1
    assert set(life({"b": 0, "c": 0, "d": 0}).values()) == {before["c"]}
    assert life({"b": 0, "c": 1, "d": 1}) == before


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happened_before_a_merge_taken_back_changes_nothing(life, seed):
    """Twenty records regrouped at random for days; then two, or three, become one, or a record goes over, and back."""
    random = np.random.default_rng(seed)
    refs = [f"r{place:02}" for place in random.permutation(20)]
    group = dict(zip(refs, random.integers(0, 12, 20).tolist(), strict=True))
    for _ in range(12):
        group |= {refs[int(place)]: int(random.integers(0, 12)) for place in random.integers(0, 20, 2)}
        before = life(group)
        one, two, three = random.permutation(sorted(set(group.values())))[:3].tolist()
        if random.random() < 0.3:  # one record alone goes over to somebody else
            first = group | {str(random.choice([ref for ref, each in group.items() if each == two])): one}
        else:
            first = {ref: one if each == two else each for ref, each in group.items()}
        between = life(first)
        if random.random() < 0.5:
            life({ref: three if each == one else each for ref, each in first.items()})
            assert life(first) == between
        assert life(group) == before


def test_a_year_of_days_renames_nobody(life):
    """People get records day by day, come late, are joined and parted by whoever keeps the data, and ask to be forgotten.

    Deliveries fail now and then.
    """
    random = np.random.default_rng(5)
    person, arrives, override, before, forgotten = {}, {}, {}, {}, set()
    for day in range(365):
        for _ in range(int(random.integers(0, 4))):
            ref = f"r{len(arrives):04}"
            person[ref], arrives[ref] = int(random.integers(0, 60)), day + int(random.choice([0, 0, 0, 9]))
        if random.random() < 0.2:
            one, other = random.integers(0, 60, 2).tolist()
            override[one] = other
        if random.random() < 0.15 and override:
            del override[int(random.choice(list(override)))]
        erased = set()
        if random.random() < 0.06 and before:
            number_of_one = int(random.choice(list(before.values())))
            forgotten.add(number_of_one)
            erased = {ref for ref, each in before.items() if each == number_of_one}
            person, before = ({ref: each for ref, each in kept.items() if ref not in erased} for kept in (person, before))
        there = {ref: who for ref, who in person.items() if arrives[ref] <= day}
        present = {ref: who for ref, who in there.items() if random.random() > (0.5 if day % 30 == 7 else 0.0)}
        now = life({ref: override.get(who, who) for ref, who in present.items()}, erased) if present else {}
        groups, former = groups_of(now), groups_of({ref: each for ref, each in before.items() if ref in now})
        for members, renamed in groups.items():
            if members in former:
                assert renamed == former[members], (day, members)
        assert forgotten.isdisjoint(now.values()), day
        before = {**before, **now}
    assert len(forgotten) > 10
    assert len(life.read(KNOWN)) == len([ref for ref in person if arrives[ref] < 365])
    assert set(life.redirects()).isdisjoint({each["customer_id"] for each in life.read(KNOWN)})
    assert Counter(each[1] for each in life.events()).keys() == {"merge", "split", "move", "erase"}


def groups_of(numbers):
    """Records that are one person → their number."""
    found = {}
    for ref, each in numbers.items():
        found.setdefault(each, set()).add(ref)
    return {frozenset(members): each for each, members in found.items()}
