"""Keeping customers: how many leave or stay each month and what they were worth, and what goes with leaving (K1, K2, K6; R183, R185)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    integer,
    money,
    month,
    number,
    question,
    share,
    sql,
)

AT_RISK = NextAction("이탈 위험 고객 보기", "See customers at risk", rule="lifecycle_stage == 'at_risk'")
# How long before the moment each indicator looks back, in days.
LATELY, HALF_YEAR = 90, 180


# Months of orders of each customer; who had ordered within the lapse point at the beginning of each of the last months, with what he
# bought in the twelve months before.
ACTIVE = """
    with lapse as (select max(lapse_days) as lapse_days from profile),
    monthly as (
        select customer_id, date_trunc('month', local(ordered_at)) as bought_in, max(local(ordered_at)) as last_at,
               sum(net_amount) as sales, sum(margin_amount) as margin
        from orders where status = 'completed' and customer_id is not null
        group by customer_id, date_trunc('month', local(ordered_at))),
    starts as (
        select distinct bought_in + interval '1' month as month from monthly
        where bought_in + interval '1' month <= date_trunc('month', local(data_until))),
    edges as (select month from starts order by month desc limit $months + 1),
    seen as (
        select e.month, m.customer_id, max(m.last_at) as last_at,
               sum(case when m.bought_in >= e.month - interval '12' month then m.sales else 0 end) as sales,
               sum(case when m.bought_in >= e.month - interval '12' month then m.margin end) as margin
        from edges e join monthly m on m.bought_in < e.month
        where m.bought_in >= e.month - interval '24' month group by e.month, m.customer_id),
    active as (
        select s.month, s.customer_id, s.sales, s.margin
        from seen s cross join lapse l where days_between(s.last_at, s.month) <= l.lapse_days)"""


def active_by_month(text: str, months: int) -> Query:
    """A query that may read `active`, customers active at the beginning of each of the last months, with `edges`, `lapse` and `monthly`.

    Args:
        text: begins with a common table expression of its own.
        months: how many complete months to follow.
    """
    return sql(ACTIVE + "," + text.strip().removeprefix("with"), months=months)


@question(
    "K1",
    ko="매달 고객을 얼마나 잃고, 그 가치는 얼마인가요?",
    en="How many customers do we lose each month, and what were they worth?",
    optional=("orders.margin_amount",),
    hidden=("lapse_days",),
    sentence=(
        "{month:month} 초 활동 고객 {n:count}명 가운데 {lost:count}명({rate:percent})이 이탈했습니다. 매출로 따지면 {value_rate:percent}입니다. "
        "마지막 구매 후 {lapse:days}이 지나면 이탈로 봅니다. (계약 없는 거래 기준)",
        "Of {n:count} customers active at the beginning of {month:month}, {lost:count} ({rate:percent}) left; weighted by sales it was "
        "{value_rate:percent}. Told from orders, not from contracts: {lapse:days} without an order count as leaving.",
    ),
    headline="""
        select max(month) as month, max_by(active_count, month) as n, max_by(lost_count, month) as lost, max_by(lost_share, month) as rate,
               max_by(lost_sales_share, month) as value_rate, max(lapse_days) as lapse
        from answer""",
    chart=Chart("line", "month", ("lost_share", "lost_sales_share")),
    actions=(AT_RISK, NextAction("잃은 고객 명단", "Whom we lost", question="customers_lost")),
    month=month(ko="월", en="Month"),
    active_count=count(ko="월초 활동 고객 수", en="Active at its beginning"),
    lost_count=count(ko="이탈 고객 수", en="Left in it"),
    lost_share=share(ko="이탈률(고객 수)", en="Churn by customers"),
    active_sales=money(ko="월초 활동 고객의 1년 매출", en="Year's sales of the active"),
    lost_sales=money(ko="이탈 고객의 1년 매출", en="Year's sales of those who left"),
    lost_sales_share=share(ko="이탈률(매출)", en="Churn by sales"),
    lost_margin=money(ko="이탈 고객의 1년 마진", en="Year's margin of those who left"),
    lost_margin_share=share(ko="이탈률(마진)", en="Churn by margin"),
    lapse_days=integer(ko="이탈 판단 기준일", en="Lapse point in days"),
)
def churn_by_month(months: int = 12) -> Query:
    """Of customers who had ordered within the lapse point at a month's beginning, the share who had not at its end.

    By customers, and weighted by their sales and margin of the twelve months before; before refunds. The lapse point is the
    company's of today for every month, so that months can be compared.
    """
    return active_by_month(
        """
        with followed as (
            select a.month, a.sales, a.margin, case when b.customer_id is null then 1 else 0 end as lost
            from active a join edges e on e.month = a.month + interval '1' month
            left join active b on b.customer_id = a.customer_id and b.month = a.month + interval '1' month)
        select cast(f.month as date) as month, count(*) as active_count, sum(f.lost) as lost_count,
               share(sum(f.lost), count(*)) as lost_share, cast(sum(f.sales) as decimal(18, 2)) as active_sales,
               cast(sum(f.sales * f.lost) as decimal(18, 2)) as lost_sales, share(sum(f.sales * f.lost), sum(f.sales)) as lost_sales_share,
               cast(sum(f.margin * f.lost) as decimal(18, 2)) as lost_margin,
               share(sum(f.margin * f.lost), sum(f.margin)) as lost_margin_share, cast(max(l.lapse_days) as bigint) as lapse_days
        from followed f cross join lapse l group by f.month order by f.month desc""",
        months,
    )


@question(
    "K6",
    ko="매달 고객과 매출, 마진은 얼마나 유지되나요?",
    en="How much of our customers, sales and margin do we keep each month?",
    optional=("orders.margin_amount",),
    sentence=(
        "{month:month} 초 활동 고객 {n:count}명 가운데 {kept:percent|이/가} 월말까지 남았습니다. 직전 12개월 매출로 따지면 {sales:percent|이/가} 남았습니다. "
        "마진으로 따지면 {margin:percent|이/가} 남았습니다. 거래한 지 1년이 넘은 고객 {old:count}명의 12개월 매출을 그달 전후로 견주면 총유지율(GRR)은 {gross:percent}, 순유지율(NRR)은 {net:percent}입니다. "
        "마지막 구매 후 {lapse:days}이 지나면 이탈로 봅니다. (계약 없는 거래 기준)",
        "Of {n:count} customers active at the beginning of {month:month}, {kept:percent} were still there at its end. "
        "Weighted by the sales of the 12 months before, {sales:percent} stayed. Weighted by margin, {margin:percent} stayed. "
        "For the {old:count} who have bought for more than a year, 12-month sales were retained at {gross:percent} gross, GRR, "
        "and {net:percent} net, NRR, in that month. Told from orders, not from contracts: {lapse:days} without an order count as leaving.",
    ),
    headline="""
        select max(month) as month, max_by(active_count, month) as n, max_by(kept_share, month) as kept,
               max_by(sales_retention, month) as sales, max_by(margin_retention, month) as margin,
               max_by(gross_retention, month) as gross, max_by(net_retention, month) as net,
               max_by(year_count, month) as old, max(lapse_days) as lapse
        from answer""",
    chart=Chart("line", "month", ("kept_share", "sales_retention", "gross_retention", "net_retention")),
    actions=(AT_RISK, NextAction("매달 잃은 고객과 그 가치", "Whom we lose each month", question="churn_by_month")),
    month=month(ko="월", en="Month"),
    active_count=count(ko="월초 활동 고객 수", en="Active at its beginning"),
    kept_count=count(ko="월말까지 남은 고객 수", en="Still active at its end"),
    kept_share=share(ko="고객 유지율", en="Customers kept"),
    active_sales=money(ko="월초 활동 고객의 1년 매출", en="Year's sales of the active"),
    sales_retention=share(ko="매출 유지율", en="Sales kept"),
    margin_retention=share(ko="마진 유지율", en="Margin kept"),
    year_count=count(ko="거래 1년 넘은 고객 수", en="Customers for over a year"),
    gross_retention=share(ko="매출 총유지율(GRR)", en="Gross revenue retention (GRR)"),
    net_retention=share(ko="매출 순유지율(NRR)", en="Net revenue retention (NRR)"),
    net_margin_retention=share(ko="마진 순유지율", en="Net margin retention"),
    lapse_days=integer(ko="이탈 판단 기준일", en="Lapse point in days"),
)
def retention_by_month(months: int = 12) -> Query:
    """Of customers active at a month's beginning, how many still were at its end: by heads, by sales, by margin, gross and net.

    Active: ordered within the lapse point, which is the company's of today for every month; there is no contract that would end. A
    customer weighs what he bought in the twelve months before; before refunds. Sales and margin kept: the weight of those who
    stayed, so that they and the churn of K1 add up to one. Gross and net retention put the twelve months up to the month's end in
    place of those before it: net with what customers added, gross each at most at his former sales. They are of customers whose
    first order was more than a year before, as the twelve months of others are still filling up, which would look like growth.
    """
    return active_by_month(
        """
        with firsts as (select customer_id, min(bought_in) as first_month from monthly group by customer_id),
        followed as (
            select a.month, a.sales, a.margin, case when b.customer_id is null then 0 else 1 end as kept, b.sales as sales_after,
                   b.margin as margin_after, case when f.first_month < a.month - interval '12' month then 1 else 0 end as whole
            from active a join firsts f on f.customer_id = a.customer_id join edges e on e.month = a.month + interval '1' month
            left join active b on b.customer_id = a.customer_id and b.month = a.month + interval '1' month)
        select cast(f.month as date) as month, count(*) as active_count, sum(f.kept) as kept_count,
               share(sum(f.kept), count(*)) as kept_share, cast(sum(f.sales) as decimal(18, 2)) as active_sales,
               share(sum(f.sales * f.kept), sum(f.sales)) as sales_retention,
               share(sum(f.margin * f.kept), sum(f.margin)) as margin_retention, nullif(sum(f.whole), 0) as year_count,
               share(sum(f.whole * least(f.sales, coalesce(f.sales_after, 0))), sum(f.whole * f.sales)) as gross_retention,
               share(sum(f.whole * coalesce(f.sales_after, 0)), sum(f.whole * f.sales)) as net_retention,
               share(sum(f.whole * coalesce(f.margin_after, 0)), sum(f.whole * f.margin)) as net_margin_retention,
               cast(max(l.lapse_days) as bigint) as lapse_days
        from followed f cross join lapse l group by f.month order by f.month desc""",
        months,
    )


# Signs at two moments, a lapse point ago and now; who was active then and did not order since; differences by strata of those who
# buy alike; and how many of those at risk now show each sign.
CAUSES = """
        with horizon as (select greatest(max(lapse_days), 28) as days, max(lapse_days) as lapse_days from profile),
        moments as (
            select 'then' as at_name, as_of - interval '1' day * cast(days as bigint) as at from horizon
            union all select 'now', as_of),
        bought as (
            select m.at_name, m.at, o.customer_id, o.ordered_at
            from orders o join moments m on o.ordered_at < m.at where o.status = 'completed' and o.customer_id is not null),
        people_then as (
            select b.at_name, b.at, b.customer_id, max(b.ordered_at) as last_at, count(*) as order_count,
                   count(case when days_between(b.ordered_at, b.at) <= $half_year then 1 end) as lately
            from bought b group by b.at_name, b.at, b.customer_id),
        active as (
            select p.at_name, p.at, p.customer_id, p.order_count, p.lately, days_between(p.last_at, p.at) as silence, h.lapse_days
            from people_then p cross join horizon h where days_between(p.last_at, p.at) <= h.lapse_days),
        lines as (
            select m.at_name, l.customer_id, l.product_id, days_between(l.ordered_at, m.at) as age, l.discount_amount, l.ordered_at,
                   l.shipped_at
            from order_lines l join moments m on l.ordered_at < m.at where l.customer_id is not null),
        offers as (
            select at_name, customer_id,
                   share(count(case when age <= 365 and discount_amount > 0 then 1 end),
                         count(case when age <= 365 and discount_amount is not null then 1 end)) as of_year,
                   share(count(case when age <= $lately and discount_amount > 0 then 1 end),
                         count(case when age <= $lately and discount_amount is not null then 1 end)) as of_late,
                   max(case when age <= $lately and days_between(ordered_at, shipped_at) >= 3 then 1 else 0 end) as slow
            from lines group by at_name, customer_id),
        tastes as (
            select l.at_name, l.customer_id, count(distinct case when l.age <= $lately then p.category end) as late_count,
                   count(distinct case when l.age > $lately and l.age <= 365 then p.category end) as before_count
            from lines l join products p on p.product_id = l.product_id group by l.at_name, l.customer_id),
        letters as (
            select m.at_name, s.customer_id, count(case when s.message_event = 'sent' then 1 end) as sent,
                   count(case when s.message_event in ('opened', 'clicked') then 1 end) as opened,
                   count(case when s.message_event in ('unsubscribed', 'complained') then 1 end) as refused
            from messages s join moments m on s.occurred_at < m.at and days_between(s.occurred_at, m.at) <= $lately
            where s.customer_id is not null group by m.at_name, s.customer_id),
        signs as (
            select at_name, customer_id, 'price' as cause_group, 'mostly_discounted' as indicator from offers where of_year >= 0.6e0
            union all
            select at_name, customer_id, 'price', 'fewer_discounts' from offers where of_year - of_late >= 0.2e0
            union all
            select at_name, customer_id, 'service', 'slow_shipping' from offers where slow = 1
            union all
            select m.at_name, i.customer_id, 'service', 'enquiry'
            from interactions i join moments m on i.occurred_at < m.at and days_between(i.occurred_at, m.at) <= $lately
            union all
            select m.at_name, i.customer_id, 'service', 'unanswered_enquiry'
            from interactions i join moments m on i.occurred_at < m.at and days_between(i.occurred_at, m.at) between 2 and $lately
            where i.resolved_at is null or i.resolved_at >= m.at
            union all
            select m.at_name, r.customer_id, 'service', 'product_returned'
            from returns r join moments m on r.returned_at < m.at and days_between(r.returned_at, m.at) <= $lately
            union all
            select m.at_name, f.customer_id, 'service', 'low_rating'
            from feedback f join moments m on f.given_at < m.at and days_between(f.given_at, m.at) <= $half_year where f.rating <= 3
            union all
            select at_name, customer_id, 'loyalty', 'narrower_taste' from tastes where before_count >= 2 and late_count = 1
            union all
            select at_name, customer_id, 'loyalty', 'one_order_only' from active where order_count = 1
            union all
            select m.at_name, y.customer_id, 'loyalty', 'points_expired'
            from loyalty y join moments m on y.occurred_at < m.at and days_between(y.occurred_at, m.at) <= $half_year
            where y.loyalty_event = 'expired'
            union all
            select at_name, customer_id, 'communication', 'nothing_opened' from letters where sent >= 3 and opened = 0
            union all
            select at_name, customer_id, 'communication', 'unsubscribed' from letters where refused > 0
            union all
            select a.at_name, a.customer_id, 'communication', 'no_message'
            from active a left join letters l on l.at_name = a.at_name and l.customer_id = a.customer_id
            where l.customer_id is null and exists (select 1 from letters)),
        marked as (select distinct at_name, customer_id, cause_group, indicator from signs where customer_id is not null),
        kinds as (select distinct cause_group, indicator from marked),
        base as (
            select a.customer_id, least(a.lately, 6) * 10 + cast(floor(3.999e0 * share(a.silence, a.lapse_days)) as bigint) as stratum,
                   case when n.customer_id is null then 1e0 else 0e0 end as away
            from active a
            left join (select distinct w.customer_id from orders w join moments t on t.at_name = 'then' and w.ordered_at >= t.at
                       where w.status = 'completed') n on n.customer_id = a.customer_id
            where a.at_name = 'then'),
        compared as (
            select k.cause_group, k.indicator, b.stratum, sum(case when m.customer_id is not null then 1e0 else 0e0 end) as n1,
                   sum(case when m.customer_id is null then 1e0 else 0e0 end) as n0,
                   sum(case when m.customer_id is not null then b.away else 0e0 end) as d1,
                   sum(case when m.customer_id is null then b.away else 0e0 end) as d0
            from base b cross join kinds k
            left join marked m on m.at_name = 'then' and m.customer_id = b.customer_id and m.indicator = k.indicator
            group by k.cause_group, k.indicator, b.stratum),
        weighed as (
            select *, share(n1 * n0, n1 + n0) as w, (d1 + 0.5e0) / (n1 + 1e0) as p1, (d0 + 0.5e0) / (n0 + 1e0) as p0 from compared),
        pooled as (
            select cause_group, indicator, sum(n1) as n1, sum(n0) as n0, share(sum(d1), sum(n1)) as churn_with,
                   share(sum(d0), sum(n0)) as churn_without,
                   share(sum(case when n1 > 0 and n0 > 0 then w * (d1 / n1 - d0 / n0) end), sum(case when n1 > 0 and n0 > 0 then w end))
                       as effect,
                   share(sqrt(sum(case when n1 > 0 and n0 > 0 then w * w * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) end)),
                         sum(case when n1 > 0 and n0 > 0 then w end)) as error
            from weighed group by cause_group, indicator),
        endangered as (
            select customer_id from profile
            where order_count > 0 and lifecycle_stage <> 'lapsed' and (lifecycle_stage = 'at_risk' or churn_probability >= 0.6e0)),
        showing as (
            select m.indicator, count(*) as risk_count
            from marked m join endangered e on e.customer_id = m.customer_id where m.at_name = 'now' group by m.indicator),
        totals as (select count(*) as customer_total from base),
        risky as (select count(*) as risk_total from endangered)
        select row_number() over (order by p.effect - 1.96e0 * p.error desc, p.indicator) as place, p.cause_group, p.indicator,
               cast(p.n1 as bigint) as with_count, p.churn_with, p.churn_without, p.effect, p.effect - 1.96e0 * p.error as effect_low,
               p.effect + 1.96e0 * p.error as effect_high, share(p.effect, p.error) as strength, coalesce(s.risk_count, 0) as risk_count,
               share(coalesce(s.risk_count, 0), r.risk_total) as risk_share, t.customer_total, cast(h.days as bigint) as day_count
        from pooled p cross join totals t cross join risky r cross join horizon h
        left join showing s on s.indicator = p.indicator
        where p.n1 >= $fewest and p.n0 >= $fewest and p.error > 0 order by place"""


@question(
    "K2",
    ko="고객은 어떤 이유로 떠나나요?",
    en="What goes with leaving?",
    optional=(
        "order_lines",
        "order_lines.discount_amount",
        "order_lines.shipped_at",
        "products",
        "products.category",
        "interactions",
        "interactions.resolved_at",
        "returns",
        "feedback",
        "feedback.rating",
        "messages",
        "loyalty",
        "profile.churn_probability",
    ),
    hidden=("customer_total", "day_count"),
    sentence=(
        "{days:days} 전 활동 고객 {n:count}명을 구매 빈도가 비슷한 고객끼리 견주었더니, 이탈과 뚜렷하게 관련된 신호는 {found:count}가지입니다. "
        "가장 뚜렷한 신호는 '{indicator}'이고, 이탈률이 {effect:percent}p 더 높습니다. 지금 위험 고객의 {shown:percent}에게 이 신호가 있습니다. "
        "관련이 있다는 뜻이며 원인이라는 증거는 아닙니다.",
        "Among {n:count} customers who were active {days:days} ago, compared with those who buy alike, {found:count|sign/signs} clearly "
        'went with leaving. The clearest is "{indicator}": churn is higher by {effect:percent} points. {shown:percent} of customers at risk '
        "now show it. This is association, not proof.",
    ),
    headline="""
        select max(customer_total) as n, max(day_count) as days, count(case when effect_low > 0 then 1 end) as found,
               min_by(case when effect_low > 0 then indicator end, place) as indicator,
               min_by(case when effect_low > 0 then effect end, place) as effect,
               min_by(case when effect_low > 0 then risk_share end, place) as shown
        from answer""",
    chart=Chart("bar", "indicator", ("effect",), low="effect_low", high="effect_high"),
    actions=(AT_RISK, NextAction("구매 가능성을 좌우하는 요인", "What goes with likelihood", question="likelihood_reasons")),
    place=integer(ko="순위", en="Rank"),
    cause_group=category(ko="원인 묶음", en="Group of causes"),
    indicator=category(ko="신호", en="Sign"),
    with_count=count(ko="신호가 있던 고객 수", en="Customers with it"),
    churn_with=share(ko="신호 있는 고객의 이탈률", en="Churn with it"),
    churn_without=share(ko="신호 없는 고객의 이탈률", en="Churn without it"),
    effect=share(ko="이탈률 차이", en="Difference, buying alike"),
    effect_low=share(ko="차이(하한)", en="Difference, low"),
    effect_high=share(ko="차이(상한)", en="Difference, high"),
    strength=number(ko="근거 강도", en="Strength (z)"),
    risk_count=count(ko="신호가 있는 위험 고객 수", en="At risk now with it"),
    risk_share=share(ko="위험 고객 중 비중", en="Share of those at risk"),
    customer_total=count(ko="비교한 고객 수", en="Customers compared"),
    day_count=integer(ko="기간(일)", en="Days looked ahead"),
)
def churn_causes(fewest: int = 20) -> Query:
    """Signs of four groups (price, service, loyalty, communication) by how much more customers who show them leave.

    Signs are told a lapse point ago, of customers who were active then; leaving is no order since. Who orders often complains
    often and stays: so that customers are compared with those of the same number of orders in half a year and about the same
    silence (difference of risks by strata, weighted as by Mantel and Haenszel; 95 % interval of Greenland and Robins). Ranked by the
    lower end of the interval. Association, not proof: an experiment would be. At risk now are customers of the stage at risk and
    those not lapsed whose churn probability is 60 % or more.
    """
    return sql(
        CAUSES,
        fewest=fewest,
        lately=LATELY,
        half_year=HALF_YEAR,
    )
