"""What a column's values look like: shares of phones, e-mails, names, addresses, dates, amounts and numbers in a sample."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dangol.core.tables import YES
from dangol.intake.casting import NO
from dangol.intake.header import letters
from dangol.intake.resident import is_resident_number

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
KOREAN_PHONE = re.compile(r"(?:\+?82[-\s.]?)?\(?0?(?:1[016789]|2|[3-6]\d|70|50\d)\)?[-\s.]?[\d*]{3,4}[-\s.]?[\d*]{4}")
FOREIGN_PHONE = re.compile(r"\+\d[\d\s().-]{6,16}\d|\(\d{2,4}\)\s?\d{3,4}[-\s.]\d{3,4}|\d{3}[-.]\d{3}[-.]\d{4}")
PHONE_LIKE = re.compile(r"\+?[\d\s().\-/*x]{7,22}")
VIRTUAL_PHONE = re.compile(r"\(?050\d\)?[-\s.]?[\d*]{3,4}[-\s.]?[\d*]{4}")
KOREAN_NAME = re.compile(r"(?:[가-힣]{2,4}|[가-힣]\*{1,3}[가-힣]?)(?:님|씨)?")
ROMAN_NAME = re.compile(r"[A-Z][a-z'’.-]+(?:[ ,-]+[A-Z][A-Za-z'’.-]*){1,3}|[A-Z]{2,}(?: [A-Z]{2,}){1,2}|[a-z]+ [a-z]+")
ONE_WORD_NAME = re.compile(r"[A-Z][a-zA-Z'’-]{1,20}|[가-힣]{1,4}")
KOREAN_ADDRESS = re.compile(
    r".*(?:시|도|군|구|읍|면|동|로|길|가|리)\s?\d.*|(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충|전|경|제주).{3,}\d.*"
)
FOREIGN_ADDRESS = re.compile(r"\d+[A-Za-z]?[ ,].*[A-Za-z]{2,}.*|[A-Za-z. ]+ \d+[a-z]?", re.IGNORECASE)
POSTCODE = re.compile(
    r"\d{5}|\d{3}-\d{3,4}|\d{5}-\d{4}|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|"
    r"[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d|\d{4}(?: ?[A-Z]{2})?"
)
NUMBER = re.compile(
    r"[-+(△▲]?\s?(?:[₩￦\\$€£¥]|krw|usd)?\s?-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?\)?\s?(?:원|krw|usd|won|%|€)?", re.IGNORECASE
)
FRACTION = re.compile(r"0?\.\d+|0|1|0\.0+")
MONEY = re.compile(r".*(?:[₩￦$€£¥원]|\d,\d{3}).*")
WHOLE = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?")
TIME = r"(?:[\sT]*(?:오전|오후|[AaPp][Mm])?\s?\d{1,2}[:시].*)?"
DATE = re.compile(
    r"(?:(?:19|20)\d{2}\s?[-/.년]\s?\d{1,2}\s?[-/.월]\s?\d{1,2}\s?[.일]?" + TIME
    + r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:\s?\d{2}:?\d{2}(?::?\d{2})?)?"
    + r"|\d{1,2}[-/.]\s?\d{1,2}[-/.]\s?\d{2,4}" + TIME
    + r"|1[0-9]\d{8}(?:\d{3}(?:\d{3})?)?)"
)  # fmt: skip
URL = re.compile(r"https?://\S+|www\.\S+|/\S*")
CODE = re.compile(r"[A-Za-z0-9가-힣][\w\-./#:|']{0,63}|#?\d+|'\d+")
BUSINESS_NUMBER = re.compile(r"\d{3}-?\d{2}-?\d{5}")
BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
FLAGS = frozenset((*YES, *NO, "subscribed", "unsubscribed"))
LONG_TEXT = 60
FEW_KINDS = 60


def is_business_number(text: str) -> bool:
    """Whether a text is a Korean business number with its check digit (weights 1,3,7,1,3,7,1,3,5; ⌊9th×5/10⌋ added)."""
    if not BUSINESS_NUMBER.fullmatch(text):
        return False
    digits = [int(sign) for sign in text if sign.isdigit()]
    total = sum(weight * digit for weight, digit in zip(BUSINESS_WEIGHTS, digits[:9], strict=True)) + digits[8] * 5 // 10
    return (10 - total % 10) % 10 == digits[9]


def is_phone(text: str) -> bool:
    """Whether a text is a telephone number, also one whose leading zero a spreadsheet took."""
    return bool(KOREAN_PHONE.fullmatch(text) or FOREIGN_PHONE.fullmatch(text))


def is_name(text: str) -> bool:
    """Whether a text may be a person's whole name, also a masked one."""
    return bool(KOREAN_NAME.fullmatch(text) or ROMAN_NAME.fullmatch(text))


def is_address(text: str) -> bool:
    """Whether a text may be a street address."""
    return len(text) > 4 and bool(KOREAN_ADDRESS.fullmatch(text) or FOREIGN_ADDRESS.fullmatch(text))


DETECTORS: Mapping[str, Callable[[str], bool]] = {
    "email": lambda text: bool(EMAIL.fullmatch(text)),
    "phone": is_phone,
    "phone_like": lambda text: (
        bool(PHONE_LIKE.fullmatch(text)) and 7 <= sum(sign.isdigit() or sign == "*" for sign in text) <= 15
    ),
    "fraction": lambda text: bool(FRACTION.fullmatch(text)),
    "virtual_phone": lambda text: bool(VIRTUAL_PHONE.fullmatch(text)),
    "name": is_name,
    "part_of_name": lambda text: bool(ONE_WORD_NAME.fullmatch(text)) or is_name(text),
    "address": is_address,
    "postcode": lambda text: bool(POSTCODE.fullmatch(text)),
    "number": lambda text: bool(NUMBER.fullmatch(text)),
    "money": lambda text: bool(NUMBER.fullmatch(text) and MONEY.fullmatch(text)),
    "whole": lambda text: bool(WHOLE.fullmatch(text)),
    "date": lambda text: bool(DATE.fullmatch(text)),
    "flag": lambda text: text.lower() in FLAGS,
    "url": lambda text: bool(URL.fullmatch(text)),
    "code": lambda text: bool(CODE.fullmatch(text)),
    "business_number": is_business_number,
    "resident_number": is_resident_number,
    "long_text": lambda text: len(text) > LONG_TEXT,
}


@dataclass(frozen=True)
class Look:
    """What a column looks like.

    Attributes:
        rows: of the whole file.
        filled: share of rows with a value.
        distinct: different values per filled row; 1 where no value repeats.
        shares: detector → share of the sampled values it recognises.
        kinds: value in letters and digits only → its share, where few different ones occur.
    """

    rows: int
    filled: float
    distinct: float
    shares: Mapping[str, float]
    kinds: Mapping[str, float] = field(default_factory=dict)

    def share(self, detector: str) -> float:
        """Share of the sampled values that a detector recognises."""
        return self.shares.get(detector, 0.0)

    @property
    def known(self) -> bool:
        """Whether there was any value to look at."""
        return bool(self.shares)


def look_at(values: Sequence[str | None], *, rows: int, filled: float, distinct: float) -> Look:
    """Profile a sample of a column's values.

    Args:
        values: sampled values as text.
        rows: of the whole file.
        filled, distinct: over the whole file.
    """
    words = Counter(value.strip() for value in values if value and value.strip())
    shares = {name: share_of(words, detect) for name, detect in DETECTORS.items()} if words else {}
    return Look(rows, filled, distinct, shares, kinds_of(words))


def share_of(words: Counter[str], detect: Callable[[str], bool]) -> float:
    """Share of the words that a detector recognises."""
    return sum(count for word, count in words.items() if detect(word)) / words.total()


def kinds_of(words: Counter[str]) -> dict[str, float]:
    """The share of every word where there are few."""
    return {letters(word.casefold()): count / words.total() for word, count in words.items()} if len(words) <= FEW_KINDS else {}
