"""Customers: the list by form or rule, always masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.errors import ConfigError, UnknownName, told
from dangol.core.text import tell
from dangol.faces.html import Reader
from dangol.faces.web import accounts
from dangol.faces.web.show import Pages
from dangol.workspace.customers import STAGES, Listing, Page

COLUMNS = (
    "lifecycle_stage", "expected_margin_12m", "churn_probability", "contract_churn_probability", "contract_value_12m",
    "listed_churn_probability", "listed_churn_cause", "listed_fee", "net_sales", "order_count", "recency_days", "main_channel",
)  # fmt: skip
SORTABLE = (
    "expected_margin_12m", "churn_probability", "contract_churn_probability", "contract_value_12m", "listed_churn_probability",
    "listed_fee", "net_sales", "order_count", "recency_days",
)  # fmt: skip
PAGE_ROWS = 50
TRAIL = "."
MOST_TRAIL = 40
PREDICTED = ("expected_margin_12m", "churn_probability")


@dataclass(frozen=True)
class Filters:
    """What the form of the list says, as typed.

    Attributes:
        stage: a lifecycle stage.
        margin: least expected margin.
        churn: least churn probability, in percent.
        rule: a rule of the visitor's own.
        sort: column, the highest first.
        after: cursor; `trail` are the cursors of the pages before.
    """

    stage: str = ""
    margin: str = ""
    churn: str = ""
    rule: str = ""
    sort: str = Listing.sort
    after: str = ""
    trail: str = ""

    @classmethod
    def of(cls, request: Request) -> Filters:
        """The form as the address has it."""
        names = cls.__dataclass_fields__
        return cls(**{name: value for name, value in request.query_params.items() if name in names and value})

    def address(self, **changes: str) -> str:
        """The list with other settings; empty ones are left out."""
        default = vars(Filters())
        wanted = {name: value for name, value in {**vars(self), **changes}.items() if value and value != default[name]}
        return f"/customers?{urlencode(wanted)}" if wanted else "/customers"

    @property
    def pages_before(self) -> list[str]:
        """Cursors of the pages before this one; that of the first page is empty."""
        return self.trail.split(TRAIL) if self.after else []

    def following(self, cursor: str) -> str:
        """The next page."""
        trail = TRAIL.join([*self.pages_before, self.after][-MOST_TRAIL:])
        return self.address(after=cursor, trail=trail)

    def preceding(self) -> str:
        """The page before."""
        *earlier, cursor = self.pages_before or [""]
        return self.address(after=cursor, trail=TRAIL.join(earlier))


def rule_of(filters: Filters) -> str:
    """The form as one audience rule.

    Raises:
        ConfigError: a figure that is none.
    """
    parts = []
    if filters.stage in STAGES:
        parts.append(f'lifecycle_stage == "{filters.stage}"')
    if filters.margin:
        parts.append(f"expected_margin_12m >= {figure(filters.margin):.2f}")
    if filters.churn:
        parts.append(f"churn_probability >= {figure(filters.churn.rstrip('% ')) / 100:.4f}")
    if filters.rule:
        parts.append(f"({filters.rule})" if parts else filters.rule)
    return " and ".join(parts)


def figure(text: str) -> float:
    """A figure as people type it.

    Raises:
        ConfigError: it is none.
    """
    try:
        return float(text.replace(",", "").strip())
    except ValueError as problem:
        raise ConfigError(told("{text} is not a number", text=repr(text))) from problem


def routes(pages: Pages) -> APIRouter:
    """The pages of customers, and of the accounts they belong to."""
    router = APIRouter()
    router.include_router(accounts.routes(pages))

    @router.get("/customers")
    def customers(request: Request) -> HTMLResponse:
        """The list; a rule that does not fit is named beside the form."""
        filters, reader = Filters.of(request), pages.reader(request)
        problems: list[str] = []
        try:
            found = listed(pages, filters, reader)
        except (ConfigError, UnknownName) as wrong:
            problems, found = [tell(each, reader.language) for each in (wrong.what, *wrong.problems, wrong.hint) if each], None
        return pages.show(request, "customers.html", 422 if problems else 200, problems=problems, **shown(pages, filters, found))

    return router


@dataclass(frozen=True)
class Listed:
    """A page of the list with its rule in words."""

    page: Page
    rule: str
    said: str

    @property
    def as_segment(self) -> str:
        """The rule in the address of the form that saves it as a segment."""
        return urlencode({"rule": self.rule})


def listed(pages: Pages, filters: Filters, reader: Reader) -> Listed:
    """The page that the form asks for.

    Raises:
        ConfigError: a rule or cursor that does not fit.
        UnknownName: a sort column that is not there.
    """
    customers = pages.company.customers
    customers.condition(filters.rule)  # on its own first: brackets must not reach beyond it
    rule = rule_of(filters)
    page = customers.page(Listing(rule=rule, sort=filters.sort, after=filters.after, limit=PAGE_ROWS))
    return Listed(page, rule, customers.explained(rule, reader.language) if rule else "")


def shown(pages: Pages, filters: Filters, found: Listed | None) -> Mapping[str, Any]:
    """What the list's template needs."""
    columns = pages.company.snapshot.columns
    first = len(filters.pages_before) * PAGE_ROWS
    return {
        "filters": filters,
        "found": found,
        "first": first + 1,
        "last": first + (len(found.page.rows) if found else 0),
        "columns": [columns[name] for name in COLUMNS if name in columns],
        "sortable": SORTABLE,
        "stages": STAGES,
        "predicted": [name in columns for name in PREDICTED],
    }
