"""Presets: how one outside system's export maps to the canonical tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from dangol.core.declare.declaration import Declaration, documented, written_in
from dangol.core.errors import DeclarationError
from dangol.core.tables import LIFTED, TABLES, lifted_columns

Headers = str | tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """One kind of file of a system and the canonical table its rows become.

    Attributes:
        table: canonical table.
        columns: our column → their header; several headers are added up.
        constants: our column → one value for all rows.
        optional: further columns, where the file has their headers; of several headers the first for an amount, and of a text
            those that follow where the first is empty.
        ignored: headers that never fill a column, whatever their names suggest.
        signs: further headers by which such a file is recognised.
    """

    table: str
    columns: Mapping[str, Headers]
    constants: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    optional: Mapping[str, Headers] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()

    @property
    def headers(self) -> frozenset[str]:
        """Headers by which a file of this kind is recognised: all that the mapping cannot do without, and its signs."""
        named = (name for given in self.columns.values() for name in ((given,) if isinstance(given, str) else given))
        return frozenset((*named, *self.signs))

    @property
    def fingerprint(self) -> str:
        """Twelve letters that change when the kind of file does."""
        return hashlib.sha256("\n".join(sorted(self.headers)).encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Preset(Declaration):
    """A known system and the shapes of its files; none where headers alone decide."""

    shapes: tuple[Shape, ...] = ()


def shape(
    table: str,
    *,
    constants: Mapping[str, str | int | float | bool] | None = None,
    optional: Mapping[str, Headers] | None = None,
    ignored: tuple[str, ...] = (),
    signs: tuple[str, ...] = (),
    **columns: Headers,
) -> Shape:
    """One kind of file, written as `our_column="their header"`.

    Raises:
        DeclarationError: no such table, or a column that neither it nor the tables lifted from it have.
    """
    if table not in TABLES:
        raise DeclarationError(f"unknown table {table!r} in a source", hint=", ".join(TABLES))
    known = set(TABLES[table].by_name).union(*(lifted_columns(table, each) for each in LIFTED.get(table, {})))
    given = constants or {}
    unknown = sorted({*columns, *given, *(optional or {})} - known)
    if unknown:
        raise DeclarationError(
            f"{table} has no column {unknown[0]!r}", where=f"source shape of {table}", hint=", ".join(sorted(known))
        )
    return Shape(table, dict(columns), dict(given), dict(optional or {}), ignored, signs)


def source(*, ko: str, en: str) -> Callable[[Callable[[], Iterable[Shape]]], Preset]:
    """Declare how a system's exports map to ours; the function's name is the preset's name in the settings.

    Raises:
        DeclarationError: a wording is missing.
    """
    if not ko or not en:
        raise DeclarationError(f"a source needs its name in both languages, found ko={ko!r} en={en!r}")

    def declare(function: Callable[[], Iterable[Shape]]) -> Preset:
        doc, file = documented(function), written_in(function)
        return Preset(name=function.__name__, ko=ko, en=en, doc=doc, file=file, room="source", shapes=tuple(function()))

    return declare
