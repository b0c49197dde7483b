"""What the invented company sells: products with prices, costs, cycles and companions, and its stores and staff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dangol.simulate.clock import Floats, Ints, stream
from dangol.simulate.words import BRANDS, CATEGORIES, GRADES, STORE_PLACES

PRODUCTS_IN_CATEGORY = 30
TIERS = 10
DRAWS = 1024
COMPANION_SHARE = 0.15
# How much each category sells in each month (January first), before people's own taste.
CATEGORY_SEASONS = {
    2: (1.1, 1.0, 1.0, 1.0, 1.0, 1.2, 1.2, 1.0, 1.1, 1.4, 1.3, 1.2),
    3: (1.3, 1.1, 0.9, 0.9, 1.0, 0.9, 0.9, 1.0, 1.5, 1.0, 1.0, 1.2),
    5: (0.3, 0.4, 0.7, 1.2, 1.7, 1.6, 1.6, 1.5, 1.3, 1.2, 0.6, 0.3),
}
RETURN_FACTORS = np.array([1.0, 0.4, 1.6, 0.3, 0.4, 1.5, 0.6, 1.3])


@dataclass(frozen=True)
class Catalogue:
    """Products as arrays by their number; category c holds products c × 30 to c × 30 + 29.

    Attributes:
        price, cost: won per piece.
        depth: share taken off when on sale.
        cycle: days until it is used up, 0 for what lasts.
        companion: product often bought with it, −1 for none.
        season: month × category weights.
        draw: (tier × category) × 1,024 equally likely products.
    """

    price: Floats
    cost: Floats
    depth: Floats
    cycle: Floats
    companion: Ints
    season: Floats
    draw: Ints
    brand: Ints
    grade: Ints
    popularity: Floats

    @property
    def category(self) -> Ints:
        """Category number of each product."""
        return np.arange(len(self.price)) // PRODUCTS_IN_CATEGORY

    def with_companion(self, values: Floats) -> Floats:
        """A product's value plus what its companion adds on average."""
        extra = np.where(self.companion >= 0, values[self.companion], 0.0)
        total: Floats = values + COMPANION_SHARE * extra
        return total

    def tier_means(self, values: Floats) -> Floats:
        """Mean of a product's value over the draws, by tier and category."""
        means: Floats = values[self.draw].mean(axis=1).reshape(TIERS, len(CATEGORIES))
        return means


def make_catalogue(seed: int) -> Catalogue:
    """The products of the company with this seed."""
    rng = stream(seed, 0, 0, "catalogue")
    count = len(CATEGORIES) * PRODUCTS_IN_CATEGORY
    of = np.arange(count) // PRODUCTS_IN_CATEGORY
    middle, cost_share, cycle = (np.array([each[place] for each in CATEGORIES], dtype=np.float64) for place in (3, 4, 5))
    price = np.maximum(np.round(middle[of] * np.exp(rng.normal(0, 0.55, count)) / 100), 10) * 100
    cost = np.round(price * np.clip(cost_share[of] + rng.normal(0, 0.05, count), 0.2, 0.9) / 10) * 10
    cycles = np.round(cycle[of] * rng.uniform(0.6, 1.5, count))
    partner = of * PRODUCTS_IN_CATEGORY + rng.integers(0, PRODUCTS_IN_CATEGORY, count)
    companion = np.where((rng.random(count) < 0.4) & (partner != np.arange(count)), partner, -1)
    season = np.ones((12, len(CATEGORIES)))
    for category, months in CATEGORY_SEASONS.items():
        season[:, category] = months
    popularity = rng.pareto(1.6, count) + 0.2
    return Catalogue(
        price, cost, rng.choice([0.1, 0.15, 0.2, 0.3], count), cycles, companion, season, draws(price, popularity),
        rng.integers(0, len(BRANDS), count), rng.integers(0, len(GRADES), count), popularity,
    )  # fmt: skip


def draws(price: Floats, popularity: Floats) -> Ints:
    """Which products people of each spending tier choose in each category, as equally likely picks."""
    shaped = np.log(price).reshape(-1, PRODUCTS_IN_CATEGORY)
    ranks = (shaped - shaped.mean(axis=1, keepdims=True)) / shaped.std(axis=1, keepdims=True)
    table = np.empty((TIERS, len(shaped), DRAWS), dtype=np.int64)
    points = (np.arange(DRAWS) + 0.5) / DRAWS
    for tier in range(TIERS):
        wish = (tier - (TIERS - 1) / 2) / TIERS * 3
        weight = popularity.reshape(shaped.shape) * np.exp(-0.5 * (ranks - wish) ** 2)
        share = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
        for category, row in enumerate(share):
            table[tier, category] = category * PRODUCTS_IN_CATEGORY + np.searchsorted(row, points)
    return np.minimum(table, np.arange(len(shaped))[:, None] * PRODUCTS_IN_CATEGORY + PRODUCTS_IN_CATEGORY - 1).reshape(-1, DRAWS)


def product_ids(catalogue: Catalogue) -> pa.Array:
    """Barcodes of the products."""
    return pa.array([f"8809{number:09d}" for number in range(len(catalogue.price))])


def product_table(catalogue: Catalogue) -> pa.Table:
    """Rows of `products`."""
    kinds = [CATEGORIES[number // PRODUCTS_IN_CATEGORY] for number in range(len(catalogue.price))]
    names = [
        f"{BRANDS[brand]} {kind[2][number % len(kind[2])]} {GRADES[grade]}"
        for number, (kind, brand, grade) in enumerate(zip(kinds, catalogue.brand, catalogue.grade, strict=True))
    ]
    return pa.table(
        {
            "product_id": product_ids(catalogue),
            "product_name": names,
            "category": [kind[0] for kind in kinds],
            "department": [kind[1] for kind in kinds],
            "brand": [BRANDS[brand] for brand in catalogue.brand],
            "unit_cost": catalogue.cost,
            "list_price": catalogue.price,
        }
    )


def store_table() -> pa.Table:
    """Rows of `stores`."""
    return pa.table(
        {
            "store_id": [f"S{number:02d}" for number in range(1, len(STORE_PLACES) + 1)],
            "store_name": [name for name, _ in STORE_PLACES],
            "region": [region for _, region in STORE_PLACES],
        }
    )


def staff_table() -> pa.Table:
    """Rows of `staff`; four people a store."""
    numbers = range(4 * len(STORE_PLACES))
    return pa.table(
        {"staff_id": [f"E{number:03d}" for number in numbers], "team": [STORE_PLACES[number // 4][0] for number in numbers]}
    )
