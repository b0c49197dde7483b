"""Runs: when the last ones were, what they loaded and changed, what stopped them, and when the next one is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.models import shown
from dangol.faces.web.show import Pages
from dangol.workspace.attempts import Attempt
from dangol.workspace.run_steps import ANALYSE, COLLECT, DECIDE, PREPARE, TRAIN, Part, run_record

CHANGED = {
    "customer": words("customers {n}"),
    "record": words("records {n}"),
    "order": words("orders {n}"),
}
LOADED = words("{files:count|file/files}, {rows:count|row/rows}")
REFUSED = words("{n:count} quarantined")
NOTHING_NEW = words("nothing new")
GOING_ON = words("not finished")
STEPS = {
    COLLECT: words("Collect"),
    PREPARE: words("Prepare"),
    TRAIN: words("Choose and train models"),
    ANALYSE: words("Analyse results"),
    DECIDE: words("Decide"),
}
# By stage: what it is called, what it gave and where that is looked at.
STAGES = {
    "load": (words("Load"), words("Accepted and quarantined rows"), "/data/sources"),
    "unify": (words("Unify customers"), words("Customers behind the records"), "/data/identity"),
    "features": (words("Features"), words("Profiles"), "/customers"),
    "leads": (words("Lead and account scores"), words("Work list of leads"), "/leads"),
    "warnings": (words("Early warnings"), words("Whom to look after"), "/keep"),
    "snapshot": (words("Snapshot"), words("Answers to all questions"), "/ask"),
}
MADE, FOUND = words("made in this run"), words("unchanged, taken over")


@dataclass(frozen=True)
class ShownPart:
    """A stage of a run as its page shows it."""

    part: Part
    title: str
    state: str
    gave: str
    link: str


@dataclass(frozen=True)
class Shown:
    """A run as the page shows it."""

    run_id: str
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
        found = [shown_run(each, reader) for each in company.attempts.all()]
        return pages.show(request, "runs.html", runs=found, due=company.watch.due(), schedule=company.settings.schedule)

    @router.get("/data/runs/{run_id}")
    def run(request: Request, run_id: str) -> HTMLResponse:
        """One run in its five steps, from raw data to decisions."""
        reader, company = pages.reader(request), pages.company
        found = run_record(company.root, run_id, company.attempts.all())
        parts = [shown_part(each, pages, reader) for each in found.parts]
        steps = [(step, reader.say(title), [each for each in parts if each.part.step == step]) for step, title in STEPS.items()]
        return pages.show(request, "run.html", run=found, steps=steps)

    return router


def shown_part(part: Part, pages: Pages, reader: Reader) -> ShownPart:
    """A stage in words; of a trained model the verdict."""
    state = reader.say(MADE if part.made else FOUND)
    prediction = pages.company.registry.predictions.get(part.stage)
    if part.card is not None and prediction is not None:
        verdict = shown(prediction, part.card, reader).verdict
        return ShownPart(part, prediction.title(reader.language), state, verdict, f"/models/{part.stage}")
    title, gave, link = STAGES.get(part.stage, (part.stage, part.stage, "/models"))
    return ShownPart(part, reader.say(title), state, reader.say(gave), link)


def shown_run(attempt: Attempt, reader: Reader) -> Shown:
    """A run in words."""
    started = datetime.fromisoformat(attempt.started_at)
    ended = datetime.fromisoformat(attempt.finished_at) if attempt.finished_at else None
    minutes = None if ended is None else round((ended - started).total_seconds() / 60, 1)
    problem, hint = tell(attempt.problem, reader.language), tell(attempt.hint, reader.language)
    if ended is None:
        problem = reader.say(GOING_ON)
    return Shown(attempt.run_id, started, minutes, loaded(attempt, reader), changed(attempt, reader), problem, hint)


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
