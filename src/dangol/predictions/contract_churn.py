"""Contractual churn: how likely a customer with a contract or subscription is to end it, by cancelling or by failing to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field, PrivateAttr

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
from dangol.predictions.chance import TREES, added
from dangol.predictions.churn import by_bin
from dangol.predictions.ending import BOOSTED, Ending
from dangol.predictions.history import GROUPS, WEIGHED

FEWEST = 30
AGE = "contract_tenure_days"
# No model of buying is under the trees here.
TITLED = {BOOSTED: TREES}
CONTRACT_GROUPS: dict[str, Group] = {
    "contract": Group(
        "계약",
        "Contract",
        (AGE, "active_contract_count", "contract_count", "ended_contract_count", "contract_fee", "contract_plan"),
    ),
    **GROUPS,
}


@prediction(ko="계약 해지 가능성", en="Chance that a contract ends", name="contract_churn")
class ContractChurn(Predictor):
    """How likely each customer with a running contract is to end one within the horizon.

    Contractual: the end is on record, so churn is what happened, not a silence. The rate by age (Kaplan and Meier) is the
    baseline and what is used where endings are few; boosted trees beside it must prove better on later time. Ends that nobody
    chose (a payment that failed) are scored apart where the company tells them from cancellations.
    """

    horizon: int = Field(default=30, ge=7, le=365, description="days to look ahead")

    only_with: ClassVar[str] = "contracts"
    needs: ClassVar[tuple[str, ...]] = ("active_contract_count", AGE)
    groups: ClassVar[Mapping[str, Group]] = CONTRACT_GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "contract_churn_probability": probability(ko="계약 해지 가능성", en="Chance that a contract ends"),
        "involuntary_churn_probability": probability(ko="비자발 해지 가능성", en="Chance of an end nobody chose"),
        "contract_horizon_days": integer(ko="해지 예측 기간(일)", en="Contract horizon in days"),
    }
    _all: Ending | None = PrivateAttr(None)
    _involuntary: Ending | None = PrivateAttr(None)

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """As set, within a third of the history."""
        return int(max(7, min(self.horizon, facts["history_days"] / 3)))

    def population(self) -> str:
        """Customers with a running contract."""
        return "active_contract_count >= 1"

    def label(self) -> Query:
        """Of contracts that ran: days until the first ended, and until the first that ended by itself; one added, 0 is none."""
        return sql("""
            select customer_id, min(days_between(as_of, ended_at)) + 1 as ended_days,
                   min(case when end_kind = 'involuntary' then days_between(as_of, ended_at) + 1 end) as involuntary_days
            from later_contracts where customer_id is not null and started_at < as_of group by customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough contracts that ended and enough that did not, at every moment together."""
        enough(blocks, "contract_churn")

    def fit(self, blocks: Sequence[Block]) -> None:
        """The models of any end, and of ends nobody chose where there are enough of them."""
        self._all = self._all or Ending(self.groups, self.seed, AGE)
        self._all.fit(blocks, [waited(block, "ended_days") for block in blocks])
        if sum(float((block.labels["involuntary_days"] > 0).sum()) for block in blocks) >= FEWEST:
            self._involuntary = self._involuntary or Ending(self.groups, self.seed, AGE)
            self._involuntary.fit(blocks, [waited(block, "involuntary_days") for block in blocks])

    def fitted(self) -> Ending:
        """The model of any end.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._all is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="contract_churn"), hint=told("fit it first"))
        return self._all

    def judge(self, block: Block) -> Judgement:
        """Trees and the rate by age against the base rate, on later time."""
        model, after = self.fitted(), waited(block, "ended_days")
        verdict = model.judge(block, after)
        if self._involuntary is not None:
            self._involuntary.judge(block, waited(block, "involuntary_days"))
        some = block.some(WEIGHED)
        return Judgement(
            chosen=TITLED.get(model.chosen, model.chosen),
            good_enough=verdict.good_enough,
            metrics={TITLED.get(name, name): figures for name, figures in verdict.metrics.items()},
            main_metric="brier",
            higher_is_better=False,
            calibration=by_bin(verdict.final, (after < model.horizon).astype(np.float64)),
            importance={key: float(np.abs(values).mean()) for key, values in self.reasons(some).items()},
        )

    def reasons(self, block: Block) -> dict[str, Array]:
        """Contribution of each reason to the log-odds of an end."""
        return added(self.fitted().contributions(block), self.groups)

    def score(self, block: Block) -> Scores:
        """Chances of each customer with a running contract, with reasons."""
        model, other = self.fitted(), self._involuntary
        columns = {
            "contract_churn_probability": model.chance(block),
            "involuntary_churn_probability": other.chance(block) if other is not None else np.full(len(block), np.nan),
            "contract_horizon_days": np.full(len(block), round(model.horizon)),
        }
        return Scores(columns, self.reasons(block))


def enough(blocks: Sequence[Block], prediction: str) -> None:
    """Refuse where too few contracts ended, or too few did not.

    Raises:
        TooLittleData: fewer than thirty of either, at every moment together.
    """
    ended = sum(float((block.labels["ended_days"] > 0).sum()) for block in blocks)
    kept = sum(len(block) for block in blocks) - ended
    if min(ended, kept) < FEWEST:
        have = told("{ended} contracts that ended and {kept} that did not", ended=f"{ended:.0f}", kept=f"{kept:.0f}")
        raise TooLittleData.have(have, told("{n} of each", n=FEWEST), where=prediction)


def waited(block: Block, label: str) -> Array:
    """Days until an end from a block's moment on; infinite where none came."""
    found = block.labels[label]
    return np.where(found > 0, found - 1, np.inf)
