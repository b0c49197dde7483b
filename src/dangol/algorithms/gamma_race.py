"""Which comes first of two things that happen at unknown rates: the one integral behind Pareto/NBD.

With rates known as Gamma distributions, the chance that one of them happens at a moment d while the other has not is a product
of two powers, and everything Pareto/NBD says is built on

    area = integral over d from 0 to length of (1 + d/A)^-m (1 + d/B)^-n.

Fader and Hardie (2005) write it as a difference of two Gaussian hypergeometric functions, which cancel for frequent buyers
and overflow for thousands of purchases. Here it is integrated as it stands: on the scale v = log(1 + d/sigma), where
1/sigma = (m + 1)/A + (n + 1)/B is about how fast the integrand starts to fall, it is smooth and short, and Gauss-Legendre is
accurate to 1e-11 with a few dozen points, the more the longer the stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from dangol.algorithms.arrays import Vector

NEGLIGIBLE = 40.0  # the integrand is followed until it has fallen by e^-40
BLOCK = 1024
# longest stretch of v that each number of points serves
POINTS = ((0.5, 8), (1.0, 10), (2.0, 12), (3.0, 16), (4.0, 20), (6.0, 26), (10.0, 36), (16.0, 60), (np.inf, 120))


@dataclass(frozen=True)
class Race:
    """The area under the product, and means of what its slopes need, weighted by the product.

    Attributes:
        log_area: natural logarithm of the area, minus infinity where the length is 0, shape (n,).
        log_first: mean of log(1 + d/A), shape (n,).
        log_second: mean of log(1 + d/B), shape (n,).
        inverse_first: mean of 1/(A + d), shape (n,).
        inverse_second: mean of 1/(B + d), shape (n,).
    """

    log_area: Vector
    log_first: Vector
    log_second: Vector
    inverse_first: Vector
    inverse_second: Vector


def race(m: Vector, A: Vector, n: float, B: Vector, length: Vector) -> Race:
    """Area and means, row by row; see the module's formula.

    Args:
        m: exponent of the first, above 0, shape (k,).
        A: scale of the first, above 0, shape (k,).
        n: exponent of the second, above 0.
        B: scale of the second, above 0, shape (k,).
        length: up to where, at least 0, shape (k,).
    """
    found = _by_stretch(m, A, n, B, length, means=True)
    return Race(*found)


def log_area(m: Vector, A: Vector, n: float, B: Vector, length: Vector) -> Vector:
    """The logarithm of the area alone, for twice the speed; arguments as for `race`."""
    return _by_stretch(m, A, n, B, length, means=False)[0]


def _by_stretch(m: Vector, A: Vector, n: float, B: Vector, length: Vector, *, means: bool) -> list[Vector]:
    """The rows in blocks of similar stretch, each with the points it needs."""
    sigma = 1.0 / ((m + 1.0) / A + (n + 1.0) / B)
    with np.errstate(over="ignore"):
        fallen = np.minimum(A * np.expm1(NEGLIGIBLE / m), B * np.expm1(NEGLIGIBLE / n))
    stretch = np.log1p(np.minimum(length, fallen) / sigma)
    found = [np.empty(m.size) for _ in range(5 if means else 1)]
    shortest = -1.0
    for longest, points in POINTS:
        rows = np.flatnonzero((stretch > shortest) & (stretch <= longest))
        shortest = longest
        for start in range(0, rows.size, BLOCK):
            part = rows[start : start + BLOCK]
            values = _block(m[part], A[part], n, B[part], (sigma[part], stretch[part]), points, means=means)
            for column, value in zip(found, values, strict=True):
                column[part] = value
    return found


def _block(
    m: Vector, A: Vector, n: float, B: Vector, path: tuple[Vector, Vector], points: int, *, means: bool
) -> tuple[Vector, ...]:
    """A few rows by Gauss-Legendre with so many points, shape (rows, points) inside."""
    sigma, stretch = path
    node, weight = _legendre(points)
    v = stretch[:, None] * node
    d = sigma[:, None] * np.expm1(v)
    log_first, log_second = np.log1p(d / A[:, None]), np.log1p(d / B[:, None])
    product = np.exp(v - m[:, None] * log_first - n * log_second)
    total = product @ weight
    with np.errstate(divide="ignore"):
        area = np.log(sigma * stretch) + np.log(total)
    if not means:
        return (area,)
    product *= weight / total[:, None]
    averages = (log_first, log_second, 1.0 / (A[:, None] + d), 1.0 / (B[:, None] + d))
    return area, *(np.einsum("ij,ij->i", product, column) for column in averages)


@cache
def _legendre(points: int) -> tuple[Vector, Vector]:
    """Places and weights of the rule on 0…1."""
    node, weight = np.polynomial.legendre.leggauss(points)
    return (node + 1.0) / 2.0, weight / 2.0
