"""Monitors over time: sudden drops, sources that fall silent, clocks that jump, fields that go empty.

Each looks at one source of one table against the source's own past, so that nothing has to be set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dangol.algorithms.hour_shift import Turn, hour_shift, still_turned
from dangol.algorithms.level_step import share_falls
from dangol.algorithms.sudden_drop import Drop, sudden_drops
from dangol.core.tables import TABLES
from dangol.intake.quality.finding import Finding, Severity
from dangol.intake.quality.pulse import AMOUNT, ROWS, Pulse

Numbers = npt.NDArray[np.float64]
WEEK = 7
# Tables with something people do at their own hours, and by themselves; messages go out when we send them.
WITH_HOURS = ("orders", "order_lines", "events", "interactions")
WITH_VOLUME = ("orders", "order_lines", "events", "interactions", "feedback", "customers")
# They go on as long as the company sells anything.
SELLING = ("orders", "order_lines", "events")
FIRST_WEEKS, SAME_TURN = 4, 2
AWAKE_HOURS, NIGHT = 6, range(9, 19)
FEWEST_FOR_CLOCK = 500


@dataclass(frozen=True)
class Line:
    """One source of one table by days, from its first to the table's last day.

    Attributes:
        first: the day of place 0.
        rows, amounts: one number a day.
        hours: days × 24 rows.
    """

    source: str
    table: str
    first: date
    rows: Numbers
    amounts: Numbers
    hours: Numbers
    filled: Mapping[str, Numbers]

    @property
    def moment(self) -> str:
        """The column that says when a row happened; empty where there is none."""
        return TABLES[self.table].moment or ""

    def day(self, place: int) -> str:
        """A place as an ISO date."""
        return (self.first + timedelta(days=place)).isoformat()

    @cached_property
    def weeks(self) -> int:
        """Whole weeks from the first day."""
        return self.rows.size // WEEK

    def weekly(self, series: Numbers) -> Numbers:
        """A series of days as sums of whole weeks."""
        whole = series[: self.weeks * WEEK]
        summed: Numbers = whole.reshape(self.weeks, WEEK, *series.shape[1:]).sum(axis=1)
        return summed


def lines(pulse: Pulse, until: date | None) -> Iterator[Line]:
    """Each source of a table by days.

    Args:
        pulse: the table.
        until: the last whole day of the company; days without rows up to it count as empty.
    """
    for source in pulse.sources:
        own = pulse.of(source)
        if own.num_rows:
            yield line_of(pulse, source, own, until)


def line_of(pulse: Pulse, source: str, own: pa.Table, until: date | None) -> Line:
    """One source by days; the day its data end on is left out, because it may not be whole."""
    days = np.array(own["day"].to_pylist(), dtype="datetime64[D]").astype(int)
    first, last = int(days.min()), int(days.max())
    size = max(last, (until.toordinal() - date(1970, 1, 1).toordinal()) if until else last) - first + 1
    place = days - first

    def daily(column: str) -> Numbers:
        values = np.nan_to_num(own[column].to_numpy(zero_copy_only=False).astype(float))
        summed: Numbers = np.bincount(place, weights=values, minlength=size).astype(float)
        return summed

    hours = np.zeros((size, 24))
    np.add.at(hours, (place, own["hour"].to_numpy(zero_copy_only=False).astype(int)), own[ROWS].to_numpy().astype(float))
    whole = slice(0, size - 1) if size > 1 else slice(0, size)
    filled = {each: daily(f"filled {each}")[whole] for each in pulse.columns}
    begin = date(1970, 1, 1) + timedelta(days=first)
    return Line(source, pulse.table, begin, daily(ROWS)[whole], daily(AMOUNT)[whole], hours[whole], filled)


def volume(line: Line) -> list[Finding]:
    """Days on which far less came than usual; at the end of the data the source has fallen silent."""
    if line.table not in WITH_VOLUME:
        return []
    some = line.rows > 0
    per_row = float(np.median(line.amounts[some] / line.rows[some])) if some.any() else 0.0
    return [drop_finding(line, drop, per_row) for drop in sudden_drops(line.rows)]


def drop_finding(line: Line, drop: Drop, per_row: float) -> Finding:
    """Days with too few rows; what is missing is worth what a row is worth on a usual day."""
    lost = max(drop.expected - drop.found, 0.0)
    ended = drop.last >= line.rows.size - 2 and drop.found == 0
    return Finding(
        kind="silent" if ended else "volume_drop",
        dimension="completeness",
        severity=severity_of(lost / max(line.rows.sum() / line.rows.size, 1.0), high=7.0, medium=1.5),
        source=line.source,
        table=line.table,
        since=line.day(drop.first),
        until=line.day(drop.last),
        rows=round(lost),
        money=float(lost * per_row) if per_row else None,
        values={"expected": round(drop.expected), "found": round(drop.found), "days": drop.last - drop.first + 1},
    )


def severity_of(size: float, *, high: float, medium: float) -> Severity:
    """How bad something of a size is."""
    return "high" if size >= high else "medium" if size >= medium else "low"


def clock(line: Line) -> list[Finding]:
    """Weeks whose hours of the day are moved by whole hours against the weeks before."""
    if line.table not in WITH_HOURS or not line.weeks:
        return []
    profiles = line.weekly(line.hours)
    return [shift_finding(line, stretch, profiles) for stretch in together(moved_weeks(profiles))]


def moved_weeks(profiles: Numbers) -> list[tuple[int, Turn]]:
    """Weeks whose clock is moved, and how; weeks that are not moved are what later ones are compared with.

    Args:
        profiles: rows by hour, shape (weeks, 24).
    """
    moved: list[tuple[int, Turn]] = []
    past: list[Numbers] = []
    for place, profile in enumerate(profiles):
        turn = turned(profile, past, moved[-1][1] if moved and moved[-1][0] == place - 1 else None)
        if turn is None:
            past.append(profile)
        else:
            moved.append((place, turn))
    return moved


def turned(profile: Numbers, past: Sequence[Numbers], last: Turn | None) -> Turn | None:
    """The turn of a week against those before it: a new one, or the one of last week that still holds."""
    if len(past) < FIRST_WEEKS or not profile.sum():
        return None
    usual = np.sum(past[-12:], axis=0)
    found = hour_shift(profile, usual)
    if found is None and last is not None and still_turned(profile, usual, last.hours):
        return last
    return found


def together(moved: Sequence[tuple[int, Turn]]) -> list[list[tuple[int, Turn]]]:
    """Neighbouring weeks that are moved by the same number of hours; the first may be moved in part and seem moved by less."""
    stretches: list[list[tuple[int, Turn]]] = []
    for place, turn in moved:
        last = stretches[-1][-1] if stretches else None
        if last is not None and place - last[0] <= 2 and abs(turn.hours - last[1].hours) <= SAME_TURN:
            stretches[-1].append((place, turn))
        else:
            stretches.append([(place, turn)])
    return stretches


def shift_finding(line: Line, stretch: Sequence[tuple[int, Turn]], profiles: Numbers) -> Finding:
    """A stretch of weeks with a moved clock; its first day is looked for within and before the first week."""
    first, last, hours = stretch[0][0], stretch[-1][0], stretch[-1][1].hours
    begin = first_moved_day(line, first, hours, profiles)
    end = (last + 1) * WEEK - 1 if last + 1 < len(profiles) else line.rows.size - 1
    affected = slice(begin, end + 1)
    return Finding(
        kind="clock_shift",
        dimension="validity",
        severity="high" if abs(hours) > 1 else "medium",
        source=line.source,
        table=line.table,
        column=line.moment,
        since=line.day(begin),
        until=line.day(end),
        rows=round(line.rows[affected].sum()),
        money=float(line.amounts[affected].sum()) or None,
        values={"hours": abs(hours), "later": hours > 0},
    )


def first_moved_day(line: Line, week: int, hours: int, profiles: Numbers) -> int:
    """The day from which the moved profile explains the rows better than the usual one, around the first moved week."""
    usual = np.sum(profiles[max(0, week - 12) : week], axis=0) + 0.5
    usual = usual / usual.sum()
    low, high = max(0, (week - 1) * WEEK), min((week + 1) * WEEK, line.rows.size)
    gains = line.hours[low:high] @ (np.log(np.roll(usual, hours)) - np.log(usual))
    after = np.cumsum(gains[::-1])[::-1]
    return low + int(np.argmax(after))


def odd_clock(line: Line) -> list[Finding]:
    """A source whose customers seem to sleep by day: its moments may be in another time zone than the settings say."""
    profile = line.hours.sum(axis=0)
    if line.table not in WITH_HOURS or not tells_hours(profile):
        return []
    start, share = quietest(profile)
    centre = (start + AWAKE_HOURS // 2) % 24
    # Where every hour is alike, no hour is night.
    if centre not in NIGHT or share > 0.08:
        return []
    return [
        Finding(
            kind="odd_clock",
            dimension="validity",
            severity="medium",
            source=line.source,
            table=line.table,
            column=line.moment,
            rows=round(profile.sum()),
            values={"quiet_from": f"{start:02d}:00", "quiet_to": f"{(start + AWAKE_HOURS) % 24:02d}:00"},
        )
    ]


def tells_hours(profile: Numbers) -> bool:
    """Whether rows are enough, and spread over the day enough, to say when nobody is awake."""
    return bool(profile.sum() >= FEWEST_FOR_CLOCK and np.count_nonzero(profile) >= AWAKE_HOURS)


def quietest(profile: Numbers) -> tuple[int, float]:
    """The hour at which the quietest stretch of a day begins, and its share of all rows."""
    doubled = np.concatenate([profile, profile])
    share = np.array([doubled[start : start + AWAKE_HOURS].sum() for start in range(24)]) / profile.sum()
    start = int(np.argmin(share))
    return start, float(share[start])


def emptied(line: Line) -> list[Finding]:
    """Fields of which suddenly less than half of the usual share is filled."""
    if not line.weeks:
        return []
    rows = line.weekly(line.rows)
    found = []
    for column, filled in line.filled.items():
        counts = line.weekly(filled)
        shares = np.divide(counts, rows, out=np.zeros_like(counts), where=rows > 0)
        for step in share_falls(shares, rows):
            missing = float((step.before * rows - counts)[step.first : step.last + 1].clip(min=0).sum())
            found.append(
                Finding(
                    kind="field_emptied",
                    dimension="completeness",
                    severity=severity_of(step.before - step.after, high=0.5, medium=0.25),
                    source=line.source,
                    table=line.table,
                    column=column,
                    since=line.day(step.first * WEEK),
                    until=line.day(step.last * WEEK + WEEK - 1),
                    rows=round(missing),
                    values={"before": step.before, "after": step.after},
                )
            )
    return found


def over_time(pulses: Mapping[str, Pulse]) -> list[Finding]:
    """What the monitors over time find in all tables; lines of orders only where orders themselves say nothing."""
    sold = {each.source: each for each in by_days("order_lines", pulses)}
    found: list[Finding] = []
    for line in chain.from_iterable(by_days(table, pulses) for table in pulses):
        found += emptied(line)
        if not told_by_orders(line, pulses):
            found += watched(priced(line, sold))
    return found


def told_by_orders(line: Line, pulses: Mapping[str, Pulse]) -> bool:
    """Whether these are lines of a source whose orders say the same."""
    return line.table == "order_lines" and "orders" in pulses and line.source in pulses["orders"].sources


def by_days(table: str, pulses: Mapping[str, Pulse]) -> Iterator[Line]:
    """Each source of a table by days; none where the company does not have the table."""
    if table not in pulses:
        return iter(())
    return lines(pulses[table], last_day(pulses) if table in SELLING else None)


def watched(line: Line) -> list[Finding]:
    """What the monitors of rows find in one source of a table."""
    return [each for monitor in (volume, clock, odd_clock) for each in monitor(line)]


def priced(line: Line, sold: Mapping[str, Line]) -> Line:
    """Orders with the amounts of their lines, where they have none of their own."""
    lines_of = sold.get(line.source)
    if line.table != "orders" or line.amounts.any() or lines_of is None:
        return line
    shift = (lines_of.first - line.first).days
    amounts = np.zeros_like(line.amounts)
    size = max(0, min(lines_of.amounts.size, amounts.size - shift))
    if shift >= 0:
        amounts[shift : shift + size] = lines_of.amounts[:size]
    return replace(line, amounts=amounts)


def last_day(pulses: Mapping[str, Pulse]) -> date | None:
    """The last day on which the company sold anything."""
    ends = [pc.max(pulses[name].counts["day"]).as_py() for name in ("orders", "order_lines") if name in pulses]
    return max(filter(None, ends), default=None)
