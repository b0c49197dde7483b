"""The command that invents a company with known truth."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dangol.faces.cli.console import terminal
from dangol.workspace.invented import invent, move_on


def simulate(
    folder: Annotated[Path, typer.Argument(help="Folder to create.")],
    customers: Annotated[int, typer.Option(help="1,000 to 5,000,000.", min=1_000, max=5_000_000)] = 2_000,
    seed: Annotated[int, typer.Option(help="Decides everything.", min=0)] = 1,
    years: Annotated[float, typer.Option(help="How long the company has existed.", min=0.5, max=10)] = 2.0,
    end: Annotated[str, typer.Option(help="Last day of the data, such as 2026-10-31.")] = "2026-10-31",
    events: Annotated[float, typer.Option(help="Web events: 1 for about 50 a customer, 0 for none.", min=0, max=20)] = 1.0,
    advance: Annotated[int, typer.Option(help="Instead of starting: go on for so many days.", min=0, max=730)] = 0,
    contacted: Annotated[
        Path | None, typer.Option(help="With --advance: who was contacted (export of campaign_members).")
    ] = None,
) -> None:
    """Invent the Korean company 한빛상회 with known truth: files as its systems would deliver them, and a dangol.yaml."""
    if advance:
        truth = move_on(folder, advance, contacted)
        terminal.say("{folder} went on for {days:days}", folder=str(folder), days=advance)
    else:
        truth = invent(folder, customers=customers, seed=seed, years=years, last_day=datetime.fromisoformat(end), events=events)
        terminal.say("Invented a company of {n:count|person/people} in {folder}", n=truth.people, folder=str(folder))
    for name, rows in sorted(truth.rows.items()):
        terminal.write(f"  {name:<24} {rows:>12,}")
    terminal.say("Next: dangol run --folder {folder}", folder=str(folder))
