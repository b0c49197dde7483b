"""Segment keys: groups of customers beside what sources say that know groups only."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dangol.core.text import lookup
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.show import Pages
from dangol.workspace.segment_keys import ANY, TOTALS, Cell, Grouped, band

MONEY = frozenset({"spend_amount"})
BY = {"gender": words("Gender"), "age": words("Age"), "region": words("Region")}
GENDERS = {"female": words("Women"), "male": words("Men")}


@dataclass(frozen=True)
class Row:
    """A segment as the page shows it."""

    title: str
    key: str
    customers: str
    per_customer: str
    figures: tuple[tuple[str, bool], ...]
    hidden: bool


def routes(pages: Pages) -> APIRouter:
    """The page of segment keys."""
    router = APIRouter()

    @router.get("/data/segment-keys")
    def segment_keys(request: Request, scheme: str = "") -> HTMLResponse:
        """Segments of a scheme."""
        reader, company = pages.reader(request), pages.company
        found = company.segment_keys.grouped(scheme)
        return pages.show(
            request,
            "segment_keys.html",
            found=found,
            schemes=[(each.name, " · ".join(reader.say(BY[part]) for part in each.by)) for each in company.segment_keys.schemes],
            titles=[figure_title(name, reader) for name in found.figures],
            rows=[row(cell, found, reader) for cell in found.cells],
        )

    return router


def figure_title(name: str, reader: Reader) -> str:
    """What a source counts, in words; its own name where it is one of its own."""
    return lookup(TOTALS[name], reader.language) if name in TOTALS else name


def row(cell: Cell, found: Grouped, reader: Reader) -> Row:
    """A segment in words."""
    shown = tuple((figure(name, cell.figures[name], reader), name in cell.carried) for name in found.figures)
    if cell.customers is None or cell.net_sales is None:
        return Row(title(cell, reader), cell.group.key, "", "", shown, hidden=True)
    per_customer = reader.value("money", cell.net_sales / cell.customers)
    return Row(title(cell, reader), cell.group.key, reader.value("count", cell.customers), per_customer, shown, hidden=False)


def figure(name: str, value: float | None, reader: Reader) -> str:
    """What a source says of a segment, in its unit."""
    if value is None:
        return "–"
    kind = "money" if name in MONEY else "count" if name in TOTALS else "number"
    return reader.value(kind, round(value) if kind == "count" else value)


def title(cell: Cell, reader: Reader) -> str:
    """A segment in words."""
    group = cell.group
    gender = reader.say(GENDERS[group.gender]) if group.gender in GENDERS else group.gender
    return " · ".join(part for part in (gender, band(group.ages), group.region) if part != ANY)
