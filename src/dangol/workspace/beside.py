"""What questions read beside facts and profile: earlier scores, entered figures, our own decisions, segments and ranges."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from dangol.core.declare import Output, category, moment, money, probability, text
from dangol.workspace import entered, grouped
from dangol.workspace.earlier import COLUMNS, EARLIER, nobody
from dangol.workspace.entered import ENTERED
from dangol.workspace.lead_columns import COLUMNS as LED

Source = tuple[exp.Expr, Mapping[str, str]]
DECISIONS = "decisions"
# What the ledger says of each decision about a customer.
DECIDED: Mapping[str, Output] = {
    "campaign_id": text(ko="캠페인", en="Campaign"),
    "programme": category(ko="프로그램", en="Programme"),
    "decided_at": moment(ko="결정 일시", en="Decided at"),
    "action": category(ko="결정", en="Decision"),
    "arm": category(ko="발송 그룹", en="Arm"),
    "probability": probability(ko="배정 확률", en="Assignment probability"),
    "cost": money(ko="비용", en="Cost"),
}
BESIDE: Mapping[str, Mapping[str, Output]] = {
    EARLIER: COLUMNS,
    ENTERED: entered.COLUMNS,
    DECISIONS: DECIDED,
    **LED,
    **grouped.COLUMNS,
}
# Tables whose rows are about no customer.
NOBODYS = frozenset({ENTERED, grouped.RANGES})
# For checks without a company: every such table with its columns and types, whose rows are about customers where they can be.
BESIDE_TYPES: Mapping[str, Mapping[str, str]] = {
    name: ({} if name in NOBODYS else {"customer_id": "BIGINT"}) | {each: output.sql_type for each, output in columns.items()}
    for name, columns in BESIDE.items()
}


def absent() -> dict[str, Source]:
    """What stands for each of them where there is nothing: tables without rows."""
    return {name: nobody() for name in BESIDE}
