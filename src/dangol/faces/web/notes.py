"""Notes on a customer's page: what somebody knows, and what campaigns and scores make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.programmes import title_of
from dangol.faces.web.show import Pages, doer
from dangol.workspace.customers import Customer
from dangol.workspace.notes import KINDS, LEAVE_OUT, PUT_FIRST, REMARK, SCORE, Noted, Saying
from dangol.workspace.programmes import all_programmes

USUAL_DAYS = 90
FOR_EVER = words("until taken back")
UNTIL, ENDED = words("until {day:date}"), words("ended {day:date}")
SET_BY = words("Set by {who} on {day:date}: {reason}")
NOT_YET = words("{chance:percent_exact} set by {who} holds from the next run on: {reason}")


@dataclass(frozen=True)
class Shown:
    """A note as the page shows it, in words.

    Attributes:
        stands: whether it can be taken back.
    """

    number: int
    what: str
    reason: str
    who: str
    said: str
    ends: str
    stands: bool


def routes(pages: Pages) -> APIRouter:
    """What people say about customers."""
    router = APIRouter()

    @router.post("/customers/{customer_id}/notes")
    def say(
        request: Request,
        customer_id: int,
        kind: Annotated[str, Form(max_length=12)],
        reason: Annotated[str, Form(max_length=500)] = "",
        about: Annotated[str, Form(max_length=80)] = "",
        percent: Annotated[float | None, Form(ge=0, le=100)] = None,
        days: Annotated[int, Form(ge=0, le=1095)] = 0,
    ) -> RedirectResponse:
        """Keep a note; a chance is given in per cent."""
        value = None if percent is None else percent / 100
        pages.company.notes.say(customer_id, Saying(kind, reason, about, value, days), who=doer(request))
        return RedirectResponse(f"/customers/{customer_id}#notes", status_code=303)

    @router.post("/customers/{customer_id}/notes/{note_id}/take-back")
    def take_back(request: Request, customer_id: int, note_id: int) -> RedirectResponse:
        """A note stands no more."""
        pages.company.notes.take_back(note_id, who=doer(request))
        return RedirectResponse(f"/customers/{customer_id}#notes", status_code=303)

    return router


def notes_around(pages: Pages, customer: Customer, reader: Reader) -> Mapping[str, Any]:
    """The notes on a customer, what people may choose from, and which scores people set."""
    desk, now = pages.company.notes, datetime.now(UTC).replace(tzinfo=None)
    found = desk.all(customer.customer_id)
    programmes = all_programmes(pages.company.settings, pages.company.registry)
    titles = {name: title_of(each, reader) for name, each in programmes.items()}
    columns = pages.company.snapshot.columns
    chances = {name: columns[name].title(reader.language) for name in desk.chances}
    return {
        "notes": [shown(each, titles | chances, now, reader) for each in found],
        "note_kinds": {kind: reader.say(KINDS[kind]) for kind in (REMARK, LEAVE_OUT, PUT_FIRST)},
        "note_programmes": titles,
        "note_chances": chances,
        "note_days": USUAL_DAYS,
        "set_by_people": set_by_people(pages, found, customer, now, reader),
    }


def shown(each: Noted, titles: Mapping[str, str], now: datetime, reader: Reader) -> Shown:
    """A note in words."""
    about = titles.get(each.about, each.about)
    chance = "" if each.value is None else reader.value("percent_exact", each.value)
    what = " · ".join(filter(None, (reader.say(KINDS[each.kind]), about, chance)))
    stands, end = each.stands(now), each.ended_at
    ends = reader.say(FOR_EVER) if end is None else reader.say(UNTIL if stands else ENDED, day=end)
    return Shown(each.note_id, what, each.reason, each.who, reader.value("date", each.said_at), ends, stands)


def set_by_people(pages: Pages, found: list[Noted], customer: Customer, now: datetime, reader: Reader) -> dict[str, str]:
    """Of each prediction whose chance somebody set: who, when and why, or that it holds from the next run on."""
    mains = {next(iter(each.outputs)): name for name, each in pages.company.registry.predictions.items()}
    told: dict[str, str] = {}
    for each in found:  # the latest first
        if each.kind == SCORE and each.stands(now) and each.value is not None and each.about in mains:
            serves = customer.profile.get(each.about) == each.value
            said = SET_BY if serves else NOT_YET
            told.setdefault(
                mains[each.about], reader.say(said, who=each.who, day=each.said_at, reason=each.reason, chance=each.value)
            )
    return told
