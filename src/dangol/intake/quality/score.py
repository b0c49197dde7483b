"""Scores: 0 to 100 for each source in five dimensions, each with its formula and what lowers it.

- completeness: the weighted mean of filled shares over the fields it brings; keys, customers, moments and amounts weigh thrice;
- validity: share of delivered rows that were not quarantined × share of filled values that are valid × what monitors leave;
- uniqueness: share of rows that repeat no other one, by the check that finds most;
- consistency: the product of the shares that pass each check of what belongs together;
- timeliness: 100 while on time, halved with each rhythm that it is overdue; not scored where nothing tells when it is due.

The whole is the geometric mean of those that are known: one bad dimension spoils it, as it spoils the use of the source. A
dimension under 1 counts as 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import exp, log
from typing import Any

from dangol.core.tables import TABLES
from dangol.intake.manifest import Delivery
from dangol.intake.quality.check import NORMS, Check
from dangol.intake.quality.finding import Finding
from dangol.intake.quality.late import Rhythm
from dangol.intake.quality.pulse import ROWS, Pulse

DIMENSIONS = ("completeness", "validity", "uniqueness", "consistency", "timeliness")
WEIGHTY = frozenset({"customer_ref", "net_amount", "refund_amount", "amount"})
WEIGHT = 3.0
FULL_HOURS = 8
MOST_LOSSES = 20
# Findings of monitors that say of rows that they are wrong.
WRONG_ROWS = frozenset({"clock_shift", "price_jump", "odd_clock"})


@dataclass(frozen=True)
class Loss:
    """Something that lowers a dimension.

    Attributes:
        kind: `empty`, `quarantined`, `invalid`, `late`, or the kind of a check or finding.
        share: of what was looked at, that is bad.
        points: that it costs the dimension.
    """

    dimension: str
    kind: str
    table: str
    column: str
    share: float
    points: float


@dataclass(frozen=True)
class Score:
    """How good one source is.

    Attributes:
        dimensions: 0 to 100 by name; None where it cannot be told.
        losses: what lowers them, the dearest first.
    """

    source: str
    dimensions: Mapping[str, float | None]
    losses: tuple[Loss, ...] = field(default_factory=tuple)

    @property
    def total(self) -> float:
        """The geometric mean of the known dimensions."""
        known = [max(each, 1.0) for each in self.dimensions.values() if each is not None]
        return exp(sum(map(log, known)) / len(known)) if known else 0.0

    def timed(self, rhythm: Rhythm | None) -> Score:
        """The same with its timeliness, which only the present moment tells."""
        value = rhythm.score if rhythm is not None else None
        late = (Loss("timeliness", "late", "", "", 1 - value / 100, 100 - value),) if value is not None and value < 100 else ()
        return Score(self.source, {**self.dimensions, "timeliness": value}, (*late, *self.losses))

    def as_json(self) -> dict[str, Any]:
        """As a document keeps it."""
        return {"source": self.source, "dimensions": dict(self.dimensions), "losses": [vars(each) for each in self.losses]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Score:
        """Back from `as_json`."""
        return cls(document["source"], document["dimensions"], tuple(Loss(**each) for each in document["losses"]))


def scores(
    pulses: Mapping[str, Pulse], loaded: Sequence[Delivery], checked: Sequence[Check], findings: Sequence[Finding]
) -> list[Score]:
    """The score of every source that brought rows, timeliness left open."""
    names = sorted({source for pulse in pulses.values() for source in pulse.sources})
    return [score(each, Own.of(each, pulses), loaded, checked, findings) for each in names]


@dataclass(frozen=True)
class Own:
    """What one source brings: (table, column) → rows, filled and valid values; and rows by table."""

    fields: Mapping[tuple[str, str], tuple[int, int, int]]
    rows: Mapping[str, int]

    @classmethod
    def of(cls, source: str, pulses: Mapping[str, Pulse]) -> Own:
        """Summed from the pulses; fields it never fills are other sources' fields."""
        fields: dict[tuple[str, str], tuple[int, int, int]] = {}
        rows: dict[str, int] = {}
        for table, pulse in pulses.items():
            if source not in pulse.sources:
                continue
            own = pulse.counts.filter([each == source for each in pulse.counts["source"].to_pylist()])
            rows[table] = sum(own[ROWS].to_pylist())
            for column in pulse.columns:
                filled = sum(own[f"filled {column}"].to_pylist())
                if filled:
                    fields[table, column] = (rows[table], filled, sum(own[f"valid {column}"].to_pylist()))
        return cls(fields, rows)


def score(source: str, own: Own, loaded: Sequence[Delivery], checked: Sequence[Check], findings: Sequence[Finding]) -> Score:
    """One source's score."""
    mine = [each for each in checked if each.source == source]
    completeness, empty = filled_score(own)
    lost = {
        "validity": [*refused(source, loaded), *invalid(own), *wrong(source, own, findings)],
        "uniqueness": sorted(parts_of(mine, "uniqueness", own), key=share_of)[-1:],
        "consistency": parts_of(mine, "consistency", own),
    }
    known = {**points_of(lost, mine), "completeness": completeness, "timeliness": None}
    ranked = sorted([*empty, *losses_of(lost)], key=lambda each: -each.points)
    return Score(source, {name: known[name] for name in DIMENSIONS}, tuple(ranked[:MOST_LOSSES]))


# Kind, table, column and the bad share of something that lowers a dimension.
Part = tuple[str, str, str, float]


def points_of(lost: Mapping[str, Sequence[Part]], checked: Sequence[Check]) -> dict[str, float | None]:
    """Points of each dimension; none for consistency where nothing of it could be checked."""
    known: dict[str, float | None] = {name: left_of(parts) for name, parts in lost.items()}
    if not any(NORMS[each.kind].dimension == "consistency" for each in checked):
        known["consistency"] = None
    return known


def losses_of(lost: Mapping[str, Sequence[Part]]) -> list[Loss]:
    """What lowers each dimension, in points."""
    return [Loss(name, *part, 100 * part[-1]) for name, parts in lost.items() for part in parts]


def left_of(parts: Sequence[Part]) -> float:
    """Points that are left: each part takes its share of what the others leave."""
    return 100.0 * reduce(lambda left, part: left * (1 - part[-1]), parts, 1.0)


def share_of(part: Part) -> float:
    """The bad share."""
    return part[-1]


def parts_of(checked: Sequence[Check], dimension: str, own: Own) -> list[Part]:
    """What the checks of a dimension cost."""
    return [checked_loss(each, own) for each in checked if each.bad and NORMS[each.kind].dimension == dimension]


def filled_score(own: Own) -> tuple[float | None, list[Loss]]:
    """The weighted mean of filled shares, and what each field costs."""
    weights = {each: WEIGHT if weighty(*each) else 1.0 for each in own.fields}
    whole = sum(weights.values())
    if not whole:
        return None, []
    losses = []
    for (table, column), (rows, filled, _) in own.fields.items():
        empty = 1 - filled / rows
        if empty > 0:
            points = 100 * empty * weights[table, column] / whole
            losses.append(Loss("completeness", "empty", table, column, empty, points))
    return 100 - sum(each.points for each in losses), losses


def weighty(table: str, column: str) -> bool:
    """Whether a field weighs three times: without it rows are of no use."""
    return column in WEIGHTY or column in TABLES[table].key or column == TABLES[table].moment


def refused(source: str, loaded: Sequence[Delivery]) -> list[Part]:
    """The share of its delivered rows that were quarantined."""
    mine = [each for each in loaded if each.source == source]
    share = share_quarantined(mine)
    return [("quarantined", mine[0].table, "", share)] if share else []


def share_quarantined(loaded: Sequence[Delivery]) -> float:
    """Quarantined rows of those that came with some deliveries; 0 where none came."""
    came = sum(each.rows_in for each in loaded)
    return sum(each.rows_quarantined for each in loaded) / came if came else 0.0


def invalid(own: Own) -> list[Part]:
    """The share of its filled values that are not valid, by field."""
    every = sum(filled for _, filled, _ in own.fields.values())
    return [
        ("invalid", table, column, (filled - valid) / every)
        for (table, column), (_, filled, valid) in own.fields.items()
        if filled > valid
    ]


def wrong(source: str, own: Own, findings: Sequence[Finding]) -> list[Part]:
    """The share of its rows that monitors call wrong."""
    return [
        (each.kind, each.table, each.column, min(1.0, each.rows / max(own.rows.get(each.table, 0), 1)) * gravity(each))
        for each in findings
        if each.source == source and each.kind in WRONG_ROWS
    ]


def gravity(finding: Finding) -> float:
    """How wrong the rows of a finding are: an hour of summer time is little, a price times a thousand is all."""
    return min(1.0, finding.values["hours"] / FULL_HOURS) if finding.kind == "clock_shift" else 1.0


def checked_loss(check: Check, own: Own) -> Part:
    """What a check costs: of the rows it looked at; of all rows of the table where it looked at one delivery."""
    looked_at = max(check.rows, own.rows.get(check.table, 0)) if check.kind == "delivered_twice" else check.rows
    return check.kind, check.table, check.column, check.bad / looked_at * NORMS[check.kind].weight
