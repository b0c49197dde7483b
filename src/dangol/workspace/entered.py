"""Figures that people enter because no source delivers them: what others reach, and what the company plans to spend.

Questions read them as the table `entered`. Each figure of others names who published it; none ships with the product.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlglot import exp

from dangol.core.declare import Output, category, number, text
from dangol.core.told import told
from dangol.workspace.stated import stated

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
    "visit_to_known",
    "known_to_lead",
    "lead_to_opportunity",
    "opportunity_to_won",
    "known_to_first",
    "lead_to_first",
    "first_to_second",
    "second_to_regular",
    "regular_to_loyal",
    "loyal_to_vip",
    "vip_to_advocate",
]
# Steps of the funnel: the share who go on within ninety days.
CONVERSIONS: tuple[Figure, ...] = get_args(Figure)[7:]
SHARES: tuple[Figure, ...] = ("repeat_share", *CONVERSIONS)
COLUMNS: Mapping[str, Output] = {
    "figure": category(ko="지표", en="Figure"),
    "category": text(ko="카테고리", en="Category"),
    "amount": number(ko="입력한 값", en="Value entered"),
    "source": text(ko="출처", en="Source"),
}
TYPES: Mapping[str, str] = {name: output.sql_type for name, output in COLUMNS.items()}
# What a figure may be at least and at most: beyond it sums of a whole company would leave what a database counts exactly.
LEAST, MOST_MONEY, MOST_EACH = 0.0001, 1e15, 1e9
MOST_FIGURES, MOST_CHANNELS, LONGEST_SOURCE, LONGEST_NAME = 100, 100, 500, 200
UNWRITABLE = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})


def one_line(text: object) -> object:
    """Text without line breaks and spaces around it; what is no text stays as it is."""
    return " ".join(text.split()) if isinstance(text, str) else text


def writable(text: str) -> str:
    """Text that a settings file can hold.

    Raises:
        ValueError: it has control characters.
    """
    if any(unicodedata.category(each) in UNWRITABLE or each == "\ufeff" for each in text):
        raise ValueError(told("must not have control characters"))
    return text


Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(writable)]
ChannelName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(writable)]
Source = Annotated[str, Field(max_length=LONGEST_SOURCE), BeforeValidator(one_line), AfterValidator(writable)]
Value = Annotated[
    float,
    Field(
        ge=LEAST,
        le=MOST_MONEY,
        allow_inf_nan=False,
        description="in the company's currency, or a share from 0 to 1; of a year, of a step of the funnel within 90 days",
    ),
]
Category = Annotated[Name, Field(description="market_total only: which of our categories; all when empty")]
Published = Annotated[
    str,
    Field(min_length=3, max_length=LONGEST_SOURCE, description="who published it and when; there is no figure without a source"),
    BeforeValidator(one_line),
    AfterValidator(writable),
]
Money = Annotated[float, Field(ge=0, le=MOST_MONEY, allow_inf_nan=False)]
Each = Annotated[float, Field(ge=0, le=MOST_EACH, allow_inf_nan=False)]
Priced = Annotated[float, Field(ge=LEAST, le=MOST_EACH, allow_inf_nan=False)]


class Said(BaseModel):
    """What somebody says of a figure: its value, of which category, and who published it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: Value
    category: Category = ""
    source: Published


class Benchmark(BaseModel):
    """A figure of competitors, of the industry or of the market, with who published it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    figure: Figure = Field(description=f"what was measured: {', '.join(get_args(Figure))}")
    value: Value
    category: Category = ""
    source: Published

    @property
    def key(self) -> tuple[str, str]:
        """What it is a figure of; there is one of each."""
        return self.figure, self.category

    @field_validator("value")
    @classmethod
    def is_share(cls, value: float, about: ValidationInfo) -> float:
        """A share lies between 0 and 1."""
        if about.data.get("figure") in SHARES and value > 1:
            raise ValueError(told("a share must lie between 0 and 1, such as 0.35"))
        return value

    @field_validator("category")
    @classmethod
    def of_market(cls, category: str, about: ValidationInfo) -> str:
        """Only markets have categories."""
        if category and about.data.get("figure", MARKET) != MARKET:
            raise ValueError(told("this figure takes no category; only the size of a market (market_total) does"))
        return category


class Bounds(BaseModel):
    """What a use of marketing money gets at least and at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lowest: Money = Field(default=0.0, description="money a year that it gets at least")
    highest: Money | None = Field(default=None, description="money a year that it gets at most; no limit when absent")

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """Limits in order."""
        if self.highest is not None and self.highest < self.lowest:
            raise ValueError(told("the most (highest) must not be below the least (lowest)"))
        return self


class PurposePlan(Bounds):
    """What a use of marketing money may cost, and what it brings where the company's own data cannot tell."""

    contact_cost: Priced | None = Field(
        default=None, description="cost of one contact, or of one new customer, where no source tells it"
    )
    effect: Priced | None = Field(
        default=None, description="margin that one contact or one new customer brings, where own data cannot tell it"
    )
    source: Source = Field(default="", description="where the effect was learnt; there is none without")
    contacts: int | None = Field(
        default=None, ge=1, le=365, description="contacts a year with each customer, each as good as the first; last year's mean"
    )

    @model_validator(mode="after")
    def told_by_whom(self) -> Self:
        """An effect has its source and its cost."""
        if self.effect is not None and (not self.source or self.contact_cost is None):
            raise ValueError(told("an effect needs its source and its cost (contact_cost)"))
        return self


class Plan(BaseModel):
    """What the company means to do."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    yearly_budget: Money = Field(default=0.0, description="marketing money of a year, shared out by value; none when 0")
    conversation_cost: Each = Field(default=0.0, description="cost of one conversation with a customer; not counted when 0")
    return_cost: Each = Field(default=0.0, description="cost of handling one returned order; not counted when 0")
    purposes: dict[Purpose, PurposePlan] = Field(
        default_factory=dict, description="limits and figures of acquire, grow, retain and reactivate"
    )
    channels: dict[ChannelName, Bounds] = Field(
        default_factory=dict, max_length=MOST_CHANNELS, description="limits of channels of acquire, by acquisition channel"
    )

    @model_validator(mode="after")
    def ends(self) -> Plan:
        """New customers at an entered price do not come without end."""
        bought = self.purposes.get("acquire")
        if bought is not None and bought.effect is not None and bought.highest is None:
            raise ValueError(told("an effect of acquire needs a most (highest): at one price customers do not come without end"))
        return self


def figures_of(benchmarks: Sequence[Benchmark], plan: Plan) -> list[list[str | float | None]]:
    """The figures that questions read: figure, category, amount and source of each."""
    found: list[list[str | float | None]] = [[each.figure, each.category or None, each.value, each.source] for each in benchmarks]
    planned = {BUDGET: plan.yearly_budget, "conversation_cost": plan.conversation_cost, "return_cost": plan.return_cost}
    return found + [[name, None, amount, None] for name, amount in planned.items() if amount]


def entered(benchmarks: Sequence[Benchmark], plan: Plan) -> tuple[exp.Expr, Mapping[str, str]]:
    """What stands for the table `entered`, and its columns; of nothing entered, a table without rows."""
    return stated(figures_of(benchmarks, plan), TYPES)
