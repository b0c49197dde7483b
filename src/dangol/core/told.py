"""Sentences that can be said in either language: an English text that remembers its template and its values.

Written where something is found, translated where somebody reads it (`dangol.core.text.tell`). This module imports nothing
of ours, so that errors, which everything imports, can carry such sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from string import Formatter
from typing import Any

LONGEST_BITS = 4_096


class Told(str):
    """An English sentence that can still be translated.

    As a `str` it is the English sentence: it can be printed, logged, compared and sent as JSON like any other.

    Attributes:
        template: English wording with placeholders, the key of the catalogue.
        values: by name; may be sentences of the same kind.
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any]) -> Told:
        """The sentence with its values in English.

        Raises:
            KeyError: a placeholder without a value, or a format other than `in_english` knows.
        """
        self = super().__new__(cls, in_english(template, values))
        self.template, self.values = template, dict(values)
        return self

    def __getnewargs__(self) -> tuple[str, Mapping[str, Any]]:  # type: ignore[override]  # copied from its parts, unlike str
        return self.template, self.values

    def as_json(self) -> dict[str, Any]:
        """Template and values as JSON can keep them."""
        return {"template": self.template, "values": {name: kept(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Told:
        """Back from `as_json`."""
        return cls(document["template"], {name: revived(value) for name, value in document["values"].items()})


def told(template: str, /, **values: object) -> Told:
    """A sentence people may read in Korean or English.

    Args:
        template: English wording in the syntax of `dangol.core.text.sentence`; its Korean stands in the catalogue. Formats are
            those of `in_english`: `{path:quoted}`, `{rows:count|row/rows}`, `{names:listed}`, `{names:either}`.
        values: what is put in; never personal data.
    """
    return Told(template, values)


def kept(value: object) -> object:
    """A value as JSON keeps it; sentences within sentences stay translatable."""
    if isinstance(value, Told):
        return value.as_json()
    if isinstance(value, (list, tuple)):
        return [kept(each) for each in value]
    return value if isinstance(value, (str, int, float)) or value is None else str(value)


def revived(value: object) -> object:
    """A value back from `kept`."""
    if isinstance(value, dict):
        return Told.from_json(value)
    return [revived(each) for each in value] if isinstance(value, list) else value


def quoted(value: object) -> str:
    """A value as it was found, between quotes where it is text."""
    return repr(value) if isinstance(value, str) else text(value)


def text(value: object) -> str:
    """Anything as text; Python refuses to write out integers of thousands of digits."""
    return f"{Decimal(value):.3e}" if isinstance(value, int) and value.bit_length() > LONGEST_BITS else str(value)


def listed(values: Iterable[object]) -> str:
    """Several things one after the other."""
    return ", ".join(map(text, values))


def either(values: Iterable[object]) -> str:
    """Several names of which one is meant."""
    *others, last = map(quoted, values)
    return f"{', '.join(others)} or {last}" if others else last


def plain(value: object) -> str:
    """Text as it is, whole numbers with separators."""
    whole = isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= LONGEST_BITS
    return f"{value:,}" if whole else text(value)


ENGLISH: Mapping[str, Callable[[Any], str]] = {
    "": plain,
    "text": text,
    "count": plain,
    "quoted": quoted,
    "listed": listed,
    "either": either,
}


def in_english(template: str, values: Mapping[str, Any]) -> str:
    """A template with its values, in English and with the few formats that errors need.

    Raises:
        KeyError: a placeholder without a value, or another format.
    """
    return "".join(
        literal + ("" if field is None else written(field, form or "", values))
        for literal, field, form, _ in Formatter().parse(template)
    )


def written(field: str, form: str, values: Mapping[str, Any]) -> str:
    """One placeholder, `name`, `name:format` or `name:format|order/orders`."""
    name, _, early = field.partition("|")
    form, _, late = form.partition("|")
    shown, pair = ENGLISH[form](values[name]), early or late
    singular, _, plural = pair.partition("/")
    return f"{shown} {singular if shown == '1' else plural}" if pair else shown
