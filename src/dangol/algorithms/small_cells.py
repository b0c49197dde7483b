"""Hiding small groups so that nobody can be singled out, not even by subtracting what is shown from the total."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dangol.core.errors import DataError, told


def hidden(counts: npt.ArrayLike, fewest: int) -> npt.NDArray[np.bool_]:
    """Which groups must not be shown beside their total.

    Every group with fewer people than `fewest` is hidden, and then the next smallest ones, until the hidden groups together have
    at least `fewest` people and are at least two: else the total minus the rest would tell what was hidden (complementary
    suppression; Hundepool et al., Statistical Disclosure Control, 2012, ch. 4). Empty groups tell of nobody and stay.

    Args:
        counts: people of each group, shape (n,).
        fewest: the smallest group that may be shown, at least 1.

    Raises:
        DataError: negative counts, or a limit below 1.
    """
    people = np.asarray(counts, dtype=np.int64)
    if fewest < 1 or (people < 0).any():
        raise DataError(told("{n} people or a limit of {limit} make no sense", n=int(people.min(initial=0)), limit=fewest))
    small = (people > 0) & (people < fewest)
    if not small.any():
        return small
    order = np.argsort(people, kind="stable")
    for place in order[people[order] >= fewest]:
        if small.sum() >= 2 and people[small].sum() >= fewest:
            break
        small[place] = True
    return small
