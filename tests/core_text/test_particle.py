"""Particles against a table of judged words, a brute-force reading of numbers and a law over all of Hangul."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.core.errors import DeclarationError
from dangol.core.text import particle


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("서울", "으로/로", "로"),
        ("부산", "으로/로", "으로"),
        ("길", "(으)로", "로"),
        ("대구", "(으)로", "로"),
        ("서울", "이/가", "이"),
        ("대구", "이/가", "가"),
        ("고객", "을/를", "을"),
        ("구매", "을/를", "를"),
        ("구매", "를/을", "를"),
        ("단골", "은/는", "은"),
        ("이메일", "와/과", "과"),
        ("문자", "과/와", "와"),
        ("쿠폰", "(이)나", "이나"),
        ("문자", "이나/나", "나"),
        ("여성", "이며/며", "이며"),
        ("남자", "이고/고", "고"),
        ("1", "으로/로", "로"),
        ("3", "이/가", "이"),
        ("2", "이/가", "가"),
        ("10", "이/가", "이"),
        ("0", "을/를", "을"),
        ("1,204", "이/가", "가"),
        ("50,000", "이/가", "이"),
        ("1조", "이/가", "가"),
        ("1000000000000", "이/가", "가"),
        ("3.14", "를/을", "를"),
        ("0.10", "이/가", "이"),
        ("12.3%", "을/를", "를"),
        ("₩12.3억", "을/를", "을"),
        ("-₩8,900", "으로/로", "으로"),
        ("US$30", "이/가", "가"),
        ("30만", "을/를", "을"),
        ("9일", "으로/로", "로"),
        ("2026. 11. 22.", "으로/로", "로"),
        ("2026. 11. 20. 15:04", "으로/로", "으로"),
        ("250g", "을/를", "을"),
        ("2L", "을/를", "를"),
        ("VIP", "이/가", "가"),
        ("URL", "으로/로", "로"),
        ("CRM", "을/를", "을"),
        ("A", "은/는", "는"),
        ("email", "으로/로", "로"),
        ("camping", "이/가", "이"),
        ("Apple", "을/를", "을"),
        ("coupon", "을/를", "을"),
        ("Nike", "을/를", "를"),
        ("web", "으로/로", "으로"),
        ("cart", "을/를", "를"),
        ("book", "을/를", "을"),
        ("store", "이/가", "가"),
        ("'camping'", "을/를", "을"),
        ("서울(강남)", "이/가", "이"),
        ("“문자”", "은/는", "는"),
        ("ㄹ", "으로/로", "로"),
        ("–", "이/가", "이(가)"),
        ("", "으로/로", "(으)로"),
        ("東京", "을/를", "을(를)"),
    ],
)
def test_words(word: str, pair: str, expected: str) -> None:
    assert particle(word, pair) == expected


@given(st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1))
def test_hangul_follows_the_last_letter_of_its_decomposition(word: str) -> None:
    last = unicodedata.normalize("NFD", word)[-1]
    closed = unicodedata.name(last).startswith("HANGUL JONGSEONG")
    assert particle(word, "이/가") == ("이" if closed else "가")
    rieul = unicodedata.name(last) == "HANGUL JONGSEONG RIEUL"
    assert particle(word, "으로/로") == ("으로" if closed and not rieul else "로")


def read_aloud(number: int) -> str:
    """A whole number in full Sino-Korean, group of four digits by group."""
    groups, myriads = [], ["", "만", "억", "조", "경"]
    while number:
        number, group = divmod(number, 10_000)
        said = "".join(
            "영일이삼사오육칠팔구"[int(digit)] + unit
            for digit, unit in zip(f"{group:04}", ["천", "백", "십", ""], strict=True)
            if digit != "0"
        )
        groups.append(said + myriads[len(groups)] if group else "")
        if not group:
            groups[-1] = ""
    return "".join(reversed(groups)) or "영"


@given(st.integers(0, 10**19), st.booleans())
def test_numbers_follow_their_full_reading(number: int, separated: bool) -> None:
    written = f"{number:,}" if separated else str(number)
    for pair in ("이/가", "을/를", "으로/로"):
        assert particle(written, pair) == particle(read_aloud(number), pair)


@given(st.text())
def test_any_text_gets_one_of_the_forms(word: str) -> None:
    assert particle(word, "을/를") in {"을", "를", "을(를)"}
    assert particle(word, "(으)로") in {"으로", "로", "(으)로"}


@pytest.mark.parametrize("pair", ["", "이", "/", "가/나", "order/orders", "(으)"])
def test_a_pair_that_korean_does_not_have_is_refused(pair: str) -> None:
    with pytest.raises(DeclarationError, match="no pair"):
        particle("서울", pair)
