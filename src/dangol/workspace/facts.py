"""Facts cut at a moment: nothing at or after `as_of` is visible to whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.core.engine import Duck, Spark
from dangol.core.engine.scan import filled
from dangol.core.query import literal, named
from dangol.core.tables import FACTS, Column, Table

PREFIX = "facts"
LATER = ("orders", "order_lines", "returns", "events", "messages", "contracts")
# What comes later of a row that was known before: its end, not its beginning.
ENDS: Mapping[str, str] = {"contracts": "ended_at"}
CANCELLED_WITH_ORDERS = frozenset({"order_lines", "returns"})
VERSION_EDGES: Mapping[str, type[exp.Binary]] = {"known_from": exp.LT, "known_before": exp.GTE}


@dataclass(frozen=True)
class Facts:
    """The facts of a company: Parquet files by table, and which columns really hold something.

    Attributes:
        files: one Parquet file per table.
        present: columns with at least one value, by table; what is not here is absent, not empty.
        prefix: what the engine's names for them begin with.
    """

    files: Mapping[str, Path]
    present: Mapping[str, frozenset[str]]
    prefix: str = PREFIX

    @classmethod
    def of(cls, folder: Path) -> Facts:
        """The facts in a folder."""
        files = {path.stem: path for path in sorted(folder.glob("*.parquet")) if path.stem in FACTS}
        return cls(
            files, {name: frozenset(column for column, count in filled(path).items() if count) for name, path in files.items()}
        )

    def mount(self, engine: Duck | Spark) -> None:
        """Make the files readable as `facts_<table>`."""
        for name, path in self.files.items():
            engine.view(f"{self.prefix}_{name}", path)

    def physical(self, table: str) -> exp.Table:
        """The uncut table, for the workspace itself."""
        return named(f"{self.prefix}_{table}")

    def cut(self, as_of: datetime, tables: Iterable[str] = FACTS, zone: str = "UTC") -> dict[str, exp.Expr]:
        """What stands for each table name at a moment; absent columns read as missing.

        Args:
            as_of: the moment, in UTC.
            tables: names of the tables wanted.
            zone: of the company's clock, by which rows are dated that have a day and no time.
        """
        wanted = {name: FACTS[name] for name in tables if name in FACTS}
        return {name: self.seen(table, known_before(table, as_of, zone), as_of) for name, table in wanted.items()}

    def later(self, as_of: datetime, horizon_days: float) -> dict[str, exp.Expr]:
        """What happened in [as_of, as_of + horizon): the tables labels read, as `later_<table>`."""
        before = as_of + timedelta(days=horizon_days)
        return {f"later_{name}": self.seen(FACTS[name], known_between(FACTS[name], as_of, before), before) for name in LATER}

    def seen(self, table: Table, condition: exp.Expr | None, as_of: datetime) -> exp.Expr:
        """A table's columns as they were known at a moment, rows where a condition holds."""
        present = self.present.get(table.name, frozenset()) | (
            frozenset({"customer_id"}) if table.name in self.files else frozenset()
        )
        columns = [visible(column, present, as_of, table) for column in table.columns]
        if table.name not in self.files:
            return exp.select(*columns).where(exp.false())
        chosen = exp.select(*columns).from_(self.physical(table.name), copy=False)
        conditions = [
            each for each in (condition, self.uncancelled(table, as_of), self.version(table, as_of)) if each is not None
        ]
        return chosen.where(*conditions, copy=False) if conditions else chosen

    def uncancelled(self, table: Table, as_of: datetime) -> exp.Expr | None:
        """Lines of an order, and refunds for it, count until the order is cancelled."""
        if table.name not in CANCELLED_WITH_ORDERS or "cancelled_at" not in self.present.get(table.name, frozenset()):
            return None
        cancelled = exp.column("cancelled_at")
        return exp.or_(exp.Is(this=cancelled, expression=exp.null()), exp.GTE(this=cancelled.copy(), expression=literal(as_of)))

    def version(self, table: Table, as_of: datetime) -> exp.Expr | None:
        """Of a customer's versions the one that held at the moment: what was registered later was not known."""
        if table.name != "people":
            return None
        edges = [(name, kind) for name, kind in VERSION_EDGES.items() if name in self.present.get("people", frozenset())]
        known = [
            exp.or_(exp.Is(this=exp.column(name), expression=exp.null()), kind(this=exp.column(name), expression=literal(as_of)))
            for name, kind in edges
        ]
        return exp.and_(*known) if known else None


def known_before(table: Table, as_of: datetime, zone: str) -> exp.Expr | None:
    """Rows known before a moment; reference tables are always known, undated customers too.

    A row that is dated by a day is known when that day is over on the company's clock.
    """
    if table.moment is None:
        return None
    moment = exp.column(table.moment)
    by_day = table.by_name[table.moment].kind == "day"
    before: exp.Expr = exp.LT(this=moment, expression=literal(local_day(as_of, zone) if by_day else as_of))
    required = table.by_name[table.moment].required or table.name in ("order_lines", "people")
    return before if required else exp.or_(before, exp.Is(this=moment.copy(), expression=exp.null()))


def local_day(moment: datetime, zone: str) -> date:
    """The day of the company's clock on which a moment in UTC lies."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def known_between(table: Table, since: datetime, before: datetime) -> exp.Expr:
    """Rows of a half-open window."""
    moment = exp.column(ENDS.get(table.name, table.moment or ""))
    return exp.and_(exp.GTE(this=moment, expression=literal(since)), exp.LT(this=moment.copy(), expression=literal(before)))


def visible(column: Column, present: frozenset[str], as_of: datetime, table: Table) -> exp.Expr:
    """A column as it was known at a moment: later moments are missing, later states are the earlier ones."""
    reference = exp.column(column.name)
    if column.name not in present:
        return exp.alias_(exp.cast(exp.null(), column.sql_type), column.name)
    if column.known_at and column.known_at in present:
        stated = exp.Literal.string(column.earlier) if column.earlier else exp.null()
        earlier = exp.cast(stated, column.sql_type)
        later = exp.GTE(this=exp.column(column.known_at), expression=literal(as_of))
        return exp.alias_(exp.case().when(later, earlier).else_(reference), column.name)
    if column.kind == "moment" and column.name != table.moment and not column.planned:
        known = exp.LT(this=exp.column(column.name), expression=literal(as_of))
        return exp.alias_(exp.case().when(known, reference), column.name)
    return reference
