"""Sentences with values in them, in both languages, from one small template syntax.

`{name}` · `{name:format}` · `{name|이/가}` · `{name:format|을/를}`

A format is a kind of column or one of `FORMATS`. After the bar stand either the two forms of a Korean particle
(`{count:count|이/가}` is "1,204가") or the singular and plural of an English noun (`{count:count|order/orders}` is
"1 order", "1,204 orders"). Braces are doubled to be shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

from dangol.core.errors import DangolError, DeclarationError, suggest
from dangol.core.text.catalogue import lookup
from dangol.core.text.format import FORMATS, format_value
from dangol.core.text.language import Language
from dangol.core.text.particle import particle
from dangol.core.told import Told

_HANGUL = re.compile(r"[가-힣]")


@dataclass(frozen=True)
class _Placeholder:
    name: str
    form: str = ""
    pair: str = ""


def render(
    template: str,
    values: Mapping[str, object],
    language: Language,
    *,
    currency: str = "KRW",
    zone: str = "Asia/Seoul",
) -> str:
    """A sentence with its values written for a reader of this language.

    Args:
        template: see the module; written in this very language.
        values: by name; None is shown as a dash; sentences made by `told` are said in the reader's language.
        language: of the reader.
        currency: ISO 4217 code of the company's money.
        zone: IANA name of the company's time zone.

    Raises:
        DeclarationError: the template is broken or names a value or format that is not there.
    """
    parts = _parsed(template)
    unknown = sorted({part.name for part in parts if isinstance(part, _Placeholder)} - values.keys())
    if unknown:
        hint = suggest(unknown[0], values)
        raise DeclarationError(f"template {template!r} names unknown values {', '.join(unknown)!r}", hint=hint)

    def shown(part: str | _Placeholder) -> str:
        if isinstance(part, str):
            return part
        value = _in(language, values[part.name])
        written = format_value(part.form, value, language, currency=currency, zone=zone)
        return written + _agreeing(written, part.pair)

    return "".join(shown(part) for part in parts)


def translate(message: str, language: Language, **values: object) -> str:
    """A message of the product in the reader's language, with values as in `render` (₩ and Seoul).

    Texts with the company's own currency or zone use `render(lookup(message, language), values, language, …)`.
    """
    return render(lookup(message, language), values, language)


def tell(text: str, language: Language) -> str:
    """A sentence made by `told` in the reader's language; any other text as it is."""
    if not isinstance(text, Told):
        return text
    return str(text) if language == "en" else render(lookup(text.template, language), text.values, language)


def tell_error(error: DangolError, language: Language) -> str:
    """An error for people: where and what, further problems one a line, and what to do."""
    return error.said(lambda text: tell(text, language))


def _in(language: Language, value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_in(language, each) for each in value]
    return tell(value, language) if isinstance(value, Told) else value


def placeholders(template: str) -> frozenset[str]:
    """The names of the values a template needs.

    Raises:
        DeclarationError: the template is broken.
    """
    return frozenset(part.name for part in _parsed(template) if isinstance(part, _Placeholder))


def _agreeing(written: str, pair: str) -> str:
    if not pair:
        return ""
    if _HANGUL.search(pair):
        return particle(written, pair)
    singular, _, plural = pair.partition("/")
    return f" {singular if written == '1' else plural}"


@lru_cache(maxsize=4096)
def _parsed(template: str) -> tuple[str | _Placeholder, ...]:
    parts: list[str | _Placeholder] = []
    try:
        for literal, field, form, conversion in Formatter().parse(template):
            parts.append(literal)
            if field is not None:
                parts.append(_placeholder(template, field, form or "", conversion))
    except ValueError as error:
        raise DeclarationError(f"broken template {template!r}: {error}", hint="double { and } to show them") from error
    return tuple(part for part in parts if part)


def _placeholder(template: str, field: str, form: str, conversion: str | None) -> _Placeholder:
    name, _, pair = field.partition("|")
    form, _, late_pair = form.partition("|")
    pair = pair or late_pair
    if conversion or not name.isidentifier():
        raise DeclarationError(f"template {template!r}: {field!r} is no name of a value", hint="{name:format|이/가}")
    if form not in FORMATS:
        raise DeclarationError(f"template {template!r}: unknown format {form!r}", hint=suggest(form, FORMATS))
    _check_pair(template, pair)
    return _Placeholder(name, form, pair)


def _check_pair(template: str, pair: str) -> None:
    if _HANGUL.search(pair):
        particle("", pair)
    elif pair and not (pair.count("/") == 1 and all(pair.split("/"))):
        raise DeclarationError(f"template {template!r}: {pair!r} is no pair of words", hint="as in order/orders")
