"""Markdown: tables, headings and texts that keep their signs."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence


def cell(value: object) -> str:
    """A value in a table; a bar or a line break would end the cell."""
    return " ".join(str(value).split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; nothing where there are no rows."""
    listed = [[cell(value) for value in row] for row in rows]
    if not listed:
        return ""
    lines = [list(head), ["---"] * len(head), *listed]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: object) -> str:
    """A name or value as code; empty stays empty."""
    return f"`{text}`" if str(text) else ""


def codes(names: Iterable[str]) -> str:
    """Several names as code, separated by commas."""
    return ", ".join(code(name) for name in names)


def paragraphs(doc: str) -> str:
    """A docstring as paragraphs, without its sections about arguments and errors."""
    kept = inspect.cleandoc(doc).split("\nArgs:")[0].split("\nRaises:")[0].split("\nAttributes:")[0].split("\nReturns:")[0]
    return "\n\n".join(" ".join(part.split()) for part in kept.split("\n\n") if part.strip())


def joined(*parts: str) -> str:
    """Blocks of a page with an empty line between them; empty blocks are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())
