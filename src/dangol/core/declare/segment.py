"""Segments: customers chosen by a rule and called by a name, as data; Python, YAML and the form go through the same model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dangol.core.declare.declaration import Declaration
from dangol.core.declare.programme import MessageChannel
from dangol.core.told import told


class SegmentSettings(BaseModel):
    """Customers chosen by a rule and called by a name; rules and programmes name it with `in_segment(name="…")`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="short name; unlike any other segment's")
    ko: str = Field(min_length=1, max_length=80, description="title, Korean")
    en: str = Field(min_length=1, max_length=80, description="title")
    rule: str = Field(min_length=1, max_length=4000, description="an audience rule")

    @model_validator(mode="before")
    @classmethod
    def no_key(cls, values: object) -> object:
        """Groups by gender, age and region are another thing."""
        if isinstance(values, dict) and "by" in values and "rule" not in values:
            raise ValueError(told("groups by gender, age or region are segment keys: write them under segment_keys"))
        return values


class Policy(BaseModel):
    """What customers of a segment may cost and how they are spoken to, in proportion to what they are worth."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    segment: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="name of a segment")
    promotion_share: float | None = Field(
        default=None, ge=0, le=1,
        description="most that contacts of a year may cost, as a share of the expected margin of 12 months; no limit when absent",
    )  # fmt: skip
    channels: tuple[MessageChannel, ...] = Field(default=(), description="how they may be contacted; in every way when empty")
    acquisition_share: float | None = Field(
        default=None, gt=0, le=1,
        description="most that winning such a customer may cost, as a share of the expected margin; no target when absent",
    )  # fmt: skip

    @model_validator(mode="after")
    def says_something(self) -> Policy:
        """A policy without any limit is none."""
        if self.promotion_share is None and self.acquisition_share is None and not self.channels:
            raise ValueError(told("a policy needs promotion_share, channels or acquisition_share"))
        return self


@dataclass(frozen=True, kw_only=True)
class Segment(Declaration):
    """A declared segment, as the registry keeps it."""

    settings: SegmentSettings


def segment(settings: SegmentSettings, *, doc: str, file: str | Path) -> Segment:
    """Declare a segment from its settings."""
    return Segment(
        name=settings.name, ko=settings.ko, en=settings.en, doc=doc, file=Path(file), settings=settings, room="segment"
    )
