"""No record, no contact: checked against plain Python over random ledgers, and on every boundary of the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.consent import Asking, clear, consents_now
from dangol.core.cleared import Clearance
from dangol.core.engine import Duck
from dangol.core.errors import ConsentError
from dangol.core.query import Scope, bind

AS_OF = datetime(2026, 11, 22, 3)
Clear = Callable[..., Clearance]
CHANNELS = ("kakao", "sms", "email")
YEAR_AGO = AS_OF - timedelta(days=365)


def record(customer: int = 1, channel: str = "email", **more: Any) -> dict[str, Any]:
    return {"customer_id": customer, "channel": channel, "allowed": True, "recorded_at": YEAR_AGO, **more}


def reasons(found: Clearance) -> dict[int, str]:
    return {row["customer_id"]: row["reason"] for row in found.refused.to_pylist()}


def people(found: Clearance) -> dict[int, str]:
    return {row["customer_id"]: row["channel"] for row in found.cleared.rows.to_pylist()}


moments = st.integers(0, 1_200).map(lambda days: AS_OF - timedelta(days=days - 30))
ledgers = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.integers(1, 6),
            "channel": st.sampled_from(CHANNELS),
            "purpose": st.sampled_from([None, "", "advertising", "service"]),
            "allowed": st.sampled_from([True, True, False]),
            "recorded_at": moments,
            "night": st.sampled_from([None, True, False]),
            "expires_at": st.one_of(st.none(), moments.map(lambda moment: moment + timedelta(days=300))),
            "record_key": st.sampled_from([None, "mall/1", "pos/7"]),
        }
    ),
    max_size=30,
)
stops = st.lists(
    st.fixed_dictionaries({"customer_id": st.integers(1, 6), "channel": st.sampled_from([None, "", *CHANNELS])}), max_size=3
)


def two_years_after(moment: datetime) -> datetime:
    leap = moment.month == 2 and moment.day == 29
    return moment.replace(year=moment.year + 2, day=28 if leap else moment.day)


def allows(records: list[dict[str, Any]], customer: int, channel: str) -> bool:
    """The rule in plain Python: every record of the latest moment must allow, and of each source record the latest word."""
    mine = [
        each
        for each in records
        if (each["customer_id"], each["channel"]) == (customer, channel)
        and each["purpose"] in (None, "", "advertising")
        and each["recorded_at"] < AS_OF
    ]
    latest = max((each["recorded_at"] for each in mine), default=None)
    for key in {each["record_key"] for each in mine}:
        own = [each for each in mine if each["record_key"] == key]
        last = max(each["recorded_at"] for each in own)
        if not all(each["allowed"] for each in own if each["recorded_at"] == last):
            return False
    return latest is not None and all(
        each["allowed"]
        and (each["expires_at"] is None or each["expires_at"] > AS_OF)
        and two_years_after(latest) > AS_OF
        for each in mine
        if each["recorded_at"] == latest
    )  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=ledgers, stopped=stops, order=st.permutations(CHANNELS), seed=st.randoms())
def test_random_ledgers_agree_with_plain_python(
    cleared_by: Clear, records: list[dict[str, Any]], stopped: list[dict[str, Any]], order: tuple[str, ...], seed: Any
) -> None:
    candidates = range(1, 9)
    blocked = {
        (each["customer_id"], channel) for each in stopped for channel in CHANNELS if each["channel"] in (None, "", channel)
    }
    expected = {}
    for customer in candidates:
        open_channels = [c for c in order if (customer, c) not in blocked and allows(records, customer, c)]
        if open_channels:
            expected[customer] = open_channels[0]
    found = cleared_by(candidates, records, channels=tuple(order), suppressed=tuple(stopped))
    assert people(found) == expected
    assert set(reasons(found)) == set(candidates) - set(expected)
    shuffled = records[:]
    seed.shuffle(shuffled)
    again = cleared_by(reversed(candidates), shuffled, channels=tuple(order), suppressed=tuple(stopped))
    assert again.cleared.rows.to_pylist() == found.cleared.rows.to_pylist()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=ledgers)
def test_who_never_consented_is_never_cleared(cleared_by: Clear, records: list[dict[str, Any]]) -> None:
    silent = [{**each, "allowed": False} for each in records]
    assert len(cleared_by(range(1, 9), silent).cleared) == 0
    assert len(cleared_by(range(1, 9), []).cleared) == 0


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([record()], None),
        ([], "no_consent"),
        ([record(allowed=False)], "withdrawn"),
        ([record(), record(allowed=False, recorded_at=YEAR_AGO)], "withdrawn"),
        ([record(allowed=False), record(recorded_at=YEAR_AGO + timedelta(seconds=1))], None),
        ([record(), record(allowed=False, recorded_at=AS_OF)], None),
        ([record(purpose="service")], "no_consent"),
        ([record(purpose="service", allowed=False), record(purpose="")], None),
        ([record(expires_at=AS_OF)], "expired"),
        ([record(expires_at=AS_OF + timedelta(microseconds=1))], None),
        ([record(recorded_at=datetime(2024, 11, 22, 3))], "reconfirm_due"),
        ([record(recorded_at=datetime(2024, 11, 22, 3, 0, 1))], None),
        ([record(channel="post")], "no_consent"),
    ],
)
def test_boundaries(cleared_by: Clear, records: list[dict[str, Any]], expected: str | None) -> None:
    assert reasons(cleared_by([1], records)).get(1) == expected


def test_a_leap_day_is_confirmed_by_the_end_of_february(cleared_by: Clear) -> None:
    leap = [record(recorded_at=datetime(2024, 2, 29, 12))]
    assert people(cleared_by([1], leap, as_of=datetime(2026, 2, 28, 11, 59))) == {1: "email"}
    assert reasons(cleared_by([1], leap, as_of=datetime(2026, 2, 28, 12))) == {1: "reconfirm_due"}


def test_other_countries_may_ask_for_confirmation_at_other_times(cleared_by: Clear) -> None:
    old = [record(recorded_at=datetime(2023, 1, 1))]
    assert people(cleared_by([1], old, reconfirm_months=48)) == {1: "email"}
    assert reasons(cleared_by([1], [record()], reconfirm_months=6)) == {1: "reconfirm_due"}


@pytest.mark.parametrize(("channel", "event", "expected"), [
    ("email", "unsubscribed", {2: "kakao"}), (None, "complained", {}), ("email", "opened", {1: "email", 2: "kakao"}),
    ("sms", "unsubscribed", {1: "email", 2: "kakao"}),
])  # fmt: skip
def test_unsubscribing_withdraws(cleared_by: Clear, channel: str | None, event: str, expected: dict[int, str]) -> None:
    left = tuple(
        {"customer_id": customer, "channel": channel, "message_event": event, "occurred_at": AS_OF - timedelta(days=1)}
        for customer in (1, 2)
    )
    assert people(cleared_by([1, 2], [record(), record(2, "kakao")], messages=left)) == expected


def test_consenting_again_after_unsubscribing_counts(cleared_by: Clear) -> None:
    left = ({"customer_id": 1, "channel": "email", "message_event": "unsubscribed", "occurred_at": YEAR_AGO},)
    back = [record(recorded_at=YEAR_AGO - timedelta(days=9)), record(recorded_at=YEAR_AGO + timedelta(days=9))]
    assert people(cleared_by([1], back, messages=left)) == {1: "email"}


def test_of_joined_records_one_refusal_stands_for_all(cleared_by: Clear) -> None:
    said = [record(record_key="pos/7", allowed=False, recorded_at=YEAR_AGO - timedelta(days=90)), record(record_key="mall/1")]
    assert reasons(cleared_by([1], said)) == {1: "withdrawn"}
    again = record(record_key="pos/7", recorded_at=YEAR_AGO - timedelta(days=30))
    assert people(cleared_by([1], [*said, again])) == {1: "email"}


def test_suppression_beats_consent(cleared_by: Clear) -> None:
    both = [record(1), record(1, "sms"), record(2), record(3)]
    stopped = ({"customer_id": 1, "channel": "sms"}, {"customer_id": 2, "channel": ""}, {"customer_id": 3, "channel": "email"})
    found = cleared_by([1, 2, 3], both, suppressed=stopped)
    assert people(found) == {1: "email"}
    assert found.counts() == {"suppressed": 2}


def test_the_row_names_the_record_that_allows_it(cleared_by: Clear) -> None:
    rows = cleared_by([1], [record(night=True), record(recorded_at=YEAR_AGO - timedelta(days=5), night=False)]).cleared.rows
    assert rows.to_pylist() == [{"customer_id": 1, "channel": "email", "consent_recorded_at": YEAR_AGO, "night": True}]


def test_rules_see_the_same_consent(cleared_by: Clear) -> None:
    duck = Duck(threads=1)
    records = [record(1), record(2, allowed=False), record(3, recorded_at=datetime(2020, 1, 1))]
    selects = [exp.select(*(exp.alias_(value, name) for name, value in {
        "customer_id": exp.convert(each["customer_id"]), "channel": exp.convert(each["channel"]),
        "purpose": exp.cast(exp.null(), "varchar"), "allowed": exp.convert(each["allowed"]),
        "recorded_at": exp.cast(exp.convert(str(each["recorded_at"])), "timestamp"),
        "record_key": exp.cast(exp.null(), "varchar"),
        "night": exp.cast(exp.null(), "boolean"), "expires_at": exp.cast(exp.null(), "timestamp"),
    }.items())) for each in records]  # fmt: skip
    none = exp.select("customer_id", "channel", exp.alias_(exp.convert("sent"), "message_event"),
                      exp.alias_(exp.column("recorded_at"), "occurred_at")).from_("c").where(exp.false())  # fmt: skip
    duck.create("c", exp.union(*selects, distinct=False))
    tree = bind(consents_now(), Scope(AS_OF, sources={"consents": exp.to_table("c"), "messages": none}))
    assert {row["customer_id"]: row["allowed"] for row in duck.rows(tree)} == {1: True, 2: False, 3: False}


def test_without_a_consent_table_nobody_is_asked_for() -> None:
    with pytest.raises(ConsentError, match="no consent records"):
        clear(Duck(threads=1), exp.to_table("people"), {"people": exp.to_table("people")}, asking=Asking(("email",), AS_OF))


@pytest.mark.parametrize("asking", [{"channels": ()}, {"channels": ("fax",)}, {"channels": ("email",), "reconfirm_months": 0}])
def test_nonsense_is_refused(asking: dict[str, Any]) -> None:
    with pytest.raises(ConsentError):
        Asking(as_of=AS_OF, **asking)
