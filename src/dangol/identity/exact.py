"""Trusted rules: records that share a system's number, an e-mail, or a phone with the same name are one customer.

Nothing is guessed here. A contact shared by many names (a family mailbox, a shop's own number) joins nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Query, Scope, bind, sql
from dangol.identity.lasting import NO_MOMENT, Memory, number

# More names than this behind one e-mail or phone, and it is a shared contact.
MOST_NAMES_BEHIND_A_CONTACT = 3


def records_of(tables: Sequence[str]) -> exp.Expr:
    """Every record the sources know a customer by: one row per system and number."""
    seen = [exp.select("system", "customer_ref").from_(table).where("customer_ref IS NOT NULL") for table in tables]
    everything: exp.Expr = seen[0] if len(seen) == 1 else exp.union(*seen, distinct=True)
    return exp.select("system", "customer_ref").distinct().from_(exp.Subquery(this=everything, alias="seen"))


def contacts(columns: frozenset[str]) -> Query:
    """Names, e-mails and phones of the customer records in comparable form; missing where the company has none."""
    present = {name: exp.column(name) if name in columns else exp.cast(exp.null(), "varchar") for name in CONTACT_COLUMNS}
    records = exp.select("system", "customer_ref", *(exp.alias_(each, name) for name, each in present.items())).from_("customers")
    return Query(bind(sql(COMPARABLE), Scope(as_of=NO_MOMENT, sources={"customer_records": records})), {})


IDENTITY_MAP = "identity_map.parquet"
CONTACT_COLUMNS = ("customer_name", "email", "phone")
COMPARABLE = """
    select system, customer_ref,
           lower(regexp_replace(max(customer_name), '[^0-9A-Za-z가-힣]', '', 'g')) as name_key,
           lower(trim(max(email))) as email_key,
           regexp_replace(regexp_replace(max(phone), '[^0-9]', '', 'g'), '^82', '0') as phone_key
    from customer_records group by system, customer_ref"""

NUMBERED = """
    select row_number() over (order by records.system, records.customer_ref) - 1 as record_no,
           records.system, records.customer_ref, name_key,
           case when email_key like '%_@_%._%' then email_key end as email_key,
           case when length(phone_key) between 9 and 12 then phone_key end as phone_key
    from records left join contacts using (system, customer_ref)"""

LINKS = """
    with emails as (
        select email_key from numbered_records where email_key is not null
        group by email_key having count(*) > 1 and count(distinct name_key) <= $most_names),
    phones as (
        select phone_key, name_key from numbered_records where phone_key is not null and length(name_key) >= 2
        group by phone_key, name_key having count(*) > 1)
    select record_no, min(record_no) over (partition by email_key) as other_no, 'email' as rule
    from numbered_records where email_key in (select email_key from emails)
    union all
    select record_no, min(record_no) over (partition by phone_key, name_key) as other_no, 'phone and name' as rule
    from numbered_records join phones using (phone_key, name_key)"""

MAP = """
    select system, customer_ref, customer_id, coalesce(rule, 'number') as rule
    from numbered_customers join numbered_records using (record_no)
    left join (select record_no, min(rule) as rule from links where record_no <> other_no group by record_no)
    using (record_no)"""


def identify(
    duck: Duck, tables: Sequence[str], *, columns: frozenset[str], memory: Memory, noticed_at: datetime, target: Path
) -> int:
    """Write the identity map (system, customer_ref, customer_id, rule) and what the next run needs; returns how many customers.

    Args:
        duck: with a view for each of `tables`.
        tables: canonical tables whose rows name a customer.
        columns: columns of `customers` that the company has.
        memory: of the run before; its customers keep their numbers.
        noticed_at: when customers are found to have become one or to have parted.
        target: folder for the files.
    """
    duck.create("records", records_of(tables), temporary=True)
    if "customers" not in tables:
        duck.create("customers", exp.select("'' AS system", "'' AS customer_ref").where("false"), temporary=True)
    duck.create("contacts", contacts(columns).tree, temporary=True)
    duck.create("numbered_records", sql(NUMBERED).tree, temporary=True)
    scope = Scope(as_of=NO_MOMENT, values={"most_names": MOST_NAMES_BEHIND_A_CONTACT})
    duck.create("links", bind(sql(LINKS), scope), temporary=True)
    people = number(duck, joined(duck), memory, noticed_at=noticed_at, target=target)
    duck.register("numbered_customers", pa.table({"record_no": np.arange(len(people)), "customer_id": people}))
    duck.write_parquet(sql(MAP).tree, target / IDENTITY_MAP, order_by=("customer_id", "system", "customer_ref"))
    for name in ("records", "contacts", "numbered_records", "links", "numbered_customers"):
        duck.drop(name)
    return len(np.unique(people))


def joined(duck: Duck) -> npt.NDArray[np.int64]:
    """Which records are one person: the group of each."""
    records = int(duck.value("select count(*) from numbered_records"))
    links = duck.arrow("select record_no, other_no from links where record_no <> other_no")
    ends = [links.column(name).to_numpy().astype(np.int64) for name in ("record_no", "other_no")]
    graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), (ends[0], ends[1])), shape=(records, records))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def summary(duck: Duck, map_file: Path) -> Mapping[str, int]:
    """How many records, customers and joined records a map has."""
    duck.view("identity_map_summary", map_file)
    found = duck.row(
        """select count(*) as record_count, count(distinct customer_id) as customer_count,
                  count(*) filter (where rule <> 'number') as joined_count from identity_map_summary"""
    )
    duck.drop("identity_map_summary")
    return {name: int(value) for name, value in found.items()}
