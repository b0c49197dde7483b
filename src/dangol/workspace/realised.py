"""What scores of earlier runs came to, once their time is over: chances, expected amounts and windows, by prediction.

Every figure comes from the scores that were kept when they were made and from what customers did afterwards; nothing is judged
before its whole horizon is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from dangol.algorithms.drift import share_moved
from dangol.core.query import Query, sql
from dangol.core.text import to_translate as words

CHURN, NEXT_ORDER, LIFETIME_VALUE = "churn", "next_order", "lifetime_value"
CHANCE, ORDERS, MARGIN, YEAR_MARGIN, WINDOW = "chance", "orders", "margin", "year_margin", "window"
# Days within which the event of a chance is to happen; where a score brings its own horizon, for those that older versions kept.
WINDOWS: Mapping[str, int] = {
    CHURN: 90, "contract_churn": 30, "repurchase_30": 30, "repurchase_90": 90, "second_order": 90, "first_order": 30,
    NEXT_ORDER: 7,
}  # fmt: skip
MEANT = 0.8  # share of orders that a window is meant to hold
NEAR = 0.08  # how far its true share may be off
WITHIN = 0.25  # how far an expected total may be off
OPTIONAL = ("contracts", "contracts.ended_at", "returns", "returns.refund_amount", "orders.margin_amount")

# One kind of chance at a time; ties count half in the area under the curve.
CHANCES = """
    with kept as (
        select customer_id, scored_at,
               case $prediction when 'churn' then churn_probability when 'contract_churn' then contract_churn_probability
                   when 'repurchase_30' then repurchase_30_probability when 'repurchase_90' then repurchase_90_probability
                   when 'second_order' then second_order_probability when 'first_order' then first_order_probability
                   when 'next_order' then order_within_7_probability end as chance,
               coalesce(case $prediction when 'churn' then churn_horizon_days
                                         when 'contract_churn' then contract_horizon_days end, $window) as horizon_days
        from earlier_scores),
    over as (
        select customer_id, scored_at, chance, horizon_days from kept
        where chance is not null and days_between(scored_at, as_of) >= horizon_days),
    happened as (
        select k.customer_id, k.scored_at
        from over k join orders o on o.customer_id = k.customer_id
        where $prediction <> 'contract_churn' and o.status = 'completed' and o.ordered_at >= k.scored_at
              and days_between(k.scored_at, o.ordered_at) < k.horizon_days
        group by k.customer_id, k.scored_at
        union all
        select k.customer_id, k.scored_at
        from over k join contracts c on c.customer_id = k.customer_id
        where $prediction = 'contract_churn' and c.ended_at >= k.scored_at
              and days_between(k.scored_at, c.ended_at) < k.horizon_days
        group by k.customer_id, k.scored_at),
    judged as (
        select k.scored_at, k.horizon_days, k.chance,
               case when (h.customer_id is null) = ($prediction = 'churn') then 1e0 else 0e0 end as did,
               rank() over (partition by k.scored_at order by k.chance)
                   + (count(*) over (partition by k.scored_at, k.chance) - 1) / 2e0 as place
        from over k left join happened h on h.customer_id = k.customer_id and h.scored_at = k.scored_at)
    select 'chance' as measure, scored_at, max(horizon_days) as horizon_days, count(*) as customers, avg(chance) as expected,
           avg(did) as actual, avg((chance - did) * (chance - did)) as error, avg(did) * (1e0 - avg(did)) as rule_error,
           share(sum(did * place) - sum(did) * (sum(did) + 1) / 2, sum(did) * (count(*) - sum(did))) as ranking,
           cast(null as double) as inside
    from judged group by scored_at order by scored_at desc"""

# Days with an order, margin less refunds in the near window, and margin of twelve months; ranks are means over ties.
AMOUNTS = """
    with kept as (
        select customer_id, scored_at, 'near' as span, window_days as horizon_days, expected_orders, expected_margin,
               expected_margin_low, expected_margin_high
        from earlier_scores where expected_margin is not null
        union all
        select customer_id, scored_at, 'year', 365, null, expected_margin_12m, null, null
        from earlier_scores where expected_margin_12m is not null),
    over as (
        select customer_id, scored_at, span, horizon_days, expected_orders, expected_margin, expected_margin_low,
               expected_margin_high
        from kept where days_between(scored_at, as_of) >= horizon_days),
    bought as (
        select k.customer_id, k.scored_at, k.span, count(distinct date_trunc('day', local(o.ordered_at))) as order_days,
               sum(o.margin_amount) as margin
        from over k join orders o on o.customer_id = k.customer_id
        where o.status = 'completed' and o.ordered_at >= k.scored_at and days_between(k.scored_at, o.ordered_at) < k.horizon_days
        group by k.customer_id, k.scored_at, k.span),
    refunded as (
        select k.customer_id, k.scored_at, k.span, sum(r.refund_amount) as refund
        from over k join returns r on r.customer_id = k.customer_id
        where r.returned_at >= k.scored_at and days_between(k.scored_at, r.returned_at) < k.horizon_days
        group by k.customer_id, k.scored_at, k.span),
    came as (
        select k.scored_at, k.span, k.horizon_days, cast(k.expected_orders as double) as expected_orders,
               cast(coalesce(b.order_days, 0) as double) as orders, cast(k.expected_margin as double) as expected_margin,
               cast(k.expected_margin_low as double) as low, cast(k.expected_margin_high as double) as high,
               cast(coalesce(b.margin, 0) as double) - cast(coalesce(r.refund, 0) as double) as margin
        from over k
        left join bought b on b.customer_id = k.customer_id and b.scored_at = k.scored_at and b.span = k.span
        left join refunded r on r.customer_id = k.customer_id and r.scored_at = k.scored_at and r.span = k.span),
    pairs as (
        select 'orders' as measure, scored_at, horizon_days, expected_orders as expected, orders as actual,
               cast(null as double) as inside
        from came where span = 'near' and expected_orders is not null
        union all
        select 'margin', scored_at, horizon_days, expected_margin, margin,
               case when low is not null and high is not null
                   then case when margin >= low - 1e-2 and margin <= high + 1e-2 then 1e0 else 0e0 end end
        from came where span = 'near'
        union all
        select 'year_margin', scored_at, horizon_days, expected_margin, margin, null from came where span = 'year'),
    ranked as (
        select measure, scored_at, horizon_days, expected, actual, inside,
               rank() over (partition by measure, scored_at order by expected)
                   + (count(*) over (partition by measure, scored_at, expected) - 1) / 2e0 as said_place,
               rank() over (partition by measure, scored_at order by actual)
                   + (count(*) over (partition by measure, scored_at, actual) - 1) / 2e0 as true_place
        from pairs)
    select measure, scored_at, max(horizon_days) as horizon_days, count(*) as customers, avg(expected) as expected,
           avg(actual) as actual, avg((expected - actual) * (expected - actual)) as error,
           avg(actual * actual) - avg(actual) * avg(actual) as rule_error, corr(said_place, true_place) as ranking,
           avg(inside) as inside
    from ranked group by measure, scored_at order by measure, scored_at desc"""

# Of those for whom a date was given and who did order within the horizon: how many fell into the window.
DATES = """
    with over as (
        select customer_id, scored_at, next_order_days as middle, next_order_days_low as low, next_order_days_high as high
        from earlier_scores where next_order_days is not null and days_between(scored_at, as_of) >= $span),
    back as (
        select k.customer_id, k.scored_at, k.middle, k.low, k.high, min(days_between(k.scored_at, o.ordered_at)) as taken
        from over k join orders o on o.customer_id = k.customer_id
        where o.status = 'completed' and o.ordered_at >= k.scored_at and days_between(k.scored_at, o.ordered_at) < $span
        group by k.customer_id, k.scored_at, k.middle, k.low, k.high),
    usual as (select scored_at, median(taken) as taken from back group by scored_at),
    ranked as (
        select b.scored_at, b.middle, b.low, b.high, b.taken, u.taken as usual,
               rank() over (partition by b.scored_at order by b.middle)
                   + (count(*) over (partition by b.scored_at, b.middle) - 1) / 2e0 as said_place,
               rank() over (partition by b.scored_at order by b.taken)
                   + (count(*) over (partition by b.scored_at, b.taken) - 1) / 2e0 as true_place
        from back b join usual u on u.scored_at = b.scored_at)
    select 'window' as measure, scored_at, cast($span as bigint) as horizon_days, count(*) as customers,
           cast($meant as double) as expected, avg(case when taken >= low and taken <= high then 1e0 else 0e0 end) as actual,
           avg(abs(middle - taken)) as error, avg(abs(usual - taken)) as rule_error, corr(said_place, true_place) as ranking,
           cast(null as double) as inside
    from ranked group by scored_at order by scored_at desc"""


@dataclass(frozen=True)
class Realised:
    """What the scores of an earlier run came to, by one measure.

    Attributes:
        prediction: which.
        measure: chance (of an event), orders and margin (mean of a customer in the near window), year_margin (the same of twelve
            months) or window (share of orders inside the window given for the next one).
        scored_at: the moment of the scores.
        horizon_days: how far they looked ahead.
        customers: how many had such a score; for windows, how many of them ordered within the horizon.
        expected, actual: means of what was scored and of what came.
        error: mean squared error; of windows, mean distance of the order from the day given. `rule_error` is that of one value
            for everybody, chosen with the answers known.
        ranking: area under the curve of chances, rank correlation of everything else; None where it says nothing.
        inside: share of customers within their own 80 % range; None where there are none.
        held: whether scores kept what they promised, see `held`.
    """

    prediction: str
    measure: str
    scored_at: datetime
    horizon_days: int
    customers: int
    expected: float
    actual: float
    error: float
    rule_error: float
    ranking: float | None
    inside: float | None
    held: bool

    @classmethod
    def of(cls, prediction: str, row: Mapping[str, Any]) -> Realised:
        """From a row of its query."""
        return cls(prediction=prediction, **row, held=LEVELS[row["measure"]](row) and row["error"] < row["rule_error"])


def share_held(row: Mapping[str, Any]) -> bool:
    """Whether a share came as it was expected, as far as luck goes."""
    customers = float(row["customers"])
    return not share_moved(np.array([row["expected"]]), np.array([customers]), float(row["actual"]), customers)


def amount_held(row: Mapping[str, Any]) -> bool:
    """Whether a total came within a quarter of what was expected."""
    return bool(abs(row["actual"] - row["expected"]) <= WITHIN * abs(row["expected"]))


def window_held(row: Mapping[str, Any]) -> bool:
    """Whether windows held about as many orders as they are meant to, as far as luck goes."""
    luck = 2 * float(np.sqrt(MEANT * (1 - MEANT) / row["customers"]))
    return bool(abs(row["actual"] - row["expected"]) <= max(NEAR, luck))


# What is compared, in words, and the kind of its values.
MEASURES: Mapping[str, tuple[str, str]] = {
    CHANCE: (words("Chance that it happens"), "share"),
    ORDERS: (words("Order days of a customer"), "number"),
    MARGIN: (words("Margin of a customer"), "money"),
    YEAR_MARGIN: (words("Margin of a customer, 12 months"), "money"),
    WINDOW: (words("Orders inside the window (80 %)"), "share"),
}
LEVELS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    CHANCE: share_held,
    ORDERS: amount_held,
    MARGIN: amount_held,
    YEAR_MARGIN: amount_held,
    WINDOW: window_held,
}


def queries(prediction: str, horizon_days: int) -> list[Query]:
    """What holds the scores of a prediction against what came; nothing for predictions whose outcome is never on record.

    Args:
        prediction: which.
        horizon_days: how far its card looks ahead; 0 where it has none.
    """
    found = []
    if prediction in WINDOWS:
        own = horizon_days if prediction == CHURN and horizon_days else WINDOWS[prediction]
        found.append(sql(CHANCES, prediction=prediction, window=own))
    if prediction == NEXT_ORDER:
        found.append(sql(DATES, span=horizon_days or 90, meant=MEANT))
    if prediction == LIFETIME_VALUE:
        found.append(sql(AMOUNTS))
    return found
