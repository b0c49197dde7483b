"""Running by itself: when the next run is due by the company's clock, and a watch that starts it then.

Each run is a process of its own, so that a server gives its memory back. A moment that passed while nothing was running is made
up for at once; of several only one.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from dangol.core.errors import DangolError
from dangol.workspace.attempts import Attempts
from dangol.workspace.settings import DAYS, Schedule

# A clock that is set, or a machine that slept, is noticed after this long.
LOOK_SECONDS = 30.0


def next_due(schedule: Schedule, after: datetime, zone: str) -> datetime | None:
    """The first moment after another one at which a run is due, UTC without zone; None where nothing is scheduled.

    A time that the clock skips in spring comes as much later as it skips; one that comes twice in autumn counts once.

    Args:
        schedule: times and days of the company's clock.
        after: UTC without zone.
        zone: of the clock.
    """
    here = ZoneInfo(zone)
    today = after.replace(tzinfo=UTC).astimezone(here).date()
    times = map(time.fromisoformat, schedule.at)
    local = (datetime.combine(day, at, here) for day, at in product(days_around(today, schedule), times))
    moments = (each.astimezone(UTC).replace(tzinfo=None) for each in local)
    return min((each for each in moments if each > after), default=None)


def days_around(today: date, schedule: Schedule) -> list[date]:
    """The days of a schedule from yesterday on, so many that one of each weekday is to come."""
    days = (today + timedelta(days=ahead) for ahead in range(-1, 9))
    return [day for day in days if DAYS[day.weekday()] in schedule.days]


def run_apart(base: Path, root: Path) -> None:
    """One run in a process of its own; what became of it stands among the attempts."""
    process = multiprocessing.get_context("spawn").Process(target=run_once, args=(base, root), name="dangol run")
    process.start()
    process.join()


def run_once(base: Path, root: Path) -> None:
    """One run of a company; what stops it stands among the attempts."""
    from dangol.workspace.company import Company  # which imports this module

    try:
        company = Company.open(base)
    except DangolError as problem:
        attempts = Attempts(root)
        attempts.fail(attempts.begin(), problem)
        return
    with suppress(DangolError):
        company.run()


class Watch:
    """Starts runs when they are due.

    Args:
        base: the company's folder.
        root: its workspace's folder.
        schedule: when to run.
        zone: of the company's clock.
        start: makes one run; a process of its own unless given.
        clock: tells the moment, UTC without zone.
    """

    def __init__(
        self,
        base: Path,
        root: Path,
        schedule: Schedule,
        zone: str,
        *,
        start: Callable[[Path, Path], None] = run_apart,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.base, self.root, self.schedule, self.zone = base, root, schedule, zone
        self.attempts = Attempts(root)
        self.start = start
        self.clock = clock or (lambda: datetime.now(UTC).replace(tzinfo=None))
        self.begun = self.clock()
        self.stopped = threading.Event()
        self.thread: threading.Thread | None = None

    def due(self) -> datetime | None:
        """When the next run is due: after the last one, or after the watch began where there was none."""
        last = self.attempts.last
        after = datetime.fromisoformat(last.started_at) if last else self.begun
        return next_due(self.schedule, after, self.zone)

    def look(self) -> bool:
        """Run if it is time; whether it was."""
        due = self.due()
        if due is None or self.clock() < due:
            return False
        before = self.attempts.last
        self.start(self.base, self.root)
        if self.attempts.last == before:
            # The run could not even begin; it is not tried again before the next time.
            self.attempts.begin()
        return True

    def keep(self) -> None:
        """Look again and again until stopped."""
        while not self.stopped.wait(LOOK_SECONDS if self.thread or self.due() else None):
            self.look()

    def begin(self) -> None:
        """Watch beside whatever else this process does."""
        self.thread = threading.Thread(target=self.keep, name="schedule", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Watch no longer; a run that goes on is not disturbed."""
        self.stopped.set()
