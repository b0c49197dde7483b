"""Scored pairs in words and bits: what a review queue shows and an explanation is made of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dangol.algorithms.arrays import Vector
from dangol.identity.matching.compare import LAYOUTS, Layout, Steps
from dangol.identity.matching.increment import Kept
from dangol.identity.matching.model import Model
from dangol.identity.matching.people import Ints
from dangol.identity.matching.reading import Records

# A pair inside this span of chances is worth a look by somebody.
DOUBTFUL = (0.1, 0.9)


def pairs_table(kept: Kept, model: Model, records: Records) -> pa.Table:
    """Every pair worth keeping with what each field says.

    Returns:
        left, right (places of the records as they came in), chance, weight (log2 odds), joined (both ended as one customer),
        doubtful (the pair contradicts the grouping, or is between clear yes and clear no); then for each field the step it
        reached, such as `same`, missing where a record has no value, and `<field>_bits`, how much it speaks for one person.
    """
    pairs = kept.pairs
    first = np.full(len(records), len(records.place), dtype=np.int64)
    np.minimum.at(first, records.place, np.arange(len(records.place)))
    joined = kept.cluster[pairs.left] == kept.cluster[pairs.right]
    between = (pairs.chance > DOUBTFUL[0]) & (pairs.chance < DOUBTFUL[1])
    against = np.where(joined, pairs.chance < 0.5, pairs.chance >= 0.5)
    bits = model.mixture.weights(pairs.codes)
    columns: dict[str, pa.Array] = {
        "left": pa.array(first[pairs.left]),
        "right": pa.array(first[pairs.right]),
        "chance": pa.array(pairs.chance),
        "weight": pa.array(odds(pairs.chance)),
        "joined": pa.array(joined),
        "doubtful": pa.array(between | against),
    }
    for place, each in enumerate(LAYOUTS):
        columns[each.ladder.field] = steps(each, pairs.codes[:, place])
        columns[f"{each.ladder.field}_bits"] = pa.array(bits[:, place].astype(np.float32))
    return pa.table(columns)


def odds(chance: Vector) -> Vector:
    """log2 odds of a chance."""
    certain = np.clip(chance, 1e-12, 1.0 - 1e-12)
    logs: Vector = np.log2(certain / (1.0 - certain))
    return logs


def steps(layout: Layout, codes: Steps) -> pa.Array:
    """The names of the steps that codes stand for."""
    reached: Ints = layout.step[codes]
    names = pa.array([step.name for step in layout.ladder.steps])
    return pa.DictionaryArray.from_arrays(pa.array(reached - 1, pa.int32(), mask=reached == 0), names)
