"""Who scores pairs: a seam with our own engine behind it, so that another can take its place where it is measured to be better.

Ours counts how often every pattern of agreement occurs, learns from those counts (`dangol.algorithms.agreement_mixture`), and
gives each pair the score of its pattern: patterns are thousands where pairs are millions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dangol.algorithms.agreement_mixture import Mixture, fit
from dangol.algorithms.arrays import Vector
from dangol.algorithms.expected_f1 import Cut
from dangol.identity.matching import blocking, strangers
from dangol.identity.matching.compare import LAYOUTS, Comparer, Steps
from dangol.identity.matching.marks import Flags, marks
from dangol.identity.matching.model import Model, common_values, radix
from dangol.identity.matching.people import Ints, People

PAIRS_AT_ONCE = 1_000_000
# A first guess: so many pairs of one person for each record.
FIRST_GUESS = 0.6
# Pairs less likely than this are not kept.
LEAST_CHANCE = 0.01


@dataclass(frozen=True)
class Scored:
    """Pairs of records with the chance that they are one person.

    Attributes:
        left, right: places of the records, left before right.
        chance: probability of one person.
        codes: pairs × fields, the code each field reached (`dangol.identity.matching.compare`).
        lost: expected pairs of one person among the pairs that were compared and not kept.
    """

    left: Ints
    right: Ints
    chance: Vector
    codes: Steps
    lost: float = 0.0

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True)
class Support:
    """What pairs show, field by field, as linkage reads it.

    Attributes:
        likelihood: pairs × fields × kinds, log2; kind 0 is one person. 0 where a value is missing.
        known: pairs × fields.
        prior: log2 of the share of each kind.
        chance: probability of one person for each pair.
    """

    likelihood: npt.NDArray[np.float64]
    known: Flags
    prior: Vector
    chance: Vector


class PairScorer(Protocol):
    """An engine that scores pairs of one company's records."""

    def pairs(self, chosen: Flags | None = None) -> Scored:
        """Every pair worth keeping; with `chosen`, only pairs that hold one of these records."""
        ...

    def support(self, left: Ints, right: Ints) -> Support:
        """What given pairs show, whether or not they were worth keeping."""
        ...


@dataclass(frozen=True)
class AgreementScorer:
    """Our own engine.

    Attributes:
        comparer: of the records.
        model: what was learned.
        here: the records that count; None for all.
    """

    comparer: Comparer
    model: Model
    here: Flags | None = None

    @classmethod
    def of(cls, people: People, model: Model, here: Flags | None = None) -> AgreementScorer:
        """The engine with a model learned earlier; with `here`, only some of the records count."""
        return cls(Comparer(people, model.marks(people, here)), model, here)

    def pairs(self, chosen: Flags | None = None) -> Scored:
        """Every pair of records that share a block and may be one person."""
        left, right = blocking.candidates(self.blocks, self.model.reach, chosen, self.here)
        kept = [self.kept(left[part], right[part]) for part in parts(len(left))]
        return joined(kept)

    @cached_property
    def blocks(self) -> blocking.Blocked:
        """The block of each record under each key."""
        return blocking.blocked(self.comparer.people, self.comparer.marks)

    def kept(self, left: Ints, right: Ints) -> Scored:
        """Pairs that may be one person."""
        return scored(self.model.mixture, left, right, self.comparer.codes(left, right))

    def support(self, left: Ints, right: Ints) -> Support:
        """What the mixture says of each field of given pairs."""
        codes = self.comparer.codes(left, right)
        mixture = self.model.mixture
        kinds = [columns_of(kind, codes) for kind in (mixture.match, mixture.shared, mixture.stranger)]
        chance = mixture.memberships(codes)[:, 0]
        return Support(np.stack(kinds, axis=2), codes > 0, np.log2(np.array(mixture.shares)), chance)


def columns_of(kind: tuple[Vector, ...], codes: Steps) -> npt.NDArray[np.float64]:
    """log2 likelihood of each field under one kind of pair."""
    return np.column_stack([np.log2(each)[codes[:, place]] for place, each in enumerate(kind)])


def scored(mixture: Mixture, left: Ints, right: Ints, codes: Steps) -> Scored:
    """Pairs whose pattern is likely enough, with their chance."""
    patterns, place, _ = patterns_of(codes)
    chance = mixture.memberships(patterns)[:, 0][place]
    kept = chance >= LEAST_CHANCE
    return Scored(left[kept], right[kept], chance[kept], codes[kept], float(chance[~kept].sum()))


def patterns_of(codes: Steps) -> tuple[Steps, Ints, Ints]:
    """The distinct patterns of codes, the place of each pair's pattern among them, and how many pairs each has."""
    sizes, times = np.array([each.codes for each in LAYOUTS]), radix()
    number = codes.astype(np.int64) @ times
    names, place, count = np.unique(number, return_inverse=True, return_counts=True)
    return ((names[:, None] // times) % sizes).astype(np.int16), place, count.astype(np.int64)


def parts(rows: int) -> list[slice]:
    """Slices of so many rows as fit in memory at once."""
    return [slice(start, start + PAIRS_AT_ONCE) for start in range(0, rows, PAIRS_AT_ONCE)]


def joined(several: list[Scored]) -> Scored:
    """Several sets of pairs as one."""
    if not several:
        none = np.empty(0, dtype=np.int64)
        return Scored(none, none, np.empty(0), np.empty((0, len(LAYOUTS)), dtype=np.int16))
    return Scored(
        np.concatenate([each.left for each in several]),
        np.concatenate([each.right for each in several]),
        np.concatenate([each.chance for each in several]),
        np.concatenate([each.codes for each in several]),
        sum(each.lost for each in several),
    )


def learned(people: People) -> tuple[AgreementScorer, Scored]:
    """Learn a model from the records themselves; the engine with it, and the pairs worth keeping.

    The cut is not chosen yet: that needs groups.
    """
    found = marks(people)
    comparer = Comparer(people, found)
    blocks = blocking.blocked(people, found)
    reach = blocking.reach(blocks, len(people))
    left, right = blocking.candidates(blocks, reach)
    del blocks
    slices = parts(len(left))
    codes = [comparer.codes(left[part], right[part]) for part in slices]
    every = max(len(people) * (len(people) - 1) / 2, 1.0)
    patterns, counts = counted(codes)
    mixture = fit(
        patterns, counts.astype(np.float64), strangers.fields(comparer), every, min(FIRST_GUESS * len(people), every / 4)
    )
    bands, rarest = common_values(people, found)
    model = Model(mixture, reach, bands, rarest, 0.0, {}, len(people))
    kept = joined([scored(mixture, left[part], right[part], each) for part, each in zip(slices, codes, strict=True)])
    return AgreementScorer(comparer, model), kept


def counted(several: list[Steps]) -> tuple[Steps, Ints]:
    """The distinct patterns of many pairs and how many pairs each has."""
    if not several:
        return np.empty((0, len(LAYOUTS)), dtype=np.int16), np.empty(0, dtype=np.int64)
    found = [patterns_of(codes) for codes in several]
    patterns, place, _ = patterns_of(np.concatenate([each for each, _, _ in found]))
    count = np.bincount(place, weights=np.concatenate([each for _, _, each in found]), minlength=len(patterns))
    return patterns, count.astype(np.int64)


def with_cut(scorer: AgreementScorer, cut: Cut) -> AgreementScorer:
    """The same engine with its cut chosen."""
    expected = {"precision": cut.precision, "recall": cut.recall, "f1": cut.f1}
    return replace(scorer, model=replace(scorer.model, cut=cut.height, expected=expected))
