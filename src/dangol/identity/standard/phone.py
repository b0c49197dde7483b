"""One comparable form for each way a phone number is written, and what kind of line it is.

Korean numbers after the numbering plan of the Ministry of Science and ICT, others by their shape: an international number as
ITU-T E.164 writes it, ten digits as the North American plan has them, else the digits as they are.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.country import calling_codes
from dangol.identity.standard.distinct import Parts, filled, has, only, sub

# A second number, an extension, a remark.
BEHIND = r"(?:\s*(?:내선|교환|구내|\bext\b|\bextn\b|extension|#|;|/|,|또는|\bor\b|~|x\s*\d+\s*$)|(\d{4})\s*\().*$"
# A spreadsheet made a number of it.
DECIMALS = r"^(\d{8,13})\.0+$"
HIDDEN = r"[*●○]|[xX]{2}|\d[eE]\+?\d"
TRUNK_IN_BRACKETS = r"^((?:\+|00)\s*\d{1,3}[\s.-]*)\(0\)"
DIALLED = r"^(?:\+|00[1-9]|00[37]\d{2}|00)?82"
MOBILE, VIRTUAL, BUSINESS = r"10\d{8}|1[16789]\d{7,8}", r"50\d{8,9}", r"1[568]\d{6}|80\d{7,8}|60\d{7,8}"
AREA = r"2[1-9]\d{6,7}|(?:3[1-3]|4[1-4]|5[1-5]|6[1-4])[1-9]\d{6,7}"
OTHER = r"70\d{8}|30\d{8,9}"
NORTH_AMERICAN = r"^1?([2-9][0-8]\d[2-9]\d{6})$"
# Nobody answers: one digit over and over, or the keys in a row, where the subscriber's number stands.
JUNK = (
    "(?:" + "|".join(f"{digit}{{7,}}" for digit in range(10)) + r")$|(?:01234567|12345678|23456789|87654321|98765432)$"
    r"|^\+?8?2?0?2?1?0?1234567$|^\+?1?1234567890$|^\+1\d{3}55501\d\d$"
)


def read_phones(written: pa.Array, korean: pa.Array, country: pa.Array) -> Parts:
    """`key` (E.164, or national digits where no country is known) and `kind` of each written number.

    Args:
        written: phone numbers as text.
        korean: whether a number without a country is a Korean one.
        country: ISO code of the record's country, missing where unknown.
    """
    plain = sub(sub(sub(pc.utf8_normalize(written, form="NFKC"), DECIMALS, r"\1"), TRUNK_IN_BRACKETS, r"\1"), BEHIND, r"\1")
    digits = sub(only(pc.invert(has(written, HIDDEN)), plain), r"[^0-9+]|(?:.\+.*$)")
    national = korean_number(digits, korean)
    kind = korean_kind(national)
    key = pc.coalesce(pc.binary_join_element_wise("+82", national, ""), foreign(digits, country))
    good = pc.and_(pc.invert(has(key, JUNK)), has(key, r"^\+?\d{7,15}$"))
    return {"key": only(good, key), "kind": only(good, pc.if_else(pc.is_null(kind), "other", kind))}


def korean_number(digits: pa.Array, korean: pa.Array) -> pa.Array:
    """Korean numbers without the zero in front; missing for others.

    A spreadsheet loses the zero. A mobile number shows its origin without it; a landline needs the record to be Korean.
    """
    rest = sub(digits, DIALLED)
    abroad = has(digits, DIALLED + "0?[1-8]")
    certain = pc.if_else(abroad, sub(rest, "^0"), only(pc.invert(has(digits, r"^\+|^00")), digits))
    strict = f"^(?:{MOBILE}|{VIRTUAL}|{BUSINESS}|{AREA}|{OTHER})$"
    shown = f"^(?:0(?:{MOBILE}|{VIRTUAL})|10\\d{{8}}|1[16789]\\d{{7}}|5[0]\\d{{9}}|1[568]\\d{{6}})$"
    without_zero = sub(certain, "^0")
    known = pc.or_(pc.or_(abroad, korean), has(certain, shown))
    return only(pc.and_(known, has(without_zero, strict)), without_zero)


def korean_kind(national: pa.Array) -> pa.Array:
    """What a Korean number is by its first digits; missing for other countries' numbers."""
    kinds = [("mobile", MOBILE), ("virtual", VIRTUAL), ("business", BUSINESS), ("landline", AREA)]
    conditions = [has(national, f"^(?:{pattern})$") for _, pattern in kinds]
    return pc.case_when(pc.make_struct(*conditions), *(name for name, _ in kinds), pa.scalar(None, pa.string()))


def foreign(digits: pa.Array, country: pa.Array) -> pa.Array:
    """Numbers of other countries: with `+` as written, by the record's country, by their shape, or digits alone."""
    abroad = pc.binary_join_element_wise("+", sub(only(has(digits, r"^(?:\+|00)[1-9]"), digits), r"^(?:\+|00)"), "")
    calling = calling_codes(country)
    local = sub(digits, r"^(?:\+|0+)")
    begins = pc.and_(pc.fill_null(starts(local, calling), False), has(local, r"^\d{10,}$"))
    national = pc.binary_join_element_wise("+", pc.if_else(begins, "", calling), local, "")
    american = pc.binary_join_element_wise("+1", sub(only(has(digits, NORTH_AMERICAN), digits), "^1(..........)$", r"\1"), "")
    return pc.coalesce(abroad, national, american, filled(sub(digits, r"\+")))


def starts(text: pa.Array, beginning: pa.Array) -> pa.Array:
    """Whether each text begins with the beginning beside it."""
    length = pc.utf8_length(beginning)
    found = pa.nulls(len(text), pa.bool_())
    for size in (1, 2, 3):
        head = pc.utf8_slice_codeunits(text, 0, size)
        found = pc.if_else(pc.equal(length, size), pc.equal(head, beginning), found)
    return found
