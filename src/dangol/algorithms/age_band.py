"""Age bands as people write them, as half-open intervals of years."""

from __future__ import annotations

import re

OLDEST = 120.0
RANGE = re.compile(r"(\d{1,3})\s*(?:세|살)?\s*(?:-|~|–|to|부터)\s*(\d{1,3})")
DECADE = re.compile(r"(\d{1,2}0)\s*(?:대|s|'s)")
ABOVE = re.compile(r"(\d{1,3})\s*(?:세|살)?\s*(?:\+|이상|and over|and older|or older|plus|~\s*$|-\s*$)")
OVER = re.compile(r"(?:over|above|초과)\s*(\d{1,3})|(\d{1,3})\s*(?:세|살)?\s*초과")
BELOW = re.compile(r"(?:under|below|<)\s*(\d{1,3})|(\d{1,3})\s*(?:세|살)?\s*미만")
UP_TO = re.compile(r"(\d{1,3})\s*(?:세|살)?\s*이하")
SINGLE = re.compile(r"(\d{1,3})\s*(?:세|살|years?|y)?")


def years(text: str | None) -> tuple[float, float] | None:
    """The ages [from, before) that a band means; None where it says none: `30-34` is (30, 35), `60대 이상` is (60, 120).

    Args:
        text: as a source wrote it, such as `25~29세`, `30대`, `65+`, `under 18`.
    """
    written = (text or "").strip().lower()
    decade = DECADE.search(written)
    if decade:
        start = float(decade[1])
        return start, OLDEST if "이상" in written else start + 10
    found = RANGE.search(written)
    if found:
        return proper(float(found[1]), float(found[2]) + 1)
    for pattern, band in BANDS:
        found = pattern.search(written)
        if found:
            return proper(*band(float(next(filter(None, found.groups())))))
    found = SINGLE.fullmatch(written)
    return proper(float(found[1]), float(found[1]) + 1) if found else None


BANDS = (
    (ABOVE, lambda age: (age, OLDEST)),
    (OVER, lambda age: (age + 1, OLDEST)),
    (BELOW, lambda age: (0.0, age)),
    (UP_TO, lambda age: (0.0, age + 1)),
)


def proper(start: float, before: float) -> tuple[float, float] | None:
    """An interval, if it is one within a human life."""
    return (start, before) if 0 <= start < before <= OLDEST + 1 else None
