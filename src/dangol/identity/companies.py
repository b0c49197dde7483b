"""Which accounts a company has, as facts: one row an account with a lasting number, its tree, and who belongs to it.

The number that a source gives an account is trusted first: one number of one system is one account. Accounts of several numbers
are found by what they share (`identity.account`). An account that somebody names and no source describes is one, too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, sql
from dangol.core.tables import TABLES, Table
from dangol.identity.account import accounts, roll_up
from dangol.identity.carried import Lasting
from dangol.identity.lasting import NO_MOMENT
from dangol.identity.single import merged
from dangol.identity.standard.company import standard_companies

KNOWN_ACCOUNTS = "known_accounts.parquet"
ACCOUNTS, MEMBERS, TREE, MAP = "accounts", "account_members", "account_tree", "account_map"
NAMING = ("customers", "orders", "opportunities")
# Any of these can be compared.
SIGNS = ("company_key", "business_key", "domain_key", "phone_key", "address_key")
# What our columns are called where companies are brought into comparable form.
COMPARABLE = {"account_phone": "phone", "account_address": "address"}

RECORDS = """
    with named as (select distinct system, account_ref from account_names where account_ref is not null)
    select n.system, n.account_ref, concat(n.system, '/', n.account_ref) as member,
           row_number() over (order by n.system, n.account_ref) - 1 as record_no, a.* exclude (system, account_ref)
    from named n left join described_accounts a on a.system = n.system and a.account_ref = n.account_ref
    order by record_no"""
FOUND = """
    select g.account_id, coalesce(arg_min(r.account_name, r.record_no), arg_min(r.account_ref, r.record_no)) as account_name,
           arg_min(r.industry, r.record_no) as industry, arg_min(r.employee_count, r.record_no) as employee_count,
           arg_min(r.annual_revenue, r.record_no) as annual_revenue, arg_min(r.business_number, r.record_no) as business_number,
           arg_min(r.account_phone, r.record_no) as account_phone, arg_min(r.website, r.record_no) as website,
           arg_min(r.account_address, r.record_no) as account_address, arg_min(r.country, r.record_no) as country,
           arg_min(r.region, r.record_no) as region, min(g.parent_id) as parent_id, min(g.top_id) as top_id,
           count(*) as record_count, arg_min(g.evidence, r.record_no) as evidence, min(g.confidence) as confidence
    from account_records r join account_groups g using (record_no) group by g.account_id"""
# Whoever belongs to an account, by what the source says of him, else by the account of his orders; the latest word holds.
BELONGING = """
    with said as (
        select i.customer_id, m.account_id, 2 as strength, c.registered_at as said_at
        from customers c join identity_map i on i.system = c.system and i.customer_ref = c.customer_ref
        join account_map m on m.system = c.system and m.account_ref = c.account_ref
        union all
        select i.customer_id, m.account_id, 1 as strength, o.ordered_at as said_at
        from orders o join identity_map i on i.system = o.system and i.customer_ref = o.customer_ref
        join account_map m on m.system = o.system and m.account_ref = o.account_ref),
    ranked as (
        select customer_id, account_id, max(strength) as strength,
               case when count(*) = count(said_at) then min(said_at) end as known_at,
               row_number() over (partition by customer_id
                                  order by max(strength) desc, max(said_at) desc nulls last, account_id) as place
        from said group by customer_id, account_id)
    select customer_id, account_id, case strength when 2 then 'given' else 'order' end as evidence, known_at
    from ranked where place = 1"""
NO_MAP = "select null as system, null as account_ref, cast(null as bigint) as account_id where false"


@dataclass(frozen=True)
class Places:
    """Where accounts are written and remembered.

    Attributes:
        before: folder of the run before; None where there was none.
        target: folder for what the next run needs to know.
        facts: folder for the tables.
    """

    before: Path | None
    target: Path
    facts: Path


def write_accounts(duck: Duck, present: Mapping[str, frozenset[str]], places: Places) -> int:
    """Write all accounts, their tree and their people; returns how many there are, and leaves a table `account_map` either way.

    Args:
        duck: with a view for every accepted table, and `identity_map`.
        present: columns that the company has, by table.
        places: where to.
    """
    naming = [name for name in (ACCOUNTS, *NAMING) if "account_ref" in present.get(name, ())]
    if not naming:
        duck.create(MAP, sql(NO_MAP).tree, temporary=True)
        return 0
    records = named_records(duck, naming, present)
    found = grouped(records)
    group = found.column("account_no").to_numpy()
    number = Lasting(KNOWN_ACCOUNTS, places.before, places.target).number(duck, records["member"].combine_chunks(), group)
    tree = family(records, number)
    duck.register("account_groups", numbered(found, number, tree))
    duck.register(MAP, records.select(["system", "account_ref"]).append_column("account_id", pa.array(number)))
    duck.write_parquet(sql(FOUND).tree, places.facts / f"{ACCOUNTS}.parquet", order_by=("account_id",))
    duck.register("account_lines", lines(tree))
    duck.write_parquet("FROM account_lines", places.facts / f"{TREE}.parquet", order_by=("account_id", "depth"))
    people = {name: referring(name, present) for name in ("customers", "orders")}
    belonging = bind(sql(BELONGING), Scope(NO_MOMENT, sources=people))
    duck.write_parquet(belonging, places.facts / f"{MEMBERS}.parquet", order_by=("customer_id",))
    for name in ("account_names", "described_accounts", "account_records", "account_groups", "account_lines"):
        duck.drop(name)
    return len(np.unique(number))


def named_records(duck: Duck, naming: Sequence[str], present: Mapping[str, frozenset[str]]) -> pa.Table:
    """Every number of an account that any source names, with what is said of it; also left as a table `account_records`."""
    each = [exp.select("system", "account_ref").from_(name) for name in naming]
    duck.define("account_names", each[0] if len(each) == 1 else exp.union(*each, distinct=False))
    duck.define("described_accounts", described(present.get(ACCOUNTS, frozenset()), duck))
    duck.create("account_records", sql(RECORDS).tree, temporary=True)
    return duck.arrow("FROM account_records ORDER BY record_no")


def grouped(records: pa.Table) -> pa.Table:
    """Which numbers are one account, as `identity.account` finds it; one of which nothing is told but the number stays alone.

    A number that is a name (no digit, three letters) is taken for one where no name is told.
    """
    named = pc.match_substring_regex(records["account_ref"], r"^\D*\p{L}\D*\p{L}\D*\p{L}\D*$")
    name = pc.coalesce(records["account_name"], pc.if_else(named, records["account_ref"], None))
    written = records.set_column(records.column_names.index("account_name"), "account_name", name)
    standard = standard_companies(written.rename_columns([COMPARABLE.get(each, each) for each in written.column_names]))
    signs = [pc.is_valid(standard[each]).to_numpy() for each in SIGNS]
    told = np.flatnonzero(np.any(signs, axis=0))
    found = accounts(standard.take(pa.array(told)))
    number, size = np.arange(records.num_rows), np.ones(records.num_rows, dtype=np.int64)
    number[told], size[told] = told[found["account_no"].to_numpy()], found["size"].to_numpy()
    place = np.full(records.num_rows, -1)
    place[told] = np.arange(len(told))
    where = pa.array(place, mask=place < 0)
    shown = {name: found[name].take(where) for name in ("confidence", "evidence")}
    return pa.table({"account_no": number, "size": size, **shown})


def described(present: frozenset[str], duck: Duck) -> exp.Expr:
    """One row for every number that a source describes, with every canonical column."""
    table = TABLES[ACCOUNTS]
    every = ["system", *(column.name for column in table.columns)]
    if not present:
        return exp.select(*unknown(table, every)).where(exp.false())
    rows = merged(table, among(every, present), among(("source", "row_no"), duck.columns(ACCOUNTS)))
    absent = [column.name for column in table.columns if column.name not in present]
    return exp.select("*", *unknown(table, absent)).from_(rows.subquery("known"))


def among(names: Sequence[str], there: Collection[str]) -> list[str]:
    """Those of some columns that are there, in their order."""
    return [name for name in names if name in there]


def unknown(table: Table, names: Sequence[str]) -> list[exp.Expr]:
    """Columns of a table of which nothing is known."""
    kinds = {column.name: column.sql_type for column in table.columns}
    return [exp.alias_(exp.cast(exp.null(), kinds.get(name, "varchar"), dialect="duckdb"), name) for name in names]


def referring(name: str, present: Mapping[str, frozenset[str]]) -> exp.Expr:
    """The rows of a table that name a customer and an account."""
    moment = TABLES[name].moment or ""
    columns = {"customer_ref", "account_ref"}
    if not columns <= present.get(name, frozenset()):
        texts = [exp.alias_(exp.cast(exp.null(), "varchar"), each) for each in ("system", *sorted(columns))]
        return exp.select(*texts, exp.alias_(exp.cast(exp.null(), "timestamp"), moment)).where(exp.false())
    dated = exp.column(moment) if moment in present[name] else exp.alias_(exp.cast(exp.null(), "timestamp"), moment)
    return exp.select("system", *sorted(columns), dated).from_(exp.to_table(name)).where("account_ref IS NOT NULL")


def family(records: pa.Table, number: np.ndarray[tuple[int], np.dtype[np.int64]]) -> dict[int, tuple[int, ...]]:
    """Of each account, those above it, the nearest first.

    A parent is named by its number in the same system or by its name.
    """
    systems, refs, names, parents = (
        records[name].to_pylist() for name in ("system", "account_ref", "account_name", "parent_ref")
    )
    keys, above = in_system(systems, refs), in_system(systems, parents)
    own = set(keys)
    above = [key if key in own else ref for key, ref in zip(above, parents, strict=True)]
    parent, _ = roll_up(np.concatenate([number, number]), [*keys, *names], [*above, *[None] * len(names)])
    return chains(number.tolist(), parent.tolist())


def in_system(systems: Sequence[str], refs: Sequence[str]) -> list[str]:
    """Numbers of accounts with the system that gave them, which makes them unique."""
    return [f"{system}/{ref}" for system, ref in zip(systems, refs, strict=True)]


def chains(accounts: Sequence[int], parents: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Of each account, those above it, the nearest first; a parent below 0 is none, parents beyond the accounts are not read."""
    link = {account: up for account, up in zip(accounts, parents, strict=False) if up >= 0}
    return {account: chain(account, link) for account in dict.fromkeys(accounts)}


def chain(account: int, link: Mapping[int, int]) -> tuple[int, ...]:
    """Everything above an account."""
    found: list[int] = []
    while account in link:
        account = link[account]
        found.append(account)
    return tuple(found)


def numbered(
    found: pa.Table, number: np.ndarray[tuple[int], np.dtype[np.int64]], tree: Mapping[int, tuple[int, ...]]
) -> pa.Table:
    """Of each record its account with parent, top, and what shows it."""
    above = [tree[account] for account in number.tolist()]
    return pa.table(
        {
            "record_no": np.arange(len(number)),
            "account_id": number,
            "parent_id": pa.array([each[0] if each else None for each in above], pa.int64()),
            "top_id": pa.array([each[-1] if each else own for each, own in zip(above, number.tolist(), strict=True)], pa.int64()),
            "evidence": found["evidence"],
            "confidence": found["confidence"],
        }
    )


def lines(tree: Mapping[int, tuple[int, ...]]) -> pa.Table:
    """Every account with itself and each one above it, and how many steps up that is."""
    rows = [(account, each, depth) for account, above in tree.items() for depth, each in enumerate((account, *above))]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {name: pa.array(each, pa.int64()) for name, each in zip(("account_id", "ancestor_id", "depth"), columns, strict=True)}
    )
