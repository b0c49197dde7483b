"""Routes of identity: what it did, who anybody was when, and pairs of records that people decide about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from dangol.core.text import LANGUAGES, lookup
from dangol.faces.rest.shape import Limit, Offset, RulingNumber, sent, sent_row
from dangol.workspace.company import Company
from dangol.workspace.hiding import hidden
from dangol.workspace.identities import Joined, Provenance, moment_of
from dangol.workspace.reviewing import Doubt, Record, Ruled

CALLER = "api"
COUNTS = ("record_count", "customer_count", "joined_count")


class DecisionShape(BaseModel):
    """What somebody says about a pair of records."""

    same: bool = Field(description="true: one customer; false: two")
    reason: str = Field("", max_length=500, description="why; kept with the decision")


class RuledShape(BaseModel):
    """Number of a decision; it holds from the next run on."""

    ruling: int


def add_identity(router: APIRouter, company: Company) -> None:
    """Who is who, and who was when."""

    @router.get("/identity", tags=["identity"])
    def identity() -> dict[str, Any]:
        """Records and customers by system, by what they were joined and how surely, and orders and visits of known customers."""
        figures = company.identities.figures
        largest = [sent_customer(each) for each in figures.get("largest", [])]
        counted = {name: company.snapshot.meta["identity"].get(name) for name in COUNTS}
        return {**counted, **figures, "largest": largest}

    @router.get("/identity/whois", tags=["identity"])
    def whois(
        who: Annotated[str, Query(max_length=300, description="a record such as mall/1042, or a customer number")],
        at: Annotated[str, Query(max_length=40, description="a day, meaning its end, or a moment, UTC")],
    ) -> dict[str, Any]:
        """Who a record or a number was at a moment, and who that is today."""
        found = company.identities.whois(who, moment_of(at))
        records = [sent_record(each) for each in found.records]
        return sent_customer({"at": sent(found.at), "customer_id": found.customer_id, "now": found.now, "records": records})

    @router.get("/identity/log", tags=["identity"])
    def log(limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
        """How customers became one or parted, the latest first."""
        rows, total = company.identities.log(limit=limit, offset=offset)
        return {"total": total, "events": [sent_customer(sent_row(row)) for row in rows]}


def add_review(router: APIRouter, company: Company) -> None:
    """Pairs of records in doubt and what people decided."""

    @router.get("/review", tags=["identity"])
    def review(limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
        """Pairs of records that may be one person, the most doubtful first; record numbers are masked."""
        doubts = company.desk.open_doubts()
        return {"total": len(doubts), "pairs": [sent_doubt(each) for each in doubts[offset : offset + limit]]}

    @router.post("/review/{handle}", tags=["identity"])
    def decide(handle: str, said: DecisionShape, request: Request) -> RuledShape:
        """Decide about a pair, from the next run on."""
        desk = company.desk
        found = desk.doubt(handle)
        return RuledShape(
            ruling=desk.decide([(found.left, found.right)], same=said.same, who=caller(request), reason=said.reason)
        )

    @router.get("/rulings", tags=["identity"])
    def rulings() -> list[dict[str, Any]]:
        """Every decision, the latest first."""
        return [sent_ruling(each) for each in company.desk.rulings()]

    @router.delete("/rulings/{ruling}", tags=["identity"])
    def undo(ruling: RulingNumber, request: Request) -> RuledShape:
        """Take a decision back, from the next run on."""
        company.desk.undo(ruling, who=caller(request))
        return RuledShape(ruling=ruling)


def caller(request: Request) -> str:
    """Who calls, as the audit trail names him."""
    return f"{CALLER}@{request.client.host}" if request.client else CALLER


def sent_customer(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with numbers of customers as the API writes them; the only place where identity's routes do."""
    return dict(row)


def sent_record(record: Record) -> dict[str, str]:
    """A record with the middle of its number covered."""
    return {"system": record.system, "number": hidden(record.number)}


def sent_joined(joined: Joined) -> dict[str, Any]:
    """A record of a customer: by what it was joined, how surely, and who told of it."""
    known = {"rule": joined.rule, "confidence": joined.confidence, "source": joined.source or None}
    return {**sent_record(joined.record), **known, "registered_at": sent(joined.registered_at)}


def sent_provenance(found: Provenance) -> dict[str, Any]:
    """Where an attribute came from."""
    record = sent_record(found.record) if found.record else None
    return {"kind": found.kind, "source": found.source or None, "record": record, "at": sent(found.at), "others": found.others}


def sent_doubt(doubt: Doubt) -> dict[str, Any]:
    """A pair of records in doubt with its evidence in both languages."""
    evidence = {f"evidence_{each}": [lookup(shown, each) for shown in doubt.evidence] for each in LANGUAGES}
    records = {"left": sent_record(doubt.left), "right": sent_record(doubt.right)}
    return {"handle": doubt.handle, **records, "chance": doubt.chance, "joined": doubt.joined, **evidence}


def sent_ruling(ruled: Ruled) -> dict[str, Any]:
    """A decision."""
    said = {"ruling": ruled.ruling_id, "same": ruled.same, "who": ruled.who, "reason": ruled.reason}
    when = {"ruled_at": sent(ruled.ruled_at), "undone_at": sent(ruled.undone_at)}
    return {**said, "left": sent_record(ruled.left), "right": sent_record(ruled.right), **when}
