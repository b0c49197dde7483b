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


class Plan(BaseModel):
    """What the company means to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    yearly_budget: float = Field(default=0.0, ge=0, description="marketing money of a year, shared out by value; none when 0")


def entered(benchmarks: Sequence[Benchmark], plan: Plan) -> tuple[exp.Expr, Mapping[str, str]]:
    """What stands for the table `entered`, and its columns; of nothing entered, a table without rows."""
    rows = [row(each.figure, each.category or None, each.value, each.source) for each in benchmarks]
    if plan.yearly_budget:
        rows.append(row(BUDGET, None, plan.yearly_budget, None))
    if not rows:
        return nobody()
    return reduce(lambda above, below: exp.union(above, below, distinct=False), rows[1:], rows[0]), TYPES


def row(*values: str | float | None) -> exp.Expr:
    """A figure as a row of the table; values are typed literals, never text pasted into a query."""
    cells = [exp.cast(literal(value), kind, dialect="duckdb") for value, kind in zip(values, TYPES.values(), strict=True)]
    return exp.select(*(exp.alias_(cell, name) for cell, name in zip(cells, TYPES, strict=True)))
