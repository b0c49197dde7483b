"""The profile: one row per customer with every feature that the company's data can give, as of one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from dangol.core.declare import Feature, Output
from dangol.core.engine import Duck, Spark
from dangol.core.query import sql
from dangol.workspace.binding import Binder

POPULATION = "select customer_id, first_seen_at from people"


@dataclass(frozen=True)
class Profile:
    """Which features a profile holds.

    Attributes:
        columns: feature columns by name, in order.
        families: family → its columns here.
        absent: family → the table columns that would bring it, or parts of it, back.
    """

    columns: Mapping[str, Output]
    families: Mapping[str, tuple[str, ...]]
    absent: Mapping[str, tuple[str, ...]]


def build_profile(
    duck: Duck | Spark,
    binder: Binder,
    features: Iterable[Feature],
    *,
    table: str = "profile",
    only: Sequence[str] = (),
    write: Callable[[exp.Expr], object] | None = None,
) -> Profile:
    """Compute features for everybody known at the binder's moment into a table of the engine.

    Args:
        duck: engine where facts are mounted and the table is made.
        binder: the company at a moment.
        features: families to compute.
        table: name of the table to make: customer_id, first_seen_at and the feature columns.
        only: when given, families with none of these columns are left out.
        write: what to do with the whole instead of keeping it as a table.
    """
    chosen = [family for family in features if not only or set(only) & set(family.outputs)]
    bound = {family.name: binder.bind(family.query(), where=family.name, optional=family.optional) for family in chosen}
    kept = {family.name: tuple(name for name in bound[family.name].outputs if name in family.outputs) for family in chosen}
    made = [family for family in chosen if kept[family.name] and "customer_id" in bound[family.name].outputs]
    trees = {f"{table}_{family.name}": typed(bound[family.name].tree, family, kept[family.name]) for family in made}
    create_all(duck, trees)
    families = {family.name: kept[family.name] for family in made}
    population = binder.bind(sql(POPULATION), where="population").tree
    whole = joined(population, families, table)
    if write is None:
        duck.create(table, whole, temporary=True)
    else:
        write(whole)
    for name in trees:
        duck.drop(name)
    columns = {name: family.outputs[name] for family in made for name in kept[family.name]}
    return Profile(columns, families, {name: each.missing for name, each in bound.items() if each.lost})


def create_all(engine: Duck | Spark, trees: Mapping[str, exp.Expr]) -> None:
    """A table for each query, several at a time where the engine is ours."""
    if isinstance(engine, Duck) and engine.threads > 1:
        engine.together([partial(create, name, tree) for name, tree in trees.items()])
    else:
        for name, tree in trees.items():
            engine.create(name, tree, temporary=True)


def create(name: str, tree: exp.Expr, own: Duck) -> None:
    """A table on a connection of its own."""
    own.create(name, tree)


def typed(tree: exp.Expr, family: Feature, kept: tuple[str, ...]) -> exp.Expr:
    """A family's result with the declared types, so that engines and files agree."""
    columns = [exp.alias_(exp.cast(exp.column(name), family.outputs[name].sql_type, dialect="duckdb"), name) for name in kept]
    return exp.select("customer_id", *columns).from_(exp.Subquery(this=tree, alias="family"), copy=False)


def joined(population: exp.Expr, families: Mapping[str, tuple[str, ...]], table: str) -> exp.Expr:
    """Everybody, with the columns of every family beside each other."""
    columns = [exp.column(name, table=family) for family, names in families.items() for name in names]
    wide = exp.select("known.customer_id", "known.first_seen_at", *columns).from_(
        exp.Subquery(this=population, alias=exp.TableAlias(this=exp.to_identifier("known"))), copy=False
    )
    for family in families:
        source = exp.to_table(f"{table}_{family}").as_(family)
        wide = wide.join(source, on=f"{family}.customer_id = known.customer_id", join_type="left", copy=False)
    return wide
