"""Conversations with the call centre and product reviews; who is dissatisfied complains more and stays for less time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dangol.simulate.catalogue import product_ids
from dangol.simulate.cause import SERVICE, UNANSWERED_DAYS
from dangol.simulate.clock import Ints
from dangol.simulate.column import coded, digits, joined, moments
from dangol.simulate.contact import mall_refs
from dangol.simulate.scene import Scene
from dangol.simulate.words import REVIEWS, TOPIC_TEXTS, TOPICS

KINDS = ("call", "chat")
AGENTS = [f"A{number:02d}" for number in range(1, 13)]
REVIEW_SHARE = 0.07
TOPIC_SHARES = (0.27, 0.16, 0.19, 0.22, 0.12, 0.04)
ROOM = 10**8


def make_interactions(scene: Scene) -> pa.Table:
    """Rows of `interactions`: some days after a mall order, more often by the dissatisfied."""
    rng, orders, people = scene.stream("service"), scene.orders, scene.people
    chance = np.where(orders.in_store, 0.0, people.complaints[orders.person])
    order = np.repeat(np.arange(len(orders)), rng.poisson(chance))
    at = np.floor(orders.at[order]) + 1 + np.floor(rng.exponential(3.0, len(order))) + rng.uniform(9, 18, len(order)) / 24
    topic = rng.choice(len(TOPICS), len(order), p=TOPIC_SHARES)
    answered = at + rng.exponential(1.2, len(order))
    kept = np.flatnonzero(at < scene.world.window.stop)
    order, at, topic, answered = order[kept], at[kept], topic[kept], answered[kept]
    person = orders.person[order]
    if scene.world.plan.cause == SERVICE:
        met = unheard(scene)
        person, order = np.concatenate([person, met]), np.concatenate([order, met])
        at, topic = np.concatenate([at, people.grieved[met]]), np.concatenate([topic, met % len(TOPICS)])
        answered = np.concatenate([answered, people.grieved[met] + UNANSWERED_DAYS])
    base = (scene.world.window.delivery * 10**4 + scene.block.number + 1) * ROOM
    return pa.table(
        {
            "customer_ref": coded(person, mall_refs(people)),
            "interaction_id": joined("Q", digits(base + np.arange(len(order)))),
            "occurred_at": moments(at),
            "interaction_kind": coded((order + topic) % 2, KINDS),
            "topic": coded(topic, TOPICS),
            "body": coded(topic, TOPIC_TEXTS),
            "staff_id": coded((order * 7 + topic) % len(AGENTS), AGENTS),
            "resolved_at": moments(answered, answered >= scene.world.window.stop),
        }
    )


def unheard(scene: Scene) -> Ints:
    """People whose complaint in the window nobody answers for a month."""
    window, grieved = scene.world.window, scene.people.grieved
    found: Ints = np.flatnonzero((grieved >= window.start) & (grieved < np.minimum(window.stop, scene.people.left)))
    return found


def make_feedback(scene: Scene) -> pa.Table:
    """Rows of `feedback`: reviews of mall lines, the stars after satisfaction."""
    rng, orders, lines, people = scene.stream("reviews"), scene.orders, scene.lines, scene.people
    reviewed = ~orders.in_store[lines.order] & ~orders.cancelled[lines.order] & (rng.random(len(lines)) < REVIEW_SHARE)
    line = np.flatnonzero(reviewed)
    order = lines.order[line]
    person = orders.person[order]
    at = orders.at[order] + rng.uniform(3, 20, len(line))
    stars = np.clip(np.round(4.1 + 0.7 * people.satisfaction[person] + rng.normal(0, 0.6, len(line))), 1, 5).astype(np.int64)
    text = (stars - 1) * 2 + rng.integers(0, 2, len(line))
    kept = np.flatnonzero(at < scene.world.window.stop)
    base = (scene.world.window.delivery * 10**4 + scene.block.number + 1) * ROOM
    return pa.table(
        {
            "customer_ref": coded(person[kept], mall_refs(people)),
            "feedback_id": joined("V", digits(base + np.arange(len(kept)))),
            "given_at": moments(at[kept]),
            "feedback_kind": coded(np.zeros(len(kept)), ["review"]),
            "product_id": coded(lines.product[line[kept]], product_ids(scene.world.catalogue)),
            "order_id": digits(orders.number[order[kept]]),
            "rating": stars[kept],
            "body": coded(text[kept], [each for pair in REVIEWS for each in pair]),
        }
    )
