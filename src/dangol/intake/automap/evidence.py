"""How sure a header is a column of ours: what it is called and what stands in it, weighed into one number with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dangol.core.tables import Column, Kind, Table
from dangol.intake.automap.meaning import meaning, most_in_orders
from dangol.intake.automap.phrase import read_header
from dangol.intake.automap.values import Look
from dangol.intake.casting import is_strict
from dangol.intake.header import is_other_person, letters, plain, words

Why = Literal[
    "known",
    "parts",
    "known_values",
    "parts_values",
    "values",
    "contradicted",
    "said",
    "relation",
    "preset",
    "beyond",
    "nothing",
]

IDENTIFIERS = frozenset({"order_id"})
KNOWN_HEADER = 0.98
LATER_SYNONYM = 0.002
LEAST_KNOWN = 0.92
# A header that only its table's own column would be called so: weaker outside of the tables that are about one thing.
EXPECTED: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "phone_like"),
    "email": ("email",),
    "postcode": ("postcode", "whole"),
    "business_number": ("business_number",),
    "page_url": ("url", "code"),
}
# What confirms a header where it is seen but contradicts nothing where it is not: names and addresses are written in every way.
CONFIRMING: Mapping[str, tuple[str, ...]] = {
    "customer_name": ("name",),
    "given_name": ("part_of_name",),
    "family_name": ("part_of_name",),
    "address": ("address",),
}
BY_KIND: Mapping[Kind, tuple[str, ...]] = {
    "moment": ("date",),
    "day": ("date",),
    "month": ("date",),
    "money": ("number",),
    "number": ("number",),
    "share": ("number",),
    "probability": ("number",),
    "days": ("number",),
    "integer": ("whole",),
    "count": ("whole",),
    "flag": ("flag",),
}
KEYS = frozenset({
    "customer_ref", "order_id", "product_id", "store_id", "staff_id", "campaign_id", "account_ref", "event_id", "message_id",
    "session_id", "coupon_code", "return_id", "feedback_id", "interaction_id", "lead_ref", "opportunity_id", "anonymous_id",
})  # fmt: skip
# How much seeing the right kind of value adds: an e-mail can be nothing else, a whole number may be anything.
WEIGHT: Mapping[str, float] = {
    "email": 0.75, "phone": 0.6, "phone_like": 0.4, "business_number": 0.75,
    "address": 0.5, "name": 0.5, "date": 0.5, "url": 0.5, "flag": 0.3,
    "postcode": 0.4, "part_of_name": 0.3, "number": 0.2, "whole": 0.2, "code": 0.2,
}  # fmt: skip
# Of a header without any meaning the values alone tell this much; never enough to accept an identifier unasked.
VALUES_ALONE: Mapping[str, float] = {"email": 0.8, "phone": 0.7, "business_number": 0.8, "address": 0.55, "name": 0.5}
ENOUGH, TOO_FEW = 0.8, 0.5
REQUIRED_DATE = 0.6
CONTRADICTED = 0.4
STRICT_TABLES = ("orders", "consents", "messages", "campaign_members", "churn_labels")
# Amounts that files often give as a rate instead: a column of fractions below one is none of them.
REDUCTIONS = frozenset({"discount_amount", "order_discount_amount", "coupon_amount"})
BOXES = frozenset({"properties", "context", "traits", "attributes", "payload", "data", "fields"})


@dataclass(frozen=True)
class Weighed:
    """How sure, and for which reason."""

    confidence: float
    why: Why


NOTHING = Weighed(0.0, "nothing")


def is_identifier(column: Column) -> bool:
    """Whether a column tells who somebody is or how to reach them: never taken without certainty."""
    return column.name in IDENTIFIERS or column.personal in ("identifier", "contact")


def by_name(header: str, column: Column, table: Table) -> tuple[float, Why]:
    """How sure a header's words mean a column."""
    if is_other_person(header, column):
        return 0.0, "nothing"
    said = unpacked(header)
    phrase, place = read_header(said), known_place(said, column)
    if place is None:
        return meaning(phrase, column.name, table), "parts"
    most = 1.0 if column.name in table.by_name else most_in_orders(phrase, column.name, table)
    return min(max(KNOWN_HEADER - LATER_SYNONYM * place, LEAST_KNOWN), most), "known"


def unpacked(header: str) -> str:
    """A key of nested data without the box it lies in: `properties.value` is `value`."""
    box, dot, inside = header.partition(".")
    return unpacked(inside) if dot and box.lower() in BOXES else header


def known_place(header: str, column: Column) -> int | None:
    """Which of the column's known headers this is, the best first."""
    text = plain(header)
    if text == plain(column.name):
        return 0
    known = [plain(word) for word in (column.ko, column.en, *column.also)]
    return known.index(text) if text in words(column) else None


def weigh(header: str, column: Column, table: Table, look: Look) -> Weighed:
    """Name and values of a header together.

    Args:
        header: as the file writes it.
        column: the column it may be.
        table: what the file's rows would become.
        look: its values.
    """
    named, why = by_name(header, column, table)
    if not look.known:
        return Weighed(named, why) if named else NOTHING
    return with_values(named, why, column, look) if named else by_values(header, column, table, look)


def with_values(named: float, why: Why, column: Column, look: Look) -> Weighed:
    """What a header says, made surer by values of the right kind and weaker by others."""
    best = max(expected(column) or confirming(column), key=look.share, default="")
    if looks_wrong(column, look) or lacks_expected(column, look, best):
        return Weighed(named * CONTRADICTED, "contradicted")
    if look.share(best) < ENOUGH:
        return Weighed(named, why)
    agreed: Why = "known_values" if why == "known" else "parts_values"
    return Weighed(1 - (1 - named) * (1 - WEIGHT[best]), agreed)


def expected(column: Column) -> tuple[str, ...]:
    """Kinds of values that a column must show; empty where any text may stand in it."""
    return EXPECTED.get(column.name) or BY_KIND.get(column.kind, ())


def lacks_expected(column: Column, look: Look, best: str) -> bool:
    """Whether a column that must show some kind of values does not, even of the kind seen most."""
    return bool(expected(column)) and look.share(best) < TOO_FEW


def confirming(column: Column) -> tuple[str, ...]:
    """Kinds of values that make a column surer where they are seen."""
    return CONFIRMING.get(column.name, ("code",) if column.name in KEYS else ())


def by_values(header: str, column: Column, table: Table, look: Look) -> Weighed:
    """What values alone tell of a header that says nothing at all."""
    if says_something(header) or column.name not in table.by_name:
        return NOTHING
    if column.required and column.kind in ("moment", "day"):
        return by_date(look)
    return by_kind_alone(column, look)


def says_something(header: str) -> bool:
    """Whether any word of a header is known, or it explains itself in brackets."""
    phrase = read_header(unpacked(header))
    return bool(phrase.atoms or phrase.bracket)


def by_date(look: Look) -> Weighed:
    """What dates tell of the moment that every row of a table must have."""
    return Weighed(REQUIRED_DATE, "values") if look.share("date") > ENOUGH else NOTHING


def by_kind_alone(column: Column, look: Look) -> Weighed:
    """What values of a kind that only one column has tell."""
    detector = alone(column)
    return Weighed(VALUES_ALONE[detector], "values") if detector and look.share(detector) >= ENOUGH else NOTHING


def alone(column: Column) -> str:
    """The kind of value that by itself tells a column; empty where none does."""
    told = (*EXPECTED.get(column.name, ()), *CONFIRMING.get(column.name, ()))
    return next((each for each in told if each in VALUES_ALONE), "")


def looks_wrong(column: Column, look: Look) -> bool:
    """Whether values are plainly of another kind than the column's."""
    if column.name in KEYS:
        return is_no_key(look)
    if is_choice(column):
        return share_of_choices(column, look) < TOO_FEW
    if column.name in REDUCTIONS:
        return look.share("fraction") == 1.0 and look.share("whole") < 1.0
    return is_wrong_text(column, look)


def is_wrong_text(column: Column, look: Look) -> bool:
    """Whether texts are not of the sort that the column's are: of a contact, or of a few categories."""
    if column.personal == "identifier":
        return is_mostly(look, "email", "number", "flag")
    return column.kind == "category" and is_mostly(look, "email", "long_text")


def is_no_key(look: Look) -> bool:
    """Whether values cannot number anything: dates, addresses of mail, or whole sentences."""
    return is_written_date(look) or is_mostly(look, "email", "long_text")


def is_mostly(look: Look, *detectors: str) -> bool:
    """Whether most values are of one of some kinds."""
    return max(map(look.share, detectors)) > TOO_FEW


def is_choice(column: Column) -> bool:
    """Whether rows with other values than the declared ones would be refused or make no sense."""
    return bool(column.choices) and (column.required or any(is_strict(table, column.name) for table in STRICT_TABLES))


def share_of_choices(column: Column, look: Look) -> float:
    """Share of values that are one of a column's declared ones."""
    allowed = {letters(word.casefold()) for value, spellings in column.choices.items() for word in (value, *spellings)}
    return sum(share for word, share in look.kinds.items() if word in allowed)


def is_written_date(look: Look) -> bool:
    """Whether values are dates and cannot be numbers of something."""
    return look.share("date") > ENOUGH and look.share("whole") < TOO_FEW
