"""Days of birth and genders in the forms that Korean and other shops keep them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.identity.standard.birth import read_births, read_genders

DAYS = st.dates(date(1930, 1, 1), date(2010, 12, 31)).filter(lambda day: day != date(1970, 1, 1))


def births(*written):
    found = read_births(pa.array(written, pa.string()))
    return found["day"].to_pylist(), found["year"].to_pylist()


@given(DAYS)
def test_every_form_with_four_digits_of_the_year_is_one_day(day):
    y, m, d = day.year, day.month, day.day
    forms = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y%m%d}",
        f"{day:%Y.%m.%d}",
        f"{day:%Y/%m/%d}",
        f"{y}년 {m}월 {d}일",
        f"{y}. {m}. {d}.",
        f"{day} 00:00:00",
        f"{y}-{m}-{d}",
    ]
    days, years = births(*forms)
    assert set(days) == {day}
    assert set(years) == {day.year}


@given(DAYS)
def test_two_digits_of_the_year_mean_the_latest_that_has_been(day):
    now = datetime.now(UTC).year
    year = max(each for each in (day.year % 100 + 1900, day.year % 100 + 2000) if each <= now)
    days, _ = births(f"{day:%y%m%d}", f"{day:%y}년 {day.month}월 {day.day}일", f"{day:%y.%m.%d}")
    try:
        expected = date(year, day.month, day.day)
    except ValueError:
        expected = None
    assert set(days) == {
        expected if expected and expected <= datetime.now(UTC).date() and str(expected) != "1970-01-01" else None
    }


@pytest.mark.parametrize(
    ("written", "day", "year"),
    [
        ("920109-1", date(1992, 1, 9), 1992), ("050109-3******", date(2005, 1, 9), 2005), ("1971", None, 1971), ("1971년생", None, 1971), ("1971.0", None, 1971),
        ("9 Jan 1992", date(1992, 1, 9), 1992), ("January 9, 1992", date(1992, 1, 9), 1992), ("25/12/1990", date(1990, 12, 25), 1990),
        ("12/25/1990", date(1990, 12, 25), 1990), ("03/04/1992", None, None), ("1992-02-30", None, None), ("1900-01-01", None, None), ("1970-01-01", None, None),
        ("0000-00-00", None, None), ("2999-01-01", None, None), ("1850-06-01", date(1850, 6, 1), 1850), ("1092-01-09", None, None), ("1753-01-01", None, None), ("모름", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_single_dates(written, day, year):
    assert births(written) == ([day], [year])


def test_other_dates_tell_which_place_is_the_day():
    assert births("03/04/1992", "25/12/1990")[0] == [date(1992, 4, 3), date(1990, 12, 25)]
    assert births("03/04/1992", "12/25/1990")[0] == [date(1992, 3, 4), date(1990, 12, 25)]
    assert births("03/04/1992", "25/12/1990", "12/25/1990")[0][0] is None


def test_genders():
    written = ["남", "여", "남자", "여성", "M", "f", "Male", "FEMALE", "1", "2", "기타", "", None, "U"]
    assert read_genders(pa.array(written, pa.string())).to_pylist() == [
        "M",
        "F",
        "M",
        "F",
        "M",
        "F",
        "M",
        "F",
        "M",
        "F",
        None,
        None,
        None,
        None,
    ]
