"""The command line: `dangol`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import dangol
from dangol.core.errors import DangolError
from dangol.faces.cli.on_call import Commands

app = typer.Typer(
    name="dangol",
    cls=Commands,
    help="Predictive marketing: one profile per customer, honest predictions, measured campaigns.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"dangol {dangol.__version__}")
        raise typer.Exit


@app.callback()
def settings(
    lang: Annotated[str, typer.Option("--lang", help="ko or en; the environment's language when absent.")] = "",
    _version: Annotated[bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Options that hold for every command."""
    from dangol.faces.cli.console import terminal  # a command follows: from here on everything is needed

    terminal.speak(lang)


def main() -> None:
    """Run a command; an error of ours is said in words and becomes the exit status."""
    try:
        app(prog_name="dangol")
    except DangolError as problem:
        from dangol.faces.cli.console import terminal  # only a command that has begun can fail

        sys.exit(terminal.problem(problem))
