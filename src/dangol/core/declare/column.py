"""Output columns: the name, unit and both languages of everything a declaration gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dangol.core.tables import SQL_TYPES, Kind


@dataclass(frozen=True)
class Output:
    """One column that a feature, prediction or question gives."""

    kind: Kind
    ko: str
    en: str
    name: str = ""

    @property
    def sql_type(self) -> str:
        """The column's type in DuckDB's words."""
        return SQL_TYPES[self.kind]

    def title(self, language: str) -> str:
        """The column's heading in a language."""
        return self.ko if language == "ko" else self.en


def maker(kind: Kind) -> Callable[..., Output]:
    """A short word for an output column of one kind."""

    def make(ko: str, en: str) -> Output:
        return Output(kind, ko, en)

    make.__doc__ = f"An output column of kind {kind}."
    make.__name__ = kind
    return make


text = maker("text")
category = maker("category")
integer = maker("integer")
count = maker("count")
number = maker("number")
money = maker("money")
share = maker("share")
probability = maker("probability")
days = maker("days")
moment = maker("moment")
month = maker("month")
day = maker("day")
flag = maker("flag")
# A figure whose kind stands in column `unit` of its row, where rows tell different things.
measure = maker("measure")
