"""The home a customer belongs to: how many of it we know, and what they buy together."""

from dangol.core.declare import Query, count, feature, money, sql


@feature(
    ko="가구",
    en="Household",
    household_size_found=count(ko="확인된 가구원 수", en="Household members found"),
    household_order_count=count(ko="가구 구매 횟수", en="Orders of the household"),
    optional=("returns",),
    household_net_sales=money(ko="가구 순매출", en="Net sales of the household"),
)
def household() -> Query:
    """Customers found to live together, and completed orders of all of them; somebody alone is a household of one.

    Net sales are after refunds. Only members whose home was known by then count; `household_size` is what the customer told.
    """
    return sql("""
        with booked as (
            select customer_id, net_amount as amount, 1 as bought from orders where status = 'completed'
            union all select customer_id, -refund_amount, 0 from returns),
        homes as (
            select h.household_id, count(distinct h.customer_id) as members, coalesce(sum(b.bought), 0) as order_count,
                   sum(b.amount) as net_sales
            from household_members h left join booked b on b.customer_id = h.customer_id
            where h.home_known group by h.household_id)
        select m.customer_id, h.members as household_size_found, cast(h.order_count as bigint) as household_order_count,
               cast(coalesce(h.net_sales, 0) as decimal(18, 2)) as household_net_sales
        from household_members m join homes h on h.household_id = m.household_id where m.home_known""")
