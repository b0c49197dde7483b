"""What a customer's next orders will bring: margin per day with an order, drawn towards all customers'."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.algorithms import gamma_gamma
from dangol.core.declare import Array, Block

LEAST_MEAN = 1e-3
DRAWN = 3.0  # days with an order that everybody's mean is worth where somebody brought nothing or a loss
FEWEST_VALUED = 20  # customers with a repeat order and a margin above 0; with fewer everybody gets the mean


@dataclass(frozen=True)
class MarginPerOrder:
    """Expected margin per day with an order.

    Attributes:
        model: gamma-gamma; absent where too few customers have a repeat order with a margin.
        mean: mean margin of all days with an order.
    """

    model: gamma_gamma.GammaGamma | None
    mean: float

    @classmethod
    def learn(cls, block: Block) -> MarginPerOrder:
        """The model of a moment's customers.

        Args:
            block: with `margin` and `order_day_count`.
        """
        margins = margin_per_day(block)
        repeated = (order_days(block) > 1) & (margins > 0)
        known = margins[~np.isnan(margins)]
        mean = float(np.maximum(known, 0).mean()) if len(known) else 0.0
        if repeated.sum() < FEWEST_VALUED:
            return cls(None, max(mean, LEAST_MEAN))
        return cls(gamma_gamma.fit(order_days(block)[repeated], margins[repeated]), max(mean, LEAST_MEAN))

    def of(self, block: Block) -> Array:
        """Expected margin of one day with an order for each customer, above 0, shape (n,).

        Gamma-gamma knows no losses: who brought nothing or a loss so far is drawn towards everybody's mean as by three days more.
        Of whom no margin is known that mean is expected.
        """
        if self.model is None:
            return np.full(len(block), self.mean)
        observed = margin_per_day(block)
        earning, losing, count = observed > 0, observed <= 0, order_days(block)
        shrunk = self.model.expected_value(np.where(earning, count, 0), np.where(earning, observed, 0))
        drawn = (count * np.where(losing, observed, 0) + DRAWN * self.mean) / (count + DRAWN)
        return np.asarray(np.maximum(np.where(losing, drawn, shrunk), LEAST_MEAN), dtype=np.float64)


def order_days(block: Block) -> Array:
    """Days with an order."""
    return np.maximum(block.numbers(["order_day_count"])[:, 0], 1)


def margin_per_day(block: Block) -> Array:
    """Margin so far over days with an order."""
    return np.asarray(block.numbers(["margin"])[:, 0] / order_days(block), dtype=np.float64)
