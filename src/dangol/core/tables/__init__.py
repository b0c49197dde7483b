"""Canonical tables, declared once: names, types, units, both languages, personal-data class and purpose."""

from dangol.core.errors import UnknownName, told
from dangol.core.tables.contact import CONTACT_TABLES
from dangol.core.tables.facts import FACTS
from dangol.core.tables.people import CHANNELS, PEOPLE_TABLES, YES
from dangol.core.tables.schema import KIND_WORDS, SQL_TYPES, Column, Kind, Personal, Table
from dangol.core.tables.trade import TRADE_TABLES

TABLES: dict[str, Table] = {table.name: table for table in (*PEOPLE_TABLES, *TRADE_TABLES, *CONTACT_TABLES)}

# A file of order lines may also carry what belongs to the order or to the product: intake lifts it into these tables.
LIFTED: dict[str, dict[str, str]] = {"order_lines": {"orders": "order_id", "products": "product_id"}}


def find_table(name: str) -> Table:
    """The canonical table of that name.

    Raises:
        UnknownName: no such table; the closest names are suggested.
    """
    if name not in TABLES:
        raise UnknownName.among(told("table"), name, TABLES)
    return TABLES[name]


__all__ = [
    "CHANNELS",
    "FACTS",
    "KIND_WORDS",
    "LIFTED",
    "SQL_TYPES",
    "TABLES",
    "YES",
    "Column",
    "Kind",
    "Personal",
    "Table",
    "find_table",
]
