"""Data maturity: three stages, what is there, what is missing and which questions it would answer."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.text import lookup
from dangol.core.text import to_translate as words
from dangol.faces.web.show import Pages

STAGES = {
    1: words("Stage 1: what customers buy, visit and read, and where they belong"),
    2: words("Stage 2: what customers say and who they are"),
    3: words("Stage 3: what others say and what the world knows"),
}
STATES = {"there": words("there"), "partly": words("partly"), "missing": words("missing")}
VERDICTS = {"there": "good", "partly": "not_better", "missing": "refused"}


def routes(pages: Pages) -> APIRouter:
    """The page of data maturity."""
    router = APIRouter()

    @router.get("/data/maturity")
    def maturity(request: Request) -> HTMLResponse:
        """The three stages."""
        reader, found = pages.reader(request), pages.company.maturity()
        return pages.show(
            request,
            "maturity.html",
            found=found,
            stages=[(reader.say(title), found.filled(stage), found.of_stage(stage)) for stage, title in STAGES.items()],
            say=lambda text: lookup(text, reader.language),
            states=STATES,
            verdicts=VERDICTS,
        )

    return router
