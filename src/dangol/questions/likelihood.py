"""Likelihood to buy: who is valuable but unlikely to buy, and what goes with it (Q34, Q36)."""

from dangol.core.declare import (
    Chart,
    NextAction,
    Query,
    category,
    count,
    integer,
    money,
    number,
    probability,
    question,
    share,
    sql,
)

WIN_BACK = NextAction("되찾기 프로그램", "Win them back", programme="win_back")


@question(
    "Q34",
    ko="가치는 높은데 구매 가능성이 낮은 고객은 누구인가요?",
    en="Who is valuable but unlikely to buy?",
    optional=("orders.margin_amount", "profile.expected_margin_12m"),
    hidden=("found_count", "found_margin", "found_expected", "buyer_count", "day_count"),
    sentence=(
        "구매 고객 {n:count}명 가운데 가치가 상위 20%이면서 이탈 가능성도 상위 20%인 고객은 {found:count}명입니다. "
        "이들의 최근 {days:days} 마진은 {margin:money}입니다. "
        "앞으로 12개월 기대 마진은 {expected:money}입니다.",
        "Of {n:count} buyers {found:count} are among the most valuable fifth and among the fifth least likely to buy. "
        "Their margin of the last {days:days} is {margin:money}. Their expected margin of the next 12 months is {expected:money}.",
    ),
    headline="""
        select max(buyer_count) as n, max(found_count) as found, max(found_margin) as margin, max(found_expected) as expected,
               max(day_count) as days
        from answer""",
    chart=Chart("none"),
    actions=(WIN_BACK, NextAction("구매 가능성을 좌우하는 요인", "What goes with likelihood", question="likelihood_reasons")),
    place=integer(ko="순위", en="Rank"),
    customer_id=integer(ko="고객", en="Customer"),
    churn_probability=probability(ko="이탈 가능성", en="Churn probability"),
    margin=money(ko="최근 마진", en="Margin of the last days"),
    expected_margin_12m=money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
    lifecycle_stage=category(ko="생애주기 단계", en="Lifecycle stage"),
    found_count=count(ko="해당 고객 수", en="Customers found"),
    found_margin=money(ko="해당 고객의 최근 마진", en="Their margin of the last days"),
    found_expected=money(ko="해당 고객의 기대 마진", en="Their expected margin"),
    buyer_count=count(ko="구매 고객 수", en="Buyers"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def valuable_but_unlikely(days: int = 365, top: int = 100) -> Query:
    """Buyers whose margin of the last days or expected margin is at the 80th percentile or above, and whose churn probability is, too.

    Margin before refunds; percentiles are those of all scored buyers; the most valuable first.
    """
    return sql(
        """
        with earned as (
            select customer_id, sum(margin_amount) as margin from orders
            where status = 'completed' and customer_id is not null and days_between(ordered_at, as_of) <= $days group by customer_id),
        scored as (
            select p.customer_id, coalesce(e.margin, 0) as margin, p.expected_margin_12m, p.churn_probability, p.lifecycle_stage
            from profile p left join earned e on e.customer_id = p.customer_id
            where p.order_count > 0 and p.churn_probability is not null),
        bars as (
            select percentile(cast(margin as double), 0.8) as margin_bar,
                   percentile(cast(expected_margin_12m as double), 0.8) as expected_bar,
                   percentile(churn_probability, 0.8) as churn_bar, count(*) as buyer_count
            from scored),
        found as (
            select s.customer_id, s.margin, s.expected_margin_12m, s.churn_probability, s.lifecycle_stage, b.buyer_count,
                   row_number() over (order by s.margin desc, s.expected_margin_12m desc, s.customer_id) as place,
                   count(*) over () as found_count, sum(s.margin) over () as found_margin,
                   sum(s.expected_margin_12m) over () as found_expected
            from scored s cross join bars b
            where s.churn_probability >= b.churn_bar
            and ((s.margin > 0 and cast(s.margin as double) >= b.margin_bar)
                 or (s.expected_margin_12m > 0 and cast(s.expected_margin_12m as double) >= b.expected_bar)))
        select place, customer_id, churn_probability, cast(margin as decimal(18, 2)) as margin, expected_margin_12m, lifecycle_stage,
               found_count, cast(found_margin as decimal(18, 2)) as found_margin, cast(found_expected as decimal(18, 2)) as found_expected,
               buyer_count, cast($days as bigint) as day_count
        from found where place <= $top order by place""",
        days=days,
        top=top,
    )


@question(
    "Q36",
    ko="구매 가능성을 높이거나 낮추는 것은 무엇인가요?",
    en="What raises or lowers likelihood to buy?",
    hidden=("buyer_count",),
    sentence=(
        "구매 가능성과 가장 크게 관련된 것은 '{reason}'입니다. 고객의 {raises:percent}에게는 가능성을 높이는 쪽으로, {lowers:percent}에게는 낮추는 쪽으로 작용합니다. "
        "관련이 있다는 뜻이며 원인이라는 뜻은 아닙니다.",
        'What goes with likelihood to buy most is "{reason}": it points up for {raises:percent} of customers and down for '
        "{lowers:percent}. This is association, not cause.",
    ),
    headline="""
        select min_by(reason, (-total_strength, reason)) as reason, min_by(raises_share, (-total_strength, reason)) as raises,
               min_by(lowers_share, (-total_strength, reason)) as lowers, max(buyer_count) as n
        from answer""",
    chart=Chart("stacked", "reason", ("raises_share", "lowers_share")),
    actions=(
        NextAction("가치는 높은데 구매 가능성이 낮은 고객", "Valuable but unlikely to buy", question="valuable_but_unlikely"),
        NextAction("다시 살 고객 명단", "Who will buy again", question="likely_buyers"),
    ),
    reason=category(ko="요인", en="What goes with it"),
    raises_share=share(ko="가능성을 높인 고객 비중", en="Customers for whom it points up"),
    lowers_share=share(ko="가능성을 낮춘 고객 비중", en="Customers for whom it points down"),
    customer_count=count(ko="주요 이유인 고객 수", en="Customers with it among the main reasons"),
    mean_strength=number(ko="평균 영향(로그 오즈)", en="Mean weight (log-odds)"),
    total_strength=number(ko="전체 영향(로그 오즈 합)", en="Weight in all (log-odds)"),
    buyer_count=count(ko="점수가 있는 고객 수", en="Customers scored"),
)
def likelihood_reasons() -> Query:
    """Groups of features by how much they move the churn scores of all buyers, the strongest first; association, not cause.

    Counted are the four strongest reasons of each customer; what lowers the churn probability raises the likelihood to buy.
    Weights are contributions to the score's log-odds (TreeSHAP).
    """
    return sql("""
        with explained as (
            select customer_id, churn_reasons from profile where order_count > 0 and churn_probability is not null),
        listed as (
            select split_part(churn_reasons, ';', 1) as said from explained
            union all select split_part(churn_reasons, ';', 2) from explained
            union all select split_part(churn_reasons, ';', 3) from explained
            union all select split_part(churn_reasons, ';', 4) from explained),
        parted as (
            select split_part(said, ':', 1) as reason, cast(split_part(said, ':', 2) as double) as weight
            from listed where said like '%:%'),
        buyers as (select count(*) as buyer_count from explained)
        select concat('reason:', p.reason) as reason, share(count(case when p.weight < 0 then 1 end), max(b.buyer_count)) as raises_share,
               share(count(case when p.weight > 0 then 1 end), max(b.buyer_count)) as lowers_share, count(*) as customer_count,
               avg(abs(p.weight)) as mean_strength, sum(abs(p.weight)) as total_strength, max(b.buyer_count) as buyer_count
        from parted p cross join buyers b group by p.reason order by total_strength desc, reason""")
