"""Where revenue comes from and whom it leaves out: device, region, store, customers we may not contact (Q10 to Q13).

All figures are of the last 365 days before refunds, by the company's own days.
"""

from dangol.core.declare import Chart, NextAction, Query, category, count, money, question, share, sql


@question(
    "Q10",
    ko="기기별 매출은 어떻게 나뉘나요?",
    en="How does revenue divide by device?",
    sentence=(
        "최근 1년 매출이 가장 큰 기기는 {device|(으)로} 전체의 {sales_share:percent|을/를} 차지합니다.",
        "The device with most sales of the last year is {device}, with {sales_share:percent} of them.",
    ),
    headline="""
        select min_by(device, (-net_sales, device)) as device, min_by(sales_share, (-net_sales, device)) as sales_share,
               sum(order_count) as n
        from answer where device <> 'unknown'""",
    chart=Chart("bar", "device", ("net_sales",)),
    device=category(ko="기기", en="Device"),
    net_sales=money(ko="순매출", en="Net sales"),
    order_count=count(ko="주문 수", en="Orders"),
    average_order_value=money(ko="평균 주문 금액", en="Average order value"),
    sales_share=share(ko="매출 비중", en="Share of sales"),
)
def sales_by_device(days: int = 365) -> Query:
    """Sales, orders and average order value by the device of the order; orders without one are 'unknown'."""
    return sql(
        """
        with sold as (
            select coalesce(device, 'unknown') as device, net_amount
            from orders where status = 'completed' and days_between(ordered_at, as_of) <= $days),
        total as (select sum(net_amount) as all_sales from sold),
        grouped as (select device, sum(net_amount) as net_sales, count(*) as order_count from sold group by device)
        select g.device, cast(g.net_sales as decimal(18, 2)) as net_sales, g.order_count,
               money_per(g.net_sales, g.order_count) as average_order_value,
               share(g.net_sales, t.all_sales) as sales_share
        from grouped g cross join total t order by g.net_sales desc, g.device""",
        days=days,
    )


@question(
    "Q11",
    ko="지역별 매출은 어떻게 나뉘나요?",
    en="How does revenue divide by region?",
    optional=("orders.order_region", "people.region"),
    sentence=(
        "최근 1년 매출이 가장 큰 지역은 {region|(으)로} 전체의 {sales_share:percent|을/를} 차지합니다. 지역을 아는 주문은 {n:count}건입니다.",
        "The region with most sales of the last year is {region}, with {sales_share:percent} of them; "
        "the region is known for {n:count} orders.",
    ),
    headline="""
        select min_by(region, (-net_sales, region)) as region, min_by(sales_share, (-net_sales, region)) as sales_share,
               sum(order_count) as n
        from answer where region <> 'unknown'""",
    chart=Chart("bar", "region", ("net_sales",)),
    region=category(ko="지역", en="Region"),
    net_sales=money(ko="순매출", en="Net sales"),
    order_count=count(ko="주문 수", en="Orders"),
    sales_share=share(ko="매출 비중", en="Share of sales"),
)
def sales_by_region(days: int = 365) -> Query:
    """Sales by the region an order went to, else by the region the customer lives in, else 'unknown'."""
    return sql(
        """
        with sold as (
            select coalesce(o.order_region, p.region, 'unknown') as region, o.net_amount
            from orders o left join people p on p.customer_id = o.customer_id
            where o.status = 'completed' and days_between(o.ordered_at, as_of) <= $days),
        total as (select sum(net_amount) as all_sales from sold),
        grouped as (select region, sum(net_amount) as net_sales, count(*) as order_count from sold group by region)
        select g.region, cast(g.net_sales as decimal(18, 2)) as net_sales, g.order_count,
               share(g.net_sales, t.all_sales) as sales_share
        from grouped g cross join total t order by g.net_sales desc, g.region""",
        days=days,
    )


@question(
    "Q12",
    ko="매장별 매출과 신규 고객은 어떤가요?",
    en="What do stores sell, and which win new customers?",
    optional=("orders.margin_amount",),
    sentence=(
        "최근 1년 매출이 가장 큰 매장은 {store|(으)로} {net_sales:money}입니다. 신규 고객은 {newest} 매장이 {new_customers:count}명으로 가장 많이 얻었습니다.",
        "The store with most sales of the last year is {store} with {net_sales:money}; "
        "store {newest} won most new customers, {new_customers:count}.",
    ),
    headline="""
        select min_by(store_id, (-net_sales, store_id)) as store, max(net_sales) as net_sales,
               min_by(store_id, (-new_customer_count, store_id)) as newest, max(new_customer_count) as new_customers, sum(order_count) as n
        from answer where store_id <> 'unknown'""",
    chart=Chart("bar", "store_id", ("net_sales",)),
    store_id=category(ko="매장", en="Store"),
    net_sales=money(ko="순매출", en="Net sales"),
    margin=money(ko="마진", en="Margin"),
    order_count=count(ko="주문 수", en="Orders"),
    new_customer_count=count(ko="신규 고객 수", en="New customers"),
)
def sales_by_store(days: int = 365, top: int = 100) -> Query:
    """Sales, margin, orders and first orders by store; orders without a store are 'unknown'."""
    return sql(
        """
        with numbered as (
            select coalesce(store_id, 'unknown') as store_id, customer_id, net_amount, margin_amount, ordered_at,
                   row_number() over (partition by customer_id order by ordered_at, order_id) as place
            from orders where status = 'completed')
        select store_id, cast(sum(net_amount) as decimal(18, 2)) as net_sales, cast(sum(margin_amount) as decimal(18, 2)) as margin,
               count(*) as order_count, count(case when place = 1 and customer_id is not null then 1 end) as new_customer_count
        from numbered where days_between(ordered_at, as_of) <= $days
        group by store_id order by sum(net_amount) desc, store_id limit $top""",
        days=days,
        top=top,
    )


@question(
    "Q13",
    ko="마케팅할 수 없는 고객에게서 나오는 매출은 얼마인가요?",
    en="How much revenue comes from customers we cannot market to?",
    sentence=(
        "최근 1년 매출의 {lost_share:percent}({lost_sales:money})가 광고 수신에 동의하지 않았거나 누구인지 모르는 고객에게서 나왔습니다.",
        "{lost_share:percent} of last year's sales ({lost_sales:money}) came from customers who never agreed to advertising "
        "or whom we cannot name.",
    ),
    headline="""
        select sum(case when reachable = 'reachable' then 0 else net_sales end) as lost_sales,
               share(sum(case when reachable = 'reachable' then 0 else net_sales end), sum(net_sales)) as lost_share,
               sum(order_count) as n
        from answer""",
    chart=Chart("bar", "reachable", ("net_sales",)),
    actions=(
        NextAction(
            "동의가 없는 우수 고객",
            "Good customers without consent",
            rule="monetary_score >= 4 and not has_consent(channel='email') and not has_consent(channel='sms')",
        ),
    ),
    reachable=category(ko="연락 가능 여부", en="Reachability"),
    customer_count=count(ko="고객 수", en="Customers"),
    order_count=count(ko="주문 수", en="Orders"),
    net_sales=money(ko="순매출", en="Net sales"),
)
def unreachable_sales(days: int = 365) -> Query:
    """Sales by whether the customer's latest word on any channel allows advertising: reachable, no consent, unidentified.

    Consent for another purpose does not count; a purpose left blank is read as advertising. No record means no consent.
    """
    return sql(
        """
        with ranked as (
            select customer_id, channel, allowed,
                   row_number() over (partition by customer_id, channel order by recorded_at desc, allowed) as place
            from consents where customer_id is not null and coalesce(purpose, 'advertising') = 'advertising'),
        willing as (select distinct customer_id from ranked where place = 1 and allowed),
        sold as (
            select o.customer_id, o.net_amount,
                   case when o.customer_id is null then 'unidentified' when w.customer_id is null then 'no_consent'
                        else 'reachable' end as reachable
            from orders o left join willing w on w.customer_id = o.customer_id
            where o.status = 'completed' and days_between(o.ordered_at, as_of) <= $days)
        select reachable, count(distinct customer_id) as customer_count, count(*) as order_count,
               cast(sum(net_amount) as decimal(18, 2)) as net_sales
        from sold group by reachable order by reachable""",
        days=days,
    )
