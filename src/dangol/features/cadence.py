"""Cadence: the rhythm in which a customer buys, and whether the next order is late."""

from dangol.core.declare import Query, count, days, feature, moment, number, sql


@feature(
    ko="구매 주기",
    en="Cadence",
    order_day_count=count(ko="구매한 날 수", en="Days with an order"),
    mean_gap_days=days(ko="평균 구매 간격", en="Mean days between orders"),
    gap_variation=number(ko="구매 간격의 변동", en="Variation of the gaps"),
    longest_gap_days=days(ko="가장 긴 구매 간격", en="Longest gap"),
    last_gap_days=days(ko="직전 구매 간격", en="Latest gap"),
    overdue_ratio=number(ko="구매 지연 배수", en="Overdue ratio"),
    expected_order_at=moment(ko="주기로 본 다음 구매일", en="Due by own rhythm"),
)
def cadence() -> Query:
    """How regularly each customer buys; orders of one day count once.

    Gaps are elapsed days between the first orders of successive days with an order. The overdue ratio is the silence so
    far over the mean gap: 1 is due today, 2 is late by a whole rhythm. The variation is standard deviation over mean. Due is the
    last order plus the mean gap: for who is late it lies in the past; what is foretold is `next_order`.
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
        rhythm as (
            select customer_id, count(*) as order_day_count, avg(gap_days) as mean_gap_days, stddev_samp(gap_days) as spread,
                   max(gap_days) as longest_gap_days, max(case when next_at is null then gap_days end) as last_gap_days,
                   max(ordered_at) as last_at
            from gaps group by customer_id)
        select customer_id, order_day_count, mean_gap_days, share(spread, mean_gap_days) as gap_variation, longest_gap_days,
               last_gap_days, share(days_between(last_at, as_of), mean_gap_days) as overdue_ratio,
               case when mean_gap_days is not null
                    then last_at + interval '1' day * cast(floor(mean_gap_days) as int)
                         + interval '1' second * cast(round((mean_gap_days - floor(mean_gap_days)) * 86400) as int)
                    end as expected_order_at
        from rhythm""")
