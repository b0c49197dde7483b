"""Canonical tables, declared once: names, types, units, both languages, personal-data class and purpose."""

from dataclasses import replace

from dangol.core.errors import UnknownName, told
from dangol.core.tables.churn import CHURN_TABLES
from dangol.core.tables.contact import CONTACT_TABLES
from dangol.core.tables.facts import FACTS
from dangol.core.tables.people import CHANNELS, PEOPLE_TABLES, YES
from dangol.core.tables.schema import DELETED, KIND_WORDS, SQL_TYPES, Column, Kind, Personal, Table
from dangol.core.tables.segment import SEGMENT_FACTS
from dangol.core.tables.trade import TRADE_TABLES

# Every table may say that a row is no more: its source has deleted it.
TABLES: dict[str, Table] = {
    table.name: replace(table, columns=(*table.columns, DELETED))
    for table in (*PEOPLE_TABLES, *TRADE_TABLES, *CONTACT_TABLES, *CHURN_TABLES, SEGMENT_FACTS)
}

# A file of order lines may also carry what belongs to the order, the product or the buyer, and a list of who left says who
# they are: intake lifts it into these tables.
LIFTED: dict[str, dict[str, str]] = {
    "order_lines": {"orders": "order_id", "products": "product_id", "customers": "customer_ref"},
    "orders": {"customers": "customer_ref"},
    "churn_labels": {"customers": "customer_ref"},
    "leads": {"customers": "customer_ref"},
}
# Of leads only what names or reaches somebody is lifted, so that a lead is known to be a customer who said no; what describes a
# lead stays its own.
LIFTED_PARTLY: dict[tuple[str, str], frozenset[str]] = {
    ("leads", "customers"): frozenset({"customer_name", "family_name", "given_name", "phone", "email"}),
}
# What a file of orders says of people may be the receiver's: only settings and presets lift it, never a header's name alone.
LIFTED_WHEN_NAMED = frozenset({("order_lines", "customers"), ("orders", "customers")})

# Before a lead's number where it names the record of a person: numbers of leads and of customers must not be taken for one.
LEAD_RECORD = "lead:"


def lifted_columns(table: str, other: str) -> dict[str, Column]:
    """Columns of another table that a file of this one may carry: those that it does not have itself."""
    some = LIFTED_PARTLY.get((table, other))
    own = TABLES[table].by_name
    return {name: each for name, each in TABLES[other].by_name.items() if name not in own and (some is None or name in some)}


def find_table(name: str) -> Table:
    """The canonical table of that name.

    Raises:
        UnknownName: no such table; the closest names are suggested.
    """
    UnknownName.check(told("table"), name, TABLES)
    return TABLES[name]


__all__ = [
    "CHANNELS",
    "DELETED",
    "FACTS",
    "KIND_WORDS",
    "LEAD_RECORD",
    "LIFTED",
    "LIFTED_PARTLY",
    "LIFTED_WHEN_NAMED",
    "SQL_TYPES",
    "TABLES",
    "YES",
    "Column",
    "Kind",
    "Personal",
    "Table",
    "find_table",
    "lifted_columns",
]
