"""Randomised campaigns with known individual effects: the one in the past, and those the company runs later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.simulate.clock import Flags, Floats, Ints
from dangol.simulate.column import coded, moments, picked
from dangol.simulate.contact import mall_refs
from dangol.simulate.orders import EFFECT_DAYS, Treatment
from dangol.simulate.people import People
from dangol.simulate.permission import KAKAO, Permission
from dangol.simulate.plan import Block
from dangol.simulate.scene import Scene
from dangol.simulate.value import campaign_effect
from dangol.simulate.world import World

PAST_CAMPAIGN, PAST_NAME = "EXP-001", "가을 감사 쿠폰"
BEFORE_END_DAYS = 60
SEND_HOUR = 10 / 24
CHOSEN_SHARE = 0.20
TREATED_SHARE = 0.80
COST_PER_CONTACT = 25
ARMS = ("held_out", "treated")


@dataclass(frozen=True)
class Assignment:
    """A campaign as it concerns one block.

    Attributes:
        campaign: its number; empty for none.
        member, treated: who was drawn, and who of them got the message.
        at: local day of the message.
    """

    campaign: str
    member: Flags
    treated: Flags
    at: float

    @property
    def treatment(self) -> Treatment:
        """As the order process sees it."""
        return Treatment(self.treated, np.full(len(self.treated), self.at))


@dataclass(frozen=True)
class Contacts:
    """A later campaign over the whole company: person numbers in rising order and whether each was treated."""

    campaign: str
    number: Ints
    treated: Flags
    at: float


def past_moment(world: World) -> float:
    """When the past campaign was sent: sixty days before the first delivery's end, at ten."""
    return world.window.stop - BEFORE_END_DAYS + SEND_HOUR


def past_assignment(world: World, block: Block, people: People, permission: Permission) -> Assignment:
    """The past campaign: mall members who allow Kakao messages, a fifth of them drawn, four of five treated."""
    rng, at = world.stream(block, "assignment"), past_moment(world)
    everyone = np.arange(len(people))
    free = permission.holds(everyone, np.full(len(people), KAKAO), np.full(len(people), at))
    member = people.has_mall & (people.acquired < at) & free & (rng.random(len(people)) < CHOSEN_SHARE)
    return Assignment(PAST_CAMPAIGN, member, member & (rng.random(len(people)) < TREATED_SHARE), at)


def later_assignment(contacts: Contacts | None, people: People) -> Assignment:
    """The part of a later campaign that falls on a block's people."""
    none = np.zeros(len(people), dtype=np.bool_)
    if contacts is None:
        return Assignment("", none, none, 0.0)
    place = np.searchsorted(contacts.number, people.number)
    known = np.minimum(place, max(len(contacts.number) - 1, 0))
    member = contacts.number[known] == people.number if len(contacts.number) else none
    return Assignment(contacts.campaign, member, member & contacts.treated[known] if len(contacts.number) else none, contacts.at)


def member_rows(people: People, assignment: Assignment) -> pa.Table:
    """Rows of `campaign_members`, the held-out ones among them; the probability is that of the arm a row is in."""
    rows = np.flatnonzero(assignment.member)
    treated = assignment.treated[rows]
    return pa.table(
        {
            "customer_ref": coded(rows, mall_refs(people)),
            "campaign_id": coded(np.zeros(len(rows)), [assignment.campaign]),
            "arm": coded(treated.astype(np.int64), ARMS),
            "assignment_probability": np.where(treated, TREATED_SHARE, 1 - TREATED_SHARE).round(6),
            "assigned_at": moments(np.full(len(rows), assignment.at - 1 / 24)),
        }
    )


def effect_rows(scene: Scene, assignment: Assignment) -> pa.Table:
    """The truth of a campaign: each member's individual effect in the days after it that this delivery covers."""
    people, world = scene.people, scene.world
    rows = np.flatnonzero(assignment.member)
    days = min(EFFECT_DAYS, world.window.stop - assignment.at)
    effect = campaign_effect(people, world.catalogue, world.season, assignment.at, days)
    inside = (scene.orders.at >= assignment.at) & (scene.orders.at < assignment.at + EFFECT_DAYS) & ~scene.orders.cancelled
    counts: Floats = np.bincount(scene.orders.person[inside], minlength=len(people)).astype(np.float64)
    return pa.table(
        {
            "campaign_id": picked(np.zeros(len(rows)), [assignment.campaign]),
            "person_id": people.number[rows],
            "arm": picked(assignment.treated[rows], ARMS),
            "effect_orders": effect.orders[rows],
            "effect_order_probability": effect.probability[rows],
            "effect_net_sales": effect.net_sales[rows],
            "order_count": counts[rows].astype(np.int64),
        }
    )


def campaign_row(campaign: str, name: str, at: float) -> pa.Table:
    """The row of `campaigns` of a randomised campaign."""
    return pa.table(
        {
            "campaign_id": [campaign],
            "campaign_name": [name],
            "campaign_kind": ["coupon"],
            "channel": ["kakao"],
            "starts_at": moments(np.array([at])),
            "ends_at": moments(np.array([at + EFFECT_DAYS])),
            "cost_per_contact": pa.array([COST_PER_CONTACT], pa.int64()),
            "randomised": [True],
        }
    )
