"""Search for the parameters that explain data best, starting from several guesses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from dangol.algorithms.arrays import Vector

STEADY = 1e-5  # largest slope of a mean log-likelihood that counts as a maximum
Slope = Callable[[Vector], tuple[float, Vector]]


@dataclass(frozen=True)
class Box:
    """The coordinates of a search: what they are called and how far each may go.

    Attributes:
        names: one for each coordinate.
        low: smallest value, shape (k,).
        high: largest value, shape (k,).
    """

    names: tuple[str, ...]
    low: Vector
    high: Vector


@dataclass(frozen=True)
class Ending:
    """Where a search stopped.

    Attributes:
        theta: the point, shape (k,).
        value: what was maximised, there.
        converged: no direction inside the box leads upwards.
        at_bound: names of the coordinates that lie on the edge of the box.
        iterations: steps taken, over all starts.
    """

    theta: Vector
    value: float
    converged: bool
    at_bound: tuple[str, ...]
    iterations: int


def climb(function: Slope, starts: Sequence[Vector], box: Box, max_iterations: int) -> Ending:
    """The best point found; later starts are used only where earlier ones ended on an edge or unfinished.

    Args:
        function: value and slope at a point, both to be maximised.
        starts: guesses, the most likely first.
        box: the coordinates.
        max_iterations: steps allowed for each start.
    """
    endings: list[Ending] = []
    for start in starts:
        endings.append(_one(function, start, box, max_iterations))
        if endings[-1].converged and not endings[-1].at_bound:
            break
    best = max(endings, key=lambda ending: (ending.converged, ending.value))
    steps = sum(ending.iterations for ending in endings)
    return Ending(best.theta, best.value, best.converged, best.at_bound, steps)


def _one(function: Slope, start: Vector, box: Box, max_iterations: int) -> Ending:
    """One search by L-BFGS-B."""

    def downhill(theta: Vector) -> tuple[float, Vector]:
        value, gradient = function(theta)
        return -value, -gradient

    found = optimize.minimize(
        downhill,
        np.clip(start, box.low, box.high),
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(box.low, box.high),
        options={"maxiter": max_iterations, "maxfun": 4 * max_iterations, "gtol": 1e-8, "ftol": 1e-15, "maxcor": 20},
    )
    theta = np.asarray(found.x, dtype=np.float64)
    value, gradient = function(theta)
    # a slope that pushes against a bound is not an unfinished search
    step = np.clip(theta + gradient, box.low, box.high) - theta
    at_bound = tuple(n for n, at in zip(box.names, (theta <= box.low) | (theta >= box.high), strict=True) if at)
    return Ending(theta, value, bool(np.abs(step).max() < STEADY), at_bound, int(found.nit))
