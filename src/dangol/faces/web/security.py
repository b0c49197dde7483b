"""The guard in front of every page: who may come in, and what a browser may do with what it gets.

Headers follow OWASP ASVS 5.0, 3.4 (strict content security policy) and 14.3.2 (no caching of customers' data). The check of
the Host header stops DNS rebinding: a page of another site must not reach a server that trusts everybody on this machine.
What changes something must come from a page of ours, told by what browsers add to every request (Fetch Metadata, W3C).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dangol.core.errors import ConfigError, told
from dangol.faces.rest.events import PATHS as EVENT_PATHS
from dangol.faces.rest.problem import STATUSES, Problem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
SHORTEST_TOKEN = 16
COOKIE = "dangol_session"
DOOR = "/token"
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})
PRIVATE, FOREVER = "no-store", "public, max-age=31536000, immutable"


def check_binding(host: str, token: str, write_key: str = "") -> None:
    """Refuse to serve customers' data to a network without a token.

    Raises:
        ConfigError: another address than this machine's own without a token, or a token or write key that can be guessed.
    """
    short = min((len(each) for each in (token, write_key) if each), default=SHORTEST_TOKEN)
    if short < SHORTEST_TOKEN:
        what = told("the token has {n} letters, needs at least {least}", n=short, least=SHORTEST_TOKEN)
        raise ConfigError(what, hint="openssl rand -hex 16")
    if not token and host not in LOOPBACK:
        what = told("refusing to serve on {host:quoted} without a token", host=host)
        raise ConfigError(what, hint=told("add --token, or serve on 127.0.0.1"))


def session_of(token: str) -> str:
    """What the cookie holds: proof of knowing the token, not the token."""
    return hmac.new(token.encode(), b"dangol session", hashlib.sha256).hexdigest()


def same(given: str, known: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), known.encode())


def bare_host(header: str) -> str:
    """The Host header without its port."""
    host, colon, port = header.rpartition(":")
    return host if colon and port.isdigit() else header


class Guard:
    """Checks host and token before a request, and adds the security headers after it.

    Args:
        app: what is guarded.
        token: secret that every request must prove to know; empty for this machine only.
        write_key: secret that lets a shop's server send events and nothing else; empty where the token is needed for that too.
    """

    def __init__(self, app: ASGIApp, token: str = "", write_key: str = "") -> None:
        self.app = app
        self.token = token
        self.write_key = write_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(scope=message), scope["path"])
            await send(message)

        answer = self.refusal(scope) or self.app
        await answer(scope, receive, guarded)

    def refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that may not come in; None for one that may."""
        headers = Headers(scope=scope)
        if self.sends_events(scope, headers):
            return None
        if scope["method"] not in READING and from_elsewhere(headers):
            return PlainTextResponse("this request comes from another site", status_code=403)
        return self.without_proof(scope, headers) if self.token else at_another_host(headers)

    def sends_events(self, scope: Scope, headers: Headers) -> bool:
        """Whether a shop's server sends events with the key for that."""
        to_send = scope["path"] in EVENT_PATHS and scope["method"] == "POST"
        return bool(self.write_key) and to_send and same(key_in(headers), self.write_key)

    def without_proof(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that does not prove to know the token; None for one that does, or need not."""
        path = scope["path"]
        if path == DOOR or path.startswith("/static/") or self.knows(Request(scope)):
            return None
        return unauthorised(headers) if path.startswith("/api/") else to_the_door(scope)

    def knows(self, request: Request) -> bool:
        """Whether a request proves to know the token."""
        given = key_in(request.headers)
        if given:
            return same(given, self.token)
        return same(request.cookies.get(COOKIE, ""), session_of(self.token))


def at_another_host(headers: Headers) -> Response | None:
    """The answer to a request that calls this machine by a name it does not have; None for one that knows it."""
    known = bare_host(headers.get("host", "")) in LOOPBACK
    return None if known else PlainTextResponse("unknown host", status_code=421)


def from_elsewhere(headers: Headers) -> bool:
    """Whether a page of another site sends a request; browsers say so, older ones by the origin alone, programs say nothing."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site not in OURS
    return origin is not None and origin.partition("://")[2] != headers.get("host", "")


def key_in(headers: Headers) -> str:
    """The secret a request brings: as a bearer's, or as the name of a basic login as Segment's libraries send it."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[0]
    except ValueError:
        return ""


def unauthorised(headers: Headers) -> Response:
    """What a machine without the token is told."""
    refused = Problem(401, "error", STATUSES[401], {"hint": "Authorization: Bearer …"}).answer(headers)
    refused.headers["WWW-Authenticate"] = "Bearer"
    return refused


def to_the_door(scope: Scope) -> Response:
    """A person is asked for the token, and comes back here afterwards."""
    query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
    return RedirectResponse(f"{DOOR}?next={quote(scope['path'] + query)}", status_code=303)


def protect(headers: MutableHeaders, path: str) -> None:
    """Add the security headers; what holds customers is never cached."""
    for name, value in HEADERS.items():
        headers[name] = value
    headers["Cache-Control"] = FOREVER if path.startswith("/static/") else PRIVATE
