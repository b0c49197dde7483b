"""Routes of data quality: scores, findings, coverage, and cleaning rules with their switches."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from dangol.core.text import LANGUAGES, lookup
from dangol.faces.rest.shape import RulingNumber
from dangol.intake.quality import RULES, Finding
from dangol.intake.quality.cleaning import Effect
from dangol.workspace.company import Company
from dangol.workspace.quality_wording import Speaker

WHO = "api"


class FindingShape(BaseModel):
    """Something that is wrong with the data."""

    key: str
    kind: str
    dimension: str
    severity: str
    source: str
    table: str
    column: str
    since: date | None
    until: date | None
    rows: int
    money: float | None
    values: dict[str, Any]
    what_ko: str
    what_en: str
    to_do_ko: str
    to_do_en: str


class ScoreShape(BaseModel):
    """How good one source is, 0 to 100; null where a dimension cannot be told."""

    source: str
    score: float
    dimensions: dict[str, float | None]
    losses: list[dict[str, Any]]


class QualityShape(BaseModel):
    """The state of the data."""

    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    rows_moved: int
    balanced: bool
    stakes: dict[str, float] = Field(description="sales that bad data put in doubt, by kind; the parts overlap")
    scores: list[ScoreShape]
    findings: list[FindingShape]


class CoverageShape(BaseModel):
    """How full a field of a source is in a month; month is null for rows without a moment."""

    source: str
    table: str
    column: str
    month: date | None
    rows: int
    filled: int
    valid: int


class RuleShape(BaseModel):
    """A cleaning rule with what it matches."""

    name: str
    ko: str
    en: str
    action: str
    default: bool
    on: bool
    rows: dict[str, int]
    orders: int
    customers: int
    money: float | None


class SwitchShape(BaseModel):
    """A decision about a rule."""

    model_config = ConfigDict(extra="forbid")
    on: bool
    reason: str = Field("", max_length=500)


class SwitchedShape(BaseModel):
    """The number of a decision; it holds from the next run on."""

    ruling: int


def add_quality(router: APIRouter, company: Company) -> None:
    """Add the routes of data quality."""

    @router.get("/quality", tags=["quality"])
    def quality() -> QualityShape:
        """Scores of sources, open findings and what they mean in money."""
        health = company.health()
        report = health.state.report
        return QualityShape(
            rows_in=report.rows_in,
            rows_loaded=report.rows_loaded,
            rows_quarantined=report.rows_quarantined,
            rows_moved=report.rows_moved,
            balanced=report.balanced,
            stakes={each.kind: each.money for each in health.stakes(company.unmarketable())},
            scores=[
                ScoreShape(
                    source=each.source,
                    score=each.total,
                    dimensions=dict(each.dimensions),
                    losses=[vars(one) for one in each.losses],
                )
                for each in health.scores
            ],
            findings=[found(each, company) for each in health.findings],
        )

    @router.get("/coverage", tags=["quality"])
    def coverage(table: Annotated[str, Query(max_length=40, description="only this table")] = "") -> list[CoverageShape]:
        """Filled and valid values by field, source and month."""
        return [
            CoverageShape(source=row["source"], table=row["table_name"], column=row["column_name"], month=row["month"],
                          rows=row["row_count"], filled=row["filled_count"], valid=row["valid_count"])
            for row in company.health().state.coverage.to_pylist() if table in ("", row["table_name"])
        ]  # fmt: skip

    @router.get("/rules", tags=["quality"])
    def rules() -> list[RuleShape]:
        """All cleaning rules."""
        health = company.health()
        return [described(each, each.rule in health.on) for each in health.state.effects]

    @router.post("/rules/{name}", tags=["quality"])
    def switch(name: str, wanted: SwitchShape) -> SwitchedShape:
        """Switch a rule, from the next run on."""
        return SwitchedShape(ruling=company.switches.switch(name, on=wanted.on, who=WHO, reason=wanted.reason))

    @router.post("/rulings/{ruling}/undo", tags=["quality"])
    def undo(ruling: RulingNumber) -> SwitchedShape:
        """Take a decision about a rule back, from the next run on."""
        company.switches.undo(ruling, who=WHO)
        return SwitchedShape(ruling=ruling)


def found(finding: Finding, company: Company) -> FindingShape:
    """A finding as the API sends it."""
    settings = company.settings.company
    told = {each: Speaker(each, settings.currency, settings.zone).finding(finding) for each in LANGUAGES}
    words = {f"{part}_{language}": getattr(said, part) for language, said in told.items() for part in ("what", "to_do")}
    return FindingShape(key=finding.key, **{**finding.as_json(), **words})


def described(effect: Effect, on: bool) -> RuleShape:
    """A rule as the API sends it."""
    rule = RULES[effect.rule]
    return RuleShape(
        name=rule.name,
        ko=lookup(rule.title, "ko"),
        en=rule.title,
        action=rule.action,
        default=rule.on,
        on=on,
        rows=dict(effect.rows),
        orders=effect.orders,
        customers=effect.customers,
        money=effect.money,
    )
