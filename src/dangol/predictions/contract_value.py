"""Contractual value: what the contracts running today are expected to bring, month by month, until they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field, PrivateAttr

from dangol.algorithms import conformal, shifted_beta_geometric
from dangol.algorithms.champion import champion
from dangol.algorithms.shifted_beta_geometric import ShiftedBetaGeometric
from dangol.core.declare import (
    Array,
    Block,
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
    sql,
)
from dangol.core.errors import NotReady, told
from dangol.predictions.chance import added
from dangol.predictions.contract_churn import AGE, CONTRACT_GROUPS, enough, waited
from dangol.predictions.ending import BOOSTED, Ending
from dangol.predictions.history import WEIGHED
from dangol.predictions.level import Level, learn
from dangol.predictions.lifetime_value import LEFT_OUT, by_tenth, measured

MONTH, YEAR = 365.25 / 12, 365.0
BY_RETENTION, BY_PERSON = "retention", "retention_and_trees"
# How much more, or less, prone to end than others of its age a contract may be taken to be.
MOST_PRONE = 10.0
LEAST_LOSS = 1e-6
# How much of what makes a customer prone to end may be taken to stay as it is.
STEADINESS = np.linspace(0.0, 1.0, 11)


@prediction(ko="계약 가치", en="Contract value", name="contract_value")
class ContractValue(Predictor):
    """What each customer's running contracts are expected to bring over the next 12 months, with a range.

    Contractual: the fee is known, and how long it will be paid is not. The share of contracts that lasts from their age on
    follows the shifted-beta-geometric model (Fader and Hardie 2007), which carries on beyond what was ever seen; how prone each
    customer is to end compared with others of that age comes from the chance that a contract ends, where trees prove better on
    later time, and how much of that stays as it is instead of falling with age from when ends came.
    Must beat 'everybody stays' and 'everybody loses the mean share'. Fees as they are today, revenue and not margin,
    contracts still to be won left out, not discounted.
    """

    horizon: int = Field(default=0, ge=0, le=730, description="days models are judged on; 0 for as long as the history proves")
    window: int = Field(default=1095, ge=30, le=3650, description="days that the value beyond a year is for")
    range_share: float = Field(default=0.8, ge=0.5, le=0.95, description="share of customers that ranges are to hold")

    only_with: ClassVar[str] = "contracts"
    needs: ClassVar[tuple[str, ...]] = ("active_contract_count", AGE, "contract_fee")
    groups: ClassVar[Mapping[str, Group]] = CONTRACT_GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "contract_value_12m": money(ko="12개월 예상 계약 금액", en="Expected contract revenue, 12 months"),
        "contract_value_12m_low": money(ko="예상 계약 금액 하한", en="Expected contract revenue, low"),
        "contract_value_12m_high": money(ko="예상 계약 금액 상한", en="Expected contract revenue, high"),
        "contract_months_12m": number(ko="12개월 중 예상 유지 개월 수", en="Months expected to last, of 12"),
        "contract_value_ahead": money(ko="장기 예상 계약 금액", en="Expected contract revenue, long window"),
        "contract_ahead_days": integer(ko="장기 기간(일)", en="Long window in days"),
    }
    _ending: Ending | None = PrivateAttr(None)
    _retention: ShiftedBetaGeometric | None = PrivateAttr(None)
    _steadiness: float = PrivateAttr(0.0)
    _paid: float = PrivateAttr(1.0)
    _chosen: str = PrivateAttr("")
    _level: Level = PrivateAttr(default_factory=Level)
    _spread: conformal.Conformal | None = PrivateAttr(None)

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """The longest horizon that leaves a training and a validation window in the history, at most a year."""
        return int(max(28, min(self.horizon or 365, facts["history_days"] / 3)))

    def population(self) -> str:
        """Customers with a running contract and a known fee."""
        return "active_contract_count >= 1 and contract_fee > 0"

    def label(self) -> Query:
        """Of contracts that ended in the horizon: days until the first, one added; their fees; fees times days until then."""
        return sql("""
            select customer_id, min(days_between(as_of, ended_at)) + 1 as ended_days,
                   sum(cast(coalesce(monthly_fee, 0) as double)) as ended_fee,
                   sum(cast(coalesce(monthly_fee, 0) as double) * days_between(as_of, ended_at)) as fee_days
            from later_contracts where customer_id is not null and started_at < as_of group by customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough contracts that ended and enough that did not, at every moment together."""
        enough(blocks, "contract_value")

    def fit(self, blocks: Sequence[Block]) -> None:
        """How contracts last, and who is more prone to end one than others."""
        self._ending = self._ending or Ending(self.groups, self.seed, AGE)
        self._ending.fit(blocks, [waited(block, "ended_days") for block in blocks])
        self._retention = retention(blocks)
        self._steadiness = self.steadiness(blocks)
        paid, full = np.array([[came(block).sum(), whole(block).sum()] for block in blocks]).sum(axis=0)
        self._paid = float(paid / full) if full > 0 else 1.0
        expected = [float(self.by_model(block, block.horizon_days)[BY_RETENTION].sum()) for block in blocks]
        self._level = learn(blocks, expected, [float(came(block).sum()) for block in blocks])

    def fitted(self) -> tuple[Ending, ShiftedBetaGeometric]:
        """Both models.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._ending is None or self._retention is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="contract_value"), hint=told("fit it first"))
        return self._ending, self._retention

    def months(self, block: Block, days: float, model: str) -> Array:
        """Months that each customer's contracts are expected to last of the days to come."""
        ending, retention = self.fitted()
        if model != BY_PERSON:
            return retention.expected_periods(ages(block), days / MONTH)
        usual = self.usual(block)
        prone = np.clip(self.own(block) / usual, 1 / MOST_PRONE, MOST_PRONE)
        steady = self._steadiness * prone * usual / (ending.horizon / MONTH)
        return retention.expected_periods(ages(block), days / MONTH, (1 - self._steadiness) * prone, steady)

    def usual(self, block: Block) -> Array:
        """How prone contracts of each age are to end within the horizon, as a cumulative hazard."""
        ending, model = self.fitted()
        return lost(1 - model.remaining(ages(block), ending.horizon / MONTH))

    def own(self, block: Block) -> Array:
        """How prone one contract of each customer is to end within the horizon, as a cumulative hazard."""
        contracts = np.maximum(block.numbers(["active_contract_count"])[:, 0], 1.0)
        return lost(self.fitted()[0].chance(block)) / contracts

    def steadiness(self, blocks: Sequence[Block]) -> float:
        """How much of what makes a customer prone to end stays as it is over the months ahead: 0 for nothing, 1 for all of it.

        Among all contracts fewer end the older they get, because who is prone to end has ended. Of customers who are told apart
        by what is known of them the same is true only as far as they still differ. By likelihood of the days on which ends came.
        """
        ending, model = self.fitted()
        if not ending.trees:
            return 0.0
        fits = np.zeros(len(STEADINESS))
        for block in blocks:
            after, horizon = waited(block, "ended_days"), float(block.horizon_days)
            rows = np.flatnonzero(after < horizon)
            if not len(rows):
                continue
            ended, day = block.where(rows), np.floor(after[rows])
            hazard = lost(ending.by_model(ended)[BOOSTED])
            usual = lost(1 - model.remaining(ages(ended), horizon / MONTH))
            begins, ends = (
                np.column_stack([gone / horizon, lost(1 - model.remaining(ages(ended), gone / MONTH)) / usual])
                for gone in (day, np.minimum(day + 1, horizon))
            )
            for place, steady in enumerate(STEADINESS):
                parts = np.array([steady, 1 - steady])
                on_the_day = np.exp(-hazard * (begins @ parts)) - np.exp(-hazard * (ends @ parts))
                fits[place] += np.log(np.maximum(on_the_day, LEAST_LOSS**2)).sum()
        return float(STEADINESS[int(fits.argmax())])

    def by_model(self, block: Block, days: float) -> dict[str, Array]:
        """Revenue of each customer's contracts in the days to come by each model there is."""
        fee, ending = fees(block), self.fitted()[0]
        names = (BY_RETENTION, BY_PERSON) if ending.chosen == BOOSTED else (BY_RETENTION,)
        return {name: fee * self.months(block, days, name) for name in names}

    def judge(self, block: Block) -> Judgement:
        """Both models against 'everybody stays' and 'everybody loses the mean share', on later time."""
        ending, _ = self.fitted()
        ending.judge(block, waited(block, "ended_days"))
        actual, full = came(block), whole(block)
        models = self.by_model(block, block.horizon_days)
        rules = {"all_stay": full, "mean_share": full * self._paid}
        metrics = {name: measured(values, actual) for name, values in {**models, **rules}.items()}
        self._chosen = champion({name: (values - actual) ** 2 for name, values in models.items()})
        metrics["chosen"] = metrics[self._chosen]
        self._spread = conformal.learn(models[self._chosen], actual, 1 - LEFT_OUT * (1 - self.range_share))
        return Judgement(
            chosen=self._chosen,
            good_enough=bool(metrics["chosen"]["rmse"] < min(metrics[name]["rmse"] for name in rules)),
            metrics=metrics,
            main_metric="rmse",
            higher_is_better=False,
            calibration=by_tenth(models[self._chosen], actual),
            importance={name: float(np.abs(values).mean()) for name, values in self.reasons(block.some(WEIGHED)).items()},
        )

    def total_range(self) -> TotalRange:
        """What the sum of expected revenue over 12 months is multiplied with for its range."""
        return TotalRange(*self._level.factors(YEAR, self.range_share), self.range_share)

    def reasons(self, block: Block) -> dict[str, Array]:
        """What speaks for lasting: the contributions to the log-odds of an end, turned round."""
        ending, _ = self.fitted()
        moved = ending.contributions(block) if self._chosen == BY_PERSON else {}
        return {name: -values for name, values in added(moved, self.groups).items()}

    def score(self, block: Block) -> Scores:
        """Expected revenue over 12 months and over the long window, with what speaks for lasting."""
        chosen = self._chosen or BY_RETENTION
        fee, year = fees(block), self.months(block, YEAR, chosen)
        low, high = self.ranged(block, chosen, fee * year)
        columns = {
            "contract_value_12m": fee * year,
            "contract_value_12m_low": low,
            "contract_value_12m_high": high,
            "contract_months_12m": year,
            "contract_value_ahead": fee * self.months(block, float(self.window), chosen),
            "contract_ahead_days": np.full(len(block), self.window),
        }
        return Scores(columns, self.reasons(block))

    def ranged(self, block: Block, chosen: str, year: Array) -> tuple[Array, Array]:
        """Both ends of the revenue of a year: as far from what is expected as later time was, at most the whole fee."""
        if self._spread is None:
            return np.zeros(len(block)), whole(block, YEAR)
        horizon = self.fitted()[0].horizon
        judged = np.maximum(self.by_model(block, horizon)[chosen], LEAST_LOSS)
        low, high = self._spread.apply(judged)
        scale = year / judged
        return np.minimum(low * scale, year), np.clip(high * scale, year, whole(block, YEAR))


def lost(chance: Array) -> Array:
    """A chance to end as a cumulative hazard, kept away from nothing and from all."""
    return np.asarray(-np.log(1 - np.clip(chance, LEAST_LOSS, 1 - LEAST_LOSS)), dtype=np.float64)


def fees(block: Block) -> Array:
    """What each customer's running contracts cost a month."""
    return np.maximum(np.nan_to_num(block.numbers(["contract_fee"])[:, 0]), 0.0)


def ages(block: Block) -> Array:
    """Months that the oldest running contract of each customer has lasted."""
    return np.maximum(np.nan_to_num(block.numbers([AGE])[:, 0]), 0.0) / MONTH


def whole(block: Block, days: float = 0.0) -> Array:
    """What contracts bring in so many days, the block's horizon where none are said, if nobody ends one."""
    return fees(block) * (days or block.horizon_days) / MONTH


def came(block: Block) -> Array:
    """What contracts that ran at the moment brought in the horizon after it."""
    unpaid = block.labels["ended_fee"] * block.horizon_days - block.labels["fee_days"]
    return np.asarray(np.maximum(whole(block) - unpaid / MONTH, 0.0), dtype=np.float64)


def retention(blocks: Sequence[Block]) -> ShiftedBetaGeometric:
    """How contracts last, learnt from customers with one contract, whose age is the contract's; of all where they are few."""
    single = [block.where(block.numbers(["active_contract_count"])[:, 0] == 1) for block in blocks]
    taught = single if 2 * sum(map(len, single)) >= sum(map(len, blocks)) else blocks
    entry = np.concatenate(list(map(ages, taught)))
    after = np.concatenate([waited(block, "ended_days") for block in taught])
    horizon = np.concatenate([np.full(len(block), block.horizon_days) for block in taught])
    ended = after < horizon
    # an end is known to the day
    lasted = entry + np.where(ended, np.floor(np.minimum(after, horizon)), horizon) / MONTH
    return shifted_beta_geometric.fit(entry, lasted, np.where(ended, lasted + 1 / MONTH, np.inf))
