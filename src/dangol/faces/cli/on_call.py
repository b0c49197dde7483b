"""Commands whose modules are imported when they are called: `dangol --help` need not wait for a statistics library."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from dangol.faces.cli.misuse import understood

HERE = Path(__file__).parent
COMMANDS = {
    "init": "loop", "add": "files", "doctor": "loop", "run": "loop", "ask": "know", "audience": "know", "export": "know",
    "review": "judge", "whois": "judge", "clean": "clean", "erase": "forget",
    "models": "models", "alerts": "alerts", "note": "note", "segment": "segment", "policy": "segment",
    "worklist": "worklist", "leads": "worklist", "budget": "budget", "plan": "figures", "benchmark": "figures",
    "programme": "act", "lift": "act", "simulate": "made", "serve": "show", "report": "show",
}  # fmt: skip


class CommandOnCall(TyperCommand):
    """A command that is only listed until it is called."""

    def loaded(self) -> Any:  # noqa: ANN401 — Typer carries its own click
        """The command itself, with everything it needs imported."""
        name = str(self.name)
        module = importlib.import_module(f"{__package__}.{COMMANDS[name]}")
        alone = typer.Typer(add_completion=False)
        alone.command(name)(getattr(module, name))
        return typer.main.get_command(alone)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 — see above
        """Begin a call: from here on the loaded command takes over."""
        return self.loaded().make_context(info_name, args, parent, **extra)


class Commands(TyperGroup):
    """All commands in the order of work."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 — whatever Typer gives a group
        super().__init__(**given)
        self.commands = {name: CommandOnCall(name, help=described(name)) for name in COMMANDS}

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 — see above
        """Begin a call: read what stands before the command."""
        with understood():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 — see above
        """Go on with the command that is called."""
        with understood(ctx.params.get("lang") or ""):
            return super().invoke(ctx)


def described(name: str) -> str:
    """What a command says about itself: its docstring, read without running its module."""
    tree = ast.parse((HERE / f"{COMMANDS[name]}.py").read_text(encoding="utf-8"))
    found = next(each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name)
    return inspect.cleandoc(ast.get_docstring(found) or "")
