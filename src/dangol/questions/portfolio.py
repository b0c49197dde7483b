"""Customers as a portfolio: value tier by lifecycle stage, treatment and budget by tier (V1, V2)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, money, number, question, share, sql
from dangol.core.query import preceded
from dangol.questions.value_change import with_costs

PROTECT = NextAction("가치가 높은 이탈 위험 고객", "Valuable customers at risk", question="value_at_risk")
# Everybody with a value, best first; the tier is the same wherever it is shown.
TIERED = """
    select customer_id, lifecycle_stage, expected_margin_12m, coalesce(net_sales_365, 0) as net_sales_365,
           case when place <= ceil($high_share * customer_count) then 'high'
                when place <= ceil(($high_share + $medium_share) * customer_count) then 'medium' else 'low' end as value_tier
    from (select customer_id, lifecycle_stage, expected_margin_12m, net_sales_365,
                 row_number() over (order by expected_margin_12m desc, customer_id) as place, count(*) over () as customer_count
          from profile where order_count > 0 and expected_margin_12m is not null) ranked"""
# The budget asked with, else the one of the plan; missing where there is neither.
PLANNED = """
    select coalesce(nullif(cast($budget as double), 0), max(case when figure = 'yearly_budget' then amount end)) as budget from entered"""


@question(
    "V1",
    ko="고객 포트폴리오는 어떻게 나뉘나요? (가치 등급 × 생애주기 단계)",
    en="What does our customer portfolio look like: value tier by lifecycle stage?",
    optional=("entered", "profile.net_sales_365"),
    hidden=("equity_total",),
    sentence=(
        "고객자산 {equity:money} 가운데 {best_equity:money}({best_share:percent})이 '{tier}' 등급의 '{stage}' 고객에게 있습니다. "
        "이탈 위험이거나 이미 이탈한 고객의 몫은 {risky_share:percent}입니다.",
        "Of {equity:money} of customer equity {best_equity:money} ({best_share:percent}) lies with customers of tier “{tier}” "
        "in stage “{stage}”. Those at risk or lapsed hold {risky_share:percent}.",
    ),
    headline="""
        select max(equity_total) as equity, max(equity) as best_equity, max(equity_share) as best_share,
               min_by(value_tier, (-equity, value_tier, lifecycle_stage)) as tier,
               min_by(lifecycle_stage, (-equity, value_tier, lifecycle_stage)) as stage,
               share(sum(case when lifecycle_stage in ('at_risk', 'lapsed') then equity else 0 end), sum(equity)) as risky_share,
               sum(customer_count) as n
        from answer""",
    chart=Chart("heatmap", "lifecycle_stage", ("value_tier",), "equity"),
    actions=(
        NextAction("등급별 대우와 예산", "Treatment and budget by tier", question="value_tiers"),
        NextAction("고객자산은 왜 변했나요?", "Why customer equity changed", question="customer_equity"),
        PROTECT,
    ),
    value_tier=category(ko="가치 등급", en="Value tier"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    customer_count=count(ko="고객 수", en="Customers"),
    equity=money(ko="고객자산", en="Customer equity"),
    equity_share=share(ko="고객자산 비중", en="Share of customer equity"),
    value_each=money(ko="1인당 기대 마진", en="Expected margin each"),
    budget=money(ko="예산", en="Budget"),
    equity_total=money(ko="전체 고객자산", en="Customer equity in all"),
)
def customer_portfolio(high_share: float = 0.2, medium_share: float = 0.3, budget: float = 0.0) -> Query:
    """Customer equity by value tier and lifecycle stage; every customer is in one cell, and the cells add up to all equity.

    Equity is the expected margin of 12 months. Tiers by rank: the top fifth is high, the next three tenths medium, the rest low,
    unless the options say otherwise. The budget, of the option or of the plan in the settings, is shared out by equity: a start, not
    an optimum, as nobody has measured what more money would do in each cell (R121).
    """
    return preceded(
        sql("""
        with cells as (
            select value_tier, lifecycle_stage, count(*) as customer_count, sum(expected_margin_12m) as equity
            from tiered group by value_tier, lifecycle_stage),
        placed as (
            select value_tier, lifecycle_stage, customer_count, equity,
                   case value_tier when 'high' then 1 when 'medium' then 2 else 3 end as tier_place,
                   case lifecycle_stage when 'new' then 1 when 'active' then 2 when 'reactivated' then 3 when 'at_risk' then 4
                                        else 5 end as stage_place
            from cells),
        running as (
            select value_tier, lifecycle_stage, customer_count, equity, tier_place, stage_place, sum(equity) over () as total,
                   sum(equity) over (order by tier_place, stage_place rows unbounded preceding) as until
            from placed)
        select r.value_tier, r.lifecycle_stage, r.customer_count, cast(r.equity as decimal(18, 2)) as equity,
               share(r.equity, r.total) as equity_share, money_per(r.equity, r.customer_count) as value_each,
               cast(money_per(p.budget * r.until, r.total) - money_per(p.budget * (r.until - r.equity), r.total) as decimal(18, 2)) as budget,
               cast(r.total as decimal(18, 2)) as equity_total
        from running r cross join planned p order by r.tier_place, r.stage_place"""),
        tiered=sql(TIERED, high_share=high_share, medium_share=medium_share),
        planned=sql(PLANNED, budget=budget),
    )


TIERS = """
with served as (select customer_id, sum(cost) as cost from touched group by customer_id),
mailed as (
    select share(sum(coalesce(c.cost_per_contact, 0)), count(*)) as cost_each
    from messages m left join campaigns c on c.campaign_id = m.campaign_id
    where m.message_event = 'sent' and days_between(m.occurred_at, as_of) <= 365),
judged as (
    select t.customer_id, t.expected_margin_12m, t.net_sales_365, s.cost,
           case when coalesce(s.cost, 0) > t.expected_margin_12m then 'unprofitable' else t.value_tier end as value_tier
    from tiered t left join served s on s.customer_id = t.customer_id),
summed as (
    select value_tier, count(*) as customer_count, min(expected_margin_12m) as lowest_value, sum(expected_margin_12m) as equity,
           sum(net_sales_365) as net_sales_365, sum(cost) as cost,
           case when value_tier = 'unprofitable' then 0 else sum(expected_margin_12m) end as weight,
           case value_tier when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end as place
    from judged group by value_tier),
running as (
    select value_tier, customer_count, lowest_value, equity, net_sales_365, cost, weight, place,
           sum(equity) over () as total, sum(customer_count) over () as everybody, sum(weight) over () as weights,
           sum(weight) over (order by place rows unbounded preceding) as until
    from summed),
simulated as (
    select r.value_tier, r.customer_count, r.lowest_value, r.equity, r.net_sales_365, r.cost, r.weight, r.place, r.total,
           r.everybody, r.weights, r.until,
           case when r.value_tier = 'high' then r.customer_count * $calls * $call_minutes / 60e0 / 52e0 else 0e0 end as planned_hours,
           cast(r.customer_count * case r.value_tier when 'high' then $calls * c.conversation when 'medium' then $mails * m.cost_each
                                                     else 0 end as decimal(18, 2)) as planned_cost
    from running r cross join mailed m cross join rates c)
select r.value_tier,
       case r.value_tier when 'high' then 'keep_close' when 'medium' then 'sell_more' when 'low' then 'keep_cheaply'
                         else 'cut_cost' end as treatment,
       case r.value_tier when 'high' then 'personal_call' when 'medium' then 'personal_message' else 'self_service' end as service,
       r.customer_count, share(r.customer_count, r.everybody) as customer_share,
       cast(r.lowest_value as decimal(18, 2)) as lowest_value, cast(r.equity as decimal(18, 2)) as equity,
       share(r.equity, r.total) as equity_share, cast(r.net_sales_365 as decimal(18, 2)) as net_sales_365,
       cast(r.cost as decimal(18, 2)) as cost_to_serve, money_per(r.cost, r.customer_count) as cost_each,
       r.customer_count * case r.value_tier when 'high' then $calls when 'medium' then $mails else 0 end as planned_contacts,
       r.planned_hours, r.planned_cost, cast(r.planned_cost - coalesce(r.cost, 0) as decimal(18, 2)) as cost_change,
       cast(money_per(p.budget * r.until, r.weights) - money_per(p.budget * (r.until - r.weight), r.weights) as decimal(18, 2))
           as budget,
       cast(r.total as decimal(18, 2)) as equity_total, cast(r.cost as decimal(18, 2)) as reach_cost
from simulated r cross join planned p order by r.place"""


@question(
    "V2",
    ko="가치 등급별로 어떻게 대우하고 예산을 나눌까요?",
    en="How should each value tier be treated, and with what budget?",
    optional=("entered", "messages", "campaigns", "interactions", "returns", "profile.net_sales_365"),
    hidden=("equity_total", "reach_cost"),
    sentence=(
        "'높음' 등급 고객 {best:count}명이 고객자산의 {best_share:percent|을/를} 차지합니다. "
        "응대 비용이 기대 마진보다 큰 고객은 {losing:count}명이고, 이들에게 지난 1년간 {cost:money|이/가} 들었습니다. "
        "계획한 전화에는 한 주에 {hours:number}시간이 걸립니다.",
        "The {best:count} customers of the high tier hold {best_share:percent} of customer equity. "
        "{losing:count} customers cost more to serve than they are expected to bring; they cost {cost:money} in the last year. "
        "The calls that are planned take {hours:number} hours a week.",
    ),
    headline="""
        select sum(case when value_tier = 'high' then customer_count else 0 end) as best,
               sum(case when value_tier = 'high' then equity_share else 0 end) as best_share,
               sum(case when value_tier = 'unprofitable' then customer_count else 0 end) as losing,
               sum(planned_hours) as hours,
               case when count(reach_cost) > 0 then sum(case when value_tier = 'unprofitable' then reach_cost else 0 end) end as cost,
               sum(customer_count) as n
        from answer""",
    chart=Chart("bar", "value_tier", ("equity",)),
    actions=(
        NextAction("포트폴리오 보기", "See the portfolio", question="customer_portfolio"),
        NextAction("손해를 보는 고객", "Customers who lose money", question="unprofitable_customers"),
        NextAction("VIP는 무엇이 다른가요?", "What sets VIPs apart", question="vip_traits"),
    ),
    value_tier=category(ko="가치 등급", en="Value tier"),
    treatment=category(ko="대우", en="Treatment"),
    service=category(ko="응대 방법", en="Service"),
    customer_count=count(ko="고객 수", en="Customers"),
    customer_share=share(ko="고객 비중", en="Share of customers"),
    lowest_value=money(ko="등급 하한(기대 마진)", en="From an expected margin of"),
    equity=money(ko="고객자산", en="Customer equity"),
    equity_share=share(ko="고객자산 비중", en="Share of customer equity"),
    net_sales_365=money(ko="최근 1년 매출", en="Sales in 365 days"),
    cost_to_serve=money(ko="최근 1년 응대 비용", en="Cost to serve, 365 days"),
    cost_each=money(ko="1인당 응대 비용", en="Cost to serve each"),
    planned_contacts=count(ko="계획한 연간 접촉", en="Contacts planned, a year"),
    planned_hours=number(ko="계획한 주당 통화 시간", en="Hours of calls a week, planned"),
    planned_cost=money(ko="계획한 연간 응대 비용", en="Cost of planned contacts"),
    cost_change=money(ko="지난 1년 대비 비용 변화", en="Change of cost against the last year"),
    budget=money(ko="예산", en="Budget"),
    equity_total=money(ko="전체 고객자산", en="Customer equity in all"),
    reach_cost=money(ko="응대 비용", en="Cost to serve"),
)
def value_tiers(
    high_share: float = 0.2,
    medium_share: float = 0.3,
    budget: float = 0.0,
    service_cost: float = 0.0,
    calls: int = 4,
    mails: int = 12,
    call_minutes: float = 10.0,
) -> Query:
    """Every buyer in one tier, with how to treat it, what it cost to serve in a year and its share of the budget.

    High, medium and low by rank of expected margin; unprofitable where a year's messages and conversations cost more than the
    expected margin. A message costs its campaign's cost per contact, a conversation what the option says, else the plan, a returned
    order what the plan says. The budget goes to tiers by positive equity, nothing to the unprofitable: keep the high, sell more to the medium, serve the low by self-service (R085, R122,
    R129).
    Planned are `calls` conversations a year with each customer of the high tier and `mails` messages with each of the medium
    one, at the cost of a conversation and at the mean cost of a message of the last year; everybody else serves himself. A conversation
    takes `call_minutes`; hours are those of one of 52 weeks.
    """
    return preceded(
        with_costs(sql(TIERS, calls=calls, mails=mails, call_minutes=call_minutes), service_cost=service_cost),
        tiered=sql(TIERED, high_share=high_share, medium_share=medium_share),
        planned=sql(PLANNED, budget=budget),
    )
