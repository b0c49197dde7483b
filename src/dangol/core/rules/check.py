"""Does a rule make sense for this company? All problems at once, each with what to write instead."""

from __future__ import annotations

from collections.abc import Iterator

from dangol.core.errors import ConfigError, suggest
from dangol.core.rules.moment import read_moment
from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Name, Not, Operand, Or, Rule, Value
from dangol.core.rules.vocabulary import Vocabulary
from dangol.core.tables import Kind

MAX_DAYS = 36_500

_ALIKE = {
    "text": "text category",
    "flag": "flag",
    "time": "moment day",
    "money": "money",
    "days": "days",
    "share": "share probability",
    "number": "integer count number",
}
_MEASURES = {kind: measure for measure, kinds in _ALIKE.items() for kind in kinds.split()}
_UNORDERED = frozenset({"text", "flag"})
_EXPECTED = {
    "text": "compare it with text in quotes",
    "flag": "write its name alone, or compare it with True or False",
    "time": 'compare it with a day such as "2026-11-21"',
}


def check(rule: Rule, vocabulary: Vocabulary) -> None:
    """Refuse a rule that cannot mean what it says.

    Raises:
        ConfigError: with every problem: unknown names, comparisons of different things, unknown choices, bad days.
    """
    everyone = rule == Value(value=True)
    problems = [] if everyone else list(dict.fromkeys(_problems(rule, vocabulary)))
    if problems:
        raise ConfigError(f"the rule {str(rule)[:80]!r} cannot be used", where="rule", problems=problems)


def _problems(rule: Rule, vocabulary: Vocabulary) -> Iterator[str]:
    match rule:
        case And(rules) | Or(rules):
            for part in rules:
                yield from _problems(part, vocabulary)
        case Not(part):
            yield from _problems(part, vocabulary)
        case Missing(column):
            yield from _in_operand(column, vocabulary)
        case Comparison() | In():
            yield from _in_comparison(rule, vocabulary)
        case Name() | Call() | Value():
            yield from _in_operand(rule, vocabulary) or _in_condition(rule, vocabulary)


def _in_condition(operand: Operand, vocabulary: Vocabulary) -> list[str]:
    """What stands alone must be true or false."""
    kind = vocabulary.kind(operand)
    if kind is None:
        return [f"{operand} is no condition; compare a column with it"]
    return [] if kind == "flag" else [f"{operand} is a {kind}, not a condition; compare it, as in {operand} >= 1"]


def _in_operand(operand: Operand, vocabulary: Vocabulary) -> list[str]:
    match operand:
        case Name(name) if name not in vocabulary.columns:
            return [f"unknown column {name!r}; {suggest(name, vocabulary.columns)}"]
        case Call(name) if name not in vocabulary.behaviours:
            return [f"unknown behaviour {name!r}; {suggest(name, vocabulary.behaviours)}"]
        case Call():
            return _in_call(operand, vocabulary)
    return []


def _in_call(call: Call, vocabulary: Vocabulary) -> list[str]:
    behaviour = vocabulary.behaviours[call.name]
    given = dict(call.arguments)
    unknown = [name for name in given if name not in behaviour.keywords]
    absent = [name for name in behaviour.required if name not in given]
    return [
        *(f"{call.name}() knows no {name!r}; {suggest(name, behaviour.keywords)}" for name in unknown),
        *(f"{call.name}() needs {name}=" for name in absent),
        *(
            problem
            for name, value in given.items()
            if name not in unknown
            for problem in _in_argument(call.name, name, value, vocabulary)
        ),
    ]


def _in_argument(call: str, name: str, given: Value, vocabulary: Vocabulary) -> list[str]:
    value, known = given.value, vocabulary.choices.get(name, ())
    if name == "days":
        whole = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_DAYS
        return [] if whole else [f"{call}(days={given}): days is a whole number from 1 to {MAX_DAYS:,}"]
    if not isinstance(value, str) or not value:
        return [f"{call}({name}={given}): {name} is a text in quotes"]
    return [f"unknown {name} {value!r}; {suggest(value, known)}"] if known and value not in known else []


def _in_comparison(rule: Comparison | In, vocabulary: Vocabulary) -> list[str]:
    sides = [rule.left, rule.right] if isinstance(rule, Comparison) else [rule.left]
    problems = [problem for side in sides for problem in _in_operand(side, vocabulary)]
    kind = vocabulary.kind(rule.left)
    if problems:
        return problems
    if kind is None:
        return [f"{rule} compares two fixed values; name a column"]
    if isinstance(rule, In):
        return _in_choices(rule, kind, vocabulary)
    return _in_sign(rule, kind) or _in_right(rule, kind, vocabulary)


def _in_choices(rule: In, kind: Kind, vocabulary: Vocabulary) -> list[str]:
    if kind in {"moment", "flag"}:
        return [f"{rule.left} is a {kind}, which no list can hold; compare it"]
    return [problem for value in rule.values for problem in _in_value(rule.left, kind, value, vocabulary)]


def _in_sign(rule: Comparison, kind: Kind) -> list[str]:
    if kind == "flag" and isinstance(rule.left, Call):
        return [f"{rule.left} is true or false; write it alone or after not"]
    ordered = rule.sign not in {"==", "!="}
    if ordered and _MEASURES[kind] in _UNORDERED:
        return [f"{rule.left} is a {kind}: {rule.sign} has no meaning; use == or !="]
    return []


def _in_right(rule: Comparison, kind: Kind, vocabulary: Vocabulary) -> list[str]:
    if isinstance(rule.right, Value):
        return _in_value(rule.left, kind, rule.right, vocabulary)
    other = vocabulary.kind(rule.right)
    if other is None or _MEASURES[kind] == _MEASURES[other]:
        return []
    return [f"{rule} compares {kind} with {other}"]


def _in_value(left: Operand, kind: Kind, given: Value, vocabulary: Vocabulary) -> list[str]:
    measure, value = _MEASURES[kind], given.value
    if not _fits(measure, value):
        return [f"{left} is a {kind}, not {given}; {_EXPECTED.get(measure, 'compare it with a number')}"]
    if measure == "share" and isinstance(value, (int, float)) and not 0 <= value <= 1:
        return [f"{left} lies between 0 and 1, not at {given}; write 0.6 for 60 %"]
    choices = vocabulary.columns[left.name].choices if isinstance(left, Name) else ()
    if choices and isinstance(value, str) and value not in choices:
        return [f"{left} is never {value!r}; {suggest(value, choices)}"]
    return []


def _fits(measure: str, value: str | float | bool) -> bool:
    if measure == "flag":
        return isinstance(value, bool)
    if measure == "text":
        return isinstance(value, str)
    if measure == "time":
        return isinstance(value, str) and read_moment(value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)
