"""An invented company as a workspace to try things on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dangol.simulate import Plan, Truth, advance, simulate

SEOUL = ZoneInfo("Asia/Seoul")


def invent(folder: Path, *, customers: int, seed: int, years: float, last_day: datetime, events: float) -> Truth:
    """Write the files and settings of an invented company that has existed for so many years up to a day.

    Raises:
        ConfigError: a figure outside its range, or a folder that holds a company already.
    """
    midnight = (last_day + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=SEOUL)
    end = midnight.astimezone(UTC).replace(tzinfo=None)
    return simulate(folder, Plan(customers=customers, seed=seed, years=years, end=end, event_volume=events))


def move_on(folder: Path, days: int, contacted: Path | None) -> Truth:
    """Let an invented company go on: those contacted answer as they are, the others as if nothing had been sent."""
    return advance(folder, days, contacted=contacted)
