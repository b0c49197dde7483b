"""Ask: all questions by theme, and one question with its answer, chart, table, definition and next actions."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dangol.core.declare import Question
from dangol.core.errors import DeclarationError
from dangol.core.text import tell
from dangol.core.text import to_translate as words
from dangol.faces.html import Figure, Reader, figure_of
from dangol.faces.web.home import Told, told
from dangol.faces.web.show import Pages, same_page
from dangol.workspace.answers import Answer
from dangol.workspace.entered import ENTERED
from dangol.workspace.export import FORMULA
from dangol.workspace.wording import column_words, definition_words, missing_words, trust_words

SHOWN_ROWS = 100
BYTE_ORDER_MARK = "\ufeff"
THEMES = {
    "ten": words("The main questions"),
    "sales": words("Sales and new customers"),
    "lifecycle_stage": words("Lifecycle and retention"),
    "lifetime_value": words("Customer value"),
    "value_origin": words("Where value comes from"),
    "value_change": words("How value changes"),
    "acquisition": words("Acquisition"),
    "likelihood": words("Likelihood to buy"),
    "winning_back": words("Losing and winning back"),
    "keeping": words("Keeping customers"),
    "next_order": words("The way to the next order"),
    "product": words("Products"),
    "reach": words("Stores, regions and reach"),
    "demography": words("Homes, accounts and what is known"),
    "channel": words("Channels"),
    "portfolio": words("Portfolio"),
    "value_ahead": words("By segment"),
    "vip": words("VIP customers"),
    "funnel": words("The funnel"),
    "growth": words("Growth maths"),
    "journey": words("The value journey"),
    "comparison": words("Value compared"),
    "potential": words("Unused potential and wallet"),
    "incentive": words("Incentives"),
    "mailing": words("Mailing"),
    "bids": words("Bids by value"),
    "contract_value": words("Contracts"),
    "follow_up": words("After campaigns"),
    "lead": words("Leads and accounts"),
    "leaving": words("Who may leave"),
    "propensity": words("Who will buy"),
    "response_time": words("Time to respond"),
    "week": words("This week"),
}
OPTIONS = {
    "months": words("Months"),
    "days": words("Days looked back"),
    "top": words("Rows at most"),
    "fewest": words("Fewest people"),
    "within_days": words("Days allowed"),
    "since_days": words("Compared with a run at least this many days ago"),
    "weeks": words("Weeks"),
    "unit": words("Counted by"),
    "level": words("Level of accounts"),
    "years": words("Years"),
    "target_share": words("Share of the value we may pay"),
    "service_cost": words("Cost of one conversation (0: as planned)"),
    "top_share": words("Share of customers who are VIPs"),
    "by": words("VIP by"),
    "grouping": words("Compared by"),
    "origin": words("Origin of customers"),
    "segment": words("Segments by"),
    "high_share": words("Share of customers in the high tier"),
    "medium_share": words("Share of customers in the medium tier"),
    "budget": words("Budget of a year (0: as planned)"),
    "calls": words("Conversations a year, high tier"),
    "mails": words("Messages a year, medium tier"),
    "call_minutes": words("Minutes a conversation takes"),
    "growth": words("Growth aimed at"),
    "loss": words("Share who leave (0: as measured)"),
    "loss_share": words("Value lost with a subscriber"),
    "fewest_orders": words("Fewest orders"),
}


def routes(pages: Pages) -> APIRouter:
    """The pages of questions."""
    router = APIRouter()

    @router.get("/ask")
    def questions(request: Request) -> HTMLResponse:
        """All questions by theme."""
        themes: dict[str, list[Told]] = {name: [] for name in THEMES}
        for each in told(pages).values():
            themes.setdefault(each.question.theme, []).append(each)
        reader = pages.reader(request)
        listed = [(reader.say(THEMES.get(name, name)), each) for name, each in themes.items() if each]
        return pages.show(request, "ask.html", themes=listed)

    @router.get("/ask/{name}.csv")
    def table(request: Request, name: str) -> Response:
        """The table of an answer as a file for spreadsheets."""
        question = pages.company.registry.find_question(name)
        _, answer = pages.company.ask(question.name, given_options(question, request))
        headers = {"Content-Disposition": f'attachment; filename="{question.name}.csv"'}
        return Response(as_csv(answer, pages.reader(request)), media_type="text/csv; charset=utf-8", headers=headers)

    @router.get("/ask/{name}")
    def question(request: Request, name: str) -> HTMLResponse:
        """One question."""
        return question_page(pages, request, pages.company.registry.find_question(name))

    return router


def given_options(question: Question, request: Request) -> dict[str, str]:
    """The options in the address; what is empty or not an option of the question is left out."""
    return {each.name: value for each in question.options if (value := request.query_params.get(each.name, "").strip())}


def question_page(pages: Pages, request: Request, question: Question) -> HTMLResponse:
    """The page of a question; a wrong option is named beside the form, with the usual answer below."""
    problem, reader, given = "", pages.reader(request), given_options(question, request)
    try:
        _, answer = pages.company.ask(question.name, given)
    except DeclarationError as wrong:
        problem, (_, answer) = tell(wrong.what, reader.language), pages.company.ask(question.name)
    return pages.show(
        request,
        "question.html",
        422 if problem else 200,
        question=question,
        answer=answer,
        problem=problem,
        detail=detail_of(question, answer, reader),
        options=fields(question, answer, reader) if answer.answerable or given else [],
        actions=[(each.title(reader.language), link) for each in question.actions if (link := pages.action_link(each))],
        csv_link=same_page(request).replace(f"/ask/{question.name}", f"/ask/{question.name}.csv", 1),
        unlocked=[column_words(each, reader.language) for each in answer.missing],
        enters=ENTERED in question.query().tables,
    )  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A field of the form of a question's options.

    Attributes:
        whole: whether it takes a whole number.
        choices: the values it may have, with their words; any where there are none.
    """

    name: str
    title: str
    value: object
    whole: bool
    choices: list[tuple[str, str]]


def fields(question: Question, answer: Answer, reader: Reader) -> list[Field]:
    """The form of a question's options."""
    return [
        Field(
            each.name,
            reader.say(OPTIONS.get(each.name, each.name)),
            answer.options[each.name],
            each.kind is int,
            [(choice, reader.value("category", choice)) for choice in each.choices],
        )
        for each in question.options
    ]


@dataclass(frozen=True)
class Detail:
    """An answer as its page shows it.

    Attributes:
        rows: the first hundred, as (text, kind, customer number or None) cells.
    """

    figure: Figure | None
    trust: str
    definition: str
    missing: str
    rows: list[list[tuple[str, bool, object]]]
    tables: list[str]


def detail_of(question: Question, answer: Answer, reader: Reader) -> Detail:
    """What a page shows of an answer."""
    rows = [
        [
            (reader.cell(name, kind, value), reader.right(kind), value if name == "customer_id" else None)
            for name, kind, value in answer.cells(row)
        ]
        for row in answer.rows[:SHOWN_ROWS]
    ]
    return Detail(
        figure=figure_of(question.chart, answer, question.title(reader.language), reader),
        trust=trust_words(answer, reader.language),
        definition=definition_words(question, reader.language),
        missing="" if answer.answerable else missing_words(answer, reader.language),
        rows=rows,
        tables=[column_words(each, reader.language) for each in answer.tables],
    )


def as_csv(answer: Answer, reader: Reader) -> str:
    """An answer's table for spreadsheets: exact figures, headings in words, nothing that runs as a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([harmless(reader.title(column)) for column in answer.columns])
    for row in answer.rows:
        writer.writerow([harmless(value) for value in row])
    return BYTE_ORDER_MARK + written.getvalue()


def harmless(value: object) -> object:
    """A text that a spreadsheet does not take for a formula; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
