"""How far an effect follows what is at stake: alike for everybody at 0, in proportion at 1.

Before anything is measured each lean between is as likely as any other; a measurement with its error cuts that down (the
posterior under a uniform prior, a normal distribution cut off at 0 and 1). So little data leave the middle, and much data decide.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from dangol.algorithms.arrays import Vector, vector

SMALLEST_ERROR = 1e-6


def expected_lean(measured: float, error: float) -> float:
    """The mean lean after a measurement; one half where nothing was measured (an infinite error)."""
    if not np.isfinite(error):
        return 0.5
    low, high, scale = ends(measured, error)
    return float(np.clip(stats.truncnorm.mean(low, high, loc=measured, scale=scale), 0.0, 1.0))


def lean_at(measured: float, error: float, chances: npt.ArrayLike) -> Vector:
    """Quantiles of the lean, for drawing it again: uniform chances give draws.

    Args:
        measured: lean as it was measured, any number.
        error: its standard error, at least 0; infinite where nothing was measured.
        chances: from 0 to 1, shape (n,).

    Raises:
        DataError: a chance that is not a finite number.
    """
    asked = vector(chances, "chances")
    if not np.isfinite(error):
        return asked
    low, high, scale = ends(measured, error)
    return np.asarray(np.clip(stats.truncnorm.ppf(asked, low, high, loc=measured, scale=scale), 0.0, 1.0), dtype=np.float64)


def ends(measured: float, error: float) -> tuple[float, float, float]:
    """Where 0 and 1 lie in standard errors from what was measured, and that error, never quite 0."""
    scale = max(error, SMALLEST_ERROR)
    return -measured / scale, (1.0 - measured) / scale, scale
