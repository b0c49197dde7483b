"""What members of a campaign bought in the time after it, and in the same time before.

Everybody who was contacted or held out counts as he was assigned, whether the message reached him or not (intention to
treat): otherwise the groups would differ by more than chance.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dangol.core.query import Query, literal, preceded, sql

# what a company may lack without its campaigns becoming unreadable; without orders.margin_amount there is no margin
OPTIONAL = ("returns", "campaigns", "campaign_members.arm", "campaign_members.assignment_probability",
            "campaign_members.assigned_at")  # fmt: skip

OUTCOMES = sql("""
    with near as (
        select m.campaign_id, m.customer_id, m.assigned_at, o.order_id, o.net_amount, o.margin_amount,
               case when o.ordered_at >= m.assigned_at then 1 else 0 end as during
        from members m join orders o on o.customer_id = m.customer_id
        where o.status = 'completed' and days_between(m.assigned_at, o.ordered_at) >= -m.horizon_days
          and days_between(m.assigned_at, o.ordered_at) < m.horizon_days),
    refunds as (
        select n.campaign_id, n.customer_id, n.during, r.refund_amount
        from near n join returns r on r.order_id = n.order_id
        where n.during = 1 or r.returned_at < n.assigned_at
        union all
        select m.campaign_id, m.customer_id, case when r.returned_at >= m.assigned_at then 1 else 0 end as during,
               r.refund_amount
        from members m join returns r on r.customer_id = m.customer_id
        where r.order_id is null and days_between(m.assigned_at, r.returned_at) >= -m.horizon_days
          and days_between(m.assigned_at, r.returned_at) < m.horizon_days),
    bought as (
        select campaign_id, customer_id, during, count(*) as order_count, sum(net_amount) as net_sales,
               sum(margin_amount) as margin
        from near group by campaign_id, customer_id, during),
    refunded as (
        select campaign_id, customer_id, during, sum(refund_amount) as refund_amount
        from refunds group by campaign_id, customer_id, during)
    select m.campaign_id, m.customer_id, m.arm, m.treated, m.probability, m.assigned_at, m.cost, m.randomised,
           coalesce(b.order_count, 0) as order_count,
           cast(coalesce(b.net_sales, 0) - coalesce(r.refund_amount, 0) as double) as net_sales,
           cast(coalesce(b.margin, 0) - coalesce(r.refund_amount, 0) as double) as margin,
           coalesce(e.order_count, 0) as before_order_count,
           cast(coalesce(e.net_sales, 0) - coalesce(s.refund_amount, 0) as double) as before_net_sales,
           cast(coalesce(e.margin, 0) - coalesce(s.refund_amount, 0) as double) as before_margin
    from members m
    left join bought b on b.campaign_id = m.campaign_id and b.customer_id = m.customer_id and b.during = 1
    left join refunded r on r.campaign_id = m.campaign_id and r.customer_id = m.customer_id and r.during = 1
    left join bought e on e.campaign_id = m.campaign_id and e.customer_id = m.customer_id and e.during = 0
    left join refunded s on s.campaign_id = m.campaign_id and s.customer_id = m.customer_id and s.during = 0
    order by m.campaign_id, m.customer_id""")

# several numbers or records of one person may have been assigned apart; such a person belongs to no group
DECIDED = sql("""
    with decided as (
        select d.campaign_id, a.horizon_days, d.customer_id, d.probability, d.decided_at, d.cost,
               case when d.action = 'contact' then coalesce(d.arm, 'contact') else 'held_out' end as arm
        from decisions d join asked a on a.campaign_id = d.campaign_id
        where d.action in ('contact', 'hold_out'))
    select campaign_id, horizon_days, customer_id, min(arm) as arm, min(arm) <> 'held_out' as treated,
           min(probability) as probability, min(decided_at) as assigned_at, cast(sum(cost) as double) as cost, true as randomised
    from decided group by campaign_id, horizon_days, customer_id having count(distinct arm) = 1""")

IMPORTED = sql("""
    with assigned as (
        select m.campaign_id, a.horizon_days, m.customer_id, coalesce(m.arm, 'treated') as arm, m.assignment_probability,
               coalesce(m.assigned_at, c.starts_at) as assigned_at, c.cost_per_contact,
               coalesce(c.randomised, false) as randomised
        from campaign_members m join asked a on a.campaign_id = m.campaign_id
        left join campaigns c on c.campaign_id = m.campaign_id
        where m.customer_id is not null)
    select campaign_id, horizon_days, customer_id, min(arm) as arm, min(arm) <> 'held_out' as treated,
           min(assignment_probability) as probability, min(assigned_at) as assigned_at,
           case when min(arm) <> 'held_out' then cast(coalesce(min(cost_per_contact), 0) as double) else 0e0 end as cost,
           bool_and(randomised) as randomised
    from assigned where assigned_at is not null
    group by campaign_id, horizon_days, customer_id having count(distinct arm) = 1""")


def asked(horizons: Mapping[str, int]) -> Query:
    """The campaigns asked about: campaign_id and horizon_days."""
    rows = [
        exp.select(exp.alias_(literal(name), "campaign_id"), exp.alias_(literal(days), "horizon_days"))
        for name, days in horizons.items()
    ]
    return Query(exp.union(*rows, distinct=False) if len(rows) > 1 else rows[0], {})


def decided_members(horizons: Mapping[str, int]) -> Query:
    """Who took part in our own campaigns; reads the ledger as the table `decisions`.

    Args:
        horizons: for how many days outcomes of each campaign count, at least one campaign.
    """
    return preceded(DECIDED, asked=asked(horizons))


def imported_members(horizons: Mapping[str, int]) -> Query:
    """Who took part in campaigns of another system; reads `campaign_members` and `campaigns`.

    Args:
        horizons: for how many days outcomes of each campaign count, at least one campaign.
    """
    return preceded(IMPORTED, asked=asked(horizons))


def outcomes(members: Query) -> Query:
    """One row a member of each campaign: what he bought in [assigned_at, + horizon) and, as `before_…`, in the same time before.

    Completed orders. Refunds come off the order they belong to, even when they came later; those that name no order by
    their date. What is known of the time before is only what was known at the assignment. Reads `orders` and `returns`
    cut at the moment of measuring. Orders and net sales are numbers per person, money in the company's currency. All
    campaigns are read in one pass over the orders.
    """
    return preceded(OUTCOMES, members=members)
