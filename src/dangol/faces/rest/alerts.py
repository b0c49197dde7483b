"""Routes of early warnings: whom to look after, how such warnings did, and what was done about them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from dangol.core.text import LANGUAGES
from dangol.faces.rest.identity import caller
from dangol.faces.rest.shape import Limit, Offset, sent_row
from dangol.workspace.alerts import MOST_SNOOZE, SNOOZE_DAYS, STATES, Said, Warned
from dangol.workspace.company import Company

AlertNumber = Annotated[int, Path(ge=1, le=2**62, description="number of the alert")]


class SaidShape(BaseModel):
    """What somebody says about an alert."""

    model_config = ConfigDict(extra="forbid")
    state: str = Field("", max_length=10, description="open, snoozed or done; left as it is when empty")
    owner: str | None = Field(None, max_length=120, description="who looks after the customer; left as it is when absent")
    days: int = Field(SNOOZE_DAYS, ge=1, le=MOST_SNOOZE, description="how long it is snoozed")
    note: str = Field("", max_length=500, description="kept with it")


class AlertShape(BaseModel):
    """The number of an alert that was changed."""

    alert: int


def add_alerts(router: APIRouter, company: Company) -> None:
    """Early warnings."""

    @router.get("/alerts", tags=["alerts"])
    def alerts(
        state: Annotated[str, Query(max_length=10, description=f"{', '.join(STATES)}; all when empty")] = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> dict[str, Any]:
        """Customers to look after, those to do first, and how such warnings did in past weeks."""
        desk = company.alerts
        found = desk.all()
        chosen = [each for each in found if state in ("", each.state)]
        evidence = {name: value for name, value in desk.evidence.items() if name != "folder"}
        listed = [sent_alert(each) for each in chosen[offset : offset + limit]]
        proofs = [each.as_json() for each in desk.proofs]
        return {"total": len(chosen), "states": desk.counts(found), "evidence": evidence, "proofs": proofs, "alerts": listed}

    @router.post("/alerts/{alert}", tags=["alerts"])
    def act(alert: AlertNumber, said: SaidShape, request: Request) -> AlertShape:
        """Snooze an alert, close it, open it again, or give it to somebody."""
        company.alerts.act(alert, Said(said.state, said.owner, said.days, said.note), who=caller(request))
        return AlertShape(alert=alert)


def sent_alert(alert: Warned) -> dict[str, Any]:
    """An alert as the API sends it, with reasons and action in both languages."""
    words = {f"reasons_{each}": alert.why(each) for each in LANGUAGES}
    actions = {f"action_{each}": alert.advice(each) for each in LANGUAGES}
    return {**sent_row(asdict(alert)), "signs": list(alert.signs), **words, **actions}
