"""Lifetime value: the margin a customer is expected to bring over the next twelve months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field, PrivateAttr

from dangol.algorithms import boosting, conformal, group_errors, ranking
from dangol.algorithms.champion import champion
from dangol.core.declare import (
    Array,
    Block,
    Foretold,
    Group,
    Judgement,
    Output,
    Predictor,
    Query,
    Scores,
    TotalRange,
    integer,
    money,
    number,
    prediction,
    probability,
    share,
    sql,
)
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.predictions.history import GROUPS, NEEDS, WEIGHED, grouped, moving
from dangol.predictions.level import Level, learn, scale_to
from dangol.predictions.margins import LEAST_MEAN, MarginPerOrder, margin_per_day, order_days
from dangol.predictions.purchases import BOOSTED, CLASSICAL, MIXED, Lessons, Outlook, Purchases, levelled
from dangol.predictions.season import notes

YEAR = 365.0
FEWEST_REPEATERS = 50
# Ranges are learnt to leave out a little less than they state, 18 % for ranges of 80 %: the future differs more from the past
# than customers from each other.
LEFT_OUT = 0.9
# Customers differ more from each other the longer they are looked ahead: ranges for a horizon twice as long as the one they were
# learnt for are wider by this power of two, in share of what is expected.
LONGER = 0.15
MARGIN, ORDERS = "expected_margin_12m", "expected_orders_12m"


@prediction(ko="고객평생가치", en="Lifetime value", name="lifetime_value")
class LifetimeValue(Predictor):
    """The margin each customer is expected to bring over the next 12 months, with a range that holds what most will bring.

    Models of buying (BG/NBD, MBG/NBD, Pareto/NBD: the median of their answers, or the one that was clearly better) for orders
    times gamma-gamma for margin per order (Fader, Hardie 2013) are the starting point. Boosted trees on top of them, for orders
    and for margins, and their mean with trees that do without them, must beat them on later time, or step aside. The company's
    total is what models of buying and the errors of past totals say; trees share it out. When the history cannot prove a whole
    year, all are judged on the longest horizon it can prove and carried on by the models of buying. Ranges are
    split-conformal: the spread of actual over expected margin on later time, by tenth of expected margin. They hold what four
    of five customers bring, or the share that is set. Not discounted.
    """

    horizon: int = Field(default=0, ge=0, le=730, description="days models are judged on; 0 for as long as the history proves")
    window: int = Field(default=90, ge=1, le=1095, description="days ahead that the expectations of the near future are for")
    range_share: float = Field(default=0.8, ge=0.5, le=0.95, description="share of customers that ranges are to hold")

    needs: ClassVar[tuple[str, ...]] = (*NEEDS, "margin")
    groups: ClassVar[Mapping[str, Group]] = GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "expected_margin_12m": money(ko="12개월 기대 마진", en="Expected margin, 12 months"),
        "expected_margin_12m_low": money(ko="기대 마진 하한", en="Expected margin, low"),
        "expected_margin_12m_high": money(ko="기대 마진 상한", en="Expected margin, high"),
        "expected_margin_12m_spread": money(ko="기대 마진 표준편차", en="Expected margin, standard deviation"),
        "expected_orders_12m": number(ko="12개월 기대 구매일 수", en="Expected order days, 12 months"),
        "expected_orders_12m_spread": number(ko="기대 구매일 수 표준편차", en="Expected order days, standard deviation"),
        "alive_probability": probability(ko="활동 확률", en="Probability of being active"),
        "window_days": integer(ko="가까운 기간(일)", en="Near window in days"),
        "order_probability": probability(ko="가까운 기간 내 구매 확률", en="Probability of an order in the near window"),
        "expected_orders": number(ko="가까운 기간 기대 구매일 수", en="Expected order days, near window"),
        "expected_margin": money(ko="가까운 기간 기대 마진", en="Expected margin, near window"),
        "expected_margin_low": money(ko="가까운 기간 기대 마진 하한", en="Expected margin, near window, low"),
        "expected_margin_high": money(ko="가까운 기간 기대 마진 상한", en="Expected margin, near window, high"),
        "range_share": share(ko="범위에 드는 비율", en="Share that ranges hold"),
    }
    _purchases: Purchases | None = PrivateAttr(None)
    _value: MarginPerOrder | None = PrivateAttr(None)
    _values: dict[int, tuple[Block, MarginPerOrder]] = PrivateAttr(default_factory=dict)
    _trees: dict[str, boosting.Boosted] = PrivateAttr(default_factory=dict)
    _mean: float = PrivateAttr(1.0)
    _chosen: str = PrivateAttr("")
    _scale: dict[str, float] = PrivateAttr(default_factory=dict)
    _level: Level = PrivateAttr(default_factory=Level)
    _spread: conformal.Conformal | None = PrivateAttr(None)
    _errors: dict[str, group_errors.GroupErrors] = PrivateAttr(default_factory=dict)

    @classmethod
    def foretells(cls) -> tuple[Foretold, ...]:
        """The chance of an order in the near window, as the models of buying say; it is not judged itself."""
        return (Foretold("order_probability", "window_days", follows=True),)

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """The longest horizon that leaves a training and a validation window in the history, at most a year."""
        return int(max(28, min(self.horizon or 365, facts["history_days"] / 3)))

    def label(self) -> Query:
        """Days with an order and margin less refunds in the horizon; unknown margins at the rate of all that are known."""
        return sql("""
            with rated as (
                select share(sum(margin_amount), sum(case when margin_amount is not null then net_amount end)) as rate
                from later_orders where status = 'completed'),
            bought as (
                select o.customer_id, count(distinct date_trunc('day', local(o.ordered_at))) as order_days,
                       sum(coalesce(o.margin_amount, cast(o.net_amount * r.rate as decimal(18, 2)))) as margin
                from later_orders o cross join rated r
                where o.status = 'completed' and o.customer_id is not null group by o.customer_id),
            refunded as (
                select customer_id, sum(refund_amount) as refund_amount
                from later_returns where customer_id is not null group by customer_id)
            select coalesce(b.customer_id, r.customer_id) as customer_id, coalesce(b.order_days, 0) as order_days,
                   coalesce(b.margin, 0) - coalesce(r.refund_amount, 0) as margin
            from bought b full join refunded r on r.customer_id = b.customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough customers with a repeat order at the latest moment."""
        latest = blocks[-1]
        repeated = order_days(latest) > 1
        if repeated.sum() < FEWEST_REPEATERS:
            have = told("{n} customers with a repeat order", n=str(repeated.sum()))
            raise TooLittleData.have(have, told("{n} customers", n=FEWEST_REPEATERS), where="lifetime_value")
        earning = int((repeated & (margin_per_day(latest) > 0)).sum())
        if earning < FEWEST_REPEATERS:
            have = told("{n} customers with a repeat order and a positive margin", n=str(earning))
            raise TooLittleData.have(have, told("{n} customers", n=FEWEST_REPEATERS), where="lifetime_value")

    def fit(self, blocks: Sequence[Block]) -> None:
        """The models of buying and of margin at each moment, and boosted trees on top of all moments together."""
        self._purchases = self._purchases or Purchases(self.groups, self.seed)
        lessons = self._purchases.fit(blocks)
        blocks = lessons.blocks
        values = list(map(self.value_of, blocks))
        self._value = values[-1]
        pairs = zip(lessons.orders, values, blocks, strict=True)
        expected = [np.maximum(orders * value.of(block), LEAST_MEAN) for orders, value, block in pairs]
        margin = [np.maximum(block.labels["margin"], 0) for block in blocks]
        self._level = learn(blocks, totals(expected), totals(margin))
        self._trees = {}
        if self.wants_trees(lessons):
            self.grow(lessons, np.concatenate(levelled(expected, margin)), np.concatenate(margin))

    def wants_trees(self, lessons: Lessons) -> bool:
        """Whether trees are grown: where there are enough rows, until judging chose another model."""
        return lessons.rows is not None and self._chosen in ("", MIXED)

    def value_of(self, block: Block) -> MarginPerOrder:
        """The model of margin of a past moment, fitted once however often the block is learnt from."""
        key = id(block)
        if key not in self._values:
            self._values[key] = (block, MarginPerOrder.learn(block))
        return self._values[key][1]

    def grow(self, lessons: Lessons, expected: Array, margin: Array) -> None:
        """Trees on top of the classical margin, and trees that do without it."""
        rows = lessons.rows
        assert rows is not None
        self._mean = max(float(margin.mean()), LEAST_MEAN)
        target = margin / self._mean
        self._trees["on_top"] = rows.fit(target, np.log(expected / self._mean), "tweedie", seed=self.seed)
        self._trees["alone"] = rows.fit(target, np.zeros(len(target)), "tweedie", seed=self.seed)

    def fitted(self) -> tuple[Purchases, MarginPerOrder]:
        """The models of buying and of margin.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._purchases is None or self._value is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="lifetime_value"), hint=told("fit it first"))
        return self._purchases, self._value

    def settle(self, block: Block) -> None:
        """Fit the models of buying and of margin anew, and scale all forecasts to the totals that they and past errors expect."""
        purchases, _ = self.fitted()
        purchases.settle(block)
        self._value = MarginPerOrder.learn(block)
        self._scale = {}
        found = self.by_model(purchases.look(block))
        shift = 0.0 if purchases.season.borrowed else self._level.shift
        total = float(found[CLASSICAL].sum()) * float(np.exp(shift))
        self._scale = {name: scale_to(values, total) for name, values in found.items()}

    def classical(self, outlook: Outlook) -> Array:
        """Margin in the horizon by the models of buying and of margin alone."""
        purchases, value = self.fitted()
        expected = outlook.classical(purchases.horizon) * value.of(outlook.block)
        return np.asarray(np.maximum(expected, LEAST_MEAN), dtype=np.float64)

    def by_model(self, outlook: Outlook) -> dict[str, Array]:
        """Margin in the horizon by each model there is."""
        purchases, _ = self.fitted()
        classical = self.classical(outlook)
        found = {CLASSICAL: classical}
        chosen = purchases.chosen.get("orders", CLASSICAL)
        if chosen != CLASSICAL:
            found[BOOSTED] = classical * outlook.lift(chosen)
        if outlook.matrix is not None and self._trees:
            on_top = self._trees["on_top"].mean(outlook.matrix, np.log(classical / self._mean))
            alone = self._trees["alone"].mean(outlook.matrix, 0.0)
            found[MIXED] = (found.get(BOOSTED, classical) + (on_top + alone) / 2 * self._mean) / 2
        return {name: values * self._scale.get(name, 1.0) for name, values in found.items()}

    def judge(self, block: Block) -> Judgement:
        """All models against 'everybody as on average' and 'everybody goes on as so far', on later time."""
        self._chosen = ""
        purchases, _ = self.fitted()
        purchases.judge(block)
        self.settle(block)
        actual = block.labels["margin"]
        models = self.by_model(purchases.look(block))
        pace = (
            np.nan_to_num(block.numbers(["margin"])[:, 0])
            / np.maximum(block.numbers(["tenure_days"])[:, 0], 28)
            * purchases.horizon
        )
        rules = {"same_for_all": np.full(len(block), actual.mean()), "as_so_far": np.maximum(pace, 0)}
        metrics = {name: measured(values, actual) for name, values in {**models, **rules}.items()}
        self._chosen = champion({name: (models[name] - actual) ** 2 for name in (CLASSICAL, MIXED, BOOSTED) if name in models})
        metrics["chosen"] = metrics[self._chosen]
        self._spread = conformal.learn(models[self._chosen], np.maximum(actual, 0), 1 - LEFT_OUT * (1 - self.range_share))
        self._errors = self.errors(block, models[self._chosen])
        best_rule = min(metrics[name]["rmse"] for name in rules)
        return Judgement(
            chosen=self._chosen,
            good_enough=bool(metrics["chosen"]["rmse"] < best_rule),
            metrics=metrics,
            main_metric="rmse",
            higher_is_better=False,
            calibration=by_tenth(models[self._chosen], actual),
            importance=self.importance(block.some(WEIGHED)),
            notes=notes(purchases.season),
            basis=purchases.name,
        )

    def errors(self, block: Block, margin: Array) -> dict[str, group_errors.GroupErrors]:
        """How far groups of customers were off on later time, in margin and in order days."""
        purchases, _ = self.fitted()
        parted, orders = ways_to_part(block), purchases.look(block).orders(purchases.horizon)
        return {
            MARGIN: group_errors.learn(margin, block.labels["margin"], parted),
            ORDERS: group_errors.learn(orders, block.labels["order_days"], parted),
        }

    def total_range(self) -> TotalRange:
        """What the sum of expected margins over 12 months is multiplied with for its range."""
        return TotalRange(*self._level.factors(YEAR, self.range_share), self.range_share)

    def group_ranges(self) -> dict[str, TotalRange]:
        """How expected margins and order days of some customers over 12 months add up to a range."""
        purchases, _ = self.fitted()
        levels = {MARGIN: self._level, ORDERS: purchases.level}
        return {
            name: levels[name].range_of_groups(YEAR, errors.between, self.range_share) for name, errors in self._errors.items()
        }

    def reasons(self, block: Block) -> dict[str, Array]:
        """Contribution of each reason to the log of expected margin."""
        purchases, _ = self.fitted()
        outlook = purchases.look(block)
        return self.reasons_of(outlook)

    def importance(self, block: Block) -> dict[str, float]:
        """How much each reason weighs on average."""
        return {key: float(np.abs(values).mean()) for key, values in self.reasons(block).items()}

    def reasons_of(self, outlook: Outlook) -> dict[str, Array]:
        """The same for customers looked at already."""
        found: dict[str, Array] = {}
        if outlook.matrix is not None and self._chosen == MIXED:
            found = self._trees["on_top"].contributions(outlook.matrix)
        elif self._chosen == BOOSTED:
            found = outlook.contributions("orders")
        return moving(grouped(found, self.groups, np.log(self.classical(outlook))))

    def score(self, block: Block) -> Scores:
        """Expected margin and orders over 12 months and in the near window, with ranges and chances."""
        purchases, _ = self.fitted()
        outlook = purchases.look(block)
        margin = self.by_model(outlook)[self._chosen or CLASSICAL]
        base = outlook.classical(purchases.horizon)
        orders = outlook.orders(YEAR)
        year, near = (margin * outlook.classical(days) / base for days in (YEAR, float(self.window)))
        columns = {
            "alive_probability": outlook.alive(),
            ORDERS: orders,
            f"{ORDERS}_spread": self.spread_of(ORDERS, outlook.orders(purchases.horizon), orders),
            "window_days": np.full(len(block), self.window),
            "order_probability": outlook.chance(self.window),
            "expected_orders": outlook.orders(self.window),
            **self.ranged(MARGIN, year, YEAR),
            f"{MARGIN}_spread": self.spread_of(MARGIN, margin, year),
            **self.ranged("expected_margin", near, float(self.window)),
            "range_share": np.full(len(block), self.range_share),
        }
        return Scores(columns, self.reasons_of(outlook))

    def spread_of(self, name: str, judged: Array, year: Array) -> Array:
        """Standard deviation of what each customer brings in a year: in share of what is expected that of the judged horizon, and
        wider for the longer time, as ranges are; missing where nothing was judged."""
        errors = self._errors.get(name)
        if errors is None:
            return np.full(len(year), np.nan)
        wider = float((YEAR / self.fitted()[0].horizon) ** LONGER)
        return np.asarray(errors.of_each(judged) * wider * year / np.maximum(judged, LEAST_MEAN), dtype=np.float64)

    def ranged(self, name: str, expected: Array, days: float) -> dict[str, Array]:
        """An expectation for some days with its range: that of customers of whom as much was expected when models were judged.

        Longer horizons than the judged one have wider ranges, shorter ones narrower.
        """
        if self._spread is None:
            return {name: expected, f"{name}_low": np.zeros(len(expected)), f"{name}_high": np.full(len(expected), np.nan)}
        low, high = self._spread.apply(expected)
        wider = float((days / self.fitted()[0].horizon) ** LONGER)
        low, high = np.minimum(low / wider, expected), np.maximum(high * wider, expected)
        return {name: expected, f"{name}_low": low, f"{name}_high": high}


def ways_to_part(block: Block) -> list[npt.NDArray[Any]]:
    """Groups that people may look at: by every category that is known, and tenths by recency and by time as a customer."""
    named = [values for name, values in sorted(block.columns.items()) if values.dtype == object and known_kinds(values) > 1]
    return [*named, *(tenths(block.numbers([name])[:, 0]) for name in ("recency_days", "tenure_days"))]


def known_kinds(values: npt.NDArray[Any]) -> int:
    """How many categories a column has."""
    return len({each for each in values if each is not None})


def tenths(values: Array) -> npt.NDArray[np.int64]:
    """Which tenth each value belongs to."""
    return np.searchsorted(np.nanquantile(values, np.arange(1, 10) / 10), values, side="right").astype(np.int64)


def totals(values: Sequence[Array]) -> list[float]:
    """What the margins of each moment add up to."""
    return [float(each.sum()) for each in values]


def measured(expected: Array, actual: Array) -> dict[str, float]:
    """Error, total error and ranking of expected margins."""
    total = float(actual.sum())
    some = float(np.maximum(actual, 0).max(initial=0)) > 0 and len(np.unique(np.maximum(actual, 0))) > 1
    return {
        "rmse": float(np.sqrt(np.mean((expected - actual) ** 2))),
        "mae": float(np.abs(expected - actual).mean()),
        "total_error": float(expected.sum() / total - 1) if total > 0 else float("nan"),
        "gini": float(ranking.normalised_gini(expected, np.maximum(actual, 0))) if some else 0.0,
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
