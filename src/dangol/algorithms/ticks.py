"""Purchases as every k-th tick of a hidden clock: what silence says about the clock, and how many purchases are to come.

The ticks of MBG/CNBD-k (Platzer and Reutterer 2016) come at a rate known as a Gamma distribution, so that their number in a given
time is negative binomial. What is known of the ticks since the last purchase is a mixture of k states; counting every k-th tick
from any of them is done with the k-th roots of unity, without approximation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector
from dangol.algorithms.dropout_mixture import mean_over_stops

LEAST_STAY = 1e-8  # below it roots of the chance to stay cost more digits than they change


@dataclass(frozen=True)
class Silence:
    """What not having bought since the last purchase says about the hidden ticks since.

    Attributes:
        log_chance: log chance of so long a silence for someone who is alive, shape (n,).
        ticks: chance of each number of ticks from 0 to k - 1 since the last purchase, given the silence, shape (k, n).
    """

    log_chance: Vector
    ticks: Vector

    @classmethod
    def of(cls, shape: Vector, scale: Vector, length: Vector, k: int) -> Silence:
        """Fewer than k ticks at a rate known as Gamma(shape, scale).

        Args:
            shape: r + k x, shape (n,).
            scale: alpha + t_x, shape (n,).
            length: time since the last purchase, shape (n,).
            k: ticks a purchase takes.
        """
        passed = length / (scale + length)
        terms = np.ones((k, shape.size))
        for tick in range(1, k):
            terms[tick] = terms[tick - 1] * ((shape + tick - 1.0) / tick * passed)
        total = terms.sum(axis=0)
        return cls(-shape * np.log1p(length / scale) + np.log(total), terms / total)


@dataclass(frozen=True)
class Ticking:
    """The future of customers who are alive.

    Attributes:
        shape: r + k x; what is known of the rate is Gamma(shape + ticks, scale), shape (n,).
        ratio: horizon divided by that scale, shape (n,).
        ticks: chance of each number of ticks since the last purchase, shape (k, n).
    """

    shape: Vector
    ratio: Vector
    ticks: Vector

    def purchases(self, a: float, b: Vector) -> Vector:
        """Expected purchases when the chance to stop after one is known as Beta(a, b).

        With M purchases in store and a chance p to stop they are E[(1 - (1-p)^M) / p]. For ticks N, M is the whole part of N / k,
        and the mean of (1-p)^M is one of powers of z over the k roots z of 1 - p.

        Args:
            a: first shape.
            b: second shape, shape (n,).
        """
        k = self.ticks.shape[0]
        so_far = np.arange(k) @ self.ticks
        never = (self.shape * self.ratio + (1.0 + self.ratio) * so_far - (k - 1) / 2.0) / k
        for turn in range(1, k):
            root = np.exp(2j * np.pi * turn / k)
            never = never + (root / (root - 1.0) * self._power(np.full((self.shape.size, 1), root))[:, 0]).real / k
        return mean_over_stops(self._given_stop, never, a, b)

    def _given_stop(self, stop: Vector) -> Vector:
        """Expected purchases at given chances to stop, shape (n, nodes)."""
        k = self.ticks.shape[0]
        stay = np.maximum(1.0 - stop, LEAST_STAY)
        stop = np.minimum(stop, 1.0 - LEAST_STAY)
        log_root = np.log1p(-stop) / k
        # the real root apart, as a difference from 1 that keeps its digits for small chances to stop
        uneven = sum((np.expm1(-turn * log_root) for turn in range(1, k)), np.zeros_like(stop)) / k
        late = -np.log1p(-self.ratio[:, None] * np.expm1(log_root))
        moved = sum((self.ticks[tick, :, None] * np.expm1(tick * (log_root + late)) for tick in range(1, k)), np.zeros_like(stop))
        value = -np.expm1(np.log1p(uneven) + self.shape[:, None] * late + np.log1p(moved)) / stop
        root = np.exp(log_root)
        for turn in range(1, k // 2 + 1):
            z = root * np.exp(2j * np.pi * turn / k)
            both = 1.0 if 2 * turn == k else 2.0  # its conjugate gives the same real part
            value += both * (z / (z - 1.0) * self._power(z)).real / (k * stay)
        return np.asarray(value, dtype=np.float64)

    def _power(self, z: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
        """The mean of z to the power of the ticks by the end of the horizon, shape (n, nodes)."""
        step = 1.0 + self.ratio[:, None] * (1.0 - z)
        each = z / step
        mean = np.zeros_like(each)
        for weight in self.ticks[::-1]:
            mean = mean * each + weight[:, None]
        return np.asarray(mean * np.exp(-self.shape[:, None] * np.log(step)), dtype=np.complex128)
