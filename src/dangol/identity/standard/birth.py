"""Days of birth and genders, however a form had them written."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.distinct import Parts, filled, has, on_distinct, only, sub, translated
from dangol.identity.standard.splitting import split_up

# Archives and museums register people of the past; what lies before is a slip.
EARLIEST = 1500
YEAR_FIRST = r"^(?P<y>\d{4}|\d{2})\s*[-/.년]\s*(?P<m>\d{1,2})\s*[-/.월]\s*(?P<d>\d{1,2})\s*[.일]?(?:[\sT].*)?(?:생)?$"
COMPACT = r"^(?P<y>\d{4}|\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:-?(?P<g>[1-8])[\d*]{0,6})?$"
YEAR_LAST = r"^(?P<a>\d{1,2})\s*[-/.]\s*(?P<b>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})(?:[\sT].*)?$"
NAMED = r"^(?:(?P<d1>\d{1,2})\s+)?(?P<n>[a-z]{3})[a-z]*\.?,?\s+(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<y>\d{4})$"
YEAR_ALONE = r"^(?P<y>(?:1[5-9]|20)\d{2})(?:\.0|년|년생)?$"
MONTHS = {name: str(place + 1) for place, name in enumerate(split_up("jan feb mar apr may jun jul aug sep oct nov dec"))}
# Days that forms and systems put in where nobody said anything.
FILLERS = ("1753-01-01", "1800-01-01", "1900-01-01", "1901-01-01", "1970-01-01", "1911-11-11")
GENDERS = {
    word: gender
    for gender, written in {
        "M": "m male man mr 남 남자 남성 남자성인 1 boy masculine",
        "F": "f female woman w mrs ms miss 여 여자 여성 여자성인 2 girl feminine",
    }.items()
    for word in split_up(written)
}


def read_births(written: pa.Array) -> Parts:
    """`day` (date32) and `year` (int32; also where only the year was written) of each written date of birth."""
    return on_distinct(written, lambda each: days(sub(pc.utf8_normalize(each, form="NFKC"), r"^[\s']+|\s+$")))


def days(text: pa.Array) -> Parts:
    """The same for distinct values; how `03/04/1992` is meant is learnt from all of them."""
    first, compact = pc.extract_regex(text, YEAR_FIRST), pc.extract_regex(text, COMPACT)
    year, month, day = (pc.coalesce(pc.struct_field(first, part), pc.struct_field(compact, part)) for part in "ymd")
    year = centuries(year, pc.struct_field(compact, "g"))
    last, named = last_years(text), named_months(text)
    year, month, day = (pc.coalesce(own, other, word) for own, other, word in zip((year, month, day), last, named, strict=True))
    alone = pc.struct_field(pc.extract_regex(text, YEAR_ALONE), "y")
    found = dates(year, month, day)
    shown = only(pc.is_valid(found), year)
    return {"day": found, "year": in_range(pc.coalesce(shown, alone))}


def centuries(year: pa.Array, digit: pa.Array) -> pa.Array:
    """Years of two digits as four: by the digit of a resident number behind it, else the latest that is not to come."""
    now = datetime.now(UTC).year % 100
    short = only(pc.equal(pc.utf8_length(year), 2), year)
    earlier = pc.greater(short.cast(pa.int32()), now)
    told = pc.if_else(has(digit, "[3478]"), "20", "19")
    century = pc.if_else(pc.is_valid(filled(digit)), told, pc.if_else(earlier, "19", "20"))
    return pc.coalesce(pc.binary_join_element_wise(century, short, ""), year)


def last_years(text: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Year, month and day of dates with the year last; missing where nothing tells day from month.

    Other dates of the column tell it: one with a 25 in the first place, and the first place is the day's.
    """
    found = pc.extract_regex(text, YEAR_LAST)
    a, b, year = (pc.struct_field(found, part) for part in "aby")
    day_first, month_first = (pc.fill_null(pc.greater(part.cast(pa.int32()), 12), False) for part in (a, b))
    some = [pc.any(each).as_py() for each in (day_first, month_first)]
    usual = pc.equal(a, b) if some[0] == some[1] else pa.scalar(True)
    year = only(pc.or_(pc.or_(day_first, month_first), usual), year)
    turned = pc.or_(day_first, pc.and_(pa.scalar(bool(some[0] and not some[1])), pc.invert(month_first)))
    return year, pc.if_else(turned, b, a), pc.if_else(turned, a, b)


def named_months(text: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Year, month and day of dates such as `9 Jan 1992` and `January 9, 1992`."""
    found = pc.extract_regex(pc.utf8_lower(text), NAMED)
    day = pc.coalesce(filled(pc.struct_field(found, "d1")), filled(pc.struct_field(found, "d2")))
    return pc.struct_field(found, "y"), translated(pc.struct_field(found, "n"), MONTHS), day


def dates(year: pa.Array, month: pa.Array, day: pa.Array) -> pa.Array:
    """Days of the calendar; missing for impossible ones and for those that forms fill in."""
    padded = [pc.utf8_lpad(part, width, "0") for part, width in ((year, 4), (month, 2), (day, 2))]
    joined = pc.binary_join_element_wise(*padded, "-")
    moments = pc.strptime(joined, format="%Y-%m-%d", unit="s", error_is_null=True)
    # The parser carries 31 February over into March.
    same = pc.equal(pc.strftime(moments, format="%Y-%m-%d"), joined)
    in_time = pc.and_(pc.greater_equal(pc.year(moments), EARLIEST), pc.less_equal(moments, pa.scalar(now(), moments.type)))
    filler = pc.is_in(joined, value_set=pa.array(FILLERS))
    return only(pc.and_(pc.and_(same, in_time), pc.invert(filler)), moments.cast(pa.date32()))


def now() -> datetime:
    """The moment, as dates are kept: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def in_range(year: pa.Array) -> pa.Array:
    """Years in which a person can be born, as numbers."""
    numbers = year.cast(pa.int32())
    return only(pc.and_(pc.greater(numbers, EARLIEST), pc.less_equal(numbers, now().year)), numbers)


def read_genders(written: pa.Array) -> pa.Array:
    """M, F or missing for each written gender; 1 and 2 as ISO/IEC 5218 and resident numbers have them."""

    def rule(each: pa.Array) -> Parts:
        return {"gender": translated(sub(pc.utf8_lower(pc.utf8_normalize(each, form="NFKC")), r"[^\p{L}\p{N}]"), GENDERS)}

    return on_distinct(written, rule)["gender"]
