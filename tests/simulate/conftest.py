"""Simulated companies that several tests read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dangol.simulate import Plan, Truth, simulate


@pytest.fixture(scope="session")
def korean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """A small company that delivers Korean office files."""
    folder = tmp_path_factory.mktemp("korean")
    return folder, simulate(folder, Plan(customers=1_500, seed=11))


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """A company of two blocks that delivers Parquet."""
    folder = tmp_path_factory.mktemp("large")
    return folder, simulate(folder, Plan(customers=30_000, seed=4, korean=False, event_volume=0.2, message_volume=0.3))
