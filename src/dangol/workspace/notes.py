"""Notes on customers: what somebody knows about one, and what campaigns and scores make of it until it ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from sqlalchemy import select

from dangol.core.errors import ConfigError, UnknownName, told
from dangol.core.store import AuditEntry, Note, Store, record_audit
from dangol.core.text import to_translate as words
from dangol.workspace.overruled import Overruled, Spoken
from dangol.workspace.snapshot import Snapshot

REMARK, LEAVE_OUT, PUT_FIRST, SCORE = "remark", "leave_out", "put_first", "score"
KINDS: Mapping[str, str] = {
    REMARK: words("Remark"),
    LEAVE_OUT: words("Leave out of campaigns"),
    PUT_FIRST: words("Put first in campaigns"),
    SCORE: words("Set a chance"),
}
MOST_DAYS, LONGEST = 1095, 500


@dataclass(frozen=True)
class Saying:
    """What somebody says about a customer.

    Attributes:
        kind: remark, leave_out, put_first or score.
        reason: why; kept with it.
        about: of leave_out and put_first the programme, empty for all; of score the column of the profile.
        value: the chance that is set, between 0 and 1.
        days: how long it stands; 0 until it is taken back. Pinning and setting run out.
    """

    kind: str
    reason: str
    about: str = ""
    value: float | None = None
    days: int = 0


@dataclass(frozen=True)
class Noted:
    """A note as it is kept, under the customer's number of today."""

    note_id: int
    customer_id: int
    kind: str
    about: str
    value: float | None
    reason: str
    who: str
    said_at: datetime
    until: datetime | None
    undone_at: datetime | None

    @property
    def ended_at(self) -> datetime | None:
        """When it was taken back or ran out, or will; None for as long as nobody takes it back."""
        return min((each for each in (self.until, self.undone_at) if each is not None), default=None)

    def stands(self, at: datetime) -> bool:
        """Whether it stands at a moment."""
        return self.said_at <= at and (self.ended_at is None or at < self.ended_at)


class Notes:
    """The notes of one company.

    Args:
        store: keeps them.
        snapshot: the serving one; notes are on customers it knows.
        programmes: names of all programmes.
        mains: main scores of all predictions.
    """

    def __init__(self, store: Store, snapshot: Snapshot, programmes: Collection[str], mains: Collection[str]) -> None:
        self.store = store
        self.snapshot = snapshot
        self.programmes = programmes
        self.mains = mains

    @property
    def chances(self) -> list[str]:
        """The scores that people may set: main scores of the profile that are chances."""
        columns = self.snapshot.columns
        return [name for name in self.mains if name in columns and columns[name].kind == "probability"]

    def all(self, customer_id: int | None = None) -> list[Noted]:
        """Every note, or those on one customer, the latest first; under today's numbers."""
        found = noted(self.store, self.snapshot.redirects)
        return [each for each in reversed(found) if customer_id in (None, each.customer_id)]

    def say(self, customer_id: int, saying: Saying, *, who: str) -> int:
        """Keep a note; returns its number. Campaigns heed it at once, scores from the next run on.

        Raises:
            UnknownName: no such kind, programme or score.
            ConfigError: there is no reason or no chance, or it stands too long or for ever where it must run out.
        """
        self.check(saying)
        now = moment_now()
        until = now + timedelta(days=saying.days) if saying.days else None
        row = Note(customer_id=self.known(customer_id), kind=saying.kind, about=saying.about, value=saying.value,
                   reason=saying.reason.strip(), who=who, said_at=now, until=until)  # fmt: skip
        with self.store.session() as session:
            session.add(row)
            session.flush()
            number = int(row.note_id)
        # what people write about a customer stays out of the trail, which nobody can erase
        record_audit(self.store, AuditEntry(who=who, what=f"note {number}: {saying.kind}", whose=f"customer {row.customer_id}"))
        return number

    def known(self, customer_id: int) -> int:
        """Today's number of a customer.

        Raises:
            UnknownName: nobody has it.
        """
        number = self.snapshot.redirects.get(customer_id, customer_id)
        if not self.snapshot.duck.cursor().rows("SELECT customer_id FROM profile WHERE customer_id = ?", [number]):
            raise UnknownName(told("there is no customer {number}", number=str(customer_id)))
        return number

    def check(self, saying: Saying) -> None:
        """Refuse what cannot be kept; see `say`."""
        UnknownName.check(told("kind of note"), saying.kind, KINDS)
        if not saying.reason.strip():
            raise ConfigError(told("a note needs a reason"), hint=told("say in a few words why; it is kept with what you do"))
        if len(saying.reason) > LONGEST:
            raise ConfigError(told("the reason is longer than {most:count} characters", most=LONGEST))
        lasting = saying.kind in (REMARK, LEAVE_OUT)
        if not (0 if lasting else 1) <= saying.days <= MOST_DAYS:
            least = "0" if lasting else "1"
            what = told("a note of this kind stands for {least} to {most} days", least=least, most=str(MOST_DAYS))
            raise ConfigError(what, hint=told("people forget: what is pinned or set must run out"))
        if saying.kind == SCORE:
            UnknownName.check(told("chance"), saying.about, self.chances)
            if saying.value is None or not 0 <= saying.value <= 1:
                raise ConfigError(told("a chance lies between 0 and 1"))
        elif saying.about:
            UnknownName.check(told("programme"), saying.about, self.programmes)

    def take_back(self, note_id: int, *, who: str) -> None:
        """A note stands no more; it stays as history.

        Raises:
            UnknownName: there is no such note that stands.
        """
        now = moment_now()
        with self.store.session() as session:
            row = session.get(Note, note_id)
            if row is None or row.undone_at is not None or (row.until is not None and row.until <= now):
                raise UnknownName(told("no note {number} that stands", number=str(note_id)))
            row.undone_at, customer_id = now, row.customer_id
        record_audit(self.store, AuditEntry(who=who, what=f"note {note_id} taken back", whose=f"customer {customer_id}"))

    def named(self, kind: str, programme: str = "") -> pa.Table:
        """Customers whom notes of a kind leave out of, or put first in, all programmes and this one: customer_id, each once."""
        now = moment_now()
        found = {each.customer_id for each in self.all()
                 if each.kind == kind and each.about in ("", programme) and each.stands(now)}  # fmt: skip
        return pa.table({"customer_id": pa.array(sorted(found), pa.int64())})


def noted(store: Store, redirects: Mapping[int, int] | None = None) -> Sequence[Noted]:
    """All notes as they are kept, the earliest first."""
    moved = redirects or {}
    with store.reading() as session:
        return [
            Noted(row.note_id, moved.get(row.customer_id, row.customer_id), row.kind, row.about, row.value, row.reason, row.who,
                  row.said_at, row.until, row.undone_at)
            for row in session.scalars(select(Note).order_by(Note.note_id))
        ]  # fmt: skip


def overruled(store: Store) -> Overruled:
    """The chances that people set, as runs heed them."""
    spoken = [Spoken(each.customer_id, each.about, each.value, each.said_at, each.ended_at)
              for each in noted(store) if each.kind == SCORE and each.value is not None]  # fmt: skip
    return Overruled(spoken, moment_now())


def moment_now() -> datetime:
    """Now, UTC without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
