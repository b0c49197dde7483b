"""Those contacted against those held out: share of buyers, net sales and margin per customer, and what is left after costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from dangol.algorithms.difference import (
    Before,
    Lift,
    Sums,
    conversion_deviation,
    conversion_difference,
    cuped_difference,
    mean_difference,
    minimal_detectable_effect,
)
from dangol.algorithms.intervals import normal_quantile

Goal = Literal["order", "net_sales", "margin"]
Values = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]
Columns = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Amount:
    """Money for the whole group with its range."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Contrast:
    """One group of contacted customers against those held out.

    Attributes:
        treated_rate, held_out_rate: share with at least one order.
        conversion: difference of these shares (Newcombe).
        net_sales: difference of net sales per customer (Welch, or CUPED where that is narrower).
        margin: difference of margin per customer; None where no margin is known.
        contact_cost: what contacting them cost in all.
        goal: what counts as success here.
    """

    n_treated: int
    n_held_out: int
    treated_rate: float
    held_out_rate: float
    conversion: Lift
    net_sales: Lift
    margin: Lift | None
    contact_cost: float
    goal: Goal

    @property
    def on_goal(self) -> Lift:
        """The difference that decides; net sales where margin is the goal but not known."""
        if self.goal == "order":
            return self.conversion
        return self.margin if self.goal == "margin" and self.margin is not None else self.net_sales

    @property
    def incremental_orders(self) -> Amount:
        """Customers who bought because of the contact."""
        return total(self.conversion)

    @property
    def incremental_net_sales(self) -> Amount:
        """Net sales that the contact brought in all."""
        return total(self.net_sales)

    @property
    def incremental_profit(self) -> Amount | None:
        """Margin that the contact brought in all, less what it cost; None where no margin is known."""
        return total(self.margin, less=self.contact_cost) if self.margin is not None else None

    @property
    def minimal_effect(self) -> float:
        """The smallest effect on the goal that groups of this size would find four times out of five."""
        if self.goal == "order":
            bought = self.treated_rate * self.n_treated + self.held_out_rate * self.n_held_out
            deviation = conversion_deviation(bought / (self.n_treated + self.n_held_out))
            return minimal_detectable_effect(deviation, self.n_treated, self.n_held_out, level=self.conversion.level)
        # the interval's own width already holds deviation and sizes, after CUPED where that was used
        one = normal_quantile(self.on_goal.level)
        error = (self.on_goal.high - self.on_goal.low) / (2 * one)
        return minimal_detectable_effect(error, 2, 2, level=self.on_goal.level)


def total(lift: Lift, *, less: float = 0.0) -> Amount:
    """A difference per customer as a sum over those contacted."""
    return Amount(*(value * lift.n_treated - less for value in (lift.estimate, lift.low, lift.high)))


def contrast(columns: Columns, treated: Chosen, held_out: Chosen, goal: Goal, level: float) -> Contrast:
    """Compare one group with those held out.

    Args:
        columns: as `outcomes` gives them.
        treated: which rows are the group, shape (n,).
        held_out: which rows are held out, shape (n,).
        goal: what counts as success.
        level: confidence of the intervals.

    Raises:
        TooLittleData: fewer than two customers in a group.
    """
    buyer = columns["order_count"].astype(np.float64) > 0
    bought = [(int(buyer[group].sum()), int(group.sum())) for group in (treated, held_out)]
    return Contrast(
        n_treated=bought[0][1],
        n_held_out=bought[1][1],
        treated_rate=bought[0][0] / bought[0][1],
        held_out_rate=bought[1][0] / bought[1][1],
        conversion=conversion_difference(*bought, level=level),
        net_sales=narrower(columns, "net_sales", (treated, held_out), level),
        margin=narrower(columns, "margin", (treated, held_out), level) if "margin" in columns else None,
        contact_cost=float(columns["cost"][treated].astype(np.float64).sum()),
        goal=goal,
    )


def narrower(columns: Columns, name: str, groups: tuple[Chosen, Chosen], level: float) -> Lift:
    """The difference of means, with what customers did before taken out where that makes it surer."""
    during = columns[name].astype(np.float64)
    one, two = (during[group] for group in groups)
    plain = mean_difference(Sums.of(one), Sums.of(two), level=level)
    if f"before_{name}" not in columns:
        return plain
    before = columns[f"before_{name}"].astype(np.float64)
    adjusted = cuped_difference(Before.of(one, before[groups[0]]), Before.of(two, before[groups[1]]), level=level)
    return adjusted if adjusted.high - adjusted.low < plain.high - plain.low else plain
