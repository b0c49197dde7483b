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

    def raw(self, columns: Mapping[str, npt.NDArray[Any]], offset: Array) -> Array:
        """The linear predictor: offset plus trees, shape (n,)."""
        trees = np.asarray(self.booster.predict(self.encoder.matrix(columns), raw_score=True), dtype=np.float64)
        return np.asarray(offset + trees, dtype=np.float64)

    def predict(self, columns: Mapping[str, npt.NDArray[Any]], offset: Array) -> Array:
        """Probabilities, or means of the count or amount, shape (n,)."""
        linear = self.raw(columns, offset)
        if self.objective == "binary":
            return np.asarray(1 / (1 + np.exp(-np.clip(linear, -30, 30))), dtype=np.float64)
        return np.asarray(np.exp(np.clip(linear, -30, 30)), dtype=np.float64)

    def contributions(self, columns: Mapping[str, npt.NDArray[Any]]) -> dict[str, Array]:
        """How much each column moved the linear predictor of each row, by column."""
        matrix = self.encoder.matrix(columns)
        if self.trees is not None:
            found = tree_reasons.contributions(self.trees, matrix)
        else:
            found = np.asarray(self.booster.predict(matrix, pred_contrib=True), dtype=np.float64)
        return {name: found[:, index] for index, name in enumerate(self.encoder.names)}

    @cached_property
    def trees(self) -> list[tree_reasons.Tree] | None:
        """The booster's trees as tables, where they are small enough."""
        return tree_reasons.small_trees(self.booster.dump_model())


def fit(
    columns: Mapping[str, npt.NDArray[Any]],
    names: Sequence[str],
    target: Array,
    offset: Array,
    objective: Objective,
    *,
    seed: int,
) -> Boosted:
    """Fit trees to what the offset leaves unexplained.

    Args:
        columns: feature columns, each of shape (n,); object columns are categories.
        names: which columns to use.
        target: 0/1, counts or amounts; shape (n,), not negative.
        offset: the simpler model on the scale of the linear predictor (log-odds or log of the mean), shape (n,).
        objective: binary, poisson or tweedie.
        seed: makes fits repeatable.
    """
    encoder = Encoder.learn(columns, names)
    data = lgb.Dataset(
        encoder.matrix(columns),
        label=target,
        init_score=offset,
        feature_name=[f"c{index}" for index in range(len(encoder.names))],
        categorical_feature=encoder.categorical,
        free_raw_data=True,
        params={"max_bin": 127, "verbosity": -1, "min_data_in_bin": 5},
    )
    small = len(target) < 5_000
    # Threads wait for each other at every split: on few rows, or beside other work, that costs more than it brings.
    threads = 1 if len(target) < 300_000 else 2
    settings = {
        "objective": objective,
        "learning_rate": 0.06,
        "num_leaves": 8,
        "min_data_in_leaf": max(20, min(200, len(target) // 100)),
        "lambda_l2": 20.0,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "cat_smooth": 50.0,
        "max_cat_threshold": 16,
        "tweedie_variance_power": TWEEDIE_POWER,
        "boost_from_average": False,
        "verbosity": -1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
    }
    booster = lgb.train(settings, data, num_boost_round=80 if small else 110)
    return Boosted(booster, encoder, objective)
