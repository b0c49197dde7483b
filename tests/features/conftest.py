"""Companies small enough to see through, from accepted rows to the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dangol.core.engine import Duck
from dangol.core.tables import TABLES
from dangol.identity.companies import Places, write_accounts
from dangol.identity.customer import IDENTITY_MAP, Earlier, identify, map_records
from dangol.identity.facts import Facts as FactWriter
from dangol.identity.won import judge
from dangol.workspace.binding import Binder
from dangol.workspace.facts import Facts
from dangol.workspace.profile import build_profile
from dangol.workspace.registry import discover

REGISTRY = discover()
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@pytest.fixture(scope="session")
def unify_rows(arrow_of):
    """Accepted rows of all tables, unified into facts: `unify_rows(folder, {"orders": [...]}, margin_share=0.3)`."""

    def unify(folder: Path, tables: Rows, margin_share: float | None = None) -> Facts:
        folder.mkdir(parents=True, exist_ok=True)
        with Duck(memory_limit="500MB", threads=1) as duck:
            present = {}
            for name, rows in tables.items():
                types = {column.name: column.sql_type for column in TABLES[name].columns}
                origin = {"system": "VARCHAR", "source": "VARCHAR", "delivery": "VARCHAR", "row_no": "BIGINT"}
                whole = [
                    {"system": "main", "source": "shop", "delivery": "first", "row_no": number, **row}
                    for number, row in enumerate(rows)
                ]
                table = arrow_of(whole, {**types, **origin})
                duck.register(name, table)
                present[name] = frozenset(set(table.column_names) - set(origin))
            people = [name for name in tables if TABLES[name].person and "customer_ref" in present[name]]
            columns = present.get("customers", frozenset())
            (folder / "facts").mkdir(exist_ok=True)
            identify(duck, people, columns=columns, earlier=Earlier(None, datetime(2026, 1, 1)), target=folder)
            map_records(duck, folder / IDENTITY_MAP)
            judge(duck, present)
            write_accounts(duck, present, Places(None, folder, folder / "facts"))
            systems = {row.get("system", "main") for rows in tables.values() for row in rows}
            writer = FactWriter(duck, present, folder / "facts", margin_share=margin_share, many_systems=len(systems) > 1)
            writer.write()
        return Facts.of(folder / "facts")

    return unify


@pytest.fixture(scope="session")
def profile_of():
    """Every feature of everybody at a moment: `profile_of(engine, facts, as_of)` gives customer → column → value."""

    def compute(engine, facts: Facts, as_of: datetime, zone: str = "Asia/Seoul", only=None) -> dict[int, dict[str, Any]]:
        facts.mount(engine)
        families = [REGISTRY.features[name] for name in only] if only else list(REGISTRY.features.values())
        binder = Binder(facts, as_of, zone, dialect=engine.dialect)
        build_profile(engine, binder, families)
        rows = engine.rows("SELECT * FROM profile ORDER BY customer_id")
        engine.drop("profile")
        return {row.pop("customer_id"): row for row in rows}

    return compute
