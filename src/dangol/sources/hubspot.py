"""HubSpot: contacts, companies and deals as its lists export them."""

from dangol.core.declare.source import Shape, shape, source

PLACE = {"country": "Country/Region", "region": "State/Region"}


@source(ko="허브스팟", en="HubSpot")
def hubspot() -> tuple[Shape, ...]:
    """Record ids are HubSpot's own; of several associated companies the text is kept as it is."""
    return (
        shape(
            "customers",
            customer_ref="Record ID",
            given_name="First Name",
            family_name="Last Name",
            email="Email",
            optional={
                **PLACE,
                "phone": ("Mobile Phone Number", "Phone Number"),
                "registered_at": "Create Date",
                "address": "Street Address",
                "city": "City",
                "postcode": "Postal Code",
                "acquisition_channel": "Original Source",
                "account_ref": ("Primary Associated Company ID", "Associated Company IDs"),
                "account_role": "Job Title",
            },
            ignored=("Contact owner",),
        ),
        shape(
            "accounts",
            account_ref="Record ID",
            account_name="Company name",
            optional={
                **PLACE,
                "industry": "Industry",
                "employee_count": "Number of Employees",
                "annual_revenue": "Annual Revenue",
                "parent_ref": ("Parent Company ID", "Parent Company IDs"),
            },
            ignored=("Company owner", "Phone Number", "Type"),
        ),
        shape(
            "opportunities",
            signs=("Deal Name",),
            opportunity_id="Record ID",
            stage="Deal Stage",
            optional={
                "amount": "Amount",
                "opened_at": "Create Date",
                "closed_at": "Close Date",
                "staff_id": "Deal owner",
                "account_ref": ("Primary Associated Company ID", "Associated Company IDs"),
            },
            ignored=("Pipeline",),
        ),
    )
