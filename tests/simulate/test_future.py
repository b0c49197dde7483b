"""What an invented company does next is a future of its past: nothing that was delivered changes, and truth carries on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from dangol.core.engine import Duck
from dangol.simulate import Plan, advance, read_truth, simulate

LATENT = ("person_id", "acquired_at", "orders_a_year", "leaving_a_year", "price_response", "satisfaction", "household_id")


def prints(folder: Path) -> dict[str, str]:
    files = [file for part in ("data", "truth") for mark in ("*-000-*", "*-000.parquet") for file in (folder / part).glob(mark)]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A company of 4,000 people and the year after its end, with fingerprints of what was there before."""
    base = tmp_path_factory.mktemp("lived")
    simulate(base, Plan(customers=4_000, seed=12, korean=False, event_volume=0, message_volume=0.2))
    before = prints(base)
    advance(base, 365)
    return base, before


def test_the_past_stays_to_the_byte(lived: tuple[Path, dict[str, str]]) -> None:
    base, before = lived
    assert len(before) > 10
    assert prints(base) == before


def test_the_same_people_live_on_and_nobody_comes_back_to_life(lived: tuple[Path, dict[str, str]]) -> None:
    base, _ = lived
    then, now = (read_truth(base, "people", delivery=number) for number in (0, 1))
    now = now.slice(0, len(then))
    for name in LATENT:
        assert then.column(name).equals(now.column(name)), name
    alive_then, alive_now = (each.column("alive").to_numpy() for each in (then, now))
    assert not (alive_now & ~alive_then).any()
    left_then, left_now = (each.column("churned_at").to_numpy() for each in (then, now))
    assert np.array_equal(left_then[~alive_then], left_now[~alive_then])
    gone = alive_then & ~alive_now
    assert (left_now[gone] >= np.datetime64("2026-10-31T15:00")).all()
    survival = np.exp(-then.column("leaving_a_year").to_numpy()[alive_then])
    error = np.sqrt((survival * (1 - survival)).sum()) / len(survival)
    assert abs(alive_now[alive_then].mean() - survival.mean()) < 4 * error


def test_the_year_brings_what_was_to_be_expected_of_who_was_still_there(lived: tuple[Path, dict[str, str]]) -> None:
    base, _ = lived
    duck = Duck()
    for name, pattern in (("mall", "mall_order_lines-001*"), ("pos", "pos_order_lines-001*")):
        duck.view(name, sorted((base / "data").glob(f"{pattern}.parquet")))
    for name in ("people", "records"):
        duck.view(name, sorted((base / "truth").glob(f"{name}-000-*.parquet")))
    found = duck.row("""
        with bought as (
            select 'mall' as system, customer_ref, order_id from mall union
            select 'pos', customer_ref, order_id from pos),
        counted as (
            select person_id, count(distinct order_id) as orders from bought join records using (system, customer_ref)
            group by all)
        select sum(orders) filter (where alive) as orders, sum(expected_orders_12m) as expected,
               coalesce(sum(orders) filter (where not alive), 0) as by_the_gone
        from people left join counted using (person_id)""")
    assert found["by_the_gone"] == 0
    assert found["orders"] == pytest.approx(found["expected"], rel=0.05)
