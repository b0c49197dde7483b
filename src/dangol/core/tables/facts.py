"""Facts: the canonical tables as declarations see them, with customers found and orders completed from their lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dangol.core.tables.contact import CONTACT_TABLES, EVENTS
from dangol.core.tables.people import ACCOUNTS, CONSENTS, CUSTOMERS, LEADS, OPPORTUNITIES
from dangol.core.tables.schema import Column, Table
from dangol.core.tables.trade import ORDER_LINES, ORDERS, TRADE_TABLES

CUSTOMER_ID = Column("customer_id", "integer", "고객", "Customer")
NOT_IN_FACTS = {"customer_ref", "currency"}


def fact(table: Table, *, without: frozenset[str] = frozenset(), more: tuple[Column, ...] = ()) -> Table:
    """A canonical table as a fact table: the source's customer number gives way to ours."""
    kept = tuple(column for column in table.columns if column.name not in NOT_IN_FACTS | without)
    return replace(table, columns=((CUSTOMER_ID,) if table.person else ()) + kept + more)


def recognised(table: Table) -> Table:
    """A fact table in which whose a row is may have become known after it."""
    whose, *others = table.columns
    return replace(table, columns=(replace(whose, known_at="stitched_at"), *others))


PEOPLE = Table(
    "people",
    "고객",
    "Customers",
    (
        CUSTOMER_ID,
        Column("first_seen_at", "moment", "처음 확인된 일시", "First seen at"),
        Column("record_count", "count", "원천 기록 수", "Source records"),
        *(column for column in CUSTOMERS.columns if column.name not in {"customer_ref", "registered_at"}),
    ),
    key=("customer_id",),
    moment="first_seen_at",
)
# Which source record said something: of a person with several, each has its own word.
STITCHED_AT = Column("stitched_at", "moment", "고객 확인 일시", "Recognised at")
RECORD_KEY = Column("record_key", "text", "원천 기록", "Source record", personal="identifier")
ITEM_COUNT = Column("item_count", "number", "구매 수량", "Number of items")
PLAIN = tuple(table for table in (*TRADE_TABLES, *CONTACT_TABLES) if table not in (ORDERS, ORDER_LINES))
FACTS: Mapping[str, Table] = {
    table.name: table
    for table in (
        PEOPLE,
        fact(ORDERS, more=(ITEM_COUNT,)),
        fact(ORDER_LINES, without=frozenset({"tax_amount", "unit_cost"})),
        fact(CONSENTS, more=(RECORD_KEY,)),
        *(fact(table) for table in (LEADS, *PLAIN) if table is not EVENTS),
        recognised(fact(EVENTS, more=(STITCHED_AT,))),
        fact(ACCOUNTS),
        fact(OPPORTUNITIES),
    )
}
