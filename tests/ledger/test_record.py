"""The ledger is written once: again gives the same, otherwise is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dangol.core.declare import ProgrammeSettings
from dangol.core.errors import DataError, UnknownName
from dangol.core.store import Campaign, Decision, Store
from dangol.ledger import Decisions, Run, earlier_decisions, mark_exported, record

AS_OF = datetime(2026, 11, 22, 3)
Decide = Callable[..., Decisions]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "app.db") as opened:
        yield opened


def run(as_of: datetime = AS_OF, **more: Any) -> Run:
    settings = {"name": "win_back", "ko": "재방문", "en": "Win back", "value_ko": "값", "value_en": "value",
                "stage": "reactivate", "audience": "order_count >= 1", "channels": ("kakao", "email"), "rank_by": "expected_margin_12m"}  # fmt: skip
    return Run(ProgrammeSettings.model_validate({**settings, **more}), as_of, "run-1")


AUDIENCE = {number: float(number % 7) for number in range(200)}


def test_recording_again_writes_nothing(store: Store, decided: Decide) -> None:
    first = record(store, run(), decided(AUDIENCE, agreed=range(150)))
    again = record(store, run(), decided(AUDIENCE, agreed=range(150), order=reversed(AUDIENCE)))
    assert (first.written, again.written) == (200, 0)
    rest = 150 - first.counts["contact"]
    assert first.counts == again.counts
    assert first.counts == {"audience": 200, "contact": 150 - rest, "hold_out": rest, "skip": 50, "skip:no_consent": 50}


def test_the_stored_rows_are_the_decided_rows(store: Store, decided: Decide) -> None:
    decisions = decided(AUDIENCE, agreed=range(150), capacity=40)
    record(store, run(capacity=40), decisions)
    columns = [Decision.__table__.c[name] for name in decisions.rows.column_names]
    stored = store.arrow(select(*columns).order_by(Decision.customer_id))
    assert stored.to_pylist() == decisions.rows.to_pylist()
    campaign = store.arrow(select(Campaign.campaign_id, Campaign.state)).to_pylist()
    assert campaign == [{"campaign_id": "win_back-20261122T030000", "state": "draft"}]


@pytest.mark.parametrize("change", [{"agreed": range(149)}, {"holdout": 0.5}, {"capacity": 10}])
def test_other_decisions_for_the_same_campaign_are_refused(store: Store, decided: Decide, change: dict[str, Any]) -> None:
    record(store, run(), decided(AUDIENCE, agreed=range(150)))
    with pytest.raises(DataError, match="already decided otherwise"):
        record(store, run(), decided(AUDIENCE, **{"agreed": range(150), **change}))
    assert store.arrow(select(Decision.decision_id)).num_rows == 200


def test_the_next_run_leaves_the_same_people_in_peace(store: Store, decided: Decide) -> None:
    record(store, run(), decided(AUDIENCE))
    soon, late = AS_OF + timedelta(days=29), AS_OF + timedelta(days=30)
    for moment, expected in ((soon, {"cool_down"}), (late, {None})):
        before = earlier_decisions(store, run(moment))
        found = decided(AUDIENCE, earlier=before, as_of=moment)
        assert set(found.rows["reason_code"].to_pylist()) == expected


def test_an_old_moment_is_decided_again_as_it_was(store: Store, decided: Decide) -> None:
    record(store, run(), decided(AUDIENCE, capacity=50))
    later = AS_OF + timedelta(days=10)
    record(store, run(later), decided(AUDIENCE, capacity=50, earlier=earlier_decisions(store, run(later)), as_of=later))
    again = record(store, run(), decided(AUDIENCE, capacity=50, earlier=earlier_decisions(store, run())))
    assert again.written == 0


def test_exports_are_noted_once_and_never_change(store: Store, decided: Decide) -> None:
    name = record(store, run(), decided(AUDIENCE)).campaign_id
    assert mark_exported(store, name, {"a.csv": "1" * 64})
    assert not mark_exported(store, name, {"a.csv": "1" * 64})
    assert mark_exported(store, name, {"b.csv": "2" * 64})
    with pytest.raises(DataError, match=r"a\.csv"):
        mark_exported(store, name, {"a.csv": "3" * 64})
    with pytest.raises(UnknownName):
        mark_exported(store, "win_bak", {})
    campaign = store.arrow(select(Campaign.state))["state"].to_pylist()
    assert campaign == ["exported"]
