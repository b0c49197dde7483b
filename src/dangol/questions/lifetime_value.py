"""Lifetime value: how it is spread and who holds it (Q39 to Q41), counted by person, household or account."""

from collections.abc import Mapping

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    Unit,
    category,
    count,
    integer,
    money,
    question,
    share,
    sql,
)
from dangol.core.query import preceded

# Whoever buys, by what one counts: the customer named for a home or a company is the one of it worth most.
WORTH: Mapping[Unit, str] = {
    "person": """
        select customer_id, customer_id as unit_id, cast(null as bigint) as household_id, cast(null as bigint) as account_id,
               cast(null as varchar) as account_name, cast(null as bigint) as member_count, expected_margin_12m, net_sales,
               net_sales_365, margin, order_count, lifecycle_stage, churn_probability, main_channel, main_category
        from profile where order_count > 0 and expected_margin_12m is not null""",
    "household": """
        select max_by(p.customer_id, (coalesce(p.expected_margin_12m, 0), p.net_sales, -p.customer_id)) as customer_id,
               h.household_id as unit_id, h.household_id, cast(null as bigint) as account_id, cast(null as varchar) as account_name,
               count(*) as member_count, sum(p.expected_margin_12m) as expected_margin_12m, sum(p.net_sales) as net_sales,
               sum(p.net_sales_365) as net_sales_365, sum(p.margin) as margin, sum(p.order_count) as order_count,
               cast(null as varchar) as lifecycle_stage, cast(null as double) as churn_probability,
               cast(null as varchar) as main_channel, cast(null as varchar) as main_category
        from profile p join household_members h on h.customer_id = p.customer_id
        where p.order_count > 0 group by h.household_id""",
    "account": """
        select max_by(p.customer_id, (coalesce(p.expected_margin_12m, 0), p.net_sales, -p.customer_id)) as customer_id,
               m.account_id as unit_id, cast(null as bigint) as household_id, m.account_id, max(a.account_name) as account_name,
               count(*) as member_count, sum(p.expected_margin_12m) as expected_margin_12m, sum(p.net_sales) as net_sales,
               sum(p.net_sales_365) as net_sales_365, sum(p.margin) as margin, sum(p.order_count) as order_count,
               cast(null as varchar) as lifecycle_stage, cast(null as double) as churn_probability,
               cast(null as varchar) as main_channel, cast(null as varchar) as main_category
        from profile p join account_members m on m.customer_id = p.customer_id join accounts a on a.account_id = m.account_id
        where p.order_count > 0 group by m.account_id""",
}
# The same where what somebody bought is enough.
BUYING: Mapping[Unit, str] = {**WORTH, "person": WORTH["person"].removesuffix(" and expected_margin_12m is not null")}


@question(
    "Q39",
    ko="고객평생가치는 어떻게 분포하나요?",
    en="How is lifetime value distributed?",
    hidden=(
        "mean_expected",
        "customer_count",
    ),
    optional=("profile.margin",),
    sentence=(
        "고객 한 명의 향후 12개월 기대 마진은 중앙값 {median:money}, 평균 {mean:money}입니다. 상위 10%는 {top:money} 이상입니다.",
        "The expected margin of a customer over the next 12 months is {median:money} at the median and {mean:money} on average; "
        "the top 10 % hold {top:money} or more.",
    ),
    headline="""
        select max(case when tenth = 5 then expected_margin_12m end) as median, max(mean_expected) as mean,
               max(case when tenth = 9 then expected_margin_12m end) as top, max(customer_count) as n
        from answer""",
    chart=Chart("bar", "tenth", ("expected_margin_12m",)),
    actions=(
        NextAction("상위 10% 고객 보기", "See the top 10 %", question="top_customers"),
        NextAction("매출은 몇 명에게서 나오나요?", "How few customers bring the sales?", question="value_concentration"),
    ),
    tenth=integer(ko="하위에서 몇 번째 10%", en="Tenth from below"),
    historic_margin=money(ko="누적 마진", en="Margin so far"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    mean_expected=money(ko="평균 기대 마진", en="Mean expected margin"),
    customer_count=count(ko="고객 수", en="Customers"),
)
def value_distribution() -> Query:
    """The nine deciles of margin so far and of expected margin over all customers who ever bought."""
    return sql("""
        with buyers as (
            select cast(margin as double) as historic, cast(expected_margin_12m as double) as expected
            from profile where order_count > 0),
        overall as (select avg(expected) as mean_expected, count(*) as customer_count from buyers),
        quantiles as (
            select 1 as tenth, percentile(historic, 0.1) as historic, percentile(expected, 0.1) as expected from buyers
            union all select 2, percentile(historic, 0.2), percentile(expected, 0.2) from buyers
            union all select 3, percentile(historic, 0.3), percentile(expected, 0.3) from buyers
            union all select 4, percentile(historic, 0.4), percentile(expected, 0.4) from buyers
            union all select 5, percentile(historic, 0.5), percentile(expected, 0.5) from buyers
            union all select 6, percentile(historic, 0.6), percentile(expected, 0.6) from buyers
            union all select 7, percentile(historic, 0.7), percentile(expected, 0.7) from buyers
            union all select 8, percentile(historic, 0.8), percentile(expected, 0.8) from buyers
            union all select 9, percentile(historic, 0.9), percentile(expected, 0.9) from buyers)
        select cast(q.tenth as bigint) as tenth, cast(q.historic as decimal(18, 2)) as historic_margin,
               cast(q.expected as decimal(18, 2)) as expected_margin_12m,
               cast(o.mean_expected as decimal(18, 2)) as mean_expected, o.customer_count
        from quantiles q cross join overall o order by q.tenth""")


@question(
    "Q40",
    ko="매출과 가치의 몇 %가 상위 10%, 20% 고객에게서 나오나요?",
    en="What share of sales and value comes from the top 10 and 20 %?",
    hidden=("customer_count",),
    optional=("profile.margin", "profile.expected_margin_12m"),
    sentence=(
        "상위 10% 고객이 매출의 {top10:percent|을/를}, 상위 20% 고객이 {top20:percent|을/를} 차지합니다. (책의 기준: 상위 20%가 매출의 60%) "
        "매출 상위 20%인 바로 그 고객이 차지하는 마진은 {earned20:percent}입니다. (책의 기준: 이익의 90%)",
        "The top 10 % of customers bring {top10:percent} of sales and the top 20 % bring {top20:percent} "
        "(the book's yardstick: 20 % bring 60 %). "
        "The same 20 % bring {earned20:percent} of the margin (the book's yardstick: 90 % of profit).",
    ),
    headline="""
        select max(case when customer_share = 0.1 then sales_share end) as top10,
               max(case when customer_share = 0.2 then sales_share end) as top20,
               max(case when customer_share = 0.2 then same_margin_share end) as earned20, max(customer_count) as n
        from answer""",
    chart=Chart("line", "customer_share", ("sales_share", "same_margin_share", "margin_share", "value_share")),
    actions=(NextAction("상위 고객에게 감사하기", "Customers worth most", question="top_customers"),),
    customer_share=share(ko="상위 고객 비율", en="Top share of customers"),
    sales_share=share(ko="매출 비중", en="Share of sales"),
    book_sales_share=share(ko="책의 매출 비중", en="Share of sales, the book's"),
    same_margin_share=share(ko="같은 고객의 마진 비중", en="Share of margin, the same customers"),
    book_profit_share=share(ko="책의 이익 비중", en="Share of profit, the book's"),
    margin_share=share(ko="마진 비중(마진 순)", en="Share of margin, by margin"),
    value_share=share(ko="기대 마진 비중(기대 마진 순)", en="Share of expected margin, by expected margin"),
    customer_count=count(ko="고객 수", en="Customers"),
)
def value_concentration(unit: Unit = "person") -> Query:
    """Cumulative shares of net sales, margin and expected margin, each by its own best customers, in steps of 5 %.

    Beside sales stands the margin of the same customers, those who bought most, where costs are known, and what the book says of the
    best fifth: 60 % of sales and 90 % of profit (R107). Counted by person, or by household or account, of which each counts once with all its people.
    """
    return preceded(
        sql("""
        with buyers as (
            select unit_id, net_sales, margin, expected_margin_12m, count(*) over () as customer_count,
                   row_number() over (order by net_sales desc, unit_id) as sales_place,
                   row_number() over (order by margin desc, unit_id) as margin_place,
                   row_number() over (order by expected_margin_12m desc, unit_id) as value_place
            from worth),
        by_sales as (
            select ceil(20 * share(sales_place, customer_count)) as step, sum(net_sales) as amount, sum(margin) as earned
            from buyers group by 1),
        by_margin as (select ceil(20 * share(margin_place, customer_count)) as step, sum(margin) as amount from buyers group by 1),
        by_value as (
            select ceil(20 * share(value_place, customer_count)) as step, sum(expected_margin_12m) as amount from buyers group by 1),
        total as (select max(customer_count) as customer_count from buyers)
        select cast(s.step as double) / 20 as customer_share,
               share(sum(s.amount) over (order by s.step), sum(s.amount) over ()) as sales_share,
               case when s.step = 4 then 0.6e0 end as book_sales_share,
               share(sum(s.earned) over (order by s.step), sum(s.earned) over ()) as same_margin_share,
               case when s.step = 4 and sum(s.earned) over () is not null then 0.9e0 end as book_profit_share,
               share(sum(m.amount) over (order by s.step), sum(m.amount) over ()) as margin_share,
               share(sum(v.amount) over (order by s.step), sum(v.amount) over ()) as value_share,
               t.customer_count
        from by_sales s left join by_margin m on m.step = s.step left join by_value v on v.step = s.step cross join total t
        order by customer_share"""),
        worth=sql(BUYING[unit]),
    )


@question(
    "Q41",
    ko="가치가 가장 높은 고객은 누구인가요?",
    en="Who are the customers worth most?",
    optional=("profile.main_channel", "profile.main_category", "profile.churn_probability"),
    sentence=(
        "기대 마진 상위 {n:count}위까지 앞으로 12개월 동안 모두 {total:money|을/를} 벌어 줄 것으로 보입니다. 이 중 {at_risk:count}명은 이탈 위험이거나 이탈한 고객입니다.",
        "The {n:count} worth most are expected to earn {total:money} over the next 12 months. "
        "{at_risk:count} of them are at risk or lapsed.",
    ),
    headline="""
        select count(*) as n, sum(expected_margin_12m) as total,
               case when count(lifecycle_stage) > 0 then count(case when lifecycle_stage in ('at_risk', 'lapsed') then 1 end) end as at_risk
        from answer""",
    chart=Chart("none"),
    actions=(NextAction("되찾기 프로그램", "Win them back", programme="win_back"),),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    household_id=integer(ko="가구", en="Household"),
    account_id=integer(ko="거래처", en="Account"),
    account_name=category(ko="거래처명", en="Account name"),
    member_count=count(ko="구매한 사람 수", en="People who bought"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    net_sales=money(ko="누적 순매출", en="Net sales so far"),
    order_count=count(ko="구매 횟수", en="Orders"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    churn_probability=share(ko="이탈 가능성", en="Churn probability"),
    main_channel=category(ko="주 구매 채널", en="Main channel"),
    main_category=category(ko="주 구매 카테고리", en="Main category"),
)
def top_customers(top: int = 100, unit: Unit = "person") -> Query:
    """Customers ranked by expected margin over the next 12 months; equal values by number.

    Counted by person, or by household or account: the sum of its people, shown with the one of them worth most.
    """
    return preceded(
        sql(
            """
            select row_number() over (order by expected_margin_12m desc, unit_id) as place, customer_id, household_id, account_id,
                   account_name, member_count, cast(expected_margin_12m as decimal(18, 2)) as expected_margin_12m,
                   cast(net_sales as decimal(18, 2)) as net_sales, cast(order_count as bigint) as order_count, lifecycle_stage,
                   churn_probability, main_channel, main_category
            from worth where expected_margin_12m is not null
            order by place limit $top""",
            top=top,
        ),
        worth=sql(WORTH[unit]),
    )
