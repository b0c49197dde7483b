"""The best of the year before: who was among the most valuable customers before the last twelve months."""

from dangol.core.declare import Query, feature, flag, sql


@feature(
    ko="과거 우수 고객",
    en="Best before",
    best_year_before=flag(ko="1~2년 전 상위 20% 고객", en="Among the best of the year before"),
)
def past_best() -> Query:
    """Whether the customer was in the top fifth by sales of the year that ended a year ago, of those who bought in it.

    True and silent now is a fallen angel (R110). Equal sales are told apart by customer number; missing for those who did not buy
    in that year.
    """
    return sql("""
        with year_before as (
            select customer_id, sum(net_amount) as sales
            from orders
            where status = 'completed' and customer_id is not null
              and days_between(ordered_at, as_of) > 365 and days_between(ordered_at, as_of) <= 730
            group by customer_id),
        ranked as (
            select customer_id, row_number() over (order by sales desc, customer_id) as place, count(*) over () as customer_count
            from year_before)
        select customer_id, place <= ceil(0.2e0 * customer_count) as best_year_before from ranked""")
