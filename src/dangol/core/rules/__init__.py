"""Audience rules: parsed from text, checked, compiled to one SQL condition, and told in words."""

from dangol.core.rules.check import check
from dangol.core.rules.compile import compile_rule
from dangol.core.rules.describe import describe
from dangol.core.rules.parse import parse
from dangol.core.rules.segment import named_segments, operands, unfold
from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Name, Not, Or, Rule, Value
from dangol.core.rules.vocabulary import BEHAVIOURS, Behaviour, NamedRule, Term, Vocabulary
from dangol.core.rules.wording import quoted

__all__ = [
    "BEHAVIOURS",
    "And",
    "Behaviour",
    "Call",
    "Comparison",
    "In",
    "Missing",
    "Name",
    "NamedRule",
    "Not",
    "Or",
    "Rule",
    "Term",
    "Value",
    "Vocabulary",
    "check",
    "compile_rule",
    "describe",
    "named_segments",
    "operands",
    "parse",
    "quoted",
    "unfold",
]
