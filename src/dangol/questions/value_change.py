"""How value changes: customer equity and its bridge, whose value rose or fell, who loses money, and what serving costs (Q47, Q48, Q50)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, moment, money, question, sql
from dangol.core.query import preceded

WIN_BACK = NextAction("되찾기 프로그램", "Win them back", programme="win_back")
# The run to compare with: the latest one that is old enough, else the oldest there is.
BEFORE = """
    select e.customer_id, e.scored_at, e.lifecycle_stage, e.expected_margin_12m
    from earlier_scores e
    join (select coalesce(max(case when days_between(scored_at, as_of) >= $since_days then scored_at end), min(scored_at)) as since
          from earlier_scores) c on c.since = e.scored_at
    where e.expected_margin_12m is not null"""

# A conversation costs what is asked with, else what the plan says; a returned order what the plan says; neither counts otherwise.
RATES = """
    select cast(coalesce(nullif(cast($service_cost as double), 0), max(case when figure = 'conversation_cost' then amount end), 0e0)
                as decimal(18, 2)) as conversation,
           cast(coalesce(max(case when figure = 'return_cost' then amount end), 0e0) as decimal(18, 2)) as returned
    from entered"""
TOUCHED = """
    select m.customer_id, 'message' as kind, cast(coalesce(c.cost_per_contact, 0) as decimal(18, 4)) as cost
    from messages m left join campaigns c on c.campaign_id = m.campaign_id
    where m.message_event = 'sent' and m.customer_id is not null and days_between(m.occurred_at, as_of) <= $days
    union all
    select i.customer_id, 'conversation' as kind, cast(r.conversation as decimal(18, 4)) as cost
    from interactions i cross join rates r where i.customer_id is not null and days_between(i.occurred_at, as_of) <= $days
    union all
    select b.customer_id, 'return' as kind, cast(r.returned as decimal(18, 4)) as cost
    from (select distinct customer_id, order_id, date_trunc('day', local(returned_at)) as day from returns
          where customer_id is not null and days_between(returned_at, as_of) <= $days) b cross join rates r"""


def with_costs(query: Query, *, days: int = 365, service_cost: float = 0.0) -> Query:
    """The query with `rates` (conversation, returned) and `touched` (customer_id, kind, cost) in front.

    Args:
        query: that reads them.
        days: looked back from now.
        service_cost: of one conversation; 0 for that of the plan.
    """
    return preceded(query, rates=sql(RATES, service_cost=service_cost), touched=sql(TOUCHED, days=days))


@question(
    "Q47",
    ko="고객자산은 얼마이고, 왜 변했나요?",
    en="What is our customer equity, and why did it change?",
    hidden=("equity_before", "equity_now", "since"),
    sentence=(
        "고객자산(12개월 기대 마진 합계)은 {now:money}입니다. {since:moment} 기준 {before:money}에서 {size:money} {turn}했습니다. "
        "신규 {new:money}, 복귀 {back:money}, 성장 {grown:money}, 감소 {shrunk:money}, 이탈 {lost:money}입니다.",
        "Customer equity, the expected margin of 12 months, is {now:money}. {turn} by {size:money} from {before:money} as of {since:moment}. "
        "By cause: new {new:money}, reactivated {back:money}, grown {grown:money}, shrunk {shrunk:money}, lost {lost:money}.",
    ),
    headline="""
        select max(equity_now) as now, max(equity_before) as before, max(equity_now) - max(equity_before) as change, max(since) as since,
               abs(max(equity_now) - max(equity_before)) as size,
               case when max(equity_now) >= max(equity_before) then 'risen' else 'fallen' end as turn,
               sum(case when movement = 'new' then change else 0 end) as new,
               sum(case when movement = 'reactivated' then change else 0 end) as back,
               sum(case when movement = 'grown' then change else 0 end) as grown,
               sum(case when movement = 'shrunk' then change else 0 end) as shrunk,
               sum(case when movement = 'lost' then change else 0 end) as lost, sum(customer_count) as n
        from answer""",
    chart=Chart("bar", "movement", ("change",)),
    actions=(NextAction("가치가 오르거나 내린 고객", "Whose value rose or fell", question="value_movers"), WIN_BACK),
    movement=category(ko="변화 원인", en="Cause of the change"),
    customer_count=count(ko="고객 수", en="Customers"),
    value_before=money(ko="이전 가치", en="Value before"),
    value_now=money(ko="현재 가치", en="Value now"),
    change=money(ko="변화", en="Change"),
    equity_before=money(ko="이전 고객자산", en="Customer equity before"),
    equity_now=money(ko="현재 고객자산", en="Customer equity now"),
    since=moment(ko="비교 시점", en="Compared with"),
)
def customer_equity(since_days: int = 28) -> Query:
    """The sum of expected margin over 12 months, and what moved it since an earlier run; the causes add up exactly.

    Compared is the latest run at least `since_days` ago, else the oldest kept. Each customer has one cause: new (had no value then),
    lost (lapsed since, or gone), reactivated (was lapsed and is not), else grown or shrunk. A new version of the model changes
    values, too. Home shows the same parts: new value is what new customers are worth, retained value what all others are worth now.
    """
    return preceded(
        sql("""
        with compared as (
            select coalesce(b.expected_margin_12m, 0) as value_before, coalesce(p.expected_margin_12m, 0) as value_now, b.scored_at,
                   case when b.customer_id is null then 'new'
                        when p.customer_id is null then 'lost'
                        when p.lifecycle_stage = 'lapsed' and b.lifecycle_stage <> 'lapsed' then 'lost'
                        when b.lifecycle_stage = 'lapsed' and p.lifecycle_stage <> 'lapsed' then 'reactivated'
                        when p.expected_margin_12m > b.expected_margin_12m then 'grown'
                        when p.expected_margin_12m < b.expected_margin_12m then 'shrunk'
                        else 'unchanged' end as movement
            from before b
            full join (select customer_id, lifecycle_stage, expected_margin_12m from profile where expected_margin_12m is not null) p
                on p.customer_id = b.customer_id)
        select movement, count(*) as customer_count, cast(sum(value_before) as decimal(18, 2)) as value_before,
               cast(sum(value_now) as decimal(18, 2)) as value_now, cast(sum(value_now - value_before) as decimal(18, 2)) as change,
               cast(sum(sum(value_before)) over () as decimal(18, 2)) as equity_before,
               cast(sum(sum(value_now)) over () as decimal(18, 2)) as equity_now, max(max(scored_at)) over () as since
        from compared group by movement
        order by case movement when 'new' then 1 when 'reactivated' then 2 when 'grown' then 3 when 'shrunk' then 4
                               when 'lost' then 5 else 6 end"""),
        before=sql(BEFORE, since_days=since_days),
    )


@question(
    "Q48",
    ko="누구의 가치가 가장 많이 오르거나 내렸나요?",
    en="Whose value rose or fell most?",
    hidden=("risen_count", "fallen_count", "risen_value", "fallen_value", "since"),
    sentence=(
        "{since:moment} 이후 고객 {risen:count}명의 기대 마진이 모두 {gain:money} 올랐고, {fallen:count}명은 모두 {loss:money} 내렸습니다. "
        "가치가 크게 떨어진 고객부터 챙기세요.",
        "Since {since:moment} the expected margin of {risen:count} customers rose by {gain:money} in all; that of {fallen:count} fell by "
        "{loss:money}. Start with those who fell most.",
    ),
    headline="""
        select max(since) as since, max(risen_count) as risen, max(fallen_count) as fallen, max(risen_value) as gain,
               -max(fallen_value) as loss, max(risen_count) + max(fallen_count) as n
        from answer""",
    chart=Chart("none"),
    actions=(NextAction("고객자산의 변화", "How customer equity changed", question="customer_equity"), WIN_BACK),
    direction=category(ko="방향", en="Direction"),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    change=money(ko="변화", en="Change"),
    value_before=money(ko="이전 12개월 기대 마진", en="Expected margin before, 12 months"),
    expected_margin_12m=money(ko="현재 12개월 기대 마진", en="Expected margin now, 12 months"),
    stage_before=category(ko="이전 단계", en="Stage before"),
    lifecycle_stage=category(ko="현재 단계", en="Stage now"),
    risen_count=count(ko="오른 고객 수", en="Customers who rose"),
    fallen_count=count(ko="내린 고객 수", en="Customers who fell"),
    risen_value=money(ko="오른 가치 합계", en="Gain in all"),
    fallen_value=money(ko="내린 가치 합계", en="Loss in all"),
    since=moment(ko="비교 시점", en="Compared with"),
)
def value_movers(since_days: int = 28, top: int = 50) -> Query:
    """Customers by how much their expected margin changed since an earlier run: the most risen and the most fallen.

    Compared is the latest run at least `since_days` ago, else the oldest kept; only customers with a value at both moments.
    """
    return preceded(
        sql(
            """
            with changed as (
                select p.customer_id, b.scored_at, b.expected_margin_12m as value_before, p.expected_margin_12m,
                       b.lifecycle_stage as stage_before, p.lifecycle_stage, p.expected_margin_12m - b.expected_margin_12m as change,
                       case when p.expected_margin_12m > b.expected_margin_12m then 'risen' else 'fallen' end as direction
                from profile p join before b on b.customer_id = p.customer_id
                where p.expected_margin_12m <> b.expected_margin_12m),
            ranked as (
                select customer_id, value_before, expected_margin_12m, stage_before, lifecycle_stage, change, direction,
                       row_number() over (partition by direction order by abs(change) desc, customer_id) as place,
                       count(case when direction = 'risen' then 1 end) over () as risen_count,
                       count(case when direction = 'fallen' then 1 end) over () as fallen_count,
                       sum(case when direction = 'risen' then change else 0 end) over () as risen_value,
                       sum(case when direction = 'fallen' then change else 0 end) over () as fallen_value,
                       max(scored_at) over () as since
                from changed)
            select direction, place, customer_id, cast(change as decimal(18, 2)) as change, value_before, expected_margin_12m, stage_before,
                   lifecycle_stage, risen_count, fallen_count, cast(risen_value as decimal(18, 2)) as risen_value,
                   cast(fallen_value as decimal(18, 2)) as fallen_value, since
            from ranked where place <= $top order by direction, place""",
            top=top,
        ),
        before=sql(BEFORE, since_days=since_days),
    )


@question(
    "Q50",
    ko="어떤 고객에게서 손해를 보고 있나요?",
    en="Which customers lose money?",
    optional=("returns", "messages", "campaigns", "interactions", "entered"),
    hidden=("loser_count", "loss_total", "buyer_count", "day_count"),
    sentence=(
        "최근 {days:days} 동안 거래한 고객 {n:count}명 가운데 {losers:count}명에게서 손해를 보았고, 손실은 모두 {loss:money}입니다.",
        "Of {n:count} customers of the last {days:days} {losers:count} lost us money, {loss:money} in all.",
    ),
    headline="select max(buyer_count) as n, max(loser_count) as losers, max(loss_total) as loss, max(day_count) as days from answer",
    chart=Chart("none"),
    actions=(
        NextAction("반품이 많은 고객 보기", "See customers who return much", rule="refund_share > 0.5"),
        NextAction("가치가 가장 높은 고객", "Customers worth most", question="top_customers"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    profit=money(ko="순이익", en="Profit"),
    margin=money(ko="마진", en="Margin"),
    refund_amount=money(ko="환불액", en="Refunds"),
    contact_cost=money(ko="메시지 비용", en="Cost of messages"),
    service_cost=money(ko="상담·반품 처리 비용", en="Cost of service"),
    order_count=count(ko="주문 수", en="Orders"),
    loser_count=count(ko="손해 고객 수", en="Customers who lose money"),
    loss_total=money(ko="손실 합계", en="Loss in all"),
    buyer_count=count(ko="거래 고객 수", en="Customers of the period"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def unprofitable_customers(days: int = 365, service_cost: float = 0.0, top: int = 100) -> Query:
    """Margin after discounts, less refunds, messages and service over the last days, the lowest first; below zero is a loss.

    Customers with an order or a refund in the period, whose orders all have a known margin. A message costs its campaign's cost per contact; a conversation costs what the
    option says, else the plan, a returned order what the plan says.
    """
    return with_costs(
        sql(
            """
        with booked as (
            select customer_id, margin_amount as margin, 0 as refund, 0 as contact, 0 as service, 1 as orders, 1 as traded,
                   case when margin_amount is null then 1 else 0 end as unknown
            from orders where status = 'completed' and customer_id is not null and days_between(ordered_at, as_of) <= $days
            union all
            select customer_id, 0, refund_amount, 0, 0, 0, 1, 0
            from returns where customer_id is not null and days_between(returned_at, as_of) <= $days
            union all
            select customer_id, 0, 0, case when kind = 'message' then cost else 0 end,
                   case when kind = 'message' then 0 else cost end, 0, 0, 0 from touched),
        summed as (
            select customer_id, coalesce(sum(margin), 0) as margin, coalesce(sum(refund), 0) as refund, sum(contact) as contact,
                   cast(sum(service) as decimal(18, 2)) as service, sum(orders) as order_count
            from booked group by customer_id having sum(traded) > 0 and sum(unknown) = 0),
        netted as (
            select customer_id, margin, refund, contact, service, order_count, margin - refund - contact - service as profit from summed),
        ranked as (
            select customer_id, margin, refund, contact, service, order_count, profit,
                   row_number() over (order by profit, customer_id) as place, count(*) over () as buyer_count,
                   count(case when profit < 0 then 1 end) over () as loser_count,
                   sum(case when profit < 0 then -profit else 0 end) over () as loss_total
            from netted)
        select place, customer_id, cast(profit as decimal(18, 2)) as profit, cast(margin as decimal(18, 2)) as margin,
               cast(refund as decimal(18, 2)) as refund_amount, cast(contact as decimal(18, 2)) as contact_cost,
               service as service_cost, order_count, loser_count, cast(loss_total as decimal(18, 2)) as loss_total, buyer_count,
               cast($days as bigint) as day_count
        from ranked where place <= $top order by place""",
            days=days,
            top=top,
        ),
        days=days,
        service_cost=service_cost,
    )
