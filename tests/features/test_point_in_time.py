"""No feature can see the future: whatever happens at or after the moment changes no value."""

from __future__ import annotations

import copy
import random
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.core.engine import Duck

AS_OF = datetime(2026, 3, 1, 15)
REFS = ["c0", "c1", "c2"]
MOMENTS = {
    "customers": "registered_at",
    "orders": "ordered_at",
    "order_lines": "ordered_at",
    "returns": "returned_at",
    "events": "occurred_at",
    "messages": "occurred_at",
    "consents": "recorded_at",
    "interactions": "occurred_at",
}
KNOWN_LATER = ("cancelled_at", "shipped_at", "answered_at", "resolved_at")
# Days from the moment; the moment itself and the last microsecond before it are drawn often.
days = st.one_of(
    st.sampled_from([0.0, -1 / 8.64e10, -30.0, -90.0, -0.375, 1.0]), st.integers(-400, 60).map(float), st.floats(-120, 30)
)
refs = st.sampled_from(REFS)
money = st.integers(1, 6).map(lambda n: n * 10)


def moment(offset):
    return AS_OF + timedelta(days=offset)


@st.composite
def an_order(draw):
    at, later = draw(days), st.one_of(st.none(), days)
    lines = draw(
        st.lists(st.tuples(st.integers(0, 3), money, st.sampled_from([0, 5]), st.sampled_from([0, 3])), min_size=1, max_size=2)
    )
    cancelled, shipped = draw(later), draw(later)
    return {
        "ref": draw(refs),
        "at": at,
        "cancelled": max(at, cancelled) if cancelled is not None else None,
        "shipped": max(at, shipped) if shipped is not None else None,
        "lines": lines,
        "channel": draw(st.sampled_from(["web", "store"])),
    }


@st.composite
def a_company(draw):
    tables = anchor()
    for number, order in enumerate(draw(st.lists(an_order(), min_size=1, max_size=7))):
        add_order(tables, number, order)
    for number, (ref, at, answered) in enumerate(draw(st.lists(st.tuples(refs, days, days), max_size=3))):
        tables["returns"].append(
            {"customer_ref": ref, "return_id": f"r{number}", "returned_at": moment(at), "refund_amount": 7,
             "answered_at": moment(max(at, answered))}
        )  # fmt: skip
    for number, (ref, at, name) in enumerate(
        draw(st.lists(st.tuples(refs, days, st.sampled_from(["Product Added", "Page Viewed"])), max_size=4))
    ):
        tables["events"].append({"customer_ref": ref, "event_id": f"e{number}", "occurred_at": moment(at), "event_name": name})
    for number, (ref, at, name) in enumerate(
        draw(st.lists(st.tuples(refs, days, st.sampled_from(["sent", "opened", "clicked"])), max_size=4))
    ):
        tables["messages"].append(
            {
                "customer_ref": ref,
                "message_id": f"m{number % 2}",
                "occurred_at": moment(at),
                "message_event": name,
                "channel": "email",
            }
        )
    for ref, at, allowed in draw(st.lists(st.tuples(refs, days, st.booleans()), max_size=3)):
        tables["consents"].append({"customer_ref": ref, "channel": "email", "allowed": allowed, "recorded_at": moment(at)})
    for number, (ref, at, resolved) in enumerate(draw(st.lists(st.tuples(refs, days, st.one_of(st.none(), days)), max_size=3))):
        tables["interactions"].append(
            {"customer_ref": ref, "interaction_id": f"i{number}", "occurred_at": moment(at),
             "resolved_at": moment(max(at, resolved)) if resolved is not None else None}
        )  # fmt: skip
    for ref in draw(st.lists(refs, unique=True)):
        tables["customers"].append(
            {
                "customer_ref": ref,
                "registered_at": moment(draw(days)),
                "gender": "female",
                "city": "서울",
                "birth_date": "1990-05-05",
            }
        )
    return tables


def anchor():
    """A customer of long ago with a value in every column, so that no column is absent in the past alone."""
    long_ago, later = AS_OF - timedelta(days=500), AS_OF - timedelta(days=499)
    tables = {name: [] for name in MOMENTS}
    add_order(
        tables,
        1000,
        {"ref": "c9", "at": -500.0, "cancelled": None, "shipped": -499.0, "lines": [(0, 10, 1, 1)], "channel": "web"},
    )
    add_order(
        tables,
        1001,
        {"ref": "c9", "at": -500.0, "cancelled": -499.0, "shipped": None, "lines": [(1, 10, 1, 1)], "channel": "web"},
    )
    tables["products"] = [
        {"product_id": f"p{n}", "category": f"k{n % 2}", "brand": f"b{n % 3}", "unit_cost": 4} for n in range(4)
    ]
    tables["customers"].append(
        {"customer_ref": "c9", "registered_at": long_ago, "gender": "male", "city": "부산", "birth_date": "1980-01-01"}
    )
    tables["returns"].append(
        {"customer_ref": "c9", "return_id": "r", "returned_at": long_ago, "refund_amount": 1, "answered_at": later}
    )
    tables["events"].append({"customer_ref": "c9", "event_id": "e", "occurred_at": long_ago, "event_name": "Page Viewed"})
    tables["messages"].append(
        {"customer_ref": "c9", "message_id": "m", "occurred_at": long_ago, "message_event": "sent", "channel": "email"}
    )
    tables["consents"].append({"customer_ref": "c9", "channel": "email", "allowed": True, "recorded_at": long_ago})
    tables["interactions"].append({"customer_ref": "c9", "interaction_id": "i", "occurred_at": long_ago, "resolved_at": later})
    return tables


def add_order(tables, number, order):
    at = moment(order["at"])
    shipped = moment(order["shipped"]) if order["shipped"] is not None else None
    cancelled = moment(order["cancelled"]) if order["cancelled"] is not None else None
    common = {"customer_ref": order["ref"], "order_id": f"o{number}", "ordered_at": at, "shipped_at": shipped}
    tables["orders"].append(
        {**common, "status": "cancelled" if cancelled else "completed", "cancelled_at": cancelled, "channel": order["channel"]}
    )
    for place, (product, amount, discount, coupon) in enumerate(order["lines"]):
        tables["order_lines"].append(
            {**common, "line_no": place, "product_id": f"p{product}", "quantity": 1, "net_amount": amount,
             "discount_amount": discount, "coupon_amount": coupon}
        )  # fmt: skip


def without_future(tables):
    """What a company knew at the moment: later rows gone, later changes of earlier rows undone."""
    past = {}
    for name, rows in tables.items():
        seen = name not in MOMENTS
        past[name] = [undone(row) for row in rows if seen or row[MOMENTS[name]] < AS_OF]
    return past


def undone(row):
    row = copy.deepcopy(row)
    for name in KNOWN_LATER:
        if row.get(name) is not None and row[name] >= AS_OF:
            row[name] = None
            if name == "cancelled_at":
                row["status"] = "completed"
    return row


@pytest.fixture(scope="module")
def profile(unify_rows, profile_of, tmp_path_factory):
    duck = Duck(memory_limit="500MB", threads=1)

    def compute(tables):
        folder = tmp_path_factory.mktemp("company")
        facts = unify_rows(folder, tables, margin_share=0.3)
        found = profile_of(duck, facts, AS_OF)
        refs = duckdb.sql(f"select customer_id, min(customer_ref) from '{folder}/identity_map.parquet' group by 1").fetchall()
        return {ref: found[number] for number, ref in refs if number in found}

    return compute


QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@given(tables=a_company())
@settings(max_examples=12, derandomize=True, **QUIET)
def test_the_future_changes_no_feature(profile, tables):
    assert profile(tables) == profile(without_future(tables))


@pytest.mark.slow
@given(tables=a_company())
@settings(max_examples=120, **QUIET)
def test_the_future_changes_no_feature_of_many_companies(profile, tables):
    assert profile(tables) == profile(without_future(tables))


@given(tables=a_company(), seed=st.integers(0, 999))
@settings(max_examples=5, derandomize=True, **QUIET)
def test_the_order_of_rows_changes_nothing(profile, tables, seed):
    shuffled = {name: random.Random(seed).sample(rows, len(rows)) for name, rows in tables.items()}
    assert profile(tables) == profile(shuffled)


def test_the_same_reference_rows_of_several_sources_change_nothing(profile):
    tables = anchor()
    twice = copy.deepcopy(tables)
    twice["products"] += [{**row, "source": "other"} for row in tables["products"]]
    twice["products"] += [
        {"product_id": "p0", "brand": "b0", "source": "lines", "delivery": "x", "category": None, "unit_cost": None}
    ]
    twice["orders"] += [{**row, "source": "other", "shipped_at": None} for row in tables["orders"]]
    assert profile(tables) == profile(twice)


def test_a_cancellation_counts_from_its_moment(profile):
    tables = anchor()
    add_order(
        tables, 1, {"ref": "c0", "at": -10.0, "cancelled": None, "shipped": None, "lines": [(0, 20, 0, 0)], "channel": "web"}
    )
    add_order(tables, 2, {"ref": "c0", "at": -5.0, "cancelled": 0.0, "shipped": None, "lines": [(1, 30, 0, 0)], "channel": "web"})
    add_order(
        tables, 3, {"ref": "c0", "at": -4.0, "cancelled": -1.0, "shipped": None, "lines": [(2, 40, 0, 0)], "channel": "web"}
    )
    found = profile(tables)["c0"]
    assert found["order_count"] == 2
    assert found["net_sales"] == 50
    assert found["product_count"] == 2


def test_what_a_customer_tells_later_is_not_known_earlier(profile):
    """Somebody who registers after the moment was nameless before, and an older record keeps its own words."""
    tables = anchor()
    for number, ref in enumerate(["c0", "c1"]):
        add_order(
            tables,
            number,
            {"ref": ref, "at": -10.0, "cancelled": None, "shipped": None, "lines": [(0, 20, 0, 0)], "channel": "web"},
        )
    earlier, later = AS_OF - timedelta(days=20), AS_OF + timedelta(days=20)
    tables["customers"] += [
        {"customer_ref": "c0", "registered_at": later, "gender": "female", "city": "서울"},
        {"customer_ref": "c1", "registered_at": earlier, "gender": "female", "city": "서울", "email": "one@example.com"},
        {"customer_ref": "d1", "registered_at": later, "city": "대구", "email": "one@example.com", "age_band": "30s"},
    ]
    found = profile(tables)
    assert (found["c0"]["city"], found["c0"]["demographics_provenance"]) == (None, "missing")
    assert (found["c1"]["city"], found["c1"]["age_band"], found["c1"]["demographics_provenance"]) == ("서울", None, "given")
