"""What changed in the last week beyond chance, and what to do about it (K3; R096, R205)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, flag, measure, question, share, sql

WEEKS = 12
# Two-sided quantiles of Student's t with ten degrees of freedom for one to nine measures watched, so that all of them together give
# a false alarm in one quiet week of twenty (Bonferroni).
CRITICAL = (2.2281, 2.6338, 2.8701, 3.0382, 3.1693, 3.2768, 3.3682, 3.4477, 3.5182)
COUNTED = (
    "select measure, week, sqrt(happened + 0.375e0) as level, cast(happened as double) as figure, 0.5e0 as noise from filled"
)
WEEK_NUMBERS = " union all ".join(f"select {week} as week" for week in range(WEEKS + 1))
# The reach of a prediction one week beyond a line through twelve: sqrt(1 + 1/12 + 6.5² / 143).
AHEAD = 1.174218
HAPPENED = """
    select 'orders' as measure, ordered_at as moment from orders where status = 'completed'
    union all
    select 'new_customers' as measure, min(ordered_at) as moment from orders
    where status = 'completed' and customer_id is not null group by customer_id
    union all
    select 'returned_lines' as measure, returned_at as moment from returns
    union all
    select 'low_ratings' as measure, given_at as moment from feedback where rating <= 2
    union all
    select 'enquiries' as measure, occurred_at as moment from interactions
    union all
    select 'unsubscribes' as measure, occurred_at as moment from messages where message_event = 'unsubscribed'
    union all
    select 'web_events' as measure, occurred_at as moment from events"""
RATIOS = """
    select 'average_order_value' as measure, cast(floor(days_between(ordered_at, as_of) / 7) as bigint) as week,
           sum(cast(net_amount as double)) as part, cast(count(*) as double) as whole
    from orders where status = 'completed' and days_between(ordered_at, as_of) < 91 group by 2
    union all
    select 'opens_of_100' as measure, cast(floor(days_between(occurred_at, as_of) / 7) as bigint) as week,
           sum(case when message_event = 'opened' then 100e0 else 0e0 end) as part,
           sum(case when message_event = 'sent' then 1e0 else 0e0 end) as whole
    from messages where days_between(occurred_at, as_of) < 91 group by 2"""


@question(
    "K3",
    ko="이번 주에 우연을 넘어 달라진 것은 무엇인가요?",
    en="What changed this week beyond chance?",
    optional=(
        "orders.net_amount",
        "returns",
        "feedback",
        "feedback.rating",
        "interactions",
        "messages",
        "events",
    ),
    hidden=("watched",),
    sentence=(
        "지난 7일에 지표 {watched:count}개 가운데 {moved:count}개가 평소 범위를 벗어났습니다. "
        "가장 크게 달라진 것은 {first:category|으로/로}, {usual:number} 안팎이던 값이 {now:number}입니다. "
        "가장 크게 달라진 것은 {first:category|으로/로}, {usual_money:money} 안팎이던 값이 {now_money:money}입니다. "
        "지켜본 지표 {calm:count}개가 모두 평소 범위 안에 있습니다.",
        "{moved:count} of {watched:count} measures left their usual range in the last 7 days. "
        "{first:category} moved most: {now:number}, usually about {usual:number}. "
        "{first:category} moved most: {now_money:money}, usually about {usual_money:money}. "
        "All {calm:count} measures that are watched are within their usual range.",
    ),
    headline="""
        select case when sum(case when beyond_chance then 1 else 0 end) > 0 then max(watched) end as watched,
               nullif(sum(case when beyond_chance then 1 else 0 end), 0) as moved,
               max(case when beyond_chance and place = 1 then measure end) as first,
               max(case when beyond_chance and place = 1 and unit = 'number' then usual end) as usual,
               max(case when beyond_chance and place = 1 and unit = 'number' then this_week end) as now,
               max(case when beyond_chance and place = 1 and unit = 'money' then usual end) as usual_money,
               max(case when beyond_chance and place = 1 and unit = 'money' then this_week end) as now_money,
               case when sum(case when beyond_chance then 1 else 0 end) = 0 then max(watched) end as calm, count(*) as n
        from answer""",
    chart=Chart("bar", "measure", ("change",)),
    actions=(
        NextAction("떠나려는 고객", "Who is leaving", question="leaving_customers"),
        NextAction("이탈과 관련된 신호", "What goes with leaving", question="churn_causes"),
        NextAction("채널별 신규 고객의 가치", "Value by channel", question="value_by_channel"),
        NextAction("이메일 발송 횟수", "How often to mail", question="email_frequency"),
    ),
    measure=category(ko="지표", en="Measure"),
    unit=category(ko="단위", en="Unit"),
    this_week=measure(ko="지난 7일", en="Last 7 days"),
    usual=measure(ko="평소", en="Usual"),
    usual_low=measure(ko="평소 범위 하한", en="Usual range, low"),
    usual_high=measure(ko="평소 범위 상한", en="Usual range, high"),
    change=share(ko="변화", en="Change"),
    beyond_chance=flag(ko="우연을 넘음", en="Beyond chance"),
    suggestion=category(ko="제안", en="Suggestion"),
    place=count(ko="순위", en="Place"),
    watched=count(ko="지켜본 지표 수", en="Measures watched"),
)
def week_changes() -> Query:
    """Orders, new customers, average order value, returns, low ratings, enquiries, unsubscribes, opens and web events of the last week.

    Each is held against a line through its twelve weeks before, so that steady growth is no news: counts by square roots (Anscombe 1948,
    never less scatter than a count has by chance), averages by logarithms, with the interval of a prediction. All measures
    together leave their range by chance in one week of twenty. A measure is watched where thirteen weeks are known and at least four
    happen in a week, or ten orders or messages. Feasts and seasons are news like everything else.
    """
    return sql(
        f"""
        with weeks as ({WEEK_NUMBERS}),
        happened as ({HAPPENED}),
        begun as (select measure from happened group by measure having days_between(min(moment), as_of) >= 91),
        counted as (
            select measure, cast(floor(days_between(moment, as_of) / 7) as bigint) as week, count(*) as n
            from happened where days_between(moment, as_of) < 91 group by 1, 2),
        filled as (
            select b.measure, w.week, coalesce(c.n, 0) as happened
            from begun b cross join weeks w left join counted c on c.measure = b.measure and c.week = w.week),
        divided as ({RATIOS}),
        ratios as (select measure, week, part / whole as ratio from divided where whole >= 10 and part > 0),
        whole_ratios as (select measure from ratios group by measure having count(*) = $weeks + 1),
        levels as (
            {COUNTED}
            where measure in (select measure from filled where week > 0 group by measure having avg(happened) >= 4)
            union all
            select r.measure, r.week, ln(r.ratio) as level, r.ratio as figure, 0.01e0 as noise
            from ratios r join whole_ratios k on k.measure = r.measure),
        lines as (
            select measure, avg(level) as middle, sum((6.5e0 - week) * level) / 143e0 as slope, max(noise) as noise
            from levels where week > 0 group by measure),
        scattered as (
            select l.measure, max(n.middle + 6.5e0 * n.slope) as expected,
                   greatest(sqrt(sum(power(l.level - n.middle - n.slope * (6.5e0 - l.week), 2)) / 10e0), max(n.noise)) as scatter
            from levels l join lines n on n.measure = l.measure where l.week > 0 group by l.measure),
        reached as (
            select s.measure, s.expected, s.scatter, l.level, l.figure, count(*) over () as watched,
                   $ahead * s.scatter * case count(*) over () {" ".join(f"when {n} then {t}e0" for n, t in enumerate(CRITICAL, 1))} end
                       as reach
            from scattered s join levels l on l.measure = s.measure and l.week = 0),
        told as (
            select measure, figure, watched, abs(level - expected) / reach as moved, level > expected as is_up,
                   case when measure in ('average_order_value', 'opens_of_100') then exp(expected)
                        else greatest(power(greatest(expected, 0e0), 2) - 0.375e0, 0e0) end as usual,
                   case when measure in ('average_order_value', 'opens_of_100') then exp(expected - reach)
                        else greatest(power(greatest(expected - reach, 0e0), 2) - 0.375e0, 0e0) end as usual_low,
                   case when measure in ('average_order_value', 'opens_of_100') then exp(expected + reach)
                        else greatest(power(greatest(expected + reach, 0e0), 2) - 0.375e0, 0e0) end as usual_high
            from reached)
        select measure, case when measure = 'average_order_value' then 'money' else 'number' end as unit, figure as this_week, usual, usual_low, usual_high, share(figure - usual, usual) as change,
               moved > 1 as beyond_chance,
               case when moved <= 1 then null
                    when is_up then case measure when 'returned_lines' then 'see_what_returns' when 'low_ratings' then 'read_ratings'
                                                 when 'enquiries' then 'answer_enquiries' when 'unsubscribes' then 'write_less'
                                                 else 'find_what_helped' end
                    else case measure when 'orders' then 'call_leaving' when 'new_customers' then 'check_channels'
                                      when 'average_order_value' then 'check_offers' when 'opens_of_100' then 'check_messages'
                                      when 'web_events' then 'check_site' else 'find_what_helped' end end as suggestion,
               row_number() over (order by moved desc, measure) as place, watched
        from told order by place""",
        weeks=WEEKS,
        ahead=AHEAD,
    )
