"""Audience rules: parsed from text, checked, compiled to one SQL condition, and told in words."""

from dangol.core.rules.check import check
from dangol.core.rules.compile import compile_rule
from dangol.core.rules.describe import describe
from dangol.core.rules.parse import parse
from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Name, Not, Or, Rule, Value
from dangol.core.rules.vocabulary import BEHAVIOURS, Behaviour, Term, Vocabulary

__all__ = [
    "BEHAVIOURS",
    "And",
    "Behaviour",
    "Call",
    "Comparison",
    "In",
    "Missing",
    "Name",
    "Not",
    "Or",
    "Rule",
    "Term",
    "Value",
    "Vocabulary",
    "check",
    "compile_rule",
    "describe",
    "parse",
]
