"""Customers who ask to be forgotten: found by number or record, erased everywhere, and kept out when old files come again.

Korea's Personal Information Protection Act gives ten days (Enforcement Decree, Art. 43), the GDPR one month (Art. 12(3)).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, UnknownName, told
from dangol.core.store import (
    Alert,
    AuditEntry,
    Campaign,
    Decision,
    Erasure,
    Note,
    Ruling,
    Store,
    Suppression,
    Tombstone,
    record_audit,
)
from dangol.identity.lasting import KNOWN
from dangol.intake import Erased, Wiped, devices_of, wipe
from dangol.intake.erasure import DEVICE, RECORD
from dangol.intake.inbox import wipe_inbox
from dangol.workspace.earlier import FOLDER as SCORES
from dangol.workspace.reviewing import Record

KEY = "erasure.key"
KEY_BYTES = 32
DAYS = 10
CAMPAIGNS = "campaigns"


@dataclass(frozen=True)
class Asked:
    """A customer who is to be forgotten.

    Attributes:
        customer_id: the number in the serving snapshot; None for a record that was never loaded.
        records: all source records of the customer.
        former: numbers that went into this one.
    """

    customer_id: int | None
    records: tuple[Record, ...]
    former: tuple[int, ...] = ()

    @property
    def numbers(self) -> dict[str, list[str]]:
        """Record numbers by system."""
        found: dict[str, list[str]] = {}
        for each in self.records:
            found.setdefault(each.system, []).append(each.number)
        return found


@dataclass(frozen=True)
class Forgotten:
    """Whom a run is to forget.

    Attributes:
        erased: marks of all records ever erased.
        customers: numbers of those whom no run has forgotten yet.
        requests: numbers of the requests that are still to be met.
    """

    erased: Erased = field(default_factory=Erased)
    customers: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether loaded data may still tell of somebody."""
        return self.erased.pending

    def wipe(self, root: Path, duck: Duck, systems: Mapping[str, str], inbox: str) -> Wiped:
        """Take those whom no run has forgotten yet out of everything loaded and kept.

        Args:
            root: the workspace's folder.
            duck: reads and writes.
            systems: whose numbers each source uses.
            inbox: whose numbers senders of events use.
        """
        arrived = wipe_inbox(root, self.erased, inbox)
        wiped = wipe(root, duck, self.erased, systems)
        wiped.arrived = arrived
        for file in sorted((root / SCORES).glob("*.parquet")):
            wiped.scores += without(file, self.customers)
        return wiped


NOBODY = Forgotten()


@dataclass(frozen=True)
class ErasureState:
    """A request to be forgotten and how far it is."""

    erasure_id: int
    customer_id: int | None
    who: str
    reason: str
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None
    report: Mapping[str, Any]


class Erasures:
    """Requests to be forgotten of one company.

    Args:
        store: keeps requests and marks.
        root: the workspace's folder.
    """

    def __init__(self, store: Store, root: Path) -> None:
        self.store, self.root = store, root

    def find(self, asked: str, unified: Path | None, redirects: Mapping[int, int]) -> Asked:
        """The customer with a number, or with a record written `mall/1042`, with all records.

        Args:
            asked: what somebody wrote.
            unified: folder of the serving run's identity; None before the first run.
            redirects: numbers that lead to others.

        Raises:
            UnknownName: no customer has this number.
            ConfigError: it is neither a number nor a record.
        """
        rows = pq.read_table(unified / KNOWN) if unified is not None else NOBODY_KNOWN
        if asked.removeprefix("#").isdecimal():
            number = int(asked.removeprefix("#"))
            found = self.of_number(rows, redirects.get(number, number), redirects)
            if not found.records:
                raise UnknownName(told("there is no customer {number}", number=asked))
            return found
        record = Record.of(asked)
        mine = rows.filter(pc.and_(pc.equal(rows["system"], record.system), pc.equal(rows["customer_ref"], record.number)))
        return self.of_number(rows, mine["customer_id"][0].as_py(), redirects) if mine.num_rows else Asked(None, (record,))

    def of_number(self, rows: pa.Table, customer_id: int, redirects: Mapping[int, int]) -> Asked:
        """A customer with all records and former numbers."""
        mine = rows.filter(pc.equal(rows["customer_id"], customer_id))
        pairs = zip(mine["system"].to_pylist(), mine["customer_ref"].to_pylist(), strict=True)
        former = tuple(number for number, today in redirects.items() if today == customer_id)
        return Asked(customer_id, tuple(Record(system, number) for system, number in pairs), former)

    def ask(self, asked: Asked, duck: Duck, systems: Mapping[str, str], *, who: str, reason: str) -> int:
        """Note that a customer is to be forgotten; from now on nobody contacts them, and the next run erases.

        Args:
            asked: whom.
            duck: looks for their devices.
            systems: whose numbers each source uses.
            who: notes it.
            reason: why.

        Returns:
            The request's number.

        Raises:
            ConfigError: there is no reason, or the key of earlier erasures is gone.
        """
        if not reason.strip():
            raise ConfigError(
                told("an erasure needs a reason"), hint=told("say why: {example}", example="--reason 'asked by phone'")
            )
        now = datetime.now(UTC).replace(tzinfo=None)
        erased = Erased(self.key())
        marks = {erased.mark(RECORD, each.number, each.system) for each in asked.records}
        marks |= {erased.mark(DEVICE, each) for each in devices_of(self.root, duck, asked.numbers, systems)}
        with self.store.session() as session:
            row = Erasure(customer_id=asked.customer_id, who=who, reason=reason, asked_at=now, due_at=now + timedelta(days=DAYS),
                          report={"records": len(asked.records)})  # fmt: skip
            session.add(row)
            session.flush()
            number = int(row.erasure_id)
            for mark in sorted(marks):
                session.merge(Tombstone(mark=mark, erasure_id=number, erased_at=now))
            self.silence(session, asked, now)
        self.store.settle()
        record_audit(self.store, AuditEntry(who=who, what="asked to be forgotten", whose=f"erasure {number}", reason=reason))
        return number

    def silence(self, session: Session, asked: Asked, now: datetime) -> None:
        """Nobody contacts them any more, and no decision about their records stays."""
        subject = f"customer:{asked.customer_id}"
        known = session.scalar(select(Suppression).where(Suppression.subject == subject, Suppression.channel == ""))
        if asked.customer_id is not None and known is None:
            session.add(Suppression(subject=subject, customer_id=asked.customer_id, channel="", reason="erased", added_at=now))
        theirs = [number for number in (asked.customer_id, *asked.former) if number is not None]
        for kept in (Alert, Note):
            session.execute(delete(kept).where(kept.customer_id.in_(theirs)))
        named = {(each.system, each.number) for each in asked.records}
        for ruling in session.scalars(select(Ruling)):
            if {(ruling.left_system, ruling.left_ref), (ruling.right_system, ruling.right_ref)} & named:
                session.delete(ruling)

    def key(self) -> bytes:
        """The key of all marks, made at the first erasure.

        Raises:
            ConfigError: there are marks, but their key is gone: nobody could be recognised by them.
        """
        path = self.root / KEY
        if path.is_file():
            return path.read_bytes()
        with self.store.reading() as session:
            if session.scalar(select(Tombstone.mark).limit(1)) is not None:
                what = told("the key by which erased customers are recognised is missing")
                raise ConfigError(what, where=str(path), hint=told("restore it from a backup; without it they would come back"))
        self.root.mkdir(parents=True, exist_ok=True)
        made = secrets.token_bytes(KEY_BYTES)
        aside = path.with_suffix(".aside")
        aside.touch(mode=0o600)
        aside.write_bytes(made)
        aside.replace(path)
        return made

    def standing(self) -> Forgotten:
        """Whom runs must not know.

        Raises:
            ConfigError: the key of the marks is gone.
        """
        with self.store.reading() as session:
            marks = {row.mark: row.erased_at for row in session.scalars(select(Tombstone))}
            open_ones = list(session.scalars(select(Erasure).where(Erasure.done_at.is_(None))))
        if not marks:
            return NOBODY
        customers = tuple(each.customer_id for each in open_ones if each.customer_id is not None)
        requests = tuple(int(each.erasure_id) for each in open_ones)
        return Forgotten(Erased(self.key(), marks, pending=bool(open_ones)), customers, requests)

    def done(self, forgotten: Forgotten, wiped: Wiped, models: Sequence[str]) -> None:
        """Note that everybody whom a run was to forget is forgotten, and what went.

        Args:
            forgotten: whom the run had to forget.
            wiped: what the run took away.
            models: predictions that have learned anew, without them.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        with self.store.session() as session:
            for row in session.scalars(select(Erasure).where(Erasure.erasure_id.in_(forgotten.requests))):
                handed_out = self.take_back(session, row.customer_id)
                row.report = {**row.report, **wiped.as_json(), "models": list(models), "campaigns": handed_out}
                row.done_at = now
        record_audit(self.store, AuditEntry(who="run", what="forgot customers", whose=f"{sum(wiped.rows.values())} rows"))

    def take_back(self, session: Session, customer_id: int | None) -> list[str]:
        """Remove our copies of campaign files with somebody in them; the campaigns, whose recipients are to be told."""
        if customer_id is None:
            return []
        named = select(Decision.campaign_id).where(Decision.customer_id == customer_id, Decision.action == "contact")
        found = list(session.scalars(select(Campaign).where(Campaign.campaign_id.in_(named))))
        for campaign in found:
            for name in campaign.files or {}:
                (self.root / CAMPAIGNS / campaign.campaign_id / name).unlink(missing_ok=True)
        return sorted(campaign.campaign_id for campaign in found)

    def listed(self) -> list[ErasureState]:
        """All requests, the latest first."""
        with self.store.reading() as session:
            rows = list(session.scalars(select(Erasure).order_by(Erasure.erasure_id.desc())))
        return [state_of(row) for row in rows]


def state_of(row: Erasure) -> ErasureState:
    """A request of the store as faces see it."""
    report = dict(row.report)
    return ErasureState(row.erasure_id, row.customer_id, row.who, row.reason, row.asked_at, row.due_at, row.done_at, report)


NOBODY_KNOWN = pa.schema([("system", pa.string()), ("customer_ref", pa.string()), ("customer_id", pa.int64())]).empty_table()


def without(file: Path, customers: Sequence[int]) -> int:
    """Take customers out of a file of scores; how many rows went."""
    rows = pq.read_table(file)
    kept = rows.filter(pc.invert(pc.is_in(rows["customer_id"], value_set=pa.array(customers, pa.int64()))))
    if kept.num_rows < rows.num_rows:
        aside = file.with_suffix(".aside")
        pq.write_table(kept, aside)
        aside.replace(file)
    return int(rows.num_rows - kept.num_rows)
