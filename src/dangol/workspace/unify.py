"""Unify: accepted rows of all sources become one customer each, and the facts of every customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.errors import TooLittleData, told
from dangol.core.query import literal, sql
from dangol.core.tables import FACTS, TABLES
from dangol.identity.companies import Places, write_accounts
from dangol.identity.customer import IDENTITY_MAP, Earlier, identify, map_records, summary
from dangol.identity.facts import Facts as FactWriter
from dangol.identity.figures import measure
from dangol.identity.prospect import prospects
from dangol.identity.surviving import Origin, Speaking
from dangol.identity.won import judge, stand_in
from dangol.intake import last_loaded
from dangol.intake.quality import Reading
from dangol.workspace.cleaning import clean
from dangol.workspace.facts import ENDS, Facts
from dangol.workspace.settings import Settings

NO_ORDERS = {"n": 0, "first_at": None, "last_at": None}
ORDERED = "select count(*) as n, min(ordered_at) as first_at, max(ordered_at) as last_at from facts_orders"


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
    loaded_at = last_loaded(root)
    company, systems = settings.company, {source: origin.system for source, origin in origins.items()}
    reading = Reading.of(duck, root, systems, company.zone)
    left_out = clean(reading, rules, target)
    judge(duck, reading.present)
    present = prospects(duck, stand_in(duck, reading.present))
    people = [name for name in present if TABLES[name].person and "customer_ref" in present[name]]
    if not people:
        need = told("a column with customer numbers, such as in orders, customers, contracts or events")
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
        loaded_at=loaded_at,
    )
    writer.write()
    measure(duck, people, target)
    found = span(duck, Facts.of(target / "facts"), company.zone, loaded_at)
    return {**summary(duck, target / IDENTITY_MAP), **found, "left_out": left_out}


def span(duck: Duck, facts: Facts, zone: str, loaded_at: datetime) -> dict[str, Any]:
    """First and last order, since when anything is known, and the moment that a run describes when none is given.

    That is the midnight after the last order; of companies without orders, after the last thing known about anybody; where data
    tell no moments at all, after they were loaded.
    """
    facts.mount(duck)
    ordered: Mapping[str, Any] = duck.row(sql(ORDERED).tree) if "orders" in facts.files else NO_ORDERS
    seen = [] if ordered["n"] else [duck.row(happened(name, column, loaded_at)) for name, column in dated(facts)]
    first = ordered["first_at"] or min((each["first_at"] for each in seen if each["first_at"]), default=loaded_at)
    last = ordered["last_at"] or max((each["last_at"] for each in seen if each["last_at"]), default=loaded_at)
    return {
        "order_count": int(ordered["n"]),
        "first_order_at": written(ordered["first_at"]),
        "last_order_at": written(ordered["last_at"]),
        "first_at": first.isoformat(),
        "as_of": next_midnight(last, zone).isoformat(),
    }


def dated(facts: Facts) -> list[tuple[str, str]]:
    """Tables about persons beside the columns that say when their rows happened, and when what they speak of ended."""
    found = [(name, column) for name in facts.files if name in TABLES and TABLES[name].person
             for column in (FACTS[name].moment, ENDS.get(name))]  # fmt: skip
    return [(name, column) for name, column in found if column and column in facts.present.get(name, frozenset())]


def happened(name: str, column: str, loaded_at: datetime) -> exp.Expr:
    """A table's first and last moment of a kind; what lies after the data were loaded is a plan or a slip."""
    moment = exp.column(column)
    ends = [exp.alias_(each(this=moment.copy()), title) for each, title in ((exp.Min, "first_at"), (exp.Max, "last_at"))]
    return exp.select(*ends).from_(f"facts_{name}").where(exp.LTE(this=moment, expression=literal(loaded_at)))


def written(moment: datetime | None) -> str:
    """A moment as text; empty where there is none."""
    return moment.isoformat() if moment else ""


def next_midnight(moment: datetime, zone: str) -> datetime:
    """The first midnight of the company's clock after a moment, in UTC without zone."""
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(UTC).replace(tzinfo=None)
