"""Home: what the company is worth, what to do today, and the main questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import Question
from dangol.faces.html import Reader, business, causes, worth
from dangol.faces.web.show import Pages
from dangol.workspace.answers import Answer
from dangol.workspace.overview import overview

TODAY = ("week_changes", "leaving_customers", "likely_to_leave", "leads_to_call", "stage_transitions", "unreachable_sales")
# Only companies with contracts hear of them.
CONTRACT_LINES = ("contract_values",)
COMPANY_LINES = ("new_customers_by_month", "new_and_repeat_sales", "value_concentration", "value_retention")


@dataclass(frozen=True)
class Told:
    """A question with its answer; None before it was asked."""

    question: Question
    answer: Answer | None

    @property
    def known(self) -> bool:
        """Whether there is an answer to tell."""
        return self.answer is not None and self.answer.answerable


def told(pages: Pages) -> dict[str, Told]:
    """All questions with their stored answers."""
    answers = pages.company.answering.all() if pages.company.ready else {}
    return {name: Told(each, answers.get(name)) for name, each in pages.company.registry.questions.items()}


def routes(pages: Pages) -> APIRouter:
    """The home page."""
    router = APIRouter()

    @router.get("/")
    def home(request: Request) -> HTMLResponse:
        """What to know and do today; before the first run, how to start."""
        if not pages.company.ready:
            return pages.show(request, "start.html", sources=len(pages.company.settings.sources))
        return pages.show(request, "home.html", **front(pages, pages.reader(request)))

    return router


def chosen(known: Mapping[str, Told], names: Sequence[str]) -> list[Told]:
    """Some questions in their order; those that are not declared here are left out."""
    return [known[name] for name in names if name in known]


def answered_first(listed: Sequence[Told]) -> list[Told]:
    """The same questions, those without an answer last."""
    return sorted(listed, key=lambda each: not each.known)


def said(pages: Pages, campaign_id: str, reader: Reader) -> str:
    """What a campaign changed, in words."""
    return pages.company.lift(campaign_id).sentence(reader.language, currency=reader.currency, zone=reader.zone)


def front(pages: Pages, reader: Reader) -> Mapping[str, Any]:
    """What the home page tells after a run."""
    known = told(pages)
    figures = overview(pages.company)
    return {
        "rows": [worth(figures, reader), business(figures, reader)],
        "causes": causes(figures, reader),
        "today": [each for each in chosen(known, TODAY) if each.known],
        "ten": answered_first([each for each in known.values() if each.question.number.startswith("T")]),
        "lines": answered_first([*chosen(known, COMPANY_LINES), *(each for each in chosen(known, CONTRACT_LINES) if each.known)]),
        "campaigns": [(each, said(pages, each.campaign_id, reader)) for each in pages.company.programmes.campaigns()[:3]],
        "answered": sum(each.known for each in known.values()),
        "asked": len(known),
    }
