"""Data maturity over HTTP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from dangol.workspace.company import Company


def add_maturity(router: APIRouter, company: Company) -> None:
    """How far the data have come."""

    @router.get("/maturity", tags=["quality"])
    def maturity() -> dict[str, Any]:
        """Three stages, their items, for how many customers each is known, and which questions read it or wait for it."""
        found = company.maturity()
        items = [
            {"stage": each.item.stage, "item": each.item.key, "state": each.state, "customers": each.found, "share": each.share,
             "enough": each.item.enough, "reading": [question.number for question in each.reading],
             "waiting": [question.number for question in each.waiting]}
            for each in found.reached
        ]  # fmt: skip
        return {"stage": found.stage, "filled": {stage: found.filled(stage) for stage in (1, 2, 3)}, "items": items}
