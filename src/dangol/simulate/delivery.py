"""Blocks written as Parquet: one file a table and group of five blocks, so memory stays the same whatever the size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dangol.simulate.clock import Ints, stream
from dangol.simulate.draw import Drawn, draw
from dangol.simulate.experiment import Contacts
from dangol.simulate.plan import BLOCKS_IN_A_FILE, Block
from dangol.simulate.words import ACQUISITION
from dangol.simulate.world import World


@dataclass(frozen=True)
class Written:
    """What a delivery consists of.

    Attributes:
        rows: per file name without its suffix.
        figures: sums over the people.
        acquired: people acquired, days × channels.
    """

    rows: Counter[str]
    figures: Counter[str]
    acquired: Ints


def write_parquet_delivery(
    folder: Path, world: World, blocks: Sequence[Block], contacts: Contacts | None, threads: int
) -> Written:
    """Draw and write all blocks in groups; the files do not depend on the number of threads.

    Args:
        folder: with `data` and `truth`.
        world: of this delivery.
        blocks: all of the company's blocks.
        contacts: who was reached by a campaign at its start.
        threads: groups drawn at the same time; each holds about 0.4 GB.
    """
    groups = [blocks[place : place + BLOCKS_IN_A_FILE] for place in range(0, len(blocks), BLOCKS_IN_A_FILE)]

    def one(number: int) -> Written:
        return write_group(folder, world, groups[number], number, contacts)

    with ThreadPoolExecutor(threads) as pool:
        return total(list(pool.map(one, range(len(groups)))))


def total(parts: Sequence[Written]) -> Written:
    """The sums over several parts of a delivery."""
    rows: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    for part in parts:
        rows.update(part.rows)
        figures.update(part.figures)
    return Written(rows, figures, np.sum([part.acquired for part in parts], axis=0))


def write_group(folder: Path, world: World, blocks: Sequence[Block], group: int, contacts: Contacts | None) -> Written:
    """Write one group's files, a row group for each block."""
    suffix = f"{world.window.delivery:03d}-{group:04d}"
    parts = []
    with ExitStack() as stack:
        writers: dict[Path, pq.ParquetWriter] = {}
        for block in blocks:
            drawn = draw(world, block, contacts)
            for path, table in placed(folder, drawn, suffix).items():
                if path not in writers:
                    writers[path] = stack.enter_context(writer(path, table.schema))
                writers[path].write_table(table)
            parts.append(measured(drawn))
    return total(parts)


def placed(folder: Path, drawn: Drawn, suffix: str) -> dict[Path, pa.Table]:
    """Which file each table goes to; a table without rows makes no file."""
    data = {folder / "data" / f"{name}-{suffix}.parquet": table for name, table in drawn.tables.items() if table.num_rows}
    truth = {folder / "truth" / f"{name}-{suffix}.parquet": table for name, table in drawn.truth.items()}
    return data | truth


def measured(drawn: Drawn) -> Written:
    """The figures of one block."""
    rows = Counter({name: table.num_rows for name, table in drawn.tables.items()})
    return Written(rows, Counter({name: int(value) for name, value in drawn.figures.items()}), drawn.acquired)


def writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A Parquet writer that leaves coded columns as text for every reader."""
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = [field.name for field in schema if not (pa.types.is_string(field.type) and field.name.endswith("_id"))]
    return pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, use_dictionary=keys, store_schema=False)


def spend_table(world: World, acquired: Ints) -> pa.Table:
    """Rows of `spend`: each paid channel costs what its newcomers cost on average, moving from day to day."""
    prices = np.array([9_000, 7_000, 11_000, 14_000])
    paid = acquired[:, : len(prices)]
    rng = stream(world.plan.seed, world.window.delivery, 0, "spend")
    typical = np.maximum(paid.mean(axis=0), 0.2)
    cost = np.round((0.5 * paid + 0.5 * typical) * prices * rng.lognormal(0, 0.12, paid.shape) / 100).astype(np.int64) * 100
    clicks = np.maximum(np.round(cost / rng.uniform(350, 600, paid.shape)), 1).astype(np.int64)
    days, channels = paid.shape
    start = int(world.window.start)
    return pa.table(
        {
            "spent_on": np.repeat(np.arange(start, start + days).astype("datetime64[D]"), channels),
            "channel": np.tile(np.array(ACQUISITION[:channels]), days).tolist(),
            "cost": cost.ravel(),
            "impressions": (clicks * 60).ravel(),
            "clicks": clicks.ravel(),
        }
    )
