"""Loading: sources become files of canonical tables, each delivery once, every row accounted for."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from dangol.core.declare.source import Preset
from dangol.core.engine.duck import Duck
from dangol.core.errors import SourceError, told
from dangol.core.text import Language
from dangol.intake.delivery import Label, Loading, Outcome
from dangol.intake.erasure import NOBODY, Erased, without_erased
from dangol.intake.manifest import Delivery, deliveries, numbered, record
from dangol.intake.notice import Notice
from dangol.intake.opening import Bench
from dangol.intake.plan import Planned, Planner
from dangol.intake.settings import SourceSettings, Terms

LINES = {
    "ko": "{source}: {file} → {table}: 들어온 행 {rows_in:,} = 적재 {rows_loaded:,} + 격리 {rows_quarantined:,}"
    " + 반품으로 이동 {rows_moved:,}",
    "en": "{source}: {file} → {table}: {rows_in:,} rows in = {rows_loaded:,} loaded + {rows_quarantined:,} quarantined"
    " + {rows_moved:,} moved to returns",
}
STAGING = ".staging-"
# A whole table with less than half the rows it had was cut off rather than cleaned up; of a few rows nothing can be told.
HALF, FEWEST_TO_COMPARE = 0.5, 20


@dataclass(frozen=True)
class Handled:
    """One delivery of this load and whether anything had to be done for it."""

    delivery: Delivery
    status: Literal["loaded", "unchanged"]

    def line(self, language: Language = "ko") -> str:
        """Rows in and what became of them, in one line."""
        each = self.delivery
        return LINES[language].format(
            source=each.source,
            file=each.file,
            table=each.table,
            rows_in=each.rows_in,
            rows_loaded=each.rows_loaded,
            rows_quarantined=each.rows_quarantined,
            rows_moved=each.rows_moved,
        )


@dataclass(frozen=True)
class IntakeReport:
    """What a load did; rows in always equal rows loaded, quarantined and moved."""

    handled: tuple[Handled, ...]
    seconds: float

    @property
    def loaded(self) -> tuple[Delivery, ...]:
        """Deliveries that are new."""
        return tuple(each.delivery for each in self.handled if each.status == "loaded")

    @property
    def unchanged(self) -> tuple[Delivery, ...]:
        """Deliveries that were there already."""
        return tuple(each.delivery for each in self.handled if each.status == "unchanged")

    def total(self, count: Literal["rows_in", "rows_loaded", "rows_quarantined", "rows_moved"]) -> int:
        """One of the counts over the new deliveries."""
        return sum(int(getattr(each, count)) for each in self.loaded)

    def lines(self, language: Language = "ko") -> list[str]:
        """The report as people read it: counts of every new delivery, each followed by its notices."""
        result = []
        for each in self.handled:
            if each.status == "loaded":
                result += [each.line(language), *(f"  {notice.text(language)}" for notice in each.delivery.notices)]
        return result


def load(
    sources: Sequence[SourceSettings],
    terms: Terms,
    duck: Duck,
    presets: Sequence[Preset] = (),
    erased: Erased = NOBODY,
) -> IntakeReport:
    """Load what is new of all sources; nothing is loaded while any of them has a problem.

    Args:
        sources: as the settings file declares them.
        terms: the workspace's folder, the company's clock and currency.
        duck: does the work; its memory limit holds.
        presets: known systems that sources may name.
        erased: whose rows from before their erasure stay out.

    Raises:
        SourceError: files that cannot be read or mapped, all of them listed.
        ConfigError: settings that contradict each other.
        DataError: a row got lost on the way, or the list of deliveries is damaged.
    """
    started = time.perf_counter()
    terms.root.mkdir(parents=True, exist_ok=True)
    sweep(terms.root)
    loaded = deliveries(terms.root)
    handled = []
    with TemporaryDirectory(prefix=STAGING, dir=terms.root) as folder:
        bench = Bench(duck, Path(folder))
        for planned in Planner(terms, bench, presets, loaded).plan(sources):
            found = unchanged(planned, loaded)
            if found is None:
                done = made(planned, loaded, terms, bench, erased)
                loaded = put_on_record(terms.root, loaded, done, planned)
                found = Handled(done, "loaded")
            handled.append(found)
    return IntakeReport(tuple(handled), time.perf_counter() - started)


def sweep(root: Path) -> None:
    """Remove staging folders that a killed load left behind."""
    for folder in root.glob(f"{STAGING}*"):
        shutil.rmtree(folder, ignore_errors=True)


def unchanged(planned: Planned, loaded: Sequence[Delivery]) -> Handled | None:
    """The earlier delivery that makes loading a planned one needless; None where it is to be loaded."""
    known = loaded_before(planned, loaded)
    if known or planned.assembly is None:
        return Handled(known or same_bytes(planned, loaded)[0], "unchanged")
    return None


def made(planned: Planned, loaded: Sequence[Delivery], terms: Terms, bench: Bench, erased: Erased) -> Delivery:
    """Load one planned delivery: its files are written, the list of deliveries is not."""
    assert planned.assembly is not None  # else it is unchanged
    started = time.perf_counter()
    label = Label(planned.settings.name, planned.fingerprint, planned.file)
    raw = keep_raw(planned, terms.root)
    outcome = Loading(planned.assembly, label, terms.root, bench).run()
    found = numbered(loaded, delivery_of(planned, outcome, raw, time.perf_counter() - started))
    found = replace(found, loaded_at=terms.now.isoformat(timespec="seconds"))
    return without_erased(found, terms.root, bench.duck, erased, planned.settings.system)


def same_bytes(planned: Planned, loaded: Sequence[Delivery]) -> list[Delivery]:
    """Earlier deliveries of the same file, read in the same way."""
    return [each for each in loaded if each.fingerprint == planned.fingerprint]


def loaded_before(planned: Planned, loaded: Sequence[Delivery]) -> Delivery | None:
    """The earlier delivery of the same source that makes loading it again needless."""
    return next((each for each in same_bytes(planned, loaded) if each.source == planned.settings.name), None)


def put_on_record(root: Path, loaded: Sequence[Delivery], done: Delivery, planned: Planned) -> list[Delivery]:
    """Add a delivery to the list in place of those that give way to it; returns the list.

    Raises:
        SourceError: a whole table lost most of its rows; the list stays as it was.
    """
    gone = [gives_way(each, planned) for each in loaded]
    check_shrunk(done, list(compress(loaded, gone)), planned.settings)
    left = [*(each for each, is_gone in zip(loaded, gone, strict=True) if not is_gone), done]
    record(root, left)
    return left


def gives_way(old: Delivery, planned: Planned) -> bool:
    """Whether a new delivery takes an older one's place: same bytes read differently, declared to replace, or read anew."""
    if old.source != planned.settings.name:
        return False
    replaced = planned.settings.replace and old.file == planned.file
    afresh = planned.reached is not None and old.reading != planned.reading
    return old.content == planned.content or replaced or afresh or planned.settings.delivers_whole


def check_shrunk(new: Delivery, replaced: Sequence[Delivery], settings: SourceSettings) -> None:
    """Make sure that a whole table has not lost most of its rows on the way to us.

    Raises:
        SourceError: it has less than half of them; what was loaded before stays.
    """
    before = sum(each.rows_loaded for each in replaced)
    if settings.delivers_whole and not settings.may_shrink and before >= FEWEST_TO_COMPARE and new.rows_loaded < before * HALF:
        what = told("{file:quoted} has {rows:count} rows where there were {before:count}", file=new.file, rows=new.rows_loaded,
                    before=before)  # fmt: skip
        hint = told("what was loaded before stays; if so many rows were deleted: {setting}", setting="may_shrink: true")
        raise SourceError(what, where=told("source {name}", name=settings.name), hint=hint)


def keep_raw(planned: Planned, root: Path) -> str:
    """Keep a copy of the file as delivered; its place below the workspace folder.

    A link would change with a file that its system overwrites in place.
    """
    place = Path("raw") / planned.content[:12] / planned.file
    target = root / place
    if target.is_file():
        return place.as_posix()
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")
    aside.unlink(missing_ok=True)
    shutil.copyfile(planned.raw, aside)
    aside.replace(target)
    return place.as_posix()


def delivery_of(planned: Planned, outcome: Outcome, raw: str, seconds: float) -> Delivery:
    """What the list of deliveries keeps."""
    assert planned.assembly is not None
    notices: tuple[Notice, ...] = (*planned.notices, *outcome.notices)
    return Delivery(
        number=0,
        fingerprint=planned.fingerprint,
        content=planned.content,
        source=planned.settings.name,
        file=planned.file,
        table=planned.assembly.mapped.table.name,
        raw=raw,
        files=outcome.files,
        rows=outcome.rows,
        rows_in=outcome.rows_in,
        rows_loaded=outcome.rows_loaded,
        rows_quarantined=outcome.rows_quarantined,
        rows_moved=outcome.rows_moved,
        quarantine=outcome.quarantine,
        reasons=outcome.reasons,
        columns=outcome.columns,
        filled=outcome.filled,
        first=outcome.span[0],
        last=outcome.span[1],
        notices=notices,
        seconds=round(seconds, 3),
        headers=planned.assembly.mapped.columns,
        reading=planned.reading,
        reached=planned.reached,
    )
