"""WooCommerce: orders line by line as its export extensions write them, and customers as its analytics export them."""

from dangol.core.declare.source import Shape, shape, source

BUYER = {
    "email": "Email (Billing)",
    "given_name": "First Name (Billing)",
    "family_name": "Last Name (Billing)",
    "phone": "Phone (Billing)",
    "address": "Address 1&2 (Billing)",
    "postcode": "Postcode (Billing)",
    "city": "City (Billing)",
    "region": "State Code (Billing)",
    "country": "Country Code (Billing)",
}


@source(ko="우커머스", en="WooCommerce")
def woocommerce() -> tuple[Shape, ...]:
    """Guests have no number, so the e-mail of the bill is the customers' key; the parcel's address is left alone."""
    return (
        shape(
            "order_lines",
            signs=("Order Status", "Item Name", "Order Total Amount"),
            ignored=(
                "Customer Note",
                "Order Total Amount",
                "Order Subtotal Amount",
                "Cart Discount Amount",
                "Discount Amount",
                "Company (Billing)",
            ),
            order_id="Order Number",
            ordered_at="Order Date",
            status="Order Status",
            customer_ref="Email (Billing)",
            product_name="Item Name",
            quantity="Quantity (- Refund)",
            optional={
                **BUYER,
                "product_id": ("SKU", "Item Name"),
                "unit_price": "Item Cost",
                "shipping_amount": "Order Shipping Amount",
                "coupon_code": "Coupon Code",
                "payment_method": "Payment Method Title",
                "order_region": "State Code (Shipping)",
            },
        ),
        shape(
            "customers",
            signs=("Username", "Total spend", "AOV"),
            ignored=("Orders", "Last active"),
            customer_ref="Email",
            customer_name="Name",
            email="Email",
            optional={
                "registered_at": ("Sign up", "Date registered"),
                "country": "Country / Region",
                "region": "Region",
                "city": "City",
                "postcode": "Postal code",
            },
        ),
    )
