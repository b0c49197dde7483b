"""The standardised records as numbers: each value a place in the list of distinct values, so that comparing is arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.integer[Any]]
Codes = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
MISSING = -1
LEADING = 20
FACTOR = np.uint64(0xD6E8FEB86659FD93)
# The columns of a standardised record.
STANDARD = (
    "name_key", "family_key", "given_key", "name_jamo", "name_roman", "name_mask", "phone_key", "phone_kind", "email_key",
    "email_user", "birth_day", "birth_year", "gender_key", "address_key", "address_unit", "address_area", "postcode_key",
)  # fmt: skip
# The columns that make a name.
NAME_PARTS = ("name_key", "family_key", "given_key", "name_jamo", "name_roman", "name_mask")
SPLIT = "\x1f"
# Texts are written out one by one where fewer than one in so many is asked for.
FEW_ASKED = 4


@dataclass(frozen=True)
class Coded:
    """One column as numbers.

    Attributes:
        codes: for each record the place of its value in `values`; -1 where missing.
        values: the distinct values, in the order of the first record that has them.
    """

    codes: Codes
    values: pa.Array

    @cached_property
    def counts(self) -> Ints:
        """How many records hold each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values)).astype(np.int64)

    @cached_property
    def words(self) -> npt.NDArray[np.object_]:
        """The distinct values as Python texts, "" where a value has none."""
        said = pc.fill_null(self.values.cast(pa.string()), "")
        return np.asarray(said.to_numpy(zero_copy_only=False), dtype=object)

    def said(self, places: Ints) -> npt.NDArray[np.object_]:
        """The values at some places as Python texts; all are written out only where many are asked for."""
        if "words" in self.__dict__ or len(places) * FEW_ASKED > len(self.values):
            return self.words[places]
        return Coded(places, self.values.take(pa.array(places))).words

    @cached_property
    def lengths(self) -> Ints:
        """Number of signs of each distinct value; 0 where a value has none."""
        return np.asarray(pc.fill_null(pc.utf8_length(self.values.cast(pa.string())), 0)).astype(np.int64)

    @cached_property
    def numbers(self) -> npt.NDArray[np.uint64]:
        """A number for each distinct value that is the same in every run."""
        return numbers_of(self.values)

    @cached_property
    def record_numbers(self) -> npt.NDArray[np.uint64]:
        """The number of each record's value; 0 where missing."""
        found: npt.NDArray[np.uint64] = np.append(self.numbers, np.uint64(0))[self.codes]
        return found

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Whether each record has a value."""
        found: npt.NDArray[np.bool_] = self.codes >= 0
        return found

    def same_pairs(self, chosen: npt.NDArray[np.bool_] | None = None) -> float:
        """Pairs of records with the same value, of the chosen values or of all."""
        counts = self.counts if chosen is None else self.counts[chosen]
        return float((counts * (counts - 1) // 2).sum())


def coded(column: pa.ChunkedArray | pa.Array) -> Coded:
    """A column as numbers."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    packed = array if isinstance(array, pa.DictionaryArray) else array.dictionary_encode()
    codes = pc.fill_null(packed.indices, MISSING).to_numpy(zero_copy_only=False).astype(np.int32)
    return Coded(codes, packed.dictionary)


def whole_names(standard: pa.Table) -> pa.Array:
    """All forms of each record's name as one text; missing where nothing of the name is known."""
    filled = [pc.fill_null(standard[name], "") for name in NAME_PARTS]
    text = pc.binary_join_element_wise(*filled, SPLIT)
    joined = pc.if_else(pc.equal(text, SPLIT * (len(NAME_PARTS) - 1)), None, text)
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


@dataclass(frozen=True)
class People:
    """All records of a company in comparable form.

    Attributes:
        table: the standardised columns and `names`, one row a record.
    """

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def columns(self) -> dict[str, Coded]:
        """Every standardised column as numbers."""
        return {name: coded(self.table.column(name)) for name in STANDARD if name not in NAME_PARTS}

    @cached_property
    def names(self) -> Coded:
        """Each distinct name with all its forms; missing where nothing of the name is known."""
        return coded(self.table["names"])

    @cached_property
    def name_forms(self) -> dict[str, Coded]:
        """The forms of the distinct names, one entry for each value of `names`."""
        split = pc.split_pattern(self.names.values, SPLIT)
        parts = {name: pc.list_element(split, place) for place, name in enumerate(NAME_PARTS)}
        forms = {name: coded(pc.if_else(pc.equal(part, ""), None, part)) for name, part in parts.items()}
        names = forms["name_key"]
        return forms | {"name_letters": derived(names, signs_in_order(names.values))}

    @cached_property
    def places(self) -> Coded:
        """Street and unit together; missing unless both are known."""
        streets, units = self.columns["address_key"], self.columns["address_unit"]
        known = streets.known & units.known
        both = np.where(known, streets.codes.astype(np.int64) * max(len(units.values), 1) + units.codes, MISSING)
        return coded(pa.array(both, mask=~known))

    def form(self, name: str) -> Coded:
        """One form of the name for each record, such as `name_key`."""
        of_name = self.name_forms[name]
        codes = np.append(of_name.codes, MISSING)[self.names.codes].astype(np.int32)  # -1, no name, finds the one appended
        return Coded(codes, of_name.values)


def derived(column: Coded, values: pa.Array) -> Coded:
    """What each distinct value of a column becomes, as a column of its own."""
    short = coded(values)
    codes = np.append(short.codes, MISSING)[column.codes]
    return Coded(codes.astype(np.int32), short.values)


def in_hangul(names: pa.Array) -> Flags:
    """Whether each name begins with a syllable of Hangul."""
    found: Flags = pc.fill_null(pc.match_substring_regex(names, "^[가-힣]"), False).to_numpy(zero_copy_only=False)
    return found


def signs_in_order(names: pa.Array) -> pa.Array:
    """The signs of each Hangul name sorted, so that turned syllables agree; missing for short names and other scripts."""
    length = pc.fill_null(pc.utf8_length(names), 0).to_numpy(zero_copy_only=False)
    found = np.full(len(names), None, dtype=object)
    long = in_hangul(names) & (length >= 3)
    for signs in np.unique(length[long]):
        chosen = np.flatnonzero(long & (length == signs))
        written = np.array(names.take(pa.array(chosen)).to_pylist(), dtype=f"U{signs}")
        found[chosen] = np.sort(written.view(np.uint32).reshape(-1, signs), axis=1).reshape(-1).view(written.dtype)
    return pa.array(found, pa.string())


def numbers_of(values: pa.Array) -> npt.NDArray[np.uint64]:
    """A number for each text, from its bytes alone (polynomial hash, then mixed); other values by their text."""
    text = values.cast(pa.large_string())
    if not len(text):
        return np.empty(0, dtype=np.uint64)
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    signs = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8)
    length = np.diff(offsets)
    number = np.zeros(len(text), dtype=np.uint64)
    longest_first = np.argsort(-length, kind="stable")
    start, reaching = offsets[:-1][longest_first], np.cumsum(np.bincount(length)[::-1])[::-1]
    for place, power in enumerate(np.cumprod(np.full(int(length.max()), FACTOR))):
        texts = reaching[place + 1]
        number[:texts] += (signs[start[:texts] + place].astype(np.uint64) + np.uint64(1)) * power
    number[longest_first] = number.copy()
    number ^= number >> np.uint64(31)
    mixed: npt.NDArray[np.uint64] = number * FACTOR
    return mixed ^ (mixed >> np.uint64(33))


def once(values: Ints) -> Ints:
    """The distinct numbers in order; many times faster than a table of hashes."""
    ordered = np.sort(values)
    found: Ints = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return found


def among(values: npt.NDArray[np.uint64], wanted: npt.NDArray[np.integer[Any]]) -> Flags:
    """Whether each number is one of some wanted ones; a table of leading bits settles most of them.

    Args:
        values: well mixed numbers.
        wanted: in order, each once.
    """
    found = np.zeros(len(values), dtype=bool)
    if not len(wanted):
        return found
    leading = np.zeros(1 << LEADING, dtype=bool)
    shift = np.uint64(64 - LEADING)
    leading[wanted >> shift] = True
    likely = np.flatnonzero(leading[values >> shift])
    place = np.minimum(np.searchsorted(wanted, values[likely]), len(wanted) - 1)
    found[likely] = wanted[place] == values[likely]
    return found


def distinct_behind(contact: Coded, other: Coded) -> Ints:
    """How many distinct values of another column stand behind each value of a contact column."""
    both = contact.known & other.known
    pairs = once(contact.codes[both].astype(np.int64) * max(len(other.values), 1) + other.codes[both])
    return np.bincount(pairs // max(len(other.values), 1), minlength=len(contact.values)).astype(np.int64)
