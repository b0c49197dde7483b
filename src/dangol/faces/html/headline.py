"""The figures that home and the report begin with: what customers are worth and what moved it, then sales and reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from dangol.core.text import to_translate as words
from dangol.faces.html.reader import Reader
from dangol.workspace.overview import Bridge, Overview

EQUITY, EXPECTED = words("Customer equity"), words("expected margin of the next 12 months")
ROSE, FELL = (
    words("▲ {size:money} ({share:percent}) since {since:date}"),
    words("▼ {size:money} ({share:percent}) since {since:date}"),
)
SAME = words("unchanged since {since:date}")
NOTHING_EARLIER = words("no change to show: no earlier run to compare with")
RETAINED, OF_BEFORE = words("Retained value"), words("{share:percent} of the equity of {since:date}, without new customers")
NEW_VALUE, NEWCOMERS = words("New value"), words("customers who are new since {since:date}")
AT_STAKE, LEAVING = words("Value at stake"), words("{n:count} likely to leave")
REACHABLE, AGREED = words("Reachable"), words("agreed to advertising on a channel")
SALES, REPEAT = words("Sales to known customers, {month:month}"), words("{share:percent} from repeat customers")
EACH, A_YEAR = words("Sales per customer"), words("12 months, customers who bought")
CUSTOMERS, OPEN_LIST = words("Customers"), words("Open the list")
ACTIVE, OF_ALL = words("Active customers"), words("{share:percent} of all")


@dataclass(frozen=True)
class Tile:
    """One figure in words.

    Attributes:
        notes: what stands below it.
        link: where the last note leads; nowhere when empty.
        look: `strong`, `warn` or plain.
    """

    title: str
    value: str
    notes: tuple[str, ...] = ()
    link: str = ""
    look: str = ""


def worth(found: Overview, reader: Reader) -> list[Tile]:
    """The first row: customer equity, what of it was kept and won, what is at stake, and who can be reached."""
    return [*equity_tiles(found, reader), *stake_tiles(found, reader)]


def equity_tiles(found: Overview, reader: Reader) -> Iterator[Tile]:
    """Customer equity with its change, and its two halves: retained and new value."""
    if found.equity is None:
        return
    moved = found.moved
    said = reader.say(NOTHING_EARLIER) if moved is None else change(moved, reader)
    yield Tile(reader.say(EQUITY), reader.value("money", found.equity), (reader.say(EXPECTED), said), look="strong")
    if moved is None:
        return
    kept = share(moved.retained, moved.before)
    notes = () if kept is None else (reader.say(OF_BEFORE, share=kept, since=moved.since),)
    yield Tile(reader.say(RETAINED), reader.value("money", moved.retained), notes)
    yield Tile(reader.say(NEW_VALUE), reader.value("money", moved.new), (reader.say(NEWCOMERS, since=moved.since),))


def stake_tiles(found: Overview, reader: Reader) -> Iterator[Tile]:
    """What may be lost, and how many customers may be written to."""
    if found.at_stake is not None:
        leaving = reader.say(LEAVING, n=found.risky)
        yield Tile(reader.say(AT_STAKE), reader.value("money", found.at_stake), (leaving,), look="warn")
    if found.reachable_share is not None:
        yield Tile(reader.say(REACHABLE), reader.value("share", found.reachable_share), (reader.say(AGREED),))


def business(found: Overview, reader: Reader) -> list[Tile]:
    """The second row: sales, and how many customers there are."""
    tiles = []
    if found.sold is not None:
        title = reader.say(SALES, month=found.sold.month)
        tiles.append(Tile(title, reader.value("money", found.sold.sales), (reader.say(REPEAT, share=found.sold.repeat_share),)))
    if found.sales_each is not None:
        tiles.append(Tile(reader.say(EACH), reader.value("money", found.sales_each), (reader.say(A_YEAR),)))
    customers = reader.value("count", found.customers)
    tiles.append(Tile(reader.say(CUSTOMERS), customers, (reader.say(OPEN_LIST),), link="/customers"))
    if found.active is not None:
        part = reader.say(OF_ALL, share=found.active / found.customers)
        tiles.append(Tile(reader.say(ACTIVE), reader.value("count", found.active), (part,)))
    return tiles


def change(moved: Bridge, reader: Reader) -> str:
    """By how much customer equity changed since when."""
    if not moved.change:
        return reader.say(SAME, since=moved.since)
    size = abs(moved.change)
    return reader.say(ROSE if moved.change > 0 else FELL, size=size, share=share(size, moved.before), since=moved.since)


def causes(found: Overview, reader: Reader) -> list[tuple[str, str]]:
    """What the change of customer equity is made of: cause and signed amount; nothing where there is no earlier run."""
    if found.moved is None:
        return []
    return [(reader.value("category", name), signed(amount, reader)) for name, amount in found.moved.parts.items()]


def signed(amount: Decimal, reader: Reader) -> str:
    """Money with its sign."""
    return f"{'+' if amount > 0 else ''}{reader.value('money', amount)}"


def share(part: Decimal, whole: Decimal) -> float | None:
    """A part of a whole; None of nothing."""
    return float(part / whole) if whole > 0 else None
