"""What is proposed for files: one source each, with every header's meaning, how sure it is, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from dangol.core.declare.source import Headers, Shape
from dangol.core.tables import Table
from dangol.intake.automap.evidence import Why
from dangol.intake.automap.inspect import Inspected

Status = Literal["mapped", "guessed", "asked", "kept", "ignored"]
SURE, LIKELY = 0.9, 0.75


@dataclass(frozen=True)
class Reading:
    """One header and what is made of it.

    Attributes:
        header: as the file writes it.
        column: the column of ours it fills or may fill; empty for none.
        confidence: 0 to 1.
        why: code of the reason, as `WHY` words it.
        status: mapped; guessed (used, but worth a look); asked (not used until somebody says so); kept as an
            attribute; ignored.
    """

    header: str
    column: str
    confidence: float
    why: Why
    status: Status

    @property
    def is_used(self) -> bool:
        """Whether the header fills its column."""
        return self.status in ("mapped", "guessed")


@dataclass(frozen=True)
class Relation:
    """How much of one file's key another file knows.

    Attributes:
        source, target: names of the two sources; the target is where the key is at home.
        column: the shared key.
        share: of the source's different values those the target has.
        met: shared values as a share of the side that has fewer.
    """

    source: str
    header: str
    target: str
    column: str
    share: float
    met: float

    @property
    def is_poor(self) -> bool:
        """Whether most values find nothing: a key that hardly joins."""
        return self.met < POOR


POOR = 0.5


@dataclass(frozen=True)
class Proposal:
    """One source to be added.

    Attributes:
        files: of the same kind, to be read by one source.
        table: what its rows become; None where it is unclear.
        readings: every header, in the file's order.
        preset: a known system's name.
        shape: the known system's kind of file.
        standing_in: our column → header that fills another column too, for want of a better one.
        system: whose customer and order numbers these are.
        name: short name of the source.
        repeats: order numbers repeat: a row is a line, not an order.
        candidates: tables it may be, when none is clear.
        said: our column → header, as somebody said it.
    """

    files: tuple[Inspected, ...]
    table: Table | None
    readings: tuple[Reading, ...] = ()
    preset: str = ""
    shape: Shape | None = None
    standing_in: Mapping[str, str] = field(default_factory=dict)
    system: str = "main"
    name: str = ""
    repeats: bool = False
    candidates: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the files are."""
        return tuple(each.path for each in self.files)

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(each.rows for each in self.files)

    @property
    def columns(self) -> dict[str, Headers]:
        """Our column → its header, as it is written into the settings; what is only asked about is left out."""
        found: dict[str, tuple[str, ...]] = {}
        for each in filter(lambda reading: reading.is_used, self.readings):
            found[each.column] = (*found.get(each.column, ()), each.header)
        named = {name: headers[0] if len(headers) == 1 else headers for name, headers in found.items()}
        return {**self.standing_in, **named}

    @property
    def asked(self) -> tuple[Reading, ...]:
        """Headers that somebody must say."""
        return tuple(each for each in self.readings if each.status == "asked")

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing fills: such a source cannot be loaded."""
        return tuple(name for name in self.table.required if name not in self.columns) if self.table and not self.preset else ()

    def settled(self, header: str, *, yes: bool) -> Proposal:
        """The proposal with one doubtful header taken or left out."""
        status: Status = "mapped" if yes else "ignored"
        readings = (
            replace(each, status=status) if each.header == header and each.status == "asked" else each for each in self.readings
        )
        return replace(self, readings=tuple(readings))


def sources_of(proposals: Sequence[Proposal], table: str) -> list[Proposal]:
    """Proposals whose rows become a table."""
    return [each for each in proposals if each.table is not None and each.table.name == table]
