"""Acquisition: what customers of each origin are worth and cost, and when they have paid their cost back (Q45; R123)."""

from collections.abc import Mapping
from typing import Literal

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, money, number, question, share, sql
from dangol.core.query import preceded

Origin = Literal["channel", "campaign", "keyword", "first_product", "first_category"]
# The last visit that named one, at most 90 days before the first order, as V12 has it.
VISITED = """
    select customer_id, origin from (
        select e.customer_id, {origin} as origin,
               row_number() over (partition by e.customer_id order by e.occurred_at desc, e.event_id) as place
        from events e join profile p on p.customer_id = e.customer_id {more}
        where e.{column} is not null and e.occurred_at <= p.first_ordered_at
              and days_between(e.occurred_at, p.first_ordered_at) <= 90) visits
    where place = 1"""
CAMPAIGN_NAME = "left join campaigns c on c.campaign_id = {table}.{column}"
CAME_BY: Mapping[Origin, str] = {
    "channel": "select customer_id, acquisition_channel as origin from people",
    "campaign": VISITED.format(
        origin="coalesce(c.campaign_name, e.utm_campaign)",
        column="utm_campaign",
        more=CAMPAIGN_NAME.format(table="e", column="utm_campaign"),
    ),
    "keyword": VISITED.format(origin="e.utm_term", column="utm_term", more=""),
    "first_product": """
        select p.customer_id, coalesce(s.product_name, p.first_product) as origin
        from profile p left join products s on s.product_id = p.first_product""",
    "first_category": "select customer_id, first_category as origin from profile",
}
# What was spent for one origin; a first product or category has no money of its own.
OF_NONE = "select cast(null as varchar) as origin, spent_on, cost from spend"
SPENT_ON: Mapping[Origin, str] = {
    "channel": "select channel as origin, spent_on, cost from spend",
    "campaign": "select coalesce(c.campaign_name, s.campaign_id) as origin, s.spent_on, s.cost from spend s "
    + CAMPAIGN_NAME.format(table="s", column="campaign_id"),
    "keyword": "select keyword as origin, spent_on, cost from spend",
    "first_product": OF_NONE,
    "first_category": OF_NONE,
}
# Months are 30 days of each customer's own time; in each count only those who have lived it whole.
PAYBACK = """
    with newcomers as (
        select customer_id, first_ordered_at, days_between(first_ordered_at, as_of) as age,
               cast(margin as double) + cast(expected_margin_12m as double) as lifetime
        from profile
        where order_count > 0 and expected_margin_12m is not null and days_between(first_ordered_at, as_of) <= $days),
    members as (
        select n.customer_id, n.first_ordered_at, n.age, n.lifetime, c.origin
        from newcomers n join came_by c on c.customer_id = n.customer_id where c.origin is not null),
    acquired as (
        select origin, count(*) as people, avg(lifetime) as lifetime, stddev_samp(lifetime) / sqrt(count(*)) as error from members group by origin having count(*) >= $fewest),
    spending as (
        select origin, sum(cost) as cost from spent_on where days_between(cast(spent_on as timestamp), local(as_of)) <= $days
        group by origin),
    company as (
        select share(s.cost, n.people) as average
        from (select sum(cost) as cost from spending) s cross join (select count(*) as people from newcomers) n),
    priced as (
        select a.origin, a.people, a.lifetime, a.error, s.cost,
               case when $has_own then share(s.cost, a.people) else c.average end as cost_each,
               case when not $has_own then 'average_cost' when s.cost is not null then 'own_cost' end as cost_basis
        from acquired a cross join company c left join spending s on s.origin = a.origin),
    booked as (
        select customer_id, ordered_at as at, margin_amount as margin from orders where status = 'completed'
        union all
        select customer_id, returned_at, -refund_amount from returns),
    dated as (
        select m.origin, m.age, b.margin, cast(floor(days_between(m.first_ordered_at, b.at) / 30e0) as bigint) as month_number
        from members m join booked b on b.customer_id = m.customer_id where b.at >= m.first_ordered_at),
    earned as (
        select origin, month_number, sum(margin) as margin from dated where age >= 30 * (month_number + 1) group by origin, month_number),
    lived as (
        select m.origin, k.month_number, count(*) as people
        from members m join (select distinct month_number from dated) k on m.age >= 30 * (k.month_number + 1)
        group by m.origin, k.month_number having count(*) >= $fewest),
    running as (
        select l.origin, l.month_number + 1 as month_number,
               sum(share(coalesce(e.margin, 0), l.people)) over (partition by l.origin order by l.month_number) as brought
        from lived l left join earned e on e.origin = l.origin and e.month_number = l.month_number),
    repaid as (
        select p.origin, max(r.month_number) as seen_months, max_by(r.brought, r.month_number) as brought,
               min(case when r.brought >= p.cost_each then r.month_number end) as payback_month
        from priced p join running r on r.origin = p.origin group by p.origin)
    select p.origin, p.people as new_customer_count, cast(p.cost as decimal(18, 2)) as cost, money_per(p.cost_each, 1) as acquisition_cost,
           p.cost_basis, cast(p.lifetime as decimal(18, 2)) as lifetime_value,
           cast(p.lifetime - 1.96e0 * p.error as decimal(18, 2)) as value_low, cast(p.lifetime + 1.96e0 * p.error as decimal(18, 2)) as value_high,
           share(p.lifetime, p.cost_each) as value_ratio,
           cast(p.lifetime * $target_share as decimal(18, 2)) as most_payable, cast(r.payback_month as bigint) as payback_month,
           money_per(r.brought, 1) as margin_so_far, cast(r.seen_months as bigint) as seen_months,
           cast($target_share as double) as target_share, cast($days as bigint) as day_count
    from priced p left join repaid r on r.origin = p.origin
    order by value_ratio desc nulls last, lifetime_value desc, p.origin limit $top"""


@question(
    "Q45",
    ko="획득 비용 대비 고객평생가치는 몇 배이고, 언제 회수하며, 얼마까지 낼 수 있나요?",
    en="What is lifetime value to acquisition cost, when is it paid back, and how much may we pay?",
    optional=("returns", "campaigns", "campaigns.campaign_name", "products.product_name", "spend.campaign_id", "spend.keyword"),
    sentence=(
        "비용을 아는 곳에서 최근 {days:days} 신규 고객 한 명을 얻는 데 {cost_each:money|이/가} 들었고, 그 고객의 가치는 {value_each:money}입니다. 비용의 {ratio:number}배입니다. "
        "{of:count}곳 가운데 {paid:count}곳이 획득 비용을 회수했습니다. 가장 빠른 곳은 {fastest|(으)로}, 첫 구매 뒤 {soonest:count}개월째입니다. "
        "가치의 {target:percent}까지 쓴다면 신규 고객 한 명에 {payable:money}까지 낼 수 있습니다. "
        "처음 산 상품에는 따로 쓴 비용이 없어 회사 평균 획득 비용 {average:money|과/와} 견주면, 고객 한 명의 가치 {value_any:money|은/는} 그 {ratio_any:number}배입니다.",
        "Where the cost is known a new customer of the last {days:days} cost {cost_each:money} and is worth {value_each:money}, "
        "{ratio:number} times as much. Of {of:count} origins {paid:count} have paid their cost back. "
        "The fastest is {fastest}, in month {soonest:count} after the first order. "
        "Spending {target:percent} of the value allows {payable:money} for each new customer. "
        "A customer is worth {value_any:money}, {ratio_any:number} times the company's mean cost of {average:money}; what was bought first "
        "has no cost of its own.",
    ),
    headline="""
        select share(sum(cost), sum(new_customer_count)) as cost_each,
               case when sum(cost) > 0 then share(sum(lifetime_value * new_customer_count), sum(new_customer_count)) end as value_each,
               share(sum(lifetime_value * new_customer_count), sum(cost)) as ratio, max(target_share) as target,
               share(sum(lifetime_value * new_customer_count) * max(target_share), sum(new_customer_count)) as payable,
               sum(new_customer_count) as n, max(day_count) as days, count(*) as of, count(payback_month) as paid,
               min_by(case when payback_month is not null then origin end, (coalesce(payback_month, 1000), origin)) as fastest,
               min(payback_month) as soonest, max(case when cost_basis = 'average_cost' then acquisition_cost end) as average,
               case when max(cost_basis) = 'average_cost' then share(sum(lifetime_value * new_customer_count), sum(new_customer_count)) end
                   as value_any,
               case when max(cost_basis) = 'average_cost'
                    then share(sum(lifetime_value * new_customer_count), sum(acquisition_cost * new_customer_count)) end as ratio_any
        from answer where acquisition_cost > 0""",
    hidden=("target_share", "day_count"),
    chart=Chart("bar", "origin", ("most_payable", "acquisition_cost")),
    actions=(
        NextAction("유입 채널별 고객 가치", "Value by acquisition channel", question="value_by_channel"),
        NextAction("코호트별 비용 회수", "Payback by cohort", question="value_by_cohort"),
        NextAction("유입 경로별 입찰 상한", "Bids by source", question="value_based_bids"),
    ),
    origin=category(ko="획득 경로", en="Origin"),
    new_customer_count=count(ko="신규 고객 수", en="New customers"),
    cost=money(ko="마케팅 비용", en="Marketing spend"),
    acquisition_cost=money(ko="고객당 획득 비용", en="Acquisition cost per customer"),
    cost_basis=category(ko="비용의 기준", en="Which cost"),
    lifetime_value=money(ko="고객당 평생가치", en="Lifetime value per customer"),
    value_low=money(ko="평생가치 하한(95%)", en="Lifetime value, low (95 %)"),
    value_high=money(ko="평생가치 상한(95%)", en="Lifetime value, high (95 %)"),
    value_ratio=number(ko="가치/비용(배)", en="Value to cost, times"),
    most_payable=money(ko="낼 수 있는 최대 비용", en="The most we may pay"),
    payback_month=integer(ko="비용 회수(몇 개월째)", en="Paid back in month"),
    margin_so_far=money(ko="고객당 누적 마진", en="Margin so far per customer"),
    seen_months=integer(ko="관찰한 개월 수", en="Months observed"),
    target_share=share(ko="가치 중 쓸 비중", en="Share of the value to spend"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def payable_acquisition_cost(
    days: int = 365, target_share: float = 0.33, origin: Origin = "channel", fewest: int = 10, top: int = 100
) -> Query:
    """By origin of the last days' new customers: what one cost, is worth and may cost, and the month in which margin reaches the cost.

    Origins are the acquisition channel; the campaign or keyword of the last web visit that named one, at most 90 days before the first
    order; or the product or category bought first. Channel, campaign and keyword are matched by name with the spend; without spend the
    cost is missing, not zero. What was bought first has no cost of its own: it is held against the company's mean, all spend over all
    new customers. Margin counts after refunds by months of 30 days since each customer's first order, of those who have lived the
    month whole, as long as they are at least `fewest`; empty where the cost is not reached yet. Smaller origins are left out. The most
    we may pay is the lifetime value times the target share; a third keeps value at three times the cost.
    """
    return preceded(
        sql(
            PAYBACK,
            days=days,
            target_share=target_share,
            fewest=fewest,
            top=top,
            has_own=origin not in ("first_product", "first_category"),
        ),
        came_by=sql(CAME_BY[origin]),
        spent_on=sql(SPENT_ON[origin]),
    )
