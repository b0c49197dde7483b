"""Korean particles that fit the word before them: 서울이, 부산이, 대구가.

The choice follows the last *sound*: Hangul by its final consonant, digits in their Sino-Korean reading (3 is 삼),
amounts of money by their currency (₩ is 원), Latin words by how they are usually written in Hangul (a guess), and
where nothing can be known both forms are given, as Korean software does: `이(가)`.
"""

from __future__ import annotations

import re

from dangol.core.errors import DeclarationError

_ENCLOSING = " \t\n\r\u00a0)]}>\"'”’」』》〉】］）.,!?…·"
_RIEUL = 8
_FINAL = 1
_NONE = 0

_PAIRS = {"이/가", "을/를", "은/는", "과/와", "아/야", "이에요/예요", "이었/였"}
_DIGITS = "영일이삼사오육칠팔구"
_TENS = ("", "십", "백", "천")
_MYRIADS = ("", "만", "억", "조", "경", "해")
_CURRENCIES = {"₩": "원", "$": "달러", "€": "유로", "¥": "엔", "£": "파운드"}
_UNITS = {"%": "퍼센트", "kg": "킬로그램", "g": "그램", "mg": "밀리그램", "km": "킬로미터", "m": "미터"}
_UNITS |= {"cm": "센티미터", "mm": "밀리미터", "l": "리터", "L": "리터", "ml": "밀리리터", "mL": "밀리리터"}

_DATE = re.compile(r"\d{4}\. \d{1,2}\. \d{1,2}$")
_CLOCK = re.compile(r"\d{1,2}:\d{2}$")
_MONEY = re.compile(r"^[-−+]?[A-Z]{0,3}(?P<symbol>[₩$€¥£])\d[\d,.]*[만억조]?$")
_MEASURE = re.compile(r"\d(?P<unit>%|[a-zA-Z]{1,2})$")
_NUMBER = re.compile(r"(?P<whole>\d[\d,]*)?(?P<fraction>\.\d+)?$")
_LATIN = re.compile(r"[A-Za-z]+$")
_SPELT = re.compile(r"[A-Z]{1,3}|[a-z]|[B-DF-HJ-NP-TV-Z]+")
_LATIN_RIEUL = re.compile(r"le?$")
_LATIN_FINAL = re.compile(r"(?:[mn]e?|ng|(?:[^aeiou]|^)[aeiou][tb]|[aeiouc][pkc]|pp)$")


def particle(word: str, pair: str) -> str:
    """The particle that fits a word.

    Args:
        word: what stands before it; closing brackets, quotes and full stops are not pronounced.
        pair: both forms, the one after a consonant first: `이/가`, `을/를`, `으로/로`, or `(으)로`, `(이)나`.

    Returns:
        The particle alone, or both forms (`이(가)`) after a word whose sound is unknown.

    Raises:
        DeclarationError: the pair is none that Korean has.
    """
    after_consonant, after_vowel = _forms(pair)
    final = _final(word.rstrip(_ENCLOSING))
    if final is None:
        return _both(after_consonant, after_vowel)
    if final == _RIEUL and after_consonant.startswith("으로"):
        return after_vowel
    return after_vowel if final == _NONE else after_consonant


def _forms(pair: str) -> tuple[str, str]:
    spread = re.sub(r"^\((.)\)(.+)$", r"\1\2/\2", pair)
    first, _, second = spread.partition("/")
    for one, other in ((first, second), (second, first)):
        longer = other and one in {f"이{other}", f"으{other}"}
        if longer or f"{one}/{other}" in _PAIRS:
            return one, other
    raise DeclarationError(f"{pair!r} is no pair of Korean particles", hint="write for example 이/가, 을/를, 으로/로")


def _both(after_consonant: str, after_vowel: str) -> str:
    if after_consonant.endswith(after_vowel):
        return f"({after_consonant.removesuffix(after_vowel)}){after_vowel}"
    return f"{after_consonant}({after_vowel})"


def _final(word: str) -> int | None:
    """Which final consonant a word ends in; None when nobody can say."""
    spoken = _spoken(word)
    last = spoken[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if "ㄱ" <= last <= "ㅣ":
        return _jamo(last)
    latin = _LATIN.search(spoken)
    return _latin(latin[0]) if latin else None


def _jamo(letter: str) -> int:
    if letter == "ㄹ":
        return _RIEUL
    return _FINAL if letter <= "ㅎ" else _NONE


def _spoken(word: str) -> str:
    """The word with its last figure or sign as it is read aloud."""
    if _DATE.search(word):
        return "일"
    if _CLOCK.search(word):
        return "분"
    if money := _MONEY.match(word):
        return _CURRENCIES[money["symbol"]]
    if (measure := _MEASURE.search(word)) and measure["unit"] in _UNITS:
        return _UNITS[measure["unit"]]
    return _read_number(word) if word[-1:].isdecimal() and word[-1:].isascii() else word


def _read_number(word: str) -> str:
    """The last syllable of a number read in Sino-Korean: 20 십, 3,000 천, 50,000 만, 0.10 영."""
    match = _NUMBER.search(word)
    whole = match["whole"].replace(",", "") if match and match["whole"] and not match["fraction"] else word[-1]
    zeros = len(whole) - len(whole.rstrip("0"))
    if zeros in {0, len(whole)}:
        return _DIGITS[int(whole[-1])]
    return _MYRIADS[min(zeros // 4, len(_MYRIADS) - 1)] or _TENS[zeros]


def _latin(word: str) -> int:
    if _SPELT.fullmatch(word):
        return {"l": _RIEUL, "r": _RIEUL, "m": _FINAL, "n": _FINAL}.get(word[-1].lower(), _NONE)
    if _LATIN_RIEUL.search(word.lower()):
        return _RIEUL
    return _FINAL if _LATIN_FINAL.search(word.lower()) else _NONE
