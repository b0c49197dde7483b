"""The serving snapshot: one immutable file per run with profile, people, scores and answers; every face reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from dangol.consent import OPTIONAL, consents_now
from dangol.core.declare import Output
from dangol.core.engine import Duck, identifier
from dangol.core.errors import NotReady, told
from dangol.core.tables import FACTS
from dangol.identity.lasting import REDIRECTS
from dangol.workspace.answers import Answer
from dangol.workspace.binding import Binder
from dangol.workspace.facts import Facts
from dangol.workspace.figures import CONSENTS, ORDERS, KeyFigures, OrdersKnown, key_figures
from dangol.workspace.stages import write_json

POINTER = "current.json"
FILE = "snapshot.duckdb"
# What the snapshot's file is called in an engine.
SNAPSHOT = "snapshot"
FIGURES = "figures"


@dataclass(frozen=True)
class Pointer:
    """Which snapshot serves now.

    Attributes:
        run_id: name of the run.
        file: the snapshot's file below the workspace folder.
        facts: folder of the facts it was made from.
        as_of: the moment it describes.
    """

    run_id: str
    file: str
    facts: str
    as_of: str
    finished_at: str

    @classmethod
    def read(cls, root: Path) -> Pointer:
        """The current pointer.

        Raises:
            NotReady: no run has finished yet.
        """
        path = root / POINTER
        if not path.is_file():
            raise NotReady(told("no run has finished yet"), where=str(root), hint=told("first: {command}", command="dangol run"))
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, root: Path) -> None:
        """Make this snapshot the serving one; readers of the old one are not disturbed."""
        write_json(root / POINTER, asdict(self))


@dataclass(frozen=True)
class Contents:
    """What a snapshot is made of.

    Attributes:
        profile: columns of the profile with scores, by name.
        answers: answers to all questions with their default options.
        meta: figures and lists that faces show.
        people: names, contacts and attributes, as `people_known` gives them.
        consents: who allows what, as `consent_state` gives it; None where no consents were delivered.
        units: homes and accounts, as `unit_tables` gives them.
    """

    profile: Mapping[str, Output]
    answers: Sequence[Answer]
    meta: Mapping[str, Any]
    people: exp.Select
    consents: exp.Expr | None = None
    units: Mapping[str, exp.Expr] = field(default_factory=dict)


def people_known(binder: Binder) -> exp.Select:
    """Names, contacts and attributes of all customers as they were known at a moment; columns nobody delivered are left out."""
    present = binder.facts.present.get("people", frozenset())
    known = [exp.column(name) for name in FACTS["people"].by_name if name in present or name == "customer_id"]
    return exp.select(*known).from_(exp.Subquery(this=binder.facts.cut(binder.as_of, ["people"])["people"], alias="people"))


def consent_state(binder: Binder) -> exp.Expr | None:
    """Who allows what at a moment; None where the company delivered no consents."""
    if "consents" not in binder.facts.files:
        return None
    return binder.bind(consents_now(), where=CONSENTS, optional=OPTIONAL).tree


def write_snapshot(duck: Duck, contents: Contents, identity_map: Path) -> None:
    """Complete the snapshot file, attached as `snapshot` and with its table `profile` in it, from the facts of an engine."""
    duck.view("identity_map", identity_map)
    duck.create("snapshot.people", contents.people.order_by("customer_id"))
    duck.create("snapshot.identity_map", "SELECT * FROM identity_map ORDER BY customer_id")
    if contents.consents is not None:
        duck.create(f"snapshot.{CONSENTS}", contents.consents)
        duck.define(CONSENTS, f"SELECT * FROM snapshot.{CONSENTS}")
    for table, tree in contents.units.items():
        duck.create(f"snapshot.{table}", tree)
    for table in ("profile", "people", "identity_map"):
        duck.execute(f"CREATE INDEX {identifier(table + '_customer')} ON snapshot.{identifier(table)} (customer_id)")
    columns = [(name, each.kind, each.ko, each.en) for name, each in contents.profile.items()]
    write_rows(duck, "snapshot.columns", ("name", "kind", "ko", "en"), columns)
    write_rows(duck, "snapshot.answers", ("question", "payload"), [(each.question, each.to_json()) for each in contents.answers])
    figures = asdict(key_figures(duck, contents.profile))
    meta = [
        (key, json.dumps(value, ensure_ascii=False, default=str)) for key, value in {**contents.meta, FIGURES: figures}.items()
    ]
    write_rows(duck, "snapshot.meta", ("key", "payload"), meta)
    duck.detach(SNAPSHOT)


def write_rows(duck: Duck, table: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A small table of texts."""
    listed = list(rows)
    arrays = {name: pa.array([row[index] for row in listed], type=pa.string()) for index, name in enumerate(names)}
    duck.register(table, pa.table(arrays))


def redirects_in(folder: Path) -> dict[int, int]:
    """Numbers of customers who turned out to be others; none where an older version made the facts."""
    if not (folder / REDIRECTS).exists():
        return {}
    found = pq.read_table(folder / REDIRECTS)
    return dict(zip(found["former_id"].to_pylist(), found["customer_id"].to_pylist(), strict=True))


class Snapshot:
    """A snapshot open for reading, beside the facts it was made from.

    Attributes:
        duck: an engine in which the snapshot's tables (profile, people, identity_map, answers …) and `facts_<table>` are views.
        columns: columns of the profile.
        meta: figures and lists that faces show.
        facts: the facts behind it.
        redirects: numbers of customers who turned out to be others, and whose they are now.
    """

    def __init__(self, duck: Duck, pointer: Pointer, facts: Facts, redirects: Mapping[int, int] | None = None) -> None:
        self.duck = duck
        self.pointer = pointer
        self.facts = facts
        self.redirects = redirects or {}
        rows = duck.rows("SELECT * FROM columns")
        self.columns: dict[str, Output] = {row["name"]: Output(row["kind"], row["ko"], row["en"], row["name"]) for row in rows}
        self.meta: dict[str, Any] = {row["key"]: json.loads(row["payload"]) for row in duck.rows("SELECT * FROM meta")}

    @classmethod
    def open(cls, root: Path, *, memory_limit: str = "1GB", threads: int | None = None) -> Snapshot:
        """The serving snapshot.

        Raises:
            NotReady: no run has finished yet.
        """
        pointer = Pointer.read(root)
        duck = Duck(memory_limit=memory_limit, threads=threads, spill=root / "spill")
        duck.attach(root / pointer.file, SNAPSHOT, read_only=True)
        for table in duck.tables_of(SNAPSHOT):
            duck.define(table, f"SELECT * FROM snapshot.{table}")
        facts = Facts.of(root / pointer.facts / "facts")
        facts.mount(duck)
        return cls(duck, pointer, facts, redirects_in(root / pointer.facts))

    @cached_property
    def tables(self) -> frozenset[str]:
        """Names of the snapshot's own tables; those that a company has nothing for are not there."""
        return frozenset(self.duck.cursor().tables_of(SNAPSHOT))

    @cached_property
    def figures(self) -> KeyFigures:
        """Figures of the company as a whole, written with the snapshot; counted now where an older version wrote it."""
        written = self.meta.get(FIGURES)
        return KeyFigures.of(written) if written else key_figures(self.duck.cursor(), self.columns)

    @cached_property
    def orders(self) -> OrdersKnown:
        """The orders known at the snapshot's moment; counted now where an older version wrote it."""
        written = self.meta.get(ORDERS)
        return OrdersKnown(**written) if written else OrdersKnown.at(self.duck.cursor(), self.facts, self.as_of)

    @cached_property
    def records(self) -> int:
        """How many source records the customers of the profile have."""
        known = "SELECT count(*) FROM identity_map WHERE customer_id IN (SELECT customer_id FROM profile)"
        return int(self.duck.cursor().value(known))

    @property
    def as_of(self) -> datetime:
        """The moment the snapshot describes, UTC."""
        return datetime.fromisoformat(self.pointer.as_of)

    def under_todays_numbers(self, rows: pa.Table) -> pa.Table:
        """Rows about customers as they were called once, under the numbers they have now."""
        if not self.redirects:
            return rows
        former = pa.array(list(self.redirects), pa.int64())
        now = pa.array(list(self.redirects.values()), pa.int64())
        place = rows.column_names.index("customer_id")
        numbers = rows.column(place)
        moved = now.take(pc.index_in(numbers.combine_chunks(), former))
        return rows.set_column(place, "customer_id", pc.coalesce(moved, numbers.combine_chunks()))

    def answers(self) -> dict[str, Answer]:
        """All answers by question."""
        rows = self.duck.cursor().rows("SELECT question, payload FROM answers")
        return {row["question"]: Answer.from_json(row["payload"]) for row in rows}

    def answer(self, question: str) -> Answer | None:
        """The stored answer to one question."""
        named = exp.EQ(this=exp.column("question"), expression=exp.Literal.string(question))
        rows = self.duck.cursor().rows(exp.select("payload").from_("answers").where(named))
        return Answer.from_json(rows[0]["payload"]) if rows else None

    def headline(self, question: str) -> Mapping[str, Any]:
        """The figures of a stored answer; none where it is not there."""
        answer = self.answer(question)
        return answer.headline if answer else {}

    def close(self) -> None:
        """Let go of the file."""
        self.duck.close()
