"""The first order: through which channel, with which product and at which discount a customer came."""

from dangol.core.declare import Query, category, feature, flag, moment, money, sql


@feature(
    ko="첫 구매",
    en="First order",
    first_ordered_at=moment(ko="첫 구매 일시", en="First ordered at"),
    first_order_value=money(ko="첫 구매 금액", en="First order value"),
    first_channel=category(ko="첫 구매 채널", en="First channel"),
    first_store=category(ko="첫 구매 매장", en="First store"),
    first_discounted=flag(ko="첫 구매 할인 여부", en="First order discounted"),
)
def first_order() -> Query:
    """How the customer's first completed order came about; of several at one moment, the smallest order number counts."""
    return sql("""
        with ranked as (
            select customer_id, ordered_at, net_amount, channel, store_id, order_discount_amount,
                   row_number() over (partition by customer_id order by ordered_at, order_id) as place
            from orders where status = 'completed' and customer_id is not null)
        select customer_id, ordered_at as first_ordered_at, net_amount as first_order_value, channel as first_channel,
               store_id as first_store, order_discount_amount > 0 as first_discounted
        from ranked where place = 1""")


@feature(
    ko="첫 구매 상품",
    en="First product",
    first_product=category(ko="첫 구매 상품", en="First product"),
    first_category=category(ko="첫 구매 카테고리", en="First category"),
)
def first_product() -> Query:
    """The dearest product of the customer's first order, and its category."""
    return sql("""
        with firsts as (
            select customer_id, min(ordered_at) as ordered_at
            from order_lines where customer_id is not null group by customer_id),
        ranked as (
            select l.customer_id, l.product_id,
                   row_number() over (partition by l.customer_id order by l.order_id, l.net_amount desc, l.product_id) as place
            from order_lines l join firsts f on f.customer_id = l.customer_id and f.ordered_at = l.ordered_at)
        select r.customer_id, r.product_id as first_product, p.category as first_category
        from ranked r left join products p on p.product_id = r.product_id where r.place = 1""")
