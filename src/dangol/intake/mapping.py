"""Which header is which of our columns: by settings, by our own name, then by Korean and English synonyms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dangol.core.declare.source import Preset, Shape
from dangol.core.tables import LIFTED, TABLES, Column, Table
from dangol.intake.header import find_header, is_other_person, nearest, plain, words
from dangol.intake.settings import Constant, SourceSettings


@dataclass(frozen=True)
class Mapped:
    """A file's headers as columns of a canonical table.

    Attributes:
        table: the table its rows become.
        columns: our column → their headers (several are added up).
        constants: our column → one value for all rows.
        lifted: table → its columns that the rows also carry.
        unmapped: headers nothing was made of; they stay in the raw delivery.
    """

    table: Table
    columns: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Constant] = field(default_factory=dict)
    lifted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()

    def declared(self, name: str) -> Column:
        """The declaration of one of the mapped columns."""
        return columns_of(self.table)[name]

    @property
    def names(self) -> tuple[str, ...]:
        """All our columns that this file fills, in the order of the tables."""
        return tuple(name for name in columns_of(self.table) if name in self.columns or name in self.constants)

    @property
    def own(self) -> tuple[str, ...]:
        """Those of the table itself."""
        return tuple(name for name in self.names if name in self.table.by_name)


def columns_of(table: Table) -> dict[str, Column]:
    """Columns a file of this table may carry: its own, and those lifted into other tables."""
    found = dict(table.by_name)
    for other in LIFTED.get(table.name, {}):
        found |= {name: column for name, column in TABLES[other].by_name.items() if name not in found and not column.derived}
    return found


def map_headers(headers: Sequence[str], table: Table, settings: SourceSettings, shape: Shape | None) -> tuple[Mapped, list[str]]:
    """The mapping of a file and everything that is wrong with it.

    Args:
        headers: as read from the file.
        table: what the rows become.
        settings: their `columns` and `constants` win.
        shape: what a preset knows about such files.
    """
    known = columns_of(table)
    given: dict[str, str | tuple[str, ...]] = {**(shape.columns if shape else {}), **settings.columns}
    constants = {**(shape.constants if shape else {}), **settings.constants}
    problems = [
        f"{table.name} has no column {name!r}, {nearest(name, list(known))}" for name in (*given, *constants) if name not in known
    ]
    fixed: dict[str, tuple[str, ...]] = {}
    for name, wanted in given.items():
        fixed[name], missing = look_up(wanted, headers)
        problems += [f"columns.{name}: the file has no header {each!r}, {nearest(each, headers)}" for each in missing]
    columns, doubts = match(headers, known, table, fixed | dict.fromkeys(constants, ()))
    columns = {name: found for name, found in columns.items() if found and name not in constants}
    lacking = [name for name in table.required if name not in columns and name not in constants]
    problems += doubts
    problems += [lacks(table.by_name[name], headers) for name in lacking]
    lifted = {
        other: tuple(name for name in (*columns, *constants) if name in TABLES[other].by_name and name not in table.by_name)
        for other in LIFTED.get(table.name, {})
    }
    used = {header for found in columns.values() for header in found}
    return Mapped(table, columns, constants, lifted, tuple(each for each in headers if each not in used)), problems


def look_up(wanted: str | tuple[str, ...], headers: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The file's headers a setting names, and those the file does not have."""
    names = (wanted,) if isinstance(wanted, str) else wanted
    found = {name: find_header(name, headers) for name in names}
    return tuple(header for header in found.values() if header), [name for name, header in found.items() if header is None]


def lacks(column: Column, headers: Sequence[str]) -> str:
    """A required column no header was found for."""
    return (
        f"no header means {column.name} ({column.ko}); headers: {', '.join(headers[:30])}; "
        f'write columns: {{{column.name}: "their header"}}'
    )


def match(
    headers: Sequence[str], known: Mapping[str, Column], table: Table, fixed: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Columns by name: our own names first, then synonyms, the table's own columns before lifted ones."""
    columns = dict(fixed)
    free = [header for header in headers if header not in {each for found in fixed.values() for each in found}]
    for header in list(free):
        name = next((each for each in known if plain(each) == plain(header)), None)
        if name and name not in columns and not is_other_person(header, known[name]):
            columns[name] = (header,)
            free.remove(header)
    problems: list[str] = []
    own = [column for name, column in known.items() if name in table.by_name]
    for group in (own, [column for name, column in known.items() if name not in table.by_name]):
        open_columns = [column for column in group if column.name not in columns]
        found, doubts = match_words(free, open_columns)
        columns |= {name: (header,) for name, header in found.items()}
        free = [header for header in free if header not in found.values()]
        problems += doubts
    return columns, problems


def match_words(headers: Iterable[str], columns: Sequence[Column]) -> tuple[dict[str, str], list[str]]:
    """Columns whose synonyms exactly one header is, and a line for each doubt."""
    means = {
        header: [column.name for column in columns if plain(header) in words(column) and not is_other_person(header, column)]
        for header in headers
    }
    wanted = {column.name: [header for header, names in means.items() if column.name in names] for column in columns}
    doubts = [
        f"header {header!r} may be {' or '.join(names)}; say which: columns: {{{names[0]}: {header!r}}}"
        for header, names in means.items()
        if len(names) > 1
    ]
    doubts += [
        f"{' and '.join(map(repr, found))} may both be {name}; say which: columns: {{{name}: {found[0]!r}}}"
        for name, found in wanted.items()
        if len(found) > 1
    ]
    sure = {name: found[0] for name, found in wanted.items() if len(found) == 1 and len(means[found[0]]) == 1}
    return sure, doubts


def choose_table(
    headers: Sequence[str], settings: SourceSettings, preset: Preset | None
) -> tuple[Table | None, Shape | None, str]:
    """The table a file's rows become, with the preset's shape for it; or a line that says why none was chosen."""
    shapes = [each for each in preset.shapes if fits(each, headers)] if preset else []
    if settings.table:
        if settings.table not in TABLES:
            return None, None, f"there is no table {settings.table!r}, {nearest(settings.table, list(TABLES))}"
        return TABLES[settings.table], next((each for each in shapes if each.table == settings.table), None), ""
    if shapes:
        best = max(shapes, key=lambda each: len(each.headers))
        return TABLES[best.table], best, ""
    if preset and preset.shapes:
        known = ", ".join(each.table for each in preset.shapes)
        return (
            None,
            None,
            f"none of the files that preset {preset.name!r} knows ({known}) has these headers: {', '.join(headers[:20])}",
        )
    return guess(headers, settings)


def fits(shape: Shape, headers: Sequence[str]) -> bool:
    """Whether a file has every header of a shape."""
    return {plain(each) for each in shape.headers} <= {plain(each) for each in headers}


def guess(headers: Sequence[str], settings: SourceSettings) -> tuple[Table | None, Shape | None, str]:
    """The only table whose required columns the headers have; of tables of which one explains more, that one."""
    explained = {}
    for table in TABLES.values():
        fixed = {name: look_up(wanted, headers)[0] for name, wanted in settings.columns.items()}
        columns, _ = match(headers, columns_of(table), table, fixed | dict.fromkeys(settings.constants, ()))
        if table.required and set(table.required) <= set(columns):
            explained[table.name] = {header for found in columns.values() for header in found}
    less = {name for name in explained if any(is_less(name, other, explained) for other in explained)}
    left = [name for name in explained if name not in less]
    if len(left) == 1:
        return TABLES[left[0]], None, ""
    listed = ", ".join(f"{name} ({len(explained[name])} headers)" for name in left) or "none"
    return None, None, f"the table is not clear from the headers; fitting: {listed}; write table: {left[0] if left else 'orders'}"


def is_less(name: str, other: str, explained: Mapping[str, set[str]]) -> bool:
    """Whether another table explains everything this one does, and more; lines of orders always do."""
    return explained[name] < explained[other] or name in LIFTED.get(other, {})
