"""Changing a settings file in place: comments, order and whatever else people wrote in it stay as they are."""

from __future__ import annotations

import fcntl
import io
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import BaseModel
from ruamel.yaml import YAML

from dangol.core.config import read_settings, read_text
from dangol.core.errors import ConfigError, told

Settings = TypeVar("Settings", bound=BaseModel)
LISTED = re.compile(r"^[A-Za-z_]\w*:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*([ \t]*)- ", re.MULTILINE)
LONGEST_LINE = 1_000_000


def amend(path: Path, change: Callable[[Any], None], model: type[Settings]) -> Settings:
    """Change a settings file; nothing is written unless the whole file is right afterwards.

    Two who change it at once do so one after the other, and whoever reads it meanwhile reads the old file or the new one.

    Args:
        path: a YAML file.
        change: what is done to its values, a mapping that remembers comments and order.
        model: the pydantic model it must fit.

    Returns:
        the settings as they are now.

    Raises:
        ConfigError: the file is wrong as it stands, or would be afterwards, all problems at once; or nobody may write it.
    """
    with held(path.parent):
        read_settings(path, model)
        text = read_text(path)
        kept = writer(text)
        values = kept.load(text)
        change(values)
        amended = io.StringIO()
        kept.dump(values, amended)
        try:
            return replaced(path, amended.getvalue(), model)
        except OSError as problem:
            what = told("{file:quoted} cannot be written", file=path.name)
            raise ConfigError(what, where=str(path), hint=told("give whoever runs dangol the right to write there")) from problem


def replaced(path: Path, text: str, model: type[Settings]) -> Settings:
    """Put a text in the place of a file in one step, once it has proved right.

    Raises:
        ConfigError: it is wrong; the file stays.
        OSError: it cannot be written.
    """
    with TemporaryDirectory(prefix=".amended-", dir=path.parent) as folder:
        aside = Path(folder) / path.name
        ending = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
        aside.write_text(text, encoding="utf-8", newline=ending)
        settings = read_settings(aside, model)
        aside.chmod(path.stat().st_mode & 0o777)
        aside.replace(path)
    return settings


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else changes settings of this folder meanwhile."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def writer(text: str) -> YAML:
    """What reads and writes YAML as this file is written: its quotes, and how far its lists are indented."""
    kept = YAML()
    kept.preserve_quotes = True
    kept.width = LONGEST_LINE
    first = LISTED.search(text)
    depth = len(first[1]) if first else 2
    kept.indent(mapping=2, sequence=depth + 2, offset=depth)
    return kept
