"""The command for notes on customers: what somebody knows, and what campaigns and scores make of it."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from dangol.core.errors import ConfigError, told
from dangol.core.text import lookup
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.notes import KINDS, MOST_DAYS, REMARK, SCORE, Noted, Notes, Saying

HEADS = (
    (words("Number"), "text"),
    (words("Customer"), "text"),
    (words("What"), "text"),
    (words("About"), "text"),
    (words("Chance"), "probability"),
    (words("Reason"), "text"),
    (words("Who"), "text"),
    (words("Until"), "date"),
)
KEPT = words("Note {number} is kept; take it back with {command}.")
FROM_NEXT_RUN = words("The chance holds from the next run on.")


def note(
    customer: Annotated[int, typer.Argument(help="Customer number; all notes that stand when absent.", min=0)] = 0,
    folder: FolderOption = HERE,
    reason: Annotated[str, typer.Option(help="What you know, or why; kept with the note. Alone it is a remark.")] = "",
    kind: Annotated[str, typer.Option("--as", help="remark, leave_out (of programmes) or put_first (in programmes).")] = REMARK,
    chance: Annotated[str, typer.Option("--set", help="Set a chance yourself, such as churn_probability=0.9.")] = "",
    programme: Annotated[str, typer.Option(help="Only in this programme.")] = "",
    days: Annotated[int, typer.Option(help="How long it stands; 0 until taken back.", min=0, max=MOST_DAYS)] = 0,
    take_back: Annotated[int, typer.Option("--take-back", help="Take a note back.", min=0)] = 0,
    json: JsonOption = False,
) -> None:
    """Keep what you know about a customer: leave out of campaigns, put first, set a chance yourself, or a remark."""
    notes, who = opened(folder).notes, os.environ.get("USER") or "cli"
    if take_back:
        notes.take_back(take_back, who=who)
        terminal.say("Note {number} is taken back.", number=str(take_back))
        return
    saying = said(kind, reason, chance=chance, programme=programme, days=days)
    if saying is None:
        list_notes(notes, customer or None, as_json=json)
        return
    if not customer:
        raise ConfigError(told("a note is about a customer"), hint=told("write {example}", example="dangol note 123 --reason …"))
    number = notes.say(customer, saying, who=who)
    terminal.say(KEPT, number=str(number), command=f"dangol note --take-back {number}")
    if saying.kind == SCORE:
        terminal.say(FROM_NEXT_RUN)


def said(kind: str, reason: str, *, chance: str, programme: str, days: int) -> Saying | None:
    """What the options say; None where they say nothing.

    Raises:
        ConfigError: a chance that is not written as NAME=VALUE.
    """
    if not chance:
        return Saying(kind, reason, programme, None, days) if reason or kind != REMARK else None
    name, _, value = chance.partition("=")
    try:
        return Saying(SCORE, reason, name.strip(), float(value), days)
    except ValueError as problem:
        what = told("{value:quoted} is not a chance", value=chance)
        raise ConfigError(what, hint=told("write {example}", example="churn_probability=0.9")) from problem


def list_notes(notes: Notes, customer: int | None, *, as_json: bool) -> None:
    """The notes on a customer, or all that stand."""
    now = datetime.now(UTC).replace(tzinfo=None)
    found = [each for each in notes.all(customer) if customer is not None or each.stands(now)]
    if as_json:
        terminal.json([asdict(each) for each in found])
        return
    columns = [(lookup(head, terminal.language), kind, "left") for head, kind in HEADS]
    terminal.table(columns, [told_row(each) for each in found])


def told_row(each: Noted) -> list[object]:
    """A note as a row of the list; ended ones say when they ended."""
    return [str(each.note_id), f"#{each.customer_id}", lookup(KINDS[each.kind], terminal.language), each.about or "–", each.value,
            each.reason, each.who, each.ended_at]  # fmt: skip
