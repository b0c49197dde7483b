"""Ratios of gamma functions that keep their digits when the argument is large.

lgamma(z + x) - lgamma(z) subtracts two numbers of size z log z; beyond `FAR` Stirling's series of the
difference is used instead (Abramowitz and Stegun 6.1.41 and 6.3.18).
"""

from __future__ import annotations

import numpy as np
from scipy import special

from dangol.algorithms.arrays import Vector

FAR = 200.0


def log_rise(z: float, x: Vector) -> Vector:
    """The logarithm of z (z+1) … (z+x-1), also for x that are not whole.

    Args:
        z: above 0.
        x: at least 0, shape (n,).
    """
    if z < FAR:
        return np.asarray(special.gammaln(z + x) - special.gammaln(z), dtype=np.float64)
    end = z + x
    near = (1.0 / end - 1.0 / z) / 12.0 - (end**-3.0 - z**-3.0) / 360.0 + (end**-5.0 - z**-5.0) / 1260.0
    return np.asarray(x * np.log(z) + (end - 0.5) * np.log1p(x / z) - x + near, dtype=np.float64)


def digamma_rise(z: float, x: Vector) -> Vector:
    """The slope of `log_rise` in z: 1/z + 1/(z+1) + … + 1/(z+x-1).

    Args:
        z: above 0.
        x: at least 0, shape (n,).
    """
    if z < FAR:
        return np.asarray(special.digamma(z + x) - special.digamma(z), dtype=np.float64)
    end = z + x
    near = (end**-2.0 - z**-2.0) / 12.0 - (end**-4.0 - z**-4.0) / 120.0 + (end**-6.0 - z**-6.0) / 252.0
    return np.asarray(np.log1p(x / z) - (1.0 / end - 1.0 / z) / 2.0 - near, dtype=np.float64)
