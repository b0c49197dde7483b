"""The ten questions of predictive marketing, as far as they are answered now (T1, T6, T7)."""

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
    probability,
    question,
    sql,
)
from dangol.core.query import preceded
from dangol.questions.lifetime_value import WORTH
from dangol.questions.value_change import with_costs

# Whose people a customer's costs count with.
MEMBERS: Mapping[Unit, str] = {
    "person": "select customer_id, customer_id as unit_id from profile",
    "household": "select customer_id, household_id as unit_id from household_members",
    "account": "select customer_id, account_id as unit_id from account_members",
}
# What each customer is expected to cost in a year, as in the last one, and what another customer of the same channel costs lately.
COSTS = """
    with served as (select customer_id, sum(cost) as cost from touched group by customer_id),
    priced as (
        select a.acquisition_channel as channel, count(*) as newcomers
        from profile p join people a on a.customer_id = p.customer_id
        where p.order_count > 0 and a.acquisition_channel is not null and days_between(p.first_ordered_at, as_of) <= 365
        group by a.acquisition_channel),
    bought as (
        select channel, sum(cost) as cost from spend
        where channel is not null and days_between(cast(spent_on as timestamp), local(as_of)) <= 365 group by channel),
    each_one as (
        select p.customer_id, s.cost * 365e0 / least(365e0, greatest(90e0, p.known_days)) as to_serve,
               cast(money_per(b.cost, n.newcomers) as double) as to_acquire
        from profile p left join served s on s.customer_id = p.customer_id
        left join people a on a.customer_id = p.customer_id
        left join priced n on n.channel = a.acquisition_channel left join bought b on b.channel = n.channel)
    select m.unit_id, sum(e.to_serve) as to_serve, sum(e.to_acquire) as to_acquire
    from each_one e join members m on m.customer_id = e.customer_id group by m.unit_id"""


@question(
    "T1",
    ko="최우수 고객은 누구인가요?",
    en="Who are our best customers?",
    hidden=(
        "best_count",
        "best_share",
        "sales_share",
        "best_served",
    ),
    optional=(
        "profile.net_sales_365",
        "profile.churn_probability",
        "profile.expected_margin_12m",
        "messages",
        "campaigns",
        "interactions",
        "returns",
        "spend",
        "entered",
        "people.acquisition_channel",
    ),
    sentence=(
        "기대 가치 상위 10%({n:count})가 앞으로 12개월 기대 마진의 {value_share:percent|을/를} 차지합니다. "
        "이들을 응대하는 데 한 해 {served:money|이/가} 들 것으로 보입니다. "
        "상위 10%({n:count})의 지금까지 매출 비중은 {sales_share:percent}입니다.",
        "The best tenth, {n:count} in all, hold {value_share:percent} of the expected margin of the next 12 months. "
        "Serving them is expected to cost {served:money} in that time. "
        "The best tenth ({n:count}) brought {sales_share:percent} of sales so far.",
    ),
    headline="""
        select max(best_count) as n, max(best_share) as value_share, max(sales_share) as sales_share, max(best_served) as served
        from answer""",
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
    cost_to_serve_12m=money(ko="12개월 예상 응대 비용", en="Expected cost to serve, 12 months"),
    net_expected_12m=money(ko="응대 비용을 뺀 기대 마진", en="Expected margin less cost to serve"),
    cost_to_acquire=money(ko="같은 채널의 신규 획득 비용", en="Cost to acquire one from the same channel"),
    net_sales=money(ko="누적 순매출", en="Net sales so far"),
    net_sales_365=money(ko="최근 1년 매출", en="Sales in 365 days"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    churn_probability=probability(ko="이탈 가능성", en="Churn probability"),
    best_served=money(ko="상위 10%의 예상 응대 비용", en="Expected cost to serve the best tenth"),
    best_count=count(ko="상위 10% 고객 수", en="Customers in the best tenth"),
    best_share=probability(ko="상위 10%의 기대 마진 비중", en="Their share of expected margin"),
    sales_share=probability(ko="상위 10%의 매출 비중", en="Their share of sales"),
)
def best_customers(top: int = 100, unit: Unit = "person") -> Query:
    """Buyers ranked by expected margin over the next 12 months less what serving them costs, and what the best tenth of them hold.

    Counted by person, or by household or account: the sum of its people, shown with the one of them worth most. Where no margin is
    expected of anybody, households and accounts are ranked by net sales so far. A year's cost to serve is that of the last 365 days,
    or of the days since a customer is known (at least 90) drawn out to a year: messages at their campaign's cost per contact,
    conversations and returned orders at the costs of the plan. The cost to acquire is last year's spend of the customer's channel over
    its new customers: what another one like this costs. It is paid already, so that it is shown and not taken off.
    """
    return with_costs(
        preceded(
            sql(
                """
        with ranked as (
            select w.customer_id, w.household_id, w.account_id, w.account_name, w.member_count, w.expected_margin_12m, w.net_sales,
                   w.net_sales_365, w.lifecycle_stage, w.churn_probability, c.to_serve, c.to_acquire,
                   case when w.expected_margin_12m is not null
                        then cast(w.expected_margin_12m as double) - coalesce(c.to_serve, 0e0) end as net_expected,
                   row_number() over (
                       order by coalesce(cast(w.expected_margin_12m as double), 0e0) - coalesce(c.to_serve, 0e0) desc,
                                w.net_sales desc, w.unit_id) as place,
                   count(*) over () as customer_count, sum(c.to_serve) over () as all_served
            from worth w left join costs c on c.unit_id = w.unit_id),
        best as (
            select count(case when place <= ceil(customer_count / 10e0) then 1 end) as best_count,
                   share(sum(case when place <= ceil(customer_count / 10e0) then expected_margin_12m else 0 end),
                         sum(expected_margin_12m)) as best_share,
                   share(sum(case when place <= ceil(customer_count / 10e0) then net_sales else 0 end), sum(net_sales)) as sales_share,
                   sum(case when place <= ceil(customer_count / 10e0) and all_served > 0 then to_serve end) as best_served
            from ranked)
        select r.place, r.customer_id, r.household_id, r.account_id, r.account_name, r.member_count,
               cast(r.expected_margin_12m as decimal(18, 2)) as expected_margin_12m,
               cast(case when r.all_served > 0 then coalesce(r.to_serve, 0e0) end as decimal(18, 2)) as cost_to_serve_12m,
               cast(case when r.all_served > 0 then r.net_expected end as decimal(18, 2)) as net_expected_12m,
               cast(r.to_acquire as decimal(18, 2)) as cost_to_acquire, cast(r.net_sales as decimal(18, 2)) as net_sales,
               cast(r.net_sales_365 as decimal(18, 2)) as net_sales_365, r.lifecycle_stage, r.churn_probability,
               cast(b.best_served as decimal(18, 2)) as best_served, b.best_count, b.best_share, b.sales_share
        from ranked r cross join best b where r.place <= $top order by r.place""",
                top=top,
            ),
            worth=sql(WORTH[unit]),
            members=sql(MEMBERS[unit]),
            costs=sql(COSTS),
        )
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
        "horizon_days",
        "buyer_count",
    ),
    sentence=(
        "앞으로 {horizon:days} 안에 구매하지 않을 가능성이 50%를 넘는 고객은 {risky:count}명입니다. "
        "이들의 12개월 기대 마진 가운데 {stake:money|이/가} 위험합니다(이탈 가능성 × 기대 마진). 위험 가치가 큰 고객부터 챙기세요.",
        "{risky:count} customers are more likely than not to stay away for the next {horizon:days}. Of their expected margin of 12 "
        "months {stake:money} is at stake, chance of leaving times margin. Start with those who have most at stake.",
    ),
    headline="select max(risky_count) as risky, max(stake) as stake, max(horizon_days) as horizon, max(buyer_count) as n from answer",
    chart=Chart("none"),
    actions=(
        NextAction("유지 프로그램 시작", "Start keeping them", programme="keep_at_risk"),
        NextAction("이탈 위험 고객 보기", "See customers at risk", rule="churn_probability > 0.5 and monetary_score >= 4"),
    ),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    churn_probability=probability(ko="이탈 가능성", en="Churn probability"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    value_at_stake=money(ko="위험 가치", en="Value at stake"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    risky_count=count(ko="이탈 가능성 50% 초과 고객", en="Customers above 50 %"),
    stake=money(ko="이들의 위험 가치", en="Value at stake of these"),
    horizon_days=integer(ko="예측 기간(일)", en="Days looked ahead"),
    buyer_count=count(ko="전체 구매 고객", en="Buyers"),
)
def leaving_customers(top: int = 100) -> Query:
    """Buyers ranked by churn probability times expected margin: what may be lost, not only who may leave."""
    return sql(
        """
        with scored as (
            select customer_id, churn_probability, churn_horizon_days, expected_margin_12m, lifecycle_stage,
                   cast(churn_probability * cast(expected_margin_12m as double) as decimal(18, 2)) as value_at_stake
            from profile where order_count > 0 and churn_probability is not null and expected_margin_12m is not null),
        ranked as (
            select customer_id, churn_probability, churn_horizon_days, expected_margin_12m, lifecycle_stage, value_at_stake,
                   row_number() over (order by value_at_stake desc, customer_id) as place,
                   count(case when churn_probability > 0.5e0 then 1 end) over () as risky_count,
                   sum(case when churn_probability > 0.5e0 then value_at_stake end) over () as stake,
                   count(*) over () as buyer_count
            from scored)
        select place, customer_id, churn_probability, expected_margin_12m, value_at_stake, lifecycle_stage, risky_count,
               cast(stake as decimal(18, 2)) as stake, cast(churn_horizon_days as bigint) as horizon_days, buyer_count
        from ranked order by place limit $top""",
        top=top,
    )
