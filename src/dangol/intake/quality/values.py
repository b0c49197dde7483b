"""Monitors of what values are: prices that jump by powers of ten, values that appear, surge or vanish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from dangol.algorithms.level_step import Step, bursts, power_steps
from dangol.algorithms.sudden_drop import Drop, sudden_drops
from dangol.intake.quality.finding import Dimension, Finding
from dangol.intake.quality.pulse import moment_of
from dangol.intake.quality.reading import Reading
from dangol.intake.template import fill_query, name

Numbers = npt.NDArray[np.float64]
WEEK = 7
PRICES = """
    WITH priced AS (
        SELECT source, product_id, CAST(here_at AS DATE) AS day,
               log10(CAST(COALESCE(unit_price, net_amount / quantity) AS DOUBLE)) AS level,
               CAST(net_amount AS DOUBLE) AS amount
        FROM dated WHERE COALESCE(unit_price, net_amount) > 0 AND quantity > 0 AND NOT here_at IS NULL),
    usual AS (SELECT source, product_id, avg(level) AS middle FROM priced GROUP BY source, product_id)
    SELECT p.source, p.day, median(p.level - u.middle) AS level, count(*) AS rows, sum(p.amount) AS amount
    FROM priced AS p JOIN usual AS u ON u.source = p.source AND u.product_id = p.product_id
    GROUP BY p.source, p.day ORDER BY p.source, p.day
"""
VALUES = """
    SELECT source, CAST(here_at AS DATE) AS day, watched AS said, count(*) AS rows
    FROM dated WHERE NOT here_at IS NULL AND NOT watched IS NULL GROUP BY ALL ORDER BY source, said, day
"""
# Columns whose values hardly change by themselves.
WATCHED: Mapping[str, tuple[str, ...]] = {
    "events": ("event_name", "device"),
    "orders": ("status", "channel", "payment_method", "device"),
    "interactions": ("interaction_kind", "topic"),
    "returns": ("reason",),
}
MOST_VALUES = 60
LEAST_EXPECTED = 30


@dataclass(frozen=True)
class Place:
    """A value of a column of a source, and the first day of its rows."""

    source: str
    table: str
    column: str
    value: str
    first: date

    def finding(self, kind: str, dimension: Dimension, days: tuple[int, int], rows: int, values: Mapping[str, Any]) -> Finding:
        """Something found of it between two days, counted from the first."""
        since, until = ((self.first + timedelta(days=each)).isoformat() for each in days)
        own = {"what": self.value, **values}
        return Finding(kind, dimension, "medium", self.source, self.table, self.column, since, until, rows, values=own)


def price_jumps(reading: Reading) -> list[Finding]:
    """Days on which a source's prices of the same products are ten, a hundred or a thousand times more or less."""
    dated = moment_of(reading, "order_lines") if reading.has("order_lines", "product_id") else None
    if dated is None or not ({"unit_price", "net_amount"} & reading.present["order_lines"]):
        return []
    column = "unit_price" if reading.has("order_lines", "unit_price") else "net_amount"
    groups = by(reading.duck.rows(fill_query(PRICES, dated=dated)), "source")
    return [found for source, rows in groups for found in jumps_of(source, column, rows)]


def jumps_of(source: str, column: str, rows: list[dict[str, Any]]) -> list[Finding]:
    """The jumps of one source, from its days."""
    level, count, amount = (np.array([row[each] or 0.0 for row in rows], dtype=float) for each in ("level", "rows", "amount"))
    found: list[Finding] = []
    for step in power_steps(level, count):
        power = round(step.after - step.before)
        within = slice(step.first, step.last + 1)
        found.append(
            Finding(
                kind="price_jump",
                dimension="validity",
                severity="high",
                source=source,
                table="order_lines",
                column=column,
                since=rows[step.first]["day"].isoformat(),
                until=rows[step.last]["day"].isoformat(),
                rows=int(count[within].sum()),
                money=float(abs(amount[within].sum())),
                values={"factor": 10 ** abs(power), "up": power > 0},
            )
        )
    return found


def by(rows: list[dict[str, Any]], column: str) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """Rows in groups of a column, in their order."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    yield from groups.items()


def value_changes(reading: Reading) -> list[Finding]:
    """Values of watched columns that appear, surge or vanish within the source's own rows."""
    found: list[Finding] = []
    for table, columns in WATCHED.items():
        for column in columns:
            if reading.has(table, column):
                found += changes_of(reading, table, column)
    return found


def changes_of(reading: Reading, table: str, column: str) -> list[Finding]:
    """One column, by source."""
    dated = moment_of(reading, table)
    if dated is None:
        return []
    rows = reading.duck.rows(fill_query(VALUES, dated=dated, watched=name(column)))
    return [found for source, own in by(rows, "source") for found in changes_in(source, table, column, own)]


def changes_in(source: str, table: str, column: str, rows: list[dict[str, Any]]) -> list[Finding]:
    """One column of one source; columns of many values are no watched ones."""
    first, size = days_of(rows)
    values = {str(value): daily(days, first, size) for value, days in by(rows, "said")}
    if size <= WEEK or len(values) > MOST_VALUES:
        return []
    total = np.sum(list(values.values()), axis=0)
    found: list[Finding] = []
    for value, counts in values.items():
        place = Place(source, table, column, value, first)
        found += [surged(place, each) for each in surges(counts, total)]
        found += vanished(place, counts, total)
    return found


def days_of(rows: Sequence[Mapping[str, Any]]) -> tuple[date, int]:
    """The first day of some rows, and how many days they span."""
    days = [row["day"] for row in rows]
    return min(days), (max(days) - min(days)).days + 1


def daily(rows: list[dict[str, Any]], first: date, size: int) -> Numbers:
    """Rows of each day."""
    counts = np.zeros(size)
    for row in rows:
        counts[(row["day"] - first).days] += row["rows"]
    return counts


def surges(counts: Numbers, total: Numbers) -> list[tuple[Step, float]]:
    """Weeks in which a value has several times its usual share, with the rows of it."""
    weeks = counts.size // WEEK
    weekly, totals = (each[: weeks * WEEK].reshape(weeks, WEEK).sum(axis=1) for each in (counts, total))
    return [(step, float(weekly[step.first : step.last + 1].sum())) for step in bursts(weekly, totals)]


def surged(place: Place, found: tuple[Step, float]) -> Finding:
    """A value that surged, or appeared where there was none before."""
    step, rows = found
    kind = "value_new" if step.before * 1000 < step.after else "value_surge"
    values = {"before": step.before, "after": step.after}
    return place.finding(kind, "validity", (step.first * WEEK, step.last * WEEK + WEEK - 1), round(rows), values)


def vanished(place: Place, counts: Numbers, total: Numbers) -> list[Finding]:
    """Days on which a value nearly vanished while the others went on."""
    found: list[Finding] = []
    for drop in sudden_drops(counts[:-1], share=0.2):
        if drop.expected >= LEAST_EXPECTED and goes_on(total, drop):
            values = {"expected": round(drop.expected), "found": round(drop.found)}
            lost = round(drop.expected - drop.found)
            found.append(place.finding("value_gone", "completeness", (drop.first, drop.last), lost, values))
    return found


def goes_on(total: Numbers, drop: Drop) -> bool:
    """Whether the other values came nearly as before in a stretch."""
    before = total[max(0, drop.first - 4 * WEEK) : drop.first]
    return bool(before.size) and float(total[drop.first : drop.last + 1].mean()) > 0.6 * float(before.mean())
