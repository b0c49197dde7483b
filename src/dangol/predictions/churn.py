"""Churn: how likely a customer is not to come back within the company's own horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field, PrivateAttr

from dangol.algorithms import calibration, ranking
from dangol.algorithms.buy_till_you_die import PurchaseForecast
from dangol.algorithms.retail_season import FLAT, RetailSeason
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
    integer,
    prediction,
    probability,
    sql,
)
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.predictions.history import GROUPS, NEEDS, WEIGHED, History, grouped
from dangol.predictions.purchases import Outlook, Purchases, log_odds
from dangol.predictions.season import notes

FEWEST = 100


@prediction(ko="이탈 가능성", en="Churn probability", name="churn")
class Churn(Predictor):
    """How likely each customer is not to order again within the company's lapse point.

    Non-contractual: nobody cancels, so churn means no order in the horizon. The horizon is the lapse point of the company (nine
    of ten next orders come within it), at least 28 days and at most a third of the history. The same models of buying as behind
    lifetime value give P(order in horizon) from the buying history alone; boosted trees on top of them must beat them on later
    time, or step aside. Probabilities are calibrated where that proves to help.
    """

    horizon: int = Field(default=0, ge=0, le=365, description="days to look ahead; 0 for the company's lapse point")

    needs: ClassVar[tuple[str, ...]] = NEEDS
    groups: ClassVar[Mapping[str, Group]] = GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "churn_probability": probability(ko="이탈 가능성", en="Churn probability"),
        "churn_horizon_days": integer(ko="이탈 예측 기간(일)", en="Churn horizon in days"),
    }
    _purchases: Purchases | None = PrivateAttr(None)

    @classmethod
    def foretells(cls) -> tuple[Foretold, ...]:
        """Churn is no order within the horizon."""
        return (Foretold("churn_probability", "churn_horizon_days", unlikely=True),)

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """The company's lapse point, within what the history can prove."""
        wanted = self.horizon or round(facts["lapse_days"]) or 60
        return int(max(28, min(wanted, 365, facts["history_days"] / 3)))

    def label(self) -> Query:
        """Days with an order in the horizon."""
        return sql("""
            select customer_id, count(distinct date_trunc('day', local(ordered_at))) as order_days from later_orders
            where status = 'completed' and customer_id is not null group by customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough customers who came back and enough who did not, at every moment together."""
        bought = sum(float((block.labels["order_days"] > 0).sum()) for block in blocks)
        stayed_away = sum(len(block) for block in blocks) - bought
        if min(bought, stayed_away) < FEWEST:
            have = told("{back} customers who came back and {away} who did not", back=f"{bought:.0f}", away=f"{stayed_away:.0f}")
            raise TooLittleData.have(have, told("{n} of each", n=FEWEST), where="churn")

    def fit(self, blocks: Sequence[Block]) -> None:
        """The models of buying at each moment, and boosted trees on top of all moments together."""
        self._purchases = self._purchases or Purchases(self.groups, self.seed)
        self._purchases.fit(blocks)

    def fitted(self) -> Purchases:
        """The models of buying.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._purchases is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="churn"), hint=told("fit it first"))
        return self._purchases

    def settle(self, block: Block) -> None:
        """Fit the model of buying anew and scale expected orders to the total that it and past errors expect."""
        self.fitted().settle(block)

    def judge(self, block: Block) -> Judgement:
        """All models against the base rate and the rule 'silent for long', on later time."""
        purchases, churned = self.fitted(), (block.labels["order_days"] <= 0).astype(np.float64)
        purchases.judge(block)
        outlook = purchases.look(block)
        models = {name: 1 - values for name, values in outlook.chances.items()}
        rules = {"base_rate": np.full(len(block), churned.mean()), "recency_rule": self.recency_rule(block, churned)}
        metrics = {name: measured(values, churned) for name, values in {**models, **rules}.items()}
        final = 1 - outlook.chance(purchases.horizon)
        metrics["chosen"] = measured(final, churned)
        best_rule = min(metrics[name]["brier"] for name in rules)
        good = metrics["chosen"]["brier"] < best_rule and metrics["chosen"]["auc"] > 0.55
        return Judgement(
            chosen=purchases.chosen["chance"],
            good_enough=bool(good),
            metrics=metrics,
            main_metric="brier",
            higher_is_better=False,
            calibration=by_bin(final, churned),
            importance=self.importance(block.some(WEIGHED)),
            notes=notes(purchases.season),
            basis=purchases.name,
        )

    def recency_rule(self, block: Block, churned: Array) -> Array:
        """Churn rate by tenth of recency: the rule of thumb, allowed to see the answers it is judged by."""
        silence = block.numbers(["recency_days"])[:, 0]
        tenth = np.searchsorted(np.quantile(silence, np.arange(0.1, 1, 0.1)), silence)
        rates = np.array([churned[tenth == each].mean() if (tenth == each).any() else 0.0 for each in range(10)])
        return np.asarray(rates[tenth], dtype=np.float64)

    def importance(self, block: Block) -> dict[str, float]:
        """Mean absolute contribution of each reason."""
        found = self.reasons(self.fitted().look(block))
        return {key: float(np.abs(values).mean()) for key, values in found.items()}

    def reasons(self, outlook: Outlook) -> dict[str, Array]:
        """Contribution of each reason to the log-odds of churn: what brings orders speaks against it.

        What the model of buying says is parted into the time since the last order, against the own rhythm, and the rest of the
        buying history. All but the time since the last order compare with the average customer.
        """
        own = outlook.purchases
        silence, past = parted(own.ready(), outlook.block, own.horizon, own.season)
        trees = {name: -values for name, values in outlook.contributions("chance").items()}
        added = grouped(trees, self.groups, past)
        added["recency"] = added["recency"] + silence
        return {key: values for key, values in added.items() if np.abs(values).max(initial=0) > 0}

    def score(self, block: Block) -> Scores:
        """Calibrated churn probability of each customer, with reasons."""
        purchases = self.fitted()
        outlook = purchases.look(block)
        horizon = np.full(len(block), round(purchases.horizon))
        columns = {"churn_probability": 1 - outlook.chance(purchases.horizon), "churn_horizon_days": horizon}
        return Scores(columns, self.reasons(outlook))


def parted(model: PurchaseForecast, block: Block, horizon: float, season: RetailSeason = FLAT) -> tuple[Array, Array]:
    """The log-odds of churn by a model of buying as two parts, together exactly: the silence, and everything before it.

    The past speaks as it stood when the silence was as long as the customer's own mean gap; the silence adds what changed since
    then. So a silence longer than the own rhythm speaks for churn, a shorter one against it, however long others are silent.
    Somebody with one order has no rhythm yet: he is held against the middle of the others' gaps.

    Args:
        model: of buying.
        block: customers.
        horizon: days without an order that count as churn.
        season: whose time the model reckons in.
    """
    own, span = History.of(block, season), season.span(block.moment, horizon)
    again = own.frequency > 0
    quiet = np.where(again, own.age - own.recency, own.age)
    gaps = own.recency[again] / own.frequency[again]
    usual = np.full(len(block), float(np.median(gaps if again.any() else quiet)) if len(block) else 0.0)
    usual[again] = gaps

    def said(silence: Array) -> Array:
        chance = model.probability_of_purchase(span, own.frequency, own.recency, np.maximum(own.recency + silence, 1e-6))
        return log_odds(1 - np.asarray(chance, dtype=np.float64))

    past = said(usual)
    return said(quiet) - past, past


def by_bin(values: Array, happened: Array) -> list[dict[str, float]]:
    """Predicted and realised churn in ten equally filled groups."""
    found = calibration.reliability_table(values, happened, binning="count")
    columns = zip(found.predicted, found.observed, found.count, strict=True)
    return [{"expected": float(expected), "actual": float(actual), "count": float(count)} for expected, actual, count in columns]


def measured(values: Array, happened: Array) -> dict[str, float]:
    """AUC, Brier score and calibration error of probabilities."""
    return {
        "auc": float(ranking.auc(values, happened)) if 0 < happened.mean() < 1 else 0.5,
        "brier": float(calibration.brier(values, happened)),
        "calibration_error": float(calibration.expected_calibration_error(values, happened)),
        "mean": float(values.mean()),
        "actual": float(happened.mean()),
    }
