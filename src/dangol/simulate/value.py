"""What each person is worth, computed from the truth: expected orders, net sales and margin, no simulation in it.

Orders: integral of rate × season × survival. An order's value: expectation over categories (taste × season of the month),
favourites, companions, staples, discounts, coupons, returns and cancellations. A staple is due at an order with
probability (1 − e^(−rate × cycle)) / (rate × cycle): the cycle's turn at a uniform place, gaps exponential.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulate.baskets import CAMPAIGN_OFF, COUPON_OFF, SALE_ELSE, SALE_TAKEN
from dangol.simulate.catalogue import RETURN_FACTORS, Catalogue
from dangol.simulate.clock import Flags, Floats, Season
from dangol.simulate.orders import CANCELLED_SHARE, COUPON_SHARE, EFFECT_DAYS
from dangol.simulate.people import People
from dangol.simulate.words import CATEGORIES


@dataclass(frozen=True)
class OrderValue:
    """Expected list value, what a full sale takes off it, and cost of one order, people × categories and staples apart."""

    gross: Floats
    off: Floats
    cost: Floats
    staple: Floats


def order_value(people: People, catalogue: Catalogue) -> OrderValue:
    """Expected figures of one line by category after returns (people × 8), and of the staple (people × 3)."""
    pieces = 1 + people.extra_pieces
    kept = 1 - people.returning[:, None] * RETURN_FACTORS
    columns = (catalogue.price, catalogue.price * catalogue.depth, catalogue.cost)
    rows = people.tier[:, None] * len(CATEGORIES) + np.arange(len(CATEGORIES))
    favourite = catalogue.draw[rows, people.favourites]
    figures = []
    for values in columns:
        whole = catalogue.with_companion(values)
        mixed = (1 - people.loyalty[:, None]) * catalogue.tier_means(whole)[people.tier] + people.loyalty[:, None] * whole[
            favourite
        ]
        figures.append(mixed * pieces[:, None] * kept)
    gross, off, cost = figures
    return OrderValue(gross, off, cost, staple_value(people, catalogue, pieces, kept))


def staple_value(people: People, catalogue: Catalogue, pieces: Floats, kept: Floats) -> Floats:
    """List value, full sale and cost that the staple adds to an order."""
    product = np.maximum(people.staple, 0)
    turns = np.maximum(people.rate * people.cycle, 1e-9)
    chance = np.where(people.staple >= 0, -np.expm1(-turns) / turns, 0.0)
    scale = chance * pieces * kept[np.arange(len(product)), catalogue.category[product]]
    figures = np.stack([catalogue.price, catalogue.price * catalogue.depth, catalogue.cost], axis=1)[product]
    scaled: Floats = figures * scale[:, None]
    return scaled


def month_values(people: People, catalogue: Catalogue, sale_share: Floats) -> tuple[Floats, Floats]:
    """Net sales and margin of one own order, people × 12 months.

    Args:
        sale_share: share of orders in each month that fall into a sale.
    """
    value = order_value(people, catalogue)
    lines = (1 + people.extra_lines)[:, None]
    weight = people.taste @ catalogue.season.T
    mixed = [(people.taste * each) @ catalogue.season.T / weight * lines for each in (value.gross, value.off, value.cost)]
    gross, off, cost = (each + value.staple[:, place][:, None] for place, each in enumerate(mixed))
    taken = people.discount_taste[:, None] * (SALE_TAKEN * sale_share + SALE_ELSE * (1 - sale_share))
    coupon = 1 - (COUPON_OFF * COUPON_SHARE * people.discount_taste * (1 - people.store_share))[:, None]
    stays = 1 - CANCELLED_SHARE * (1 - people.store_share)[:, None]
    net = (gross - taken * off) * coupon * stays
    return net, net - cost * stays


def monthly_orders(people: People, season: Season, at: float, days: int, alive: Flags) -> tuple[Floats, Floats]:
    """Expected own orders in the `days` after a moment, people × 12 calendar months, and the sale share of each month."""
    ahead: Floats = np.arange(days, dtype=np.float64) + 0.5
    place = season.place(at + ahead)
    busy = season.level[place]
    month = np.zeros((days, 12))
    month[np.arange(days), season.month[place]] = busy
    survival = np.exp(-np.outer(people.leaving, ahead))
    expected = (survival @ month) * (people.rate * alive)[:, None]
    sale = month.T @ season.sale[place]
    return expected, np.divide(sale, month.sum(axis=0), out=np.zeros(12), where=month.sum(axis=0) > 0)


def future_value(
    people: People, catalogue: Catalogue, season: Season, at: float, days: int = 365
) -> tuple[Floats, Floats, Floats]:
    """Expected orders, net sales and margin in the days after `at`, for who is still a customer; 0 for others."""
    alive = (people.left > at) & (people.acquired <= at)
    orders, sale_share = monthly_orders(people, season, at, days, alive)
    net, margin = month_values(people, catalogue, sale_share)
    return orders.sum(axis=1), (orders * net).sum(axis=1), (orders * margin).sum(axis=1)


@dataclass(frozen=True)
class Effect:
    """What a campaign message changes for each person in its days, as expected at the moment it is sent.

    Attributes:
        orders: expected number of orders, treated minus not.
        probability: chance of at least one order, treated minus not.
        net_sales: expected net sales, treated minus not, after coupon and returns.
    """

    orders: Floats
    probability: Floats
    net_sales: Floats


def campaign_effect(people: People, catalogue: Catalogue, season: Season, at: float, days: float = EFFECT_DAYS) -> Effect:
    """The individual effect of a message at `at` on the following days; exact up to whole days."""
    alive = (people.left > at) & (people.acquired <= at)
    steps: Floats = np.arange(round(min(days, EFFECT_DAYS)), dtype=np.float64)
    survival = np.exp(-np.outer(people.leaving, steps + 0.5))
    busy = season.level[season.place(at + steps + 0.5)]
    own = (survival @ busy) * people.rate * alive
    extra = survival.sum(axis=1) * people.response / EFFECT_DAYS * alive
    net, _ = month_values(people, catalogue, np.full(12, season.sale[season.place(at + steps)].mean()))
    month = season.month[season.place(np.array([at + len(steps) / 2]))][0]
    worth = net[:, month]
    cancelled = 1 - CANCELLED_SHARE * (1 - people.store_share)
    plain_coupon = 1 - COUPON_OFF * COUPON_SHARE * people.discount_taste * (1 - people.store_share)
    caused_worth = worth / cancelled / plain_coupon * (1 - CAMPAIGN_OFF)
    treated = silent(people, busy, people.rate * (1 - people.annoyance), people.response / EFFECT_DAYS)
    untreated = silent(people, busy, people.rate, np.zeros(len(people)))
    return Effect(
        extra - own * people.annoyance, (untreated - treated) * alive, extra * caused_worth - own * people.annoyance * worth
    )


def silent(people: People, busy: Floats, rate: Floats, extra: Floats) -> Floats:
    """Chance of no order at all, leaving at any day counted: Σ P(leaves on day d) e^(−orders until d)."""
    until = np.cumsum(np.outer(rate, busy) + extra[:, None], axis=1)
    before = np.concatenate([np.zeros((len(people), 1)), until[:, :-1]], axis=1)
    edges = np.exp(-np.outer(people.leaving, np.arange(until.shape[1] + 1)))
    chance: Floats = ((edges[:, :-1] - edges[:, 1:]) * np.exp(-(until + before) / 2)).sum(axis=1) + edges[:, -1] * np.exp(
        -until[:, -1]
    )
    return chance
