"""The business account a customer belongs to: what kind of company it is, and what it buys in all."""

from dangol.core.declare import Query, category, count, feature, integer, money, sql


@feature(
    ko="거래처",
    en="Account",
    optional=("orders", "returns"),
    account_industry=category(ko="거래처 업종", en="Industry of the account"),
    account_employee_count=integer(ko="거래처 직원 수", en="Employees of the account"),
    account_annual_revenue=money(ko="거래처 연 매출", en="Annual revenue of the account"),
    account_member_count=count(ko="거래처 구성원 수", en="People of the account"),
    account_order_count=count(ko="거래처 구매 횟수", en="Orders of the account"),
    account_net_sales=money(ko="거래처 순매출", en="Net sales to the account"),
)
def account() -> Query:
    """What is known of the customer's account, and the completed orders in its name or of its people.

    An order counts for the account that it names, else for that of the customer; refunds are taken off the customer's.
    """
    return sql("""
        with bought as (
            select account_id, sum(bought) as order_count, sum(amount) as net_sales
            from (
                select coalesce(o.account_id, m.account_id) as account_id, o.net_amount as amount, 1 as bought
                from orders o left join account_members m on m.customer_id = o.customer_id where o.status = 'completed'
                union all
                select m.account_id, -r.refund_amount, 0
                from returns r join account_members m on m.customer_id = r.customer_id) as booked
            group by account_id),
        people_of as (select account_id, count(*) as member_count from account_members group by account_id)
        select m.customer_id, a.industry as account_industry, a.employee_count as account_employee_count,
               a.annual_revenue as account_annual_revenue, p.member_count as account_member_count,
               cast(coalesce(b.order_count, 0) as bigint) as account_order_count,
               cast(coalesce(b.net_sales, 0) as decimal(18, 2)) as account_net_sales
        from account_members m join accounts a on a.account_id = m.account_id join people_of p on p.account_id = m.account_id
        left join bought b on b.account_id = m.account_id""")


@feature(
    ko="영업 기회",
    en="Opportunities",
    open_opportunity_count=count(ko="진행 중인 영업 기회", en="Open opportunities"),
    won_opportunity_count=count(ko="성사된 영업 기회", en="Opportunities won"),
    lost_opportunity_count=count(ko="실패한 영업 기회", en="Opportunities lost"),
)
def pipeline() -> Query:
    """Opportunities of the customer's account: open, won and lost by then."""
    return sql("""
        select m.customer_id, count(case when o.outcome = 'open' then 1 end) as open_opportunity_count,
               count(case when o.outcome = 'won' then 1 end) as won_opportunity_count,
               count(case when o.outcome = 'lost' then 1 end) as lost_opportunity_count
        from account_members m join opportunities o on o.account_id = m.account_id group by m.customer_id""")
