"""Drawings: figures as plain SVG, for reports, for print and for readers whose browser runs no script."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from dangol.faces.html.figure import Figure, Number, Span, totals
from dangol.faces.html.palette import GRID, INK, MUTED, SERIES, heat_colour, ink_on
from dangol.faces.html.reader import Reader

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 84, 16, 34, 40
BAR_HEIGHT, CELL_HEIGHT = 24, 26
LABEL_WIDTH = 210
CAP = 5.0
TINIEST = 1e-300  # below, a quarter of it is no number that has a logarithm
FEWEST_PIXELS, FEWEST_CELL_PIXELS = 62, 40
STEPS = (1, 2, 2.5, 5, 10)


@dataclass
class Drawing:
    """A picture that grows by shapes.

    Attributes:
        parts: SVG elements, escaped.
    """

    width: int
    height: int
    parts: list[Markup] = field(default_factory=list)

    def add(self, tag: str, text: str = "", **attributes: object) -> None:
        """Add an element; underscores in names of attributes become hyphens."""
        written = "".join(f' {name.replace("_", "-")}="{escape(shown(value))}"' for name, value in attributes.items())
        self.parts.append(Markup(f"<{tag}{written}>{escape(text)}</{tag}>"))  # noqa: S704 — every part is escaped above

    def write(self, text: str, x: float, y: float, anchor: str = "start", **more: object) -> None:
        """Write a short text; `more` are further attributes."""
        self.add("text", text, **{"x": x, "y": y, "text_anchor": anchor, "fill": MUTED, "font_size": 12, **more})


def shown(value: object) -> object:
    """Lengths with one decimal."""
    return round(value, 1) if isinstance(value, float) else value


def draw(figure: Figure, reader: Reader) -> Drawing:
    """A figure as a picture."""
    if figure.kind == "heatmap":
        return heat_map(figure, reader)
    return lying_bars(figure, reader) if figure.lying else standing(figure, reader)


@dataclass(frozen=True)
class Scale:
    """Where numbers lie between two pixels."""

    ticks: tuple[float, ...]
    start: float
    stop: float

    def place(self, value: float) -> float:
        """The pixel of a number."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + (value - low) / (high - low) * (self.stop - self.start)


def scale_of(values: Sequence[float], start: float, stop: float) -> Scale:
    """A scale from zero (or the lowest negative number) to the highest, with round ticks."""
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    if high - low < TINIEST:
        high = low + 1
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in STEPS if each * power >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step * 0.9999)
    return Scale(tuple(each * step for each in range(first, last + 1)), start, stop)


def heights(figure: Figure) -> list[float]:
    """The numbers a figure must have room for."""
    if figure.kind == "stacked":
        return totals(figure)
    return [value for each in figure.series for value in each.reach]


def standing(figure: Figure, reader: Reader) -> Drawing:
    """Lines, bars and stacks along a horizontal axis."""
    picture = Drawing(WIDTH, HEIGHT)
    scale = scale_of(heights(figure), HEIGHT - BOTTOM, TOP)
    for tick in scale.ticks:
        y = scale.place(tick)
        picture.add("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke=GRID)
        picture.write(reader.value(figure.unit, tick), LEFT - 8, y + 4, "end")
    step = (WIDTH - LEFT - RIGHT) / len(figure.labels)
    every = math.ceil(FEWEST_PIXELS / step)
    for index, label in enumerate(figure.labels):
        if index % every == 0:
            picture.write(label, LEFT + step * (index + 0.5), HEIGHT - BOTTOM + 18, "middle")
    legend(picture, figure)
    DRAWN.get(figure.kind, bars)(picture, figure, scale, step)
    return picture


def legend(picture: Drawing, figure: Figure) -> None:
    """Names of the series with their colours."""
    x = float(LEFT)
    for each, colour in zip(figure.series, SERIES, strict=False):
        picture.add("rect", x=x, y=8, width=12, height=12, rx=2, fill=colour)
        picture.write(each.title, x + 18, 18, fill=INK)
        x += 40 + sum(13 if ord(letter) > 0x1100 else 7 for letter in each.title)


def bars(picture: Drawing, figure: Figure, scale: Scale, step: float) -> None:
    """Bars side by side."""
    width = min(step * 0.7 / len(figure.series), 56)
    offset = (step - width * len(figure.series)) / 2
    for place, (each, colour) in enumerate(zip(figure.series, SERIES, strict=False)):
        for index, value in enumerate(each.values):
            if value is not None:
                x = LEFT + step * index + offset + width * place
                bar(picture, (x, width), (scale.place(0), scale.place(value)), colour)
        for index, low, high in each.spans:
            middle = LEFT + step * index + offset + width * (place + 0.5)
            whisker(picture, (middle, scale.place(low)), (middle, scale.place(high)))


def whisker(picture: Drawing, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """An interval from one end to the other, with a short stroke across both."""
    dx, dy = (CAP, 0.0) if start[0] == stop[0] else (0.0, CAP)
    pairs = [(start, stop), *(((x - dx, y - dy), (x + dx, y + dy)) for x, y in (start, stop))]
    for one, other in pairs:
        picture.add("line", x1=one[0], y1=one[1], x2=other[0], y2=other[1], stroke=INK, stroke_width=1.5)


def bar(picture: Drawing, across: tuple[float, float], ends: tuple[float, float], colour: str) -> None:
    """One standing bar between two heights."""
    x, width = across
    picture.add("rect", x=x, y=min(ends), width=width, height=max(abs(ends[0] - ends[1]), 0.5), fill=colour)


def stacks(picture: Drawing, figure: Figure, scale: Scale, step: float) -> None:
    """Bars on top of each other."""
    width = min(step * 0.7, 56)
    for index in range(len(figure.labels)):
        below = 0.0
        for each, colour in zip(figure.series, SERIES, strict=False):
            above = below + (each.values[index] or 0.0)
            x = LEFT + step * index + (step - width) / 2
            bar(picture, (x, width), (scale.place(below), scale.place(above)), colour)
            below = above


def strokes(picture: Drawing, figure: Figure, scale: Scale, step: float) -> None:
    """Lines that break where nothing is known."""
    for each, colour in zip(figure.series, SERIES, strict=False):
        points = path(each.values, scale, step)
        picture.add("path", d=points, fill="none", stroke=colour, stroke_width=2.5, stroke_linejoin="round")
        if len(figure.labels) <= 31:
            dots(picture, each.values, scale, step, colour)


def dots(picture: Drawing, values: Sequence[Number], scale: Scale, step: float, colour: str) -> None:
    """A dot for each known value."""
    for index, value in enumerate(values):
        if value is not None:
            picture.add("circle", cx=LEFT + step * (index + 0.5), cy=scale.place(value), r=3, fill=colour)


def path(values: Sequence[Number], scale: Scale, step: float) -> str:
    """The way of a line in SVG's letters."""
    moves, drawing = [], False
    for index, value in enumerate(values):
        if value is not None:
            letter = "L" if drawing else "M"
            moves.append(f"{letter}{LEFT + step * (index + 0.5):.1f} {scale.place(value):.1f}")
        drawing = value is not None
    return " ".join(moves)


DRAWN: dict[str, Callable[[Drawing, Figure, Scale, float], None]] = {"stacked": stacks, "line": strokes, "bar": bars}


def lying_bars(figure: Figure, reader: Reader) -> Drawing:
    """Bars from left to right with their values written behind them."""
    group = BAR_HEIGHT * len(figure.series)
    picture = Drawing(WIDTH, TOP + 8 + (group + 6) * len(figure.labels))
    scale = scale_of(heights(figure), LABEL_WIDTH, WIDTH - 110)
    legend(picture, figure)
    for index, label in enumerate(figure.labels):
        y = TOP + (group + 6) * index
        picture.write(shortened(label), LABEL_WIDTH - 10, y + group / 2 + 4, "end", fill=INK)
        for place, (each, colour) in enumerate(zip(figure.series, SERIES, strict=False)):
            value, span = each.at(index)
            if value is not None:
                end = lying_bar(picture, scale, y + BAR_HEIGHT * place, (value, span), colour)
                picture.write(reader.value(figure.unit, value), end + 8, y + BAR_HEIGHT * (place + 0.5) + 4)
    return picture


def lying_bar(picture: Drawing, scale: Scale, top: float, shown: tuple[float, Span], colour: str) -> float:
    """One lying bar with its interval; returns where the drawing of both ends."""
    value, span = shown
    start, stop = sorted((scale.place(0), scale.place(value)))
    picture.add("rect", x=start, y=top + 2, width=max(stop - start, 0.5), height=BAR_HEIGHT - 4, rx=2, fill=colour)
    if span is None:
        return stop
    low, high = map(scale.place, span)
    whisker(picture, (low, top + BAR_HEIGHT / 2), (high, top + BAR_HEIGHT / 2))
    return max(stop, high)


def shortened(label: str) -> str:
    """A label that fits beside its bar."""
    room, kept = 28, ""
    for letter in label:
        room -= 2 if ord(letter) > 0x1100 else 1
        if room < 0:
            return f"{kept}…"
        kept += letter
    return kept


def heat_map(figure: Figure, reader: Reader) -> Drawing:
    """A table of colours with the values written in them."""
    picture = Drawing(WIDTH, TOP + CELL_HEIGHT * len(figure.series) + 12)
    values = heights(figure)
    low, high = min(values, default=0.0), max(values, default=1.0)
    width = (WIDTH - LEFT - 26 - RIGHT) / len(figure.labels)
    for index, label in enumerate(figure.labels):
        picture.write(label, LEFT + 26 + width * (index + 0.5), TOP - 10, "middle")
    for row, each in enumerate(figure.series):
        y = TOP + CELL_HEIGHT * row
        picture.write(each.title, LEFT + 18, y + CELL_HEIGHT / 2 + 4, "end", fill=INK)
        for index, value in enumerate(each.values):
            if value is not None:
                share = (value - low) / ((high - low) or 1)
                heat_cell(picture, (LEFT + 26 + width * index, y, width), share, reader.value(figure.unit, value))
    return picture


def heat_cell(picture: Drawing, place: tuple[float, float, float], share: float, written: str) -> None:
    """One coloured cell at (x, y, width) with its value, where there is room for it."""
    x, y, width = place
    colour = heat_colour(share)
    picture.add("rect", x=x, y=y, width=width - 2, height=CELL_HEIGHT - 2, rx=2, fill=colour)
    if width >= FEWEST_CELL_PIXELS:
        picture.write(written, x + width / 2 - 1, y + CELL_HEIGHT / 2 + 4, "middle", fill=ink_on(colour), font_size=10)
