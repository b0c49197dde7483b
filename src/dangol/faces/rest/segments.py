"""Segments over HTTP: who they are, what they are worth, and the policy that programmes heed for them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from dangol.core.declare import Policy, SegmentSettings
from dangol.core.errors import UnknownName, told
from dangol.core.misfit import fitted
from dangol.core.text import tell
from dangol.faces.rest.identity import caller
from dangol.workspace.company import Company
from dangol.workspace.segments import Standing

SegmentName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,40}$", description="short name of the segment")]


class RuleShape(BaseModel):
    """A segment as somebody saves it."""

    model_config = ConfigDict(extra="forbid")
    ko: str = Field(min_length=1, max_length=80, description="title, Korean")
    en: str = Field(min_length=1, max_length=80, description="title")
    rule: str = Field(min_length=1, max_length=4000, description="an audience rule")


class PolicyShape(BaseModel):
    """What customers of a segment may cost and how they are contacted; what is absent is not limited."""

    model_config = ConfigDict(extra="forbid")
    promotion_share: float | None = Field(None, ge=0, le=1, description="of the expected margin, for contacts of a year")
    acquisition_share: float | None = Field(None, gt=0, le=1, description="of the expected margin, for winning such a customer")
    channels: list[str] = Field(default_factory=list, max_length=20, description="how they may be contacted; all when empty")


class SegmentShape(BaseModel):
    """A segment as it stands."""

    name: str
    ko: str
    en: str
    rule: str
    rule_ko: str | None = Field(description="in words; null where it cannot be read in this company")
    rule_en: str | None
    built_in: bool
    customers: int | None
    share: float | None
    expected_margin_12m: float | None
    contact_limit: float | None = Field(description="what contacts of a year may cost, in all; null without a limit")
    acquisition_limit: float | None = Field(description="what winning such a customer may cost; null without a target")
    programmes: list[str]
    policy: dict[str, Any] | None
    problems: list[str]


def add_segments(router: APIRouter, company: Company) -> None:
    """Segments and their policies."""

    @router.get("/segments", tags=["segments"])
    def segments() -> list[SegmentShape]:
        """All segments as they stand now."""
        return [shaped(each, company) for each in company.segments.all()]

    @router.get("/segments/{name}", tags=["segments"])
    def segment(name: SegmentName) -> SegmentShape:
        """One segment as it stands now."""
        return shaped(company.segments.one(name), company)

    @router.put("/segments/{name}", tags=["segments"])
    def save(name: SegmentName, said: RuleShape, request: Request) -> SegmentShape:
        """Keep a segment of your own, in the place of the one of its name."""
        company.segments.save(fitted(SegmentSettings, {"name": name, **said.model_dump()}), who=caller(request))
        return shaped(company.segments.one(name), company)

    @router.delete("/segments/{name}", tags=["segments"])
    def remove(name: SegmentName, request: Request) -> list[SegmentShape]:
        """Take a segment of your own and its policy away; answers with those that are left."""
        company.segments.remove(name, who=caller(request))
        return segments()

    @router.put("/segments/{name}/policy", tags=["segments"])
    def set_policy(name: SegmentName, said: PolicyShape, request: Request) -> SegmentShape:
        """Say what its customers may cost and how they are contacted; programmes heed it from now on."""
        company.segments.set_policy(fitted(Policy, {"segment": name, **said.model_dump()}), who=caller(request))
        return shaped(company.segments.one(name), company)

    @router.delete("/segments/{name}/policy", tags=["segments"])
    def clear_policy(name: SegmentName, request: Request) -> SegmentShape:
        """Take the policy of a segment away."""
        desk = company.segments
        UnknownName.check(told("segment"), name, desk.known)
        desk.clear_policy(name, who=caller(request))
        return shaped(company.segments.one(name), company)


def shaped(found: Standing, company: Company) -> SegmentShape:
    """A segment as the API sends it."""
    settings, readable = found.settings, not found.problems
    customers = company.customers
    return SegmentShape(
        **settings.model_dump(),
        rule_ko=customers.described(settings.rule, "ko") if readable else None,
        rule_en=customers.described(settings.rule, "en") if readable else None,
        built_in=found.built_in,
        customers=found.customers,
        share=found.share,
        expected_margin_12m=found.margin,
        contact_limit=found.limit,
        acquisition_limit=found.payable,
        programmes=list(found.programmes),
        policy=found.policy.model_dump(exclude_defaults=True) if found.policy else None,
        problems=[tell(each, "en") for each in found.problems],
    )
