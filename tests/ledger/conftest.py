"""Audiences, consent and runs for the ledger's tests; consent comes from the consent room, as everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from sqlglot import exp

from dangol.consent import Asking, clear
from dangol.core.declare import ProgrammeSettings
from dangol.core.engine import Duck
from dangol.ledger import Decisions, Known, Run, decide

AS_OF = datetime(2026, 11, 22, 3)


def programme(**more: Any) -> ProgrammeSettings:
    given = {"name": "win_back", "ko": "재방문", "en": "Win back", "value_ko": "값", "value_en": "value", "stage": "reactivate",
             "audience": "order_count >= 1", "channels": ("kakao", "email"), "rank_by": "expected_margin_12m"}  # fmt: skip
    return ProgrammeSettings.model_validate({**given, **more})


@pytest.fixture
def decided() -> Callable[..., Decisions]:
    """Decide for an audience {customer: score} of whom `agreed` have agreed to e-mail."""
    duck = Duck(threads=1)

    def run(
        audience: Mapping[int, float | None],
        *,
        agreed: Iterable[int] | None = None,
        order: Iterable[int] | None = None,
        earlier: pa.Table | None = None,
        as_of: datetime = AS_OF,
        homes: Mapping[int, tuple[int, float]] | None = None,
        first: Iterable[int] = (),
        **settings: Any,
    ) -> Decisions:
        ids = list(order if order is not None else audience)
        table = {"customer_id": pa.array(ids, pa.int64()), "score": pa.array([audience[each] for each in ids], pa.float64())}
        duck.register("audience", pa.table(table))
        yes = list(audience if agreed is None else agreed)
        records = {
            "customer_id": pa.array(yes, pa.int64()), "channel": pa.array(["email"] * len(yes), pa.string()),
            "purpose": pa.nulls(len(yes), pa.string()), "allowed": pa.array([True] * len(yes), pa.bool_()),
            "recorded_at": pa.array([datetime(2026, 1, 1)] * len(yes), pa.timestamp("us")),
            "night": pa.nulls(len(yes), pa.bool_()), "expires_at": pa.nulls(len(yes), pa.timestamp("us")),
            "record_key": pa.nulls(len(yes), pa.string()),
        }  # fmt: skip
        duck.register("consents", pa.table(records))
        members = exp.to_table("audience")
        clearance = clear(duck, members, {"consents": exp.to_table("consents")}, asking=Asking(("kakao", "email"), as_of))
        where = None
        if homes is not None:
            lines = [{"customer_id": each, "home": home, "worth": worth} for each, (home, worth) in homes.items()]
            where = pa.Table.from_pylist(lines)
        known = Known(earlier, where, pa.table({"customer_id": pa.array(first, pa.int64())}))
        return decide(duck, Run(programme(**settings), as_of, "run-1"), members, clearance, known)

    return run
