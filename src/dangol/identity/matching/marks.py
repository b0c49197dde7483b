"""What is special about values: how common they are, and which contacts belong to nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from dangol.identity.matching.people import MISSING, Coded, Ints, People, distinct_behind

# A contact with this many distinct names behind it belongs to nobody: a shop's own number, a mailbox of an office.
CROWD = 5
# Bands of how common a value is: the first holds values of one record in 64 and more, each further one those half as common.
BANDS = 12
COMMONEST = 6
RATED = ("name_key", "name_roman", "given_key", "family_key", "postcode_key", "address_area")
CONTACTS = ("phone_key", "email_key")
Bands = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Marks:
    """Marks of the values of one set of records.

    Attributes:
        band: of each value of the rated columns, 0 for the commonest.
        behind: how many names stand behind each value of the contact columns.
    """

    band: dict[str, Bands]
    behind: dict[str, Ints]

    @cached_property
    def shared(self) -> dict[str, Flags]:
        """Whether each value of the contact columns belongs to nobody in particular."""
        return {name: count >= CROWD for name, count in self.behind.items()}

    @cached_property
    def alone(self) -> dict[str, Flags]:
        """Whether at most one name stands behind each value of the contact columns."""
        return {name: count <= 1 for name, count in self.behind.items()}


def column(people: People, name: str) -> Coded:
    """A standardised column or a form of the name as numbers."""
    return people.columns[name] if name in people.columns else people.form(name)


def bands(counts: Ints, records: int) -> Bands:
    """The band of values that so many records hold."""
    share = np.maximum(counts, 1) / max(records, 1)
    found: Bands = np.clip(np.floor(-np.log2(share)) - COMMONEST + 1, 0, BANDS - 1).astype(np.int16)
    return found


def marks(people: People) -> Marks:
    """Marks as the records themselves show them."""
    rated = {name: column(people, name) for name in RATED}
    return Marks({name: bands(each.counts, int(each.known.sum())) for name, each in rated.items()}, names_behind(people))


def names_behind(people: People, here: Flags | None = None) -> dict[str, Ints]:
    """How many names stand behind each value of the contact columns, as far as some of the records show."""
    names = people.form("name_roman")
    return {name: distinct_behind(within(people.columns[name], here), names) for name in CONTACTS}


def within(values: Coded, here: Flags | None) -> Coded:
    """A column with the values of some records only; missing elsewhere."""
    return values if here is None else Coded(np.where(here, values.codes, MISSING).astype(np.int32), values.values)
