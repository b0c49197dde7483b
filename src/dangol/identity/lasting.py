"""Customer numbers for ever: who a record was before, which customers became one, and which parted again.

Three files lie beside the identity map: every record ever seen with its number (a file that a source forgot to deliver does not
make strangers of its customers), what became of each number that nobody has any more, and the events that led there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.algorithms.carry_over import Moments, Numbers, carry_over
from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, sql

KNOWN, REDIRECTS, EVENTS = "known_records.parquet", "redirects.parquet", "identity_events.parquet"
# Every record that ever changed its number.
MOVED = "moved_records.parquet"
FORMER = {KNOWN: "former_records", REDIRECTS: "former_redirects", EVENTS: "former_events", MOVED: "former_moved"}
COLUMNS: Mapping[str, Mapping[str, str]] = {
    KNOWN: {
        "system": "varchar",
        "customer_ref": "varchar",
        "customer_id": "bigint",
        "first_id": "bigint",
        "known_at": "timestamp",
    },
    REDIRECTS: {"former_id": "bigint", "customer_id": "bigint"},
    EVENTS: {"noticed_at": "timestamp", "kind": "varchar", "former_id": "bigint", "customer_id": "bigint", "records": "bigint"},
    MOVED: {
        "noticed_at": "timestamp",
        "system": "varchar",
        "customer_ref": "varchar",
        "former_id": "bigint",
        "customer_id": "bigint",
    },
}
# Identity looks at records, not at moments.
NO_MOMENT = datetime(1970, 1, 1)

HELD = """
    select r.record_no, coalesce(k.customer_id, 0) as earlier, coalesce(k.first_id, 0) as began,
           coalesce(epoch(k.known_at), 0) as known_at
    from numbered_records r left join former_records k using (system, customer_ref) order by r.record_no"""
# How the numbers of today's records changed, one after the other, and whether by becoming one with somebody else.
CHANGED = """
    select r.record_no, epoch(m.noticed_at) as moved_at, m.former_id, m.customer_id, coalesce(e.kind = 'merge', false) as merged
    from former_moved m join numbered_records r using (system, customer_ref)
    left join former_events e on e.noticed_at = m.noticed_at and e.former_id = m.former_id and e.customer_id = m.customer_id
    order by m.noticed_at, r.record_no"""
# Numbers that nobody may get: of records that are not here today, and of those who were forgotten.
ABSENT = """
    select customer_id from former_records anti join numbered_records using (system, customer_ref)
    union
    select former_id as customer_id from former_events where kind = 'erase'"""
LARGEST = """
    select greatest(coalesce((select max(greatest(customer_id, first_id)) from former_records), 0),
                    coalesce((select max(greatest(customer_id, former_id)) from former_redirects), 0),
                    coalesce((select max(former_id) from former_events), 0)) as largest"""
REMEMBERED = """
    select r.system, r.customer_ref, n.customer_id, coalesce(k.first_id, n.customer_id) as first_id,
           case when k.customer_id is null then $noticed_at else k.known_at end as known_at
    from numbered_records r join record_numbers n using (record_no) left join former_records k using (system, customer_ref)
    union all
    select system, customer_ref, customer_id, first_id, known_at
    from former_records anti join numbered_records using (system, customer_ref)"""
# Records whose number is another one now, and whether anybody had either number, or has it still.
MOVES = """
    with moves as (
        select former.customer_id as former_id, now.customer_id as customer_id, count(*) as records
        from former_records former join known_now now using (system, customer_ref)
        where former.customer_id <> now.customer_id group by former.customer_id, now.customer_id)
    select former_id, customer_id, records,
           former_id in (select customer_id from known_now) as there_still,
           customer_id in (select customer_id from former_records) as there_before
    from moves"""
HAPPENED = """
    select noticed_at, kind, former_id, customer_id, records from former_events
    union all
    select $noticed_at as noticed_at,
           case when not there_still then 'merge' when there_before then 'move' else 'split' end as kind,
           former_id, customer_id, records
    from moves"""
GONE = """
    select noticed_at, system, customer_ref, former_id, customer_id from former_moved
    union all
    select $noticed_at as noticed_at, system, customer_ref, former.customer_id as former_id, now.customer_id as customer_id
    from former_records former join known_now now using (system, customer_ref) where former.customer_id <> now.customer_id"""
# The numbers that erased records had or began with, unless somebody else has one of them.
ERASED = """
    with numbers as (
        select customer_id as former_id, 1 as records from erased_records
        union all
        select first_id as former_id, 0 as records from erased_records where first_id <> customer_id)
    select noticed_at, kind, former_id, customer_id, records from former_events
    union all
    select $noticed_at as noticed_at, 'erase' as kind, former_id, cast(null as bigint) as customer_id, sum(records) as records
    from numbers where former_id not in (select customer_id from former_records) group by former_id"""
# Numbers that no record has any more went where most of their records went; earlier ones are followed on, revived ones forgotten.
FOLLOWED = """
    with gone as (
        select former_id, arg_max(customer_id, (records, -customer_id)) as customer_id from moves
        where not there_still group by former_id),
    followed as (
        select former_id, customer_id from gone
        union all
        select e.former_id, coalesce(g.customer_id, e.customer_id) as customer_id
        from former_redirects e left join gone g on g.former_id = e.customer_id
        where e.former_id not in (select former_id from gone))
    select former_id, customer_id from followed where former_id not in (select customer_id from known_now)"""


@dataclass(frozen=True)
class Memory:
    """What the run before knew.

    Attributes:
        folder: of its files; None where there was no run.
        forgotten: whether a record, by system and number, is to be forgotten; None where none is.
        noticed_at: when that was asked for.
    """

    folder: Path | None
    forgotten: Callable[[str, str], bool] | None = None
    noticed_at: datetime = NO_MOMENT

    def mount(self, duck: Duck) -> None:
        """Make what was known readable as `former_records`, `former_redirects` and `former_events`; nothing where it is not."""
        for file, name in FORMER.items():
            if self.folder is not None and (self.folder / file).exists():
                duck.view(f"{name}_file", self.folder / file)
                # A file of an older version lacks columns of this one.
                duck.define(name, f"{duck.text(nothing(COLUMNS[file]))} UNION ALL BY NAME FROM {name}_file")
            else:
                duck.define(name, nothing(COLUMNS[file]))
        if self.forgotten is not None:
            self.forget(duck)

    def forget(self, duck: Duck) -> None:
        """Let go of records that are to be forgotten; that there was such a number stays, so that it is never given again."""
        erased = self.part(duck, KNOWN)
        self.part(duck, MOVED)
        duck.register("erased_records", erased)
        happened = bind(sql(ERASED), Scope(NO_MOMENT, values={"noticed_at": self.noticed_at}))
        duck.create("known_events", happened, temporary=True)
        for name in (FORMER[EVENTS], "erased_records"):
            duck.drop(name)
        duck.define(FORMER[EVENTS], "FROM known_events")

    def part(self, duck: Duck, file: str) -> pa.Table:
        """Take the rows of records that are to be forgotten out of what was known; returns them."""
        rows = duck.arrow(f"FROM {FORMER[file]}")
        pairs = zip(rows["system"].to_pylist(), rows["customer_ref"].to_pylist(), strict=True)
        erased = pa.array([self.forgotten is not None and self.forgotten(*pair) for pair in pairs], pa.bool_())
        duck.drop(FORMER[file])
        duck.register(FORMER[file], rows.filter(pc.invert(erased)))
        return rows.filter(erased)


def nothing(columns: Mapping[str, str]) -> exp.Select:
    """A table without rows."""
    return exp.select(*(exp.alias_(exp.cast(exp.null(), kind), name) for name, kind in columns.items())).where(exp.false())


def number(duck: Duck, group: Numbers, memory: Memory, *, noticed_at: datetime, target: Path) -> Numbers:
    """The lasting customer number of every record; writes what the next run needs to know.

    Args:
        duck: with a table `numbered_records` of record_no (0, 1, …), system and customer_ref.
        group: which records are one person, by record_no.
        memory: of the run before.
        noticed_at: when customers were found to have become one or to have parted.
        target: folder for the files.
    """
    memory.mount(duck)
    held = duck.arrow(sql(HELD).tree)
    taken = duck.arrow(sql(ABSENT).tree).column("customer_id").to_numpy()
    free = int(duck.value(sql(LARGEST).tree)) + 1
    earlier, began, known_at = (held.column(name).to_numpy() for name in ("earlier", "began", "known_at"))
    back, since = recalled(duck.arrow(sql(CHANGED).tree), earlier, began, known_at, taken)
    numbers = carry_over(group, earlier, back, free=free, taken=taken, since=since)
    duck.register("record_numbers", pa.table({"record_no": np.arange(len(numbers)), "customer_id": numbers}))
    now = Scope(NO_MOMENT, values={"noticed_at": noticed_at})
    duck.write_parquet(bind(sql(REMEMBERED), now), target / KNOWN, order_by=("customer_id", "system", "customer_ref"))
    duck.view("known_now", target / KNOWN)
    duck.create("moves", sql(MOVES).tree, temporary=True)
    duck.write_parquet(sql(FOLLOWED).tree, target / REDIRECTS, order_by=("former_id",))
    duck.write_parquet(bind(sql(GONE), now), target / MOVED, order_by=("noticed_at", "system", "customer_ref"))
    duck.write_parquet(bind(sql(HAPPENED), now), target / EVENTS, order_by=("noticed_at", "former_id", "customer_id"))
    for name in ("known_events", "moves", "record_numbers", "known_now", *FORMER.values()):
        duck.drop(name)
    return numbers


def recalled(changed: pa.Table, earlier: Numbers, began: Numbers, known_at: Moments, taken: Numbers) -> tuple[Numbers, Moments]:
    """Which number each record is to have back when it parts, the last one that nobody has now, and since when it has its own.

    Args:
        changed: how numbers changed, in order of time.
        earlier: the number of each record; 0 for new ones.
        began: the number it began with.
        known_at: when it was first seen.
        taken: numbers of records that are not here today.
    """
    back, since = began.copy(), known_at.astype(np.float64)
    held = tenures(changed, since)
    used = set(earlier.tolist()).union(taken.tolist()) if held else set()
    for record, numbers in held.items():
        number, since[record] = numbers[-1]
        if number == earlier[record]:
            unused = (former for former, _ in reversed(numbers[:-1]) if former not in used)
            back[record] = next(unused, began[record])
    return back, since


def tenures(changed: pa.Table, known_at: Moments) -> dict[int, list[tuple[int, float]]]:
    """The numbers of each record that ever changed its own, and since when: becoming one adds a number, parting takes it off."""
    found: dict[int, list[tuple[int, float]]] = {}
    for record, moved_at, former, now, merged in zip(*(column.to_pylist() for column in changed.columns), strict=True):
        numbers = found.setdefault(record, [(former, float(known_at[record]))])
        below = [place for place, (number, _) in enumerate(numbers[:-1]) if number == now]
        if merged or not below:
            numbers.append((now, moved_at))
        else:
            del numbers[below[-1] + 1 :]
    return found
