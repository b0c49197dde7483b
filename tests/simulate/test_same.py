"""Equal plans make equal companies, however they are computed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.simulate import Plan, Truth, advance, simulate
from dangol.simulate.clock import local_day
from dangol.simulate.draw import draw
from dangol.simulate.plan import BLOCK_PEOPLE, Block, Window, blocks_of
from dangol.simulate.world import make_world

Made = tuple[Path, Truth]


def prints(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.parametrize("korean", [True, False])
def test_the_same_plan_gives_the_same_bytes_also_later(tmp_path: Path, korean: bool) -> None:
    plan = Plan(customers=1_000, seed=8, korean=korean, event_volume=0.3)
    for name in ("one", "two"):
        simulate(tmp_path / name, plan)
        advance(tmp_path / name, 40)
    assert prints(tmp_path / "one") == prints(tmp_path / "two")
    written = [file for ending in ("csv", "jsonl") for file in (tmp_path / "one" / "data").glob(f"*.{ending}")]
    assert not [file.name for file in written if b"\0" in file.read_bytes()]


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(tmp_path / str(seed), Plan(customers=1_000, seed=seed, event_volume=0))
    one, two = prints(tmp_path / "1"), prints(tmp_path / "2")
    assert one["data/온라인몰_주문.csv"] != two["data/온라인몰_주문.csv"]
    assert one["data/상품_목록.csv"] != two["data/상품_목록.csv"]


def test_threads_change_nothing(tmp_path: Path, large: Made) -> None:
    plan = Plan(customers=30_000, seed=4, korean=False, event_volume=0.2, message_volume=0.3)
    simulate(tmp_path, plan, threads=1)
    assert prints(tmp_path / "data") == prints(large[0] / "data")


def test_a_block_is_the_same_in_a_larger_company(large: Made) -> None:
    plan = Plan(customers=5_000_000, seed=4, korean=False, event_volume=0.2, message_volume=0.3)
    start, stop = local_day(plan.start), local_day(plan.end)
    world = make_world(plan, Window(0, start, stop))
    second = blocks_of(Block(0, 0, 30_000, start, stop))[1]
    alone = draw(world, second, None).tables["mall_order_lines"]
    filed = pq.ParquetFile(large[0] / "data" / "mall_order_lines-000-0000.parquet").read_row_group(1)
    assert second.first == BLOCK_PEOPLE
    assert filed.num_rows == alone.num_rows
    for name in ("customer_ref", "order_id", "net_amount"):
        assert alone.column(name).cast(pa.string()).equals(filed.column(name).cast(pa.string())), name


def test_numbers_of_orders_events_and_messages_are_never_used_twice(large: Made) -> None:
    for name, key in (("mall_events", "event_id"), ("mall_feedback", "feedback_id"), ("mall_interactions", "interaction_id")):
        column = pq.read_table(large[0] / "data" / f"{name}-000-0000.parquet", columns=[key]).column(key)
        assert len(np.unique(column.to_numpy())) == len(column), name
    sold = [
        pq.read_table(large[0] / "data" / f"{name}_order_lines-000-0000.parquet", columns=["order_id", "line_no"])
        for name in ("mall", "pos")
    ]
    pairs = pa.concat_tables(sold)
    assert pairs.group_by(["order_id", "line_no"]).aggregate([]).num_rows == pairs.num_rows
