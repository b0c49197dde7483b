"""The trail of who did what with whose data: only added to, each entry sealed with the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from dangol.core.errors import EngineError, told
from dangol.core.store.schema import Audit
from dangol.core.store.store import Store

FIRST = "0" * 64
ATTEMPTS = 20


@dataclass(frozen=True)
class AuditEntry:
    """Something somebody did.

    Attributes:
        who: opaque id of the user, or the command's name.
        what: such as "export" or "unmask".
        whose: an opaque customer id, a campaign or a number of persons; never a name, an address or a phone number.
        reason: why, as the person stated it.
        place: where the request came from.
    """

    who: str
    what: str
    whose: str = ""
    reason: str = ""
    place: str = ""


def seal(entry: Audit) -> str:
    """SHA-256 over an entry and the hash of the one before it, hexadecimal."""
    parts = [entry.previous, entry.at.isoformat(), entry.who, entry.what, entry.whose, entry.place, entry.reason]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def record_audit(store: Store, entry: AuditEntry, *, at: datetime | None = None) -> str:
    """Add an entry and return its hash; two writers at once come one after the other.

    Raises:
        EngineError: the trail could not be written; then the deed itself must not happen.
    """
    moment = at or datetime.now(UTC).replace(tzinfo=None)
    for _ in range(ATTEMPTS):
        try:
            return appended(store, entry, moment)
        except EngineError as problem:
            # another process took the same place in the chain; the next attempt reads its hash
            if not isinstance(problem.__cause__, IntegrityError):
                raise
    raise EngineError(told("the audit trail was busy {n} times in a row", n=ATTEMPTS), where=told("audit"))


def appended(store: Store, entry: AuditEntry, moment: datetime) -> str:
    """One attempt to add an entry after the last one."""
    with store.session() as session:
        last = session.scalar(select(Audit.hash).order_by(Audit.audit_id.desc()).limit(1))
        row = Audit(**asdict(entry), at=moment, previous=last or FIRST)
        row.hash = seal(row)
        session.add(row)
    return row.hash


def broken_link(entries: Iterable[Audit]) -> int | None:
    """The first entry that was changed, removed or put in later; None when the trail is whole.

    Args:
        entries: all of them in the order of their numbers.
    """
    expected = FIRST
    for entry in entries:
        if entry.previous != expected or entry.hash != seal(entry):
            return entry.audit_id
        expected = entry.hash
    return None
