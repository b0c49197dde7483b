"""The command line starts at once: what a call does not need is not imported."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
import typer

from dangol.faces.cli import app
from dangol.faces.cli.on_call import COMMANDS, described

HEAVY = ("lightgbm", "scipy", "numpy", "pyarrow", "duckdb", "sqlglot", "sqlalchemy", "fastapi", "uvicorn", "dangol.workspace")
CALL = """
import sys
from dangol.faces.cli import main
sys.argv = ["dangol", {option!r}]
try:
    main()
except SystemExit:
    pass
print("imported:", *sorted(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize(("option", "says"), [("--version", "dangol 0."), ("--help", "programme")])
def test_version_and_help_import_nothing_heavy(option: str, says: str) -> None:
    called = subprocess.run(
        [sys.executable, "-c", CALL.format(option=option, heavy=HEAVY)], capture_output=True, encoding="utf-8", check=True
    )
    assert says in called.stdout
    assert called.stdout.splitlines()[-1].strip() == "imported:"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_listed_command_is_the_command_that_is_called(name: str) -> None:
    listed = vars(typer.main.get_command(app))["commands"][name]
    called = listed.loaded()
    assert called.name == name
    assert called.help == listed.help == described(name)
    assert called.help == inspect.getdoc(called.callback)
