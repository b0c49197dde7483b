"""The tables of the application's state, one class a table; moments are UTC without zone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Double, ForeignKey, Index, Integer, MetaData, Numeric, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Money = Numeric(18, 2)
# SQLite numbers rows by itself only where the type is plainly INTEGER
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables of the store; constraints have names, so that migrations can change them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {float: Double, datetime: DateTime}


class Decision(Base):
    """What was decided about one customer in one run of a programme, and how likely that was.

    `probability` is the chance of this very action and arm: 1 for those skipped, the holdout's share for those held out,
    (1 - holdout) * arm share for those contacted.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("campaign_id", "customer_id"),
        Index(None, "programme", "as_of"),
        Index(None, "customer_id", "decided_at"),
    )

    decision_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(120), ForeignKey("campaigns.campaign_id"))
    programme: Mapped[str] = mapped_column(String(80))
    run_id: Mapped[str] = mapped_column(String(80))
    as_of: Mapped[datetime]
    decided_at: Mapped[datetime]
    customer_id: Mapped[int] = mapped_column(BigInteger)
    eligible: Mapped[bool]
    action: Mapped[str] = mapped_column(String(10))
    arm: Mapped[str | None] = mapped_column(String(80))
    channel: Mapped[str | None] = mapped_column(String(20))
    probability: Mapped[float]
    score: Mapped[float | None]
    score_name: Mapped[str] = mapped_column(String(80))
    cost: Mapped[Decimal] = mapped_column(Money)
    reason_code: Mapped[str | None] = mapped_column(String(30))
    consent_recorded_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Campaign(Base):
    """One run of a programme: its frozen settings, its counts and the files that left the house."""

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("programme", "as_of"),)

    campaign_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    programme: Mapped[str] = mapped_column(String(80))
    run_id: Mapped[str] = mapped_column(String(80))
    as_of: Mapped[datetime]
    decided_at: Mapped[datetime]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    exported_at: Mapped[datetime | None]
    files: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


class Suppression(Base):
    """Somebody who must not be contacted: by customer, or by the hash of an address so that a re-import changes nothing.

    `subject` is "customer:<id>" or "address:<hash>"; `channel` is empty for every channel.
    """

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("subject", "channel"),)

    suppression_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    address_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]


class Ruling(Base):
    """What somebody decided about two source records: one customer, or two; taken back, it stays as history."""

    __tablename__ = "rulings"

    ruling_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    left_system: Mapped[str] = mapped_column(String(40))
    left_ref: Mapped[str] = mapped_column(String(200))
    right_system: Mapped[str] = mapped_column(String(40))
    right_ref: Mapped[str] = mapped_column(String(200))
    same: Mapped[bool]
    who: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(500), default="")
    ruled_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Erasure(Base):
    """Somebody who asked to be forgotten; only the number is kept, so that old decisions about them are left out of results."""

    __tablename__ = "erasures"

    erasure_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    customer_id: Mapped[int | None] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(500), default="")
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Tombstone(Base):
    """The keyed hash of a record or device of somebody forgotten: what comes back of it from before stays out."""

    __tablename__ = "tombstones"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    erasure_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("erasures.erasure_id"))
    erased_at: Mapped[datetime]


class QualityRuling(Base):
    """Somebody switched a cleaning rule on or off; taken back, it stays as history."""

    __tablename__ = "quality_rulings"

    ruling_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    rule: Mapped[str] = mapped_column(String(80), index=True)
    active: Mapped[bool]
    who: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(String(500), default="")
    ruled_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Alert(Base):
    """Somebody to look after before they leave, and what was done about it.

    `basis` is what it was told from: orders (one for each silence, `since` the last of them), contracts, or a list.
    """

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("customer_id", "basis", "since"),)

    alert_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    customer_id: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str] = mapped_column(String(12), default="orders")
    since: Mapped[datetime]
    as_of: Mapped[datetime] = mapped_column(DateTime, index=True)
    run_id: Mapped[str] = mapped_column(String(80))
    chance: Mapped[float]
    overdue_ratio: Mapped[float | None]
    days_left: Mapped[float | None]
    signs: Mapped[str] = mapped_column(String(200), default="")
    stake: Mapped[Decimal | None] = mapped_column(Money)
    owner: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(10), default="open")
    snoozed_until: Mapped[datetime | None]
    changed_by: Mapped[str] = mapped_column(String(120), default="")
    changed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500), default="")


class Note(Base):
    """What somebody knows about a customer, and what campaigns and scores make of it; taken back, it stays as history.

    `about` is the programme (empty for all) or the score that it is about; `value` the chance that was set.
    """

    __tablename__ = "notes"

    note_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    customer_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(12))
    about: Mapped[str] = mapped_column(String(80), default="")
    value: Mapped[float | None]
    reason: Mapped[str] = mapped_column(String(500))
    who: Mapped[str] = mapped_column(String(120))
    said_at: Mapped[datetime]
    until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class OutboxRow(Base):
    """One delivery to make; its key is unique, so that nothing is sent twice."""

    __tablename__ = "outbox"

    outbox_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    delivery_key: Mapped[str] = mapped_column(String(200), unique=True)
    decision_id: Mapped[str] = mapped_column(String(32), index=True)
    destination: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(String(300))


class Audit(Base):
    """Who did what, when, with whose data and why; each entry carries the hash of the one before it."""

    __tablename__ = "audit"

    audit_id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(DateTime, index=True)
    who: Mapped[str] = mapped_column(String(120))
    what: Mapped[str] = mapped_column(String(200))
    whose: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class Job(Base):
    """Long work asked for by somebody, and how far it is."""

    __tablename__ = "jobs"

    job_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    asked_by: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progress: Mapped[float] = mapped_column(default=0.0)
    problem: Mapped[str | None] = mapped_column(String(300))
