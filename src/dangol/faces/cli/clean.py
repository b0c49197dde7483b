"""The command for cleaning rules, and what the doctor says of scores and findings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from dangol.core.text import lookup, translate
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.opening import opened
from dangol.intake.quality import RULES
from dangol.workspace.cleaning import Switched, Switches, listed
from dangol.workspace.company import Company
from dangol.workspace.quality import Health
from dangol.workspace.quality_wording import SEVERITIES, Speaker
from dangol.workspace.snapshot import Pointer

ON_OFF = {True: words("on"), False: words("off")}
HEADS = (words("Rule"), words("Now"), words("Rows"), words("Orders"), words("Customers"), words("Money"))
SAID = words("{number}: {rule} {state} ({who}) {reason}")
MOST_FINDINGS = 20

# Heads that leave room for the names of sources on a narrow terminal.
SHORT = {
    "completeness": words("Complete"),
    "validity": words("Valid"),
    "uniqueness": words("Unique"),
    "consistency": words("Consistent"),
    "timeliness": words("Timely"),
}


def clean(
    folder: FolderOption = HERE,
    on: Annotated[str, typer.Option(help="Switch a rule on.")] = "",
    off: Annotated[str, typer.Option(help="Switch a rule off.")] = "",
    undo: Annotated[int, typer.Option(help="Take a decision back.", min=0)] = 0,
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    rulings: Annotated[bool, typer.Option("--rulings", help="List all decisions.")] = False,
    rows: Annotated[str, typer.Option(help="List what a rule left out in the serving run.")] = "",
    json: JsonOption = False,
) -> None:
    """Look at the cleaning rules with their figures, switch one, take a decision back, list what a rule left out."""
    company, changing = opened(folder), bool(on or off or undo)
    if changing:
        change(company.switches, {rule: state for rule, state in ((on, True), (off, False)) if rule}, undo, reason)
    if rulings:
        list_decisions(company.switches.rulings(), as_json=json)
    elif rows:
        list_rows(company, rows, as_json=json)
    elif not changing:
        list_rules(company.health(fresh=True), as_json=json)


def change(switches: Switches, wanted: Mapping[str, bool], undo: int, reason: str) -> None:
    """Switch rules and take a decision back."""
    who = os.environ.get("USER") or "cli"
    for rule, state in wanted.items():
        number = switches.switch(rule, on=state, who=who, reason=reason)
        terminal.say("Decision {number} holds from the next run on: {command}", number=str(number), command="dangol run")
    if undo:
        switches.undo(undo, who=who)
        terminal.say("Decision {number} is taken back from the next run on: {command}", number=str(undo), command="dangol run")


def list_rules(health: Health, *, as_json: bool) -> None:
    """Every rule with what it matches."""
    if as_json:
        terminal.json([{**asdict(each), "on": each.rule in health.on} for each in health.state.effects])
        return
    kinds = ("text", "text", "count", "count", "count", "money")
    columns = [
        (lookup(head, terminal.language), kind, "left" if kind == "text" else "right")
        for head, kind in zip(HEADS, kinds, strict=True)
    ]
    rows = [
        [f"{lookup(RULES[each.rule].title, terminal.language)} ({each.rule})",
         lookup(ON_OFF[each.rule in health.on], terminal.language), each.total, each.orders, each.customers, each.money]
        for each in health.state.effects
    ]  # fmt: skip
    terminal.table(columns, rows)
    terminal.say("Switch one with {on} or {off}.", on="dangol clean --on RULE", off="dangol clean --off RULE")


def list_decisions(found: Sequence[Switched], *, as_json: bool) -> None:
    """Who switched what."""
    if as_json:
        terminal.json([asdict(each) for each in found])
        return
    for each in found:
        state = lookup(ON_OFF[each.on], terminal.language)
        taken = f"– {translate('taken back', terminal.language)}" if each.undone_at else ""
        reason = " ".join(part for part in (each.reason, taken) if part)
        terminal.say(SAID, number=str(each.ruling_id), rule=each.rule, state=state, who=each.who, reason=reason)


def list_rows(company: Company, rule: str, *, as_json: bool) -> None:
    """What a rule left out in the serving run."""
    found = listed(company.root / Pointer.read(company.root).facts, rule)
    if as_json:
        terminal.json(found)
        return
    kinds = {"table_name": "text", "source": "text", "row_no": "count", "order_id": "text", "product_id": "text",
             "happened_at": "moment", "amount": "money"}  # fmt: skip
    terminal.table([(name, kind, "left") for name, kind in kinds.items()], [[row[name] for name in kinds] for row in found])


def show_health(health: Health) -> None:
    """Scores of sources and open findings."""
    heads = [(translate("Source", terminal.language), "text", "left"), (translate("Score", terminal.language), "count", "right")]
    heads += [(lookup(title, terminal.language), "text", "right") for title in SHORT.values()]
    terminal.table(heads, [[each.source, round(each.total), *points(each.dimensions)] for each in health.scores])
    says = Speaker(terminal.language, terminal.currency, terminal.zone)
    for each in health.findings[:MOST_FINDINGS]:
        told = says.finding(each)
        worth = f" · {terminal.value(each.money, 'money')}" if each.money else ""
        terminal.write(f"[{lookup(SEVERITIES[each.severity], terminal.language)}] {told.title} ({told.place}){worth}")
        terminal.write(f"  {told.what} {told.to_do}")


def points(dimensions: Mapping[str, float | None]) -> list[str]:
    """Points of every dimension, a dash where it is not known."""
    return ["–" if (value := dimensions[name]) is None else f"{value:.0f}" for name in SHORT]
