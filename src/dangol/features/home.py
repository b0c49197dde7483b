"""The home a customer belongs to: how many of it we know, and what they buy together."""

from dangol.core.declare import Query, count, feature, money, sql


@feature(
    ko="가구",
    en="Household",
    household_size_found=count(ko="확인된 가구원 수", en="Household members found"),
    household_order_count=count(ko="가구 구매 횟수", en="Orders of the household"),
    household_net_sales=money(ko="가구 순매출", en="Net sales of the household"),
)
def household() -> Query:
    """Customers found to live together, and completed orders of all of them; somebody alone is a household of one.

    Only members whose home was known by then count; members told by the customer himself are `household_size`.
    """
    return sql("""
        with homes as (
            select h.household_id, count(distinct h.customer_id) as members, count(o.order_id) as order_count,
                   sum(o.net_amount) as net_sales
            from household_members h left join orders o on o.customer_id = h.customer_id and o.status = 'completed'
            where h.home_known group by h.household_id)
        select m.customer_id, h.members as household_size_found, h.order_count as household_order_count,
               cast(coalesce(h.net_sales, 0) as decimal(18, 2)) as household_net_sales
        from household_members m join homes h on h.household_id = m.household_id where m.home_known""")
