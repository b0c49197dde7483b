"""From a rule to one boolean expression over the table `profile`, in DuckDB's words.

**Missing values.** A comparison with a missing value is false, and so is a missing flag; `not` turns that to true.
So `not (x > 3)` selects the customers without x too, `x <= 3` does not. No part of an expression is ever NULL.

**Time.** Behaviours look at [as_of - days, as_of). A day compared with a moment is the whole day on the company's
clock: `registered_at <= "2026-11-21"` includes that day's evening.

**Values** are typed literals made by sqlglot's builders; no text of a rule is ever pasted into SQL.

Tables read by behaviours: `orders(customer_id, order_id, ordered_at, status)`, `order_lines(order_id, product_id,
net_amount)`, `products(product_id, product_name, category, brand)`, `events(customer_id, event_name, occurred_at)`,
`decisions(customer_id, programme, decided_at, action)`, `consents_now(customer_id, channel, allowed)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

from sqlglot import exp

from dangol.core.rules.check import check
from dangol.core.rules.moment import day_bounds, is_day, to_utc
from dangol.core.rules.tree import And, Call, Comparison, In, Missing, Name, Not, Operand, Or, Rule, Sign, Value
from dangol.core.rules.vocabulary import Vocabulary

_Arguments = Mapping[str, str | int | float | bool]

_COMPARE: dict[Sign, type[exp.Binary]] = dict(
    zip(get_args(Sign), (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), strict=True)
)


@dataclass(frozen=True)
class _Scope:
    vocabulary: Vocabulary
    as_of: datetime


def compile_rule(rule: Rule, vocabulary: Vocabulary, *, as_of: datetime) -> exp.Expr:
    """The condition that selects a rule's customers, to stand in `select … from profile where …`.

    Args:
        rule: as parsed.
        vocabulary: the company's words.
        as_of: nothing at or after this moment counts; UTC when it has no zone.

    Raises:
        ConfigError: the rule does not fit the vocabulary, see `check`.
    """
    check(rule, vocabulary)
    moment = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    return _condition(rule, _Scope(vocabulary, moment))


def _condition(rule: Rule, scope: _Scope) -> exp.Expr:
    match rule:
        case And(rules) | Or(rules):
            kind = exp.And if isinstance(rule, And) else exp.Or
            return _balanced(kind, [_condition(part, scope) for part in rules])
        case Not(part):
            return exp.not_(exp.paren(_condition(part, scope), copy=False), copy=False)
        case Missing(column):
            return exp.Is(this=_column(column.name), expression=exp.null())
        case Value():
            return exp.true()
        case Comparison() | In() | Name() | Call():
            return exp.Coalesce(this=_test(rule, scope), expressions=[exp.false()])


def _test(rule: Comparison | In | Name | Call, scope: _Scope) -> exp.Expr:
    """A condition that is NULL where a value is missing."""
    if isinstance(rule, Comparison):
        return _comparison(rule, scope)
    if isinstance(rule, In):
        listed = [_literal(value, scope.vocabulary.kind(rule.left), scope) for value in rule.values]
        return exp.In(this=_operand(rule.left, scope), expressions=listed)
    return _operand(rule, scope)


def _balanced(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    """Many conditions joined as a shallow tree: engines limit how deep an expression may be."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return exp.paren(kind(this=_balanced(kind, parts[:half]), expression=_balanced(kind, parts[half:])), copy=False)


def _column(name: str, table: str = "profile") -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def _operand(operand: Operand, scope: _Scope, kind: str | None = None) -> exp.Expr:
    match operand:
        case Name(name):
            return _column(name)
        case Call(name, arguments):
            return _BEHAVIOURS[name]({keyword: given.value for keyword, given in arguments}, scope)
        case Value():
            return _literal(operand, kind, scope)


def _literal(given: Value, kind: str | None, scope: _Scope) -> exp.Expr:
    if kind == "moment":
        return _timestamp(to_utc(datetime.fromisoformat(str(given.value)), scope.vocabulary.zone))
    if kind == "day":
        return exp.cast(exp.Literal.string(datetime.fromisoformat(str(given.value)).date().isoformat()), "date")
    return exp.convert(given.value)


def _timestamp(moment: datetime) -> exp.Expr:
    return exp.cast(exp.Literal.string(moment.isoformat(sep=" ")), "timestamp")


def _comparison(rule: Comparison, scope: _Scope) -> exp.Expr:
    kind = scope.vocabulary.kind(rule.left)
    left = _operand(rule.left, scope)
    if kind == "moment" and isinstance(rule.right, Value) and is_day(str(rule.right.value)):
        return _compare_with_day(left, rule.sign, *day_bounds(str(rule.right.value), scope.vocabulary.zone))
    return _COMPARE[rule.sign](this=left, expression=_operand(rule.right, scope, kind))


def _compare_with_day(column: exp.Expr, sign: Sign, start: datetime, end: datetime) -> exp.Expr:
    """A moment compared with a whole day, from its start to the next day's."""
    before = exp.LT(this=column.copy(), expression=_timestamp(end if sign == "<=" else start))
    since = exp.GTE(this=column.copy(), expression=_timestamp(start if sign == ">=" else end))
    if sign in {"==", "!="}:
        outside = exp.paren(exp.or_(before, since))
        return exp.not_(outside) if sign == "==" else outside
    return before if sign in {"<", "<="} else since


def _window(moment: exp.Column, arguments: _Arguments, scope: _Scope) -> list[exp.Expr]:
    conditions: list[exp.Expr] = [exp.LT(this=moment, expression=_timestamp(scope.as_of))]
    if "days" in arguments:
        start = scope.as_of - timedelta(days=float(arguments["days"]))
        conditions.append(exp.GTE(this=moment.copy(), expression=_timestamp(start)))
    return conditions


def _facts(what: exp.Expr, table: str, conditions: list[exp.Expr]) -> exp.Select:
    """A query on one customer's rows of a table."""
    same = _column("customer_id", table).eq(_column("customer_id"))
    return exp.select(what).from_(exp.to_table(table)).where(same, *conditions)


def _matching(table: str, name: str, arguments: _Arguments, keyword: str) -> list[exp.Expr]:
    return [_column(name, table).eq(exp.convert(arguments[keyword]))] if keyword in arguments else []


def _purchases(what: exp.Expr, arguments: _Arguments, scope: _Scope) -> exp.Select:
    """Completed orders with their lines and products; a product may be named by its number or its name."""
    conditions = [
        _column("status", "orders").eq(exp.convert("completed")),
        *_window(_column("ordered_at", "orders"), arguments, scope),
        *_matching("products", "category", arguments, "category"),
        *_matching("products", "brand", arguments, "brand"),
    ]
    if "product" in arguments:
        names = [_column("product_id", "products"), _column("product_name", "products")]
        conditions.append(exp.In(this=exp.convert(arguments["product"]), expressions=names))
    query = _facts(what, "orders", conditions)
    wanted = {"category", "brand", "product"} & arguments.keys()
    if wanted or what.find(exp.Sum):
        query = query.join("order_lines", on=_column("order_id", "order_lines").eq(_column("order_id", "orders")))
    if wanted:
        query = query.join("products", on=_column("product_id", "products").eq(_column("product_id", "order_lines")))
    return query


def _bought(arguments: _Arguments, scope: _Scope) -> exp.Expr:
    orders = exp.Count(this=exp.Distinct(expressions=[_column("order_id", "orders")]))
    return _purchases(orders, arguments, scope).subquery()


def _spent(arguments: _Arguments, scope: _Scope) -> exp.Expr:
    total = exp.Sum(this=_column("net_amount", "order_lines"))
    return _purchases(exp.Coalesce(this=total, expressions=[exp.convert(0)]), arguments, scope).subquery()


def _did(arguments: _Arguments, scope: _Scope) -> exp.Expr:
    named = _matching("events", "event_name", arguments, "event")
    window = _window(_column("occurred_at", "events"), arguments, scope)
    return _facts(exp.Count(this=exp.Star()), "events", named + window).subquery()


def _contacted(arguments: _Arguments, scope: _Scope) -> exp.Expr:
    conditions = [
        _column("action", "decisions").eq(exp.convert("contact")),
        *_matching("decisions", "programme", arguments, "programme"),
        *_window(_column("decided_at", "decisions"), arguments, scope),
    ]
    return _facts(exp.Count(this=exp.Star()), "decisions", conditions).subquery()


def _has_consent(arguments: _Arguments, _scope: _Scope) -> exp.Expr:
    conditions = [*_matching("consents_now", "channel", arguments, "channel"), _column("allowed", "consents_now")]
    return exp.Exists(this=_facts(exp.convert(1), "consents_now", conditions))


def _in_segment(arguments: _Arguments, scope: _Scope) -> exp.Expr:
    """The rule of a segment in the place of its name."""
    return _condition(scope.vocabulary.segments[str(arguments["name"])].rule, scope)


_BEHAVIOURS: dict[str, Callable[[_Arguments, _Scope], exp.Expr]] = {
    "bought": _bought,
    "spent": _spent,
    "did": _did,
    "contacted": _contacted,
    "has_consent": _has_consent,
    "in_segment": _in_segment,
}
