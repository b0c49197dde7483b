"""Whom to call first, and how lead scores came about: the list within the hours there are, the card, what was left out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dangol.core.declare import Judgement, Output
from dangol.core.errors import ConfigError, NotReady, UnknownName, told
from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Reader
from dangol.faces.web.models import GOOD, NOT_BETTER, REFUSED, metric_names, metric_rows
from dangol.faces.web.show import Pages
from dangol.workspace.lead_card import MODELS, LeadCard, column_title, leak_rows
from dangol.workspace.wording import METRICS
from dangol.workspace.worklist import Asked, Worklist, Worklists, columns_of

HERE = "/customers/worklist"
KIND_WORDS: Mapping[str, str] = {"leads": words("Leads"), "accounts": words("Accounts"), "customers": words("Customers"),
                                "contracts": words("Contracts")}  # fmt: skip
LINKS = {"customer_id": "/customers/{}", "account_name": "/accounts/{}"}
MOST_REASONS = 2


@dataclass(frozen=True)
class Form:
    """What the form holds, as it was typed."""

    kind: str = ""
    hours: str = ""
    minutes: str = ""

    @classmethod
    def of(cls, request: Request) -> Form:
        """From the address."""
        return cls(*(request.query_params.get(name, "").strip() for name in ("kind", "hours", "minutes")))

    def asked(self, lists: Worklists) -> Asked:
        """The list that is asked for.

        Raises:
            ConfigError: hours or minutes that are no sensible numbers.
            UnknownName: no such list.
            NotReady: nothing to make such a list from.
        """
        return lists.asked(self.kind, amount(self.hours), amount(self.minutes))

    def address(self, file: str, asked: Asked, lists: Worklists) -> str:
        """Where the same list is, as a page or a file."""
        said = {"kind": asked.kind, "hours": f"{lists.hours(asked):g}", "minutes": f"{lists.minutes(asked):g}"}
        return f"{file}?{urlencode(said)}"


def amount(text: str) -> float | None:
    """A number as people type it; None where the field is empty.

    Raises:
        ConfigError: it is none.
    """
    if not text:
        return None
    try:
        return float(text.replace(",", ""))
    except ValueError as problem:
        raise ConfigError(told("{text} is not a number", text=repr(text))) from problem


def routes(pages: Pages) -> APIRouter:
    """The pages of work lists and of lead scores."""
    router = APIRouter()

    @router.get(HERE)
    def worklist(request: Request) -> HTMLResponse:
        """The list; what does not fit is named beside the form."""
        form, reader, lists = Form.of(request), pages.reader(request), pages.company.worklists
        if not lists.kinds:
            return pages.show(request, "worklist.html", lists=lists, found=None, problems=[], form=form)
        try:
            asked = form.asked(lists)
        except (ConfigError, UnknownName, NotReady) as wrong:
            said = [tell(each, reader.language) for each in (wrong.what, wrong.hint) if each]
            shown = {"found": None, "problems": said, "asked": lists.asked(""), "kinds": kinds(lists, reader)}
            return pages.show(request, "worklist.html", 422, lists=lists, form=form, **shown)
        return pages.show(
            request, "worklist.html", lists=lists, form=form, problems=[], asked=asked, kinds=kinds(lists, reader),
            **shown_list(lists.plan(asked), pages.company.declared_columns, reader),
            file=form.address(f"{HERE}.csv", asked, lists),
        )  # fmt: skip

    @router.get(f"{HERE}.csv")
    def file(request: Request) -> Response:
        """The whole list for a spreadsheet, by the numbers of the sources."""
        lists = pages.company.worklists
        asked = Form.of(request).asked(lists)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "worklist.csv"
            lists.write(asked, target)
            content = target.read_bytes()
        headers = {"Content-Disposition": f'attachment; filename="worklist-{asked.kind}.csv"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    @router.get("/customers/leads")
    def leads(request: Request) -> HTMLResponse:
        """How leads are scored: what was left out and why, how the score proved."""
        card, reader = pages.company.lead_card, pages.reader(request)
        known = pages.company.declared_columns
        return pages.show(request, "leads.html", card=card, **(card_words(card, known, reader) if card else {}))

    return router


def kinds(lists: Worklists, reader: Reader) -> list[tuple[str, str]]:
    """The lists there are, with their titles."""
    return [(kind, reader.say(KIND_WORDS[kind])) for kind in lists.kinds]


def shown_list(found: Worklist, known: Mapping[str, Output], reader: Reader) -> dict[str, Any]:
    """The list as its page shows it."""
    columns = columns_of(found.kind, valued=found.valued)
    message, values = found.told
    filled = {name: each for name, each in columns.items() if is_filled(name, found.rows)}
    return {
        "found": found,
        "sentence": reader.say(message, **values),
        "columns": list(filled.values()),
        "rows": [[cell(name, each, said(row, known, reader), reader) for name, each in filled.items()] for row in found.rows],
    }


def said(row: Mapping[str, Any], known: Mapping[str, Output], reader: Reader) -> dict[str, Any]:
    """A row with its reasons in words."""
    return {**row, "lead_reasons": reasons(str(row.get("lead_reasons") or ""), known, reader)}


def cell(name: str, column: Output, row: Mapping[str, Any], reader: Reader) -> tuple[str, str, bool]:
    """A cell's text, where it leads to, and whether it stands to the right."""
    value = row.get(name)
    number = row.get("account_id" if name == "account_name" else "customer_id")
    address = LINKS[name].format(number) if name in LINKS and number is not None else ""
    text = f"#{value}" if name == "customer_id" else reader.cell(name, column.kind, value)
    return text, address, reader.right(column.kind)


def reasons(text: str, known: Mapping[str, Output], reader: Reader) -> str:
    """What moves a lead's chance most, with the way it points."""
    parts = [each.rsplit(":", 1) for each in text.split(";") if ":" in each]
    return " · ".join(
        f"{'▼' if moved.startswith('-') else '▲'} {column_title(name, known, reader.language)}"
        for name, moved in parts[:MOST_REASONS]
    )


def measured(judgement: Judgement, reader: Reader) -> list[tuple[str, bool, list[str]]]:
    """Models and rules with their metrics, the chosen one first, by the names they have for leads."""
    names = sorted(judgement.metrics, key=lambda each: each != "chosen")
    rows = zip(names, metric_rows(judgement, "probability", reader), strict=True)
    return [(reader.say(MODELS[name]) if name in MODELS else row[0], row[1], row[2]) for name, row in rows]


def column_titles(names: Sequence[str], known: Mapping[str, Output], reader: Reader) -> list[str]:
    """What a reader calls some columns."""
    return [column_title(name, known, reader.language) for name in names]


def is_filled(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any row of a list has something in a column."""
    return any(row.get(name) not in (None, "") for row in rows)


def card_words(card: LeadCard, known: Mapping[str, Output], reader: Reader) -> dict[str, Any]:
    """The card in words: verdict, measures, what was left out, what it looks at."""
    judgement = card.judgement
    if judgement is None:
        return {"state": "refused", "verdict": reader.say(REFUSED), "leaks": [], "metrics": [], "headings": []}
    state, verdict = ("good", GOOD) if judgement.good_enough else ("not_better", NOT_BETTER)
    return {
        "state": state,
        "verdict": reader.say(verdict),
        "leaks": leak_rows(card.leaks, reader.language),
        "metrics": measured(judgement, reader),
        "fit": column_titles(card.fit, known, reader),
        "intent": column_titles(card.intent, known, reader),
        "headings": [reader.say(METRICS.get(name, name)) for name in metric_names(judgement)],
    }
