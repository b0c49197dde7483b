"""Templates of pages: escaped, strict about names, and speaking through the one catalogue."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent / "templates"


def environment(templates: Path) -> Environment:
    """The templates of a folder, beside those that all pages share.

    A template is rendered with a `reader`; `_` in it is the reader's `say`.
    """
    return Environment(
        loader=FileSystemLoader([templates, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
