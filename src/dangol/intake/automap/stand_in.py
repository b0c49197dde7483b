"""What fills a column for want of a better one: a product's name for its number, an e-mail for the customer's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dangol.core.declare.source import Headers
from dangol.core.tables import TABLES, Table
from dangol.intake.automap.evidence import known_place, weigh
from dangol.intake.automap.inspect import Inspected
from dangol.intake.automap.meaning import ORDER_FILES
from dangol.intake.automap.phrase import Phrase, read_header
from dangol.intake.automap.proposal import SURE, Proposal
from dangol.intake.automap.values import Look
from dangol.intake.mapping import columns_of

# What may stand in for a number that a file does not have, the best first.
NAMES_INSTEAD: Mapping[str, str] = {
    "product_id": "product_name",
    "store_id": "store_name",
    "staff_id": "staff_name",
    "campaign_id": "campaign_name",
    "account_ref": "account_name",
}
CONTACTS = ("email", "phone")
NAMING_PEOPLE = frozenset({"customer_name", "given_name", "email"})
CUSTOMERS = TABLES["customers"]
ORDER_ID = TABLES["orders"].by_name["order_id"]
MOST_VIRTUAL = 0.2
FULL, BARELY = 0.95, 0.3


def standing(proposal: Proposal) -> Proposal:
    """A proposal with what stands in for the numbers it does not have, and with what somebody said twice of one header."""
    bare = replace(proposal, standing_in={})
    if bare.table is None:
        return bare
    taken = bare.columns
    found = {**names_instead(bare.table, taken), **said_besides(bare, taken)}
    wants = bare.table.person and "customer_ref" not in {*taken, *found}
    contact = surest_contact(bare) if wants else ""
    return replace(bare, standing_in={**found, "customer_ref": contact} if contact else found)


def said_besides(proposal: Proposal, taken: Mapping[str, Headers]) -> dict[str, str]:
    """What somebody said of a header that another column has taken already."""
    known = columns_of(proposal.table) if proposal.table else {}
    return {column: header for column, header in proposal.said.items() if column in known and column not in taken}


def names_instead(table: Table, taken: Mapping[str, Headers]) -> dict[str, str]:
    """Required numbers that the name beside them can stand in for."""
    found = {column: taken.get(NAMES_INSTEAD[column]) for column in table.required if column in NAMES_INSTEAD}
    return {column: header for column, header in found.items() if isinstance(header, str) and column not in taken}


def surest_contact(proposal: Proposal) -> str:
    """A header whose e-mails or telephone numbers can name customers for want of a number; virtual numbers never do."""
    if proposal.table is CUSTOMERS and not is_about_people(proposal):
        return ""
    return next(contacts(proposal), "")


def contacts(proposal: Proposal) -> Iterator[str]:
    """Headers that surely hold the customers' own contacts, e-mails first."""
    for name in CONTACTS:
        yield from (header for header in free_for(name, proposal) if is_contact(header, name, proposal))


def free_for(name: str, proposal: Proposal) -> list[str]:
    """Headers that no other column has taken."""
    others = {each.header for each in proposal.readings if each.is_used and each.column != name}
    return [header for header in proposal.files[0].headers if header not in others]


def is_contact(header: str, name: str, proposal: Proposal) -> bool:
    """Whether a header surely holds the customers' own e-mails or telephone numbers."""
    look, table = proposal.files[0].looks[header], proposal.table or CUSTOMERS
    if look.share("virtual_phone") > MOST_VIRTUAL or is_too_empty(look, table):
        return False
    within = table if name in table.by_name or table.name in ORDER_FILES else CUSTOMERS
    return weigh(header, CUSTOMERS.by_name[name], within, look).confidence >= SURE


def is_too_empty(look: Look, table: Table) -> bool:
    """Whether too many rows would be left without a key."""
    return look.known and look.filled < (FULL if "customer_ref" in table.required else BARELY)


def is_about_people(proposal: Proposal) -> bool:
    """Whether rows are people and not numbered or dated as something else, such as employees, offices or orders."""
    return bool(NAMING_PEOPLE & set(proposal.columns)) and not has_other_key(proposal.files[0])


def has_other_key(file: Inspected) -> bool:
    """Whether a header numbers the rows as something that is no customer."""
    unique = [header for header in file.headers if file.looks[header].distinct == 1.0]
    return any(map(is_of_an_order, file.headers)) or any(is_other_number(read_header(header)) for header in unique)


def is_of_an_order(header: str) -> bool:
    """Whether a header is the number or date of one order, not of a customer's first or last."""
    phrase = read_header(header)
    said = phrase.owner == "order" and phrase.head in ("NUMBER", "DATE") and not phrase.rest & {"first", "last"}
    return said or known_place(header, ORDER_ID) is not None


def is_other_number(phrase: Phrase) -> bool:
    """Whether a header is the number of something that is no customer."""
    return phrase.head == "NUMBER" and phrase.owner != "@buyer" and bool(phrase.owner or phrase.unknown)
