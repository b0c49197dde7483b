"""The profile: one row per customer with every feature that the company's data can give, as of one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from sqlglot import exp

from dangol.core.declare import Feature, Output
from dangol.core.engine import Duck, Spark
from dangol.core.query import sql
from dangol.workspace.binding import Binder, Bound

POPULATION = "select customer_id, first_seen_at from people"
UNDATED = ("people.first_seen_at",)  # of companies whose data tell no moments


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
    parts = parts_of(features, binder, frozenset(only))
    trees = {f"{table}_{part.family.name}": part.tree for part in parts if part.kept}
    create_all(duck, trees)
    profile = profile_of(parts)
    whole = joined(binder.bind(sql(POPULATION), where="population", optional=UNDATED).tree, profile.families, table)
    (write or partial(duck.create, table, temporary=True))(whole)
    for name in trees:
        duck.drop(name)
    return profile


def profile_of(parts: Sequence[Part]) -> Profile:
    """What a profile holds of these families, and what it lacks."""
    columns = dict(chain.from_iterable(part.columns.items() for part in parts))
    families = {part.family.name: part.kept for part in parts if part.kept}
    return Profile(columns, families, {part.family.name: part.bound.missing for part in parts if part.bound.lost})


@dataclass(frozen=True)
class Part:
    """One family bound to a company.

    Attributes:
        kept: its columns that the company's data can give; none without a customer to hang them on.
    """

    family: Feature
    bound: Bound
    kept: tuple[str, ...]

    @classmethod
    def of(cls, family: Feature, binder: Binder) -> Part:
        """Bind a family."""
        bound = binder.bind(family.query(), where=family.name, optional=family.optional)
        named = "customer_id" in bound.outputs
        return cls(family, bound, tuple(name for name in bound.outputs if named and name in family.outputs))

    @property
    def tree(self) -> exp.Expr:
        """Its query with the declared types."""
        return typed(self.bound.tree, self.family, self.kept)

    @property
    def columns(self) -> dict[str, Output]:
        """Its columns as declared."""
        return {name: self.family.outputs[name] for name in self.kept}


def parts_of(features: Iterable[Feature], binder: Binder, only: frozenset[str]) -> list[Part]:
    """The families bound to a company; with `only`, those that have one of these columns."""
    return [Part.of(family, binder) for family in features if not only or only & set(family.outputs)]


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
