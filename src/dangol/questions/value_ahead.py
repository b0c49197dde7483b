"""What customers will bring, by segment and in all, with ranges, beside what the same customers brought (V16; R005, R178)."""

from collections.abc import Mapping
from typing import Literal

from dangol.core.declare import Chart, NextAction, Query, category, count, money, number, question, share, sql
from dangol.core.query import preceded
from dangol.questions.portfolio import TIERED

Segment = Literal[
    "value_tier",
    "lifecycle_stage",
    "acquisition_channel",
    "region",
    "main_channel",
    "main_category",
    "main_store",
    "gender",
    "age_band",
    "saved",
]
OF_PROFILE = "select customer_id, {column} as segment from profile"
# Who belongs where; whoever belongs nowhere is unknown. Saved segments may share customers.
MEMBERS: Mapping[Segment, str] = {
    "value_tier": "select customer_id, value_tier as segment from tiered",
    "acquisition_channel": "select customer_id, acquisition_channel as segment from people",
    "saved": "select customer_id, segment from segment_members",
    "lifecycle_stage": OF_PROFILE.format(column="lifecycle_stage"),
    "region": OF_PROFILE.format(column="region"),
    "main_channel": OF_PROFILE.format(column="main_channel"),
    "main_category": OF_PROFILE.format(column="main_category"),
    "main_store": OF_PROFILE.format(column="main_store"),
    "gender": OF_PROFILE.format(column="gender"),
    "age_band": OF_PROFILE.format(column="age_band"),
}
# What each customer is expected to bring, with its standard deviation, and what he brought in the last year.
PERSONS = """
    with rated as (
        select share(sum(margin_amount), sum(case when margin_amount is not null then net_amount end)) as rate
        from orders where status = 'completed'),
    bought as (
        select o.customer_id, sum(o.net_amount) as sales, count(distinct date_trunc('day', local(o.ordered_at))) as order_days,
               sum(coalesce(o.margin_amount, cast(o.net_amount * r.rate as decimal(18, 2)))) as margin
        from orders o cross join rated r
        where o.status = 'completed' and o.customer_id is not null and days_between(o.ordered_at, as_of) <= 365
        group by o.customer_id),
    refunded as (
        select customer_id, sum(refund_amount) as refund from returns
        where customer_id is not null and days_between(returned_at, as_of) <= 365 group by customer_id)
    select p.customer_id, p.expected_margin_12m as margin, cast(p.expected_margin_12m_spread as double) as margin_spread,
           p.expected_orders_12m as orders, p.expected_orders_12m_spread as orders_spread,
           coalesce(b.margin, 0) - coalesce(f.refund, 0) as past_margin, coalesce(b.sales, 0) as past_sales,
           coalesce(b.order_days, 0) as past_orders
    from profile p left join bought b on b.customer_id = p.customer_id left join refunded f on f.customer_id = p.customer_id
    where p.order_count > 0 and p.expected_margin_12m is not null"""
# Groups of few go into one; of nobody known otherwise, everybody is in one group only.
PLACED = """
    select p.margin, p.margin_spread, p.orders, p.orders_spread, p.past_margin, p.past_sales, p.past_orders,
           case when m.segment is null then $nowhere when count(*) over (partition by m.segment) >= $fewest then m.segment
                else 'other' end as segment
    from persons p left join members m on m.customer_id = p.customer_id"""
SUMMED = """
    select segment, count(*) as customer_count, sum(margin) as margin, sum(past_margin) as past_margin,
           sum(past_sales) as past_sales, sum(orders) as orders, sum(past_orders) as past_orders,
           share(sum(margin_spread * margin_spread), power(cast(sum(margin) as double), 2)) as margin_luck,
           share(sum(orders_spread * orders_spread), power(sum(orders), 2)) as orders_luck
    from {rows} group by segment"""
REACHES = """
    select ln(max(case when score = '{score}' then high end)) as whole,
           max(case when score = '{score}' then own end) as own, max(case when score = '{score}' then together end) as together,
           max(case when score = '{score}' then range_share end) as range_share
    from score_ranges"""
REACH = """sqrt(power(r.whole, 2) + power(r.own, 2) * greatest(s.{score}_luck - t.{score}_luck, 0e0)
                        + power(r.together, 2) * greatest(1e0 - share(s.{score}, t.{score}), 0e0))"""


@question(
    "V16",
    ko="고객군마다 앞으로 12개월 동안 얼마를 가져올까요? (지난 12개월과 비교)",
    en="What will each segment bring in the next 12 months, and what did it bring in the last?",
    optional=(
        "returns",
        "orders.margin_amount",
        "score_ranges",
        "profile.net_sales_365",
        "profile.expected_margin_12m_spread",
        "profile.expected_orders_12m",
        "profile.expected_orders_12m_spread",
    ),
    hidden=("total", "total_low", "total_high", "past_total", "everybody", "range_share"),
    sentence=(
        "고객 {n:count}명이 앞으로 12개월 동안 {total:money|을/를} 가져올 것으로 보입니다. 지난 12개월에는 {past:money|을/를} 가져왔습니다. "
        "합계는 {held:percent}의 확률로 {low:money}에서 {high:money} 사이입니다. "
        "가장 많이 가져올 고객군은 '{best}'(고객 {best_count:count}명, {best_margin:money})입니다.",
        "{n:count} customers are expected to bring {total:money} in the next 12 months. In the last 12 months they brought {past:money}. "
        "With a chance of {held:percent} the total lies between {low:money} and {high:money}. "
        "Most is expected of segment “{best}”: {best_margin:money} from {best_count:count} customers.",
    ),
    headline="""
        select max(everybody) as n, max(total) as total, max(past_total) as past, max(total_low) as low, max(total_high) as high,
               max(range_share) as held,
               case when sum(case when {named} then 1 else 0 end) > 0
                    then min_by(segment, (case when {named} then 0 else 1 end, -expected_margin_12m, segment)) end as best,
               max(case when {named} then expected_margin_12m end) as best_margin,
               min_by(customer_count, (case when {named} then 0 else 1 end, -expected_margin_12m, segment)) as best_count
        from answer""".format(named="segment not in ('unknown', 'other', 'in_no_segment')"),
    chart=Chart("bar", "segment", ("expected_margin_12m", "margin_365"), low="margin_low", high="margin_high"),
    actions=(
        NextAction("포트폴리오 보기", "See the portfolio", question="customer_portfolio"),
        NextAction("고객자산은 왜 변했나요?", "Why customer equity changed", question="customer_equity"),
        NextAction("지난 예측은 맞았나요?", "Did past predictions come true?", question="past_predictions"),
    ),
    segment=category(ko="고객군", en="Segment"),
    customer_count=count(ko="고객 수", en="Customers"),
    margin_365=money(ko="지난 12개월 마진", en="Margin, last 12 months"),
    expected_margin_12m=money(ko="앞으로 12개월 기대 마진", en="Expected margin, next 12 months"),
    margin_low=money(ko="기대 마진 하한", en="Expected margin, low"),
    margin_high=money(ko="기대 마진 상한", en="Expected margin, high"),
    value_share=share(ko="기대 마진 비중", en="Share of expected margin"),
    order_days_365=number(ko="지난 12개월 구매일 수", en="Order days, last 12 months"),
    expected_orders_12m=number(ko="앞으로 12개월 기대 구매일 수", en="Expected order days, next 12 months"),
    orders_low=number(ko="기대 구매일 수 하한", en="Expected order days, low"),
    orders_high=number(ko="기대 구매일 수 상한", en="Expected order days, high"),
    net_sales_365=money(ko="지난 12개월 매출", en="Sales, last 12 months"),
    total=money(ko="전체 기대 마진", en="Expected margin of everybody"),
    total_low=money(ko="전체 하한", en="Everybody, low"),
    total_high=money(ko="전체 상한", en="Everybody, high"),
    past_total=money(ko="전체 지난 12개월 마진", en="Margin of everybody, last 12 months"),
    everybody=count(ko="전체 고객 수", en="Customers in all"),
    range_share=share(ko="범위에 드는 비율", en="Share that ranges hold"),
)
def value_by_segment(segment: Segment = "value_tier", fewest: int = 10) -> Query:
    """Expected margin and order days of each segment with ranges, beside what the same customers brought in the last 12 months.

    Everybody who ever bought is in one segment, so that persons add up to segments and segments to the total; saved segments
    may share customers. Value tiers are the portfolio's. Segments with fewer than `fewest` customers are "other". Margins are less refunds, and of
    orders without a known margin at the rate of all that have one. The range of a segment is that of the total, wider by the luck of its fewer
    customers and by the error that a segment's customers share, both learnt from how far groups were off on later time; it holds
    the truth as often as the range of the total is to.
    """
    summed = SUMMED.format(rows="placed")
    return preceded(
        sql(f"""
        select s.segment, s.customer_count, cast(s.past_margin as decimal(18, 2)) as margin_365,
               cast(s.margin as decimal(18, 2)) as expected_margin_12m,
               cast(s.margin * exp(-{REACH.format(score="margin")}) as decimal(18, 2)) as margin_low,
               cast(s.margin * exp({REACH.format(score="margin")}) as decimal(18, 2)) as margin_high,
               share(s.margin, t.margin) as value_share, s.past_orders as order_days_365, s.orders as expected_orders_12m,
               s.orders * exp(-{REACH.format(score="orders").replace("r.", "o.")}) as orders_low,
               s.orders * exp({REACH.format(score="orders").replace("r.", "o.")}) as orders_high,
               cast(s.past_sales as decimal(18, 2)) as net_sales_365, cast(t.margin as decimal(18, 2)) as total,
               cast(t.margin * exp(-r.whole) as decimal(18, 2)) as total_low,
               cast(t.margin * exp(r.whole) as decimal(18, 2)) as total_high, cast(t.past_margin as decimal(18, 2)) as past_total,
               t.customer_count as everybody, r.range_share
        from summed s cross join whole t cross join margin_reach r cross join orders_reach o
        order by s.margin desc, s.segment"""),
        tiered=sql(TIERED, high_share=0.2, medium_share=0.3),
        members=sql(MEMBERS[segment]),
        persons=sql(PERSONS),
        placed=sql(PLACED, fewest=fewest, nowhere="in_no_segment" if segment == "saved" else "unknown"),
        summed=sql(summed),
        whole=sql(SUMMED.format(rows="(select p.*, 'all' as segment from persons p) everyone")),
        margin_reach=sql(REACHES.format(score="expected_margin_12m")),
        orders_reach=sql(REACHES.format(score="expected_orders_12m")),
    )
