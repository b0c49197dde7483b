"""Rules that name segments, whose own rules may name others: which they reach, and how many they stand for in the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import chain

from dangol.core.rules.tree import Call, Name, Operand, Rule
from dangol.core.rules.vocabulary import IN_SEGMENT, Vocabulary

MOST_SEGMENTS = 200  # that a rule may stand for, each counted as often as it is named


@dataclass
class Unfolded:
    """The segments of a rule.

    Attributes:
        reached: names of known ones, each once.
        counts: how many segments each of them stands for, itself included.
        circular: one that holds itself; empty where none does.
        count: how many segments the rule stands for.
    """

    reached: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    circular: str = ""
    count: int = 0


def operands(part: object) -> Iterator[Operand]:
    """Columns and behaviours of a rule, or of any part of one, in order."""
    if isinstance(part, Name | Call):
        yield part
    elif isinstance(part, tuple):
        yield from chain.from_iterable(map(operands, part))
    elif is_dataclass(part):
        yield from operands(tuple(getattr(part, each.name) for each in fields(part)))


def named_segments(rule: Rule) -> list[str]:
    """The segments that a rule itself names, as often as it does."""
    calls = (each for each in operands(rule) if isinstance(each, Call) and each.name == IN_SEGMENT)
    return [str(value.value) for each in calls for keyword, value in each.arguments if keyword == "name"]


def unfold(rule: Rule, vocabulary: Vocabulary) -> Unfolded:
    """The segments that a rule reaches; unknown names are passed over."""
    found = Unfolded()
    found.count = counted(rule, vocabulary, (), found)
    return found


def counted(rule: Rule, vocabulary: Vocabulary, within: tuple[str, ...], found: Unfolded) -> int:
    """How many segments a rule stands for; what is found on the way is noted."""
    total = 0
    for name in named_segments(rule):
        if name in within:
            found.circular = found.circular or name
        elif name in vocabulary.segments:
            if name not in found.counts:
                found.reached.append(name)
                found.counts[name] = 1 + counted(vocabulary.segments[name].rule, vocabulary, (*within, name), found)
            total += found.counts[name]
    return total
