"""The way to the next order: how long it takes, by category, when it will not come, and where people stop (Q55, Q56, Q63, Q64)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, days, month, number, question, share, sql

SEE_AT_RISK = NextAction("이탈 위험 고객 보기", "See customers at risk", rule="lifecycle_stage == 'at_risk'")
WELCOME = NextAction("환영 프로그램", "Welcome programme", programme="welcome")


@question(
    "Q55",
    ko="첫 구매에서 두 번째 구매까지 얼마나 걸리나요?",
    en="How long is it from the first to the second order?",
    hidden=("customer_count",),
    sentence=(
        "첫 구매 고객 {n:count}명의 절반은 {median:days} 안에 다시 구매합니다. 4분의 1은 {quarter:days} 안에 돌아옵니다. "
        "4분의 3이 돌아오기까지는 {three_quarters:days}이 걸립니다.",
        "Half of {n:count} first-time buyers buy again within {median:days}. A quarter are back within {quarter:days}. "
        "It takes {three_quarters:days} until three quarters are back.",
    ),
    headline="""
        select max(case when returned_share = 0.25 then day_count end) as quarter,
               max(case when returned_share = 0.5 then day_count end) as median,
               max(case when returned_share = 0.75 then day_count end) as three_quarters, max(customer_count) as n
        from answer""",
    chart=Chart("bar", "returned_share", ("day_count",), low="day_count_low", high="day_count_high"),
    actions=(WELCOME, NextAction("재구매 비율 보기", "Share who return", question="second_order_return")),
    returned_share=share(ko="재구매 고객 비율", en="Share who bought again"),
    day_count=days(ko="걸린 일수", en="Days it takes"),
    day_count_low=days(ko="일수 하한(95%)", en="Days, low (95 %)"),
    day_count_high=days(ko="일수 상한(95%)", en="Days, high (95 %)"),
    customer_count=count(ko="고객 수", en="Customers"),
)
def time_to_second_order() -> Query:
    """Kaplan–Meier days from the first order to one on another day, by the share of customers who made it by then.

    Customers who have not bought again count as long as they were observed (Kaplan and Meier 1958); a share that nobody was
    observed long enough for is missing. The interval is that of Brookmeyer and Crowley (1982) on the log(-log) scale.
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
            select ceil(days_between(ordered_at, coalesce(next_at, as_of))) as day_number,
                   case when next_at is not null then 1 else 0 end as returned
            from placed where place = 1),
        by_day as (
            select day_number, sum(returned) as returned, sum(count(*)) over (order by day_number desc) as at_risk
            from observed group by day_number),
        curve as (
            select day_number,
                   sum(case when returned = at_risk then -1e9 else ln(1e0 - share(returned, at_risk)) end)
                       over (order by day_number) as log_survival,
                   sum(case when returned = at_risk then 0e0 else share(returned, at_risk * (at_risk - returned)) end)
                       over (order by day_number) as variance
            from by_day where returned > 0),
        banded as (
            select day_number, exp(log_survival) as survival,
                   exp(log_survival * exp(1.959963984540054e0 * sqrt(variance) / -log_survival)) as survival_low,
                   exp(log_survival * exp(-1.959963984540054e0 * sqrt(variance) / -log_survival)) as survival_high
            from curve),
        wanted as (
            select 0.1e0 as returned_share union all select 0.25e0 union all select 0.5e0 union all select 0.75e0 union all select 0.9e0),
        observed_count as (select count(*) as customer_count from observed)
        select w.returned_share, min(case when b.survival <= 1 - w.returned_share + 1e-12 then b.day_number end) as day_count,
               min(case when b.survival_low <= 1 - w.returned_share + 1e-12 then b.day_number end) as day_count_low,
               min(case when b.survival_high <= 1 - w.returned_share + 1e-12 then b.day_number end) as day_count_high,
               max(c.customer_count) as customer_count
        from wanted w cross join observed_count c left join banded b on b.survival_low <= 1 - w.returned_share + 1e-12
        group by w.returned_share order by w.returned_share""")


@question(
    "Q56",
    ko="카테고리별로 보통 며칠 만에 다시 사나요?",
    en="What is the usual time between orders, by category?",
    hidden=("overall_gap_days",),
    sentence=(
        "고객은 보통 {overall:days} 만에 다시 주문합니다. 가장 자주 다시 사는 카테고리는 {name|(으)로} {shortest:days}마다 삽니다.",
        "Customers usually order again after {overall:days}. The category bought again soonest is {name}, every {shortest:days}.",
    ),
    headline="""
        select max(overall_gap_days) as overall, min_by(category, (median_gap_days, category)) as name,
               min(median_gap_days) as shortest, sum(gap_count) as n
        from answer""",
    chart=Chart("bar", "category", ("median_gap_days",), low="quarter_gap_days", high="three_quarters_gap_days"),
    actions=(NextAction("카테고리별 이탈 판단 기준", "Lapse point by category", question="lapse_points"),),
    category=category(ko="카테고리", en="Category"),
    customer_count=count(ko="다시 산 고객 수", en="Customers who bought again"),
    gap_count=count(ko="구매 간격 수", en="Gaps between orders"),
    quarter_gap_days=days(ko="빠른 4분의 1", en="First quarter"),
    median_gap_days=days(ko="구매 간격(중앙값)", en="Median days between"),
    three_quarters_gap_days=days(ko="느린 4분의 1", en="Third quarter"),
    overall_gap_days=days(ko="전체 구매 간격(중앙값)", en="Median days between any orders"),
)
def gaps_by_category(fewest: int = 10, top: int = 500) -> Query:
    """Median and quartiles of the days between successive days on which a customer bought a category, soonest first.

    Only gaps that ended are seen, so that categories bought seldom look a little quicker than they are; a category counts
    with `fewest` customers who bought it again.
    """
    return sql(
        """
        with bought as (
            select p.category, l.customer_id, min(l.ordered_at) as ordered_at
            from order_lines l join products p on p.product_id = l.product_id
            where l.customer_id is not null and p.category is not null
            group by p.category, l.customer_id, date_trunc('day', local(l.ordered_at))),
        gaps as (
            select category, customer_id,
                   days_between(lag(ordered_at) over (partition by category, customer_id order by ordered_at), ordered_at) as gap_days
            from bought),
        shopping_days as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        any_gaps as (
            select days_between(lag(ordered_at) over (partition by customer_id order by ordered_at), ordered_at) as gap_days
            from shopping_days),
        overall as (select percentile(gap_days, 0.5) as overall_gap_days from any_gaps)
        select g.category, count(distinct g.customer_id) as customer_count, count(*) as gap_count,
               percentile(g.gap_days, 0.25) as quarter_gap_days, percentile(g.gap_days, 0.5) as median_gap_days,
               percentile(g.gap_days, 0.75) as three_quarters_gap_days, max(o.overall_gap_days) as overall_gap_days
        from gaps g cross join overall o where g.gap_days is not null
        group by g.category having count(distinct g.customer_id) >= $fewest
        order by median_gap_days, g.category limit $top""",
        fewest=fewest,
        top=top,
    )


@question(
    "Q63",
    ko="며칠 동안 구매가 없으면 이탈로 봐야 하나요?",
    en="When is a customer lost?",
    sentence=(
        "마지막 구매 후 {overall:days}이 지나면 이탈로 봅니다. 다음 구매의 90%가 그 안에 일어나기 때문입니다(고객 {n:count}명). "
        "카테고리마다 기준이 달라서 {shortest_name|은/는} {shortest:days}, {longest_name|은/는} {longest:days}입니다.",
        "A customer is lost after {overall:days} without an order: nine of ten next orders come within that time ({n:count} customers). "
        "Categories differ: {shortest_name} {shortest:days}, {longest_name} {longest:days}.",
    ),
    headline="""
        with others as (
            select min_by(category, (lapse_days, category)) as shortest_name, min(lapse_days) as shortest,
                   min_by(category, (-lapse_days, category)) as longest_name, max(lapse_days) as longest
            from answer where category <> 'all')
        select a.lapse_days as overall, a.customer_count as n, o.shortest_name, o.shortest, o.longest_name, o.longest
        from answer a cross join others o where a.category = 'all'""",
    chart=Chart("bar", "category", ("lapse_days",)),
    actions=(SEE_AT_RISK, NextAction("최근 이탈한 고객", "Customers lost lately", question="customers_lost")),
    category=category(ko="카테고리", en="Category"),
    lapse_days=days(ko="이탈 판단 기준일", en="Lapse point"),
    customer_count=count(ko="다시 산 고객 수", en="Customers who bought again"),
    gap_count=count(ko="구매 간격 수", en="Gaps between orders"),
)
def lapse_points(fewest: int = 30, top: int = 500) -> Query:
    """Days of silence within which nine of ten next orders come: over all orders, and over those of each category.

    The 90th percentile of whole days between days with an order, every customer with the same weight however often he buys,
    at least a week; the row "all" is the lapse point that lifecycle stages use. Customers who never came back have no gap.
    """
    return sql(
        """
        with bought as (
            select 'all' as category, customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))
            union all
            select p.category, l.customer_id, min(l.ordered_at) as ordered_at
            from order_lines l join products p on p.product_id = l.product_id
            where l.customer_id is not null and p.category is not null
            group by p.category, l.customer_id, date_trunc('day', local(l.ordered_at))),
        gaps as (
            select category, customer_id,
                   ceil(days_between(lag(ordered_at) over (partition by category, customer_id order by ordered_at), ordered_at)) as gap_days
            from bought),
        weighted as (
            select category, customer_id, gap_days, 1e0 / count(*) over (partition by category, customer_id) as weight
            from gaps where gap_days is not null),
        sizes as (
            select category, count(distinct customer_id) as customer_count, count(*) as gap_count, sum(weight) as total
            from weighted group by category),
        reached as (
            select category, gap_days, sum(sum(weight)) over (partition by category order by gap_days) as within
            from weighted group by category, gap_days)
        select s.category, cast(greatest(min(r.gap_days), 7) as double) as lapse_days, s.customer_count, s.gap_count
        from sizes s join reached r on r.category = s.category and r.within >= 0.9e0 * s.total - 1e-9
        where s.customer_count >= $fewest or s.category = 'all'
        group by s.category, s.customer_count, s.gap_count
        order by case when s.category = 'all' then 0 else 1 end, lapse_days, s.category limit $top""",
        fewest=fewest,
        top=top,
    )


@question(
    "Q64",
    ko="우리 고객 여정은 어느 단계에서 뒤처지나요?",
    en="Where does our funnel lag?",
    optional=("events",),
    sentence=(
        "{month:month}에 평소보다 가장 약했던 단계는 '{step}'입니다. 전환율은 {conversion:percent}입니다. 앞선 달에는 {usual:percent}였습니다.",
        'The weakest step of {month:month} against its own past is "{step}": {conversion:percent} went on, '
        "compared with {usual:percent} in the months before.",
    ),
    headline="""
        select month, step, conversion, usual_conversion as usual, entered_count as n
        from answer where standard_gap is not null order by month desc, standard_gap, step limit 1""",
    chart=Chart("heatmap", "step", ("month",), "conversion"),
    actions=(
        WELCOME,
        NextAction("두 번째 구매까지 걸리는 시간", "Time to the second order", question="time_to_second_order"),
        NextAction("기준과 견준 고객 여정", "The funnel against benchmarks", question="stage_funnel"),
    ),
    month=month(ko="월", en="Month"),
    step=category(ko="단계", en="Step"),
    entered_count=count(ko="들어온 사람 수", en="People who entered"),
    converted_count=count(ko="다음 단계로 간 사람 수", en="Went on"),
    conversion=share(ko="전환율", en="Conversion"),
    conversion_low=share(ko="전환율 하한(95%)", en="Conversion, low (95 %)"),
    conversion_high=share(ko="전환율 상한(95%)", en="Conversion, high (95 %)"),
    usual_conversion=share(ko="앞선 달의 전환율", en="Conversion of the months before"),
    standard_gap=number(ko="평소와의 차이(표준오차)", en="Difference in standard errors"),
)
def funnel(within_days: int = 30, months: int = 13, fewest: int = 10) -> Query:
    """Of the people who reached a step in a month, how many reached the next one within some days, against up to twelve months before.

    Steps: visitor, identified, product in the basket, first order, second order, third order (a regular); orders on one day
    are one. Who had reached the next step before does not count, nor do months whose people could not yet be observed for
    so long, nor the first month of the data. The interval is Wilson's (1927); months with
    `fewest` people at least are compared.
    """
    return sql(
        """
        with visitors as (
            select min(occurred_at) as entered_at, min(case when customer_id is not null then occurred_at end) as reached_at
            from events group by coalesce(anonymous_id, cast(customer_id as varchar))),
        known as (
            select customer_id, min(occurred_at) as known_at, min(case when event_name = 'Product Added' then occurred_at end) as cart_at
            from events where customer_id is not null group by customer_id),
        shopping_days as (
            select customer_id, min(ordered_at) as ordered_at
            from orders where status = 'completed' and customer_id is not null
            group by customer_id, date_trunc('day', local(ordered_at))),
        placed as (
            select customer_id, ordered_at, row_number() over (partition by customer_id order by ordered_at) as place from shopping_days),
        buyers as (
            select customer_id, min(case when place = 1 then ordered_at end) as first_at,
                   min(case when place = 2 then ordered_at end) as second_at, min(case when place = 3 then ordered_at end) as third_at
            from placed where place <= 3 group by customer_id),
        steps as (
            select 'visit_to_known' as step, entered_at, reached_at from visitors
            union all select 'known_to_cart', known_at, cart_at from known
            union all select 'cart_to_first', k.cart_at, b.first_at from known k left join buyers b on b.customer_id = k.customer_id
            union all select 'first_to_second', first_at, second_at from buyers
            union all select 'second_to_regular', second_at, third_at from buyers),
        dated as (
            select step, date_trunc('month', local(entered_at)) as month,
                   case when days_between(entered_at, reached_at) <= $within_days then 1 else 0 end as converted
            from steps where entered_at is not null and (reached_at is null or reached_at >= entered_at)),
        counted as (select step, month, count(*) as entered, sum(converted) as converted from dated group by step, month),
        whole as (
            select step, month, entered, converted, share(converted, entered) as conversion,
                   sum(entered) over (partition by step order by month rows between 12 preceding and 1 preceding) as entered_before,
                   share(sum(converted) over (partition by step order by month rows between 12 preceding and 1 preceding),
                         sum(entered) over (partition by step order by month rows between 12 preceding and 1 preceding)) as usual
            from counted
            where month > (select min(month) from counted)
            and days_between(month + interval '1' month, local(data_until)) >= $within_days)
        select cast(month as date) as month, step, entered as entered_count, converted as converted_count, conversion,
               (conversion + 1.9208e0 / entered - 1.96e0 * sqrt(conversion * (1 - conversion) / entered + 0.9604e0 / entered / entered))
                   / (1 + 3.8416e0 / entered) as conversion_low,
               (conversion + 1.9208e0 / entered + 1.96e0 * sqrt(conversion * (1 - conversion) / entered + 0.9604e0 / entered / entered))
                   / (1 + 3.8416e0 / entered) as conversion_high,
               usual as usual_conversion,
               case when entered >= $fewest and usual > 0 and usual < 1
                    then share(conversion - usual, sqrt(usual * (1 - usual) * (1e0 / entered + 1e0 / entered_before))) end as standard_gap
        from whole where month > (select max(month) from whole) - $months * interval '1' month
        order by month desc, case step when 'visit_to_known' then 1 when 'known_to_cart' then 2 when 'cart_to_first' then 3
                                       when 'first_to_second' then 4 else 5 end""",
        within_days=within_days,
        months=months,
        fewest=fewest,
    )
