"""Shared-out marketing money over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from dangol.core.text import LANGUAGES, Language, lookup, render
from dangol.workspace.budget import Budget
from dangol.workspace.budget_words import document, headline
from dangol.workspace.company import Company


def add_budget(router: APIRouter, company: Company) -> None:
    """Where marketing money should go."""

    @router.get("/budget", tags=["value"])
    def budget(
        total: Annotated[float | None, Query(description="money of a year; the plan's or last year's when absent")] = None,
    ) -> dict[str, Any]:
        """Money of a year at equal marginal returns: what each use gets today and should get, and what that rests on."""
        found = company.budgets.share(total)
        return {**document(found), **{f"sentence_{each}": sentence(company, found, each) for each in LANGUAGES}}


def sentence(company: Company, found: Budget, language: Language) -> str:
    """What to do with the money, in words."""
    said = company.settings.company
    return " ".join(
        render(lookup(message, language), values, language, currency=said.currency, zone=said.zone)
        for message, values in headline(found, language)
    )
