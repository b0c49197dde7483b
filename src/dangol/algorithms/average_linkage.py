"""Groups of records by what all pairs between two groups say on average, for very many small groups at once.

Average linkage (Sokal and Michener 1958), field by field: the evidence of two groups is, for each field, the mean over those
pairs of members in which both have a value, so that records with little in them do not pull a sound group apart. The two groups
with the highest log odds are joined, again and again. With one field and no missing values this is plain average linkage.
All components of one size are worked on together, so that a million pairs cost a few array steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector, Whole
from dangol.core.errors import DataError, told

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
NEVER = -np.inf
ALWAYS = np.inf
# Groups that must stay apart still come before groups that no longer exist.
APART = -1e300


@dataclass(frozen=True)
class Stack:
    """Components with the same number of members.

    Attributes:
        support: components × members × members × fields × kinds, log2 likelihood of what a field shows under each kind of pair;
            kind 0 is one person; 0 where a value is missing. Symmetric.
        known: components × members × members × fields, whether both have a value.
        prior: log2 of the share of each kind.
        chance: components × members × members, probability of each pair.
        must: components × members × members, pairs that belong together whatever the evidence.
        cannot: the same for pairs that never do; stronger than `must`.
    """

    support: Array
    known: Array
    prior: Vector
    chance: Array
    must: Flags
    cannot: Flags


@dataclass(frozen=True)
class Merges:
    """The joins of components of one size, in the order they were made.

    Attributes:
        first, second: components × joins, members of the two groups joined (the group lives on under `first`).
        height: components × joins, log2 odds that the two groups are one person; infinite where decided beforehand.
        pairs: components × joins, pairs between them.
        matches: components × joins, expected true pairs among them.
    """

    first: Whole
    second: Whole
    height: Array
    pairs: Array
    matches: Array


def log_odds(support: Array, known: Array, prior: Vector) -> Array:
    """log2 odds of one person against all other kinds, from sums of evidence and the number of pairs behind them."""
    kinds = (support / np.maximum(known, 1.0)[..., None]).sum(axis=-2) + prior
    odds: Array = kinds[..., 0] - np.logaddexp2.reduce(kinds[..., 1:], axis=-1)
    return odds


def link(stack: Stack) -> Merges:
    """All joins of a stack of components; every component ends as one group, joins that must not be having the height −inf.

    Raises:
        DataError: the parts of the stack have different shapes.
    """
    many, size = stack.chance.shape[:2]
    if stack.support.shape[:4] != stack.known.shape or stack.known.shape[:3] != stack.must.shape:
        raise DataError(told("a stack of {many} components with parts of different shapes", many=many))
    support, known, chance = stack.support.copy(), stack.known.copy(), stack.chance.copy()
    must, cannot = stack.must.copy(), stack.cannot.copy()
    height = decided(log_odds(support, known, stack.prior), must, cannot)
    height[:, np.arange(size), np.arange(size)] = np.nan
    members = np.ones((many, size))
    rows, joins = np.arange(many), max(size - 1, 0)
    first, second = np.zeros((many, joins), dtype=np.int64), np.zeros((many, joins), dtype=np.int64)
    heights, pairs, matches = np.zeros((many, joins)), np.zeros((many, joins)), np.zeros((many, joins))
    for join in range(joins):
        ranked = np.where(np.isnan(height), NEVER, np.maximum(height, APART))
        best = ranked.reshape(many, -1).argmax(axis=1)
        one, two = np.minimum(best // size, best % size), np.maximum(best // size, best % size)
        first[:, join], second[:, join], heights[:, join] = one, two, height[rows, one, two]
        pairs[:, join], matches[:, join] = members[rows, one] * members[rows, two], chance[rows, one, two]
        for part in (support, known, chance):
            added(part, rows, one, two)
        for ban in (must, cannot):
            added(ban, rows, one, two)
        members[rows, one] += members[rows, two]
        ours = decided(log_odds(support[rows, one], known[rows, one], stack.prior), must[rows, one], cannot[rows, one])
        ours[np.isnan(height[rows, one]) | np.isnan(height[rows, two])] = np.nan
        height[rows, one], height[rows, :, one] = ours, ours
        height[rows, two], height[rows, :, two] = np.nan, np.nan
    return Merges(first, second, heights, pairs, matches)


def decided(odds: Array, must: Flags, cannot: Flags) -> Array:
    """Log odds, infinite where people or rules have decided."""
    return np.where(cannot, NEVER, np.where(must, ALWAYS, odds))


def added(part: Array | Flags, rows: Whole, one: Whole, two: Whole) -> None:
    """Let the first group take what the second has, in place; flags are joined by or."""
    both = part[rows, one] + part[rows, two]
    part[rows, one] = both
    part[rows, :, one] = both


def cut(merges: Merges, height: float) -> Whole:
    """The group of each member when joins below a height are not made: components × members, named by the first member."""
    many, joins = merges.first.shape
    group = np.tile(np.arange(joins + 1), (many, 1))
    for join in range(joins):
        made = merges.height[:, join] >= height
        moves = (group == merges.second[:, join][:, None]) & made[:, None]
        group = np.where(moves, merges.first[:, join][:, None], group)
    return group
