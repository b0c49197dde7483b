"""The command about marketing money: where the next unit of it should go."""

from __future__ import annotations

from typing import Annotated

import typer

from dangol.core.text import lookup, render
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, alignment, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.budget import Budget
from dangol.workspace.budget_words import Said, basis, document, headline, notes, title

COLUMNS = (
    (words("Use"), "text"),
    (words("Evidence"), "text"),
    (words("Money today"), "money"),
    (words("Suggested"), "money"),
    (words("Low (80 %)"), "money"),
    (words("High (80 %)"), "money"),
    (words("Return today"), "number"),
    (words("Return as suggested"), "number"),
)


def budget(
    folder: FolderOption = HERE,
    total: Annotated[
        float | None, typer.Option(help="Money of a year to share out; that of the plan, or last year's, when absent.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say where marketing money should go: acquire, grow, retain or reactivate, at equal marginal returns."""
    found = opened(folder).budgets.share(total)
    if json:
        terminal.json(document(found))
    else:
        tell_budget(found)


def tell_budget(found: Budget) -> None:
    """What to do, a line for each use, and what each rests on."""
    language = terminal.language
    terminal.write(" ".join(worded(said) for said in headline(found, language)))
    columns = [(lookup(heading, language), kind, alignment(kind)) for heading, kind in COLUMNS]
    terminal.table(
        columns,
        [
            [
                title(row.use, language),
                basis(row.use, language),
                row.use.today,
                *row.suggested,
                row.return_today[0],
                row.return_suggested[0],
            ]
            for row in found.rows
        ],
    )
    for use in (*(row.use for row in found.rows), *found.refused):
        for said in notes(use, language):
            terminal.write(f"{title(use, language)}: {worded(said)}")


def worded(said: Said) -> str:
    """A sentence with its values."""
    message, values = said
    language = terminal.language
    return render(lookup(message, language), values, language, currency=terminal.currency, zone=terminal.zone)
