"""Cleared customers come from the consent room or not at all."""

from __future__ import annotations

import ast
import copy
import dataclasses
import pickle
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import dangol
from dangol.core.cleared import Cleared, claim_mint, require_cleared
from dangol.core.errors import ConsentError

RECORDS = [
    {"customer_id": number, "channel": "email", "allowed": True, "recorded_at": datetime(2026, 1, 1)} for number in (1, 2, 3)
]


@pytest.fixture
def cleared(cleared_by: Any) -> Cleared:
    return cleared_by([1, 2, 3], RECORDS).cleared


def forged() -> Cleared:
    return object.__new__(Cleared)


def test_the_genuine_one_is_accepted(cleared: Cleared) -> None:
    assert require_cleared(cleared) is cleared
    assert len(cleared) == 3


@pytest.mark.parametrize(
    "forge",
    [
        lambda real: Cleared(),
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
        lambda real: dataclasses.replace(real, rows=real.rows),
        lambda real: type("Better", (Cleared,), {}),
        lambda real: require_cleared(forged()),
        lambda real: require_cleared(real.rows),
        lambda real: require_cleared(None),
        lambda real: forged().rows,
        lambda real: forged().only(pa.array([1])),
        lambda real: claim_mint(),
    ],
)
def test_forging_fails(cleared: Cleared, forge: Any) -> None:
    with pytest.raises((ConsentError, TypeError)):
        forge(cleared)


def test_what_was_cleared_cannot_be_changed(cleared: Cleared) -> None:
    for name in ("rows", "purpose", "as_of", "more"):
        with pytest.raises(AttributeError):
            setattr(cleared, name, "other")
        with pytest.raises(AttributeError):
            object.__setattr__(cleared, name, "other")


def test_narrowing_adds_nobody(cleared: Cleared) -> None:
    assert cleared.only(pa.array([2, 3, 4, 99])).rows["customer_id"].to_pylist() == [2, 3]
    assert len(cleared.only(pa.array([], pa.int64()))) == 0


def test_no_other_file_reaches_for_the_mint() -> None:
    sources = Path(dangol.__file__).parent
    allowed = {sources / "core" / "cleared.py", sources / "consent" / "clear.py"}
    reaching = {
        path
        for path in sources.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None)}
        & {"claim_mint", "_issue", "_ISSUED", "_mint", "_CLAIMED"}
    }
    assert reaching == allowed
