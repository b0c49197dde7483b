"""Late sources: each against the rhythm that was agreed for it, else against its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

from dangol.intake.manifest import Delivery
from dangol.intake.quality.finding import Finding, Severity
from dangol.intake.settings import SourceSettings

DAY = timedelta(days=1)
FEWEST_GAPS = 3
GRACE = 1.5
SHORTEST = timedelta(hours=6)


@dataclass(frozen=True)
class Rhythm:
    """When a source comes and when it came last.

    Attributes:
        every: days between deliveries; None where neither anybody said so nor enough deliveries tell.
        agreed: whether the settings say so.
        last: when the last delivery was loaded; None where nothing was.
        overdue: days beyond the moment it was due, with some grace; 0 while it is not late.
    """

    source: str
    every: float | None
    agreed: bool
    last: datetime | None
    overdue: float

    @property
    def late(self) -> bool:
        """Whether it should have come."""
        return self.overdue > 0

    @property
    def score(self) -> float | None:
        """100 while it is on time; halved for each rhythm that it is overdue; None where nothing tells when it is due."""
        return None if self.every is None else 100.0 * 0.5 ** (self.overdue / self.every)

    def finding(self) -> Finding | None:
        """The finding that it is late."""
        if not self.late or self.last is None:
            return None
        severity: Severity = "high" if self.overdue > 2 * (self.every or 1) else "medium"
        values = {"every": self.every, "last": self.last.isoformat(), "overdue": self.overdue, "agreed": self.agreed}
        return Finding("late", "timeliness", severity, self.source, since=self.last.date().isoformat(), values=values)


def rhythms(root: Path, loaded: Sequence[Delivery], settings: Sequence[SourceSettings], now: datetime) -> list[Rhythm]:
    """The rhythm of every source that has delivered.

    Args:
        root: the workspace's folder; of deliveries that do not say when they were loaded, the kept file does.
        loaded: all deliveries.
        settings: of the sources.
        now: the present moment, UTC.
    """
    agreed: Mapping[str, float | None] = {each.name: each.refresh_days for each in settings}
    moments: dict[str, list[datetime]] = {}
    for each in loaded:
        moments.setdefault(each.source, []).append(loaded_moment(root, each))
    return [rhythm(source, times, agreed.get(source), now) for source, times in sorted(moments.items())]


def loaded_moment(root: Path, delivery: Delivery) -> datetime:
    """When a delivery was loaded, UTC."""
    if delivery.loaded_at:
        return datetime.fromisoformat(delivery.loaded_at)
    kept = root / delivery.raw
    return datetime.fromtimestamp(kept.stat().st_mtime, UTC).replace(tzinfo=None) if kept.exists() else datetime(1970, 1, 1)


def rhythm(source: str, times: Sequence[datetime], agreed: float | None, now: datetime) -> Rhythm:
    """One source's rhythm: as agreed, else the median of the gaps between its loads; files of one load are one delivery."""
    moments = sorted(times)
    gaps = [(later - earlier) / DAY for earlier, later in pairwise(moments) if later - earlier > SHORTEST]
    own = max(median(gaps), 0.25) if len(gaps) >= FEWEST_GAPS else None
    every = agreed or own
    if every is None:
        return Rhythm(source, None, False, moments[-1], 0.0)
    allowed = max(every * GRACE, every + 0.25) if agreed else max(2 * every, GRACE * max(gaps))
    overdue = max(0.0, (now - moments[-1]) / DAY - allowed)
    return Rhythm(source, every, agreed is not None, moments[-1], overdue)
