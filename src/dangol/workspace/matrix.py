"""Snapshots for learning: features at past moments, labels from the horizon after each, never a mixture of the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from dangol.algorithms.retail_season import holds_in
from dangol.core.declare import Block, Feature, Output, Predictor
from dangol.core.engine import Duck, identifier
from dangol.core.errors import TooLittleData, told
from dangol.core.query import sql
from dangol.core.tables import FACTS
from dangol.workspace.binding import FACT_SCHEMA, Binder
from dangol.workspace.facts import LATER, Facts
from dangol.workspace.overruled import NOTHING_SAID, Overruled
from dangol.workspace.population import PEOPLE, bound_members, words
from dangol.workspace.profile import Profile, build_profile
from dangol.workspace.shelf import Shelf

NUMERIC = ("integer", "count", "number", "money", "share", "probability", "days", "flag")
SCORE_BATCH = 200_000
SHORTEST_HISTORY_DAYS = 14
YEAR = timedelta(days=365)
GLIMPSE = 50_000
EPOCH = datetime(1970, 1, 1)
CONTRACTS = "contracts"
# Whoever knows two years knows its own season; orders by day are counted for companies that do not.
SEASON_KNOWN = timedelta(days=730)
TRADE = sql("""
    select date_trunc('day', local(ordered_at)) as day, count(*) as orders from orders
    where status = 'completed' and customer_id is not null group by 1""")


@dataclass(frozen=True)
class Moments:
    """The moments a prediction learns from.

    Attributes:
        training: past moments whose label windows end before `validation` begins to look ahead, earliest first.
        validation: the latest moment whose label window is complete.
        horizon_days: how far labels look ahead.
    """

    training: tuple[datetime, ...]
    validation: datetime
    horizon_days: int


def first_known(duck: Duck, facts: Facts, table: str, as_of: datetime) -> datetime | None:
    """When the first row of a table happened, of those known at a moment; None where none has a moment."""
    moment = FACTS[table].moment if table in facts.files else None
    if moment is None or moment not in facts.present.get(table, frozenset()):
        return None
    known = exp.Subquery(this=facts.cut(as_of, [table])[table], alias="known")
    found: datetime | None = duck.value(exp.select(exp.Min(this=exp.column(moment))).from_(known))
    return found


def moments(first: datetime, as_of: datetime, horizon_days: int, snapshots: int, of: str = "") -> Moments:
    """Purged past moments: the latest training window ends where validation begins.

    Training moments go back from there in steps of a third of the horizon (at least a week), as far as the history reaches
    with at least two weeks behind the earliest. Where the history reaches that far, the earliest gives way to the same season
    of the year before.

    Args:
        first: since when there is something to learn from.
        as_of: the moment of scoring.
        horizon_days: how far labels look ahead.
        snapshots: how many training moments there are at most.
        of: the table that is learnt from; orders where it is empty.

    Raises:
        TooLittleData: not even one training moment fits.
    """
    horizon = timedelta(days=horizon_days)
    validation = as_of - horizon
    step = timedelta(days=max(7, horizon_days // 3))
    earliest = first + timedelta(days=SHORTEST_HISTORY_DAYS)
    candidates = [validation - horizon - index * step for index in range(snapshots)]
    season = as_of - YEAR
    if season >= earliest and season + horizon <= validation and season < candidates[-1]:
        candidates[-1] = season
    training = tuple(sorted(moment for moment in candidates if moment >= earliest))
    if not training:
        have = (as_of - first).days
        need = 2 * horizon_days + SHORTEST_HISTORY_DAYS
        needed = told("{need} days for a horizon of {horizon} days", need=str(need), horizon=str(horizon_days))
        contracts, orders = told("{have} days of contracts", have=str(have)), told("{have} days of orders", have=str(have))
        raise TooLittleData.have(contracts if of == CONTRACTS else orders, needed)
    return Moments(training, validation, horizon_days)


@dataclass(frozen=True)
class Learner:
    """Makes blocks for one company.

    Attributes:
        duck: engine with facts mounted.
        binder: the company at the moment of scoring.
        features: all declared families.
        first: the company's first order, or the first row of the table that the prediction is only made with.
        sample: facts of the customers to learn from, mounted beside the others; absent when all are learnt from.
        about: rule of the customers to score.
        shelf: past profiles shared with other predictions; absent where each is made anew.
        overruled: chances of the prediction that people set themselves.
    """

    duck: Duck
    binder: Binder
    features: Sequence[Feature]
    first: datetime
    sample: Facts | None = None
    about: str = "order_count >= 1"
    shelf: Shelf | None = None
    overruled: Overruled = NOTHING_SAID

    @property
    def past(self) -> Binder:
        """The customers to learn from: the sample, or everybody where there is none."""
        return self.binder if self.sample is None else replace(self.binder, facts=self.sample)

    @property
    def outputs(self) -> dict[str, Output]:
        """All features there may be."""
        return {name: output for family in self.features for name, output in family.outputs.items()}

    def block(self, binder: Binder, predictor: Predictor, at: datetime, horizon_days: int) -> Block:
        """Features at a past moment with the labels of the horizon after it, of those whom the prediction was about then.

        Whose chance people had set while the outcome was awaited is left out.
        """
        past = replace(binder, as_of=at)
        profile = self.past_profile(past, predictor)
        later = binder.facts.later(at, horizon_days)
        schema = {f"later_{name}": FACT_SCHEMA[name] for name in LATER}
        known = (exp.to_table("past_profile"), profile_schema(profile))
        reader = past.reading(profile=known, **{name: (tree, schema[name]) for name, tree in later.items()})
        label = reader.bind(predictor.label(), where="label", optional=("later_returns",))
        self.duck.create("labels", label.tree, temporary=True)
        self.duck.create(PEOPLE, bound_members(predictor.population(), self.outputs, past.reading(profile=known)))
        names = [name for name in label.outputs if name != "customer_id"]
        listed = ", ".join(f"coalesce(l.{name}, 0) AS label_{name}" for name in names)
        table = self.duck.arrow(
            f"SELECT p.*, {listed} FROM past_profile p LEFT JOIN labels l USING (customer_id) "
            f"WHERE p.customer_id IN (SELECT customer_id FROM {PEOPLE}) ORDER BY customer_id"
        )
        for name in ("labels", "past_profile", PEOPLE):
            self.duck.drop(name)
        labels = {name: numbers(table.column(f"label_{name}")) for name in names}
        block = replace(self.block_of(table, profile.columns, labels, at, horizon_days), trade=self.trade(past))
        return block.where(~self.overruled.untaught(block.customer_id, at, horizon_days)) if self.overruled.every else block

    def trade(self, binder: Binder) -> npt.NDArray[np.float64]:
        """Orders by local day before a moment: days since 1970 beside counts.

        None where more than two years are known, or where the published year of retail is not the country's.
        """
        bound = binder.bind(TRADE, where="trade")
        if binder.as_of - self.first > SEASON_KNOWN or not holds_in(binder.zone) or bound.lost:
            return np.empty((0, 2))
        found = self.duck.arrow(bound.tree)
        day = found.column("day").to_numpy().astype("datetime64[D]").astype(np.float64)
        return np.column_stack([day, numbers(found.column("orders"))])

    def past_profile(self, past: Binder, predictor: Predictor) -> Profile:
        """The table `past_profile`: everybody at a past moment, with the families of features that the prediction reads."""
        needed = wanted(predictor)
        if self.shelf is None:
            return build_profile(self.duck, past, self.features, table="past_profile", only=needed)
        found = self.shelf.mount(self.duck, past, self.features, "past_profile")
        families = {name: columns for name, columns in found.families.items() if set(columns) & set(needed)}
        columns = {name: found.columns[name] for names in families.values() for name in names}
        return Profile(columns, families, found.absent)

    def block_of(
        self,
        table: pa.Table,
        columns: Mapping[str, Output],
        labels: Mapping[str, npt.NDArray[Any]],
        at: datetime,
        horizon_days: float,
    ) -> Block:
        """An Arrow table as a block of arrays."""
        return Block(
            customer_id=table.column("customer_id").to_numpy().astype(np.int64),
            columns={name: values(table.column(name), output) for name, output in columns.items()},
            labels=labels,
            cutoff=(self.binder.as_of - at).total_seconds() / 86400,
            horizon_days=float(horizon_days),
            history_days=(at - self.first).total_seconds() / 86400,
            moment=(at - EPOCH).total_seconds() / 86400,
        )

    def scoring_blocks(self, profile: Profile, table: str = "profile") -> Iterator[Block]:
        """Everybody to score, as of now, in batches of bounded size."""
        self.count_members(profile, table)
        for batch in self.duck.cursor().batches(f"{self.members_of(table)} ORDER BY customer_id", SCORE_BATCH):
            yield self.block_of(pa.Table.from_batches([batch]), profile.columns, {}, self.binder.as_of, 0)

    def glimpse(self, profile: Profile, table: str = "profile") -> Block:
        """Everybody to score, as of now, or an even part where they are many."""
        step = max(1, -(-self.count_members(profile, table) // GLIMPSE))
        found = self.duck.arrow(f"{self.members_of(table)} AND customer_id % {step} = 0 ORDER BY customer_id")
        block = self.block_of(found, profile.columns, {}, self.binder.as_of, 0)
        return replace(block, trade=self.trade(self.binder))

    def told(self, profile: Profile, names: Sequence[str], table: str = "profile") -> Block:
        """Everybody to score of whom one of some columns is known, as of now; nobody where the company has none of them."""
        there = [name for name in names if name in profile.columns]
        said = " OR ".join(f"{identifier(name)} IS NOT NULL" for name in there) or "false"
        self.count_members(profile, table)
        found = self.duck.arrow(f"{self.members_of(table)} AND ({said}) ORDER BY customer_id")
        return self.block_of(found, profile.columns, {}, self.binder.as_of, 0)

    def members_of(self, table: str) -> str:
        """Everything of a table about those to score."""
        return f"SELECT * FROM {table} WHERE customer_id IN (SELECT customer_id FROM {PEOPLE})"

    def count_members(self, profile: Profile, table: str = "profile") -> int:
        """List those to score; returns how many."""
        known = (exp.to_table(table), profile_schema(profile))
        self.duck.create(PEOPLE, bound_members(self.about, self.outputs, self.binder.reading(profile=known)))
        return int(self.duck.value(f"SELECT count(*) FROM {PEOPLE}"))


def wanted(predictor: Predictor) -> tuple[str, ...]:
    """The feature columns a prediction reads; those a company lacks are simply not there."""
    return (*predictor.needs, *predictor.useful(), *sorted(words(predictor.population())))


def profile_schema(profile: Profile) -> dict[str, str]:
    """Columns and types of a profile table."""
    return {
        "customer_id": "BIGINT",
        "first_seen_at": "TIMESTAMP",
        **{name: output.sql_type for name, output in profile.columns.items()},
    }


def numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """A column as float64, missing values as NaN."""
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def values(column: pa.ChunkedArray, output: Output) -> npt.NDArray[Any]:
    """A feature column as an array: numbers as float64, moments as datetime64, categories as objects."""
    return numbers(column) if output.kind in NUMERIC else np.asarray(column.to_numpy(zero_copy_only=False))
