"""When people order: Poisson while customers, faster in busy seasons, changed by campaign messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulate.clock import Flags, Floats, Ints, Season, at_usual_hour
from dangol.simulate.people import People
from dangol.simulate.plan import Block, Window
from dangol.simulate.world import World

EFFECT_DAYS = 30.0
CANCELLED_SHARE = 0.025
COUPON_SHARE = 0.25
ORDER_ROOM = 10**7


@dataclass(frozen=True)
class Treatment:
    """Who was reached by a campaign of this window, by place in the block.

    Attributes:
        treated: people whose known individual effect applies.
        at: local day of the message; other people's value means nothing.
    """

    treated: Flags
    at: Floats


@dataclass(frozen=True)
class Orders:
    """Orders sorted by person and time.

    Attributes:
        person: place in the block.
        at: local days.
        in_store, cancelled: where, and whether undone (mall only).
        coupon: whether an ordinary coupon was used; caused: whether a campaign message made it (with its coupon).
        number: whole number, never used again.
    """

    person: Ints
    at: Floats
    in_store: Flags
    cancelled: Flags
    coupon: Flags
    caused: Flags
    number: Ints

    def __len__(self) -> int:
        return len(self.person)


def make_orders(world: World, block: Block, people: People, treatment: Treatment) -> Orders:
    """All orders of a block in a window. What nobody's message touches does not depend on who was treated."""
    window, rng = world.window, world.stream(block, "orders")
    own_person, own_at = own_orders(people, world.season, window, rng)
    first = np.flatnonzero(people.buys_first & (people.acquired >= window.start) & (people.acquired < window.stop))
    person = np.concatenate([own_person, first])
    is_first = np.arange(len(person)) >= len(own_person)
    in_store = rng.random(len(person)) < people.store_share[person]
    usual = at_usual_hour(np.concatenate([own_at, people.acquired[first]]), in_store, rng)
    raw = np.concatenate([own_at, people.acquired[first] + 0.004])
    at = np.where(is_first | (usual < people.acquired[person]) | (usual >= window.stop) | (usual < window.start), raw, usual)
    kept = ~spoiled(person, at, people, treatment, world.stream(block, "response"))
    cancelled = ~in_store & (rng.random(len(person)) < CANCELLED_SHARE)
    coupon = ~in_store & (rng.random(len(person)) < COUPON_SHARE * people.discount_taste[person])
    more = extra_orders(people, window, treatment, world.stream(block, "campaign"))
    return collect(
        block,
        np.concatenate([person[kept], more[0]]),
        np.concatenate([at[kept], more[1]]),
        [np.concatenate([each[kept], added]) for each, added in zip((in_store, cancelled, coupon), more[2:], strict=True)],
        int(kept.sum()),
    )


def own_orders(people: People, season: Season, window: Window, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Orders people make by themselves: Poisson in busy time between becoming known and leaving."""
    begin = season.until(np.maximum(people.acquired, window.start))
    finish = season.until(np.clip(people.left, None, window.stop))
    mass = np.maximum(finish - begin, 0.0)
    counts = rng.poisson(people.rate * mass)
    person = np.repeat(np.arange(len(people)), counts)
    return person, np.minimum(season.when(begin[person] + rng.random(len(person)) * mass[person]), window.stop - 1e-5)


def spoiled(person: Ints, at: Floats, people: People, treatment: Treatment, rng: np.random.Generator) -> Flags:
    """Own orders that a treated person does not make out of annoyance."""
    touched = treatment.treated[person] & (at >= treatment.at[person]) & (at < treatment.at[person] + EFFECT_DAYS)
    lost: Flags = touched & (rng.random(len(person)) < people.annoyance[person])
    return lost


def extra_orders(
    people: People, window: Window, treatment: Treatment, rng: np.random.Generator
) -> tuple[Ints, Floats, Flags, Flags, Flags]:
    """Orders that only the message caused: evenly over its 30 days, while still a customer."""
    counts = np.where(treatment.treated, rng.poisson(people.response), 0)
    person = np.repeat(np.arange(len(people)), counts)
    at = treatment.at[person] + rng.random(len(person)) * EFFECT_DAYS
    in_store = rng.random(len(person)) < people.store_share[person]
    kept = (at < people.left[person]) & (at < window.stop) & (at > people.acquired[person])
    none = np.zeros(int(kept.sum()), dtype=np.bool_)
    return person[kept], at[kept], in_store[kept], none, none


def collect(block: Block, person: Ints, at: Floats, flags: list[Flags], own: int) -> Orders:
    """Orders in the order of persons and moments, numbered by day and place."""
    order = np.lexsort((at, person))
    caused = np.arange(len(person)) >= own
    day = np.floor(at[order]).astype(np.int64).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]")
    code = (
        (year.astype(np.int64) + 1970) * 10_000 + ((month - year).astype(np.int64) + 1) * 100 + (day - month).astype(np.int64) + 1
    )
    number = (code * 1000 + block.number % 1000) * ORDER_ROOM + np.arange(len(order))
    in_store, cancelled, coupon = (each[order] for each in flags)
    return Orders(person[order], at[order], in_store, cancelled, coupon, caused[order], number)
