"""How likely a contract is to end soon: a rate by its age, and boosted trees beside it where there are enough endings.

Discrete-time hazard: each contract at each past moment is a row, which ended within the horizon or did not (Singer and Willett
1993). The rate by age is Kaplan and Meier's, of contracts seen from the age they had at the moment; trees see the age among the
features and start from the mean rate, because they do better without the steps of that curve under them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dangol.algorithms import boosting, calibration
from dangol.algorithms.champion import champion
from dangol.algorithms.survival import SurvivalCurve, kaplan_meier
from dangol.core.declare import Array, Block, Group
from dangol.core.errors import NotReady, told
from dangol.predictions.chance import Verdict, auc_error, calibrator, cross_calibrated, lead, measured
from dangol.predictions.history import present, shared, stacked
from dangol.predictions.purchases import log_odds

BY_AGE, BOOSTED = "by_age", "boosted"
LEAD_DAYS = "lead_days"
FEWEST_FOR_TREES = 100
FEWEST_AT_RISK = 20
# Trees of few rows hold back, the more the fewer they are; what corrects one fit would overdo it on another of more rows. Below
# so many rows it is learnt anew, from customers that taught nothing, each fold held against trees of the others.
FEW_ROWS, FOLDS = 20_000, 5
SEEDS = 3  # boosters whose mean is taken; each alone scatters as much as the choice among models is about


@dataclass
class Ending:
    """The models of one kind of ending.

    Attributes:
        groups: features that trees may use.
        seed: makes fits repeatable.
        age: name of the feature with the age of the contract.
        horizon: how far it looks ahead, in the unit of the age.
        chosen: the model that is used; empty until judged.
    """

    groups: Mapping[str, Group]
    seed: int
    age: str
    horizon: float = 0.0
    chosen: str = ""
    curve: SurvivalCurve | None = None
    mean: float = 0.0
    trees: tuple[boosting.Boosted, ...] = ()
    calibrator: calibration.Platt | None = field(default=None)

    def fit(self, blocks: Sequence[Block], after: Sequence[Array]) -> None:
        """Learn from past moments.

        Args:
            blocks: past moments, the latest last.
            after: for each, when each contract ended, from the moment on; infinite where it did not within the horizon.
        """
        self.horizon = blocks[-1].horizon_days
        age = np.concatenate([self.ages(block) for block in blocks])
        when = np.concatenate(after)
        ended = (when < self.horizon).astype(np.float64)
        self.mean = float(ended.mean())
        self.curve = kaplan_meier(age + np.minimum(when, self.horizon), ended, entry=age)
        names = shared(blocks, present(blocks[0], self.groups))
        enough = min(ended.sum(), len(ended) - ended.sum()) >= FEWEST_FOR_TREES
        wanted = bool(names) and enough and self.chosen in ("", BOOSTED)
        self.trees = self.grown(blocks, ended, names) if wanted else ()
        if self.trees and self.calibrator is not None and len(ended) < FEW_ROWS:
            self.calibrator = self.corrected(blocks, after, names)

    def corrected(self, blocks: Sequence[Block], after: Sequence[Array], names: Sequence[str]) -> calibration.Platt:
        """What corrects trees of about as many rows as there are now."""
        said, happened = list[Array](), list[Array]()
        for fold in range(FOLDS):
            held = [block.customer_id % FOLDS == fold for block in blocks]
            taught = [block.where(~each) for block, each in zip(blocks, held, strict=True)]
            ends = [(when[~each] < self.horizon).astype(np.float64) for when, each in zip(after, held, strict=True)]
            trees = self.grown(taught, np.concatenate(ends), names)
            for block, when, each in zip(blocks, after, held, strict=True):
                said.append(self.by_trees(trees, block.where(each)))
                happened.append((when[each] < self.horizon).astype(np.float64))
        return calibration.fit_platt(np.concatenate(said), np.concatenate(happened))

    def by_trees(self, trees: Sequence[boosting.Boosted], block: Block) -> Array:
        """The mean of what trees say."""
        matrix = trees[0].encoder.matrix(block.columns)
        return np.asarray(np.mean([each.mean(matrix, self.start) for each in trees], axis=0), dtype=np.float64)

    def grown(self, blocks: Sequence[Block], ended: Array, names: Sequence[str]) -> tuple[boosting.Boosted, ...]:
        """Trees that start from the mean rate."""
        rows = boosting.Rows.of(stacked(blocks, names), names)
        start = np.full(len(ended), self.start)
        return tuple(rows.fit(ended, start, "binary", seed=self.seed + number) for number in range(SEEDS))

    @property
    def start(self) -> float:
        """Log-odds of the mean rate."""
        return float(log_odds(np.array(self.mean)))

    def ages(self, block: Block) -> Array:
        """How old each contract is."""
        return np.maximum(np.nan_to_num(block.numbers([self.age])[:, 0]), 0.0)

    def by_age(self, block: Block) -> Array:
        """The chance of ending within the horizon by the age alone: 1 − S(age + horizon) / S(age).

        Where fewer than twenty were seen at an age, the rate of all contracts stands in.

        Raises:
            NotReady: `fit` has not run.
        """
        if self.curve is None:
            raise NotReady(told("no model was fitted"), hint=told("fit it first"))
        age = self.ages(block)
        now, then = self.curve.at(age), self.curve.at(age + self.horizon)
        place = np.minimum(np.searchsorted(self.curve.times, age), max(len(self.curve.times) - 1, 0))
        seen = self.curve.at_risk[place] >= FEWEST_AT_RISK if len(self.curve.times) else np.zeros(len(age), dtype=np.bool_)
        known = seen & (now > 0) & (age + self.horizon <= self.curve.last)
        return np.where(known, 1 - then / np.where(now > 0, now, 1.0), self.mean)

    def by_model(self, block: Block) -> dict[str, Array]:
        """Chances by each model there is; not calibrated."""
        found = {BY_AGE: self.by_age(block)}
        if self.trees:
            found[BOOSTED] = self.by_trees(self.trees, block)
        return found

    def chance(self, block: Block) -> Array:
        """The calibrated chance of each contract."""
        models = self.by_model(block)
        found = models.get(self.chosen, models[BY_AGE])
        return self.calibrator.apply(found) if self.calibrator is not None else found

    def judge(self, block: Block, after: Array) -> Verdict:
        """Choose and calibrate on a later moment, and hold the result against the base rate."""
        ended = (after < self.horizon).astype(np.float64)
        models = self.by_model(block)
        self.chosen = champion({name: (values - ended) ** 2 for name, values in models.items()}, sure=dict.fromkeys(models, 0.0))
        final = models[self.chosen]
        self.calibrator = calibrator(final, ended)
        if self.calibrator is not None:
            final = cross_calibrated(final, ended)
        rules = {"base_rate": np.full(len(block), ended.mean())}
        metrics = {
            name: {**measured(values, ended), **ahead(values, after, ended)}
            for name, values in {**models, **rules, "chosen": final}.items()
        }
        beyond_luck = metrics["chosen"]["auc"] > max(0.55, 0.5 + 2 * auc_error(ended))
        return Verdict(metrics, beyond_luck and lead(final, rules["base_rate"], ended) > 1, final)

    def contributions(self, block: Block) -> dict[str, Array]:
        """How much each feature moves the log-odds of each contract; of the rate by age, the age alone."""
        if self.chosen != BOOSTED or not self.trees:
            base = log_odds(self.by_age(block))
            return {self.age: base - base.mean()}
        matrix = self.trees[0].encoder.matrix(block.columns)
        found = [each.contributions(matrix) for each in self.trees]
        return {name: np.mean([each[name] for each in found], axis=0) for name in found[0]}


def ahead(values: Array, after: Array, ended: Array) -> dict[str, float]:
    """Median days from the moment to the end, of those in the tenth with the highest chances whose contract ended, if any did.

    Args:
        values: chances, shape (n,).
        after: days until the end, shape (n,).
        ended: 1 where it came within the horizon, shape (n,).
    """
    top = np.argsort(-values, kind="stable")[: max(1, len(values) // 10)]
    days = after[top][ended[top] > 0]
    return {LEAD_DAYS: float(np.median(days))} if len(days) else {}
