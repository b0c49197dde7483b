"""Monitors find what was done to a company's files, say since when, and keep quiet where nothing was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.core.engine.duck import Duck
from dangol.intake import SourceSettings, Terms, load
from dangol.intake.quality import Finding, check
from dangol.intake.quality.state import State, measured

FIRST, DAYS = date(2025, 1, 6), 30 * 7
HOURS = np.array([1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 4, 6, 8, 9, 10, 9, 8, 8, 8, 9, 10, 10, 9, 7, 5, 3])
WEEKDAYS = np.array([1.0, 0.9, 0.9, 1.0, 1.2, 1.5, 1.3])
PRICES = np.array([3000, 5000, 7500, 12000, 18000, 25000, 33000, 41000, 59000, 88000])
Rows = dict[str, np.ndarray]


def lines(seed: int, level: float = 40.0) -> Rows:
    """Steady order lines: weekday pattern, an overdispersed day, hours of the day, ten products."""
    rng = np.random.default_rng(seed)
    daily = rng.poisson(level * np.tile(WEEKDAYS, DAYS // 7) * rng.gamma(30, 1 / 30, DAYS))
    size = int(daily.sum())
    day = np.repeat(np.arange(DAYS), daily)
    hour = rng.choice(24, size, p=HOURS / HOURS.sum())
    start = np.datetime64(datetime.combine(FIRST, datetime.min.time()), "s")
    moment = start + (day * 86_400 + hour * 3_600 + rng.integers(0, 3_600, size)).astype("timedelta64[s]")
    product = rng.integers(0, 10, size)
    quantity = rng.integers(1, 4, size)
    return {
        "order_id": np.array([f"s{seed}o{place}" for place in range(size)]),
        "customer_ref": np.array([f"c{each}" for each in rng.integers(0, 700, size)]),
        "ordered_at": moment,
        "product_id": np.array([f"p{each}" for each in product]),
        "quantity": quantity,
        "unit_price": PRICES[product],
        "coupon_code": np.where(rng.random(size) < 0.6, "SPRING", None),
    }


def day_of(rows: Rows) -> np.ndarray:
    return (rows["ordered_at"].astype("datetime64[D]") - np.datetime64(FIRST)).astype(int)


def table(rows: Rows) -> pa.Table:
    made = {name: pa.array(values.tolist() if values.dtype.kind in "OU" else values) for name, values in rows.items()}
    return pa.table({**made, "ordered_at": pa.array(rows["ordered_at"].astype("datetime64[us]"))})


@pytest.fixture
def state_of(tmp_path) -> Callable[..., State]:
    """Load files of several sources and measure them."""

    def measure(**sources: Rows | Sequence[Rows]) -> State:
        settings = []
        for source, given in sources.items():
            files = [given] if isinstance(given, dict) else list(given)
            for place, rows in enumerate(files):
                pq.write_table(table(rows), tmp_path / f"{source}-{place}.parquet")
            settings.append(SourceSettings(name=source, files=(f"{source}-*.parquet",), table="order_lines", zone="Asia/Seoul"))
        root = tmp_path / "workspace"
        with Duck(memory_limit="1GB", threads=1) as duck:
            load(settings, Terms(root=root, base=tmp_path, now=datetime(2026, 12, 1)), duck)
            return measured(root, duck, dict.fromkeys(sources, "main"), zone="Asia/Seoul", currency="KRW")

    return measure


def the(state: State, kind: str) -> Finding:
    found = [each for each in state.findings if each.kind == kind]
    assert len(found) == 1, [(each.kind, each.source, each.table, each.since) for each in state.findings]
    return found[0]


def iso(day: int) -> str:
    return (FIRST + timedelta(days=day)).isoformat()


def test_steady_data_raise_at_most_one_alarm_in_fifty_source_weeks(state_of) -> None:
    sources = {f"shop{seed}": lines(seed, level) for seed, level in enumerate([8, 15, 25, 40, 60, 90, 130, 30])}
    state = state_of(**sources)
    assert len(state.findings) <= len(sources) * DAYS // 7 / 50, [(each.kind, each.source) for each in state.findings]


def test_days_that_did_not_come(state_of) -> None:
    rows = lines(1)
    kept = (day_of(rows) < 120) | (day_of(rows) >= 124) | (np.arange(rows["quantity"].size) % 10 == 0)
    found = the(state_of(shop={name: values[kept] for name, values in rows.items()}), "volume_drop")
    assert (found.since, found.until, found.source) == (iso(120), iso(123), "shop")
    lost = ~kept
    assert found.rows == pytest.approx(lost.sum(), rel=0.3)
    assert found.money == pytest.approx((rows["quantity"] * rows["unit_price"])[lost].sum(), rel=0.3)


def test_a_source_that_falls_silent_while_another_goes_on(state_of) -> None:
    rows = lines(2)
    kept = day_of(rows) < 190
    found = the(state_of(shop={name: values[kept] for name, values in rows.items()}, till=lines(3)), "silent")
    assert (found.since, found.source) == (iso(190), "shop")


@pytest.mark.parametrize("hours", [9, -9, 1])
def test_a_clock_that_moved(state_of, hours: int) -> None:
    rows = lines(4, 90)
    moved = day_of(rows) >= 150
    rows["ordered_at"] = rows["ordered_at"] + np.where(moved, hours * 3600, 0).astype("timedelta64[s]")
    found = the(state_of(shop=rows), "clock_shift")
    assert (found.values["hours"], found.values["later"]) == (abs(hours), hours > 0)
    assert abs((date.fromisoformat(found.since or "") - date.fromisoformat(iso(150))).days) <= 1
    assert found.rows == pytest.approx(moved.sum(), rel=0.1)


def test_a_clock_that_was_always_of_another_zone(state_of) -> None:
    rows = lines(5)
    rows["ordered_at"] = rows["ordered_at"] + np.timedelta64(9 * 3600, "s")
    state = state_of(shop=rows, till=lines(6))
    assert [(each.kind, each.source) for each in state.findings] == [("odd_clock", "shop")]


@pytest.mark.parametrize("large", [check.LARGE, 1])
def test_the_same_file_under_other_order_numbers(state_of, monkeypatch, large: int) -> None:
    monkeypatch.setattr(check, "LARGE", large)  # of large tables suspects are looked for first
    rows = lines(7)
    week = (day_of(rows) >= 100) & (day_of(rows) < 107)
    again = {name: values[week] for name, values in rows.items()}
    again["order_id"] = np.array([f"x{each}" for each in again["order_id"]])
    state = state_of(shop=[rows, again])
    size, worth = int(week.sum()), (rows["quantity"] * rows["unit_price"])[week].sum()
    twice, orders = the(state, "delivered_twice"), the(state, "duplicate_orders")
    assert (twice.rows, twice.values["other"]) == (size, "shop")
    assert (orders.rows, orders.money) == (size, worth)
    effect = next(each for each in state.effects if each.rule == "duplicate_orders")
    assert (effect.rows, effect.money) == ({"orders": size, "order_lines": size}, worth)


def test_a_field_that_is_filled_no_more(state_of) -> None:
    rows = lines(8)
    rows["coupon_code"] = np.where(day_of(rows) >= 140, None, rows["coupon_code"])
    found = the(state_of(shop=rows), "field_emptied")
    assert (found.column, found.since) == ("coupon_code", iso(140))
    assert found.values["before"] == pytest.approx(0.6, abs=0.05)
    assert found.values["after"] == 0


@pytest.mark.parametrize(("factor", "times", "up"), [(1000, 1000, True), (0.01, 100, False)])
def test_prices_in_another_unit(state_of, factor: float, times: int, up: bool) -> None:
    rows = lines(9)
    changed = (day_of(rows) >= 130) & (day_of(rows) < 137)
    rows["unit_price"] = np.where(changed, rows["unit_price"] * factor, rows["unit_price"])
    found = the(state_of(shop=rows), "price_jump")
    assert (found.since, found.until) == (iso(130), iso(136))
    assert (found.values["factor"], found.values["up"], found.rows) == (times, up, changed.sum())
    assert found.money == pytest.approx((rows["quantity"] * rows["unit_price"])[changed].sum())


def test_dates_in_the_future_are_quarantined_and_told_with_their_money(state_of) -> None:
    rows = lines(10)
    late = np.arange(rows["quantity"].size) % 200 == 0
    rows["ordered_at"] = rows["ordered_at"] + np.where(late, 86_400 * 900, 0).astype("timedelta64[s]")
    found = the(state_of(shop=rows), "future")
    assert found.rows == late.sum()
    assert found.money == (rows["quantity"] * rows["unit_price"])[late].sum()


def test_negative_quantities_that_nobody_bought(state_of) -> None:
    rows = lines(11)
    back = np.arange(rows["quantity"].size) % 20 == 0
    rows["quantity"] = np.where(back, -1, rows["quantity"])
    rows["customer_ref"] = np.where(back, "stranger", rows["customer_ref"])
    found = the(state_of(shop=rows), "returns_unbought")
    assert (found.rows, found.money) == (back.sum(), rows["unit_price"][back].sum())
