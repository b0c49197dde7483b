"""Propensities as data: whom, what, within how many days, and who is left out; Python and YAML say the same."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dangol.core.told import told

Event = Literal["order", "category", "brand", "product", "visit", "event", "opened", "clicked", "unsubscribed"]
# Events that need to be told which one.
NAMED: tuple[Event, ...] = ("category", "brand", "product", "event")


class PropensitySettings(BaseModel):
    """How likely customers are to do something within some days."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name; unlike any other prediction's")
    ko: str = Field(min_length=1, description="title, Korean")
    en: str = Field(min_length=1, description="title")
    population: str = Field(default="order_count >= 1", description="an audience rule: who may do it; all others get no score")
    event: Event = Field(default="order", description="what they do")
    which: str = Field(default="", description="which category, brand, product or event; a channel for messages")
    window: int = Field(default=30, ge=1, le=365, description="within how many days")
    exclude: str = Field(default="", description="an audience rule: who is left out")

    @model_validator(mode="after")
    def says_which(self) -> PropensitySettings:
        """Some events need a name."""
        if self.event in NAMED and not self.which:
            raise ValueError(told("event {event:quoted} needs 'which'", event=self.event))
        if self.event in ("order", "visit") and self.which:
            raise ValueError(told("event {event:quoted} takes no 'which'", event=self.event))
        return self

    @property
    def rule(self) -> str:
        """Whom it is about, exclusions taken off."""
        return f"({self.population}) and not ({self.exclude})" if self.exclude else self.population
