"""Our own SQL functions against Python and NumPy, on DuckDB and on Spark."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.core.engine import OWN_FUNCTIONS, Duck
from dangol.core.engine.functions import functions
from dangol.core.query import Scope, bind, sql

AS_OF = datetime(2026, 3, 1)
DUCK = Duck(memory_limit="500MB", threads=1)
ZONES = ["Asia/Seoul", "America/New_York", "Europe/London", "Asia/Kolkata", "America/St_Johns", "UTC"]
MOMENTS = [
    datetime(2024, 3, 10, 6, 59, 59),
    datetime(2024, 3, 10, 7, 0),
    datetime(2024, 11, 3, 5, 59, 59),
    datetime(2024, 11, 3, 6, 0),
    datetime(2024, 3, 31, 0, 59, 59),
    datetime(2024, 3, 31, 1, 0),
    datetime(2024, 10, 27, 0, 59),
    datetime(2024, 10, 27, 1, 0),
    datetime(2023, 12, 31, 15, 0),
    datetime(2023, 12, 31, 14, 59, 59, 999999),
    datetime(2024, 2, 29, 23, 30),
    datetime(1999, 6, 1, 12),
]


def run(engine, query, zone="Asia/Seoul"):
    return engine.rows(bind(query, Scope(AS_OF, zone, engine.dialect)))


def given_moments(engine, moments):
    engine.register("given_moments", pa.table({"place": list(range(len(moments))), "at": pa.array(moments, pa.timestamp("us"))}))


def on_the_clock(moment, zone):
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES)
def test_local_time_is_the_wall_clock_of_the_zone(engine, zone):
    given_moments(engine, MOMENTS)
    found = run(engine, sql("select place, local(at) as there from given_moments order by place"), zone)
    assert [row["there"] for row in found] == [on_the_clock(moment, zone) for moment in MOMENTS]


@pytest.mark.parametrize("zone", ZONES)
def test_weekday_counts_from_monday(engine, zone):
    given_moments(engine, MOMENTS)
    found = run(engine, sql("select weekday_of(local(at)) as day from given_moments order by place"), zone)
    assert [row["day"] for row in found] == [on_the_clock(moment, zone).isoweekday() for moment in MOMENTS]


@given(st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)), min_size=1, max_size=20), st.sampled_from(ZONES))
@settings(max_examples=60, deadline=None)
def test_any_moment_of_any_zone(moments, zone):
    given_moments(DUCK, moments)
    found = run(DUCK, sql("select local(at) as there from given_moments order by place"), zone)
    assert [row["there"] for row in found] == [on_the_clock(moment, zone) for moment in moments]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)), st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
@settings(max_examples=100, deadline=None)
def test_days_between_is_elapsed_time(start, end):
    (row,) = run(DUCK, sql("select days_between($start, $end_at) as days", start=start, end_at=end))
    assert row["days"] == pytest.approx((end - start) / timedelta(days=1), rel=1e-12, abs=1e-9)


def test_days_between_on_every_engine(engine):
    given_moments(engine, MOMENTS)
    found = run(engine, sql("select days_between(at, as_of) as days from given_moments order by place"))
    assert [row["days"] for row in found] == pytest.approx(
        [(AS_OF - moment) / timedelta(days=1) for moment in MOMENTS], rel=1e-12
    )


@pytest.mark.parametrize("q", [0.0, 0.1, 0.5, 0.75, 0.9, 1.0])
def test_percentile_is_numpys(engine, q):
    values = np.random.default_rng(3).gamma(2, 30, 41)
    engine.register("measured", pa.table({"x": values}))
    query = {0.0: "0.0", 0.1: "0.1", 0.5: "0.5", 0.75: "0.75", 0.9: "0.9", 1.0: "1.0"}[q]
    (row,) = run(engine, sql(f"select percentile(x, {query}) as found from measured"))
    assert row["found"] == pytest.approx(np.quantile(values, q), rel=1e-12)


def test_share_and_money_per(engine):
    engine.register("parts", pa.table({"place": [0, 1, 2, 3, 4], "part": [1, 1, 0, -1, None], "whole": [3, 0, 5, 8, 2]}))
    found = run(engine, sql("select share(part, whole) as s, money_per(part, whole) as m from parts order by place"))
    assert [row["s"] for row in found] == [pytest.approx(1 / 3, rel=1e-15), None, 0.0, -0.125, None]
    assert [None if row["m"] is None else float(row["m"]) for row in found] == [0.33, None, 0.0, -0.12, None]


@pytest.mark.parametrize(
    ("part", "whole", "each"), [(1, 8, 0.13), (3, 8, 0.38), (1005, 1000, 1.01), (100, 3, 33.33), (200, 3, 66.67)]
)
def test_money_is_rounded_half_up(engine, part, whole, each):
    (row,) = run(engine, sql("select money_per($part, $whole) as each", part=part, whole=whole))
    assert float(row["each"]) == each


def test_every_function_is_translated_for_every_engine():
    for dialect in ("duckdb", "spark"):
        assert set(functions(dialect, "Asia/Seoul")) == set(OWN_FUNCTIONS)
