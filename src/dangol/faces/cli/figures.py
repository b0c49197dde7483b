"""The commands for figures that people enter: those of others, and what the company means to spend."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from dangol.core.errors import ConfigError, told
from dangol.core.text import lookup
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, alignment, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.categories import category_words
from dangol.workspace.entered import Bounds, Plan
from dangol.workspace.entering import FIELDS, KINDS, STANDINGS, Compared, Entering, figure_title, number_of, without_nothing

COLUMNS = (
    (words("Figure"), "text"),
    (words("Category"), "text"),
    (words("Value entered"), "number"),
    (words("Ours"), "number"),
    (words("Compared"), "text"),
    (words("Who published it, and when"), "text"),
)
NOT_MONEY = ("contacts", "source")
KEPT = words("Saved. Answers are recomputed at once.")
REMOVED = words("Removed. Answers are recomputed at once.")
NO_FIGURES = words("No figures of others are entered yet.")
NO_PLAN = words("Nothing is planned yet.")


def plan(
    folder: FolderOption = HERE,
    budget: Annotated[float | None, typer.Option(help="Marketing money of a year; 0 for none.", min=0)] = None,
    conversation_cost: Annotated[float | None, typer.Option(help="Cost of one conversation; 0: not counted.", min=0)] = None,
    return_cost: Annotated[float | None, typer.Option(help="Cost of one returned order; 0: not counted.", min=0)] = None,
    json: JsonOption = False,
) -> None:
    """Show or set what the company means to spend: money of a year, cost of a conversation and of a return."""
    entering = opened(folder).entering
    given = {"yearly_budget": budget, "conversation_cost": conversation_cost, "return_cost": return_cost}
    said = {name: value for name, value in given.items() if value is not None}
    found = entering.change_plan(said, who=doer()) if said else entering.settings.plan
    if json:
        terminal.json(without_nothing(found.model_dump(exclude_defaults=True)))
        return
    if said:
        terminal.say(KEPT)
    tell_plan(found)


def benchmark(
    figure: Annotated[str, typer.Argument(help="Figure to enter, such as repeat_share; all that are entered when absent.")] = "",
    value: Annotated[str, typer.Argument(help="Its value of a year; a share as 0.35 or 35%.")] = "",
    folder: FolderOption = HERE,
    source: Annotated[str, typer.Option(help="Who published it and when; there is no figure without a source.")] = "",
    category: Annotated[str, typer.Option(help="Of market_total: which of our categories; all when absent.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the figure back.")] = False,
    json: JsonOption = False,
) -> None:
    """Enter figures of competitors, of the industry or of the market, each with its source, and see ours beside them."""
    company = opened(folder)
    if remove:
        company.entering.remove(figure, category, who=doer())
    elif value:
        typed = number_of(value, is_share=KINDS.get(figure, "share") == "share")
        said = {"figure": figure, "value": typed, "category": category, "source": source}
        company.entering.enter(said, who=doer())
    elif figure or source or category:
        what = told("a figure needs its value")
        raise ConfigError(what, hint=told("write {example}", example="dangol benchmark repeat_share 0.35 --source …"))
    if json:
        terminal.json([{**asdict(each), "standing": each.standing} for each in company.entering.all()])
        return
    if remove or value:
        terminal.say(REMOVED if remove else KEPT)
    tell_figures(company.entering)


def doer() -> str:
    """Who enters it, as the audit trail names him."""
    return os.environ.get("USER") or "cli"


def tell_figures(entering: Entering) -> None:
    """The figures that are entered, each beside our own."""
    found = entering.all()
    if not found:
        terminal.say(NO_FIGURES)
        return
    columns = [(lookup(head, terminal.language), kind, alignment(kind)) for head, kind in COLUMNS]
    terminal.table([(head, "text", side) for head, _, side in columns], [row_of(each) for each in found])


def row_of(each: Compared) -> list[str]:
    """A figure as a row of the list."""
    kind = KINDS[each.figure]
    return [
        figure_title(each.figure, terminal.language), each.category or "–", exact(kind, each.value), ours(kind, each.own),
        terminal.sentence(STANDINGS[each.standing], share=each.relative), each.source,
    ]  # fmt: skip


def exact(kind: str, value: object) -> str:
    """A value with all its digits."""
    return terminal.value(value, {"money": "money_exact", "share": "percent_exact"}.get(kind, kind))


def ours(kind: str, value: object) -> str:
    """Our own figure, which is computed and has more digits than anybody wants."""
    return terminal.value(value, "money_exact" if kind == "money" else kind)


def tell_plan(found: Plan) -> None:
    """What the company means to spend, line by line."""
    lines = [(FIELDS[name], getattr(found, name)) for name in ("yearly_budget", "conversation_cost", "return_cost")]
    said = [(lookup(title, terminal.language), exact("money", value)) for title, value in lines if value]
    said += [(category_words(purpose, terminal.language), limits_of(each)) for purpose, each in found.purposes.items()]
    said += [(channel, limits_of(each)) for channel, each in found.channels.items()]
    if not said:
        terminal.say(NO_PLAN)
    for title, text in said:
        terminal.write(f"{title}: {text}")


def limits_of(each: Bounds) -> str:
    """What a use or a channel gets at least and at most, and what else is entered of it."""
    names = [name for name in type(each).model_fields if name in each.model_dump(exclude_defaults=True)]
    return ", ".join(f"{lookup(FIELDS[name], terminal.language)} {shown(each, name)}" for name in names) or "–"


def shown(each: Bounds, name: str) -> str:
    """A field of a limit as people read it."""
    value = getattr(each, name)
    return str(value) if name in NOT_MONEY else exact("money", value)
