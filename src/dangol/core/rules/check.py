"""Does a rule make sense for this company? All problems at once, each with what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dangol.core.errors import ConfigError, Told, suggest, told
from dangol.core.rules.moment import read_moment
from dangol.core.rules.segment import MOST_SEGMENTS, unfold
from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Name, Not, Operand, Or, Rule, Value
from dangol.core.rules.vocabulary import IN_SEGMENT, Vocabulary
from dangol.core.tables import KIND_WORDS, Kind

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
    "text": told("compare it with text in quotes"),
    "flag": told("write its name alone, or compare it with True or False"),
    "time": told('compare it with a day such as "2026-11-21"'),
}


def check(rule: Rule, vocabulary: Vocabulary) -> None:
    """Refuse a rule that cannot mean what it says.

    Raises:
        ConfigError: with every problem: unknown names, comparisons of different things, unknown choices, bad days.
    """
    everyone = rule == Value(value=True)
    problems = [] if everyone else list(dict.fromkeys([*_problems(rule, vocabulary), *_in_segments(rule, vocabulary)]))
    if problems:
        raise ConfigError(
            told("the rule {rule:quoted} cannot be used", rule=str(rule)[:80]), where=told("rule"), problems=problems
        )


def _in_segments(rule: Rule, vocabulary: Vocabulary) -> Iterator[str]:
    """What is wrong with the segments that a rule names, straight or by way of others."""
    named = unfold(rule, vocabulary)
    for name in named.reached:
        for problem in _problems(vocabulary.segments[name].rule, vocabulary):
            yield told("segment {name:quoted}: {problem}", name=name, problem=problem)
    if named.circular:
        yield told("segment {name:quoted} would hold itself", name=named.circular)
    elif named.count > MOST_SEGMENTS:
        yield told("the rule stands for {n:count} segments; at most {most:count}", n=named.count, most=MOST_SEGMENTS)


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
        return [told("{operand} is no condition; compare a column with it", operand=str(operand))]
    if kind == "flag":
        return []
    return [
        told(
            "{operand} is a {kind}, not a condition; compare it, as in {operand} >= 1",
            operand=str(operand),
            kind=KIND_WORDS[kind],
        )
    ]


def _in_operand(operand: Operand, vocabulary: Vocabulary) -> list[str]:
    match operand:
        case Name(name) if name in vocabulary.withheld:
            key = "identity.inferred_in_rules"
            return [
                told("{column:quoted} was inferred and decides about nobody; {key} with a reason allows it", column=name, key=key)
            ]
        case Name(name) if name not in vocabulary.columns:
            return [_unknown(told("column"), name, vocabulary.columns)]
        case Call(name) if name not in vocabulary.behaviours:
            return [_unknown(told("behaviour"), name, vocabulary.behaviours)]
        case Call():
            return _in_call(operand, vocabulary)
    return []


def _in_call(call: Call, vocabulary: Vocabulary) -> list[str]:
    behaviour = vocabulary.behaviours[call.name]
    given = dict(call.arguments)
    problems: list[str] = [
        told("{call}() needs {name}=", call=call.name, name=name) for name in behaviour.required if name not in given
    ]
    for name, value in given.items():
        if name in behaviour.keywords:
            problems += _in_argument(call.name, name, value, vocabulary)
        else:
            hint = suggest(name, behaviour.keywords)
            problems.append(told("{call}() knows no {name:quoted}; {hint}", call=call.name, name=name, hint=hint))
    return problems


def _in_argument(call: str, name: str, given: Value, vocabulary: Vocabulary) -> list[str]:
    value, known = given.value, vocabulary.choices.get(name, ())
    if name == "days":
        return _in_days(call, given)
    if not isinstance(value, str) or not value:
        return [told("{call}({name}={given}): {name} is a text in quotes", call=call, name=name, given=str(given))]
    if call == IN_SEGMENT and value not in vocabulary.segments:
        return [_unknown(told("segment"), value, vocabulary.segments)]
    return [_unknown(name, value, known)] if known and value not in known else []


def _in_days(call: str, given: Value) -> list[str]:
    value = given.value
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_DAYS:
        return []
    return [told("{call}(days={given}): days is a whole number from 1 to {most}", call=call, given=str(given), most=MAX_DAYS)]


def _unknown(kind: str, name: str, known: Iterable[str]) -> Told:
    return told("unknown {kind} {name:quoted}; {hint}", kind=kind, name=name, hint=suggest(name, known))


def _in_comparison(rule: Comparison | In, vocabulary: Vocabulary) -> list[str]:
    sides = [rule.left, rule.right] if isinstance(rule, Comparison) else [rule.left]
    problems = [problem for side in sides for problem in _in_operand(side, vocabulary)]
    kind = vocabulary.kind(rule.left)
    if problems:
        return problems
    if kind is None:
        return [told("{rule} compares two fixed values; name a column", rule=str(rule))]
    if isinstance(rule, In):
        return _in_choices(rule, kind, vocabulary)
    return _in_sign(rule, kind) or _in_right(rule, kind, vocabulary)


def _in_choices(rule: In, kind: Kind, vocabulary: Vocabulary) -> list[str]:
    if kind in {"moment", "flag"}:
        return [told("{left} is a {kind}, which no list can hold; compare it", left=str(rule.left), kind=KIND_WORDS[kind])]
    return [problem for value in rule.values for problem in _in_value(rule.left, kind, value, vocabulary)]


def _in_sign(rule: Comparison, kind: Kind) -> list[str]:
    if kind == "flag" and isinstance(rule.left, Call):
        return [told("{left} is true or false; write it alone or after not", left=str(rule.left))]
    ordered = rule.sign not in {"==", "!="}
    if ordered and _MEASURES[kind] in _UNORDERED:
        return [
            told(
                "{left} is a {kind}: {sign} has no meaning; use == or !=",
                left=str(rule.left),
                kind=KIND_WORDS[kind],
                sign=rule.sign,
            )
        ]
    return []


def _in_right(rule: Comparison, kind: Kind, vocabulary: Vocabulary) -> list[str]:
    if isinstance(rule.right, Value):
        return _in_value(rule.left, kind, rule.right, vocabulary)
    other = vocabulary.kind(rule.right)
    if other is None or _MEASURES[kind] == _MEASURES[other]:
        return []
    return [told("{rule} compares {kind} with {other}", rule=str(rule), kind=KIND_WORDS[kind], other=KIND_WORDS[other])]


def _in_value(left: Operand, kind: Kind, given: Value, vocabulary: Vocabulary) -> list[str]:
    measure, value = _MEASURES[kind], given.value
    if not _fits(measure, value):
        hint = _EXPECTED.get(measure, told("compare it with a number"))
        return [
            told("{left} is a {kind}, not {given}; {hint}", left=str(left), kind=KIND_WORDS[kind], given=str(given), hint=hint)
        ]
    if measure == "share" and isinstance(value, (int, float)) and not 0 <= value <= 1:
        return [told("{left} lies between 0 and 1, not at {given}; write 0.6 for 60 %", left=str(left), given=str(given))]
    choices = vocabulary.columns[left.name].choices if isinstance(left, Name) else ()
    if choices and isinstance(value, str) and value not in choices:
        return [told("{left} is never {value:quoted}; {hint}", left=str(left), value=value, hint=suggest(value, choices))]
    return []


def _fits(measure: str, value: str | float | bool) -> bool:
    if isinstance(value, bool):
        return measure == "flag"
    if isinstance(value, str):
        return measure == "text" or (measure == "time" and read_moment(value) is not None)
    return measure not in _EXPECTED
