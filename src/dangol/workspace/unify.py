"""Unify: accepted rows of all sources become one customer each, and the facts of every customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dangol.core.engine import Duck
from dangol.core.errors import TooLittleData, told
from dangol.core.tables import TABLES
from dangol.identity.companies import Places, write_accounts
from dangol.identity.customer import IDENTITY_MAP, Earlier, identify, map_records, summary
from dangol.identity.facts import Facts as FactWriter
from dangol.identity.figures import measure
from dangol.identity.surviving import Origin, Speaking
from dangol.identity.won import judge, stand_in
from dangol.intake.quality import Reading
from dangol.workspace.cleaning import clean
from dangol.workspace.facts import Facts
from dangol.workspace.settings import Settings


def unify(
    duck: Duck,
    root: Path,
    settings: Settings,
    origins: Mapping[str, Origin],
    *,
    earlier: Earlier,
    rules: frozenset[str],
    target: Path,
) -> Mapping[str, Any]:
    """Write the identity map and the facts of everything loaded; returns counts and the time they span.

    Args:
        duck: an engine to work on.
        root: the workspace's folder, with the loaded tables.
        settings: the company's clock, its assumed margin and what may be concluded about customers.
        origins: whose customer and order numbers each source uses, and how far its word on customers goes.
        earlier: the run before, so that customers keep their numbers, and what people have decided.
        rules: cleaning rules that are on.
        target: folder for the results.

    Raises:
        TooLittleData: no row names a customer.
    """
    company, systems = settings.company, {source: origin.system for source, origin in origins.items()}
    reading = Reading.of(duck, root, systems, company.zone)
    left_out = clean(reading, rules, target)
    judge(duck, reading.present)
    present = stand_in(duck, reading.present)
    people = [name for name in present if TABLES[name].person and "customer_ref" in present[name]]
    if not people:
        need = told("a column with customer numbers in orders or customers")
        raise TooLittleData.have(told("0 rows that name a customer"), need)
    identify(duck, people, columns=present.get("customers", frozenset()), earlier=earlier, target=target)
    map_records(duck, target / IDENTITY_MAP)
    (target / "facts").mkdir(exist_ok=True)
    write_accounts(duck, present, Places(earlier.folder, target, target / "facts"))
    writer = FactWriter(
        duck,
        present,
        target / "facts",
        margin_share=company.margin_share,
        many_systems=len(set(systems.values())) > 1,
        speaking=Speaking(origins, infer_gender=bool(settings.identity.infer_gender)),
    )
    writer.write()
    measure(duck, people, target)
    found = span(duck, Facts.of(target / "facts"), company.zone)
    return {**summary(duck, target / IDENTITY_MAP), **found, "left_out": left_out}


def span(duck: Duck, facts: Facts, zone: str) -> dict[str, Any]:
    """First and last order, and the midnight after the last one: the moment a run describes when none is given."""
    facts.mount(duck)
    if "orders" not in facts.files:
        return {"order_count": 0, "first_order_at": "", "last_order_at": "", "as_of": ""}
    found = duck.row("SELECT count(*) AS n, min(ordered_at) AS first_at, max(ordered_at) AS last_at FROM facts_orders")
    if not found["n"]:
        return {"order_count": 0, "first_order_at": "", "last_order_at": "", "as_of": ""}
    return {
        "order_count": int(found["n"]),
        "first_order_at": found["first_at"].isoformat(),
        "last_order_at": found["last_at"].isoformat(),
        "as_of": next_midnight(found["last_at"], zone).isoformat(),
    }


def next_midnight(moment: datetime, zone: str) -> datetime:
    """The first midnight of the company's clock after a moment, in UTC without zone."""
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC).replace(tzinfo=None)
