"""Errors over HTTP: problem details (RFC 9457) that say what, where and what to do."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from dangol.core.errors import OUTCOMES, DangolError

MEDIA_TYPE = "application/problem+json"
TITLES = {
    "error": "Something went wrong",
    "config": "The settings or the request do not make sense",
    "declaration": "A declaration is wrong",
    "unknown_name": "Unknown name",
    "source": "A source cannot be read",
    "data": "The data contradict themselves",
    "not_ready": "Not ready yet",
    "too_little_data": "Too little data",
    "engine": "A query failed",
    "consent": "Consent does not allow it",
    "destination": "The destination refused",
}


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:  # noqa: ANN401 — any JSON
    """A problem document."""
    body = {"type": f"urn:dangol:problem:{code}", "title": TITLES.get(code, code), "status": status, "detail": detail, **more}
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def of_error(_request: Request, error: Exception) -> JSONResponse:
    """One of our errors as a problem; queries never leave the house."""
    if not isinstance(error, DangolError):
        return problem(500, "error", "an unexpected error; the log has more")
    where = "" if error.code == "engine" else error.where
    return problem(
        OUTCOMES[error.code].http_status, error.code, error.what, where=where, hint=error.hint, problems=list(error.problems)
    )


def of_request(_request: Request, error: Exception) -> JSONResponse:
    """A request that does not fit its description."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found]
    return problem(422, "config", f"{len(lines)} problems in the request", problems=lines)


def of_status(_request: Request, error: Exception) -> JSONResponse:
    """A plain HTTP refusal, such as an unknown path."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "an unexpected error"
    return problem(status, "unknown_name" if status == 404 else "error", detail)


def install_problems(app: FastAPI) -> None:
    """Make every error of an application a problem document."""
    app.add_exception_handler(DangolError, of_error)
    app.add_exception_handler(RequestValidationError, of_request)
    app.add_exception_handler(HTTPException, of_status)
