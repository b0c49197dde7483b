"""How soon customers respond to campaigns and come back, with those still waited for counted as such (K4, K8; R211)."""

from collections.abc import Mapping

from dangol.core.declare import Chart, NextAction, Output, Query, category, count, integer, question, share, sql
from dangol.questions.lifecycle_stage import STAGE

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

# The first message of a campaign to each customer.
SENT = """
    sent as (
        select campaign_id, customer_id, min(occurred_at) as sent_at
        from messages
        where message_event = 'sent' and campaign_id is not null and customer_id is not null
          and days_between(occurred_at, as_of) <= $days
        group by campaign_id, customer_id),"""
# From `spans` (what, name, since, came_at) the product-limit estimate of each group and of all of a kind, the largest groups of each.
CURVES = f"""
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
        from grouped)"""
COLUMNS = """
    what, name, cast(waited_count as bigint) as waited_count, cast(came_count as bigint) as came_count, in_1, in_3, in_7, in_14, in_30,
    in_90, median_days"""
SHOWN: Mapping[str, Output] = {
    "waited_count": count(ko="지켜본 수", en="Watched"),
    "came_count": count(ko="반응한 수", en="Responded"),
    **{f"in_{days}": share(ko=f"{days}일 안", en=f"Within {days} day{'s' * (days > 1)}") for days in DAYS},
    "median_days": integer(ko="절반이 반응한 날", en="Half of them by day"),
}


@question(
    "K4",
    ko="고객은 캠페인에 얼마나 빨리 반응하고, 언제 다시 구매하나요?",
    en="How soon do customers respond to campaigns and come back?",
    optional=("messages", "messages.campaign_id", "people.acquisition_channel"),
    hidden=(),
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
        NextAction("단계와 채널별로 보기", "By stage and channel", question="response_by_segment"),
        NextAction("이메일 발송 횟수", "How often to mail", question="email_frequency"),
        NextAction("첫 구매 뒤 재구매", "From the first to the second order", question="second_order_return"),
        NextAction("환영 프로그램", "Welcome programme", programme="welcome"),
    ),
    what=category(ko="반응", en="Response"),
    name=category(ko="캠페인 또는 획득 채널", en="Campaign or channel of acquisition"),
    **SHOWN,
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
        with {SENT}
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
        {CURVES}
        select {COLUMNS} from ranked where place <= $top + 1
        order by case what when 'message_click' then 1 when 'message_order' then 2 else 3 end, place""",
        days=days,
        fewest=fewest,
        top=top,
    )


SEGMENTED = """
    select 'message_by_stage' as what, m.name, m.sent_at as since, min(o.ordered_at) as came_at
    from addressed m left join orders o on o.customer_id = m.customer_id and o.status = 'completed' and o.ordered_at >= m.sent_at
    group by m.campaign_id, m.customer_id, m.sent_at, m.name
    union all
    select 'return_by_stage' as what, name, ordered_at as since, next_at as came_at from reordered
    union all
    select 'return_by_channel' as what, channel as name, ordered_at as since, next_at as came_at from reordered where channel <> ''"""


@question(
    "K8",
    ko="단계와 채널에 따라 고객은 얼마나 빨리 반응하고 다시 구매하나요?",
    en="How soon do customers of each stage and channel respond and come back?",
    optional=("messages", "messages.campaign_id", "orders.channel"),
    hidden=("lapse_days", "day_count"),
    sentence=(
        "최근 {days:days}의 첫 구매 뒤 30일 안에 {new:percent}의 고객이 다시 구매합니다. 활동 고객의 주문 뒤에는 {active:percent}입니다. 되찾은 고객의 주문 뒤에는 {back:percent}입니다. "
        "메시지를 받은 뒤 30일 안에 가장 많이 주문한 단계는 '{most}'({most30:percent})이고, 가장 적게 주문한 단계는 '{least}'({least30:percent})입니다. "
        "단계는 주문하거나 메시지를 받은 그때의 단계입니다. (마지막 구매 후 {lapse:days}이 지나면 이탈로 봅니다)",
        "By orders of the last {days:days}, {new:percent} of customers buy again within 30 days of their first one. Of active customers "
        "{active:percent} do after an order. "
        "Of those who had just come back {back:percent} do. "
        'Within 30 days of a message stage "{most}" orders most, {most30:percent}, and "{least}" least, {least30:percent}. '
        "The stage is the one at the order or message; lapsed means silent for more than {lapse:days}.",
    ),
    headline="""
        with staged as (select name, in_30 from answer where what = 'message_by_stage' and name <> 'all' and in_30 is not null),
        ends as (
            select min_by(name, (-in_30, name)) as most, max(in_30) as most30, min_by(name, (in_30, name)) as least, min(in_30) as least30
            from staged having count(*) > 1),
        back as (
            select max(case when what = 'return_by_stage' and name = 'new' then in_30 end) as new,
                   max(case when what = 'return_by_stage' and name = 'active' then in_30 end) as active,
                   max(case when what = 'return_by_stage' and name = 'reactivated' then in_30 end) as back, max(lapse_days) as lapse, max(day_count) as days,
                   max(case when name = 'all' then waited_count end) as n
            from answer)
        select b.new, b.active, b.back, b.lapse, b.days, b.n, e.most, e.most30, e.least, e.least30 from back b left join ends e on true""",
    chart=Chart("curves", "name", tuple(f"in_{days}" for days in DAYS), "what", kinds=("return_by_stage", "message_by_stage")),
    actions=(
        NextAction("캠페인과 획득 채널별로 보기", "By campaign and channel of acquisition", question="response_times"),
        NextAction("카테고리별 재구매 주기", "Time between orders, by category", question="gaps_by_category"),
        NextAction("되찾기 프로그램", "Win lapsed customers back", programme="win_back"),
    ),
    what=category(ko="반응", en="Response"),
    name=category(ko="단계 또는 채널", en="Stage or channel"),
    **SHOWN,
    lapse_days=integer(ko="이탈 판단 기준일", en="Lapse point in days"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def response_by_segment(days: int = 365, fewest: int = 30, top: int = 20) -> Query:
    """Kaplan–Meier shares who ordered after a message, and who bought again after an order, by what was known at that moment.

    After a message: by the stage in which it found the customer, told from the orders before it. After an order: by the stage
    that the order made (new with the first, reactivated after a silence longer than the lapse point, else active), and by its
    channel; orders on one day are one, with the channel of the first. Orders without a channel are in no channel. So nobody is in
    a group for what he did later, and a customer who moves on counts in several. The lapse point is the company's of today.
    Messages and orders of the last `days`; who is still waited for counts as long as he was watched. An order after a message
    need not come from it: only a holdout tells.
    """
    return sql(
        f"""
        with {SENT}
        lapse as (select max(lapse_days) as lapse_days from profile),
        shopping as (
            select customer_id, min(ordered_at) as ordered_at, min_by(coalesce(channel, ''), (ordered_at, order_id)) as channel
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        placed as (
            select customer_id, ordered_at, channel, lead(ordered_at) over own as next_at, row_number() over own as day_count,
                   coalesce(days_between(lag(ordered_at) over own, ordered_at), 0e0) as last_gap_days,
                   days_between(min(ordered_at) over own, ordered_at) as span_days
            from shopping window own as (partition by customer_id order by ordered_at)),
        rhythm as (
            select s.campaign_id, s.customer_id, s.sent_at, p.day_count, p.last_gap_days, days_between(p.ordered_at, s.sent_at) as silent,
                   share(p.span_days, p.day_count - 1) as mean_gap_days
            from sent s left join placed p on p.customer_id = s.customer_id and p.ordered_at < s.sent_at
                                              and (p.next_at is null or p.next_at >= s.sent_at)),
        addressed as (
            select r.campaign_id, r.customer_id, r.sent_at, case when r.day_count is null then 'prospect' else {STAGE} end as name
            from rhythm r cross join lapse l),
        reordered as (
            select p.ordered_at, p.next_at, p.channel,
                   case when p.last_gap_days > l.lapse_days then 'reactivated' when p.day_count = 1 then 'new' else 'active' end as name
            from placed p cross join lapse l where days_between(p.ordered_at, as_of) <= $days),
        spans as ({SEGMENTED}),
        {CURVES}
        select {COLUMNS}, cast(lapse_days as bigint) as lapse_days, cast($days as bigint) as day_count
        from ranked cross join lapse where place <= $top + 1
        order by case what when 'return_by_stage' then 1 when 'message_by_stage' then 2 else 3 end, place""",
        days=days,
        fewest=fewest,
        top=top,
    )
