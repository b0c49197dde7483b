"""Google Analytics 4: the daily event tables of its BigQuery export, as JSON lines."""

from dangol.core.declare.source import Shape, shape, source


@source(ko="구글 애널리틱스 4", en="Google Analytics 4")
def google_analytics() -> tuple[Shape, ...]:
    """Moments come in microseconds since 1970; a visitor is a customer only where the site sets a user id."""
    return (
        shape(
            "events",
            signs=("event_date", "user_pseudo_id"),
            occurred_at="event_timestamp",
            event_name="event_name",
            anonymous_id="user_pseudo_id",
            optional={
                "customer_ref": "user_id",
                "device": "device.category",
                "utm_source": ("collected_traffic_source.manual_source", "traffic_source.source"),
                "utm_medium": ("collected_traffic_source.manual_medium", "traffic_source.medium"),
                "utm_campaign": ("collected_traffic_source.manual_campaign_name", "traffic_source.name"),
                "utm_term": "collected_traffic_source.manual_term",
            },
            ignored=("event_date", "platform"),
        ),
    )
