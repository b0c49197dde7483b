"""Where to cut without knowing the truth: the cut whose groups have the highest expected F1 over pairs.

With p the probability of each pair, groups that hold the pairs S have the expected F1 of about 2·Σp(S) / (|S| + Σp(all)), the
ratio of expectations (Lewis 1995; Ye et al. 2012 show that it converges to the expectation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.algorithms.arrays import Vector, vector
from dangol.core.errors import DataError, told


@dataclass(frozen=True)
class Cut:
    """A cut and what is expected of it.

    Attributes:
        height: joins at this height or above are made.
        precision, recall, f1: expected over pairs.
    """

    height: float
    precision: float
    recall: float
    f1: float


def best_cut(height: Vector, pairs: Vector, matches: Vector, all_matches: float) -> Cut:
    """The cut with the highest expected F1.

    Args:
        height: of each join.
        pairs: each join puts into one group.
        matches: expected true pairs among them.
        all_matches: expected true pairs of the company, joined or not.

    Raises:
        DataError: no joins, or columns of different length.
    """
    height, pairs, matches = vector(height, "height"), vector(pairs, "pairs"), vector(matches, "matches")
    if not len(height) or len(height) != len(pairs) or len(height) != len(matches):
        raise DataError(told("{n} joins to cut", n=len(height)))
    order = np.argsort(-height, kind="stable")
    joined, true = np.cumsum(pairs[order]), np.cumsum(matches[order])
    score = 2.0 * true / (joined + max(all_matches, float(true[-1]) * 1e-9))
    last = np.append(height[order][1:] != height[order][:-1], True)
    place = int(np.flatnonzero(last)[np.argmax(score[last])])
    precision, recall = true[place] / joined[place], true[place] / max(all_matches, 1e-12)
    return Cut(float(height[order][place]), float(precision), float(recall), float(score[place]))
