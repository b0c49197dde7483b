"""The records of a company as they come in: each distinct one once, in an order that does not depend on how they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.errors import DataError, told
from dangol.identity.matching.marks import Flags
from dangol.identity.matching.people import Codes, Ints, coded

# What a record says about who somebody is.
TELLING = (
    "customer_name", "given_name", "family_name", "phone", "email", "gender", "birth_date", "birth_verified", "address",
    "postcode", "city", "region", "country",
)  # fmt: skip
WHO = ("system", "customer_ref")
INCOMING = "matching_incoming"
Keys = np.ndarray[tuple[int], np.dtype[np.uint64]]


@dataclass(frozen=True)
class Records:
    """Distinct records.

    Attributes:
        table: system, customer_ref and what tells who somebody is; in their order.
        keys: of each record, a number made from everything it says.
        place: of each record as it came in, the place of its distinct record.
    """

    table: pa.Table
    keys: Keys
    place: Ints

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def number(self) -> Codes:
        """The number its system gave each record, as a code; records of one number stand beside each other."""
        another = np.zeros(len(self), dtype=bool)
        for name in WHO:
            said = pc.fill_null(self.table[name].cast(pa.string()), "")
            another[1:] |= pc.not_equal(said.slice(1), said.slice(0, max(len(said) - 1, 0))).to_numpy()
        return np.cumsum(another)

    def verified(self, standard: pa.Table) -> Codes:
        """The birth date of each record as a code where somebody has checked it; -1 elsewhere."""
        if "birth_verified" not in self.table.column_names:
            return np.full(len(standard), -1, dtype=np.int32)
        births = coded(standard["birth_day"]).codes
        checked: Flags = self.table["birth_verified"].cast(pa.bool_()).fill_null(False).to_numpy(zero_copy_only=False)
        return np.where(checked, births, -1).astype(np.int32)


def read(duck: Duck, records: str | pa.Table) -> Records:
    """Distinct records of a table.

    Args:
        duck: to work on; a table named by `records` is found there.
        records: a table or its name.

    Raises:
        DataError: the table lacks system or customer_ref.
    """
    table = duck.arrow(exp.select("*").from_(exp.to_table(records))) if isinstance(records, str) else records
    lacking = [name for name in WHO if name not in table.column_names]
    if lacking:
        raise DataError(told("the records lack the column {name}", name=repr(lacking[0])))
    chosen = [name for name in (*WHO, *TELLING) if name in table.column_names]
    rows = pa.array(np.arange(table.num_rows, dtype=np.int64))
    with duck.lent(INCOMING, table.select(chosen).append_column("row_no", rows)):
        ordered = duck.arrow(in_order(chosen))
    keys = ordered["row_key"].to_numpy().astype(np.uint64)
    first = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    place = np.empty(len(keys), dtype=np.int64)
    place[ordered["row_no"].to_numpy()] = np.cumsum(first) - 1
    distinct = pa.array(ordered["row_no"].to_numpy()[first])
    return Records(table.select(chosen).take(distinct), keys[first], place)


def in_order(columns: Sequence[str]) -> exp.Expr:
    """Each row with its key, sorted by system, number and key."""
    key = exp.Anonymous(this="hash", expressions=[exp.column(name) for name in columns])
    return exp.select("row_no", exp.alias_(key, "row_key")).from_(INCOMING).order_by(*WHO, "row_key", "row_no")
