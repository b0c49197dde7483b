"""From a rule's text to its tree.

Python's own parser cuts the text into pieces; only the few node types of the rule language are let through, nothing is
ever evaluated. Length and depth are limited, so that no text can exhaust the machine.
"""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable, Iterable
from typing import NoReturn, get_args

from dangol.core.errors import ConfigError, told
from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Name, Not, Operand, Or, Rule, Sign, Value

MAX_LENGTH = 4_000  # characters
MAX_DEPTH = 40
MAX_NUMBER = 10**18

_EXAMPLE = told('for example: order_count >= 2 and region in ("서울", "부산") and not missing(birth_year)')
_SYNTAX = {
    "never closed": told("a bracket that is never closed"),
    "unmatched": told("brackets that do not match"),
    "does not match": told("brackets that do not match"),
    "unterminated": told("a quote that is never closed"),
    "==": told("equality is written =="),
}
_SIGNS: dict[type[ast.cmpop], Sign] = dict(
    zip((ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE), get_args(Sign), strict=True)
)
_MIRRORED: dict[Sign, Sign] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_JOINTS: dict[type[ast.boolop], type[And | Or]] = {ast.And: And, ast.Or: Or}
_TRUTHS = {"true": True, "false": False}
_HINTS: dict[type[ast.AST], str] = {
    ast.BinOp: told("no arithmetic: compare a column with a fixed value or with another column"),
    ast.Attribute: told("write the column's name alone"),
    ast.Subscript: told("write the column's name alone"),
    ast.Compare: told("comparisons are joined with and, or, not"),
    ast.BoolOp: told("comparisons are joined with and, or, not"),
    ast.Is: told("write missing(column) or not missing(column)"),
    ast.IsNot: told("write missing(column) or not missing(column)"),
    ast.JoinedStr: told("write the text itself in quotes"),
    ast.Constant: told("an empty value is tested with missing(column)"),
}


def parse(text: str) -> Rule:
    """An audience rule as a tree.

    Raises:
        ConfigError: the text is no rule; says where, what was found there, and what to write instead.
    """
    if len(text) > MAX_LENGTH:
        what = told("a rule of {n:count|character/characters}", n=len(text))
        raise ConfigError(what, where=told("rule"), hint=told("at most {n:count}", n=MAX_LENGTH))
    if not text.strip():
        raise ConfigError(told("the rule {rule:quoted} is empty", rule=text), where=told("rule"), hint=_EXAMPLE)
    # brackets let a rule run over several lines; they count as one column in positions
    source = f"({text}\n)"
    return _Reader(source).condition(_tree(source), 0)


def _tree(source: str) -> ast.expr:
    try:
        root = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        where = _place(error.lineno or 1, error.offset or 1)
        reason = next((words for sign, words in _SYNTAX.items() if sign in error.msg), told("invalid syntax"))
        what = told("not a rule: {reason}: {found}", reason=reason, found=_excerpt(source[1:-1]))
        raise ConfigError(what, where=where, hint=_EXAMPLE) from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        what = told("a rule that cannot be read: {found}", found=_excerpt(source[1:-1]))
        raise ConfigError(what, where=told("rule"), hint=_EXAMPLE) from error
    if root.col_offset == 0 and not isinstance(root, (ast.Tuple, ast.GeneratorExp)):
        what = told("brackets that do not match: {found}", found=_excerpt(source[1:-1]))
        raise ConfigError(what, where=told("rule"), hint=_EXAMPLE)
    return root


def _place(line: int, column: int) -> str:
    return told("rule, line {line}, column {column}", line=line, column=max(1, column - (line == 1)))


def _excerpt(text: str | None) -> str:
    return repr((text or "").strip()[:60].encode("utf-8", "replace").decode())


class _Reader:
    """Lets pieces of the rule language through and refuses everything else by its place."""

    def __init__(self, source: str) -> None:
        self.source = source

    def refuse(self, node: ast.expr, what: str, hint: str = "") -> NoReturn:
        line = self.source.split("\n")[node.lineno - 1]
        column = len(line.encode()[: node.col_offset].decode(errors="ignore")) + 1
        found = _excerpt(ast.get_source_segment(self.source, node))
        problem = told("{what}: {found}", what=what, found=found)
        raise ConfigError(problem, where=_place(node.lineno, column), hint=hint or _EXAMPLE)

    def condition(self, node: ast.expr, depth: int) -> Rule:
        if depth > MAX_DEPTH:
            what = told("more than {n} levels of brackets or not", n=MAX_DEPTH)
            self.refuse(node, what, told("split the rule into segments"))
        match node:
            case ast.BoolOp(op=op, values=parts):
                return _joined(_JOINTS[type(op)], [self.condition(part, depth + 1) for part in parts])
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return Not(self.condition(part, depth + 1))
            case ast.Compare():
                return self.comparisons(node)
            case ast.Call(func=ast.Name(id="missing")):
                return self.missing(node)
        return self.operand(node)

    def comparisons(self, node: ast.Compare) -> Rule:
        """One comparison, or a chain such as `1 <= order_count < 5` as all its links."""
        sides = [node.left, *node.comparators]
        links = [self.comparison(*link, node) for link in zip(sides, node.ops, sides[1:], strict=False)]
        return links[0] if len(links) == 1 else And(tuple(links))

    def comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, node: ast.expr) -> Rule:
        if isinstance(op, (ast.In, ast.NotIn)):
            chosen = In(self.operand(left), self.choices(right))
            return chosen if isinstance(op, ast.In) else Not(chosen)
        if type(op) not in _SIGNS:
            self.refuse(node, told("not allowed in a rule"), _HINTS[type(op)])
        one, sign, other = self.operand(left), _SIGNS[type(op)], self.operand(right)
        mirrored = isinstance(one, Value) and not isinstance(other, Value)
        return Comparison(other, _MIRRORED[sign], one) if mirrored else Comparison(one, sign, other)

    def choices(self, node: ast.expr) -> tuple[Value, ...]:
        several = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
        if not several:
            self.refuse(node, told("an empty list"), told("name at least one value"))
        return tuple(self.value(one) for one in several)

    def operand(self, node: ast.expr) -> Operand:
        if isinstance(node, ast.Name):
            return Value(_TRUTHS[node.id]) if node.id in _TRUTHS else self.name(node)
        return self.call(node) if isinstance(node, ast.Call) else self.value(node)

    def name(self, node: ast.expr) -> Name:
        if not isinstance(node, ast.Name) or "__" in node.id:
            self.refuse(node, told("not a column's name"))
        return Name(node.id)

    def call(self, node: ast.Call) -> Call:
        keywords = [keyword.arg or "**" for keyword in node.keywords]
        if node.args or "**" in keywords:
            self.refuse(node, told("arguments need their names"), told('for example bought(category="camping", days=180)'))
        if len(set(keywords)) < len(keywords):
            self.refuse(node, told("an argument given twice"))
        given = zip(keywords, (self.value(keyword.value) for keyword in node.keywords), strict=True)
        return Call(self.name(node.func).name, tuple(sorted(given, key=lambda pair: pair[0])))

    def missing(self, node: ast.Call) -> Missing:
        if len(node.args) != 1 or node.keywords:
            self.refuse(node, told("missing() takes one column"), told("for example missing(birth_year)"))
        return Missing(self.name(node.args[0]))

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Name(id="true" | "false" as word):
                return Value(_TRUTHS[word])
            case ast.Constant(value=bool() as truth):
                return Value(truth)
            case ast.Constant(value=str() as text):
                return Value(self.writable(node, text))
            case ast.Constant(value=int() | float() as number):
                return Value(self.bounded(node, number))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if (
                number is not True and number is not False
            ):
                return Value(-self.bounded(node, number))
        return self.refuse(node, told("not allowed in a rule"), _HINTS.get(type(node), ""))

    def bounded(self, node: ast.expr, number: float) -> int | float:
        """A number that every engine can store."""
        if not abs(number) <= MAX_NUMBER:  # so written, it refuses NaN too
            hint = told("between {low} and {high}", low=f"-{MAX_NUMBER:.0e}", high=f"{MAX_NUMBER:.0e}")
            self.refuse(node, told("a number out of bounds"), hint)
        return number

    def writable(self, node: ast.expr, text: str) -> str:
        """Text that every engine can store."""
        if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text):
            self.refuse(node, told("a text with control characters"))
        return text


def _joined(kind: Callable[[tuple[Rule, ...]], And | Or], rules: Iterable[Rule]) -> And | Or:
    """Rules joined without needless brackets: (a and b) and c is a and b and c."""
    flat: list[Rule] = []
    for rule in rules:
        same = isinstance(rule, (And, Or)) and kind is type(rule)
        flat.extend(rule.rules if same and isinstance(rule, (And, Or)) else [rule])
    return kind(tuple(flat))
