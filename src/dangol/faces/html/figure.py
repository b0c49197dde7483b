"""Figures: an answer's chart as titled series of numbers, before anybody decides how to draw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dangol.core.declare import Chart
from dangol.core.text import to_translate as words
from dangol.faces.html.palette import SERIES
from dangol.faces.html.reader import Reader
from dangol.workspace.answers import Answer

MOST_BARS = 24
LONG_LABEL = 7
ARROW = " → "
ORDERED = frozenset({"month", "day", "moment", "integer", "share", "number", "days"})
SUMMARY = words("{title}: {series}. From {first} to {last}. Highest: {highest} at {at_highest}; lowest: {lowest} at {at_lowest}.")
SINGLE = words("{title}: {series}. Highest: {highest} at {at_highest}; lowest: {lowest} at {at_lowest}.")

Number = float | None
Span = tuple[float, float] | None
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Series:
    """One line or one colour of bars; None where nothing is known.

    Attributes:
        ranges: the interval of each value; empty where there are none.
    """

    title: str
    values: tuple[Number, ...]
    ranges: tuple[Span, ...] = ()

    @property
    def reach(self) -> list[float]:
        """All known numbers, the ends of intervals included."""
        ends = [end for _, *span in self.spans for end in span]
        return ends + [value for value in self.values if value is not None]

    def at(self, place: int) -> tuple[Number, Span]:
        """The value at a place, with its interval."""
        return self.values[place], self.ranges[place] if self.ranges else None

    @property
    def spans(self) -> list[tuple[int, float, float]]:
        """Known intervals as (place, low, high)."""
        return [(place, *each) for place, each in enumerate(self.ranges) if each is not None]


@dataclass(frozen=True)
class Figure:
    """A chart before it is drawn.

    Attributes:
        kind: line, bar, stacked, pareto or heatmap.
        title: what is asked.
        across: heading of the labels.
        labels: along the figure, written for the reader.
        unit: kind of the numbers (money, count, share …).
        series: lines or bars; of a heat map its rows from top to bottom.
        lying: bars lie, because labels are long.
        summary: the figure in a sentence, for those who do not see it.
    """

    kind: str
    title: str
    across: str
    labels: tuple[str, ...]
    unit: str
    series: tuple[Series, ...]
    lying: bool = False
    summary: str = ""


@dataclass(frozen=True)
class Plot:
    """What a figure is made from.

    Attributes:
        rows: those to draw, in the order of the axis.
        known: the answer's columns by name.
    """

    chart: Chart
    rows: Sequence[Row]
    known: Mapping[str, Sequence[str]]
    title: str
    reader: Reader

    def label(self, name: str, value: object) -> str:
        """A value of a column as people read it."""
        return self.reader.cell(name, self.known[name][1], value)


def figure_of(chart: Chart, answer: Answer, title: str, reader: Reader) -> Figure | None:
    """The figure of an answer; None where there is nothing to draw.

    Months still running are left out: their low figures would look like a fall. The table shows them.
    """
    known = {column[0]: column for column in answer.columns}
    rows = finished(chart, answer, known) if drawable(chart, known) else []
    if not rows:
        return None
    return with_summary(MADE.get(chart.kind, lines)(Plot(chart, rows, known, title, reader)), reader)


def drawable(chart: Chart, known: Mapping[str, Sequence[str]]) -> bool:
    """Whether an answer has the columns that a chart stands on."""
    needed = {chart.x, chart.colour or chart.x}
    return chart.kind != "none" and needed <= set(known) and not known.keys().isdisjoint(chart.y)


def finished(chart: Chart, answer: Answer, known: Mapping[str, Sequence[str]]) -> list[Row]:
    """The rows to draw, in the order of the axis."""
    rows = [row for row in complete(answer, known) if row[chart.x] is not None]
    if chart.kind == "curves":
        return of_one_kind(chart, rows)[: len(SERIES)]
    if known[chart.x][1] in ORDERED:
        return sorted(rows, key=lambda row: row[chart.x])
    return rows if chart.kind == "heatmap" else rows[:MOST_BARS]


def of_one_kind(chart: Chart, rows: list[Row]) -> list[Row]:
    """The rows of the first kind that has any; all where a chart names none."""
    if not chart.kinds:
        return rows
    return next((found for kind in chart.kinds if (found := [row for row in rows if row[chart.colour] == kind])), [])


def complete(answer: Answer, known: Mapping[str, Sequence[str]]) -> list[Row]:
    """Rows of months that are over; all of them where none is."""
    rows: list[Row] = [dict(zip(known, row, strict=True)) for row in answer.rows]
    return [row for row in rows if row.get("is_complete", True)] or rows


def lines(plot: Plot) -> Figure:
    """Lines and bars: a series for each column."""
    chart, known = plot.chart, plot.known
    labels = tuple(plot.label(chart.x, row[chart.x]) for row in plot.rows)
    drawn = [name for name in chart.y if name in known]
    series = tuple(series_of(plot, name) for name in drawn)
    lying = chart.kind == "bar" and are_long(labels, known[chart.x][1])
    kind = "bar" if chart.kind == "histogram" else chart.kind
    return Figure(kind, plot.title, plot.reader.title(known[chart.x]), labels, known[drawn[0]][1], series, lying)


def are_long(labels: Sequence[str], kind: str) -> bool:
    """Whether labels are names too long to stand below bars."""
    return kind == "category" and max(map(len, labels)) > LONG_LABEL


def series_of(plot: Plot, name: str) -> Series:
    """A column as a series, with its intervals where the chart has them."""
    values = tuple(number(row[name]) for row in plot.rows)
    low, high = plot.chart.low, plot.chart.high
    ranged = name == plot.chart.y[0] and {low, high} <= set(plot.known)
    ranges = tuple(span(row[low], row[high]) for row in plot.rows) if ranged else ()
    return Series(plot.reader.title(plot.known[name]), values, ranges)


def span(low: object, high: object) -> Span:
    """An interval to draw; None where one of its ends is not known."""
    start, stop = number(low), number(high)
    return None if start is None or stop is None else (start, stop)


def heat(plot: Plot) -> Figure:
    """A heat map: a row for each value of `y`, or for each move between two of them, blank where there is no cell."""
    across, down, colour = plot.chart.x, plot.chart.y, plot.chart.colour
    columns = list(dict.fromkeys(row[across] for row in plot.rows))
    cells = {(tuple(row[name] for name in down), row[across]): number(row[colour]) for row in plot.rows}
    labels = tuple(plot.label(across, each) for each in columns)
    series = tuple(
        Series(ARROW.join(map(plot.label, down, each)), tuple(cells.get((each, column)) for column in columns))
        for each in places_of(plot, columns)
    )
    return Figure("heatmap", plot.title, plot.reader.title(plot.known[across]), labels, plot.known[colour][1], series)


def curves(plot: Plot) -> Figure:
    """A line for each row across the columns of `y`; the kind of the rows stands with the title."""
    chart, known = plot.chart, plot.known
    across = [name for name in chart.y if name in known]
    series = tuple(Series(plot.label(chart.x, row[chart.x]), tuple(number(row[name]) for name in across)) for row in plot.rows)
    title = f"{plot.title} {plot.label(chart.colour, plot.rows[0][chart.colour])}" if chart.colour else plot.title
    labels = tuple(plot.reader.title(known[name]) for name in across)
    return Figure("line", title, plot.reader.title(known[chart.x]), labels, known[across[0]][1], series)


def places_of(plot: Plot, columns: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a heat map in their order."""
    down = plot.chart.y
    found = list(dict.fromkeys(tuple(row[name] for name in down) for row in plot.rows))
    return sorted(found) if plot.known[down[0]][1] in ORDERED else sorted_as([(each,) for each in columns], found)


def sorted_as(columns: Sequence[Any], found: Sequence[Any]) -> list[Any]:
    """Rows of a square heat map in the order of its columns, so that its diagonal is one."""
    return [each for each in columns if each in found] + [each for each in found if each not in columns]


MADE: Mapping[str, Callable[[Plot], Figure]] = {"heatmap": heat, "curves": curves}


def number(value: object) -> Number:
    """A value as a number to draw."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    drawn = float(value)
    return drawn if drawn == drawn and abs(drawn) != float("inf") else None  # noqa: PLR0124 — NaN alone differs from itself


def with_summary(figure: Figure, reader: Reader) -> Figure:
    """The figure with what it shows in a sentence: its ends, highest and lowest value."""
    points = told_points(figure)
    if not points:
        return figure
    highest, lowest = max(points, key=lambda point: point[0]), min(points, key=lambda point: point[0])
    message = SUMMARY if figure.kind in ("line", "stacked") else SINGLE
    said = reader.say(
        message,
        title=figure.title,
        series=figure.across if figure.kind == "heatmap" else ", ".join(each.title for each in figure.series),
        first=figure.labels[0],
        last=figure.labels[-1],
        highest=reader.value(figure.unit, highest[0]),
        at_highest=highest[1],
        lowest=reader.value(figure.unit, lowest[0]),
        at_lowest=lowest[1],
    )
    return Figure(**{**vars(figure), "summary": said})


def told_points(figure: Figure) -> list[tuple[float, str]]:
    """The numbers a summary speaks of, each with where it stands; of stacks their totals."""
    if figure.kind == "stacked":
        return list(zip(totals(figure), figure.labels, strict=True))
    several = len(figure.series) > 1
    return [
        (value, f"{each.title}, {label}" if several else label)
        for each in figure.series
        for value, label in zip(each.values, figure.labels, strict=True)
        if value is not None
    ]


def totals(figure: Figure) -> list[float]:
    """The height of every stack."""
    return [sum(value or 0.0 for value in stack) for stack in zip(*(each.values for each in figure.series), strict=True)]
