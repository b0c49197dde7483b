"""A company's own tables are read as every declared query reads them: cut at the moment, without what it does not have."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dangol.consent import OPTIONAL as CONSENT_OPTIONAL
from dangol.consent import Asking, clear, consents_now
from dangol.core.engine import Duck
from dangol.lift import OPTIONAL, Reading, imported_members, measure, outcomes
from dangol.workspace.binding import Binder
from dangol.workspace.facts import Facts

NOW = datetime(2026, 12, 1)
MOMENT = pa.timestamp("us")
MONEY = pa.decimal128(18, 2)


def sparse_company(folder: Path) -> Facts:
    tables = {
        "orders": {
            "order_id": ["o1", "o2"],
            "customer_id": [1, 1],
            "ordered_at": pa.array([datetime(2026, 9, 2), datetime(2026, 12, 2)], MOMENT),
            "status": ["completed", "completed"],
            "net_amount": pa.array([100, 900], MONEY),
        },
        "consents": {
            "customer_id": [1, 2],
            "channel": ["email", "email"],
            "allowed": [True, True],
            "recorded_at": pa.array([datetime(2026, 1, 1), datetime(2026, 12, 2)], MOMENT),
        },
        "campaign_members": {"customer_id": [1, 2], "campaign_id": ["x", "x"]},
        "campaigns": {"campaign_id": ["x"], "starts_at": pa.array([datetime(2026, 9, 1)], MOMENT)},
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return Facts.of(folder)


def test_a_company_with_little_is_still_read(tmp_path: Path) -> None:
    facts, duck = sparse_company(tmp_path), Duck(threads=1)
    facts.mount(duck)
    binder = Binder(facts, NOW, "Asia/Seoul")
    bound = binder.bind(outcomes(imported_members({"x": 100})), where="lift", optional=OPTIONAL)
    people = duck.arrow(bound.tree)
    assert "margin" not in people.column_names
    assert people.select(["customer_id", "order_count", "net_sales"]).to_pylist() == [
        {"customer_id": 1, "order_count": 1, "net_sales": 100.0},
        {"customer_id": 2, "order_count": 0, "net_sales": 0.0},
    ]
    assert measure(people, Reading(100, NOW, goal="margin")).verdict == "not_randomised"


def test_consent_of_tomorrow_clears_nobody_today(tmp_path: Path) -> None:
    facts, duck = sparse_company(tmp_path), Duck(threads=1)
    facts.mount(duck)
    bound = Binder(facts, NOW, "Asia/Seoul").bind(consents_now(), where="consent", optional=CONSENT_OPTIONAL)
    assert duck.rows(bound.tree) == [{"customer_id": 1, "channel": "email", "allowed": True}]
    found = clear(duck, facts.physical("campaign_members"), facts.cut(NOW), asking=Asking(("kakao", "email"), NOW))
    assert found.cleared.rows["customer_id"].to_pylist() == [1]
    assert found.refused.to_pylist() == [{"customer_id": 2, "reason": "no_consent"}]
