"""Work lists and lead scores over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from dangol.core.text import LANGUAGES, tell
from dangol.faces.rest.shape import sent_row
from dangol.workspace.company import Company
from dangol.workspace.lead_card import leak_rows


def add_worklists(router: APIRouter, company: Company) -> None:
    """Whom to call first, and how leads are scored."""

    @router.get("/worklist", tags=["customers"])
    def worklist(kind: str = "", hours: float | None = None, minutes: float | None = None) -> dict[str, Any]:
        """Leads, accounts or customers within the hours there are, the most expected value an hour first; names masked."""
        lists = company.worklists
        found = lists.plan(lists.asked(kind, hours, minutes))
        figures = {name: value for name, value in asdict(found).items() if name != "rows"}
        return {**figures, "share": found.share, "kinds": list(lists.kinds), "rows": [sent_row(dict(row)) for row in found.rows]}

    @router.get("/leads/model", tags=["predictions"])
    def leads() -> dict[str, Any]:
        """What lead scores learnt from, which columns were left out and why, and how they proved; empty without leads."""
        card = company.lead_card
        if card is None:
            return {}
        said = {language: [asdict(each) for each in leak_rows(card.leaks, language)] for language in LANGUAGES}
        document = {**asdict(card), "refusal_ko": tell(card.refusal, "ko"), "findings": said}
        del document["refusal_words"]
        return document
