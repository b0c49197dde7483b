"""Shopify: orders line by line, customers and products, as the shop's administration exports them."""

from collections.abc import Mapping

from dangol.core.declare.source import Headers, Shape, shape, source

BUYER: Mapping[str, Headers] = {
    "customer_ref": ("Email", "Phone", "Billing Phone"),
    "email": "Email",
    "phone": ("Phone", "Billing Phone"),
    "customer_name": "Billing Name",
    "address": ("Billing Address1", "Billing Address2"),
    "postcode": "Billing Zip",
    "city": "Billing City",
    "region": "Billing Province",
    "country": "Billing Country",
}
CUSTOMER: Mapping[str, Headers] = {
    "customer_ref": ("Email", "Phone"),
    "email": "Email",
    "given_name": "First Name",
    "family_name": "Last Name",
}


@source(ko="쇼피파이", en="Shopify")
def shopify() -> tuple[Shape, ...]:
    """Orders name no customer number, so the e-mail, else the telephone number, is the key in both files."""
    return (
        shape(
            "order_lines",
            signs=("Financial Status", "Fulfillment Status"),
            ignored=("Shipping Name", "Shipping Phone", "Shipping Zip", "Shipping City", "Subtotal", "Total", "Id", "Source"),
            order_id="Name",
            ordered_at="Created at",
            product_name="Lineitem name",
            quantity="Lineitem quantity",
            unit_price="Lineitem price",
            discount_amount=("Lineitem discount", "Discount Amount"),  # the order's own discount stands on its first line
            optional={
                **BUYER,
                "product_id": ("Lineitem sku", "Lineitem name"),
                "coupon_code": "Discount Code",
                "shipping_amount": "Shipping",
                "tax_amount": "Taxes",
                "status": "Financial Status",
                "payment_method": "Payment Method",
                "currency": "Currency",
                "order_region": "Shipping Province",
                "shipped_at": "Fulfilled at",
                "cancelled_at": "Cancelled at",
                "staff_id": "Employee",
                "store_id": "Location",
            },
        ),
        shape(
            "customers",
            signs=("Accepts Email Marketing", "Total Spent", "Total Orders", "First Name", "Last Name"),
            ignored=("Customer ID", "Company", "Default Address Company"),
            optional={
                **CUSTOMER,
                "phone": ("Phone", "Default Address Phone"),
                "address": ("Default Address Address1", "Default Address Address2", "Address1", "Address2"),
                "postcode": ("Default Address Zip", "Zip"),
                "city": ("Default Address City", "City"),
                "region": ("Default Address Province Code", "Province"),
                "country": ("Default Address Country Code", "Country"),
            },
        ),
        shape(
            "products",
            signs=("Handle", "Vendor", "Variant Price"),
            product_id="Variant SKU",
            optional={
                "product_name": "Title",
                "category": ("Type", "Product Category"),
                "brand": "Vendor",
                "list_price": "Variant Price",
                "unit_cost": "Cost per item",
            },
            ignored=("Handle", "Status"),
        ),
    )
