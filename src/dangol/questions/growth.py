"""The arithmetic of growth: how many new customers a target takes, and what a conversion costs by stage (V6, V7)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, money, number, question, share, sql

WIN_BACK = NextAction("되찾기 프로그램", "Win them back", programme="win_back")


@question(
    "V6",
    ko="성장 목표를 이루려면 신규 고객이 몇 명 필요한가요?",
    en="How many new customers do we need to grow as planned?",
    optional=("spend", "messages", "campaigns"),
    hidden=("loss_share", "new_before", "day_count", "growth_share", "cost_ratio"),
    sentence=(
        "최근 {days:days} 동안 구매한 고객 {now:count}명을 {growth:percent} 늘리려면 앞으로 {days:days} 동안 신규 고객 {needed:count}명이 필요합니다. "
        "(이탈 {lost:count}명, 복귀 {back:count}명 예상, 지난 {days:days}의 신규는 {new_before:count}명) "
        "광고비로 얻으면 {cost:money|이/가} 듭니다. "
        "복귀 고객 한 명을 얻는 비용에 비해 신규 고객 한 명의 비용은 {ratio:number}배입니다. 책에서는 10배라고 합니다.",
        "To raise the {now:count} customers who bought in the last {days:days} by {growth:percent} in as many takes {needed:count} new ones "
        "({lost:count} expected to leave, {back:count} to return; {new_before:count} were new in the last {days:days}). "
        "Bought by advertising they cost {cost:money}. "
        "A new customer costs {ratio:number} times as much as one who returns; the book says ten times.",
    ),
    headline="""
        select max(case when step = 'buyers_now' then customer_count end) as now, max(growth_share) as growth, max(day_count) as days,
               max(case when step = 'new_needed' then customer_count end) as needed,
               max(case when step = 'will_leave' then customer_count end) as lost,
               max(case when step = 'will_return' then customer_count end) as back, max(new_before) as new_before,
               max(case when step = 'new_needed' then cost end) as cost, max(cost_ratio) as ratio,
               max(case when step = 'buyers_now' then customer_count end) as n
        from answer""",
    chart=Chart("bar", "step", ("customer_count",)),
    actions=(
        NextAction("신규 고객 획득 비용", "What a customer costs", question="acquisition_cost"),
        NextAction("몇 명을 되찾았나요?", "How many were won back", question="customers_won_back"),
        WIN_BACK,
    ),
    step=category(ko="항목", en="Step"),
    customer_count=count(ko="고객 수", en="Customers"),
    buyer_share=share(ko="현재 구매 고객 대비", en="Of customers who bought"),
    cost_each=money(ko="1인당 비용", en="Cost each"),
    cost=money(ko="비용", en="Cost"),
    loss_share=share(ko="이탈률", en="Share who leave"),
    new_before=count(ko="지난 기간 신규 고객", en="New in the period before"),
    day_count=integer(ko="기간(일)", en="Days of the period"),
    growth_share=share(ko="성장 목표", en="Growth aimed at"),
    cost_ratio=number(ko="신규/복귀 비용(배)", en="New against returned, times"),
)
def growth_needed(growth: float = 0.1, loss: float = 0.0, days: int = 365) -> Query:
    """New customers = active × (1 + growth) − active × (1 − loss) − those who return; none where that is below zero.

    Active is here who bought in the last `days`, or a third of the history where it is shorter. Loss is the share of the period before who did
    not buy in this one, unless the option says another. As many return as in the last period: bought before, not in the period
    before, and again now. A new customer costs all marketing spend of the period over its new customers; one who returns, the
    messages to whoever had been silent for a period over those of them who returned. Past figures, not a forecast (R196).
    """
    return sql(
        """
        with dated as (
            select customer_id, days_between(ordered_at, as_of) as age,
                   least(cast($days as double), floor(max(days_between(ordered_at, as_of)) over () / 3)) as span
            from orders where status = 'completed' and customer_id is not null),
        buyers as (
            select customer_id, max(span) as span, max(age) as first_age, max(case when age <= span then 1 else 0 end) as is_now,
                   max(case when age > span and age <= 2 * span then 1 else 0 end) as is_before,
                   max(case when age > 2 * span then 1 else 0 end) as is_earlier
            from dated group by customer_id),
        counted as (
            select max(span) as span, sum(is_now) as active, sum(is_before) as active_before, sum(is_now * is_before) as kept,
                   count(case when is_now = 1 and first_age <= span then 1 end) as arrived,
                   sum(case when is_before = 0 and is_earlier = 1 then is_now else 0 end) as returned
            from buyers),
        spent as (
            select sum(s.cost) as cost from spend s cross join counted c
            where days_between(cast(s.spent_on as timestamp), local(as_of)) <= c.span),
        written as (
            select sum(a.cost_per_contact) as cost
            from messages m join campaigns a on a.campaign_id = m.campaign_id join buyers b on b.customer_id = m.customer_id
            where m.message_event = 'sent' and days_between(m.occurred_at, as_of) <= b.span and b.is_before = 0 and b.is_earlier = 1),
        rated as (
            select c.span, c.active, c.arrived, c.returned,
                   case when $loss > 0 then cast($loss as double) else 1 - share(c.kept, c.active_before) end as loss,
                   share(s.cost, c.arrived) as cost_new, share(w.cost, c.returned) as cost_back
            from counted c cross join spent s cross join written w),
        planned as (
            select span, active, arrived, returned, loss, cost_new, cost_back, ceil(active * (1 + cast($growth as double)) - 1e-9) as target,
                   floor(active * loss + 0.5e0) as leaving
            from rated where loss is not null),
        needed as (
            select span, active, arrived, returned, loss, cost_new, cost_back, target, leaving,
                   greatest(target - (active - leaving) - returned, 0) as wanted
            from planned),
        steps as (
            select 1 as place, 'buyers_now' as step, active as people, cast(null as double) as each_cost from needed
            union all select 2, 'target', target, null from needed
            union all select 3, 'will_leave', leaving, null from needed
            union all select 4, 'will_return', returned, cost_back from needed
            union all select 5, 'new_needed', wanted, cost_new from needed
            union all select 6, 'instead_return', wanted, cost_back from needed)
        select s.step, cast(s.people as bigint) as customer_count, share(s.people, n.active) as buyer_share,
               cast(s.each_cost as decimal(18, 2)) as cost_each, cast(s.people * s.each_cost as decimal(18, 2)) as cost,
               n.loss as loss_share, cast(n.arrived as bigint) as new_before, cast(n.span as bigint) as day_count,
               cast($growth as double) as growth_share, share(n.cost_new, n.cost_back) as cost_ratio
        from steps s cross join needed n order by s.place""",
        growth=growth,
        loss=loss,
        days=days,
    )


@question(
    "V7",
    ko="단계별로 몇 번 접촉해야 구매 한 건이 나오고, 얼마가 드나요?",
    en="How many contacts does a purchase take at each stage, and what does it cost?",
    optional=("messages", "campaigns", "events", "spend"),
    hidden=("day_count",),
    sentence=(
        "최근 {days:days} 동안 잠재고객의 {prospects:percent}, 기존 고객의 {existing:percent|이/가} 구매했습니다. "
        "(책의 기준: 신규 6%, 기존 60%) "
        "구매 한 건에 든 접촉은 잠재고객 {contacts_new:number}회, 기존 고객 {contacts_old:number}회입니다. (책의 기준: 신규 7~10회, 기존 3~5회) "
        "모든 채널의 신규 고객 한 명에 광고비와 메시지 비용이 {won:money}, 기존 고객의 구매 한 건에 메시지 비용만 {kept:money} 들었습니다. (책의 주장: 고객을 얻는 비용은 지키는 비용의 3~5배, 모두 합치면 10~20배)",
        "In the last {days:days} {prospects:percent} of prospects and {existing:percent} of existing customers bought "
        "(the book: 6 % of new, 60 % of existing). "
        "A purchase took {contacts_new:number} contacts with prospects and {contacts_old:number} with existing customers "
        "(the book: 7–10 and 3–5). "
        "Advertising and messages cost {won:money} per new customer of any channel, messages alone {kept:money} per purchase of an existing "
        "one (the book claims: winning a customer costs 3–5 times as much as keeping one, 10–20 times in total).",
    ),
    headline="""
        with told as (
            select max(acquisition_each) as won,
                   share(sum(case when stage_then <> 'prospect' then contact_cost end),
                         sum(case when stage_then <> 'prospect' then buyer_count end)) as kept
            from answer)
        select max(day_count) as days, max(case when stage_then = 'prospect' then conversion end) as prospects,
               share(sum(case when stage_then <> 'prospect' then buyer_count end), sum(case when stage_then <> 'prospect' then people_count end))
                   as existing,
               max(case when stage_then = 'prospect' then contacts_each end) as contacts_new,
               share(sum(case when stage_then <> 'prospect' then contact_count end), sum(case when stage_then <> 'prospect' then buyer_count end))
                   as contacts_old,
               max(t.won) as won, max(t.kept) as kept, sum(people_count) as n
        from answer cross join told t""",
    chart=Chart("bar", "stage_then", ("conversion", "book_conversion"), low="conversion_low", high="conversion_high"),
    actions=(
        NextAction("여정에서 뒤처지는 단계", "Where the funnel lags", question="stage_funnel"),
        NextAction("성장에 필요한 신규 고객", "New customers that growth takes", question="growth_needed"),
    ),
    stage_then=category(ko="기간 시작 때 단계", en="Stage when the period began"),
    people_count=count(ko="사람 수", en="People"),
    buyer_count=count(ko="구매한 사람", en="Who bought"),
    conversion=share(ko="전환율", en="Conversion"),
    conversion_low=share(ko="전환율 하한(95%)", en="Conversion, low (95 %)"),
    conversion_high=share(ko="전환율 상한(95%)", en="Conversion, high (95 %)"),
    book_conversion=share(ko="책의 전환율", en="Conversion, the book's"),
    contact_count=count(ko="보낸 메시지", en="Messages sent"),
    contacts_each=number(ko="구매 1건당 접촉", en="Contacts per purchase"),
    visit_count=count(ko="방문(세션)", en="Visits (sessions)"),
    visits_each=number(ko="구매 1건당 방문", en="Visits per purchase"),
    contact_cost=money(ko="메시지 비용", en="Cost of messages"),
    cost_each=money(ko="구매 1건당 메시지 비용(광고비 제외)", en="Cost of messages per purchase, without advertising"),
    acquisition_each=money(ko="신규 고객 1명당 광고비와 메시지 비용", en="Advertising and messages per new customer"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def conversion_by_stage(days: int = 90) -> Query:
    """Of everybody known when the period began, by orders until then: who bought in it, after how many messages and visits, at what cost.

    Prospect: no order before; one time: one day with an order; repeat: more. Messages and visits count up to the first order of the
    period, those to people who did not buy all count. The interval is Wilson's (1927). The book's figures (6 % of new and 60 % of
    existing convert; 7–10 and 3–5 contacts) stand beside them as a yardstick, not as a target (R197 to R199). All advertising of the
    period and messages to prospects, over everybody who bought for the first time in it, known before or not, is what a new customer
    cost; what keeping a customer costs besides messages is not known here.
    """
    return sql(
        """
        with bought as (
            select customer_id,
                   count(distinct case when days_between(ordered_at, as_of) > $days then date_trunc('day', local(ordered_at)) end) as days_before,
                   min(case when days_between(ordered_at, as_of) <= $days then ordered_at end) as first_at
            from orders where status = 'completed' and customer_id is not null group by customer_id),
        staged as (
            select p.customer_id, b.first_at,
                   case when coalesce(b.days_before, 0) = 0 then 'prospect' when b.days_before = 1 then 'one_time' else 'repeat' end
                       as stage_then
            from people p left join bought b on b.customer_id = p.customer_id
            where days_between(p.first_seen_at, as_of) > $days),
        written as (
            select m.customer_id, count(*) as contacts, sum(c.cost_per_contact) as cost
            from messages m join staged s on s.customer_id = m.customer_id left join campaigns c on c.campaign_id = m.campaign_id
            where m.message_event = 'sent' and days_between(m.occurred_at, as_of) <= $days
              and (s.first_at is null or m.occurred_at <= s.first_at)
            group by m.customer_id),
        visited as (
            select e.customer_id, count(distinct e.session_id) as visits
            from events e join staged s on s.customer_id = e.customer_id
            where days_between(e.occurred_at, as_of) <= $days and (s.first_at is null or e.occurred_at <= s.first_at)
            group by e.customer_id),
        summed as (
            select s.stage_then, count(*) as people, count(s.first_at) as buyers, share(count(s.first_at), count(*)) as conversion,
                   sum(w.contacts) as contacts, sum(v.visits) as visits, sum(w.cost) as cost
            from staged s left join written w on w.customer_id = s.customer_id left join visited v on v.customer_id = s.customer_id
            group by s.stage_then),
        media as (select sum(cost) as cost from spend where days_between(cast(spent_on as timestamp), as_of) <= $days),
        newcomers as (select count(first_at) as people from bought where days_before = 0)
        select stage_then, s.people as people_count, buyers as buyer_count, conversion,
               greatest(0e0, (conversion + 1.9208e0 / s.people - 1.96e0 * sqrt(conversion * (1 - conversion) / s.people + 0.9604e0 / s.people / s.people))
                   / (1 + 3.8416e0 / s.people)) as conversion_low,
               (conversion + 1.9208e0 / s.people + 1.96e0 * sqrt(conversion * (1 - conversion) / s.people + 0.9604e0 / s.people / s.people))
                   / (1 + 3.8416e0 / s.people) as conversion_high,
               case when stage_then = 'prospect' then 0.06e0 else 0.6e0 end as book_conversion,
               cast(contacts as bigint) as contact_count, share(contacts, buyers) as contacts_each, cast(visits as bigint) as visit_count,
               share(visits, buyers) as visits_each, cast(s.cost as decimal(18, 2)) as contact_cost, money_per(s.cost, buyers) as cost_each,
               case when stage_then = 'prospect' and m.cost > 0 then money_per(m.cost + coalesce(s.cost, 0), w.people) end
                   as acquisition_each,
               cast($days as bigint) as day_count
        from summed s cross join media m cross join newcomers w order by case stage_then when 'prospect' then 1 when 'one_time' then 2 else 3 end""",
        days=days,
    )
