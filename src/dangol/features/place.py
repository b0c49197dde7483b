"""Where and when a customer buys: channel, store, weekday and hour."""

from dangol.core.declare import Query, category, count, feature, integer, share, sql


@feature(
    ko="판매 채널",
    en="Channels",
    main_channel=category(ko="주 구매 채널", en="Main channel"),
    main_channel_share=share(ko="주 채널 비중", en="Share of main channel"),
    channel_count=count(ko="이용 채널 수", en="Different channels"),
)
def channels() -> Query:
    """The channel most orders come through; equal channels are told apart by name."""
    return sql("""
        with used as (
            select customer_id, channel, count(*) as order_count
            from orders where status = 'completed' and customer_id is not null and channel is not null
            group by customer_id, channel),
        ranked as (
            select customer_id, channel, order_count,
                   row_number() over (partition by customer_id order by order_count desc, channel) as place,
                   sum(order_count) over (partition by customer_id) as total
            from used)
        select customer_id, max(case when place = 1 then channel end) as main_channel,
               max(case when place = 1 then share(order_count, total) end) as main_channel_share, count(*) as channel_count
        from ranked group by customer_id""")


@feature(
    ko="이용 매장",
    en="Stores",
    main_store=category(ko="주 이용 매장", en="Main store"),
    main_store_share=share(ko="주 매장 비중", en="Share of main store"),
    store_count=count(ko="이용 매장 수", en="Different stores"),
)
def stores_used() -> Query:
    """The store most orders are made in; equal stores are told apart by number."""
    return sql("""
        with used as (
            select customer_id, store_id, count(*) as order_count
            from orders where status = 'completed' and customer_id is not null and store_id is not null
            group by customer_id, store_id),
        ranked as (
            select customer_id, store_id, order_count,
                   row_number() over (partition by customer_id order by order_count desc, store_id) as place,
                   sum(order_count) over (partition by customer_id) as total
            from used)
        select customer_id, max(case when place = 1 then store_id end) as main_store,
               max(case when place = 1 then share(order_count, total) end) as main_store_share, count(*) as store_count
        from ranked group by customer_id""")


@feature(
    ko="구매 시간대",
    en="Buying time",
    main_weekday=integer(ko="주 구매 요일", en="Main weekday"),
    weekend_share=share(ko="주말 구매 비중", en="Share at weekends"),
    main_hour=integer(ko="주 구매 시간", en="Main hour"),
    evening_share=share(ko="저녁 구매 비중", en="Share in the evening"),
)
def buying_time() -> Query:
    """When the customer usually buys, on the company's clock: weekday 1 is Monday, hours 0 to 23; the evening is 18 to 24."""
    return sql("""
        with clocked as (
            select customer_id, cast(weekday_of(local(ordered_at)) as bigint) as weekday,
                   cast(extract(hour from local(ordered_at)) as bigint) as hour_of_day
            from orders where status = 'completed' and customer_id is not null),
        weekdays as (
            select customer_id, weekday, row_number() over (partition by customer_id order by count(*) desc, weekday) as place
            from clocked group by customer_id, weekday),
        hours as (
            select customer_id, hour_of_day,
                   row_number() over (partition by customer_id order by count(*) desc, hour_of_day) as place
            from clocked group by customer_id, hour_of_day),
        shares as (
            select customer_id, share(count(case when weekday >= 6 then 1 end), count(*)) as weekend_share,
                   share(count(case when hour_of_day >= 18 then 1 end), count(*)) as evening_share
            from clocked group by customer_id)
        select s.customer_id, w.weekday as main_weekday, s.weekend_share, h.hour_of_day as main_hour, s.evening_share
        from shares s
        join weekdays w on w.customer_id = s.customer_id and w.place = 1
        join hours h on h.customer_id = s.customer_id and h.place = 1""")
