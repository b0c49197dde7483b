"""One block from its seed to its rows: canonical tables by system, and the truth beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.simulate.baskets import make_lines
from dangol.simulate.browsing import make_events
from dangol.simulate.clock import Ints
from dangol.simulate.column import moments, picked
from dangol.simulate.contact import card_members, make_contact, mall_members, record_truth
from dangol.simulate.experiment import Assignment, Contacts, effect_rows, later_assignment, member_rows, past_assignment
from dangol.simulate.mailing import make_messages
from dangol.simulate.orders import make_orders
from dangol.simulate.people import YEAR_DAYS, make_people
from dangol.simulate.permission import Permission, consent_rows, make_permission
from dangol.simulate.plan import Block
from dangol.simulate.sales import Sold, make_sold, mall_lines, returned_lines, store_lines
from dangol.simulate.scene import Scene
from dangol.simulate.service import make_feedback, make_interactions
from dangol.simulate.value import future_value
from dangol.simulate.words import ACQUISITION, CATEGORIES
from dangol.simulate.world import World

FIRST = 0


@dataclass(frozen=True)
class Drawn:
    """What one block delivers.

    Attributes:
        tables: rows of canonical tables by the name of the file they go to.
        truth: rows the product never sees.
        acquired: people acquired, days of the window × channels.
        figures: what a summary adds up.
    """

    tables: Mapping[str, pa.Table]
    truth: Mapping[str, pa.Table]
    acquired: Ints
    figures: Mapping[str, float]


def draw(world: World, block: Block, contacts: Contacts | None) -> Drawn:
    """Everything about a block in the world's window; depends on nothing but the plan, the block and who was contacted."""
    people = make_people(world.plan, block, world.catalogue)
    contact = make_contact(world.plan, block, people)
    permission = make_permission(world, block, people)
    first = world.window.delivery == FIRST
    assignment = past_assignment(world, block, people, permission) if first else later_assignment(contacts, people)
    orders = make_orders(world, block, people, assignment.treatment)
    scene = Scene(world, block, people, contact, orders, make_lines(world, block, people, orders))
    sold = make_sold(scene)
    tables = {
        **registers(scene, permission),
        "mall_order_lines": mall_lines(sold),
        "pos_order_lines": store_lines(sold),
        **contacted(scene, permission, assignment),
    }
    if world.plan.event_volume:
        tables["mall_events"] = make_events(scene)
    kept, pending = returned(sold)
    truth = {"people": people_truth(scene), **pending}
    if is_new(scene):
        truth["records"] = record_truth(people, contact)
    if assignment.campaign:
        truth["campaign_effect"] = effect_rows(scene, assignment)
    return Drawn(tables | kept, truth, acquisitions(scene), figures(scene))


def is_new(scene: Scene) -> bool:
    """Whether the block's people become known in this window."""
    return scene.block.acquired_from >= scene.world.window.start


def registers(scene: Scene, permission: Permission) -> dict[str, pa.Table]:
    """Members and what they allow."""
    world, people = scene.world, scene.people
    tables = {f"{system}_consents": consent_rows(world, people, permission, cards=system == "pos") for system in ("mall", "pos")}
    if is_new(scene):
        tables["mall_members"] = mall_members(world.plan, scene.block, people, scene.contact)
        tables["pos_members"] = card_members(world.plan, scene.block, people, scene.contact)
    return tables


def contacted(scene: Scene, permission: Permission, assignment: Assignment) -> dict[str, pa.Table]:
    """Messages, conversations, reviews, and the members of the past campaign."""
    plan, first = scene.world.plan, scene.world.window.delivery == FIRST
    tables = {"mall_campaign_members": member_rows(scene.people, assignment)} if first else {}
    if plan.message_volume:
        campaign = (assignment.campaign, assignment.treated, assignment.treatment.at) if first else None
        tables["mall_messages"] = make_messages(scene, permission, campaign)
    if plan.service:
        tables |= {"mall_interactions": make_interactions(scene), "mall_feedback": make_feedback(scene)}
    return tables


def returned(sold: Sold) -> tuple[dict[str, pa.Table], dict[str, pa.Table]]:
    """Returns that came in by the window's end, and those that will come later."""
    stop = moments(np.array([sold.scene.world.window.stop]))[0].as_py()
    kept, pending = {}, {}
    for system, in_store in (("mall", False), ("pos", True)):
        rows = returned_lines(sold, in_store)
        early = pa.array(rows.column("returned_at").to_numpy() < np.datetime64(stop))
        kept[f"{system}_returns"] = rows.filter(early)
        pending[f"pending_{system}_returns"] = rows.filter(pa.compute.invert(early))
    return kept, pending


def people_truth(scene: Scene) -> pa.Table:
    """One row a person: the latent figures, and what is to be expected from the window's end on."""
    people, world = scene.people, scene.world
    stop = world.window.stop
    alive = people.left > stop
    orders, net, margin = future_value(people, world.catalogue, world.season, stop)
    staple = people.staple
    return pa.table(
        {
            "person_id": people.number,
            "household_id": people.household,
            "acquired_at": moments(people.acquired),
            "alive": alive,
            "churned_at": moments(people.left, alive),
            "orders_a_year": people.rate * YEAR_DAYS,
            "leaving_a_year": people.leaving * YEAR_DAYS,
            "first_order": people.buys_first,
            "expected_orders_12m": orders,
            "expected_net_sales_12m": net,
            "expected_margin_12m": margin,
            "price_response": people.discount_taste,
            "message_response": people.response,
            "annoyance": people.annoyance,
            "store_share": people.store_share,
            "favourite_category": picked(people.taste.argmax(axis=1), [name for name, *_ in CATEGORIES]),
            "staple_product": pa.array(staple, mask=staple < 0),
            "staple_cycle_days": pa.array(people.cycle, mask=staple < 0),
            "satisfaction": people.satisfaction,
            **({"grieved_at": moments(people.grieved, ~np.isfinite(people.grieved))} if world.plan.cause else {}),
        }
    )


def acquisitions(scene: Scene) -> Ints:
    """How many people became known on each day of the window through each channel."""
    window, people = scene.world.window, scene.people
    days = int(window.stop - window.start)
    day = np.floor(people.acquired - window.start).astype(np.int64)
    inside = (day >= 0) & (day < days)
    flat = day[inside] * len(ACQUISITION) + scene.contact.acquisition[inside]
    return np.bincount(flat, minlength=days * len(ACQUISITION)).reshape(days, len(ACQUISITION))


def figures(scene: Scene) -> dict[str, float]:
    """Sums a summary needs."""
    return {
        "people": len(scene.people),
        "alive": int((scene.people.left > scene.world.window.stop).sum()),
        "orders": len(scene.orders),
        "lines": len(scene.lines),
    }
