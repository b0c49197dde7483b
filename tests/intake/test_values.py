"""Numbers and dates as shops write them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.intake.dates import day, moment
from dangol.intake.number import number


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234원", "1234"),
        ("₩1,234", "1234"),
        ("$1,234.50", "1234.50"),
        ("(1,234)", "-1234"),
        ("(₩1,234)", "-1234"),
        ("△500", "-500"),
        ("-12.345", "-12.35"),
        ("１，２３４", "1234"),
        ("1 234", "1234"),
        ("KRW 500", "500"),
        ("1,2", None),
        ("12,34,567", None),
        ("1.234,50", None),
        ("1_000", None),
        ("nan", None),
        ("열두개", None),
        ("원", None),
    ],
)
def test_money(evaluate, text, amount):
    assert evaluate(lambda x: number(x, "money", "."), [text]) == [None if amount is None else Decimal(amount)]


def test_decimal_comma_only_when_declared(evaluate):
    assert evaluate(lambda x: number(x, "money", ","), ["1.234,50", "1.234", "7,5", "1,234.50"]) == [
        Decimal("1234.50"), Decimal(1234), Decimal("7.5"), None,
    ]  # fmt: skip


def test_whole_numbers_are_not_rounded(evaluate):
    assert evaluate(lambda x: number(x, "whole", "."), ["3", "3.0", "1,200", "1.7", "inf"]) == [3, 3, 1200, None, None]


MOMENTS = [
    ("2026-11-21 15:05:09", datetime(2026, 11, 21, 15, 5, 9)),
    ("2026-11-21T15:05", datetime(2026, 11, 21, 15, 5)),
    ("2026.11.21", datetime(2026, 11, 21)),
    ("2026. 11. 21. 오후 3:05", datetime(2026, 11, 21, 15, 5)),
    ("2026. 1. 2. 오전 12:05:10", datetime(2026, 1, 2, 0, 5, 10)),
    ("26-11-21", datetime(2026, 11, 21)),
    ("20261121", datetime(2026, 11, 21)),
    ("20261121150509", datetime(2026, 11, 21, 15, 5, 9)),
    ("2026년 11월 21일", datetime(2026, 11, 21)),
    ("2026년 11월 21일 15시 30분", datetime(2026, 11, 21, 15, 30)),
    ("2026/11/21 3:05 PM", datetime(2026, 11, 21, 15, 5)),
]


@pytest.mark.parametrize(("text", "local"), MOMENTS)
def test_local_moments_become_utc(evaluate, text, local):
    assert evaluate(lambda x: moment(x, "Asia/Seoul", None, serials=False), [text]) == [local - timedelta(hours=9)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T15:05:00+09:00",
        "2026-11-21 06:05:00Z",
        "2026-11-21T06:05Z",
        "2026-11-21 15:05:00+09",
        "2026-11-21 01:05-05:00",
        "2026-11-21T15:05:00.000+0900",
    ],
)
def test_offsets_are_kept(evaluate, text):
    assert evaluate(lambda x: moment(x, "Asia/Seoul", None, serials=False), [text]) == [datetime(2026, 11, 21, 6, 5)]


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30", "어제", "0000-00-00", "03/04/2024", "12345", "2026-11-21 25:00"])
def test_unreadable_dates_are_missing(evaluate, text):
    assert evaluate(lambda x: moment(x, "Asia/Seoul", None, serials=False), [text]) == [None]


def test_order_of_dates_is_obeyed(evaluate):
    for order, expected in (("mdy", datetime(2024, 3, 4)), ("dmy", datetime(2024, 4, 3))):
        assert evaluate(lambda x, o=order: moment(x, "UTC", o, serials=False), ["03/04/2024"]) == [expected]


def test_summer_time(evaluate):
    found = evaluate(lambda x: moment(x, "America/New_York", None, serials=False), ["2026-07-01 12:00:00", "2026-01-01 12:00:00"])
    assert found == [datetime(2026, 7, 1, 16), datetime(2026, 1, 1, 17)]


def test_spreadsheet_day_numbers(evaluate):
    assert evaluate(lambda x: moment(x, "UTC", None, serials=True), ["45292.5"]) == [datetime(2024, 1, 1, 12)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False), min_size=1, max_size=20))
def test_written_money_is_read_back(evaluate, amounts):
    assert evaluate(lambda x: number(x, "money", "."), [f"{amount:,.2f}" for amount in amounts]) == amounts
    assert evaluate(lambda x: number(x, "money", "."), [f"₩{amount:,.2f}원" for amount in amounts]) == amounts


STYLES = ("%Y-%m-%d", "%Y.%m.%d", "%Y. %m. %d.", "%Y%m%d", "%Y년 %m월 %d일", "%Y/%m/%d", "%y-%m-%d")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dates(date(2000, 1, 1), date(2068, 12, 31)), min_size=1, max_size=20), st.sampled_from(STYLES))
def test_written_days_are_read_back(evaluate, days, style):
    assert evaluate(lambda x: day(x, None, serials=False), [each.strftime(style) for each in days]) == days


SECONDS = st.datetimes(datetime(2000, 1, 1), datetime(2068, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
CLOCKS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y.%m.%d %H:%M:%S", "%Y년 %m월 %d일 %I:%M:%S %p")


@settings(max_examples=40, deadline=None)
@given(st.lists(SECONDS, min_size=1, max_size=20), st.sampled_from(CLOCKS))
def test_written_moments_are_read_back(evaluate, moments, style):
    assert evaluate(lambda x: moment(x, "UTC", None, serials=False), [each.strftime(style) for each in moments]) == moments
