"""Templates: formats, particles, plurals and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.core.errors import DeclarationError
from dangol.core.text import Language, placeholders, render, to_translate, translate

VALUES = {"name": "서울", "n": 1_204, "amount": 1_230_000_000, "share": 0.1234, "none": None}


@pytest.mark.parametrize(
    ("template", "language", "expected"),
    [
        ("{name|이/가} {share:percent|을/를} 차지합니다.", "ko", "서울이 12.3%를 차지합니다."),
        ("{n:count|은/는} {amount:money|으로/로}", "ko", "1,204는 ₩12.3억으로"),
        ("{name|(으)로} 고객 {n:count}명", "ko", "서울로 고객 1,204명"),
        ("{n:count|customer/customers}, {amount:money}", "en", "1,204 customers, ₩1.23B"),
        ("{none:money|이/가} {{없음}}", "ko", "–이(가) {없음}"),
        ("{n}", "en", "1,204"),
        ("", "ko", ""),
    ],
)
def test_render(template: str, language: Language, expected: str) -> None:
    assert render(template, VALUES, language) == expected


def test_one_is_singular() -> None:
    assert render("{n:count|order/orders}", {"n": 1}, "en") == "1 order"
    assert render("{n:count|order/orders}", {"n": 0}, "en") == "0 orders"


def test_currency_and_zone_reach_the_formats() -> None:
    assert render("{a:money_exact}", {"a": 5}, "en", currency="USD") == "$5.00"


def test_unknown_values_are_all_named_with_a_hint() -> None:
    with pytest.raises(DeclarationError, match="nam, nn") as error:
        render("{nam} {nn} {n}", VALUES, "ko")
    assert "'name'" in error.value.hint


@pytest.mark.parametrize(
    "template",
    ["{", "}", "{name!r}", "{0}", "{}", "{n:monney}", "{n.real}", "{n[0]}", "{n|이}", "{n|가/나}", "{n:{name}}", "{n|/}"],
)
def test_broken_templates_are_refused(template: str) -> None:
    with pytest.raises(DeclarationError):
        render(template, VALUES, "ko")


def test_placeholders() -> None:
    assert placeholders("{a:money} {b|이/가} {{c}} {a}") == {"a", "b"}


def test_translate_reads_the_catalogue_and_falls_back_to_english() -> None:
    assert translate("yes", "ko") == "예"
    assert translate("yes", "en") == "yes"
    assert translate("nobody translated {n:count}", "ko", n=3) == "nobody translated 3"
    assert to_translate("yes") == "yes"


@given(st.text(), st.one_of(st.text(), st.floats(), st.integers()))
def test_values_never_break_a_sentence(name: str, value: object) -> None:
    shown = render("{name|이/가}·{value|을/를}", {"name": name, "value": value}, "ko")
    assert shown.startswith(name)


@given(st.text())
def test_any_template_is_rendered_or_refused(template: str) -> None:
    try:
        shown = render(template, VALUES, "ko")
    except DeclarationError as error:
        shown = error.what
    assert isinstance(shown, str)
