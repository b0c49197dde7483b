"""The standard form of whole records: its columns, its order, and that it is the same however records are brought."""

from __future__ import annotations

import time
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.identity.standard import standard_people

COLUMNS = {
    "name_key": pa.string(), "family_key": pa.string(), "given_key": pa.string(), "name_jamo": pa.string(), "name_roman": pa.string(),
    "name_mask": pa.string(), "phone_key": pa.string(), "phone_kind": pa.string(), "email_key": pa.string(), "email_user": pa.string(),
    "birth_day": pa.date32(), "birth_year": pa.int32(), "gender_key": pa.string(), "address_key": pa.string(), "address_unit": pa.string(),
    "address_area": pa.string(), "address_kind": pa.string(), "postcode_key": pa.string(),
}  # fmt: skip
RECORDS = {
    "customer_name": ["김민수님", "KIM MINSU", None, "김*수"],
    "phone": ["1023427323", "+82-10-2342-7323", "02-805-7432", "0504-9292-8016"],
    "email": ["Kim@Naver.con", None, "", "kim@naver.com"],
    "gender": ["남", "M", "여자", None],
    "birth_date": ["920109", "1992-01-09", "1971", None],
    "address": [
        "서울시 강남구 테헤란로 152 101동 1203호",
        "서울 강남구 테헤란로152, 101-1203",
        None,
        "(06236) 서울특별시 강남구 테헤란로 152",
    ],
    "postcode": ["6236", "06236", None, None],
}


def test_the_contract():
    found = standard_people(pa.table(RECORDS))
    assert {name: found.schema.field(name).type for name in found.column_names} == COLUMNS
    rows = found.to_pylist()
    same = ("name_roman", "phone_key", "birth_day", "gender_key", "address_key", "address_unit", "address_area", "postcode_key")
    assert [rows[0][name] for name in same] == [rows[1][name] for name in same]
    assert rows[0]["birth_day"] == date(1992, 1, 9)
    assert (rows[0]["email_key"], rows[3]["email_key"]) == ("kim@naver.com", "kim@naver.com")
    assert (rows[2]["name_key"], rows[2]["birth_day"], rows[2]["birth_year"]) == (None, None, 1971)
    assert (rows[3]["name_mask"], rows[3]["phone_kind"], rows[3]["postcode_key"]) == ("김*수", "virtual", "06236")


def test_absent_columns_are_missing_throughout():
    found = standard_people(pa.table({"customer_name": ["김민수"], "colour": ["red"]}))
    assert set(found.column_names) == set(COLUMNS)
    assert {name for name in COLUMNS if found.column(name).null_count == 0} == {
        "name_key",
        "family_key",
        "given_key",
        "name_jamo",
        "name_roman",
    }


@pytest.mark.parametrize("rows", [0, 1])
def test_tables_of_no_and_one_row(rows):
    found = standard_people(pa.table(RECORDS).slice(0, rows))
    assert found.num_rows == rows
    assert standard_people(pa.table({"colour": ["red"] * rows})).num_rows == rows


def test_how_columns_are_kept_does_not_matter():
    plain = pa.table(RECORDS)
    large = plain.cast(pa.schema([(name, pa.large_string()) for name in plain.column_names]))
    encoded = pa.table({name: plain.column(name).dictionary_encode() for name in plain.column_names})
    chunked = pa.concat_tables([plain.slice(0, 1), plain.slice(1, 2), plain.slice(3)])
    expected = standard_people(plain)
    for other in (large, encoded, chunked):
        assert standard_people(other).equals(expected)
    typed = plain.set_column(plain.column_names.index("birth_date"), "birth_date", pa.array([date(1992, 1, 9)] * 4))
    assert standard_people(typed).column("birth_day").to_pylist() == [date(1992, 1, 9)] * 4
    numbers = plain.set_column(
        plain.column_names.index("phone"), "phone", pa.array([1023427323, None, 28057432, None], pa.int64())
    )
    assert standard_people(numbers).column("phone_key").to_pylist() == ["+821023427323", None, "+8228057432", None]


def test_two_columns_of_names_say_more_than_one():
    found = standard_people(
        pa.table(
            {"customer_name": ["x", "김민수", None], "given_name": ["Minsu", None, "민수"], "family_name": ["Kim", None, "김"]}
        )
    )
    assert found.column("family_key").to_pylist() == ["kim", "김", "김"]
    assert len(set(found.column("name_roman").to_pylist())) == 1


def test_rows_that_show_where_they_are_from_stand_alone():
    whole = standard_people(pa.table(RECORDS))
    for place in range(4):
        assert standard_people(pa.table(RECORDS).slice(place, 1)).equals(whole.slice(place, 1))


@pytest.mark.real_data
def test_a_million_records_take_seconds(shared_data):
    names = {"name": "customer_name", "birth": "birth_date", "zip": "postcode"}
    records = pq.read_table(shared_data / "korean_er_dev" / "records.parquet")
    records = records.rename_columns([names.get(name, name) for name in records.column_names])
    start = time.process_time()
    found = standard_people(records)
    seconds = time.process_time() - start
    assert found.num_rows == records.num_rows
    assert found.column("phone_key").null_count / found.num_rows < 0.07
    # Five million a minute when nothing else runs; a tenth of it is asked for here.
    assert found.num_rows / seconds * 60 > 500_000
