"""Routes of figures that people enter: those of others, each beside our own, and what the company means to spend."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from dangol.faces.rest.identity import caller
from dangol.faces.rest.shape import sent_row
from dangol.workspace.company import Company
from dangol.workspace.entered import LONGEST_NAME, Figure, Plan, Said


class FiguresShape(BaseModel):
    """What people entered, and the names it may use.

    Attributes:
        figures: those of others: figure, category, value, source, our own, ours against theirs, and who is ahead.
        categories: the company's own, for sizes of markets.
        channels: those it spends on, for limits of channels.
    """

    figures: list[dict[str, Any]]
    plan: Plan
    categories: list[str]
    channels: list[str]


def add_figures(router: APIRouter, company: Company) -> None:
    """Figures that nobody's data hold."""

    @router.get("/figures", tags=["value"])
    def figures() -> FiguresShape:
        """The figures that people entered, each beside our own, and the plan."""
        return shape_of(company)

    @router.put("/figures/{figure}", tags=["value"])
    def enter(figure: Figure, said: Said, request: Request) -> FiguresShape:
        """Enter a figure of others with its source; one of the same category is replaced. Answers heed it at once."""
        company.entering.enter({**said.model_dump(), "figure": figure}, who=caller(request))
        return shape_of(company)

    @router.delete("/figures/{figure}", tags=["value"])
    def remove(
        figure: Figure,
        request: Request,
        category: Annotated[str, Query(max_length=LONGEST_NAME, description="of market_total; the whole market when empty")] = "",
    ) -> FiguresShape:
        """Take an entered figure back."""
        company.entering.remove(figure, category, who=caller(request))
        return shape_of(company)

    @router.put("/plan", tags=["value"])
    def set_plan(said: Plan, request: Request) -> FiguresShape:
        """Say what the company means to spend, in place of what the plan said before."""
        company.entering.set_plan(said.model_dump(), who=caller(request))
        return shape_of(company)


def shape_of(company: Company) -> FiguresShape:
    """Everything that is entered, as it is now."""
    found = company.entering
    return FiguresShape(
        figures=[{**sent_row(asdict(each)), "standing": each.standing} for each in found.all()],
        plan=found.settings.plan,
        categories=found.categories,
        channels=found.channels,
    )
