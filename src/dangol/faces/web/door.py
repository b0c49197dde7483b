"""The door: where a visitor shows the token once and gets a cookie for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from dangol.faces.web.security import COOKIE, DOOR, same, session_of
from dangol.faces.web.show import Pages


def routes(pages: Pages, token: str) -> APIRouter:
    """The form that asks for the token."""
    router = APIRouter()

    @router.get(DOOR)
    def ask(request: Request, next: str = "/") -> Response:  # noqa: A002 — the name in the address
        """The form."""
        return pages.show(request, "token.html", next=inside(next), wrong=False)

    @router.post(DOOR)
    def enter(request: Request, given: Annotated[str, Form(alias="token")], next: Annotated[str, Form()] = "/") -> Response:  # noqa: A002
        """Check the token and let in."""
        if not token or not same(given.strip(), token):
            return pages.show(request, "token.html", 403, next=inside(next), wrong=True)
        response = RedirectResponse(inside(next), status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, session_of(token), httponly=True, samesite="strict", secure=secure)
        return response

    return router


def inside(address: str) -> str:
    """An address of ours; those of others become the home page."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"
