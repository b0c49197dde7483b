"""Sources: what each brought and when, who answers for it, how good it is, and what hangs on it alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import Question
from dangol.faces.web.data import speaker
from dangol.faces.web.show import Pages
from dangol.workspace.quality import SourceCard
from dangol.workspace.quality_wording import DIMENSIONS

MOST_LOSSES = 5


def routes(pages: Pages) -> APIRouter:
    """The page of sources."""
    router = APIRouter()

    @router.get("/data/sources")
    def sources(request: Request) -> HTMLResponse:
        """A card for each source."""
        reader, health = pages.reader(request), pages.company.health()
        says, asked = speaker(reader), questions_by_table(pages)
        return pages.show(
            request,
            "data_sources.html",
            cards=[(each, hanging(each, asked)) for each in health.cards],
            dimensions=[(name, reader.say(title)) for name, title in DIMENSIONS.items()],
            says=says,
            tables={each.name: each for each in health.state.report.tables},
            losses=lambda card: [says.loss(each) for each in card.score.losses[:MOST_LOSSES]] if card.score else [],
        )

    return router


def questions_by_table(pages: Pages) -> Mapping[str, list[Question]]:
    """Questions that this company can answer, by the tables they read."""
    found: dict[str, list[Question]] = defaultdict(list)
    if pages.company.ready:
        for answer in pages.company.snapshot.answers().values():
            for table in answer.tables if answer.answerable else ():
                found[table].append(pages.company.registry.questions[answer.question])
    return found


def hanging(card: SourceCard, asked: Mapping[str, list[Question]]) -> list[Question]:
    """Questions that only this source lets the company answer, each once."""
    found = {question.name: question for table in card.alone for question in asked.get(table, [])}
    return list(found.values())
