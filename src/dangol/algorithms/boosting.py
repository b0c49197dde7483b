"""Gradient boosting on top of an offset: trees learn only what a simpler model leaves unexplained.

Small trees, strong shrinkage and no tuning per data set, because the same settings must serve a company of five hundred
customers and one of five million. Contributions are exact TreeSHAP values (Lundberg et al. 2020), read from tables where trees
are small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dangol.algorithms import tree_reasons

Array = npt.NDArray[np.float64]
Objective = Literal["binary", "poisson", "tweedie"]
MOST_CATEGORIES = 200
# LightGBM's Tweedie power for amounts with many zeros: between Poisson (1) and gamma (2).
TWEEDIE_POWER = 1.4
FEW_ROWS = 5_000
SEEN_AT_LEAST = 4


@dataclass(frozen=True)
class Growth:
    """How trees grow.

    Attributes:
        rounds: how many trees; 80 or 110 by the number of rows where None.
        rate: how much of each tree is believed.
        leaves: of each tree.
        fewest: rows in a leaf; a hundredth of all, between 20 and 200, where None.
        pull: how strongly leaves are drawn towards nothing (L2).
        features: share of the columns that a tree sees; at least four of them, or columns could not act on each other.
        smooth: rows of the usual rate beside a category's own.
    """

    rounds: int | None = None
    rate: float = 0.06
    leaves: int = 8
    fewest: int | None = None
    pull: float = 20.0
    features: float = 0.7
    smooth: float = 50.0


USUAL = Growth()
# Delivered attributes are many, each says little, and nothing simpler stands below them: more trees.
MANY_SMALL = Growth(rounds=300, rate=0.05, fewest=20, pull=5.0, features=0.5, smooth=10.0)
# Where rows nearly repeat each other, only deep trees find those that belong together.
DEEP = Growth(rounds=500, rate=0.04, leaves=31, fewest=10, pull=2.0, features=0.4, smooth=10.0)
# Threads wait for each other at every split: on few rows that costs more than it brings. Trees are the same either way.
ROWS_FOR_THREADS, THREADS = 20_000, 2


@dataclass(frozen=True)
class Encoder:
    """Columns as numbers: categories become codes learnt once, unseen ones are missing.

    Attributes:
        names: columns in the order of the matrix.
        codes: column → category → code; columns not in here are numbers.
    """

    names: tuple[str, ...]
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def learn(cls, columns: Mapping[str, npt.NDArray[Any]], names: Sequence[str]) -> Encoder:
        """Learn the codes of the text columns; the most frequent categories get one, the rest count as missing."""
        codes = {name: frequent(columns[name]) for name in names if columns[name].dtype == object}
        return cls(tuple(names), codes)

    def matrix(self, columns: Mapping[str, npt.NDArray[Any]]) -> Array:
        """The columns side by side, shape (n, len(names)), missing values as NaN."""
        return np.column_stack([self.column(name, columns[name]) for name in self.names])

    def column(self, name: str, values: npt.NDArray[Any]) -> Array:
        """One column as numbers."""
        if name not in self.codes:
            return np.asarray(values, dtype=np.float64)
        encoded = words(values).dictionary_encode()
        known = self.codes[name]
        codes = np.array([*(known.get(word, np.nan) for word in encoded.dictionary.to_pylist()), np.nan], dtype=np.float64)
        return np.asarray(codes[encoded.indices.fill_null(-1).to_numpy()])

    @property
    def categorical(self) -> list[int]:
        """Positions of the category columns."""
        return [index for index, name in enumerate(self.names) if name in self.codes]


def words(values: npt.NDArray[Any]) -> pa.StringArray:
    """A text column as Arrow, which counts and encodes words many times as fast as NumPy."""
    return pa.array(values, type=pa.string(), from_pandas=True)


def frequent(values: npt.NDArray[Any]) -> dict[str, int]:
    """Codes of the most frequent categories of a column, equal ones by the alphabet; missing values have none."""
    counted = words(values).drop_null().value_counts().to_pylist()
    ordered = sorted(counted, key=lambda each: (-each["counts"], each["values"]))
    return {each["values"]: code for code, each in enumerate(ordered[:MOST_CATEGORIES])}


@dataclass(frozen=True)
class Boosted:
    """A fitted booster with its encoder.

    Attributes:
        booster: LightGBM's model.
        encoder: how columns become its matrix.
        objective: what it predicts: probabilities, or positive means.
    """

    booster: lgb.Booster
    encoder: Encoder
    objective: Objective

    def lift(self, matrix: Array) -> Array:
        """What the trees add to the linear predictor, shape (n,).

        Args:
            matrix: the encoder's matrix of the rows; several boosters of one encoder share it.
        """
        return np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=threads(len(matrix))), dtype=np.float64)

    def mean(self, matrix: Array, offset: Array | float) -> Array:
        """Probabilities, or means of the count or amount, shape (n,).

        Args:
            matrix: the encoder's matrix of the rows.
            offset: on the scale of the linear predictor, one number or shape (n,).
        """
        linear = np.clip(offset + self.lift(matrix), -30, 30)
        return np.asarray(1 / (1 + np.exp(-linear)) if self.objective == "binary" else np.exp(linear), dtype=np.float64)

    def predict(self, columns: Mapping[str, npt.NDArray[Any]], offset: Array) -> Array:
        """Probabilities, or means of the count or amount, shape (n,)."""
        return self.mean(self.encoder.matrix(columns), offset)

    def contributions(self, matrix: Array) -> dict[str, Array]:
        """How much each column moved the linear predictor of each row, by column."""
        if self.trees is not None:
            found = tree_reasons.contributions(self.trees, matrix)
        else:
            found = np.asarray(self.booster.predict(matrix, pred_contrib=True), dtype=np.float64)
        return {name: found[:, index] for index, name in enumerate(self.encoder.names)}

    @cached_property
    def trees(self) -> list[tree_reasons.Tree] | None:
        """The booster's trees as tables, where they are small enough."""
        return tree_reasons.small_trees(self.booster.dump_model())


@dataclass(frozen=True)
class Rows:
    """Rows to learn from, encoded and binned once for any number of targets.

    Attributes:
        encoder: how columns become numbers.
        data: the binned rows.
        size: how many rows.
    """

    encoder: Encoder
    data: lgb.Dataset
    size: int

    @classmethod
    def of(cls, columns: Mapping[str, npt.NDArray[Any]], names: Sequence[str]) -> Rows:
        """Encode and bin.

        Args:
            columns: feature columns, each of shape (n,); object columns are categories.
            names: which columns to use.
        """
        encoder = Encoder.learn(columns, names)
        matrix = encoder.matrix(columns)
        data = lgb.Dataset(
            matrix,
            label=np.zeros(len(matrix)),
            feature_name=[f"c{index}" for index in range(len(encoder.names))],
            categorical_feature=encoder.categorical,
            free_raw_data=True,
            params={
                "max_bin": 127,
                "verbosity": -1,
                "min_data_in_bin": 5,
                "feature_pre_filter": False,
                "num_threads": threads(len(matrix)),
            },
        )
        data.construct()
        return cls(encoder, data, len(matrix))

    def fit(self, target: Array, offset: Array, objective: Objective, *, seed: int, growth: Growth = USUAL) -> Boosted:
        """Fit trees to what the offset leaves unexplained.

        Args:
            target: 0/1, counts or amounts; shape (n,), not negative.
            offset: the simpler model on the scale of the linear predictor (log-odds or log of the mean), shape (n,).
            objective: binary, poisson or tweedie.
            seed: makes fits repeatable.
            growth: how trees grow.
        """
        self.data.set_label(target)
        self.data.set_init_score(offset)
        settings = {
            "objective": objective,
            "learning_rate": growth.rate,
            "num_leaves": growth.leaves,
            "min_data_in_leaf": growth.fewest or max(20, min(200, self.size // 100)),
            "lambda_l2": growth.pull,
            "feature_fraction": max(growth.features, min(1.0, SEEN_AT_LEAST / max(len(self.encoder.names), 1))),
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "cat_smooth": growth.smooth,
            "max_cat_threshold": 16,
            "tweedie_variance_power": TWEEDIE_POWER,
            "boost_from_average": False,
            "verbosity": -1,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": threads(self.size),
        }
        rounds = growth.rounds or (80 if self.size < FEW_ROWS else 110)
        booster = lgb.train(settings, self.data, num_boost_round=rounds)
        return Boosted(booster, self.encoder, objective)


def threads(rows: int) -> int:
    """How many threads LightGBM uses on so many rows."""
    return THREADS if rows >= ROWS_FOR_THREADS else 1
