"""Delivered attributes of customers looked through before anything is learnt from them: what tells the outcome is left out.

What customers did is cut at its moment by the queries themselves. What sources say of a person or a company has no moment: it is
what stands there today, and may have been filled in after what a prediction is to foretell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dangol.core.declare import Block, Predictor
from dangol.core.errors import TooLittleData
from dangol.features.account import account
from dangol.features.demographics import demographics
from dangol.predictions.leaks import Finding, find_leaks, left_out

# Of accounts only what sources say of them; what they bought is cut at its moment.
DELIVERED = frozenset(demographics.outputs) | {
    name for name in account.outputs if name.endswith(("industry", "employee_count", "revenue"))
}
LOOKED_AT = 20_000  # customers are enough to see a column that knows too much


def inspected(blocks: Sequence[Block], predictor: Predictor) -> tuple[Finding, ...]:
    """Delivered attributes that tell the outcome; none where there is nothing to tell.

    Args:
        blocks: past customers with labels; it happened where any label is above 0.
        predictor: whose features are looked at.
    """
    names = sorted(DELIVERED.intersection(predictor.useful(), *(each.columns for each in blocks)))
    if not names or not all(each.labels for each in blocks):
        return ()
    some = [each.some(LOOKED_AT // len(blocks)) for each in blocks]
    happened = np.concatenate([np.max([values > 0 for values in each.labels.values()], axis=0) for each in some]).astype(
        np.float64
    )
    columns = {name: np.concatenate([each.columns[name] for each in some]) for name in names}
    try:
        return find_leaks(columns, happened)
    except TooLittleData:
        return ()


def without(blocks: Sequence[Block], findings: Sequence[Finding]) -> list[Block]:
    """The blocks without the columns that are to be left out."""
    gone = left_out(findings)
    return [replace(each, columns={name: values for name, values in each.columns.items() if name not in gone}) for each in blocks]
