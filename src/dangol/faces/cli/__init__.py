"""The command line: `dangol`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import dangol
from dangol.core.errors import DangolError
from dangol.core.text import pick_language
from dangol.faces.cli import act, know, loop, made, show
from dangol.faces.cli.console import environment_language, terminal

app = typer.Typer(
    name="dangol",
    help="Predictive marketing: one profile per customer, honest predictions, measured campaigns.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
COMMANDS = (
    loop.init, loop.add, loop.doctor, loop.run, know.ask, know.audience, know.export, act.programme, act.lift, made.simulate,
    show.serve, show.report,
)  # fmt: skip
for command in COMMANDS:
    app.command()(command)


def version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        terminal.write(f"dangol {dangol.__version__}")
        raise typer.Exit


@app.callback()
def settings(
    lang: Annotated[str, typer.Option("--lang", help="ko or en; the environment's language when absent.")] = "",
    _version: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Options that hold for every command."""
    terminal.language = pick_language(lang, default="en") if lang else environment_language()


def main() -> None:
    """Run a command; an error of ours is said in words and becomes the exit status."""
    try:
        app()
    except DangolError as problem:
        sys.exit(terminal.problem(problem))
