"""Cleaning between accepted rows and facts: rules people switch on and off, and a list of all that they leave out.

A switch holds from the next run on, until it is taken back; then the facts are again what they were. Accepted rows are never
changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.engine.scan import parquet_scan
from dangol.core.errors import UnknownName, told
from dangol.core.store import AuditEntry, QualityRuling, Store, record_audit
from dangol.intake.quality import RULES, Reading
from dangol.intake.quality.cleaning import cleaned, left_out, match, matched_rules, matched_tables
from dangol.intake.quality.reading import view_of

LEFT_OUT = "left_out.parquet"
LEFT_OUT_ROWS = "left_out"
LISTED = ("rule", "table_name", "source", "delivery", "row_no", "order_id", "product_id", "happened_at", "amount")
DEFAULT = frozenset(rule.name for rule in RULES.values() if rule.on)


@dataclass(frozen=True)
class Switched:
    """A decision of somebody about a rule."""

    ruling_id: int
    rule: str
    on: bool
    who: str
    reason: str
    ruled_at: datetime
    undone_at: datetime | None


class Switches:
    """Which cleaning rules are on, and who said so.

    Args:
        store: keeps what was decided.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def on(self) -> frozenset[str]:
        """The rules that hold in the next run: the latest word that stands about each, else its default."""
        said: dict[str, bool] = {}
        for each in self.rulings():
            if each.undone_at is None:
                said.setdefault(each.rule, each.on)
        return frozenset(name for name in RULES if said.get(name, name in DEFAULT))

    def switch(self, rule: str, *, on: bool, who: str, reason: str = "") -> int:
        """Switch a rule, from the next run on; returns the decision's number.

        Raises:
            UnknownName: there is no such rule.
        """
        UnknownName.check(told("rule"), rule, RULES)
        now = datetime.now(UTC).replace(tzinfo=None)
        row = QualityRuling(rule=rule, active=on, who=who, reason=reason, ruled_at=now)
        with self.store.session() as session:
            session.add(row)
            session.flush()
            number = int(row.ruling_id)
        what = "switched a cleaning rule on" if on else "switched a cleaning rule off"
        record_audit(self.store, AuditEntry(who=who, what=what, whose=f"rule {rule}", reason=reason))
        return number

    def undo(self, ruling_id: int, *, who: str) -> None:
        """Take a decision back, from the next run on.

        Raises:
            UnknownName: there is no such decision, or it was taken back already.
        """
        with self.store.session() as session:
            row = session.get(QualityRuling, ruling_id)
            if row is None or row.undone_at is not None:
                what = told("there is no decision {number} to take back", number=str(ruling_id))
                raise UnknownName(what, hint=told("{command} lists them", command="dangol clean --rulings"))
            row.undone_at = datetime.now(UTC).replace(tzinfo=None)
        record_audit(self.store, AuditEntry(who=who, what="took a cleaning decision back", whose=f"ruling {ruling_id}"))

    def rulings(self) -> list[Switched]:
        """Every decision, the latest first."""
        with self.store.reading() as session:
            rows = session.scalars(select(QualityRuling).order_by(QualityRuling.ruling_id.desc()))
            return [
                Switched(each.ruling_id, each.rule, each.active, each.who, each.reason, each.ruled_at, each.undone_at)
                for each in rows
            ]


def clean(reading: Reading, rules: frozenset[str], target: Path) -> Mapping[str, int]:
    """Define each accepted table by its own name, without what the rules leave out, and list that; returns rows by rule.

    Args:
        reading: the accepted tables.
        rules: those that are on.
        target: folder for the list, `left_out.parquet`; nothing is written where no row is concerned.
    """
    match(reading, rules)
    touched = matched_tables(reading.duck)
    for table, columns in reading.present.items():
        names = ["source", "delivery", "row_no", *sorted(columns), "system"]
        reading.duck.define(table, cleaned(table, view_of(table), names, touched))
    counts = matched_rules(reading.duck)
    if counts:
        rows = exp.select(*LISTED).from_(left_out(reading).subquery("left_out"))
        reading.duck.write_parquet(rows, target / LEFT_OUT, order_by=("rule", "table_name", "delivery", "row_no"))
    return counts


def listed(folder: Path, rule: str = "", limit: int = 100) -> list[dict[str, object]]:
    """Rows that the rules of a run left out or took the customer from; no personal data.

    Args:
        folder: of the run's unify stage.
        rule: only those of one rule.
        limit: how many at most.
    """
    if not (folder / LEFT_OUT).exists():
        return []
    with Duck(threads=1) as duck:
        duck.view("left_out", folder / LEFT_OUT)
        return duck.rows(f"SELECT * FROM left_out WHERE $1 IN ('', rule) LIMIT {int(limit)}", [rule])


def left_out_rows(folder: Path) -> exp.Select:
    """All rows that the rules of a run left out or took the customer from.

    Args:
        folder: of the run's unify stage.
    """
    if not (folder / LEFT_OUT).exists():
        return exp.select(*(exp.alias_(exp.cast(exp.null(), "varchar"), each) for each in LISTED)).where(exp.false())
    return exp.select(*LISTED).from_(parquet_scan([folder / LEFT_OUT]))
