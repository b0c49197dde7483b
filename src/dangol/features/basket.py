"""Baskets: how much goes into an order, and how buying has moved lately."""

from dangol.core.declare import Query, count, feature, money, number, share, sql


@feature(
    ko="장바구니",
    en="Baskets",
    lines_per_order=number(ko="주문당 상품 종류", en="Lines per order"),
    items_per_order=number(ko="주문당 수량", en="Items per order"),
    largest_order=money(ko="가장 큰 주문 금액", en="Largest order"),
    order_count_30=count(ko="최근 30일 구매 횟수", en="Orders in 30 days"),
    order_count_90=count(ko="최근 90일 구매 횟수", en="Orders in 90 days"),
    order_count_365=count(ko="최근 1년 구매 횟수", en="Orders in 365 days"),
    net_sales_30=money(ko="최근 30일 매출", en="Sales in 30 days"),
    net_sales_90=money(ko="최근 90일 매출", en="Sales in 90 days"),
    net_sales_365=money(ko="최근 1년 매출", en="Sales in 365 days"),
    sales_trend=number(ko="매출 추세", en="Sales trend"),
)
def basket() -> Query:
    """What an order of the customer looks like, and sales of the last 30, 90 and 365 days before refunds.

    The trend is the sales of the last 90 days over the sales of the 90 days before them; missing when there were none.
    """
    return sql("""
        with aged as (
            select customer_id, net_amount, line_count, item_count, days_between(ordered_at, as_of) as age_days
            from orders where status = 'completed' and customer_id is not null)
        select customer_id, avg(line_count) as lines_per_order, avg(item_count) as items_per_order,
               max(net_amount) as largest_order,
               count(case when age_days <= 30 then 1 end) as order_count_30,
               count(case when age_days <= 90 then 1 end) as order_count_90,
               count(case when age_days <= 365 then 1 end) as order_count_365,
               cast(sum(case when age_days <= 30 then net_amount else 0 end) as decimal(18, 2)) as net_sales_30,
               cast(sum(case when age_days <= 90 then net_amount else 0 end) as decimal(18, 2)) as net_sales_90,
               cast(sum(case when age_days <= 365 then net_amount else 0 end) as decimal(18, 2)) as net_sales_365,
               share(sum(case when age_days <= 90 then net_amount else 0 end),
                     sum(case when age_days > 90 and age_days <= 180 then net_amount else 0 end)) as sales_trend
        from aged group by customer_id""")


@feature(
    ko="구매 상품 폭",
    en="Breadth",
    product_count=count(ko="구매한 상품 수", en="Different products"),
    products_per_line=share(ko="새 상품 비중", en="Share of first-time products"),
)
def breadth() -> Query:
    """How many different products the customer has bought."""
    return sql("""
        with bought as (
            select customer_id, product_id, count(*) as line_count
            from order_lines where customer_id is not null group by customer_id, product_id)
        select customer_id, count(*) as product_count, share(count(*), sum(line_count)) as products_per_line
        from bought group by customer_id""")
