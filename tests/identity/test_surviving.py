"""Which record speaks for a customer: the declared order, recomputed record by record, and where each value came from."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.identity.surviving import CHOSEN, RECORDS, Origin, Speaking, write_people

COLUMNS = ("system", "source", "delivery", "row_no", "customer_ref", "registered_at", "customer_name", "phone", "email", "gender",
           "birth_date", "address", "postcode", "city", "region", "occupation", "identity_verified", "email_verified")  # fmt: skip
TYPES = {"registered_at": pa.timestamp("us"), "birth_date": pa.date32(), "identity_verified": pa.bool_(), "email_verified": pa.bool_(),
         "row_no": pa.int64()}  # fmt: skip
ORIGINS = {
    "mall": Origin("mall", 1), "pos": Origin("pos", 2), "panel": Origin("panel", 3, "external"), "model": Origin("model", 4, "inferred"),
}  # fmt: skip
KIND = {"mall": 2, "pos": 2, "panel": 1, "model": 0}
# What each test value is worth and what it is the same as, by hand: nothing of the code under test is asked.
WORTH = {
    "customer_name": {"김하나": (3, "김하나"), "김 하나": (3, "김하나"), "박두리": (3, "박두리"), "김*나": (1, "김*나"), "비회원": (0, "비회원")},
    "phone": {"010-4711-2293": (3, "a"), "01047112293": (3, "a"), "010-3852-4419": (3, "b"), "0504-1234-5679": (2, "c"),
              "010-****-2293": (1, "d"), "000-0000-0000": (0, "e")},
    "email": {"hana@naver.com": (3, "a"), "HANA@naver.com ": (3, "a"), "duri@daum.net": (3, "b"), "h***@naver.com": (1, "c"),
              "없음": (0, "d")},
    "occupation": {"교사": (3, "교사"), "의사": (3, "의사"), "미입력": (0, "미입력")},
}  # fmt: skip
CHECKED = {"customer_name": "identity_verified", "phone": "identity_verified", "email": "email_verified"}
MOMENTS = [None, datetime(2024, 1, 1), datetime(2024, 6, 1), datetime(2025, 3, 1)]


@pytest.fixture(scope="module")
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        yield engine


@pytest.fixture(scope="module")
def known(duck, tmp_path_factory):
    """Records of one person (dictionaries) → people, chosen records and records as they were written."""
    folder = tmp_path_factory.mktemp("facts") / "facts"

    def run(records, infer_gender=False):
        rows = [
            {"system": each["source"], "delivery": "d", "row_no": at, "customer_ref": str(at), **each}
            for at, each in enumerate(records)
        ]
        table = pa.table({name: pa.array([row.get(name) for row in rows], TYPES.get(name, pa.string())) for name in COLUMNS})
        duck.register("delivered", table)
        numbers = [row.get("customer_id", 1) for row in rows]
        mapped = table.select(["system", "customer_ref"]).append_column("customer_id", pa.array(numbers, pa.int64()))
        duck.register("identity_map", mapped)
        duck.register("moments", pa.table({"customer_id": pa.array(sorted(set(numbers)), pa.int64()),
                                           "moment": pa.array([datetime(2023, 1, 1)] * len(set(numbers)), pa.timestamp("us"))}))  # fmt: skip
        write_people(duck, exp.select("*").from_("delivered"), Speaking(ORIGINS, infer_gender), folder)
        files = (folder / "people.parquet", folder.parent / CHOSEN, folder.parent / RECORDS)
        return [pq.read_table(file).to_pylist() for file in files]

    return run


def record(**values):
    return st.fixed_dictionaries({
        "source": st.sampled_from(list(ORIGINS)),
        "registered_at": st.sampled_from(MOMENTS),
        "identity_verified": st.sampled_from([True, False, None]),
        "email_verified": st.sampled_from([True, False, None]),
        **{name: st.sampled_from([None, *worth]) for name, worth in WORTH.items()},
        **values,
    })  # fmt: skip


def best(records, field, until):
    """The record that the declared order puts first, by comparing all of them."""
    seen = [(at, each) for at, each in enumerate(records) if (each["registered_at"] or datetime(1900, 1, 1)) <= until]
    said = [(at, each) for at, each in seen if each[field] is not None]
    if not said:
        return None
    forms = [WORTH[field][each[field]][1] for _, each in said]

    def rank(entry):
        at, each = entry
        worth, form = WORTH[field][each[field]]
        since = each["registered_at"] or datetime(1900, 1, 1)
        written = each[field]
        return (worth, KIND[each["source"]], bool(each.get(CHECKED.get(field, ""))), since, forms.count(form), -ORIGINS[each["source"]].priority,
                len(written), (each["source"], str(at)))  # fmt: skip

    return max(said, key=rank)[0]


@given(records=st.lists(record(), min_size=1, max_size=7))
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_chosen_value_is_the_first_of_the_declared_order(known, records):
    people, chosen, listed = known(records)
    starts = {each["registered_at"] for each in records if each["registered_at"]} | {None}
    assert {each["known_from"] for each in people} == starts
    number = {int(each["customer_ref"]): each["place"] for each in listed}
    assert len(number) == len(records)
    for version in people:
        until = version["known_from"] or datetime(1900, 1, 1)
        origin = next((each for each in chosen if each["known_from"] == version["known_from"]), {})
        for field in WORTH:
            expected = best(records, field, until)
            assert version[field] == (None if expected is None else records[expected][field])
            if len(records) > 1:
                assert origin.get(field) == (None if expected is None else number[expected])


def latest(people):
    return next(each for each in people if each["known_before"] is None)


HOME = {"address": "서울 강남구 테헤란로 152", "postcode": "06236", "city": "강남구", "region": "서울"}


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({"address": "부산 해운대구 센텀로 10", "region": "부산"}, {"postcode": None, "city": None, "region": "부산"}),
        ({"region": "부산"}, HOME),
        ({"address": "서울 강남구 ****", "region": "서울"}, HOME),
        ({"address": "미입력", "city": "수원시"}, HOME),
    ],
)
def test_parts_of_an_address_come_from_one_record(known, later, expected):
    people, (*_, chosen), _ = known([
        {"source": "mall", "registered_at": MOMENTS[1], **HOME}, {"source": "pos", "registered_at": MOMENTS[3], **later},
    ])  # fmt: skip
    last = latest(people)
    assert {name: last[name] for name in expected} == expected
    assert len({chosen[name] for name in HOME if chosen[name] is not None}) == 1


def test_what_was_registered_later_was_not_known_before(known):
    people, chosen, _ = known([
        {"source": "mall", "registered_at": MOMENTS[1], "customer_name": "김하나"},
        {"source": "pos", "registered_at": MOMENTS[3], "customer_name": "박두리"},
    ])  # fmt: skip
    versions = {(each["known_from"], each["known_before"]): each["customer_name"] for each in people}
    assert versions == {(None, MOMENTS[1]): None, (MOMENTS[1], MOMENTS[3]): "김하나", (MOMENTS[3], None): "박두리"}
    assert [(each["known_from"], each["known_before"]) for each in chosen] == [(MOMENTS[1], MOMENTS[3]), (MOMENTS[3], None)]


def test_bought_data_never_overwrite_what_was_told(known):
    told = {"source": "mall", "registered_at": MOMENTS[1], "gender": "female", "birth_date": datetime(1990, 1, 2).date()}
    bought = {
        "source": "panel",
        "registered_at": MOMENTS[3],
        "gender": "male",
        "birth_date": datetime(1985, 5, 6).date(),
        "occupation": "교사",
    }
    last = latest(known([told, bought])[0])
    assert (last["gender"], last["birth_date"].year, last["occupation"]) == ("female", 1990, "교사")


def test_of_one_record_nothing_needs_to_be_chosen(known):
    people, chosen, listed = known([{"source": "mall", "registered_at": MOMENTS[1], "customer_name": "김*나"}])
    assert {each["known_from"]: each["customer_name"] for each in people} == {None: None, MOMENTS[1]: "김*나"}
    assert chosen == []
    assert (listed[0]["source"], listed[0]["provenance"]) == ("mall", 2)


WOMEN, MEN = ["김하나", "이세나", "박미나", "최유나"], ["김민준", "이서준", "박예준", "최하준"]


def test_gender_is_inferred_only_where_asked_for_and_nobody_told_it(known):
    told = [
        {"source": "mall", "customer_id": number, "customer_name": names[number % 4], "gender": gender}
        for number, (names, gender) in enumerate([(WOMEN, "female"), (MEN, "male")] * 300, start=2)
    ]
    asked = [{"source": "pos", "customer_id": 9001, "customer_name": "정미나"}, {"source": "pos", "customer_id": 9002, "customer_name": "강서준"},
             {"source": "pos", "customer_id": 9003, "customer_name": "윤벼리"}]  # fmt: skip
    people, _, _ = known([*told, *asked])
    assert "gender_inferred" not in people[0]
    found = {each["customer_id"]: each for each in known([*told, *asked], infer_gender=True)[0]}
    assert [found[number]["gender_inferred"] for number in (9001, 9002, 9003)] == ["female", "male", None]
    assert 0.9 <= found[9001]["gender_chance"] < 1
    assert found[9001]["gender"] is None
    assert {each["gender_inferred"] for number, each in found.items() if number < 9000} == {None}
