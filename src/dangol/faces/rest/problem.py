"""Errors over HTTP: problem details (RFC 9457) that say what, where and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from dangol.core.errors import OUTCOMES, DangolError, told
from dangol.core.misfit import misfit
from dangol.core.text import Language, lookup, pick_language, tell
from dangol.core.text import to_translate as words

MEDIA_TYPE = "application/problem+json"
TITLES = {
    "error": words("Something went wrong"),
    "config": words("The settings or the request do not make sense"),
    "declaration": words("A declaration is wrong"),
    "unknown_name": words("Unknown name"),
    "source": words("A source cannot be read"),
    "data": words("The data contradict themselves"),
    "not_ready": words("Not ready yet"),
    "too_little_data": words("Too little data"),
    "engine": words("A query failed"),
    "consent": words("Consent does not allow it"),
    "destination": words("The destination refused"),
}


UNEXPECTED = told("an unexpected error; the log has more")
STATUSES = {
    401: told("a token is needed"),
    404: told("there is nothing under this address"),
    405: told("this address does not take such requests"),
}


@dataclass(frozen=True)
class Problem:
    """What a problem document says, each sentence still in either language.

    Attributes:
        code: of the error, see `OUTCOMES`.
        more: further members of the document.
    """

    status: int
    code: str
    detail: str
    more: Mapping[str, str | Sequence[str]] = field(default_factory=dict)

    def answer(self, headers: Mapping[str, str]) -> JSONResponse:
        """The document in the language that the request's headers ask for, English where they do not say."""
        language = pick_language(headers.get("accept-language"), default="en")
        body = {
            "type": f"urn:dangol:problem:{self.code}",
            "title": lookup(TITLES.get(self.code, self.code), language),
            "status": self.status,
            "detail": tell(self.detail, language),
            **{name: in_language(value, language) for name, value in self.more.items()},
        }
        named = {"Content-Language": language}
        return JSONResponse(body, status_code=self.status, media_type=MEDIA_TYPE, headers=named)


def in_language(value: str | Sequence[str], language: Language) -> str | list[str]:
    """A sentence, or each of several, as the reader understands it."""
    return tell(value, language) if isinstance(value, str) else [tell(each, language) for each in value]


def of_error(request: Request, error: Exception) -> JSONResponse:
    """One of our errors as a problem; queries never leave the house."""
    if not isinstance(error, DangolError):
        return Problem(500, "error", UNEXPECTED).answer(request.headers)
    where = "" if error.code == "engine" else error.where
    more = {"where": where, "hint": error.hint, "problems": error.problems}
    return Problem(OUTCOMES[error.code].http_status, error.code, error.what, more).answer(request.headers)


def of_request(request: Request, error: Exception) -> JSONResponse:
    """A request that does not fit its description."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    lines = [told("{place}: {what}", place=".".join(map(str, each["loc"])), what=misfit(each)) for each in found]
    what = told("{count|problem/problems} in the request", count=len(lines))
    return Problem(422, "config", what, {"problems": lines}).answer(request.headers)


def of_status(request: Request, error: Exception) -> JSONResponse:
    """A plain HTTP refusal, such as an unknown path."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = STATUSES.get(status) or (str(error.detail) if isinstance(error, HTTPException) else UNEXPECTED)
    return Problem(status, "unknown_name" if status == 404 else "error", detail).answer(request.headers)


def install_problems(app: FastAPI) -> None:
    """Make every error of an application a problem document."""
    app.add_exception_handler(DangolError, of_error)
    app.add_exception_handler(RequestValidationError, of_request)
    app.add_exception_handler(HTTPException, of_status)
