"""What predictions read: the groups of features that are reasons, and the buying history as classical models see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dangol.algorithms import purchase_cells
from dangol.algorithms.retail_season import FLAT, RetailSeason
from dangol.core.declare import Array, Block, Group

GROUPS: dict[str, Group] = {
    "history": Group("구매 이력", "Buying history", ("order_day_count", "tenure_days", "order_count")),
    "recency": Group("마지막 구매 시점", "Time since last order", ("recency_days", "overdue_ratio")),
    "cadence": Group("구매 주기", "Buying rhythm", ("mean_gap_days", "gap_variation", "longest_gap_days", "last_gap_days")),
    "recent_orders": Group(
        "최근 구매 빈도", "Recent orders", ("order_count_30", "order_count_90", "order_count_365", "sales_trend")
    ),
    "spending": Group(
        "구매 금액",
        "Spending",
        ("average_order_value", "net_sales_30", "net_sales_90", "net_sales_365", "largest_order", "first_order_value"),
    ),
    "basket": Group("장바구니 구성", "Baskets", ("lines_per_order", "items_per_order", "product_count", "products_per_line")),
    "taste": Group(
        "선호 상품",
        "Taste",
        ("main_category", "main_category_share", "category_count", "main_brand_share", "brand_count", "first_category"),
    ),
    "price": Group(
        "가격과 할인",
        "Price and discounts",
        ("discount_share", "discounted_line_share", "coupon_order_share", "first_discounted"),
    ),
    "channel": Group(
        "구매 채널", "Channel", ("main_channel", "main_channel_share", "channel_count", "store_count", "first_channel")
    ),
    "timing": Group("구매 시간대", "Buying time", ("weekend_share", "main_hour", "evening_share")),
    "service": Group(
        "반품과 상담",
        "Returns and service",
        ("return_count", "refund_share", "last_return_days", "conversation_count_90", "open_conversation_count"),
    ),
    "visits": Group(
        "방문과 메시지 반응",
        "Visits and messages",
        (
            "event_count_30",
            "event_count_90",
            "visit_day_count_90",
            "cart_count_90",
            "last_visit_days",
            "open_share_90",
            "click_share_90",
        ),
    ),
    "person": Group("고객 특성", "Customer", ("age_years", "age_band", "gender", "income_band", "household_size", "region")),
}
# How much each reason weighs on average is seen on this many customers as well as on all.
WEIGHED = 5_000
LONG = 400.0
NEEDS = ("order_count", "order_day_count", "recency_days", "tenure_days", "average_order_value")


@dataclass(frozen=True)
class History:
    """Buying history in the terms of models of buying: repeat days, time of the last, age; in days, or in season time."""

    frequency: Array
    recency: Array
    age: Array

    @classmethod
    def of(cls, block: Block, season: RetailSeason = FLAT) -> History:
        """The history of every customer of a block.

        Args:
            block: customers of one moment.
            season: whose time it is told in; days where it is flat.
        """
        age = np.maximum(block.numbers(["tenure_days"])[:, 0], 1e-6)
        silence = np.clip(block.numbers(["recency_days"])[:, 0], 0, None)
        frequency = np.maximum(block.numbers(["order_day_count"])[:, 0] - 1, 0)
        recency = np.where(frequency > 0, np.clip(age - silence, 0, age), 0)
        if not season.borrowed:
            return cls(frequency, recency, age)
        first = season.time(block.moment - age)
        within = season.time(block.moment - age + recency) - first
        return cls(frequency, within, np.maximum(season.time(block.moment) - first, np.maximum(within, 1e-6)))

    @property
    def width(self) -> float:
        """Days that times are rounded to before models are fitted: a week, two where the history is long."""
        return 7.0 if self.age.max(initial=0) < LONG else 14.0

    def rounded(self) -> History:
        """The same with times rounded, so that far fewer histories differ."""
        recency, age = np.rint(self.recency / self.width) * self.width, np.rint(self.age / self.width) * self.width
        return History(self.frequency, recency, age)

    def cells(self) -> purchase_cells.Cells:
        """The histories counted by the week."""
        return purchase_cells.aggregate(self.frequency, self.recency, self.age, width=self.width)


def present(block: Block, groups: Mapping[str, Group]) -> tuple[str, ...]:
    """The features of the groups that a block has, moments left out."""
    names = [name for group in groups.values() for name in group.columns]
    return tuple(name for name in names if name in block.columns and block.columns[name].dtype.kind != "M")


def shared(blocks: Sequence[Block], names: Iterable[str]) -> tuple[str, ...]:
    """Those of some features that every block has."""
    return tuple(name for name in names if all(name in block.columns for block in blocks))


def stacked(blocks: Sequence[Block], names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The columns of several blocks below each other."""
    return {name: np.concatenate([block.columns[name] for block in blocks]) for name in names}


def reason_of(groups: Mapping[str, Group]) -> dict[str, str]:
    """The reason that each feature belongs to."""
    return {name: key for key, group in groups.items() for name in group.columns}


def moving(reasons: Mapping[str, Array]) -> dict[str, Array]:
    """Reasons that move at least one customer."""
    return {key: values for key, values in reasons.items() if np.abs(values).max(initial=0) > 0}


def grouped(contributions: Mapping[str, Array], groups: Mapping[str, Group], offset: Array) -> dict[str, Array]:
    """Contributions of features added up to reasons; what the offset says belongs to the buying history."""
    total = {key: np.zeros(len(offset)) for key in groups}
    owner = reason_of(groups)
    for name, values in contributions.items():
        total[owner[name]] = total[owner[name]] + values
    total["history"] = total["history"] + offset - offset.mean()
    return total
