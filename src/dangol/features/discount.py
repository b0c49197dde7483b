"""Discounts: how much of what a customer buys is bought on offer."""

from dangol.core.declare import Query, feature, money, share, sql


@feature(
    ko="할인",
    en="Discounts",
    discount_share=share(ko="할인율", en="Discount share"),
    discounted_line_share=share(ko="할인 상품 비중", en="Share of discounted lines"),
    discount_amount=money(ko="받은 할인액", en="Discounts received"),
)
def discount() -> Query:
    """How much of the list price the customer was let off, coupons not counted."""
    return sql("""
        select customer_id, share(sum(discount_amount), sum(net_amount + discount_amount + coupon_amount)) as discount_share,
               share(count(case when discount_amount > 0 then 1 end), count(*)) as discounted_line_share,
               cast(sum(discount_amount) as decimal(18, 2)) as discount_amount
        from order_lines where customer_id is not null group by customer_id""")


@feature(
    ko="쿠폰",
    en="Coupons",
    coupon_order_share=share(ko="쿠폰 사용 주문 비중", en="Share of orders with a coupon"),
    coupon_amount=money(ko="쿠폰 할인액", en="Coupon discounts"),
)
def coupon() -> Query:
    """How often and for how much the customer used coupons."""
    return sql("""
        with by_order as (
            select customer_id, order_id, sum(coupon_amount) as coupon_amount
            from order_lines where customer_id is not null group by customer_id, order_id)
        select customer_id, share(count(case when coupon_amount > 0 then 1 end), count(*)) as coupon_order_share,
               cast(sum(coupon_amount) as decimal(18, 2)) as coupon_amount
        from by_order group by customer_id""")
