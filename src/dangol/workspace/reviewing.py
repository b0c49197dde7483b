"""Customers looked over by people: doubtful pairs, what was decided about them, and how customers became one or parted.

What somebody decides holds in every later run, until it is taken back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, UnknownName, told
from dangol.core.store import AuditEntry, Ruling, Store, record_audit
from dangol.core.text import to_translate as words
from dangol.identity.customer import DECIDED, FIELDS, REVIEW, nothing
from dangol.identity.lasting import EVENTS

SLASH = "/"
# Pairs of one decision; beyond that nobody has looked at them.
MOST_PAIRS = 400
# What each field showed, for a reader; what is not here says nothing worth telling.
SHOWN: Mapping[tuple[str, str], str] = {
    ("name", "same"): words("same name"),
    ("name", "same_sound"): words("name that sounds the same"),
    ("name", "near"): words("name with a slip"),
    ("name", "alike"): words("similar name"),
    ("name", "masked"): words("masked name that fits"),
    ("name", "family"): words("same family name, another given name"),
    ("name", "given"): words("same given name, another family name"),
    ("name", "different"): words("another name"),
    ("phone", "same_mobile"): words("same mobile phone"),
    ("phone", "same_other"): words("same telephone"),
    ("phone", "same_shared"): words("a telephone that many share"),
    ("phone", "near"): words("telephone with a slip"),
    ("phone", "different"): words("another telephone"),
    ("email", "same"): words("same e-mail"),
    ("email", "same_shared"): words("an e-mail that many share"),
    ("email", "same_user"): words("same e-mail name at another provider"),
    ("email", "near"): words("e-mail with a slip"),
    ("email", "different"): words("another e-mail"),
    ("birth", "same"): words("same birth date"),
    ("birth", "near"): words("birth date with a slip"),
    ("birth", "different"): words("another birth date"),
    ("street", "same_unit"): words("same address with its unit"),
    ("street", "same"): words("same address"),
    ("street", "other_unit"): words("same building, another unit"),
    ("street", "different"): words("another address"),
    ("area", "same_postcode"): words("same postcode"),
    ("gender", "different"): words("another gender"),
}


@dataclass(frozen=True)
class Record:
    """A source record by its system and number, written `mall/1042`."""

    system: str
    number: str

    @classmethod
    def of(cls, written: str) -> Record:
        """A record as it is written.

        Raises:
            ConfigError: there is no system or no number.
        """
        system, slash, number = written.partition(SLASH)
        if not (system and slash and number):
            what = told("{text:quoted} names no record", text=written)
            raise ConfigError(what, hint=told("write system and number, such as {example}", example="mall/1042"))
        return cls(system, number)

    def __str__(self) -> str:
        return f"{self.system}{SLASH}{self.number}"


def handle_of(*records: Record) -> str:
    """What some records are called where their numbers must not be seen."""
    return hashlib.sha256("\x1f".join(map(str, records)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Doubt:
    """Two records that may be one person.

    Attributes:
        chance: that they are, by the model.
        joined: whether they are one customer now.
        evidence: what each field showed, as keys of the catalogue.
    """

    left: Record
    right: Record
    chance: float
    joined: bool
    evidence: tuple[str, ...]

    @property
    def handle(self) -> str:
        """What pages and the API call the pair by, without telling whose numbers it is about."""
        return handle_of(self.left, self.right)


@dataclass(frozen=True)
class Ruled:
    """A decision of somebody about two records."""

    ruling_id: int
    left: Record
    right: Record
    same: bool
    who: str
    reason: str
    ruled_at: datetime
    undone_at: datetime | None


class Desk:
    """Where people look over the customers of one company.

    Args:
        store: keeps what was decided.
        unified: folder of the serving run's unify stage; None before the first run.
    """

    def __init__(self, store: Store, unified: Path | None) -> None:
        self.store = store
        self.unified = unified

    def doubts(self, limit: int = 20, offset: int = 0) -> list[Doubt]:
        """Pairs worth a look, the most doubtful first, without those decided since."""
        return self.open_doubts()[offset : offset + limit]

    def doubt(self, handle: str) -> Doubt:
        """The open pair of a handle.

        Raises:
            UnknownName: there is none, or somebody has decided about it.
        """
        found = next((each for each in self.open_doubts() if each.handle == handle), None)
        if found is None:
            raise UnknownName(told("this pair of records is not open any more"), hint=told("look at the list again"))
        return found

    def open_doubts(self) -> list[Doubt]:
        """All pairs worth a look that nobody has decided about."""
        decided = {frozenset((each.left, each.right)) for each in self.rulings() if each.undone_at is None}
        found = (doubt_of(row) for row in self.read(REVIEW, "abs(chance - 0.5), left_ref, right_ref, left_system"))
        return [each for each in found if frozenset((each.left, each.right)) not in decided]

    def events(self, limit: int = 20) -> list[dict[str, Any]]:
        """How customers became one or parted, the latest first."""
        return self.read(EVENTS, f"noticed_at DESC, former_id LIMIT {int(limit)}")

    def read(self, file: str, order: str) -> list[dict[str, Any]]:
        """Rows of a file of the run; none where there is none."""
        if self.unified is None or not (self.unified / file).exists():
            return []
        with Duck() as duck:
            duck.view("looked_over", self.unified / file)
            return duck.rows(f"SELECT * FROM looked_over ORDER BY {order}")

    def rule(self, left: str, right: str, *, same: bool, who: str, reason: str = "") -> int:
        """Decide about two records, from the next run on; returns the decision's number.

        Raises:
            ConfigError: a record that is not written as system and number, or the same one twice.
        """
        one, other = Record.of(left), Record.of(right)
        if one == other:
            raise ConfigError(told("{text:quoted} was named twice", text=left))
        return self.decide([(one, other)], same=same, who=who, reason=reason)

    def part(self, chosen: Sequence[Record], rest: Sequence[Record], *, who: str, reason: str) -> int:
        """Some records of a customer are another person than the rest, from the next run on; one decision, taken back as a whole.

        Raises:
            ConfigError: nothing was chosen, or nothing is left, or too many to be looked over by anybody.
        """
        if not chosen or not rest:
            raise ConfigError(told("choose some of the records, not none or all"))
        pairs = [(one, other) for one in chosen for other in rest]
        if len(pairs) > MOST_PAIRS:
            raise ConfigError(
                told("{n:count|pair/pairs} at once are too many; at most {most:count}", n=len(pairs), most=MOST_PAIRS)
            )
        return self.decide(pairs, same=False, who=who, reason=reason)

    def decide(self, pairs: Sequence[tuple[Record, Record]], *, same: bool, who: str, reason: str) -> int:
        """Write one decision about some pairs down; all of its rows bear the same moment."""
        now = datetime.now(UTC).replace(tzinfo=None)
        rows = [
            Ruling(left_system=one.system, left_ref=one.number, right_system=other.system, right_ref=other.number,
                   same=same, who=who, reason=reason, ruled_at=now)
            for one, other in pairs
        ]  # fmt: skip
        with self.store.session() as session:
            session.add_all(rows)
            session.flush()
            number = min(int(row.ruling_id) for row in rows)
        what = "joined two records" if same else "parted two records" if len(rows) == 1 else "parted the records of a customer"
        record_audit(self.store, AuditEntry(who=who, what=what, whose=f"ruling {number}", reason=reason))
        return number

    def undo(self, ruling_id: int, *, who: str, reason: str = "") -> None:
        """Take a decision back, from the next run on, with all pairs that were decided in one go.

        Raises:
            UnknownName: there is no such decision, or it was taken back already.
        """
        with self.store.session() as session:
            row = session.get(Ruling, ruling_id)
            if row is None or row.undone_at is not None:
                what = told("there is no decision {number} to take back", number=str(ruling_id))
                raise UnknownName(what, hint=told("{command} lists them", command="dangol review --rulings"))
            now = datetime.now(UTC).replace(tzinfo=None)
            together = select(Ruling).where(Ruling.ruled_at == row.ruled_at, Ruling.who == row.who, Ruling.undone_at.is_(None))
            for each in session.scalars(together):
                each.undone_at = now
        record_audit(self.store, AuditEntry(who=who, what="took a ruling back", whose=f"ruling {ruling_id}", reason=reason))

    def rulings(self) -> list[Ruled]:
        """Every decision, the latest first."""
        with self.store.reading() as session:
            rows = list(session.scalars(select(Ruling).order_by(Ruling.ruling_id.desc())))
            return [ruled_of(row) for row in rows]

    def standing(self) -> pa.Table:
        """The decisions that hold, as matching reads them."""
        rows = [
            {"left_system": each.left.system, "left_ref": each.left.number, "right_system": each.right.system,
             "right_ref": each.right.number, "same": each.same}
            for each in reversed(self.rulings()) if each.undone_at is None
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=nothing(DECIDED).schema)


def doubt_of(row: Mapping[str, Any]) -> Doubt:
    """A row of the file of doubtful pairs."""
    shown = (SHOWN.get((field, row[field] or "")) for field in FIELDS)
    left, right = (Record(row[f"{side}_system"], row[f"{side}_ref"]) for side in ("left", "right"))
    return Doubt(left, right, float(row["chance"]), bool(row["joined"]), tuple(each for each in shown if each))


def ruled_of(row: Ruling) -> Ruled:
    """A row of the store."""
    left, right = Record(row.left_system, row.left_ref), Record(row.right_system, row.right_ref)
    return Ruled(row.ruling_id, left, right, row.same, row.who, row.reason, row.ruled_at, row.undone_at)
