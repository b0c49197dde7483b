"""The command to look over who is one customer."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from dangol.core.text import lookup
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.hiding import hidden
from dangol.workspace.identities import moment_of
from dangol.workspace.reviewing import Desk, Doubt, Record

Pair = tuple[str, str]
NOBODY = ("", "")


def review(
    folder: FolderOption = HERE,
    join: Annotated[Pair, typer.Option(help="Two records are one customer, such as mall/1042 pos/77.")] = NOBODY,
    part: Annotated[Pair, typer.Option(help="Two records are two customers.")] = NOBODY,
    undo: Annotated[int, typer.Option(help="Take a decision back.", min=0)] = 0,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    rulings: Annotated[
        bool, typer.Option("--rulings", help="List all decisions and how customers became one or parted.")
    ] = False,
    limit: Annotated[int, typer.Option(help="How many pairs to list.", min=1, max=1000)] = 20,
    json: JsonOption = False,
) -> None:
    """Look over who is one customer: list doubtful pairs, join or part records, take a decision back."""
    desk, who = opened(folder).desk, os.environ.get("USER") or "cli"
    for pair, same in ((join, True), (part, False)):
        if pair != NOBODY:
            number = desk.rule(*pair, same=same, who=who, reason=reason)
            terminal.say("Decision {number} holds from the next run on: {command}", number=str(number), command="dangol run")
    if undo:
        desk.undo(undo, who=who)
        terminal.say("Decision {number} is taken back from the next run on: {command}", number=str(undo), command="dangol run")
    if rulings:
        list_rulings(desk, limit, as_json=json)
    elif (join, part, undo) == (NOBODY, NOBODY, 0):
        list_doubts(desk, limit, as_json=json)


def whois(
    who: Annotated[str, typer.Argument(help="A record such as mall/1042, or a customer number.")],
    folder: FolderOption = HERE,
    at: Annotated[str, typer.Option(help="A day, meaning its end, or a moment, UTC; now when absent.")] = "",
    json: JsonOption = False,
) -> None:
    """Who a record or a customer number was at a moment, and who that is today."""
    moment = moment_of(at) if at else datetime.now(UTC).replace(tzinfo=None)
    found = opened(folder).identities.whois(who, moment)
    if json:
        terminal.json({**asdict(found), "records": [str(each) for each in found.records]})
        return
    if found.customer_id is None:
        terminal.say("Nobody knew {who} yet.", who=who)
        return
    terminal.say("{who} was customer {number}.", who=who, number=str(found.customer_id))
    if found.now != found.customer_id:
        terminal.say("Today that is customer {number}.", number=str(found.now))
    records = ", ".join(map(shown, found.records))
    terminal.say("Source records then: {records}", records=records)


def list_doubts(desk: Desk, limit: int, *, as_json: bool) -> None:
    """Pairs worth a look, with what speaks for and against."""
    found = desk.doubts(limit)
    if as_json:
        terminal.json([{**asdict(each), "left": str(each.left), "right": str(each.right)} for each in found])
        return
    if not found:
        terminal.say("No pair of records is in doubt.")
        return
    columns = [(lookup(head, terminal.language), "text", "left") for head in HEADS]
    terminal.table(columns, [told_row(each) for each in found])
    terminal.say("Decide with {join} or {part}.", join="dangol review --join A B", part="dangol review --part A B")


def told_row(doubt: Doubt) -> list[str]:
    """A pair as a row of the list."""
    evidence = ", ".join(lookup(shown, terminal.language) for shown in doubt.evidence)
    now = lookup(NOW[doubt.joined], terminal.language)
    return [str(doubt.left), str(doubt.right), f"{doubt.chance:.0%}", now, evidence]


def list_rulings(desk: Desk, limit: int, *, as_json: bool) -> None:
    """What people decided, and how customers became one or parted."""
    decided, events = desk.rulings()[:limit], desk.events(limit)
    if as_json:
        listed = [{**asdict(each), "left": str(each.left), "right": str(each.right)} for each in decided]
        terminal.json({"rulings": listed, "events": events})
        return
    for each in decided:
        said = TOGETHER if each.same else APART
        terminal.say(said, number=str(each.ruling_id), left=shown(each.left), right=shown(each.right), who=each.who)
    for event in events:
        terminal.say(EVENTS[event["kind"]], old=str(event["former_id"]), new=str(event["customer_id"]))


TOGETHER = words("{number}: {left} and {right} are one customer ({who})")
APART = words("{number}: {left} and {right} are two customers ({who})")
HEADS = (words("Record"), words("Other record"), words("Chance"), words("Now"), words("What speaks for and against"))
NOW = {True: words("one customer"), False: words("two customers")}
EVENTS = {
    "merge": words("customer {old} turned out to be customer {new}"),
    "split": words("customer {new} parted from customer {old}"),
    "move": words("records of customer {old} went to customer {new}"),
    "erase": words("customer {old} asked to be forgotten"),
}


def shown(record: Record) -> str:
    """A record with the middle of its number covered."""
    return f"{record.system}/{hidden(record.number)}"
