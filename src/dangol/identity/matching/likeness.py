"""How alike two texts are, worked out once for each distinct pair of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process

from dangol.identity.matching.people import Codes, Ints

Words = npt.NDArray[np.object_]


def distinct_pairs(left: Codes, right: Codes, values: int) -> tuple[Ints, Ints, Ints]:
    """Each pair of values once, smaller first: the two ends, and the place of every given pair among them."""
    low, high = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    keys, place = np.unique(low * values + high, return_inverse=True)
    return keys // values, keys % values, place


def compared(left: Words, right: Words, measure: Callable[..., Any], cutoff: float) -> npt.NDArray[np.float64]:
    """A rapidfuzz measure of two columns of words, row by row; beyond the cutoff it may stop early."""
    if not len(left):
        return np.empty(0)
    return process.cpdist(left, right, scorer=measure, score_cutoff=cutoff, workers=1).astype(np.float64)


def measured(words: Words, left: Ints, right: Ints, measure: Callable[..., Any], cutoff: float) -> npt.NDArray[np.float64]:
    """A rapidfuzz measure of pairs of words given by their places."""
    return compared(words[left], words[right], measure, cutoff)
