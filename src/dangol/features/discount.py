"""Discounts: how much of what a customer buys is bought on offer."""

from dangol.core.declare import Query, feature, flag, money, share, sql


@feature(
    ko="할인",
    en="Discounts",
    optional=("order_lines.coupon_amount",),
    discount_share=share(ko="할인율", en="Discount share"),
    discounted_line_share=share(ko="할인 상품 비중", en="Share of discounted lines"),
    discount_amount=money(ko="받은 할인액", en="Discounts received"),
)
def discount() -> Query:
    """How much of the list price the customer was let off, coupons not counted; only lines whose source tells discounts count."""
    return sql("""
        select customer_id,
               share(sum(discount_amount), sum(case when discount_amount is not null then net_amount + discount_amount
                                                         + coalesce(coupon_amount, 0) end)) as discount_share,
               share(count(case when discount_amount > 0 then 1 end), count(discount_amount)) as discounted_line_share,
               cast(sum(discount_amount) as decimal(18, 2)) as discount_amount
        from order_lines where customer_id is not null group by customer_id""")


@feature(
    ko="쿠폰",
    en="Coupons",
    coupon_order_share=share(ko="쿠폰 사용 주문 비중", en="Share of orders with a coupon"),
    coupon_amount=money(ko="쿠폰 할인액", en="Coupon discounts"),
)
def coupon() -> Query:
    """How often and for how much the customer used coupons; only orders whose source tells coupons count."""
    return sql("""
        with by_order as (
            select customer_id, order_id, sum(coupon_amount) as coupon_amount
            from order_lines where customer_id is not null group by customer_id, order_id)
        select customer_id, share(count(case when coupon_amount > 0 then 1 end), count(coupon_amount)) as coupon_order_share,
               cast(sum(coupon_amount) as decimal(18, 2)) as coupon_amount
        from by_order group by customer_id""")


@feature(
    ko="혜택 의존",
    en="Buying for rewards",
    optional=("order_lines.discount_amount", "order_lines.coupon_amount"),
    mostly_rewarded=flag(ko="혜택 위주 구매", en="Buys mostly for rewards"),
)
def rewarded() -> Query:
    """Half of the orders with a coupon, or nine of ten lines discounted; unknown where no source tells either."""
    return sql("""
        with by_order as (
            select customer_id, order_id, sum(coupon_amount) as coupon_amount, count(discount_amount) as told_count,
                   count(case when discount_amount > 0 then 1 end) as discounted_count
            from order_lines where customer_id is not null group by customer_id, order_id),
        shares as (
            select customer_id, share(count(case when coupon_amount > 0 then 1 end), count(coupon_amount)) as coupon_share,
                   share(sum(discounted_count), sum(told_count)) as discounted_share
            from by_order group by customer_id)
        select customer_id,
               case when coupon_share is not null or discounted_share is not null
                    then coalesce(coupon_share, 0) >= 0.5e0 or coalesce(discounted_share, 0) >= 0.9e0 end as mostly_rewarded
        from shares""")
