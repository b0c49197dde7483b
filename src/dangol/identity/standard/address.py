"""One comparable form for each way an address is written, split into building, unit, area and postcode.

A Korean address is known by road and number (Road Name Address Act, 2011) or by neighbourhood and lot; the two kinds cannot be
turned into each other without the government's table. Of other addresses the words are folded as USPS Publication 28 abbreviates
them.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.area import PROVINCE_OF, area_of
from dangol.identity.standard.distinct import Parts, filled, has, joined, on_distinct, on_distinct_rows, only, sub

BRACKETS = r"\s*\([^()]*\)|\s*\[[^\[\]]*\]"
POSTCODE_IN_FRONT = r"^\s*(?:[\[(<]?\s*(?:우\s*편?\s*번?\s*호?\s*:?\s*)?(\d{5}|\d{3}-\d{3})\s*[\])>]|(\d{5})\s)"
BEHIND = r"(?P<rest>(?:[\s,(/].*)?)$"
NUMBER = r"(?P<number>\d+(?:\s*-\s*\d+)?)(?:번지|번)?호?"
# 세종대로 175, 남문로107번길 21-2, 명서로126번길2, 지하 12.
ROAD = r"(?P<name>[가-힣A-Za-z0-9·.]*[가-힣0-9](?:로|길))\s*(?:지하)?\s*" + NUMBER + BEHIND
APART = r"(로)\s+(\d+번?[가-힣]?길)"
LOT = r"(?P<name>[가-힣][가-힣0-9]*(?:동|리|가))\s*(?P<hill>산)?\s*" + NUMBER + BEHIND
# A road or neighbourhood with a slip in its last letter.
SLIPPED = r"(?P<name>[가-힣][가-힣0-9·.]*[가-힣])\s*" + NUMBER + BEHIND
BUILDING_AND_ROOM = (
    r"(?:^|[^0-9A-Za-z가-힣]|[가-힣])(?P<building>\d{1,4}|[a-z]|[가나다라마바사아자차])\s*동\s*제?\s*"
    r"(?P<room>[a-z]?\d{1,4})(?:\s*호|\D|$)"
)
PAIR = r"(?:^|[\s,])(?P<building>\d{1,4}|[a-z])\s*-\s*(?P<room>\d{1,4})(?:\s*호)?(?:[\s,]|$)"
ROOM = r"(?:^|[^0-9])제?(?P<room>(?:b|지하\s*)?\d{1,4})\s*호"
ROOM_ALONE = r"^[\s,]*(?P<room>\d{2,4})[\s,]*$"
FLOOR = r"(?P<floor>(?:지하|b)?\s*\d{1,3})\s*(?:층|f\b)"
# There are two cities of one name; only the greater one has districts.
METROPOLIS = r"광주시 (동|서|남|북|광산)구"
HEAD = r"^(?:(?:대한민국|한국)\s+)?(?P<first>[가-힣]+)(?:\s+(?P<second>[가-힣]+[시군구])(?:\s|$))?"

UNIT = (
    r"(?:^|[\s,])(?:apartment|apt|unit|suite|ste|flat|floor|room|rm|lot|#)\s*\.?\s*(?:no\.?|#)?\s*"
    r"(?P<unit>[a-z]?-?\d+\s?-?[a-z]?|[a-z])(?:[\s,]|$)"
)
# United States Postal Service, Publication 28, appendices B and C.
SHORT = {
    "st": "street str", "ave": "avenue av aven", "rd": "road", "blvd": "boulevard boul", "dr": "drive drv", "ln": "lane",
    "ct": "court crt", "pl": "place plc", "sq": "square", "ter": "terrace terr", "pkwy": "parkway pkway", "hwy": "highway",
    "cir": "circle", "cres": "crescent cr", "cl": "close", "gr": "grove", "pde": "parade", "cct": "circuit", "way": "wy",
    "trl": "trail", "mt": "mount", "ft": "fort", "pt": "point", "n": "north", "s": "south", "e": "east", "w": "west",
    "ne": "northeast", "nw": "northwest", "se": "southeast", "sw": "southwest", "1st": "first", "2nd": "second", "3rd": "third",
    "4th": "fourth", "5th": "fifth", "6th": "sixth", "7th": "seventh", "8th": "eighth", "9th": "ninth", "10th": "tenth",
}  # fmt: skip
STATES = {
    "al": "alabama", "ak": "alaska", "az": "arizona", "ar": "arkansas", "ca": "california", "co": "colorado", "ct": "connecticut",
    "de": "delaware", "fl": "florida", "ga": "georgia", "hi": "hawaii", "id": "idaho", "il": "illinois", "in": "indiana",
    "ia": "iowa", "ks": "kansas", "ky": "kentucky", "la": "louisiana", "me": "maine", "md": "maryland", "ma": "massachusetts",
    "mi": "michigan", "mn": "minnesota", "ms": "mississippi", "mo": "missouri", "mt": "montana", "ne": "nebraska", "nv": "nevada",
    "nh": "newhampshire", "nj": "newjersey", "nm": "newmexico", "ny": "newyork", "nc": "northcarolina", "nd": "northdakota",
    "oh": "ohio", "ok": "oklahoma", "or": "oregon", "pa": "pennsylvania", "ri": "rhodeisland", "sc": "southcarolina",
    "sd": "southdakota", "tn": "tennessee", "tx": "texas", "ut": "utah", "vt": "vermont", "va": "virginia", "wa": "washington",
    "wv": "westvirginia", "wi": "wisconsin", "wy": "wyoming", "nsw": "newsouthwales", "qld": "queensland", "vic": "victoria",
    "tas": "tasmania", "sa": "southaustralia", "nt": "northernterritory",
}  # fmt: skip
STATE_OF = {name: short for short, name in STATES.items()}
KOREAN = "[가-힣]"
HANGUL = re.compile(KOREAN)
NOT_LETTERS = re.compile(r"\W|_")
# 대학로 12 is a street, not a university.
STREET = r"[가-힣0-9]+(?:로|길)\s*\d+"
# Where many people get their mail who do not live together. An apartment may be called tower; its building and room tell it.
KINDS = {
    "dormitory": r"기숙사|생활관|학생회관|고시원|고시텔|요양원|군부대|사서함|\bdorm|residence hall|barracks|nursing home",
    "pickup": r"편의점|gs25|세븐일레븐|이마트24|미니스톱|무인|보관함|픽업|택배|물류|우체국|\bcu\b"
    r"|locker|p\.?\s?o\.? box|pick-?up|\bc/o\b",
    "office": r"\(주\)|㈜|주식회사|사무실|공장|빌딩|타워|오피스(?:[^텔]|$)|대학교|대학원|(?:초등|중|고등)학교"
    r"|병원|호텔|모텔|시청|구청"
    r"|\boffice\b|hospital|university|college|hotel|building|\bbldg\b|\bplaza\b|tower",
}


def read_addresses(address: pa.Array, city: pa.Array, region: pa.Array) -> Parts:
    """`key`, `unit`, `kind`, `area` and `postcode` (where it stands in the address) of each written address."""
    return on_distinct_rows([address, city, region], lambda parts: addresses(*parts))


def addresses(address: pa.Array, city: pa.Array, region: pa.Array) -> Parts:
    """The same for distinct values."""
    text = pc.utf8_normalize(address, form="NFKC")
    front = pc.extract_regex(sub(text, POSTCODE_IN_FRONT, r"\1\2|"), r"^(?P<code>[\d-]+)\|")
    text = pc.utf8_lower(pc.utf8_trim_whitespace(sub(sub(text, POSTCODE_IN_FRONT), BRACKETS, " ")))
    hangul = has(text, KOREAN)
    korean, foreign = korean_addresses(only(hangul, text)), foreign_addresses(only(pc.invert(hangul), text))
    found = {name: pc.coalesce(korean[name], foreign[name]) for name in ("key", "unit")}
    kind = kinds(address, found["unit"])
    return found | {"kind": kind, "area": areas(only(hangul, text), city, region), "postcode": pc.struct_field(front, "code")}


def kinds(address: pa.Array, unit: pa.Array) -> pa.Array:
    """Whether an address is a dormitory, a pick-up point or an office by the words in it; missing for homes."""
    text = sub(only(pc.invert(has(unit, "^[^-]+-[^-]+$")), pc.utf8_lower(address)), STREET)
    found = pc.make_struct(*(has(text, pattern) for pattern in KINDS.values()))
    return pc.case_when(found, *KINDS, pa.scalar(None, pa.string()))


def korean_addresses(text: pa.Array) -> Parts:
    """Road and number, or neighbourhood and lot, as `key`; building and room as `unit`."""
    text = sub(text, APART, r"\1\2")
    road = pc.extract_regex(text, ROAD)
    lot = pc.extract_regex(only(pc.is_null(road), text), LOT)
    slipped = pc.extract_regex(only(pc.and_(pc.is_null(road), pc.is_null(lot)), text), SLIPPED)
    name, number, rest = (
        pc.coalesce(*(pc.struct_field(each, part) for each in (road, lot, slipped))) for part in ("name", "number", "rest")
    )
    number = pc.binary_join_element_wise(pc.fill_null(pc.struct_field(lot, "hill"), ""), sub(number, r"\s+"), "")
    key = pc.binary_join_element_wise(name, number, " ")
    unread = only(pc.is_null(key), text)
    return {"key": pc.coalesce(key, filled(sub(unread, r"[^\p{L}\p{N}]"))), "unit": units(rest)}


def units(rest: pa.Array) -> pa.Array:
    """Building and room as `101-1203`, a room as `403`, a floor as `3f`; missing where there is none."""
    both = pc.extract_regex(rest, BUILDING_AND_ROOM)
    pair = pc.extract_regex(only(pc.is_null(both), rest), PAIR)
    building, room = (pc.coalesce(pc.struct_field(both, part), pc.struct_field(pair, part)) for part in ("building", "room"))
    other = only(pc.is_null(room), rest)
    alone = pc.coalesce(*(pc.struct_field(pc.extract_regex(other, pattern), "room") for pattern in (ROOM, ROOM_ALONE)))
    floor = pc.struct_field(pc.extract_regex(only(pc.is_null(alone), other), FLOOR), "floor")
    below = [sub(sub(sub(each, "지하", "b"), r"\s+"), r"^(b?)0+", r"\1") for each in (building, room, alone, floor)]
    whole = pc.binary_join_element_wise(below[0], below[1], "-")
    return pc.coalesce(whole, below[2], pc.binary_join_element_wise(below[3], "f", ""))


def areas(address: pa.Array, city: pa.Array, region: pa.Array) -> pa.Array:
    """Province and city in one form, from the address or else from the columns beside it."""
    head = pc.extract_regex(sub(address, METROPOLIS, r"광주 \1구"), HEAD)
    first, second = (pc.struct_field(head, part) for part in ("first", "second"))
    province = pc.is_in(first, value_set=pa.array(list(PROVINCE_OF)))
    # 수원시 팔달구: the first word is a city already.
    written = pc.binary_join_element_wise(only(province, first), pc.fill_null(second, ""), "\t")
    placed = pc.binary_join_element_wise("", only(has(first, "[시군구]$"), first), "\t")
    columns = joined("\t", pc.fill_null(sub(region, r"\s+"), ""), pc.fill_null(sub(city, r"\s+", " "), ""))
    best = pc.coalesce(written, placed, only(has(columns, "[^\t]"), columns))
    return on_distinct(best, named)["area"]


def named(places: pa.Array) -> Parts:
    """The one name of each area written with a tab between province and city."""
    return {"area": pa.array([area(*place.split("\t", 1)) for place in places.to_pylist()], pa.string())}


def area(region: str, city: str) -> str | None:
    """A Korean area by its one name, another one folded: `경기 수원시`, `ny albany`."""
    if HANGUL.search(region + city):
        return area_of(region, city.partition(" ")[0])
    state, place = (NOT_LETTERS.sub("", each.casefold()) for each in (region, city))
    return f"{STATE_OF.get(state, state)} {place}".strip() or None


def foreign_addresses(text: pa.Array) -> Parts:
    """Words of an address abbreviated alike as `key`, flat or suite as `unit`."""
    unit = pc.struct_field(pc.extract_regex(text, UNIT), "unit")
    plain = sub(sub(sub(pc.utf8_normalize(text, form="NFD"), r"\p{Mn}"), UNIT, " "), r"[.']|\bno\b")
    words = filled(pc.utf8_trim(sub(plain, r"[^\p{L}\p{N}]+", " "), characters=" "))
    return {"key": shortened(words), "unit": sub(unit, r"[\s-]")}


def shortened(text: pa.Array) -> pa.Array:
    """Street words as the post abbreviates them."""
    pieces = pc.split_pattern(text, " ")
    flat = pc.list_flatten(pieces)
    table = {long: short for short, longs in SHORT.items() for long in longs.split()}
    places = pc.index_in(flat, value_set=pa.array(list(table)))
    words = pc.coalesce(pa.array(list(table.values())).take(places), flat)
    lengths = pc.fill_null(pc.list_value_length(pieces), 0)
    ends = pc.cumulative_sum(lengths).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return filled(pc.binary_join(pa.ListArray.from_arrays(offsets, words), " "))


def read_postcodes(written: pa.Array, korean: pa.Array) -> pa.Array:
    """Postcodes in comparable form: five digits in Korea and the United States, letters and digits elsewhere.

    The six digits that Korea had until 2015 say too little and are left out, as are codes that forms are filled with.
    """
    text = pc.utf8_upper(sub(pc.utf8_normalize(written, form="NFKC"), r"\.0+$|[^A-Za-z0-9-]"))
    old = pc.and_(korean, has(text, r"^\d{3}-?\d{3}$"))
    text = sub(sub(only(pc.invert(old), text), r"^(\d{5})-\d{4}$", r"\1"), "-")
    lost = pc.and_(korean, has(text, r"^\d{4}$"))
    text = pc.if_else(lost, pc.utf8_lpad(text, 5, "0"), text)
    return only(pc.and_(has(text, r"^[A-Z0-9]{3,10}$"), pc.invert(has(text, "^(?:0+|1+|9+|12345|NONE|NULL|NA|NAN)$"))), text)
