"""Small consent ledgers in an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from dangol.consent import Asking, clear
from dangol.core.cleared import Clearance
from dangol.core.engine import Duck

AS_OF = datetime(2026, 11, 22, 3)
RECORDS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("channel", pa.string()),
        ("purpose", pa.string()),
        ("allowed", pa.bool_()),
        ("recorded_at", pa.timestamp("us")),
        ("night", pa.bool_()),
        ("expires_at", pa.timestamp("us")),
        ("record_key", pa.string()),
    ]
)
SUPPRESSED = pa.schema([("customer_id", pa.int64()), ("channel", pa.string())])
MESSAGES = pa.schema(
    [("customer_id", pa.int64()), ("channel", pa.string()), ("message_event", pa.string()), ("occurred_at", pa.timestamp("us"))]
)
Clear = Callable[..., Clearance]


@pytest.fixture(scope="session")
def cleared_by() -> Clear:
    duck = Duck(threads=1)

    def run(
        candidates: Iterable[int],
        records: list[dict[str, Any]],
        *,
        channels: tuple[str, ...] = ("kakao", "sms", "email"),
        suppressed: tuple[dict[str, Any], ...] = (),
        messages: tuple[dict[str, Any], ...] = (),
        **asking: Any,
    ) -> Clearance:
        duck.register("candidates", pa.table({"customer_id": pa.array(list(candidates), pa.int64())}))
        duck.register("consents", pa.Table.from_pylist(records, schema=RECORDS))
        duck.register("stopped", pa.Table.from_pylist(list(suppressed), schema=SUPPRESSED))
        duck.register("messages", pa.Table.from_pylist(list(messages), schema=MESSAGES))
        tables = {"consents": exp.to_table("consents"), "messages": exp.to_table("messages")}
        wish = Asking(channels=channels, **{"as_of": AS_OF, **asking})
        return clear(duck, exp.to_table("candidates"), tables, asking=wish, suppressed=exp.to_table("stopped"))

    return run
