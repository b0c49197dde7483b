"""Lifecycle: how long a customer is with us, and at which stage."""

from dangol.core.declare import Query, category, days, feature, sql


@feature(
    ko="생애주기",
    en="Lifecycle",
    tenure_days=days(ko="거래 기간", en="Days as a customer"),
    known_days=days(ko="알게 된 후 일수", en="Days known"),
    lapse_days=days(ko="이탈 판단 기준일", en="Lapse point"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
)
def lifecycle() -> Query:
    """The stage of each customer, by the company's own lapse point.

    The lapse point is the silence within which nine of ten next orders come (Q63): the 90th percentile of the gaps between
    days with an order, every customer with the same weight however often he buys, at least a week. Stages: prospect (never
    bought), lapsed (silent for longer than the lapse point), reactivated (came back after such a silence), new (one day with
    an order), at risk (silent for more than twice the own mean gap), active.
    """
    return sql("""
        with shopping_days as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        gaps as (
            select customer_id, ordered_at,
                   days_between(lag(ordered_at) over (partition by customer_id order by ordered_at), ordered_at) as gap_days,
                   lead(ordered_at) over (partition by customer_id order by ordered_at) as next_at
            from shopping_days),
        weighted as (
            select ceil(gap_days) as gap_days, 1e0 / count(*) over (partition by customer_id) as weight
            from gaps where gap_days is not null),
        reached as (
            select gap_days, sum(sum(weight)) over (order by gap_days) as within, sum(sum(weight)) over () as total
            from weighted group by gap_days),
        lapse as (
            select cast(greatest(coalesce(min(case when within >= 0.9e0 * total - 1e-9 then gap_days end), 365), 7) as double)
                   as lapse_days
            from reached),
        rhythm as (
            select customer_id, count(*) as day_count, min(ordered_at) as first_at, max(ordered_at) as last_at,
                   avg(gap_days) as mean_gap_days, max(case when next_at is null then gap_days end) as last_gap_days
            from gaps group by customer_id)
        select p.customer_id, days_between(r.first_at, as_of) as tenure_days, days_between(p.first_seen_at, as_of) as known_days,
               l.lapse_days,
               case when r.customer_id is null then 'prospect'
                    when days_between(r.last_at, as_of) > l.lapse_days then 'lapsed'
                    when r.last_gap_days > l.lapse_days then 'reactivated'
                    when r.day_count = 1 then 'new'
                    when days_between(r.last_at, as_of) > 2 * r.mean_gap_days then 'at_risk'
                    else 'active' end as lifecycle_stage
        from people p left join rhythm r on r.customer_id = p.customer_id cross join lapse l""")
