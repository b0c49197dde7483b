"""Small companies with known outcomes, and people as the queries give them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

SENT = datetime(2026, 9, 1, 1)
People = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def people() -> People:
    """People with the given outcome columns; the first `n_treated` are contacted."""

    def build(n_treated: int, n_held_out: int, **columns: Any) -> pa.Table:
        size = n_treated + n_held_out
        share = n_treated / size
        treated = np.arange(size) < n_treated
        base = {
            "customer_id": np.arange(size),
            "arm": np.where(treated, "message", "held_out").tolist(),
            "treated": treated,
            "probability": np.where(treated, share, 1 - share),
            "assigned_at": pa.array([SENT] * size, pa.timestamp("us")),
            "cost": np.where(treated, 20.0, 0.0),
            "randomised": np.ones(size, dtype=bool),
            "order_count": np.zeros(size, dtype=np.int64),
            "net_sales": np.zeros(size),
        }
        return pa.table({**base, **columns})

    return build


@pytest.fixture(scope="session")
def sent() -> datetime:
    return SENT


@pytest.fixture(scope="session")
def later() -> datetime:
    return SENT + timedelta(days=60)
