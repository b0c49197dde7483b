"""Lifetime value: the margin a customer is expected to bring over the next twelve months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import Field, PrivateAttr

from dangol.algorithms import bg_nbd, boosting, gamma_gamma, ranking
from dangol.core.declare import (
    Array,
    Block,
    Group,
    Judgement,
    Output,
    Predictor,
    Query,
    Scores,
    money,
    number,
    prediction,
    probability,
    sql,
)
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.predictions.history import GROUPS, NEEDS, WEIGHED, History, grouped, present, stacked

YEAR = 365.0
FEWEST_REPEATERS = 50
LEAST_MEAN = 1e-3


@dataclass(frozen=True)
class Classical:
    """BG/NBD for orders and gamma-gamma for margin per order, fitted to the customers of one moment."""

    orders: bg_nbd.BgNbd
    value: gamma_gamma.GammaGamma

    @classmethod
    def of(cls, block: Block) -> Classical:
        """Both models of a block's customers.

        Raises:
            TooLittleData: no repeat purchase, or no positive margin.
        """
        repeated = (order_days(block) > 1) & (margin_per_day(block) > 0)
        if repeated.sum() < FEWEST_REPEATERS:
            have = told("{n} customers with a repeat order and a positive margin", n=str(repeated.sum()))
            raise TooLittleData.have(have, told("{n} customers", n=FEWEST_REPEATERS), where="lifetime_value")
        value = gamma_gamma.fit(order_days(block)[repeated], margin_per_day(block)[repeated])
        return cls(History.of(block).fit(), value)

    def expected_orders(self, block: Block, horizon: float) -> Array:
        """Expected days with an order in the horizon."""
        history = History.of(block)
        return self.orders.expected_purchases(horizon, history.frequency, history.recency, history.age)

    def margin_per_order(self, block: Block) -> Array:
        """Expected margin of one day with an order, shrunk towards all customers'."""
        observed = np.maximum(margin_per_day(block), 0)
        known = observed > 0
        shrunk = self.value.expected_value(np.where(known, order_days(block), 0), np.where(known, observed, 0))
        return np.asarray(shrunk, dtype=np.float64)


def order_days(block: Block) -> Array:
    """Days with an order."""
    return np.maximum(block.numbers(["order_day_count"])[:, 0], 1)


def margin_per_day(block: Block) -> Array:
    """Margin so far over days with an order."""
    return np.asarray(block.numbers(["margin"])[:, 0] / order_days(block), dtype=np.float64)


@prediction(ko="고객평생가치", en="Lifetime value", name="lifetime_value")
class LifetimeValue(Predictor):
    """The margin each customer is expected to bring over the next 12 months, with an 80 % interval.

    BG/NBD for orders (Fader, Hardie, Lee 2005) times gamma-gamma for margin per order (Fader, Hardie 2013) is the starting
    point; boosted trees on top of it must beat it on later time, or step aside. When the history cannot prove a whole year,
    models are judged on the longest horizon it can prove and carried on to 12 months by BG/NBD. Intervals are split-conformal:
    the spread of actual over expected margin on later time, by tenth of expected margin. Not discounted.
    """

    horizon: int = Field(default=0, ge=0, le=730, description="days models are judged on; 0 for as long as the history proves")

    needs: ClassVar[tuple[str, ...]] = (*NEEDS, "margin")
    groups: ClassVar[Mapping[str, Group]] = GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "expected_margin_12m": money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
        "expected_margin_12m_low": money(ko="기대 마진 하한(80%)", en="Expected margin, low (80 %)"),
        "expected_margin_12m_high": money(ko="기대 마진 상한(80%)", en="Expected margin, high (80 %)"),
        "expected_orders_12m": number(ko="12개월 기대 구매일 수", en="Expected order days, 12 months"),
        "alive_probability": probability(ko="활동 확률", en="Probability of being active"),
    }
    _horizon: float = PrivateAttr(YEAR)
    _classical: Classical | None = PrivateAttr(None)
    _fits: dict[int, tuple[Block, Classical]] = PrivateAttr(default_factory=dict)
    _boosted: boosting.Boosted | None = PrivateAttr(None)
    _chosen: str = PrivateAttr("bg_nbd")
    _edges: Array = PrivateAttr(default_factory=lambda: np.empty(0))
    _scale: float = PrivateAttr(1.0)
    _spread: Array = PrivateAttr(default_factory=lambda: np.ones((1, 2)))

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """The longest horizon that leaves a training and a validation window in the history, at most a year."""
        return int(max(28, min(self.horizon or 365, facts["history_days"] / 3)))

    def label(self) -> Query:
        """Days with an order and margin less refunds in the horizon."""
        return sql("""
            with bought as (
                select customer_id, count(distinct date_trunc('day', local(ordered_at))) as order_days,
                       sum(margin_amount) as margin
                from later_orders where status = 'completed' and customer_id is not null group by customer_id),
            refunded as (
                select customer_id, sum(refund_amount) as refund_amount
                from later_returns where customer_id is not null group by customer_id)
            select coalesce(b.customer_id, r.customer_id) as customer_id, coalesce(b.order_days, 0) as order_days,
                   coalesce(b.margin, 0) - coalesce(r.refund_amount, 0) as margin
            from bought b full join refunded r on r.customer_id = b.customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough customers with a repeat order at the latest moment."""
        latest = blocks[-1]
        repeaters = int((order_days(latest) > 1).sum())
        if repeaters < FEWEST_REPEATERS:
            have = told("{n} customers with a repeat order", n=str(repeaters))
            raise TooLittleData.have(have, told("{n} customers", n=FEWEST_REPEATERS), where="lifetime_value")

    def fit(self, blocks: Sequence[Block]) -> None:
        """The classical models at each moment, and boosted trees on top of all moments together."""
        self._horizon = blocks[-1].horizon_days
        classical = [self.classical_of(block) for block in blocks]
        self._classical = classical[-1]
        offsets = np.concatenate([self.offset(block, model) for block, model in zip(blocks, classical, strict=True)])
        margin = np.concatenate([np.maximum(block.labels["margin"], 0) for block in blocks])
        names = present(blocks[0], self.groups)
        scale = max(float(margin.mean()), LEAST_MEAN)
        self._boosted = boosting.fit(
            stacked(blocks, names), names, margin / scale, offsets - np.log(scale), "tweedie", seed=self.seed
        )
        self._scale = scale

    def classical_of(self, block: Block) -> Classical:
        """The classical models of a past moment, fitted once however often the block is learnt from."""
        key = id(block)
        if key not in self._fits:
            self._fits[key] = (block, Classical.of(block))
        return self._fits[key][1]

    def offset(self, block: Block, model: Classical) -> Array:
        """Log of the margin that the classical models expect in the horizon."""
        expected = model.expected_orders(block, self._horizon) * model.margin_per_order(block)
        return np.asarray(np.log(np.maximum(expected, LEAST_MEAN)), dtype=np.float64)

    def fitted(self) -> tuple[boosting.Boosted, Classical]:
        """Both models.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._boosted is None or self._classical is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="lifetime_value"), hint=told("fit it first"))
        return self._boosted, self._classical

    def in_horizon(self, block: Block) -> dict[str, Array]:
        """Expected margin in the horizon by each model."""
        boosted, classical = self.fitted()
        offset = self.offset(block, classical)
        return {"bg_nbd": np.exp(offset), "boosted": boosted.predict(block.columns, offset - np.log(self._scale)) * self._scale}

    def judge(self, block: Block) -> Judgement:
        """Both models against 'everybody as on average' and 'everybody goes on as so far', on later time."""
        actual = block.labels["margin"]
        models = self.in_horizon(block)
        pace = block.numbers(["margin"])[:, 0] / np.maximum(block.numbers(["tenure_days"])[:, 0], 28) * self._horizon
        rules = {"same_for_all": np.full(len(block), actual.mean()), "as_so_far": np.maximum(pace, 0)}
        metrics = {name: measured(values, actual) for name, values in {**models, **rules}.items()}
        better = metrics["boosted"]["rmse"] < metrics["bg_nbd"]["rmse"]
        self._chosen = "boosted" if better else "bg_nbd"
        metrics["chosen"] = metrics[self._chosen]
        self.learn_spread(models[self._chosen], actual)
        best_rule = min(metrics[name]["rmse"] for name in rules)
        return Judgement(
            chosen=self._chosen,
            good_enough=bool(metrics["chosen"]["rmse"] < best_rule),
            metrics=metrics,
            main_metric="rmse",
            higher_is_better=False,
            calibration=by_tenth(models[self._chosen], actual),
            importance={key: float(np.abs(values).mean()) for key, values in self.reasons(block.some(WEIGHED)).items()},
        )

    def learn_spread(self, expected: Array, actual: Array) -> None:
        """The 10 % and 90 % quantiles of actual over expected margin, by tenth of expected margin."""
        self._edges = np.unique(np.quantile(expected, np.arange(0.1, 1, 0.1)))
        tenth = np.searchsorted(self._edges, expected)
        ratio = np.maximum(actual, 0) / np.maximum(expected, LEAST_MEAN)
        groups = [ratio[tenth == each] for each in range(len(self._edges) + 1)]
        self._spread = np.array([np.quantile(group, [0.1, 0.9]) if len(group) else [0.0, 1.0] for group in groups])

    def reasons(self, block: Block) -> dict[str, Array]:
        """Contribution of each reason to the log of expected margin."""
        boosted, classical = self.fitted()
        offset = self.offset(block, classical)
        found = boosted.contributions(block.columns) if self._chosen == "boosted" else {}
        return {key: values for key, values in grouped(found, self.groups, offset).items() if np.abs(values).max(initial=0) > 0}

    def score(self, block: Block) -> Scores:
        """Expected margin over 12 months with interval, expected orders and the probability of being active."""
        _, classical = self.fitted()
        history = History.of(block)
        expected = self.in_horizon(block)[self._chosen]
        near, year = (classical.expected_orders(block, days) for days in (self._horizon, YEAR))
        carried = expected * np.where(near > 0, year / np.maximum(near, 1e-12), 1)
        low, high = (self._spread[np.searchsorted(self._edges, expected)] * carried[:, None]).T
        columns = {
            "expected_margin_12m": carried,
            "expected_margin_12m_low": np.minimum(low, carried),
            "expected_margin_12m_high": np.maximum(high, carried),
            "expected_orders_12m": year,
            "alive_probability": classical.orders.probability_alive(history.frequency, history.recency, history.age),
        }
        return Scores(columns, self.reasons(block))


def measured(expected: Array, actual: Array) -> dict[str, float]:
    """Error, total error and ranking of expected margins."""
    total = float(actual.sum())
    return {
        "rmse": float(np.sqrt(np.mean((expected - actual) ** 2))),
        "mae": float(np.abs(expected - actual).mean()),
        "total_error": float(expected.sum() / total - 1) if total > 0 else float("nan"),
        "gini": float(ranking.normalised_gini(expected, np.maximum(actual, 0))) if total > 0 else 0.0,
    }


def by_tenth(expected: Array, actual: Array) -> list[dict[str, float]]:
    """Mean expected and actual margin by tenth of expected margin."""
    order = np.argsort(expected, kind="stable")
    return [
        {
            "tenth": float(place + 1),
            "expected": float(expected[part].mean()),
            "actual": float(actual[part].mean()),
            "count": float(len(part)),
        }
        for place, part in enumerate(np.array_split(order, 10))
        if len(part)
    ]
