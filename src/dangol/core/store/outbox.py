"""What waits to be sent: every delivery has one key, so that a crash or a second click sends nothing twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from dangol.core.store.schema import OutboxRow

CHUNK = 500


@dataclass(frozen=True)
class Delivery:
    """One decision to hand to one destination."""

    decision_id: str
    destination: str

    @property
    def key(self) -> str:
        """What makes the delivery the same delivery."""
        return f"{self.destination}:{self.decision_id}"


def enqueue(session: Session, deliveries: Iterable[Delivery], *, at: datetime | None = None) -> int:
    """Put deliveries in line and return how many are new; those already there, sent or not, stay as they are."""
    moment = at or datetime.now(UTC).replace(tzinfo=None)
    insert = postgres_insert if session.connection().dialect.name == "postgresql" else sqlite_insert
    before = queued(session)
    listed = iter(deliveries)
    while chunk := list(islice(listed, CHUNK)):
        rows = [
            {"delivery_key": each.key, "decision_id": each.decision_id, "destination": each.destination, "created_at": moment,
             "state": "waiting", "attempts": 0}
            for each in chunk
        ]  # fmt: skip
        session.execute(insert(OutboxRow).values(rows).on_conflict_do_nothing(index_elements=["delivery_key"]))
    return queued(session) - before


def queued(session: Session) -> int:
    """Deliveries ever put in line."""
    return session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def waiting(session: Session, destination: str, *, limit: int = 1000) -> Sequence[OutboxRow]:
    """The deliveries next in line for a destination, oldest first."""
    found = select(OutboxRow).where(OutboxRow.destination == destination, OutboxRow.state == "waiting")
    return session.scalars(found.order_by(OutboxRow.outbox_id).limit(limit)).all()


def mark_delivery(session: Session, key: str, state: Literal["sent", "failed"], *, problem: str = "") -> bool:
    """Note what became of a delivery; false when it was not waiting any more, so that it must not be sent.

    Args:
        session: the transaction.
        key: of the delivery.
        state: what became of it.
        problem: without personal data.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    change = update(OutboxRow).where(OutboxRow.delivery_key == key, OutboxRow.state == "waiting")
    values = {
        "state": state,
        "attempts": OutboxRow.attempts + 1,
        "sent_at": now if state == "sent" else None,
        "problem": problem or None,
    }
    changed = session.execute(change.values(values).returning(OutboxRow.outbox_id))
    return len(changed.all()) == 1
