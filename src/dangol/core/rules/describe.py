"""A rule as a sentence that a marketer reads before sending anything to anybody."""

from __future__ import annotations

from dangol.core.rules.check import check
from dangol.core.rules.english import english
from dangol.core.rules.korean import korean
from dangol.core.rules.tree import Rule
from dangol.core.rules.vocabulary import Vocabulary
from dangol.core.text import Language


def describe(rule: Rule, vocabulary: Vocabulary, language: Language) -> str:
    """Whom a rule selects, in Korean or English, every threshold with all its digits (money: to the coin).

    Raises:
        ConfigError: the rule does not fit the vocabulary, see `check`.
    """
    check(rule, vocabulary)
    return korean(rule, vocabulary) if language == "ko" else english(rule, vocabulary)
