"""Starting a company: the first `dangol.yaml`, and sources added to it without disturbing what people wrote."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import yaml

from dangol.core.errors import ConfigError, SourceError, told
from dangol.core.text import Language, lookup
from dangol.core.text import to_translate as words
from dangol.workspace.settings import FILE, Settings, load_settings

HEADER = words("# Settings of one company. Secrets never belong here: name an environment variable instead.")
MARGIN = words("# margin_share: 0.3   # assumed margin where products have no cost; figures are then marked as estimated")
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


def add_sources(folder: Path, files: Sequence[Path], *, table: str, system: str) -> list[tuple[str, str]]:
    """Append files as sources to the settings; returns (name, file) of each.

    Raises:
        SourceError: a file that is not there.
        ConfigError: no settings yet, or settings that the new entries would break; nothing is written then.
    """
    path = folder / FILE
    settings = load_settings(folder)
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise SourceError(told("{n} of {all} files are not there", n=len(missing), all=len(files)), problems=missing)
    added = named_files([relative(file, folder) for file in files], settings)
    chosen = {"table": table} if table else {}
    entries: list[dict[str, object]] = [{"name": name, "files": [shown], **chosen, "system": system} for name, shown in added]
    replace_settings(path, entries)
    return added


def replace_settings(path: Path, entries: Sequence[dict[str, object]]) -> None:
    """Write the settings with further sources, if they can be read then.

    Raises:
        ConfigError: the new entries would break them; nothing is written then.
    """
    before = path.read_text(encoding="utf-8")
    path.write_text(with_entries(before, entries), encoding="utf-8")
    try:
        load_settings(path.parent)
    except ConfigError:
        path.write_text(before, encoding="utf-8")
        raise


def named_files(files: Sequence[str], settings: Settings) -> list[tuple[str, str]]:
    """New names for the files that no source has yet."""
    taken = {source.name for source in settings.sources}
    known = {pattern for source in settings.sources for pattern in source.files}
    added = []
    for shown in files:
        if shown not in known:
            added.append((free_name(Path(shown).stem, taken), shown))
            taken.add(added[-1][0])
    return added


def with_entries(text: str, entries: Sequence[dict[str, object]]) -> str:
    """The settings with further entries at the end of `sources`; comments stay."""
    if not entries:
        return text
    block = yaml.safe_dump(list(entries), allow_unicode=True, sort_keys=False)
    indented = "".join(f"  {line}\n" for line in block.splitlines())
    text = re.sub(r"^sources:[ \t]*\[[ \t]*\][ \t]*$", "sources:", text, flags=re.MULTILINE)
    found = re.search(r"^sources:[ \t]*(#.*)?\n", text, flags=re.MULTILINE)
    if found is None:
        return f"{text.rstrip()}\n\nsources:\n{indented}"
    following = re.search(r"^[A-Za-z_#]", text[found.end() :], flags=re.MULTILINE)
    place = found.end() + following.start() if following else len(text)
    head, tail = text[:place].rstrip("\n"), text[place:]
    return f"{head}\n{indented}" + (f"\n{tail}" if tail else "")


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
