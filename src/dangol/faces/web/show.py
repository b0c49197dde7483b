"""Showing a page: whose language, which template, and what every page has in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from dangol.core.declare import NextAction
from dangol.core.text import LANGUAGES, Language, pick_language, tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader, draw, environment
from dangol.faces.web.chart import chart_height, chart_json, money_style
from dangol.workspace.company import Company
from dangol.workspace.next_actions import is_possible
from dangol.workspace.wording import missing_words

HERE = Path(__file__).parent
STATIC = HERE / "static"
COOKIE = "dangol_lang"
YEAR = 365 * 24 * 3600
NAVIGATION = (
    ("/", words("Today")),
    ("/ask", words("Questions")),
    ("/customers", words("Customers")),
    ("/value", words("Customer value")),
    ("/keep", words("Keep")),
    ("/programmes", words("Programmes")),
    ("/models", words("Models")),
    ("/data", words("Data")),
)
# Pages below an entry of the main menu, in the order of their tabs.
TABS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "/customers": (
        ("/customers", words("List")),
        ("/customers/segments", words("Segments")),
        ("/customers/worklist", words("Work list")),
        ("/customers/leads", words("Lead scores")),
    ),
    "/value": (
        ("/value", words("Overview")),
        ("/value/portfolio", words("Portfolio")),
        ("/value/segments", words("By segment")),
        ("/value/vip", words("VIP customers")),
        ("/value/acquisition", words("Acquisition")),
        ("/value/growth", words("Growth maths")),
        ("/value/budget", words("Budget")),
        ("/value/figures", words("Entered figures")),
    ),
    "/data": (
        ("/data", words("Overview")),
        ("/data/sources", words("Sources")),
        ("/data/coverage", words("Coverage")),
        ("/data/quality", words("Quality")),
        ("/data/identity", words("Identity")),
        ("/data/maturity", words("Data maturity")),
        ("/data/segment-keys", words("Segment keys")),
        ("/data/runs", words("Runs")),
    ),
}


class Pages:
    """The pages of one company.

    Attributes:
        company: whose pages these are.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        self.templates = environment(HERE / "templates")
        self.stamps = {path.name: stamp(path) for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".svg")}

    def reader(self, request: Request) -> Reader:
        """Who reads this request's page."""
        return Reader.of(self.company, language_of(request, self.company.settings.company.language))

    def show(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A page as HTML, in the reader's language; a language chosen in the address is remembered."""
        reader = self.reader(request)
        body = self.templates.get_template(template).render({**self.common(request, reader), **values})
        response = HTMLResponse(body, status_code=status)
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(COOKIE, reader.language, max_age=YEAR, httponly=True, samesite="strict")
        return response

    def common(self, request: Request, reader: Reader) -> Mapping[str, object]:
        """What every template may use."""
        return {
            "reader": reader,
            "_": reader.say,
            "company": self.company.settings.company,
            "as_of": self.company.snapshot.as_of if self.company.ready else None,
            "path": request.url.path,
            "navigation": [(path, reader.say(title), is_here(path, request.url.path)) for path, title in NAVIGATION],
            "tabs": [(path, reader.say(title), path == request.url.path) for path, title in tabs_of(request.url.path)],
            "languages": [(each, same_page(request, lang=each)) for each in LANGUAGES],
            "static": self.static,
            "chart_json": chart_json,
            "chart_height": chart_height,
            "money_style": money_style(reader),
            "draw": partial(draw, reader=reader),
            "action_link": self.action_link,
            "missing_words": missing_words,
            "tell": tell,
        }

    def static(self, name: str) -> str:
        """The address of a file of ours; it changes with the file, so that browsers may keep it for ever."""
        return f"/static/{name}?v={self.stamps[name.rpartition('/')[2]]}"

    def action_link(self, action: NextAction) -> str:
        """Where a next action leads; empty where this company cannot go there."""
        if not is_possible(action, self.company):
            return ""
        if action.rule:
            return customers_link(action.rule)
        return f"/programmes/{quote(action.programme)}" if action.programme else f"/ask/{quote(action.question)}"


def stamp(path: Path) -> str:
    """A short fingerprint of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def language_of(request: Request, default: Language) -> Language:
    """The language of a request: the address, else what was chosen before, else the browser's, else the company's."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE)
    found = [language for language in LANGUAGES if language == chosen]
    return found[0] if found else pick_language(request.headers.get("accept-language"), default)


def same_page(request: Request, **changes: str) -> str:
    """The address of this page with other query parameters."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in changes]
    return f"{request.url.path}?{urlencode([*kept, *changes.items()])}"


def is_here(path: str, current: str) -> bool:
    """Whether a navigation entry leads to the page being shown."""
    return current == path if path == "/" else current == path or current.startswith(f"{path}/")


def tabs_of(current: str) -> tuple[tuple[str, str], ...]:
    """The tabs of the part of the menu that a page belongs to; none where it has no further pages."""
    return next((tabs for path, tabs in TABS.items() if is_here(path, current)), ())


def customers_link(rule: str) -> str:
    """The list of customers that a rule selects."""
    return f"/customers?{urlencode({'rule': rule})}"


def doer(request: Request) -> str:
    """Who does something on a page, as the audit trail names him."""
    return f"web@{place_of(request)}"


def place_of(request: Request) -> str:
    """Where a request came from."""
    return request.client.host if request.client else ""
