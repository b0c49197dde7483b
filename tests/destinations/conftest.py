"""Cleared customers for destinations, by the consent room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import pytest
from sqlglot import exp

from dangol.consent import Asking, clear
from dangol.core.cleared import Cleared
from dangol.core.engine import Duck

AS_OF = datetime(2026, 11, 22, 3)


@pytest.fixture(scope="session")
def cleared_for() -> Callable[[Iterable[int]], Cleared]:
    duck = Duck(threads=1)

    def run(customers: Iterable[int]) -> Cleared:
        listed = ", ".join(str(customer) for customer in customers)
        duck.create(
            "consents",
            f"""
            select unnest([{listed}]::bigint[]) as customer_id, 'email' as channel, null::varchar as purpose, true as allowed,
                   timestamp '2026-05-01 09:30:00' as recorded_at, true as night, null::timestamp as expires_at,
                   null::varchar as record_key""",
        )
        consents = exp.to_table("consents")
        return clear(duck, consents, {"consents": consents}, asking=Asking(("email",), AS_OF)).cleared

    return run
