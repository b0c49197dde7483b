"""Recency, frequency, monetary value: the three figures every marketer starts from."""

from dangol.core.declare import Query, count, days, feature, integer, moment, money, sql


@feature(
    ko="RFM 지표",
    en="RFM",
    optional=("returns",),
    last_ordered_at=moment(ko="마지막 구매 일시", en="Last ordered at"),
    recency_days=days(ko="마지막 구매 후 일수", en="Days since last order"),
    order_count=count(ko="구매 횟수", en="Number of orders"),
    net_sales=money(ko="순매출", en="Net sales"),
    margin=money(ko="마진", en="Margin"),
    average_order_value=money(ko="평균 주문 금액", en="Average order value"),
    recency_score=integer(ko="R 점수", en="R score"),
    frequency_score=integer(ko="F 점수", en="F score"),
    monetary_score=integer(ko="M 점수", en="M score"),
)
def rfm() -> Query:
    """How recently, how often and for how much each customer has bought.

    Completed orders only. An order whose margin is unknown counts with the margin share of all others. Refunds are taken off net
    sales and off margin on the day they happened; scores run from 1 to 5 by rank among buyers, equal values having equal scores
    (R088).
    """
    return sql("""
        with rated as (
            select share(sum(margin_amount), sum(case when margin_amount is not null then net_amount end)) as rate
            from orders where status = 'completed'),
        bought as (
            select o.customer_id, max(o.ordered_at) as last_ordered_at, count(*) as order_count, sum(o.net_amount) as sold,
                   sum(coalesce(o.margin_amount, cast(o.net_amount * r.rate as decimal(18, 2)))) as earned
            from orders o cross join rated r
            where o.status = 'completed' and o.customer_id is not null group by o.customer_id),
        refunded as (
            select customer_id, sum(refund_amount) as refund_amount
            from returns where customer_id is not null group by customer_id),
        valued as (
            select b.customer_id, b.last_ordered_at, days_between(b.last_ordered_at, as_of) as recency_days, b.order_count,
                   cast(b.sold - coalesce(r.refund_amount, 0) as decimal(18, 2)) as net_sales,
                   cast(b.earned - coalesce(r.refund_amount, 0) as decimal(18, 2)) as margin
            from bought b left join refunded r on r.customer_id = b.customer_id)
        select customer_id, last_ordered_at, recency_days, order_count, net_sales, margin,
               money_per(net_sales, order_count) as average_order_value,
               cast(1 + floor(4.999e0 * percent_rank() over (order by recency_days desc)) as bigint) as recency_score,
               cast(1 + floor(4.999e0 * percent_rank() over (order by order_count)) as bigint) as frequency_score,
               cast(1 + floor(4.999e0 * percent_rank() over (order by net_sales)) as bigint) as monetary_score
        from valued""")
