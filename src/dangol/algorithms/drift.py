"""Whether today's customers still look like those a model learnt from: the population stability index.

PSI = Σ (aᵢ − eᵢ) ln(aᵢ / eᵢ) over bins (Siddiqi 2006), the symmetric Kullback-Leibler divergence of two histograms. Without any
shift it is about (bins − 1)(1/n + 1/m) in the mean (Yurdakul 2018), which is what small companies must exceed to say anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
BINS = 10
# Added to each bin, so that an empty one is rare and not impossible.
HALF = 0.5
MOST_WORDS = 20
# A share that moves by less than this, in logarithms of its odds, is no news to anybody.
NOTABLE_ODDS = 0.5
# So many of its usual steps a share must move.
STEPS = 3.0
LARGE_PSI = 0.25


@dataclass(frozen=True)
class Shift:
    """How far one column moved.

    Attributes:
        psi: population stability index.
        noise: what it would be in the mean if nothing had moved.
    """

    psi: float
    noise: float

    def drifted(self, usual: Shift, *, large: float = LARGE_PSI) -> bool:
        """Whether a column moved much, and twice as much as it usually does over the same stretch of time.

        Args:
            usual: how far it moved over the stretch before.
            large: the index that counts as a different population (Siddiqi's rule of thumb is 0.25).
        """
        return self.psi - self.noise > large and self.psi - self.noise > 2 * max(usual.psi - usual.noise, 0.0)


def shift(before: npt.NDArray[Any], now: npt.NDArray[Any]) -> Shift:
    """How far a column moved between two groups of customers; missing values are a bin of their own.

    Args:
        before: shape (n,); numbers with NaN, or an object array of categories with None.
        now: shape (m,), of the same kind.
    """
    expected, actual = (by_word if before.dtype == object else by_tenth)(before, now)
    return Shift(stability(expected, actual), noise(expected, actual))


def stability(expected: Array, actual: Array) -> float:
    """The index of two histograms.

    Args:
        expected: counts by bin, shape (k,).
        actual: counts by the same bins, shape (k,).
    """
    kept = (expected + actual) > 0
    if kept.sum() < 2:
        return 0.0
    before, now = shares(expected[kept]), shares(actual[kept])
    return float(((now - before) * np.log(now / before)).sum())


def shares(counts: Array) -> Array:
    """Shares of bins, none of them 0."""
    return np.asarray((counts + HALF) / (counts.sum() + HALF * len(counts)), dtype=np.float64)


def noise(expected: Array, actual: Array) -> float:
    """The index to expect of two groups of these sizes from one population."""
    bins = int(((expected + actual) > 0).sum())
    return float((bins - 1) * (1 / max(expected.sum(), 1) + 1 / max(actual.sum(), 1))) if bins > 1 else 0.0


def by_tenth(before: npt.NDArray[Any], now: npt.NDArray[Any]) -> tuple[Array, Array]:
    """Counts by tenths of the earlier values; equal edges fall together."""
    edges = np.unique(np.nanquantile(before, np.arange(1, BINS) / BINS)) if np.isfinite(before).any() else np.empty(0)
    return counted(before, edges), counted(now, edges)


def counted(values: npt.NDArray[Any], edges: Array) -> Array:
    """How many values fall between the edges, and how many are missing."""
    known = values[~np.isnan(values)]
    found = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.append(found, len(values) - len(known)).astype(np.float64)


def by_word(before: npt.NDArray[Any], now: npt.NDArray[Any]) -> tuple[Array, Array]:
    """Counts of the most frequent categories; the rest are one."""
    earlier, later = Counter(before.tolist()), Counter(now.tolist())
    words = [word for word, _ in (earlier + later).most_common(MOST_WORDS)]
    found = [np.array([each[word] for word in words], dtype=np.float64) for each in (earlier, later)]
    rest = [len(values) - each.sum() for values, each in zip((before, now), found, strict=True)]
    expected, actual = (np.append(each, other) for each, other in zip(found, rest, strict=True))
    return expected, actual


def share_moved(past: Array, sizes: Array, now: float, size: float) -> bool:
    """Whether a share left the range of its own past: by half in its odds, and by three of its usual steps.

    Args:
        past: the share at earlier moments, shape (k,).
        sizes: customers behind each, shape (k,).
        now: the share at the latest moment.
        size: customers behind it.
    """
    before, latest = log_odds(past, sizes), float(log_odds(np.array([now]), np.array([size]))[0])
    mean = float(before.mean())
    luck = 1 / max(size * inside(now, size) * (1 - inside(now, size)), 1e-9) + float(np.mean(1 / (sizes * 0.25)))
    scatter = float(before.var(ddof=1)) if len(before) > 1 else 0.0
    return abs(latest - mean) > max(NOTABLE_ODDS, STEPS * float(np.sqrt(luck + scatter)))


def log_odds(shares: Array, sizes: Array) -> Array:
    """Logarithms of odds of shares that are not quite 0 or 1."""
    kept = np.array([inside(share, size) for share, size in zip(shares, sizes, strict=True)], dtype=np.float64)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)


def inside(share: float, size: float) -> float:
    """A share as if half a customer more had been on either side."""
    return float((share * size + HALF) / (size + 2 * HALF))
