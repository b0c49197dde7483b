"""Decisions follow the steps in their order, their shares are right, and nothing but the input decides them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from sqlglot import exp

from dangol.core.cleared import Clearance, Cleared
from dangol.core.engine import Duck
from dangol.core.errors import ConsentError, DataError
from dangol.ledger import Decisions, Run, decide
from dangol.programmes.win_back import win_back

AS_OF = datetime(2026, 11, 22, 3)
Decide = Callable[..., Decisions]
EARLIER = pa.schema(
    [("customer_id", pa.int64()), ("programme", pa.string()), ("as_of", pa.timestamp("us")), ("action", pa.string())]
)
FIXTURE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def by_customer(decisions: Decisions) -> dict[int, dict[str, Any]]:
    return {row["customer_id"]: row for row in decisions.rows.to_pylist()}


def actions(decisions: Decisions) -> dict[int, str]:
    return {customer: row["action"] for customer, row in by_customer(decisions).items()}


def earlier(*rows: tuple[int, str, datetime, str]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(EARLIER.names, row, strict=True)) for row in rows], schema=EARLIER)


@pytest.mark.parametrize("holdout", [0.1, 0.2, 0.5])
def test_the_holdout_has_its_share(decided: Decide, holdout: float) -> None:
    counts = decided(dict.fromkeys(range(5_000), 1.0), holdout=holdout).counts()
    test = stats.binomtest(counts["hold_out"], counts["hold_out"] + counts["contact"], holdout)
    assert counts["skip"] == 0
    assert test.pvalue > 0.001


def test_arms_have_their_shares_among_those_contacted(decided: Decide) -> None:
    arms = [{"name": "reminder", "share": 0.7, "cost": 15}, {"name": "coupon", "share": 0.3, "cost": 3_015}]
    rows = decided(dict.fromkeys(range(6_000), 1.0), holdout=0.25, arms=arms).rows.to_pylist()
    contacted = [row for row in rows if row["action"] == "contact"]
    coupons = sum(row["arm"] == "coupon" for row in contacted)
    assert stats.binomtest(coupons, len(contacted), 0.3).pvalue > 0.001
    expected = {("hold_out", None): (0.25, 0), ("contact", "reminder"): (0.525, 15), ("contact", "coupon"): (0.225, 3_015)}
    for row in rows:
        probability, cost = expected[row["action"], row["arm"]]
        assert row["probability"] == pytest.approx(probability)
        assert row["cost"] == cost


def test_the_same_people_are_held_out_at_every_moment(decided: Decide) -> None:
    audience = dict.fromkeys(range(800), 1.0)
    first = actions(decided(audience, holdout=0.3))
    later = actions(decided({**audience, 9_999: 2.0}, holdout=0.3, as_of=AS_OF + timedelta(days=200)))
    other = actions(decided(audience, holdout=0.3, name="welcome"))
    assert {customer: later[customer] for customer in audience} == first
    assert other != first


def test_the_holdout_is_recomputed_from_its_formula(decided: Decide) -> None:
    for customer, action in actions(decided(dict.fromkeys(range(300), 1.0), holdout=0.4)).items():
        place = int(hashlib.sha256(f"win_back:{customer}".encode()).hexdigest()[:13], 16) / 16**13
        assert action == ("hold_out" if place < 0.4 else "contact")


audiences = st.dictionaries(
    st.integers(1, 60), st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.5, -3.0, float("nan")])), max_size=40
)


@FIXTURE
@given(audience=audiences, capacity=st.integers(0, 12), data=st.data())
def test_the_order_of_the_input_is_irrelevant(
    decided: Decide, audience: dict[int, float | None], capacity: int, data: Any
) -> None:
    order = data.draw(st.permutations(list(audience)))
    agreed = data.draw(st.sets(st.integers(1, 60)))
    one = decided(audience, agreed=agreed, capacity=capacity)
    two = decided(audience, agreed=agreed, capacity=capacity, order=order)
    assert one.fingerprint == two.fingerprint
    assert one.rows["customer_id"].to_pylist() == sorted(audience)


@FIXTURE
@given(audience=audiences, agreed=st.sets(st.integers(1, 60)), capacity=st.integers(0, 12))
def test_everybody_gets_a_row_and_only_the_consenting_a_message(
    decided: Decide, audience: dict[int, float | None], agreed: set[int], capacity: int
) -> None:
    rows = by_customer(decided(audience, agreed=agreed, capacity=capacity))
    chosen = {customer for customer, row in rows.items() if row["action"] != "skip"}
    assert set(rows) == set(audience)
    assert chosen <= agreed
    assert len(chosen) == (min(capacity, len(agreed & set(audience))) if capacity else len(agreed & set(audience)))
    for customer, row in rows.items():
        assert row["eligible"] == (customer in agreed)
        assert (row["reason_code"] is None) == (row["action"] != "skip")
        assert (row["channel"] == "email") == (row["action"] == "contact")
        assert 0 < row["probability"] <= 1


def test_capacity_takes_the_best_and_missing_scores_last(decided: Decide) -> None:
    audience = {1: 5.0, 2: None, 3: 9.0, 4: 7.0, 5: float("nan"), 6: -1.0}
    rows = by_customer(decided(audience, capacity=4, holdout=0.0))
    assert {customer for customer, row in rows.items() if row["action"] == "contact"} == {1, 3, 4, 6}
    assert {rows[customer]["reason_code"] for customer in (2, 5)} == {"capacity"}
    assert rows[2]["eligible"]
    assert rows[2]["score"] is None


def test_equal_scores_share_the_places_fairly_over_time(decided: Decide) -> None:
    moments = (AS_OF, AS_OF, AS_OF + timedelta(days=31))
    found = [actions(decided(dict.fromkeys(range(40), 1.0), capacity=10, as_of=moment)) for moment in moments]
    chosen = [{customer for customer, action in each.items() if action != "skip"} for each in found]
    assert chosen[0] == chosen[1] != chosen[2]


@pytest.mark.parametrize(
    ("days", "programme", "action", "reason"),
    [
        (29.99, "win_back", "contact", "cool_down"),
        (29.99, "win_back", "hold_out", "cool_down"),
        (30, "win_back", "contact", None),
        (5, "win_back", "skip", None),
        (5, "welcome", "contact", None),
        (0, "win_back", "contact", None),
        (-5, "win_back", "contact", None),
    ],
)
def test_cool_down(decided: Decide, days: float, programme: str, action: str, reason: str | None) -> None:
    before = earlier((1, programme, AS_OF - timedelta(days=days), action))
    assert by_customer(decided({1: 1.0}, earlier=before))[1]["reason_code"] == reason


@FIXTURE
@given(gaps=st.lists(st.integers(1, 40), min_size=1, max_size=8), cool_down=st.integers(0, 45))
def test_nobody_is_chosen_twice_within_the_cool_down(decided: Decide, gaps: list[int], cool_down: int) -> None:
    moment, chosen, log = AS_OF, [], []
    for gap in gaps:
        moment += timedelta(days=gap)
        found = actions(decided({1: 1.0, 2: 1.0}, earlier=earlier(*log), as_of=moment, cool_down_days=cool_down))
        log += [(customer, "win_back", moment, action) for customer, action in found.items()]
        chosen += [moment] if found[1] != "skip" else []
        assert (found[1] == "skip") == (found[2] == "skip"), "held out and contacted rest alike"
    assert all(later - before >= timedelta(days=cool_down) for before, later in pairwise(chosen))


def test_the_first_reason_is_told(decided: Decide) -> None:
    before = earlier((1, "win_back", AS_OF - timedelta(days=1), "contact"), (2, "win_back", AS_OF - timedelta(days=1), "contact"))
    rows = by_customer(decided({1: 1.0, 2: 1.0, 3: 1.0, 4: 9.0}, agreed=[2, 3, 4], earlier=before, capacity=1))
    assert [rows[customer]["reason_code"] for customer in (1, 2, 3, 4)] == ["no_consent", "cool_down", "capacity", None]


def test_decision_ids_name_programme_moment_and_customer(decided: Decide) -> None:
    decision = by_customer(decided({7: 1.0}))[7]
    assert decision["decision_id"] == hashlib.sha256(b"win_back|2026-11-22T03:00:00|7").hexdigest()[:32]
    assert decision["expires_at"] == AS_OF + timedelta(days=7)
    assert decision["consent_recorded_at"] == datetime(2026, 1, 1)


def test_only_cleared_customers_can_be_contacted(decided: Decide) -> None:
    with pytest.raises(ConsentError):
        decided({1: 1.0}).to_contact(object.__new__(Cleared))


def test_a_customer_in_the_audience_twice_is_named(decided: Decide) -> None:
    with pytest.raises(DataError, match="customer_id 3 twice"):
        decided({3: 1.0, 4: 1.0}, order=[3, 4, 3])


def test_forged_consent_is_refused() -> None:
    duck = Duck(threads=1)
    duck.create("audience", "select 1 as customer_id, 1.0 as score")
    clearance = Clearance(object.__new__(Cleared), pa.table({"customer_id": [1], "reason": ["no_consent"]}))
    with pytest.raises(ConsentError):
        decide(duck, Run(win_back.settings, AS_OF), exp.to_table("audience"), clearance)


def test_those_put_first_take_the_places_of_the_best_but_pass_nothing_else(decided: Decide) -> None:
    audience = {1: 5.0, 2: None, 3: 9.0, 4: 7.0, 5: -1.0}
    rows = by_customer(decided(audience, capacity=2, holdout=0.0, first=[2, 5], agreed=[1, 3, 4, 5]))
    assert {customer for customer, row in rows.items() if row["action"] == "contact"} == {3, 5}
    assert rows[2]["reason_code"] == "no_consent"
    # the score that is kept is the model's
    assert rows[5]["score"] == -1.0


def test_of_a_home_who_is_put_first_is_addressed(decided: Decide) -> None:
    homes = {1: (7, 100.0), 2: (7, 900.0), 3: (8, 1.0)}
    rows = by_customer(decided(dict.fromkeys(homes, 1.0), homes=homes, holdout=0.0, first=[1]))
    assert {number: row["action"] for number, row in rows.items()} == {1: "contact", 2: "skip", 3: "contact"}
