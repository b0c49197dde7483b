"""A delivery as Korean office files, with a few bad rows put in on purpose and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dangol.simulate.catalogue import product_table
from dangol.simulate.delivery import Written, measured, total
from dangol.simulate.draw import draw
from dangol.simulate.experiment import Contacts
from dangol.simulate.office import dashed, write_csv, write_json_lines, write_workbook
from dangol.simulate.plan import Block
from dangol.simulate.sheets import EVENT_FILE, EVENT_KEYS, SHEETS, Sheet
from dangol.simulate.world import World

# File → kind of fault → rows. A duplicated row repeats an earlier one sign by sign.
BAD_ROWS = {
    "mall_order_lines": {"negative price": 5, "unreadable date": 3, "duplicate": 4},
    "pos_order_lines": {"unreadable date": 4, "missing product": 2},
    "mall_consents": {"unknown answer": 2},
}


def write_korean_delivery(folder: Path, world: World, blocks: Sequence[Block], contacts: Contacts | None) -> Written:
    """Draw all blocks and write them as office files; for up to 50,000 people, whose rows fit in memory."""
    drawn = [draw(world, block, contacts) for block in blocks]
    suffix = "" if world.window.delivery == 0 else f"_{world.window.delivery:03d}차"
    bad = []
    for name, table in gathered([each.tables for each in drawn]).items():
        bad += write_rows(folder / "data", name, table.unify_dictionaries(), world, suffix)
    truth = gathered([each.truth for each in drawn]) | {"bad_rows": noted(bad)}
    write_truth(folder, world, truth)
    return total(list(map(measured, drawn)))


def write_truth(folder: Path, world: World, truth: Mapping[str, pa.Table]) -> None:
    """Write what really is, beside what the files say."""
    for name, table in truth.items():
        pq.write_table(table, folder / "truth" / f"{name}-{world.window.delivery:03d}-0000.parquet", store_schema=False)


def gathered(parts: Sequence[Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    """The blocks' tables of each name as one."""
    found: dict[str, list[pa.Table]] = {}
    for name, table in chain.from_iterable(part.items() for part in parts):
        found.setdefault(name, []).append(table)
    return {name: pa.concat_tables(tables) for name, tables in found.items()}


def noted(bad: Sequence[tuple[str, str, int]]) -> pa.Table:
    """How many rows of which file are faulty, and how."""
    columns = list(zip(*bad, strict=True)) or [(), (), ()]
    types = (pa.string(), pa.string(), pa.int64())
    names = ("file", "fault", "row_count")
    return pa.table({name: pa.array(list(values), kind) for name, values, kind in zip(names, columns, types, strict=True)})


def write_rows(data: Path, name: str, table: pa.Table, world: World, suffix: str) -> list[tuple[str, str, int]]:
    """Write one table's file or files; returns the faults put in."""
    if name == "mall_events":
        write_events(data / f"{EVENT_FILE}{suffix}.jsonl", table)
        return []
    sheet = SHEETS[name]
    if sheet.table == "order_lines":
        table = with_products(table, world)
    rows = as_office(sheet, table)
    faults = faults_of(name, table, world)
    rows = pa.concat_tables([rows, *(faulty(sheet, rows, fault, count) for fault, count in faults.items())])
    for label, part in yearly(sheet, rows):
        write_sheet(data / f"{sheet.file}{label}{suffix}.{sheet.kind}", sheet, part)
    return [(name, fault, count) for fault, count in faults.items()]


def faults_of(name: str, table: pa.Table, world: World) -> Mapping[str, int]:
    """How many faulty rows of each kind a table gets: in the first delivery, where it is not tiny."""
    return BAD_ROWS.get(name, {}) if table.num_rows >= 100 and world.window.delivery == 0 else {}


def with_products(table: pa.Table, world: World) -> pa.Table:
    """Order lines with the name and category of what was sold."""
    products = product_table(world.catalogue)
    place = pc.index_in(table.column("product_id").cast(pa.string()), products.column("product_id").combine_chunks())
    for name in ("product_name", "category"):
        table = table.append_column(name, products.column(name).take(place))
    return table


def as_office(sheet: Sheet, table: pa.Table) -> pa.Table:
    """The rows as text under the sheet's headers."""
    written = {header: form(table.column(name)) for name, (header, form) in sheet.columns.items()}
    return pa.table({header: column.cast(pa.string()) for header, column in written.items()})


def faulty(sheet: Sheet, rows: pa.Table, fault: str, count: int) -> pa.Table:
    """Copies of some rows with a fault; but for duplicates they are orders of their own."""
    step = max(rows.num_rows // (count + 7), 1)
    places = (np.arange(count) + 3) * step + len(fault)
    copies = rows.take(pa.array(places % rows.num_rows))
    if fault == "duplicate":
        return copies
    column, value = {
        "negative price": ("unit_price", "-1,000원"),
        "unreadable date": ("ordered_at", "2026.13.45 99:00"),
        "missing product": ("product_id", ""),
        "unknown answer": ("allowed", "글쎄요"),
    }[fault]
    copies = replaced(copies, sheet.columns[column][0], value)
    if "order_id" in sheet.columns:
        header = sheet.columns["order_id"][0]
        numbers = pc.binary_join_element_wise(copies.column(header), f"X{len(fault)}", "")
        copies = copies.set_column(copies.column_names.index(header), header, numbers)
    return copies


def replaced(table: pa.Table, header: str, value: str) -> pa.Table:
    """The table with one value in all rows of a column."""
    return table.set_column(table.column_names.index(header), header, pa.array([value] * table.num_rows))


def yearly(sheet: Sheet, rows: pa.Table) -> list[tuple[str, pa.Table]]:
    """The rows by year where the sheet is cut so; rows without a readable year go to the last one."""
    if not sheet.by_year:
        return [("", rows)]
    years = pc.utf8_slice_codeunits(rows.column(sheet.columns[sheet.by_year][0]), 0, 4)
    return [(f"_{year}", rows.filter(pc.equal(years, year))) for year in sorted(pc.unique(years).to_pylist())]


def write_sheet(path: Path, sheet: Sheet, rows: pa.Table) -> None:
    """Write one file in its own format."""
    if sheet.kind == "xlsx":
        write_workbook(path, rows, sheet.title)
    else:
        write_csv(path, rows, sheet.encoding, sheet.title)


def write_events(path: Path, table: pa.Table) -> None:
    """Write web events as JSON lines, moments with Seoul's offset left out."""
    place = table.column_names.index("occurred_at")
    table = table.set_column(place, "occurred_at", dashed(table.column("occurred_at")))
    quoted = [name for name in table.column_names if name != "amount"]
    write_json_lines(path, table, EVENT_KEYS, quoted)


def write_reference(data: Path, tables: Mapping[str, pa.Table], suffix: str) -> Counter[str]:
    """Write the short tables that belong to no person."""
    for name, table in tables.items():
        write_sheet(data / f"{SHEETS[name].file}{suffix}.{SHEETS[name].kind}", SHEETS[name], as_office(SHEETS[name], table))
    return Counter({name: table.num_rows for name, table in tables.items()})
