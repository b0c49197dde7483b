"""Outcomes of members, checked row by row and against plain Python on random companies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.query import Query, Scope, bind
from dangol.lift import Reading, decided_members, imported_members, measure, outcomes

SENT = datetime(2026, 9, 1, 1)
MOMENT = pa.timestamp("us")
SCHEMAS = {
    "orders": [
        ("order_id", pa.string()),
        ("customer_id", pa.int64()),
        ("ordered_at", MOMENT),
        ("status", pa.string()),
        ("net_amount", pa.decimal128(18, 2)),
        ("margin_amount", pa.decimal128(18, 2)),
    ],
    "returns": [
        ("customer_id", pa.int64()),
        ("order_id", pa.string()),
        ("returned_at", MOMENT),
        ("refund_amount", pa.decimal128(18, 2)),
    ],
    "decisions": [
        ("campaign_id", pa.string()),
        ("customer_id", pa.int64()),
        ("action", pa.string()),
        ("arm", pa.string()),
        ("probability", pa.float64()),
        ("decided_at", MOMENT),
        ("cost", pa.decimal128(18, 2)),
    ],
    "campaign_members": [
        ("campaign_id", pa.string()),
        ("customer_id", pa.int64()),
        ("arm", pa.string()),
        ("assignment_probability", pa.float64()),
        ("assigned_at", MOMENT),
    ],
    "campaigns": [
        ("campaign_id", pa.string()),
        ("starts_at", MOMENT),
        ("cost_per_contact", pa.decimal128(18, 2)),
        ("randomised", pa.bool_()),
    ],
}


def company(**rows: list[tuple[Any, ...]]) -> Duck:
    duck = Duck(threads=1)
    for name, fields in SCHEMAS.items():
        columns = list(zip(*rows.get(name, []), strict=True)) or [()] * len(fields)
        arrays = [pa.array(list(map(plain, values)), kind) for values, (_, kind) in zip(columns, fields, strict=True)]
        duck.register(name, pa.table(arrays, names=[field for field, _ in fields]))
    return duck


def plain(value: Any) -> Any:
    return round(value) if isinstance(value, float) and value > 1 else value


def read(duck: Duck, members: Query) -> pa.Table:
    sources = {name: exp.to_table(name) for name in SCHEMAS}
    return duck.arrow(bind(outcomes(members), Scope(SENT + timedelta(days=400), sources=sources)))


def at(days: float) -> datetime:
    return SENT + timedelta(days=days)


DECISIONS = [
    ("a", 1, "contact", "coupon", 0.4, SENT, 20),
    ("a", 2, "hold_out", None, 0.2, SENT, 0),
    ("a", 3, "skip", None, 1.0, SENT, 0),
    ("b", 1, "contact", "coupon", 0.4, SENT, 20),
    ("a", 4, "contact", None, 0.4, SENT, 20),
]


def test_members_of_our_own_campaign() -> None:
    rows = read(company(decisions=DECISIONS), decided_members({"a": 30})).to_pylist()
    assert [(row["customer_id"], row["arm"], row["treated"], row["probability"], row["cost"]) for row in rows] == [
        (1, "coupon", True, 0.4, 20),
        (2, "held_out", False, 0.2, 0),
        (4, "contact", True, 0.4, 20),
    ]
    assert {row["net_sales"] for row in rows} == {0}


@pytest.mark.parametrize(
    ("days", "status", "during", "before"),
    [
        (0, "completed", 1, 0),
        (29.999, "completed", 1, 0),
        (30, "completed", 0, 0),
        (-0.001, "completed", 0, 1),
        (-30, "completed", 0, 1),
        (-30.001, "completed", 0, 0),
        (5, "cancelled", 0, 0),
        (5, "pending", 0, 0),
    ],
)
def test_the_windows_are_half_open(days: float, status: str, during: int, before: int) -> None:
    duck = company(decisions=DECISIONS, orders=[("o1", 1, at(days), status, 100, 40), ("o2", 9, at(days), status, 100, 40)])
    row = read(duck, decided_members({"a": 30})).to_pylist()[0]
    assert (row["order_count"], row["net_sales"], row["margin"]) == (during, 100 * during, 40 * during)
    assert (row["before_order_count"], row["before_net_sales"], row["before_margin"]) == (before, 100 * before, 40 * before)


@pytest.mark.parametrize(
    ("ordered", "order_id", "returned", "net_sales", "before"),
    [
        (5, "o1", 9, 70, 0),  # of an order in the horizon
        (5, "o1", 99, 70, 0),  # late, but of an order in the horizon
        (-5, "o1", -1, 0, 70),  # known at the assignment
        (-5, "o1", 5, 0, 100),  # not yet known at the assignment
        (5, None, 9, 70, 0),  # of no order: by its date
        (5, None, 99, 100, 0),
        (-90, "o1", 5, 0, 0),  # of an order that counts nowhere
    ],
)
def test_refunds_come_off_their_orders(
    ordered: float, order_id: str | None, returned: float, net_sales: float, before: float
) -> None:
    duck = company(
        decisions=DECISIONS, orders=[("o1", 1, at(ordered), "completed", 100, 40)], returns=[(1, order_id, at(returned), 30)]
    )
    row = read(duck, decided_members({"a": 30})).to_pylist()[0]
    assert (row["net_sales"], row["before_net_sales"]) == (net_sales, before)


def test_members_of_an_imported_campaign() -> None:
    members = [
        ("x", 1, "treated", 0.9, SENT),
        ("x", 2, "held_out", 0.1, None),
        ("x", 3, None, None, SENT),
        ("y", 4, "treated", 0.9, SENT),
        ("x", 5, "treated", 0.9, SENT),
        ("x", 5, "held_out", 0.1, SENT),
        ("x", 6, "treated", 0.9, SENT),
        ("x", 6, "treated", 0.9, at(1)),
        ("x", None, "treated", 0.9, SENT),
    ]
    duck = company(campaign_members=members, campaigns=[("x", at(-1), 15, True), ("y", SENT, 15, None)])
    rows = read(duck, imported_members({"x": 30})).to_pylist()
    assert [(row["customer_id"], row["arm"], row["treated"], row["cost"], row["assigned_at"]) for row in rows] == [
        (1, "treated", True, 15, SENT),
        (2, "held_out", False, 0, at(-1)),
        (3, "treated", True, 15, SENT),
        (6, "treated", True, 15, SENT),
    ]
    assert all(row["randomised"] for row in rows)
    other = read(duck, imported_members({"y": 30}))
    assert other["randomised"].to_pylist() == [False]
    assert measure(other, Reading(30, at(60))).verdict == "not_randomised"


def test_campaigns_of_different_horizons_read_in_one_pass_are_read_as_each_alone() -> None:
    decisions = [*DECISIONS, ("b", 2, "hold_out", None, 0.6, at(3), 0)]
    orders = [(f"o{days}", customer, at(days), "completed", 10 + days, 5) for customer in (1, 2, 4) for days in (-8, 2, 12, 28)]
    duck = company(decisions=decisions, orders=orders, returns=[(1, "o2", at(4), 1), (2, None, at(5), 3)])
    horizons = {"a": 30, "b": 10}
    together = read(duck, decided_members(horizons)).to_pylist()
    alone = [row for name, days in horizons.items() for row in read(duck, decided_members({name: days})).to_pylist()]
    assert together == alone
    assert [(row["campaign_id"], row["customer_id"], row["order_count"]) for row in together] == [
        ("a", 1, 3), ("a", 2, 3), ("a", 4, 3), ("b", 1, 1), ("b", 2, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_random_companies_agree_with_plain_python(seed: int) -> None:
    chance = np.random.default_rng(seed)
    decisions = [
        ("a", each, "contact" if each % 3 else "hold_out", "m", 0.5, at(int(chance.integers(0, 3))), 1) for each in range(30)
    ]
    orders = [
        (
            f"o{number}",
            int(chance.integers(0, 35)),
            at(float(chance.integers(-40 * 24, 40 * 24)) / 24),
            str(chance.choice(["completed", "cancelled"], p=[0.9, 0.1])),
            int(chance.integers(1, 100)),
            int(chance.integers(1, 50)),
        )
        for number in range(300)
    ]
    returns = [(order[1], order[0], order[2] + timedelta(days=float(chance.integers(0, 20))), 1) for order in orders[::4]]
    rows = read(company(decisions=decisions, orders=orders, returns=returns), decided_members({"a": 20})).to_pylist()
    refunds = {order_id: (moment, amount) for _, order_id, moment, amount in returns}
    assert len(rows) == 30
    for row, decision in zip(rows, decisions, strict=True):
        start = decision[5]
        mine = [order for order in orders if order[1] == row["customer_id"] and order[3] == "completed"]
        window = [order for order in mine if start <= order[2] < start + timedelta(days=20)]
        earlier = [order for order in mine if start - timedelta(days=20) <= order[2] < start]
        known = sum(1 for order in earlier if order[0] in refunds and refunds[order[0]][0] < start)
        assert row["order_count"] == len(window)
        assert row["net_sales"] == sum(order[4] for order in window) - sum(order[0] in refunds for order in window)
        assert row["margin"] == sum(order[5] for order in window) - sum(order[0] in refunds for order in window)
        assert row["before_order_count"] == len(earlier)
        assert row["before_net_sales"] == sum(order[4] for order in earlier) - known
