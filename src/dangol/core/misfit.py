"""What does not fit a declared setting or request, in our words instead of the checking library's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from dangol.core.errors import ConfigError, Told, told
from dangol.core.text import to_translate as words

Model = TypeVar("Model", bound=BaseModel)
WHOLE, NUMBER, SECTION = (
    words("must be a whole number"),
    words("must be a number"),
    words("must be a section with keys of its own"),
)
TRUTH, LIST, MOMENT = words("must be true or false"), words("must be a list"), words("must be a date such as 2026-11-21")
CHOICE = words("must be one of {expected}")

NAME = words("must begin with a small letter and have small letters, digits and _ only")

PATTERNS = {
    "^[A-Z]{3}$": words("must be three capital letters such as KRW"),
    r"^\d+(\.\d+)?(MB|GB)$": words("must be a size such as 3GB"),
    "^[a-z][a-z0-9_]{0,40}$": NAME,
    "^[a-z][a-z0-9_]*$": NAME,
    "^[a-z가-힣][a-z0-9가-힣_]{0,40}$": words("must begin with a small or Korean letter; then such letters, digits and _ only"),
}

# the library's names of what can go wrong, as far as settings and requests can meet them
WORDINGS = {
    "missing": words("missing"),
    "extra_forbidden": words("unknown key"),
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "decimal_type": NUMBER,
    "decimal_parsing": NUMBER,
    "bool_type": TRUTH,
    "bool_parsing": TRUTH,
    "string_type": words("must be text"),
    "list_type": LIST,
    "tuple_type": LIST,
    "dict_type": SECTION,
    "model_type": SECTION,
    "model_attributes_type": SECTION,
    "date_type": MOMENT,
    "date_parsing": MOMENT,
    "date_from_datetime_parsing": MOMENT,
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
    "literal_error": CHOICE,
    "enum": CHOICE,
    "greater_than": words("must be above {gt}"),
    "greater_than_equal": words("must be at least {ge}"),
    "less_than": words("must be below {lt}"),
    "less_than_equal": words("must be at most {le}"),
    "string_pattern_mismatch": words("must fit the pattern {pattern}"),
    "string_too_short": words("must have at least {min_length|character/characters}"),
    "string_too_long": words("must have at most {max_length|character/characters}"),
    "too_short": words("must have at least {min_length|entry/entries}"),
    "too_long": words("must have at most {max_length|entry/entries}"),
    "json_invalid": words("is not JSON"),
}


def fitted(model: type[Model], values: Mapping[str, Any]) -> Model:
    """What somebody typed as a declared thing.

    Raises:
        ConfigError: it does not fit; one line for every key that does not.
    """
    try:
        return model.model_validate(values)
    except ValidationError as wrong:
        problems = [
            told("{key}: {problem}", key=".".join(map(str, error["loc"])), problem=misfit(error))
            if error["loc"]
            else misfit(error)
            for error in wrong.errors(include_url=False)
        ]
        raise ConfigError(told("this cannot be kept"), problems=problems) from wrong


def misfit(error: Mapping[str, Any]) -> str:
    """What is wrong with one value.

    Args:
        error: one entry of pydantic's or FastAPI's list of errors: `type`, `msg` and, depending on the type, `ctx`.
    """
    context = {name: whole(value) for name, value in (error.get("ctx") or {}).items()}
    ours = getattr(context.get("error"), "args", ())  # what a check of our own raised
    if ours and isinstance(ours[0], Told):
        return ours[0]
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace(" or ", ", ")
    wording = PATTERNS.get(str(context.get("pattern"))) or WORDINGS.get(error["type"])
    if wording is None:
        message = str(error["msg"]).removeprefix("Value error, ")
        return message[:1].lower() + message[1:]
    return Told(wording, context)


def whole(value: object) -> object:
    """A limit as people write it: 0 instead of 0.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
