"""Runs: when the last ones were, what they loaded and changed, what stopped them, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.show import Pages
from dangol.workspace.attempts import Attempt

CHANGED = {
    "customer": words("customers {n}"),
    "record": words("records {n}"),
    "order": words("orders {n}"),
}
LOADED = words("{files:count|file/files}, {rows:count|row/rows}")
REFUSED = words("{n:count} quarantined")
NOTHING_NEW = words("nothing new")
GOING_ON = words("not finished")


@dataclass(frozen=True)
class Shown:
    """A run as the page shows it."""

    started_at: datetime
    minutes: float | None
    loaded: str
    changed: str
    problem: str
    hint: str


def routes(pages: Pages) -> APIRouter:
    """The page of runs."""
    router = APIRouter()

    @router.get("/data/runs")
    def runs(request: Request) -> HTMLResponse:
        """The last runs and the next one."""
        reader, company = pages.reader(request), pages.company
        shown = [shown_run(each, reader) for each in company.attempts.all()]
        return pages.show(request, "runs.html", runs=shown, due=company.watch.due(), schedule=company.settings.schedule)

    return router


def shown_run(attempt: Attempt, reader: Reader) -> Shown:
    """A run in words."""
    started = datetime.fromisoformat(attempt.started_at)
    ended = datetime.fromisoformat(attempt.finished_at) if attempt.finished_at else None
    minutes = None if ended is None else round((ended - started).total_seconds() / 60, 1)
    problem, hint = tell(attempt.problem, reader.language), tell(attempt.hint, reader.language)
    if ended is None:
        problem = reader.say(GOING_ON)
    return Shown(started, minutes, loaded(attempt, reader), changed(attempt, reader), problem, hint)


def loaded(attempt: Attempt, reader: Reader) -> str:
    """What a run loaded."""
    figures = attempt.figures
    if not figures.get("files"):
        return reader.say(NOTHING_NEW) if figures else "–"
    parts = [reader.say(LOADED, files=figures["files"], rows=figures["rows"])]
    parts += [reader.say(REFUSED, n=figures["quarantined"])] if figures.get("quarantined") else []
    return ", ".join(parts)


def changed(attempt: Attempt, reader: Reader) -> str:
    """By how much a run changed what is known."""
    differences = {figure: attempt.change(figure) for figure in CHANGED}
    said = [reader.say(CHANGED[figure], n=f"{change:+,}") for figure, change in differences.items() if change]
    return ", ".join(said) or "–"
