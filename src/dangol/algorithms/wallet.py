"""Share of wallet from a small survey: what similar customers said they spend altogether, carried over to those nobody asked.

Two small learners, boosted trees (LightGBM) and ridge regression, guess the log-odds of the share from what customers buy here;
what each guess came to among the surveyed, crosswise so that nobody is judged by his own answer, gives the share's median and
range and, as a ratio of sums (a smearing estimate: Duan 1983), the wallet. Without a survey only a range is possible: from the
own spend to a high quantile of the spend of customers who spend as much or more (after Rosset, Perlich et al., KDD 2007).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, enough, fraction, refuse, same_length, vector
from dangol.algorithms.boosting import threads, words
from dangol.core.errors import told

FEWEST = 50  # answers; with fewer the spread of shares is single customers' luck
FOLDS = 5
SEEDS = 2
ROUNDS = 100
BANDWIDTH = 0.4  # on log-odds: how near a guess must be for an answer to count
SOFTEN = 0.02  # keeps the log-odds of shares of 0 and 1 finite
FARTHEST = 4.0  # standard deviations; what lies beyond counts as this much in the ridge regression
STEPS = 121
CELLS = 1_000_000  # of the table of guesses by answers that is in memory at once
RARE = 0.02  # what is known of fewer, or of all but fewer, tells nobody apart
HIGHEST = 0.05  # of customers: whose spends tell how thick the tail is
THINNEST = 4.0
PENALTIES = np.logspace(0, 4, 13)


@dataclass(frozen=True)
class Ridge:
    """A ridge regression on standardised columns.

    Attributes:
        centre, scale, fill: of the columns, after a signed logarithm; missing values are taken as `fill`.
        weights: of the standardised columns.
        level: of the target.
    """

    centre: Vector
    scale: Vector
    fill: Vector
    weights: Vector
    level: float

    @classmethod
    def fit(cls, matrix: npt.NDArray[np.float64], target: Vector) -> Ridge:
        """The regression whose penalty leaves the smallest leave-one-out error."""
        flat = flattened(matrix)
        fill = np.array([np.median(each[~np.isnan(each)]) if (~np.isnan(each)).any() else 0.0 for each in flat.T])
        filled = np.where(np.isnan(flat), fill, flat)
        centre, scale = filled.mean(axis=0), np.maximum(filled.std(axis=0), 1e-9)
        z = np.clip((filled - centre) / scale, -FARTHEST, FARTHEST)
        level = float(target.mean())
        left, sizes, right = np.linalg.svd(z, full_matrices=False)
        seen = left.T @ (target - level)
        penalty = min(PENALTIES, key=lambda each: one_left_out(left, sizes, seen, target - level, each))
        return cls(centre, scale, fill, right.T @ (sizes / (sizes**2 + penalty) * seen), level)

    def predict(self, matrix: npt.NDArray[np.float64]) -> Vector:
        """The target of each row, shape (n,)."""
        flat = flattened(matrix)
        z = np.clip((np.where(np.isnan(flat), self.fill, flat) - self.centre) / self.scale, -FARTHEST, FARTHEST)
        return np.asarray(z @ self.weights + self.level, dtype=np.float64)


def flattened(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Long tails drawn in by a logarithm that keeps the sign."""
    return np.asarray(np.sign(matrix) * np.log1p(np.abs(matrix)), dtype=np.float64)


def one_left_out(left: npt.NDArray[np.float64], sizes: Vector, seen: Vector, target: Vector, penalty: float) -> float:
    """Mean squared error of each row predicted from all others, in closed form."""
    kept = sizes**2 / (sizes**2 + penalty)
    fitted = left @ (kept * seen)
    leverage = np.clip((left**2 * kept).sum(axis=1) + 1 / len(target), 0, 1 - 1e-6)
    return float(np.mean(((target - fitted) / (1 - leverage)) ** 2))


@dataclass(frozen=True)
class Design:
    """Columns as both learners read them: numbers, and whether something is known of a customer at all.

    Of few answers categories teach little; that somebody told his age or the size of his home says much about how close he is.

    Attributes:
        numbers: number columns.
        known: columns whose being known differs between customers.
    """

    numbers: tuple[str, ...]
    known: tuple[str, ...]

    @classmethod
    def learn(cls, columns: Mapping[str, npt.NDArray[Any]], names: Sequence[str]) -> Design:
        """Which columns to read; of those that are known of the same customers one stands for all."""
        numbers = tuple(name for name in names if columns[name].dtype != object)
        known: dict[bytes, str] = {}
        for name in names:
            there = present(columns[name])
            if RARE < there.mean() < 1 - RARE:
                known.setdefault(there.tobytes(), name)
        return cls(numbers, tuple(known.values()))

    def matrix(self, columns: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """The columns side by side, shape (n, m), missing numbers as NaN."""
        numbers = [np.asarray(columns[name], dtype=np.float64) for name in self.numbers]
        return np.column_stack([*numbers, *(present(columns[name]).astype(np.float64) for name in self.known)])


def present(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where a column has a value, shape (n,)."""
    if values.dtype == object:
        return np.asarray(words(values).is_valid().to_numpy(zero_copy_only=False), dtype=bool)
    return ~np.isnan(np.asarray(values, dtype=np.float64))


@dataclass(frozen=True)
class Guess:
    """Both learners, fitted.

    Attributes:
        boosters: trees with different seeds; their mean counts.
        ridge: on the same matrix.
    """

    boosters: tuple[lgb.Booster, ...]
    ridge: Ridge

    def score(self, matrix: npt.NDArray[np.float64]) -> Vector:
        """Guessed log-odds of the share of each row, shape (n,)."""
        trees = np.mean([each.predict(matrix, num_threads=threads(len(matrix))) for each in self.boosters], axis=0)
        return np.asarray((trees + self.ridge.predict(matrix)) / 2, dtype=np.float64)


def guess(matrix: npt.NDArray[np.float64], target: Vector, seed: int) -> Guess:
    """Fit both learners to log-odds of shares."""
    settings = {
        "objective": "l2", "learning_rate": 0.05, "num_leaves": 7, "min_data_in_leaf": 10, "lambda_l2": 5.0,
        "feature_fraction": 0.5, "bagging_fraction": 0.8, "bagging_freq": 1, "verbosity": -1,
        "deterministic": True, "force_row_wise": True, "num_threads": 1,
    }  # fmt: skip
    boosters = []
    for more in range(SEEDS):
        data = lgb.Dataset(matrix, label=target, params={"verbosity": -1})
        boosters.append(lgb.train({**settings, "seed": seed + more}, data, ROUNDS))
    return Guess(tuple(boosters), Ridge.fit(matrix, target))


@dataclass(frozen=True)
class Spread:
    """What guesses came to: share at the median and at both ends, and wallet over spend, by guess.

    Attributes:
        grid: guesses, ascending, shape (k,).
        low, middle, high: shares, shape (k,).
        ratio: wallets over spends, shape (k,).
    """

    grid: Vector
    low: Vector
    middle: Vector
    high: Vector
    ratio: Vector


@dataclass(frozen=True)
class Estimate:
    """Wallets and shares of some customers, each of shape (n,).

    Attributes:
        wallet: expected spend altogether, at least the spend here.
        share, low, high: the median share and both ends of its 80 % range; the wallet is a mean: spend over wallet is less.
    """

    wallet: Vector
    share: Vector
    low: Vector
    high: Vector


@dataclass(frozen=True)
class Calibrated:
    """A survey turned into a model of everybody's share.

    Attributes:
        design: how columns become a matrix.
        guess: both learners, fitted to all answers.
        spread: what guesses came to.
        checked: the surveyed as if nobody had asked them, in the order of the answers.
    """

    design: Design
    guess: Guess
    spread: Spread
    checked: Estimate

    def estimate(self, columns: Mapping[str, npt.NDArray[Any]], spend: npt.ArrayLike) -> Estimate:
        """Wallets and shares.

        Args:
            columns: the features it was fitted with, each of shape (n,).
            spend: money spent here in the time that answers are about, at least 0, shape (n,).
        """
        scores = self.guess.score(self.design.matrix(columns))
        grid, known = self.spread.grid, self.spread
        low, middle, high, ratio = (np.interp(scores, grid, each) for each in (known.low, known.middle, known.high, known.ratio))
        return Estimate(vector(spend, "spend") * ratio, middle, low, high)


def calibrate(
    columns: Mapping[str, npt.NDArray[Any]], names: Sequence[str], spend: npt.ArrayLike, wallet: npt.ArrayLike, *, seed: int
) -> Calibrated:
    """Learn from answers.

    Args:
        columns: feature columns of the surveyed, each of shape (n,); object columns are categories.
        names: which of them to use.
        spend: what they spent here, above 0, shape (n,).
        wallet: what they say they spend altogether in the same time, shape (n,); less than the spend counts as the spend.
        seed: makes fits repeatable.

    Raises:
        TooLittleData: fewer than 50 answers.
        DataError: a spend of 0 or less, or lengths that differ.
    """
    here, said = vector(spend, "spend"), vector(wallet, "wallet")
    same_length({"spend": here, "wallet": said})
    enough(here.size, FEWEST, told("survey answers"))
    refuse(here <= 0, here, told("spend must be above 0"))
    whole = np.maximum(said, here)
    share = here / whole
    target = np.log((share + SOFTEN) / (1 - share + SOFTEN))
    design = Design.learn(columns, names)
    matrix = design.matrix(columns)
    crosswise = np.empty(len(here))
    fold = np.random.default_rng(seed).permutation(len(here)) % FOLDS
    for each in range(FOLDS):
        learnt = fold != each
        crosswise[~learnt] = guess(matrix[learnt], target[learnt], seed).score(matrix[~learnt])
    spread = spread_of(np.linspace(crosswise.min(), crosswise.max(), STEPS), crosswise, here, whole)
    own = spread_of(crosswise, crosswise, here, whole, leave_out=True)
    checked = Estimate(here * own.ratio, own.middle, own.low, own.high)
    return Calibrated(design, guess(matrix, target, seed), spread, checked)


def spread_of(at: Vector, scores: Vector, spend: Vector, wallet: Vector, *, leave_out: bool = False) -> Spread:
    """Shares and ratios of those guessed alike, near ones counting more.

    Some guesses at a time, so that the memory it takes grows with the answers and not with their square.

    Args:
        at: guesses to say it for, shape (k,).
        scores, spend, wallet: of the surveyed, shape (n,).
        leave_out: the guesses are those of the surveyed themselves, and nobody's own answer counts.
    """
    order = np.argsort(spend / wallet, kind="stable")
    ours, whole, guesses = spend[order], wallet[order], scores[order]
    # Where each one's own answer stands among the ordered ones.
    own = np.argsort(order) if leave_out else None
    step = max(1, CELLS // max(1, len(scores)))
    parts = [
        spread_part(at[start : start + step], guesses, ours, whole, None if own is None else own[start : start + step])
        for start in range(0, len(at), step)
    ]
    return Spread(at, *(np.concatenate(each) for each in zip(*parts, strict=True)))


def spread_part(
    at: Vector, scores: Vector, spend: Vector, wallet: Vector, own: npt.NDArray[np.int64] | None
) -> tuple[Vector, Vector, Vector, Vector]:
    """Low, median and high share and the ratio at some guesses, from answers in the order of their shares.

    Args:
        at: guesses to say it for, shape (k,).
        scores, spend, wallet: of the surveyed, shape (n,).
        own: the place of each guess among them whose answer does not count; None where all count.
    """
    weights = np.exp(-0.5 * ((at[:, None] - scores[None, :]) / BANDWIDTH) ** 2) + 1e-12
    if own is not None:
        weights[np.arange(len(at)), own] = 0.0
    share, reached = spend / wallet, np.cumsum(weights, axis=1)
    reached /= reached[:, -1:]
    low, middle, high = (share[np.argmax(reached >= level - 1e-12, axis=1)] for level in (0.1, 0.5, 0.9))
    return low, middle, high, np.maximum((weights @ wallet) / (weights @ spend), 1.0)


@dataclass(frozen=True)
class Peers:
    """What wallets can hold where nobody was asked, told from what customers spend who spend at least as much.

    Attributes:
        spends: what some customers spend, ascending, shape (k,).
        limits: the most that a wallet of each is taken to hold, ascending, shape (k,).
        step: limit over spend for who spends more than all of them.
    """

    spends: Vector
    limits: Vector
    step: float

    @classmethod
    def learn(cls, spend: npt.ArrayLike, level: float = 0.85) -> Peers:
        """Limits from everybody's spend.

        Of all who spend at least as much as a customer, the share `level` spends less than his limit. Among the highest spends
        too few stand above to count them: there limits follow a Pareto tail whose index is told from the highest twentieth (Hill
        1975), and is taken as at most 4, as prices that are the same for all would make it as thin as one likes.

        Args:
            spend: what customers spend here, above 0, shape (n,), at least one.
            level: share of those who spend at least as much that spends less than the limit.

        Raises:
            DataError: a level outside 0…1, or values that are not finite or not above 0.
            TooLittleData: no customers.
        """
        level, spends = fraction(level, "level"), np.sort(vector(spend, "spend"))
        enough(spends.size, 1, told("customers"))
        refuse(spends <= 0, spends, told("spend must be above 0"))
        highest = spends[-max(1, round(HIGHEST * spends.size)) :]
        thickness = max(float(np.log(highest / highest[0]).mean()), 1 / THINNEST)
        step = float((1 / (1 - level)) ** thickness)
        first = np.searchsorted(spends, spends)
        counted = np.interp(first + (spends.size - 1 - first) * level, np.arange(spends.size), spends)
        counted = np.minimum(counted, highest[0] * step)
        return cls(spends, np.maximum.accumulate(np.maximum(counted, spends * step)), step)

    def limit(self, spend: npt.ArrayLike) -> Vector:
        """The most that wallets are taken to hold, by spends of at least 0, shape (n,)."""
        spends = vector(spend, "spend")
        return np.maximum(np.interp(spends, self.spends, self.limits), spends * self.step)
