"""Commands for those who call: whom first within the hours there are, and how leads are scored."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dangol.core.text import lookup, render, tell
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, alignment, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.lead_card import LeadCard, leak_rows
from dangol.workspace.worklist import Asked, Worklist, Worklists, columns_of

MOST_SHOWN = 20
LEAD_SCORE = words(
    "Lead score: ranking (AUC) {auc:number}, lift of the top tenth {lift:number}. "
    "{scored:count} of {open:count} open leads have one."
)
# What fits beside each other in a terminal.
TERMINAL = frozenset({
    "place", "lead_ref", "lead_source", "lead_probability", "account_name", "open_count", "account_chance", "customer_id",
    "customer_name", "churn_probability", "leaving_probability", "worth", "hours_so_far",
})  # fmt: skip


def worklist(
    kind: Annotated[str, typer.Argument(help="leads, accounts, customers or contracts; when absent the first there is.")] = "",
    folder: FolderOption = HERE,
    hours: Annotated[float | None, typer.Option(help="Hours a week; those of the settings when absent.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes each takes; those of the settings when absent.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="File for the whole list: .csv, .xlsx, .parquet or .jsonl.")] = None,
    json: JsonOption = False,
) -> None:
    """Say whom to call first: as many as fit into the hours, the most expected value an hour first."""
    lists = opened(folder).worklists
    asked = lists.asked(kind, hours, minutes)
    found = lists.plan(asked)
    if json:
        terminal.json({**asdict(found), "share": found.share})
    else:
        tell_list(found)
    if to is not None:
        written(lists, asked, to, quiet=json)


def tell_list(found: Worklist) -> None:
    """How many fit, what they are worth, and the first of them."""
    (message, values), language = found.told, terminal.language
    terminal.write(render(lookup(message, language), values, language, currency=terminal.currency, zone=terminal.zone))
    shown = {name: each for name, each in columns_of(found.kind, valued=found.valued).items() if name in TERMINAL}
    columns = [(each.title(terminal.language), each.kind, alignment(each.kind)) for each in shown.values()]
    terminal.table(columns, [[row.get(name) for name in shown] for row in found.rows[:MOST_SHOWN]])
    if found.uncallable:
        terminal.say("{n:count} who may not be called are left out.", n=found.uncallable)


def written(lists: Worklists, asked: Asked, target: Path, *, quiet: bool) -> None:
    """The whole list in a file."""
    rows = lists.write(asked, target)
    if not quiet:
        terminal.say("{n:count|row/rows} written to {file}", n=rows, file=str(target))


def leads(folder: FolderOption = HERE, json: JsonOption = False) -> None:
    """Say how leads are scored: which columns were left out and why, and how the score proved."""
    card = opened(folder).lead_card
    if json:
        terminal.json({} if card is None else {**asdict(card), "refusal_words": None})
    elif card is None:
        terminal.say("This company has no leads. They come with a file of leads: a number, and whether or when each converted.")
    else:
        tell_card(card)


def tell_card(card: LeadCard) -> None:
    """The card in words."""
    if card.judgement is None:
        terminal.write(tell(card.refusal, terminal.language))
        return
    measured = card.judgement.metrics["chosen"]
    terminal.say(
        LEAD_SCORE,
        auc=measured["auc"], lift=measured["top_tenth_lift"], scored=card.scored, open=card.open,
    )  # fmt: skip
    if card.split != "time":
        terminal.say("No dates tell when leads converted: judged on leads it had not seen, not on later time.")
    if not card.judgement.good_enough:
        terminal.say("Because it is not better than the simplest rule, it scores nobody.")
    found = leak_rows(card.leaks, terminal.language)
    if not found:
        terminal.say("None of the delivered columns looks as if it was filled in after the outcome.")
        return
    terminal.say("Columns that know the outcome:")
    for each in found:
        terminal.write(f"  {each.column} – {each.verdict}: {each.why}{ranking(each.auc)}")
    terminal.say("If one of them is known beforehand, keep it; if another one is not, drop it:")
    terminal.write("  leads: {keep: [ … ], drop: [ … ]}")


def ranking(auc: float | None) -> str:
    """How well a column alone ranks leads, in brackets; nothing where that was not measured."""
    return f" (AUC {terminal.value(auc, 'number')})" if auc is not None else ""
