"""Where customers live and with whom, as facts: one row a customer, with the household's lasting number and how sure that is.

Households are found among customers, after matching (`identity.household`). A row is known from when the customer first told the
address or telephone that shows it, so that a past moment knows only households of people who had told theirs by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from dangol.core.engine import Duck
from dangol.core.query import sql
from dangol.identity.carried import Lasting
from dangol.identity.household import households
from dangol.identity.matching.people import Ints

KNOWN_HOUSEHOLDS = "known_households.parquet"
HOUSEHOLD_MEMBERS = "household_members"
# Without any of these nobody's home is known.
TELLING_HOMES = frozenset({"address", "phone", "postcode"})
READ = (
    "family_key", "phone_key", "phone_kind", "address_key", "address_unit", "address_area", "address_kind", "postcode_key",
)  # fmt: skip

# The signs of a home that each record gives, and since when; undated records have been there always.
SIGNS = """
    select customer_no, household_no, registered_at, concat(address_key, '|', coalesce(address_unit, '')) as sign, true as is_home
    from homes_told where address_key is not null
    union all
    select customer_no, household_no, registered_at, phone_key as sign, false as is_home
    from homes_told where phone_key is not null and size > 1"""
# Since when each customer is known to live there: the first record with a sign that another one of the home shares, else the
# last one that told anything; people alone since their first address.
SINCE = """
    with shared as (
        select household_no, sign from home_signs group by household_no, sign having count(distinct customer_no) > 1),
    showing as (
        select s.customer_no, min(s.registered_at) as since from home_signs s semi join shared using (household_no, sign)
        group by s.customer_no)
    select s.customer_no,
           coalesce(max(w.since), case when max(t.size) > 1 then max(s.registered_at)
                                       else min(case when s.is_home then s.registered_at end) end) as since
    from home_signs s join home_groups t using (customer_no) left join showing w using (customer_no)
    group by s.customer_no"""
AREAS = """
    select customer_no, arg_max(address_area, (length(address_area) - length(replace(address_area, ' ', '')), registered_at,
                                               address_area)) as area
    from homes_told where address_area is not null and address_kind is null group by customer_no"""
TOLD = """
    select p.*, g.household_no, g.size from household_records p join home_groups g using (customer_no)"""
MEMBERS = """
    select n.customer_id, n.household_id, t.customer_no is not null or g.size > 1 as home_known,
           g.evidence, g.confidence, a.area, case when s.since > timestamp '1900-01-01' then s.since end as known_at
    from home_numbers n join home_groups g using (customer_no)
    left join (select distinct customer_no from homes_told where address_key is not null and address_kind is null) t
         using (customer_no)
    left join areas a using (customer_no) left join since s using (customer_no)"""


@dataclass(frozen=True)
class Told:
    """What sources told about people, with whom it turned out to be about.

    Attributes:
        standard: records as `standard_people` makes them.
        customer_id: of each record.
        registered_at: of each record; missing where nobody knows.
    """

    standard: pa.Table
    customer_id: Ints
    registered_at: pa.Array


def write_homes(duck: Duck, told: Told, everybody: Ints, *, before: Path | None, target: Path, facts: Path) -> int:
    """Write who lives together; returns how many households have more than one customer.

    Args:
        duck: any engine.
        told: what sources told about people.
        everybody: the numbers of all customers, those without any record of their own included, in order.
        before: folder of the run before; None where there was none.
        target: folder for what the next run needs to know.
        facts: folder for the table.
    """
    customer_no = np.searchsorted(everybody, told.customer_id)
    records = told.standard.select([name for name in READ if name in told.standard.column_names])
    # Customers of whom nothing is told still are a household of one.
    found = households(duck, padded(records, len(everybody)), np.concatenate([customer_no, np.arange(len(everybody))]))
    group = found.column("household_no").to_numpy()
    number = Lasting(KNOWN_HOUSEHOLDS, before, target).number(duck, pa.array(everybody, pa.int64()), group)
    known = records.append_column("customer_no", pa.array(customer_no, pa.int64()))
    duck.register("household_records", known.append_column("registered_at", told.registered_at))
    duck.register("home_groups", found)
    numbers = {"customer_no": np.arange(len(everybody)), "customer_id": everybody, "household_id": number}
    duck.register("home_numbers", pa.table(numbers))
    for name, text in (("homes_told", TOLD), ("home_signs", SIGNS), ("since", SINCE), ("areas", AREAS)):
        duck.create(name, sql(text).tree, temporary=True)
    duck.write_parquet(sql(MEMBERS).tree, facts / f"{HOUSEHOLD_MEMBERS}.parquet", order_by=("customer_id",), fast=True)
    for name in ("household_records", "home_groups", "home_numbers", "homes_told", "home_signs", "since", "areas"):
        duck.drop(name)
    return int((np.unique(group, return_counts=True)[1] > 1).sum())


def padded(records: pa.Table, rows: int) -> pa.Table:
    """The records, and as many behind them that say nothing."""
    plain = pa.table({name: records[name].cast(pa.string()) for name in records.column_names})
    nothing = pa.table({name: pa.nulls(rows, pa.string()) for name in records.column_names})
    return pa.concat_tables([plain, nothing]).combine_chunks()
