"""Mailchimp: an audience as it is exported, and what its members did with each campaign's mail."""

from dangol.core.declare.source import Shape, shape, source

NAMES = {
    "given_name": ("First Name", "FNAME"),
    "family_name": ("Last Name", "LNAME"),
    "phone": ("Phone Number", "PHONE", "Phone"),
}


@source(ko="메일침프", en="Mailchimp")
def mailchimp() -> tuple[Shape, ...]:
    """The e-mail is the members' key in both files; a message is a campaign's mail to one member."""
    return (
        shape(
            "customers",
            signs=("MEMBER_RATING", "OPTIN_TIME"),
            customer_ref="Email Address",
            email="Email Address",
            optional={
                **NAMES,
                "address": "Address",
                "country": "CC",
                "region": "REGION",
                "registered_at": ("OPTIN_TIME", "CONFIRM_TIME"),
            },
            ignored=("Birthday", "NOTES", "LAST_CHANGED"),
        ),
        shape(
            "messages",
            signs=("email_id", "list_id"),
            constants={"channel": "email"},
            customer_ref="email_address",
            message_id="campaign_id",
            campaign_id="campaign_id",
            message_event="action",
            occurred_at="timestamp",
            ignored=("type", "url", "ip"),
        ),
    )
