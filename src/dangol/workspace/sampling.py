"""The customers that predictions learn from: a stated sample, written once with only what features and labels read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlglot import exp

from dangol.core.declare import Feature, Predictor
from dangol.core.engine import Duck
from dangol.core.engine.scan import filled
from dangol.core.query import Scope, bind, sql
from dangol.core.tables import FACTS
from dangol.workspace.binding import FACT_SCHEMA, Binder
from dangol.workspace.facts import LATER, VERSION_EDGES, Facts
from dangol.workspace.lineage import Needs, needs
from dangol.workspace.population import members
from dangol.workspace.profile import POPULATION

PREFIX = "sampled"
EPOCH = datetime(1970, 1, 1)
# Knuth's multiplicative hash: spreads customer numbers evenly, and the same way on every engine and version.
SAMPLE = """
    select customer_id from (select distinct customer_id from facts_people) as everybody
    order by ((customer_id + $seed) * 2654435761) % 4294967296, customer_id limit $size"""


def write_sample(duck: Duck, binder: Binder, size: int, seed: int, reads: Mapping[str, frozenset[str]], folder: Path) -> int:
    """Write the facts of some customers; returns how many tables.

    Args:
        duck: with all facts mounted.
        binder: the company.
        size: how many customers.
        seed: which customers.
        reads: columns to write, by table; see `columns_read`.
        folder: for one Parquet file per table; tables that are not about customers stay where they are.
    """
    values = {"seed": seed, "size": size}
    duck.create("sample", bind(sql(SAMPLE), Scope(binder.as_of, values=values)), temporary=True)
    about_customers = [name for name in binder.facts.files if "customer_id" in FACT_SCHEMA[name] and name in reads]
    for name in about_customers:
        physical = binder.facts.physical(name)
        there = duck.columns(physical.name)
        kept = [exp.column(column) for column in there if column in reads[name] or column == "customer_id"]
        chosen = exp.select(*kept).from_(physical).where("customer_id IN (SELECT customer_id FROM sample)")
        duck.write_parquet(chosen, folder / f"{name}.parquet", fast=True)
    duck.drop("sample")
    return len(about_customers)


def sampled(facts: Facts, folder: Path) -> Facts:
    """The facts of the sample beside those that are not about customers.

    What is present is what the company has: a value that happens to be missing throughout the sample is not absent.
    """
    own = {path.stem: path for path in folder.glob("*.parquet")}
    rest = {name: path for name, path in facts.files.items() if "customer_id" not in FACT_SCHEMA[name]}
    present = {name: facts.present[name] & filled(path).keys() for name, path in (own | rest).items()}
    return Facts(own | rest, present, PREFIX)


def columns_read(features: Sequence[Feature], predictors: Iterable[Predictor]) -> dict[str, frozenset[str]]:
    """Fact columns behind features and labels, by table, with those that decide what was known at a moment."""
    found: dict[str, set[str]] = {}
    for read in (*needs_of_features(features), *needs_of_predictions(features, predictors)):
        for table in read.tables:
            found.setdefault(table.removeprefix("later_"), set())
        for table, column in read.columns:
            found[table.removeprefix("later_")].add(column)
    return {name: frozenset(columns) | knowing(name, columns) for name, columns in found.items() if name in FACTS}


def needs_of_features(features: Sequence[Feature]) -> list[Needs]:
    """What features read; looked through under the very terms they are bound with, so that it is done once a run."""
    population = needs(sql(POPULATION), FACT_SCHEMA, where="population")
    return [population, *(needs(family.query(), FACT_SCHEMA, where=family.name) for family in features)]


def needs_of_predictions(features: Sequence[Feature], predictors: Iterable[Predictor]) -> list[Needs]:
    """What labels read, and the rules that say whom predictions are about."""
    outputs = {name: output for family in features for name, output in family.outputs.items()}
    profile = {"customer_id": "BIGINT", **{name: output.sql_type for name, output in outputs.items()}}
    schema = {**FACT_SCHEMA, **{f"later_{name}": FACT_SCHEMA[name] for name in LATER}, "profile": profile}
    queries = [query for each in predictors for query in (each.label(), members(each.population(), outputs, EPOCH))]
    return [needs(query, schema, where="sample") for query in queries]


def knowing(name: str, columns: Iterable[str]) -> frozenset[str]:
    """Columns of a table that decide when its rows and values were known."""
    table = FACTS[name]
    moments = {table.moment, *(table.by_name[each].known_at for each in columns if each in table.by_name)}
    return frozenset(each for each in (*moments, *VERSION_EDGES, "cancelled_at") if each)
