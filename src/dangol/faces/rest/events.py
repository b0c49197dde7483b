"""Events over HTTP: what shops and apps send the moment it happens, in the form that Segment's libraries speak."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from dangol.core.errors import told
from dangol.core.text import pick_language, tell
from dangol.faces.rest.problem import Problem
from dangol.faces.rest.shape import AcceptedShape, RefusedCall
from dangol.intake.inbox import Busy, Received
from dangol.workspace.company import Company

Kind = Literal["identify", "track", "page", "screen", "group", "alias"]
ABOUT = {
    "identify": "Who somebody is: the customer's number and what is known about him.",
    "track": "What somebody did, by the name of the event.",
    "page": "Which page somebody looked at.",
    "screen": "Which screen of an app somebody looked at.",
    "group": "Which company somebody belongs to.",
    "alias": "That a number known so far was this customer's.",
}
LARGEST_BODY = 512_000  # bytes, as the specification allows for a batch
PATHS = ("/api/v1/batch", *(f"/api/v1/{kind}" for kind in get_args(Kind)))
DESCRIBED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
}
TOO_LARGE = told("more than {most} bytes at once", most=f"{LARGEST_BODY:,}")
NO_JSON = told("the body is no JSON object")


class UnfitError(Exception):
    """A body that cannot be read; carries the answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.problem = Problem(status, "data", why)


def add_events(router: APIRouter, company: Company) -> None:
    """The routes that events come in by."""

    async def take(request: Request, kind: Kind | None) -> Response:
        """Answer one request: everything it brought is on the disk before it is answered."""
        try:
            body = await read(request)
            calls = listed(body, kind)
            found = await run_in_threadpool(company.receive, calls, sent_at=moment(body.get("sentAt")))
        except UnfitError as problem:
            return problem.problem.answer(request.headers)
        except Busy as problem:
            answer = Problem(429, "not_ready", problem.what, {"hint": problem.hint}).answer(request.headers)
            answer.headers["Retry-After"] = "1"
            return answer
        return answered(request, found)

    @router.post("/batch", tags=["events"], status_code=202, response_model=AcceptedShape, openapi_extra=DESCRIBED)
    async def batch(request: Request) -> Response:
        """Many calls at once: `{"batch": [...], "sentAt": ...}`; wrong ones are listed, right ones are taken."""
        return await take(request, None)

    def one(kind: Kind) -> None:
        """The route of one kind of call."""

        async def call(request: Request) -> Response:
            return await take(request, kind)

        router.add_api_route(
            f"/{kind}", call, methods=["POST"], tags=["events"], status_code=202, response_model=AcceptedShape,
            openapi_extra=DESCRIBED, name=kind, description=ABOUT[kind],
        )  # fmt: skip

    for kind in get_args(Kind):
        one(kind)


async def read(request: Request) -> dict[str, Any]:
    """The body as a JSON object, unpacked where it was packed.

    Raises:
        UnfitError: another type, too large, or no JSON object.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnfitError(415, told("send {kind:quoted}", kind="application/json"))
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise UnfitError(413, TOO_LARGE)
        parts.append(part)
    return parsed(unpacked(b"".join(parts), request.headers.get("content-encoding", "")))


def unpacked(content: bytes, packing: str) -> bytes:
    """What was packed with gzip, no further than is allowed.

    Raises:
        UnfitError: damaged, or too large.
    """
    if packing.lower() != "gzip":
        return content
    opener = zlib.decompressobj(wbits=31)
    try:
        found = opener.decompress(content, LARGEST_BODY)
    except zlib.error as problem:
        raise UnfitError(400, NO_JSON) from problem
    if opener.unconsumed_tail:
        raise UnfitError(413, TOO_LARGE)
    return found


def parsed(content: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        UnfitError: it is something else.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise UnfitError(400, NO_JSON) from problem
    if not isinstance(found, dict):
        raise UnfitError(400, NO_JSON)
    return found


def listed(body: dict[str, Any], kind: Kind | None) -> Sequence[object]:
    """The calls of a body.

    Raises:
        UnfitError: a batch without its list.
    """
    if kind is not None:
        return [{**body, "type": kind}]
    calls = body.get("batch")
    if not isinstance(calls, list) or not calls:
        raise UnfitError(422, told("{name:quoted} must be a list of calls", name="batch"))
    return calls


def moment(text: object) -> datetime | None:
    """When the sender says it sent; nothing where it says nothing readable."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found is not None and found.tzinfo else found


def answered(request: Request, found: Received) -> Response:
    """How many calls were taken, and what is wrong with the others."""
    if found.refusals and not found.accepted:
        return all_refused(found).answer(request.headers)
    language = pick_language(request.headers.get("accept-language"), default="en")
    refused = [RefusedCall(place=each.place, problems=[tell(why, language) for why in each.problems]) for each in found.refusals]
    return JSONResponse(AcceptedShape(accepted=found.accepted, refused=refused).model_dump(), status_code=202)


def all_refused(found: Received) -> Problem:
    """Nothing was taken: every call with what is wrong with it."""
    problems = [
        told("{place}: {what}", place=f"batch.{each.place}", what=why) for each in found.refusals for why in each.problems
    ]
    what = told("{count|call/calls} refused", count=len(found.refusals))
    return Problem(422, "data", what, {"problems": problems})
