"""Who a campaign reached, read from the list the company exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from dangol.core.errors import DataError, SourceError, told
from dangol.simulate.clock import Ints
from dangol.simulate.experiment import ARMS, Contacts

NEEDED = ("system", "customer_ref", "arm")
SHAPES = {"mall": (r"^M\d{8}$", 1), "pos": (r"^2800\d{10}$", 4)}


def read_contacts(file: Path, campaign: str, people: int, at: float) -> Contacts:
    """The people of a contacted list, each once; treated if any of their records is.

    Args:
        file: CSV or Parquet.
        campaign: its number.
        people: how many people the company has; higher numbers are unknown.
        at: local day of the message.

    Raises:
        SourceError: the file is not there or lacks a column.
        DataError: unknown systems, customer numbers or arms.
    """
    table = read_list(file)
    arms = table.column("arm").cast(pa.string())
    unknown = pc.unique(arms.filter(pc.invert(pc.is_in(arms, pa.array(ARMS))))).to_pylist()
    if unknown:
        what = told("unknown {kind} {name:quoted}", kind=told("arm"), name=unknown[0])
        raise DataError(what, where=str(file), hint=told("arms are treated and held_out"))
    number = numbers_of(table, file)
    if (number >= people).any():
        strangers = int((number >= people).sum())
        raise DataError(told("{n:count} customer numbers belong to nobody", n=strangers), where=str(file))
    treated = pc.equal(arms, "treated").to_numpy()
    order = np.lexsort((~treated, number))
    unique, first = np.unique(number[order], return_index=True)
    return Contacts(campaign, unique, treated[order][first], at)


def read_list(file: Path) -> pa.Table:
    """The list as a table of text.

    Raises:
        SourceError: not there, or a column is missing.
    """
    if not file.exists():
        raise SourceError(told("the file is not there"), where=str(file))
    texts = pa_csv.ConvertOptions(column_types=dict.fromkeys(NEEDED, pa.string()))
    table = pq.read_table(file) if file.suffix == ".parquet" else pa_csv.read_csv(file, convert_options=texts)
    missing = next((name for name in NEEDED if name not in table.column_names), None)
    if missing is not None:
        hint = told("needed: {names:listed}", names=list(NEEDED))
        raise SourceError(told("no column {name:quoted}", name=missing), where=str(file), hint=hint)
    return table


def numbers_of(table: pa.Table, file: Path) -> Ints:
    """Person numbers behind the customer numbers of both systems.

    Raises:
        DataError: a system or a number of another shape.
    """
    systems, refs = (table.column(name).cast(pa.string()).combine_chunks() for name in ("system", "customer_ref"))
    found = np.full(len(refs), -1, dtype=np.int64)
    for system, (shape, cut) in SHAPES.items():
        fits = pc.and_(pc.equal(systems, system), pc.match_substring_regex(refs, shape)).fill_null(False)
        rows = np.flatnonzero(fits.to_numpy(zero_copy_only=False))
        found[rows] = pc.utf8_slice_codeunits(refs.take(pa.array(rows)), cut).cast(pa.int64()).to_numpy()
    if (found < 0).any():
        strange, systems_known = int((found < 0).sum()), list(SHAPES)
        what = told("{n:count} rows name no customer of the systems {systems:listed}", n=strange, systems=systems_known)
        raise DataError(what, where=str(file))
    return found
