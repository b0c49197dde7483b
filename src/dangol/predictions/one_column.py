"""The rule of thumb that an analyst makes first: how often it happens by the one column that tells most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.core.declare import Array, Block

STRENGTH = 10.0  # as many rows of the common rate are believed beside a value's own
TENTHS = np.arange(0.1, 1.0, 0.1)


@dataclass(frozen=True)
class OneColumn:
    """Rates by the values of a column, drawn towards the rate of all by ten rows; of numbers by tenths.

    Attributes:
        name: of the column; empty where there is none.
        edges: between tenths of numbers; none for words.
        rates: by value or tenth.
        usual: the rate of all, which stands in for values never seen.
    """

    name: str
    edges: Array
    rates: Mapping[object, float]
    usual: float

    @classmethod
    def learn(cls, block: Block, happened: Array) -> OneColumn:
        """The column by which the rates come closest to what happened, on the rows they are learnt from.

        Args:
            block: rows to learn from.
            happened: 1 where it happened, else 0, shape (n,).
        """
        usual = float(happened.mean())
        rules = [cls("", np.empty(0), {}, usual), *(cls.of(name, values, happened) for name, values in block.columns.items())]
        return min(rules, key=lambda rule: float(((rule.apply(block) - happened) ** 2).mean()))

    @classmethod
    def of(cls, name: str, values: npt.NDArray[np.generic], happened: Array) -> OneColumn:
        """The rates by one column."""
        edges = np.empty(0)
        if values.dtype != object and not np.isnan(values.astype(np.float64)).all():
            edges = np.unique(np.nanquantile(values.astype(np.float64), TENTHS))
        usual = float(happened.mean())
        kinds, places = np.unique(groups(values, edges), return_inverse=True)
        times, rows = np.bincount(places, happened), np.bincount(places)
        rates = (times + STRENGTH * usual) / (rows + STRENGTH)
        return cls(name, edges, dict(zip(kinds.tolist(), rates.tolist(), strict=True)), usual)

    def apply(self, block: Block) -> Array:
        """The rate of each row, shape (n,)."""
        if not self.name:
            return np.full(len(block), self.usual)
        kinds, places = np.unique(groups(block.columns[self.name], self.edges), return_inverse=True)
        return np.array([self.rates.get(kind, self.usual) for kind in kinds.tolist()])[places]


def groups(values: npt.NDArray[np.generic], edges: Array) -> npt.NDArray[np.generic]:
    """To which value or tenth each row belongs; missing ones are a group of their own."""
    if values.dtype == object:
        return np.array(["" if each is None else str(each) for each in values])
    numbers = values.astype(np.float64)
    return np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers, side="right"))
