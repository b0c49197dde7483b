"""Visits before a login: whose they were, when that became known, and that a later login changes no earlier feature."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.identity.stitching import stitch
from dangol.workspace.facts import Facts

START = datetime(2026, 3, 1)
HALF_HOUR, MONTH = timedelta(minutes=30), timedelta(days=30)


@pytest.fixture(scope="module")
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        engine.register(
            "identity_map", pa.table({"system": ["web"] * 4, "customer_ref": list("abcd"), "customer_id": [1, 2, 3, 4]})
        )
        yield engine


def stitched(duck, rows):
    """(device, minute) → (customer, minute from which it is known), of events (device, minute, who or None)."""
    columns = {
        "system": pa.array(["web"] * len(rows)),
        "anonymous_id": pa.array([device for device, _, _ in rows], pa.string()),
        "occurred_at": pa.array([START + timedelta(minutes=minute) for _, minute, _ in rows], pa.timestamp("us")),
        "customer_ref": pa.array([who for _, _, who in rows], pa.string()),
    }
    duck.register("arrived", pa.table(columns))
    stitch(duck, exp.select("*").from_("arrived"))
    found = duck.rows("from stitched_visits where customer_id is not null")
    return {
        (row["anonymous_id"], (row["occurred_at"] - START) // timedelta(minutes=1)): (
            row["customer_id"],
            (row["stitched_at"] - START) // timedelta(minutes=1),
        )
        for row in found
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("d", 0, None), ("d", 50, "a")], {("d", 0): (1, 50)}),
        ([("d", 0, "a"), ("d", 29, None), ("d", 50, "b")], {("d", 29): (1, 29)}),
        ([("d", 0, "a"), ("d", 40, None), ("d", 50, "b")], {("d", 40): (2, 50)}),
        ([("d", 0, None), ("d", 31 * 1440, "a")], {}),
        ([("d", 0, "a"), ("d", 40, None)], {}),
        ([("d", 0, None), ("e", 1, "a")], {}),
        ([("d", 0, None), ("d", 1, "nobody known")], {}),
        ([(None, 0, None), (None, 1, "a")], {}),
        ([("d", 0, None), ("d", 9, "b"), ("d", 9, "a")], {("d", 0): (1, 9)}),
    ],
)
def test_whose_a_visit_was(duck, rows, expected):
    assert stitched(duck, rows) == expected


happened = st.lists(
    st.tuples(st.sampled_from("de"), st.integers(0, 200).map(lambda step: step * 7), st.sampled_from([None, None, "a", "b"])),
    max_size=25,
)


@given(rows=happened)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_as_plain_python_finds_it(duck, rows):
    expected = {}
    for device, minute, who in rows:
        if who is None:
            logins = sorted((at, "ab".index(name) + 1) for on, at, name in rows if on == device and name)
            before = [each for each in logins if minute - 30 <= each[0] <= minute]
            after = [each for each in logins if minute < each[0] < minute + 30 * 1440]
            if before:
                latest = max(at for at, _ in before)
                expected[device, minute] = (min(who for at, who in before if at == latest), minute)
            elif after:
                expected[device, minute] = (min(after)[1], min(after)[0])
    assert stitched(duck, rows) == expected


@given(rows=happened, moment=st.integers(0, 1400))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_was_known_at_a_moment_is_never_changed_by_later_events(duck, rows, moment):
    known = {key: who for key, (who, since) in stitched(duck, rows).items() if since < moment}
    past = stitched(duck, [row for row in rows if row[1] < moment])
    assert known == {key: who for key, (who, since) in past.items() if since < moment}


def test_facts_hide_whose_a_visit_was_until_it_was_known(tmp_path):
    with Duck(memory_limit="500MB", threads=1) as engine:
        row = {"event_id": "1", "event_name": "Page Viewed", "occurred_at": START, "customer_id": 7, "stitched_at": START + MONTH}
        engine.register("rows", pa.Table.from_pylist([row]))
        engine.write_parquet("from rows", tmp_path / "events.parquet")
        facts = Facts.of(tmp_path)
        facts.mount(engine)
        seen = [engine.rows(facts.cut(START + days, ["events"])["events"])[0]["customer_id"] for days in (HALF_HOUR, 2 * MONTH)]
    assert seen == [None, 7]
