"""What is decided before anything is weighed: by people, and by rules that need no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from dangol.core.errors import DataError, told
from dangol.identity.matching.compare import Comparer
from dangol.identity.matching.evidence import BIRTH
from dangol.identity.matching.marks import CONTACTS, Flags
from dangol.identity.matching.people import Codes, Ints

LINK_COLUMNS = ("left_system", "left_ref", "right_system", "right_ref", "same")
# Birth dates that contradict a rule.
CONTRADICTING = tuple(BIRTH.number(name) for name in ("year", "decade", "different", "other_born"))


Said = tuple[Ints, Ints, Flags]


@dataclass(frozen=True)
class Decided:
    """Pairs of records that belong together, and pairs that never do.

    Attributes:
        must_left, must_right: pairs of one customer.
        cannot_left, cannot_right: pairs of two customers; stronger.
        verified: for each record its verified birth date as a code, -1 where none is.
    """

    must_left: Ints
    must_right: Ints
    cannot_left: Ints
    cannot_right: Ints
    verified: Codes

    def among(self, members: Ints, which: Literal["must", "cannot"]) -> Flags:
        """The decided pairs within components: components × members × members."""
        left, right = (self.must_left, self.must_right) if which == "must" else (self.cannot_left, self.cannot_right)
        many, size = members.shape
        found = self.other_births(members) if which == "cannot" else np.zeros((many, size, size), dtype=bool)
        if not len(left):
            return found
        flat = np.argsort(members.ravel(), kind="stable")
        ordered = members.ravel()[flat]
        place = np.minimum(np.searchsorted(ordered, np.column_stack([left, right])), len(ordered) - 1)
        inside = (ordered[place] == np.column_stack([left, right])).all(axis=1)
        cell = flat[place[inside]]
        same = cell[:, 0] // size == cell[:, 1] // size
        component, one, two = cell[same, 0] // size, cell[same, 0] % size, cell[same, 1] % size
        found[component, one, two] = True
        found[component, two, one] = True
        return found

    def within(self, here: Flags) -> Decided:
        """The decisions about some records only."""
        must, cannot = here[self.must_left] & here[self.must_right], here[self.cannot_left] & here[self.cannot_right]
        return Decided(
            self.must_left[must], self.must_right[must], self.cannot_left[cannot], self.cannot_right[cannot], self.verified
        )

    def also(self, left: Ints, right: Ints) -> Decided:
        """The same with further pairs of one customer."""
        must_left, must_right = np.append(self.must_left, left), np.append(self.must_right, right)
        return Decided(must_left, must_right, self.cannot_left, self.cannot_right, self.verified)

    def other_births(self, members: Ints) -> Flags:
        """Members with two different verified birth dates."""
        dates = self.verified[members]
        known = dates >= 0
        found: Flags = (dates[:, :, None] != dates[:, None, :]) & known[:, :, None] & known[:, None, :]
        return found


def decided(comparer: Comparer, number: Ints, verified: Codes, said: Said, here: Flags | None = None) -> Decided:
    """Decisions of people and of rules for one company's records.

    Args:
        comparer: of the records.
        number: for each record its system's number as a code; records with the same one are one customer.
        verified: for each record its verified birth date as a code, -1 where none is; two different ones are two customers.
        said: pairs that people have judged, and whether they are the same customer.
        here: the records that count; None for all.
    """
    left, right, same = said
    must = [chain(number), *(contact_chain(comparer, name, here) for name in CONTACTS), (left[same], right[same])]
    return Decided(
        np.concatenate([one for one, _ in must]),
        np.concatenate([two for _, two in must]),
        left[~same],
        right[~same],
        verified,
    )


def chain(codes: Codes | Ints) -> tuple[Ints, Ints]:
    """Each record with the next one that has the same code; -1 links nobody."""
    member = np.flatnonzero(codes >= 0)
    order = member[np.argsort(codes[member], kind="stable")]
    same = codes[order[1:]] == codes[order[:-1]]
    return order[:-1][same], order[1:][same]


def contact_chain(comparer: Comparer, name: str, here: Flags | None) -> tuple[Ints, Ints]:
    """Records with the same contact, not a shared one, and the same name, unless their birth dates contradict each other.

    Behind a contact with one name only, records without a name belong to it too.
    """
    contact, names = comparer.people.columns[name], comparer.people.form("name_roman")
    alone = np.append(comparer.marks.alone[name], False)[contact.codes]
    personal = contact.known & (names.known | alone) & ~np.append(comparer.marks.shared[name], True)[contact.codes]
    if here is not None:
        personal &= here
    name_code = np.where(alone, 0, names.codes)
    code = np.where(personal, contact.codes.astype(np.int64) * max(len(names.values), 1) + name_code, -1)
    left, right = chain(code)
    agree = ~np.isin(comparer.birth(left, right), CONTRADICTING)
    return left[agree], right[agree]


def judged(links: pa.Table | None, records: pa.Table) -> Said:
    """What people have said, as places of records; pairs of which one side is not there say nothing.

    Args:
        links: left_system, left_ref, right_system, right_ref and same (whether they are one customer); None for nothing.
        records: with system and customer_ref.

    Raises:
        DataError: the links lack a column, or call a customer different from itself.
    """
    none = np.empty(0, dtype=np.int64)
    if links is None or not links.num_rows:
        return none, none, np.empty(0, dtype=bool)
    check_columns(links)
    rows, first = links.select(LINK_COLUMNS).to_pylist(), first_places(records)
    ends = [
        (first.get((row["left_system"], row["left_ref"]), -1), first.get((row["right_system"], row["right_ref"]), -1))
        for row in rows
    ]
    pairs = np.array(ends, dtype=np.int64).reshape(-1, 2)
    same = np.array([bool(row["same"]) for row in rows])
    there = (pairs >= 0).all(axis=1)
    if (there & ~same & (pairs[:, 0] == pairs[:, 1])).any():
        raise DataError(told("a link calls a customer different from itself"))
    return pairs[there, 0], pairs[there, 1], same[there]


def check_columns(links: pa.Table) -> None:
    """Make sure that what people said names both customers and whether they are one.

    Raises:
        DataError: a column is not there.
    """
    lacking = [name for name in LINK_COLUMNS if name not in links.column_names]
    if lacking:
        raise DataError(told("links lack the column {name}", name=repr(lacking[0])))


def first_places(records: pa.Table) -> dict[tuple[str, str], int]:
    """Where each customer of each system stands first."""
    first: dict[tuple[str, str], int] = {}
    for place, key in enumerate(zip(records["system"].to_pylist(), records["customer_ref"].to_pylist(), strict=True)):
        first.setdefault(key, place)
    return first
