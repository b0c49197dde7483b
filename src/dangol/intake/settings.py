"""What a company writes about one source of data: where it is and what its columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dangol.core.config import SecretName, Zone
from dangol.core.told import Told, told

DateOrder = Literal["ymd", "dmy", "mdy"]
Constant = str | int | float | bool
# What is said about a source without changing what its files become.
ABOUT = ("owner", "refresh_days", "legal_basis")
# How deliveries follow each other.
FOLLOWING = ("replace", "whole", "may_shrink")


class DatabaseSettings(BaseModel):
    """A table or a select of a database that SQLAlchemy reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url_env: SecretName | None = Field(None, description="environment variable that holds the database's URL")
    url: str | None = Field(None, description="URL without a password, such as sqlite:///shop.db")
    table: str | None = Field(None, description="table or view to read whole")
    query: str | None = Field(None, description="a select to read instead of a table")
    since: str | None = Field(
        None,
        description="column that grows with every change, such as updated_at; later only changed rows are read",
    )
    together: str | None = Field(
        None, description="with `since`: rows that share this, such as the order number, are read again when one of them changed"
    )

    @model_validator(mode="after")
    def one_of_each(self) -> DatabaseSettings:
        """Exactly one address, exactly one of table and query, and nothing read together unless changes are known.

        Raises:
            ValueError: one of these is not so.
        """
        either = "give exactly one of {one:quoted} and {other:quoted}"
        wrong = {
            told(either, one="url_env", other="url"): (self.url is None) == (self.url_env is None),
            told(either, one="table", other="query"): (self.table is None) == (self.query is None),
            told("{one:quoted} needs {other:quoted}", one="together", other="since"): self.together and not self.since,
        }
        refuse(wrong)
        return self


def refuse(wrong: Mapping[Told, object]) -> None:
    """Say the first thing that is wrong.

    Raises:
        ValueError: something is.
    """
    for what, holds in wrong.items():
        if holds:
            raise ValueError(what)


class SourceSettings(BaseModel):
    """One source: files or a database, and how its columns are ours.

    Most files need only `name` and `files`; everything else settles what cannot be known from the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z가-힣][a-z0-9가-힣_]{0,40}$", description="short name, kept on every row")
    files: tuple[str, ...] = Field((), description="paths or patterns, relative to the settings file")
    database: DatabaseSettings | None = Field(None, description="instead of files")
    system: str = Field("main", pattern=r"^[a-z][a-z0-9_]{0,40}$", description="whose customer and order numbers these are")
    priority: int | None = Field(
        None,
        ge=1,
        description="whose word on customers counts first, 1 before 2, where nothing else decides; else the file's order",
    )
    provenance: Literal["given", "external", "inferred"] = Field(
        "given", description="where what it says of customers is from: they told it, somebody else did, or it was worked out"
    )
    preset: str | None = Field(None, description="a known system, such as complete_journey")
    table: str | None = Field(None, description="canonical table; found from the headers when absent")
    columns: dict[str, str | tuple[str, ...]] = Field(default_factory=dict, description="our column: their header")
    constants: dict[str, Constant] = Field(default_factory=dict, description="our column: one value for all rows")
    ignore: tuple[str, ...] = Field((), description="headers that stay unused, whatever their names suggest")
    optional: tuple[str, ...] = Field((), description="our columns that some files of this source do not bring")
    sheet: str | None = Field(None, description="sheet of a workbook; the first one with a table when absent")
    header_row: int | None = Field(None, ge=1, description="row of the headers, counted from 1")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="found from the file when absent")
    encoding: str | None = Field(None, description="such as utf-8, cp949, utf-16")
    date_order: DateOrder | None = Field(None, description="how 03/04/2024 is meant")
    decimal: Literal[".", ","] = Field(".", description="sign before the fraction of a number")
    zone: Zone | None = Field(None, description="time zone of moments without one; the company's when absent")
    currency: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="must be the company's own; amounts are never converted"
    )
    password_env: SecretName | None = Field(None, description="environment variable with the workbook's password")
    replace: bool = Field(default=False, description="a new version of a file replaces the older one")
    whole: bool | None = Field(
        None,
        description="each file is the whole table: the last one by name counts, and what it lacks is gone; "
        "a database without `since` is read so when absent",
    )
    may_shrink: bool = Field(default=False, description="a whole table may come with less than half of its rows")
    owner: str = Field("", max_length=120, description="who answers for this source, such as a team")
    refresh_days: float | None = Field(None, gt=0, description="how often it must be delivered; later is late")
    legal_basis: str = Field("", max_length=200, description="why these data may be kept, such as contract or consent")

    @property
    def delivers_whole(self) -> bool:
        """Whether a delivery is the whole table, so that what it lacks has been deleted."""
        return (self.database is not None and not self.database.since) if self.whole is None else self.whole

    @model_validator(mode="after")
    def files_or_database(self) -> SourceSettings:
        """Exactly one place to read from.

        Raises:
            ValueError: none or both are given.
        """
        since = self.database.since if self.database else None
        refuse({
            told("give exactly one of {one:quoted} and {other:quoted}", one="files", other="database"):
                bool(self.files) == bool(self.database),
            told("{one:quoted} reads everything and {other:quoted} only what changed: give one", one="whole", other="since"):
                self.whole and since,
        })  # fmt: skip
        return self


class Terms(BaseModel):
    """What holds for all sources of a company.

    Attributes:
        root: the workspace's folder, where loaded data are kept.
        base: the folder of the settings file; patterns are relative to it.
        zone: the company's time zone.
        currency: the company's one currency.
        now: the present moment, UTC without zone; rows dated more than a day later are quarantined.
    """

    model_config = ConfigDict(frozen=True)

    root: Path
    base: Path
    zone: Zone = "Asia/Seoul"
    currency: str = "KRW"
    now: datetime
