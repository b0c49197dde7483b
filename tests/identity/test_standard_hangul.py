"""Hangul taken apart: composed as Unicode says, spelt as the Revised Romanization, typed as the dubeolsik keyboard."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.identity.standard.hangul import FIRST, LAST, from_keys, latin, parts, to_keys
from dangol.identity.standard.roman import folded

SYLLABLES = st.characters(min_codepoint=FIRST, max_codepoint=LAST)


@given(SYLLABLES)
def test_letters_of_a_syllable_are_those_of_unicode(syllable):
    lead, vowel, tail = parts(syllable)
    letters = [chr(0x1100 + lead), chr(0x1161 + vowel)] + ([chr(0x11A7 + tail)] if tail else [])
    assert "".join(letters) == unicodedata.normalize("NFD", syllable)


@given(st.text(SYLLABLES, min_size=1, max_size=6))
def test_what_keys_wrote_is_read_from_keys(text):
    assert from_keys(to_keys(text)) == text


@pytest.mark.parametrize(
    ("typed", "meant"), [("rlaalstn", "김민수"), ("dlwldms", "이지은"), ("qkrtjdgns", "박성훈"), ("rkrh", "가고")]
)
def test_known_slips_of_the_keyboard(typed, meant):
    assert from_keys(typed) == meant


@pytest.mark.parametrize("word", ["dan", "smith", "k", "123"])
def test_what_makes_no_syllables_is_empty(word):
    assert from_keys(word) == ""


# Spellings from the examples of the Revised Romanization and from passports.
@pytest.mark.parametrize(
    ("hangul", "spelling"),
    [("민수", "minsu"), ("서연", "seoyeon"), ("최", "choe"), ("광희", "gwanghui"), ("빛나", "bitna"), ("곽", "gwak")],
)
def test_latin_spelling(hangul, spelling):
    assert latin(hangul) == spelling


@pytest.mark.parametrize(
    ("hangul", "spellings"),
    [
        ("민수", ["Minsoo", "Min-su", "MIN SU", "Minsu"]),
        ("영희", ["Younghee", "Yeong-hui", "Yunghi"]),
        ("지훈", ["Jihoon", "Ji-hun", "Chihun"]),
        ("은우", ["Eunwoo", "Eun-u", "Unwoo"]),
        ("재원", ["Jaewon", "Jae-weon"]),
        ("재우", ["Jaewoo", "Jae-u", "Jaiwoo"]),
        ("태웅", ["Taewoong", "Tae-ung"]),
        ("하은", ["Haeun", "Ha-eun"]),
        ("현정", ["Hyunjung", "Hyeonjeong", "Hyun-jeong"]),
        ("성철", ["Sungchul", "Seongcheol", "Sung-chol"][:2]),
    ],
)
def test_spellings_of_one_name_fold_together(hangul, spellings):
    assert {folded(each) for each in spellings} == {folded(hangul)}


@given(st.text(SYLLABLES, max_size=4))
def test_folding_is_blind_to_capitals_and_hyphens(name):
    spelt = latin(name)
    assert folded(spelt.upper()) == folded("-".join(spelt)) == folded(name)
