"""A company's workspace: the one object that faces speak to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from dangol.core.config import secret
from dangol.core.declare import Output, Question
from dangol.core.engine import Duck
from dangol.core.errors import ConfigError, DangolError, UnknownName, told
from dangol.core.query import Value
from dangol.core.store import Store
from dangol.core.text import Language
from dangol.intake import IntakeReport, QualityReport, SourceSettings, quality
from dangol.intake.inbox import Journal, Received, inbox_sources, received
from dangol.workspace.answering import Answering, cards_of
from dangol.workspace.answers import Answer
from dangol.workspace.attempts import Attempts, counts_of, figures_of
from dangol.workspace.belonging import Belonging
from dangol.workspace.binding import Binder
from dangol.workspace.cleaning import LEFT_OUT_ROWS, Switches, left_out_rows
from dangol.workspace.customers import Customers
from dangol.workspace.earlier import Earlier
from dangol.workspace.export import export, exported_table, refuse_unknown
from dangol.workspace.lead_card import LeadCard
from dangol.workspace.lead_columns import LEADS
from dangol.workspace.notes import Notes, overruled
from dangol.workspace.predict import CARD, Card
from dangol.workspace.programmes import Programmes, Started, all_programmes, equip
from dangol.workspace.propensities import with_propensities
from dangol.workspace.quality import Doctor, Health, unmarketable
from dangol.workspace.registry import Registry, declared_columns, discover
from dangol.workspace.schedule import Watch
from dangol.workspace.segments import Segments
from dangol.workspace.settings import FILE, Settings, load_settings, stamp_of
from dangol.workspace.snapshot import Pointer, Snapshot

if TYPE_CHECKING:
    from dangol.lift import LiftResult
    from dangol.workspace.alerts import Alerts
    from dangol.workspace.budget import Budgets
    from dangol.workspace.entering import Entering
    from dangol.workspace.erasing import Asked, Erasures
    from dangol.workspace.identities import Identities
    from dangol.workspace.maturity import Maturity
    from dangol.workspace.model_history import Records
    from dangol.workspace.reviewing import Desk
    from dangol.workspace.run import Progress, Result
    from dangol.workspace.segment_keys import SegmentKeys
    from dangol.workspace.worklist import Worklists

FOLDER = ".dangol"
__all__ = ["FOLDER", "Company", "QualityReport"]


class Company:
    """One company: its settings, declarations and, once a run has finished, its snapshot.

    Safe to use from several threads; a new snapshot is picked up as soon as a run switches to it.
    """

    def __init__(self, base: Path, settings: Settings, registry: Registry) -> None:
        self.base = base
        self.root = base / FOLDER
        self._settings = settings
        self._read = stamp_of(base / FILE)
        self.registry = registry
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()
        self._unmarketable: dict[str, tuple[float, int] | None] = {}
        self._results: dict[tuple[str, str], LiftResult] = {}
        self._budgets: dict[str, Budgets] = {}
        self._answering: Answering | None = None

    @property
    def settings(self) -> Settings:
        """What `dangol.yaml` says now; while somebody's change of it is wrong, what it said before."""
        if (stamp := stamp_of(self.base / FILE)) != self._read:
            self._read = stamp
            with suppress(ConfigError):
                self._settings = load_settings(self.base)
                self._budgets.clear()
        return self._settings

    def amend(self, change: Callable[[Any], None]) -> None:
        """Change `dangol.yaml` in place; comments and everything else in it stay.

        Raises:
            ConfigError: the settings would be wrong afterwards; nothing is written then.
        """
        from dangol.core.amend import amend  # reads and writes YAML with its comments; asking must not wait for it

        amend(self.base / FILE, change, Settings)

    @classmethod
    def open(cls, base: Path) -> Company:
        """The company in a folder with a `dangol.yaml`.

        Raises:
            ConfigError: the settings are missing or wrong, all problems at once.
            DeclarationError: a custom declaration is wrong.
        """
        base = base.resolve()
        settings = load_settings(base)
        return cls(base, settings, with_propensities(discover(base / "custom"), settings, base))

    def run(self, *, as_of: datetime | None = None, progress: Progress | None = None) -> Result:
        """Run the whole loop; what is done already is not done again."""
        from dangol.workspace.run import Heeded, Run  # statistics and boosted trees; whoever only asks does not wait for them

        forgotten = self.erasures.standing()
        heeded = Heeded(self.desk.standing(), self.switches.on(), forgotten, overruled(self.store))
        progress = progress or (lambda *_: None)
        run = Run(self.base, self.root, self.settings, self.registry, as_of=as_of, progress=progress, heeded=heeded)
        attempts, before = self.attempts, self.counted
        attempt = attempts.begin()
        try:
            result = run.go()
        except DangolError as problem:
            attempts.fail(attempt, problem)
            raise
        if result.wiped is not None:
            self.erasures.done(forgotten, result.wiped, sorted(result.cards))
        attempts.finish(
            attempt, result.run_id, {**{f"{name}_before": count for name, count in before.items()}, **figures_of(result)}
        )
        self.alerts.raise_new()
        return result

    @property
    def alerts(self) -> Alerts:
        """Customers to look after before they leave.

        Raises:
            NotReady: no run has finished yet.
        """
        from dangol.workspace.alerts import Alerts  # as above

        said = self.settings.early_warning
        return Alerts(self.store, self.root, self.snapshot, self.cards(), per_week=said.per_week, owner=said.owner)

    @property
    def segment_keys(self) -> SegmentKeys:
        """Customers by segment key, beside what sources say that know groups only.

        Raises:
            NotReady: no run has finished yet.
        """
        from dangol.workspace.segment_keys import SegmentKeys  # arithmetic that only its page needs

        return SegmentKeys(self.snapshot, self.settings.segment_keys, self.settings.company.zone)

    def maturity(self) -> Maturity:
        """How far the company's data have come, and what each missing kind of data would answer.

        Raises:
            NotReady: no run has finished yet.
        """
        from dangol.workspace.maturity import maturity  # as above

        snapshot = self.snapshot
        binder = Binder(snapshot.facts, snapshot.as_of, self.settings.company.zone)
        return maturity(snapshot.duck.cursor(), binder, self.registry.questions.values(), snapshot.answers())

    @property
    def attempts(self) -> Attempts:
        """What became of every run."""
        return Attempts(self.root)

    @property
    def counted(self) -> dict[str, int]:
        """Customers, records and orders of the serving snapshot; nothing before the first run."""
        return counts_of(self.snapshot.meta["identity"]) if self.ready else {}

    @property
    def watch(self) -> Watch:
        """What starts runs when they are due."""
        return Watch(self.base, self.root, self.settings.schedule, self.settings.company.zone)

    @property
    def snapshot(self) -> Snapshot:
        """The serving snapshot.

        Raises:
            NotReady: no run has finished yet.
        """
        pointer = Pointer.read(self.root)
        with self._lock:
            if self._snapshot is None or self._snapshot.pointer != pointer:
                self._snapshot = Snapshot.open(self.root, threads=self.settings.engine.threads)
                equip(self._snapshot, self.store, self.settings.company.zone)
                self._results.clear()
            return self._snapshot

    @cached_property
    def store(self) -> Store:
        """The application's state: SQLite in the workspace, or PostgreSQL where the settings name a URL.

        Raises:
            ConfigError: the environment variable with the URL is not set.
        """
        variable = self.settings.store.url_env
        return Store.open(secret(variable) if variable else self.root / "app.db")

    @property
    def desk(self) -> Desk:
        """Where people look over who is one customer."""
        from dangol.workspace.reviewing import Desk  # matching and its statistics, as above

        return Desk(self.store, self.root / Pointer.read(self.root).facts if self.ready else None)

    @property
    def erasures(self) -> Erasures:
        """Who asked to be forgotten, and what became of it."""
        from dangol.workspace.erasing import Erasures  # reads files by pyarrow's compute functions, as above

        return Erasures(self.store, self.root)

    def to_forget(self, asked: str) -> Asked:
        """The customer with a number, or with a record written `mall/1042`, with all source records.

        Raises:
            UnknownName: no customer has this number.
            ConfigError: it is neither a number nor a record.
        """
        unified = self.root / Pointer.read(self.root).facts if self.ready else None
        return self.erasures.find(asked, unified, self.snapshot.redirects if self.ready else {})

    def forget(self, asked: Asked, *, who: str, reason: str) -> int:
        """Note that a customer is to be forgotten; nobody contacts them from now on, and the next run erases them everywhere.

        Raises:
            ConfigError: there is no reason, or the key of earlier erasures is gone.
        """
        systems = {source.name: source.system for source in self.sources}
        with Duck(memory_limit=self.settings.engine.memory_limit, threads=self.settings.engine.threads) as duck:
            number = self.erasures.ask(asked, duck, systems, who=who, reason=reason)
        with self._lock:
            self._snapshot = None
        return number

    @property
    def sources(self) -> list[SourceSettings]:
        """The company's sources, and what arrived over HTTP."""
        return [*self.settings.sources, *inbox_sources(self.root, self.settings.inbox.system)]

    @property
    def switches(self) -> Switches:
        """Which cleaning rules are on, and who said so."""
        return Switches(self.store)

    @property
    def identities(self) -> Identities:
        """Who is who in the serving run."""
        from dangol.workspace.identities import Identities  # as above

        return Identities(self.root / self.snapshot.pointer.facts)

    @property
    def programmes(self) -> Programmes:
        """Programmes on the serving snapshot."""
        return Programmes(self.snapshot, self.store, self.settings, self.registry, self.root)

    @property
    def notes(self) -> Notes:
        """What people know about customers, and what campaigns and scores make of it.

        Raises:
            NotReady: no run has finished yet.
        """
        mains = [next(iter(each.outputs)) for each in self.registry.predictions.values()]
        return Notes(self.store, self.snapshot, all_programmes(self.settings, self.registry), mains)

    def start_programme(self, name: str, *, destination: str = "", reason: str = "", language: Language = "ko") -> Started:
        """Decide, record and export a programme now; doing it again changes nothing."""
        started = self.programmes.start(name, destination=destination, reason=reason, language=language)
        with self._lock:
            self._snapshot = None
        return started

    def lift(self, campaign_id: str) -> LiftResult:
        """What a campaign changed, our own or one that came with the data; kept until the next run."""
        run_id = self.snapshot.pointer.run_id
        if (run_id, campaign_id) not in self._results:
            from dangol.workspace.effects import effects  # statistics, as above

            found = effects(self.programmes, campaign_id)
            self._results.update({(run_id, name): result for name, result in found.items()})
        return self._results[run_id, campaign_id]

    def load(self) -> IntakeReport:
        """Load what is new of all sources, and nothing else."""
        from dangol.workspace.run import Heeded, Run  # as above

        heeded = Heeded(forgotten=self.erasures.standing())
        return Run(self.base, self.root, self.settings, self.registry, heeded=heeded).load_only()

    @cached_property
    def journal(self) -> Journal:
        """Where events that arrive over HTTP are written down."""
        return Journal(self.root)

    def receive(self, calls: Sequence[object], *, sent_at: datetime | None = None) -> Received:
        """Take calls that arrive now; what is accepted is on the disk when this returns, and the next run loads it.

        Args:
            calls: JSON objects in Segment's form.
            sent_at: when the whole batch was sent, by the sender's clock.

        Raises:
            Busy: more arrives than the disk takes.
            EngineError: the disk refuses.
        """
        found = received(calls, datetime.now(UTC).replace(tzinfo=None), sent_at)
        if found.accepted:
            self.journal.append(found.rows)
        return found

    def quality(self) -> QualityReport:
        """How good the loaded data are.

        Raises:
            NotReady: nothing was loaded yet.
        """
        with Duck(memory_limit=self.settings.engine.memory_limit, threads=self.settings.engine.threads) as duck:
            return quality(self.root, duck)

    @cached_property
    def doctor(self) -> Doctor:
        """Examines the loaded data."""
        return Doctor(self.root, self.settings)

    def health(self, *, fresh: bool = False) -> Health:
        """The state of the data now: scores, findings, what rules match.

        Args:
            fresh: measure what was loaded since the last time; else what was measured last will do.

        Raises:
            NotReady: nothing was loaded yet.
        """
        return self.doctor.health(self.sources, self.switches.on(), fresh=fresh)

    def unmarketable(self) -> tuple[float, int] | None:
        """Sales of customers who may not be written to, and how many they are; None where nobody knows."""
        run_id = self.snapshot.pointer.run_id if self.ready else ""
        if run_id and run_id not in self._unmarketable:
            self._unmarketable = {run_id: unmarketable(self.snapshot)}
        return self._unmarketable.get(run_id)

    @property
    def ready(self) -> bool:
        """Whether a run has finished."""
        return (self.root / "current.json").is_file()

    @property
    def customers(self) -> Customers:
        """Customers of the serving snapshot."""
        return self.segments.customers

    @property
    def segments(self) -> Segments:
        """Segments of the serving snapshot, and the policies that hold for them.

        Raises:
            NotReady: no run has finished yet.
        """
        return Segments(self.snapshot, self.store, self.settings, self.registry, self.amend)

    @property
    def worklists(self) -> Worklists:
        """Whom to call first, within the hours there are."""
        from dangol.workspace.worklist import Worklists  # arithmetic that only its page needs

        return Worklists(self.snapshot, self.customers, self.settings.worklist, self.programmes.unreachable())

    @property
    def budgets(self) -> Budgets:
        """Where money should go; what it rests on is read once a run."""
        run_id, plan = self.snapshot.pointer.run_id, self.settings.plan
        if run_id not in self._budgets:
            from dangol.workspace.budget import Budgets  # statistics, as above

            self._budgets = {run_id: Budgets(self.programmes, plan)}
        return self._budgets[run_id]

    @property
    def entering(self) -> Entering:
        """Figures that people enter, beside our own."""
        from dangol.workspace.entering import Entering  # reads and writes YAML with its comments, as above

        return Entering(self.settings, self.store, self.amend, self.ask, self.snapshot if self.ready else None)

    @property
    def lead_card(self) -> LeadCard | None:
        """What lead scores learnt from and how they proved; None where the company has no leads."""
        folder = self.snapshot.meta.get(LEADS, "")
        return LeadCard.read(self.root / folder / CARD) if folder else None

    @property
    def belonging(self) -> Belonging:
        """Homes and accounts of the serving snapshot."""
        return Belonging(self.snapshot, self.customers)

    @property
    def declared_columns(self) -> dict[str, Output]:
        """Every column a profile may have, in this company or another."""
        return declared_columns(self.registry)

    @property
    def answering(self) -> Answering:
        """Answers to questions.

        Raises:
            NotReady: no run has finished yet.
        """
        snapshot, settings, found = self.snapshot, self.settings, self._answering
        if found is None or found.snapshot is not snapshot or found.settings is not settings:
            found = self._answering = Answering(snapshot, self.root, settings, self.registry)
        return found

    def ask(self, name: str, options: Mapping[str, Value] | None = None) -> tuple[Question, Answer]:
        """A question's answer: the stored one, or a new one when asked with options of its own or when that one no longer holds.

        Raises:
            UnknownName: no such question or option.
            DeclarationError: an option of the wrong type.
            NotReady: no run has finished yet.
        """
        question = self.registry.find_question(name)
        given = {key: value for key, value in (options or {}).items() if value is not None}
        return question, self.doctor.timely(self.answering.answer(question, given), self.sources)

    def sentence(self, question: Question, answer: Answer, language: Language) -> str:
        """An answer in words, with the company's currency and clock."""
        company = self.settings.company
        return answer.sentence(question, language, currency=company.currency, zone=company.zone)

    def cards(self) -> dict[str, Card]:
        """Model cards of the serving snapshot's predictions.

        Raises:
            NotReady: no run has finished yet.
        """
        return cards_of(self.snapshot, self.root)

    def card(self, name: str) -> Card:
        """One model card.

        Raises:
            UnknownName: no such prediction.
        """
        cards = self.cards()
        UnknownName.check(told("prediction"), name, cards)
        return cards[name]

    @property
    def records(self) -> Records:
        """How models did over time.

        Raises:
            NotReady: no run has finished yet.
        """
        from dangol.workspace.model_history import Records  # arithmetic that only its page needs

        snapshot, zone = self.snapshot, self.settings.company.zone
        binder = Binder(snapshot.facts, snapshot.as_of, zone)
        earlier = Earlier.beside(self.root, zone, self.root / snapshot.pointer.facts)
        return Records(self.root, snapshot.duck.cursor(), binder, earlier, self.cards())

    def export(self, table: str, target: Path, *, rule: str = "") -> int:
        """Write a table of the serving snapshot into a file; returns the number of rows.

        Raises:
            UnknownName: no such table.
            ConfigError: a file ending or rule that is wrong.
            NotReady: no run has finished yet.
        """
        snapshot = self.snapshot
        if table == LEFT_OUT_ROWS:
            return export(snapshot.duck.cursor(), left_out_rows(self.root / snapshot.pointer.facts), target)
        scores = set().union(*(each.outputs for each in self.registry.predictions.values()))
        refuse_unknown(table, snapshot.tables)
        tree: exp.Expr = exported_table(table, tuple(filter(scores.__contains__, snapshot.columns)))
        if rule and isinstance(tree, exp.Select):
            tree = self.customers.reading(tree.where(self.customers.condition(rule)))
        return export(snapshot.duck.cursor(), tree, target)
