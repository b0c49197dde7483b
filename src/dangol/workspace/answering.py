"""Answers to questions as they hold now: those of the run, and new ones where something else was asked or entered since."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dangol.core.declare import Question
from dangol.core.query import Value, named
from dangol.workspace.answers import Answer, Asker
from dangol.workspace.beside import BESIDE_TYPES, DECISIONS
from dangol.workspace.binding import Binder
from dangol.workspace.customers import Customers
from dangol.workspace.earlier import Earlier
from dangol.workspace.entered import ENTERED, entered, figures_of
from dangol.workspace.grouped import MEMBERS, RANGES, members, ranges
from dangol.workspace.lead_columns import readable
from dangol.workspace.predict import CARD, Card
from dangol.workspace.registry import Registry, readable_columns, reason_columns
from dangol.workspace.segment_rules import all_segments
from dangol.workspace.settings import Settings
from dangol.workspace.snapshot import Snapshot


class Answering:
    """The answers of one company on its serving snapshot.

    Args:
        snapshot: the serving one, with the ledger beside it.
        root: the workspace's folder.
        settings: the company's as they are now.
        registry: declared questions and columns.
    """

    def __init__(self, snapshot: Snapshot, root: Path, settings: Settings, registry: Registry) -> None:
        self.snapshot = snapshot
        self.root = root
        self.settings = settings
        self.registry = registry
        self.renewed: dict[str, Answer] = {}

    def answer(self, question: Question, given: Mapping[str, Value]) -> Answer:
        """The answer to a question with options; that of the run where it still holds."""
        if given:
            return self.asked(question, given)
        stored = None if self.is_stale(question) else self.snapshot.answer(question.name)
        return stored or self.current(question)

    def all(self) -> dict[str, Answer]:
        """The answers to all questions of the run by name; those that figures entered since have changed are new."""
        questions = self.registry.questions
        return {
            name: self.current(questions[name]) if name in questions and self.is_outdated(questions[name]) else stored
            for name, stored in self.snapshot.answers().items()
        }

    def current(self, question: Question) -> Answer:
        """An answer without options as it is now; kept unless it is about our own decisions, which change between runs."""
        if DECISIONS in question.query().tables:
            return self.asked(question, {})
        if question.name not in self.renewed:
            self.renewed[question.name] = self.asked(question, {})
        return self.renewed[question.name]

    def is_stale(self, question: Question) -> bool:
        """Whether the run's answer may no longer hold."""
        return DECISIONS in question.query().tables or self.is_outdated(question)

    def is_outdated(self, question: Question) -> bool:
        """Whether a question reads figures that were entered since the run."""
        now = figures_of(self.settings.benchmarks, self.settings.plan)
        return ENTERED in question.query().tables and self.snapshot.meta.get(ENTERED, []) != now

    @property
    def customers(self) -> Customers:
        """Customers as rules choose them that may name the segments there are now."""
        company = self.settings.company
        segments = all_segments(self.settings.segments, self.registry.segments)
        return Customers(self.snapshot, currency=company.currency, zone=company.zone, segments=segments)

    def asked(self, question: Question, options: Mapping[str, Value]) -> Answer:
        """An answer computed now."""
        snapshot, zone = self.snapshot, self.settings.company.zone
        span = (snapshot.orders.first_at, snapshot.orders.last_at)
        duck = snapshot.duck.cursor()
        written = duck.columns("profile")
        reasons = {name: each for name, each in reason_columns(self.registry).items() if name in written}
        beside = {
            ENTERED: entered(self.settings.benchmarks, self.settings.plan),
            DECISIONS: (named(DECISIONS), BESIDE_TYPES[DECISIONS]),
            RANGES: ranges(cards_of(snapshot, self.root)),
            **({MEMBERS: members(self.customers)} if MEMBERS in question.query(**options).tables else {}),
            **readable(snapshot.tables),
        }
        binder = Binder(snapshot.facts, snapshot.as_of, zone)
        earlier = Earlier.beside(self.root, zone, self.root / snapshot.pointer.facts)
        columns, assumed = {**snapshot.columns, **reasons}, bool(snapshot.meta["margin_assumed"])
        asker = Asker(duck, binder, columns, span, assumed, earlier, beside)
        return asker.ask(question, readable_columns(self.registry), options)


def cards_of(snapshot: Snapshot, root: Path) -> dict[str, Card]:
    """Model cards of a snapshot's predictions.

    Args:
        snapshot: whose.
        root: the workspace's folder.
    """
    return {name: Card.read(root / folder / CARD) for name, folder in snapshot.meta["cards"].items()}
