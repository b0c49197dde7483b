"""Ranges that hold what they promise: learnt from how far past predictions were off, not from a model's own belief.

Split-conformal prediction (Papadopoulos et al. 2002; Lei et al. 2018), separately for groups of customers of whom about
as much was expected, on the ratio of what came to what was expected. Whatever the model, of new customers like those learnt
from at least the stated share falls into the range, in each group (Vovk 2012 for groups).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, Whole, enough, fraction, refuse, same_length, vector
from dangol.core.errors import DataError, told

FEWEST = 30  # customers in a group, more at levels near 1; with fewer, ends are single customers' luck
TINY = 1e-3  # share of the mean prediction below which a prediction counts as this much


@dataclass(frozen=True)
class Conformal:
    """How far from the expectation things come out, group by group.

    Attributes:
        edges: expectations that part the groups, ascending, shape (g - 1,).
        low: factor on the expectation for the lower end, shape (g,).
        high: factor for the upper end, shape (g,).
        least: smaller expectations are taken as this much for the upper end.
        level: share of customers that falls into the range.
        count: customers each group was learnt from, shape (g,).
    """

    edges: Vector
    low: Vector
    high: Vector
    least: float
    level: float
    count: Whole

    def group(self, expected: npt.ArrayLike) -> Whole:
        """Which group each customer belongs to, from 0 for the least expected, shape (n,).

        Args:
            expected: predictions, shape (n,).

        Raises:
            DataError: a value that is not finite.
        """
        return np.searchsorted(self.edges, vector(expected, "expected"), side="right").astype(np.int64)

    def apply(self, expected: npt.ArrayLike) -> tuple[Vector, Vector]:
        """The lower and the upper end for each customer, each of shape (n,), both at least 0.

        Where a prediction is carried on to another horizon, scale both ends as it is scaled.

        Args:
            expected: predictions at least 0, shape (n,).

        Raises:
            DataError: a negative prediction, or one that is not finite.
        """
        e = vector(expected, "expected")
        refuse(e < 0, e, told("expected must be at least 0"))
        group, base = self.group(e), np.maximum(e, self.least)
        return self.low[group] * base, self.high[group] * base


def learn(expected: npt.ArrayLike, actual: npt.ArrayLike, level: float = 0.8, groups: int = 10) -> Conformal:
    """Ranges from predictions and what came of them, on customers the model was not fitted to.

    The lower end leaves out as many as may fall below it, half of those left out altogether. Where so many came to nothing
    that no lower end but 0 is possible, nobody falls below, and the upper end leaves out all: else the range would
    hold more than the stated share.

    Args:
        expected: predictions at least 0, shape (n,).
        actual: what came of them, at least 0, shape (n,).
        level: share of customers that is to fall into the range.
        groups: of about equal size by expectation; fewer are made where they would have less than 30 customers.

    Raises:
        DataError: negative or not finite values, lengths that differ, a level outside 0…1, or fewer than one group.
        TooLittleData: fewer than 30 customers.
    """
    e, y = vector(expected, "expected"), vector(actual, "actual")
    same_length({"expected": e, "actual": y})
    refuse(e < 0, e, told("expected must be at least 0"))
    refuse(y < 0, y, told("actual must be at least 0"))
    if groups < 1:
        raise DataError(told("groups must be at least 1, not {value}", value=repr(groups)))
    share = fraction(level, "level")
    fewest = max(FEWEST, int(np.ceil(share / (1.0 - share))))
    enough(e.size, fewest, told("customers"))
    most = min(groups, e.size // fewest)
    edges = parting(np.unique(np.quantile(e, np.arange(1, most) / most)), e)
    group = np.searchsorted(edges, e, side="right")
    least = TINY * float(e.mean()) or 1.0
    ratio = y / np.maximum(e, least)
    ends = np.array([_ends(np.sort(ratio[group == each]), share) for each in range(edges.size + 1)])
    return Conformal(edges, ends[:, 0], ends[:, 1], least, share, np.bincount(group, minlength=edges.size + 1))


def parting(edges: Vector, expected: Vector) -> Vector:
    """The edges that part somebody from somebody: equal expectations stay together.

    Between equal expectations quantiles may come out a last bit apart; of edges with nobody between them one is enough.
    """
    below = np.searchsorted(np.sort(expected), edges, side="left")
    places, first = np.unique(below, return_index=True)
    return np.asarray(edges[first[(places > 0) & (places < expected.size)]], dtype=np.float64)


def _ends(ratio: Vector, level: float) -> tuple[float, float]:
    """The lower and upper end of some ascending ratios, with the finite-sample correction."""
    n = ratio.size
    left_out = int(np.floor((n + 1) * (1.0 - level) / 2.0))
    low = float(ratio[left_out - 1]) if left_out else 0.0
    # fewer than planned where many are equal, nobody where the end is 0
    below = int(np.searchsorted(ratio, low)) + 1 if low > 0 else 0
    return low, float(ratio[min(int(np.ceil((n + 1) * level)) + below, n) - 1])
