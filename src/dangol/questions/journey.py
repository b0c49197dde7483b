"""The journey in measured rates: when each group buys, and what makes or breaks each step of value (V10, V11)."""

from collections.abc import Mapping
from typing import Literal

from dangol.core.declare import Chart, NextAction, Query, category, count, flag, integer, measure, number, question, share, sql
from dangol.core.query import preceded

# Of twelve pairs of months without a season one in a hundred is as alike as this: Student's t = 2.764 with ten degrees of freedom.
REPEATED = 0.658
GROUPED = """
    select customer_id, main_category as group_name, count(*) over (partition by main_category) as size
    from profile where order_count > 0 and main_category is not null"""
SOLD = """
    with cut_short as (select date_trunc('month', local(min(ordered_at))) as month from orders where status = 'completed')
    select m.group_name, date_trunc('month', local(o.ordered_at)) as month, weekday_of(local(o.ordered_at)) as weekday,
           o.net_amount
    from orders o join members m on m.customer_id = o.customer_id cross join cut_short c
    where m.size >= $fewest and o.status = 'completed' and local(o.ordered_at) < date_trunc('month', local(data_until))
      and local(o.ordered_at) >= date_trunc('month', local(data_until)) - interval '24' month
      and date_trunc('month', local(o.ordered_at)) > c.month"""
A_DAY = """
    with calendar as (select distinct month from sold),
    summed as (select group_name, month, sum(net_amount) as sales from sold group by group_name, month)
    select g.group_name as series, c.month, 1e0 as weight,
           share(coalesce(s.sales, 0), days_between(c.month, c.month + interval '1' month)) as rate
    from calendar c cross join (select distinct group_name from sold) g
    left join summed s on s.group_name = g.group_name and s.month = c.month"""
SEASONS = """
with months as (
    select series as group_name, month, month_of_year, season_index, month_count,
           case when month >= (select date_trunc('month', max(month)) - interval '11' month from seasonal) then 1 else 0 end as is_last
    from seasonal),
placed as (
    select group_name, month_of_year, season_index, month_count, is_last,
           row_number() over (partition by group_name, is_last order by season_index desc, month) as place,
           count(*) over (partition by group_name, is_last) as window_count
    from months where season_index is not null),
best as (select group_name, month_of_year, season_index, month_count from placed where is_last = 1 and place = 1),
former as (select group_name, month_of_year from placed where is_last = 0 and place = 1 and window_count = 12),
leading as (select group_name, month_of_year from placed where is_last = 1 and place <= 3),
years as (
    select a.group_name, case when count(*) = 12 then corr(a.season_index, b.season_index) end as likeness
    from months a join months b on b.group_name = a.group_name and a.month = b.month + interval '12' month
    where a.season_index is not null and b.season_index is not null group by a.group_name),
weekdays as (
    select group_name, cast(weekday as bigint) as weekday, sum(net_amount) as sales,
           row_number() over (partition by group_name order by sum(net_amount) desc, weekday) as place,
           sum(sum(net_amount)) over (partition by group_name) as total
    from sold group by group_name, weekday)
select b.group_name, s.size as customer_count, b.month_of_year as best_month, b.season_index as month_index,
       w.weekday as main_weekday, share(w.sales, w.total) as weekday_share, f.month_of_year as best_month_before,
       case when f.month_of_year is not null then l.month_of_year is not null end as is_hit, y.likeness as year_likeness,
       y.likeness >= $repeated as is_repeated, b.month_count
from best b
join (select group_name, max(size) as size from members group by group_name) s on s.group_name = b.group_name
join weekdays w on w.group_name = b.group_name and w.place = 1
left join years y on y.group_name = b.group_name
left join former f on f.group_name = b.group_name
left join leading l on l.group_name = b.group_name and l.month_of_year = f.month_of_year
order by s.size desc, b.group_name"""

Trend = Literal["line", "rate"]
LEVEL: Mapping[Trend, str] = {"line": "rate", "rate": "case when rate > 0 then ln(rate) end"}
EXPECTED: Mapping[Trend, str] = {"line": "fitted", "rate": "exp(fitted)"}


def seasonal(query: Query, monthly: Query, trend: Trend = "line", **parts: Query) -> Query:
    """A query that may read `seasonal`: every month's index over the trend of its series; one is as usual.

    With fewer than 24 months a season is not told from a trend, and the index is over the mean.

    Args:
        query: reads `seasonal`, with series, month, month_of_year, season_index, weight and the series' month_count.
        monthly: series, month, rate and weight, without gaps and complete months only; heavier months decide more about the trend.
        trend: a straight line, or a steady rate of growth or decline, which never falls below zero.
        parts: what both may read besides, put first.
    """
    fitted = sql(f"""
        with numbered as (
            select series, month, rate, weight, {LEVEL[trend]} as level,
                   cast(row_number() over (partition by series order by month) as double) as position
            from monthly),
        sums as (
            select series, count(*) as month_count, sum(weight) as w, sum(weight * position) as wx, sum(weight * level) as wy,
                   sum(weight * position * position) as wxx, sum(weight * position * level) as wxy
            from numbered where level is not null group by series),
        lines as (
            select series, month_count, wx / w as middle, wy / w as mean_level,
                   case when month_count >= 24 then share(w * wxy - wx * wy, w * wxx - wx * wx) else 0e0 end as slope
            from sums),
        fits as (
            select n.series, n.month, n.rate, n.weight, l.month_count, l.mean_level + l.slope * (n.position - l.middle) as fitted
            from numbered n join lines l on l.series = n.series),
        expected as (select series, month, rate, weight, month_count, {EXPECTED[trend]} as trend from fits),
        levels as (select series, share(sum(rate * weight), sum(trend * weight)) as height from expected group by series)
        select e.series, e.month, cast(extract(month from e.month) as bigint) as month_of_year, e.weight, e.month_count,
               case when e.trend * l.height > 0 then share(e.rate, e.trend * l.height) end as season_index
        from expected e join levels l on l.series = e.series""")
    return preceded(query, **parts, monthly=monthly, seasonal=fitted)


@question(
    "V10",
    ko="고객 그룹마다 언제 가장 많이 사나요?",
    en="When does each group of customers buy most?",
    hidden=("month_count",),
    sentence=(
        "그룹 {tested:count}개 가운데 판촉 시점을 달리할 만큼 계절이 두 해 되풀이된 그룹은 {groups:count}개입니다. "
        "그중 계절이 가장 뚜렷한 것은 '{group}' 고객으로 {best}월 매출이 추세의 {index:percent}입니다. "
        "전년의 가장 좋은 달이 최근 1년에도 상위 3개월에 든 그룹은 {hits:percent}입니다. (우연이라면 25%) "
        "그룹 {untested:count}개는 온전한 달이 24개가 안 되어 계절을 추세와 가려 말할 수 없습니다.",
        "Of {tested:count} groups {groups:count} had the same season in both years, more than chance explains, and may deserve a promotion date of their own. "
        "Among them the season is clearest for “{group}” customers: month {best} sells {index:percent} of the trend. "
        "For {hits:percent} of the groups the best month of the year before was among the best three of the last year "
        "(25 % by chance). "
        "For {untested:count} groups there are fewer than 24 complete months: a season is not told from a trend.",
    ),
    headline="""
        select sum(customer_count) as n, nullif(count(is_repeated), 0) as tested,
               case when count(is_repeated) > 0 then count(case when is_repeated then 1 end) end as groups,
               max_by(group_name, month_index) filter (where is_repeated) as "group",
               max_by(best_month, month_index) filter (where is_repeated) as best,
               max(month_index) filter (where is_repeated) as index,
               share(count(case when is_hit then 1 end), count(is_hit)) as hits,
               nullif(count(*) - count(is_repeated), 0) as untested
        from answer""",
    chart=Chart("bar", "group_name", ("month_index",)),
    actions=(
        NextAction("계절에 따른 매출", "Sales by season", question="seasonality"),
        NextAction("VIP는 언제 사나요?", "When VIPs buy", question="vip_tendencies"),
    ),
    group_name=category(ko="주 구매 카테고리", en="Main category"),
    customer_count=count(ko="고객 수", en="Customers"),
    best_month=integer(ko="가장 좋은 달", en="Best month"),
    month_index=share(ko="그 달의 지수", en="Index of that month"),
    main_weekday=integer(ko="가장 좋은 요일", en="Best weekday"),
    weekday_share=share(ko="그 요일의 비중", en="Share of that weekday"),
    best_month_before=integer(ko="전년의 가장 좋은 달", en="Best month of the year before"),
    is_hit=flag(ko="최근 1년 상위 3개월에 듦", en="Among the best three of the last year"),
    year_likeness=number(ko="두 해의 닮음(상관)", en="Likeness of the two years (correlation)"),
    is_repeated=flag(ko="계절이 되풀이됨", en="Season repeated"),
    month_count=count(ko="관찰한 달 수", en="Months observed"),
)
def season_by_group(fewest: int = 50) -> Query:
    """By customers' main category: month with most sales per day of the last twelve complete months, weekday, and last year's forecast.

    Groups have `fewest` customers at least. With 24 complete months the trend is divided out as in the seasons of all sales; a first
    month cut short is left out. Two tests of the season: the twelve months before and the last twelve are so alike (correlation of 0.66
    or more) as they are once in a hundred times without a season; and the best month of the year before was among the best three of
    the last, which by chance one in four is. Where the history is shorter than two years there is no test (R111).
    """
    return seasonal(
        sql(SEASONS, repeated=REPEATED),
        monthly=sql(A_DAY),
        members=sql(GROUPED),
        sold=sql(SOLD, fewest=fewest),
    )


FACTORS = """
with firsts as (
    select customer_id, min(ordered_at) as first_at from orders where status = 'completed' and customer_id is not null group by customer_id),
arrived as (select customer_id, first_at from firsts where days_between(first_at, as_of) <= $days),
worth as (
    select sum(cast(p.margin as double) + coalesce(cast(p.expected_margin_12m as double), 0)) as value, count(*) as people
    from arrived a join profile p on p.customer_id = a.customer_id),
spent as (select sum(cost) as cost from spend where days_between(cast(spent_on as timestamp), local(as_of)) <= $days),
mailable as (select customer_id, max_by(allowed, recorded_at) as allowed from consents where channel = 'email' group by customer_id),
mailing as (
    select count(*) as people, count(case when m.allowed then 1 end) as reached, count(m.customer_id) as known
    from arrived a left join mailable m on m.customer_id = a.customer_id),
told as (
    select count(p.acquisition_channel) as known,
           count(case when lower(p.acquisition_channel) in ('referral', 'friend', '추천', '지인추천', '지인 추천') then 1 end) as referred
    from arrived a join people p on p.customer_id = a.customer_id),
tasted as (
    select l.customer_id, p.category, min(l.ordered_at) as first_at
    from order_lines l join products p on p.product_id = l.product_id
    where l.customer_id is not null and p.category is not null group by l.customer_id, p.category),
broadened as (
    select count(distinct f.customer_id) as people,
           count(distinct case when days_between(t.first_at, as_of) <= $days then f.customer_id end) as widened
    from firsts f join tasted t on t.customer_id = f.customer_id where days_between(f.first_at, as_of) > $days),
best as (
    select customer_id from (
        select customer_id, row_number() over (order by expected_margin_12m desc, customer_id) as place, count(*) over () as people
        from profile where order_count > 0 and expected_margin_12m is not null) ranked
    where place <= ceil(0.2e0 * people)),
touched as (
    select customer_id from events where customer_id is not null and days_between(occurred_at, as_of) <= 90
    union all
    select customer_id from messages where customer_id is not null and message_event in ('opened', 'clicked')
                                           and days_between(occurred_at, as_of) <= 90),
engaged as (
    select count(*) as people, count(t.customer_id) as reached, (select count(*) from touched) as seen
    from best b left join (select distinct customer_id from touched) t on t.customer_id = b.customer_id),
asked as (
    select count(*) as talks, count(resolved_at) as settled,
           count(case when resolved_at is null or days_between(occurred_at, resolved_at) > 7 then 1 end) as waiting
    from interactions where days_between(occurred_at, as_of) <= $days and days_between(occurred_at, as_of) > 7),
lured as (
    select count(*) as people, count(case when p.order_count = 1 then 1 end) as once
    from profile p join firsts f on f.customer_id = p.customer_id
    where p.first_discounted and days_between(f.first_at, as_of) > 90 and days_between(f.first_at, as_of) <= $days + 90),
gaps as (
    select customer_id, ordered_at, lag(ordered_at) over (partition by customer_id order by ordered_at) as before_at
    from orders where status = 'completed' and customer_id is not null),
returned as (
    select count(distinct g.customer_id) as people
    from gaps g cross join (select max(lapse_days) as lapse_days from profile) l
    where days_between(g.ordered_at, as_of) <= $days and days_between(g.before_at, g.ordered_at) > l.lapse_days),
written as (
    select sum(c.cost_per_contact) as cost
    from messages m join campaigns c on c.campaign_id = m.campaign_id join profile p on p.customer_id = m.customer_id
    where m.message_event = 'sent' and days_between(m.occurred_at, as_of) <= $days and p.lifecycle_stage in ('lapsed', 'reactivated')),
listed as (
    select 1 as place, 'acquire' as stage, 'value_to_cost' as factor, 'more' as good, share(w.value, s.cost) as figure, w.people as base
    from worth w cross join spent s
    union all
    select 2, 'acquire', 'mail_gained', 'more', case when known > 0 then share(reached, people) end, people from mailing
    union all
    select 3, 'onboard', 'one_off', 'less', share(once, people), people from lured
    union all
    select 4, 'grow', 'new_category', 'more', share(widened, people), people from broadened
    union all
    select 5, 'grow', 'referred', 'more', case when referred > 0 then share(referred, known) end, known from told
    union all
    select 6, 'retain', 'vip_engaged', 'more', case when seen > 0 then share(reached, people) end, people from engaged
    union all
    select 7, 'retain', 'unanswered', 'less', case when settled > 0 then share(waiting, talks) end, talks from asked
    union all
    select 8, 'reactivate', 'winning_back_cost', 'less',
           share(share(n.cost, r.people), share(s.cost, w.people)), r.people
    from written n cross join returned r cross join spent s cross join worth w)
select stage, factor, good, case when factor in ('value_to_cost', 'winning_back_cost') then 'number' else 'share' end as unit,
       figure, cast(base as bigint) as base_count from listed order by place"""


@question(
    "V11",
    ko="고객 여정의 성공 요인과 실패 요인은 어떤 상태인가요?",
    en="How are the factors of success and failure along the journey?",
    optional=(
        "spend",
        "events",
        "messages",
        "campaigns",
        "consents",
        "interactions",
        "interactions.resolved_at",
        "products",
        "products.category",
        "profile.expected_margin_12m",
        "people.acquisition_channel",
        "profile.first_discounted",
    ),
    sentence=(
        "여정의 8가지 요인 가운데 {figures:count}가지를 측정했습니다. 새 카테고리를 산 기존 고객은 {broadened:percent}입니다. 7일 안에 처리되지 않은 상담은 {unanswered:percent}입니다. "
        "혜택에만 한 번 반응하고 떠난 고객은 {once:percent}입니다.",
        "{figures:count} of the eight factors of the journey are measured. {broadened:percent} of existing customers bought a new category. "
        "{unanswered:percent} of conversations were not settled within 7 days. "
        "{once:percent} of those who came by an offer came once.",
    ),
    headline="""
        select max(base_count) as n, count(figure) as figures, max(case when factor = 'new_category' then figure end) as broadened,
               max(case when factor = 'unanswered' then figure end) as unanswered, max(case when factor = 'one_off' then figure end) as once
        from answer""",
    chart=Chart("none"),
    actions=(
        NextAction("여정에서 뒤처지는 단계", "Where the funnel lags", question="stage_funnel"),
        NextAction("성장에 필요한 신규 고객", "New customers that growth takes", question="growth_needed"),
    ),
    stage=category(ko="단계", en="Stage"),
    factor=category(ko="요인", en="Factor"),
    good=category(ko="좋은 방향", en="Good is"),
    unit=category(ko="단위", en="Unit"),
    figure=measure(ko="수치", en="Figure"),
    base_count=count(ko="대상 수", en="Out of"),
)
def journey_factors(days: int = 365) -> Query:
    """Eight factors of the value journey, each a measured figure of the last days; empty where no data tell it (R128).

    Success: value of new customers over their cost (acquire); new customers who may be written to by e-mail (acquire); customers of before
    who bought a category for the first time (grow); best fifth who opened, clicked or visited (retain); new customers who came by
    referral (grow). Failure: conversations not settled within seven days (retain); customers who came with a coupon or discount and
    never came again, with ninety days to do so (onboard); cost of a customer won back over that of a new one (reactivate).
    """
    return sql(
        FACTORS,
        days=days,
    )
