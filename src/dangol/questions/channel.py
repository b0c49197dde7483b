"""Channels: who buys through one of them, who through several, and how people move between them (Q88)."""

from dangol.core.declare import Chart, NextAction, Query, category, count, integer, money, question, share, sql


@question(
    "Q88",
    ko="한 채널만 쓰는 고객과 여러 채널을 쓰는 고객은 어떻게 다른가요?",
    en="How do customers of one channel differ from those of several?",
    optional=("profile.expected_margin_12m",),
    hidden=("day_count",),
    sentence=(
        "최근 {days:days} 구매 고객 {n:count}명 가운데 {multi:count}명({multi_share:percent})이 두 개 이상의 채널에서 샀습니다. "
        "1인당 매출은 여러 채널 고객이 {multi_each:money}, 한 채널 고객이 {single_each:money}입니다. "
        "여러 채널 고객 중 {moved:count}명은 그 전 기간에 한 채널만 쓰던 고객입니다.",
        "Of {n:count} buyers of the last {days:days} {multi:count} ({multi_share:percent}) bought through several channels. "
        "Sales per customer: {multi_each:money} with several channels, {single_each:money} with one. "
        "Of those with several, {moved:count} used one channel in the period before.",
    ),
    headline="""
        select sum(customer_count) as n, max(day_count) as days,
               sum(case when channel_count > 1 then customer_count else 0 end) as multi,
               share(sum(case when channel_count > 1 then customer_count else 0 end), sum(customer_count)) as multi_share,
               share(sum(case when channel_count > 1 then net_sales end), sum(case when channel_count > 1 then customer_count end)) as multi_each,
               share(sum(case when channel_count = 1 then net_sales end), sum(case when channel_count = 1 then customer_count end)) as single_each,
               sum(case when channel_count > 1 then one_before_count else 0 end) as moved
        from answer""",
    chart=Chart("bar", "channels", ("sales_per_customer",)),
    actions=(
        NextAction("여러 채널 고객 보기", "See customers of several channels", rule="channel_count >= 2"),
        NextAction("매장별 매출", "What stores sell", question="sales_by_store"),
    ),
    channels=category(ko="이용 채널", en="Channels"),
    channel_count=integer(ko="채널 수", en="Number of channels"),
    customer_count=count(ko="고객 수", en="Customers"),
    customer_share=share(ko="비중", en="Share"),
    net_sales=money(ko="순매출", en="Net sales"),
    sales_per_customer=money(ko="1인당 매출", en="Sales per customer"),
    value_per_customer=money(ko="1인당 기대 마진(12개월)", en="Expected margin per customer, 12 months"),
    new_count=count(ko="이전 기간에 구매 없음", en="Bought nothing in the period before"),
    one_before_count=count(ko="이전 기간 한 채널", en="One channel in the period before"),
    several_before_count=count(ko="이전 기간 여러 채널", en="Several channels in the period before"),
    day_count=integer(ko="기간(일)", en="Days looked back"),
)
def customers_by_channels(days: int = 365, fewest: int = 10) -> Query:
    """Buyers of the last days by the set of channels they used, what they spent, and what they used in as many days before.

    Sets with fewer customers than `fewest` are put together as 'other' of their number of channels. Orders without a channel do
    not count.
    """
    return sql(
        """
        with bought as (
            select customer_id, channel, net_amount, case when days_between(ordered_at, as_of) <= $days then 1 else 0 end as is_now
            from orders
            where status = 'completed' and customer_id is not null and channel is not null
              and days_between(ordered_at, as_of) <= 2 * $days),
        used as (
            select customer_id, array_to_string(list_sort(list(distinct case when is_now = 1 then channel end)), ' + ') as channels,
                   count(distinct case when is_now = 1 then channel end) as channel_count,
                   count(distinct case when is_now = 0 then channel end) as before_count,
                   sum(case when is_now = 1 then net_amount else 0 end) as net_sales
            from bought group by customer_id),
        grouped as (
            select case when count(*) over (partition by u.channels) >= $fewest then u.channels else 'other' end as channels,
                   u.channel_count, u.before_count, u.net_sales, p.expected_margin_12m
            from used u left join profile p on p.customer_id = u.customer_id where u.channel_count > 0)
        select channels, cast(channel_count as bigint) as channel_count, count(*) as customer_count,
               share(count(*), sum(count(*)) over ()) as customer_share, cast(sum(net_sales) as decimal(18, 2)) as net_sales,
               money_per(sum(net_sales), count(*)) as sales_per_customer,
               money_per(sum(expected_margin_12m), count(expected_margin_12m)) as value_per_customer,
               count(case when before_count = 0 then 1 end) as new_count, count(case when before_count = 1 then 1 end) as one_before_count,
               count(case when before_count > 1 then 1 end) as several_before_count, cast($days as bigint) as day_count
        from grouped group by channels, channel_count order by customer_count desc, channels, channel_count""",
        days=days,
        fewest=fewest,
    )
