"""How soon customers respond to campaigns and come back, with those still waited for counted as such (K4; R211)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, question, share, sql

DAYS = (1, 3, 7, 14, 30, 90)
SPANS = """
    select 'message_click' as what, s.campaign_id as name, s.sent_at as since, min(c.occurred_at) as came_at
    from sent s left join clicked c
        on c.campaign_id = s.campaign_id and c.customer_id = s.customer_id and c.occurred_at >= s.sent_at
    group by s.campaign_id, s.customer_id, s.sent_at
    union all
    select 'message_order' as what, s.campaign_id as name, s.sent_at as since, min(o.ordered_at) as came_at
    from sent s left join orders o on o.customer_id = s.customer_id and o.status = 'completed' and o.ordered_at >= s.sent_at
    group by s.campaign_id, s.customer_id, s.sent_at
    union all
    select 'second_order' as what, coalesce(p.acquisition_channel, 'unknown') as name, o.ordered_at as since, o.next_at as came_at
    from placed o left join people p on p.customer_id = o.customer_id where o.place = 1"""
SHARES = ",\n".join(
    f"""               case when {days} <= max(longest) or min(log_left) < -1e8
                    then 1e0 - exp(coalesce(min(case when day_number <= {days} then log_left end), 0e0)) end
                   as in_{days}"""
    for days in DAYS
)


@question(
    "K4",
    ko="고객은 캠페인에 얼마나 빨리 반응하고, 언제 다시 구매하나요?",
    en="How soon do customers respond to campaigns and come back?",
    optional=("messages", "messages.campaign_id", "people.acquisition_channel"),
    sentence=(
        "메시지를 받은 고객의 {click3:percent|이/가} 사흘 안에, {click30:percent|이/가} 30일 안에 클릭합니다. "
        "받은 뒤 7일 안에 {order7:percent}, 30일 안에 {order30:percent}의 고객이 주문합니다. "
        "첫 구매 뒤 30일 안에 {back30:percent}, 90일 안에 {back90:percent}의 고객이 다시 구매합니다.",
        "{click3:percent} of those who got a message click within three days, {click30:percent} within 30. "
        "{order7:percent} order within 7 days of it and {order30:percent} within 30 days. "
        "After the first order {back30:percent} of customers buy again within 30 days and {back90:percent} within 90.",
    ),
    headline="""
        select max(case when what = 'message_click' and name = 'all' then in_3 end) as click3,
               max(case when what = 'message_click' and name = 'all' then in_30 end) as click30,
               max(case when what = 'message_order' and name = 'all' then in_7 end) as order7,
               max(case when what = 'message_order' and name = 'all' then in_30 end) as order30,
               max(case when what = 'second_order' and name = 'all' then in_30 end) as back30,
               max(case when what = 'second_order' and name = 'all' then in_90 end) as back90,
               max(case when name = 'all' then waited_count end) as n
        from answer""",
    chart=Chart("curves", "name", tuple(f"in_{days}" for days in DAYS), "what", kinds=("message_order", "second_order")),
    actions=(
        NextAction("이메일 발송 횟수", "How often to mail", question="email_frequency"),
        NextAction("첫 구매 뒤 재구매", "From the first to the second order", question="second_order_return"),
        NextAction("환영 프로그램", "Welcome programme", programme="welcome"),
    ),
    what=category(ko="반응", en="Response"),
    name=category(ko="캠페인 또는 획득 채널", en="Campaign or channel of acquisition"),
    waited_count=count(ko="지켜본 수", en="Watched"),
    came_count=count(ko="반응한 수", en="Responded"),
    in_1=share(ko="1일 안", en="Within 1 day"),
    in_3=share(ko="3일 안", en="Within 3 days"),
    in_7=share(ko="7일 안", en="Within 7 days"),
    in_14=share(ko="14일 안", en="Within 14 days"),
    in_30=share(ko="30일 안", en="Within 30 days"),
    in_90=share(ko="90일 안", en="Within 90 days"),
    median_days=integer(ko="절반이 반응한 날", en="Half of them by day"),
)
def response_times(days: int = 365, fewest: int = 30, top: int = 20) -> Query:
    """Kaplan–Meier shares who clicked or ordered after a campaign first wrote to them, and who bought again after the first order.

    Messages of the last `days`; a customer counts once a campaign. Second orders by channel of acquisition, from all first orders.
    Who was written to or bought only lately counts as long as he was watched (Kaplan and Meier 1958); where nobody was watched so long
    a share is missing, not zero, unless everybody had come before. An order after a message need not come from it: only a holdout tells. Groups of fewer than `fewest`
    are left out, the `top` largest of each kind are shown. Half of them by day: missing where fewer than half came.
    """
    return sql(
        f"""
        with sent as (
            select campaign_id, customer_id, min(occurred_at) as sent_at
            from messages
            where message_event = 'sent' and campaign_id is not null and customer_id is not null
              and days_between(occurred_at, as_of) <= $days
            group by campaign_id, customer_id),
        clicked as (
            select s.campaign_id, s.customer_id, c.occurred_at
            from messages s join messages c on c.message_id = s.message_id
            where s.message_event = 'sent' and c.message_event = 'clicked' and s.campaign_id is not null
              and days_between(s.occurred_at, as_of) <= $days),
        shopping as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        placed as (
            select customer_id, ordered_at, lead(ordered_at) over (partition by customer_id order by ordered_at) as next_at,
                   row_number() over (partition by customer_id order by ordered_at) as place
            from shopping),
        spans as ({SPANS}),
        named as (
            select what, name, cast(ceil(days_between(since, coalesce(came_at, as_of))) as bigint) as day_number,
                   case when came_at is not null then 1 else 0 end as came
            from spans
            union all
            select what, 'all' as name, cast(ceil(days_between(since, coalesce(came_at, as_of))) as bigint) as day_number,
                   case when came_at is not null then 1 else 0 end as came
            from spans),
        by_day as (
            select what, name, day_number, sum(came) as came, count(*) as ended,
                   sum(count(*)) over (partition by what, name order by day_number desc) as at_risk
            from named group by what, name, day_number),
        survival as (
            select what, name, day_number, came, ended,
                   sum(case when came = at_risk then -1e9 else ln(1e0 - share(came, at_risk)) end)
                       over (partition by what, name order by day_number) as log_left,
                   max(day_number) over (partition by what, name) as longest
            from by_day),
        grouped as (
            select what, name, sum(ended) as waited_count, sum(came) as came_count,
{SHARES},
                   min(case when log_left <= ln(0.5e0) + 1e-9 then day_number end) as median_days
            from survival group by what, name having sum(ended) >= $fewest and sum(came) > 0),
        ranked as (
            select *, row_number() over (partition by what order by case when name = 'all' then 0 else 1 end, waited_count desc, name)
                       as place
            from grouped)
        select what, name, cast(waited_count as bigint) as waited_count, cast(came_count as bigint) as came_count,
               in_1, in_3, in_7, in_14, in_30, in_90, median_days
        from ranked where place <= $top + 1
        order by case what when 'message_click' then 1 when 'message_order' then 2 else 3 end, place""",
        days=days,
        fewest=fewest,
        top=top,
    )
