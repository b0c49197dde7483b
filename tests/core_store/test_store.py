"""The store keeps what it is given on both databases, through migrations that match the declared tables."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select, text

from dangol.core.errors import EngineError
from dangol.core.store import (
    Audit,
    AuditEntry,
    Base,
    Campaign,
    Decision,
    Delivery,
    OutboxRow,
    Store,
    broken_link,
    enqueue,
    mark_delivery,
    record_audit,
    waiting,
)

AS_OF = datetime(2026, 11, 22, 3)


def campaign(name: str = "win_back-20261122") -> Campaign:
    return Campaign(
        campaign_id=name, programme="win_back", run_id="r1", as_of=AS_OF, decided_at=AS_OF, settings={"holdout": 0.2, "글": "값"},
        counts={"contact": 2}, fingerprint="f" * 64, files={},
    )  # fmt: skip


def decisions(count: int) -> pa.Table:
    numbers = range(count)
    return pa.table(
        {
            "decision_id": [f"{number:032x}" for number in numbers],
            "campaign_id": ["win_back-20261122"] * count,
            "programme": ["win_back"] * count,
            "run_id": ["r1"] * count,
            "as_of": pa.array([AS_OF] * count, pa.timestamp("us")),
            "decided_at": pa.array([AS_OF] * count, pa.timestamp("us")),
            "customer_id": list(numbers),
            "eligible": [number % 3 != 0 for number in numbers],
            "action": ["skip" if number % 3 == 0 else "contact" for number in numbers],
            "arm": [None if number % 3 == 0 else "coupon" for number in numbers],
            "channel": [None if number % 3 == 0 else "kakao" for number in numbers],
            "probability": [0.5] * count,
            "score": [None if number % 5 == 0 else number / 7 for number in numbers],
            "score_name": ["expected_margin_12m"] * count,
            "cost": pa.array([Decimal("15.50")] * count, pa.decimal128(18, 2)),
            "reason_code": ["no_consent" if number % 3 == 0 else None for number in numbers],
            "consent_recorded_at": pa.array([AS_OF - timedelta(days=9)] * count, pa.timestamp("us")),
            "expires_at": pa.array([None] * count, pa.timestamp("us")),
        }
    )


def put(store: Store, count: int) -> None:
    with store.session() as session:
        session.add(campaign())
        store.append(session, Decision, decisions(count))


def test_migrations_make_exactly_the_declared_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_opening_again_keeps_everything(store: Store, where: str) -> None:
    put(store, 3)
    with Store.open(where) as again:
        assert again.arrow(select(func.count(Decision.decision_id).label("n")))["n"].to_pylist() == [3]


def test_decisions_come_back_as_they_went_in(store: Store) -> None:
    put(store, 20)
    columns = [Decision.__table__.c[name] for name in decisions(1).column_names]
    back = store.arrow(select(*columns).order_by(Decision.customer_id))
    assert back.to_pylist() == decisions(20).to_pylist()


def test_an_empty_answer_keeps_its_types(store: Store) -> None:
    back = store.arrow(select(Decision.customer_id, Decision.cost, Decision.as_of, Decision.eligible))
    assert [str(kind) for kind in back.schema.types] == ["int64", "decimal128(18, 2)", "timestamp[us]", "bool"]


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    put(store, 3)
    with pytest.raises(EngineError, match="refused"):
        put(store, 1)
    assert store.arrow(select(Campaign.campaign_id))["campaign_id"].to_pylist() == ["win_back-20261122"]


def test_a_decision_needs_its_campaign(store: Store) -> None:
    with pytest.raises(EngineError, match="refused"), store.session() as session:
        store.append(session, Decision, decisions(1))


def test_three_hundred_thousand_decisions_in_seconds(store: Store) -> None:
    started = time.perf_counter()
    put(store, 300_000)
    seconds = time.perf_counter() - started
    assert store.arrow(select(func.count(Decision.decision_id).label("n")))["n"].to_pylist() == [300_000]
    assert seconds < 40, f"{seconds:.1f} s"


def test_a_delivery_is_queued_and_sent_once(store: Store) -> None:
    deliveries = [Delivery(f"{number:032x}", "file") for number in range(1_200)]
    with store.session() as session:
        assert enqueue(session, deliveries) == 1_200
        assert enqueue(session, [*deliveries, Delivery("0" * 32, "hashed_file")]) == 1
    with store.session() as session:
        assert len(waiting(session, "file", limit=5)) == 5
        assert mark_delivery(session, deliveries[0].key, "sent")
        assert not mark_delivery(session, deliveries[0].key, "sent")
        assert mark_delivery(session, deliveries[1].key, "failed", problem="550")
    with store.session() as session:
        assert enqueue(session, deliveries) == 0
        states = dict(session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state)).all())
    assert states == {"waiting": 1_199, "sent": 1, "failed": 1}


def test_the_audit_trail_cannot_be_changed(store: Store) -> None:
    for number in range(3):
        record_audit(store, AuditEntry("user-1", "export", f"campaign-{number}", "요청에 따라"))
    for change in ("UPDATE audit SET reason = 'nothing'", "DELETE FROM audit"):
        with pytest.raises(EngineError, match="refused"), store.session() as session:
            session.execute(text(change))
    with store.session() as session:
        entries = session.scalars(select(Audit).order_by(Audit.audit_id)).all()
    assert broken_link(entries) is None
    assert len({entry.hash for entry in entries}) == 3


@pytest.mark.parametrize("tamper", ["reason", "missing", "order"])
def test_tampering_with_the_audit_trail_is_found(store: Store, tamper: str) -> None:
    for number in range(4):
        record_audit(store, AuditEntry("user-1", "unmask", str(number), "call back"))
    with store.session() as session:
        entries = list(session.scalars(select(Audit).order_by(Audit.audit_id)))
    if tamper == "reason":
        entries[1].reason = "curiosity"
    elif tamper == "missing":
        del entries[1]
    else:
        entries[1], entries[2] = entries[2], entries[1]
    assert broken_link(entries) is not None


def test_writers_at_the_same_time_make_one_chain(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        hashes = list(pool.map(lambda number: record_audit(store, AuditEntry("u", "look", str(number))), range(24)))
    with store.session() as session:
        entries = session.scalars(select(Audit).order_by(Audit.audit_id)).all()
    assert broken_link(entries) is None
    assert {entry.hash for entry in entries} == set(hashes)


def test_sqlite_has_its_safety_belts_on(tmp_path: Path) -> None:
    with Store.open(tmp_path / "deep" / "app.db") as store, store.engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 1, 30_000]


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    with Store.open(tmp_path / "app.db") as store, store.session() as session:
        session.add(campaign())
        session.flush()
        assert store.arrow(select(Campaign.campaign_id)).num_rows == 0


def test_several_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(Store.open, [tmp_path / "app.db"] * 4))
    assert all("decisions" in inspect(store.engine).get_table_names() for store in stores)


@pytest.mark.parametrize("address", ["postgresql://me:secret@127.0.0.1:1/none", "nonsense://", "://"])
def test_an_unreachable_store_is_named_without_its_password(address: str) -> None:
    with pytest.raises(EngineError) as caught:
        Store.open(address)
    assert "secret" not in str(caught.value)


def test_who_reads_neither_waits_for_a_writer_nor_keeps_one_waiting(store: Store) -> None:
    put(store, 3)
    counted = select(func.count(Decision.decision_id))
    with ThreadPoolExecutor(1) as other, store.session() as writing:
        writing.execute(text("UPDATE campaigns SET state = 'exported'"))

        def look() -> int:
            with store.reading() as session:
                return int(session.scalar(counted) or 0)

        assert other.submit(look).result(timeout=10) == 3
    with ThreadPoolExecutor(1) as other, store.reading() as session:
        assert session.scalar(counted) == 3
        other.submit(record_audit, store, AuditEntry(who="u", what="export")).result(timeout=10)


def test_a_refusal_says_its_name_in_the_database_and_nothing_of_what_was_written(store: Store) -> None:
    put(store, 3)
    with pytest.raises(EngineError) as refused:
        put(store, 1)
    said = str(refused.value)
    assert any(name in said for name in ("SQLITE_CONSTRAINT", "UniqueViolation"))
    assert "win_back" not in said
