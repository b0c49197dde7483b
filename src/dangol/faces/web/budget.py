"""Where marketing money should go: the four uses with what each gets, should get and rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.algorithms.equal_return import Limits
from dangol.core.errors import ConfigError, NotReady
from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Figure, Reader, Series, with_summary
from dangol.faces.web.show import Pages
from dangol.faces.web.worklist import amount
from dangol.workspace.budget import Budget, Row
from dangol.workspace.budget_use import DRAWS, ENDS, Range, Use
from dangol.workspace.budget_words import basis, headline, notes, title

HERE = "/value/budget"
STEPS = 11
EXPECTED, LOW, HIGH = words("Margin expected"), words("Low (80 %)"), words("High (80 %)")
MONEY = words("Money a year")
AT_LEAST, AT_MOST = words("{money:money} or more"), words("{money:money} or less")
AT_LIMIT = {"lowest": words("Held up by its least"), "highest": words("Held back by its most")}
CURVE = words("{use}: margin of 12 months by money spent")


@dataclass(frozen=True)
class Shown:
    """A use as the page shows it; texts are ready to read."""

    title: str
    basis: str
    today: str
    suggested: str
    suggested_range: str
    return_today: str
    return_today_range: str
    return_suggested: str
    return_suggested_range: str


@dataclass(frozen=True)
class Section:
    """What a use rests on: its curve, its channels, and sentences about it."""

    title: str
    basis: str
    notes: Sequence[str]
    figure: Figure | None = None
    channels: Sequence[tuple[str, str, str, str, str, Sequence[str]]] = ()

    @property
    def limited(self) -> bool:
        """Whether any channel has limits."""
        return any(each[-1] for each in self.channels)


def routes(pages: Pages) -> APIRouter:
    """The page of marketing money."""
    router = APIRouter()

    @router.get(HERE)
    def budget(request: Request, total: str = "") -> HTMLResponse:
        """Money shared out; an amount that makes no sense is named above the usual one."""
        reader, budgets = pages.reader(request), pages.company.budgets
        problem = ""
        try:
            try:
                found = budgets.share(amount(total.strip()))
            except ConfigError as wrong:
                problem = tell(wrong.what, reader.language)
                found = budgets.share()
        except (ConfigError, NotReady) as wrong:
            sections = [section_of(use, None, reader) for use in budgets.uses]
            problem = " ".join(tell(each, reader.language) for each in (wrong.what, *wrong.problems, wrong.hint) if each)
            return pages.show(request, "budget.html", found=None, problem=problem, sections=sections, typed=total)
        return pages.show(
            request, "budget.html", 422 if problem else 200,
            found=found, problem=problem, typed=total, **shown_budget(found, reader),
        )  # fmt: skip

    return router


def shown_budget(found: Budget, reader: Reader) -> dict[str, object]:
    """Shared-out money as the page shows it."""
    sections = [section_of(row.use, row, reader) for row in found.rows]
    return {
        "sentences": [reader.say(message, **values) for message, values in headline(found, reader.language)],
        "rows": [row_of(row, reader) for row in found.rows],
        "sections": [*sections, *(section_of(use, None, reader) for use in found.refused)],
    }


def row_of(row: Row, reader: Reader) -> Shown:
    """A line of the table."""
    return Shown(
        title=title(row.use, reader.language),
        basis=basis(row.use, reader.language),
        today=reader.value("money", row.use.today),
        suggested=reader.value("money", row.suggested[0]),
        suggested_range=between("money", row.suggested, reader),
        return_today=reader.value("number", row.return_today[0]),
        return_today_range=between("number", row.return_today, reader),
        return_suggested=reader.value("number", row.return_suggested[0]),
        return_suggested_range=between("number", row.return_suggested, reader),
    )


def between(kind: str, found: Range, reader: Reader) -> str:
    """The ends of a range; empty where they are one, as with figures that somebody entered."""
    _, low, high = found
    return f"{reader.value(kind, low)} – {reader.value(kind, high)}" if high > low else ""


def section_of(use: Use, row: Row | None, reader: Reader) -> Section:
    """What a use rests on."""
    channels = [
        (
            reader.value("category", part.name),
            reader.value("money", part.today),
            reader.value("money", row.parts[part.name]),
            reader.value("number", part.return_today[0]),
            between("number", part.return_today, reader),
            limits_of(row, part.name, reader),
        )
        for part in use.parts
        if row is not None and part.name
    ]
    said = [reader.say(message, **values) for message, values in notes(use, reader.language)]
    return Section(title(use, reader.language), basis(use, reader.language), said, curve_figure(use, reader), channels)


def limits_of(row: Row, channel: str, reader: Reader) -> list[str]:
    """The limits of a channel in words, and whether one of them holds it back."""
    limits, held = row.use.channels.get(channel, Limits()), row.limit_at(channel)
    said = [reader.say(AT_LEAST, money=limits.lowest)] if limits.lowest else []
    said += [reader.say(AT_MOST, money=limits.highest)] if isfinite(limits.highest) else []
    return [*said, reader.say(AT_LIMIT[held])] if held else said


def curve_figure(use: Use, reader: Reader) -> Figure | None:
    """The curve of a use with its range; None where there is none."""
    if not use.known or not use.curve.most:
        return None
    spent = np.linspace(0.0, use.curve.most, STEPS)
    drawn = np.array([[use.draws[place].worth(each) for each in spent] for place in range(DRAWS)])
    low, high = np.quantile(drawn, ENDS, axis=0)
    lines = [(EXPECTED, [use.curve.worth(each) for each in spent])]
    if use.basis != "entered":
        lines += [(LOW, low.tolist()), (HIGH, high.tolist())]
    series = tuple(Series(reader.say(name), tuple(values)) for name, values in lines)
    labels = tuple(reader.value("money", float(each)) for each in spent)
    heading = reader.say(CURVE, use=title(use, reader.language))
    return with_summary(Figure("line", heading, reader.say(MONEY), labels, "money", series), reader)
