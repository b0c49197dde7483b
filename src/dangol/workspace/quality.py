"""The state of a company's data: measured once for what was loaded, and read with what is late now and which rules are on."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, get_args

from sqlglot import exp

from dangol.core.declare.programme import MessageChannel
from dangol.core.engine import Duck
from dangol.core.errors import NotReady, told
from dangol.intake import Delivery, SourceSettings, deliveries, table_files
from dangol.intake.quality import Finding
from dangol.intake.quality.cleaning import Effect
from dangol.intake.quality.late import Rhythm, rhythms
from dangol.intake.quality.score import Score
from dangol.intake.quality.state import DOCUMENT, State, measured, tables_of
from dangol.workspace.answers import Answer, Trust
from dangol.workspace.settings import Settings
from dangol.workspace.snapshot import Snapshot
from dangol.workspace.stages import Stage, StageStore

QUALITY = "quality"
# Findings that a rule of the same name takes care of.
CURED = ("duplicate_lines", "duplicate_orders")
SPENT = "net_sales"
LATE = "late_source"
# What facts and the profile are made of.
READ: Mapping[str, tuple[str, ...]] = {
    "people": ("customers",),
    "profile": ("customers", "orders", "order_lines"),
    "orders": ("orders", "order_lines"),
}


@dataclass(frozen=True)
class Stake:
    """A part of the sales that bad data put in doubt.

    Attributes:
        kind: a key of `wording.STAKES`.
        money: in the company's currency.
        rows: how many rows or customers stand behind it.
    """

    kind: str
    money: float
    rows: int


@dataclass(frozen=True)
class SourceCard:
    """One source as people look after it.

    Attributes:
        alone: tables that nothing else fills: what is asked of them hangs on this source.
    """

    name: str
    settings: SourceSettings | None
    deliveries: tuple[Delivery, ...]
    tables: Mapping[str, int]
    score: Score | None
    rhythm: Rhythm | None
    alone: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows that its files had."""
        return sum(each.rows_in for each in self.deliveries)

    @property
    def quarantined(self) -> int:
        """Rows of them at quarantine."""
        return sum(each.rows_quarantined for each in self.deliveries)

    @property
    def span(self) -> tuple[str | None, str | None]:
        """First and last moment of its rows, ISO, UTC."""
        firsts, lasts = ([found for each in self.deliveries if (found := getattr(each, end))] for end in ("first", "last"))
        return min(firsts, default=None), max(lasts, default=None)


@dataclass(frozen=True)
class Health:
    """The state of the data at a moment.

    Attributes:
        state: what was measured.
        rhythms: when each source comes, by its name.
        on: cleaning rules that hold in the next run.
        settings: of the sources, by name.
        loaded: all deliveries.
    """

    state: State
    rhythms: Mapping[str, Rhythm]
    on: frozenset[str]
    settings: Mapping[str, SourceSettings]
    loaded: tuple[Delivery, ...]

    @cached_property
    def findings(self) -> list[Finding]:
        """Open findings, the worst first; those that a rule takes care of are closed."""
        late = [found for each in self.rhythms.values() if (found := each.finding()) is not None]
        cured = self.on.intersection(CURED)
        still = [each for each in self.state.findings if each.kind not in cured]
        return sorted([*late, *still], key=lambda each: each.rank)

    @cached_property
    def scores(self) -> list[Score]:
        """The score of every source, the lowest first."""
        timed = [each.timed(self.rhythms.get(each.source)) for each in self.state.scores]
        return sorted(timed, key=lambda each: each.total)

    @cached_property
    def cards(self) -> list[SourceCard]:
        """Every source with what it brought."""
        scored = {each.source: each for each in self.scores}
        return [self.card(name, scored.get(name)) for name in sorted({*self.settings, *self.state.sources})]

    def card(self, name: str, score: Score | None) -> SourceCard:
        """One source."""
        mine = tuple(each for each in self.loaded if each.source == name)
        filled, fillers = rows_of(mine), self.fillers
        alone = tuple(table for table in filled if fillers[table] == 1)
        return SourceCard(name, self.settings.get(name), mine, filled, score, self.rhythms.get(name), alone)

    @property
    def fillers(self) -> Counter[str]:
        """How many sources fill each table."""
        return Counter(chain.from_iterable(self.state.sources.values()))

    def effect(self, rule: str) -> Effect:
        """What a rule matches."""
        return next(each for each in self.state.effects if each.rule == rule)

    def stakes(self, unmarketable: tuple[float, int] | None) -> list[Stake]:
        """What bad data mean in money, the dearest first; what is nothing is left out.

        Args:
            unmarketable: sales of customers who may not be written to and how many they are; None where nobody knows.
        """
        stakes = [self.nobody(), self.quarantined(), self.left_out(), *(self.summed(kind) for kind in SUMMED)]
        stakes += [Stake("unmarketable", *unmarketable)] if unmarketable else []
        return sorted((each for each in stakes if each.money), key=lambda each: -each.money)

    def nobody(self) -> Stake:
        """Sales of which no source says whose they are, or says it with a placeholder."""
        revenue, placeholders = self.state.revenue, self.kept(PLACEHOLDERS)
        money = revenue.nobody + sum(each.money or 0 for each in placeholders)
        return Stake("nobody", money, revenue.nobodys + sum(each.rows.get("order_lines", 0) for each in placeholders))

    def quarantined(self) -> Stake:
        """What the rows at quarantine are worth."""
        refused = self.state.refused
        return Stake("quarantine", sum(abs(each.money or 0) for each in refused), sum(each.rows for each in refused))

    def left_out(self) -> Stake:
        """What rules that are on leave out."""
        kept = list(chain.from_iterable(map(self.kept, self.on - {PLACEHOLDERS})))
        return Stake("left_out", sum(abs(each.money or 0) for each in kept), sum(each.total for each in kept))

    def kept(self, rule: str) -> list[Effect]:
        """What a rule matches, if it is on."""
        return [self.effect(rule)] if rule in self.on else []

    def summed(self, kind: str) -> Stake:
        """The money of the open findings of a part."""
        found = self.of_kinds(SUMMED[kind])
        return Stake(kind, sum(each.money or 0 for each in found), sum(each.rows for each in found))

    def of_kinds(self, kinds: Sequence[str]) -> list[Finding]:
        """Open findings of some kinds, the worst first."""
        return [each for each in self.findings if each.kind in kinds]


PLACEHOLDERS = "placeholder_customers"
SUMMED: Mapping[str, tuple[str, ...]] = {
    "unreconciled": ("order_totals",),
    "duplicates": ("duplicate_lines", "duplicate_orders"),
    "unbought": ("returns_unbought",),
    "unknown": ("products_unknown", "lines_without_order"),
    "missing": ("volume_drop", "silent"),
    "wrong": ("price_jump",),
}


def quality_inputs(root: Path, settings: Settings, sources: Sequence[SourceSettings]) -> dict[str, Any]:
    """What the measured state depends on."""
    files = {table: [path.name for path in paths] for table, paths in table_files(root).items()}
    systems = {each.name: each.system for each in sources}
    return {"files": files, "systems": systems, "zone": settings.company.zone, "currency": settings.company.currency}


def measure(duck: Duck, root: Path, inputs: Mapping[str, Any], target: Path) -> Mapping[str, Any]:
    """The quality stage: measure everything that was loaded."""
    state = measured(root, duck, inputs["systems"], zone=inputs["zone"], currency=inputs["currency"])
    state.write(target)
    return {"findings": len(state.findings)}


class Doctor:
    """Examines a company's data; what was measured once is read again until other files are loaded.

    Args:
        root: the workspace's folder.
        settings: of the company.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.known: tuple[str, State] | None = None
        self.lock = threading.Lock()

    def state(self, sources: Sequence[SourceSettings], *, fresh: bool) -> State:
        """What was measured of the files that are loaded, measured now if need be.

        Args:
            sources: of the company.
            fresh: measure now what changed since the last time; else what was measured last will do, so that a page never
                waits for a large company.

        Raises:
            NotReady: nothing was loaded yet.
        """
        if not table_files(self.root):
            hint = told("first: {command}", command="dangol run")
            raise NotReady(told("no data were loaded yet"), where=str(self.root), hint=hint)
        with self.lock:
            folder = self.folder(quality_inputs(self.root, self.settings, sources), fresh=fresh)
            if self.known is None or self.known[0] != folder.name:
                self.known = folder.name, State.read(folder)
            return self.known[1]

    def folder(self, inputs: Mapping[str, Any], *, fresh: bool) -> Path:
        """The folder of the state for these inputs, or of the last one measured."""
        stages = StageStore(self.root / "stages")
        wanted = stages.folder(QUALITY, inputs)
        found = sorted(stages.root.glob(f"{QUALITY}-*/{DOCUMENT}"), key=lambda path: path.stat().st_mtime)
        if fresh or not found:
            return self.stage(inputs).folder
        return wanted if (wanted / DOCUMENT).exists() else found[-1].parent

    def stage(self, inputs: Mapping[str, Any]) -> Stage:
        """The finished stage."""
        engine = self.settings.engine

        def make(target: Path) -> Mapping[str, Any]:
            with Duck(memory_limit=engine.memory_limit, threads=engine.threads, spill=self.root / "spill") as duck:
                return measure(duck, self.root, inputs, target)

        return StageStore(self.root / "stages").ensure(QUALITY, inputs, make)

    def rhythms(self, sources: Sequence[SourceSettings]) -> dict[str, Rhythm]:
        """When each source comes, and whether it is late now."""
        now = datetime.now(UTC).replace(tzinfo=None)
        return {each.source: each for each in rhythms(self.root, deliveries(self.root), sources, now)}

    def timely(self, answer: Answer, sources: Sequence[SourceSettings]) -> Answer:
        """An answer as far as it can be trusted now: where a source that it reads is late, less."""
        if not answer.answerable or tables_behind(answer).isdisjoint(self.late(sources)):
            return answer
        level = "fair" if answer.trust.level == "good" else answer.trust.level
        return replace(answer, trust=Trust(level, (*answer.trust.reasons, LATE)))

    def late(self, sources: Sequence[SourceSettings]) -> dict[str, tuple[str, ...]]:
        """Late sources by the tables they fill."""
        rhythms = self.rhythms(sources)
        found: dict[str, list[str]] = {}
        for source, tables in tables_of(deliveries(self.root)).items():
            for table in tables if rhythms[source].late else ():
                found.setdefault(table, []).append(source)
        return {table: tuple(names) for table, names in found.items()}

    def health(self, sources: Sequence[SourceSettings], on: frozenset[str], *, fresh: bool) -> Health:
        """The state of the data now; `fresh` as in `state`."""
        state, found = self.state(sources, fresh=fresh), self.rhythms(sources)
        return Health(state, found, on, {each.name: each for each in sources}, tuple(deliveries(self.root)))


def tables_behind(answer: Answer) -> set[str]:
    """The tables of facts that an answer rests on, those behind the profile too."""
    return {each for table in answer.tables for each in READ.get(table, (table,))}


def rows_of(loaded: Iterable[Delivery]) -> dict[str, int]:
    """How many rows deliveries brought, by table; tables without any are left out."""
    rows: Counter[str] = Counter()
    for each in loaded:
        rows.update(each.rows)
    return {table: count for table, count in rows.items() if count}


def unmarketable(snapshot: Snapshot) -> tuple[float, int] | None:
    """Sales of customers who may not be written to on any channel, and how many they are; None where nobody knows."""
    duck = snapshot.duck.cursor()
    if "consents_now" not in duck.tables() or SPENT not in snapshot.columns:
        return None
    channel = exp.column("channel").isin(*get_args(MessageChannel))
    allowing = exp.select("customer_id").from_("consents_now").where("allowed", channel)
    summed = exp.select(f"sum({SPENT}) AS money", f"count({SPENT}) AS n").from_("profile")
    row = duck.row(summed.where(exp.not_(exp.column("customer_id").isin(query=allowing))))
    return float(row["money"] or 0), int(row["n"])
