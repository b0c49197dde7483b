"""Chances of the same thing within fewer and within more days: nobody is likelier to do it within thirty than within ninety."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from sqlglot import exp

from dangol.core.declare import Array, Prediction, PropensitySettings
from dangol.core.engine import Duck
from dangol.predictions.propensity import Propensity

IN_STEP = "chances_in_step"


def ladders(predictions: Sequence[Prediction]) -> list[list[str]]:
    """Propensities of the same audience and event by growing windows, as names of their columns; those with several windows."""
    found: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
    for column, what in defined(predictions):
        found[what.rule, what.event, what.which][what.window] = column
    several = [columns for columns in found.values() if len(columns) > 1]
    return [[columns[days] for days in sorted(columns)] for columns in several]


def defined(predictions: Sequence[Prediction]) -> list[tuple[str, PropensitySettings]]:
    """The chance of each propensity among predictions, beside what it is the chance of."""
    return [(next(iter(each.outputs)), each.model.definition) for each in predictions if issubclass(each.model, Propensity)]


def put_in_step(duck: Duck, tables: Mapping[str, str], ladders: Sequence[Sequence[str]]) -> frozenset[str]:
    """Make the table `chances_in_step`: customers with a chance that contradicts one of a longer window, corrected.

    Args:
        duck: with the tables of scores.
        tables: where each column of the ladders stands, with `customer_id`.
        ladders: columns by growing windows, see `ladders`.

    Returns:
        The columns that the table has; none where nothing contradicts.
    """
    corrected = [table for columns in ladders if (table := contradicting(duck, columns, tables)) is not None]
    if not corrected:
        return frozenset()
    names = [f"{IN_STEP}_{place}" for place in range(len(corrected))]
    whole = exp.select("*").from_(names[0])
    for name, table in zip(names, corrected, strict=True):
        duck.register(name, table)
        whole = whole if name == names[0] else whole.join(name, using=["customer_id"], join_type="full")
    duck.create(IN_STEP, whole, temporary=True)
    return frozenset(column for table in corrected for column in table.column_names if column != "customer_id")


def contradicting(duck: Duck, columns: Sequence[str], tables: Mapping[str, str]) -> pa.Table | None:
    """Customers of one ladder whose chances fall with a longer window, with corrected chances; None where there are none."""
    query = exp.select("customer_id", *columns).from_(tables[columns[0]])
    for column in columns[1:]:
        query = query.join(tables[column], using=["customer_id"])
    table = duck.arrow(query)
    chances = np.column_stack([table.column(column).to_numpy() for column in columns])
    wrong = np.flatnonzero((np.diff(chances, axis=1) < 0).any(axis=1))
    if not len(wrong):
        return None
    rising = isotonic(chances[wrong])
    arrays = {column: pa.array(rising[:, place]) for place, column in enumerate(columns)}
    return pa.table({"customer_id": table.column("customer_id").take(pa.array(wrong)), **arrays})


def isotonic(chances: Array) -> Array:
    """The nearest rows, in squares, that never fall: the largest of the smallest means (Robertson, Wright, Dykstra 1988).

    Args:
        chances: shape (n, k).
    """
    count = chances.shape[1]
    sums = np.concatenate([np.zeros((len(chances), 1)), np.cumsum(chances, axis=1)], axis=1)
    found = np.empty_like(chances)
    for place in range(count):
        starts = [
            np.min([(sums[:, end] - sums[:, start]) / (end - start) for end in range(place + 1, count + 1)], axis=0)
            for start in range(place + 1)
        ]
        found[:, place] = np.max(starts, axis=0)
    return found
