"""What a file says beyond our columns: kept as attributes where the table has room for them, personal data never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dangol.intake.automap.personal import looks_personal, says_personal
from dangol.intake.automap.readings import ATTRIBUTES
from dangol.intake.automap.values import look_at
from dangol.intake.mapping import Mapped, without
from dangol.intake.resident import column_of


def with_attributes(
    mapped: Mapped, ignored: Sequence[str], rows: Sequence[Sequence[str | None]], headers: Sequence[str]
) -> Mapped:
    """A mapping that also keeps what nothing else was made of, where its table has room for it.

    Args:
        mapped: what the file's headers became; where settings name columns for `attributes`, those and no others are kept.
        ignored: headers that are to be passed over.
        rows: the first rows of the file.
        headers: of these rows.
    """
    if ATTRIBUTES not in mapped.table.by_name or ATTRIBUTES in mapped.columns:
        return mapped
    kept = tuple(
        header for header in without(mapped.unmapped, ignored) if not is_personal(header, column_of(rows, headers.index(header)))
    )
    if not kept:
        return mapped
    left = tuple(header for header in mapped.unmapped if header not in kept)
    return replace(mapped, columns={**mapped.columns, ATTRIBUTES: kept}, unmapped=left)


def is_personal(header: str, values: Sequence[str | None]) -> bool:
    """Whether a column names or reaches a person, by its header or by what its first values look like."""
    known = [value.strip() for value in values if value and value.strip()]
    different = len(set(known)) / max(len(known), 1)
    return says_personal(header) or looks_personal(look_at(known, rows=len(known), filled=1.0, distinct=different))
