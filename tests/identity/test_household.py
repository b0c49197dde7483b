"""Households: who shares a door or a telephone lives together, whatever the surname; neighbours and colleagues do not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.core.engine import Duck
from dangol.core.errors import DataError
from dangol.identity.household import MOST_PEOPLE, households
from dangol.identity.standard import standard_people

HOME = "서울 강남구 테헤란로 152 101동 1203호"
COLUMNS = ("customer_name", "phone", "address", "postcode")


@pytest.fixture(scope="module")
def duck():
    with Duck(memory_limit="500MB", threads=1) as engine:
        yield engine


@pytest.fixture(scope="module")
def homes(duck):
    """Records (name, phone, address, postcode), one customer each unless said otherwise → the table of households."""

    def find(*rows, customers=None):
        filled = [tuple(row) + (None,) * (4 - len(row)) for row in rows]
        table = pa.table({name: pa.array([row[place] for row in filled], pa.string()) for place, name in enumerate(COLUMNS)})
        numbers = np.arange(len(rows)) if customers is None else np.array(customers)
        return households(duck, standard_people(table), numbers.astype(np.int64))

    return find


def groups(found):
    """Sets of customers who live together, without those alone."""
    by_number = {}
    for row in found.to_pylist():
        by_number.setdefault(row["household_no"], set()).add(row["customer_no"])
    return sorted((members for members in by_number.values() if len(members) > 1), key=min)


def test_spouses_with_their_own_surnames_are_one_household(homes):
    found = homes(
        ("김민수", None, HOME),
        ("이영희", None, "서울시 강남구 테헤란로152, 101-1203"),
        ("박철수", None, "서울 강남구 테헤란로 152 101동 1204호"),
    )
    assert groups(found) == [{0, 1}]
    assert found.column("evidence").to_pylist() == ["unit", "unit", None]
    assert found.column("confidence").to_pylist()[2] is None


def test_a_shared_surname_makes_a_household_surer(homes):
    confidence = homes(("김민수", None, HOME), ("김하나", None, HOME), ("이영희", None, HOME)).column("confidence").to_pylist()
    assert confidence[0] == confidence[1] > confidence[2] > 0.9


@pytest.mark.parametrize(
    ("other", "together"),
    [
        ("서울 강남구 테헤란로 152 101동 1203", True), ("강남구 테헤란로 152 101-1203", True), ("테헤란로 152 101-1203", True), ("부산 강서구 테헤란로 152 101-1203", False),
        ("서울 강남구 테헤란로 153 101-1203", False), ("서울 강남구 테헤란로 152 102동 1203호", False), ("서울 강남구 테헤린로 152 101-1203", True),
        ("서울 강남구 테헤란로1길 152 101-1203", False),
    ],
)  # fmt: skip
def test_what_is_one_door(homes, other, together):
    assert bool(groups(homes(("김민수", None, HOME), ("이영희", None, other)))) is together


def test_neighbouring_streets_with_numbers_are_no_slips(homes):
    assert (
        groups(homes(("김민수", None, "서울 노원구 상계로1길 12 101-203"), ("이영희", None, "서울 노원구 상계로2길 12 101-203")))
        == []
    )


def test_a_lot_and_a_road_are_one_door_by_postcode_and_unit(homes):
    lot = "서울 강남구 역삼동 737 101동 1203호"
    assert groups(homes(("김민수", None, HOME, "06236"), ("이영희", None, lot, "06236"))) == [{0, 1}]
    assert groups(homes(("김민수", None, HOME, "06236"), ("이영희", None, lot, "06237"))) == []
    assert groups(homes(("김민수", None, HOME, "06236"), ("이영희", None, "서울 강남구 언주로 3 101동 1203호", "06236"))) == []


@pytest.mark.parametrize(
    ("phone", "evidence"), [("02-805-7432", "landline"), ("010-2342-7323", "shared mobile"), ("0504-9292-8016", None), ("1588-4321", None), ("010-0000-0000", None)]
)  # fmt: skip
def test_telephones_that_are_shared(homes, phone, evidence):
    assert homes(("김민수", phone), ("이영희", phone)).column("evidence").to_pylist() == [evidence, evidence]


@pytest.mark.parametrize("people", [MOST_PEOPLE, MOST_PEOPLE + 1])
def test_more_people_than_a_household_has_are_none(homes, people):
    for rows in ([("김민수", None, HOME)] * people, [("김민수", "02-805-7432")] * people):
        assert len(groups(homes(*rows))) == (people <= MOST_PEOPLE)


def test_a_chain_of_homes_does_not_grow_beyond_a_household(homes):
    rows = [
        ("김민수", None, f"서울 강남구 테헤란로 152 101동 {100 + place}호") for place in range(5) for _ in range(MOST_PEOPLE // 2)
    ]
    movers = [(f"02-805-74{place:02}",) for place in range(4) for _ in range(2)]
    joined = [("이영희", phone[0]) for phone in movers]
    customers = [*range(len(rows)), *(4 * (place // 2) + 4 * (place % 2) for place in range(8))]
    found = homes(*rows, *joined, customers=customers)
    assert max(found.column("size").to_pylist()) <= MOST_PEOPLE


@pytest.mark.parametrize(
    "address",
    [
        "서울 관악구 관악로 1 서울대학교 기숙사 204호",
        "서울 마포구 독막로 12 GS25 1호",
        "서울 강남구 테헤란로 152 강남빌딩 1203호",
    ],
)
def test_no_home_no_household(homes, address):
    assert groups(homes(("김민수", None, address), ("이영희", None, address))) == []


def test_a_building_without_units_is_a_home_where_buildings_are_homes(homes):
    two = [("김민수", None, "전북 고창군 연동길 41"), ("이영희", None, "전북 고창군 연동길 41")]
    shared = [("박하나", None, f"전북 고창군 교촌길 {number} 101호") for number in range(20) for _ in range(2)]
    apart = [("박하나", None, f"전북 고창군 교촌길 {number} {unit}호") for number in range(20) for unit in (101, 102)]
    assert {0, 1} in groups(homes(*two, *shared))
    assert homes(*two, *shared).column("evidence").to_pylist()[:2] == ["building", "building"]
    assert {0, 1} not in groups(homes(*two, *apart))


def test_records_of_one_customer_are_no_household(homes):
    found = homes(("김민수", "02-805-7432", HOME), ("김민수", "02-805-7432", HOME), customers=[0, 0])
    assert found.to_pylist() == [{"customer_no": 0, "household_no": 0, "size": 1, "confidence": None, "evidence": None}]


def test_nobody_and_wrong_numbers(homes, duck):
    assert homes(customers=[]).num_rows == 0
    with pytest.raises(DataError, match="lengths differ: 3, 1"):
        households(duck, standard_people(pa.table({"customer_name": ["김민수"]})), np.arange(3))


DOORS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=12)


@settings(deadline=None, max_examples=40)
@given(DOORS, st.randoms())
def test_units_alone_join_as_a_plain_closure_does(homes, doors, random):
    rows = [("김민수", None, f"서울 강남구 테헤란로 {number + 1} 10{unit}동 1203호") for _, number, unit in doors]
    place = {customer: at for at, customer in enumerate(dict.fromkeys(customer for customer, _, _ in doors))}
    customers = [place[customer] for customer, _, _ in doors]
    expected = [{customer} for customer in range(len(place))]
    for (_, *door), customer in zip(doors, customers, strict=True):
        for (_, *other), partner in zip(doors, customers, strict=True):
            if door == other:
                one, two = (next(group for group in expected if each in group) for each in (customer, partner))
                if one is not two:
                    expected.remove(two)
                    one |= two
    found = homes(*rows, customers=customers)
    assert groups(found) == sorted((group for group in expected if len(group) > 1), key=min)
    assert all(min(group) in found.column("household_no").to_pylist() for group in expected)
    order = list(range(len(rows)))
    random.shuffle(order)
    assert groups(homes(*[rows[at] for at in order], customers=[customers[at] for at in order])) == groups(found)


def pairs(label):
    counts = np.unique(label, return_counts=True)[1].astype(float)
    return (counts * (counts - 1) / 2).sum()


@pytest.mark.real_data
def test_households_of_the_labelled_set(duck, shared_data):
    names = {"name": "customer_name", "birth": "birth_date", "zip": "postcode"}
    records = pq.read_table(shared_data / "korean_er_dev" / "records.parquet")
    truth = pq.read_table(shared_data / "korean_er_dev" / "truth.parquet").to_pandas().set_index("record_id")
    truth = truth.loc[records.column("record_id").to_pylist()]
    standard = standard_people(records.rename_columns([names.get(name, name) for name in records.column_names]))
    _, customer = np.unique(truth["person_id"], return_inverse=True)
    label = households(duck, standard, customer.astype(np.int64)).column("household_no").to_numpy()[customer]
    homes = truth["household_id"].to_numpy()
    both = pairs(label * 100_000 + homes)
    precision, recall = both / pairs(label), both / pairs(homes)
    assert precision > 0.99
    assert 2 * precision * recall / (precision + recall) > 0.93
