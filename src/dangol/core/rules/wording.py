"""What Korean and English sentences about rules share: thresholds, quotes and deeds."""

from __future__ import annotations

from dataclasses import dataclass

from dangol.core.rules.moment import is_day
from dangol.core.rules.tree import Call, Comparison, In, Name, Value
from dangol.core.rules.vocabulary import Vocabulary
from dangol.core.tables import Kind
from dangol.core.text import Language, format_value

_FORMATS: dict[Kind, str] = {
    "integer": "number_exact",
    "count": "number_exact",
    "number": "number_exact",
    "days": "number_exact",
    "money": "money_exact",
    "share": "percent_exact",
    "probability": "percent_exact",
}


def threshold(given: Value, kind: Kind | None, vocabulary: Vocabulary, language: Language) -> str:
    """A fixed value of a rule, with all its digits."""
    value = given.value
    if kind in {"moment", "day"}:
        # already on the company's clock
        return format_value("date" if is_day(str(value)) else "moment", value, language, zone="UTC")
    if kind in _FORMATS:
        return format_value(_FORMATS[kind], value, language, currency=vocabulary.currency)
    return quoted(format_value("flag" if isinstance(value, bool) else "text", value, language))


def quoted(text: str) -> str:
    """Text as it stands in the rule."""
    return f"'{text}'"


@dataclass(frozen=True)
class Deed:
    """Something customers did at least so many times; zero times means never."""

    call: Call
    times: int


def read_deed(rule: Comparison) -> Deed | None:
    """The deed a comparison asks for; None when it asks anything but "at least" or "never"."""
    match rule:
        case Comparison(Call("bought" | "did" | "contacted") as call, sign, Value(int() as number)):
            never = (sign, number) in {("==", 0), ("<", 1), ("<=", 0)}
            least = {">=": number, ">": number + 1}.get(sign, 0)
            return Deed(call, max(least, 0)) if never or least > 0 else None
    return None


def may_be_missing(rule: Comparison | In) -> bool:
    """Whether a column is compared: denied, such a rule selects customers without a value too, and must say so."""
    operands = [rule.left, rule.right] if isinstance(rule, Comparison) else [rule.left]
    return any(isinstance(operand, Name) for operand in operands)
