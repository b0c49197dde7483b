"""Which header is which of our columns: by settings, by our own name, then by Korean and English synonyms."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from dangol.core.declare.source import Preset, Shape
from dangol.core.errors import told
from dangol.core.tables import LIFTED, LIFTED_PARTLY, LIFTED_WHEN_NAMED, TABLES, Column, Table, lifted_columns
from dangol.intake.header import find_header, is_other_person, nearest, plain, words
from dangol.intake.settings import Constant, SourceSettings

Wanted = str | tuple[str, ...]
# Of several headers of these kinds each fills what the ones before leave empty; of amounts only one can be meant.
JOINED_KINDS = frozenset({"text", "category", "moment", "day"})


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
        found |= {name: column for name, column in lifted_columns(table.name, other).items() if not column.derived}
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
    shape = shape or Shape(table.name, {})
    given = {**shape.columns, **first_there(shape.optional, headers, known), **settings.columns}
    constants = {**shape.constants, **settings.constants}
    fixed, missing = fix({**given, **there(given, headers, settings.optional)}, headers, settings.optional)
    left = without(headers, (*shape.ignored, *settings.ignore))
    columns, doubts = match(left, nameable(table), table, fixed | dict.fromkeys(constants, ()))
    columns = {name: found for name, found in columns.items() if found and name not in constants}
    names = {*columns, *constants}
    problems = [*unknown(table, known, (*given, *constants, *settings.optional)), *missing, *doubts]
    problems += [lacks(table.by_name[name], headers) for name in table.required if name not in names]
    return Mapped(table, columns, constants, lifted(table, names), unused(headers, columns)), problems


def nameable(table: Table) -> dict[str, Column]:
    """Columns that a header's name alone may fill; those lifted only when settings name them are left out."""
    tables = [table, *(TABLES[other] for other in LIFTED.get(table.name, {}) if (table.name, other) not in LIFTED_WHEN_NAMED)]
    return {name: column for name, column in columns_of(table).items() if any(name in each.by_name for each in tables)}


def there(given: Mapping[str, Wanted], headers: Sequence[str], names: Container[str] | None = None) -> dict[str, Wanted]:
    """Of what may be absent that which the file has, header by header.

    Args:
        given: our column → their headers.
        headers: of the file.
        names: columns that may be absent; all of them when not given.
    """
    asked = {name: wanted for name, wanted in given.items() if names is None or name in names}
    found = {name: look_up(wanted, headers)[0] for name, wanted in asked.items()}
    return dict(filter(lambda pair: pair[1], found.items()))


def first_there(given: Mapping[str, Wanted], headers: Sequence[str], known: Mapping[str, Column]) -> dict[str, Wanted]:
    """What a preset takes where the file has it: of several headers the first for an amount, all of them for a text."""
    found = there(given, headers)
    return {name: wanted if known[name].kind in JOINED_KINDS else wanted[0] for name, wanted in found.items()}


def without(headers: Sequence[str], ignored: Iterable[str]) -> list[str]:
    """Headers that are not to be passed over."""
    skipped = set(map(plain, ignored))
    return [header for header in headers if plain(header) not in skipped]


def unknown(table: Table, known: Mapping[str, Column], names: Iterable[str]) -> list[str]:
    """Names of settings that are no columns of the table."""
    return [
        told("{table} has no column {name:quoted}, {hint}", table=table.name, name=name, hint=nearest(name, list(known)))
        for name in names
        if name not in known
    ]


def fix(
    given: Mapping[str, Wanted], headers: Sequence[str], optional: Container[str] = ()
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Columns whose headers the settings name, and a line for each header that the file should have and does not."""
    fixed: dict[str, tuple[str, ...]] = {}
    problems: list[str] = []
    for name, wanted in given.items():
        fixed[name], missing = look_up(wanted, headers)
        if name in optional:
            continue
        problems += [
            told(
                "columns.{column}: the file has no header {header:quoted}, {hint}",
                column=name,
                header=each,
                hint=nearest(each, headers),
            )
            for each in missing
        ]
    return fixed, problems


def lifted(table: Table, names: Container[str]) -> dict[str, tuple[str, ...]]:
    """Of these columns those that belong to the orders or products of the lines, or to the people in the rows."""
    owners = LIFTED.get(table.name, {})
    return {other: tuple(name for name in lifted_columns(table.name, other) if name in names) for other in owners}


def unused(headers: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Headers that fill no column."""
    used = {header for found in columns.values() for header in found}
    return tuple(header for header in headers if header not in used)


def look_up(wanted: Wanted, headers: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The file's headers a setting names, and those the file does not have."""
    names = (wanted,) if isinstance(wanted, str) else wanted
    found = [(name, find_header(name, headers)) for name in names]
    return tuple(filter(None, dict(found).values())), [name for name, header in found if header is None]


def lacks(column: Column, headers: Sequence[str]) -> str:
    """A required column no header was found for."""
    return told(
        'no header means {column} ({title}); headers: {headers:listed}; write columns: {{{column}: "their header"}}',
        column=column.name,
        title=column.ko,
        headers=list(headers[:30]),
    )


def match(
    headers: Sequence[str], known: Mapping[str, Column], table: Table, fixed: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Columns by name: our own names first, then synonyms, the table's own columns before lifted ones."""
    columns = match_names(headers, known, fixed)
    problems: list[str] = []
    for own in (True, False):
        open_columns = [each for name, each in known.items() if name not in columns and (name in table.by_name) == own]
        found, doubts = match_words(unused(headers, columns), open_columns)
        columns |= found
        problems += doubts
    return columns, problems


def match_names(
    headers: Sequence[str], known: Mapping[str, Column], fixed: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Columns whose own name is a header, beside those that are fixed."""
    ours = {plain(name): column for name, column in reversed(list(known.items()))}
    columns = dict(fixed)
    for header in unused(headers, fixed):
        column = ours.get(plain(header))
        if column and not is_other_person(header, column):
            columns.setdefault(column.name, (header,))
    return columns


def match_words(headers: Iterable[str], columns: Sequence[Column]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Columns whose synonyms exactly one header is, and a line for each doubt."""
    pairs = [(header, column.name) for header, column in product(headers, columns) if is_word(header, column)]
    means, wanted = gathered(pairs), gathered((name, header) for header, name in pairs)
    sure: dict[str, tuple[str, ...]] = {name: (header,) for header, name in pairs if len(means[header]) == len(wanted[name]) == 1}
    return sure, doubts_of(several(means), several(wanted))


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What stands beside each of the first, in order."""
    found: dict[str, list[str]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found


def several(gathered: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Those beside which more than one stands."""
    return {one: others for one, others in gathered.items() if len(others) > 1}


def doubts_of(many: Mapping[str, list[str]], contested: Mapping[str, list[str]]) -> list[str]:
    """A line for each header that may be several columns and each column that several headers may be."""
    doubts: list[str] = [
        told(
            "header {header:quoted} may be {names:either}; say which: columns: {{{first}: {header:quoted}}}",
            header=header,
            names=names,
            first=names[0],
        )
        for header, names in many.items()
    ]
    doubts += [
        told(
            "{headers} may both be {name}; say which: columns: {{{name}: {first:quoted}}}",
            headers=told("{one:quoted} and {other:quoted}", one=found[0], other=found[1]),
            name=name,
            first=found[0],
        )
        for name, found in contested.items()
    ]
    return doubts


def is_word(header: str, column: Column) -> bool:
    """Whether a header is a synonym of a column and speaks of the customer."""
    return plain(header) in words(column) and not is_other_person(header, column)


def choose_table(
    headers: Sequence[str], settings: SourceSettings, preset: Preset | None
) -> tuple[Table | None, Shape | None, str]:
    """The table a file's rows become, with the preset's shape for it; or a line that says why none was chosen."""
    shapes = fitting_shapes(preset, headers)
    if settings.table:
        return declared_table(settings.table, shapes)
    if shapes:
        return TABLES[shapes[0].table], shapes[0], ""
    if preset and preset.shapes:
        return None, None, strange_to(preset, headers)
    return guess(headers, settings)


def fitting_shapes(preset: Preset | None, headers: Sequence[str]) -> list[Shape]:
    """Kinds of files of a preset that a file may be, the one with the most headers first."""
    shapes = [each for each in preset.shapes if fits(each, headers)] if preset else []
    return sorted(shapes, key=lambda each: -len(each.headers))


def strange_to(preset: Preset, headers: Sequence[str]) -> str:
    """What is said of headers that a preset does not know."""
    return told(
        "none of the files that preset {preset:quoted} knows ({tables:listed}) has these headers: {headers:listed}",
        preset=preset.name,
        tables=[each.table for each in preset.shapes],
        headers=list(headers[:20]),
    )


def declared_table(name: str, shapes: Iterable[Shape]) -> tuple[Table | None, Shape | None, str]:
    """The table that the settings name, with a preset's shape for it where there is one."""
    shape = next((each for each in shapes if each.table == name), None)
    if name in TABLES:
        return TABLES[name], shape, ""
    return None, shape, told("there is no table {table:quoted}, {hint}", table=name, hint=nearest(name, list(TABLES)))


def fits(shape: Shape, headers: Sequence[str]) -> bool:
    """Whether a file has every header of a shape."""
    return {plain(each) for each in shape.headers} <= {plain(each) for each in headers}


def guess(headers: Sequence[str], settings: SourceSettings) -> tuple[Table | None, None, str]:
    """The only table whose required columns the headers have; of tables of which one explains more, that one."""
    explained = all_explained(headers, settings)
    left = [name for name in explained if not any(is_less(name, other, explained) for other in explained)]
    if len(left) == 1:
        return TABLES[left[0]], None, ""
    fitting = [told("{table} ({n|header/headers})", table=name, n=len(explained[name])) for name in left] or [told("none")]
    unclear = told(
        "the table is not clear from the headers; fitting: {tables:listed}; write table: {example}",
        tables=fitting,
        example=next(iter(left), "orders"),
    )
    return None, None, unclear


def all_explained(headers: Sequence[str], settings: SourceSettings) -> dict[str, set[str]]:
    """Every table whose required columns the headers have, with the headers it understands."""
    found = {name: explains(headers, settings, table) for name, table in TABLES.items()}
    return {name: used for name, used in found.items() if used}


def explains(headers: Sequence[str], settings: SourceSettings, table: Table) -> set[str]:
    """Headers that a table understands; none when a required column is missing."""
    fixed, _ = fix(settings.columns, headers)
    left = without(headers, settings.ignore)
    columns, _ = match(left, nameable(table), table, fixed | dict.fromkeys(settings.constants, ()))
    enough = table.required and set(table.required) <= set(columns)
    return {header for found in columns.values() for header in found} if enough else set()


def is_less(name: str, other: str, explained: Mapping[str, set[str]]) -> bool:
    """Whether another table explains everything this one does, and more; lines of orders always do."""
    whole = name in LIFTED.get(other, {}) and (other, name) not in LIFTED_PARTLY
    return explained[name] < explained[other] or whole
