"""The command for early warnings: whom to look after, and what was done about them."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from dangol.core.text import lookup
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.alerts import DONE, MOST_SNOOZE, OPEN, SNOOZE_DAYS, SNOOZED, Alerts, Said, Warned
from dangol.workspace.candidates import BASES

HEADS = (words("Number"), words("Customer"), words("Why now"), words("Warned on"), words("Chance of leaving"), words("At stake"),
         words("What to do"), words("Who looks after them"))  # fmt: skip
PROVEN = words(
    "In {weeks:count} past weeks {right:percent} of such warnings were right; "
    "by the rule 'silent for twice the own gap' {rule:percent}."
)
BY_SCORE = words(
    "By {what}: of the likeliest tenth, judged on customers or moments that taught nothing, {right:percent} left; "
    "by the simple rule {rule:percent}, by lot {lot:percent}."
)
KINDS = ("text", "text", "text", "date", "probability", "money", "text", "text")


def alerts(
    folder: FolderOption = HERE,
    state: Annotated[str, typer.Option(help="List those that are open, snoozed, done, returned, stayed or left.")] = OPEN,
    done: Annotated[int, typer.Option(help="Close an alert.", min=0)] = 0,
    snooze: Annotated[int, typer.Option(help="Put an alert off.", min=0)] = 0,
    reopen: Annotated[int, typer.Option(help="Open an alert again.", min=0)] = 0,
    days: Annotated[int, typer.Option(help="How long it is put off.", min=1, max=MOST_SNOOZE)] = SNOOZE_DAYS,
    owner: Annotated[str, typer.Option(help="Who looks after the customer from now on.")] = "",
    note: Annotated[str, typer.Option(help="Kept with the alert.")] = "",
    json: JsonOption = False,
) -> None:
    """List customers to look after before they leave, with how such warnings did; close an alert, put it off, open it again."""
    desk, who = opened(folder).alerts, os.environ.get("USER") or "cli"
    wanted = {DONE: done, SNOOZED: snooze, OPEN: reopen}
    for new, number in wanted.items():
        if number:
            desk.act(number, Said(new, owner or None, days, note), who=who)
            terminal.say("Alert {number} is kept as said.", number=str(number))
    if not any(wanted.values()):
        tell_alerts(desk, state, as_json=json)


def tell_alerts(desk: Alerts, state: str, *, as_json: bool) -> None:
    """Alerts of a state, and how such warnings did in past weeks."""
    found = [each for each in desk.all() if each.state == state]
    evidence = {name: value for name, value in desk.evidence.items() if name != "folder"}
    if as_json:
        proofs = [each.as_json() for each in desk.proofs]
        terminal.json({"alerts": [asdict(each) for each in found], "evidence": evidence, "proofs": proofs})
        return
    columns = [(lookup(head, terminal.language), kind, "left") for head, kind in zip(HEADS, KINDS, strict=True)]
    terminal.table(columns, [told_row(each) for each in found])
    tell_how_they_did(desk)
    terminal.say(
        "Close one with {done}, put it off with {snooze}.", done="dangol alerts --done N", snooze="dangol alerts --snooze N"
    )


def tell_how_they_did(desk: Alerts) -> None:
    """How warnings by orders did in past weeks, and those by contracts and by the list where they were judged."""
    replays, method = desk.evidence["replays"], desk.evidence["method"]
    if replays and replays[method]["warnings"]:
        used, rule = replays[method], replays["rule"]
        terminal.say(PROVEN, weeks=used["weeks"], right=used["precision"], rule=rule["precision"])
    for each in desk.proofs:
        what = lookup(BASES[each.basis], terminal.language)
        terminal.say(BY_SCORE, what=what, right=each.precision, rule=each.by_rule, lot=each.by_chance)


def told_row(alert: Warned) -> list[object]:
    """An alert as a row of the list."""
    reasons = ", ".join(alert.why(terminal.language))
    return [str(alert.alert_id), f"#{alert.customer_id}", reasons, alert.as_of, alert.chance, alert.stake,
            alert.advice(terminal.language) or "–", alert.owner or "–"]  # fmt: skip
