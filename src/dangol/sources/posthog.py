"""PostHog: events as its batch exports write them."""

from dangol.core.declare.source import Shape, shape, source


@source(ko="포스트호그", en="PostHog")
def posthog() -> tuple[Shape, ...]:
    """The distinct id names a visitor; a customer is known where the site identifies one."""
    return (
        shape(
            "events",
            signs=("uuid",),
            event_id="uuid",
            event_name="event",
            occurred_at="timestamp",
            anonymous_id="distinct_id",
            optional={
                "customer_ref": "properties.$user_id",
                "session_id": ("properties.$session_id", "session_id"),
                "page_url": "properties.$current_url",
                "device": "properties.$device_type",
                "utm_source": "properties.utm_source",
                "utm_medium": "properties.utm_medium",
                "utm_campaign": "properties.utm_campaign",
                "utm_term": "properties.utm_term",
            },
            ignored=("person_id", "created_at"),
        ),
    )
