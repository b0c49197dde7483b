"""Salesforce: accounts, contacts, leads and opportunities as its data export writes them."""

from dangol.core.declare.source import Headers, Shape, shape, source

LEAD: dict[str, Headers] = {
    "lead_source": "LeadSource",
    "created_at": "CreatedDate",
    "converted_at": "ConvertedDate",
    "refuses_calls": "DoNotCall",
    "refuses_email": "HasOptedOutOfEmail",
    "family_name": "LastName",
    "given_name": "FirstName",
    "email": "Email",
    "phone": ("MobilePhone", "Phone"),
}


@source(ko="세일즈포스", en="Salesforce")
def salesforce() -> tuple[Shape, ...]:
    """Ids are the 18 letters that all objects share; a lead is a record of its own until it is converted."""
    return (
        shape(
            "opportunities",
            opportunity_id="Id",
            account_ref="AccountId",
            stage="StageName",
            closed_at="CloseDate",
            optional={"amount": "Amount", "opened_at": "CreatedDate", "staff_id": "OwnerId"},
            ignored=("Name", "Type", "LeadSource"),
        ),
        shape(
            "customers",
            customer_ref="Id",
            account_ref="AccountId",
            family_name="LastName",
            given_name="FirstName",
            email="Email",
            optional={
                "phone": ("MobilePhone", "Phone"),
                "address": "MailingStreet",
                "city": "MailingCity",
                "region": "MailingState",
                "postcode": "MailingPostalCode",
                "country": "MailingCountry",
                "birth_date": "Birthdate",
                "registered_at": "CreatedDate",
                "acquisition_channel": "LeadSource",
                "account_role": "Title",
            },
            ignored=("Name", "Fax"),
        ),
        shape(
            "leads",
            signs=("LastName", "Company"),
            lead_ref="Id",
            lead_status="Status",
            optional=LEAD,
            ignored=("Name", "Title"),
        ),
        shape(
            "accounts",
            signs=("BillingCountry",),
            account_ref="Id",
            account_name="Name",
            industry="Industry",
            annual_revenue="AnnualRevenue",
            optional={
                "employee_count": "NumberOfEmployees",
                "parent_ref": "ParentId",
                "country": "BillingCountry",
                "region": "BillingState",
            },
            ignored=("Type",),
        ),
    )
