"""Days and moments as rules write them, on the company's clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_moment(written: str) -> datetime | None:
    """The moment of `2026-11-21` or `2026-11-21 15:00` on the company's clock; None when it is neither."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo is None and 1900 <= moment.year < 2200 else None


def is_day(written: str) -> bool:
    """Whether a whole day is meant, not a moment of it."""
    return bool(_DAY.fullmatch(written))


def to_utc(moment: datetime, zone: str) -> datetime:
    """A moment on the company's clock as UTC without zone, as it is stored."""
    return moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def day_bounds(written: str, zone: str) -> tuple[datetime, datetime]:
    """First moment of a day and of the next one, in UTC without zone."""
    start = datetime.fromisoformat(written)
    return to_utc(start, zone), to_utc(start + timedelta(days=1), zone)
