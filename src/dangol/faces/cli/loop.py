"""Commands that start a company and run its loop: init, doctor, run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from dangol.core.errors import ConfigError, told
from dangol.core.tables import TABLES
from dangol.core.text import translate
from dangol.faces.cli.clean import show_health
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, QuietOption, terminal
from dangol.faces.cli.opening import opened
from dangol.intake import TableQuality
from dangol.workspace.company import Company, QualityReport
from dangol.workspace.run import Result
from dangol.workspace.starting import start_company
from dangol.workspace.summary import run_summary
from dangol.workspace.wording import check_words


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to create.")] = HERE,
    name: Annotated[str, typer.Option(help="Name of the company.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of the company's clock.")] = "Asia/Seoul",
    currency: Annotated[str, typer.Option(help="The one currency of all money.")] = "KRW",
) -> None:
    """Start a company: a folder with a dangol.yaml to fill in."""
    path = start_company(folder, name=name or folder.resolve().name, zone=zone, currency=currency, language=terminal.language)
    terminal.say("Wrote {path}. Next: dangol add FILES, then dangol run", path=str(path))


def doctor(folder: FolderOption = HERE, json: JsonOption = False) -> None:
    """Check the settings and declarations, load what is new, and say how good the data are."""
    company = opened(folder)
    loaded = company.load()
    report = company.quality()
    health = company.health(fresh=True)
    if json:
        scores = [{**each.as_json(), "score": each.total} for each in health.scores]
        terminal.json({**asdict(report), "scores": scores, "findings": [each.as_json() for each in health.findings]})
        return
    for line in loaded.lines(terminal.language):
        terminal.write(line)
    terminal.say(
        "{rows_in:count} rows in = {loaded:count} loaded + {quarantined:count} quarantined + {moved:count} moved to returns",
        rows_in=report.rows_in,
        loaded=report.rows_loaded,
        quarantined=report.rows_quarantined,
        moved=report.rows_moved,
    )
    show_tables(report)
    show_refusals(report)
    for check, count in {**report.orphans, **report.totals}.items():
        terminal.write(f"  {check_words(check, terminal.language)}: {count:,}")
    show_health(health)


def show_tables(report: QualityReport) -> None:
    """Rows and span of every table."""
    columns = [
        (translate("Table", terminal.language), "text", "left"),
        (translate("Rows", terminal.language), "count", "right"),
        (translate("From", terminal.language), "text", "left"),
        (translate("To", terminal.language), "text", "left"),
        (translate("Columns filled", terminal.language), "text", "left"),
    ]
    terminal.table(columns, [table_row(table) for table in report.tables])


def table_row(table: TableQuality) -> list[object]:
    """A table with its rows, span and the columns that are not always filled."""
    first, last = ((moment or "")[:10] for moment in (table.first, table.last))
    filled = ", ".join(f"{each.name} {each.filled_share:.0%}" for each in table.columns if each.filled_share < 1)
    return [f"{TABLES[table.name].title(terminal.language)} ({table.name})", table.rows, first, last, filled]


def show_refusals(report: QualityReport) -> None:
    """Why rows were quarantined, and where they stand in the files."""
    for table in report.tables:
        for refusal in table.refusals:
            rows = ", ".join(str(number) for number in refusal.examples)
            terminal.say(
                "{table}: {n:count} quarantined: {reason} ({column}; rows {rows} …)",
                table=table.name,
                n=refusal.rows,
                reason=refusal.text(terminal.language),
                column=refusal.column or "–",
                rows=rows,
            )


def run(
    folder: FolderOption = HERE,
    as_of: Annotated[str, typer.Option(help="Moment to describe, such as 2026-11-01; the end of the data when absent.")] = "",
    json: JsonOption = False,
    quiet: QuietOption = False,
    scheduled: Annotated[
        bool, typer.Option("--scheduled", help="Stay and run whenever the schedule in dangol.yaml says.")
    ] = False,
) -> None:
    """Load what is new, unify, compute features and predictions, answer all questions, and switch to the new snapshot."""
    company = opened(folder)
    if scheduled:
        run_by_schedule(company)
        return
    moment = read_moment(as_of, company.settings.company.zone)
    result = company.run(as_of=moment) if json or quiet else run_with_progress(company, moment)
    if json:
        terminal.json({"run_id": result.run_id, "as_of": result.as_of, "stages": result.stages, "cards": result.cards})
    else:
        show_result(company, result)


def run_by_schedule(company: Company) -> None:
    """Run whenever it is time, until stopped.

    Raises:
        ConfigError: nothing is scheduled.
    """
    watch = company.watch
    due = watch.due()
    if due is None:
        raise ConfigError(
            told("nothing is scheduled"), hint=told("write into dangol.yaml: {example}", example='schedule: {at: ["06:00"]}')
        )
    terminal.say("Next run: {moment:moment}  (stop with Ctrl+C)", moment=due)
    watch.keep()


def run_with_progress(company: Company, as_of: datetime | None) -> Result:
    """A run that shows which stage it is at."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=terminal.err, transient=True
    ) as bar:
        task = bar.add_task("load")

        def told(name: str, seconds: float, memory: int) -> None:
            bar.update(task, description=name)
            bar.console.print(f"  {name:<16} {seconds:8.1f} s {memory / 1e6:8,.0f} MB", style="dim", markup=False)

        return company.run(as_of=as_of, progress=told)


def show_result(company: Company, result: Result) -> None:
    """What the run found, in words."""
    if result.intake is not None:
        for line in result.intake.lines(terminal.language):
            terminal.write(line)
    for line in run_summary(company, terminal.language):
        terminal.write(line)


def read_moment(text: str, zone: str) -> datetime | None:
    """A moment written on the company's clock, in UTC.

    Raises:
        ConfigError: it cannot be read.
    """
    if not text:
        return None
    try:
        local = datetime.fromisoformat(text)
    except ValueError as problem:
        what = told("cannot read the moment {text:quoted}", text=text)
        raise ConfigError(what, hint=told("write it as 2026-11-01 or 2026-11-01T06:00")) from problem
    aware = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC).replace(tzinfo=None)
