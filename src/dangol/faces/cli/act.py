"""Commands that act and measure: programme, lift."""

from __future__ import annotations

from typing import Annotated

import typer

from dangol.core.text import Text, translate
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.opening import opened
from dangol.workspace.company import Company
from dangol.workspace.programmes import all_programmes
from dangol.workspace.wording import decision_words


def programme(
    name: Annotated[str, typer.Argument(help="Programme; all of them when absent.")] = "",
    folder: FolderOption = HERE,
    start: Annotated[bool, typer.Option("--start", help="Decide, record and export; without it only counts are shown.")] = False,
    destination: Annotated[
        str, typer.Option(help="Where to, such as file or hashed_file; the programme's own when absent.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why names and addresses must be readable in the file; masked when absent.")] = "",
    json: JsonOption = False,
) -> None:
    """Show whom a programme would contact, hold out and skip; with --start do it and write the files."""
    company = opened(folder)
    if not name:
        list_programmes(company, as_json=json)
        return
    if not start:
        counts = dict(company.programmes.preview(name))
        if json:
            terminal.json({"programme": name, "counts": counts})
        else:
            show_counts(company, name, counts)
        return
    started = company.start_programme(name, destination=destination, reason=reason, language=terminal.language)
    if json:
        terminal.json(started)
        return
    show_counts(company, name, dict(started.counts))
    if started.again:
        terminal.say("Nothing new: campaign {campaign} was started before at this very moment", campaign=started.campaign_id)
    for file in started.files:
        terminal.say("{n:count|row/rows} in {file}", n=file.row_count, file=str(file.path))


def list_programmes(company: Company, *, as_json: bool) -> None:
    """All programmes with stage, channels and holdout."""
    known = all_programmes(company.settings, company.registry)
    if as_json:
        terminal.json([settings.model_dump() for settings in known.values()])
        return
    for name, settings in known.items():
        terminal.write(f"{name:<16} {Text(settings.ko, settings.en).in_(terminal.language)}")
        terminal.write(f"{'':<16} {Text(settings.value_ko, settings.value_en).in_(terminal.language)}")


def show_counts(company: Company, name: str, counts: dict[str, int]) -> None:
    """A programme's audience, and what becomes of everybody in it."""
    settings = company.programmes.find(name)
    terminal.write(settings.ko if terminal.language == "ko" else settings.en)
    terminal.write(company.customers.explained(settings.audience, terminal.language))
    columns = [("", "text", "left"), (translate("Customers", terminal.language), "count", "right")]
    terminal.table(columns, [[decision_words(key, terminal.language), value] for key, value in counts.items()])


def lift(
    campaign: Annotated[str, typer.Argument(help="Campaign, our own or one of the data; all of them when absent.")] = "",
    folder: FolderOption = HERE,
    json: JsonOption = False,
) -> None:
    """Say what a campaign changed: later orders of those contacted against those held out, or why nothing can be said."""
    company = opened(folder)
    names = [campaign] if campaign else all_campaigns(company)
    results = {name: company.lift(name) for name in names}
    if json:
        terminal.json({name: {**vars(each), "sentence": said(company, name)} for name, each in results.items()})
        return
    for name in names:
        terminal.write(name)
        terminal.write(f"  {said(company, name)}")
    if not names:
        terminal.say("No campaign yet. Start one: dangol programme win_back --start")


def all_campaigns(company: Company) -> list[str]:
    """Campaigns of our own, then those that came with the data."""
    programmes = company.programmes
    return [each.campaign_id for each in programmes.campaigns()] + [each.campaign_id for each in programmes.imported()]


def said(company: Company, name: str) -> str:
    """A campaign's result in words."""
    settings = company.settings.company
    return company.lift(name).sentence(terminal.language, currency=settings.currency, zone=settings.zone)
