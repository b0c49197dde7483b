"""Somebody who reads a page: their language, the company's currency and clock, and how every value is written for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dangol.core.declare import Question
from dangol.core.text import Language, format_value, lookup, render
from dangol.workspace.answers import Answer
from dangol.workspace.categories import category_words
from dangol.workspace.company import Company
from dangol.workspace.wording import numbered_words

RIGHT = frozenset({"integer", "count", "number", "money", "share", "probability", "days", "measure"})


@dataclass(frozen=True)
class Reader:
    """How pages speak to one reader.

    Attributes:
        currency: ISO 4217 code of the company's money.
        zone: IANA name of the company's time zone.
    """

    language: Language
    currency: str
    zone: str

    @classmethod
    def of(cls, company: Company, language: Language) -> Reader:
        """A reader of one company's pages."""
        settings = company.settings.company
        return cls(language, settings.currency, settings.zone)

    def say(self, message: str, **values: object) -> str:
        """A wording of the catalogue with its values."""
        return render(lookup(message, self.language), values, self.language, currency=self.currency, zone=self.zone)

    def value(self, kind: str, value: object) -> str:
        """A value of a kind as this reader writes it."""
        if kind == "category" and value is not None:
            return category_words(value, self.language)
        return format_value(kind, value, self.language, currency=self.currency, zone=self.zone)

    def cell(self, name: str, kind: str, value: object) -> str:
        """A value of a named column: days of the week and months in words, customers by their number."""
        if (worded := numbered_words(name, value)) is not None:
            return self.say(worded)
        if name == "customer_id" and value is not None:
            return f"#{value}"
        return self.value(kind, value)

    def title(self, column: Sequence[str]) -> str:
        """The heading of an answer's column (name, kind, Korean, English)."""
        return column[2] if self.language == "ko" else column[3]

    def sentence(self, question: Question, answer: Answer) -> str:
        """An answer in words."""
        return answer.sentence(question, self.language, currency=self.currency, zone=self.zone)

    def right(self, kind: str) -> bool:
        """Whether values of a kind stand to the right, as numbers do."""
        return kind in RIGHT
