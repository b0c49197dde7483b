"""Destinations: how an audience leaves the house."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from dangol.core.cleared import Cleared
from dangol.core.declare.declaration import Declaration, documented, written_in
from dangol.core.errors import DestinationError, told
from dangol.core.text import Language


@dataclass(frozen=True)
class Parcel:
    """What goes along with cleared customers.

    Attributes:
        name: of the files, without ending, such as the campaign's id.
        contacts: customer_id and what the destination needs: customer_name, phone, email and any further columns.
        reason: why names and addresses must be readable, as the person stated it; masked when empty.
        language: of the headers in files for people.
    """

    name: str
    contacts: pa.Table
    reason: str = ""
    language: Language = "ko"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]*", self.name):
            what = told("{name:quoted} cannot name a file", name=self.name)
            raise DestinationError(what, hint=told("letters, digits, _ . and - only"))


@dataclass(frozen=True)
class Delivered:
    """A file that left, or is ready to leave.

    Attributes:
        path: where it lies.
        sha256: over its bytes, hexadecimal.
        row_count: customers in it.
    """

    path: Path
    sha256: str
    row_count: int


Deliver = Callable[[Cleared, Parcel, Path], tuple[Delivered, ...]]


@dataclass(frozen=True, kw_only=True)
class Destination(Declaration):
    """A declared destination: `deliver(cleared, parcel, folder)` hands over customers whom consent cleared."""

    deliver: Deliver


def destination(*, ko: str, en: str, name: str) -> Callable[[Deliver], Destination]:
    """Declare a destination: a function that accepts only cleared customers."""

    def declare(deliver: Deliver) -> Destination:
        return Destination(
            name=name, ko=ko, en=en, doc=documented(deliver), file=written_in(deliver), deliver=deliver, room="destination"
        )

    return declare


def write_whole(path: Path, content: bytes, row_count: int) -> Delivered:
    """A file that is there as a whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    aside.touch(mode=0o600)
    aside.write_bytes(content)
    aside.replace(path)
    return Delivered(path, hashlib.sha256(content).hexdigest(), row_count)
