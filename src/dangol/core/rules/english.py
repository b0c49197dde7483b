"""Rules in English: Customers whose … and who …"""

from __future__ import annotations

from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Name, Not, Or, Rule, Value
from dangol.core.rules.vocabulary import Vocabulary
from dangol.core.rules.wording import Deed, may_be_missing, quoted, read_deed, threshold

_SIGNS = {">=": "at least", "<=": "at most", ">": "above", "<": "below", "==": "", "!=": ""}
_TIME_SIGNS = {">=": "on or after", "<=": "on or before", ">": "after", "<": "before", "==": "", "!=": ""}
_UNKNOWN = " (or is missing)"
# done, not done, what is counted or summed, and how it is joined to the things
_DEEDS = {
    "bought": ("bought", "did not buy", "number of orders", " of"),
    "spent": ("spent", "did not spend", "spending", " on"),
    "did": ("did", "did not do", "number of events", " of"),
    "contacted": ("were contacted", "were not contacted", "number of contacts", ""),
}
_THINGS = {
    "category": " category {}",
    "brand": " brand {}",
    "product": " product {}",
    "event": " {}",
    "programme": " by programme {}",
}


def english(rule: Rule, vocabulary: Vocabulary) -> str:
    """The rule as an English noun phrase: Customers who …"""
    if isinstance(rule, Value):
        return "All customers"
    return f"Customers {_say(rule, vocabulary, nested=False)}"


def _say(rule: Rule, vocabulary: Vocabulary, *, nested: bool = True) -> str:
    match rule:
        case And(rules) | Or(rules):
            joint = " and " if isinstance(rule, And) else " or "
            joined = joint.join(_say(part, vocabulary) for part in rules)
            return f"({joined})" if nested else joined
        case Not(And() | Or() as part):
            return f"who are not among those {_say(part, vocabulary)}"
        case Not(Not(part)):
            return _say(part, vocabulary, nested=nested)
        case Not(part):
            return _clause(part, vocabulary, denied=True)
    return _clause(rule, vocabulary, denied=False)


def _clause(rule: Rule, vocabulary: Vocabulary, *, denied: bool) -> str:
    match rule:
        case Comparison():
            return _comparison(rule, vocabulary, denied=denied)
        case In(left, values):
            written = [threshold(value, vocabulary.kind(left), vocabulary, "en") for value in values]
            chosen = written[0] if len(written) == 1 else f"one of {', '.join(written)}"
            return f"whose {_label(left, vocabulary)} is {'not ' * denied}{chosen}{_UNKNOWN * denied}"
        case Missing(column):
            return f"whose {vocabulary.columns[column.name].en} is {'known' if denied else 'missing'}"
        case Call("in_segment", arguments):
            title = vocabulary.segments[str(dict(arguments)["name"].value)].en
            return f"who are {'not ' * denied}in segment {quoted(title)}"
        case Call(_, arguments):
            agreed = "did not agree" if denied else "agreed"
            return f"who {agreed} to receive {quoted(str(dict(arguments)['channel'].value))}"
    return f"for whom “{_label(rule, vocabulary)}” is {'not ' * denied}true"


def _deed(deed: Deed) -> str:
    did, did_not, _, _ = _DEEDS[deed.call.name]
    things, period = _things(deed.call) or " anything" * (deed.call.name == "bought"), _period(deed.call)
    if not deed.times:
        return f"who {did_not}{things}{period}"
    return f"who {did}{things} at least {deed.times:,} time{'s' * (deed.times > 1)}{period}"


def _comparison(rule: Comparison, vocabulary: Vocabulary, *, denied: bool) -> str:
    deed = read_deed(rule)
    if deed and not denied:
        return _deed(deed)
    if deed and deed.times <= 1:
        return _deed(Deed(deed.call, 1 - deed.times))
    return _measured(rule, vocabulary, denied=denied)


def _measured(rule: Comparison, vocabulary: Vocabulary, *, denied: bool) -> str:
    kind = vocabulary.kind(rule.left)
    signs = _TIME_SIGNS if kind in {"moment", "day"} else _SIGNS
    amount = _label(rule.right, vocabulary)
    if isinstance(rule.right, Value):
        amount = threshold(rule.right, kind, vocabulary, "en") + (" days" if kind == "days" else "")
    negative = "not" if denied != (rule.sign == "!=") else ""
    words = ["whose", _label(rule.left, vocabulary), "is", negative, signs[rule.sign], amount]
    return " ".join(filter(None, words)) + _UNKNOWN * (denied and may_be_missing(rule))


def _label(operand: Rule, vocabulary: Vocabulary) -> str:
    match operand:
        case Call(name):
            noun, joint = _DEEDS[name][2:]
            return f"{noun}{joint * bool(_things(operand))}{_things(operand)}{_period(operand)}"
        case Name(name):
            return vocabulary.columns[name].en
    return str(operand)


def _period(call: Call) -> str:
    days = dict(call.arguments).get("days")
    return f" in the last {days.value:,} day{'s' * (days.value != 1)}" if days else ""


def _things(call: Call) -> str:
    given = {name: quoted(str(value.value)) for name, value in call.arguments}
    return "".join(word.format(given[name]) for name, word in _THINGS.items() if name in given)
