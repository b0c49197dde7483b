"""From one inspected file to its proposal: a known system first, then the table and the columns that fit best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dangol.core.declare.source import Preset, Shape
from dangol.core.tables import TABLES
from dangol.intake.automap.assignment import Fit, best_fits, fit_table, speaks_of
from dangol.intake.automap.evidence import KEYS
from dangol.intake.automap.inspect import Inspected
from dangol.intake.automap.proposal import Proposal, Reading
from dangol.intake.automap.readings import nothing, readings_of, with_kept
from dangol.intake.automap.stand_in import standing
from dangol.intake.mapping import columns_of, first_there, fitting_shapes, look_up

MOST_LOOKED_AT = 8
MOST_NAMED = 3
FEWEST_EXPLAINED = 2


def propose_file(file: Inspected, presets: Sequence[Preset], table: str = "", given: Mapping[str, str] | None = None) -> Proposal:
    """What one file is.

    Args:
        file: looked into.
        presets: known systems; the one whose shape has most headers in common wins.
        table: the canonical table, where somebody said it.
        given: our column → header, where somebody said it; such a file is no known system's.
    """
    known = None if given else best_shape(file, presets, table)
    if known is not None:
        return of_shape(file, *known)
    if table:
        return of_fit(file, fit_table(TABLES[table], file.looks, file.stem, given), given)
    return of_best_fit(file, given)


def of_best_fit(file: Inspected, given: Mapping[str, str] | None) -> Proposal:
    """The table that explains most of a file: the first that can be loaded, else the first that an answer would complete."""
    fits = [fit for fit in best_fits(file.looks, file.stem, given) if fit.pairs]
    told = list(filter(is_told, (of_fit(file, fit, given) for fit in fits[:MOST_LOOKED_AT])))
    return first_whole(told) or first_answerable(told) or unclear(file, fits)


def first_whole(proposals: Sequence[Proposal]) -> Proposal | None:
    """The first that can be loaded as it is."""
    return next((each for each in proposals if not each.missing), None)


def first_answerable(proposals: Sequence[Proposal]) -> Proposal | None:
    """The first that an answer would complete."""
    return next((each for each in proposals if not unanswered(each)), None)


def unclear(file: Inspected, fits: Sequence[Fit]) -> Proposal:
    """A file of which nobody can tell what it is, with the tables that come closest."""
    closest = tuple(fit.table.name for fit in fits[:MOST_NAMED])
    return Proposal((file,), None, tuple(map(nothing, file.headers)), candidates=closest)


def of_fit(file: Inspected, fit: Fit, given: Mapping[str, str] | None) -> Proposal:
    """A file as one table."""
    return standing(Proposal((file,), fit.table, readings_of(file, fit), repeats=repeats(file, fit), said=given or {}))


def repeats(file: Inspected, fit: Fit) -> bool:
    """Whether order numbers repeat: a row is a line of an order."""
    numbers = [header for header, (column, _) in fit.pairs.items() if column.name == "order_id"]
    return any(file.looks[header].distinct < 1.0 for header in numbers)


def is_told(proposal: Proposal) -> bool:
    """Whether enough headers speak for a table: two, or one and the file's own name; not numbers alone that may be anything's."""
    told = [each for each in proposal.readings if each.status not in ("kept", "ignored")]
    named = proposal.table is not None and speaks_of(proposal.files[0].stem, proposal.table)
    return len(told) + named >= FEWEST_EXPLAINED and (named or speak(told))


def speak(readings: Sequence[Reading]) -> bool:
    """Whether readings are more than numbers that may be anything's."""
    return any(each.column not in KEYS for each in readings) or all(each.why.startswith("known") for each in readings)


def unanswered(proposal: Proposal) -> set[str]:
    """Required columns that not even a doubtful header could fill."""
    return set(proposal.missing) - {each.column for each in proposal.asked}


def best_shape(file: Inspected, presets: Sequence[Preset], table: str) -> tuple[Preset, Shape] | None:
    """The known system and kind of file whose headers the file has, the one with most of them."""
    pairs = [(preset, shape) for preset in presets for shape in fitting_shapes(preset, file.headers)]
    wanted = [(preset, shape) for preset, shape in pairs if table in ("", shape.table)]
    return max(wanted, key=lambda pair: len(pair[1].headers), default=None)


def of_shape(file: Inspected, preset: Preset, shape: Shape) -> Proposal:
    """A file of a known system."""
    table = TABLES[shape.table]
    given = {**first_there(shape.optional, file.headers, columns_of(table)), **shape.columns}
    filled = {header: column for column, wanted in reversed(given.items()) for header in look_up(wanted, file.headers)[0]}
    readings = [
        Reading(header, filled[header], 1.0, "preset", "mapped") if header in filled else nothing(header)
        for header in file.headers
    ]
    return Proposal((file,), table, with_kept(file, table, readings), preset=preset.name, shape=shape, system=preset.name)
