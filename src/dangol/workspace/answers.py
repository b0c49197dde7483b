"""Answers: a question's table, its headline, how far to trust it, or what is missing."""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.core.declare import Output, Question
from dangol.core.engine import Duck
from dangol.core.errors import EngineError, told
from dangol.core.query import Query, Scope, Value, bind, is_moment, named
from dangol.core.tables import FACTS
from dangol.core.text import Language, placeholders, render, translate
from dangol.core.text import to_translate as words
from dangol.workspace.beside import BESIDE, Source, absent
from dangol.workspace.binding import Binder
from dangol.workspace.categories import category_words
from dangol.workspace.earlier import EARLIER, Earlier
from dangol.workspace.hiding import recognised
from dangol.workspace.lineage import needs

COLUMN = exp.Column
LEAD, UNIT, BY_ROW = "lead_ref", "unit", "measure"
MOST_ROWS = 1000
FEW, SOME = 30, 100
LEVELS = {False: "good", True: "fair"}
PREDICTED = ("expected_margin_12m", "_probability", "wallet_high")
NOT_YET = words("This cannot be told in a sentence yet; what is known stands in the table.")
SENTENCE_END = re.compile(r"(?<=[.)])\s+(?=[^(])")


@dataclass(frozen=True)
class Trust:
    """How far an answer can be relied on: good, fair or low, and why, in codes the catalogue words."""

    level: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An answered question, complete in itself so that every face shows the same.

    Attributes:
        question: the question's name.
        number: such as Q1.
        as_of: the moment it speaks about, ISO format in UTC.
        options: what it was asked with.
        headline: the figures of the sentence.
        columns: (name, kind, Korean, English) of the table.
        rows: the table, at most a thousand rows.
        row_count: rows of the whole table.
        missing: `table.column` that would make it, or the lost columns, answerable.
        answerable: False when it could not be answered at all.
        sql: the declared query.
        tables: tables it read.
        since, before: first and last moment of the orders it rests on.
        short_of: where no month is over yet: since, until (the orders there are) and needed (the day they must reach).
    """

    question: str
    number: str
    as_of: str
    options: Mapping[str, Any]
    headline: Mapping[str, Any]
    columns: Sequence[tuple[str, str, str, str]]
    rows: Sequence[Sequence[Any]]
    row_count: int
    missing: Sequence[str]
    answerable: bool
    trust: Trust
    sql: str
    tables: Sequence[str]
    since: str = ""
    before: str = ""
    lost: Sequence[str] = field(default_factory=tuple)
    short_of: Mapping[str, date] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many customers, orders … the answer rests on."""
        return int(self.headline.get("n") or 0)

    def cells(self, row: Sequence[Any]) -> list[tuple[str, str, Any]]:
        """A row of the table as (column, kind, value); where rows tell different things, each has the kind its row names."""
        names = [column[0] for column in self.columns]
        unit = row[names.index(UNIT)] if UNIT in names else "number"
        kinds = [unit if column[1] == BY_ROW else column[1] for column in self.columns]
        return list(zip(names, kinds, row, strict=True))

    def sentence(self, question: Question, language: Language, *, currency: str, zone: str) -> str:
        """The answer in a sentence or two, without those that would speak of a missing figure; where none is left, it says so."""
        parts = SENTENCE_END.split(question.sentence(language))
        spoken = [part for part in parts if all(is_known(self.headline.get(name)) for name in placeholders(part))]
        if not any(map(placeholders, spoken)):
            return translate(NOT_YET, language)
        values = {
            name: category_words(value, language) if isinstance(value, str) else value for name, value in self.headline.items()
        }
        return render(" ".join(spoken), values, language, currency=currency, zone=zone)

    def to_json(self) -> str:
        """As JSON; money as text, so that it stays exact."""
        return json.dumps(asdict(self), ensure_ascii=False, default=plain)

    @classmethod
    def from_json(cls, text: str) -> Answer:
        """Back from JSON."""
        read = json.loads(text)
        read["trust"] = Trust(read["trust"]["level"], tuple(read["trust"]["reasons"]))
        read["columns"] = [tuple(column) for column in read["columns"]]
        kinds = [column[1] for column in read["columns"]]
        read["rows"] = [list(map(typed, row, kinds)) for row in read["rows"]]
        for name in ("headline", "short_of"):
            read[name] = {key: revived(value) for key, value in read.get(name, {}).items()}
        return cls(**read)


def is_known(value: object) -> bool:
    """Whether a figure can be spoken of: it is there and is a number where it is meant to be one."""
    return value is not None and not (isinstance(value, float) and isnan(value))


def plain(value: object) -> Any:  # noqa: ANN401 — any JSON value
    """A value as JSON can carry it; dates and money are marked by their form."""
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime | date):
        return {"moment": value.isoformat()}
    return str(value)


def typed(value: object, kind: str) -> object:
    """A cell back as its kind."""
    revived_value = revived(value)
    return Decimal(str(revived_value)) if kind == "money" and isinstance(revived_value, int | float) else revived_value


def revived(value: object) -> object:
    """A value back from `plain`."""
    if not isinstance(value, dict):
        return value
    if "decimal" in value:
        return Decimal(value["decimal"])
    text = str(value["moment"])
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


@dataclass(frozen=True)
class Asker:
    """Answers questions on an engine where facts and the profile are mounted.

    Attributes:
        profile: columns of the profile table with their outputs.
        span: first and last moment of the company's orders before the moment.
        margin_assumed: margin is assumed from a share, not known from costs.
        earlier: scores of earlier runs; None where nobody kept any.
        beside: further tables that questions read, such as figures that people entered, by name.
    """

    duck: Duck
    binder: Binder
    profile: Mapping[str, Output]
    span: tuple[str, str] = ("", "")
    margin_assumed: bool = False
    earlier: Earlier | None = None
    beside: Mapping[str, Source] = field(default_factory=dict)

    def reader(self) -> Binder:
        """The binder that also reads the profile and earlier scores; a column the company lacks counts as missing."""
        columns = {
            "customer_id": "BIGINT",
            "first_seen_at": "TIMESTAMP",
            **{name: output.sql_type for name, output in self.profile.items()},
        }
        kept = {EARLIER: self.earlier.source(self.binder.as_of)} if self.earlier else {}
        more = {"profile": (named("profile"), columns), **absent(), **kept, **self.beside}
        return replace(self.binder.reading(**more), data_until=self.data_until)

    @property
    def data_until(self) -> datetime:
        """Up to when the data reach: midnight after the last order, at most the moment; months after it are not over."""
        if not self.span[1]:
            return self.binder.as_of
        last = local_moment(self.span[1], self.binder.zone)
        midnight = datetime.combine(last.date() + timedelta(days=1), time(), last.tzinfo)
        return min(self.binder.as_of, midnight.astimezone(UTC).replace(tzinfo=None))

    def ask(self, question: Question, known: Mapping[str, Output], options: Mapping[str, Value] | None = None) -> Answer:
        """Answer a question, or say what is missing.

        Args:
            question: the question.
            known: every declared profile column, computed here or not, so that absent ones are told from misspelt ones.
            options: the question's options; defaults where not given.
        """
        given = options or {}
        query = question.query(**given)
        declared = {"profile": known, **BESIDE}
        bound = self.reader().bind(query, where=question.name, optional=question.optional, declared=declared)
        asked = asked_with(question, given)
        if not bound.outputs or not self.headline_possible(question, bound.outputs):
            return self.refusal(question, query, asked, bound.missing)
        listed = shown_outputs(question, bound.outputs)
        rows, row_count, headline = self.computed(question, bound.tree, names_of(listed))
        if not headline.get("n"):
            refused = self.refusal(question, query, asked, bound.missing or self.unfilled(question))
            return replace(refused, short_of=self.short_of(query))
        shown, rows = without_empty(listed, rows, row_count)
        empty = frozenset(names_of(listed)).difference(names_of(shown))
        return Answer(
            question=question.name,
            number=question.number,
            as_of=self.binder.as_of.isoformat(),
            options=asked,
            headline=headline,
            columns=[(each.name, each.kind, each.ko, each.en) for each in shown],
            rows=rows,
            row_count=row_count,
            missing=tuple(sorted({*bound.missing, *self.behind(query, empty, self.reader().with_absent(declared))})),
            answerable=True,
            trust=self.trust(headline, query, known.keys() - self.profile.keys()),
            sql=query.text(),
            tables=sorted(query.tables),
            since=self.span[0],
            before=self.span[1],
            lost=sorted(bound.lost),
        )

    def computed(self, question: Question, tree: exp.Expr, columns: Sequence[str]) -> tuple[list[list[Any]], int, dict[str, Any]]:
        """The first rows of an answer in the order it asked for, how many there are, and the headline drawn from all."""
        self.duck.create("answer", tree, temporary=True, ordered=True)
        listed = exp.select(*(exp.column(name) for name in columns)).from_("answer").limit(MOST_ROWS)
        rows = [shown(row, columns) for row in self.duck.execute(listed).fetchall()]
        headline = self.headline(question)
        row_count = int(self.duck.value("SELECT count(*) FROM answer"))
        self.duck.drop("answer")
        return rows, row_count, headline

    def headline(self, question: Question) -> dict[str, Any]:
        """The row the sentence is drawn from; empty where there is none, such as before one month is complete."""
        drawn = self.duck.rows(bind(question.headline, Scope(self.binder.as_of, self.binder.zone)))
        return drawn[0] if drawn else {}

    def unfilled(self, question: Question) -> tuple[str, ...]:
        """Optional columns that the company lacks and that would help; only those of the profile where it lacks any."""
        present = self.binder.facts.present
        split = [(name, *name.split(".", 1)) for name in question.optional if "." in name]
        known = {"profile": self.profile, **present}
        lacking = sorted(name for name, table, column in split if column not in known.get(table, ()))
        return tuple(name for name in lacking if name.startswith("profile.")) or tuple(lacking)

    def behind(self, query: Query, columns: Collection[str], reader: Binder) -> frozenset[str]:
        """Optional columns that nobody delivered and that would fill columns of an answer; none for what we make ourselves."""
        if not columns:
            return frozenset()
        read = needs(query, reader.schema, where="answer")
        origins = {origin for name in columns for origin in read.outputs.get(name, ())}
        wanted = {(table, column) for table, column in origins if table in FACTS and not reader.has(table, column)}
        return frozenset(f"{table}.{column}" for table, column in wanted if not FACTS[table].by_name[column].derived)

    def short_of(self, query: Query) -> dict[str, date]:
        """What is too little where a query compares whole months and none is over: from when on there are orders, until when,
        and the day up to which they are needed; nothing where that is not the reason."""
        if not self.span[0] or not compares_months(query):
            return {}
        since = local_moment(self.span[0], self.binder.zone).date()
        until = local_moment(self.data_until.isoformat(), self.binder.zone).date() - timedelta(days=1)
        end = until.replace(day=monthrange(until.year, until.month)[1])
        return {"since": since, "until": until, "needed": end} if since >= until.replace(day=1) and until < end else {}

    def headline_possible(self, question: Question, outputs: Sequence[str]) -> bool:
        """Whether the headline reads only columns that are there."""
        wanted = {column.name for column in question.headline.tree.find_all(COLUMN)} & set(question.outputs)
        return wanted <= set(outputs)

    def refusal(self, question: Question, query: Query, options: Mapping[str, Any], missing: Sequence[str]) -> Answer:
        """The honest 'not answerable', with what would change it."""
        return Answer(
            question=question.name,
            number=question.number,
            as_of=self.binder.as_of.isoformat(),
            options=options,
            headline={"n": 0},
            columns=[],
            rows=[],
            row_count=0,
            missing=missing,
            answerable=False,
            trust=Trust("none"),
            sql=query.text(),
            tables=sorted(query.tables),
        )

    def trust(self, headline: Mapping[str, Any], query: Query, lacking: Collection[str]) -> Trust:
        """Trust by how much the answer rests on, and on how much is assumed; what the profile lacks here predicts nothing."""
        n = int(headline.get("n") or 0)
        read = {column.name for column in query.tree.find_all(COLUMN)}.difference(lacking)
        doubts = {
            "few": n < SOME,
            "margin_assumed": self.margin_assumed and reads_margin(query),
            "predicted": any(name.endswith(PREDICTED) for name in read),
            "low_evidence": headline.get("evidence") == "low",
        }
        reasons = [name for name, holds in doubts.items() if holds]
        return Trust("low" if n < FEW or doubts["low_evidence"] else LEVELS[bool(reasons)], tuple(reasons))


def local_moment(text: str, zone: str) -> datetime:
    """A moment in UTC, ISO format, on the company's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def shown_outputs(question: Question, known: Collection[str]) -> list[Output]:
    """The columns of an answer's table: what can be known here and is not hidden."""
    wanted = [name for name in question.outputs if name not in question.hidden]
    return [question.outputs[name] for name in wanted if name in known]


def asked_with(question: Question, given: Mapping[str, Value]) -> dict[str, Any]:
    """All options of a question with what they were asked with, or their usual values."""
    return {option.name: given.get(option.name, option.default) for option in question.options}


def names_of(outputs: Iterable[Output]) -> list[str]:
    """The names of columns, in order."""
    return [each.name for each in outputs]


def without_empty(
    listed: Sequence[Output], rows: Sequence[Sequence[Any]], row_count: int
) -> tuple[list[Output], list[list[Any]]]:
    """A table's columns that say something, and its rows with these alone.

    Args:
        listed: all columns.
        rows: the first rows.
        row_count: how many rows there are altogether.
    """
    kept = told_columns(rows, row_count, len(listed))
    return [listed[place] for place in kept], [[row[place] for place in kept] for row in rows]


def told_columns(rows: Sequence[Sequence[object]], row_count: int, columns: int) -> list[int]:
    """Places of the columns that say something: one that is empty in every row is left out, unless there are rows unseen."""
    if row_count > len(rows):
        return list(range(columns))
    return [place for place in range(columns) if any(row[place] is not None for row in rows)]


def compares_months(query: Query) -> bool:
    """Whether a query asks where the data end: it leaves out what is not over yet."""
    return any(is_moment(column) and column.name == "data_until" for column in query.tree.find_all(COLUMN))


def reads_margin(query: Query) -> bool:
    """Whether a query reads a margin."""
    return any("margin" in column.name for column in query.tree.find_all(COLUMN))


def asked_or_failed(asker: Asker, question: Question, known: Mapping[str, Output]) -> Answer:
    """An answer, or the engine's refusal with the question's name in it.

    Raises:
        EngineError: naming the question.
    """
    try:
        return asker.ask(question, known)
    except EngineError as problem:
        where = told("question {name} ({file})", name=question.name, file=question.file.name)
        raise EngineError(problem.what, where=where, hint=problem.where) from problem


def shown(row: Sequence[Any], columns: Sequence[str]) -> list[Any]:
    """A row as everybody may see it: a lead's number that is an address or a telephone is covered."""
    named = zip(columns, row, strict=True)
    return [recognised(value) if name == LEAD and isinstance(value, str) else value for name, value in named]
