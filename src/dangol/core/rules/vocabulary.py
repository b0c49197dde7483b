"""The words a rule may use: columns of the profile, things customers do, and segments that other rules make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dangol.core.rules.tree import Call, Name, Operand, Rule
from dangol.core.tables import Kind


@dataclass(frozen=True)
class Term:
    """A column of the profile that rules may test.

    Attributes:
        name: as written in rules.
        kind: what its values are.
        ko: its name in Korean sentences.
        en: its name in English sentences, in small letters.
        choices: the values of a category; empty when any may occur.
    """

    name: str
    kind: Kind
    ko: str
    en: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Behaviour:
    """Something rules may ask of a customer's past.

    Attributes:
        kind: of its result: a count, an amount of money or a flag.
        keywords: what may be given; `days` is a whole number, everything else text.
        required: keywords that must be given.
    """

    kind: Kind
    keywords: tuple[str, ...]
    required: tuple[str, ...] = ()


IN_SEGMENT = "in_segment"
BEHAVIOURS: Mapping[str, Behaviour] = {
    "bought": Behaviour("count", ("category", "brand", "product", "days")),
    "spent": Behaviour("money", ("category", "brand", "product", "days")),
    "did": Behaviour("count", ("event", "days"), ("event",)),
    "contacted": Behaviour("count", ("programme", "days")),
    "has_consent": Behaviour("flag", ("channel",), ("channel",)),
    IN_SEGMENT: Behaviour("flag", ("name",), ("name",)),
}


@dataclass(frozen=True)
class NamedRule:
    """A segment: a rule that other rules may name.

    Attributes:
        ko: its name in Korean sentences.
        en: its name in English sentences.
        rule: who is in it.
    """

    ko: str
    en: str
    rule: Rule


@dataclass(frozen=True)
class Vocabulary:
    """Everything the rules of one company may speak of.

    Attributes:
        columns: of the profile, by name.
        choices: known values of the behaviours' keywords, e.g. `{"category": ("camping", …)}`; others are refused.
        behaviours: those whose tables the company has.
        currency: ISO 4217 code, for descriptions.
        zone: IANA name; a day in a rule is a day on this clock.
        withheld: columns that were inferred about people and decide about nobody unless the settings allow it.
        segments: those that rules may name, by name.
    """

    columns: Mapping[str, Term]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    behaviours: Mapping[str, Behaviour] = field(default_factory=lambda: BEHAVIOURS)
    currency: str = "KRW"
    zone: str = "Asia/Seoul"
    withheld: frozenset[str] = frozenset()
    segments: Mapping[str, NamedRule] = field(default_factory=dict)

    def kind(self, operand: Operand) -> Kind | None:
        """What an operand's values are; None for fixed values and unknown names."""
        if isinstance(operand, Name) and operand.name in self.columns:
            return self.columns[operand.name].kind
        if isinstance(operand, Call) and operand.name in self.behaviours:
            return self.behaviours[operand.name].kind
        return None
