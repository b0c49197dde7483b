"""Hangul taken apart: letters of a syllable, Latin spelling, and names typed with the keyboard in the wrong language.

Syllables are composed as Unicode 3.12 says: 0xAC00 + (lead × 21 + vowel) × 28 + tail. The Latin spelling is the Revised
Romanization of Korean (2000) syllable by syllable, which is how names are written. Keys are those of the dubeolsik layout
(KS X 5002).
"""

from __future__ import annotations

import re

from dangol.identity.standard.splitting import split_up

FIRST, LAST = 0xAC00, 0xD7A3
LEAD_LETTERS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWEL_LETTERS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAIL_LETTERS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
LEAD_KEYS = split_up("r R s e E f a q Q t T d w W c z x v g")
VOWEL_KEYS = split_up("k o i O j p u P h hk ho hl y n nj np nl b m ml l")
TAIL_KEYS = split_up("r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g")
LEAD_SOUNDS = ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"]
VOWEL_SOUNDS = split_up("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
TAIL_SOUNDS = ["", *split_up("k k k n n n t l l l l l l l l m p p t t ng t t k t p t")]

LEAD_OF_KEY = {key: place for place, key in enumerate(LEAD_KEYS)}
VOWEL_OF_KEY = {key: place for place, key in enumerate(VOWEL_KEYS)}
TAIL_OF_KEY = {"": 0} | {key: place + 1 for place, key in enumerate(TAIL_KEYS)}
KEY_OF_LETTER = dict(zip(LEAD_LETTERS + VOWEL_LETTERS + TAIL_LETTERS, LEAD_KEYS + VOWEL_KEYS + TAIL_KEYS, strict=True))
# Shift makes another letter of these keys only; typed with caps lock, others mean the same.
SHIFTED = str.maketrans({key: key.lower() for key in "ABCDFGHIJKLMNSUVXYZ"})


def one_of(keys: list[str]) -> str:
    """A pattern of any of the keys, the longest first."""
    return "|".join(sorted(keys, key=len, reverse=True))


# A consonant followed by a vowel begins the next syllable.
TYPED_SYLLABLE = re.compile(rf"({one_of(LEAD_KEYS)})({one_of(VOWEL_KEYS)})((?:{one_of(TAIL_KEYS)})(?![hynbmlkoipujOP]))?")
LETTERS = re.compile(f"[{LEAD_LETTERS}{VOWEL_LETTERS}{TAIL_LETTERS}]+")


def parts(syllable: str) -> tuple[int, int, int]:
    """Places of lead, vowel and tail (0 for none) of one syllable."""
    place = ord(syllable) - FIRST
    return place // 588, place % 588 // 28, place % 28


def sound(syllable: str) -> str:
    """The Latin spelling of one syllable: 민 is `min`."""
    lead, vowel, tail = parts(syllable)
    return LEAD_SOUNDS[lead] + VOWEL_SOUNDS[vowel] + TAIL_SOUNDS[tail]


SOUNDS = {chr(code): sound(chr(code)) for code in range(FIRST, LAST + 1)}


def latin(hangul: str) -> str:
    """The Latin spelling of a Korean word, syllable by syllable; other signs stay."""
    return "".join(SOUNDS.get(sign, sign) for sign in hangul)


def from_keys(typed: str) -> str:
    """What was meant when Korean was typed with an English keyboard: `rlaalstn` is 김민수.

    Empty where the keys make no syllables.
    """
    keys, at, found = typed.translate(SHIFTED), 0, []
    while at < len(keys):
        match = TYPED_SYLLABLE.match(keys, at)
        if match is None:
            return ""
        lead, vowel, tail = match.groups(default="")
        found.append(chr(FIRST + LEAD_OF_KEY[lead] * 588 + VOWEL_OF_KEY[vowel] * 28 + TAIL_OF_KEY[tail]))
        at = match.end()
    return "".join(found)


def to_keys(text: str) -> str:
    """The keys behind a Korean text: what was meant when English was typed with a Korean keyboard."""
    return "".join(keys_of(sign) for sign in text)


def keys_of(sign: str) -> str:
    """The keys of one syllable or letter; other signs stay."""
    if not FIRST <= ord(sign) <= LAST:
        return KEY_OF_LETTER.get(sign, sign)
    lead, vowel, tail = parts(sign)
    return LEAD_KEYS[lead] + VOWEL_KEYS[vowel] + ("" if tail == 0 else TAIL_KEYS[tail - 1])
