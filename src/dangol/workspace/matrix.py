"""Snapshots for learning: features at past moments, labels from the horizon after each, never a mixture of the two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dangol.core.declare import Block, Feature, Output, Predictor
from dangol.core.engine import Duck
from dangol.core.errors import TooLittleData, told
from dangol.core.query import sql
from dangol.workspace.binding import FACT_SCHEMA, Binder
from dangol.workspace.facts import LATER, Facts
from dangol.workspace.profile import Profile, build_profile

NUMERIC = ("integer", "count", "number", "money", "share", "probability", "days", "flag")
SCORE_BATCH = 200_000
SHORTEST_HISTORY_DAYS = 14


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


def moments(first: datetime, as_of: datetime, horizon_days: int, snapshots: int) -> Moments:
    """Purged past moments: the latest training window ends where validation begins.

    Training moments go back from there in steps of a third of the horizon (at least a week), as far as the history reaches
    with at least two weeks behind the earliest.

    Raises:
        TooLittleData: not even one training moment fits.
    """
    horizon = timedelta(days=horizon_days)
    validation = as_of - horizon
    step = timedelta(days=max(7, horizon_days // 3))
    earliest = first + timedelta(days=SHORTEST_HISTORY_DAYS)
    candidates = [validation - horizon - index * step for index in range(snapshots)]
    training = tuple(sorted(moment for moment in candidates if moment >= earliest))
    if not training:
        have = (as_of - first).days
        need = 2 * horizon_days + SHORTEST_HISTORY_DAYS
        needed = told("{need} days for a horizon of {horizon} days", need=str(need), horizon=str(horizon_days))
        raise TooLittleData.have(told("{have} days of orders", have=str(have)), needed)
    return Moments(training, validation, horizon_days)


@dataclass(frozen=True)
class Learner:
    """Makes blocks for one company.

    Attributes:
        duck: engine with facts mounted.
        binder: the company at the moment of scoring.
        features: all declared families.
        first: the company's first order.
        sample: facts of the customers to learn from, mounted beside the others; absent when all are learnt from.
    """

    duck: Duck
    binder: Binder
    features: Sequence[Feature]
    first: datetime
    sample: Facts | None = None

    @property
    def past(self) -> Binder:
        """The customers to learn from: the sample, or everybody where there is none."""
        return self.binder if self.sample is None else replace(self.binder, facts=self.sample)

    def block(self, binder: Binder, predictor: Predictor, at: datetime, horizon_days: int) -> Block:
        """Features at a past moment with the labels of the horizon after it; buyers only."""
        past = replace(binder, as_of=at)
        profile = build_profile(self.duck, past, self.features, table="past_profile", only=wanted(predictor))
        later = binder.facts.later(at, horizon_days)
        schema = {f"later_{name}": FACT_SCHEMA[name] for name in LATER}
        reader = past.reading(
            past_profile=(sql("select * from past_profile").tree, profile_schema(profile)),
            profile=(sql("select * from past_profile").tree, profile_schema(profile)),
            **{name: (tree, schema[name]) for name, tree in later.items()},
        )
        label = reader.bind(predictor.label(), where="label", optional=("later_returns",))
        self.duck.create("labels", label.tree, temporary=True)
        names = [name for name in label.outputs if name != "customer_id"]
        listed = ", ".join(f"coalesce(l.{name}, 0) AS label_{name}" for name in names)
        table = self.duck.arrow(
            f"SELECT p.*, {listed} FROM past_profile p LEFT JOIN labels l USING (customer_id) "
            "WHERE p.order_count > 0 ORDER BY customer_id"
        )
        self.duck.drop("labels")
        self.duck.drop("past_profile")
        labels = {name: numbers(table.column(f"label_{name}")) for name in names}
        return self.block_of(table, profile.columns, labels, at, horizon_days)

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
        )

    def scoring_blocks(self, profile: Profile, table: str = "profile") -> Iterator[Block]:
        """Everybody who ever bought, as of now, in batches of bounded size."""
        for batch in self.duck.cursor().batches(f"SELECT * FROM {table} WHERE order_count > 0 ORDER BY customer_id", SCORE_BATCH):
            yield self.block_of(pa.Table.from_batches([batch]), profile.columns, {}, self.binder.as_of, 0)


def wanted(predictor: Predictor) -> tuple[str, ...]:
    """The feature columns a prediction reads; those a company lacks are simply not there."""
    return (*predictor.needs, *predictor.useful(), "order_count")


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
