"""Who is one customer: every record of every source, matched, and numbered for ever.

Records are matched by what they say about a person (`identity.matching`), and by what people have decided; numbers last
(`identity.lasting`). The identity map tells of each record whose it is, by what and how surely; pairs that are worth a look by
somebody come beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, sql
from dangol.identity.homes import TELLING_HOMES, Told, write_homes
from dangol.identity.lasting import NO_MOMENT, Memory, number
from dangol.identity.matching import Matched, match_people
from dangol.identity.matching.keeping import keep, recall
from dangol.identity.matching.match import FEWEST_TO_LEARN
from dangol.identity.matching.reading import TELLING

IDENTITY_MAP, REVIEW = "identity_map.parquet", "review.parquet"
# Somebody looks at some of the doubtful pairs; of more, nobody looks at any.
MOST_TO_REVIEW = 5_000
# A model learned from far fewer records than there are now has not seen the company.
OUTGROWN = 2
FIELDS = ("name", "phone", "email", "birth", "street", "area", "gender")

NUMBERED = """
    select row_number() over (order by system, customer_ref) - 1 as record_no, system, customer_ref from records"""
REGISTERED = "registered_at"
# What sources tell about people.
TOLD = "select n.record_no, c.* from customers c join numbered_records n using (system, customer_ref)"
# Records that somebody has decided about and no source tells anything of.
UNTOLD = """
    with named as (
        select left_system as system, left_ref as customer_ref from decided
        union select right_system as system, right_ref as customer_ref from decided)
    select n.record_no, n.system, n.customer_ref from numbered_records n
    semi join named using (system, customer_ref) anti join customers using (system, customer_ref)"""
# Of each record the surest link to another one of the same customer.
LINKED = """
    with ends as (
        select l.record_no, r.record_no as other_no, p.* from pairs p
        join people l on l.row_no = p."left" join people r on r.row_no = p."right" where p.joined
        union all
        select r.record_no, l.record_no as other_no, p.* from pairs p
        join people l on l.row_no = p."left" join people r on r.row_no = p."right" where p.joined)
    select record_no, max(chance) as confidence,
           arg_max(case when email = 'same' then 'email'
                        when phone = 'same_mobile' and name in ('same', 'same_sound') then 'phone and name'
                        when phone = 'same_mobile' then 'phone' else 'alike' end, chance) as rule
    from ends where record_no <> other_no group by record_no"""
MAP = """
    with sizes as (select customer_id, count(*) as records from numbered_customers group by customer_id),
    said as (
        select left_system as system, left_ref as customer_ref, true as by_hand from decided where same
        union select right_system as system, right_ref as customer_ref, true as by_hand from decided where same)
    select n.system, n.customer_ref, c.customer_id,
           case when s.records = 1 then 'number' when h.by_hand then 'said' else coalesce(l.rule, 'alike') end as rule,
           case when s.records > 1 then coalesce(l.confidence, 1.0) end as confidence
    from numbered_records n join numbered_customers c using (record_no) join sizes s using (customer_id)
    left join linked l using (record_no) left join said h using (system, customer_ref)"""
DOUBTFUL = """
    with named as (
        select left_system, left_ref, right_system, right_ref from decided
        union select right_system, right_ref, left_system, left_ref from decided)
    select l.system as left_system, l.customer_ref as left_ref, r.system as right_system, r.customer_ref as right_ref,
           p.chance, p.joined, p.name, p.phone, p.email, p.birth, p.street, p.area, p.gender
    from pairs p join people l on l.row_no = p."left" join people r on r.row_no = p."right"
    left join named d on d.left_system = l.system and d.left_ref = l.customer_ref
        and d.right_system = r.system and d.right_ref = r.customer_ref
    where p.doubtful and l.record_no <> r.record_no and d.left_ref is null
    order by abs(p.chance - 0.5), l.system, l.customer_ref, r.system, r.customer_ref limit $most"""
DECIDED = {"left_system": "varchar", "left_ref": "varchar", "right_system": "varchar", "right_ref": "varchar", "same": "boolean"}
PEOPLE = {"record_no": "bigint", "system": "varchar", "customer_ref": "varchar", "row_no": "bigint"}
PAIRS = {"left": "bigint", "right": "bigint", "chance": "double", "joined": "boolean", "doubtful": "boolean",
         **dict.fromkeys(FIELDS, "varchar")}  # fmt: skip


@dataclass(frozen=True)
class Earlier:
    """What earlier runs and people have said.

    Attributes:
        folder: of the run before; None where there was none.
        decided: pairs that people have decided about: left_system, left_ref, right_system, right_ref, same; None for nothing.
        noticed_at: when customers are found to have become one or to have parted.
        forgotten: whether a record, by system and number, is to be forgotten; None where none is.
    """

    folder: Path | None
    noticed_at: datetime
    decided: pa.Table | None = None
    forgotten: Callable[[str, str], bool] | None = None


def identify(duck: Duck, tables: Sequence[str], *, columns: frozenset[str], earlier: Earlier, target: Path) -> int:
    """Write the identity map, the doubtful pairs, who lives together and what the next run needs; returns the customers' number.

    The map has system, customer_ref, customer_id, rule and confidence. Households come as a table of the facts, where anybody
    told an address or a telephone.

    Args:
        duck: with a view for each of `tables`.
        tables: canonical tables whose rows name a customer.
        columns: columns of `customers` that the company has.
        earlier: the run before, and what people have decided.
        target: folder for the files; facts go below it.
    """
    duck.create("records", records_of(tables), temporary=True)
    duck.create("numbered_records", sql(NUMBERED).tree, temporary=True)
    duck.register("decided", earlier.decided if earlier.decided is not None else nothing(DECIDED))
    grouped = matched_groups(duck, columns, earlier, target)
    memory = Memory(earlier.folder, earlier.forgotten, earlier.noticed_at)
    people = number(duck, grouped.group, memory, noticed_at=earlier.noticed_at, target=target)
    duck.register("numbered_customers", pa.table({"record_no": np.arange(len(people)), "customer_id": people}))
    duck.create("linked", sql(LINKED).tree, temporary=True)
    duck.write_parquet(sql(MAP).tree, target / IDENTITY_MAP, order_by=("customer_id", "system", "customer_ref"))
    doubtful = bind(sql(DOUBTFUL), Scope(NO_MOMENT, values={"most": MOST_TO_REVIEW}))
    duck.write_parquet(doubtful, target / REVIEW, order_by=("chance", "left_system", "left_ref"))
    for name in ("records", "numbered_records", "decided", "people", "pairs", "linked", "numbered_customers"):
        duck.drop(name)
    everybody = np.unique(people)
    if grouped.matched is not None and columns & TELLING_HOMES:
        facts = target / "facts"
        facts.mkdir(exist_ok=True)
        write_homes(duck, grouped.told(people), everybody, before=earlier.folder, target=target, facts=facts)
    return len(everybody)


@dataclass(frozen=True)
class Grouped:
    """Records by who they are.

    Attributes:
        group: of every record.
        matched: what was found of those that sources tell something about; None where they tell nothing.
        rows: of those, record_no and registered_at.
    """

    group: npt.NDArray[np.int64]
    matched: Matched | None
    rows: pa.Table

    def told(self, people: npt.NDArray[np.int64]) -> Told:
        """What was told about people, by the customer each row turned out to be about."""
        assert self.matched is not None
        standard = self.matched.kept.standard.take(pa.array(self.matched.records.place))
        return Told(standard, people[self.rows["record_no"].to_numpy()], self.rows[REGISTERED])


def records_of(tables: Sequence[str]) -> exp.Expr:
    """Every record the sources know a customer by: one row per system and number."""
    seen = [exp.select("system", "customer_ref").from_(table).where("customer_ref IS NOT NULL") for table in tables]
    everything: exp.Expr = seen[0] if len(seen) == 1 else exp.union(*seen, distinct=True)
    return exp.select("system", "customer_ref").distinct().from_(exp.Subquery(this=everything, alias="seen"))


def matched_groups(duck: Duck, columns: frozenset[str], earlier: Earlier, target: Path) -> Grouped:
    """The group of every record; makes the tables `people` (what was matched, row by row) and `pairs` (what was compared)."""
    count = int(duck.value("select count(*) from numbered_records"))
    group = np.arange(count, dtype=np.int64)
    told = sorted(columns & set(TELLING))
    if not told:
        duck.register("people", nothing(PEOPLE))
        duck.register("pairs", nothing(PAIRS))
        return Grouped(group, None, nothing(PEOPLE))
    since = exp.column(REGISTERED) if REGISTERED in columns else exp.alias_(exp.cast(exp.null(), "timestamp"), REGISTERED)
    known = exp.select("system", "customer_ref", *told, since).from_("customers").where("customer_ref IS NOT NULL")
    scope = Scope(NO_MOMENT, sources={"customers": known})
    duck.create("told_rows", bind(sql(TOLD), scope), temporary=True)
    rows = duck.arrow("FROM told_rows")
    duck.drop("told_rows")
    if earlier.decided is not None and earlier.decided.num_rows:
        rows = pa.concat_tables([rows, duck.arrow(bind(sql(UNTOLD), scope))], promote_options="default")
    found = match(duck, rows.drop_columns(["record_no", REGISTERED]), earlier)
    keep(found, target)
    record_no = rows["record_no"].to_numpy()
    group[record_no] = found.cluster + count
    numbers = pa.array(np.arange(rows.num_rows, dtype=np.int64))
    duck.register("people", rows.select(["record_no", "system", "customer_ref"]).append_column("row_no", numbers))
    duck.register("pairs", worth_telling(found.pairs))
    return Grouped(group, found, rows.select(["record_no", REGISTERED]))


def match(duck: Duck, rows: pa.Table, earlier: Earlier) -> Matched:
    """Records matched by the measure of the run before, only what is new; anew where the company has outgrown it."""
    before = recall(earlier.folder)
    if before is None or outgrown(before[0].records, rows.num_rows):
        return match_people(duck, rows, links=earlier.decided)
    model, kept = before
    # What was kept of the run before names the forgotten too.
    reusable = kept if earlier.forgotten is None else None
    return match_people(duck, rows, links=earlier.decided, earlier_model=model, earlier=reusable)


def outgrown(learned: int, now: int) -> bool:
    """Whether a company has grown past what was learned about it."""
    return now >= OUTGROWN * learned or learned < FEWEST_TO_LEARN <= now


def worth_telling(pairs: pa.Table) -> pa.Table:
    """Pairs of one customer and doubtful ones, steps as plain texts."""
    chosen = pairs.select(list(PAIRS)).filter(pa.compute.or_(pairs["joined"], pairs["doubtful"]))
    return chosen.cast(pa.schema([(name, ARROW[kind]) for name, kind in PAIRS.items()]))


ARROW: Mapping[str, pa.DataType] = {
    "bigint": pa.int64(), "double": pa.float64(), "boolean": pa.bool_(), "varchar": pa.string()
}  # fmt: skip


def nothing(columns: Mapping[str, str]) -> pa.Table:
    """A table without rows."""
    return pa.schema([(name, ARROW[kind]) for name, kind in columns.items()]).empty_table()


NUMBERED_MAP = """
    with joined as (select count(*) > count(distinct customer_id) as any_joined from written_map)
    select w.*, case when j.any_joined then row_number() over (order by w.customer_id, w.system, w.customer_ref) end as record_no
    from written_map w cross join joined j"""


def map_records(duck: Duck, map_file: Path) -> None:
    """Make the map readable as `identity_map`, each record with a number of its own where any were joined.

    Where none were, records and customers are the same: there is nothing to compare, and the number is missing.
    """
    duck.view("written_map", map_file)
    duck.create("identity_map", sql(NUMBERED_MAP).tree, temporary=True)
    duck.drop("written_map")


def summary(duck: Duck, map_file: Path) -> Mapping[str, int]:
    """How many records, customers and joined records a map has."""
    duck.view("identity_map_summary", map_file)
    found = duck.row(
        """select count(*) as record_count, count(distinct customer_id) as customer_count,
                  count(*) - count(distinct customer_id) as joined_count from identity_map_summary"""
    )
    duck.drop("identity_map_summary")
    return {name: int(value) for name, value in found.items()}
