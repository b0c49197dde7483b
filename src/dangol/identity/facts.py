"""The facts of each customer in one place: accepted rows with their customer number, orders completed from their lines.

Facts are Parquet files beside each other, sorted by customer, so that one customer is found by reading one row group and
every feature reads each customer once. What sources delivered is not rewritten; facts can always be made again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Scope, bind, literal, sql
from dangol.core.tables import FACTS, TABLES, Column, Table
from dangol.identity.single import ORIGIN, merged, reference_tables, repeats
from dangol.identity.stitching import NEEDED, stitch
from dangol.identity.surviving import ALIKE, Speaking, write_people

BY_CUSTOMER = ("customer_id",)
# Written as people, and by `identity.companies`.
ELSEWHERE = ("customers", "accounts")
NO_MOMENT = datetime(1970, 1, 1)
# Two systems count orders, and leads, each from one.
NUMBERED_BY_SYSTEM = ("order_id", "lead_ref")

# A discount that a system never tells is not known; where it tells some, a line without one has none.
LINES = """
    with told as (
        select system, count(discount_amount) as discounts, count(coupon_amount) as coupons from order_lines group by system)
    select i.customer_id, l.order_id, l.line_no, coalesce(l.ordered_at, o.ordered_at) as ordered_at, o.cancelled_at, l.product_id,
           coalesce(l.quantity, 1) as quantity, l.unit_price,
           case when d.discounts > 0 then coalesce(l.discount_amount, 0) end as discount_amount,
           case when d.coupons > 0 then coalesce(l.coupon_amount, 0) end as coupon_amount, l.net_amount,
           cast(cast(coalesce(l.quantity, 1) as decimal(28, 4)) * coalesce(l.unit_cost, p.unit_cost) as decimal(18, 2))
               as cost_amount,
           l.shipped_at
    from order_lines l
    join told d on d.system = l.system
    left join orders o on o.system = l.system and o.order_id = l.order_id
    left join products p on p.product_id = l.product_id
    left join identity_map i on i.system = l.system and i.customer_ref = coalesce(l.customer_ref, o.customer_ref)
    where coalesce(o.status, 'completed') <> 'pending'
      and (coalesce(o.status, 'completed') <> 'cancelled' or o.cancelled_at is not null)
      and (coalesce(l.line_status, 'completed') = 'completed' or o.cancelled_at is not null)
      and coalesce(l.ordered_at, o.ordered_at) is not null"""

PRICED_LINES = """
    select *, cast(case when cost_amount is not null then net_amount - cost_amount
                        when $margin_share is not null
                        then cast(net_amount as decimal(28, 2)) * cast($margin_share as decimal(6, 4))
                        end as decimal(18, 2)) as margin_amount
    from lines"""

ORDERS = """
    with told as (select system, count(order_discount_amount) as discounts from orders group by system),
    totals as (
        select order_id, sum(net_amount) as net_amount,
               sum(net_amount + coalesce(discount_amount, 0) + coalesce(coupon_amount, 0)) as gross_amount,
               sum(coalesce(discount_amount + coupon_amount, discount_amount, coupon_amount)) as line_discount_amount,
               case when count(cost_amount) = count(*) then sum(cost_amount) end as cost_amount,
               case when count(margin_amount) = count(*) then sum(margin_amount) end as margin_amount,
               count(*) as line_count, sum(quantity) as item_count, min(shipped_at) as shipped_at
        from fact_lines group by order_id)
    select i.customer_id, a.account_id, i.record_no, o.order_id, o.ordered_at, coalesce(o.status, 'completed') as status,
           o.cancelled_at, o.channel, o.store_id, o.staff_id, o.device, o.order_region, o.coupon_code, o.payment_method,
           coalesce(o.shipped_at, t.shipped_at) as shipped_at,
           cast(coalesce(t.gross_amount, o.gross_amount, o.net_amount) as decimal(18, 2)) as gross_amount,
           cast(case when t.line_discount_amount is not null or d.discounts > 0
                     then coalesce(t.line_discount_amount, 0) + coalesce(o.order_discount_amount, 0) end as decimal(18, 2))
               as order_discount_amount,
           cast(coalesce(t.net_amount - coalesce(o.order_discount_amount, 0), o.net_amount) as decimal(18, 2)) as net_amount,
           o.tax_amount, o.shipping_amount,
           cast(coalesce(t.cost_amount, o.cost_amount) as decimal(18, 2)) as cost_amount,
           cast(coalesce(t.margin_amount - coalesce(o.order_discount_amount, 0), o.margin_amount, o.net_amount - o.cost_amount,
                         cast(o.net_amount as decimal(28, 2)) * cast($margin_share as decimal(6, 4))) as decimal(18, 2))
               as margin_amount,
           coalesce(t.line_count, o.line_count) as line_count, t.item_count
    from orders o
    join told d on d.system = o.system
    left join totals t on t.order_id = o.order_id
    left join identity_map i on i.system = o.system and i.customer_ref = o.customer_ref
    left join account_map a on a.system = o.system and a.account_ref = o.account_ref
    where coalesce(o.status, 'completed') <> 'pending'"""

# A refund takes nothing off where the sale never counted; who sent something back is whose order it was.
RETURNS = """
    select r.* replace (coalesce(r.customer_ref, o.customer_ref) as customer_ref), o.cancelled_at
    from returns r left join orders o on o.system = r.system and o.order_id = r.order_id
    where coalesce(o.status, 'completed') <> 'pending'
      and (coalesce(o.status, 'completed') <> 'cancelled' or o.cancelled_at is not null)"""

OPPORTUNITIES = """
    select o.opportunity_id, o.staff_id, o.product_id, o.opened_at, o.stage, o.amount, o.closed_at, a.account_id, o.outcome
    from judged_opportunities o left join account_map a on a.system = o.system and a.account_ref = o.account_ref"""

# Statuses are called differently everywhere; what says that it came to nothing is looked for first ("closed, not converted").
LEADS = """
    with read as (
        select system, lead_ref,
               regexp_matches(lower(coalesce(lead_status, '')),
                              'not converted|lost|disqualif|unqualif|junk|dead|reject|실패|무산|부적격|종료|거절|이탈') as lost,
               regexp_matches(lower(coalesce(lead_status, '')), 'convert|won|customer|전환|성사|수주|계약') as won
        from leads)
    select i.customer_id, a.account_id, l.lead_ref, l.created_at, l.lead_source, l.lead_status, l.converted_at,
           coalesce(l.converted, l.converted_at is not null or (s.won and not s.lost)) as converted,
           s.lost and not coalesce(l.converted, l.converted_at is not null) as lost,
           l.expected_amount, l.refuses_calls, l.refuses_email, l.attributes
    from leads l
    join read s on s.system = l.system and s.lead_ref = l.lead_ref
    left join identity_map i on i.system = l.system and i.customer_ref = l.customer_ref
    left join account_map a on a.system = l.system and a.account_ref = l.account_ref
    where not coalesce(l.deleted, false)"""

REFUSALS = frozenset({"refuses_calls", "refuses_email"})
# Who refuses calls or e-mail as a lead refuses them as a customer: one refusal stands for all, whatever came later elsewhere. One
# without a date has always stood: that of loading may lie after the moment that a run describes, and would let messages out.
ALWAYS = "TIMESTAMP '1970-01-01 00:00:00'"
REFUSING_LEADS = """
    select i.customer_id, r.channel, false as allowed, coalesce(l.created_at, timestamp '1970-01-01 00:00:00') as recorded_at,
           l.system || '/' || l.customer_ref || '/lead' as record_key
    from leads l
    join identity_map i on i.system = l.system and i.customer_ref = l.customer_ref
    join (select 'call' as channel union all select 'email') r
        on (r.channel = 'call' and l.refuses_calls) or (r.channel = 'email' and l.refuses_email)
    where not coalesce(l.deleted, false)"""

NO_LINES = """
    select null as order_id, null as net_amount, null as discount_amount, null as coupon_amount, null as cost_amount,
           null as margin_amount, null as quantity, null as shipped_at where false"""

WHOSE = ("i.customer_id",)
NAMED = frozenset({"customer_ref", "registered_at"})
STITCHED = ("s.customer_id", "s.stitched_at")
NOT_STITCHED = "CAST(NULL AS TIMESTAMP) AS stitched_at"


class Facts:
    """Makes the facts of a company from its accepted tables and its identity map.

    Args:
        duck: with a view for every accepted table.
        present: columns that the company has, by table.
        folder: where the Parquet files go.
        margin_share: assumed margin as a share of net sales where costs are unknown; None for no assumption.
        many_systems: order numbers of different systems may clash, so that the system becomes part of them.
        speaking: how far what each source says of customers goes.
        loaded_at: when everybody was first seen where no row has a moment.
    """

    def __init__(
        self,
        duck: Duck,
        present: Mapping[str, frozenset[str]],
        folder: Path,
        *,
        margin_share: float | None,
        many_systems: bool,
        speaking: Speaking = ALIKE,
        loaded_at: datetime | None = None,
    ) -> None:
        self.duck = duck
        self.present = present
        self.folder = folder
        self.many_systems = many_systems
        self.speaking = speaking
        self.loaded_at = loaded_at
        self.merged = frozenset(name for name in ("orders", *sorted(reference_tables())) if name in present and self.merge(name))
        sources = {name: self.complete(table) for name, table in TABLES.items()}
        self.scope = Scope(NO_MOMENT, sources=sources, values={"margin_share": margin_share})

    def merge(self, name: str) -> bool:
        """Make one row of what several sources say about one thing; whether there was anything to merge.

        Without this every order line would count once for each source that knows its product.
        """
        table = TABLES[name]
        if not self.duck.value(exp.select("count(*)").from_(repeats(table).subquery("repeated"))):
            return False
        columns = self.duck.columns(name)
        kept = [column.name for column in table.columns if column.name in columns]
        origin = [column for column in ORIGIN if column in columns]
        self.duck.create(f"merged_{name}", merged(table, kept, origin), temporary=True)
        return True

    def complete(self, table: Table) -> exp.Expr:
        """An accepted table with every canonical column; those the company lacks are missing values."""
        present = self.present.get(table.name, frozenset())
        columns = [self.column(column, column.name in present) for column in table.columns]
        if not present:
            system = exp.alias_(exp.cast(exp.null(), "varchar"), "system")
            return exp.select(system, *columns).where(exp.false())
        return exp.select("system", *columns).from_(f"merged_{table.name}" if table.name in self.merged else table.name)

    def column(self, column: Column, present: bool) -> exp.Expr:
        """A canonical column; numbers of orders and leads carry their system when there are several."""
        if not present:
            return exp.alias_(exp.cast(exp.null(), column.sql_type), column.name)
        if column.name in NUMBERED_BY_SYSTEM and self.many_systems:
            prefix = exp.DPipe(this=exp.column("system"), expression=exp.Literal.string(":"))
            return exp.alias_(exp.DPipe(this=prefix, expression=exp.column(column.name)), column.name)
        return exp.column(column.name)

    def write(self) -> dict[str, Path]:
        """Write every table's facts; returns the files by table."""
        files: dict[str, Path] = {}
        if "order_lines" in self.present:
            files["order_lines"] = self.write_lines()
        else:
            self.duck.define("fact_lines", sql(NO_LINES).tree)
        if "orders" in self.present:
            files["orders"] = self.save("orders", bind(sql(ORDERS), self.scope), BY_CUSTOMER)
        if "opportunities" in self.present:
            files["opportunities"] = self.save("opportunities", bind(sql(OPPORTUNITIES), self.scope), ())
        if "leads" in self.present:
            files["leads"] = self.save("leads", bind(sql(LEADS), self.scope), BY_CUSTOMER)
        for table in self.plain(files):
            files[table.name] = self.write_plain(table)
        files["people"] = self.write_people(files)
        return files

    def plain(self, written: Collection[str]) -> list[Table]:
        """Tables that the company has and that need nothing but the customer's number."""
        apart = {*written, *ELSEWHERE}
        return [table for name, table in TABLES.items() if name in self.present and name not in apart]

    def write_lines(self) -> Path:
        """Order lines with customer, moment, cost and margin; lines of orders never completed are left out."""
        self.duck.define("lines", bind(sql(LINES), self.scope))
        path = self.save("order_lines", bind(sql(PRICED_LINES), self.scope), BY_CUSTOMER)
        self.duck.view("fact_lines", path)
        return path

    def write_plain(self, table: Table) -> Path:
        """Any other table: accepted rows with the customer number where rows are about persons."""
        present = self.present[table.name]
        kept = [exp.column(c.name, table="t") for c in table.columns if c.name in present and c.name != "customer_ref"]
        whole = bind(sql(RETURNS), self.scope) if table.name == "returns" else self.complete(table)
        kept += [exp.column("cancelled_at", table="t")] if table.name == "returns" else []
        source = exp.Subquery(this=whole, alias=exp.TableAlias(this=exp.to_identifier("t")))
        if not table.person:
            return self.save(table.name, exp.select(*kept).from_(source), ())
        rows = self.with_whose(table, exp.select(*kept, *self.record_key(table)).from_(source))
        if table.name == "consents" and self.present.get("leads", frozenset()) & REFUSALS:
            rows = exp.Union(this=rows, expression=bind(sql(REFUSING_LEADS), self.scope), distinct=False, by_name=True)
        return self.save(table.name, rows, BY_CUSTOMER)

    def with_whose(self, table: Table, rows: exp.Select) -> exp.Expr:
        """Rows with the customer's number; of visits before a login, with whose they turned out to be."""
        told = rows.join("identity_map AS i", on="i.system = t.system AND i.customer_ref = t.customer_ref", join_type="left")
        stitched = table.name == "events" and self.present["events"] >= NEEDED and stitch(self.duck, self.complete(table)) > 0
        if not stitched:
            return told.select(*WHOSE)
        # Nearly all events name somebody: only the others are looked for among the visits.
        named = told.select(*WHOSE, NOT_STITCHED).where("t.customer_ref IS NOT NULL")
        same = "s.anonymous_id = t.anonymous_id AND s.occurred_at = t.occurred_at"
        visits = rows.select(*STITCHED).join("stitched_visits AS s", on=same, join_type="left").where("t.customer_ref IS NULL")
        return exp.union(named, visits, distinct=False)

    def record_key(self, table: Table) -> list[exp.Expr]:
        """Which source record a row is of, where facts tell."""
        if "record_key" not in FACTS[table.name].by_name:
            return []
        system, ref = exp.column("system", table="t"), exp.column("customer_ref", table="t")
        slash = exp.DPipe(this=system, expression=literal("/"))
        return [exp.alias_(exp.DPipe(this=slash, expression=ref), "record_key")]

    def write_people(self, files: Mapping[str, Path]) -> Path:
        """When each customer was first seen, and the chosen value of each attribute, in versions (`identity.surviving`)."""
        for name, path in files.items():
            self.duck.view(f"fact_{name}", path)
        self.duck.define("moments", self.moments(files))
        return write_people(self.duck, self.records(), self.speaking, self.folder)

    def records(self) -> exp.Select:
        """What sources say about persons, record by record, with the columns that are there."""
        present = self.present.get("customers", frozenset())
        wanted = [each for each in TABLES["customers"].columns if each.name in present | NAMED]
        columns = [self.column(each, each.name in present) for each in wanted]
        if present:
            return exp.select("system", *ORIGIN, *columns).from_("customers")
        nothing = [exp.alias_(exp.cast(exp.null(), "varchar"), name) for name in ("system", *ORIGIN)]
        return exp.select(*nothing, *columns).where(exp.false())

    def moments(self, files: Mapping[str, Path]) -> exp.Expr:
        """When each customer was seen, over all facts about persons; when data were loaded where none of them has moments."""
        parts: list[exp.Expr] = [exp.select("customer_id", "CAST(NULL AS TIMESTAMP) AS moment").from_("identity_map")]
        for name in files:
            table = TABLES[name]
            if table.person and table.moment in self.present[name]:
                smallest = exp.alias_(exp.Min(this=exp.column(table.moment or "")), "moment")
                seen = exp.select("customer_id", smallest).from_(f"fact_{name}").where("customer_id IS NOT NULL")
                seen = seen.where(f"{table.moment} > {ALWAYS}") if name == "consents" else seen
                parts.append(seen.group_by("customer_id"))
        if len(parts) > 1:
            return exp.union(*parts, distinct=False)
        moment = exp.cast(exp.null() if self.loaded_at is None else literal(self.loaded_at), "timestamp")
        return exp.select("customer_id", exp.alias_(moment, "moment")).from_("identity_map")

    def save(self, name: str, tree: exp.Expr, order_by: tuple[str, ...]) -> Path:
        """Write a bound query's result under the table's name."""
        path = self.folder / f"{name}.parquet"
        self.duck.write_parquet(tree, path, order_by=order_by, fast=True)
        return path
