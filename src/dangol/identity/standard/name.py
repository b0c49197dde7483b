"""One comparable form for each way a person's name is written: 김민수, 김 민수님, KIM Minsu, rlaalstn.

Each distinct name is read once, in Python: rules for titles, masks and keyboards do not make one pattern.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from dangol.identity.standard.hangul import LETTERS, from_keys, to_keys
from dangol.identity.standard.roman import folded
from dangol.identity.standard.splitting import split_up
from dangol.identity.standard.surname import COMPOUND, FREQUENT, SINGLE, family_length, likelihood, one_family, spelt

# Between given and family name where a source keeps two columns.
SPLIT = "\t"
HANGUL = re.compile("[가-힣]+")
MEANT = re.compile("[가-힣]{3,4}")
LATIN_WORD = re.compile("[a-z]{2}")
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>|【[^】]*】")
MASK = re.compile(r"[*○◯〇●◎□■☆★]|(?<=[a-z])\*")
# In a short Korean name these stand for a hidden syllable: 김O수, 김00.
HIDDEN = re.compile(r"(?<=[가-힣])[ox0]{1,2}(?=[가-힣]|$)")
ATTACHED = re.compile("(?:고객|회원|구매자|주문자|수령인|선생|사장|대표|원장|어머|아버)?님$|(?:귀하|고객|회원|씨)$")
# A word of its own after the name, or attached to a whole name of three syllables.
TITLE = (
    "대표|대표이사|사장|부사장|회장|이사|전무|상무|부장|차장|과장|대리|팀장|실장|원장|점장|소장|사원|주임|매니저|교수|선생|기사|"
    "여사|어머니|아버지|보호자|본인|가족|배우자|앞"
)
TITLE_WORD = re.compile(rf"\s+(?:{TITLE}|님|씨|군|양|귀하|고객|회원)님?$")
TITLE_ATTACHED = re.compile(rf"(?<=[가-힣]{{3}})(?:{TITLE})$")
SALUTATION = re.compile(
    r"^(?:mr|mrs|ms|miss|dr|prof|rev|sir|madam)\b\.?\s*|[\s,]+(?:jr|sr|ii|iii|iv|phd|md|esq)\b\.?$|,\s*\d+(?:st|nd|rd|th)\b.*$|\s+(?:nim|ssi)$"
)
PARTICLES = frozenset(split_up("van von de der den del della di da la le du bin ibn al el mac mc st san ter ten"))
NOBODY = frozenset(
    split_up("""
    고객 고객님 회원 비회원 손님 이름 이름없음 없음 무명 익명 미상 미입력 테스트 테스트고객 홍길동 아무개
    관리자 운영자 구매자 주문자 본인 택배 경비실 해당없음 탈퇴회원 탈퇴 휴면회원
    test tester guest unknown anonymous none null na nan noname user customer admin johndoe janedoe testtest testuser
    firstname lastname firstnamelastname name asdf qwerty
    """)
)


class Name(NamedTuple):
    """What a written name says in comparable form; each part is missing where it says nothing."""

    key: str | None = None
    family: str | None = None
    given: str | None = None
    roman: str | None = None
    mask: str | None = None


NOTHING = Name()


def read_name(written: str) -> Name:
    """A written name in comparable form.

    Args:
        written: the whole name, or given and family name with a tab between.
    """
    # The tab stays where a part is missing: a family name alone is no given name.
    text = intended(unicodedata.normalize("NFKC", english_meant(written)).strip(" \r\n")).lower()
    if SPLIT in text:
        given, _, family = text.partition(SPLIT)
        return of_columns(bare(given), bare(family))
    text = intended(bare(text))
    hangul = HANGUL.findall(text)
    syllables = sum(map(len, hangul))
    if is_masked(text, syllables):
        return masked(text)
    return korean(hangul) if is_hangul(text, syllables) else latin_name(text)


def is_masked(text: str, syllables: int) -> bool:
    """Whether part of a name is hidden; in a name of more than two readable syllables a zero is only a slip."""
    return bool(MASK.search(text)) or (syllables <= 2 and bool(HIDDEN.search(text)))


def is_hangul(text: str, syllables: int) -> bool:
    """Whether the Hangul in a text is the name, rather than a remark beside a name in other letters."""
    return syllables >= 2 or (syllables == 1 and not LATIN_WORD.search(text))


def bare(text: str) -> str:
    """A name without titles, remarks in brackets, salutations and numbers behind it."""
    outside = BRACKETS.sub(" ", text).strip()
    text = outside or text.strip("()[]<> ")
    text = SALUTATION.sub("", SALUTATION.sub("", text))
    for pattern in (TITLE_WORD, ATTACHED, TITLE_WORD, TITLE_ATTACHED):
        shorter = pattern.sub("", text).strip()
        text = shorter if len(shorter) >= 2 else text
    return text


def intended(text: str) -> str:
    """A Korean name typed with the keyboard set to English, as it was meant.

    Only three or four syllables that begin with a frequent surname are believed: `dudley` makes syllables too.
    """
    if not (text.isascii() and text.replace(" ", "").isalpha()):
        return text
    for typed in (text, text.lower()):
        meant = "".join(map(from_keys, typed.split()))
        if MEANT.fullmatch(meant) and meant[0] in FREQUENT:
            return meant
    return text


def english_meant(text: str) -> str:
    """A name typed with the keyboard set to Korean, as it was meant; it shows by letters that make no syllable."""
    if not LETTERS.search(text):
        return text
    keys = to_keys(text).lower()
    return keys if keys.isascii() and keys.replace(" ", "").isalpha() else text


def masked(text: str) -> Name:
    """A name with hidden syllables: `김*수`. Only the surname before the mask is known."""
    shown = MASK.sub("*", HIDDEN.sub(lambda found: "*" * len(found[0]), text))
    mask = "".join(sign for sign in shown if sign.isalpha() or sign == "*")
    if not mask.strip("*"):
        return NOTHING
    surname, hidden = mask[0], mask[1:2] == "*"
    return Name(family=one_family(surname) if hidden and surname in SINGLE else None, mask=mask)


def korean(written: list[str]) -> Name:
    """A name in Hangul, in words as written."""
    whole = "".join(reversed(written) if is_turned(written) else written)
    if whole in NOBODY:
        return NOTHING
    # 남궁 민 says by its blank what 남궁민 leaves open.
    cut = 2 if len(written) == 2 and written[0] in COMPOUND else family_length(whole)
    return of_hangul(whole[:cut], whole[cut:])


def of_hangul(family: str, given: str) -> Name:
    """A Korean name of its two parts."""
    surname = one_family(family)
    return Name(family + given, surname or None, given or None, roman_key(folded(surname), folded(given)))


def is_turned(written: list[str]) -> bool:
    """Whether a name is written given name first: 민수 김."""
    if [len(word) for word in written] != [2, 1]:
        return False
    return written[1] in FREQUENT and written[0][0] not in FREQUENT


def roman_key(*parts: str) -> str | None:
    """Comparable spellings of the parts of a name, whichever came first."""
    return ".".join(sorted(filter(None, parts))) or None


def plain(text: str) -> str:
    """Letters of any alphabet without accents: José is jose."""
    apart = unicodedata.normalize("NFD", text)
    kept = "".join(sign for sign in apart if sign.isalpha())
    return unicodedata.normalize("NFC", kept)


def latin_name(text: str) -> Name:
    """A name in another alphabet, in words as written; `Family, Given` is turned."""
    behind, _, before = text.partition(",")
    if plain(before):
        return of_columns(before, behind)
    written = [each for each in re.split(r"[\s.,]+", text) if plain(each)]
    if "".join(map(plain, written)) in NOBODY:
        return NOTHING
    return in_words(written) if len(written) > 1 else one_word(plain("".join(written)), hyphened="-" in text)


def in_words(written: list[str]) -> Name:
    """A name of two words or more."""
    family, given = families(list(map(plain, written)), ["-" in each for each in written])
    # A middle initial stands on one form and not on the next.
    whole = [*given[:1], *(each for each in given[1:] if len(each) > 1)]
    if likelihood("".join(family)):
        return of_words(whole, family)
    # So does a middle name; the whole name keeps it.
    return of_words(given[:1], family)._replace(key="".join([*whole, *family]))


def families(parts: list[str], hyphened: list[bool]) -> tuple[list[str], list[str]]:
    """Family and given names among the words of a name.

    A Korean surname tells, wherever it stands; so does a hyphen, which Korean given names have. Else the last word is the
    family's, with the particles before it.
    """
    surname = [0 if dash else likelihood(part) for part, dash in zip(parts, hyphened, strict=True)]
    if surname[0] > surname[-1]:
        return parts[:1], parts[1:]
    start = len(parts) - 1
    while start > 1 and parts[start - 1] in PARTICLES:
        start -= 1
    return parts[start:], parts[:start]


def of_words(given: list[str], family: list[str]) -> Name:
    """A name of given and family names in Latin letters; spelt surnames are told from given names where only one can be."""
    given_key, family_key = "".join(given), "".join(family)
    both = len(given) == 1 and likelihood(given_key) > 0 and likelihood(family_key) > 0
    first = spelt(given_key) if both else folded(given_key)
    return Name(given_key + family_key, family_key or None, given_key or None, roman_key(first, spelt(family_key)))


def one_word(word: str, *, hyphened: bool) -> Name:
    """A name of one word; `kimminsu` is a surname and a given name written together."""
    if len(word) < 2:
        return NOTHING
    for cut in () if hyphened else (3, 4, 5, 2):
        family, given = word[:cut], word[cut:]
        if spelt(family) in OFTEN_SPELT and SYLLABLES.fullmatch(folded(given)):
            return Name(word, family, given, roman_key(spelt(family), folded(given)))
    return Name(word, None, word, roman_key(folded(word)))


# Two syllables of a Korean given name as `folded` spells them.
SYLLABLE = "(?:[gndlmbsjh]?(?:[aeiou]|y[aeuo]|w[aeio])(?:ng|[nmlgb](?![aeiouyw]))?)"
SYLLABLES = re.compile(SYLLABLE + "{2}")
OFTEN_SPELT = frozenset(folded(name) for name in FREQUENT)


def of_columns(given: str, family: str) -> Name:
    """A name that a source keeps in two columns."""
    if HANGUL.search(given + family):
        return of_hangul_columns("".join(HANGUL.findall(given)), "".join(HANGUL.findall(family)))
    given_key, family_key = plain(given), plain(family)
    if given_key + family_key in NOBODY | {""}:
        return NOTHING
    return of_words([given_key] if given_key else [], [family_key] if family_key else [])


def of_hangul_columns(given: str, family: str) -> Name:
    """The same in Hangul; many a form has the whole name in one of the two."""
    return of_hangul(family, given) if given and family else korean([given + family])
