"""What a company says about its leads: which of their columns may be learnt from, and how long calling one takes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LeadSettings(BaseModel):
    """What a company says about its leads; everything may be absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    active: bool = Field(default=True, description="false: no lead scores are made")
    horizon: int | None = Field(
        default=None, ge=7, le=365, description="days within which a lead is to convert; found when absent"
    )
    keep: tuple[str, ...] = Field(default=(), description="columns of leads known beforehand, whatever the leak finder says")
    drop: tuple[str, ...] = Field(default=(), description="columns of leads filled in afterwards: never learnt from")
    seed: int = Field(default=7, description="makes runs repeatable")


class WorklistSettings(BaseModel):
    """How much time there is for calling and visiting, and what each takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    hours: float = Field(default=20, gt=0, le=10_000, description="hours a week that the team has for it")
    lead_minutes: float = Field(default=15, gt=0, le=2_400, description="minutes that a lead takes")
    account_minutes: float = Field(default=45, gt=0, le=2_400, description="minutes that an account takes")
    customer_minutes: float = Field(default=10, gt=0, le=2_400, description="minutes that a customer takes")
