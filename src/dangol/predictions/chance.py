"""The chance that something happens, by as much model as the data carry: a rate by cells, a logistic model, boosted trees.

Each larger model must be better than the smaller one on later time by more than luck explains. Trees start from the rate by
cells, or from a model of buying where the event is an order (its log-odds are their offset), so they learn only what that
leaves unexplained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sklearn.linear_model import LogisticRegression

from dangol.algorithms import boosting, calibration, cell_rates, ranking
from dangol.algorithms.buy_till_you_die import PurchaseForecast
from dangol.algorithms.champion import champion
from dangol.algorithms.consensus import fit_surely
from dangol.core.declare import Array, Block, Group
from dangol.core.errors import NotReady, told
from dangol.predictions.history import History, moving, present, reason_of, shared, stacked

RATE, CLASSICAL, LOGISTIC, BOOSTED, DEEP = "rate", "classical", "logistic", "boosted", "deep"
# What cards call boosted trees that stand on no model of buying.
TREES = "trees"
# So many to whom it happened, and so many to whom it did not, before a model is tried.
NEEDS = {RATE: 0, CLASSICAL: 50, LOGISTIC: 50, BOOSTED: 500}
FEWEST_TO_CALIBRATE = 400
MANY = 1_000
# The rate's two measures: the first of each that at least half of the customers have and in which they differ.
FIRST = ("recency_days", "last_visit_days", "known_days")
SECOND = ("order_day_count", "event_count_90", "message_count_90", "first_order_value", "known_days")
FEW = (
    "recency_days", "order_day_count", "tenure_days", "mean_gap_days", "overdue_ratio", "order_count_90", "net_sales_365",
    "first_order_value", "last_visit_days", "event_count_30", "event_count_90", "cart_count_90", "message_count_90",
    "open_share_90", "known_days",
)  # fmt: skip


@dataclass(frozen=True)
class FewFeatures:
    """Logistic regression on a few features as logarithms, with a mark where one is missing.

    Attributes:
        names: the features.
        mean, spread: of their logarithms, shape (k,).
        model: on standardised logarithms beside the marks.
    """

    names: tuple[str, ...]
    mean: Array
    spread: Array
    model: LogisticRegression

    @classmethod
    def learn(cls, blocks: Sequence[Block], happened: Array) -> FewFeatures:
        """Fit to past blocks."""
        names = shared(blocks, FEW)
        logs = np.concatenate([logarithms(block, names) for block in blocks])
        mean, spread = np.nan_to_num(nan_mean(logs)), np.sqrt(np.nan_to_num(nan_mean((logs - nan_mean(logs)) ** 2)))
        spread = np.where(spread > 0, spread, 1.0)
        model = LogisticRegression(C=0.5, max_iter=200).fit(design(logs, mean, spread), happened)
        return cls(names, mean, spread, model)

    def chance(self, block: Block) -> Array:
        """The chance of each customer, shape (n,)."""
        return np.asarray(self.model.predict_proba(self.matrix(block))[:, 1], dtype=np.float64)

    def matrix(self, block: Block) -> Array:
        """What the model sees, shape (n, 2k)."""
        return design(logarithms(block, self.names), self.mean, self.spread)

    def contributions(self, block: Block) -> dict[str, Array]:
        """How much each feature moves the log-odds, by feature."""
        moved = self.matrix(block) * self.model.coef_[0]
        size = len(self.names)
        return {name: moved[:, place] + moved[:, place + size] for place, name in enumerate(self.names)}


def nan_mean(values: Array) -> Array:
    """Means of columns over what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    found = np.where(known, values, 0).sum(axis=0) / np.maximum(count, 1)
    return np.asarray(np.where(count > 0, found, np.nan), dtype=np.float64)


def logarithms(block: Block, names: Sequence[str]) -> Array:
    """Features on a scale on which twice as much is the same step everywhere; shape (n, k)."""
    return np.asarray(np.log1p(np.maximum(block.numbers(names), 0)), dtype=np.float64)


def design(logs: Array, mean: Array, spread: Array) -> Array:
    """Standardised logarithms, missing ones as the mean, beside marks of what is missing."""
    missing = np.isnan(logs)
    return np.column_stack([np.where(missing, 0.0, (logs - mean) / spread), missing.astype(np.float64)])


@dataclass(frozen=True)
class Verdict:
    """What a later moment showed.

    Attributes:
        metrics: model or rule → figures; `chosen` is the calibrated one, each half judged by what the other half taught.
        good_enough: better than the base rate, by more than luck explains, and no worse than the rule of recency.
        final: the calibrated chances that `chosen` was judged by.
    """

    metrics: Mapping[str, Mapping[str, float]]
    good_enough: bool
    final: Array


@dataclass
class Chance:
    """The models of one event.

    Attributes:
        groups: features that trees may use.
        seed: makes fits repeatable.
        window: days within which it happens, where it is an order; 0 for any other event.
        fewest: so many of each outcome before a model is tried, by model.
        growth: how trees grow, by model.
        chosen: the model that is used; empty until judged.
    """

    groups: Mapping[str, Group]
    seed: int
    window: float = 0.0
    fewest: Mapping[str, int] = field(default_factory=lambda: NEEDS)
    growth: Mapping[str, boosting.Growth] = field(default_factory=lambda: {BOOSTED: boosting.USUAL})
    chosen: str = ""
    calibrator: calibration.Platt | None = None
    measures: tuple[str, str] = ("", "")
    rates: cell_rates.CellRates | None = None
    rule: cell_rates.CellRates | None = None
    buying: PurchaseForecast | None = None
    few: FewFeatures | None = None
    trees: Mapping[str, boosting.Boosted] = field(default_factory=dict)

    def fit(self, blocks: Sequence[Block], happened: Sequence[Array]) -> None:
        """Learn what the data carry, and after judging only what was chosen.

        Args:
            blocks: past moments, the latest last.
            happened: 1 where it happened, else 0, for each block.
        """
        outcome = np.concatenate(happened)
        self.fit_rates(blocks, outcome)
        wanted = self.wanted(outcome)
        needed = self.needs_buying(wanted)
        self.buying = fit_surely("mbg_nbd", History.of(blocks[-1]).cells()).model if needed else None
        self.few = FewFeatures.learn(blocks, outcome) if LOGISTIC in wanted and shared(blocks, FEW) else None
        growing = {name: each for name, each in self.growth.items() if name in wanted}
        self.trees = self.grown(blocks, outcome, growing) if growing else {}

    def fit_rates(self, blocks: Sequence[Block], outcome: Array) -> None:
        """Learn the rate by cells of two measures, and the rule of recency, which knows only the first of them."""
        self.measures = (measure(blocks, FIRST), measure(blocks, SECOND))
        first, second = (stacked_column(blocks, name) for name in self.measures)
        self.rates = cell_rates.fit(first, second, outcome)
        self.rule = cell_rates.fit(first, np.zeros(len(first)), outcome, strength=0.0)

    def wanted(self, outcome: Array) -> frozenset[str]:
        """The models that so many customers carry; after judging only the chosen one of them."""
        rarer = min(outcome.sum(), len(outcome) - outcome.sum())
        return frozenset(name for name, need in self.fewest.items() if rarer >= need and self.chosen in ("", name))

    def needs_buying(self, wanted: frozenset[str]) -> bool:
        """Whether the model of buying is needed: for itself or for trees, which stand on it."""
        is_order = self.window > 0 and self.measures[1] == "order_day_count"
        return is_order and not wanted.isdisjoint({CLASSICAL, *self.growth})

    def grown(
        self, blocks: Sequence[Block], outcome: Array, growing: Mapping[str, boosting.Growth]
    ) -> dict[str, boosting.Boosted]:
        """Trees on top of the rate, by model."""
        names = shared(blocks, present(blocks[0], self.groups))
        if not names:
            return {}
        offset = np.concatenate([log_odds(self.base(block)) for block in blocks])
        rows = boosting.Rows.of(stacked(blocks, names), names)
        return {name: rows.fit(outcome, offset, "binary", seed=self.seed, growth=each) for name, each in growing.items()}

    def rate(self, block: Block) -> Array:
        """The rate by cells.

        Raises:
            NotReady: `fit` has not run.
        """
        if self.rates is None:
            raise NotReady(told("no model was fitted"), hint=told("fit it first"))
        first, second = (column(block, name) for name in self.measures)
        return self.rates.apply(first, second)

    def base(self, block: Block) -> Array:
        """What trees stand on: the model of buying, or the rate by cells."""
        if self.buying is None:
            return self.rate(block)
        past = History.of(block)
        found = self.buying.probability_of_purchase(self.window, past.frequency, past.recency, past.age)
        return np.asarray(found, dtype=np.float64)

    def by_model(self, block: Block) -> dict[str, Array]:
        """Chances by each model there is; not calibrated."""
        found = {RATE: self.rate(block)}
        base = self.base(block)
        if self.buying is not None:
            found[CLASSICAL] = base
        if self.few is not None:
            found[LOGISTIC] = self.few.chance(block)
        for name, trees in self.trees.items():
            found[name] = trees.predict(block.columns, log_odds(base))
        return found

    def title(self, model: str) -> str:
        """What cards call a model."""
        return TREES if model == BOOSTED and self.buying is None else model

    def chance(self, block: Block) -> Array:
        """The calibrated chance of each customer."""
        models = self.by_model(block)
        found = models.get(self.chosen, models[RATE])
        return self.calibrator.apply(found) if self.calibrator is not None else found

    def judge(self, block: Block, happened: Array) -> Verdict:
        """Choose and calibrate on a later moment, and hold the result against the base rate and the rule of recency."""
        models = self.by_model(block)
        # with many customers a larger model needs to be better only, not beyond luck
        sure = dict.fromkeys(models, 0.0) if len(block) >= MANY else {}
        self.chosen = champion({name: (values - happened) ** 2 for name, values in models.items()}, sure=sure)
        final = models[self.chosen]
        self.calibrator = calibrator(final, happened)
        if self.calibrator is not None:
            final = cross_calibrated(final, happened)
        rules = {"base_rate": np.full(len(block), happened.mean()), "recency_rule": self.by_recency(block)}
        metrics = {name: measured(values, happened) for name, values in {**models, **rules, "chosen": final}.items()}
        beyond_luck = metrics["chosen"]["auc"] > max(0.55, 0.5 + 2 * auc_error(happened))
        return Verdict(metrics, beyond_luck and beats_rules(final, rules, happened), final)

    def by_recency(self, block: Block) -> Array:
        """The rule of thumb: the rate of customers who were silent as long, or known as long where nobody bought."""
        assert self.rule is not None  # fitted with the rates
        return self.rule.apply(column(block, self.measures[0]), np.zeros(len(block)))

    def contributions(self, block: Block) -> dict[str, Array]:
        """How much each reason moves the log-odds of each customer, by group of features."""
        if self.chosen == LOGISTIC and self.few is not None:
            return added(self.few.contributions(block), self.groups)
        base = log_odds(self.base(block))
        moved = {self.measures[0]: base - base.mean()}
        for name, values in self.moved_by_trees(block).items():
            moved[name] = moved.get(name, 0.0) + values
        return added(moved, self.groups)

    def moved_by_column(self, block: Block) -> dict[str, Array]:
        """How much each column moves the log-odds of each row, by trees or by the logistic model; only those that move any."""
        by_column = dict(self.moved_by_trees(block))
        if self.chosen == LOGISTIC and self.few is not None:
            by_column = self.few.contributions(block)
        return moving(by_column)

    def moved_by_trees(self, block: Block) -> Mapping[str, Array]:
        """How much each feature moves the log-odds beyond what trees stand on; nothing where another model was chosen."""
        trees = self.trees.get(self.chosen)
        return trees.contributions(trees.encoder.matrix(block.columns)) if trees is not None else {}


def measure(blocks: Sequence[Block], names: Sequence[str]) -> str:
    """The first of some features that half of the customers have and in which they differ; empty where none is."""
    return next((name for name in shared(blocks, names) if tells_apart(stacked_column(blocks, name))), "")


def tells_apart(values: Array) -> bool:
    """Whether half of the customers have a value, and not all the same."""
    known = values[~np.isnan(values)]
    return bool(2 * known.size >= values.size and known.size and known.min() < known.max())


def column(block: Block, name: str) -> Array:
    """A feature of a block; missing throughout where there is none."""
    return block.numbers([name])[:, 0] if name else np.full(len(block), np.nan)


def stacked_column(blocks: Sequence[Block], name: str) -> Array:
    """A feature of several blocks, one below the other."""
    return np.concatenate([column(block, name) for block in blocks])


def beats_rules(final: Array, rules: Mapping[str, Array], happened: Array) -> bool:
    """Whether chances are better than the base rate, by more than luck explains, and no worse than the rule of recency."""
    return lead(final, rules["base_rate"], happened) > 1 and lead(final, rules["recency_rule"], happened) > -1


def added(moved: Mapping[str, Array], groups: Mapping[str, Group]) -> dict[str, Array]:
    """What moves each customer, added up to reasons; those that move nobody are left out."""
    owner = reason_of(groups)
    total: dict[str, Array] = {}
    for name, values in moved.items():
        if name in owner:
            total[owner[name]] = total.get(owner[name], 0.0) + values
    return moving(total)


def log_odds(chance: Array) -> Array:
    """Logarithm of the odds, for chances that are not quite 0 or 1."""
    inside = np.clip(chance, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def calibrator(values: Array, happened: Array) -> calibration.Platt | None:
    """A calibration learnt on all, kept only if half of the customers taught one that helps the other half."""
    if len(values) < FEWEST_TO_CALIBRATE or not all(0 < happened[each].mean() < 1 for each in halves(values)):
        return None
    helped = calibration.brier(cross_calibrated(values, happened), happened) < calibration.brier(values, happened)
    return calibration.fit_platt(values, happened) if helped else None


def halves(values: Array) -> tuple[Array, Array]:
    """Every second customer, and the others, as marks."""
    even = np.arange(len(values)) % 2 == 0
    return even, ~even


def cross_calibrated(values: Array, happened: Array) -> Array:
    """Chances of each half of the customers, corrected by what the other half taught."""
    found = np.empty(len(values))
    even, odd = halves(values)
    for learnt, applied in ((even, odd), (odd, even)):
        found[applied] = calibration.fit_platt(values[learnt], happened[learnt]).apply(values[applied])
    return found


def lead(values: Array, rival: Array, happened: Array) -> float:
    """By how many standard errors the squared error is smaller than a rival's; below 0 where it is larger."""
    gained = (rival - happened) ** 2 - (values - happened) ** 2
    error = float(gained.std() / np.sqrt(len(gained)))
    return float(gained.mean()) / error if error > 0 else 0.0


def auc_error(happened: Array) -> float:
    """Standard error of the area under the curve of a score that knows nothing (Mann and Whitney 1947)."""
    yes = float(happened.sum())
    no = len(happened) - yes
    return float(np.sqrt((yes + no + 1) / (12 * yes * no))) if yes and no else 1.0


def measured(values: Array, happened: Array) -> dict[str, float]:
    """AUC, Brier score, calibration error, how much the top tenth stands out, and both means."""
    top = np.argsort(-values, kind="stable")[: max(1, len(values) // 10)]
    return {
        "auc": float(ranking.auc(values, happened)) if 0 < happened.mean() < 1 else 0.5,
        "brier": float(calibration.brier(values, happened)),
        "calibration_error": float(calibration.expected_calibration_error(values, happened)),
        "top_tenth_lift": float(happened[top].mean() / happened.mean()) if happened.mean() > 0 else 1.0,
        "mean": float(values.mean()),
        "actual": float(happened.mean()),
    }
