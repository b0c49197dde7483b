"""The last resort where nothing can be learnt about stopping: everybody goes on buying, at a rate close to all customers'.

What is known of each customer's rate is Gamma(r + x, alpha + T), as in the NBD model (Ehrenberg 1959), with a fixed spread
between customers and the mean rate of all. It foretells too much in the long run, but it never fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector
from dangol.algorithms.buy_till_you_die import FitReport, PurchaseRates, horizons, positive
from dangol.algorithms.purchase_cells import Cells, aggregate, histories
from dangol.core.errors import TooLittleData, told

SPREAD = 0.5  # shape of the rates, as usual in retail: a few buy often, most hardly ever


@dataclass(frozen=True)
class PooledRate:
    """A customer base of which only its mean rate is known.

    Attributes:
        r: shape of the purchase rates, above 0.
        alpha: inverse scale of the rates, in units of time.
        report: how the numbers were found, None where they were given.
    """

    r: float
    alpha: float
    report: FitReport | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        positive("pooled rate", {"r": self.r, "alpha": self.alpha})

    def probability_alive(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """One for everybody: nothing is known about stopping.

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        return np.ones_like(histories(x, t_x, T)[0])

    def expected_purchases(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """How many purchases each customer will make within the horizon if he goes on.

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        return np.asarray((self.r + x) / (self.alpha + T) * horizons(horizon, x.size), dtype=np.float64)

    def expected_purchases_new(self, horizon: npt.ArrayLike) -> Vector:
        """How many repeat purchases a customer of today will make within the horizon.

        Args:
            horizon: one number or shape (n,).

        Raises:
            DataError: a negative horizon.
        """
        return np.asarray(self.r / self.alpha * horizons(horizon, np.size(horizon)), dtype=np.float64)

    def probability_of_purchase(self, horizon: npt.ArrayLike, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Vector:
        """The chance that each customer buys at least once within the horizon.

        Args:
            horizon: length of the future, one number or shape (n,).
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: a negative horizon, or see `purchase_cells.histories`.
        """
        x, t_x, T = histories(x, t_x, T)
        ratio = horizons(horizon, x.size) / (self.alpha + T)
        return np.asarray(-np.expm1(-(self.r + x) * np.log1p(ratio)), dtype=np.float64)

    def log_likelihood(self, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> float:
        """How well the two numbers explain the histories, summed over customers (natural logarithm).

        Args:
            x: repeat purchases, shape (n,).
            t_x: time of the last purchase since the first, shape (n,).
            T: time since the first purchase, shape (n,).

        Raises:
            DataError: see `purchase_cells.histories`.
        """
        cells = aggregate(x, t_x, T)
        return cells.customers * PurchaseRates(cells).value_and_slopes(self.r, self.alpha)[0]


def fit(cells: Cells) -> PooledRate:
    """The mean rate of all customers, counted with half a purchase more so that it is never 0.

    Args:
        cells: histories from `aggregate`, in any unit of time.

    Raises:
        TooLittleData: no time has passed since the first purchases.
    """
    time = float(cells.weight @ cells.age)
    if time <= 0:
        raise TooLittleData.have(told("no time since the first purchases"), told("customers observed for some time"))
    alpha = SPREAD * time / (cells.repeat_purchases + 0.5)
    value = cells.customers * PurchaseRates(cells).value_and_slopes(SPREAD, alpha)[0]
    return PooledRate(SPREAD, alpha, FitReport(value, True, 0, (), round(cells.customers)))
