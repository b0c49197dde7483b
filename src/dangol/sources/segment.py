"""Segment: calls as JSON lines, and the table of tracks in a warehouse."""

from dangol.core.declare.source import Shape, shape, source

PROPERTIES = {
    "product_id": ("properties.product_id", "product_id"),
    "search_term": ("properties.query", "query"),
    "amount": ("properties.value", "properties.revenue"),
    "session_id": ("properties.session_id", "context.sessionId"),
    "page_url": ("properties.url", "context_page_url"),
    "utm_source": ("context.utm_source", "context_campaign_source"),
    "utm_medium": ("context.utm_medium", "context_campaign_medium"),
    "utm_campaign": ("context.utm_campaign", "context_campaign_name"),
    "utm_term": ("context.utm_term", "context_campaign_term"),
}


@source(ko="세그먼트", en="Segment")
def segment() -> tuple[Shape, ...]:
    """Every call is an event: a track by its own name, a page view or an identification by its type."""
    return (
        shape(
            "events",
            signs=("messageId", "anonymousId", "type"),
            event_id="messageId",
            occurred_at="timestamp",
            anonymous_id="anonymousId",
            optional={**PROPERTIES, "event_name": ("event", "type"), "customer_ref": "userId"},
        ),
        shape(
            "events",
            signs=("received_at", "original_timestamp", "sent_at"),
            event_id="id",
            event_name="event",
            occurred_at="timestamp",
            anonymous_id="anonymous_id",
            optional={**PROPERTIES, "customer_ref": "user_id"},
            ignored=("event_text",),
        ),
    )
