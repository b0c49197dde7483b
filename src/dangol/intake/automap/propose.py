"""From inspected files to proposals: presets first, then the table and the columns that fit best, and what stands in for keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dangol.core.declare.source import Headers, Preset, Shape
from dangol.core.tables import TABLES, Table
from dangol.intake.automap.assignment import Fit, best_fits, fit_table, speaks_of
from dangol.intake.automap.evidence import KEYS, Weighed, is_identifier, known_place, weigh
from dangol.intake.automap.inspect import Inspected
from dangol.intake.automap.meaning import OWN_NUMBER
from dangol.intake.automap.phrase import Phrase, read_header
from dangol.intake.automap.proposal import LIKELY, SURE, Proposal, Reading, Status
from dangol.intake.automap.values import Look
from dangol.intake.mapping import columns_of, first_there, fitting_shapes, look_up

# What may stand in for a number that a file does not have, the best first.
STAND_INS: Mapping[str, tuple[str, ...]] = {
    "product_id": ("product_name",),
    "store_id": ("store_name",),
    "staff_id": ("staff_name",),
    "campaign_id": ("campaign_name",),
    "account_ref": ("account_name",),
}
CONTACTS = ("email", "phone")
PERSONAL = frozenset({"customer_name", "given_name", "phone", "email"})
SEVERAL = 2
FULL = 0.95
CUSTOMERS = TABLES["customers"]
MOST_VIRTUAL = 0.2
WORTH_SAYING = 0.5
MOST_LOOKED_AT = 8
FEWEST_EXPLAINED = 2
BARELY = 0.3


def propose_file(file: Inspected, presets: Sequence[Preset], table: str = "", given: Mapping[str, str] | None = None) -> Proposal:
    """What one file is.

    Args:
        file: looked into.
        presets: known systems; the one whose shape has most headers in common wins.
        table: the canonical table, where somebody said it.
        given: our column → header, where somebody said it; such a file is no known system's.
    """
    known = None if given else best_shape(file, presets, table)
    if known is not None:
        return of_shape(file, *known)
    if table:
        return of_fit(file, fit_table(TABLES[table], file.looks, file.stem, given), given)
    fits = [each for each in best_fits(file.looks, file.stem, given) if each.pairs]
    proposals = [each for each in (of_fit(file, fit, given) for fit in fits[:MOST_LOOKED_AT]) if is_told(each)]
    return best_of(proposals) or Proposal(
        (file,), None, nothing_known(file), candidates=tuple(fit.table.name for fit in fits[:3])
    )


def best_of(proposals: Sequence[Proposal]) -> Proposal | None:
    """The first that can be loaded as it is, else the first that an answer would complete."""
    whole = (each for each in proposals if not each.missing)
    nearly = (each for each in proposals if not unanswered(each))
    return next(whole, None) or next(nearly, None)


def is_told(proposal: Proposal) -> bool:
    """Whether enough headers speak for a table: two, or one and the file's own name; not numbers alone that may be anything's."""
    told = [each for each in proposal.readings if each.status != "ignored"]
    named = proposal.table is not None and speaks_of(proposal.files[0].stem, proposal.table)
    speaking = named or any(each.column not in KEYS for each in told) or all(each.why.startswith("known") for each in told)
    return speaking and len(told) + named >= FEWEST_EXPLAINED


def unanswered(proposal: Proposal) -> list[str]:
    """Required columns that not even a doubtful header could fill."""
    return [name for name in proposal.missing if all(each.column != name for each in proposal.asked)]


def nothing_known(file: Inspected) -> tuple[Reading, ...]:
    """Readings of a file that no table fits."""
    return tuple(Reading(header, "", 0.0, "nothing", "ignored") for header in file.headers)


def best_shape(file: Inspected, presets: Sequence[Preset], table: str) -> tuple[Preset, Shape] | None:
    """The known system and kind of file whose headers the file has, the one with most of them."""
    pairs = [
        (preset, shape) for preset in presets for shape in fitting_shapes(preset, file.headers) if table in ("", shape.table)
    ]
    return max(pairs, key=lambda pair: len(pair[1].headers), default=None)


def of_shape(file: Inspected, preset: Preset, shape: Shape) -> Proposal:
    """A file of a known system."""
    table = TABLES[shape.table]
    given = {**first_there(shape.optional, file.headers, columns_of(table)), **shape.columns}
    filled = {header: column for column, wanted in reversed(given.items()) for header in look_up(wanted, file.headers)[0]}
    readings = [
        Reading(header, filled.get(header, ""), 1.0, "preset", "mapped" if header in filled else "ignored")
        for header in file.headers
    ]
    return Proposal((file,), table, tuple(readings), preset=preset.name, shape=shape, system=preset.name)


def of_fit(file: Inspected, fit: Fit, given: Mapping[str, str] | None = None) -> Proposal:
    """A file as one table: every pair accepted, guessed, asked about or left out."""
    readings = []
    for header in file.headers:
        column, weighed = fit.pairs.get(header, (None, None))
        if column is None or weighed is None:
            readings.append(Reading(header, "", 0.0, "nothing", "ignored"))
            continue
        sure = boosted(weighed, column.name, header, file, fit)
        readings.append(Reading(header, column.name, sure, weighed.why, status_of(sure, identifier=is_identifier(column))))
    readings = with_address_lines(readings)
    return standing(Proposal((file,), fit.table, tuple(readings), repeats=repeats(file, fit), said=given or {}))


def with_address_lines(readings: Sequence[Reading]) -> list[Reading]:
    """Second lines of the address that is taken: they belong to it and are of no use alone."""
    street = next((each for each in readings if each.column == "address" and each.status == "mapped"), None)
    if street is None:
        return list(readings)
    whose = persons(street.header)
    return [
        replace(each, column="address", confidence=street.confidence, why="parts", status="mapped")
        if each.status != "mapped" and is_second_line(each.header) and persons(each.header) == whose
        else each
        for each in readings
    ]


def is_second_line(header: str) -> bool:
    """Whether a header is the detail of an address, such as its second line."""
    phrase = read_header(header)
    return phrase.head == "DETAIL" or (phrase.head == "ADDRESS" and phrase.number == 2)


def persons(header: str) -> frozenset[str]:
    """Whose a header's value is."""
    phrase = read_header(header)
    return frozenset(atom for atom in (*phrase.atoms, *phrase.bracket) if not atom.isupper())


def standing(proposal: Proposal) -> Proposal:
    """A proposal with what stands in for the numbers it does not have."""
    bare = replace(proposal, standing_in={})
    return replace(bare, standing_in=stand_ins(bare))


def boosted(weighed: Weighed, column: str, header: str, file: Inspected, fit: Fit) -> float:
    """A table's own number is surer where no value repeats, the file's name says what it holds or the rows are plainly people."""
    look, doubt = file.looks[header], 1 - weighed.confidence
    if OWN_NUMBER.get(fit.table.name) != column or look.distinct < 1.0 or look.filled < 1.0 or look.rows < 2:
        return weighed.confidence
    doubt *= 0.5 if speaks_of(file.stem, fit.table) else 1.0
    contacts = sum(found.name in PERSONAL and weighed.confidence >= SURE for found, weighed in fit.pairs.values())
    return 1 - doubt * 0.5 * (0.5 if fit.table.name == "customers" and contacts >= SEVERAL else 1.0)


def status_of(confidence: float, *, identifier: bool) -> Status:
    """What is done with a header that is so sure: identifiers are never guessed."""
    if confidence >= (SURE if identifier else LIKELY):
        return "mapped"
    if identifier:
        return "asked"
    return "guessed" if confidence >= WORTH_SAYING else "ignored"


def repeats(file: Inspected, fit: Fit) -> bool:
    """Whether order numbers repeat: a row is a line of an order."""
    header = next((header for header, (column, _) in fit.pairs.items() if column.name == "order_id"), "")
    return bool(header) and file.looks[header].distinct < 1.0


def stand_ins(proposal: Proposal) -> dict[str, str]:
    """Columns that a header of another column fills too: the product's name for its number, the e-mail for the customer's."""
    table, taken = proposal.table, proposal.columns
    if table is None:
        return {}
    known = columns_of(table)
    said = {column: header for column, header in proposal.said.items() if column not in taken and column in known}
    names = {column: name_instead(column, taken) for column in STAND_INS if column in table.required and column not in taken}
    found = {**{column: header for column, header in names.items() if header}, **said}
    contact = surest_contact(proposal) if table.person and "customer_ref" not in {*taken, *found} else ""
    return {**found, "customer_ref": contact} if contact else found


def name_instead(column: str, taken: Mapping[str, Headers]) -> str:
    """The header of the name that can stand for a number; empty where there is none."""
    header = next((taken[other] for other in STAND_INS[column] if other in taken), "")
    return header if isinstance(header, str) else ""


def surest_contact(proposal: Proposal) -> str:
    """A header whose e-mails or telephone numbers can name customers for want of a number; virtual numbers never do."""
    file = proposal.files[0]
    if proposal.table is CUSTOMERS and (not PERSONAL & set(proposal.columns) - {"phone"} or has_other_key(file)):
        return ""
    taken = {each.header: each.column for each in proposal.readings if each.status in ("mapped", "guessed")}
    for name in CONTACTS:
        for header in file.headers:
            free = taken.get(header, name) == name
            if free and is_contact(header, name, file.looks[header], proposal.table or CUSTOMERS):
                return header
    return ""


def has_other_key(file: Inspected) -> bool:
    """Whether rows are numbered or dated as something else than customers, such as employees, offices or orders."""
    phrases = {header: read_header(header) for header in file.headers}
    return any(
        is_of_an_order(header) or (is_other_number(phrase) and file.looks[header].distinct == 1.0)
        for header, phrase in phrases.items()
    )


def is_of_an_order(header: str) -> bool:
    """Whether a header is the number or date of one order, not of a customer's first or last."""
    phrase = read_header(header)
    if known_place(header, TABLES["orders"].by_name["order_id"]) is not None:
        return True
    return phrase.owner == "order" and phrase.head in ("NUMBER", "DATE") and not phrase.rest & {"first", "last"}


def is_other_number(phrase: Phrase) -> bool:
    """Whether a header is the number of something that is no customer."""
    return phrase.head == "NUMBER" and bool(phrase.owner or phrase.unknown) and phrase.owner != "@buyer"


def is_contact(header: str, name: str, look: Look, table: Table) -> bool:
    """Whether a header surely holds the customers' own e-mails or telephone numbers."""
    needed = FULL if "customer_ref" in table.required else BARELY
    if look.share("virtual_phone") > MOST_VIRTUAL or (look.known and look.filled < needed):
        return False
    within = table if name in table.by_name or table.name in ("orders", "order_lines") else CUSTOMERS
    return weigh(header, CUSTOMERS.by_name[name], within, look).confidence >= SURE
