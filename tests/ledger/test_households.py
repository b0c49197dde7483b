"""One person of each household: the one worth most of those who may be contacted, and the home has its place in the holdout."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

AS_OF = datetime(2026, 11, 22, 3)
FIXTURE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows_of(decisions):
    return {row["customer_id"]: row for row in decisions.rows.to_pylist()}


def test_the_one_worth_most_who_agreed_is_addressed(decided):
    homes = {1: (7, 100.0), 2: (7, 900.0), 3: (7, 500.0), 4: (8, 1.0)}
    rows = rows_of(decided(dict.fromkeys(homes, 1.0), agreed=[1, 3, 4], homes=homes, holdout=0))
    assert {number: row["action"] for number, row in rows.items()} == {1: "skip", 2: "skip", 3: "contact", 4: "contact"}
    assert rows[1]["reason_code"] == "same_household"
    assert rows[2]["reason_code"] == "no_consent"


@FIXTURE
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3), st.booleans()), min_size=1, max_size=30))
def test_never_two_of_a_home_and_no_home_is_forgotten(decided, people):
    homes = {number: (home, float(worth)) for number, (home, worth, _) in enumerate(people, start=1)}
    agreed = [number for number, (_, _, yes) in enumerate(people, start=1) if yes]
    rows = rows_of(decided(dict.fromkeys(homes, 1.0), agreed=agreed, homes=homes, holdout=0.3))
    chosen = [number for number, row in rows.items() if row["action"] != "skip"]
    assert len({homes[number][0] for number in chosen}) == len(chosen)
    assert {homes[number][0] for number in chosen} == {homes[number][0] for number in agreed}
    for number in chosen:
        assert homes[number][1] == max(homes[each][1] for each in agreed if homes[each][0] == homes[number][0])


def test_a_home_stays_held_out_whoever_of_it_is_worth_most(decided):
    people = range(1, 4_001)
    first = {number: (number // 2, float(number % 2)) for number in people}
    second = {number: (number // 2, float(1 - number % 2)) for number in people}
    one, other = (rows_of(decided(dict.fromkeys(people, 1.0), homes=homes, holdout=0.2)) for homes in (first, second))
    held = [{first[number][0] for number, row in rows.items() if row["action"] == "hold_out"} for rows in (one, other)]
    assert held[0] == held[1]
    assert stats.binomtest(len(held[0]), len({home for home, _ in first.values()}), 0.2).pvalue > 0.001


def test_when_one_was_contacted_the_home_rests(decided):
    homes = {1: (7, 1.0), 2: (7, 2.0), 3: (8, 1.0)}
    before = pa.table(
        {
            "customer_id": pa.array([1], pa.int64()),
            "programme": ["win_back"],
            "as_of": pa.array([AS_OF - timedelta(days=3)], pa.timestamp("us")),
            "action": ["contact"],
        }
    )
    rows = rows_of(decided(dict.fromkeys(homes, 1.0), homes=homes, holdout=0, earlier=before))
    assert {number: row["reason_code"] for number, row in rows.items()} == {1: "cool_down", 2: "cool_down", 3: None}


def test_without_homes_nothing_changes(decided):
    audience = dict.fromkeys(range(1, 500), 1.0)
    assert decided(audience).fingerprint == decided(audience, homes=None).fingerprint
