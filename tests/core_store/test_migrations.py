"""Stores of earlier versions are brought to today's tables with what they hold, and back, on both databases."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from dangol.core.store import Alert, Store
from dangol.core.store.store import MIGRATIONS, migrate

RAISED = datetime(2026, 9, 1, 3)


def moved(engine: Engine, revision: str) -> None:
    """Back to an earlier version."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_alerts_of_an_earlier_version_rest_on_orders(store: Store) -> None:
    moved(store.engine, "0006")
    with store.engine.begin() as connection:
        connection.execute(
            text("""insert into alerts (alert_id, customer_id, silent_since, as_of, run_id, chance, days_left, signs, stake,
                                        owner, state, changed_by, note)
                    values (7, 11, :since, :raised, 'r', 0.5, 12.5, 'late', 10.25, 'minji', 'open', '', '')"""),
            {"since": datetime(2026, 8, 1), "raised": RAISED},
        )
    migrate(store.engine)
    with store.session() as session:
        found = session.get(Alert, 7)
        assert found is not None
        assert (found.basis, found.since) == ("orders", datetime(2026, 8, 1))
        assert (found.days_left, found.stake) == (12.5, Decimal("10.25"))
        session.add(Alert(alert_id=8, customer_id=11, basis="contracts", since=datetime(2026, 8, 1), as_of=RAISED, run_id="r",
                          chance=0.2, overdue_ratio=None, days_left=None, stake=None, owner="", state="open"))  # fmt: skip
    moved(store.engine, "0006")
    with store.engine.begin() as connection:
        rows = connection.execute(text("select customer_id, silent_since, owner from alerts")).all()
    assert [(row[0], str(row[1])[:10], row[2]) for row in rows] == [(11, "2026-08-01", "minji")]
