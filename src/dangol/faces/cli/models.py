"""The command for models: how good they are, and how they did over time."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dangol.core.text import lookup, tell
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.company import Company
from dangol.workspace.model_history import drift_words, duel_words, history_rows
from dangol.workspace.realised import MEASURES, Realised
from dangol.workspace.wording import METRICS

VERDICTS = {"good": words("Good enough to use"), "not_better": words("Not better than the simplest rule"),
            "refused": words("Too little data")}  # fmt: skip
HEADS = (words("As of"), words("Verdict"), words("Chosen model"), words("Measure"), words("On later time"), words("Features"))
REALISED = (words("Scored at"), words("What is measured"), words("Customers"), words("Expected"), words("Happened"),
            words("Ranking"), words("Held"))  # fmt: skip
HELD = {True: words("yes"), False: words("no")}


def models(
    name: Annotated[str, typer.Argument(help="A prediction, such as churn; all of them when absent.")] = "",
    folder: FolderOption = HERE,
    history: Annotated[bool, typer.Option("--history", help="Every run's model, and what earlier scores came to.")] = False,
    json: JsonOption = False,
) -> None:
    """Say how good each prediction proved, which model scores, what drifted, and how that was in earlier runs."""
    company = opened(folder)
    names = [company.card(name).prediction] if name else list(company.cards())
    if json:
        terminal.json({each: document(company, each, history) for each in names})
        return
    for each in names:
        tell_model(company, each)
        if history:
            tell_history(company, each)


def document(company: Company, name: str, history: bool) -> dict[str, object]:
    """A model as JSON, with its past where that was asked for."""
    card, records = company.card(name), company.records
    said: dict[str, object] = {"card": {**asdict(card), "refusal_words": None}}
    if history:
        said["history"] = history_rows(records.history(name))
        said["realised"] = [asdict(each) for each in records.realised(name)]
    return said


def tell_model(company: Company, name: str) -> None:
    """A model's verdict, which model scores, and what drifted."""
    card, prediction = company.card(name), company.registry.predictions[name]
    (row,) = history_rows([card])
    terminal.write(f"{prediction.title(terminal.language)} ({name}): {lookup(VERDICTS[row['verdict']], terminal.language)}")
    if row["verdict"] == "refused":
        terminal.write(f"  {tell(card.refusal, terminal.language)}")
        return
    titles = {key: each.title(terminal.language) for key, each in company.declared_columns.items()}
    past = company.records.realised(name)
    for sentence in (duel_words(card, terminal.language), *drift_words(card, past, titles, terminal.language)):
        terminal.write(f"  {sentence}")


def tell_history(company: Company, name: str) -> None:
    """Every run's model, and what earlier scores came to."""
    kinds = ("date", "text", "text", "text", "number", "text")
    columns = [(lookup(head, terminal.language), kind, "left") for head, kind in zip(HEADS, kinds, strict=True)]
    rows = history_rows(company.records.history(name))
    terminal.table(columns, [told_row(row) for row in rows])
    past = company.records.realised(name)
    for unit in dict.fromkeys(MEASURES[each.measure][1] for each in past):
        measured = ("date", "text", "count", unit, unit, "number", "text")
        columns = [(lookup(head, terminal.language), kind, "right") for head, kind in zip(REALISED, measured, strict=True)]
        terminal.table(columns, [told_past(each) for each in past if MEASURES[each.measure][1] == unit])


def told_past(each: Realised) -> list[object]:
    """What earlier scores came to, as a row."""
    title, held = lookup(MEASURES[each.measure][0], terminal.language), lookup(HELD[each.held], terminal.language)
    return [each.scored_at, title, each.customers, each.expected, each.actual, each.ranking, held]


def told_row(row: dict[str, object]) -> list[object]:
    """One run's model as a row."""
    metric = lookup(METRICS.get(str(row["metric"]), str(row["metric"])), terminal.language)
    verdict = lookup(VERDICTS[str(row["verdict"])], terminal.language)
    return [row["as_of"], verdict, row["chosen"] or "–", metric or "–", row["value"], row["features"]]
