"""Where lifetime value comes from: channel, first category, cohort and place (Q42 to Q44, Q46).

Lifetime value is the margin so far, less refunds, plus the expected margin of the next 12 months.
"""

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, money, month, question, share, sql
from dangol.core.query import preceded

MOST_VALUABLE = NextAction("가치가 가장 높은 고객", "Customers worth most", question="top_customers")
# Over `members` (group_key, historic, expected): groups of fewer than ten go into one, as a mean of so few says nothing.
BY_GROUP = """
    select case when m.group_key = 'unknown' or s.size >= 10 then m.group_key else 'other' end as group_name,
           count(*) as customer_count, cast(avg(m.historic + m.expected) as decimal(18, 2)) as lifetime_value,
           cast(avg(m.historic + m.expected) - 1.96e0 * stddev_samp(m.historic + m.expected) / sqrt(count(*)) as decimal(18, 2))
               as value_low,
           cast(avg(m.historic + m.expected) + 1.96e0 * stddev_samp(m.historic + m.expected) / sqrt(count(*)) as decimal(18, 2))
               as value_high,
           cast(avg(m.historic) as decimal(18, 2)) as historic_margin, cast(avg(m.expected) as decimal(18, 2)) as expected_margin_12m,
           share(sum(m.historic + m.expected), sum(sum(m.historic + m.expected)) over ()) as value_share
    from members m join (select group_key, count(*) as size from members group by group_key) s on s.group_key = m.group_key
    group by case when m.group_key = 'unknown' or s.size >= 10 then m.group_key else 'other' end
    order by lifetime_value desc, group_name limit $top"""
BEST_GROUP = """
    select min_by(group_name, (-lifetime_value, group_name)) as name, max(lifetime_value) as best,
           sum(lifetime_value * customer_count) / sum(customer_count) as mean, sum(customer_count) as n
    from answer where group_name not in ('unknown', 'other')"""
BY_VALUE = Chart("bar", "group_name", ("lifetime_value",), low="value_low", high="value_high")
EACH = {
    "customer_count": count(ko="고객 수", en="Customers"),
    "lifetime_value": money(ko="고객당 평생가치", en="Lifetime value per customer"),
    "value_low": money(ko="평생가치 하한(95%)", en="Lifetime value, low (95 %)"),
    "value_high": money(ko="평생가치 상한(95%)", en="Lifetime value, high (95 %)"),
    "historic_margin": money(ko="고객당 누적 마진", en="Margin so far per customer"),
    "expected_margin_12m": money(ko="고객당 12개월 기대 마진", en="Expected margin per customer, 12 months"),
    "value_share": share(ko="전체 가치 중 비중", en="Share of all value"),
}


@question(
    "Q42",
    ko="유입 채널별 고객평생가치는 얼마인가요?",
    en="What is lifetime value by acquisition channel?",
    sentence=(
        "고객 한 명의 가치가 가장 큰 유입 채널은 {name|(으)로} 평균 {best:money}입니다. 유입 채널을 아는 고객 {n:count}명의 평균은 {mean:money}입니다.",
        "The channel that brings the most valuable customers is {name}, worth {best:money} each. "
        "The mean of the {n:count} customers whose channel is known is {mean:money}.",
    ),
    headline=BEST_GROUP,
    chart=BY_VALUE,
    actions=(
        NextAction("채널별로 낼 수 있는 획득 비용", "What each channel may cost", question="payable_acquisition_cost"),
        MOST_VALUABLE,
    ),
    group_name=category(ko="유입 채널", en="Acquisition channel"),
    customer_count=EACH["customer_count"],
    lifetime_value=EACH["lifetime_value"],
    value_low=EACH["value_low"],
    value_high=EACH["value_high"],
    historic_margin=EACH["historic_margin"],
    expected_margin_12m=EACH["expected_margin_12m"],
    value_share=EACH["value_share"],
)
def value_by_channel(top: int = 50) -> Query:
    """Lifetime value per buyer by the channel that acquired the customer, with a 95 % interval of the mean.

    Customers whose channel nobody recorded are "unknown"; channels with fewer than ten customers are "other". Channels differ in
    whom they reach: that a channel brings better customers does not say that it makes them so.
    """
    members = sql("""
        select coalesce(a.acquisition_channel, 'unknown') as group_key, cast(p.margin as double) as historic,
               cast(p.expected_margin_12m as double) as expected
        from profile p left join people a on a.customer_id = p.customer_id
        where p.order_count > 0 and p.expected_margin_12m is not null""")
    return preceded(sql(BY_GROUP, top=top), members=members)


@question(
    "Q43",
    ko="첫 구매 카테고리별 고객평생가치는 얼마인가요?",
    en="What is lifetime value by the category bought first?",
    sentence=(
        "첫 구매 카테고리 중 고객 가치가 가장 큰 것은 {name|(으)로} 고객당 {best:money}입니다. 고객 {n:count}명의 평균은 {mean:money}입니다.",
        "Customers whose first order was {name} are worth most, {best:money} each; the mean of {n:count} customers is {mean:money}.",
    ),
    headline=BEST_GROUP,
    chart=BY_VALUE,
    actions=(
        NextAction("신규 고객을 부르는 상품", "Products that win customers", question="products_winning_customers"),
        MOST_VALUABLE,
    ),
    group_name=category(ko="첫 구매 카테고리", en="First category"),
    customer_count=EACH["customer_count"],
    lifetime_value=EACH["lifetime_value"],
    value_low=EACH["value_low"],
    value_high=EACH["value_high"],
    historic_margin=EACH["historic_margin"],
    expected_margin_12m=EACH["expected_margin_12m"],
    value_share=EACH["value_share"],
)
def value_by_first_category(top: int = 50) -> Query:
    """Lifetime value per buyer by the category of the dearest product of the first order, with a 95 % interval of the mean.

    Categories with fewer than ten customers are "other"; products without a category are "unknown".
    """
    members = sql("""
        select coalesce(first_category, 'unknown') as group_key, cast(margin as double) as historic,
               cast(expected_margin_12m as double) as expected
        from profile where order_count > 0 and expected_margin_12m is not null""")
    return preceded(sql(BY_GROUP, top=top), members=members)


@question(
    "Q46",
    ko="지역과 매장별 고객 가치는 얼마인가요?",
    en="What is customer value by region and store?",
    optional=("profile.region", "profile.main_store", "stores"),
    sentence=(
        "고객 가치가 가장 큰 곳은 {kind} {name|(으)로} 고객당 12개월 기대 마진이 {best:money}입니다. 지역이나 매장을 아는 고객 {n:count}명의 평균은 {mean:money}입니다.",
        "Customers are worth most at: {kind} {name}, with an expected margin of {best:money} each over 12 months; "
        "the mean of {n:count} customers whose place is known is {mean:money}.",
    ),
    headline="""
        select min_by(place_kind, (-mean_expected_margin, place_kind, place_name)) as kind,
               min_by(place_name, (-mean_expected_margin, place_kind, place_name)) as name, max(mean_expected_margin) as best,
               sum(mean_expected_margin * customer_count) / sum(customer_count) as mean, max(known_count) as n
        from answer where place_name <> 'other'""",
    hidden=("known_count",),
    chart=Chart("bar", "place_name", ("mean_expected_margin",), low="margin_low", high="margin_high"),
    actions=(NextAction("지역별 매출", "Sales by region", question="sales_by_region"), MOST_VALUABLE),
    place_kind=category(ko="구분", en="Kind of place"),
    place_name=category(ko="지역·매장", en="Region or store"),
    customer_count=count(ko="고객 수", en="Customers"),
    mean_expected_margin=money(ko="고객당 12개월 기대 마진", en="Expected margin per customer, 12 months"),
    margin_low=money(ko="기대 마진 하한(95%)", en="Expected margin, low (95 %)"),
    margin_high=money(ko="기대 마진 상한(95%)", en="Expected margin, high (95 %)"),
    total_expected_margin=money(ko="12개월 기대 마진 합계", en="Expected margin in all"),
    known_count=count(ko="지역·매장을 아는 고객", en="Customers whose place is known"),
)
def value_by_place(top: int = 100) -> Query:
    """Expected margin per buyer by the region the customer lives in and by the store most orders were made in.

    A customer counts in his region and in his store. Places with fewer than ten customers are "other" of their kind.
    """
    return sql(
        """
        with placed as (
            select 'region' as place_kind, region as place, customer_id, cast(expected_margin_12m as double) as expected
            from profile where order_count > 0 and expected_margin_12m is not null and region is not null
            union all
            select 'store' as place_kind, coalesce(s.store_name, p.main_store) as place, p.customer_id,
                   cast(p.expected_margin_12m as double) as expected
            from profile p left join stores s on s.store_id = p.main_store
            where p.order_count > 0 and p.expected_margin_12m is not null and p.main_store is not null),
        sized as (select place_kind, place, expected, count(*) over (partition by place_kind, place) as size from placed),
        named as (select place_kind, case when size >= 10 then place else 'other' end as place_name, expected from sized),
        known as (select count(distinct customer_id) as known_count from placed)
        select n.place_kind, n.place_name, count(*) as customer_count, cast(avg(n.expected) as decimal(18, 2)) as mean_expected_margin,
               cast(avg(n.expected) - 1.96e0 * stddev_samp(n.expected) / sqrt(count(*)) as decimal(18, 2)) as margin_low,
               cast(avg(n.expected) + 1.96e0 * stddev_samp(n.expected) / sqrt(count(*)) as decimal(18, 2)) as margin_high,
               cast(sum(n.expected) as decimal(18, 2)) as total_expected_margin, max(k.known_count) as known_count
        from named n cross join known k group by n.place_kind, n.place_name
        order by mean_expected_margin desc, n.place_kind, n.place_name limit $top""",
        top=top,
    )


@question(
    "Q44",
    ko="첫 구매 시기(코호트)별 고객 가치는 얼마이고, 획득 비용은 언제 회수되나요?",
    en="What is value by acquisition cohort, and when is it paid back?",
    optional=("spend", "returns"),
    sentence=(
        "신규 고객은 첫 구매한 달에 1인당 평균 {first:money}의 마진을 남깁니다. 6개월 뒤에는 누적 {half:money}입니다. 12개월 뒤에는 {year:money}입니다. "
        "획득 비용을 회수한 코호트는 {cohorts:count}개 중 {paid:count}개입니다. 첫 구매한 달을 1개월째로 세면 보통 {payback:count}개월째에 회수합니다.",
        "A new customer brings {first:money} of margin in the month of the first order. After 6 months it is {half:money}. "
        "After 12 months it is {year:money}. Of {cohorts:count} cohorts {paid:count} have paid back their acquisition cost. "
        "That is usually in month {payback:count}, counting the month of the first order as 1.",
    ),
    headline="""
        with cohort_figures as (
            select cohort, max(customer_count) as customer_count, max(payback_month) as payback_month, max(acquisition_cost) as cost,
                   max(case when month_number = 0 then margin_per_customer end) as first,
                   max(case when month_number = 6 then margin_per_customer end) as half,
                   max(case when month_number = 12 then margin_per_customer end) as year
            from answer group by cohort)
        select share(sum(first * customer_count), sum(case when first is not null then customer_count end)) as first,
               share(sum(half * customer_count), sum(case when half is not null then customer_count end)) as half,
               share(sum(year * customer_count), sum(case when year is not null then customer_count end)) as year,
               case when count(cost) > 0 then count(cost) end as cohorts,
               case when count(cost) > 0 then count(case when cost is not null then payback_month end) end as paid,
               percentile(payback_month, 0.5) as payback, sum(customer_count) as n
        from cohort_figures""",
    chart=Chart("heatmap", "month_number", ("cohort",), "margin_per_customer"),
    actions=(
        NextAction("채널별로 낼 수 있는 획득 비용", "What each channel may cost", question="payable_acquisition_cost"),
        NextAction("코호트별 유지율", "Retention by cohort", question="cohort_retention"),
    ),
    cohort=month(ko="첫 구매 월", en="First order in"),
    month_number=integer(ko="경과 개월", en="Months after"),
    customer_count=count(ko="신규 고객 수", en="New customers"),
    margin_per_customer=money(ko="고객당 누적 마진", en="Margin so far per customer"),
    acquisition_cost=money(ko="고객당 획득 비용", en="Acquisition cost per customer"),
    payback_month=integer(ko="비용 회수(몇 개월째)", en="Paid back in month"),
)
def value_by_cohort(months: int = 12) -> Query:
    """Margin less refunds that each month's new customers brought so far, per customer, by month since their first order.

    The acquisition cost is all marketing spend of the cohort's month over its new customers; it is paid back in the first month
    in which the margin so far reaches it, the month of the first order being month 1. Months not over yet are absent. Customers of the first month may have bought before
    the data begin.
    """
    return sql(
        """
        with firsts as (
            select customer_id, min(date_trunc('month', local(ordered_at))) as cohort
            from orders where status = 'completed' and customer_id is not null group by customer_id),
        booked as (
            select customer_id, date_trunc('month', local(ordered_at)) as month, margin_amount as margin
            from orders where status = 'completed' and customer_id is not null
            union all
            select customer_id, date_trunc('month', local(returned_at)) as month, -refund_amount as margin
            from returns where customer_id is not null),
        sizes as (select cohort, count(*) as customer_count from firsts group by cohort),
        calendar as (
            select distinct date_trunc('month', local(ordered_at)) as month
            from orders where status = 'completed' and ordered_at < data_until),
        earned as (
            select f.cohort, b.month, sum(b.margin) as margin
            from firsts f join booked b on b.customer_id = f.customer_id group by f.cohort, b.month),
        grid as (
            select s.cohort, c.month, s.customer_count,
                   cast(12 * (extract(year from c.month) - extract(year from s.cohort))
                        + extract(month from c.month) - extract(month from s.cohort) as bigint) as month_number
            from sizes s join calendar c on c.month >= s.cohort
            where c.month < date_trunc('month', local(data_until))),
        spent as (
            select date_trunc('month', cast(spent_on as timestamp)) as month, sum(cost) as cost
            from spend group by date_trunc('month', cast(spent_on as timestamp))),
        running as (
            select g.cohort, g.month_number, g.customer_count,
                   money_per(sum(coalesce(e.margin, 0)) over (partition by g.cohort order by g.month), g.customer_count)
                       as margin_per_customer,
                   money_per(s.cost, g.customer_count) as acquisition_cost
            from grid g left join earned e on e.cohort = g.cohort and e.month = g.month left join spent s on s.month = g.cohort),
        paid as (
            select cohort, month_number, customer_count, margin_per_customer, acquisition_cost,
                   min(case when margin_per_customer >= acquisition_cost then month_number + 1 end) over (partition by cohort)
                       as payback_month
            from running)
        select cast(cohort as date) as cohort, month_number, customer_count, margin_per_customer, acquisition_cost, payback_month
        from paid where month_number <= $months order by cohort, month_number""",
        months=months,
    )
