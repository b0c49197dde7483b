"""What every declaration has: a name, both languages, a docstring and the place it was written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dangol.core.declare.column import Output
from dangol.core.errors import DeclarationError
from dangol.core.query import Query

Room = Literal["feature", "prediction", "question", "segment", "programme", "source", "destination"]


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A declared thing, as the registry keeps it.

    Attributes:
        name: unique within its room; snake case.
        ko, en: its title.
        doc: its docstring; the first line is shown to marketers.
        file: where it was written, for error messages.
    """

    name: str
    ko: str
    en: str
    doc: str
    file: Path

    room: Room = "feature"

    def title(self, language: str) -> str:
        """The title in a language."""
        return self.ko if language == "ko" else self.en

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.doc.strip().splitlines()[0] if self.doc.strip() else ""


@dataclass(frozen=True, kw_only=True)
class Feature(Declaration):
    """A family of columns per customer, computed from what was known at a moment."""

    outputs: Mapping[str, Output]
    build: Callable[[], Query]
    optional: tuple[str, ...] = ()

    def query(self) -> Query:
        """The declared query."""
        return self.build()


def written_in(thing: Callable[..., Any] | type) -> Path:
    """The file a declaration was written in."""
    return Path(inspect.getsourcefile(thing) or "<unknown>")


def documented(thing: Callable[..., Any] | type) -> str:
    """A declaration's docstring.

    Raises:
        DeclarationError: there is none; marketers would see nothing.
    """
    doc = inspect.getdoc(thing)
    if not doc:
        raise DeclarationError(
            f"{thing.__name__!r} has no docstring", where=str(written_in(thing)), hint="its first line is shown to marketers"
        )
    return doc


def name_outputs(outputs: Mapping[str, Output]) -> dict[str, Output]:
    """Give every output column the name it was declared by."""
    return {name: replace(output, name=name) for name, output in outputs.items()}


def feature(*, ko: str, en: str, optional: tuple[str, ...] = (), **outputs: Output) -> Callable[[Callable[[], Query]], Feature]:
    """Declare a family of features: one query, one row per `customer_id`, the named columns.

    The tables it names are the canonical ones, already cut at `as_of`. `customers` of the workspace without a row in the
    result get missing values. Tables named in `optional` may be absent: then they count as having no rows.
    """

    def declare(build: Callable[[], Query]) -> Feature:
        return Feature(
            name=build.__name__,
            ko=ko,
            en=en,
            doc=documented(build),
            file=written_in(build),
            outputs=name_outputs(outputs),
            build=build,
            optional=optional,
            room="feature",
        )

    return declare
