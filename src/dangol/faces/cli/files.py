"""The command that adds files: says what it understood of them, asks about what is doubtful, writes the settings."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from dangol.core.text import tell, tell_error, translate
from dangol.core.text import to_translate as words
from dangol.faces.cli.console import HERE, FolderOption, JsonOption, terminal
from dangol.faces.cli.know import split_option
from dangol.intake.automap import Proposal, Reading, Relation, Said
from dangol.intake.automap.wording import STATUS, WHY
from dangol.intake.mapping import columns_of
from dangol.workspace.adding import Understood, complain, understand, write

HEADINGS = (
    (words("Header"), "left"),
    (words("Means"), "left"),
    (words("Sure"), "right"),
    (words("Why"), "left"),
    ("", "left"),
)
LIST_OF_FILES = Annotated[list[Path], typer.Argument(help="CSV, Excel, Parquet or JSON-lines files.")]


def add(
    files: LIST_OF_FILES,
    folder: FolderOption = HERE,
    table: Annotated[
        str, typer.Option(help="Canonical table of all these files; found from headers and values when absent.")
    ] = "",
    column: Annotated[
        list[str] | None, typer.Option("--column", "-c", help="What a header means, as our_column=their header; may be repeated.")
    ] = None,
    system: Annotated[
        str, typer.Option(help="Whose customer and order numbers these are; found from shared keys when absent.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is understood; write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: what is not sure is left out.")] = False,
    json: JsonOption = False,
) -> None:
    """Add files as sources to dangol.yaml: table, columns, keys and relations are told from headers and values."""
    said = Said(table, system, dict(map(split_option, column or ())))
    asks = sys.stdin.isatty() and not (yes or json or dry_run)
    understood = understand(folder, files, said, decide=asked if asks else None)
    show(understood, as_json=json)
    if not dry_run and (not asks or confirmed()):
        write(understood, terminal.language)
        show_written(understood, as_json=json)
    complain(understood)


def confirmed() -> bool:
    """Whether somebody wants what was understood to be written."""
    return typer.confirm(translate("Write this to dangol.yaml?", terminal.language), default=True)


def asked(proposal: Proposal) -> Proposal:
    """A proposal after somebody was asked about its doubtful headers."""
    for each in proposal.asked:
        question = translate(
            "{file}: does {header:quoted} hold {column}?",
            terminal.language,
            file=proposal.paths[0].name,
            header=each.header,
            column=column_title(proposal, each.column),
        )
        proposal = proposal.settled(each.header, yes=typer.confirm(question, default=False))
    return proposal


def show(understood: Understood, *, as_json: bool) -> None:
    """Everything that was understood, file by file, then how the files hang together and what was refused."""
    if as_json:
        terminal.json(document(understood))
        return
    show_known(understood)
    for each in understood.proposals:
        show_proposal(each, understood.patterns[each.name])
    for relation in understood.relations:
        show_relation(relation)
    for path, problem in understood.refused.items():
        terminal.write(f"✗ {path.name}: {tell_error(problem, terminal.language)}")


def show_known(understood: Understood) -> None:
    """Files that need not be added."""
    for path, source in understood.known.items():
        terminal.say("{file}: source {name} reads it already", file=path.name, name=source)


def show_proposal(proposal: Proposal, patterns: Sequence[str]) -> None:
    """One source: files, table, grain, and every header's meaning."""
    title = proposal.table.title(terminal.language) if proposal.table else "?"
    terminal.write()
    terminal.say(
        "{files} → {table} · {rows:count} rows · system {system}",
        files=", ".join(patterns),
        table=f"{title} ({proposal.table.name})" if proposal.table else title,
        rows=proposal.rows,
        system=proposal.system,
    )
    if proposal.preset:
        terminal.say("Recognised by its headers: preset {name}", name=proposal.preset)
    if proposal.table is not None and proposal.table.name == "order_lines":
        terminal.say("A row is a line of an order; orders, products and customers are taken from the lines.")
    for column, header in proposal.standing_in.items():
        terminal.say(
            "{header:quoted} also stands in for {column}, which the file does not have",
            header=header,
            column=column_title(proposal, column),
        )
    show_readings(proposal)


def show_readings(proposal: Proposal) -> None:
    """A proposal's headers as a table."""
    language = terminal.language
    columns = [(translate(heading, language) if heading else "", "text", side) for heading, side in HEADINGS]
    rows = [
        [
            each.header,
            column_title(proposal, each.column),
            sureness(each),
            WHY[each.why].in_(language),
            STATUS[each.status].in_(language),
        ]
        for each in proposal.readings
    ]
    terminal.table(columns, rows)


def sureness(reading: Reading) -> str:
    """How sure a reading is, empty where there is none."""
    return f"{min(reading.confidence, 0.99 if reading.confidence < 1 else 1):.0%}" if reading.column else ""


def column_title(proposal: Proposal, column: str) -> str:
    """A column's name with its title."""
    if not column or proposal.table is None:
        return ""
    return f"{column} ({columns_of(proposal.table)[column].title(terminal.language)})"


def show_relation(relation: Relation) -> None:
    """How much of a key joins; a key that hardly joins is said so."""
    values: Mapping[str, object] = {
        "source": relation.source,
        "header": relation.header,
        "target": relation.target,
        "share": relation.share,
    }
    if relation.is_poor:
        terminal.say(
            "! {source}: only {share:percent} of the values of {header} occur in {target}: these files hardly join",
            **values,
        )
    else:
        terminal.say("{source}: {share:percent} of the values of {header} occur in {target}", **values)


def show_written(understood: Understood, *, as_json: bool) -> None:
    """Which sources were written, and what comes next; nothing among JSON."""
    if as_json:
        return
    for each in understood.ready:
        terminal.say("Added source {name}: {file}", name=each.name, file=", ".join(understood.patterns[each.name]))
    if understood.left_out:
        terminal.say("{n|source is/sources are} written as comments, to be completed in dangol.yaml", n=len(understood.left_out))
    if understood.ready:
        terminal.say("Next: dangol doctor, then dangol run")


def document(understood: Understood) -> dict[str, object]:
    """What was understood, for machines."""
    return {
        "sources": [source_json(each, understood) for each in understood.proposals],
        "relations": [{**vars(each), "poor": each.is_poor} for each in understood.relations],
        "refused": {path.name: tell_error(problem, terminal.language) for path, problem in understood.refused.items()},
        "known": {path.name: source for path, source in understood.known.items()},
    }


def source_json(proposal: Proposal, understood: Understood) -> dict[str, object]:
    """One proposed source, for machines."""
    return {
        "name": proposal.name,
        "files": understood.patterns[proposal.name],
        "table": proposal.table.name if proposal.table else None,
        "preset": proposal.preset,
        "system": proposal.system,
        "rows": proposal.rows,
        "columns": proposal.columns,
        "readings": [vars(each) for each in proposal.readings],
        "problems": [tell(each, terminal.language) for each in understood.problems.get(proposal.name, ())],
    }
