"""The early-warning feed: alerts raised by runs as far as a week's capacity goes, who looks after them, what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import func, select
from sqlglot import exp

from dangol.core.errors import ConfigError, NotReady, UnknownName, told
from dangol.core.store import Alert, AuditEntry, Store, record_audit
from dangol.core.text import to_translate as words
from dangol.workspace.rhythms import EPOCH
from dangol.workspace.snapshot import Snapshot
from dangol.workspace.warning import FILE, WARNINGS

WEEK = timedelta(days=7)
SNOOZE_DAYS, MOST_SNOOZE = 7, 365
OPEN, SNOOZED, DONE, RETURNED = "open", "snoozed", "done", "returned"
STATES: Mapping[str, str] = {
    OPEN: words("To do"), SNOOZED: words("Snoozed"), DONE: words("Done"), RETURNED: words("Ordered again"),
}  # fmt: skip
# What speaks for an alert, and what to do about it; the first that holds decides what is suggested.
SIGNS: Mapping[str, str] = {
    "unanswered": words("an unanswered enquiry"),
    "low_rating": words("a rating of two stars or fewer"),
    "returned": words("a recent return"),
    "unsubscribed": words("no longer wants our messages"),
    "conversation": words("a recent enquiry"),
    "jump": words("the chance of leaving jumped within four weeks"),
    "late": words("the own buying rhythm is broken"),
}
ACTIONS: Mapping[str, str] = {
    "unanswered": words("Answer the enquiry first"),
    "low_rating": words("Call, listen and make good"),
    "returned": words("Ask whether the return went well and offer an exchange"),
    "unsubscribed": words("No advertising: ask by a service contact which messages are wanted"),
    "conversation": words("Ask whether the enquiry was settled"),
    "jump": words("Get in touch personally within the week"),
    "late": words("Remind of what they usually buy"),
}


@dataclass(frozen=True)
class Warned:
    """An alert as it stands.

    Attributes:
        customer_id: under today's number.
        silent_since: the last order before it.
        as_of: of the run that raised it.
        chance: then, of no order within the horizon.
        overdue_ratio: the silence then in own mean gaps; None without a rhythm.
        days_left: from then until the customer counts as lapsed.
        stake: expected margin then, times the chance; None where it is not known.
        state: open, snoozed, done or returned (ordered since).
    """

    alert_id: int
    customer_id: int
    silent_since: datetime
    as_of: datetime
    chance: float
    overdue_ratio: float | None
    days_left: float
    signs: tuple[str, ...]
    stake: Decimal | None
    owner: str
    state: str
    snoozed_until: datetime | None
    changed_by: str
    changed_at: datetime | None
    note: str

    @property
    def action(self) -> str:
        """What to do, as a key of the catalogue."""
        return next((ACTIONS[sign] for sign in SIGNS if sign in self.signs), ACTIONS["late"])


@dataclass(frozen=True)
class Said:
    """What somebody says about an alert.

    Attributes:
        state: open, snoozed or done; empty to leave it.
        owner: who looks after it; None to leave it.
        days: how long it is snoozed.
        note: kept with it.
    """

    state: str = ""
    owner: str | None = None
    days: int = SNOOZE_DAYS
    note: str = ""

    def checked(self) -> Said:
        """Itself.

        Raises:
            ConfigError: a state people cannot set, or a snooze that is too short or too long.
        """
        if self.state not in ("", OPEN, SNOOZED, DONE):
            what = told("{state:quoted} is no state of an alert", state=self.state)
            raise ConfigError(what, hint=told("known: {names:listed}{more}", names=[OPEN, SNOOZED, DONE], more=""))
        if not 1 <= self.days <= MOST_SNOOZE:
            raise ConfigError(told("{days} days are not between 1 and {most}", days=str(self.days), most=str(MOST_SNOOZE)))
        return self


class Alerts:
    """The alerts of one company.

    Args:
        store: keeps them.
        root: the workspace's folder.
        snapshot: the serving one.
        per_week: how many the team can look after.
        owner: who does unless somebody else takes one over.
    """

    def __init__(self, store: Store, root: Path, snapshot: Snapshot, per_week: int, owner: str = "") -> None:
        self.store = store
        self.root = root
        self.snapshot = snapshot
        self.per_week = per_week
        self.owner = owner

    @property
    def evidence(self) -> Mapping[str, Any]:
        """How such warnings did in past weeks, as `warning.warn` gives it.

        Raises:
            NotReady: an older version made the snapshot.
        """
        found: Mapping[str, Any] = self.snapshot.meta.get(WARNINGS) or {}
        if not found:
            raise NotReady(told("this snapshot has no early warnings"), hint=told("first: {command}", command="dangol run"))
        return found

    def raise_new(self) -> int:
        """Raise alerts for the most urgent of whom nobody warned yet, as far as the week's capacity goes; returns how many."""
        if WARNINGS not in self.snapshot.meta:
            return 0
        as_of = self.snapshot.as_of
        listed = pq.read_table(self.root / self.evidence["folder"] / FILE).to_pylist()
        with self.store.session() as session:
            lately = select(func.count()).select_from(Alert).where(Alert.as_of > as_of - WEEK, Alert.as_of <= as_of)
            free = self.per_week - int(session.scalar(lately) or 0)
            known = {
                (each.customer_id, each.silent_since) for each in session.execute(select(Alert.customer_id, Alert.silent_since))
            }
            new = [row for row in listed if (row["customer_id"], moment_of(row["last_day"])) not in known][: max(free, 0)]
            worth = self.worth([row["customer_id"] for row in new])
            session.add_all([self.raised(row, worth.get(row["customer_id"])) for row in new])
        return len(new)

    def raised(self, row: Mapping[str, Any], margin: Decimal | None) -> Alert:
        """A new alert."""
        stake = None if margin is None else (margin * Decimal(repr(row["chance"]))).quantize(Decimal("0.01"))
        return Alert(
            customer_id=row["customer_id"], silent_since=moment_of(row["last_day"]), as_of=self.snapshot.as_of,
            run_id=self.snapshot.pointer.run_id, chance=row["chance"], overdue_ratio=row["overdue_ratio"],
            days_left=row["days_left"], signs=row["signs"], stake=stake, owner=self.owner, state=OPEN,
        )  # fmt: skip

    def worth(self, customers: Sequence[int]) -> dict[int, Decimal]:
        """Expected margin of some customers, where it is known."""
        return self.known(customers, "expected_margin_12m")

    def known(self, customers: Iterable[int], column: str) -> dict[int, Any]:
        """One column of the profile for some customers; missing values are left out."""
        if column not in self.snapshot.columns:
            return {}
        wanted = exp.In(this=exp.column("customer_id"), expressions=[exp.Literal.number(each) for each in customers])
        if not wanted.expressions:
            return {}
        rows = self.snapshot.duck.cursor().rows(exp.select("customer_id", column).from_("profile").where(wanted))
        return {row["customer_id"]: row[column] for row in rows if row[column] is not None}

    def all(self, now: datetime | None = None) -> list[Warned]:
        """Every alert of customers who are still known, those to do first and of these the highest stakes."""
        now = now or datetime.now(UTC).replace(tzinfo=None)
        with self.store.reading() as session:
            rows = list(session.scalars(select(Alert)))
        moved = self.snapshot.redirects
        numbers = {row.alert_id: moved.get(row.customer_id, row.customer_id) for row in rows}
        last = self.known(set(numbers.values()), "last_ordered_at")
        found = [
            warned(row, numbers[row.alert_id], last[numbers[row.alert_id]], now) for row in rows if numbers[row.alert_id] in last
        ]
        places = list(STATES)
        return sorted(found, key=lambda each: (places.index(each.state), -(each.stake or 0), -each.chance, each.alert_id))

    def counts(self, found: Sequence[Warned]) -> dict[str, int]:
        """How many alerts are in each state."""
        return {state: sum(each.state == state for each in found) for state in STATES}

    def act(self, alert_id: int, said: Said, *, who: str) -> None:
        """Snooze an alert, close it, open it again, or give it to somebody.

        Raises:
            UnknownName: there is no such alert.
            ConfigError: what was said makes no sense.
        """
        said = said.checked()
        now = datetime.now(UTC).replace(tzinfo=None)
        with self.store.session() as session:
            row = session.get(Alert, alert_id)
            if row is None:
                raise UnknownName(told("there is no alert {number}", number=str(alert_id)))
            row.state = said.state or row.state
            row.owner = row.owner if said.owner is None else said.owner
            row.snoozed_until = now + timedelta(days=said.days) if said.state == SNOOZED else None
            row.changed_by, row.changed_at, row.note = who, now, said.note or row.note
        what = f"set an alert to {said.state}" if said.state else "gave an alert to somebody"
        record_audit(self.store, AuditEntry(who=who, what=what, whose=f"alert {alert_id}", reason=said.note))


def moment_of(day: float) -> datetime:
    """Days since 1970 as a moment, to the second."""
    return EPOCH + timedelta(seconds=round(day * 86400))


def warned(row: Alert, customer_id: int, last: datetime, now: datetime) -> Warned:
    """An alert with the state that it has now."""
    state = row.state
    if state == SNOOZED and row.snoozed_until is not None and row.snoozed_until <= now:
        state = OPEN
    if state != DONE and last - row.silent_since > timedelta(days=1):
        state = RETURNED
    return Warned(
        row.alert_id, customer_id, row.silent_since, row.as_of, row.chance, row.overdue_ratio, row.days_left,
        tuple(filter(None, row.signs.split(";"))), row.stake, row.owner, state, row.snoozed_until, row.changed_by,
        row.changed_at, row.note,
    )  # fmt: skip
