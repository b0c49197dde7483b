"""What questions read to add up scores by group: how sums get their ranges, and who is in which saved segment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from dangol.core.declare import Output, category, number, share
from dangol.core.errors import ConfigError
from dangol.workspace.earlier import nobody
from dangol.workspace.stated import stated

if TYPE_CHECKING:
    from dangol.workspace.customers import Customers
    from dangol.workspace.predict import Card

RANGES, MEMBERS = "score_ranges", "segment_members"
COLUMNS: Mapping[str, Mapping[str, Output]] = {
    RANGES: {
        "score": category(ko="점수", en="Score"),
        "low": number(ko="합계 하한 배수", en="Factor of the sum, low"),
        "high": number(ko="합계 상한 배수", en="Factor of the sum, high"),
        "own": number(ko="고객 편차 배수", en="Deviations of customers reached"),
        "together": number(ko="고객군 공통 오차(로그)", en="Shared error of a group reached, in logarithms"),
        "range_share": share(ko="범위에 드는 비율", en="Share that ranges hold"),
    },
    MEMBERS: {"segment": category(ko="고객군", en="Segment")},
}
TYPES: Mapping[str, Mapping[str, str]] = {
    RANGES: {name: output.sql_type for name, output in COLUMNS[RANGES].items()},
    MEMBERS: {"customer_id": "BIGINT", "segment": "VARCHAR"},
}


def ranges(cards: Mapping[str, Card]) -> tuple[exp.Expr, Mapping[str, str]]:
    """How sums over some customers get their ranges, as the model cards say."""
    found = [(name, each) for card in cards.values() for name, each in card.ranges.items()]
    named = ("low", "high", "own", "group", "share")
    return stated([(name, *(each[figure] for figure in named)) for name, each in found], TYPES[RANGES])


def members(customers: Customers) -> tuple[exp.Expr, Mapping[str, str]]:
    """The customers of every saved segment; segments may share customers, and those that cannot be read here have none."""
    found: list[exp.Query] = []
    for name in customers.segments:
        try:
            chosen = exp.select("profile.customer_id", exp.alias_(exp.Literal.string(name), "segment")).from_("profile")
            found.append(chosen.where(customers.condition(f"in_segment(name='{name}')")))
        except ConfigError:
            continue
    if not found:
        return nobody()
    union = reduce(lambda above, below: exp.union(above, below, distinct=False), found[1:], found[0])
    return customers.reading(union), TYPES[MEMBERS]
