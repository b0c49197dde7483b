"""The profile: one row per customer with every feature that the company's data can give, as of one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    duck: Duck | Spark, binder: Binder, features: Iterable[Feature], *, table: str = "profile", only: Sequence[str] = ()
) -> Profile:
    """Compute features for everybody known at the binder's moment into a table of the engine.

    Args:
        duck: engine where facts are mounted and the table is made.
        binder: the company at a moment.
        features: families to compute.
        table: name of the table to make: customer_id, first_seen_at and the feature columns.
        only: when given, families with none of these columns are left out.
    """
    columns: dict[str, Output] = {}
    families: dict[str, tuple[str, ...]] = {}
    absent: dict[str, tuple[str, ...]] = {}
    for family in features:
        if only and not set(only) & set(family.outputs):
            continue
        bound = binder.bind(family.query(), where=family.name, optional=family.optional)
        if bound.lost:
            absent[family.name] = bound.missing
        kept = tuple(name for name in bound.outputs if name in family.outputs)
        if "customer_id" in bound.outputs and kept:
            duck.create(f"{table}_{family.name}", typed(bound.tree, family, kept), temporary=True)
            families[family.name] = kept
            columns.update({name: family.outputs[name] for name in kept})
    population = binder.bind(sql(POPULATION), where="population").tree
    duck.create(table, joined(population, families, table), temporary=True)
    for name in families:
        duck.drop(f"{table}_{name}")
    return Profile(columns, families, absent)


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
