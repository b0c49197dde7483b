"""All reference pages by file name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from dangol.core.config import json_schema
from dangol.faces.reference import asked, doors, known
from dangol.faces.reference.markdown import joined
from dangol.workspace.registry import Registry, discover
from dangol.workspace.settings import Settings

NOTE = "<!-- Written by `make docs` from the code. Change the declaration, not this page. -->"
SCHEMA = "dangol.schema.json"
WRITERS: Mapping[str, Callable[[Registry], str]] = {
    "tables.md": known.tables,
    "features.md": known.features,
    "predictions.md": known.predictions,
    "questions.md": asked.questions,
    "segments.md": asked.segments,
    "programmes.md": asked.programmes,
    "cli.md": doors.cli,
    "config.md": doors.config,
    "errors.md": doors.errors,
    "rest.md": doors.rest,
}


def pages() -> dict[str, str]:
    """Every page's text by file name, and the JSON Schema of `dangol.yaml`."""
    registry = discover()
    written = {name: f"{joined(NOTE, writer(registry))}\n" for name, writer in WRITERS.items()}
    schema = json.dumps(json_schema(Settings), ensure_ascii=False, indent=1)
    return {**written, SCHEMA: f"{schema}\n"}


def write(folder: Path) -> list[Path]:
    """Write all pages into a folder; returns those that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in pages().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed
