"""Timing: the weekday and hour a customer is likeliest to buy at, and the pace of late."""

from dangol.core.declare import Query, days, feature, integer, share, sql

# As many orders of the customer's channel are believed beside the customer's own, and of the company beside the channel's.
OWN_STRENGTH, CHANNEL_STRENGTH = 8, 50


@feature(
    ko="구매 적기",
    en="Best time",
    optional=("orders.channel",),
    best_weekday=integer(ko="구매 가능성이 가장 높은 요일", en="Best weekday"),
    best_weekday_share=share(ko="그 요일의 구매 비중", en="Share of the best weekday"),
    best_hour=integer(ko="구매 가능성이 가장 높은 시간", en="Best hour"),
    best_hour_share=share(ko="그 시간의 구매 비중", en="Share of the best hour"),
)
def best_time() -> Query:
    """The weekday (1 is Monday) and the hour of the company's clock at which each customer's next order is likeliest to be made.

    Few orders say little about a person: shares are drawn towards those of the customer's main channel as if 8 more orders had
    been seen there, and the channel's towards those of the company by 50 (empirical Bayes, Dirichlet prior of stated strength).
    Equal shares go to the earlier weekday or hour.
    """
    return sql(
        """
        with bought as (
            select customer_id, coalesce(channel, '') as channel, cast(weekday_of(local(ordered_at)) as bigint) as weekday,
                   cast(extract(hour from local(ordered_at)) as bigint) as hour
            from orders where status = 'completed' and customer_id is not null),
        used as (select customer_id, channel, count(*) as order_count from bought group by customer_id, channel),
        ranked as (
            select customer_id, channel, sum(order_count) over (partition by customer_id) as total,
                   row_number() over (partition by customer_id order by order_count desc, channel) as place
            from used),
        main as (select customer_id, channel as segment, total from ranked where place = 1),
        slots as (
            select customer_id, 1 as part, weekday as slot from bought
            union all select customer_id, 2 as part, hour as slot from bought),
        own as (
            select m.customer_id, m.segment, m.total, s.part, s.slot, count(*) as n
            from slots s join main m on m.customer_id = s.customer_id
            group by m.customer_id, m.segment, m.total, s.part, s.slot),
        company as (
            select part, slot, sum(n) as n, sum(sum(n)) over (partition by part) as total from own group by part, slot),
        segments as (select segment, sum(total) as total from main group by segment),
        counted as (select segment, part, slot, sum(n) as n from own group by segment, part, slot),
        expected as (
            select g.segment, c.part, c.slot,
                   share(coalesce(k.n, 0) + $channel_strength * share(c.n, c.total), g.total + $channel_strength) as chance
            from segments g cross join company c
            left join counted k on k.segment = g.segment and k.part = c.part and k.slot = c.slot),
        likely as (
            select segment, part, slot, chance, row_number() over (partition by segment, part order by chance desc, slot) as place
            from expected),
        candidates as (
            select o.customer_id, o.part, o.slot,
                   share(o.n + $own_strength * e.chance, o.total + $own_strength) as chance
            from own o join expected e on e.segment = o.segment and e.part = o.part and e.slot = o.slot
            union all
            select m.customer_id, l.part, l.slot, share($own_strength * l.chance, m.total + $own_strength) as chance
            from main m join likely l on l.segment = m.segment and l.place = 1),
        best as (
            select customer_id, part, slot, chance,
                   row_number() over (partition by customer_id, part order by chance desc, slot) as place
            from candidates)
        select customer_id, max(case when part = 1 then slot end) as best_weekday,
               max(case when part = 1 then chance end) as best_weekday_share,
               max(case when part = 2 then slot end) as best_hour, max(case when part = 2 then chance end) as best_hour_share
        from best where place = 1 group by customer_id""",
        own_strength=OWN_STRENGTH,
        channel_strength=CHANNEL_STRENGTH,
    )


@feature(
    ko="최근 구매 속도", en="Recent pace", recent_gap_days=days(ko="최근 속도의 구매 간격", en="Days between orders of late")
)
def pace() -> Query:
    """Days between orders at the pace of late: an order of 90 days ago weighs about a third of one of today.

    90 days over the sum of exp(−age in days / 90) of all days with an order; at most a year.
    """
    return sql("""
        with shopping_days as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at)))
        select customer_id,
               least(365e0, share(90, sum(cast(exp(0 - days_between(ordered_at, as_of) / 90e0) as decimal(18, 15)))))
                   as recent_gap_days
        from shopping_days group by customer_id""")
