"""Which leads are worth a call where what they bring is known of some, of all, or of none."""

from __future__ import annotations

from types import SimpleNamespace

import pyarrow as pa
import pytest

from dangol.core.declare import WorklistSettings
from dangol.core.engine import Duck
from dangol.core.text import render, translate
from dangol.workspace.worklist import Asked, Worklists

# Number, chance, value and whether calls are refused.
PARTLY_KNOWN = [
    ("a", 0.9, None, False),
    ("b", 0.5, 100, False),
    ("c", 0.1, 300, False),
    ("d", 0.2, 0, False),
    ("e", 0.8, None, True),
]


@pytest.fixture
def lists():
    """Work lists on scores of leads made by hand."""
    opened = []

    def make(rows: list[tuple[str, float, int | None, bool]]) -> Worklists:
        duck = Duck(memory_limit="200MB", threads=1)
        opened.append(duck)
        texts = [
            f"('{name}', cast(null as bigint), {chance}, cast({'null' if value is None else value} as decimal(18, 2)), "
            f"cast({'null' if value is None else value * chance} as decimal(18, 2)), {refuses}, '')"
            for name, chance, value, refuses in rows
        ]
        names = "lead_ref, customer_id, lead_probability, lead_value, lead_expected, refuses_calls, lead_reasons"
        duck.execute(f"create table lead_scores as select * from (values {', '.join(texts)}) as made ({names})")
        snapshot = SimpleNamespace(duck=duck, columns={}, tables=frozenset({"lead_scores"}))
        suppressed = pa.table({"customer_id": pa.array([], pa.int64()), "channel": pa.array([], pa.string())})
        return Worklists(snapshot, SimpleNamespace(masked_rows=lambda _numbers: []), WorklistSettings(), suppressed)

    yield make
    for duck in opened:
        duck.close()


def test_a_lead_without_a_value_counts_with_the_mean_of_those_that_have_one(lists):
    """Of values 100, 300 and 0 the mean is 133.33: the likeliest, whose value nobody knows, comes first."""
    found = lists(PARTLY_KNOWN).plan(Asked("leads", 1, 15))
    assert [(row["lead_ref"], float(row["worth"])) for row in found.rows] == [("a", 120.0), ("b", 50.0), ("c", 30.0)]
    assert (found.candidates, found.typical, found.valued, found.uncallable) == (3, 1, True, 1)
    assert found.total == pytest.approx(200)
    message, values = found.told
    assert "1 of the 3 have no value of their own" in render(message, values, "en", currency="KRW", zone="UTC")
    assert "금액이 있는 리드의 평균" in translate(message, "ko", **values)


def test_where_no_value_is_known_chance_alone_decides(lists):
    found = lists([(name, chance, None, refuses) for name, chance, _, refuses in PARTLY_KNOWN]).plan(Asked("leads", 1, 15))
    assert [row["lead_ref"] for row in found.rows] == ["a", "b", "d", "c"]
    assert (found.valued, found.typical, found.candidates) == (False, 0, 4)
    assert "of them are expected to convert" in found.told[0]


def test_where_all_values_are_known_nothing_is_said_of_a_mean(lists):
    found = lists([row for row in PARTLY_KNOWN if row[2] is not None]).plan(Asked("leads", 1, 15))
    assert [row["lead_ref"] for row in found.rows] == ["b", "c"]
    assert (found.valued, found.typical) == (True, 0)
    assert "mean" not in found.told[0]
