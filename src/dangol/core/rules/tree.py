"""What an audience rule is made of; `str()` of any part is its canonical text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

Sign = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Name:
    """A column of the profile."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Value:
    """A fixed text, number or truth."""

    value: str | int | float | bool

    def __str__(self) -> str:
        return json.dumps(self.value, ensure_ascii=False) if isinstance(self.value, str) else repr(self.value)


@dataclass(frozen=True)
class Call:
    """Something a customer did, counted or summed over a time; arguments in the order of their names."""

    name: str
    arguments: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{keyword}={value}' for keyword, value in self.arguments)})"


Operand: TypeAlias = Name | Value | Call


@dataclass(frozen=True)
class Missing:
    """True for customers whose column is empty."""

    column: Name

    def __str__(self) -> str:
        return f"missing({self.column})"


@dataclass(frozen=True)
class Comparison:
    """Two operands compared; never true of a missing value."""

    left: Operand
    sign: Sign
    right: Operand

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"


@dataclass(frozen=True)
class In:
    """One of several fixed values; never true of a missing value."""

    left: Operand
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.left} in ({', '.join(map(str, self.values))})"


@dataclass(frozen=True)
class Not:
    """The customers that a rule does not select, those with missing values among them."""

    rule: Rule

    def __str__(self) -> str:
        compound = isinstance(self.rule, (And, Or, Comparison, In))
        return f"not ({self.rule})" if compound else f"not {self.rule}"


@dataclass(frozen=True)
class And:
    """All of several rules."""

    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return " and ".join(f"({rule})" if isinstance(rule, (And, Or)) else str(rule) for rule in self.rules)


@dataclass(frozen=True)
class Or:
    """At least one of several rules."""

    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return " or ".join(f"({rule})" if isinstance(rule, (And, Or)) else str(rule) for rule in self.rules)


Rule: TypeAlias = And | Or | Not | Comparison | In | Missing | Name | Call | Value
