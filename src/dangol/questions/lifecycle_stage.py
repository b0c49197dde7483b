"""Lifecycle: how many customers stand where, how they move, who returns (Q51 to Q54, Q57 to Q59, Q66; R127)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    flag,
    integer,
    money,
    month,
    question,
    share,
    sql,
)

# Where somebody stands who has ordered on some days: by the silence since the last one, the gap before it and the mean gap.
STAGE = """
    case when r.silent > l.lapse_days then 'lapsed' when r.last_gap_days > l.lapse_days then 'reactivated'
         when r.day_count = 1 then 'new' when r.silent > 2 * r.mean_gap_days then 'at_risk' else 'active' end"""
PLACE = """
    case {} when 'unseen' then 0 when 'prospect' then 1 when 'new' then 2 when 'active' then 3 when 'at_risk' then 4 when 'lapsed' then 5
            else 6 end"""
SEE_AT_RISK = NextAction("이탈 위험 고객 보기", "See customers at risk", rule="lifecycle_stage == 'at_risk'")


@question(
    "Q51",
    ko="생애주기 단계별 고객은 몇 명인가요?",
    en="How many customers are in each lifecycle stage?",
    hidden=("lapse_days",),
    sentence=(
        "고객 {n:count}명 가운데 활동 고객은 {active:count}명, 이탈 위험은 {at_risk:count}명, 이탈 고객은 {lapsed:count}명입니다. (마지막 구매 후 {lapse_days:days}이 지나면 이탈로 봅니다)",
        "Of {n:count} customers {active:count} are active, {at_risk:count} at risk and {lapsed:count} lapsed "
        "(lapsed means silent for more than {lapse_days:days}).",
    ),
    headline="""
        select sum(customer_count) as n, max(lapse_days) as lapse_days,
               sum(case when lifecycle_stage in ('active', 'new', 'reactivated') then customer_count else 0 end) as active,
               sum(case when lifecycle_stage = 'at_risk' then customer_count else 0 end) as at_risk,
               sum(case when lifecycle_stage = 'lapsed' then customer_count else 0 end) as lapsed
        from answer""",
    chart=Chart("bar", "lifecycle_stage", ("customer_count",)),
    actions=(SEE_AT_RISK, NextAction("되찾기 프로그램", "Win lapsed customers back", programme="win_back")),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    customer_count=count(ko="고객 수", en="Customers"),
    customer_share=share(ko="비중", en="Share"),
    lapse_days=integer(ko="이탈 판단 기준일", en="Lapse point in days"),
)
def customers_by_stage() -> Query:
    """Customers by stage: prospect, new, active, at risk, lapsed, reactivated, by the company's own lapse point."""
    return sql("""
        with staged as (
            select lifecycle_stage, count(*) as customer_count, max(lapse_days) as lapse_days
            from profile group by lifecycle_stage)
        select lifecycle_stage, customer_count, share(customer_count, sum(customer_count) over ()) as customer_share,
               cast(max(lapse_days) over () as bigint) as lapse_days
        from staged
        order by case lifecycle_stage when 'prospect' then 1 when 'new' then 2 when 'active' then 3 when 'at_risk' then 4
                                      when 'lapsed' then 5 else 6 end""")


@question(
    "Q52",
    ko="단계별 매출과 마진, 기대 가치는 얼마인가요?",
    en="What are sales, margin and expected value per stage?",
    optional=("profile.margin", "profile.expected_margin_12m", "orders.margin_amount"),
    sentence=(
        "최근 1년 매출의 {active_share:percent|이/가} 활동 고객에게서 나왔고, 이탈 위험 고객의 매출은 {risk_sales:money}입니다.",
        "{active_share:percent} of last year's sales came from active customers; customers at risk bought for {risk_sales:money}.",
    ),
    headline="""
        select share(sum(case when lifecycle_stage in ('active', 'new', 'reactivated') then net_sales else 0 end), sum(net_sales))
                   as active_share,
               sum(case when lifecycle_stage = 'at_risk' then net_sales else 0 end) as risk_sales, sum(customer_count) as n
        from answer""",
    chart=Chart("bar", "lifecycle_stage", ("net_sales", "expected_margin_12m")),
    actions=(SEE_AT_RISK,),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    customer_count=count(ko="고객 수", en="Customers"),
    net_sales=money(ko="최근 1년 매출", en="Sales of the last year"),
    margin=money(ko="최근 1년 마진", en="Margin of the last year"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
)
def value_by_stage(days: int = 365) -> Query:
    """Sales and margin of the last days before refunds, and expected margin, by today's stage of the customer."""
    return sql(
        """
        with sold as (
            select customer_id, sum(net_amount) as net_sales, sum(margin_amount) as margin
            from orders where status = 'completed' and customer_id is not null and days_between(ordered_at, as_of) <= $days
            group by customer_id),
        stages as (
            select p.lifecycle_stage, count(*) as customer_count, coalesce(sum(s.net_sales), 0) as net_sales, sum(s.margin) as margin,
                   sum(p.expected_margin_12m) as expected_margin_12m
            from profile p left join sold s on s.customer_id = p.customer_id
            group by p.lifecycle_stage)
        select lifecycle_stage, customer_count, cast(net_sales as decimal(18, 2)) as net_sales,
               cast(case when count(margin) over () > 0 then coalesce(margin, 0) end as decimal(18, 2)) as margin,
               cast(expected_margin_12m as decimal(18, 2)) as expected_margin_12m
        from stages order by stages.net_sales desc, lifecycle_stage""",
        days=days,
    )


@question(
    "Q53",
    ko="고객은 단계 사이를 어떻게 옮겨 다니나요?",
    en="How do customers move between stages?",
    hidden=("day_count",),
    sentence=(
        "{days:days} 전에 이탈하지 않은 고객 {was_active:count}명 가운데 {lost:count}명({lost_share:percent})이 그 사이 이탈했고, 이탈 고객 {won:count}명이 돌아왔습니다. "
        "지금 이탈 위험인 고객 {at_risk:count}명은 그때는 이탈 위험이 아니었습니다.",
        "Of {was_active:count} buyers who had not lapsed {days:days} ago, {lost:count} ({lost_share:percent}) lapsed since; "
        "{won:count} lapsed customers came back. {at_risk:count} who are at risk now were not then.",
    ),
    headline="""
        select sum(case when stage_before not in ('prospect', 'lapsed') then customer_count else 0 end) as was_active,
               sum(case when stage_before not in ('prospect', 'lapsed') and stage_now = 'lapsed' then customer_count else 0 end) as lost,
               share(sum(case when stage_before not in ('prospect', 'lapsed') and stage_now = 'lapsed' then customer_count else 0 end),
                     sum(case when stage_before not in ('prospect', 'lapsed') then customer_count else 0 end)) as lost_share,
               sum(case when stage_before = 'lapsed' and stage_now <> 'lapsed' then customer_count else 0 end) as won,
               sum(case when stage_before <> 'at_risk' and stage_now = 'at_risk' then customer_count else 0 end) as at_risk,
               max(day_count) as days, sum(customer_count) as n
        from answer""",
    chart=Chart("heatmap", "stage_now", ("stage_before",), "customer_count"),
    actions=(SEE_AT_RISK, NextAction("달마다 어떻게 옮겨 다녔나요?", "Month by month", question="monthly_transitions")),
    stage_before=category(ko="이전 단계", en="Stage before"),
    stage_now=category(ko="현재 단계", en="Stage now"),
    customer_count=count(ko="고객 수", en="Customers"),
    row_share=share(ko="이전 단계 대비 비중", en="Share of the stage before"),
    day_count=integer(ko="기간(일)", en="Days between"),
)
def stage_transitions(days: int = 30) -> Query:
    """Customers by their stage some days ago and their stage now, both by today's lapse point.

    The six stages of the profile (lifecycle), told at both moments from the orders before each: prospect (no order yet), new, active,
    at risk, lapsed, reactivated. So everybody is in one stage at each moment, whether or not the company was looked at then.
    """
    return sql(
        f"""
        with lapse as (select max(lapse_days) as lapse_days from profile),
        shopping_days as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        gaps as (
            select customer_id, days_between(ordered_at, as_of) as ago,
                   days_between(lag(ordered_at) over (partition by customer_id order by ordered_at), ordered_at) as gap_days
            from shopping_days),
        seen as (
            select customer_id, ago, gap_days, 0 as back from gaps
            union all select customer_id, ago - $days, gap_days, $days as back from gaps where ago > $days),
        rhythm as (
            select customer_id, back, count(*) as day_count, min(ago) as silent, avg(gap_days) as mean_gap_days,
                   max_by(coalesce(gap_days, 0e0), -ago) as last_gap_days
            from seen group by customer_id, back),
        staged as (
            select r.customer_id, r.back, {STAGE} as stage
            from rhythm r cross join lapse l),
        moved as (
            select coalesce(b.stage, 'prospect') as stage_before, coalesce(n.stage, 'prospect') as stage_now
            from profile p left join staged n on n.customer_id = p.customer_id and n.back = 0
                           left join staged b on b.customer_id = p.customer_id and b.back = $days)
        select stage_before, stage_now, count(*) as customer_count,
               share(count(*), sum(count(*)) over (partition by stage_before)) as row_share, cast($days as bigint) as day_count
        from moved group by stage_before, stage_now
        order by {PLACE.format("stage_before")}, {PLACE.format("stage_now")}""",
        days=days,
    )


@question(
    "Q66",
    ko="고객은 매달 어느 단계에서 어느 단계로 옮겨 가나요?",
    en="How do customers move between stages each month?",
    sentence=(
        "{month:month} 초에 이탈하지 않은 구매 고객 {was_active:count}명 가운데 {lost:count}명({lost_share:percent})이 그달에 이탈했습니다. "
        "앞선 달들의 평균은 {usual:percent}입니다. 처음 구매한 고객은 {first:count}명, 돌아온 이탈 고객은 {won:count}명입니다. "
        "마지막 구매 후 {lapse:days}이 지나면 이탈로 봅니다.",
        "Of {was_active:count} buyers who had not lapsed at the beginning of {month:month}, {lost:count} lapsed in it, {lost_share:percent}. "
        "In the months before it was {usual:percent} on average. {first:count} bought for the first time and {won:count} lapsed "
        "customers came back. Lapsed means silent for more than {lapse:days}.",
    ),
    headline="""
        with monthly as (
            select month, sum(case when stage_before in ('new', 'active', 'at_risk', 'reactivated') then customer_count else 0 end) as was_active,
                   sum(case when stage_before in ('new', 'active', 'at_risk', 'reactivated') and stage_now = 'lapsed' then customer_count
                            else 0 end) as lost,
                   sum(case when stage_before in ('unseen', 'prospect') and stage_now not in ('unseen', 'prospect') then customer_count
                            else 0 end) as first,
                   sum(case when stage_before = 'lapsed' and stage_now <> 'lapsed' then customer_count else 0 end) as won,
                   sum(customer_count) as n, max(lapse_days) as lapse, row_number() over (order by month desc) as place
            from answer group by month)
        select max(case when place = 1 then month end) as month, max(case when place = 1 then was_active end) as was_active,
               max(case when place = 1 then lost end) as lost, max(case when place = 1 then share(lost, was_active) end) as lost_share,
               share(sum(case when place > 1 then lost end), sum(case when place > 1 then was_active end)) as usual,
               max(case when place = 1 then first end) as first, max(case when place = 1 then won end) as won, max(lapse) as lapse,
               max(case when place = 1 then n end) as n
        from monthly""",
    chart=Chart("heatmap", "month", ("stage_before", "stage_now"), "row_share"),
    actions=(SEE_AT_RISK, NextAction("지난 30일의 이동", "Moves of the last 30 days", question="stage_transitions")),
    month=month(ko="월", en="Month"),
    stage_before=category(ko="월초 단계", en="Stage at its beginning"),
    stage_now=category(ko="월말 단계", en="Stage at its end"),
    customer_count=count(ko="고객 수", en="Customers"),
    row_share=share(ko="월초 단계 대비 비중", en="Share of the stage at the beginning"),
    lapse_days=integer(ko="이탈 판단 기준일", en="Lapse point in days"),
)
def monthly_transitions(months: int = 12) -> Query:
    """Customers by their stage at the beginning and at the end of each of the last complete months, by today's lapse point.

    The stages of Q53, told at each moment from the orders before it; who was not yet known at the beginning comes from there. So everybody
    known at a month's end is in one stage, and each month begins as the one before it ended. The first month of the data is left
    out, as nobody knows what was before it.
    """
    return sql(
        f"""
        with lapse as (select max(lapse_days) as lapse_days from profile),
        shopping_days as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        placed as (
            select customer_id, local(ordered_at) as last_at, row_number() over own as day_count,
                   days_between(lag(ordered_at) over own, ordered_at) as gap_days,
                   days_between(min(ordered_at) over own, ordered_at) as span_days, local(lead(ordered_at) over own) as next_at
            from shopping_days window own as (partition by customer_id order by ordered_at)),
        edges as (
            select distinct date_trunc('month', last_at) + interval '1' month as month from placed
            where last_at < date_trunc('month', local(data_until)) order by month desc limit $months + 1),
        rhythm as (
            select e.month, p.customer_id, p.day_count, days_between(p.last_at, e.month) as silent,
                   coalesce(p.gap_days, 0e0) as last_gap_days, share(p.span_days, p.day_count - 1) as mean_gap_days
            from placed p join edges e on p.last_at < e.month and (p.next_at is null or p.next_at >= e.month)),
        staged as (select r.month, r.customer_id, {STAGE} as stage from rhythm r cross join lapse l),
        stood as (
            select e.month, p.customer_id,
                   coalesce(s.stage, case when local(p.first_seen_at) >= e.month then 'unseen' else 'prospect' end) as stage
            from profile p cross join edges e left join staged s on s.customer_id = p.customer_id and s.month = e.month),
        moved as (
            select b.month, b.stage as stage_before, n.stage as stage_now
            from stood b join stood n on n.customer_id = b.customer_id and n.month = b.month + interval '1' month
            where n.stage <> 'unseen')
        select cast(m.month as date) as month, m.stage_before, m.stage_now, count(*) as customer_count,
               share(count(*), sum(count(*)) over (partition by m.month, m.stage_before)) as row_share,
               cast(max(l.lapse_days) as bigint) as lapse_days
        from moved m cross join lapse l group by m.month, m.stage_before, m.stage_now
        order by m.month desc, {PLACE.format("m.stage_before")}, {PLACE.format("m.stage_now")}""",
        months=months,
    )


@question(
    "Q54",
    ko="한 번만 산 고객은 30일, 90일, 1년 안에 얼마나 돌아오나요?",
    en="What share of one-time buyers return within 30, 90 and 365 days?",
    hidden=("customer_count",),
    sentence=(
        "첫 구매 후 30일 안에 {in30:percent}, 90일 안에 {in90:percent}의 고객이 다시 구매합니다. 1년 안에는 {in365:percent}입니다.",
        "After the first order {in30:percent} of customers buy again within 30 days and {in90:percent} within 90. "
        "Within a year it is {in365:percent}.",
    ),
    headline="""
        select max(case when within_days = 30 then returned_share end) as in30,
               max(case when within_days = 90 then returned_share end) as in90,
               max(case when within_days = 365 then returned_share end) as in365, max(customer_count) as n
        from answer""",
    chart=Chart("line", "within_days", ("returned_share",)),
    actions=(NextAction("환영 프로그램", "Welcome programme", programme="welcome"),),
    within_days=integer(ko="첫 구매 후 일수", en="Days after the first order"),
    returned_share=share(ko="재구매 비율", en="Share who returned"),
    still_observed=count(ko="관찰 중인 고객 수", en="Customers still observed"),
    customer_count=count(ko="고객 수", en="Customers"),
)
def second_order_return() -> Query:
    """Kaplan–Meier share of customers with a second order on another day, by days since the first.

    Customers whose first order is too recent count as long as they were observed (Kaplan and Meier 1958). A row says how many
    were still observed without a second order; where nobody was observed so long, the share is missing, not zero, unless everybody
    had come back before.
    """
    return sql("""
        with shopping_days as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        placed as (
            select customer_id, ordered_at, lead(ordered_at) over (partition by customer_id order by ordered_at) as next_at,
                   row_number() over (partition by customer_id order by ordered_at) as place
            from shopping_days),
        observed as (
            select cast(ceil(days_between(ordered_at, coalesce(next_at, as_of))) as bigint) as day_number,
                   case when next_at is not null then 1 else 0 end as returned
            from placed where place = 1),
        by_day as (
            select day_number, sum(returned) as returned, count(*) as ended,
                   sum(count(*)) over (order by day_number desc) as at_risk
            from observed group by day_number),
        survival as (
            select day_number, at_risk, ended,
                   sum(case when returned = at_risk then -1e9 else ln(1e0 - share(returned, at_risk)) end)
                       over (order by day_number) as log_survival
            from by_day),
        horizons as (
            select 7 as within_days union all select 14 union all select 30 union all select 60 union all select 90
            union all select 120 union all select 180 union all select 270 union all select 365),
        longest as (select max(day_number) as day_number, sum(ended) as customer_count from by_day)
        select cast(h.within_days as bigint) as within_days,
               case when h.within_days <= max(l.day_number) or min(s.log_survival) < -1e8 then 1e0 - exp(coalesce(min(s.log_survival), 0e0)) end as returned_share,
               max(l.customer_count) - coalesce(sum(s.ended), 0) as still_observed, max(l.customer_count) as customer_count
        from horizons h cross join longest l left join survival s on s.day_number <= h.within_days
        group by h.within_days order by within_days""")


@question(
    "Q57",
    ko="활동 고객은 늘고 있나요?",
    en="Are active customers growing?",
    optional=("orders.record_no",),
    sentence=(
        "지난 {month:month} 활동 고객은 {active:count}명입니다. (전월 대비 {change:count}명: 신규 {new:count}, 복귀 {back:count}, 이탈 {lost:count}) "
        "고객 통합 전 기록으로 세면 {records:count}명으로 보였을 것입니다.",
        "In {month:month} {active:count} customers were active; change on the month before: {change:count} "
        "(new {new:count}, returned {back:count}, lost {lost:count}). Counted by source records it would look like {records:count}.",
    ),
    headline="""
        select month, active_record_count as records, active_count as active, new_count + returned_count - lost_count as change, new_count as new,
               returned_count as back, lost_count as lost, active_count as n
        from answer where is_complete order by month desc limit 1""",
    chart=Chart("stacked", "month", ("new_count", "returned_count", "retained_count")),
    actions=(SEE_AT_RISK,),
    month=month(ko="월", en="Month"),
    active_count=count(ko="활동 고객 수", en="Active customers"),
    new_count=count(ko="신규", en="New"),
    retained_count=count(ko="유지", en="Retained"),
    returned_count=count(ko="복귀", en="Returned"),
    lost_count=count(ko="이탈", en="Lost"),
    active_record_count=count(ko="통합 전 활동 고객 수", en="Active customers by source records"),
    is_complete=flag(ko="월 마감 여부", en="Month complete"),
)
def active_customers_by_month(months: int = 24) -> Query:
    """Customers with an order in the month: new, retained from the month before, returned after a pause; and those lost.

    Growth accounting: active = new + retained + returned; lost bought in the month before and not in this one. Beside it, where
    several source records turned out to be one customer: how many would be active if every record were one.
    """
    return sql(
        """
        with bought as (
            select distinct customer_id, date_trunc('month', local(ordered_at)) as month
            from orders where status = 'completed' and customer_id is not null),
        linked as (
            select customer_id, month, lag(month) over (partition by customer_id order by month) as before,
                   lead(month) over (partition by customer_id order by month) as after
            from bought),
        present as (
            select month, count(*) as active_count, count(case when before is null then 1 end) as new_count,
                   count(case when before = month - interval '1' month then 1 end) as retained_count,
                   count(case when before < month - interval '1' month then 1 end) as returned_count
            from linked group by month),
        gone as (
            select month + interval '1' month as month, count(*) as lost_count
            from linked where after is null or after > month + interval '1' month group by month),
        records as (
            select date_trunc('month', local(ordered_at)) as month, count(distinct record_no) as record_count
            from orders where status = 'completed' and record_no is not null group by date_trunc('month', local(ordered_at)))
        select cast(p.month as date) as month, p.active_count, p.new_count, p.retained_count, p.returned_count,
               coalesce(g.lost_count, 0) as lost_count, r.record_count as active_record_count,
               p.month < date_trunc('month', local(data_until)) as is_complete
        from present p left join gone g on g.month = p.month left join records r on r.month = p.month
        order by p.month desc limit $months""",
        months=months,
    )


@question(
    "Q58",
    ko="가입 시기별로 고객은 얼마나 남아 있나요?",
    en="What is retention by cohort?",
    sentence=(
        "첫 구매 다음 달에는 평균 {first:percent}, 석 달 뒤에는 {third:percent}의 고객이 다시 구매합니다.",
        "On average {first:percent} of customers buy in the month after their first order and {third:percent} three months after it.",
    ),
    headline="""
        select share(sum(case when month_number = 1 then buyer_count end), sum(case when month_number = 1 then cohort_size end)) as first,
               share(sum(case when month_number = 3 then buyer_count end), sum(case when month_number = 3 then cohort_size end)) as third,
               sum(case when month_number = 0 then cohort_size end) as n
        from answer""",
    chart=Chart("heatmap", "month_number", ("cohort",), "retained_share"),
    actions=(NextAction("재구매까지 걸리는 시간", "How soon one-time buyers return", question="second_order_return"),),
    cohort=month(ko="첫 구매 월", en="Month of first order"),
    month_number=integer(ko="경과 개월", en="Months since"),
    cohort_size=count(ko="고객 수", en="Customers"),
    buyer_count=count(ko="구매 고객 수", en="Buyers"),
    retained_share=share(ko="유지율", en="Share who bought"),
)
def cohort_retention(months: int = 12) -> Query:
    """Share of each month's new customers who bought in the n-th month after; months not yet complete are absent, not zero."""
    return sql(
        """
        with bought as (
            select distinct customer_id, date_trunc('month', local(ordered_at)) as month
            from orders where status = 'completed' and customer_id is not null),
        firsts as (select customer_id, min(month) as cohort from bought group by customer_id),
        sizes as (select cohort, count(*) as cohort_size from firsts group by cohort),
        calendar as (select distinct month from bought where month < date_trunc('month', local(data_until))),
        grid as (
            select s.cohort, c.month, s.cohort_size,
                   cast(12 * (extract(year from c.month) - extract(year from s.cohort))
                        + extract(month from c.month) - extract(month from s.cohort) as bigint) as month_number
            from sizes s join calendar c on c.month >= s.cohort),
        active as (
            select f.cohort, b.month, count(*) as buyer_count
            from firsts f join bought b on b.customer_id = f.customer_id group by f.cohort, b.month)
        select cast(g.cohort as date) as cohort, g.month_number, g.cohort_size, coalesce(a.buyer_count, 0) as buyer_count,
               share(coalesce(a.buyer_count, 0), g.cohort_size) as retained_share
        from grid g left join active a on a.cohort = g.cohort and a.month = g.month
        where g.month_number <= $months
        order by g.cohort, g.month_number""",
        months=months,
    )


@question(
    "Q59",
    ko="매출 기준으로 고객 가치는 얼마나 유지되나요?",
    en="How much value is retained?",
    sentence=(
        "{since:month}부터 {month:month}까지 3개월의 매출을 그 앞 3개월({former:month}부터 {former_end:month}까지)에 구매한 고객만 놓고 보면, "
        "총유지율은 {gross:percent}, 순유지율은 {net:percent}입니다.",
        "Of the sales to those who bought from {former:month} to {former_end:month}, gross retention in the next three months, "
        "{since:month} to {month:month}, is {gross:percent} and net retention {net:percent}.",
    ),
    headline="""
        select max(month) as month, cast(max(month) - interval '2' month as date) as since,
               cast(max(month) - interval '5' month as date) as former, cast(max(month) - interval '3' month as date) as former_end,
               max_by(gross_retention, month) as gross, max_by(net_retention, month) as net, max_by(customer_count, month) as n
        from answer""",
    chart=Chart("line", "month", ("gross_retention", "net_retention")),
    actions=(SEE_AT_RISK,),
    month=month(ko="기준 월", en="Quarter ending"),
    customer_count=count(ko="앞선 분기 구매 고객", en="Customers of the quarter before"),
    sales_before=money(ko="앞선 분기 매출", en="Sales of the quarter before"),
    sales_now=money(ko="이번 분기 매출", en="Their sales now"),
    gross_retention=share(ko="총유지율", en="Gross retention"),
    net_retention=share(ko="순유지율", en="Net retention"),
)
def value_retention(months: int = 12) -> Query:
    """Sales of a quarter by those who bought in the quarter before it, over their sales then.

    Gross counts each customer at most at his former sales, net counts growth too. Quarters are the three complete months ending
    with the shown one; before refunds.
    """
    return sql(
        """
        with monthly as (
            select customer_id, date_trunc('month', local(ordered_at)) as month, sum(net_amount) as amount
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('month', local(ordered_at))),
        ends as (
            select distinct month from monthly where month < date_trunc('month', local(data_until))
            and month >= (select min(month) + interval '5' month from monthly)
            order by month desc limit $months),
        compared as (
            select e.month, m.customer_id,
                   sum(case when m.month <= e.month - interval '3' month then m.amount else 0 end) as before,
                   sum(case when m.month > e.month - interval '3' month then m.amount else 0 end) as now
            from ends e join monthly m on m.month > e.month - interval '6' month and m.month <= e.month
            group by e.month, m.customer_id)
        select cast(month as date) as month, count(*) as customer_count, cast(sum(before) as decimal(18, 2)) as sales_before,
               cast(sum(now) as decimal(18, 2)) as sales_now, share(sum(least(now, before)), sum(before)) as gross_retention,
               share(sum(now), sum(before)) as net_retention
        from compared where before > 0 group by month order by month desc""",
        months=months,
    )
