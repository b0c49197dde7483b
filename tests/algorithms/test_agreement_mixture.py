"""Agreement without labels: parameters found again in simulated pairs, and the guards."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.algorithms.agreement_mixture import Field, Mixture, fit
from dangol.core.errors import DataError

# Levels 1 (same), 2 (alike), 3 (different); 0 is missing.
MATCH = np.array([[0.90, 0.06, 0.04], [0.80, 0.10, 0.10], [0.70, 0.20, 0.10], [0.95, 0.03, 0.02]])
STRANGER = np.array([[0.001, 0.009, 0.99], [0.0005, 0.0095, 0.99], [0.01, 0.04, 0.95], [0.05, 0.05, 0.90]])
PAIRS, MATCHES, SHARED = 2_000_000, 3_000, 1_500
MISSING = 0.2
# People who share a home agree on the first field and the last one.
KIN = np.where(np.isin(np.arange(4), (0, 3))[:, None], np.array([0.7, 0.1, 0.2]), STRANGER)


def drawn(rng: np.random.Generator, shares: np.ndarray, many: int) -> np.ndarray:
    """Levels of pairs of one kind, some of them missing."""
    levels = np.column_stack([rng.choice(3, many, p=row / row.sum()) + 1 for row in shares])
    return np.where(rng.random(levels.shape) < MISSING, 0, levels)


def simulated() -> tuple[np.ndarray, np.ndarray]:
    """Patterns of all pairs and how many pairs have each."""
    rng = np.random.default_rng(5)
    kinds = ((MATCH, MATCHES), (KIN, SHARED), (STRANGER, PAIRS - MATCHES - SHARED))
    return np.unique(np.concatenate([drawn(rng, shares, many) for shares, many in kinds]), axis=0, return_counts=True)


def field(total: np.ndarray, *, frozen: bool, personal: bool = False) -> Field:
    """A field with three levels and weak priors."""
    prior = np.array([0.0, 6.0, 2.0, 2.0])
    most = np.array([1.0, 0.05, 0.05, 1.0]) if personal else np.ones(4)
    return Field(np.arange(4), np.ones(4), total, prior, prior, most, np.zeros(4, dtype=bool), frozen=frozen)


@pytest.fixture(scope="module")
def learned() -> Mixture:
    """The mixture of simulated pairs of which strangers that agree on nothing were never compared."""
    patterns, counts = simulated()
    fields = tuple(
        field(np.bincount(patterns[:, place], weights=counts, minlength=4), frozen=place == 2, personal=place == 1)
        for place in range(4)
    )
    compared = ((patterns == 1) | (patterns == 2)).any(axis=1)
    return fit(patterns[compared], counts[compared].astype(float), fields, PAIRS, 1_000)


def test_shares_of_the_kinds_are_found_again(learned: Mixture) -> None:
    assert learned.shares[0] * PAIRS == pytest.approx(MATCHES, rel=0.1)
    assert learned.shares[1] * PAIRS == pytest.approx(SHARED, rel=0.5)
    assert sum(learned.shares) == pytest.approx(1.0)


def test_agreement_of_one_person_is_found_again(learned: Mixture) -> None:
    for found, true in zip(learned.match, MATCH, strict=True):
        assert found[1:] == pytest.approx(true, abs=0.03)


def test_agreement_of_strangers_is_found_again(learned: Mixture) -> None:
    for found, true in zip(learned.stranger, STRANGER, strict=True):
        assert np.log2(found[1:] / true) == pytest.approx(np.zeros(3), abs=0.5)


def test_a_shared_home_alone_is_not_one_person(learned: Mixture) -> None:
    chance = learned.memberships(np.array([[1, 3, 3, 1], [1, 1, 1, 1], [3, 3, 3, 3]]))
    assert chance[0, 1] > 0.5 > chance[0, 0]
    assert chance[1, 0] > 0.99
    assert chance[2, 2] > 0.99


def test_a_pair_of_which_nothing_is_known_says_nothing(learned: Mixture) -> None:
    assert learned.memberships(np.zeros((1, 4), dtype=int))[0].tolist() == [0.0, 0.0, 1.0]
    assert learned.weights(np.zeros((1, 4), dtype=int))[0].tolist() == [0.0, 0.0, 0.0, 0.0]


def test_chances_add_up_to_one_and_no_level_is_impossible(learned: Mixture) -> None:
    patterns = np.stack(np.meshgrid(*[range(4)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    assert learned.memberships(patterns).sum(axis=1) == pytest.approx(np.ones(len(patterns)))
    assert np.abs(learned.weights(patterns)).max() < 30


def test_a_level_never_seen_gets_a_weight_that_vetoes_nobody() -> None:
    patterns, counts = np.array([[1, 1], [3, 3]]), np.array([500.0, 9_500.0])
    fields = tuple(field(np.array([0.0, 600.0, 0.0, 499_400.0]), frozen=False) for _ in range(2))
    mixture = fit(patterns, counts, fields, 500_000, 400)
    assert np.isfinite(mixture.weights(np.array([[2, 2]]))).all()
    assert mixture.weights(np.array([[3, 1]]))[0, 0] > -10


def test_patterns_of_another_width_are_refused() -> None:
    with pytest.raises(DataError, match=r"\(1, 3\)"):
        fit(np.zeros((1, 3), dtype=int), np.ones(1), (field(np.ones(4), frozen=False),), 10, 1)
