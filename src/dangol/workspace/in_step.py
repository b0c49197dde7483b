"""Chances of the same thing from several predictions: nobody is likelier to do it within thirty days than within ninety."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from dangol.core.declare import Array, Foretold, Prediction
from dangol.core.engine import Duck

IN_STEP = "chances_in_step"
# Closer chances are the same.
CLOSE = 1e-9


@dataclass(frozen=True)
class Rung:
    """One chance of a ladder, where it stands and within how many days."""

    chance: Foretold
    table: str
    days: int

    @property
    def column(self) -> str:
        """The score."""
        return self.chance.column

    def likely(self, scores: Array) -> Array:
        """Between the score and how likely the thing is, both ways."""
        return 1 - scores if self.chance.unlikely else scores


def ladders(duck: Duck, scores: Sequence[tuple[str, Prediction]]) -> list[list[Rung]]:
    """Chances of the same thing by growing windows, whoever foretells them; things of which there are several.

    Args:
        duck: with the tables of scores.
        scores: predictions with the table of their scores.
    """
    found: dict[tuple[str, str], list[Rung]] = defaultdict(list)
    for table, prediction in scores:
        for chance in prediction.model.foretells():
            days = chance.days if isinstance(chance.days, int) else duck.value(f"SELECT max({chance.days}) FROM {table}")
            if days is not None:
                found[chance.event, chance.which].append(Rung(chance, table, int(days)))
    return [sorted(rungs, key=lambda each: each.days) for rungs in found.values() if len(rungs) > 1]


def put_in_step(duck: Duck, scores: Sequence[tuple[str, Prediction]]) -> frozenset[str]:
    """Make the table `chances_in_step`: customers of whom predictions say what cannot be true together, corrected.

    Args:
        duck: with the tables of scores, with `customer_id`.
        scores: predictions with the table of their scores.

    Returns:
        The columns that the table has; none where nothing contradicts.
    """
    corrected = [table for rungs in ladders(duck, scores) if (table := contradicting(duck, rungs)) is not None]
    if not corrected:
        return frozenset()
    names = [f"{IN_STEP}_{place}" for place in range(len(corrected))]
    whole = exp.select("*").from_(names[0])
    for name, table in zip(names, corrected, strict=True):
        duck.register(name, table)
        whole = whole if name == names[0] else whole.join(name, using=["customer_id"], join_type="full")
    duck.create(IN_STEP, whole, temporary=True)
    return frozenset(column for table in corrected for column in table.column_names if column != "customer_id")


def contradicting(duck: Duck, rungs: Sequence[Rung]) -> pa.Table | None:
    """Customers of one ladder whose chances contradict each other, with chances that do not; None where there are none."""
    query = exp.select("customer_id", *(each.column for each in rungs)).from_(rungs[0].table)
    for table in dict.fromkeys(each.table for each in rungs[1:] if each.table != rungs[0].table):
        query = query.join(table, using=["customer_id"], join_type="full")
    found = duck.arrow(query)
    said = [each.likely(found.column(each.column).to_numpy().astype(np.float64)) for each in rungs]
    chances = np.column_stack(said)
    days = np.array([each.days for each in rungs])
    agreed = in_agreement(chances, days, np.array([each.chance.follows for each in rungs]))
    wrong = np.flatnonzero((np.abs(agreed - chances) > CLOSE).any(axis=1))
    if not len(wrong):
        return None
    columns: Mapping[str, pa.Array] = {
        each.column: pa.array(each.likely(agreed[wrong, place]), from_pandas=True) for place, each in enumerate(rungs)
    }
    return pa.table({"customer_id": found.column("customer_id").take(pa.array(wrong)), **columns})


def in_agreement(chances: Array, days: npt.NDArray[np.int64], follows: npt.NDArray[np.bool_]) -> Array:
    """The nearest chances that agree: the same within as many days, never less within more.

    Args:
        chances: shape (n, k), not a number where a prediction says nothing of a customer.
        days: within how many, shape (k,).
        follows: which give way to the others, shape (k,).
    """
    windows = np.unique(days[~follows])
    means = (
        np.column_stack([mean_of(chances[:, ~follows & (days == each)]) for each in windows]) if len(windows) else chances[:, :0]
    )
    known = ~np.isnan(means)
    for pattern in np.unique(known, axis=0):
        rows = np.flatnonzero((known == pattern).all(axis=1))
        means[np.ix_(rows, pattern)] = isotonic(means[np.ix_(rows, pattern)])
    agreed = chances.copy()
    for place, (window, following) in enumerate(zip(days, follows, strict=True)):
        if following:
            least = np.nan_to_num(means[:, windows <= window], nan=0.0).max(axis=1, initial=0.0)
            most = np.nan_to_num(means[:, windows >= window], nan=1.0).min(axis=1, initial=1.0)
            agreed[:, place] = np.clip(chances[:, place], least, most)
        else:
            agreed[:, place] = means[:, windows == window][:, 0]
    return np.where(np.isnan(chances), np.nan, agreed)


def mean_of(chances: Array) -> Array:
    """The mean of each row's numbers; not a number where there are none."""
    count = (~np.isnan(chances)).sum(axis=1)
    return np.where(count > 0, np.nansum(chances, axis=1) / np.maximum(count, 1), np.nan)


def isotonic(chances: Array) -> Array:
    """The nearest rows, in squares, that never fall: the largest of the smallest means (Robertson, Wright, Dykstra 1988).

    Args:
        chances: shape (n, k).
    """
    found = chances.copy()
    falling = np.flatnonzero((np.diff(chances, axis=1) < 0).any(axis=1))
    rows, count = chances[falling], chances.shape[1]
    sums = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(rows, axis=1)], axis=1)
    for place in range(count):
        starts = [
            np.min([(sums[:, end] - sums[:, start]) / (end - start) for end in range(place + 1, count + 1)], axis=0)
            for start in range(place + 1)
        ]
        found[falling, place] = np.max(starts, axis=0)
    return found
