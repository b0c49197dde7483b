"""Scores of earlier runs: kept once, cut at the moment, bounded, and under today's customer numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.core.engine import Duck
from dangol.core.errors import DeclarationError
from dangol.core.query import sql
from dangol.identity.lasting import REDIRECTS, Memory, number
from dangol.workspace.binding import Binder
from dangol.workspace.earlier import EARLIER, MONTHS_KEPT, TYPES, Earlier, compact
from dangol.workspace.facts import Facts
from dangol.workspace.wording import missing_words

ZONE = "Asia/Seoul"
SCHEMA = pa.schema([
    ("customer_id", pa.int64()), ("scored_at", pa.timestamp("us")), ("lifecycle_stage", pa.string()),
    ("expected_margin_12m", pa.decimal128(18, 2)), ("churn_probability", pa.float64()),
])  # fmt: skip


@pytest.fixture
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        yield engine


@pytest.fixture
def earlier(tmp_path):
    return Earlier(tmp_path / "scores", ZONE, tmp_path / REDIRECTS)


def keep(earlier, tmp_path, at, rows=((1, "active", "10", 0.2),), key="a" * 64):
    listed = [
        {"customer_id": customer, "scored_at": at, "lifecycle_stage": stage, "expected_margin_12m": Decimal(value),
         "churn_probability": churn} for customer, stage, value, churn in rows
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(listed, SCHEMA), tmp_path / "one.parquet")
    earlier.keep(tmp_path / "one.parquet", at, key)


def seen(earlier, duck, as_of):
    return duck.rows(earlier.source(as_of)[0])


def midnight(day):
    """The midnight in Seoul that ends the day before, in UTC."""
    return datetime(day.year, day.month, day.day) - timedelta(hours=9)


def test_nothing_of_the_moment_itself_or_later_is_seen(earlier, tmp_path, duck):
    for month in (3, 4, 5):
        keep(earlier, tmp_path, midnight(date(2026, month, 1)))
    assert seen(earlier, duck, midnight(date(2026, 3, 1))) == []
    assert {row["scored_at"].month for row in seen(earlier, duck, midnight(date(2026, 5, 1)))} == {2, 3}
    assert set(earlier.source(midnight(date(2026, 5, 1)))[1]) == set(SCHEMA.names)


def test_of_daily_runs_each_month_s_last_stays_and_yesterday(earlier, tmp_path):
    for day in range(100):
        keep(earlier, tmp_path, midnight(date(2026, 1, 1) + timedelta(days=day)))
    assert [each.scored_at for each in earlier.kept()] == [
        *(midnight(date(2026, month, 1)) for month in (1, 2, 3, 4)),
        midnight(date(2026, 4, 9)),
        midnight(date(2026, 4, 10)),
    ]
    assert [each.scored_at for each in earlier.before(midnight(date(2026, 4, 10)))][-1] == midnight(date(2026, 4, 9))


def test_no_more_than_three_years_are_kept(earlier, tmp_path):
    months = [date(2020 + number // 12, number % 12 + 1, 1) for number in range(50)]
    for month in months:
        keep(earlier, tmp_path, midnight(month))
    found = [each.scored_at for each in earlier.kept()]
    assert MONTHS_KEPT <= len(found) <= MONTHS_KEPT + 1
    assert found[-MONTHS_KEPT:] == [midnight(month) for month in months[-MONTHS_KEPT:]]


def test_the_same_snapshot_twice_is_once_and_a_corrected_one_takes_its_place(earlier, tmp_path, duck):
    at = midnight(date(2026, 3, 1))
    keep(earlier, tmp_path, at)
    (first,) = earlier.kept()
    written = first.file.stat().st_mtime_ns
    keep(earlier, tmp_path, at, rows=((1, "active", "99", 0.2),))
    assert first.file.stat().st_mtime_ns == written
    keep(earlier, tmp_path, at, rows=((1, "active", "99", 0.2),), key="b" * 64)
    (found,) = seen(earlier, duck, midnight(date(2026, 3, 2)))
    assert found["expected_margin_12m"] == Decimal(99)
    assert len(earlier.kept()) == 1


def test_merged_customers_are_followed_to_who_they_are_now(earlier, tmp_path, duck):
    people = ["a", "b", "c", "d", "a2", "a3", "e"]
    before = None
    for name, groups in (("one", [0, 1, 2, 3, 0, 0]), ("two", [0, 1, 1, 3, 0, 0]), ("now", [0, 0, 0, 3, 0, 0, 4])):
        folder = tmp_path if name == "now" else tmp_path / name
        folder.mkdir(exist_ok=True)
        rows = [{"record_no": n, "system": "shop", "customer_ref": people[n]} for n in range(len(groups))]
        duck.register("numbered_records", pa.Table.from_pylist(rows))
        number(duck, np.array(groups), Memory(before), noticed_at=datetime(2026, 3, 1), target=folder)
        before = folder
    assert pq.read_table(tmp_path / REDIRECTS).to_pylist() == [
        {"former_id": 2, "customer_id": 1},
        {"former_id": 3, "customer_id": 1},
    ]
    rows = ((1, "lapsed", "10", 0.9), (2, "active", "30", 0.2), (3, "lapsed", "5", 0.8), (4, "new", "7", 0.5))
    keep(earlier, tmp_path, midnight(date(2026, 3, 1)), rows)
    found = {row["customer_id"]: row for row in seen(earlier, duck, midnight(date(2026, 4, 1)))}
    assert {number: row["expected_margin_12m"] for number, row in found.items()} == {1: Decimal(45), 4: Decimal(7)}
    assert (found[1]["lifecycle_stage"], found[1]["churn_probability"]) == ("active", 0.2)


def test_what_a_snapshot_lacks_is_kept_as_missing(duck):
    duck.execute("create table profile as select 1 as customer_id, 'active' as lifecycle_stage")
    (row,) = duck.rows(compact(["lifecycle_stage"], datetime(2026, 3, 1)))
    told = {"customer_id": 1, "scored_at": datetime(2026, 3, 1), "lifecycle_stage": "active"}
    assert row == {**dict.fromkeys(TYPES), **told}


def test_features_and_predictions_cannot_read_them():
    query = sql(f"select customer_id, max(churn_probability) as churn_before from {EARLIER} group by customer_id")
    with pytest.raises(DeclarationError, match="does not fit the tables"):
        Binder(Facts({}, {}), datetime(2026, 3, 1), ZONE).bind(query, where="a feature")


def rows_of(day_count):
    days = [date(2025, 7, 1) + timedelta(days=place) for place in range(day_count)]
    return [f"o{place},c{place % 9},{day} 10:00:00,p1,1,1000" for place, day in enumerate(days)]


def test_runs_leave_their_scores_and_running_again_changes_nothing(shop):
    shop.write(rows_of(120))
    first = shop.company.run(as_of=datetime(2025, 9, 15))
    company = shop.company
    second = company.run()
    folder = shop.base / ".dangol" / "scores"
    names = sorted(path.name for path in folder.iterdir())
    assert [name.partition("-")[0] for name in names] == ["20250915T000000000000", "20251028T150000000000"]
    again = shop.company.run()
    assert again.run_id == second.run_id != first.run_id
    assert not any(fresh for name, _, _, fresh in again.stages if name != "load")
    assert sorted(path.name for path in folder.iterdir()) == names
    back = shop.company.run(as_of=datetime(2025, 9, 15))
    assert back.run_id == first.run_id


def test_without_scores_the_refusal_names_them(shop):
    shop.write(rows_of(60))
    shop.company.run()
    _, answer = shop.company.ask("customer_equity")
    assert list(answer.missing) == ["earlier_scores.*", "profile.expected_margin_12m"]
    assert "지난 실행의 점수" in missing_words(answer, "ko")
    assert "Scores of an earlier run" in missing_words(answer, "en")
