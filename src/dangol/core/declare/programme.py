"""Programmes: whom, what, when and how measured, as data; Python and YAML go through the same model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dangol.core.declare.declaration import Declaration
from dangol.core.told import told

Stage = Literal["acquire", "onboard", "grow", "retain", "reactivate"]
MessageChannel = Literal["email", "sms", "kakao", "push", "call", "post"]


class Arm(BaseModel):
    """One way of treating customers, with what a contact costs."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1, description="short name, such as reminder")
    share: float = Field(default=1.0, gt=0, le=1, description="share among those not held out")
    cost: float = Field(default=0, ge=0, description="cost of one contact, in the company's currency")
    offer_ko: str = Field(default="", description="what is offered, Korean")
    offer_en: str = Field(default="", description="what is offered")


class ProgrammeSettings(BaseModel):
    """A standing rule for contacting customers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="short name; unlike any other programme's")
    ko: str = Field(description="title, Korean")
    en: str = Field(description="title")
    value_ko: str = Field(min_length=1, description="what the customer gains, Korean")
    value_en: str = Field(min_length=1, description="what the customer gains")
    stage: Stage = Field(description="where in a customer's life it acts")
    audience: str = Field(description="an audience rule")
    channels: tuple[MessageChannel, ...] = Field(min_length=1, description="tried in this order, by consent")
    arms: tuple[Arm, ...] = Field(
        default=(Arm(name="message"),), min_length=1, description="ways of treating customers; shares sum to 1"
    )
    holdout: float = Field(default=0.1, ge=0, lt=1, description="share that gets nothing, so that the effect can be measured")
    goal: Literal["order", "margin", "net_sales"] = Field(default="net_sales", description="what counts as success")
    horizon_days: int = Field(default=30, ge=1, le=365, description="for how long outcomes count")
    cool_down_days: int = Field(default=30, ge=0, description="nobody is chosen again within these days")
    rank_by: str = Field(
        default="", description="profile column, or several multiplied (a * b); the highest first when capacity is limited"
    )
    per_household: bool = Field(
        default=False, description="contact one person of each home at most: of those who may be contacted the one worth most"
    )
    capacity: int = Field(default=0, ge=0, description="most contacts per run; 0 for no limit")
    destination: str = Field(default="file", description="how the audience leaves the house")
    active: bool = Field(default=True, description="false: it can be previewed, not started")

    @model_validator(mode="after")
    def arms_add_up(self) -> ProgrammeSettings:
        """Arm shares must sum to one and names must differ."""
        if abs(sum(arm.share for arm in self.arms) - 1) > 1e-9:
            total = f"{sum(arm.share for arm in self.arms):g}"
            raise ValueError(told("shares of arms sum to {total}, expected 1", total=total))
        if len({arm.name for arm in self.arms}) != len(self.arms):
            raise ValueError(told("arm names repeat: {names:listed}", names=[arm.name for arm in self.arms]))
        return self


@dataclass(frozen=True, kw_only=True)
class Programme(Declaration):
    """A declared programme, as the registry keeps it."""

    settings: ProgrammeSettings


def programme(settings: ProgrammeSettings, *, doc: str, file: str | Path) -> Programme:
    """Declare a programme from its settings."""
    return Programme(
        name=settings.name, ko=settings.ko, en=settings.en, doc=doc, file=Path(file), settings=settings, room="programme"
    )
