"""Calls in Segment's form (identify, track, page, screen, group, alias) as rows of our tables.

The specification: https://segment.com/docs/connections/spec/ and its e-commerce events, version 2. Libraries that speak it send
to us unchanged. What somebody's clock says is corrected by the clock of the sending library, as the specification wants it:
moment = received + (timestamp - sentAt).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from dangol.core.misfit import misfit
from dangol.core.told import Told, told

Row = dict[str, Any]
LARGEST_CALL = 32_768  # bytes of JSON, as the specification allows
EARLIEST = datetime(2000, 1, 1)
# A page view and a login have no name of their own in the specification.
VIEWED, IDENTIFIED = "Page Viewed", "Identified"
MOBILE = {"ios": "app", "android": "app"}


def as_text(value: object) -> object:
    """Numbers as texts: shops number customers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Identifier = Annotated[str, BeforeValidator(as_text), Field(min_length=1, max_length=200)]


class Call(BaseModel):
    """One call of the specification; what it does not know it may carry, what we do not use is left.

    Attributes:
        kind: which call.
        message_id: the sender's number of it; sent twice, it counts once.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["identify", "track", "page", "screen", "group", "alias"] = Field(alias="type")
    message_id: Identifier | None = Field(None, alias="messageId")
    user_id: Identifier | None = Field(None, alias="userId")
    anonymous_id: Identifier | None = Field(None, alias="anonymousId")
    previous_id: Identifier | None = Field(None, alias="previousId")
    group_id: Identifier | None = Field(None, alias="groupId")
    event: str | None = Field(None, min_length=1, max_length=200)
    name: str | None = Field(None, max_length=200)
    properties: dict[str, Any] = Field(default_factory=dict)
    traits: dict[str, Any] = Field(default_factory=dict)
    context: dict[str, Any] = Field(default_factory=dict)
    timestamp: datetime | None = None
    sent_at: datetime | None = Field(None, alias="sentAt")

    @field_validator("timestamp", "sent_at")
    @classmethod
    def in_utc(cls, moment: datetime | None) -> datetime | None:
        """Moments without a zone are UTC, as the specification has them."""
        return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None and moment.tzinfo else moment

    @model_validator(mode="after")
    def complete(self) -> Call:
        """Everything the kind of call needs.

        Raises:
            ValueError: nobody is named, or what happened is not.
        """
        problem = self.lacking()
        if problem:
            raise ValueError(problem)
        return self

    def lacking(self) -> str:
        """What the kind of call needs and does not have; empty where it has all."""
        if self.user_id is None and self.anonymous_id is None:
            return told("give {one:quoted} or {other:quoted}", one="userId", other="anonymousId")
        needed = (name for name in NEEDED.get(self.kind, ()) if getattr(self, name) is None)
        name = next(needed, None)
        return "" if name is None else told("{kind} needs {name:quoted}", kind=self.kind, name=NAMES[name])


NEEDED = {"track": ("event",), "group": ("group_id",), "alias": ("previous_id", "user_id"), "identify": ("user_id",)}
NAMES = {"event": "event", "group_id": "groupId", "previous_id": "previousId", "user_id": "userId"}


@dataclass(frozen=True)
class Refusal:
    """A call that was not taken, and why, in sentences for its sender; values of customers are not in them."""

    place: int
    problems: Sequence[str]


@dataclass(frozen=True)
class Received:
    """What became of a batch of calls.

    Attributes:
        rows: rows to write, by table.
        accepted: calls taken.
        refusals: the others.
    """

    rows: Mapping[str, Sequence[Row]]
    accepted: int
    refusals: Sequence[Refusal]


def received(calls: Sequence[object], now: datetime, sent_at: datetime | None = None) -> Received:
    """Check calls and make rows of them; a wrong one stops no other.

    Args:
        calls: JSON objects.
        now: the moment of receipt, UTC without zone.
        sent_at: when the whole batch was sent by the sender's clock.
    """
    rows: dict[str, list[Row]] = {}
    refusals = []
    for place, each in enumerate(calls):
        found = checked(each, now)
        if isinstance(found, Call):
            for table, row in rows_of(found, now, sent_at):
                rows.setdefault(table, []).append(row)
        else:
            refusals.append(Refusal(place, found))
    return Received(rows, len(calls) - len(refusals), refusals)


def checked(each: object, now: datetime) -> Call | list[str]:
    """A call, or every problem it has."""
    if len(json.dumps(each, default=str).encode()) > LARGEST_CALL:
        return [told("larger than {most} bytes", most=f"{LARGEST_CALL:,}")]
    try:
        call = Call.model_validate(each)
    except ValidationError as problem:
        return [placed(".".join(map(str, one["loc"])), misfit(one)) for one in problem.errors()]
    return out_of_time(call, now) or call


def out_of_time(call: Call, now: datetime) -> list[str]:
    """Why a moment cannot be."""
    if call.timestamp is not None and not EARLIEST <= call.timestamp <= now + timedelta(days=1):
        problem: Told = told("a moment between {first} and tomorrow is needed", first=f"{EARLIEST:%Y-%m-%d}")
        return [placed("timestamp", problem)]
    return []


def placed(place: str, problem: str) -> str:
    """A problem behind the field it is about; alone where it is about the whole call."""
    return told("{place}: {what}", place=place, what=problem) if place else problem


def rows_of(call: Call, now: datetime, sent_at: datetime | None) -> list[tuple[str, Row]]:
    """The rows a call becomes: an event, and what it says about a customer or his company."""
    at = moment_of(call, now, sent_at)
    number = call.message_id or str(uuid.uuid4())
    found = [("events", event_row(call, number, at)), *said_of(call, at)]
    return [(table, filled(row)) for table, row in found]


def said_of(call: Call, at: datetime) -> list[tuple[str, Row]]:
    """What a call says about a customer or his company."""
    if call.kind == "identify":
        return [("customers", customer_row(call, at))]
    if call.kind != "group":
        return []
    member = [("customers", {"customer_ref": call.user_id, "account_ref": call.group_id})] if call.user_id else []
    return [*member, ("accounts", account_row(call))]


def moment_of(call: Call, now: datetime, sent_at: datetime | None) -> datetime:
    """When it happened by our clock; never later than its receipt."""
    sent = call.sent_at or sent_at
    if call.timestamp is None:
        return now
    return min(now, call.timestamp if sent is None else now + (call.timestamp - sent))


def event_row(call: Call, number: str, at: datetime) -> Row:
    """What happened."""
    names = {"track": call.event, "page": VIEWED, "screen": VIEWED, "group": "Joined Company"}
    said, campaign = call.properties, mapping(call.context.get("campaign"))
    page, device = mapping(call.context.get("page")), mapping(call.context.get("device"))
    return {
        "event_id": number,
        "customer_ref": call.user_id,
        "anonymous_id": call.previous_id if call.kind == "alias" else call.anonymous_id,
        "occurred_at": at.isoformat(sep=" ", timespec="microseconds"),
        "event_name": names.get(call.kind, IDENTIFIED),
        "session_id": first(said, "session_id", "sessionId") or first(call.context, "sessionId"),
        "device": MOBILE.get(str(device.get("type", "")).lower()) or first(device, "type"),
        "page_url": first(said, "url") or first(page, "url"),
        "product_id": first(said, "product_id", "sku", "productId"),
        "search_term": first(said, "query", "search_term"),
        "amount": first(said, "value", "revenue", "total"),
        "utm_source": campaign.get("source"),
        "utm_medium": campaign.get("medium"),
        "utm_campaign": campaign.get("name"),
        "utm_term": campaign.get("term"),
    }


def customer_row(call: Call, at: datetime) -> Row:
    """What a customer is known as."""
    traits, home = call.traits, home_of(call.traits.get("address"))
    return {
        "customer_ref": call.user_id,
        "customer_name": name_in(traits),
        "email": first(traits, "email"),
        "phone": first(traits, "phone"),
        "gender": first(traits, "gender"),
        "birth_date": first(traits, "birthday"),
        "address": first(home, "street"),
        "postcode": first(home, "postalCode"),
        "city": first(home, "city"),
        "region": first(home, "state"),
        "country": first(home, "country"),
        "registered_at": first(traits, "createdAt") or at.isoformat(sep=" ", timespec="seconds"),
    }


def name_in(traits: Mapping[str, Any]) -> str | None:
    """A person's whole name, from its parts where it came in parts."""
    parts = (first(traits, "firstName", "first_name"), first(traits, "lastName", "last_name"))
    return first(traits, "name") or " ".join(filter(None, parts)) or None


def home_of(address: object) -> Mapping[str, Any]:
    """An address in its parts; one line of text is the street."""
    return {"street": address} if isinstance(address, str) else mapping(address)


def account_row(call: Call) -> Row:
    """What a company is known as."""
    traits = call.traits
    return {
        "account_ref": call.group_id,
        "account_name": first(traits, "name"),
        "industry": first(traits, "industry"),
        "employee_count": first(traits, "employees"),
        "country": first(mapping(traits.get("address")), "country"),
    }


def mapping(value: object) -> Mapping[str, Any]:
    """An object, or nothing where something else stands."""
    return value if isinstance(value, dict) else {}


def first(values: Mapping[str, Any], *names: str) -> str | None:
    """The first of some values that is there, as text."""
    found = (values.get(name) for name in names)
    return next((str(each) for each in found if isinstance(each, str | int | float) and str(each).strip()), None)


def filled(row: Row) -> Row:
    """A row without what is missing."""
    return {name: value for name, value in row.items() if value is not None}
