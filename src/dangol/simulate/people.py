"""The people of one block and everything about them that the company cannot see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulate.catalogue import DRAWS, TIERS, Catalogue
from dangol.simulate.cause import make_grievance
from dangol.simulate.clock import Flags, Floats, Ints, at_usual_hour, stream
from dangol.simulate.plan import Block, Plan
from dangol.simulate.words import CATEGORIES

CONSUMABLE = (1, 3, 4, 6)
YEAR_DAYS = 365.0
ORDERS_A_YEAR = 12.5
LEAVING_A_YEAR = 0.8
FIRST_ORDER_SHARE = 0.88
PROSPECT_RATE = 0.15
BOTH_SHARE = 0.44
TASTE = np.array([0.9, 1.2, 0.5, 1.4, 0.8, 0.5, 0.6, 0.7])
# What a younger or older age adds to the taste for each category, per 15 years over 40.
AGE_TASTE = np.array([0.1, 0.05, 0.15, 0.2, -0.1, -0.35, -0.25, -0.1])


@dataclass(frozen=True)
class People:
    """One block of people, as arrays of the same length; latent unless the name says a source knows it.

    Attributes:
        number: of the person, from 0 over the whole company.
        household, place: home, and place in it (0 and 1 are a couple).
        female, age: at the end of the plan.
        acquired, left: local days; `left` may lie after the end.
        rate: purchases a day while a customer; buyers' first order not counted.
        leaving: exponential hazard a day.
        buys_first: orders when becoming known.
        has_mall, has_card, store_share: accounts, and share of orders in stores.
        taste: people × categories, sums to one.
        tier: spending tier 0 to 9.
        extra_lines: mean number of lines beyond the first.
        extra_pieces: mean pieces beyond the first.
        discount_taste: 0.05 to 1; how far sales and coupons attract.
        loyalty, favourites: share of lines that are the own favourite; its draw by category.
        staple, cycle, phase: product used up and bought anew (−1 for none), its days, where in them.
        returning: share of lines returned in a category with factor 1.
        satisfaction: standard normal.
        complaints: conversations an order.
        opening, clicking: shares of messages opened, and clicked when opened.
        response: expected extra orders in the 30 days after a campaign message.
        annoyance: share of own orders not made in these days because of it.
        browsing: visits to the mall an order, not counting the order's own.
        grieved: local day on which the planted cause meets them; infinite without one.
    """

    number: Ints
    household: Ints
    place: Ints
    female: Flags
    age: Floats
    acquired: Floats
    left: Floats
    rate: Floats
    leaving: Floats
    buys_first: Flags
    has_mall: Flags
    has_card: Flags
    store_share: Floats
    taste: Floats
    tier: Ints
    extra_lines: Floats
    extra_pieces: Floats
    discount_taste: Floats
    loyalty: Floats
    favourites: Ints
    staple: Ints
    cycle: Floats
    phase: Floats
    returning: Floats
    satisfaction: Floats
    complaints: Floats
    opening: Floats
    clicking: Floats
    response: Floats
    annoyance: Floats
    browsing: Floats
    grieved: Floats

    def __len__(self) -> int:
        return len(self.number)


def make_people(plan: Plan, block: Block, catalogue: Catalogue) -> People:
    """The people of a block; always the same ones for the same plan and block."""
    rng = stream(plan.seed, 0, block.number, "people")
    count = block.people
    household, place = homes(plan, block)
    age = ages(place, rng)
    has_mall, has_card, store_share = accounts(count, plan.store_share, rng)
    acquired = at_usual_hour(acquisition(block, rng), ~has_mall, rng)
    acquired = np.clip(acquired, block.acquired_from, block.acquired_to - 0.01)
    satisfaction = rng.standard_normal(count)
    leaving = rng.gamma(1.3, LEAVING_A_YEAR / 1.3, count) * np.exp(-0.4 * satisfaction - 0.08) / YEAR_DAYS
    buys_first = rng.random(count) < FIRST_ORDER_SHARE
    rate = rng.gamma(1.1, ORDERS_A_YEAR / 1.1, count) * np.where(buys_first, 1.0, PROSPECT_RATE) / YEAR_DAYS
    discount_taste = np.clip(rng.beta(1.6, 2.0, count), 0.05, 1.0)
    tier = rng.integers(0, TIERS, count)
    taste = tastes(plan, block, age)
    response, annoyance = responses(discount_taste, rng)
    staple, cycle = staples(taste, tier, catalogue, rng)
    grievance = make_grievance(plan, block, acquired, has_mall)
    return People(
        number=block.first + np.arange(count),
        household=household,
        place=place,
        female=np.where(place == 0, rng.random(count) < 0.5, rng.random(count) < 0.56),
        age=age,
        acquired=acquired,
        left=np.minimum(acquired + rng.exponential(1.0, count) / np.maximum(leaving, 1e-9), grievance.gone),
        rate=rate,
        leaving=leaving,
        buys_first=buys_first,
        has_mall=has_mall,
        has_card=has_card,
        store_share=store_share,
        taste=taste,
        tier=tier,
        extra_lines=rng.gamma(2.5, 0.35, count),
        extra_pieces=rng.gamma(2.0, 0.12, count),
        discount_taste=discount_taste,
        loyalty=rng.beta(2, 4, count),
        favourites=rng.integers(0, DRAWS, (count, len(CATEGORIES))),
        staple=staple,
        cycle=cycle,
        phase=rng.random(count),
        returning=rng.beta(1.2, 22, count),
        satisfaction=satisfaction,
        complaints=0.03 * np.exp(-0.7 * satisfaction),
        opening=rng.beta(2, 6, count),
        clicking=rng.beta(2, 12, count),
        response=response,
        annoyance=annoyance,
        browsing=rng.gamma(1.5, 0.9, count),
        grieved=grievance.at,
    )


def homes(plan: Plan, block: Block) -> tuple[Ints, Ints]:
    """Which home each person lives in, and the place in it; homes never reach over two blocks."""
    rng = stream(plan.seed, 0, block.number, "household")
    sizes = rng.choice([1, 2, 3, 4], block.people, p=[0.55, 0.27, 0.11, 0.07])
    home = np.repeat(np.arange(block.people), sizes)[: block.people]
    first = np.searchsorted(home, home)
    return block.first + home, np.arange(block.people) - first


def ages(place: Ints, rng: np.random.Generator) -> Floats:
    """Ages; the third and later people of a home are grown-up children."""
    adult = np.clip(rng.normal(43, 12, len(place)), 20, 82)
    child = rng.uniform(19, 30, len(place))
    found: Floats = np.floor(np.where(place >= 2, child, adult))
    return found


def accounts(count: int, card_share: float, rng: np.random.Generator) -> tuple[Flags, Flags, Floats]:
    """Who has a mall account, who a store card, and how many orders are made in stores."""
    card = rng.random(count) < card_share
    both = card & (rng.random(count) < BOTH_SHARE)
    mall = ~card | both
    share = np.where(both, rng.beta(2, 2, count), np.where(card, 1.0, 0.0))
    return mall, card, share


def acquisition(block: Block, rng: np.random.Generator) -> Floats:
    """When people became known: a fast start and then growth; newcomers of a later delivery come evenly."""
    span = block.acquired_to - block.acquired_from
    draw = rng.random(block.people)
    if not block.opening:
        return block.acquired_from + draw * span
    early = rng.random(block.people) < 0.35
    share = np.where(early, draw**1.5, 0.5 * draw + 0.5 * np.sqrt(draw))
    moved: Floats = block.acquired_from + share * span * 0.999
    return moved


def tastes(plan: Plan, block: Block, age: Floats) -> Floats:
    """Shares of the categories, Dirichlet around a mean that moves with age."""
    rng = stream(plan.seed, 0, block.number, "taste")
    alpha = np.maximum(TASTE * (1 + AGE_TASTE * ((age - 40) / 15)[:, None]), 0.08)
    parts = rng.standard_gamma(alpha) + 1e-9
    shares: Floats = parts / parts.sum(axis=1, keepdims=True)
    return shares


def responses(discount_taste: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Extra orders by a campaign message, and the share of own orders it spoils for a few."""
    count = len(discount_taste)
    kind = rng.choice(4, count, p=[0.2, 0.6, 0.15, 0.05])
    mean = np.array([0.45, 0.08, 0.0, 0.0])[kind] * (0.4 + 1.35 * discount_taste)
    return rng.gamma(3.0, 1 / 3, count) * mean, np.where(kind == 3, 0.3, 0.0)


def staples(taste: Floats, tier: Ints, catalogue: Catalogue, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """The one thing a person uses up and buys anew, and in how many days."""
    wish = taste[:, CONSUMABLE] * rng.random((len(taste), len(CONSUMABLE)))
    category = np.array(CONSUMABLE)[wish.argmax(axis=1)]
    product = catalogue.draw[tier * len(CATEGORIES) + category, rng.integers(0, DRAWS, len(taste))]
    has = rng.random(len(taste)) < 0.6
    cycle = catalogue.cycle[product] * np.exp(rng.normal(0, 0.2, len(taste)))
    return np.where(has, product, -1), np.where(has, np.maximum(cycle, 7.0), 1e9)
