"""Value-based bids: what a new customer of each source is worth, and so may cost (R125)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, money, number, question, share, sql


@question(
    "V12",
    ko="유입 경로별로 신규 고객 한 명에 얼마까지 입찰할 수 있나요?",
    en="How much may we bid for a new customer of each source?",
    optional=(
        "people.acquisition_channel",
        "events",
        "events.utm_source",
        "events.utm_medium",
        "events.utm_campaign",
        "events.utm_term",
        "spend",
        "profile.margin",
    ),
    hidden=("known_count",),
    sentence=(
        "돈을 쓰는 경로 가운데 신규 고객 한 명에 가장 높게 입찰할 수 있는 곳은 {name|(으)로} {best:money}까지입니다. 유입 경로를 아는 신규 고객은 {n:count}명입니다. "
        "지금 한 명에 드는 비용이 이 금액을 넘는 경로는 {over:count}곳입니다.",
        "Where money is spent the highest bid is possible for {name}: up to {best:money} for a new customer. "
        "{n:count} new customers came from a known source. "
        "For {over:count} of the sources a customer costs more than that today.",
    ),
    headline="""
        select max(case when place = 1 then source end) as name, max(case when place = 1 then bid end) as best,
               max(known_count) as n, case when count(cost_each) > 0 then count(case when cost_each > bid then 1 end) end as over
        from (select answer.*, row_number() over (
                         order by case when cost_each is null then 1 else 0 end, bid desc, source_kind, source,
                                  coalesce(medium, ''), coalesce(campaign, ''), coalesce(keyword, '')) as place
              from answer) ranked""",
    chart=Chart("bar", "source", ("bid", "cost_each")),
    actions=(
        NextAction("채널별로 낼 수 있는 획득 비용", "What each channel may cost", question="payable_acquisition_cost"),
        NextAction("유입 채널별 고객 가치", "Value by acquisition channel", question="value_by_channel"),
    ),
    source_kind=category(ko="구분", en="Kind of source"),
    source=category(ko="유입 소스", en="Source"),
    medium=category(ko="매체", en="Medium"),
    campaign=category(ko="캠페인", en="Campaign"),
    keyword=category(ko="키워드", en="Keyword"),
    customer_count=count(ko="신규 고객 수", en="New customers"),
    value_each=money(ko="고객당 예상 가치(12개월)", en="Predicted value each, 12 months"),
    value_low=money(ko="예상 가치 하한(95%)", en="Predicted value, low (95 %)"),
    value_high=money(ko="예상 가치 상한(95%)", en="Predicted value, high (95 %)"),
    target_share=share(ko="가치 중 쓸 비중", en="Share of the value to spend"),
    bid=money(ko="낼 수 있는 최대 비용", en="The most we may pay"),
    cost_each=money(ko="지금 드는 비용", en="Cost each today"),
    value_ratio=number(ko="가치/비용(배)", en="Value to cost, times"),
    known_count=count(ko="유입 경로를 아는 신규 고객", en="New customers of a known source"),
)
def value_based_bids(days: int = 365, target_share: float = 0.33, fewest: int = 10) -> Query:
    """By source: what its new customers of the last days bring in their first twelve months, and the share of it a bid may take.

    Sources are the acquisition channel of customers, and source, medium, campaign and keyword (`utm_term`) of the last web visit that
    named a source, at most 90 days before the first order. The value is the margin so far and
    the part of the expected margin that falls into the first twelve months, with a 95 % interval of its mean. Sources of fewer than
    `fewest` customers are left out. Cost today is the spend of a channel over its new customers; what campaigns and keywords cost tells Q45.
    """
    return sql(
        """
        with newcomers as (
            select customer_id, first_ordered_at,
                   cast(coalesce(margin, 0) as double)
                   + cast(expected_margin_12m as double)
                     * greatest(0e0, least(365e0, 365e0 - days_between(first_ordered_at, as_of))) / 365e0 as worth
            from profile
            where order_count > 0 and expected_margin_12m is not null and days_between(first_ordered_at, as_of) <= $days),
        visits as (
            select e.customer_id, e.utm_source as source, e.utm_medium as medium, e.utm_campaign as campaign,
                   e.utm_term as keyword,
                   row_number() over (partition by e.customer_id order by e.occurred_at desc, e.event_id) as place
            from events e join newcomers n on n.customer_id = e.customer_id
            where e.utm_source is not null and e.occurred_at <= n.first_ordered_at
                  and days_between(e.occurred_at, n.first_ordered_at) <= 90),
        sourced as (
            select n.customer_id, n.worth, 'channel' as source_kind, a.acquisition_channel as source, cast(null as varchar) as medium,
                   cast(null as varchar) as campaign, cast(null as varchar) as keyword
            from newcomers n join people a on a.customer_id = n.customer_id where a.acquisition_channel is not null
            union all
            select n.customer_id, n.worth, 'visit' as source_kind, v.source, v.medium, v.campaign, v.keyword
            from newcomers n join visits v on v.customer_id = n.customer_id where v.place = 1),
        known as (select count(distinct customer_id) as known_count from sourced),
        valued as (
            select source_kind, source, medium, campaign, keyword, count(*) as customers, avg(worth) as worth,
                   stddev_samp(worth) / sqrt(count(*)) as error
            from sourced group by source_kind, source, medium, campaign, keyword having count(*) >= $fewest),
        spent as (
            select channel, sum(cost) as cost from spend
            where channel is not null and days_between(cast(spent_on as timestamp), local(as_of)) <= $days group by channel),
        priced as (
            select v.source_kind, v.source, v.medium, v.campaign, v.keyword, v.customers, v.worth, v.error,
                   case when v.source_kind = 'channel' then s.cost end as cost
            from valued v left join spent s on s.channel = v.source)
        select p.source_kind, p.source, p.medium, p.campaign, p.keyword, p.customers as customer_count,
               cast(p.worth as decimal(18, 2)) as value_each,
               cast(p.worth - 1.96e0 * p.error as decimal(18, 2)) as value_low,
               cast(p.worth + 1.96e0 * p.error as decimal(18, 2)) as value_high,
               cast($target_share as double) as target_share,
               cast(greatest(p.worth, 0e0) * $target_share as decimal(18, 2)) as bid, money_per(p.cost, p.customers) as cost_each,
               share(p.worth * p.customers, p.cost) as value_ratio, k.known_count
        from priced p cross join known k
        order by p.source_kind, bid desc, p.source, coalesce(p.medium, ''), coalesce(p.campaign, ''), coalesce(p.keyword, '')""",
        days=days,
        target_share=target_share,
        fewest=fewest,
    )
