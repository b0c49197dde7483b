"""Starting a company: the first `dangol.yaml`, and sources added to it without disturbing what people wrote."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import yaml

from dangol.core.errors import ConfigError, told
from dangol.core.text import Language, lookup
from dangol.core.text import to_translate as words
from dangol.workspace.settings import FILE, load_settings

HEADER = words("# Settings of one company. Secrets never belong here: name an environment variable instead.")
MARGIN = words("# margin_share: 0.3   # assumed margin where products have no cost; figures are then marked as estimated")
DEPTH = "  "
SOURCES = words("# Sources: files or databases. `dangol add FILES` writes entries here.")


def start_company(folder: Path, *, name: str, zone: str, currency: str, language: Language) -> Path:
    """Write the first settings of a company and its folders.

    Raises:
        ConfigError: there are settings already, or one of the given values is wrong.
    """
    path = folder / FILE
    if path.exists():
        hint = told("edit it, or start in another folder")
        raise ConfigError(told("{file} is there already", file=FILE), where=str(folder), hint=hint)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "custom").mkdir(exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    company = {"name": name, "language": language, "zone": zone, "currency": currency}
    written = yaml.safe_dump({"company": company}, allow_unicode=True, sort_keys=False)
    lines = [
        lookup(HEADER, language),
        written.rstrip(),
        f"  {lookup(MARGIN, language)}",
        "",
        lookup(SOURCES, language),
        "sources:",
        "",
    ]
    path.write_text("\n".join(lines).replace("sources:\n", "sources: []\n"), encoding="utf-8")
    try:
        load_settings(folder)
    except ConfigError:
        path.unlink()
        raise
    return path


def with_entries(text: str, entries: Sequence[str]) -> str:
    """The settings with further entries at the end of `sources`, indented as the ones before; comments stay.

    Args:
        text: the settings as they are.
        entries: YAML of one list item each, comments before it included, without indentation.
    """
    if not entries:
        return text
    text = re.sub(r"^sources:[ \t]*\[[ \t]*\][ \t]*$", "sources:", text, flags=re.MULTILINE)
    found = re.search(r"^sources:[ \t]*(#.*)?\n", text, flags=re.MULTILINE)
    if found is None:
        return f"{text.rstrip()}\n\nsources:\n{indented(entries, DEPTH)}"
    following = re.search(r"^[A-Za-z_#]", text[found.end() :], flags=re.MULTILINE)
    place = found.end() + following.start() if following else len(text)
    head, tail = text[:place].rstrip("\n"), text[place:]
    first = re.search(r"^([ \t]*)- ", text[found.end() : place], flags=re.MULTILINE)
    block = indented(entries, first[1] if first else DEPTH)
    return f"{head}\n{block}" + (f"\n{tail}" if tail else "")


def indented(entries: Sequence[str], depth: str) -> str:
    """Entries one after another, a blank line between two."""
    lines = "\n\n".join(entries).splitlines()
    return "".join(f"{depth}{line}".rstrip() + "\n" for line in lines)


def relative(file: Path, folder: Path) -> str:
    """A path as seen from the company's folder."""
    return os.path.relpath(file.resolve(), folder.resolve())


def free_name(stem: str, taken: set[str]) -> str:
    """A short name for a source that no other has."""
    # one letter a syllable: some systems write file names as single consonants and vowels
    plain = unicodedata.normalize("NFC", stem).lower()
    slug = re.sub(r"[^a-z0-9가-힣]+", "_", plain).strip("_")[:36].rstrip("_")
    base = slug if slug and slug[0].isalpha() else f"source_{slug}".rstrip("_")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name
