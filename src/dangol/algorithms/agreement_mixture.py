"""How much each agreement of two records says about whether they are one person, learned without any labelled pair.

Three kinds of pairs are told apart: one person (M), two people who share a contact or a home (H), strangers (U). Fellegi and
Sunter (1969) with expectation maximisation (Winkler 1988; Larsen and Rubin 2001 for more than two kinds), and three guards:
pairs that were never compared count as strangers, so that the shares hold for the whole company; what strangers do is the total
over all pairs less what the other two kinds explain, so that duplicates do not make their own agreement look common; and
Dirichlet priors keep every level possible, so that one wrong code vetoes nobody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dangol.algorithms.arrays import Vector
from dangol.core.errors import DataError, told

STEPS = 200
SETTLED = 1e-5
FLOOR = 1e-9
Codes = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Field:
    """One comparison: how its codes split into levels, and what is believed before any pair is seen.

    A code is a level, or a level within a band of how common the agreeing value is. Code 0 stands for a missing value.

    Attributes:
        level: of each code; level 0 is missing.
        match_band: share of each code within its level among pairs of one person; sums to one within a level.
        total: pairs of the whole company at each code, compared or not; entry 0 is ignored.
        match_prior: pseudo-pairs of each level for one person; entry 0 is ignored.
        shared_prior: the same for people who share a contact.
        identifying: of each code whether agreement there hardly ever comes by chance, so that learning starts from nearly none.
        shared_most: the highest share each level may have among people who share a contact; 1 for no limit.
        frozen: people who share a contact agree here as strangers do.
    """

    level: Codes
    match_band: Vector
    total: Vector
    match_prior: Vector
    shared_prior: Vector
    shared_most: Vector
    identifying: npt.NDArray[np.bool_]
    frozen: bool = False

    @property
    def levels(self) -> int:
        """Number of levels, the missing one included."""
        return len(self.match_prior)


@dataclass(frozen=True)
class Mixture:
    """What was learned: the share of each kind of pair, and how often each code occurs in each kind.

    Attributes:
        shares: of one person, of a shared contact, of strangers, among all pairs of the company.
        match, shared, stranger: for each field the probability of each code; entry 0 (missing) is 1 in all three.
        steps: of expectation maximisation.
    """

    shares: tuple[float, float, float]
    match: tuple[Vector, ...]
    shared: tuple[Vector, ...]
    stranger: tuple[Vector, ...]
    steps: int = 0

    def weights(self, patterns: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        """log2 of how much likelier each code is in one person than in strangers: patterns × fields."""
        columns = [
            np.log2(match / stranger)[patterns[:, place]]
            for place, (match, stranger) in enumerate(zip(self.match, self.stranger, strict=True))
        ]
        return np.column_stack(columns)

    def memberships(self, patterns: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        """Probability of each of the three kinds for each pattern of codes: patterns × 3; where nothing is known, strangers."""
        kinds = (self.match, self.shared, self.stranger)
        logs = np.empty((len(patterns), 3))
        for place, (share, codes) in enumerate(zip(self.shares, kinds, strict=True)):
            logs[:, place] = np.log(share) + sum(np.log(each)[patterns[:, field]] for field, each in enumerate(codes))
        logs[~patterns.any(axis=1), :2] = -np.inf
        logs -= logs.max(axis=1, keepdims=True)
        likely = np.exp(logs)
        shares: npt.NDArray[np.float64] = likely / likely.sum(axis=1, keepdims=True)
        return shares


def fit(patterns: npt.NDArray[np.integer], counts: Vector, fields: Sequence[Field], pairs: float, matches: float) -> Mixture:
    """Learn the mixture from how often each pattern of codes occurs among the compared pairs.

    Args:
        patterns: patterns × fields, the code of each field.
        counts: compared pairs with each pattern.
        fields: one for each column of `patterns`.
        pairs: all pairs of the company, compared or not.
        matches: a first guess of the number of pairs of one person.

    Raises:
        DataError: the columns of `patterns` are not the fields.
    """
    if patterns.ndim != 2 or patterns.shape[1] != len(fields):
        raise DataError(told("patterns have shape {shape}", shape=repr(patterns.shape)))
    mixture = start(fields, max(pairs, 1.0), max(matches, 0.01))
    for step in range(STEPS):
        member = mixture.memberships(patterns) * counts[:, None]
        learned = improved(mixture, patterns, member, fields, max(pairs, 1.0))
        moved = change(mixture, learned)
        mixture = replace(learned, steps=step + 1)
        if moved < SETTLED:
            break
    return mixture


def change(before: Mixture, after: Mixture) -> float:
    """The largest change of any probability of one person, and of the relative share."""
    inside = max(float(np.abs(old - new).max()) for old, new in zip(before.match, after.match, strict=True))
    return max(inside, 0.01 * abs(math.log(after.shares[0] / before.shares[0])))


def start(fields: Sequence[Field], pairs: float, matches: float) -> Mixture:
    """Where learning begins: the priors, and strangers as the totals are."""
    stranger = tuple(stranger_share(field, field.total * field.identifying, 0.0 * field.total) for field in fields)
    share = min(matches / pairs, 0.45)
    return Mixture(
        (share, 0.3 * share, 1.0 - 1.3 * share),
        tuple(expanded(field, normal(field.match_prior)) for field in fields),
        tuple(shared_share(field, normal(field.shared_prior), random) for field, random in zip(fields, stranger, strict=True)),
        stranger,
    )


def improved(
    mixture: Mixture, patterns: npt.NDArray[np.integer], member: npt.NDArray[np.float64], fields: Sequence[Field], pairs: float
) -> Mixture:
    """One step of maximisation."""
    match, shared, stranger = [], [], []
    for place, field in enumerate(fields):
        codes = len(field.level)
        found = [np.bincount(patterns[:, place], member[:, kind], codes).astype(np.float64) for kind in range(3)]
        random = stranger_share(field, found[0] + found[1], found[2])
        match.append(expanded(field, normal(by_level(field, found[0]) + field.match_prior)))
        shared.append(shared_share(field, normal(by_level(field, found[1]) + field.shared_prior), random))
        stranger.append(random)
    kinds = member.sum(axis=0)
    first, second = (min((kind + 1.0) / pairs, 0.45) for kind in kinds[:2])
    return Mixture((first, second, max(1.0 - first - second, 0.01)), tuple(match), tuple(shared), tuple(stranger), mixture.steps)


def by_level(field: Field, found: Vector) -> Vector:
    """Pairs at each level, bands together."""
    return np.bincount(field.level, found, field.levels).astype(np.float64)


def normal(found: Vector) -> Vector:
    """Shares of the levels that are not missing."""
    shares = np.maximum(found, FLOOR)
    shares[0] = 0.0
    total: Vector = shares / shares.sum()
    return total


def expanded(field: Field, shares: Vector) -> Vector:
    """Probability of each code from that of its level; 1 for a missing value."""
    codes = np.maximum(shares[field.level] * field.match_band, FLOOR)
    codes[0] = 1.0
    return codes


def stranger_share(field: Field, explained: Vector, seen: Vector) -> Vector:
    """What strangers do: all pairs less those the other kinds explain, never less than the strangers seen.

    A twentieth of what strangers would show if nobody were in twice, and half a pair, stay with them: nothing is impossible.
    """
    left = np.maximum.reduce([field.total - explained, seen, 0.05 * field.total]) + 0.5
    left[0] = 0.0
    shares = left / left.sum()
    shares[0] = 1.0
    floored: Vector = np.maximum(shares, FLOOR)
    return floored


def shared_share(field: Field, shares: Vector, random: Vector) -> Vector:
    """What people who share a contact do: as strangers where frozen, else as learned up to the highest share allowed."""
    if field.frozen:
        return random
    limited = np.minimum(shares, field.shared_most)
    free = field.shared_most >= 1.0
    free[0] = False
    if free.any():
        limited[free] *= (1.0 - limited[~free][1:].sum()) / max(limited[free].sum(), FLOOR)
    return expanded(field, limited)
