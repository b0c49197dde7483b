"""Losing and winning back: whom we lost, what is at stake, who came back and at what cost (Q60 to Q62)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    flag,
    integer,
    moment,
    money,
    month,
    probability,
    question,
    share,
    sql,
)

WIN_BACK = NextAction("되찾기 프로그램", "Win them back", programme="win_back")


@question(
    "Q60",
    ko="최근에 어떤 고객을 잃었고, 그 가치는 얼마였나요?",
    en="Whom did we lose, and what were they worth?",
    optional=("orders.margin_amount", "profile.expected_margin_12m", "earlier_scores"),
    hidden=("lost_count", "lost_sales", "lost_expected", "day_count"),
    sentence=(
        "최근 {days:days} 동안 고객 {n:count}명이 이탈했습니다. 이들은 마지막 구매까지 1년간 {sales:money}어치를 샀습니다. "
        "이탈 전 점수로 본 12개월 기대 마진은 {expected:money|이었/였}습니다.",
        "{n:count|customer/customers} lapsed in the last {days:days}. In the year up to their last order they bought for {sales:money}. "
        "Their expected margin, as scored before they lapsed, was {expected:money}.",
    ),
    headline="""
        select max(day_count) as days, max(lost_count) as n, max(lost_sales) as sales, max(lost_expected) as expected from answer""",
    chart=Chart("none"),
    actions=(WIN_BACK, NextAction("이탈 위험과 걸린 가치", "Who is at risk now", question="value_at_risk")),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    last_ordered_at=moment(ko="마지막 구매 일시", en="Last ordered at"),
    sales_before=money(ko="마지막 구매까지 1년 매출", en="Sales in the year to the last order"),
    margin_before=money(ko="마지막 구매까지 1년 마진", en="Margin in the year to the last order"),
    expected_before=money(ko="이탈 전 12개월 기대 마진", en="Expected margin before lapsing"),
    expected_margin_12m=money(ko="현재 12개월 기대 마진", en="Expected margin now, 12 months"),
    lost_count=count(ko="이탈 고객 수", en="Customers lost"),
    lost_sales=money(ko="이탈 고객의 1년 매출", en="Their sales of a year"),
    lost_expected=money(ko="이탈 고객의 이전 기대 마진", en="Their expected margin before"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def customers_lost(days: int = 30, top: int = 100) -> Query:
    """Customers who passed the company's lapse point in the last days, by what they bought in the year up to their last order.

    Before refunds. The expected margin before is that of the latest earlier run in which they were not lapsed.
    """
    return sql(
        """
        with lost as (
            select customer_id, last_ordered_at, expected_margin_12m
            from profile where lifecycle_stage = 'lapsed' and recency_days - $days <= lapse_days),
        bought as (
            select l.customer_id, sum(o.net_amount) as sales_before, sum(o.margin_amount) as margin_before
            from lost l join orders o on o.customer_id = l.customer_id
            where o.status = 'completed' and days_between(o.ordered_at, l.last_ordered_at) <= 365 group by l.customer_id),
        scored as (
            select customer_id, max_by(expected_margin_12m, scored_at) as expected_before
            from earlier_scores where lifecycle_stage <> 'lapsed' group by customer_id),
        ranked as (
            select l.customer_id, l.last_ordered_at, b.sales_before, b.margin_before, s.expected_before, l.expected_margin_12m,
                   row_number() over (order by b.sales_before desc, l.customer_id) as place, count(*) over () as lost_count,
                   sum(b.sales_before) over () as lost_sales, sum(s.expected_before) over () as lost_expected
            from lost l join bought b on b.customer_id = l.customer_id left join scored s on s.customer_id = l.customer_id)
        select place, customer_id, last_ordered_at, cast(sales_before as decimal(18, 2)) as sales_before,
               cast(margin_before as decimal(18, 2)) as margin_before, cast(expected_before as decimal(18, 2)) as expected_before,
               expected_margin_12m, lost_count, cast(lost_sales as decimal(18, 2)) as lost_sales,
               cast(lost_expected as decimal(18, 2)) as lost_expected, cast($days as bigint) as day_count
        from ranked order by place limit $top""",
        days=days,
        top=top,
    )


@question(
    "Q61",
    ko="지금 누가 이탈 위험이고, 걸린 가치는 얼마인가요?",
    en="Who is at risk now, and how much is at stake?",
    hidden=("stake_total",),
    sentence=(
        "떠날 가능성으로 보면 12개월 기대 마진 가운데 {stake:money|이/가} 위험합니다. 이탈 가능성이 60% 이상인 고객은 {risky:count}명이고, "
        "이들에게 걸린 가치는 {risky_stake:money}입니다.",
        "Weighted by the probability of leaving, {stake:money} of the expected margin of 12 months is at stake. "
        "{risky:count} customers are at 60 % or more, and {risky_stake:money} hangs on them.",
    ),
    headline="""
        select max(stake_total) as stake, sum(case when risk_tier in ('very_high', 'high') then customer_count else 0 end) as risky,
               sum(case when risk_tier in ('very_high', 'high') then value_at_stake else 0 end) as risky_stake, sum(customer_count) as n
        from answer""",
    chart=Chart("bar", "risk_tier", ("value_at_stake",)),
    actions=(
        NextAction("이탈 가능성 60% 이상 고객 보기", "See customers at 60 % or more", rule="churn_probability >= 0.6"),
        NextAction("떠날 고객 명단", "The list of those leaving", question="leaving_customers"),
        WIN_BACK,
    ),
    risk_tier=category(ko="이탈 위험", en="Risk of leaving"),
    customer_count=count(ko="고객 수", en="Customers"),
    mean_probability=probability(ko="평균 이탈 가능성", en="Mean churn probability"),
    expected_margin=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    value_at_stake=money(ko="위험 가치", en="Value at stake"),
    stake_share=share(ko="위험 가치 비중", en="Share of what is at stake"),
    stake_total=money(ko="전체 위험 가치", en="All that is at stake"),
)
def value_at_risk() -> Query:
    """Expected margin times churn probability, summed over buyers by tier: from 0.8 very high, 0.6 high, 0.4 medium, 0.2 low."""
    return sql("""
        with scored as (
            select case when churn_probability >= 0.8e0 then 'very_high' when churn_probability >= 0.6e0 then 'high'
                        when churn_probability >= 0.4e0 then 'medium' when churn_probability >= 0.2e0 then 'low'
                        else 'very_low' end as risk_tier,
                   churn_probability, expected_margin_12m,
                   cast(churn_probability * cast(expected_margin_12m as double) as decimal(18, 2)) as stake
            from profile where order_count > 0 and churn_probability is not null and expected_margin_12m is not null)
        select risk_tier, count(*) as customer_count, avg(churn_probability) as mean_probability,
               cast(sum(expected_margin_12m) as decimal(18, 2)) as expected_margin, cast(sum(stake) as decimal(18, 2)) as value_at_stake,
               share(sum(stake), sum(sum(stake)) over ()) as stake_share, cast(sum(sum(stake)) over () as decimal(18, 2)) as stake_total
        from scored group by risk_tier order by mean_probability desc""")


@question(
    "Q62",
    ko="몇 명을 되찾았고, 비용은 얼마나 들었나요?",
    en="How many customers were won back, and at what cost?",
    optional=("messages", "campaigns", "spend"),
    sentence=(
        "최근 {months:count}개월 동안 이탈했던 고객이 {won:count}번 돌아와 첫 복귀 주문으로 {sales:money}어치를 샀습니다. "
        "이탈 고객에게 보낸 메시지 비용은 돌아온 고객 한 명당 {cost_each:money}입니다. 신규 고객 한 명을 얻는 비용은 {new_cost:money}입니다.",
        "Over the last {months:count} months lapsed customers came back {won:count|time/times} and spent {sales:money} on their first order back. "
        "Messages to lapsed customers cost {cost_each:money} for each who returned. A new customer costs {new_cost:money}.",
    ),
    headline="""
        select count(*) as months, sum(won_back_count) as won, sum(won_back_sales) as sales,
               share(sum(contact_cost), sum(won_back_count)) as cost_each, share(sum(spend), sum(new_customer_count)) as new_cost,
               sum(won_back_count) as n
        from (select * from answer where is_complete order by month desc limit 12)""",
    chart=Chart("bar", "month", ("won_back_count",)),
    actions=(WIN_BACK, NextAction("신규 고객 획득 비용", "What a new customer costs", question="acquisition_cost")),
    month=month(ko="월", en="Month"),
    won_back_count=count(ko="되찾은 고객 수", en="Customers won back"),
    won_back_sales=money(ko="복귀 주문 매출", en="Sales of orders back"),
    contact_count=count(ko="이탈 고객에게 보낸 메시지", en="Messages to lapsed customers"),
    contact_cost=money(ko="메시지 비용", en="Cost of these messages"),
    cost_per_return=money(ko="되찾은 고객당 비용", en="Cost per customer won back"),
    new_customer_count=count(ko="신규 고객 수", en="New customers"),
    spend=money(ko="마케팅 비용", en="Marketing spend"),
    cost_per_new_customer=money(ko="신규 고객당 비용", en="Cost per new customer"),
    is_complete=flag(ko="월 마감 여부", en="Month complete"),
)
def customers_won_back(months: int = 24) -> Query:
    """Customers whose order ended a silence longer than the lapse point, by month, beside what we wrote to lapsed customers.

    The cost is that of messages sent to customers who were lapsed at that moment, at their campaign's cost per contact;
    messages without one cost nothing. Who returned may have returned without them: the effect is measured by holdouts only.
    """
    return sql(
        """
        with lapse as (select max(lapse_days) as lapse_days from profile),
        happened as (
            select customer_id, ordered_at as happened_at, 1 as is_order, order_id, net_amount as amount
            from orders where status = 'completed' and customer_id is not null
            union all
            select m.customer_id, m.occurred_at as happened_at, 0 as is_order, '' as order_id, coalesce(c.cost_per_contact, 0) as amount
            from messages m left join campaigns c on c.campaign_id = m.campaign_id
            where m.message_event = 'sent' and m.customer_id is not null),
        placed as (
            select customer_id, happened_at, is_order, amount,
                   max(case when is_order = 1 then happened_at end) over (
                       partition by customer_id order by happened_at, is_order, order_id rows between unbounded preceding and 1 preceding)
                       as last_order_at
            from happened),
        marked as (
            select date_trunc('month', local(p.happened_at)) as month, p.is_order, p.amount, p.last_order_at,
                   case when p.is_order = 1 and days_between(p.last_order_at, p.happened_at) > l.lapse_days then p.customer_id end as won_back_id,
                   case when p.is_order = 0 and days_between(p.last_order_at, p.happened_at) > l.lapse_days then 1 else 0 end as to_lapsed
            from placed p cross join lapse l),
        monthly as (
            select month, count(distinct won_back_id) as won_back_count,
                   sum(case when won_back_id is not null then amount else 0 end) as won_back_sales,
                   sum(1 - is_order) as message_count, sum(to_lapsed) as contact_count,
                   sum(case when to_lapsed = 1 then amount else 0 end) as contact_cost,
                   sum(case when is_order = 1 and last_order_at is null then 1 else 0 end) as new_customer_count
            from marked group by month),
        spent as (
            select date_trunc('month', cast(spent_on as timestamp)) as month, sum(cost) as cost
            from spend group by date_trunc('month', cast(spent_on as timestamp))),
        written as (
            select month, won_back_count, won_back_sales, new_customer_count,
                   case when sum(message_count) over () > 0 then contact_count end as contact_count,
                   case when sum(message_count) over () > 0 then contact_cost end as contact_cost
            from monthly)
        select cast(w.month as date) as month, w.won_back_count, cast(w.won_back_sales as decimal(18, 2)) as won_back_sales,
               w.contact_count, cast(w.contact_cost as decimal(18, 2)) as contact_cost,
               money_per(w.contact_cost, w.won_back_count) as cost_per_return, w.new_customer_count,
               cast(s.cost as decimal(18, 2)) as spend, money_per(s.cost, w.new_customer_count) as cost_per_new_customer,
               w.month < date_trunc('month', local(data_until)) as is_complete
        from written w left join spent s on s.month = w.month order by w.month desc limit $months""",
        months=months,
    )
