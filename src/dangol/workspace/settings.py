"""`dangol.yaml`: the settings of one company, put together from the rooms they belong to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dangol.core.config import Zone, read_settings
from dangol.core.declare import LeadSettings, Policy, ProgrammeSettings, PropensitySettings, SegmentSettings, WorklistSettings
from dangol.core.told import told
from dangol.intake import SourceSettings
from dangol.workspace.entered import MOST_FIGURES, Benchmark, Plan

FILE = "dangol.yaml"
MOST_YEARS = 120
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Company(BaseModel):
    """Who the company is and how its figures are written."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1, description="as shown on pages and in reports")
    language: Literal["ko", "en"] = Field(default="ko", description="of pages and files where a reader has not chosen one")
    zone: Zone = Field(default="Asia/Seoul", description="time zone of the company's clock")
    currency: str = Field(default="KRW", pattern="^[A-Z]{3}$", description="the one currency of all money")
    margin_share: float | None = Field(default=None, gt=0, lt=1, description="assumed margin where costs are unknown")


class Engine(BaseModel):
    """Where and with how much memory things are computed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["duckdb", "spark"] = Field(default="duckdb", description="what computes the features")
    memory_limit: str = Field(
        default="3GB", pattern=r"^\d+(\.\d+)?(MB|GB)$", description="what does not fit is spilt to the disk"
    )
    threads: int | None = Field(default=None, ge=1, description="all of the machine's when absent")


class Store(BaseModel):
    """Where the application keeps its own state."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url_env: str = Field(default="", description="environment variable with a PostgreSQL URL; SQLite in the workspace when empty")


class Identity(BaseModel):
    """What may be concluded about customers beyond what they told."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    infer_gender: str = Field(
        default="", max_length=500, description="why gender may be inferred from names where nobody told it; not done when empty"
    )
    inferred_in_rules: str = Field(
        default="", max_length=500, description="why audience rules may ask for what was inferred; they may not when empty"
    )


class Inbox(BaseModel):
    """What arrives event by event over HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    system: str = Field(
        default="main", pattern=r"^[a-z][a-z0-9_]{0,40}$", description="whose customer numbers `userId` of events are"
    )


class EarlyWarning(BaseModel):
    """Whom to look after before they leave: as many as somebody has time for."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    per_week: int = Field(default=20, ge=1, le=100_000, description="customers a week that the team can look after")
    owner: str = Field(default="", max_length=120, description="who looks after them unless somebody else takes one over")


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Schedule(BaseModel):
    """When runs start by themselves."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    at: tuple[str, ...] = Field(
        default=(), description="times of the company's clock, such as 06:00; nothing runs by itself when empty"
    )
    days: tuple[Day, ...] = Field(default=DAYS, min_length=1, description="days of the week; every day when absent")

    @field_validator("at", mode="before")
    @classmethod
    def as_written(cls, at: object) -> object:
        """Times as they were written: YAML reads 10:30 without quotes as minutes, 630."""
        listed = at if isinstance(at, list | tuple) else [at]
        return [f"{each // 60:02}:{each % 60:02}" if type(each) is int else each for each in listed]

    @field_validator("at")
    @classmethod
    def times(cls, at: tuple[str, ...]) -> tuple[str, ...]:
        """Times of day, as a clock shows them.

        Raises:
            ValueError: one cannot be read.
        """
        wrong = [each for each in at if not CLOCK.fullmatch(each)]
        if wrong:
            raise ValueError(told('no time of day: {times:listed}; write it as "06:00"', times=wrong))
        return tuple(sorted(set(at)))


class SegmentScheme(BaseModel):
    """How customers are grouped where sources know groups only."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="short name")
    by: tuple[Literal["gender", "age", "region"], ...] = Field(min_length=1, description="what the segment key is made of")
    ages: tuple[int, ...] = Field(default=(20, 30, 40, 50, 60), description="where a new age band begins")
    fewest: int = Field(default=10, ge=2, description="smaller segments are hidden")

    @field_validator("ages")
    @classmethod
    def ascending(cls, ages: tuple[int, ...]) -> tuple[int, ...]:
        """Ages one after the other, each once."""
        if not ages or not all(0 < each < MOST_YEARS for each in ages):
            raise ValueError(told("ages must lie between 1 and {most}", most=MOST_YEARS - 1))
        return tuple(sorted(set(ages)))


class Settings(BaseModel):
    """The whole of `dangol.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    company: Company = Field(description="who the company is")
    engine: Engine = Field(default=Engine(), description="where things are computed")
    store: Store = Field(default=Store(), description="where decisions and campaigns are kept")
    identity: Identity = Field(default=Identity(), description="what may be concluded about customers")
    schedule: Schedule = Field(default=Schedule(), description="when runs start by themselves")
    early_warning: EarlyWarning = Field(default=EarlyWarning(), description="whom to look after before they leave")
    inbox: Inbox = Field(default=Inbox(), description="events that arrive over HTTP")
    sources: list[SourceSettings] = Field(default_factory=list, description="files and databases")
    predictions: dict[str, dict[str, Any]] = Field(default_factory=dict, description="settings of predictions by name")
    segments: list[SegmentSettings] = Field(default_factory=list, description="own segments, beside the built-in ones")
    policies: list[Policy] = Field(
        default_factory=list, description="what customers of segments may cost and how they are contacted; no limits when absent"
    )
    segment_keys: list[SegmentScheme] = Field(
        default_factory=list, description="segment keys; by gender and age, and by region, when absent"
    )
    benchmarks: list[Benchmark] = Field(
        default_factory=list,
        max_length=MOST_FIGURES,
        description="figures of others to hold our own against; nothing is compared when absent",
    )
    plan: Plan = Field(default=Plan(), description="what the company means to spend")
    leads: LeadSettings = Field(default=LeadSettings(), description="which columns of leads may be learnt from")
    worklist: WorklistSettings = Field(default=WorklistSettings(), description="time for calls, and what each takes")
    propensities: list[PropensitySettings] = Field(default_factory=list, description="own predictions: who will do what")
    programmes: list[ProgrammeSettings] = Field(default_factory=list, description="own programmes, beside the built-in ones")


def load_settings(folder: Path) -> Settings:
    """The settings of the company in a folder.

    Raises:
        ConfigError: the file is missing or wrong; all problems at once with their lines.
    """
    return read_settings(folder / FILE, Settings)


def stamp_of(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written again; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
