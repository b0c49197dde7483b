"""The command line starts at once: what a call does not need is not imported."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
import typer

from dangol.faces.cli import app
from dangol.faces.cli.on_call import COMMANDS, described
from dangol.workspace.company import Company

HEAVY = ("lightgbm", "scipy", "numpy", "pyarrow", "duckdb", "sqlglot", "sqlalchemy", "fastapi", "uvicorn", "dangol.workspace")
CALL = """
import sys
from dangol.faces.cli import main
sys.argv = ["dangol", *{arguments!r}]
try:
    main()
except SystemExit:
    pass
print("imported:", *sorted(name for name in {heavy!r} if name in sys.modules))
"""


def called(*arguments: str, heavy: tuple[str, ...] = HEAVY) -> tuple[str, list[str]]:
    """What a call in a process of its own says, and which of the heavy modules it imported."""
    code = CALL.format(arguments=arguments, heavy=heavy)
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True).stdout
    return said, said.splitlines()[-1].split()[1:]


@pytest.mark.parametrize(("option", "says"), [("--version", "dangol 0."), ("--help", "programme")])
def test_version_and_help_import_nothing_heavy(option: str, says: str) -> None:
    said, imported = called(option)
    assert says in said
    assert imported == []


def test_asking_imports_no_statistics(company: Company) -> None:
    said, imported = called("--lang", "en", "ask", "Q1", "--folder", str(company.base), heavy=("lightgbm", "scipy", "fastapi"))
    assert "Q1" in said
    assert "new customers" in said
    assert imported == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_listed_command_is_the_command_that_is_called(name: str) -> None:
    listed = vars(typer.main.get_command(app))["commands"][name]
    command = listed.loaded()
    assert command.name == name
    assert command.help == listed.help == described(name)
    assert command.help == inspect.getdoc(command.callback)
