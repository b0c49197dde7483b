"""Sparklines: the gaps between a customer's orders as a small line, with the present silence as its last point."""

from __future__ import annotations

from collections.abc import Sequence

from dangol.core.text import to_translate as words
from dangol.faces.html.drawing import Drawing, Scale
from dangol.faces.html.palette import MUTED, SERIES
from dangol.faces.html.reader import Reader

WIDTH, HEIGHT, EDGE = 240, 56, 6
TITLE = words("Own buying rhythm")
TOLD = words(
    "The last {n:count|gap/gaps} between days with an order, {low:days} to {high:days}; dashed: own mean gap {mean:days}; "
    "last point: silent for {silent:days} now."
)


def told_rhythm(gaps: Sequence[float], silent: float, mean: float, reader: Reader) -> str:
    """What the sparkline shows, in a sentence."""
    return reader.say(TOLD, n=len(gaps), low=min(gaps), high=max(gaps), mean=mean, silent=silent)


def rhythm(gaps: Sequence[float], silent: float, mean: float, reader: Reader) -> Drawing:
    """The rhythm of a customer as a line.

    Args:
        gaps: days between days with an order, the latest last; at least one.
        silent: days since the last order.
        mean: the own mean gap.
        reader: whose language is spoken.
    """
    picture = Drawing(WIDTH, HEIGHT)
    picture.add("title", reader.say(TITLE))
    picture.add("desc", told_rhythm(gaps, silent, mean, reader))
    up = Scale((0.0, max(*gaps, silent, mean, 1.0)), HEIGHT - EDGE, EDGE)
    step = (WIDTH - 2 * EDGE) / len(gaps)
    points = [(EDGE + step * place, up.place(days)) for place, days in enumerate((*gaps, silent))]
    level = up.place(mean)
    picture.add(
        "path", d=f"M{EDGE} {level:.1f}H{WIDTH - EDGE}", stroke=MUTED, stroke_width=1, stroke_dasharray="4 3", fill="none"
    )
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points[:-1])
    picture.add("path", d=f"M{line}", stroke=SERIES[0], stroke_width=2, stroke_linejoin="round", fill="none")
    now = "L".join(f"{x:.1f} {y:.1f}" for x, y in points[-2:])
    picture.add("path", d=f"M{now}", stroke=SERIES[1], stroke_width=2, stroke_dasharray="2 3", fill="none")
    for place, (x, y) in enumerate(points):
        last = place == len(gaps)
        picture.add("circle", cx=x, cy=y, r=4.0 if last else 2.0, fill=SERIES[1] if last else SERIES[0])
    return picture
