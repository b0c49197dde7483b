"""Returns: what a customer sends back."""

from dangol.core.declare import Query, count, days, feature, money, share, sql


@feature(
    ko="반품",
    en="Returns",
    return_count=count(ko="반품 횟수", en="Number of returns"),
    refund_amount=money(ko="환불액", en="Refunds"),
    refund_share=share(ko="환불 비중", en="Refund share"),
    last_return_days=days(ko="마지막 반품 후 일수", en="Days since last return"),
)
def returned() -> Query:
    """How much of what the customer bought came back; buyers without a return have 0."""
    return sql("""
        with bought as (
            select customer_id, sum(net_amount) as sold from orders
            where status = 'completed' and customer_id is not null group by customer_id),
        sent_back as (
            select customer_id, count(*) as return_count, sum(refund_amount) as refund_amount,
                   days_between(max(returned_at), as_of) as last_return_days
            from returns where customer_id is not null group by customer_id)
        select b.customer_id, coalesce(s.return_count, 0) as return_count,
               cast(coalesce(s.refund_amount, 0) as decimal(18, 2)) as refund_amount,
               share(coalesce(s.refund_amount, 0), b.sold) as refund_share, s.last_return_days
        from bought b left join sent_back s on s.customer_id = b.customer_id""")
