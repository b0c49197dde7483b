"""Columns of text read once per distinct value: a rule never sees the same name twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

Parts = dict[str, pa.Array]


def text_of(records: pa.Table, name: str) -> pa.Array:
    """A column as one array of text, trimmed, empty as missing; missing throughout where the table has none."""
    if name not in records.column_names:
        return pa.nulls(records.num_rows, pa.string())
    column = records.column(name).combine_chunks()
    return filled(pc.utf8_trim_whitespace(column.cast(pa.string())))


def filled(text: pa.Array) -> pa.Array:
    """Text with the empty ones missing."""
    return pc.if_else(pc.equal(text, ""), None, text)


def on_distinct(text: pa.Array, rule: Callable[[pa.Array], Mapping[str, pa.Array]]) -> Parts:
    """What a rule makes of a column, reading each distinct value once.

    Args:
        text: a column.
        rule: arrays by name, each as long as the distinct values it is given.
    """
    encoded = text.dictionary_encode()
    return {name: made.take(encoded.indices) for name, made in rule(encoded.dictionary).items()}


def on_distinct_rows(columns: Sequence[pa.Array], rule: Callable[[list[pa.Array]], Mapping[str, pa.Array]]) -> Parts:
    """The same for several columns of text that are read together."""
    marked = [pc.fill_null(column, "") for column in columns]
    joined = pc.binary_join_element_wise(*marked, "\x1f")
    encoded = joined.dictionary_encode()
    pieces = pc.split_pattern(encoded.dictionary, "\x1f")
    parts = [filled(pc.list_element(pieces, place)) for place in range(len(columns))]
    return {name: made.take(encoded.indices) for name, made in rule(parts).items()}


def translated(text: pa.Array, words: Mapping[str, str]) -> pa.Array:
    """Each text as a table translates it; missing where the table has no such word."""
    places = pc.index_in(text, value_set=pa.array(list(words), pa.string()))
    return pa.array(list(words.values()), pa.string()).take(places)


def joined(separator: str, *parts: pa.Array) -> pa.Array:
    """The parts that are there with a separator between; missing where none is."""
    # Arrow leaves out rows of which no part is there.
    nothing = pc.invert(reduce(pc.or_, map(pc.is_valid, parts)))
    first = pc.if_else(nothing, "", parts[0])
    return filled(pc.binary_join_element_wise(first, *parts[1:], separator, null_handling="skip"))


def has(text: pa.Array, pattern: str) -> pa.Array:
    """Whether each text contains a pattern; a missing one does not."""
    return pc.fill_null(pc.match_substring_regex(text, pattern), False)


def sub(text: pa.Array, pattern: str, replacement: str = "") -> pa.Array:
    """Each text with every match of a pattern replaced."""
    return pc.replace_substring_regex(text, pattern, replacement)


def only(condition: pa.Array, text: pa.Array) -> pa.Array:
    """Each value where the condition holds, else missing."""
    return pc.if_else(pc.fill_null(condition, False), text, pa.scalar(None, text.type))
