"""Average linkage: the same as scipy's where the two can do the same, and constraints that hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import average, fcluster
from scipy.spatial.distance import squareform

from dangol.algorithms.average_linkage import Merges, Stack, cut, link, log_odds
from dangol.core.errors import DataError


def stack(likeness: np.ndarray, must: np.ndarray | None = None, cannot: np.ndarray | None = None) -> Stack:
    """Components whose pairs have given log odds."""
    many, size, _ = likeness.shape
    none = np.zeros((many, size, size), dtype=bool)
    support = np.stack([likeness, np.zeros_like(likeness)], axis=-1)[:, :, :, None, :]
    chance = 1.0 / (1.0 + np.exp2(-likeness))
    return Stack(
        support,
        np.ones((many, size, size, 1)),
        np.zeros(2),
        chance,
        none if must is None else must,
        none if cannot is None else cannot,
    )


def symmetric(rng: np.random.Generator, many: int, size: int) -> np.ndarray:
    """Random log odds."""
    draw = rng.normal(0, 4, (many, size, size))
    both = (draw + draw.transpose(0, 2, 1)) / 2
    both[:, np.arange(size), np.arange(size)] = 0.0
    return both


def pairs_of(group: np.ndarray) -> set[tuple[int, int]]:
    """Pairs of members in one group."""
    return {(a, b) for a in range(len(group)) for b in range(a + 1, len(group)) if group[a] == group[b]}


@pytest.mark.parametrize("size", [2, 3, 5, 9, 17])
def test_heights_and_groups_are_those_of_scipy(size: int) -> None:
    likeness = symmetric(np.random.default_rng(size), 20, size)
    merges = link(stack(likeness))
    groups = cut(merges, 0.5)
    for component in range(20):
        distance = 100.0 - likeness[component]
        np.fill_diagonal(distance, 0.0)
        tree = average(squareform(distance))
        assert np.sort(merges.height[component]) == pytest.approx(np.sort(100.0 - tree[:, 2]))
        assert pairs_of(groups[component]) == pairs_of(fcluster(tree, 99.5, "distance"))


def test_every_pair_is_counted_once_and_so_is_its_chance() -> None:
    built = stack(symmetric(np.random.default_rng(1), 7, 6))
    merges = link(built)
    upper = np.triu_indices(6, 1)
    assert merges.pairs.sum(axis=1).tolist() == [15.0] * 7
    assert merges.matches.sum(axis=1) == pytest.approx(built.chance[:, upper[0], upper[1]].sum(axis=1))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 8), st.integers(0, 10_000))
def test_what_must_and_what_cannot_be_is(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    likeness = symmetric(rng, 3, size)
    must, cannot = (np.triu(rng.random((3, size, size)) < share, 1) for share in (0.2, 0.2))
    must, cannot = must | must.transpose(0, 2, 1), cannot | cannot.transpose(0, 2, 1)
    groups = cut(link(stack(likeness, must, cannot)), -3.0)
    for component in range(3):
        together = pairs_of(groups[component])
        assert not any(cannot[component, a, b] for a, b in together)
        if not cannot[component].any():
            assert {(a, b) for a, b in zip(*np.nonzero(np.triu(must[component])), strict=True)} <= together


def test_a_missing_field_pulls_nobody_apart() -> None:
    # Two fields: 0 and 1 agree on the first, 2 has only the second and agrees there with 1 alone; 0 has no second.
    support, known = np.zeros((1, 3, 3, 2, 2)), np.zeros((1, 3, 3, 2))
    for one, two, which, weight in ((0, 1, 0, 9.0), (1, 2, 1, 6.0)):
        support[0, one, two, which, 0] = support[0, two, one, which, 0] = weight
        known[0, one, two, which] = known[0, two, one, which] = 1.0
    nobody = np.zeros((1, 3, 3), dtype=bool)
    merges = link(Stack(support, known, np.array([-4.0, 0.0]), np.zeros((1, 3, 3)), nobody, nobody))
    assert merges.height[0].tolist() == [5.0, 2.0]


def test_odds_weigh_one_person_against_all_others_together() -> None:
    support = np.log2(np.array([[[0.5, 0.25, 0.25]]]))
    assert log_odds(support, np.ones((1, 1)), np.zeros(3)) == pytest.approx(np.zeros(1))


def test_a_cut_above_all_joins_leaves_everybody_alone() -> None:
    merges = Merges(np.array([[0]]), np.array([[1]]), np.array([[2.0]]), np.ones((1, 1)), np.ones((1, 1)))
    assert cut(merges, 3.0).tolist() == [[0, 1]]
    assert cut(merges, 2.0).tolist() == [[0, 0]]


def test_parts_of_different_shape_are_refused() -> None:
    built = stack(symmetric(np.random.default_rng(0), 2, 3))
    with pytest.raises(DataError, match="2 components"):
        link(Stack(built.support[:, :2], built.known, built.prior, built.chance, built.must, built.cannot))
