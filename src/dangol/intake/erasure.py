"""Forgetting somebody: rows about them leave every loaded file, and what comes back of them from before stays out.

Orders stay, as orders of nobody, so that sales remain what they were; everything else that was written down about the person
goes. Who was forgotten is known only by keyed hashes of record numbers and devices (HMAC-SHA256, RFC 2104). What happens after
the erasure is a new acquaintance and is loaded.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.engine.scan import filled, parquet_scan
from dangol.core.tables import LEAD_RECORD, find_table
from dangol.intake.assembly import ROW
from dangol.intake.manifest import Delivery, deliveries, record
from dangol.intake.template import fill, fill_query, name

# Tables whose rows carry money: they stay, of nobody.
KEPT = ("orders", "order_lines", "returns")
RECORD, DEVICE, LEAD = "customer_ref", "anonymous_id", "lead_ref"
REASON = "erased"
GONE = "forgotten_here"
NUMBERS = "SELECT DISTINCT CAST(n AS VARCHAR) AS number FROM rows WHERE NOT n IS NULL"
COVERED = "n = gone.mark_of AND COALESCE(at < gone.erased_at, TRUE)"
NAMED = "SELECT rows.row_no FROM rows SEMI JOIN gone ON covered"
LEFT = "SELECT rows.* FROM rows ANTI JOIN gone ON covered"
UNNAMED = """
SELECT rows.* REPLACE (CASE WHEN gone.mark_of IS NULL THEN rows.customer_ref END AS customer_ref)
FROM rows LEFT JOIN gone ON covered
"""
# Devices on which nobody but the forgotten was logged in.
ONLY_THEIRS = """
SELECT rows.anonymous_id FROM rows LEFT JOIN gone ON rows.source = gone.source AND rows.customer_ref = gone.number
WHERE NOT rows.anonymous_id IS NULL AND NOT rows.customer_ref IS NULL
GROUP BY rows.anonymous_id HAVING count(*) = count(gone.number)
"""


@dataclass(frozen=True)
class Erased:
    """Whom the company has forgotten.

    Attributes:
        key: of the hashes.
        marks: hash of a record or device → when it was forgotten.
        pending: whether loaded files may still tell of somebody.
    """

    key: bytes = b""
    marks: Mapping[str, datetime] = field(default_factory=dict)
    pending: bool = False

    def mark(self, kind: str, number: str, system: str = "") -> str:
        """The keyed hash of a record's or a device's number."""
        return hmac.new(self.key, json.dumps([kind, system, number]).encode(), hashlib.sha256).hexdigest()

    def among(self, kind: str, numbers: Iterable[str], system: str = "") -> dict[str, datetime]:
        """Those of some numbers that were forgotten, with the moment."""
        marked = ((number, self.marks.get(self.mark(kind, number, system))) for number in numbers)
        return {number: moment for number, moment in marked if moment is not None}

    def knows(self, system: str, number: str) -> bool:
        """Whether a record was forgotten."""
        return self.mark(RECORD, number, system) in self.marks


NOBODY = Erased()


@dataclass
class Wiped:
    """What forgetting took away.

    Attributes:
        rows: table → rows removed.
        unnamed: table → rows that are nobody's now.
        refused: quarantined rows whose content was removed.
        copies: files as delivered that the workspace no longer keeps, by source and name.
        arrived: lines of events that arrived over HTTP.
        scores: rows of earlier scores.
    """

    rows: Counter[str] = field(default_factory=Counter)
    unnamed: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    copies: list[str] = field(default_factory=list)
    arrived: int = 0
    scores: int = 0

    def as_json(self) -> dict[str, object]:
        """For the store."""
        return {"rows": dict(self.rows), "unnamed": dict(self.unnamed), "refused": self.refused, "copies": sorted(self.copies),
                "arrived": self.arrived, "scores": self.scores}  # fmt: skip


def wipe(root: Path, duck: Duck, erased: Erased, systems: Mapping[str, str]) -> Wiped:
    """Take everybody forgotten out of all loaded files; doing it again changes nothing.

    New files are written first and the list of deliveries switches to them in one step, so that a crash leaves either state.

    Args:
        root: the workspace's folder.
        duck: reads and writes.
        erased: whom to take out.
        systems: whose numbers each source uses.
    """
    wiped = Wiped()
    loaded = deliveries(root)
    wiping = Wiping(root, duck, erased, wiped, leads_alone(loaded))
    left = [wiping.delivery(each, systems.get(each.source, "main")) for each in loaded]
    # Before the list of deliveries forgets which files told of somebody, or a crash in between would leave their copies.
    remove_copies(root, loaded, left, wiped)
    if left != loaded:
        record(root, left)
    return wiped


def leads_alone(loaded: Sequence[Delivery]) -> bool:
    """Whether nothing that was loaded names a customer, so that leads stand for themselves (`identity.prospect`)."""
    return not any(RECORD in columns for each in loaded for columns in each.columns.values())


def without_erased(found: Delivery, root: Path, duck: Duck, erased: Erased, system: str) -> Delivery:
    """A delivery just made, without anybody forgotten; then no copy of the file as delivered is kept either."""
    if not erased.marks:
        return found
    wiped = Wiped()
    left = Wiping(root, duck, erased, wiped, leads_alone([*deliveries(root), found])).delivery(found, system)
    remove_copies(root, [found], [left], wiped)
    return left


def remove_copies(root: Path, loaded: Sequence[Delivery], left: Sequence[Delivery], wiped: Wiped) -> None:
    """Remove the files as delivered that told of somebody."""
    for before, after in zip(loaded, left, strict=True):
        if before != after:
            (root / before.raw).unlink(missing_ok=True)
            wiped.copies.append(f"{before.source}: {before.file}")


@dataclass(frozen=True)
class Part:
    """One file of a table in which somebody forgotten may be found.

    Attributes:
        file: Parquet, with row numbers.
        table: canonical.
        column: that names a record or a device.
    """

    file: Path
    table: str
    column: str

    @property
    def parts(self) -> dict[str, exp.Expr]:
        """What stands for the names of the templates: all rows, who is forgotten, and whether a row is about them.

        Rows without a moment are from before.
        """
        moment = find_table(self.table).moment
        dated = moment is not None and moment in filled(self.file)
        at = exp.column(moment or "", "rows", quoted=True) if dated else exp.cast(exp.null(), "timestamp")
        rows = exp.select("*").from_(parquet_scan([self.file]))
        return {"rows": rows, "gone": exp.to_table(GONE), "covered": fill(COVERED, n=exp.column(self.column, "rows"), at=at)}


class Wiping:
    """Takes the forgotten out of one delivery after the other.

    Args:
        root: the workspace's folder.
        duck: reads and writes.
        erased: whom to take out.
        wiped: counts what went.
        leads_are_records: whether the numbers of leads stand for those of customers.
    """

    def __init__(self, root: Path, duck: Duck, erased: Erased, wiped: Wiped, leads_are_records: bool) -> None:
        self.root, self.duck, self.erased, self.wiped = root, duck, erased, wiped
        self.naming = (RECORD, DEVICE, LEAD) if leads_are_records else (RECORD, DEVICE)

    def delivery(self, found: Delivery, system: str) -> Delivery:
        """A delivery without the forgotten; the same one where it tells nothing of them."""
        changed = found
        removed: list[int] = []
        for table in found.files:
            for column in self.naming:
                if found.rows.get(table) and column in found.columns.get(table, ()):
                    changed, numbers = self.without(changed, table, column, system)
                    removed += numbers if table == found.table else []
        return self.quarantined(changed, system, removed)

    def without(self, found: Delivery, table: str, column: str, system: str) -> tuple[Delivery, list[int]]:
        """A delivery with one table rewritten, and the numbers of the rows removed."""
        part = Part(self.root / found.files[table], table, column)
        numbers = self.numbers(part, system)
        if not numbers:
            return found, []
        target = Path("tables") / table / f"{found.stem}-{len(self.erased.marks)}{column[0]}.parquet"
        kept = table in KEPT
        self.duck.write_parquet(fill_query(UNNAMED if kept else LEFT, **part.parts), self.root / target, fast=True)
        (self.wiped.unnamed if kept else self.wiped.rows)[table] += len(numbers)
        removed = [] if kept else numbers
        rows = {**found.rows, table: found.rows[table] - len(removed)}
        changed = replace(found, files={**found.files, table: target.as_posix()}, rows=rows)
        return (self.counted(changed, len(removed)) if table == found.table else changed), removed

    def numbers(self, part: Part, system: str) -> list[int]:
        """Numbers of the rows of a file that are about somebody forgotten."""
        rows = fill_query(NUMBERS, rows=part.parts["rows"], n=name(part.column))
        known = self.duck.arrow(rows)["number"].to_pylist()
        kind, whose = (DEVICE, "") if part.column == DEVICE else (RECORD, system)
        gone = self.erased.among(kind, known, whose)
        self.duck.drop(GONE)
        moments = pa.array(list(gone.values()), pa.timestamp("us"))
        self.duck.register(GONE, pa.table({"mark_of": pa.array(list(gone), pa.string()), "erased_at": moments}))
        return [int(row[ROW]) for row in self.duck.rows(fill_query(NAMED, **part.parts))] if gone else []

    def counted(self, found: Delivery, removed: int) -> Delivery:
        """A delivery whose own table was rewritten: removed rows count as quarantined, for a reason of their own."""
        columns = find_table(found.table).by_name
        there = {each: count for each, count in filled(self.root / found.files[found.table]).items() if each in columns}
        reasons = {**found.reasons, REASON: found.reasons.get(REASON, 0) + removed} if removed else found.reasons
        loaded, refused = found.rows_loaded - removed, found.rows_quarantined + removed
        return replace(found, rows_loaded=loaded, rows_quarantined=refused, reasons=reasons, filled=there)

    def quarantined(self, found: Delivery, system: str, removed: Sequence[int]) -> Delivery:
        """A delivery whose quarantine tells nothing of them, but which rows were removed."""
        refused = pq.read_table(self.root / found.quarantine) if found.quarantine else nothing_refused()
        told = [self.tells(each, system, found.table) for each in refused["record"].to_pylist()]
        if not any(told) and not removed:
            return found
        self.wiped.refused += sum(told)
        target = Path("quarantine") / found.table / f"{found.stem}-{len(self.erased.marks)}.parquet"
        (self.root / target).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.concat_tables([emptied(refused, told), rows_removed(found, removed)]), self.root / target)
        return replace(found, quarantine=target.as_posix())

    def tells(self, written: str | None, system: str, table: str) -> bool:
        """Whether a refused row names somebody forgotten, by a customer's number or by that of a lead."""
        texts = list(texts_of(written))
        leads = [f"{LEAD_RECORD}{each}" for each in texts] if table == "leads" else []
        return any(self.erased.knows(system, each) for each in (*texts, *leads))


REFUSED = pa.schema(
    [("source", pa.string()), ("file", pa.string()), (ROW, pa.int64()), ("column", pa.string()), ("value", pa.string()),
     ("reason", pa.string()), ("record", pa.string())]
)  # fmt: skip


def nothing_refused() -> pa.Table:
    """A quarantine without rows."""
    return REFUSED.empty_table()


def emptied(refused: pa.Table, told: Sequence[bool]) -> pa.Table:
    """A quarantine with the content of some rows removed."""
    hidden = pa.array(told, pa.bool_())
    for column in ("value", "record"):
        place = refused.column_names.index(column)
        kept = pc.if_else(hidden, pa.scalar(None, pa.string()), refused[column].cast(pa.string()))
        refused = refused.set_column(place, column, kept)
    return refused.select(REFUSED.names).cast(REFUSED)


def rows_removed(found: Delivery, numbers: Sequence[int]) -> pa.Table:
    """Rows of a delivery as the quarantine lists them: their place in the file and why they are not there."""
    count = len(numbers)
    told = {"source": [found.source] * count, "file": [found.file] * count, ROW: list(numbers), "reason": [REASON] * count}
    return pa.table(
        {each: pa.array(told.get(each, [None] * count), kind) for each, kind in zip(REFUSED.names, REFUSED.types, strict=True)}
    )


def texts_of(written: str | None) -> Iterable[str]:
    """Every value of a row that was kept as JSON; of a line that could not be split, its words."""
    if not written:
        return ()
    try:
        values = json.loads(written)
    except ValueError:
        return (each.strip(QUOTES) for each in SPLIT.split(written))
    return (str(each).strip() for each in values.values()) if isinstance(values, dict) else (str(values),)


QUOTES, SPLIT = "\"' ", re.compile(r"[,;\t|]")


def devices_of(root: Path, duck: Duck, records: Mapping[str, Sequence[str]], systems: Mapping[str, str]) -> list[str]:
    """Devices on which nobody but some records was ever logged in.

    Args:
        root: the workspace's folder.
        duck: counts.
        records: system → numbers of the records.
        systems: whose numbers each source uses.
    """
    found = [each for each in deliveries(root) if {RECORD, DEVICE} <= set(each.columns.get("events", ()))]
    if not found:
        return []
    duck.drop(GONE)
    duck.register(GONE, numbers_by_source(records, systems))
    rows = exp.select("*").from_(parquet_scan([root / each.files["events"] for each in found]))
    return [str(row[DEVICE]) for row in duck.rows(fill_query(ONLY_THEIRS, rows=rows, gone=exp.to_table(GONE)))]


def numbers_by_source(records: Mapping[str, Sequence[str]], systems: Mapping[str, str]) -> pa.Table:
    """Numbers of records as each source knows them: columns source and number."""
    named = [(source, number) for source, system in systems.items() for number in records.get(system, ())]
    columns = {"source": [source for source, _ in named], "number": [number for _, number in named]}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
