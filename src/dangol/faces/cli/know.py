"""Commands that ask: questions, audiences, single tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from dangol.core.declare import Output, Question
from dangol.core.errors import ConfigError, told
from dangol.core.text import lookup, translate
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, alignment, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.answers import BY_ROW, Answer
from dangol.workspace.company import Company
from dangol.workspace.customers import Listing, Page
from dangol.workspace.next_actions import is_possible
from dangol.workspace.wording import NUMBERED, missing_words, numbered_words, trust_words

SHOWN_ROWS = 20
TOLD_OF_CUSTOMERS = ("order_count", "net_sales", "recency_days", "lifecycle_stage", "churn_probability")


def ask(
    question: Annotated[str, typer.Argument(help="Name or number (Q13, T6); all questions when absent.")] = "",
    folder: FolderOption = HERE,
    option: Annotated[list[str] | None, typer.Option("--option", "-o", help="Option of the question, as name=value.")] = None,
    json: JsonOption = False,
) -> None:
    """Answer a question: sentence, table, definition, trust and next actions; or list all questions."""
    company = opened(folder)
    if not question:
        list_questions(company, as_json=json)
        return
    found, answer = company.ask(question, dict(map(split_option, option or ())))
    sentence = company.sentence(found, answer, terminal.language) if answer.answerable else None
    if json:
        terminal.json({**vars(answer), "sentence": sentence})
        return
    terminal.write(f"{found.number} · {found.title(terminal.language)}")
    terminal.write(sentence or missing_words(answer, terminal.language))
    if answer.answerable:
        show_answer(found, answer, company)


def show_answer(found: Question, answer: Answer, company: Company) -> None:
    """The table of an answer, what it means, how far to trust it, and what this company can do with it."""
    columns = [(heading, kind, alignment(kind)) for heading, kind in headings(answer)]
    terminal.table(columns, [worded(answer, row) for row in answer.rows[:SHOWN_ROWS]])
    if answer.row_count > SHOWN_ROWS:
        terminal.say("… {n:count} rows in all; --json shows them", n=answer.row_count)
    terminal.write(lookup(found.summary, terminal.language))
    terminal.write(trust_words(answer, terminal.language))
    for action in found.actions:
        if is_possible(action, company):
            terminal.write(f"→ {action.title(terminal.language)}")


def headings(answer: Answer) -> list[tuple[str, str]]:
    """Heading and kind of an answer's columns; days of the week and months are words."""
    language = terminal.language
    return [(ko if language == "ko" else en, "text" if name in NUMBERED else kind) for name, kind, ko, en in answer.columns]


def worded(answer: Answer, row: Sequence[object]) -> list[object]:
    """A row with days of the week and months in words, as pages have them, and figures in the unit that the row names."""
    cells = zip(answer.columns, answer.cells(row), strict=True)
    return [one_worded(name, kind if column[1] == BY_ROW else "", value) for column, (name, kind, value) in cells]


def one_worded(name: str, unit: str, value: object) -> object:
    """A value of a named column; one whose row names its unit is written out."""
    word = numbered_words(name, value)
    written = terminal.value(value, unit) if unit else value
    return written if word is None else lookup(word, terminal.language)


def list_questions(company: Company, *, as_json: bool) -> None:
    """All questions with their answers in a sentence each."""
    answers = company.answering.all() if company.ready else {}
    rows = [told_question(company, each, answers.get(each.name)) for each in company.registry.questions.values()]
    if as_json:
        terminal.json(rows)
        return
    for row in rows:
        sentence = f"\n     {row['sentence']}" if row["sentence"] else ""
        terminal.write(f"{row['number']:<4} {row['title']}  ({row['name']}){sentence}")


def told_question(company: Company, question: Question, answer: Answer | None) -> dict[str, str]:
    """A question in the list: number, name, title and, where it is answered, the sentence."""
    known = answer is not None and answer.answerable
    said = company.sentence(question, answer, terminal.language) if answer is not None and known else ""
    title = question.title(terminal.language)
    return {"number": question.number, "name": question.name, "title": title, "sentence": said}


def split_option(text: str) -> tuple[str, str]:
    """`name=value` as a pair.

    Raises:
        ConfigError: there is no equals sign.
    """
    name, sign, value = text.partition("=")
    if not sign:
        raise ConfigError(
            told("option {text:quoted} is not name=value", text=text), hint=told("such as {example}", example="--option top=20")
        )
    return name.strip(), value.strip()


def audience(
    rule: Annotated[str, typer.Argument(help="An audience rule, such as \"lifecycle_stage == 'at_risk'\".")] = "",
    folder: FolderOption = HERE,
    sort: Annotated[str, typer.Option(help="Numeric column; the highest first.")] = "expected_margin_12m",
    limit: Annotated[int, typer.Option(help="Customers to show.", min=1, max=500)] = 20,
    json: JsonOption = False,
) -> None:
    """Say whom a rule selects, in words and numbers, and show the first of them (masked)."""
    company = opened(folder)
    customers = company.customers
    page = customers.page(Listing(rule=rule, sort=sort, limit=limit))
    if json:
        units = dict(page.units)
        terminal.json(
            {"rule": rule, "total": page.total, "units": units, "next": page.next, "customers": [dict(row) for row in page.rows]}
        )
        return
    if rule:
        terminal.write(customers.described(rule, terminal.language))
    terminal.say("{n:count|customer/customers}", n=page.total)
    show_units(page.units)
    show_customers(page, company.snapshot.columns)


def show_units(units: Mapping[str, int]) -> None:
    """In how many homes and accounts customers are, where any are known."""
    if "household" in units:
        terminal.say("in {n:count|household/households}", n=units["household"])
    if units.get("account"):
        terminal.say("in {n:count|account/accounts}", n=units["account"])


def show_customers(page: Page, known: Mapping[str, Output]) -> None:
    """Customers in a table: the column they are sorted by first."""
    shown = [known[name] for name in dict.fromkeys((page.sort, *TOLD_OF_CUSTOMERS)) if name in known]
    columns = [(translate("Customer", terminal.language), "text", "right")]
    columns += [(each.title(terminal.language), each.kind, alignment(each.kind)) for each in shown]
    terminal.table(columns, [[f"#{row['customer_id']}", *(row[each.name] for each in shown)] for row in page.rows])


def export(
    table: Annotated[
        str,
        typer.Argument(
            help="profile, scores, households, accounts, identity_map, answers, decisions, campaign_members, left_out, "
            "lead_scores or account_scores."
        ),
    ],
    to: Annotated[Path, typer.Option("--to", help="File to write: .csv, .xlsx, .parquet or .jsonl.")],
    folder: FolderOption = HERE,
    rule: Annotated[str, typer.Option(help="Only customers an audience rule selects (profile and scores).")] = "",
) -> None:
    """Write a table of the current snapshot into a file."""
    company = opened(folder)
    rows = company.export(table, to, rule=rule)
    terminal.say("{n:count|row/rows} written to {file}", n=rows, file=str(to))
