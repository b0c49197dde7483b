"""Churn: how likely a customer is not to come back within the company's own horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field, PrivateAttr

from dangol.algorithms import bg_nbd, boosting, calibration, ranking
from dangol.core.declare import (
    Array,
    Block,
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
from dangol.predictions.history import GROUPS, NEEDS, WEIGHED, History, grouped, present, stacked

FEWEST = 100


@prediction(ko="이탈 가능성", en="Churn probability", name="churn")
class Churn(Predictor):
    """How likely each customer is not to order again within the company's lapse point.

    Non-contractual: nobody cancels, so churn means no order in the horizon. The horizon is the lapse point of the company (nine
    of ten next orders come within it), at least 28 days and at most a third of the history. BG/NBD gives P(order in horizon) from
    the buying history alone; boosted trees on top of it must beat it on later time, or step aside. Probabilities are calibrated.
    """

    horizon: int = Field(default=0, ge=0, le=365, description="days to look ahead; 0 for the company's lapse point")

    needs: ClassVar[tuple[str, ...]] = NEEDS
    groups: ClassVar[Mapping[str, Group]] = GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "churn_probability": probability(ko="이탈 가능성", en="Churn probability"),
        "churn_horizon_days": integer(ko="이탈 예측 기간(일)", en="Churn horizon in days"),
    }
    _horizon: float = PrivateAttr(0.0)
    _boosted: boosting.Boosted | None = PrivateAttr(None)
    _chosen: str = PrivateAttr("bg_nbd")
    _calibrator: calibration.Platt | None = PrivateAttr(None)
    _classical: bg_nbd.BgNbd | None = PrivateAttr(None)
    _fits: dict[int, tuple[Block, bg_nbd.BgNbd]] = PrivateAttr(default_factory=dict)

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """The company's lapse point, within what the history can prove."""
        wanted = self.horizon or round(facts["lapse_days"]) or 60
        return int(max(28, min(wanted, 365, facts["history_days"] / 3)))

    def label(self) -> Query:
        """Whether the customer ordered in the horizon."""
        return sql("""
            select customer_id, 1 as bought from later_orders
            where status = 'completed' and customer_id is not null group by customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough customers who came back and enough who did not, at every moment together."""
        bought = sum(float(block.labels["bought"].sum()) for block in blocks)
        stayed_away = sum(len(block) for block in blocks) - bought
        if min(bought, stayed_away) < FEWEST:
            have = told("{back} customers who came back and {away} who did not", back=f"{bought:.0f}", away=f"{stayed_away:.0f}")
            raise TooLittleData.have(have, told("{n} of each", n=FEWEST), where="churn")

    def fit(self, blocks: Sequence[Block]) -> None:
        """BG/NBD at each moment, and boosted trees on top of all moments together."""
        self._horizon = blocks[-1].horizon_days
        classical = [self.classical_of(block) for block in blocks]
        self._classical = classical[-1]
        offsets = np.concatenate([self.offset(block, model) for block, model in zip(blocks, classical, strict=True)])
        bought = np.concatenate([block.labels["bought"] for block in blocks])
        names = present(blocks[0], self.groups)
        self._boosted = boosting.fit(stacked(blocks, names), names, 1 - bought, offsets, "binary", seed=self.seed)

    def classical_of(self, block: Block) -> bg_nbd.BgNbd:
        """BG/NBD of a past moment, fitted once however often the block is learnt from."""
        key = id(block)
        if key not in self._fits:
            self._fits[key] = (block, History.of(block).fit())
        return self._fits[key][1]

    def offset(self, block: Block, model: bg_nbd.BgNbd) -> Array:
        """Log-odds of churn by BG/NBD."""
        history = History.of(block)
        buys = model.probability_of_purchase(self._horizon, history.frequency, history.recency, history.age)
        away = np.clip(1 - buys, 1e-4, 1 - 1e-4)
        return np.asarray(np.log(away / (1 - away)), dtype=np.float64)

    def judge(self, block: Block) -> Judgement:
        """BG/NBD and boosted trees against the base rate and the rule 'silent for long', on later time."""
        churned = 1 - block.labels["bought"]
        boosted, classical = self.fitted()
        offset = self.offset(block, classical)
        models = {
            "bg_nbd": 1 / (1 + np.exp(-offset)),
            "boosted": boosted.predict(block.columns, offset),
            "base_rate": np.full(len(block), churned.mean()),
            "recency_rule": self.recency_rule(block, churned),
        }
        metrics = {name: measured(values, churned) for name, values in models.items()}
        better = metrics["boosted"]["brier"] < metrics["bg_nbd"]["brier"]
        self._chosen = "boosted" if better else "bg_nbd"
        self._calibrator = calibrator(models[self._chosen], churned)
        final = self.calibrated(models[self._chosen])
        metrics["chosen"] = measured(final, churned)
        best_rule = min(metrics["base_rate"]["brier"], metrics["recency_rule"]["brier"])
        good = metrics["chosen"]["brier"] < best_rule and metrics["chosen"]["auc"] > 0.55
        return Judgement(
            chosen=self._chosen,
            good_enough=bool(good),
            metrics=metrics,
            main_metric="brier",
            higher_is_better=False,
            calibration=by_bin(final, churned),
            importance=self.importance(block.some(WEIGHED)),
        )

    def fitted(self) -> tuple[boosting.Boosted, bg_nbd.BgNbd]:
        """Both models.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._boosted is None or self._classical is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="churn"), hint=told("fit it first"))
        return self._boosted, self._classical

    def recency_rule(self, block: Block, churned: Array) -> Array:
        """Churn rate by tenth of recency: the rule of thumb, allowed to see the answers it is judged by."""
        silence = block.numbers(["recency_days"])[:, 0]
        tenth = np.searchsorted(np.quantile(silence, np.arange(0.1, 1, 0.1)), silence)
        rates = np.array([churned[tenth == each].mean() if (tenth == each).any() else 0.0 for each in range(10)])
        return np.asarray(rates[tenth], dtype=np.float64)

    def importance(self, block: Block) -> dict[str, float]:
        """Mean absolute contribution of each reason."""
        _, classical = self.fitted()
        found = self.reasons(block, self.offset(block, classical))
        return {key: float(np.abs(values).mean()) for key, values in found.items()}

    def reasons(self, block: Block, offset: Array) -> dict[str, Array]:
        """Contribution of each reason to the log-odds of churn."""
        boosted, _ = self.fitted()
        found = boosted.contributions(block.columns) if self._chosen == "boosted" else {}
        return {key: values for key, values in grouped(found, self.groups, offset).items() if np.abs(values).max(initial=0) > 0}

    def calibrated(self, values: Array) -> Array:
        """Probabilities after calibration, where it helped."""
        return self._calibrator.apply(values) if self._calibrator is not None else values

    def score(self, block: Block) -> Scores:
        """Calibrated churn probability of each customer, with reasons."""
        boosted, classical = self.fitted()
        offset = self.offset(block, classical)
        values = boosted.predict(block.columns, offset) if self._chosen == "boosted" else 1 / (1 + np.exp(-offset))
        horizon = np.full(len(block), round(self._horizon))
        columns = {"churn_probability": self.calibrated(np.asarray(values)), "churn_horizon_days": horizon}
        return Scores(columns, self.reasons(block, offset))


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


def calibrator(values: Array, happened: Array) -> calibration.Platt | None:
    """A calibration learnt on half of the customers, kept only if it helps the other half."""
    half = np.arange(len(values)) % 2 == 0
    if len(values) < 4 * FEWEST or not 0 < happened[half].mean() < 1:
        return None
    learnt = calibration.fit_platt(values[half], happened[half])
    helped = calibration.brier(learnt.apply(values[~half]), happened[~half]) < calibration.brier(values[~half], happened[~half])
    return learnt if helped else None
