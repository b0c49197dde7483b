"""Figures that people enter because no source delivers them: what others reach, and what the company plans to spend.

Questions read them as the table `entered`. Each figure of others names who published it; none ships with the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlglot import exp

from dangol.core.declare import Output, category, number, text
from dangol.core.query import literal
from dangol.core.told import told
from dangol.workspace.earlier import nobody

Purpose = Literal["acquire", "grow", "retain", "reactivate"]
PURPOSES: tuple[Purpose, ...] = ("acquire", "grow", "retain", "reactivate")
ENTERED = "entered"
BUDGET = "yearly_budget"
MARKET = "market_total"
Figure = Literal[
    "market_total",
    "lifetime_value",
    "sales_per_customer",
    "orders_per_customer",
    "average_order_value",
    "repeat_share",
    "acquisition_cost",
]
SHARES: tuple[Figure, ...] = ("repeat_share",)
COLUMNS: Mapping[str, Output] = {
    "figure": category(ko="지표", en="Figure"),
    "category": text(ko="카테고리", en="Category"),
    "amount": number(ko="입력한 값", en="Value entered"),
    "source": text(ko="출처", en="Source"),
}
TYPES: Mapping[str, str] = {name: output.sql_type for name, output in COLUMNS.items()}


class Benchmark(BaseModel):
    """A figure of competitors, of the industry or of the market, with who published it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    figure: Figure = Field(description=f"what was measured: {', '.join(get_args(Figure))}")
    value: float = Field(gt=0, description="in the company's currency, or a share from 0 to 1; of a year")
    category: str = Field(default="", max_length=200, description="market_total only: which of our categories; all when empty")
    source: str = Field(
        min_length=3, max_length=500, description="who published it and when; there is no figure without a source"
    )

    @model_validator(mode="after")
    def fits(self) -> Benchmark:
        """Shares lie between 0 and 1; only markets have categories."""
        if self.figure in SHARES and self.value > 1:
            raise ValueError(told("{figure} is a share and must lie between 0 and 1", figure=self.figure))
        if self.category and self.figure != MARKET:
            raise ValueError(told("{figure} takes no category", figure=self.figure))
        return self


class PurposePlan(BaseModel):
    """What a use of marketing money may cost, and what it brings where the company's own data cannot tell."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lowest: float = Field(default=0.0, ge=0, description="money a year that it gets at least")
    highest: float | None = Field(default=None, ge=0, description="money a year that it gets at most; no limit when absent")
    contact_cost: float | None = Field(
        default=None, gt=0, description="cost of one contact, or of one new customer, where no source tells it"
    )
    effect: float | None = Field(
        default=None, gt=0, description="margin that one contact or one new customer brings, where own data cannot tell it"
    )
    source: str = Field(default="", max_length=500, description="where the effect was learnt; there is none without")
    contacts: int | None = Field(
        default=None, ge=1, le=365, description="contacts a year with each customer, each as good as the first; last year's mean"
    )

    @model_validator(mode="after")
    def fits(self) -> PurposePlan:
        """Limits in order; an effect with its source and its cost."""
        if self.highest is not None and self.highest < self.lowest:
            raise ValueError(told("highest must not be below lowest"))
        if self.effect is not None and (not self.source or self.contact_cost is None):
            raise ValueError(told("an effect needs its source and contact_cost"))
        return self


class Plan(BaseModel):
    """What the company means to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    yearly_budget: float = Field(default=0.0, ge=0, description="marketing money of a year, shared out by value; none when 0")
    conversation_cost: float = Field(
        default=0.0, ge=0, description="cost of one conversation with a customer; not counted when 0"
    )
    return_cost: float = Field(default=0.0, ge=0, description="cost of handling one returned order; not counted when 0")
    purposes: dict[Purpose, PurposePlan] = Field(
        default_factory=dict, description="limits and figures of acquire, grow, retain and reactivate"
    )

    @model_validator(mode="after")
    def ends(self) -> Plan:
        """New customers at an entered price do not come without end."""
        bought = self.purposes.get("acquire")
        if bought is not None and bought.effect is not None and bought.highest is None:
            raise ValueError(told("an effect of acquire needs highest: at one price customers do not come without end"))
        return self


def entered(benchmarks: Sequence[Benchmark], plan: Plan) -> tuple[exp.Expr, Mapping[str, str]]:
    """What stands for the table `entered`, and its columns; of nothing entered, a table without rows."""
    rows = [row(each.figure, each.category or None, each.value, each.source) for each in benchmarks]
    planned = {BUDGET: plan.yearly_budget, "conversation_cost": plan.conversation_cost, "return_cost": plan.return_cost}
    rows += [row(name, None, amount, None) for name, amount in planned.items() if amount]
    if not rows:
        return nobody()
    return reduce(lambda above, below: exp.union(above, below, distinct=False), rows[1:], rows[0]), TYPES


def row(*values: str | float | None) -> exp.Expr:
    """A figure as a row of the table; values are typed literals, never text pasted into a query."""
    cells = [exp.cast(literal(value), kind, dialect="duckdb") for value, kind in zip(values, TYPES.values(), strict=True)]
    return exp.select(*(exp.alias_(cell, name) for cell, name in zip(cells, TYPES, strict=True)))
