"""The ten questions of predictive marketing, as far as they are answered now (T1, T6, T7)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    Unit,
    category,
    count,
    integer,
    money,
    probability,
    question,
    sql,
)
from dangol.core.query import preceded
from dangol.questions.lifetime_value import WORTH


@question(
    "T1",
    ko="최우수 고객은 누구인가요?",
    en="Who are our best customers?",
    hidden=(
        "best_count",
        "best_share",
        "sales_share",
    ),
    optional=("profile.net_sales_365", "profile.churn_probability", "profile.expected_margin_12m"),
    sentence=(
        "기대 가치 상위 10%({n:count})가 앞으로 12개월 기대 마진의 {value_share:percent|을/를} 차지합니다. "
        "상위 10%({n:count})의 지금까지 매출 비중은 {sales_share:percent}입니다.",
        "The best tenth, {n:count} in all, hold {value_share:percent} of the expected margin of the next 12 months. "
        "The best tenth ({n:count}) brought {sales_share:percent} of sales so far.",
    ),
    headline="""
        select max(best_count) as n, max(best_share) as value_share, max(sales_share) as sales_share from answer""",
    chart=Chart("none"),
    actions=(
        NextAction("고객 목록에서 보기", "Open in the customer list", rule="monetary_score >= 5"),
        NextAction("가치 분포 보기", "How value is distributed", question="value_distribution"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    household_id=integer(ko="가구", en="Household"),
    account_id=integer(ko="거래처", en="Account"),
    account_name=category(ko="거래처명", en="Account name"),
    member_count=count(ko="구매한 사람 수", en="People who bought"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    net_sales=money(ko="누적 순매출", en="Net sales so far"),
    net_sales_365=money(ko="최근 1년 매출", en="Sales in 365 days"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    churn_probability=probability(ko="이탈 가능성", en="Churn probability"),
    best_count=count(ko="상위 10% 고객 수", en="Customers in the best tenth"),
    best_share=probability(ko="상위 10%의 기대 마진 비중", en="Their share of expected margin"),
    sales_share=probability(ko="상위 10%의 매출 비중", en="Their share of sales"),
)
def best_customers(top: int = 100, unit: Unit = "person") -> Query:
    """Buyers ranked by expected margin over the next 12 months, and what the best tenth of them hold.

    Counted by person, or by household or account: the sum of its people, shown with the one of them worth most. Where no margin is
    expected of anybody, households and accounts are ranked by net sales so far.
    """
    return preceded(
        sql(
            """
        with ranked as (
            select customer_id, household_id, account_id, account_name, member_count, expected_margin_12m, net_sales, net_sales_365,
                   lifecycle_stage, churn_probability,
                   row_number() over (order by coalesce(expected_margin_12m, 0) desc, net_sales desc, unit_id) as place,
                   count(*) over () as customer_count
            from worth),
        best as (
            select count(case when place <= ceil(customer_count / 10e0) then 1 end) as best_count,
                   share(sum(case when place <= ceil(customer_count / 10e0) then expected_margin_12m else 0 end),
                         sum(expected_margin_12m)) as best_share,
                   share(sum(case when place <= ceil(customer_count / 10e0) then net_sales else 0 end), sum(net_sales)) as sales_share
            from ranked)
        select r.place, r.customer_id, r.household_id, r.account_id, r.account_name, r.member_count,
               cast(r.expected_margin_12m as decimal(18, 2)) as expected_margin_12m, cast(r.net_sales as decimal(18, 2)) as net_sales,
               cast(r.net_sales_365 as decimal(18, 2)) as net_sales_365, r.lifecycle_stage, r.churn_probability, b.best_count,
               b.best_share, b.sales_share
        from ranked r cross join best b where r.place <= $top order by r.place""",
            top=top,
        ),
        worth=sql(WORTH[unit]),
    )


@question(
    "T6",
    ko="기존 고객 중 누가 다시 구매할까요?",
    en="Which existing customers will buy?",
    hidden=(
        "likely_count",
        "horizon_days",
        "buyer_count",
    ),
    sentence=(
        "앞으로 {horizon:days} 안에 다시 살 가능성이 50%를 넘는 고객은 {likely:count}명입니다. 목록은 가능성과 가치를 함께 보아 정했습니다.",
        "{likely:count} customers are more likely than not to buy within {horizon:days}; the list is ranked by probability and value together.",
    ),
    headline="select max(likely_count) as likely, max(horizon_days) as horizon, max(buyer_count) as n from answer",
    chart=Chart("none"),
    actions=(NextAction("구매 가능성 높은 고객 보기", "See likely buyers", rule="churn_probability < 0.5"),),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    purchase_probability=probability(ko="구매 가능성", en="Purchase probability"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    order_count=count(ko="구매 횟수", en="Orders"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    likely_count=count(ko="구매 가능성 50% 초과 고객", en="Customers above 50 %"),
    horizon_days=integer(ko="예측 기간(일)", en="Days looked ahead"),
    buyer_count=count(ko="전체 구매 고객", en="Buyers"),
)
def likely_buyers(top: int = 100) -> Query:
    """Buyers ranked by purchase probability times expected margin; the probability is one minus that of churn."""
    return sql(
        """
        with scored as (
            select customer_id, 1 - churn_probability as purchase_probability, expected_margin_12m, order_count, lifecycle_stage,
                   churn_horizon_days,
                   row_number() over (order by (1 - churn_probability) * cast(expected_margin_12m as double) desc, customer_id) as place
            from profile where order_count > 0 and churn_probability is not null and expected_margin_12m is not null)
        select place, customer_id, purchase_probability, expected_margin_12m, order_count, lifecycle_stage,
               count(case when purchase_probability > 0.5e0 then 1 end) over () as likely_count,
               cast(churn_horizon_days as bigint) as horizon_days, count(*) over () as buyer_count
        from scored order by place limit $top""",
        top=top,
    )


@question(
    "T7",
    ko="기존 고객 중 누가 떠날까요?",
    en="Which existing customers are least likely to buy?",
    hidden=(
        "risky_count",
        "stake",
        "buyer_count",
    ),
    sentence=(
        "떠날 가능성이 50%를 넘는 고객은 {risky:count}명이고, 이들의 12개월 기대 마진은 {stake:money}입니다. 가치가 큰 고객부터 챙기세요.",
        "{risky:count} customers are more likely than not to stay away; {stake:money} of expected margin is at stake. "
        "Start with those worth most.",
    ),
    headline="select max(risky_count) as risky, max(stake) as stake, max(buyer_count) as n from answer",
    chart=Chart("none"),
    actions=(
        NextAction("되찾기 프로그램 시작", "Start win-back", programme="win_back"),
        NextAction("이탈 위험 고객 보기", "See customers at risk", rule="churn_probability > 0.5 and monetary_score >= 4"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    churn_probability=probability(ko="이탈 가능성", en="Churn probability"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    value_at_stake=money(ko="위험 가치", en="Value at stake"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    risky_count=count(ko="이탈 가능성 50% 초과 고객", en="Customers above 50 %"),
    stake=money(ko="이들의 기대 마진", en="Their expected margin"),
    buyer_count=count(ko="전체 구매 고객", en="Buyers"),
)
def leaving_customers(top: int = 100) -> Query:
    """Buyers ranked by churn probability times expected margin: what may be lost, not only who may leave."""
    return sql(
        """
        with scored as (
            select customer_id, churn_probability, expected_margin_12m, lifecycle_stage, average_order_value,
                   cast(churn_probability * cast(expected_margin_12m as double) as decimal(18, 2)) as value_at_stake
            from profile where order_count > 0 and churn_probability is not null and expected_margin_12m is not null),
        ranked as (
            select customer_id, churn_probability, expected_margin_12m, lifecycle_stage, value_at_stake,
                   row_number() over (order by value_at_stake desc, customer_id) as place,
                   count(case when churn_probability > 0.5e0 then 1 end) over () as risky_count,
                   sum(case when churn_probability > 0.5e0 then expected_margin_12m end) over () as stake,
                   count(*) over () as buyer_count
            from scored)
        select place, customer_id, churn_probability, expected_margin_12m, value_at_stake, lifecycle_stage, risky_count,
               cast(stake as decimal(18, 2)) as stake, buyer_count
        from ranked order by place limit $top""",
        top=top,
    )
