"""Households and accounts of a snapshot: one row each with what they buy, and which customers belong to them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dangol.core.declare import Output
from dangol.core.query import named, sql
from dangol.workspace.binding import Binder

HOUSEHOLDS, ACCOUNTS = "households", "accounts"
HOUSEHOLD_MEMBERS, ACCOUNT_MEMBERS = "household_members", "account_members"
# Which table says of each customer whose home or company he belongs to, and by which number.
BELONGING: Mapping[str, tuple[str, str]] = {
    "household": (HOUSEHOLD_MEMBERS, "household_id"),
    "account": (ACCOUNT_MEMBERS, "account_id"),
}
NEEDED = {HOUSEHOLDS: HOUSEHOLD_MEMBERS, ACCOUNTS: "account_tree"}
OPTIONAL = (
    "orders", "returns", "opportunities", "account_members", "profile.expected_margin_12m", "accounts.industry",
    "accounts.employee_count", "accounts.annual_revenue", "accounts.country", "accounts.region", "accounts.parent_id",
    "accounts.evidence", "accounts.confidence", "household_members.evidence", "household_members.confidence",
    "household_members.area", "household_members.known_at", "account_members.known_at", "orders.account_id",
)  # fmt: skip
QUERIES: Mapping[str, str] = {
    HOUSEHOLDS: """
        select h.household_id, count(*) as member_count, count(case when p.order_count > 0 then 1 end) as buyer_count,
               cast(sum(coalesce(p.order_count, 0)) as bigint) as order_count,
               cast(sum(coalesce(p.net_sales, 0)) as decimal(18, 2)) as net_sales,
               cast(sum(p.expected_margin_12m) as decimal(18, 2)) as expected_margin_12m,
               min(h.evidence) as evidence, min(h.confidence) as confidence
        from household_members h join profile p on p.customer_id = h.customer_id
        where h.home_known group by h.household_id order by h.household_id""",
    # A parent's figures are sums of decimals over its tree, so that children and parent agree to the cent.
    ACCOUNTS: """
        with bought as (
            select account_id, cast(sum(bought) as bigint) as order_count, sum(amount) as net_sales
            from (
                select coalesce(o.account_id, m.account_id) as account_id, o.net_amount as amount, 1 as bought
                from orders o left join account_members m on m.customer_id = o.customer_id where o.status = 'completed'
                union all
                select m.account_id, -r.refund_amount, 0
                from returns r join account_members m on m.customer_id = r.customer_id) as booked
            group by account_id),
        pursued as (
            select account_id, count(case when outcome = 'won' then 1 end) as won,
                   count(case when outcome = 'lost' then 1 end) as lost, count(case when outcome = 'open' then 1 end) as open
            from opportunities group by account_id),
        people_of as (select account_id, count(*) as member_count from account_members group by account_id),
        own as (
            select a.account_id, coalesce(p.member_count, 0) as member_count, coalesce(b.order_count, 0) as order_count,
                   cast(coalesce(b.net_sales, 0) as decimal(18, 2)) as net_sales, coalesce(u.won, 0) as won_count,
                   coalesce(u.lost, 0) as lost_count, coalesce(u.open, 0) as open_count
            from accounts a left join bought b on b.account_id = a.account_id left join pursued u on u.account_id = a.account_id
            left join people_of p on p.account_id = a.account_id),
        rolled as (
            select t.ancestor_id as account_id, count(*) as group_account_count, sum(o.net_sales) as group_net_sales,
                   cast(sum(o.order_count) as bigint) as group_order_count
            from account_tree t join own o on o.account_id = t.account_id group by t.ancestor_id)
        select a.account_id, a.account_name, a.industry, a.employee_count, a.annual_revenue, a.country, a.region, a.parent_id,
               a.top_id, o.member_count, o.order_count, o.net_sales, o.won_count, o.lost_count, o.open_count,
               r.group_account_count, r.group_order_count, cast(r.group_net_sales as decimal(18, 2)) as group_net_sales,
               a.record_count, a.evidence, a.confidence
        from accounts a join own o on o.account_id = a.account_id join rolled r on r.account_id = a.account_id
        order by a.account_id""",
    HOUSEHOLD_MEMBERS: """
        select customer_id, household_id, home_known, evidence, confidence, area from household_members order by customer_id""",
    ACCOUNT_MEMBERS: "select customer_id, account_id, evidence from account_members order by customer_id",
}


def unit_tables(binder: Binder, columns: Mapping[str, Output], known: Mapping[str, Output]) -> dict[str, exp.Expr]:
    """The tables of homes and accounts that a company has at the binder's moment, by name; none where nobody told any.

    Args:
        binder: the company at a moment.
        columns: the columns that its profile has.
        known: every declared profile column.
    """
    types = {"customer_id": "BIGINT", "first_seen_at": "TIMESTAMP", **{name: each.sql_type for name, each in columns.items()}}
    reader = binder.reading(profile=(named("profile"), types))
    present = [name for name in QUERIES if NEEDED.get(name, name) in binder.facts.files]
    declared = {"profile": known}
    return {name: reader.bind(sql(QUERIES[name]), where=name, optional=OPTIONAL, declared=declared).tree for name in present}
