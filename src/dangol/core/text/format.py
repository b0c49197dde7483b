"""Values as people read them: ₩12.3억, 1,204, 12.3%, 9일, 2026. 11. 21.

One table of formats serves sentences, tables, charts and exports in both languages, so that a number looks the same
wherever it is shown. Nothing here raises because of a value: what cannot be formatted is shown as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from itertools import pairwise
from numbers import Integral, Real
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.numbers import get_currency_precision, get_currency_symbol

from dangol.core.errors import ConfigError, DeclarationError, suggest, told
from dangol.core.text.catalogue import lookup
from dangol.core.text.language import Language
from dangol.core.told import listed, quoted, text

MISSING = "–"
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_WRITABLE = 30  # digits before the point; beyond them a number is shown as a power of ten
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS: dict[Language, tuple[tuple[int, str], ...]] = {
    "ko": ((1, ""), (10**4, "만"), (10**8, "억"), (10**12, "조")),
    "en": ((1, ""), (10**3, "K"), (10**6, "M"), (10**9, "B"), (10**12, "T")),
}
_PERCENT: dict[Language, str] = {"ko": "%", "en": " %"}


@dataclass(frozen=True)
class _Style:
    language: Language
    currency: str
    zone: str


_Formatter = Callable[[object, _Style], str]


def format_value(name: str, value: object, language: Language, *, currency: str = "KRW", zone: str = "Asia/Seoul") -> str:
    """A value as a reader of this language expects it.

    Args:
        name: a kind of column or another of `FORMATS`, e.g. `money_exact`.
        value: None and NaN are shown as a dash; moments without a zone are UTC; shares are fractions of 1.
        language: who reads it.
        currency: ISO 4217 code of the company's money.
        zone: IANA name of the company's time zone.

    Raises:
        DeclarationError: there is no such format.
        ConfigError: there is no such time zone.
    """
    if name not in FORMATS:
        raise DeclarationError(f"unknown format {name!r}", hint=suggest(name, FORMATS))
    return MISSING if _absent(value) else FORMATS[name](value, _Style(language, currency, zone))


def _absent(value: object) -> bool:
    if isinstance(value, (float, Decimal)):
        return value.is_nan() if isinstance(value, Decimal) else math.isnan(value)
    return value is None or type(value).__name__ in {"NaTType", "NAType"}  # pandas' own, without importing it


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        return None
    if isinstance(value, Integral):
        return Decimal(int(value))
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)))


def _numeric(write: Callable[[Decimal, _Style], str]) -> _Formatter:
    """A format of numbers; everything else is shown as text."""

    def formatter(value: object, style: _Style) -> str:
        number = _decimal(value)
        if number is None:
            return _text(value, style)
        if number.is_nan():
            return MISSING
        if number.is_infinite():
            return "∞" if number > 0 else "-∞"
        return f"{number:.3e}" if number.adjusted() > _WRITABLE else write(number, style)

    return formatter


def _fixed(number: Decimal, places: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_EXACT)
    return f"{rounded or abs(rounded):,f}"


def _trimmed(number: Decimal, places: int) -> str:
    written = _fixed(number, places)
    return written.rstrip("0").rstrip(".") if "." in written else written


def _all_digits(number: Decimal) -> str:
    return _trimmed(number, min(max(0, -int(number.normalize(_EXACT).as_tuple().exponent)), 40))


def _count(number: Decimal, _style: _Style) -> str:
    return _fixed(number, 0)


def _integer(number: Decimal, style: _Style) -> str:
    # years, ranks and codes are read without a separator; from five digits on nobody can
    written = _count(number, style)
    return written.replace(",", "") if abs(number) < 10_000 else written


def _number(number: Decimal, _style: _Style) -> str:
    return _trimmed(number, 2 if abs(number) >= 1 or not number else min(2 - number.adjusted(), 12))


def _percent(number: Decimal, style: _Style) -> str:
    hundredth = number.scaleb(2)
    return _fixed(hundredth, 1 if abs(hundredth) >= 1 or not number else 2) + _PERCENT[style.language]


def _percent_exact(number: Decimal, style: _Style) -> str:
    return _all_digits(number.scaleb(2)) + _PERCENT[style.language]


def _signed(number: Decimal, written: str, style: _Style) -> str:
    symbol = get_currency_symbol(style.currency, locale=style.language)
    gap = " " if symbol[-1:].isalpha() else ""
    minus = "-" if number < 0 and any(digit in "123456789" for digit in written) else ""
    return f"{minus}{symbol}{gap}{written}"


def _money_exact(number: Decimal, style: _Style) -> str:
    return _signed(number, _fixed(number.copy_abs(), get_currency_precision(style.currency)), style)


def _money(number: Decimal, style: _Style) -> str:
    return _signed(number, _short(number.copy_abs(), style), style)


def _short(amount: Decimal, style: _Style) -> str:
    """An amount in the largest unit that leaves something before the point: 99,999,999 is 1억, not 10,000만."""
    units = _UNITS[style.language]
    for (size, unit), (larger, _) in pairwise(units):
        scaled = amount / size
        written = _scaled(scaled, style) if unit else _fixed(scaled, get_currency_precision(style.currency))
        if Decimal(written.replace(",", "")) < larger // size:
            return written + unit
    size, unit = units[-1]
    return _scaled(amount / size, style) + unit


def _scaled(scaled: Decimal, style: _Style) -> str:
    if scaled >= 100:
        return _trimmed(scaled, 0)
    return _trimmed(scaled, 2 if style.language == "en" and scaled < 10 else 1)


def _days(number: Decimal, style: _Style) -> str:
    written = _trimmed(number, 1)
    if style.language == "ko":
        return f"{written}일"
    return f"{written} day" if written == "1" else f"{written} days"


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = told("an IANA name such as 'Asia/Seoul'")
        raise ConfigError(told("unknown time zone {name:quoted}", name=name), hint=hint) from error


def _local(value: object, style: _Style) -> date | None:
    """The day or moment on the company's clock; None when the value is neither."""
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, datetime):
        return value if isinstance(value, date) else None
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        return moment.astimezone(_zone(style.zone))
    except OverflowError:  # the first and last day that Python knows
        return moment


def _parsed(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if len(written) == len("2026-11-21") else datetime.fromisoformat(written)
    except ValueError:
        return None


def _temporal(write: Callable[[date, _Style], str]) -> _Formatter:
    """A format of days and moments; everything else is shown as text."""

    def formatter(value: object, style: _Style) -> str:
        local = _local(value, style)
        return _text(value, style) if local is None else write(local, style)

    return formatter


def _date(day: date, style: _Style) -> str:
    if style.language == "ko":
        return f"{day.year}. {day.month}. {day.day}."
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _month(day: date, style: _Style) -> str:
    return f"{day.year}년 {day.month}월" if style.language == "ko" else f"{_MONTHS[day.month - 1]} {day.year}"


def _moment(day: date, style: _Style) -> str:
    clock = f" {day.hour:02}:{day.minute:02}" if isinstance(day, datetime) else ""
    return _date(day, style) + clock


def _flag(value: object, style: _Style) -> str:
    return lookup("yes", style.language) if value else lookup("no", style.language)


def _text(value: object, _style: _Style) -> str:
    return text(value)


def _quoted(value: object, _style: _Style) -> str:
    return quoted(value)


def _listed(value: object, _style: _Style) -> str:
    return listed(value) if isinstance(value, (list, tuple)) else text(value)


def _either(value: object, style: _Style) -> str:
    names = value if isinstance(value, (list, tuple)) else (value,)
    *others, last = map(quoted, names)
    return f"{', '.join(others)} {lookup('or', style.language)} {last}" if others else last


def _plain(value: object, style: _Style) -> str:
    """What a placeholder without a format shows: the format that fits the value's type."""
    fitting = ((bool, "flag"), (Integral, "count"), ((Real, Decimal), "number"), (datetime, "moment"), (date, "date"))
    name = next((name for types, name in fitting if isinstance(value, types)), "text")
    return FORMATS[name](value, style)


FORMATS: dict[str, _Formatter] = {
    "": _plain,
    "text": _text,
    "category": _text,
    "integer": _numeric(_integer),
    "count": _numeric(_count),
    "number": _numeric(_number),
    "number_exact": _numeric(lambda number, _style: _all_digits(number)),
    "money": _numeric(_money),
    "money_exact": _numeric(_money_exact),
    "percent": _numeric(_percent),
    "percent_exact": _numeric(_percent_exact),
    "share": _numeric(_percent),
    "probability": _numeric(_percent),
    "days": _numeric(_days),
    "date": _temporal(_date),
    "day": _temporal(_date),
    "month": _temporal(_month),
    "moment": _temporal(_moment),
    "flag": _flag,
    "measure": _numeric(_number),
    "quoted": _quoted,
    "listed": _listed,
    "either": _either,
}
