"""Next order: when a customer is due, as a window that says how sure it is, and the chance of an order within a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field, PrivateAttr

from dangol.algorithms import quantile_boosting
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
    days,
    prediction,
    probability,
    sql,
)
from dangol.core.errors import NotReady, TooLittleData, told
from dangol.predictions.chance import Chance, halves
from dangol.predictions.history import WEIGHED, present, shared, stacked
from dangol.predictions.propensity import LIKELY_GROUPS, by_bin

WEEK = 7
WINDOW = "window_share"
FEWEST, FEWEST_LATER = 200, 60
MOST = 5_000  # customers of a moment whose dates are learnt from; more bring next to nothing
TIMED_GROUPS: dict[str, Group] = {
    **LIKELY_GROUPS,
    "pace": Group("최근 구매 속도", "Recent pace", ("recent_gap_days", "best_weekday", "best_weekday_share")),
}


@prediction(ko="다음 구매 시점", en="Next order", name="next_order")
class NextOrder(Predictor):
    """When each customer's next order is due, and how likely it is within a week.

    The middle and both ends of the window are those of customers who do order within the horizon: four of five orders fall into
    it. Whether an order comes at all is another question, answered by the chances within 7, 30 (repurchase_30) and 90 days
    (repurchase_90). Boosted trees for quantiles of the days, the middle with and without the pace of late as a start; ends are
    corrected on later time. Where the window is wider than two thirds of the horizon there is no reliable date, and none is
    given.
    """

    horizon: int = Field(default=90, ge=14, le=180, description="days within which the next order is looked for")

    needs: ClassVar[tuple[str, ...]] = ("recent_gap_days", "order_day_count", "recency_days", "tenure_days")
    groups: ClassVar[Mapping[str, Group]] = TIMED_GROUPS
    gives: ClassVar[Mapping[str, Output]] = {
        "order_within_7_probability": probability(ko="7일 안 구매 가능성", en="Order within 7 days"),
        "next_order_days": days(ko="다음 구매까지 예상 일수", en="Days to the next order"),
        "next_order_days_low": days(ko="다음 구매까지 일수(하한)", en="Days to the next order, lower end"),
        "next_order_days_high": days(ko="다음 구매까지 일수(상한)", en="Days to the next order, upper end"),
    }
    _week: Chance | None = PrivateAttr(None)
    _when: quantile_boosting.Durations | None = PrivateAttr(None)
    _widen: float = PrivateAttr(0.0)
    _span: float = PrivateAttr(90.0)

    @classmethod
    def foretells(cls) -> tuple[Foretold, ...]:
        """The chance of an order within a week."""
        return (Foretold("order_within_7_probability", WEEK),)

    def horizon_days(self, facts: Mapping[str, float]) -> int:
        """As set, within a third of the history."""
        return int(max(14, min(self.horizon, facts["history_days"] / 3)))

    def label(self) -> Query:
        """Days until the next order, one added so that 0 means none."""
        return sql("""
            select customer_id, min(days_between(as_of, ordered_at)) + 1 as next_days from later_orders
            where status = 'completed' and customer_id is not null group by customer_id""")

    def check(self, blocks: Sequence[Block]) -> None:
        """Enough customers who ordered again, to learn from and to judge by."""
        *earlier, latest = blocks
        for some, need in ((earlier, FEWEST), ([latest], FEWEST_LATER)):
            back = sum(len(came_back(block)) for block in some)
            if back < need:
                have = told("{n} customers who ordered again in time", n=str(back))
                raise TooLittleData.have(have, told("at least {n}", n=str(need)), where="next_order")

    def fit(self, blocks: Sequence[Block]) -> None:
        """The chance of an order within a week, and the days until the next order of those who came back."""
        self._span = blocks[-1].horizon_days
        self._week = self._week or Chance(self.groups, self.seed, WEEK)
        self._week.fit(blocks, list(map(within_week, blocks)))
        back = [came_back(block).some(MOST) for block in blocks]
        names = shared(blocks, present(blocks[0], self.groups))
        taken, guess = np.concatenate(list(map(waited, back))), np.concatenate(list(map(guessed, back)))
        found = quantile_boosting.fit(stacked(back, names), names, taken, guess, seed=self.seed)
        self._when = replace(found, widen=self._widen)

    def fitted(self) -> tuple[Chance, quantile_boosting.Durations]:
        """Both models.

        Raises:
            NotReady: `fit` has not run.
        """
        if self._week is None or self._when is None:
            raise NotReady(told("prediction {name:quoted} was not fitted", name="next_order"), hint=told("fit it first"))
        return self._week, self._when

    def judge(self, block: Block) -> Judgement:
        """Dates against the mean gap and the median of all, chances against the base rate, on later time.

        Ends of the window are corrected by one half of the customers and judged by the other, and then by all.
        """
        week, when = self.fitted()
        did, back = within_week(block), came_back(block)
        verdict = week.judge(block, did)
        taken, found = waited(back), replace(when, widen=0.0).days(back.columns, guessed(back))
        self._widen = quantile_boosting.widening(found[:, 0], found[:, 2], taken)
        self._when = replace(when, widen=self._widen)
        dates = {"chosen": found[:, 1], "mean_gap": own_gap(back), "same_for_all": np.full(len(taken), np.median(taken))}
        errors = {name: float(np.abs(each - taken).mean()) for name, each in dates.items()}
        dated = errors["chosen"] < min(errors["mean_gap"], errors["same_for_all"])
        low, high = windows(found, taken)
        inside, area = share_inside(low, high, taken), verdict.metrics["chosen"]["auc"]
        held = held_against(back, low, high, taken)
        return Judgement(
            chosen="quantile_trees",
            good_enough=bool(dated and verdict.good_enough),
            metrics={name: {"mae_days": error, **held.get(name, {})} for name, error in errors.items()},
            main_metric="mae_days",
            higher_is_better=False,
            calibration=by_bin(verdict.final, did),
            importance=importance(week, block.some(WEIGHED)),
            notes=[*notes(inside, area), *compared(held)],
        )

    def score(self, block: Block) -> Scores:
        """The chance within a week, and the window in days from now where it is narrow enough to be of use."""
        week, when = self.fitted()
        found = when.days(block.columns, guessed(block))
        reliable = found[:, 2] - found[:, 0] <= 2 * self._span / 3
        low, middle, high = np.where(reliable[:, None], found, np.nan).T
        columns = {
            "order_within_7_probability": week.chance(block),
            "next_order_days": middle,
            "next_order_days_low": low,
            "next_order_days_high": high,
        }
        return Scores(columns, week.contributions(block))


def within_week(block: Block) -> Array:
    """Who ordered within a week: 1 or 0."""
    taken = block.labels["next_days"] - 1
    return np.asarray((taken >= 0) & (taken < WEEK), dtype=np.float64)


def came_back(block: Block) -> Block:
    """Those who ordered within the horizon."""
    return block.where(block.labels["next_days"] > 0)


def waited(block: Block) -> Array:
    """Days until the next order of those who came back."""
    return np.asarray(block.labels["next_days"] - 1, dtype=np.float64)


def guessed(block: Block) -> Array:
    """The simple guess that the middle starts from, in part or in whole: the pace of late, between a day and two months."""
    return np.clip(np.nan_to_num(block.numbers(["recent_gap_days"])[:, 0], nan=60.0), 1.0, 60.0)


def own_gap(block: Block) -> Array:
    """The rule of thumb: the customer's own mean gap from today; the median of all for those with one order."""
    if "mean_gap_days" not in block.columns:
        return guessed(block)
    gap = block.numbers(["mean_gap_days"])[:, 0]
    known = gap[~np.isnan(gap)]
    return np.nan_to_num(gap, nan=float(np.median(known)) if known.size else 60.0)


def windows(found: Array, taken: Array) -> tuple[Array, Array]:
    """Both ends of every window, not before today, each half of the customers corrected by the other."""
    widen = np.zeros(len(taken))
    even, odd = halves(taken)
    for learnt, applied in ((even, odd), (odd, even)):
        widen[applied] = quantile_boosting.widening(found[learnt, 0], found[learnt, 2], taken[learnt])
    low = np.maximum(found[:, 0] - widen, 0.0)
    return low, np.maximum(found[:, 2] + widen, low)


def by_own_rhythm(block: Block, length: Array) -> tuple[Array, Array]:
    """A window as long around the last order plus the customer's own mean gap, in days from now; it may lie in the past."""
    gap, silence = block.numbers(["mean_gap_days", "recency_days"]).T
    low = gap - silence - length / 2
    return low, low + length


def share_inside(low: Array, high: Array, taken: Array) -> float:
    """Share of orders that fell into their window."""
    return float(((taken >= low) & (taken <= high)).mean())


def held_against(block: Block, low: Array, high: Array, taken: Array) -> dict[str, dict[str, float]]:
    """Share of orders inside our windows and inside naive ones of equal length, of customers who have a rhythm of their own.

    `mean_gap` is around the last order plus the own mean gap; `from_today` is the same, moved to today where it began before.
    """
    if "mean_gap_days" not in block.columns:
        return {}
    length = high - low
    begin, end = by_own_rhythm(block, length)
    known = ~np.isnan(begin)
    if not known.any():
        return {}
    moved = np.maximum(begin, 0.0)
    ends = {"chosen": (low, high), "mean_gap": (begin, end), "from_today": (moved, moved + length)}
    return {name: {WINDOW: share_inside(each[known], other[known], taken[known])} for name, (each, other) in ends.items()}


def notes(inside: float, area: float) -> list[tuple[str, str]]:
    """What the window and the chance within a week proved to be worth."""
    return [
        (
            f"실제 구매의 {inside:.0%}가 예상 구간(80%) 안에 들었습니다.",
            f"{inside:.0%} of orders fell into the window meant for 80 %.",
        ),
        (
            f"7일 안 구매 가능성의 순위 정확도(AUC)는 {area:.2f}입니다.",
            f"The chance within a week ranks with an AUC of {area:.2f}.",
        ),
    ]


def compared(held: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str]]:
    """The window beside the naive ones; nothing where nobody has a rhythm."""
    if not held:
        return []
    ours, naive, moved = (held[name][WINDOW] for name in ("chosen", "mean_gap", "from_today"))
    return [
        (
            f"두 번 이상 산 고객의 다음 구매 가운데 예상 구간에 든 것은 {ours:.0%}입니다. "
            "마지막 구매일에 평균 구매 간격을 더한 날을 가운데 둔 같은 길이의 구간에는 "
            f"{naive:.0%}, 그 구간이 이미 시작되었을 때 오늘부터로 옮기면 {moved:.0%}가 들었습니다.",
            f"Of next orders of customers with a rhythm of their own {ours:.0%} fell into the window; "
            f"{naive:.0%} into an equally long one around the last order plus the own mean gap, "
            f"{moved:.0%} where that is moved to today once it has begun in the past.",
        )
    ]


def importance(week: Chance, block: Block) -> dict[str, float]:
    """Mean absolute contribution of each reason to the chance within a week."""
    return {key: float(np.abs(values).mean()) for key, values in week.contributions(block).items()}
