"""What a load will do: every file opened and mapped, every problem of every source found before a row is loaded."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlglot import exp

from dangol.core.declare.source import Preset
from dangol.core.errors import ConfigError, DangolError, SourceError, suggest, told
from dangol.core.tables import KIND_WORDS, TABLES
from dangol.intake.accepted import WHOLE
from dangol.intake.assembly import Assembly, constant
from dangol.intake.attributes import with_attributes
from dangol.intake.casting import Reading
from dangol.intake.change import check_unchanged
from dangol.intake.database import Reached, open_database
from dangol.intake.dates import AMBIGUOUS
from dangol.intake.encoding import fingerprint
from dangol.intake.manifest import Delivery
from dangol.intake.mapping import Mapped, choose_table, map_headers
from dangol.intake.notice import Notice
from dangol.intake.opened import Opened, Staged
from dangol.intake.opening import Bench, open_file
from dangol.intake.resident import refuse
from dangol.intake.settings import ABOUT, FOLLOWING, DateOrder, SourceSettings, Terms
from dangol.intake.template import fill, name

VERSION = "1"
# Tables that only others can fill: media, panels, sensors, the census.
FROM_OUTSIDE = ("segment_facts",)
YEAR_LAST = re.compile(r"\s*\d{1,2}[-/.]\s*\d{1,2}[-/.]\s*\d{4}")


@dataclass(frozen=True)
class Planned:
    """One delivery to be loaded, or found unchanged when `assembly` is absent."""

    settings: SourceSettings
    file: str
    raw: Path
    content: str
    fingerprint: str
    assembly: Assembly | None = None
    notices: tuple[Notice, ...] = ()
    reading: str = ""
    reached: Reached | None = None


class Planner:
    """Plans sources one after another and keeps their problems until all have been looked at."""

    def __init__(self, terms: Terms, bench: Bench, presets: Sequence[Preset], before: Sequence[Delivery] = ()) -> None:
        self.terms, self.bench, self.before = terms, bench, before
        self.loaded = frozenset(each.fingerprint for each in before)
        self.presets = {preset.name: preset for preset in presets}
        self.problems: list[str] = []
        self.errors: list[DangolError] = []

    def plan(self, sources: Sequence[SourceSettings]) -> list[Planned]:
        """Every delivery of every source.

        Raises:
            DangolError: one problem as it is; several as one SourceError that lists them.
        """
        planned = [each for settings in sources for each in self.plan_source(settings)]
        self.check_names(sources)
        self.complain()
        return planned

    def check_names(self, sources: Sequence[SourceSettings]) -> None:
        """Note names that two sources share."""
        names = Counter(settings.name for settings in sources)
        for twice in sorted(each for each, count in names.items() if count > 1):
            self.note(ConfigError(told("two sources are called {name:quoted}", name=twice)), told("source {name}", name=twice))

    def complain(self) -> None:
        """Say what was noted.

        Raises:
            DangolError: one problem as it is; several as one SourceError that lists them.
        """
        if len(self.errors) == 1 and len(self.problems) == 1:
            raise self.errors[0]
        if self.problems:
            what = told("{n|problem/problems} in the sources; nothing was loaded", n=len(self.problems))
            raise SourceError(what, problems=self.problems)

    def note(self, error: DangolError, where: str) -> None:
        """Keep a problem for the end."""
        self.errors.append(error)
        error.where = error.where or where
        hint = told(" ({hint})", hint=error.hint) if error.hint else ""
        lines = error.problems or [told("{what}{hint}", what=error.what, hint=hint)]
        self.problems += [told("{place}: {what}", place=where, what=line) for line in lines]

    def plan_source(self, settings: SourceSettings) -> Iterator[Planned]:
        """Deliveries of one source; what is wrong is noted."""
        where = told("source {name}", name=settings.name)
        try:
            self.check_source(settings)
            paths = find_files(settings, self.terms.base) if settings.files else [None]
            paths = paths[-1:] if settings.delivers_whole else paths
        except DangolError as problem:
            self.note(problem, where)
            return
        for path in paths:
            try:
                yield self.plan_file(settings, path)
            except DangolError as problem:
                self.note(problem, told("{place}: {what}", place=where, what=path.name) if path else where)

    def check_source(self, settings: SourceSettings) -> None:
        """Rules that need no file.

        Raises:
            ConfigError: an unknown preset, or another currency than the company's.
        """
        if settings.preset and settings.preset not in self.presets:
            what = told("unknown {kind} {name:quoted}", kind=told("preset"), name=settings.preset)
            raise ConfigError(what, hint=suggest(settings.preset, self.presets))
        if settings.currency and settings.currency != self.terms.currency:
            currencies = {"currency": settings.currency, "own": self.terms.currency}
            raise ConfigError(
                told("currency {currency:quoted} is not the company's {own:quoted}", **currencies),
                hint=told("convert the amounts first; no exchange rates are kept here"),
            )

    def plan_file(self, settings: SourceSettings, path: Path | None) -> Planned:
        """One delivery; files that are loaded already are not opened.

        Raises:
            DangolError: the file cannot be read or mapped.
        """
        if path is None:
            return self.plan_database(settings)
        content = fingerprint(path)
        unchanged = Planned(settings, path.name, path, content, self.delivery_mark(settings, content))
        return self.assembled(unchanged, lambda: open_file(path, settings, self.bench))

    def plan_database(self, settings: SourceSettings) -> Planned:
        """What a database holds, or what has changed in it since it was read the last time in the same way.

        Raises:
            DangolError: the database cannot be read or mapped.
        """
        reading = self.delivery_mark(settings, "")
        before = [each for each in self.before if (each.source, each.reading) == (settings.name, reading) and each.reached]
        copied = open_database(settings, self.terms.base, self.bench.folder, before[-1].reached if before else None)
        if copied is None:
            last = before[-1]
            return Planned(settings, last.file, Path(last.raw), last.content, last.fingerprint, reading=reading)
        opened = copied.opened
        content = fingerprint(opened.raw)
        mark = self.delivery_mark(settings, content)
        planned = Planned(settings, opened.file, opened.raw, content, mark, reading=reading, reached=copied.reached)
        return self.assembled(planned, lambda: opened)

    def assembled(self, planned: Planned, open_it: Callable[[], Opened]) -> Planned:
        """A delivery mapped, unless it is loaded already.

        Raises:
            DangolError: the file cannot be read or mapped.
        """
        if planned.fingerprint in self.loaded:
            return planned
        opened = open_it()
        assembly, notices = self.assemble(planned.settings, opened)
        check_catalogued(assembly.mapped, planned.settings)
        check_reads_on(assembly.mapped, planned.settings)
        return replace(planned, raw=opened.raw, assembly=assembly, notices=notices)

    def delivery_mark(self, settings: SourceSettings, content: str) -> str:
        """Fingerprint of everything that decides what a file becomes."""
        chosen = settings.model_dump(mode="json", exclude={"files", "password_env", *FOLLOWING, *ABOUT})
        preset = self.presets.get(settings.preset or "")
        shapes = repr(preset.shapes) if preset else ""
        parts = [content, VERSION, chosen, shapes, self.terms.zone, self.terms.currency, tables_said()]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def assemble(self, settings: SourceSettings, opened: Opened) -> tuple[Assembly, tuple[Notice, ...]]:
        """Headers mapped and dates understood.

        Raises:
            SourceError: a forbidden header, no table, or a column that nothing fills.
            ConfigError: settings that the file's headers contradict.
        """
        mapped = map_file(settings, opened, self.presets.get(settings.preset or ""))
        check_unchanged(mapped, settings, self.before)
        self.check_constants(mapped, settings)
        staged, orders, notices = self.date_orders(settings, opened, mapped)
        reading = Reading(settings.zone or self.terms.zone, settings.decimal, opened.serials)
        assembly = Assembly(mapped, staged or opened.stage(), reading, self.terms.now, self.terms.currency, orders)
        return assembly, (*opened.notices, *notices)

    def check_constants(self, mapped: Mapped, settings: SourceSettings) -> None:
        """Make sure that constants can be read as what they are to fill.

        Raises:
            ConfigError: one cannot.
        """
        reading = Reading(settings.zone or self.terms.zone, settings.decimal)
        for our, value in mapped.constants.items():
            found = constant(value, mapped.declared(our), reading)
            if self.bench.duck.value(exp.select(exp.alias_(found, "value"))) is None:
                kind = KIND_WORDS[mapped.declared(our).kind]
                raise ConfigError(told("constants.{column}: {value:quoted} is no {kind}", column=our, value=value, kind=kind))

    def date_orders(
        self, settings: SourceSettings, opened: Opened, mapped: Mapped
    ) -> tuple[Staged | None, Mapping[str, DateOrder], list[Notice]]:
        """How `03/04/2024` is meant in every date column: declared, or told by a day above 12.

        Raises:
            SourceError: nothing tells.
        """
        dated = date_headers(mapped)
        if settings.date_order:
            return None, dict.fromkeys(dated, settings.date_order), []
        unclear = [header for header in dated if shows_year_last(opened, header)]
        if not unclear:
            return None, {}, []
        staged = opened.stage()
        orders = self.told_orders(staged, unclear)
        return staged, orders, [Notice("date_order", header) for header in orders]

    def told_orders(self, staged: Staged, headers: Sequence[str]) -> dict[str, DateOrder]:
        """The order of dates in every column, as its values tell it.

        Raises:
            SourceError: the values of a column do not tell.
        """
        orders: dict[str, DateOrder] = {}
        doubts = []
        for header in headers:
            order = self.order_of(staged, header)
            if order is None:
                doubts.append(told("dates such as 03/04/2024 in {header:quoted} can be read two ways", header=header))
            else:
                orders[header] = order
        if doubts:
            hint = told("write date_order: ymd, dmy or mdy")
            raise SourceError(told("dates that can be read two ways"), problems=doubts, hint=hint)
        return orders

    def order_of(self, staged: Staged, header: str) -> DateOrder | None:
        """The order of dates that a column's own values tell, or None."""
        rows = exp.select("*").from_(staged.scan.copy())
        row = self.bench.duck.row(fill(AMBIGUOUS, x=name(staged.fields[header]), rows=rows))
        first, second = int(row["first_part"] or 0), int(row["second_part"] or 0)
        if (first > 12) == (second > 12):
            return None
        return "dmy" if first > 12 else "mdy"


def check_catalogued(mapped: Mapped, settings: SourceSettings) -> None:
    """Make sure that the catalogue says of data from outside who answers for them, how often they come and why they may be kept.

    Raises:
        ConfigError: it lacks some of that.
    """
    missing = [each for each in ABOUT if not getattr(settings, each)]
    if missing and (settings.provenance == "external" or mapped.table.name in FROM_OUTSIDE):
        what = told("a source from outside the company must say {missing:listed}", missing=missing)
        hint = told("such as {example}", example="owner: CRM, refresh_days: 30, legal_basis: licence")
        raise ConfigError(what, hint=hint)


def check_reads_on(mapped: Mapped, settings: SourceSettings) -> None:
    """Make sure that a database that is read on replaces changed rows instead of doubling them.

    Raises:
        ConfigError: its rows have no key, or it holds order lines and does not say which belong together.
    """
    if settings.database is None or not settings.database.since:
        return
    table = mapped.table
    missing = [key for key in WHOLE.get(table.name, table.key) if key not in mapped.names]
    if missing:
        what = told(
            "{setting:quoted} needs the key of {table}: {columns:listed}", setting="since", table=table.name, columns=missing
        )
        hint = told("map it under columns, or remove {setting:quoted} and the table is read whole", setting="since")
        raise ConfigError(what, hint=hint)
    if table.name in WHOLE and not settings.database.together:
        what = told("lines of an order that changed are read on together: {setting:quoted} is missing", setting="together")
        raise ConfigError(what, hint=told("name the column of the order number: {example}", example="together: order_no"))


def date_headers(mapped: Mapped) -> list[str]:
    """Headers of the columns that hold moments or days."""
    dated = [our for our in mapped.names if mapped.declared(our).kind in ("moment", "day")]
    return [header for our in dated for header in mapped.columns.get(our, ())]


def shows_year_last(opened: Opened, header: str) -> bool:
    """Whether the first rows hold dates that end in the year."""
    place = opened.headers.index(header)
    return any(place < len(row) and YEAR_LAST.match(row[place] or "") for row in opened.look)


def map_file(settings: SourceSettings, opened: Opened, preset: Preset | None) -> Mapped:
    """A file's headers as canonical columns.

    Raises:
        SourceError: a column with forbidden numbers, no table, a column in doubt or missing.
        ConfigError: a setting names a column that no table has.
    """
    refuse(opened.headers, opened.look)
    check_names(settings)
    table, shape, reason = choose_table(opened.headers, settings, preset)
    if table is None:
        raise SourceError(reason)
    mapped, problems = map_headers(opened.headers, table, settings, shape)
    if problems:
        what = told("headers of {file:quoted} do not fit {table}", file=opened.file, table=table.name)
        raise SourceError(
            what, problems=problems, hint=told("columns that some files do not bring: optional: [{name}]", name="…")
        )
    return with_attributes(mapped, settings.ignore, opened.look, opened.headers)


def check_names(settings: SourceSettings) -> None:
    """Make sure that settings name columns there are.

    Raises:
        ConfigError: a setting names a column that no table has.
    """
    everything = set().union(*(each.by_name for each in TABLES.values()))
    unknown = next((each for each in (*settings.columns, *settings.constants) if each not in everything), None)
    if unknown is not None:
        what = told("no table has a column {name:quoted}", name=unknown)
        raise ConfigError(what, hint=suggest(unknown, everything))


@cache
def tables_said() -> Mapping[str, str]:
    """Every canonical table as text: what a file becomes changes with it."""
    return {table.name: repr(table) for table in TABLES.values()}


def find_files(settings: SourceSettings, base: Path) -> list[Path]:
    """The files that a source's patterns name, each once, by name.

    Raises:
        SourceError: a pattern that no file fits.
    """
    found: dict[Path, None] = {}
    for pattern in settings.files:
        matches = sorted(match_pattern(pattern, base))
        if not matches:
            raise SourceError(
                told("no file fits {pattern:quoted}", pattern=pattern), hint=told("looked in {folder}", folder=str(base))
            )
        found |= dict.fromkeys(matches)
    return list(found)


def match_pattern(pattern: str, base: Path) -> list[Path]:
    """Files of one pattern, relative or absolute."""
    path = base / pattern
    if path.is_file():
        return [path]
    root = Path(path.anchor) if Path(pattern).is_absolute() else base
    return [each for each in root.glob(str(path.relative_to(root))) if each.is_file()]
