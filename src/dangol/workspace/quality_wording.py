"""What findings, scores and rules of data quality are called, and what to do about them, the same in all faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dangol.core.tables import TABLES
from dangol.core.text import Language, lookup, render
from dangol.core.text import to_translate as words
from dangol.intake.notice import REASONS
from dangol.intake.quality import Finding
from dangol.intake.quality.score import Loss

DIMENSIONS: Mapping[str, str] = {
    "completeness": words("Completeness"),
    "validity": words("Validity"),
    "uniqueness": words("Uniqueness"),
    "consistency": words("Consistency"),
    "timeliness": words("Timeliness"),
}
FORMULAS: Mapping[str, str] = {
    "completeness": words("Mean share of filled values; keys, customers, moments and amounts weigh three times."),
    "validity": words("Share of rows not quarantined × share of valid values × share of rows without a wrong clock or price."),
    "uniqueness": words("Share of rows that repeat no other row."),
    "consistency": words(
        "Product of the shares that pass each check: keys have records, totals fit lines, returns fit purchases."
    ),
    "timeliness": words("100 while on time; halved with each rhythm that the source is overdue. Not scored without a rhythm."),
}
SEVERITIES: Mapping[str, str] = {"high": words("Urgent"), "medium": words("Look at it"), "low": words("Note")}
STAKES: Mapping[str, str] = {
    "nobody": words("Sales without a customer"),
    "quarantine": words("Amounts at quarantine"),
    "left_out": words("Left out by cleaning rules"),
    "unreconciled": words("Totals that do not fit their lines"),
    "duplicates": words("Sales that may be counted twice"),
    "unbought": words("Refunds without a purchase"),
    "unknown": words("Sales whose product or order is unknown"),
    "missing": words("Sales that probably never arrived (estimated)"),
    "wrong": words("Sales at prices that cannot be right"),
    "unmarketable": words("Sales of customers who may not be written to"),
}


@dataclass(frozen=True)
class Wording:
    """A kind of finding in words: keys of the catalogue."""

    title: str
    what: str
    to_do: str


WORDINGS: Mapping[str, Wording] = {
    "volume_drop": Wording(
        words("Far fewer rows than usual"),
        words("{found:count} rows from {since:date} to {until:date} where {expected:count} were to be expected."),
        words(
            "Ask whether the source failed on these days or the shop was closed. If rows are missing, have them delivered again."
        ),
    ),
    "silent": Wording(
        words("No rows any more"),
        words("Nothing has come since {since:date}, while other sources go on; {expected:count} rows were to be expected."),
        words("Check the export or the connection of this source and have the missing days delivered."),
    ),
    "clock_shift": Wording(
        words("The clock moved"),
        words("From {since:date} to {until:date} everything happens {hours:count} hours {direction} than before."),
        words("Check the time zone of the export. Set {setting} for this source, or have these days delivered again."),
    ),
    "odd_clock": Wording(
        words("Customers seem to sleep by day"),
        words("Hardly anything happens between {quiet_from} and {quiet_to}: the times may be of another time zone."),
        words("Check the time zone of the export and set {setting} for this source."),
    ),
    "field_emptied": Wording(
        words("A field is filled no more"),
        words("Filled in {after:percent} of rows from {since:date} to {until:date}, in {before:percent} before."),
        words("Check whether the export still has this column and whether its name has changed."),
    ),
    "price_jump": Wording(
        words("Prices in another unit"),
        words("From {since:date} to {until:date} the same products cost {factor:count} times {direction} than before."),
        words("Check the unit of money in the export (thousands, cents) and have these days delivered again."),
    ),
    "value_new": Wording(
        words("A value that was never there"),
        words("“{what}” appears from {since:date} to {until:date}, {rows:count} times; never before."),
        words("Find out what it means; errors and new processes show this way."),
    ),
    "value_surge": Wording(
        words("A value far more frequent than usual"),
        words("“{what}” is in {after:percent} of rows from {since:date} to {until:date}, in {before:percent} before."),
        words("Find out what happened on these days: a fault, an attack of bots or a campaign."),
    ),
    "value_gone": Wording(
        words("A value has nearly vanished"),
        words("“{what}” came {found:count} times from {since:date} to {until:date}; {expected:count} were to be expected."),
        words("Check whether it is still measured. Figures that count it are too low for these days."),
    ),
    "order_totals": Wording(
        words("Totals do not fit lines"),
        words(
            "{rows:count} of {all:count} orders have a total other than the sum of their lines, with shipping, tax and discount."
        ),
        words("Look which amount is missing in the lines (a fee, a gift card, a discount) and map its column."),
    ),
    "returns_unbought": Wording(
        words("Returns without a purchase"),
        words("{rows:count} of {all:count} returns find neither their order nor an earlier purchase of the product."),
        words("Load the orders of before, or check the order and product numbers of the returns."),
    ),
    "products_unknown": Wording(
        words("Products without a record"),
        words("{rows:count} of {all:count} order lines name a product that no product list has."),
        words("Load the whole product list, those no longer sold included."),
    ),
    "lines_without_order": Wording(
        words("Order lines without an order"),
        words("{rows:count} of {all:count} order lines find no order."),
        words("Check that both files cover the same time and write order numbers the same way."),
    ),
    "buyers_unknown": Wording(
        words("Buyers without a customer record"),
        words("{rows:count} of {all:count} orders name a customer whom no customer list has."),
        words("Load the whole customer list. If these are guests, leave it: their orders still count."),
    ),
    "keys_unknown": Wording(
        words("Customer numbers that fit nobody"),
        words(
            "Only {good:count} of {all:count} rows find their customer; {rows:count} name a number that no other source knows."
        ),
        words("Check which number this is. If it is of another system, set {setting} for this source."),
    ),
    "duplicate_lines": Wording(
        words("Order lines that are exactly alike"),
        words("{rows:count} of {all:count} order lines repeat another line of their order."),
        words("Look at examples. If each line is one piece, leave them; else switch the rule on."),
    ),
    "duplicate_orders": Wording(
        words("Orders that came twice"),
        words(
            "{rows:count} of {all:count} orders repeat another one of the same customer, moment and lines under another number."
        ),
        words("Look at examples; if they are the same orders, switch the rule on."),
    ),
    "delivered_twice": Wording(
        words("A file came twice"),
        words("{rows:count} of {all:count} rows of a delivery stand in a delivery of {other} too, under other numbers."),
        words("Take one of the two files away, or give both the column that numbers their rows."),
    ),
    "future": Wording(
        words("Dates in the future"),
        words("{rows:count} of {all:count} rows are dated after today and were quarantined."),
        words("Check the order of day and month ({setting}) and the clock of the source."),
    ),
    "quarantined": Wording(
        words("Rows at quarantine"),
        words("{rows:count} of {all:count} rows were quarantined: {reason}."),
        words("Look at the rows, correct them in the source and have the file delivered again."),
    ),
    "late": Wording(
        words("The source is late"),
        words("Last loaded on {last:date}; it comes every {every:days}. All questions that read it are of before."),
        words("Have it delivered, or correct {setting} if it is to come less often."),
    ),
}
SETTINGS: Mapping[str, str] = {
    "clock_shift": "zone", "odd_clock": "zone", "keys_unknown": "system", "future": "date_order", "late": "refresh_days",
}  # fmt: skip
LATER, EARLIER, DEARER, CHEAPER = words("later"), words("earlier"), words("more"), words("less")
LOST: Mapping[str, str] = {
    "empty": words("{field}: {share:percent} empty"),
    "invalid": words("{field}: {share:percent} of all values not valid"),
    "quarantined": words("{share:percent} of rows at quarantine"),
    "late": words("overdue"),
}
OTHER_LOSS = words("{title}: {share:percent}")


ON_A_DAY = words("{found:count} rows on {since:date} where {expected:count} were to be expected.")


@dataclass(frozen=True)
class Told:
    """A finding as people read it.

    Attributes:
        place: source, table and column in words.
    """

    title: str
    place: str
    what: str
    to_do: str


@dataclass(frozen=True)
class Speaker:
    """Says things of data quality in a language, with the company's money and clock."""

    language: Language
    currency: str
    zone: str

    def say(self, message: str, **values: object) -> str:
        """A wording of the catalogue with its values."""
        return render(lookup(message, self.language), values, self.language, currency=self.currency, zone=self.zone)

    def finding(self, finding: Finding) -> Told:
        """A finding in words."""
        wording, values = WORDINGS[finding.kind], self.values(finding)
        return Told(
            lookup(wording.title, self.language),
            self.place(finding.source, finding.table, finding.column),
            self.say(ON_A_DAY if is_one_day(finding) else wording.what, **values),
            self.say(wording.to_do, **values),
        )

    def values(self, finding: Finding) -> dict[str, Any]:
        """What the sentences of a finding name."""
        own = dict(finding.values)
        if finding.kind in ("quarantined", "future"):
            own["reason"] = REASONS[own["reason"]].in_(self.language)
        if finding.kind == "clock_shift":
            own["direction"] = lookup(LATER if own["later"] else EARLIER, self.language)
        if finding.kind == "price_jump":
            own["direction"] = lookup(DEARER if own["up"] else CHEAPER, self.language)
        return {
            "setting": SETTINGS.get(finding.kind, ""),
            "rows": finding.rows,
            "since": finding.since,
            "until": finding.until,
            **own,
        }

    def place(self, source: str, table: str, column: str) -> str:
        """Where something is."""
        return " · ".join(each for each in (source, self.table(table), self.column(table, column)) if each)

    def table(self, name: str) -> str:
        """A table in words."""
        return TABLES[name].title(self.language) if name in TABLES else name

    def column(self, table: str, name: str) -> str:
        """A column in words."""
        found = TABLES[table].by_name.get(name) if table in TABLES else None
        return found.title(self.language) if found is not None else name

    def loss(self, loss: Loss) -> str:
        """What lowers a score, in words."""
        if loss.kind in LOST:
            return self.say(LOST[loss.kind], field=self.column(loss.table, loss.column), share=loss.share)
        return self.say(OTHER_LOSS, title=lookup(WORDINGS[loss.kind].title, self.language), share=loss.share)


def is_one_day(finding: Finding) -> bool:
    """Whether a drop lasted a day."""
    return finding.kind == "volume_drop" and finding.since == finding.until
