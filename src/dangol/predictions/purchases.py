"""How many days with an order each customer will have, and the chance of any: what value and churn both rest on.

A model of buying says how many (the median of BG/NBD, MBG/NBD and Pareto/NBD, or one of them, or MBG/CNBD-k where buying has a
rhythm); boosted trees on top of it, and their mean with trees that do without it, must prove better on later time. Trees share
out the company's total among customers; how much it is, models of buying and past errors decide: trees repeat the season they
were trained in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from dangol.algorithms import boosting, calibration, mbg_cnbd
from dangol.algorithms.buy_till_you_die import PurchaseForecast
from dangol.algorithms.champion import champion
from dangol.algorithms.consensus import FITS, Fit
from dangol.algorithms.model_choice import Choice, choose
from dangol.algorithms.purchase_events import Past
from dangol.algorithms.retail_season import FLAT, RetailSeason
from dangol.core.declare import Array, Block, Group
from dangol.core.errors import NotReady, told
from dangol.predictions.history import History, present, stacked
from dangol.predictions.level import Level, learn, scale_to
from dangol.predictions.season import season_of

CLASSICAL, BOOSTED, MIXED, SHARED = "classical", "boosted", "mixed", "shared"
LEAST_ORDERS = 1e-4
FEWEST_FOR_TREES = 300  # customers, and orders, at all moments together
# From this many customers on, trees on top of a model of buying are trusted unless they prove worse by more than two standard
# errors, and so are chances of which half is from trees that do without it: in every backtest they did better afterwards, even
# where one validation moment said otherwise.
# With fewer, where no moment tells for sure which is best, the mean of all three forecasts of orders is in charge.
MANY, TRUSTED = 1_000, -2.0
# Forecasts of orders, the one in charge first, and those that have to prove better.
MANY_RANK, FEW_RANK = (CLASSICAL, BOOSTED, MIXED), (SHARED, CLASSICAL, BOOSTED, MIXED)
FEWEST_TO_CALIBRATE = 400
STEEPEST = 4.0  # a calibration that turns chances around, or makes steps of them, was learnt from too few who differ
FAILED = 2.0  # a total off by this factor says that a model has failed
RHYTHM_DAYS, RHYTHM_CUSTOMERS = 5, 50


@dataclass(frozen=True)
class Lessons:
    """What past moments teach.

    Attributes:
        blocks: the moments, the latest last.
        orders: order days a model of buying expected at each.
        rows: all customers of all moments to grow trees on; absent where there are too few.
    """

    blocks: Sequence[Block]
    orders: Sequence[Array]
    rows: boosting.Rows | None


@dataclass
class Purchases:
    """The models of order days of one company.

    Attributes:
        groups: the features trees may use.
        seed: makes fits repeatable.
        horizon: days that labels look ahead.
        name: the model of buying.
        chosen: `orders` → classical, boosted, mixed or shared, `chance` → one of the first three; empty until judged.
        level: what past totals teach.
        season: borrowed from retail in general where the own one is not known.
    """

    groups: Mapping[str, Group]
    seed: int
    horizon: float = 0.0
    season: RetailSeason = FLAT
    name: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    level: Level = field(default_factory=Level)
    model: PurchaseForecast | None = None
    trees: dict[str, boosting.Boosted] = field(default_factory=dict)
    scale: dict[str, float] = field(default_factory=dict)
    calibrator: calibration.Platt | None = None
    choice: Choice | None = None
    encoder: boosting.Encoder | None = None
    mean_orders: float = 0.0
    mean_bought: float = 0.0
    fits: dict[tuple[int, str, float], tuple[Block, PurchaseForecast]] = field(default_factory=dict)

    def fit(self, blocks: Sequence[Block]) -> Lessons:
        """A model of buying at each moment, and trees on all of them together; after judging only what was chosen.

        Args:
            blocks: with the label `order_days`, the latest last.

        Raises:
            TooLittleData: no time has passed since the first orders.
        """
        self.horizon = blocks[-1].horizon_days
        self.season = season_of(blocks[-1], self.horizon)
        self.choice = choice = choose(past_of(blocks[-1], self.season), fits_for(blocks[-1]))
        self.name = choice.name
        found = [(block, self.expected_orders(self.fitted_at(block, choice), block, self.horizon)) for block in blocks]
        self.model = self.fitted_at(blocks[-1], choice)
        blocks, orders = sound(found)
        bought = [block.labels["order_days"] for block in blocks]
        self.level = learn(blocks, [float(each.sum()) for each in orders], [float(each.sum()) for each in bought])
        rows = rows_of(blocks, self.groups)
        self.encoder, self.trees = None, {}
        if rows is not None:
            self.encoder = rows.encoder
            self.grow(rows, np.concatenate(levelled(orders, bought)), np.concatenate(bought))
        return Lessons(blocks, orders, rows)

    def fitted_at(self, block: Block, choice: Choice) -> PurchaseForecast:
        """The chosen model of a past moment, fitted once however often the block is learnt from."""
        key = (id(block), choice.name, self.season.amplitude)
        if key not in self.fits:
            self.fits[key] = (block, choice.fit(History.of(block, self.season).cells()))
        return self.fits[key][1]

    def grow(self, rows: boosting.Rows, orders: Array, bought: Array) -> None:
        """The trees that are needed."""
        self.mean_orders, self.mean_bought = float(bought.mean()), float((bought > 0).mean())
        if self.needs(BOOSTED, MIXED, SHARED):
            self.trees["on_top"] = rows.fit(bought, np.log(orders), "poisson", seed=self.seed)
        if self.needs(MIXED, SHARED) and self.chosen.get("orders", MIXED) in (MIXED, SHARED):
            level = np.full(len(bought), np.log(self.mean_orders))
            self.trees["alone"] = rows.fit(bought, level, "poisson", seed=self.seed)
        if self.chosen.get("chance", MIXED) == MIXED:
            level = np.full(len(bought), log_odds(np.array(self.mean_bought)))
            self.trees["chance"] = rows.fit((bought > 0).astype(np.float64), level, "binary", seed=self.seed)

    def needs(self, *wanted: str) -> bool:
        """Whether one of these was chosen, or nothing yet."""
        return not self.chosen or any(each in wanted for each in self.chosen.values())

    def ready(self) -> PurchaseForecast:
        """The model of buying.

        Raises:
            NotReady: `fit` has not run.
        """
        if self.model is None:
            raise NotReady(told("no model was fitted"), hint=told("fit it first"))
        return self.model

    def expected_orders(self, model: PurchaseForecast, block: Block, days: float) -> Array:
        """Order days within some days by a model of buying, never quite 0."""
        history = History.of(block, self.season)
        span = self.season.span(block.moment, days)
        found = model.expected_purchases(span, history.frequency, history.recency, history.age)
        return np.asarray(np.maximum(found, LEAST_ORDERS), dtype=np.float64)

    def chance_of_order(self, model: PurchaseForecast, block: Block, days: float) -> Array:
        """The chance of an order within some days by a model of buying."""
        history = History.of(block, self.season)
        span = self.season.span(block.moment, days)
        found = model.probability_of_purchase(span, history.frequency, history.recency, history.age)
        return np.asarray(found, dtype=np.float64)

    def look(self, block: Block) -> Outlook:
        """What is expected of some customers."""
        return Outlook(self, block, self.matrix(block))

    def matrix(self, block: Block) -> Array | None:
        """The customers as trees see them; nothing where there are none."""
        return self.encoder.matrix(block.columns) if self.encoder is not None else None

    def settle(self, block: Block) -> None:
        """Fit the model of buying anew, and scale every forecast to the total that it and past errors expect.

        Args:
            block: customers as of now, all or an even part of them.
        """
        self.scale = {}
        if self.choice is not None and len(block):
            self.season = season_of(block, self.horizon)
            self.model = self.choice.fit(History.of(block, self.season).cells())
        found = self.look(block).by_model
        total = float(found[CLASSICAL].sum()) * float(np.exp(self.shift))
        self.scale = {name: scale_to(values, total) for name, values in found.items()}

    @property
    def shift(self) -> float:
        """What past errors correct a total by, in logarithms; nothing where the season is borrowed: they were other months'."""
        return 0.0 if self.season.borrowed else self.level.shift

    def judge(self, block: Block) -> None:
        """Choose among the forecasts, and calibrate the chance, on a later moment than was learnt from."""
        self.chosen, self.calibrator = {}, None
        self.settle(block)
        bought = block.labels["order_days"]
        outlook = self.look(block)
        many = len(block) >= MANY
        found = outlook.by_model
        errors = {name: (found[name] - bought) ** 2 for name in (MANY_RANK if many else FEW_RANK) if name in found}
        orders = champion(errors, sure={BOOSTED: TRUSTED} if many else {})
        happened = (bought > 0).astype(np.float64)
        chances = outlook.chances
        misses = {name: (values - happened) ** 2 for name, values in chances.items()}
        chance = champion(misses, sure={BOOSTED: TRUSTED, MIXED: TRUSTED} if many else {MIXED: 0.0})
        self.chosen = {"orders": orders, "chance": chance}
        # trees for the chance itself learn its level from all moments; one moment alone would put its season in the place of it
        self.calibrator = calibrator(chances[chance], happened) if chance != MIXED else None


@dataclass(frozen=True)
class Outlook:
    """What is expected of some customers, by model.

    Attributes:
        purchases: the fitted models.
        block: the customers.
        matrix: the customers as trees see them.
    """

    purchases: Purchases
    block: Block
    matrix: Array | None

    def classical(self, days: float) -> Array:
        """Order days by the model of buying alone."""
        return self.purchases.expected_orders(self.purchases.ready(), self.block, days)

    @cached_property
    def by_model(self) -> dict[str, Array]:
        """Order days within the horizon that was learnt, by each model there is."""
        own, base = self.purchases, self.classical(self.purchases.horizon)
        found = {CLASSICAL: base}
        if self.matrix is not None and "on_top" in own.trees:
            found[BOOSTED] = own.trees["on_top"].mean(self.matrix, np.log(base))
            if "alone" in own.trees:
                alone = own.trees["alone"].mean(self.matrix, np.log(own.mean_orders))
                found[MIXED] = (found[BOOSTED] + alone) / 2
                found[SHARED] = (base + found[BOOSTED] + found[MIXED]) / 3
        return {name: values * own.scale.get(name, 1.0) for name, values in found.items()}

    def lift(self, name: str) -> Array:
        """How many times as many order days a model expects as the model of buying alone."""
        return self.by_model[name] / self.classical(self.purchases.horizon)

    def orders(self, days: float) -> Array:
        """Order days within some days, by what was chosen; carried on from the horizon by the model of buying."""
        return self.classical(days) * self.lift(self.purchases.chosen.get("orders", CLASSICAL))

    @cached_property
    def chances(self) -> dict[str, Array]:
        """The chance of an order within the horizon that was learnt, by each model there is; not calibrated."""
        own = self.purchases
        base = own.chance_of_order(own.ready(), self.block, own.horizon)
        found = {CLASSICAL: base}
        if self.matrix is not None and "on_top" in own.trees:
            # as of a Poisson process with a rate of the customer's own: twice the orders, twice the rate
            found[BOOSTED] = -np.expm1(-rate(base) * self.lift(BOOSTED))
            if "chance" in own.trees:
                alone = own.trees["chance"].mean(self.matrix, log_odds(np.array(own.mean_bought)))
                found[MIXED] = (found[BOOSTED] + alone) / 2
        return found

    def chance(self, days: float) -> Array:
        """The calibrated chance of an order within some days, by what was chosen; carried on as orders are."""
        own = self.purchases
        found = self.chances[own.chosen.get("chance", CLASSICAL)]
        found = own.calibrator.apply(found) if own.calibrator is not None else found
        if days == own.horizon:
            return found
        longer = rate(own.chance_of_order(own.ready(), self.block, days)) / np.maximum(self.base_rate, LEAST_ORDERS)
        return np.asarray(-np.expm1(-rate(found) * longer), dtype=np.float64)

    @cached_property
    def base_rate(self) -> Array:
        """The rate behind the chance that the model of buying gives within the horizon."""
        return rate(self.chances[CLASSICAL])

    def alive(self) -> Array:
        """The chance that each customer has not stopped buying, by the model of buying."""
        history = History.of(self.block, self.purchases.season)
        found = self.purchases.ready().probability_alive(history.frequency, history.recency, history.age)
        return np.asarray(found, dtype=np.float64)

    def contributions(self, of: str) -> dict[str, Array]:
        """How much each feature moves the logarithm of expected orders by trees on top of the model of buying.

        Args:
            of: what is explained, `orders` or `chance`; nothing where the model of buying alone was chosen for it.
        """
        trees = self.purchases.trees.get("on_top")
        if trees is None or self.matrix is None or self.purchases.chosen.get(of, CLASSICAL) == CLASSICAL:
            return {}
        return trees.contributions(self.matrix)


def rate(chance: Array) -> Array:
    """The orders behind a chance of at least one, were they to come at random."""
    return np.asarray(-np.log1p(-np.clip(chance, 0, 1 - 1e-9)), dtype=np.float64)


def past_of(block: Block, season: RetailSeason = FLAT) -> Past:
    """A block with its label as a moment that models of buying are judged at; histories by the week."""
    cells = History.of(block, season).rounded()
    return Past(
        block.customer_id.astype(np.float64), cells.frequency, cells.recency, cells.age,
        season.span(block.moment, block.horizon_days), block.labels["order_days"],
    )  # fmt: skip


def fits_for(block: Block) -> Mapping[str, Fit]:
    """The models of buying to choose from: with rhythm where gaps are alike enough.

    Gaps that scatter as Erlang-k have a variation of 1 / sqrt(k).
    """
    if "gap_variation" not in block.columns:
        return FITS
    days, variation = block.numbers(["order_day_count", "gap_variation"]).T
    known = variation[(days >= RHYTHM_DAYS) & np.isfinite(variation)]
    if len(known) < RHYTHM_CUSTOMERS:
        return FITS
    ticks = min(int(1 / max(float(np.median(known)), 1e-3) ** 2), mbg_cnbd.MOST)
    return {"mbg_cnbd": partial(mbg_cnbd.fit, k=ticks), **FITS} if ticks >= 2 else FITS


def sound(found: Sequence[tuple[Block, Array]]) -> tuple[list[Block], list[Array]]:
    """The moments at which a model of buying got the total right within a factor; the latest always.

    Where too little time lies behind a moment, models fail, and trees on top of them would learn to repair that.
    """
    wide = [
        max(float(expected.sum()), 1e-9) / max(float(block.labels["order_days"].sum()), 1e-9) for block, expected in found[:-1]
    ]
    kept = [pair for pair, ratio in zip(found[:-1], wide, strict=True) if 1 / FAILED < ratio < FAILED] + [found[-1]]
    return [block for block, _ in kept], [expected for _, expected in kept]


def levelled(expected: Sequence[Array], actual: Sequence[Array]) -> list[Array]:
    """Expectations scaled to what came in total at each moment, so that trees learn who, not how much in all."""
    return [each * scale_to(each, float(came.sum())) for each, came in zip(expected, actual, strict=True)]


def rows_of(blocks: Sequence[Block], groups: Mapping[str, Group]) -> boosting.Rows | None:
    """All customers of all moments to grow trees on; nothing where they are too few."""
    bought = sum(float((block.labels["order_days"] > 0).sum()) for block in blocks)
    names = present(blocks[0], groups)
    if not names or min(sum(len(block) for block in blocks), bought) < FEWEST_FOR_TREES:
        return None
    return boosting.Rows.of(stacked(blocks, names), names)


def log_odds(chance: Array) -> Array:
    """Logarithm of the odds, for chances that are not quite 0 or 1."""
    inside = np.clip(chance, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def calibrator(values: Array, happened: Array) -> calibration.Platt | None:
    """A calibration learnt on half of the customers, kept only if it helps the other half."""
    half = np.arange(len(values)) % 2 == 0
    if len(values) < FEWEST_TO_CALIBRATE or not 0 < happened[half].mean() < 1:
        return None
    learnt = calibration.fit_platt(values[half], happened[half])
    helped = calibration.brier(learnt.apply(values[~half]), happened[~half]) < calibration.brier(values[~half], happened[~half])
    return learnt if helped and STEEPEST**-1 < learnt.slope < STEEPEST else None
