"""`dangol.yaml`: the settings of one company, put together from the rooms they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dangol.core.config import read_settings
from dangol.core.declare import ProgrammeSettings
from dangol.intake import SourceSettings

FILE = "dangol.yaml"


class Company(BaseModel):
    """Who the company is and how its figures are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1)
    language: Literal["ko", "en"] = "ko"
    zone: str = Field(default="Asia/Seoul", description="time zone of the company's clock")
    currency: str = Field(default="KRW", pattern="^[A-Z]{3}$", description="the one currency of all money")
    margin_share: float | None = Field(default=None, gt=0, lt=1, description="assumed margin where costs are unknown")

    @field_validator("zone")
    @classmethod
    def known_zone(cls, zone: str) -> str:
        """A time zone the system knows."""
        if zone not in available_timezones():
            raise ValueError(f"unknown time zone {zone!r}, expected a name such as Asia/Seoul")
        return ZoneInfo(zone).key


class Engine(BaseModel):
    """Where and with how much memory things are computed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["duckdb", "spark"] = "duckdb"
    memory_limit: str = Field(default="3GB", pattern=r"^\d+(\.\d+)?(MB|GB)$")
    threads: int | None = Field(default=None, ge=1)


class Store(BaseModel):
    """Where the application keeps its own state."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url_env: str = Field(default="", description="environment variable with a PostgreSQL URL; SQLite in the workspace when empty")


class Privacy(BaseModel):
    """What is shown, and to how few."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    smallest_group: int = Field(default=10, ge=1, description="groups with fewer customers are merged into 'other'")


class Settings(BaseModel):
    """The whole of `dangol.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    company: Company
    engine: Engine = Engine()
    store: Store = Store()
    privacy: Privacy = Privacy()
    sources: list[SourceSettings] = Field(default_factory=list)
    predictions: dict[str, dict[str, Any]] = Field(default_factory=dict, description="settings of predictions by name")
    programmes: list[ProgrammeSettings] = Field(default_factory=list)


def load_settings(folder: Path) -> Settings:
    """The settings of the company in a folder.

    Raises:
        ConfigError: the file is missing or wrong; all problems at once with their lines.
    """
    return read_settings(folder / FILE, Settings)
