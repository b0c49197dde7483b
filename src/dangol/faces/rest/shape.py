"""What the API sends: plain JSON with exact money as text and moments in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field

from dangol.workspace.wording import strength_of

# No number of ours needs more than 31 bits, and no database counts beyond 63.
LARGEST = 2**31 - 1
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=LARGEST)]
PageNumber = Annotated[int, Query(ge=1, le=LARGEST)]
RulingNumber = Annotated[int, Path(ge=1, le=LARGEST)]


class Column(BaseModel):
    """A column of an answer."""

    name: str
    kind: str
    ko: str
    en: str


class TrustShape(BaseModel):
    """How far to trust an answer."""

    level: str
    reasons: list[str]


class QuestionShape(BaseModel):
    """A question that can be asked."""

    number: str
    name: str
    theme: str
    ko: str
    en: str
    definition: str = Field(description="what is computed, in words")
    options: dict[str, Any]
    answerable: bool | None = Field(description="null before the first run")


class AnswerShape(BaseModel):
    """An answered question."""

    question: str
    number: str
    as_of: str
    answerable: bool
    sentence_ko: str | None
    sentence_en: str | None
    refusal_ko: str | None = Field(description="what is missing, in words; null where it is answered")
    refusal_en: str | None
    headline: dict[str, Any]
    columns: list[Column]
    rows: list[list[Any]]
    row_count: int
    trust: TrustShape
    missing: list[str]
    sql: str
    tables: list[str]
    options: dict[str, Any]


class CustomerPage(BaseModel):
    """A page of customers; `next` is null on the last one."""

    total: int
    next: str | None
    sort: str
    customers: list[dict[str, Any]]


class CustomerShape(BaseModel):
    """Everything about one customer, masked."""

    customer_id: int
    profile: dict[str, Any]
    person: dict[str, Any]
    records: list[dict[str, Any]]
    provenance: dict[str, dict[str, Any]]
    reasons: dict[str, list[dict[str, Any]]]
    timeline: list[dict[str, Any]]
    household: dict[str, Any] | None = Field(None, description="the home and the numbers of the others in it; null where unknown")
    account: dict[str, Any] | None = Field(None, description="the account with its tree's figures; null where there is none")


class AccountPage(BaseModel):
    """Accounts as trees, those that bought most first."""

    total: int
    accounts: list[dict[str, Any]]


class CountShape(BaseModel):
    """How many customers a rule selects, and the rule in words."""

    total: int
    households: int | None = Field(None, description="in how many homes they live; null where none is known")
    accounts: int | None = Field(None, description="to how many accounts they belong; null where there are none")
    ko: str
    en: str


class ProblemShape(BaseModel):
    """An error as a problem document (RFC 9457), in the language the request asks for."""

    type: str = Field(description="urn:dangol:problem:<code>")
    title: str
    status: int
    detail: str
    where: str = Field("", description="file, row, column or setting")
    hint: str = Field("", description="the next thing to do")
    problems: list[str] = Field(default_factory=list, description="further problems found in the same place")


class RefusedCall(BaseModel):
    """A call that was not taken."""

    place: int = Field(description="in the batch, from 0")
    problems: list[str]


class AcceptedShape(BaseModel):
    """What became of the calls of one request."""

    accepted: int = Field(description="calls written down; they are safe")
    refused: list[RefusedCall] = Field(default_factory=list, description="calls not taken, and why")


class SnapshotShape(BaseModel):
    """The serving snapshot."""

    run_id: str
    as_of: str
    finished_at: str
    customers: int
    answered: int
    questions: int


def sent(value: object) -> Any:  # noqa: ANN401 — any JSON value
    """A value as JSON: money exact as text, moments in UTC with a Z."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, float) and value != value:  # noqa: PLR0124 — NaN is the only value that differs from itself
        return None
    return value


def sent_reason(reason: str, moved: float) -> dict[str, Any]:
    """A reason of a score: what it adds to the log-odds (or to the logarithm of an amount), and how strong that is."""
    return {"reason": reason, "contribution": moved, "strength": strength_of(moved)}


def sent_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON."""
    return {name: sent(value) for name, value in row.items()}
