"""The application: pages for people, the API for machines, one guard in front of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

import dangol
from dangol.core.errors import OUTCOMES, DangolError
from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.rest import api
from dangol.faces.rest.problem import of_error, of_request, of_status
from dangol.faces.web import (
    ask,
    budget,
    customer,
    customers,
    data,
    data_coverage,
    data_quality,
    data_sources,
    door,
    figures,
    home,
    identity,
    keep,
    maturity,
    models,
    notes,
    programmes,
    runs,
    segment_keys,
    segments,
    value,
    worklist,
)
from dangol.faces.web.security import Guard
from dangol.faces.web.show import STATIC, Pages
from dangol.workspace.company import Company

API = "/api/"
SMALLEST_COMPRESSED = 800
ROOMS = (
    home, ask, worklist, segments, customers, customer, models, data, data_sources, data_coverage, data_quality, identity,
    maturity, programmes, runs, segment_keys, keep, budget, figures, value, notes,
)  # fmt: skip
SAID = {
    "not_ready": words("Nothing was run yet"),
    "lacking": words("Data are missing for this"),
    "unknown_name": words("There is no such page"),
    "config": words("This request does not make sense"),
    "declaration": words("This request does not make sense"),
}
FAILED = words("Something went wrong")


def create_app(company: Company, *, token: str = "", write_key: str = "") -> FastAPI:
    """The web application of one company.

    Args:
        company: whose data it shows.
        token: secret that visitors must know; empty where only this machine can reach the server.
        write_key: secret that lets others send events and see nothing.
    """
    app = FastAPI(
        title="dangol",
        version=dangol.__version__,
        summary="Questions, customers and results of one company",
        lifespan=closing(company),
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    pages = Pages(company)
    app.include_router(api(company))
    for room in ROOMS:
        app.include_router(room.routes(pages), include_in_schema=False)
    app.include_router(door.routes(pages, token), include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    answer_errors(app, pages)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_COMPRESSED)
    app.add_middleware(Guard, token=token, write_key=write_key)
    return app


def closing(company: Company) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """When the server stops, what arrived last is closed, so that the next run finds it."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        company.journal.close()

    return life


def answer_errors(app: FastAPI, pages: Pages) -> None:
    """Errors as problem documents under `/api`, as pages elsewhere."""

    @app.exception_handler(DangolError)
    def ours(request: Request, error: DangolError) -> Response:
        if request.url.path.startswith(API):
            return of_error(request, error)
        language = pages.reader(request).language
        detail = ("" if error.code == "engine" else tell(error.what, language), tell(error.hint, language))
        # After a run something else is wanting, and the error says what.
        code = "lacking" if error.code == "not_ready" and pages.company.ready else error.code
        return error_page(pages, request, OUTCOMES[error.code].http_status, code, detail)

    @app.exception_handler(RequestValidationError)
    def unfit(request: Request, error: RequestValidationError) -> Response:
        return of_request(request, error) if request.url.path.startswith(API) else error_page(pages, request, 422, "config")

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(API):
            return of_status(request, error)
        return error_page(pages, request, error.status_code, "unknown_name" if error.status_code == 404 else "error")

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        return of_error(request, error) if request.url.path.startswith(API) else error_page(pages, request, 500, "error")


def error_page(pages: Pages, request: Request, status: int, code: str, detail: tuple[str, str] = ("", "")) -> Response:
    """An error as a page: what happened and what to do."""
    title = pages.reader(request).say(SAID.get(code, FAILED))
    return pages.show(request, "error.html", status, title=title, what=detail[0], hint=detail[1], code=code)
