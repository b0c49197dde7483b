"""Runs over HTTP: what became of the last ones, and when the next one is due."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from dangol.workspace.company import Company


def add_runs(router: APIRouter, company: Company) -> None:
    """The log of runs."""

    @router.get("/runs", tags=["snapshot"])
    def runs() -> dict[str, Any]:
        """The last runs, the latest first: what they loaded and changed, or what stopped them; and when the next one is due."""
        due = company.watch.due()
        found = [{**asdict(each), "problem": str(each.problem), "hint": str(each.hint)} for each in company.attempts.all()]
        return {"next_due_at": due.isoformat() if due else None, "runs": found}
