"""The command to forget somebody."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from dangol.core.tables import find_table
from dangol.core.text import to_translate as words
from dangol.core.text import translate
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.loop import run_with_progress
from dangol.faces.cli.opening import opened
from dangol.workspace.erasing import Asked, ErasureState
from dangol.workspace.hiding import hidden

OWN_FILES = words("These files of yours still name them; remove the rows there as well: {files:listed}")
CAMPAIGNS = words("They were in campaigns {campaigns:listed}; tell whoever received those files. Our copies are removed.")
MODELS = words("Learned anew without them: {models:listed}")


def erase(
    who: Annotated[str, typer.Argument(help="Customer number, or a record such as mall/1042; all requests when absent.")] = "",
    folder: FolderOption = HERE,
    reason: Annotated[str, typer.Option(help="Why, such as 'asked by phone'; kept with the request.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which records would be erased.")] = False,
    later: Annotated[
        bool, typer.Option("--later", help="Leave the erasing to the next run; nobody contacts them from now on.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Forget a customer: erase what was written down about them, keep sales as sales of nobody, and never load them again."""
    company = opened(folder)
    if not who:
        list_requests(company.erasures.listed(), as_json=json)
        return
    asked = company.to_forget(who)
    if dry_run:
        show_asked(asked, as_json=json)
        return
    number = company.forget(asked, who=os.environ.get("USER") or "cli", reason=reason)
    if not later:
        run_with_progress(company, None)
    state = next(each for each in company.erasures.listed() if each.erasure_id == number)
    if json:
        terminal.json(asdict(state))
        return
    show_state(state)


def show_asked(asked: Asked, *, as_json: bool) -> None:
    """Which records somebody has."""
    records = [f"{each.system}/{hidden(each.number)}" for each in asked.records]
    if as_json:
        terminal.json({"customer_id": asked.customer_id, "records": records})
        return
    terminal.say("{n:count|record/records} would be erased: {records:listed}", n=len(records), records=records)


def show_state(state: ErasureState) -> None:
    """What was erased, and what remains for people to do."""
    if state.done_at is None:
        terminal.say("Request {number} is noted; the next run erases.", number=str(state.erasure_id))
        terminal.say("To be done by {day:date}", day=state.due_at)
        return
    report = state.report
    terminal.say("Request {number} is met: {n:count|record/records} erased", number=str(state.erasure_id), n=report["records"])
    for table, count in counted(report, "rows"):
        terminal.say("  {table}: {n:count|row/rows} removed", table=table, n=count)
    for table, count in counted(report, "unnamed"):
        terminal.say("  {table}: {n:count|row/rows} kept without a customer", table=table, n=count)
    if report["refused"]:
        terminal.say("  quarantine: content of {n:count|row/rows} removed", n=report["refused"])
    for text, key in ((OWN_FILES, "copies"), (CAMPAIGNS, "campaigns"), (MODELS, "models")):
        if report[key]:
            terminal.write(translate(text, terminal.language, **{FIELDS[key]: list(report[key])}))


FIELDS: Mapping[str, str] = {"copies": "files", "campaigns": "campaigns", "models": "models"}


def counted(report: Mapping[str, Any], kind: str) -> list[tuple[str, int]]:
    """Tables in words with their rows."""
    return [(find_table(table).title(terminal.language), count) for table, count in report[kind].items() if count]


def list_requests(states: list[ErasureState], *, as_json: bool) -> None:
    """All requests and how far they are."""
    if as_json:
        terminal.json([asdict(each) for each in states])
        return
    if not states:
        terminal.say("Nobody has asked to be forgotten.")
        return
    heads = (words("Request"), words("Customer"), words("Asked on"), words("Due by"), words("Done on"), words("Why"))
    columns = [(translate(head, terminal.language), "text", "left") for head in heads]
    terminal.table(columns, [told_request(each) for each in states])


def told_request(state: ErasureState) -> list[str]:
    """A request as a row of the list."""
    days = [moment.date().isoformat() if moment else "–" for moment in (state.asked_at, state.due_at, state.done_at)]
    return [str(state.erasure_id), str(state.customer_id or "–"), *days, state.reason]
