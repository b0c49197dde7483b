"""From the surest pairs to what is done with every header: taken, guessed, asked about or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dangol.core.tables import Column, Table
from dangol.intake.automap.assignment import Fit, speaks_of
from dangol.intake.automap.evidence import Weighed, is_identifier
from dangol.intake.automap.inspect import Inspected
from dangol.intake.automap.meaning import OWN_NUMBER
from dangol.intake.automap.personal import looks_personal, says_personal
from dangol.intake.automap.phrase import read_header
from dangol.intake.automap.proposal import LIKELY, SURE, Reading, Status
from dangol.intake.automap.values import Look

ATTRIBUTES = "attributes"
PERSONAL = frozenset({"customer_name", "given_name", "phone", "email"})
SEVERAL = 2
WORTH_SAYING = 0.5
LESS_DOUBT = 0.5


def readings_of(file: Inspected, fit: Fit) -> tuple[Reading, ...]:
    """What every header of a file means in a table."""
    return with_kept(file, fit.table, with_address_lines([read(header, file, fit) for header in file.headers]))


def with_kept(file: Inspected, table: Table, readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The readings, with headers of no column kept as attributes where the table has room for them and they name nobody."""
    if ATTRIBUTES not in table.by_name or any(each.column == ATTRIBUTES for each in readings):
        return tuple(readings)
    return tuple(replace(each, why="beyond", status="kept") if is_kept(each, file) else each for each in readings)


def is_kept(reading: Reading, file: Inspected) -> bool:
    """Whether nothing is made of a header that names and reaches nobody."""
    return reading.status == "ignored" and not says_personal(reading.header) and not looks_personal(file.looks[reading.header])


def read(header: str, file: Inspected, fit: Fit) -> Reading:
    """What a header means in a table."""
    return reading_of(header, *fit.pairs[header], file, fit) if header in fit.pairs else nothing(header)


def nothing(header: str) -> Reading:
    """The reading of a header that means nothing to us."""
    return Reading(header, "", 0.0, "nothing", "ignored")


def reading_of(header: str, column: Column, weighed: Weighed, file: Inspected, fit: Fit) -> Reading:
    """The reading of a header that was assigned a column."""
    sure = boosted(weighed.confidence, column, file, header, fit)
    return Reading(header, column.name, sure, weighed.why, status_of(sure, identifier=is_identifier(column)))


def boosted(confidence: float, column: Column, file: Inspected, header: str, fit: Fit) -> float:
    """A table's own number is surer where no value repeats, the file's name says what it holds or the rows are plainly people."""
    if OWN_NUMBER.get(fit.table.name) != column.name or not numbers_rows(file.looks[header]):
        return confidence
    reasons = 1 + speaks_of(file.stem, fit.table) + is_of_people(fit)
    return 1 - (1 - confidence) * float(LESS_DOUBT**reasons)


def numbers_rows(look: Look) -> bool:
    """Whether every row has a value of its own."""
    return look.rows > 1 and look.distinct == look.filled == 1.0


def is_of_people(fit: Fit) -> bool:
    """Whether rows are customers with several contacts."""
    sure = [column.name for column, weighed in fit.pairs.values() if weighed.confidence >= SURE]
    return fit.table.name == "customers" and len(PERSONAL & set(sure)) >= SEVERAL


def status_of(confidence: float, *, identifier: bool) -> Status:
    """What is done with a header that is so sure: identifiers are never guessed."""
    if confidence >= (SURE if identifier else LIKELY):
        return "mapped"
    if identifier:
        return "asked"
    return "guessed" if confidence >= WORTH_SAYING else "ignored"


def with_address_lines(readings: Sequence[Reading]) -> list[Reading]:
    """Second lines of the address that is taken: they belong to it and are of no use alone."""
    street = next((each for each in readings if each.column == "address" and each.status == "mapped"), None)
    return [joined(each, street) if street else each for each in readings]


def joined(reading: Reading, street: Reading) -> Reading:
    """A reading, as part of the address where it is its second line."""
    same = persons(reading.header) == persons(street.header)
    if reading.status == "mapped" or not same or not is_second_line(reading.header):
        return reading
    return replace(reading, column="address", confidence=street.confidence, why="parts", status="mapped")


def is_second_line(header: str) -> bool:
    """Whether a header is the detail of an address, such as its second line."""
    phrase = read_header(header)
    return phrase.head == "DETAIL" or (phrase.head == "ADDRESS" and phrase.number == 2)


def persons(header: str) -> frozenset[str]:
    """Whose a header's value is."""
    phrase = read_header(header)
    return frozenset(atom for atom in (*phrase.atoms, *phrase.bracket) if not atom.isupper())
