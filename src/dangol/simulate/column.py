"""Arrow columns from arrays: coded words, numbered keys, moments; no Python loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dangol.simulate.clock import SECONDS, SEOUL_HOURS, Flags, Floats, Ints

Indices = npt.NDArray[Any]


def coded(indices: Indices, words: pa.Array | Sequence[str], missing: Flags | None = None) -> pa.Array:
    """Words by their place in a list, stored as codes.

    Args:
        indices: place of each row's word.
        words: the list.
        missing: rows without a value.
    """
    dictionary = words if isinstance(words, pa.Array) else pa.array(list(words))
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32), mask=missing), dictionary)


def plain(column: pa.Array) -> pa.Array:
    """A coded column as plain values."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def picked(indices: Indices, words: Sequence[str]) -> pa.Array:
    """Words by their place in a list, as plain text."""
    return pa.array(list(words)).take(pa.array(indices.astype(np.int64)))


def joined(*parts: pa.Array | str, by: str = "") -> pa.Array:
    """Texts put together row by row; a row with a missing part is missing."""
    columns = [pa.scalar(part) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*columns, by)


def digits(numbers: Ints, width: int = 0) -> pa.Array:
    """Whole numbers as text, filled up with zeros to a width."""
    text = pc.cast(pa.array(numbers), pa.string())
    return pc.utf8_lpad(text, width, "0") if width else text


def moments(days: Floats, missing: Flags | None = None) -> pa.Array:
    """Local days as moments of UTC, to the second."""
    finite = np.where(np.isfinite(days), days, 0.0)
    seconds = np.round(finite * SECONDS).astype(np.int64) - SEOUL_HOURS * 3600
    return pa.array((seconds * 1_000_000).astype("datetime64[us]"), mask=missing)


def dates(days: Floats, missing: Flags | None = None) -> pa.Array:
    """Local days as dates."""
    return pa.array(np.floor(days).astype(np.int64).astype("datetime64[D]"), mask=missing)


def either(condition: Flags, yes: pa.Array, no: pa.Array) -> pa.Array:
    """One of two columns, row by row."""
    return pc.if_else(pa.array(condition), yes, no)


def nothing(condition: Flags, column: pa.Array) -> pa.Array:
    """The column, missing where the condition holds."""
    return pc.if_else(pa.array(condition), pa.scalar(None, column.type), column)
