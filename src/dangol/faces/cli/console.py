"""The terminal: language, tables, JSON and errors, said once for all commands."""

from __future__ import annotations

import json
import locale
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from dangol.core.errors import OUTCOMES, DangolError
from dangol.core.text import Language, format_value, lookup, pick_language, render, tell_error, translate
from dangol.workspace.categories import category_words

FolderOption = Annotated[Path, typer.Option("--folder", "-f", help="Folder of the company (with dangol.yaml).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only.")]
HERE = Path()


@dataclass
class Terminal:
    """How this call of the command line speaks.

    Attributes:
        language: ko or en: the option, else the environment's locale.
        currency, zone: the company's, once it is known.
    """

    language: Language = "en"
    currency: str = "KRW"
    zone: str = "Asia/Seoul"

    def __post_init__(self) -> None:
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False)
        for console in (self.out, self.err):
            # In a file or a pipe a line stays a line, so that paths and sentences are found again.
            console.soft_wrap = not console.is_terminal

    def speak(self, chosen: str) -> None:
        """Go on in a language: the chosen one, else the environment's."""
        self.language = pick_language(chosen, default="en") if chosen else environment_language()

    def say(self, message: str, **values: object) -> None:
        """Print a sentence of the catalogue."""
        self.out.print(translate(message, self.language, **values), markup=False)

    def sentence(self, message: str, **values: object) -> str:
        """A sentence of the catalogue with its values, in the company's currency and clock."""
        return render(lookup(message, self.language), values, self.language, currency=self.currency, zone=self.zone)

    def write(self, text: str = "") -> None:
        """Print a text as it is."""
        self.out.print(text, markup=False)

    def json(self, value: object) -> None:
        """Print a value as JSON."""
        self.out.print(json.dumps(value, ensure_ascii=False, default=plain, indent=1), markup=False, soft_wrap=True)

    def table(self, columns: Sequence[tuple[str, str, str]], rows: Sequence[Sequence[object]]) -> None:
        """Print a table; columns are (heading, kind, alignment)."""
        shown = Table(box=None, pad_edge=False, header_style="bold")
        for heading, _, alignment in columns:
            shown.add_column(heading, justify="right" if alignment == "right" else "left", overflow="fold")
        for row in rows:
            shown.add_row(*(self.value(value, kind) for value, (_, kind, _) in zip(row, columns, strict=True)))
        self.out.print(shown, soft_wrap=False)

    def value(self, value: object, kind: str) -> str:
        """A value as people of this language write it."""
        if kind == "category" and value is not None:
            return category_words(value, self.language)
        return format_value(kind, value, self.language, currency=self.currency, zone=self.zone)

    def problem(self, problem: DangolError) -> int:
        """Print an error; returns the exit status."""
        self.err.print(f"✗ {tell_error(problem, self.language)}", markup=False, style="red")
        return OUTCOMES[problem.code].exit_status


terminal = Terminal()


def environment_language() -> Language:
    """The language of the shell's locale; English where it says nothing."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return pick_language(spoken, default="en")


def plain(value: object) -> Any:  # noqa: ANN401 — any JSON value
    """A value that JSON does not know, as it is best read back."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else str(value)


RIGHT = {"integer", "count", "number", "money", "share", "probability", "days", "measure"}


def alignment(kind: str) -> str:
    """Numbers stand to the right."""
    return "right" if kind in RIGHT else "left"
