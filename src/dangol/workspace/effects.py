"""What campaigns changed: members and their later orders, read in as few passes as memory allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

import pyarrow.compute as pc

from dangol.core.errors import UnknownName, told
from dangol.core.query import Query, named
from dangol.lift import OPTIONAL, LiftResult, Reading, decided_members, imported_members, measure, outcomes
from dangol.workspace.binding import Binder
from dangol.workspace.programmes import DECISIONS, CampaignState, Programmes

IMPORTED_HORIZON_DAYS = 30
MOST_MEMBERS = 500_000


@dataclass(frozen=True)
class Asked:
    """A campaign whose effect is asked for: how it is read, and how many took part."""

    reading: Reading
    member_count: int


def effects(programmes: Programmes, campaign_id: str) -> dict[str, LiftResult]:
    """What a campaign changed, as far as the serving snapshot knows; others of the same pass over the orders come along.

    A campaign of another system without a random holdout has no number.

    Raises:
        UnknownName: no such campaign, neither in the ledger nor among the data.
    """
    as_of = programmes.snapshot.as_of
    own = {each.campaign_id: asked_of(each, as_of) for each in programmes.campaigns()}
    if campaign_id in own:
        return measured(programmes, one_pass(campaign_id, own), decided_members)
    reading = Reading(IMPORTED_HORIZON_DAYS, as_of)
    imported = {each.campaign_id: Asked(reading, each.member_count) for each in programmes.imported()}
    if campaign_id not in imported:
        raise UnknownName.among(told("campaign"), campaign_id, {**own, **imported})
    return measured(programmes, one_pass(campaign_id, imported), imported_members)


def measured(
    programmes: Programmes, readings: Mapping[str, Reading], members: Callable[[Mapping[str, int]], Query]
) -> dict[str, LiftResult]:
    """Later orders of the members of some campaigns, read in one pass and told apart after it."""
    binder = Binder(programmes.snapshot.facts, programmes.snapshot.as_of, programmes.settings.company.zone)
    reader = binder.reading(decisions=(named("decisions"), DECISIONS))
    query = outcomes(members({name: reading.horizon_days for name, reading in readings.items()}))
    bound = reader.bind(query, where="lift", optional=OPTIONAL)
    people = programmes.snapshot.duck.cursor().arrow(bound.tree)
    campaign = people["campaign_id"]
    return {name: measure(people.filter(pc.equal(campaign, name)), reading) for name, reading in readings.items()}


def asked_of(campaign: CampaignState, as_of: datetime) -> Asked:
    """How one of our own campaigns is to be read, by its own settings."""
    reading = Reading(campaign.settings.horizon_days, as_of, campaign.settings.goal)
    return Asked(reading, campaign.counts.get("contact", 0) + campaign.counts.get("hold_out", 0))


def one_pass(campaign_id: str, asked: Mapping[str, Asked]) -> dict[str, Reading]:
    """The campaigns that are read together with one of them: as many as memory surely holds."""
    totals = accumulate(each.member_count for each in asked.values())
    passes = {name: total // MOST_MEMBERS for name, total in zip(asked, totals, strict=True)}
    return {name: each.reading for name, each in asked.items() if passes[name] == passes[campaign_id]}
