"""Routes of notes: what somebody knows about a customer, and what campaigns and scores make of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from dangol.faces.rest.identity import caller
from dangol.faces.rest.shape import sent_row
from dangol.workspace.company import Company
from dangol.workspace.notes import LONGEST, MOST_DAYS, Saying

CustomerNumber = Annotated[int, Path(ge=1, le=2**62, description="number of the customer")]
NoteNumber = Annotated[int, Path(ge=1, le=2**62, description="number of the note")]


class SayingShape(BaseModel):
    """What somebody says about a customer."""

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(max_length=12, description="remark, leave_out, put_first or score")
    reason: str = Field(max_length=LONGEST, description="what you know, or why; kept with the note")
    about: str = Field("", max_length=80, description="programme of leave_out and put_first, all when empty; of score its column")
    value: float | None = Field(None, ge=0, le=1, description="the chance that is set")
    days: int = Field(0, ge=0, le=MOST_DAYS, description="how long it stands; 0 until it is taken back")


class NoteShape(BaseModel):
    """The number of a note."""

    note: int


def add_notes(router: APIRouter, company: Company) -> None:
    """Notes on customers."""

    @router.get("/customers/{customer_id}/notes", tags=["notes"])
    def notes(customer_id: CustomerNumber) -> list[dict[str, Any]]:
        """All notes on a customer, the latest first, those that ended included."""
        desk = company.notes
        return [sent_row(asdict(each)) for each in desk.all(desk.known(customer_id))]

    @router.post("/customers/{customer_id}/notes", tags=["notes"])
    def say(customer_id: CustomerNumber, said: SayingShape, request: Request) -> NoteShape:
        """Keep a note: leave a customer out of campaigns, put one first, set a chance, or remark something."""
        return NoteShape(note=company.notes.say(customer_id, Saying(**said.model_dump()), who=caller(request)))

    @router.delete("/notes/{note}", tags=["notes"])
    def take_back(note: NoteNumber, request: Request) -> NoteShape:
        """Take a note back; it stays as history."""
        company.notes.take_back(note, who=caller(request))
        return NoteShape(note=note)
