"""What the parts of a header mean in our tables: owner and head say which column, everything else may narrow or forbid it.

The order of Korean compounds decides: in 상품주문번호 the number belongs to the order, in 주문상품번호 to the product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dangol.core.tables import TABLES, Table
from dangol.intake.automap.phrase import Phrase

UNKNOWN_WORD = 0.5
SECOND_OF_ITS_KIND = 0.6


@dataclass(frozen=True)
class Sense:
    """One way to say a column.

    Attributes:
        owners: what the value belongs to; empty for a header that names no owner.
        heads: kinds of value; empty for a header without one.
        also: atoms that may stand beside without changing the meaning.
        score: how sure such a header is.
        needs: of those that may stand beside the ones that must.
    """

    owners: frozenset[str]
    heads: frozenset[str]
    also: frozenset[str] = frozenset()
    score: float = 0.95
    needs: frozenset[str] = frozenset()

    def score_of(self, phrase: Phrase) -> float:
        """How well a header says this, 0 to 1."""
        if (phrase.owner or "-") not in self.owners or (phrase.head or "-") not in self.heads:
            return 0.0
        if not self.needs <= phrase.rest <= self.also:
            return 0.0
        second = SECOND_OF_ITS_KIND if phrase.number > 1 else 1.0
        return float(self.score * second * UNKNOWN_WORD ** len(phrase.unknown))


def sense(owners: str, heads: str, also: str = "", score: float = 0.95, needs: str = "") -> Sense:
    """A sense written in words; `-` stands for none."""
    must = frozenset(needs.split())
    return Sense(frozenset(owners.split()), frozenset(heads.split()), frozenset(also.split()) | must, score, must)


PERSON = "@buyer default"
ADDRESS_ALSO = "ADDRESS @buyer default order payment"
SENSES: Mapping[str, tuple[Sense, ...]] = {
    "customer_ref": (
        sense("@buyer", "NUMBER", "order join channel NAME"),
        sense("@buyer", "-", score=0.6),
        sense("@buyer", "UNCLEAR", score=0.5),  # 주문자 번호 may be a number or a telephone: its values tell
    ),
    "customer_name": (
        sense("@buyer", "NAME", "order full GIVEN FAMILY"),
        sense("@buyer", "-", score=0.8),
        sense("-", "NAME", "full", score=0.7),
        sense("full", "NAME", "@buyer", score=0.9),
    ),
    "given_name": (sense("@buyer - default", "GIVEN", "@buyer NAME"), sense("@buyer - default", "NAME", "@buyer", needs="GIVEN")),
    "family_name": (
        sense("@buyer - default", "FAMILY", "@buyer NAME"),
        sense("@buyer - default", "NAME", "@buyer", needs="FAMILY"),
    ),
    "phone": (
        sense("@buyer", "PHONE", "order NUMBER"),
        sense("@buyer", "UNCLEAR", score=0.5),
        sense("@buyer", "NUMBER", "order", needs="PHONE"),
        sense("- default", "PHONE", "@buyer", score=0.93),
        sense("- default", "NUMBER", "@buyer", score=0.93, needs="PHONE"),
    ),
    "email": (
        sense("@buyer", "EMAIL", "order NUMBER"),
        sense("@buyer", "ADDRESS", "order", needs="EMAIL"),
        sense("- default", "EMAIL", "@buyer NUMBER", score=0.93),
        sense("- default", "ADDRESS", "@buyer", score=0.93, needs="EMAIL"),
    ),
    "gender": (sense("gender", "- KIND NUMBER", "@buyer"),),
    "birth_date": (sense("birth", "- DATE", "@buyer"),),
    "age_band": (sense("age", "- KIND", "@buyer"),),
    "income_band": (sense("income", "- AMOUNT KIND", "@buyer"),),
    "marital_status": (sense("marital", "- STATUS FLAG", "@buyer"),),
    "occupation": (sense("job", "- NAME KIND", "@buyer"),),
    "address": (sense(PERSON, "ADDRESS", "@buyer default order full"), sense("- full", "ADDRESS", score=0.92)),
    "postcode": (
        sense("@buyer default bill", "POSTCODE", ADDRESS_ALSO + " NUMBER"),
        sense("-", "POSTCODE", "ADDRESS NUMBER", score=0.93),
    ),
    "city": (sense("@buyer default", "CITY", ADDRESS_ALSO), sense("-", "CITY", "ADDRESS NAME", score=0.93)),
    "region": (
        sense("@buyer default", "REGION", ADDRESS_ALSO + " NAME"),
        sense("-", "REGION", "ADDRESS NAME COUNTRY", score=0.93),
    ),
    "country": (
        sense("@buyer default", "COUNTRY", ADDRESS_ALSO + " NAME"),
        sense("-", "COUNTRY", "ADDRESS NAME REGION", score=0.93),
    ),
    "registered_at": (sense("join", "DATE -", "@buyer order default", score=0.93), sense("@buyer", "DATE", "join", score=0.7)),
    "acquisition_channel": (sense("source", "- KIND METHOD NAME", "join @buyer first channel", score=0.85),),
    "account_ref": (sense("@account", "NUMBER", "@buyer"),),
    "account_name": (sense("@account", "NAME -", "@buyer", score=0.9),),
    "business_number": (sense("business_number", "-", "@account"),),
    "industry": (sense("industry", "- NAME KIND", "@account"),),
    "employee_count": (sense("employees", "- QUANTITY NUMBER", "@account"), sense("@staff", "QUANTITY", score=0.8)),
    "annual_revenue": (sense("@account total -", "AMOUNT", "annual", score=0.6),),
    "order_id": (
        sense("order", "NUMBER", "channel external payment @buyer sale"),
        sense("order", "-", score=0.6),
        sense("order", "NAME", "channel", score=0.5),
        sense("bill sale", "NUMBER", score=0.9),
        sense("order", "NUMBER", "product channel external", score=0.55),
        sense("payment", "NUMBER", score=0.5),
    ),
    "line_no": (sense("line", "NUMBER -", "order product"),),
    "ordered_at": (
        sense("order", "DATE", "sale channel join @buyer external"),
        sense("sale bill", "DATE", "order", score=0.94),
        sense("payment", "DATE", "order confirm complete", score=0.9),
        sense("join", "DATE", "order", score=0.8),
        sense("-", "DATE", score=0.75),
    ),
    "status": (
        sense("order", "STATUS", "payment", score=0.95),
        sense("payment settle", "STATUS", score=0.75),
        sense("-", "STATUS", score=0.8),
    ),
    "channel": (sense("channel", "- NAME", "sale order", score=0.9), sense("order sale", "KIND", "channel", score=0.6)),
    "store_id": (sense("store", "NUMBER", "sale order"), sense("store", "- NAME", "sale order", score=0.8)),
    "staff_id": (sense("@staff", "NUMBER", "sale order"), sense("@staff", "- NAME", "sale order", score=0.85)),
    "device": (sense("device", "- KIND NAME", "order payment category", score=0.9),),
    "order_region": (
        sense("shipping @receiver", "REGION", "ADDRESS @receiver shipping", score=0.975),
        sense("shipping @receiver", "COUNTRY CITY", "ADDRESS @receiver shipping NAME", score=0.7),
    ),
    "currency": (sense("currency", "- NUMBER", "order payment"),),
    "gross_amount": (
        sense("gross", "- AMOUNT", "order total sale"),
        sense("order product", "AMOUNT", "gross total order", score=0.7),
    ),
    "order_discount_amount": (sense("discount", "AMOUNT -", "order total", score=0.8),),
    "net_amount": (
        sense("net", "AMOUNT -", "order payment sale total"),
        sense("payment", "AMOUNT", "net total order product", score=0.94),
        sense("sale", "AMOUNT", "product line total", score=0.95, needs="net"),
        sense("sale", "AMOUNT", "total product line", score=0.9),
        sense("total sale", "UNITPRICE", "product line order sale", score=0.9, needs="total"),
        sense("total", "UNITPRICE", "product line order sale", score=0.9),
        sense("order", "AMOUNT", "total net payment product gross line", score=0.85),
        sense("total line", "AMOUNT", "line total order product net", score=0.85),
        sense("product", "AMOUNT", "net payment order", score=0.88, needs="total"),
        sense("product", "AMOUNT", "net payment order", score=0.6),
        sense("-", "AMOUNT", score=0.6),
    ),
    "tax_amount": (sense("tax", "AMOUNT -", "total order sale line"),),
    "shipping_amount": (sense("shipping", "AMOUNT -", "order total net @buyer default", score=0.92),),
    "coupon_code": (
        sense("coupon", "NUMBER -", "discount order"),
        sense("discount", "NUMBER", "coupon order"),
        sense("coupon", "NAME", score=0.7),
    ),
    "payment_method": (sense("payment title", "METHOD KIND", "order NAME title payment"), sense("payment", "-", score=0.6)),
    "shipped_at": (sense("shipping", "DATE", "order confirm", score=0.92),),
    "cancelled_at": (sense("cancel", "DATE", "order"),),
    "product_id": (
        sense("product", "NUMBER", "order sale line internal"),
        sense("internal", "NUMBER", "order sale", score=0.9, needs="product"),
        sense("product", "NUMBER", "@seller option channel external", score=0.85),
        sense("product", "-", score=0.5),
        sense("option", "NUMBER", "product @seller", score=0.5),
    ),
    "product_name": (
        sense("product line", "NAME", "title order sale line product join shown"),
        sense("product line", "NAME", "channel @seller internal external", score=0.85),
        sense("product", "TEXT", "order", score=0.85),
        sense("product", "NAME", "store", score=0.8),
        sense("title", "-", "product line", score=0.9, needs="product"),
        sense("product", "-", "order", score=0.75),
    ),
    "quantity": (
        sense("- order sale product line", "QUANTITY", "order product sale line", score=0.95),
        sense("refund", "QUANTITY", "product", score=0.9),
        sense("inventory", "QUANTITY -", "product", score=0.9),
    ),
    "unit_price": (
        sense("- product sale line unit", "UNITPRICE", "product sale unit line order"),
        sense("unit", "AMOUNT", "product sale line order"),
        sense("product line avg", "AMOUNT", "sale avg line product unit", score=0.9),
        sense("sale", "UNITPRICE AMOUNT", "option product unit", score=0.85),
        sense("option", "UNITPRICE", "product sale", score=0.85),
    ),
    "discount_amount": (
        sense("discount", "AMOUNT -", "product line total sale order @seller default", score=0.93),
        sense("discount", "AMOUNT", "payment", score=0.7),
    ),
    "coupon_amount": (
        sense("coupon", "AMOUNT", "discount product order total @seller"),
        sense("discount", "- AMOUNT", "product order total @seller", needs="coupon"),
    ),
    "unit_cost": (sense("cost", "AMOUNT UNITPRICE -", "unit product @seller", score=0.92),),
    "cost_amount": (sense("cost", "AMOUNT", "total order"),),
    "margin_amount": (sense("margin", "AMOUNT -", "total order product"),),
    "return_id": (sense("refund", "NUMBER", "order"),),
    "returned_at": (sense("refund", "DATE", "confirm order"),),
    "refund_amount": (sense("refund", "AMOUNT", "net total order"),),
    "reason": (sense("refund", "REASON", "cancel exchange order"), sense("-", "REASON", score=0.85)),
    "category": (
        sense("category", "- NAME NUMBER", "product line sale", score=0.95),
        sense("category", "AMOUNT", score=0.9, needs="sale"),
        sense("product", "KIND", score=0.7),
    ),
    "department": (sense("department", "- NAME", "product", score=0.8),),
    "brand": (sense("brand", "- NAME", "product"),),
    "list_price": (
        sense("- product list", "LISTPRICE", "product list line sale", score=0.92),
        sense("list", "AMOUNT", "product line sale", score=0.9),
        sense("product line", "AMOUNT", "list sale", score=0.9, needs="list"),
    ),
    "package_size": (sense("option", "-", "product", score=0.4),),
    "store_name": (sense("store", "NAME"),),
    "staff_name": (sense("@staff", "NAME -", score=0.85),),
    "event_id": (sense("event message", "NUMBER", score=0.9),),
    "event_name": (sense("event", "NAME -"), sense("event", "KIND", score=0.9)),
    "occurred_at": (
        sense("event message", "DATE", "external"),
        sense("-", "DATE", "external", score=0.85),
        sense("join", "DATE", score=0.7),
    ),
    "session_id": (sense("session", "NUMBER"),),
    "page_url": (sense("-", "URL", score=0.8),),
    "search_term": (sense("search", "- NAME TEXT"),),
    "campaign_id": (sense("campaign", "NUMBER"), sense("campaign", "- NAME", score=0.8)),
    "campaign_name": (sense("campaign", "NAME"),),
    "message_id": (sense("message", "NUMBER"),),
    "rating": (sense("- product", "RATING", "product"),),
    "points": (sense("point", "- AMOUNT", score=0.9),),
    "tier": (sense("tier", "- NAME", "@buyer", score=0.9),),
    "cost": (sense("-", "AMOUNT", score=0.6),),
    "opportunity_id": (sense("deal", "NUMBER"),),
    "stage": (sense("stage", "- NAME", "deal", score=0.95),),
    "opened_at": (sense("deal join", "DATE", "deal", score=0.8),),
    "closed_at": (sense("date_end", "DATE", "deal", score=0.93),),
    "amount": (sense("deal", "AMOUNT"), sense("-", "AMOUNT", score=0.7)),
    "lead_ref": (sense("lead", "NUMBER"),),
    "lead_status": (sense("lead", "STATUS"),),
    "lead_source": (sense("lead", "-", "source", score=0.8), sense("source", "-", "lead", score=0.9)),
    "created_at": (sense("join", "DATE", "lead", score=0.9),),
    "parent_ref": (),
}
# What a header without any owner means in a table about one kind of thing: `번호` of a file of members is the member's.
OWN_NUMBER: Mapping[str, str] = {
    "customers": "customer_ref",
    "accounts": "account_ref",
    "orders": "order_id",
    "products": "product_id",
    "stores": "store_id",
    "staff": "staff_id",
    "campaigns": "campaign_id",
    "events": "event_id",
    "interactions": "interaction_id",
    "feedback": "feedback_id",
    "returns": "return_id",
    "leads": "lead_ref",
    "opportunities": "opportunity_id",
}
OWN_NAME: Mapping[str, str] = {
    "customers": "customer_name",
    "accounts": "account_name",
    "products": "product_name",
    "stores": "store_name",
    "staff": "staff_name",
    "campaigns": "campaign_name",
}
OWN_SCORE = 0.6
# A shop's file of orders names the buyer's things without saying whose; of addresses it may as well mean the parcel's.
ORDER_FILES = frozenset({"orders", "order_lines", "returns"})
WHAT_ORDERS_CARRY = ("orders", "order_lines", "products", "returns")
BARE_IN_ORDERS: Mapping[str, float] = {"customer_name": 0.6, "phone": 0.7, "given_name": 0.7, "family_name": 0.7, "email": 1.0}
NOT_ABOUT_BUYERS = frozenset(name for table in WHAT_ORDERS_CARRY for name in TABLES[table].by_name)


def meaning(phrase: Phrase, column: str, table: Table) -> float:
    """How sure the words of a header mean a column of a table, 0 to 1."""
    found = max((each.score_of(phrase) for each in SENSES.get(column, ())), default=0.0)
    if not phrase.owner and not phrase.rest and not phrase.unknown:
        found = max(found, own(phrase, column, table))
    return min(found, most_in_orders(phrase, column, table))


def most_in_orders(phrase: Phrase, column: str, table: Table) -> float:
    """How sure a header in a file of orders can be at most: without a word for the buyer it may be the receiver's."""
    if table.name not in ORDER_FILES or column in NOT_ABOUT_BUYERS or "@buyer" in phrase.atoms or "@buyer" in phrase.bracket:
        return 1.0
    return BARE_IN_ORDERS.get(column, 0.0)


def own(phrase: Phrase, column: str, table: Table) -> float:
    """What a header without an owner means in a table about one kind of thing."""
    is_own = (phrase.head == "NUMBER" and OWN_NUMBER.get(table.name) == column) or (
        phrase.head == "NAME" and OWN_NAME.get(table.name) == column
    )
    return OWN_SCORE if is_own else 0.0
