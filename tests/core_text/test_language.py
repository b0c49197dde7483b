"""Which language a stated preference means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.core.text import LANGUAGES, Text, pick_language


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en;q=0.7,ko;q=0.9", "ko"),
        ("en-GB", "en"),
        ("fr-FR, fr;q=0.9", "en"),
        ("fr, ko;q=0.1", "ko"),
        ("ko;q=0, en;q=0.5", "en"),
        ("ko_KR.UTF-8", "ko"),
        ("en_US.UTF-8", "en"),
        ("C.UTF-8", "ko"),
        ("POSIX", "ko"),
        ("*", "ko"),
        ("", "ko"),
        (None, "ko"),
    ],
)
def test_pick_language(stated: str | None, expected: str) -> None:
    assert pick_language(stated) == expected


def test_the_default_is_for_those_who_say_nothing() -> None:
    assert pick_language("", default="en") == "en"
    assert pick_language("ko", default="en") == "ko"


@given(st.text())
def test_any_header_gets_a_language(stated: str) -> None:
    assert pick_language(stated) in LANGUAGES


def test_text_is_read_in_a_language() -> None:
    title = Text(ko="구매 횟수", en="Number of orders")
    assert (title.in_("ko"), title.in_("en")) == ("구매 횟수", "Number of orders")
