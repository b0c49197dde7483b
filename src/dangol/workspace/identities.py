"""Who is who: the records behind a customer, where its attributes came from, how it became one, and who anybody was when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, UnknownName, told
from dangol.core.query import literal, named
from dangol.core.tables import TABLES
from dangol.identity.customer import IDENTITY_MAP
from dangol.identity.figures import read_figures
from dangol.identity.lasting import EVENTS, KNOWN, MOVED, REDIRECTS
from dangol.identity.surviving import CHOSEN, KINDS, OF_RECORDS, RECORDS
from dangol.workspace.reviewing import Record

KIND_OF = {rank: kind for kind, rank in KINDS.items()}
FILES = {"identity_map": IDENTITY_MAP, "records": RECORDS, "chosen": CHOSEN, "events": EVENTS, "moved": MOVED, "known": KNOWN,
         "redirects": REDIRECTS}  # fmt: skip
ATTRIBUTES = tuple(each.name for each in TABLES["customers"].columns if each.name not in OF_RECORDS)
INFERRED = "gender_inferred"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Joined:
    """One source record of a customer.

    Attributes:
        rule: by what it was joined to the others.
        confidence: how surely; None for one that stands alone.
        source: in the settings; empty where no source tells anything of the record but its number.
        registered_at: when the person registered there.
    """

    record: Record
    rule: str
    confidence: float | None
    source: str = ""
    registered_at: datetime | None = None


@dataclass(frozen=True)
class Provenance:
    """Where the chosen value of an attribute came from.

    Attributes:
        kind: `given`, `external` or `inferred`.
        source: in the settings; empty for what was inferred here.
        record: that said it; None likewise.
        at: when that was registered.
        others: how many other records of the customer say something else.
    """

    kind: str
    source: str
    record: Record | None
    at: datetime | None
    others: int = 0


@dataclass(frozen=True)
class Was:
    """Who a record or a number was at a moment.

    Attributes:
        customer_id: at that moment; None where nobody knew it yet.
        now: the number of the same customer today.
        records: that were this customer at that moment.
    """

    asked: str
    at: datetime
    customer_id: int | None
    now: int | None
    records: Sequence[Record]


class Identities:
    """Who is who in the serving run.

    Args:
        folder: of its unify stage.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def opened(self) -> Duck:
        """An engine with the run's files as tables; those an older version did not write are left out."""
        duck = Duck(memory_limit="500MB", threads=1)
        for name, file in FILES.items():
            if (self.folder / file).exists():
                duck.view(name, self.folder / file)
        return duck

    @property
    def figures(self) -> Mapping[str, Any]:
        """What identity did to the company (`identity.figures`)."""
        return read_figures(self.folder)

    def records(self, customer_id: int) -> list[Joined]:
        """The source records of a customer, those that tell something first."""
        with self.opened() as duck:
            mine = exp.EQ(this=exp.column("customer_id"), expression=literal(customer_id))
            mapped = duck.rows(exp.select("*").from_("identity_map").where(mine).order_by("system", "customer_ref"))
            said = self.said(duck, customer_id)
        by_key = {(each["system"], each["customer_ref"]): each for each in said}
        found = []
        for row in mapped:
            words = by_key.get((row["system"], row["customer_ref"]), {})
            record = Record(row["system"], row["customer_ref"])
            found.append(Joined(record, row["rule"], row["confidence"], words.get("source") or "", words.get("registered_at")))
        return found

    def said(self, duck: Duck, customer_id: int) -> list[dict[str, Any]]:
        """What every record of a customer says."""
        if "records" not in duck.tables():
            return []
        mine = exp.EQ(this=exp.column("customer_id"), expression=literal(customer_id))
        return duck.rows(exp.select("*").from_("records").where(mine).order_by("place"))

    def provenance(self, customer_id: int, as_of: datetime) -> dict[str, Provenance]:
        """Where each attribute of a customer came from, as it was known at a moment."""
        with self.opened() as duck:
            rows = [each for each in self.said(duck, customer_id) if each["since"] < as_of]
            places = self.chosen(duck, customer_id, as_of) if len(rows) > 1 else filled_by(rows)
        return {name: provenance_of(row, name, rows) for name, row in speaking(rows, places).items()}

    def chosen(self, duck: Duck, customer_id: int, as_of: datetime) -> dict[str, Any]:
        """Which record each attribute was taken from in the version that held at a moment."""
        if "chosen" not in duck.tables():
            return {}
        mine = exp.EQ(this=exp.column("customer_id"), expression=literal(customer_id))
        rows = duck.rows(exp.select("*").from_("chosen").where(mine))
        return next((each for each in rows if held_at(each, as_of)), {})

    def story(self, customer_id: int) -> list[dict[str, Any]]:
        """How a customer became one or parted from others, the latest first."""
        with self.opened() as duck:
            number = literal(customer_id)
            mine = exp.or_(*(exp.EQ(this=exp.column(name), expression=number.copy()) for name in ("customer_id", "former_id")))
            return duck.rows(exp.select("*").from_("events").where(mine).order_by("noticed_at DESC", "former_id"))

    def log(self, *, limit: int, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """A page of how customers became one or parted, the latest first; and how much there is of it."""
        with self.opened() as duck:
            page = exp.select("*").from_("events").order_by("noticed_at DESC", "former_id", "customer_id")
            return duck.rows(page.limit(limit).offset(offset)), int(duck.value("SELECT count(*) FROM events"))

    def tell(self, records: Sequence[Record]) -> dict[Record, dict[str, Any]]:
        """What each of some records says about its person."""
        with self.opened() as duck:
            if "records" not in duck.tables() or not records:
                return {}
            rows = duck.rows(numbered(records))
        # A number may stand in several systems.
        wanted = set(records)
        return {record_of(each): each for each in rows if record_of(each) in wanted}

    def whois(self, asked: str, at: datetime) -> Was:
        """Who a record, written `mall/1042`, or a customer number was at a moment.

        Numbers of the past are those that pages and files showed then: the moment is that of the runs, not of the sources.

        Raises:
            UnknownName: there is no such record or number.
            ConfigError: what was asked is neither.
        """
        with self.opened() as duck:
            number = self.number_then(duck, asked, at)
            if number is None:
                return Was(asked, at, None, None, [])
            then = self.at(duck, at, number)
            now = current(duck, number)
        return Was(asked, at, number, now, then)

    def number_then(self, duck: Duck, asked: str, at: datetime) -> int | None:
        """The number that a record had, or that stood for a number, at a moment."""
        if asked.isdigit():
            return followed(duck, int(asked), at)
        record = Record.of(asked)
        known = known_record(duck, record)
        if known.get("known_at") is not None and known["known_at"] > at:
            return None
        later = moves_after(duck, record, at)
        return int(later[0]["former_id"] if later else known["customer_id"])

    def at(self, duck: Duck, at: datetime, number: int) -> list[Record]:
        """The records of a number at a moment."""
        found = duck.rows(AT, [at, at, number]) if has_moves(duck) else duck.rows(AT_WITHOUT_MOVES, [number])
        return list(map(record_of, found))


# Of every record the number it had: what it had before the first move after the moment, else what it has.
AT = """
    WITH later AS (
        SELECT system, customer_ref, arg_min(former_id, noticed_at) AS customer_id FROM moved WHERE noticed_at > ? GROUP BY ALL)
    SELECT k.system, k.customer_ref FROM known k LEFT JOIN later l USING (system, customer_ref)
    WHERE (k.known_at IS NULL OR k.known_at <= ?) AND coalesce(l.customer_id, k.customer_id) = ? ORDER BY ALL"""
AT_WITHOUT_MOVES = "SELECT system, customer_ref FROM known WHERE customer_id = ? ORDER BY ALL"


def has_moves(duck: Duck) -> bool:
    """Whether the run remembers which record moved when."""
    return "moved" in duck.tables()


def record_of(row: Row) -> Record:
    """The record that a row is about."""
    return Record(row["system"], row["customer_ref"])


def numbered(records: Iterable[Record]) -> exp.Select:
    """What is said under the numbers of some records, in whichever system."""
    numbers = [literal(each.number) for each in records]
    return exp.select("*").from_("records").where(exp.column("customer_ref").isin(*numbers))


def known_record(duck: Duck, record: Record) -> dict[str, Any]:
    """What the run knows of a record.

    Raises:
        UnknownName: there is no such record.
    """
    rows = duck.rows(one_record("known", record))
    if not rows:
        what = told("no record {record:quoted}", record=str(record))
        raise UnknownName(what, hint=told("write system and number, such as {example}", example="mall/1042"))
    return rows[0]


def moves_after(duck: Duck, record: Record, at: datetime) -> list[dict[str, Any]]:
    """How a record went from customer to customer after a moment, the earliest first."""
    if not has_moves(duck):
        return []
    later = [each for each in duck.rows(one_record("moved", record)) if each["noticed_at"] > at]
    return sorted(later, key=lambda each: each["noticed_at"])


def held_at(version: Row, as_of: datetime) -> bool:
    """Whether a version of a customer was the one that held at a moment."""
    begun = version["known_from"] is None or version["known_from"] < as_of
    return begun and (version["known_before"] is None or version["known_before"] >= as_of)


def speaking(rows: Sequence[Row], places: Mapping[str, Any]) -> dict[str, Row]:
    """The record that speaks for each attribute, by the places of records; attributes without one are left out."""
    by_place = {each["place"]: each for each in rows}
    return {name: by_place[places[name]] for name in ATTRIBUTES if places.get(name) in by_place}


def filled_by(rows: Sequence[Row]) -> dict[str, Any]:
    """Which record says each attribute, of a customer with one record."""
    return {name: row["place"] for row in rows for name in ATTRIBUTES if row.get(name) is not None}


def one_record(table: str, record: Record) -> exp.Select:
    """The rows of one record."""
    same = [
        exp.EQ(this=exp.column(name), expression=literal(value))
        for name, value in (("system", record.system), ("customer_ref", record.number))
    ]
    return exp.select("*").from_(named(table)).where(*same)


def followed(duck: Duck, number: int, at: datetime) -> int:
    """The number that a number led to at a moment: its own while anybody had it.

    Raises:
        UnknownName: nobody ever had it.
    """
    events = duck.rows("SELECT * FROM events ORDER BY noticed_at, former_id, customer_id")
    alive = duck.rows("SELECT 1 FROM known WHERE customer_id = ? OR first_id = ? LIMIT 1", [number, number])
    if not alive and not any(number in (each["former_id"], each["customer_id"]) for each in events):
        raise UnknownName(told("unknown customer {number}", number=str(number)), hint=told("look it up in the list of customers"))
    leads = leads_at(events, at)
    seen = number
    for _ in range(len(leads) + 1):
        seen = leads.get(seen, seen)
    return seen


def leads_at(events: Sequence[Row], at: datetime) -> dict[int, int]:
    """Which numbers led to which others at a moment; one that somebody got again leads nowhere."""
    leads: dict[int, int] = {}
    for each in events:
        if each["noticed_at"] <= at:
            if each["kind"] == "merge":
                leads[each["former_id"]] = each["customer_id"]
            leads.pop(each["customer_id"], None)
    return leads


def current(duck: Duck, number: int) -> int:
    """The number that leads to the same customer today."""
    found = duck.rows("SELECT customer_id FROM redirects WHERE former_id = ?", [number])
    return int(found[0]["customer_id"]) if found else number


def provenance_of(row: Mapping[str, Any], name: str, rows: Sequence[Mapping[str, Any]]) -> Provenance:
    """Where one attribute came from."""
    others = {str(each[name]).strip().lower() for each in rows if each.get(name) is not None} - {str(row[name]).strip().lower()}
    record = Record(row["system"], row["customer_ref"])
    return Provenance(KIND_OF[row["provenance"]], row["source"] or "", record, row["registered_at"], len(others))


def moment_of(text: str) -> datetime:
    """A moment as people write it: a day or a day with its time, UTC; a day means its end.

    Raises:
        ConfigError: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as problem:
        what = told("{text:quoted} is no moment", text=text)
        raise ConfigError(what, hint=told("write it as {example}", example="2026-03-01T18:00")) from problem
    return found.replace(hour=23, minute=59, second=59, tzinfo=None) if len(text) == 10 else found.replace(tzinfo=None)
