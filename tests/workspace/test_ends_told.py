"""The ends that predictions on contracts learn are those of contracts that ran at the moment."""

from __future__ import annotations

from datetime import datetime

import pytest

from dangol.core.engine import Duck
from dangol.workspace.binding import FACT_SCHEMA, Binder
from dangol.workspace.registry import discover

AS_OF, HORIZON = datetime(2026, 3, 1), 90
CONTRACTS = [
    {"customer_id": 1, "contract_id": "a", "started_at": "2025-01-01", "monthly_fee": 20},
    {"customer_id": 1, "contract_id": "trial", "started_at": "2026-03-10", "ended_at": "2026-03-20", "end_kind": "involuntary",
     "monthly_fee": 5},
    {"customer_id": 2, "contract_id": "b", "started_at": "2025-01-01", "ended_at": "2026-04-10", "end_kind": "voluntary",
     "monthly_fee": 20},
    {"customer_id": 2, "contract_id": "trial 2", "started_at": "2026-03-01", "ended_at": "2026-03-20", "monthly_fee": 5},
    {"customer_id": 3, "contract_id": "c", "started_at": "2025-01-01", "ended_at": "2026-06-30", "monthly_fee": 20},
]  # fmt: skip


@pytest.mark.parametrize("name", ["contract_churn", "contract_value"])
def test_a_trial_within_the_horizon_is_no_end_of_the_contract_that_runs(name, write_facts, tmp_path):
    people = [{"customer_id": each, "first_seen_at": "2025-01-01", "record_count": 0} for each in (1, 2, 3)]
    facts = write_facts(tmp_path, people=people, contracts=CONTRACTS)
    later = facts.later(AS_OF, HORIZON)["later_contracts"]
    binder = Binder(facts, AS_OF, "UTC").reading(later_contracts=(later, FACT_SCHEMA["contracts"]))
    with Duck(memory_limit="200MB", threads=1) as duck:
        facts.mount(duck)
        found = duck.rows(binder.bind(discover().predictions[name].model().label(), where=name).tree)
    assert {row["customer_id"]: row["ended_days"] for row in found} == {2: 41.0}, "40 days and one added"
