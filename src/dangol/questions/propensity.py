"""Likelihood to act: tiers, expected sales, second and first orders, who may return, and how right we were (Q29 to Q33, Q35, T5)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    days,
    integer,
    moment,
    money,
    number,
    probability,
    question,
    share,
    sql,
    text,
)

WIN_BACK = NextAction("되찾기 프로그램", "Win them back", programme="win_back")
WELCOME = NextAction("환영 프로그램", "Welcome programme", programme="welcome")


@question(
    "Q29",
    ko="구매 가능성 구간별로 고객과 잠재고객은 몇 명인가요?",
    en="How many customers and prospects are in each likelihood tier?",
    optional=("profile.repurchase_90_probability", "profile.first_order_probability"),
    sentence=(
        "고객 {n:count}명 가운데 30일 안에 다시 구매할 가능성이 50% 이상인 고객은 {likely:count}명입니다. "
        "90일로 보면 {likely90:count}명입니다. "
        "잠재고객 중 첫 구매 가능성이 10% 이상인 사람은 {prospects:count}명입니다.",
        "Of {n:count} customers {likely:count} are at 50 % or more to order again within 30 days. "
        "Within 90 days it is {likely90:count}. "
        "{prospects:count} prospects are at 10 % or more to order for the first time.",
    ),
    headline="""
        select sum(customers_30) as n, sum(case when from_chance >= 0.45e0 then customers_30 else 0 end) as likely,
               sum(case when from_chance >= 0.45e0 then customers_90 end) as likely90,
               sum(case when from_chance >= 0.05e0 then prospects_30 end) as prospects
        from answer""",
    chart=Chart("bar", "from_chance", ("customers_30", "customers_90")),
    actions=(
        NextAction("구매 가능성 높은 고객 보기", "See likely buyers", rule="repurchase_30_probability >= 0.5"),
        NextAction("구간별 기대 매출", "Expected sales by tier", question="expected_sales_by_tier"),
    ),
    from_chance=probability(ko="가능성(이상)", en="Chance from"),
    customers_30=count(ko="30일 안 재구매 고객 수", en="Customers, order within 30 days"),
    customers_90=count(ko="90일 안 재구매 고객 수", en="Customers, order within 90 days"),
    prospects_30=count(ko="30일 안 첫 구매 잠재고객 수", en="Prospects, first order within 30 days"),
)
def likelihood_tiers() -> Query:
    """Customers and prospects by ten tiers of ten points of probability each, the most likely first.

    Columns whose prediction a company lacks are left out; people without a score are in no tier.
    """
    return sql("""
        with steps as (
            select 0 as step union all select 1 union all select 2 union all select 3 union all select 4 union all select 5
            union all select 6 union all select 7 union all select 8 union all select 9),
        in_30 as (
            select least(cast(floor(repurchase_30_probability * 10) as bigint), 9) as step, count(*) as n
            from profile where repurchase_30_probability is not null group by 1),
        in_90 as (
            select least(cast(floor(repurchase_90_probability * 10) as bigint), 9) as step,
                   count(repurchase_90_probability) as n from profile group by 1),
        first_in_30 as (
            select least(cast(floor(first_order_probability * 10) as bigint), 9) as step,
                   count(first_order_probability) as n from profile group by 1),
        everybody as (
            select count(repurchase_30_probability) as in_30, count(repurchase_90_probability) as in_90,
                   count(first_order_probability) as first_in_30
            from profile)
        select share(s.step, 10) as from_chance,
               case when e.in_30 > 0 then coalesce(a.n, 0) end as customers_30,
               case when e.in_90 > 0 then coalesce(b.n, 0) end as customers_90,
               case when e.first_in_30 > 0 then coalesce(c.n, 0) end as prospects_30
        from steps s left join in_30 a on a.step = s.step left join in_90 b on b.step = s.step
        left join first_in_30 c on c.step = s.step cross join everybody e
        order by s.step desc""")


@question(
    "Q30",
    ko="구간별로 앞으로 90일 동안 매출이 얼마나 기대되나요?",
    en="How much revenue is expected from each tier in 90 days?",
    hidden=("total", "total_low", "total_high"),
    sentence=(
        "앞으로 90일 동안 기존 고객에게서 {total:money}의 매출이 기대됩니다. (우연만 고려한 80% 범위 {low:money}–{high:money}) "
        "구매 가능성 90% 이상 고객이 그중 {top:percent|을/를} 차지합니다.",
        "{total:money} of sales are expected from existing customers within 90 days (80 % range by chance alone {low:money}–{high:money}). "
        "Customers at 90 % or more bring {top:percent} of it.",
    ),
    headline="""
        select max(total) as total, max(total_low) as low, max(total_high) as high, sum(customer_count) as n,
               coalesce(max(case when from_chance >= 0.85e0 then sales_share end), 0) as top
        from answer""",
    chart=Chart("bar", "from_chance", ("expected_sales",), low="sales_low", high="sales_high"),
    actions=(NextAction("구매 가능성 높은 고객 보기", "See likely buyers", rule="repurchase_90_probability >= 0.5"),),
    from_chance=probability(ko="가능성(이상)", en="Chance from"),
    customer_count=count(ko="고객 수", en="Customers"),
    expected_buyers=count(ko="기대 구매 고객 수", en="Buyers expected"),
    expected_sales=money(ko="90일 기대 매출", en="Expected sales, 90 days"),
    sales_low=money(ko="하한(80%)", en="Lower end (80 %)"),
    sales_high=money(ko="상한(80%)", en="Upper end (80 %)"),
    sales_share=share(ko="비중", en="Share"),
    total=money(ko="전체 기대 매출", en="All expected sales"),
    total_low=money(ko="전체 하한", en="Lower end of all"),
    total_high=money(ko="전체 상한", en="Upper end of all"),
)
def expected_sales_by_tier() -> Query:
    """Probability of an order within 90 days, times what a customer spends in 90 days if he orders, added up by tier.

    What he spends is his average order value times his orders per 90 days at the pace of late, at least one. The range counts
    chance alone, as if customers decided independently: 1.28 standard deviations of the sum; season and campaigns come on top.
    """
    return sql("""
        with valued as (
            select least(cast(floor(repurchase_90_probability * 10) as bigint), 9) as step, repurchase_90_probability as chance,
                   cast(average_order_value as double) * greatest(1e0, share(90, recent_gap_days)) as amount
            from profile where repurchase_90_probability is not null and average_order_value is not null),
        added as (
            select step, count(*) as n, sum(chance) as buyers, sum(chance * amount) as expected,
                   sum(chance * (1 - chance) * amount * amount) as variance
            from valued group by step)
        select share(step, 10) as from_chance, n as customer_count, cast(round(buyers) as bigint) as expected_buyers,
               cast(expected as decimal(18, 2)) as expected_sales,
               cast(greatest(0e0, expected - 1.2816e0 * sqrt(variance)) as decimal(18, 2)) as sales_low,
               cast(expected + 1.2816e0 * sqrt(variance) as decimal(18, 2)) as sales_high,
               share(expected, sum(expected) over ()) as sales_share,
               cast(sum(expected) over () as decimal(18, 2)) as total,
               cast(greatest(0e0, sum(expected) over () - 1.2816e0 * sqrt(sum(variance) over ())) as decimal(18, 2)) as total_low,
               cast(sum(expected) over () + 1.2816e0 * sqrt(sum(variance) over ()) as decimal(18, 2)) as total_high
        from added order by step desc""")


@question(
    "Q31",
    ko="한 번 산 고객 중 누가 두 번째로 구매할까요?",
    en="Which one-time buyers will buy a second time?",
    optional=("profile.main_channel", "profile.first_category"),
    hidden=("scored_count", "expected_count"),
    sentence=(
        "한 번만 구매한 고객 {n:count}명 가운데 {expected:count}명이 90일 안에 다시 구매할 것으로 예상됩니다. 가능성이 높은 순서입니다.",
        "Of {n:count} customers with one order {expected:count} are expected to order again within 90 days. The likeliest come first.",
    ),
    headline="select max(scored_count) as n, max(expected_count) as expected from answer",
    chart=Chart("none"),
    actions=(
        WELCOME,
        NextAction("가능성 높은 고객 보기", "See the likeliest", rule="second_order_percentile >= 90"),
        NextAction("두 번째 구매까지의 기간", "Time to the second order", question="second_order_return"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    second_order_probability=probability(ko="두 번째 구매 가능성", en="Chance of a second order"),
    recency_days=days(ko="첫 구매 후 일수", en="Days since the order"),
    average_order_value=money(ko="첫 구매 금액", en="Value of the order"),
    first_category=category(ko="첫 구매 카테고리", en="First category"),
    main_channel=category(ko="구매 채널", en="Channel"),
    scored_count=count(ko="한 번 산 고객 수", en="Customers with one order"),
    expected_count=count(ko="기대 재구매 고객 수", en="Expected to order again"),
)
def second_order_candidates(top: int = 100) -> Query:
    """Customers with one order by their probability of another within 90 days."""
    return sql(
        """
        select row_number() over (order by second_order_probability desc, customer_id) as place, customer_id,
               second_order_probability, recency_days, average_order_value, first_category, main_channel,
               count(*) over () as scored_count, cast(round(sum(second_order_probability) over ()) as bigint) as expected_count
        from profile where second_order_probability is not null order by place limit $top""",
        top=top,
    )


@question(
    "Q32",
    ko="잠재고객 중 누가 처음 구매할까요?",
    en="Which prospects will buy first?",
    optional=("profile.last_visit_days", "profile.event_count_90", "profile.cart_count_90", "profile.message_count_90"),
    hidden=("scored_count", "expected_count"),
    sentence=(
        "최근 90일에 방문했거나 메시지를 받은 잠재고객 {n:count}명 가운데 {expected:count}명이 30일 안에 첫 구매를 할 것으로 예상됩니다.",
        "Of {n:count} prospects who visited or were written to within 90 days {expected:count} are expected to order for the first time "
        "within 30 days.",
    ),
    headline="select max(scored_count) as n, max(expected_count) as expected from answer",
    chart=Chart("none"),
    actions=(
        NextAction("가능성 높은 잠재고객 보기", "See the likeliest", rule="first_order_percentile >= 90"),
        NextAction("어떤 제안이 맞을까요?", "Which incentive fits?", question="likely_prospects"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="잠재고객", en="Prospect"),
    first_order_probability=probability(ko="첫 구매 가능성", en="Chance of a first order"),
    known_days=days(ko="알게 된 후 일수", en="Days known"),
    last_visit_days=days(ko="마지막 방문 후 일수", en="Days since last visit"),
    event_count_90=count(ko="최근 90일 행동 수", en="Events in 90 days"),
    cart_count_90=count(ko="최근 90일 장바구니 담기", en="Added to cart in 90 days"),
    message_count_90=count(ko="최근 90일 발송 수", en="Messages in 90 days"),
    scored_count=count(ko="점수가 있는 잠재고객 수", en="Prospects with a score"),
    expected_count=count(ko="기대 첫 구매 고객 수", en="First orders expected"),
)
def first_order_candidates(top: int = 100) -> Query:
    """Prospects by their probability of a first order within 30 days."""
    return sql(
        """
        select row_number() over (order by first_order_probability desc, customer_id) as place, customer_id,
               first_order_probability, known_days, last_visit_days, event_count_90, cart_count_90, message_count_90,
               count(*) over () as scored_count, cast(round(sum(first_order_probability) over ()) as bigint) as expected_count
        from profile where first_order_probability is not null order by place limit $top""",
        top=top,
    )


@question(
    "Q33",
    ko="이탈 고객 중 누가 돌아올 수 있을까요?",
    en="Which lapsed customers could return?",
    optional=("profile.expected_margin_12m", "profile.main_channel"),
    hidden=("scored_count", "expected_count"),
    sentence=(
        "이탈 고객 {n:count}명 가운데 {expected:count}명이 90일 안에 돌아올 것으로 예상됩니다. 가능성이 높은 고객부터 연락해 보세요.",
        "Of {n:count} lapsed customers {expected:count} are expected to return within 90 days. Start with the likeliest.",
    ),
    headline="select max(scored_count) as n, max(expected_count) as expected from answer",
    chart=Chart("none"),
    actions=(WIN_BACK, NextAction("이탈 고객 보기", "See lapsed customers", rule="lifecycle_stage == 'lapsed'")),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    repurchase_90_probability=probability(ko="90일 안 재구매 가능성", en="Chance of an order within 90 days"),
    recency_days=days(ko="마지막 구매 후 일수", en="Days since last order"),
    order_count=count(ko="구매 횟수", en="Orders"),
    net_sales=money(ko="누적 순매출", en="Net sales so far"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    main_channel=category(ko="주 구매 채널", en="Main channel"),
    scored_count=count(ko="이탈 고객 수", en="Lapsed customers"),
    expected_count=count(ko="기대 복귀 고객 수", en="Expected to return"),
)
def lapsed_who_may_return(top: int = 100) -> Query:
    """Lapsed customers by their probability of an order within 90 days."""
    return sql(
        """
        select row_number() over (order by repurchase_90_probability desc, customer_id) as place, customer_id,
               repurchase_90_probability, recency_days, order_count, net_sales, expected_margin_12m, main_channel,
               count(*) over () as scored_count, cast(round(sum(repurchase_90_probability) over ()) as bigint) as expected_count
        from profile where lifecycle_stage = 'lapsed' and repurchase_90_probability is not null order by place limit $top""",
        top=top,
    )


@question(
    "Q35",
    ko="지난 예측은 얼마나 맞았나요?",
    en="How right were the last predictions?",
    hidden=("scored_at", "area", "lift", "slope", "expected_all", "actual_all"),
    sentence=(
        "{scored:moment} 기준으로 예측한 고객 {n:count}명 가운데 30일 안에 {expected:count}명이 구매할 것으로 보았고, "
        "실제로는 {actual:count}명이 구매했습니다. "
        "상위 10%의 구매율은 평균의 {lift:number}배였고, 순위 정확도(AUC)는 {area:number}입니다.",
        "Of {n:count} customers scored as of {scored:moment} {expected:count} were expected to order within 30 days, and {actual:count} did. "
        "The top tenth ordered {lift:number} times as often as all; the ranking's AUC is {area:number}.",
    ),
    headline="""
        select max(scored_at) as scored, sum(customer_count) as n, max(expected_all) as expected, max(actual_all) as actual,
               max(lift) as lift, max(area) as area
        from answer""",
    chart=Chart("line", "tenth", ("expected_share", "actual_share")),
    actions=(NextAction("구매 가능성 구간 보기", "See the tiers", question="likelihood_tiers"),),
    tenth=integer(ko="상위에서 몇 번째 10%", en="Tenth from the top"),
    customer_count=count(ko="고객 수", en="Customers"),
    expected_share=share(ko="예측 구매율", en="Expected to order"),
    actual_share=share(ko="실제 구매율", en="Ordered"),
    scored_at=moment(ko="예측 시점", en="Scored at"),
    area=number(ko="순위 정확도(AUC)", en="AUC"),
    lift=number(ko="상위 10% 향상도", en="Lift of the top tenth"),
    slope=number(ko="보정 기울기", en="Calibration slope"),
    expected_all=count(ko="기대 구매 고객 수", en="Buyers expected"),
    actual_all=count(ko="실제 구매 고객 수", en="Buyers"),
)
def past_predictions() -> Query:
    """The latest scores whose 30 days are over, held against what customers did: by tenth from the likeliest.

    Area under the curve with equal scores counted half; the lift is the top tenth's share of buyers over that of all; the slope is
    that of the least-squares line of orders on probabilities, 1 where differences come true as large as they were predicted.
    """
    return sql("""
        with latest as (
            select max(scored_at) as scored_at from earlier_scores
            where repurchase_30_probability is not null and days_between(scored_at, as_of) >= 30),
        scored as (
            select e.customer_id, e.scored_at, e.repurchase_30_probability as chance
            from earlier_scores e join latest l on l.scored_at = e.scored_at where e.repurchase_30_probability is not null),
        bought as (
            select s.customer_id, 1 as did
            from scored s join orders o on o.customer_id = s.customer_id
            where o.status = 'completed' and o.ordered_at >= s.scored_at and days_between(s.scored_at, o.ordered_at) < 30
            group by s.customer_id),
        judged as (
            select s.customer_id, s.scored_at, s.chance, cast(coalesce(b.did, 0) as double) as did,
                   rank() over (order by s.chance) + (count(*) over (partition by s.chance) - 1) / 2e0 as place,
                   row_number() over (order by s.chance desc, s.customer_id) as from_top, count(*) over () as n
            from scored s left join bought b on b.customer_id = s.customer_id),
        overall as (
            select share(sum(did * place) - sum(did) * (sum(did) + 1) / 2, sum(did) * (count(*) - sum(did))) as area,
                   share(avg(chance * did) - avg(chance) * avg(did), avg(chance * chance) - avg(chance) * avg(chance)) as slope,
                   share(avg(case when from_top <= ceil(n / 10e0) then did end), avg(did)) as lift, sum(chance) as expected,
                   sum(did) as actual
            from judged)
        select cast(ceil(10 * share(from_top, n)) as bigint) as tenth, count(*) as customer_count, avg(chance) as expected_share,
               avg(did) as actual_share, max(scored_at) as scored_at, max(o.area) as area, max(o.lift) as lift,
               max(o.slope) as slope, cast(round(max(o.expected)) as bigint) as expected_all,
               cast(max(o.actual) as bigint) as actual_all
        from judged cross join overall o group by 1 order by 1""")


@question(
    "T5",
    ko="잠재고객 중 누가 구매할까요?",
    en="Which prospects will buy?",
    optional=(
        "profile.first_order_probability",
        "profile.cart_count_90",
        "profile.click_share_90",
        "profile.open_share_90",
        "profile.last_visit_days",
        "lead_scores",
    ),
    hidden=("likely_count", "prospect_count", "base_chance"),
    sentence=(
        "잠재고객 {n:count}명 가운데 평균보다 두 배 이상 첫 구매나 전환 가능성이 높은 사람은 {likely:count}명입니다. "
        "장바구니나 반응을 보고 제안을 정하고, 리드에는 먼저 연락하세요.",
        "{likely:count} of {n:count} prospects are at least twice as likely as the average to place a first order or to convert. "
        "Choose the incentive by carts and reactions; call leads.",
    ),
    headline="select max(likely_count) as likely, max(prospect_count) as n from answer",
    chart=Chart("none"),
    actions=(
        NextAction("가능성 높은 잠재고객 보기", "See likely prospects", rule="first_order_percentile >= 90"),
        NextAction("모든 잠재고객 순위", "All prospects ranked", question="first_order_candidates"),
        NextAction("먼저 연락할 리드", "Leads to call first", question="leads_to_call"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="잠재고객", en="Prospect"),
    lead_ref=text(ko="리드 번호", en="Lead number"),
    first_order_probability=probability(ko="첫 구매·전환 가능성", en="Chance of a first order, or to convert"),
    times_average=number(ko="평균 대비(배)", en="Against the average"),
    incentive=category(ko="어울리는 제안", en="Fitting incentive"),
    cart_count_90=count(ko="최근 90일 장바구니 담기", en="Added to cart in 90 days"),
    open_share_90=share(ko="최근 90일 오픈율", en="Opened in 90 days"),
    click_share_90=share(ko="최근 90일 클릭률", en="Clicked in 90 days"),
    last_visit_days=days(ko="마지막 방문 후 일수", en="Days since last visit"),
    likely_count=count(ko="평균의 두 배 이상", en="Twice the average or more"),
    prospect_count=count(ko="점수가 있는 잠재고객 수", en="Prospects with a score"),
    base_chance=probability(ko="평균 첫 구매 가능성", en="Mean chance"),
)
def likely_prospects(top: int = 100) -> Query:
    """Prospects by their chance of a first order, each with the incentive that fits what he did; leads by their chance to convert.

    A reminder of the cart where something lies in it, a message where he clicks or opens, a benefit on the first order for those who
    only visit, and an introduction for the rest; a lead is called. The average is that of visitors or of leads, each among themselves,
    as their chances are of different things and times. Leads who refuse calls are left out.
    """
    return sql(
        """
        with scored as (
            select customer_id, cast(null as varchar) as lead_ref, first_order_probability, cart_count_90, open_share_90,
                   click_share_90, last_visit_days, avg(first_order_probability) over () as base_chance
            from profile where first_order_probability is not null
            union all
            select customer_id, lead_ref, lead_probability as first_order_probability, cast(null as bigint) as cart_count_90,
                   cast(null as double) as open_share_90, cast(null as double) as click_share_90,
                   cast(null as double) as last_visit_days, avg(lead_probability) over () as base_chance
            from lead_scores where not refuses_calls),
        ranked as (
            select *, share(first_order_probability, base_chance) as times_average, count(*) over () as prospect_count,
                   row_number() over (
                       order by first_order_probability desc, coalesce(lead_ref, ''), coalesce(customer_id, 0)) as place
            from scored)
        select place, customer_id, lead_ref, first_order_probability, times_average,
               case when lead_ref is not null then 'sales_call' when cart_count_90 > 0 then 'cart_reminder' when click_share_90 > 0 or open_share_90 > 0 then 'message'
                    when last_visit_days is not null then 'first_order_benefit' else 'introduction' end as incentive,
               cart_count_90, open_share_90, click_share_90, last_visit_days,
               sum(case when times_average >= 2 then 1 else 0 end) over () as likely_count, prospect_count, base_chance
        from ranked order by place limit $top""",
        top=top,
    )
