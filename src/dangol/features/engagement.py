"""Engagement: visits, messages and conversations."""

from dangol.core.declare import Query, count, days, feature, share, sql


@feature(
    ko="웹/앱 행동",
    en="Visits",
    event_count_30=count(ko="최근 30일 행동 수", en="Events in 30 days"),
    event_count_90=count(ko="최근 90일 행동 수", en="Events in 90 days"),
    visit_day_count_90=count(ko="최근 90일 방문일 수", en="Days with a visit in 90 days"),
    cart_count_90=count(ko="최근 90일 장바구니 담기", en="Added to cart in 90 days"),
    search_count_90=count(ko="최근 90일 검색", en="Searches in 90 days"),
    last_visit_days=days(ko="마지막 방문 후 일수", en="Days since last visit"),
)
def visits() -> Query:
    """What the customer did on web and app in the last 90 days; event names are those of Segment's e-commerce specification."""
    return sql("""
        with by_day as (
            select customer_id, date_trunc('day', local(occurred_at)) as visit_day, max(occurred_at) as last_at,
                   count(*) as event_count,
                   count(case when days_between(occurred_at, as_of) <= 30 then 1 end) as recent_count,
                   count(case when event_name = 'Product Added' then 1 end) as cart_count,
                   count(case when event_name = 'Products Searched' then 1 end) as search_count
            from events
            where customer_id is not null and occurred_at >= as_of - interval '90' day
            group by customer_id, date_trunc('day', local(occurred_at)))
        select customer_id, sum(recent_count) as event_count_30, sum(event_count) as event_count_90,
               count(*) as visit_day_count_90, sum(cart_count) as cart_count_90, sum(search_count) as search_count_90,
               days_between(max(last_at), as_of) as last_visit_days
        from by_day group by customer_id""")


@feature(
    ko="메시지 반응",
    en="Messages",
    message_count_90=count(ko="최근 90일 발송 수", en="Messages sent in 90 days"),
    open_share_90=share(ko="최근 90일 오픈율", en="Opened in 90 days"),
    click_share_90=share(ko="최근 90일 클릭률", en="Clicked in 90 days"),
)
def messages_answered() -> Query:
    """How the customer took our messages of the last 90 days; a message opened twice counts once, one sent before not at all."""
    return sql("""
        with by_message as (
            select customer_id, message_id, max(case when message_event = 'sent' then 1 else 0 end) as sent,
                   max(case when message_event = 'opened' then 1 else 0 end) as opened,
                   max(case when message_event = 'clicked' then 1 else 0 end) as clicked
            from messages
            where customer_id is not null and occurred_at >= as_of - interval '90' day
            group by customer_id, message_id)
        select customer_id, sum(sent) as message_count_90, share(sum(opened * sent), sum(sent)) as open_share_90,
               share(sum(clicked * sent), sum(sent)) as click_share_90
        from by_message group by customer_id""")


@feature(
    ko="상담",
    en="Conversations",
    conversation_count_90=count(ko="최근 90일 상담 수", en="Conversations in 90 days"),
    open_conversation_count=count(ko="처리되지 않은 상담 수", en="Unanswered conversations"),
)
def conversations() -> Query:
    """How often the customer had to talk to us in the last 90 days, and what is still unanswered."""
    return sql("""
        select customer_id, count(case when days_between(occurred_at, as_of) <= 90 then 1 end) as conversation_count_90,
               count(case when resolved_at is null then 1 end) as open_conversation_count
        from interactions where customer_id is not null group by customer_id""")
