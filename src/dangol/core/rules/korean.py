"""Rules in Korean: conditions that connect (…고, …거나) and end before the noun (…인 고객)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Not, Operand, Or, Rule, Value
from dangol.core.rules.vocabulary import Vocabulary
from dangol.core.rules.wording import Deed, may_be_missing, quoted, read_deed, threshold
from dangol.core.tables import Kind
from dangol.core.text import particle

# endings before "and", before "or" and before the noun
_Endings: TypeAlias = tuple[str, str, str]
_AND, _OR, _NOUN = 0, 1, 2

_IS: _Endings = ("이며", "이거나", "인")
_IS_NOT: _Endings = (" 아니며", " 아니거나", " 아닌")
_HAS: _Endings = ("있고", "있거나", "있는")
_HAS_NOT: _Endings = ("없고", "없거나", "없는")
_FITS: _Endings = ("해당하고", "해당하거나", "해당하는")
_FITS_NOT: _Endings = ("해당하지 않고", "해당하지 않거나", "해당하지 않는")
_MORE_LESS: dict[Kind, dict[str, str]] = {
    "share": {">": "높", "<": "낮"},
    "probability": {">": "높", "<": "낮"},
    "number": {">": "높", "<": "낮"},
    "moment": {">": "늦", "<": "이르"},
    "day": {">": "늦", "<": "이르"},
}
_SIGNS = {">=": " 이상", "<=": " 이하", ">": " 초과", "<": " 미만", "==": "", "!=": ""}
_TIME_SIGNS = {">=": " 이후", "<=": " 이전", "==": "", "!=": ""}
_PAST: dict[str, tuple[str, _Endings, _Endings]] = {
    "bought": (
        "상품을",
        ("구매했고", "구매했거나", "구매한"),
        ("구매하지 않았고", "구매하지 않았거나", "구매하지 않은"),
    ),
    "did": ("행동을", ("했고", "했거나", "한"), ("하지 않았고", "하지 않았거나", "하지 않은")),
    "contacted": ("연락을", ("받았고", "받았거나", "받은"), ("받지 않았고", "받지 않았거나", "받지 않은")),
}
_NOUNS = {"bought": "상품 구매 횟수", "spent": "상품 구매 금액", "did": "행동 횟수", "contacted": "연락 횟수"}
_CONSENT: _Endings = ("동의했고", "동의했거나", "동의한")
_NO_CONSENT: _Endings = ("동의하지 않았고", "동의하지 않았거나", "동의하지 않은")
_BELONGS: _Endings = ("속하고", "속하거나", "속하는")
_BELONGS_NOT: _Endings = ("속하지 않고", "속하지 않거나", "속하지 않는")
_THINGS = {
    "category": "카테고리 {} ",
    "brand": "브랜드 {} ",
    "product": "{} ",
    "event": "{} ",
    "programme": "프로그램 {}의 ",
}


@dataclass(frozen=True)
class _Clause:
    """A condition and its opposite, each in three endings."""

    holds: _Endings
    fails: _Endings

    @property
    def reversed(self) -> _Clause:
        """The opposite condition."""
        return _Clause(self.fails, self.holds)


def korean(rule: Rule, vocabulary: Vocabulary) -> str:
    """The rule as a Korean noun phrase: … 고객."""
    if isinstance(rule, Value):
        return "모든 고객"
    return f"{_say(rule, _NOUN, vocabulary, nested=False)} 고객"


def _say(rule: Rule, ending: int, vocabulary: Vocabulary, *, nested: bool = True) -> str:
    match rule:
        case And(rules) | Or(rules):
            inner, joint = (_AND, ", ") if isinstance(rule, And) else (_OR, " ")
            parts = [_say(part, inner, vocabulary) for part in rules[:-1]] + [_say(rules[-1], ending, vocabulary)]
            return f"({joint.join(parts)})" if nested else joint.join(parts)
        case Not(And() | Or() as part):
            return f"{_say(part, _NOUN, vocabulary)} 경우가{_IS_NOT[ending]}"
        case Not(Not(part)):
            return _say(part, ending, vocabulary, nested=nested)
        case Not(Comparison() | In() as part) if may_be_missing(part):
            return f"{_clause(part, vocabulary).fails[_OR]} 값이 {_HAS_NOT[ending]}"
        case Not(part):
            return _clause(part, vocabulary).fails[ending]
    return _clause(rule, vocabulary).holds[ending]


def _clause(rule: Rule, vocabulary: Vocabulary) -> _Clause:
    match rule:
        case Comparison():
            return _comparison(rule, vocabulary)
        case In(left, values):
            written = [threshold(value, vocabulary.kind(left), vocabulary, "ko") for value in values]
            chosen = written[0] if len(written) == 1 else f"{', '.join(written)} 중 하나"
            return _is(f"{_subject(left, vocabulary)} {chosen}")
        case Missing(column):
            return _ending(f"{vocabulary.columns[column.name].ko} 값이 ", _HAS_NOT, _HAS)
        case Call("in_segment", arguments):
            title = vocabulary.segments[str(dict(arguments)["name"].value)].ko
            return _ending(f"{quoted(title)} 세그먼트에 ", _BELONGS, _BELONGS_NOT)
        case Call(_, arguments):
            return _ending(f"{quoted(str(dict(arguments)['channel'].value))} 수신에 ", _CONSENT, _NO_CONSENT)
    return _ending(f"{_label(rule, vocabulary)}에 ", _FITS, _FITS_NOT)


def _ending(text: str, holds: _Endings, fails: _Endings) -> _Clause:
    def each(endings: _Endings) -> _Endings:
        return (text + endings[_AND], text + endings[_OR], text + endings[_NOUN])

    return _Clause(each(holds), each(fails))


def _is(text: str) -> _Clause:
    joint = particle(text, "이/가")
    return _ending(text, _IS, (joint + _IS_NOT[_AND], joint + _IS_NOT[_OR], joint + _IS_NOT[_NOUN]))


def _comparison(rule: Comparison, vocabulary: Vocabulary) -> _Clause:
    measured, deed = _measured(rule, vocabulary), read_deed(rule)
    if deed is None:
        return measured
    done = _done(deed)
    if deed.times > 1:
        return _Clause(done.holds, measured.fails)
    return done if deed.times else done.reversed


def _done(deed: Deed) -> _Clause:
    what, holds, fails = _PAST[deed.call.name]
    text = f"{_period(deed.call, '안에 ')}{_things(deed.call)}{what} "
    often = _ending(f"{text}{max(deed.times, 1):,}회 이상 ", holds, fails)
    return _Clause(often.holds, _ending(text, holds, fails).fails)


def _measured(rule: Comparison, vocabulary: Vocabulary) -> _Clause:
    kind = vocabulary.kind(rule.left) or "number"
    subject, amount = _subject(rule.left, vocabulary), _amount(rule, kind, vocabulary)
    stem = _MORE_LESS.get(kind, {}).get(rule.sign)
    if stem:
        before_noun = "이른" if stem == "이르" else f"{stem}은"
        denied = (f"{stem}지 않고", f"{stem}지 않거나", f"{stem}지 않은")
        return _ending(f"{subject} {amount}보다 ", (f"{stem}고", f"{stem}거나", before_noun), denied)
    signs = _TIME_SIGNS if kind in {"moment", "day"} else _SIGNS
    equal = _is(f"{subject} {amount}{signs[rule.sign]}")
    return equal.reversed if rule.sign == "!=" else equal


def _amount(rule: Comparison, kind: Kind, vocabulary: Vocabulary) -> str:
    if not isinstance(rule.right, Value):
        return _label(rule.right, vocabulary)
    written = threshold(rule.right, kind, vocabulary, "ko")
    if kind == "days":
        return f"{written}일"
    return f"{written}회" if kind == "count" and _label(rule.left, vocabulary).endswith("횟수") else written


def _subject(operand: Operand, vocabulary: Vocabulary) -> str:
    label = _label(operand, vocabulary)
    return label + particle(label, "이/가")


def _label(operand: Rule, vocabulary: Vocabulary) -> str:
    if isinstance(operand, Call):
        return f"{_period(operand, '동안 ')}{_things(operand)}{_NOUNS[operand.name]}"
    return vocabulary.columns[str(operand)].ko


def _period(call: Call, within: str) -> str:
    days = dict(call.arguments).get("days")
    return f"최근 {days.value:,}일 {within}" if days else ""


def _things(call: Call) -> str:
    """카테고리 'camping' , 프로그램 'winback'의 …"""
    given = {name: quoted(str(value.value)) for name, value in call.arguments}
    return "".join(word.format(given[name]) for name, word in _THINGS.items() if name in given)
