"""What is in each order: lines by taste, season, habit and need, with prices, discounts and returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulate.catalogue import COMPANION_SHARE, DRAWS, PRODUCTS_IN_CATEGORY, RETURN_FACTORS, Catalogue
from dangol.simulate.cause import LOYALTY, NO_DISCOUNT, OWN_DISCOUNT, PRICE
from dangol.simulate.clock import Flags, Floats, Ints, Season
from dangol.simulate.orders import Orders
from dangol.simulate.people import People
from dangol.simulate.plan import Block
from dangol.simulate.words import CATEGORIES
from dangol.simulate.world import World

MOST_LINES = 9
SALE_TAKEN, SALE_ELSE = 0.9, 0.12
COUPON_OFF, CAMPAIGN_OFF = 0.05, 0.10


@dataclass(frozen=True)
class Lines:
    """Order lines sorted by order; money in won.

    Attributes:
        order: place of the order among the block's orders.
        line_no: from 1 in each order.
        product, quantity: what and how many.
        price, cost: a piece.
        discount, coupon, net: of the line.
        returned: local day the line came back, infinite if kept.
    """

    order: Ints
    line_no: Ints
    product: Ints
    quantity: Ints
    price: Floats
    cost: Floats
    discount: Floats
    coupon: Floats
    net: Floats
    returned: Floats

    def __len__(self) -> int:
        return len(self.order)


def make_lines(world: World, block: Block, people: People, orders: Orders) -> Lines:
    """The lines of all orders of a block."""
    rng, catalogue, season = world.stream(block, "baskets"), world.catalogue, world.season
    narrow = (orders.at >= people.grieved[orders.person]) & (world.plan.cause == LOYALTY)
    order, product = chosen(people, orders, catalogue, season, narrow, rng)
    needed = np.flatnonzero(due(people, orders, rng) & ~narrow)
    order, product = np.concatenate([order, needed]), np.concatenate([product, people.staple[orders.person[needed]]])
    sorted_by = np.argsort(order, kind="stable")
    order, product = order[sorted_by], product[sorted_by]
    person = orders.person[order]
    quantity = 1 + rng.poisson(people.extra_pieces[person])
    price = catalogue.price[product]
    chance = people.discount_taste[person] * np.where(season.sale[season.place(orders.at[order])], SALE_TAKEN, SALE_ELSE)
    if world.plan.cause == PRICE:
        chance = own_discount(people.grieved[person], orders.at[order], chance)
    off = np.where(rng.random(len(order)) < chance, catalogue.depth[product], 0.0)
    discount = tens(quantity * price * off)
    rate = np.where(orders.caused, CAMPAIGN_OFF, np.where(orders.coupon, COUPON_OFF, 0.0))[order]
    coupon = tens((quantity * price - discount) * rate)
    returned = returns(people, orders, order, product, world.stream(block, "returns"))
    first = np.searchsorted(order, order)
    return Lines(
        order, np.arange(len(order)) - first + 1, product, quantity, price, catalogue.cost[product], discount, coupon,
        quantity * price - discount - coupon, returned,
    )  # fmt: skip


def own_discount(grieved: Floats, at: Floats, chance: Floats) -> Floats:
    """Chance of a discount where those whom the cause meets have one of their own, until it ends."""
    kept: Floats = np.where(np.isfinite(grieved), np.where(at < grieved, OWN_DISCOUNT, NO_DISCOUNT), chance)
    return kept


def tens(won: Floats) -> Floats:
    """Money off in whole ten won."""
    rounded: Floats = np.floor(won / 10) * 10
    return rounded


def chosen(
    people: People, orders: Orders, catalogue: Catalogue, season: Season, narrow: Flags, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Lines chosen by taste and season, the own favourite among them, and what goes with them.

    Args:
        people, orders: of the block.
        catalogue, season: of the company.
        narrow: orders for which nothing but the favourite category is looked at.
        rng: draws.
    """
    counts = np.minimum(1 + rng.poisson(people.extra_lines[orders.person]), MOST_LINES)
    order = np.repeat(np.arange(len(orders)), counts)
    person = orders.person[order]
    month = season.month[season.place(orders.at)][order]
    category = categories(people.taste, catalogue.season, person, month, rng.random(len(order)))
    category = np.where(narrow[order], people.taste[person].argmax(axis=1), category)
    habit = rng.random(len(order)) < people.loyalty[person]
    draw = np.where(habit, people.favourites[person, category], rng.integers(0, DRAWS, len(order)))
    product = catalogue.draw[people.tier[person] * len(CATEGORIES) + category, draw]
    with_it = np.flatnonzero((catalogue.companion[product] >= 0) & (rng.random(len(order)) < COMPANION_SHARE) & ~narrow[order])
    return np.concatenate([order, order[with_it]]), np.concatenate([product, catalogue.companion[product[with_it]]])


def categories(taste: Floats, season: Floats, person: Ints, month: Ints, draw: Floats) -> Ints:
    """One category a line: the person's taste weighted with the month's season."""
    weight = taste[person] * season[month]
    np.cumsum(weight, axis=1, out=weight)
    found: Ints = (weight < (draw * weight[:, -1])[:, None]).sum(axis=1)
    return np.minimum(found, len(CATEGORIES) - 1)


def due(people: People, orders: Orders, rng: np.random.Generator) -> Flags:
    """Orders that carry the staple: its cycle turned over since the person's last order.

    Before the first order of a window the last one is imagined at an exponential distance.
    """
    person = orders.person
    before = np.empty(len(orders))
    before[1:] = orders.at[:-1]
    opens = np.ones(len(orders), dtype=np.bool_)
    opens[1:] = person[1:] != person[:-1]
    gap = rng.exponential(1.0, len(orders)) / np.maximum(people.rate[person], 1e-6)
    before = np.where(opens, orders.at - gap, before)
    cycle, phase = people.cycle[person], people.phase[person]
    turned = np.floor(orders.at / cycle + phase) > np.floor(before / cycle + phase)
    needed: Flags = turned & (people.staple[person] >= 0)
    return needed


def returns(people: People, orders: Orders, order: Ints, product: Ints, rng: np.random.Generator) -> Floats:
    """The day each line comes back, two days to two weeks later; infinite for what is kept or was cancelled."""
    chance = people.returning[orders.person[order]] * RETURN_FACTORS[product // PRODUCTS_IN_CATEGORY]
    back = (rng.random(len(order)) < chance) & ~orders.cancelled[order]
    days = rng.uniform(2, 15, len(order))
    hour = rng.uniform(10, 20, len(order)) / 24
    day: Floats = np.where(back, np.floor(orders.at[order] + days) + hour, np.inf)
    return day
