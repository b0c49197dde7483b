"""Expected purchases of a customer who may stop after any of them, averaged over what is not known of him.

With a purchase rate known as Gamma(s, A) and a chance to stop known as Beta(a, b), the expected
purchases in time t are E[(1 - (1 + p t/A)^-s) / p] over p. Fader, Hardie and Lee (2005), equation 10, write
it with a hypergeometric function whose parameters grow with the purchases made; Euler's transformation
gives an equal form whose upper parameters do not, so that it stays accurate for thousands of purchases.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from dangol.algorithms.arrays import Vector

TOLERATED = 1e-9  # relative error above which the closed form is replaced by an integral
# beyond 0.9 in its last argument (ratio 9) hyp2f1 changes method and can silently lose ten digits
LONGEST = 8.0
NODES = 240
LONG = 1e3  # purchases of somebody who never stops, above which four times as many nodes are needed
CALM = 0.5  # first shape of the chance to stop, from which its density needs no smoothing at 0
BLOCK = 1024


def expected_while_alive(s: Vector, ratio: Vector, a: float, b: Vector) -> Vector:
    """Expected purchases of a customer who is still buying today.

    Args:
        s: shape of what is known of the purchase rate (r + x), shape (n,).
        ratio: horizon divided by (alpha + age), at least 0, shape (n,).
        a: first shape of what is known of the chance to stop after a purchase.
        b: second shape (b + x), shape (n,).

    Returns:
        Finite and between 0 and s * ratio, shape (n,).
    """
    ceiling = s * ratio
    average_stop = a / (a + b)
    # the integrand is convex in p: Jensen gives the floor, p -> 0 the ceiling
    floor = -np.expm1(-s * np.log1p(average_stop * ratio)) / average_stop
    value, doubt = _closed_form(s, ratio, a, b)
    wrong = ~(np.isfinite(value) & (doubt <= TOLERATED * np.abs(value))) | (ratio > LONGEST)
    wrong |= (value > ceiling * (1 + TOLERATED)) | (value < floor * (1 - TOLERATED))
    value = np.where(wrong, floor, value)
    unsure = np.flatnonzero(wrong & (ratio > 0))
    if unsure.size:
        value[unsure] = _distinct_integrals(s[unsure], ratio[unsure], a, b[unsure])
    return np.clip(value, np.minimum(floor, ceiling), ceiling)


def _closed_form(s: Vector, ratio: Vector, a: float, b: Vector) -> tuple[Vector, Vector]:
    """Equation 10 after Euler's transformation, and a bound of its rounding error."""
    c = a + b - 1.0
    with np.errstate(all="ignore"):
        survivors = np.exp((1.0 - a) * np.log1p(ratio))
        series = special.hyp2f1(c - s, a - 1.0, c, ratio / (1.0 + ratio))
        product = survivors * series
        factor = c / (a - 1.0) if a != 1.0 else np.full_like(c, np.inf)
        return factor * (1.0 - product), 4e-16 * np.abs(factor) * (1.0 + np.abs(product))


def _distinct_integrals(s: Vector, ratio: Vector, a: float, b: Vector) -> Vector:
    """The integral once for each different customer state."""
    states, rows = np.unique(np.stack([s, ratio, b], axis=1), axis=0, return_inverse=True)
    blocks = [states[start : start + BLOCK].T for start in range(0, len(states), BLOCK)]
    values = np.concatenate([_integral(block[0], block[1], a, block[2]) for block in blocks])
    return np.asarray(values[rows.reshape(-1)], dtype=np.float64)


def _integral(s: Vector, ratio: Vector, a: float, b: Vector) -> Vector:
    """The same mean by a double-exponential rule on the log odds of stopping."""
    return mean_over_stops(lambda stop: -np.expm1(-s[:, None] * np.log1p(stop * ratio[:, None])) / stop, s * ratio, a, b)


def mean_over_stops(given_stop: Callable[[Vector], Vector], limit: Vector, a: float, b: Vector) -> Vector:
    """The mean of something over customers whose chances to stop differ as Beta(a, b).

    By a double-exponential rule on the log odds of p (Takahasi and Mori 1974). Where a is small the density has a spike at
    0; there the mean is taken as its limit for p to 0 less a mean under Beta(a + 1, b), which has none. Elsewhere that
    difference would cost digits when the limit is large.

    Args:
        given_stop: from chances to stop, shape (n, nodes), to the values there.
        limit: the value where nobody stops, shape (n,).
        a: first shape of the chances.
        b: second shape, shape (n,).
    """
    nodes = NODES if limit.max(initial=0.0) < LONG else 4 * NODES
    if a >= CALM:
        stop, weight = _beta_nodes(a, b, nodes)
        return np.asarray(np.sum(weight * given_stop(stop), axis=1), dtype=np.float64)
    stop, weight = _beta_nodes(a + 1.0, b, nodes)
    lost = np.sum(weight * (limit[:, None] - given_stop(stop)) / stop, axis=1)
    return np.asarray(limit - a / (a + b) * lost, dtype=np.float64)


def _beta_nodes(a: float, b: Vector, nodes: int) -> tuple[Vector, Vector]:
    """Points p and weights (summing to 1) of a quadrature for each Beta(a, b), shape (n, nodes)."""
    spread = np.minimum(np.sqrt(1.0 / a + 1.0 / b), 1.0)
    left = np.arcsinh((60.0 / a + 40.0) / spread)
    right = np.arcsinh((60.0 / np.minimum(b, 1.0) + 40.0) / spread)
    u = -left[:, None] + (left + right)[:, None] * np.linspace(0.0, 1.0, nodes)
    log_odds = np.log(a / b)[:, None] + spread[:, None] * np.sinh(u)
    log_stop, log_stay = -np.logaddexp(0.0, -log_odds), -np.logaddexp(0.0, log_odds)
    log_weight = a * log_stop + b[:, None] * log_stay + np.log(np.cosh(u))
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    return np.exp(log_stop), weight / weight.sum(axis=1, keepdims=True)
