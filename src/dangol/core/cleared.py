"""Consent as a type: who may be contacted, in a form that only the consent room can make.

Destinations take nothing but `Cleared`. It cannot be constructed, copied, unpickled, subclassed or changed: what it holds
lies in a registry here, and the one function that adds to the registry is handed out once, to `dangol.consent`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Never
from weakref import WeakKeyDictionary

import pyarrow as pa
import pyarrow.compute as pc

from dangol.core.errors import ConsentError, told

SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("channel", pa.string()),
        ("consent_recorded_at", pa.timestamp("us")),
        ("night", pa.bool_()),
    ]
)
HOW = told("only dangol.consent.clear() makes one")


@dataclass(frozen=True)
class _Content:
    rows: pa.Table
    purpose: str
    as_of: datetime


class Cleared:
    """Customers who may be contacted for one purpose at one moment, each through one channel.

    Every row carries the moment of the consent record that allows it.
    """

    __slots__ = ("__weakref__",)

    def __init__(self) -> None:
        raise ConsentError(told("customers cannot be declared as cleared"), hint=HOW)

    def __init_subclass__(cls) -> None:
        raise ConsentError(told("{name:quoted} cannot stand for cleared customers", name=cls.__name__), hint=HOW)

    def __reduce_ex__(self, protocol: object) -> Never:
        raise ConsentError(told("cleared customers cannot be copied or stored; consent may change"), hint=HOW)

    @property
    def rows(self) -> pa.Table:
        """One row a customer: customer_id, channel, consent_recorded_at (UTC), night (whether 21:00 to 08:00 is allowed too)."""
        return _content(self).rows

    @property
    def purpose(self) -> str:
        """What they may be contacted for, such as advertising."""
        return _content(self).purpose

    @property
    def as_of(self) -> datetime:
        """The moment the consent was looked up for, UTC."""
        return _content(self).as_of

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def only(self, customer_ids: pa.Array | pa.ChunkedArray) -> Cleared:
        """Those of the cleared customers who are named too; nobody can be added.

        Args:
            customer_ids: whole numbers; unknown ones are ignored.
        """
        content = _content(self)
        wanted = pc.is_in(content.rows["customer_id"], value_set=pc.cast(customer_ids, pa.int64()))
        return _issue(content.rows.filter(wanted), content.purpose, content.as_of)


@dataclass(frozen=True)
class Clearance:
    """What consent said about a list of candidates: every one of them is on one of the two sides.

    Attributes:
        cleared: may be contacted.
        refused: customer_id and reason: no_consent, withdrawn, expired, reconfirm_due or suppressed.
    """

    cleared: Cleared
    refused: pa.Table

    def counts(self) -> dict[str, int]:
        """How many were refused for which reason."""
        counted = self.refused["reason"].value_counts().to_pylist()
        return {str(each["values"]): int(each["counts"]) for each in counted}


_ISSUED: WeakKeyDictionary[Cleared, _Content] = WeakKeyDictionary()
_CLAIMED: list[bool] = []

Mint = Callable[[pa.Table, str, datetime], Cleared]


def claim_mint() -> Mint:
    """The function that makes `Cleared`; given out once, at the import of the consent room.

    Raises:
        ConsentError: it was given out already.
    """
    if _CLAIMED:
        raise ConsentError(told("the right to clear customers is already taken"), hint=HOW)
    _CLAIMED.append(True)
    return _issue


def require_cleared(given: object) -> Cleared:
    """Whoever is handed over, as cleared customers; the first line of every destination.

    Raises:
        ConsentError: it is anything else, or was not made by the consent room.
    """
    if type(given) is not Cleared or given not in _ISSUED:
        raise ConsentError(told("expected cleared customers, not {name:quoted}", name=type(given).__name__), hint=HOW)
    return given


def _content(cleared: Cleared) -> _Content:
    found = _ISSUED.get(cleared)
    if found is None:
        raise ConsentError(told("these customers were never cleared"), hint=HOW)
    return found


def _issue(rows: pa.Table, purpose: str, as_of: datetime) -> Cleared:
    cleared = object.__new__(Cleared)
    _ISSUED[cleared] = _Content(rows.select(SCHEMA.names).cast(SCHEMA), purpose, as_of)
    return cleared
