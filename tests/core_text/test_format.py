"""Every format in both languages, at its boundaries, and for whatever value comes along."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.core.errors import ConfigError, DeclarationError
from dangol.core.tables import Kind
from dangol.core.text import FORMATS, Language, format_value

CASES = [
    ("money", 8_900, "₩8,900", "₩8.9K"),
    ("money", 0, "₩0", "₩0"),
    ("money", 999, "₩999", "₩999"),
    ("money", 9_999, "₩9,999", "₩10K"),
    ("money", 9_999.6, "₩1만", "₩10K"),
    ("money", 10_000, "₩1만", "₩10K"),
    ("money", 412_000, "₩41.2만", "₩412K"),
    ("money", 42_100_000, "₩4,210만", "₩42.1M"),
    ("money", 99_994_999, "₩9,999만", "₩100M"),
    ("money", 99_999_999, "₩1억", "₩100M"),
    ("money", Decimal(1230000000), "₩12.3억", "₩1.23B"),
    ("money", 999_999_999_999, "₩1조", "₩1T"),
    ("money", 123_456 * 10**12, "₩123,456조", "₩123,456T"),
    ("money", -42_100_000, "-₩4,210만", "-₩42.1M"),
    ("money", -0.4, "₩0", "₩0"),
    ("money_exact", 1_234_567.5, "₩1,234,568", "₩1,234,568"),
    ("money_exact", -5, "-₩5", "-₩5"),
    ("count", 1_204, "1,204", "1,204"),
    ("count", np.int64(12_345_678), "12,345,678", "12,345,678"),
    ("integer", 1985, "1985", "1985"),
    ("integer", 12_345, "12,345", "12,345"),
    ("share", 0.1234, "12.3%", "12.3 %"),
    ("percent", 0.6, "60.0%", "60.0 %"),
    ("percent", 0.00042, "0.04%", "0.04 %"),
    ("percent", 0, "0.0%", "0.0 %"),
    ("percent_exact", 0.605, "60.5%", "60.5 %"),
    ("percent_exact", 0.6, "60%", "60 %"),
    ("percent_exact", 1, "100%", "100 %"),
    ("probability", np.float32(0.5), "50.0%", "50.0 %"),
    ("number", 1234.567, "1,234.57", "1,234.57"),
    ("number", 0.0012345, "0.00123", "0.00123"),
    ("number", 3.0, "3", "3"),
    ("number_exact", 0.1, "0.1", "0.1"),
    ("days", 9, "9일", "9 days"),
    ("days", 1, "1일", "1 day"),
    ("days", 9.46, "9.5일", "9.5 days"),
    ("day", date(2026, 11, 21), "2026. 11. 21.", "21 Nov 2026"),
    ("date", datetime.fromisoformat("2026-11-20 15:00:00"), "2026. 11. 21.", "21 Nov 2026"),
    ("date", datetime.fromisoformat("2026-11-20 14:59:59"), "2026. 11. 20.", "20 Nov 2026"),
    ("date", "2026-11-20T15:00:00", "2026. 11. 21.", "21 Nov 2026"),
    ("date", "2026-11-20", "2026. 11. 20.", "20 Nov 2026"),
    ("month", datetime(2026, 10, 31, 15, 0, tzinfo=UTC), "2026년 11월", "Nov 2026"),
    ("moment", datetime.fromisoformat("2026-11-20 18:04:00"), "2026. 11. 21. 03:04", "21 Nov 2026 03:04"),
    ("moment", datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=9))), "2026. 1. 1. 00:00", "1 Jan 2026 00:00"),
    ("flag", True, "예", "yes"),
    ("flag", np.bool_(False), "아니요", "no"),
    ("category", "서울", "서울", "서울"),
    ("text", 3, "3", "3"),
    ("", 1_204, "1,204", "1,204"),
    ("", True, "예", "yes"),
    ("", date(2026, 1, 2), "2026. 1. 2.", "2 Jan 2026"),
    ("number", float("inf"), "∞", "∞"),
]


@pytest.mark.parametrize(("name", "value", "korean", "english"), CASES)
def test_a_value_in_both_languages(name: str, value: object, korean: str, english: str) -> None:
    assert format_value(name, value, "ko") == korean
    assert format_value(name, value, "en") == english


@pytest.mark.parametrize(
    ("value", "language", "name", "expected"),
    [
        (8.5, "en", "money", "$8.50"),
        (1_500, "en", "money", "$1.5K"),
        (12_000, "ko", "money", "US$1.2만"),
        (8.5, "ko", "money_exact", "US$8.50"),
    ],
)
def test_money_of_other_currencies(value: float, language: Language, name: str, expected: str) -> None:
    assert format_value(name, value, language, currency="USD") == expected


def test_an_unknown_currency_is_shown_by_its_code() -> None:
    assert format_value("money", 12, "en", currency="XQQ") == "XQQ 12.00"


@pytest.mark.parametrize("missing", [None, float("nan"), Decimal("NaN"), np.float64("nan"), pd.NaT, pd.NA])
@pytest.mark.parametrize("name", [*get_args(Kind), ""])
def test_what_is_missing_is_a_dash(name: str, missing: object) -> None:
    assert format_value(name, missing, "ko") == "–"


def test_days_follow_the_zone() -> None:
    midnight = datetime.fromisoformat("2026-03-01 00:30:00")
    assert format_value("date", midnight, "ko", zone="America/New_York") == "2026. 2. 28."
    assert format_value("date", midnight, "ko", zone="UTC") == "2026. 3. 1."


def test_unknown_names_are_refused_with_a_hint() -> None:
    with pytest.raises(DeclarationError) as error:
        format_value("monney", 1, "ko")
    assert "'money'" in error.value.hint
    with pytest.raises(ConfigError, match="Asia/Soul"):
        format_value("moment", datetime.fromisoformat("2026-01-01 00:00:00"), "ko", zone="Asia/Soul")


FIRST, LAST = (datetime.fromisoformat(edge) for edge in ("0001-01-01", "9999-12-31 23:59"))
ANYTHING = st.one_of(
    st.text(), st.integers(), st.floats(), st.decimals(), st.datetimes(), st.dates(), st.booleans(), st.none(),
    st.sampled_from([10**5000, -(10**5000), Decimal("1E+999999"), Decimal("-1E-999999"), LAST, FIRST]),
)  # fmt: skip


@given(ANYTHING, st.sampled_from(sorted(FORMATS)), st.sampled_from(["ko", "en"]), st.sampled_from(["KRW", "USD"]))
def test_no_value_breaks_a_format(value: object, name: str, language: Language, currency: str) -> None:
    assert isinstance(format_value(name, value, language, currency=currency), str)


UNITS = {"만": 10**4, "억": 10**8, "조": 10**12, "": 1}


@given(st.integers(-(10**15), 10**15))
def test_short_money_is_within_half_of_its_last_digit(amount: int) -> None:
    written = format_value("money", amount, "ko")
    digits = written.replace("₩", "").replace(",", "").rstrip("만억조")
    unit = UNITS[written.lstrip("-₩0123456789,.")]
    tolerance = Decimal(unit) / (1 if abs(Decimal(digits)) >= 100 or unit == 1 else 10) / 2
    assert abs(Decimal(digits) * unit - amount) <= tolerance
    assert abs(Decimal(digits)) < 10_000


def test_every_kind_of_column_has_a_format() -> None:
    assert set(get_args(Kind)) <= set(FORMATS)
