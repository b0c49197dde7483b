"""Klaviyo: profiles as its lists export them, and events as they are synchronised into a warehouse."""

from dangol.core.declare.source import Shape, shape, source


@source(ko="클라비요", en="Klaviyo")
def klaviyo() -> tuple[Shape, ...]:
    """Profiles and events share Klaviyo's own person number; events that are no messages are refused and counted."""
    return (
        shape(
            "customers",
            customer_ref="Klaviyo ID",
            email="Email",
            optional={
                "given_name": "First Name",
                "family_name": "Last Name",
                "phone": "Phone Number",
                "address": ("Address", "Address 2"),
                "city": "City",
                "region": "State / Region",
                "country": "Country",
                "postcode": "Zip Code",
                "registered_at": ("Profile Created On", "Date Added"),
                "acquisition_channel": ("Initial Source", "Source"),
            },
            ignored=("Organization", "Title", "Last Active"),
        ),
        shape(
            "messages",
            signs=("metric_id", "flow_id"),
            constants={"channel": "email"},
            customer_ref="person_id",
            message_id="id",
            message_event="type",
            occurred_at="datetime",
            optional={"campaign_id": ("campaign_id", "flow_id")},
            ignored=("timestamp", "uuid"),
        ),
    )
