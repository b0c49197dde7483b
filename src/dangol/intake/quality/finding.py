"""What a monitor found: what, where, since when, how many rows, how much money, and what to do about it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["high", "medium", "low"]
Dimension = Literal["completeness", "validity", "uniqueness", "consistency", "timeliness"]
RANK: Mapping[str, int] = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the data, as a marketer needs to know it.

    Attributes:
        kind: one of `wording.WORDS`.
        dimension: the part of the score that it lowers.
        source, table, column: where; empty where it is about more than one.
        since, until: first and last day, ISO; None where it is about all time.
        rows: how many are concerned.
        money: amount concerned, in the company's currency; None where it cannot be told.
        values: further numbers and words of the sentence; never personal data.
    """

    kind: str
    dimension: Dimension
    severity: Severity
    source: str = ""
    table: str = ""
    column: str = ""
    since: str | None = None
    until: str | None = None
    rows: int = 0
    money: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A short name that stays while the finding does."""
        told = json.dumps([self.kind, self.source, self.table, self.column, self.since, self.values.get("what")], default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:10]

    @property
    def rank(self) -> tuple[int, float, int]:
        """The more severe and the dearer, the earlier."""
        return RANK[self.severity], -(self.money or 0.0), -self.rows

    def as_json(self) -> dict[str, Any]:
        """As a document keeps it."""
        return {**asdict(self), "values": dict(self.values)}
