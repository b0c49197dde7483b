"""Coverage: which share of each field every source fills, and fills validly, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from dangol.intake.quality.pulse import ROWS, Pulse

COLUMNS = ("source", "table_name", "column_name", "month", "row_count", "filled_count", "valid_count")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in COLUMNS[:3]] + [("month", pa.date32())] + [(name, pa.int64()) for name in COLUMNS[4:]]
)


def coverage(pulses: Mapping[str, Pulse]) -> pa.Table:
    """Counts by field, source and month of the company's clock.

    Returns:
        `COLUMNS`; month is missing for rows that have no moment. A column that a source never fills is not there.
    """
    parts = [of_table(each) for each in pulses.values()]
    return pa.concat_tables([SCHEMA.empty_table(), *parts]).sort_by([(name, "ascending") for name in COLUMNS[:4]])


def of_table(pulse: Pulse) -> pa.Table:
    """One table's coverage."""
    summed = by_month(pulse)
    parts = [of_column(pulse, summed, each) for each in pulse.columns]
    return ever_filled(pa.concat_tables(parts) if parts else SCHEMA.empty_table())


def by_month(pulse: Pulse) -> pa.Table:
    """A table's counts summed by source and month."""
    month = pc.cast(pc.floor_temporal(pc.cast(pulse.counts["day"], pa.timestamp("s")), unit="month"), pa.date32())
    counted = [ROWS, *(f"{kind} {each}" for each in pulse.columns for kind in ("filled", "valid"))]
    grouped = pulse.counts.append_column("month", month).group_by(["source", "month"])
    return grouped.aggregate([(each, "sum") for each in counted])


def ever_filled(whole: pa.Table) -> pa.Table:
    """Coverage without the columns that a source never fills."""
    filled = whole.group_by(["source", "column_name"]).aggregate([("filled_count", "sum")])
    used = {(row["source"], row["column_name"]) for row in filled.filter(pc.greater(filled["filled_count_sum"], 0)).to_pylist()}
    pairs = zip(whole["source"].to_pylist(), whole["column_name"].to_pylist(), strict=True)
    return whole.filter(pa.array([pair in used for pair in pairs], pa.bool_()))


def of_column(pulse: Pulse, summed: pa.Table, column: str) -> pa.Table:
    """One column's coverage."""
    size = summed.num_rows
    arrays = [
        summed["source"].cast(pa.string()),
        pa.array([pulse.table] * size, pa.string()),
        pa.array([column] * size, pa.string()),
        summed["month"],
        *(summed[f"{each}_sum"].cast(pa.int64()) for each in (ROWS, f"filled {column}", f"valid {column}")),
    ]
    return pa.table(arrays, schema=SCHEMA)


def months_of(found: pa.Table) -> list[date]:
    """The months that any source covers, in order."""
    return sorted({each for each in found["month"].to_pylist() if each is not None})
