"""Addresses: road or lot, unit, area and postcode in one form; 200,000 real Korean addresses as the judge."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.identity.standard.address import read_addresses, read_postcodes
from dangol.identity.standard.area import CITIES, PROVINCES, area_of

TEXT = pa.string()


def read(*written, city=None, region=None):
    count = len(written)
    return {
        name: found.to_pylist()
        for name, found in read_addresses(
            pa.array(written, TEXT), pa.array([city] * count, TEXT), pa.array([region] * count, TEXT)
        ).items()
    }


UNITS = [
    "101동 1203호",
    "101동1203호",
    "101-1203",
    "101동 1203",
    "제101동 제1203호",
    "101동 1203호 (역삼동)",
    "현대아파트 101동 1203호",
    "101 - 1203",
]
UNITS += ["현대아파트101동1203호", "(역삼동, 현대아파트) 101동 1203호"]


@pytest.mark.parametrize(
    "road",
    [
        "테헤란로 152",
        "남문로107번길 21-2",
        "호암로24나길 31",
        "수원천로220번길 27",
        "중앙로길 15-4",
        "지리산대로4036번길 102",
        "3·1만세로 7",
    ],
)
@pytest.mark.parametrize("province", ["서울특별시 강남구", "서울시 강남구", "서울 강남구", "대한민국 서울특별시 강남구"])
def test_one_home_on_a_road_however_written(road, province):
    name, number = road.split()
    found = read(*[f"{province} {name}{gap}{number}{comma} {unit}" for unit in UNITS for gap in ("", " ") for comma in ("", ",")])
    assert set(found["key"]) == {road}
    assert set(found["unit"]) == {"101-1203"}
    assert set(found["area"]) == {"서울 강남구"}
    assert set(found["kind"]) == {None}


@pytest.mark.parametrize(
    ("written", "key", "unit", "area"),
    [
        ("서울 종로구 종로3가 12", "종로3가 12", None, "서울 종로구"), ("서울 강남구 역삼동 123-45 101동 1203호", "역삼동 123-45", "101-1203", "서울 강남구"),
        ("강원특별자치도 춘천시 중앙로 1", "중앙로 1", None, "강원 춘천시"), ("강원도 춘천시 중앙로1", "중앙로 1", None, "강원 춘천시"),
        ("전라북도 전주시 덕진구 어은골길 3 2동407호", "어은골길 3", "2-407", "전북 전주시"), ("전북특별자치도 전주시 어은골길 3", "어은골길 3", None, "전북 전주시"),
        ("덕진구 어은골길 3", "어은골길 3", None, "전북 전주시"), ("수원시 영통구 광교로 5 403", "광교로 5", "403", "경기 수원시"),
        ("서울 중구 을지로 12, 3층", "을지로 12", "3f", "서울 중구"), ("서울 중구 을지로 지하 12 지하1층", "을지로 12", "b1f", "서울 중구"),
        ("부산 해운대구 우동 산 12-3", "우동 산12-3", None, "부산 해운대구"), ("(06236) 서울 강남구 테헤란로 152", "테헤란로 152", None, "서울 강남구"),
        ("서울 강남구 논현로 12길 31", "논현로12길 31", None, "서울 강남구"), ("서울 은평구 은행로 12 가동 101호", "은행로 12", "가-101", "서울 은평구"),
        ("서울 관악구 신림로 3 B동 101호", "신림로 3", "b-101", "서울 관악구"), ("동구 화정4길 41", "화정4길 41", None, "동구"), ("세종특별자치시 한누리대로 2130", "한누리대로 2130", None, "세종"),
        ("12 North Main Street, Apt 4B", "12 n main st", "4b", None), ("12 N. Main St #4b", "12 n main st", "4b", None), ("Flat 2, 12 High Street", "12 high st", "2", None),
        ("1600 Pennsylvania Avenue NW", "1600 pennsylvania ave nw", None, None), ("", None, None, None),
    ],
)  # fmt: skip
def test_single_addresses(written, key, unit, area):
    found = read(written)
    assert (found["key"], found["unit"], found["area"]) == ([key], [unit], [area])


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("서울 관악구 관악로 1 서울대학교 기숙사 204호", "dormitory"), ("서울 마포구 독막로 12 GS25 무인보관함", "pickup"), ("서울 강남구 테헤란로 152 강남빌딩 12층", "office"),
        ("서울 강남구 테헤란로 152 (주)가나 사무실", "office"), ("서울 종로구 대학로 12 101호", None), ("서울 강남구 언주로 30 타워팰리스 101동 1203호", None), ("PO Box 12", "pickup"),
    ],
)  # fmt: skip
def test_places_that_are_no_homes(written, kind):
    assert read(written)["kind"] == [kind]


def test_columns_beside_the_address_say_where_it_lies():
    assert read("테헤란로 152", city="강남구", region="서울특별시")["area"] == ["서울 강남구"]
    assert (
        read("12 Main St", city="Albany", region="New York")["area"]
        == read("12 Main St", city="albany", region="NY")["area"]
        == ["ny albany"]
    )
    assert read(None, city="수원시 팔달구", region="경기도")["area"] == ["경기 수원시"]


@given(st.sampled_from(sorted(CITIES)), st.data())
def test_every_name_of_a_province_gives_one_area(province, data):
    city = data.draw(st.sampled_from(CITIES[province].split()))
    names = [province, *PROVINCES[province].split()]
    assert {area_of(name, city) for name in names} == {area_of(province, city)}
    assert area_of("", city) in {area_of(province, city), city}


def test_postcodes():
    written = ["06236", "6236", "06236.0", "135-080", "135080", "00000", "12345", None, "SW1A 1AA"]
    assert read_postcodes(pa.array(written), pa.array([True] * 9)).to_pylist() == [
        "06236",
        "06236",
        "06236",
        None,
        None,
        None,
        None,
        None,
        "SW1A1AA",
    ]
    assert read_postcodes(pa.array(["90210-1234", "sw1a 1aa", "2000"]), pa.array([False] * 3)).to_pylist() == [
        "90210",
        "SW1A1AA",
        "2000",
    ]


@given(st.lists(st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=40)), min_size=1, max_size=6))
def test_any_text_is_read_without_failing(texts):
    assert len(read(*texts)["key"]) == len(texts)


@pytest.mark.real_data
@pytest.mark.parametrize("behind", ["", " 101동 1203호", ", 403호", " ({dong})", " 현대아파트 101동 1203호 ({dong})"])
def test_real_road_addresses_keep_their_road_and_number(shared_data, behind):
    real = pq.read_table(shared_data / "korea_reference" / "addresses_sample_200k.parquet").to_pandas().iloc[::10]
    sejong = real["sigungu"].fillna("")
    written = [
        f"{s} {g} {r}{behind.format(dong=d)}"
        for s, g, r, d in zip(real["sido"], sejong, real["road_addr"], real["dong"], strict=True)
    ]
    found = read(*written)
    right = [key == road for key, road in zip(found["key"], real["road_addr"], strict=True)]
    assert sum(right) / len(right) > 0.9999
    assert len(set(found["area"])) <= 229
