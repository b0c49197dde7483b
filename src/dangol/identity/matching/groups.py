"""From pairs to customers: records held together by likely pairs, joined step by step as long as all their pairs agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dangol.algorithms.average_linkage import Merges, Stack, cut, link
from dangol.algorithms.expected_f1 import Cut, best_cut
from dangol.identity.matching.decisions import Decided
from dangol.identity.matching.marks import Flags
from dangol.identity.matching.people import Ints
from dangol.identity.matching.scorer import PairScorer, Scored

# Pairs from this chance on hold a component together.
LOOSE = 0.3
# Components larger than this are split at a stricter chance, and reported.
LARGEST = 150
STRICTER = (0.6, 0.9, 0.99, 0.999, 1.1)
# Of more records than this that belong together anyway, so many speak for all.
SPEAKERS = 12
# Cells of memory for one stack of components.
CELLS = 600_000
LOWEST, HIGHEST = -20.0, 20.0


@dataclass(frozen=True)
class Tree:
    """The joins of components of one size.

    Attributes:
        members: components × members, places of the records.
        merges: how they were joined.
    """

    members: Ints
    merges: Merges


@dataclass(frozen=True)
class Forest:
    """All joins of a company, before a cut is chosen.

    Attributes:
        grown: whether each record stands in a component that was grown.
        leader: the record that each record follows; mostly itself.
        trees: one for each batch of components.
        outside: expected pairs of one person that no component holds.
        alarms: sizes of components that had to be split because they were too large to be one person.
    """

    grown: Flags
    leader: Ints
    trees: tuple[Tree, ...]
    outside: float
    alarms: tuple[int, ...]

    def groups(self, height: float) -> Ints:
        """The group of each record at a cut: the place of the group's first record."""
        group = np.arange(len(self.grown))
        for tree in self.trees:
            places = cut(tree.merges, height)
            group[tree.members] = np.take_along_axis(tree.members, places, axis=1)
        return group[self.leader]

    def best(self) -> Cut:
        """The cut with the highest expected F1 over pairs, every pair within a group counted."""
        heights, pairs, matches = (self.merged(name) for name in ("height", "pairs", "matches"))
        open_ = list(map(np.isfinite, heights))
        height = pick(heights, open_)
        if not len(height):
            return Cut(0.0, 1.0, 1.0, 1.0)
        every = sum(float(each.sum()) for each in matches) + self.outside
        sure = list(map(np.isposinf, heights))
        known = (pick(pairs, sure).sum(), pick(matches, sure).sum())
        return best_cut(
            np.append(height, HIGHEST * 10),
            np.append(pick(pairs, open_), known[0] + 1e-9),
            np.append(pick(matches, open_), known[1] + 1e-9),
            every + 2e-9,
        )

    def merged(self, figure: str) -> list[npt.NDArray[np.float64]]:
        """One figure of all joins, tree by tree: their height, or the pairs or expected matches that they bring together."""
        return [getattr(tree.merges, figure) for tree in self.trees]


def pick(columns: list[npt.NDArray[np.float64]], chosen: list[Flags]) -> npt.NDArray[np.float64]:
    """The chosen cells of several arrays as one column."""
    return np.concatenate([column[cells] for column, cells in zip(columns, chosen, strict=True)] or [np.empty(0)])


def leaders(records: int, decided: Decided) -> tuple[Ints, Decided]:
    """The record each record follows: of very many records that belong together anyway, a few speak for all.

    Records about which anybody has said that they are somebody else speak for themselves.

    Returns:
        For each record the one it follows, mostly itself; and the decisions about those that speak.
    """
    leader = np.arange(records)
    label = components(records, decided.must_left, decided.must_right)
    sizes = np.bincount(label, minlength=1)
    large = sizes[label] > SPEAKERS
    large[decided.cannot_left] = large[decided.cannot_right] = False
    large[decided.verified >= 0] = False
    if not large.any():
        return leader, decided
    order = np.flatnonzero(large)
    order = order[np.argsort(label[order], kind="stable")]
    _, first, count = np.unique(label[order], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(first, count)
    follows = rank >= SPEAKERS
    leader[order[follows]] = np.repeat(order[first], count)[follows]
    head = np.full(len(sizes), -1, dtype=np.int64)
    head[label[order[first]]] = order[first]
    speaks = np.flatnonzero((leader == np.arange(records)) & (head[label] >= 0))
    return leader, decided.within(leader == np.arange(records)).also(head[label[speaks]], speaks)


def led(pairs: Scored, leader: Ints) -> Scored:
    """The pairs with records replaced by those they follow; pairs within one group fall away."""
    left, right = leader[pairs.left], leader[pairs.right]
    if (left == pairs.left).all() and (right == pairs.right).all():
        return pairs
    apart = left != right
    return Scored(left[apart], right[apart], pairs.chance[apart], pairs.codes[apart], pairs.lost)


def components(records: int, left: Ints, right: Ints) -> npt.NDArray[np.int32]:
    """The component of each record when the given pairs hold records together."""
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(records, records))
    found: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return found


def split(records: int, pairs: Scored, decided: Decided) -> tuple[npt.NDArray[np.int32], tuple[int, ...]]:
    """The component of each record, none of them too large; and the sizes of those that were.

    What people and rules have joined stays together whatever its size.
    """
    chance, left, right = pairs.chance, pairs.left, pairs.right
    kept = chance >= LOOSE
    label = components(records, np.append(left[kept], decided.must_left), np.append(right[kept], decided.must_right))
    sizes = np.bincount(label, minlength=1)
    alarms = tuple(sorted(sizes[sizes > LARGEST].tolist(), reverse=True))
    for chance_needed in STRICTER:
        large = np.bincount(label, minlength=1)[label] > LARGEST
        if not large.any():
            break
        kept &= ~large[left] | (chance >= chance_needed)
        label = components(records, np.append(left[kept], decided.must_left), np.append(right[kept], decided.must_right))
    return label, alarms


def grow(scorer: PairScorer, pairs: Scored, decided: Decided, chosen: Flags | None = None) -> Forest:
    """Join the records of every component, all pairs inside a component scored.

    Args:
        scorer: says what each pair shows.
        pairs: scored pairs.
        decided: what people and rules have decided.
        chosen: components without any of these records are left alone; None for all.
    """
    records = len(decided.verified)
    chosen = np.ones(records, dtype=bool) if chosen is None else chosen
    leader, decided = leaders(records, decided)
    leads = leader == np.arange(records)
    pairs = led(pairs, leader)
    label, alarms = split(records, pairs, decided)
    label = label[leader]
    wanted = np.bincount(label, weights=chosen, minlength=1) > 0
    inside = decided.within(wanted[label])
    trees = tuple(Tree(members, link(stack_of(scorer, members, inside))) for members in batches(label, wanted, leads))
    apart = label[pairs.left] != label[pairs.right]
    return Forest(wanted[label], leader, trees, float(pairs.chance[apart].sum()) + pairs.lost, alarms)


def batches(label: npt.NDArray[np.int32], wanted: Flags, leads: Flags) -> Iterator[Ints]:
    """Members of components of the same size, as many at once as fit in memory."""
    sizes = np.bincount(label[leads], minlength=len(wanted))
    leading = np.flatnonzero(leads)
    order = leading[np.argsort(label[leading], kind="stable")]
    start = np.cumsum(sizes) - sizes
    for size in np.unique(sizes[sizes > 1]).tolist():
        named = np.flatnonzero((sizes == size) & wanted)
        step = max(1, CELLS // (size * size * 8))
        for first in range(0, len(named), step):
            yield order[start[named[first : first + step]][:, None] + np.arange(size)]


def stack_of(scorer: PairScorer, members: Ints, decided: Decided) -> Stack:
    """Everything linkage needs to know of some components."""
    many, size = members.shape
    one, two = np.triu_indices(size, 1)
    shown = scorer.support(members[:, one].ravel(), members[:, two].ravel())
    fields, kinds = shown.likelihood.shape[1:]
    support = square(shown.likelihood.reshape(many, len(one), fields, kinds), size, one, two)
    known = square(shown.known.reshape(many, len(one), fields).astype(np.float64), size, one, two)
    chance = square(shown.chance.reshape(many, len(one)), size, one, two)
    must, cannot = (decided.among(members, which) for which in ("must", "cannot"))
    return Stack(support, known, shown.prior, chance, must, cannot)


def square(pairs: npt.NDArray[np.float64], size: int, one: Ints, two: Ints) -> npt.NDArray[np.float64]:
    """Values of pairs as symmetric matrices, one for each component."""
    full = np.zeros((pairs.shape[0], size, size, *pairs.shape[2:]))
    full[:, one, two] = pairs
    full[:, two, one] = pairs
    return full
