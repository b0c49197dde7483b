"""The early-warning feed: alerts raised by runs as far as a week's capacity goes, who looks after them, what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from dangol.core.errors import ConfigError, NotReady, UnknownName, told
from dangol.core.store import Alert, AuditEntry, Store, record_audit
from dangol.core.text import Language, lookup
from dangol.core.text import to_translate as words
from dangol.predictions.causes import COMMUNICATION, LOYALTY, OTHER, PRICE, SERVICE
from dangol.workspace.after_warning import (
    CHURN,
    LEFT,
    RETURNED,
    STAYED,
    WORTH,
    Figures,
    as_raised,
    came_back_late,
    ended,
    figures_today,
    where_they_stand,
)
from dangol.workspace.candidates import ORDERS, Candidate, Proof, in_turn, known_of, proofs
from dangol.workspace.categories import category_words
from dangol.workspace.predict import Card
from dangol.workspace.snapshot import Snapshot
from dangol.workspace.warning import WARNINGS

WEEK = timedelta(days=7)
# So long nobody is warned about again because of a contract or the list; a silence is warned about once.
AGAIN = timedelta(days=90)
SNOOZE_DAYS, MOST_SNOOZE = 7, 365
OPEN, SNOOZED, DONE = "open", "snoozed", "done"
STATES: Mapping[str, str] = {
    OPEN: words("To do"), SNOOZED: words("Snoozed"), DONE: words("Done"), RETURNED: words("Ordered again"),
    STAYED: words("Stayed"), LEFT: words("Left"),
}  # fmt: skip
# What speaks for an alert, and what to do about it; the first that holds decides what is suggested. Instead of signs in what
# customers did, alerts by contracts and by the list carry the cause group that stands out and the model's reasons.
SIGNS: Mapping[str, str] = {
    "unanswered": words("an unanswered enquiry"),
    "low_rating": words("a rating of two stars or fewer"),
    "returned": words("a recent return"),
    "unsubscribed": words("no longer wants our messages"),
    "conversation": words("a recent enquiry"),
    "jump": words("the chance of leaving jumped within four weeks"),
    "late": words("the own buying rhythm is broken"),
}
NOTHING = words("no cause stands out")
ACTIONS: Mapping[str, str] = {
    "unanswered": words("Answer the enquiry first"),
    "low_rating": words("Call, listen and make good"),
    "returned": words("Ask whether the return went well and offer an exchange"),
    "unsubscribed": words("No advertising: ask by a service contact which messages are wanted"),
    "conversation": words("Ask whether the enquiry was settled"),
    "jump": words("Get in touch personally within the week"),
    "late": words("Remind of what they usually buy"),
    SERVICE: words("Call, ask what went wrong and put it right"),
    PRICE: words("Go through plan and price with them and offer what fits"),
    COMMUNICATION: words("Get in touch personally and ask which news they want"),
    LOYALTY: words("Show what they do not use yet and offer to renew"),
    OTHER: words("Call and ask whether all is well"),
}


@dataclass(frozen=True)
class Warned:
    """An alert as it stands.

    Attributes:
        customer_id: under today's number.
        basis: orders, contracts or list.
        since: the last order before it; without orders when it was raised.
        as_of: of the run that raised it.
        figures_at: the moment that the four figures are of: today's while it is to do, later those of the day it was raised.
        chance: of no order, or of an end, within the horizon; by a list, of being marked as gone.
        overdue_ratio: the silence in own mean gaps; None without a rhythm.
        days_left: until the customer counts as lapsed, or the horizon is over; None by a list.
        stake: expected margin, or fees of a year, times the chance; None where it is not known.
        state: open, snoozed, done, returned (ordered since), stayed (the horizon is over) or left.
    """

    alert_id: int
    customer_id: int
    basis: str
    since: datetime
    as_of: datetime
    figures_at: datetime
    chance: float
    overdue_ratio: float | None
    days_left: float | None
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
        return next((ACTIONS[sign] for sign in ACTIONS if sign in self.signs), ACTIONS["late"])

    def advice(self, language: Language) -> str:
        """What to do, in words; nothing where it is known what became of the customer."""
        return "" if self.state in (RETURNED, STAYED, LEFT) else lookup(self.action, language)

    def why(self, language: Language) -> list[str]:
        """What speaks for it, in words: signs in what the customer did, or the model's reasons with their cause group."""
        if self.basis == ORDERS:
            return [lookup(SIGNS[sign], language) for sign in self.signs if sign in SIGNS]
        return [self.because(language)]

    def because(self, language: Language) -> str:
        """The model's reasons after their cause group, in words."""
        cause, *reasons = [category_words(sign, language) for sign in self.signs]
        return f"{cause}: {', '.join(reasons)}" if reasons else lookup(NOTHING, language)


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
        cards: model cards of its predictions.
        per_week: how many the team can look after.
        owner: who does unless somebody else takes one over.
    """

    def __init__(self, store: Store, root: Path, snapshot: Snapshot, cards: Mapping[str, Card], *, per_week: int,
                 owner: str = "") -> None:  # fmt: skip
        self.store = store
        self.root = root
        self.snapshot = snapshot
        self.cards = cards
        self.per_week = per_week
        self.owner = owner

    @property
    def evidence(self) -> Mapping[str, Any]:
        """How warnings by orders did in past weeks, as `warning.warn` gives it.

        Raises:
            NotReady: an older version made the snapshot.
        """
        found: Mapping[str, Any] = self.snapshot.meta.get(WARNINGS) or {}
        if not found:
            raise NotReady(told("this snapshot has no early warnings"), hint=told("first: {command}", command="dangol run"))
        return found

    @property
    def proofs(self) -> list[Proof]:
        """How warnings by contracts and by the list of who left did where they were judged."""
        return proofs(self.cards)

    def raise_new(self) -> int:
        """Raise alerts for the most urgent of whom nobody warned yet, as far as the week's capacity goes; returns how many."""
        as_of = self.snapshot.as_of
        with self.store.session() as session:
            lately = select(func.count()).select_from(Alert).where(Alert.as_of > as_of - WEEK, Alert.as_of <= as_of)
            free = max(self.per_week - int(session.scalar(lately) or 0), 0)
            earlier: defaultdict[int, list[Alert]] = defaultdict(list)
            for number, row in self.numbered(session.scalars(select(Alert))):
                earlier[number].append(row)
            candidates = in_turn(self.snapshot, self.root, self.per_week)
            new = list(islice((each for each in candidates if is_new(each, earlier[each.customer_id], as_of)), free))
            worth = known_of(self.snapshot, [each.customer_id for each in new], (WORTH, CHURN))
            session.add_all([self.raised(each, worth.get(each.customer_id, {})) for each in new])
        return len(new)

    def numbered(self, rows: Iterable[Alert]) -> list[tuple[int, Alert]]:
        """Alerts by the numbers that their customers have today."""
        moved = self.snapshot.redirects
        return [(moved.get(row.customer_id, row.customer_id), row) for row in rows]

    def raised(self, found: Candidate, worth: Mapping[str, Any]) -> Alert:
        """A new alert; by orders with the chance that the customer's page shows, where there is one."""
        if found.basis == ORDERS:
            known = worth.get(CHURN)
            found = replace(found, yearly=worth.get(WORTH), chance=found.chance if known is None else known)
        return Alert(
            customer_id=found.customer_id, basis=found.basis, since=found.since, as_of=self.snapshot.as_of,
            run_id=self.snapshot.pointer.run_id, chance=found.chance, overdue_ratio=found.overdue_ratio,
            days_left=found.days_left, signs=";".join(found.signs), stake=found.stake, owner=self.owner, state=OPEN,
        )  # fmt: skip

    def all(self, now: datetime | None = None) -> list[Warned]:
        """Every alert of customers who are still known, those to do first and of these the highest stakes."""
        now = now or datetime.now(UTC).replace(tzinfo=None)
        with self.store.reading() as session:
            rows = self.numbered(session.scalars(select(Alert)))
        today, as_of = where_they_stand(self.snapshot, rows), self.snapshot.as_of
        late = came_back_late(self.snapshot, rows, today)
        found = []
        for row, number, known in ((row, number, today[number]) for number, row in rows if number in today):
            state = state_of(row, ended(row, known, as_of, late=row.alert_id in late), now)
            figures = figures_today(row, known, as_of) if state in (OPEN, SNOOZED) else as_raised(row)
            found.append(warned(row, number, state, figures))
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


def is_new(found: Candidate, earlier: Sequence[Alert], as_of: datetime) -> bool:
    """Whether a candidate should be warned about beside earlier warnings about the same customer."""
    return not any(speaks_against(row, found, as_of) for row in earlier)


def speaks_against(row: Alert, found: Candidate, as_of: datetime) -> bool:
    """Whether an earlier warning is recent, or about the same silence, contract or list."""
    if found.basis == ORDERS:
        return row.as_of > as_of - WEEK or (row.basis, row.since) == (ORDERS, found.since)
    return row.as_of > as_of - (WEEK if row.basis == ORDERS else AGAIN)


def state_of(row: Alert, end: str, now: datetime) -> str:
    """The state that an alert has now.

    Args:
        row: the alert.
        end: what became of the customer; empty while it is open.
        now: the moment.
    """
    if row.state == DONE:
        return DONE
    woken = row.state == SNOOZED and row.snoozed_until is not None and row.snoozed_until <= now
    return end or (OPEN if woken else row.state)


def warned(row: Alert, customer_id: int, state: str, figures: Figures) -> Warned:
    """An alert with the state and the figures that it has now."""
    return Warned(
        row.alert_id, customer_id, row.basis, row.since, row.as_of, figures.at, figures.chance, figures.overdue_ratio,
        figures.days_left, tuple(filter(None, row.signs.split(";"))), figures.stake, row.owner, state, row.snoozed_until,
        row.changed_by, row.changed_at, row.note,
    )  # fmt: skip
