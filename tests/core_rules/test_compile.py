"""The compiled condition against a plain interpreter of rules, and against hostile texts, on a real DuckDB."""

from __future__ import annotations

import operator
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.core.rules import (
    And,
    Call,
    Comparison,
    In,
    Missing,
    Name,
    Not,
    Or,
    Rule,
    Term,
    Value,
    Vocabulary,
    compile_rule,
    parse,
)

Row = dict[str, Any]
AS_OF = datetime.fromisoformat("2026-11-21 06:00")
SCHEMA = {
    "profile": "customer_id varchar, churn_probability double, order_count bigint, item_count bigint, net_sales decimal(18,2), "
    "recency_days double, region varchar, note varchar, is_member boolean, registered_at timestamp, birthday date",
    "orders": "customer_id varchar, ordered_at timestamp, order_id varchar, status varchar",
    "order_lines": "customer_id varchar, order_id varchar, product_id varchar, ordered_at timestamp, net_amount decimal(18,2)",
    "products": "product_id varchar, category varchar, brand varchar, product_name varchar",
    "events": "customer_id varchar, event_name varchar, occurred_at timestamp",
    "decisions": "customer_id varchar, programme varchar, decided_at timestamp, action varchar",
    "consents_now": "customer_id varchar, channel varchar, allowed boolean",
}


def company(seed: int, customers: int = 15) -> dict[str, list[Row]]:
    """Random rows of every table, with missing values and moments on the edges of windows."""
    dice = random.Random(seed)
    ids = [f"c{number}" for number in range(customers)]
    rows: dict[str, list[Row]] = {table: [] for table in SCHEMA}

    def maybe(value: Any) -> Any:
        return None if dice.random() < 0.25 else value

    def past() -> datetime:
        edge = dice.choice([0, 1, 30, 31])
        return AS_OF - timedelta(days=edge, microseconds=dice.choice([-1, 0, 1]))

    for number in range(4):
        names = (maybe(dice.choice(["camping", "kitchen"])), maybe(dice.choice(["N", "M"])), maybe(f"product {number}"))
        rows["products"].append(
            dict(zip(["product_id", "category", "brand", "product_name"], [f"p{number}", *names], strict=True))
        )
    for customer in ids:
        rows["profile"].append({
            "customer_id": customer, "churn_probability": maybe(dice.choice([0.0, 0.5, 0.6, 1.0])),
            "order_count": maybe(dice.randint(0, 3)), "item_count": maybe(dice.randint(0, 3)),
            "net_sales": maybe(Decimal(dice.choice(["0.00", "99.99", "100.00", "-5.00"]))),
            "recency_days": maybe(dice.choice([0.0, 1.5, 30.0])), "region": maybe(dice.choice(["서울", "부산", "제주"])),
            "note": maybe(dice.choice(["", "a'b", "서울"])), "is_member": maybe(dice.random() < 0.5),
            "registered_at": maybe(datetime.fromisoformat("2026-01-01") + timedelta(hours=dice.choice([-33, -9, -1, 15, 16]))),
            "birthday": maybe(date(2000, 1, dice.randint(1, 3))),
        })  # fmt: skip
    for number in range(3 * customers):
        customer, moment = dice.choice(ids), past()
        order = {"customer_id": customer, "ordered_at": moment, "order_id": f"o{number}"}
        rows["orders"].append({**order, "status": dice.choice(["completed", "completed", "cancelled"])})
        for _ in range(dice.randint(0, 2)):
            line = {"product_id": f"p{dice.randint(0, 4)}", "net_amount": Decimal(dice.randint(-50, 100))}
            rows["order_lines"].append({**order, **line})
        rows["events"].append({"customer_id": customer, "event_name": dice.choice(["view", "cart"]), "occurred_at": past()})
        decision = {
            "programme": dice.choice(["winback", "refill"]),
            "decided_at": past(),
            "action": dice.choice(["contact", "hold"]),
        }
        rows["decisions"].append({"customer_id": customer, **decision})
    for customer in dice.sample(ids, customers // 2):
        rows["consents_now"].append({"customer_id": customer, "channel": "email", "allowed": maybe(dice.random() < 0.7)})
    return rows


@cache
def database(seed: int) -> tuple[dict[str, list[Row]], duckdb.DuckDBPyConnection]:
    rows, connection = company(seed), duckdb.connect()
    for table, columns in SCHEMA.items():
        connection.execute(f"create table {table} ({columns})")
        names = [column.split()[0] for column in columns.replace("(18,2)", "").split(", ")]
        if rows[table]:
            marks = ", ".join("?" * len(names))
            connection.executemany(
                f"insert into {table} values ({marks})", [[row[name] for name in names] for row in rows[table]]
            )
    return rows, connection


def selected(connection: duckdb.DuckDBPyConnection, condition: exp.Expr) -> set[str]:
    query = exp.select("customer_id").from_("profile").where(condition)
    return {row[0] for row in connection.execute(query.sql(dialect="duckdb")).fetchall()}


SIGN = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def holds(rule: Rule, row: Row, rows: dict[str, list[Row]]) -> bool:
    """The meaning of a rule, written again without SQL."""
    match rule:
        case And(rules):
            return all(holds(part, row, rows) for part in rules)
        case Or(rules):
            return any(holds(part, row, rows) for part in rules)
        case Not(part):
            return not holds(part, row, rows)
        case Missing(Name(name)):
            return row[name] is None
        case In(left, values):
            return any(holds(Comparison(left, "==", value), row, rows) for value in values)
        case Comparison(left, sign, right):
            one, other = amount(left, row, rows), amount(right, row, rows)
            if isinstance(one, datetime) and isinstance(other, str):
                one = one + timedelta(hours=9)
                one, other = (one.date(), date.fromisoformat(other)) if len(other) == 10 else (one, datetime.fromisoformat(other))
            elif isinstance(one, date) and isinstance(other, str):
                other = date.fromisoformat(other)
            if isinstance(one, Decimal) and isinstance(other, float):
                other = Decimal(repr(other))
            return one is not None and other is not None and SIGN[sign](one, other)
        case _:
            return bool(amount(rule, row, rows))


def amount(operand: Rule, row: Row, rows: dict[str, list[Row]]) -> Any:
    match operand:
        case Name(name):
            return row[name]
        case Value(value):
            return value
        case Call(name, arguments):
            return deeds(name, {key: given.value for key, given in arguments}, row["customer_id"], rows)
    raise AssertionError(operand)


def deeds(name: str, given: Row, customer: str, rows: dict[str, list[Row]]) -> Any:
    def recent(moment: datetime) -> bool:
        return moment < AS_OF and ("days" not in given or moment >= AS_OF - timedelta(days=given["days"]))

    def own(table: str) -> list[Row]:
        return [row for row in rows[table] if row["customer_id"] == customer]

    if name == "has_consent":
        return any(row["allowed"] and row["channel"] == given["channel"] for row in own("consents_now"))
    if name == "did":
        return sum(row["event_name"] == given["event"] and recent(row["occurred_at"]) for row in own("events"))
    if name == "contacted":
        contacts = [row for row in own("decisions") if row["action"] == "contact" and recent(row["decided_at"])]
        return sum(row["programme"] == given.get("programme", row["programme"]) for row in contacts)
    orders = {row["order_id"] for row in own("orders") if row["status"] == "completed" and recent(row["ordered_at"])}
    products = {row["product_id"]: row for row in rows["products"]}

    def wanted(line: Row) -> bool:
        product = products.get(line["product_id"])
        filters = {key: value for key, value in given.items() if key != "days"}
        if not filters:
            return True
        if product is None:
            return False
        named = "product" not in given or given["product"] in (product["product_id"], product["product_name"])
        return named and all(product[key] == value for key, value in filters.items() if key != "product")

    lines = [line for line in rows["order_lines"] if line["order_id"] in orders and wanted(line)]
    if name == "spent":
        return sum((line["net_amount"] for line in lines), Decimal(0))
    return len({line["order_id"] for line in lines}) if given.keys() - {"days"} else len(orders)


def comparisons(
    left: st.SearchStrategy[Any], right: st.SearchStrategy[Any], signs: str = "== != < <= > >="
) -> st.SearchStrategy[Rule]:
    return st.builds(Comparison, left, st.sampled_from(signs.split()), right)


def values(*fixed: Any) -> st.SearchStrategy[Value]:
    return st.sampled_from(fixed).map(Value)


def names(*columns: str) -> st.SearchStrategy[Name]:
    return st.sampled_from(columns).map(Name)


def calls(name: str, required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Call]:
    given = st.fixed_dictionaries(required, optional=optional)
    return given.map(lambda arguments: Call(name, tuple(sorted(arguments.items()))))


DAYS = {"days": values(1, 30, 31)}
THINGS = {"category": values("camping", "kitchen"), "brand": values("N", "M"), "product": values("p1", "product 2", "p4")}
COUNTS = st.one_of(
    names("order_count", "item_count"),
    calls("bought", {}, DAYS | THINGS),
    calls("did", {"event": values("view", "cart", "none")}, DAYS),
    calls("contacted", {}, DAYS | {"programme": values("winback", "refill")}),
)
MONEY = st.one_of(names("net_sales"), calls("spent", {}, DAYS | THINGS))
CONDITIONS = st.one_of(
    names("is_member"),
    st.builds(Missing, names("region", "order_count", "is_member", "birthday")),
    calls("has_consent", {"channel": values("email", "sms")}, {}),
    comparisons(COUNTS, st.one_of(COUNTS, values(0, 1, 2, 1.5))),
    comparisons(MONEY, st.one_of(MONEY, values(0, 99.99, 100, -5))),
    comparisons(names("churn_probability"), values(0, 0.5, 0.6, 1)),
    comparisons(names("recency_days"), values(0, 1.5, 30)),
    comparisons(names("region", "note"), st.one_of(values("서울"), names("region", "note")), "== !="),
    comparisons(names("is_member"), values(True, False), "== !="),
    comparisons(names("registered_at"), values("2025-12-31", "2026-01-01", "2026-01-01 08:00", "2026-01-02")),
    comparisons(names("birthday"), values("2000-01-02")),
    st.builds(In, names("region"), st.lists(values("서울", "부산"), min_size=1, max_size=2).map(tuple)),
    st.builds(In, COUNTS, st.lists(values(0, 1, 2), min_size=1, max_size=2).map(tuple)),
)
RULES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@settings(max_examples=250, deadline=None)
@given(rule=RULES, seed=st.integers(0, 7))
def test_duckdb_selects_whom_the_interpreter_selects(rule: Rule, seed: int, vocabulary: Vocabulary) -> None:
    rows, connection = database(seed)
    expected = {row["customer_id"] for row in rows["profile"] if holds(rule, row, rows)}
    assert selected(connection, compile_rule(rule, vocabulary, as_of=AS_OF)) == expected
    opposite = {row["customer_id"] for row in rows["profile"]} - expected
    assert selected(connection, compile_rule(Not(rule), vocabulary, as_of=AS_OF)) == opposite


NOTE = Vocabulary({"note": Term("note", "text", "메모", "note")})
HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs"])),
    st.lists(st.sampled_from(["'", '"', "\\", ";", "--", "/*", "%", "$1", "?", "{", "or 1=1", "a", " "])).map("".join),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=6, unique=True), st.integers(0, 5))
def test_any_text_selects_exactly_the_rows_equal_to_it(notes: list[str], which: int) -> None:
    connection = duckdb.connect()
    connection.execute("create table profile (customer_id varchar, note varchar)")
    connection.executemany("insert into profile values (?, ?)", [[str(number), note] for number, note in enumerate(notes)])
    wanted = which % len(notes)
    for text in (str(Comparison(Name("note"), "==", Value(notes[wanted]))), str(In(Name("note"), (Value(notes[wanted]),)))):
        assert selected(connection, compile_rule(parse(text), NOTE, as_of=AS_OF)) == {str(wanted)}


@pytest.mark.parametrize("hostile", ["x' or '1'='1", 'x"; drop table profile; --', "\\' or true --"])
def test_behaviours_take_texts_as_texts(hostile: str, vocabulary: Vocabulary) -> None:
    _, connection = database(0)
    rule = Comparison(Call("did", (("event", Value(hostile)),)), ">=", Value(1))
    assert selected(connection, compile_rule(rule, vocabulary, as_of=AS_OF)) == set()


def test_a_missing_value_satisfies_no_comparison_but_its_denial(vocabulary: Vocabulary) -> None:
    rows, connection = database(1)
    empty = {row["customer_id"] for row in rows["profile"] if row["order_count"] is None}
    assert empty
    for sign in SIGN:
        rule = parse(f"order_count {sign} 1")
        assert not empty & selected(connection, compile_rule(rule, vocabulary, as_of=AS_OF))
        assert empty <= selected(connection, compile_rule(Not(rule), vocabulary, as_of=AS_OF))


def test_everyone(vocabulary: Vocabulary) -> None:
    rows, connection = database(0)
    assert len(selected(connection, compile_rule(parse("True"), vocabulary, as_of=AS_OF))) == len(rows["profile"])


def test_a_moment_with_a_zone_means_the_same_moment(vocabulary: Vocabulary) -> None:
    rule = parse("bought(days=30) >= 1")
    aware = compile_rule(rule, vocabulary, as_of=AS_OF.replace(tzinfo=UTC))
    assert aware == compile_rule(rule, vocabulary, as_of=AS_OF)


def test_the_longest_and_deepest_rules_run(vocabulary: Vocabulary) -> None:
    _, connection = database(0)
    wide = parse(" or ".join(["is_member"] * 285))
    assert selected(connection, compile_rule(wide, vocabulary, as_of=AS_OF)) == selected(
        connection, compile_rule(parse("is_member"), vocabulary, as_of=AS_OF)
    )
    deep = parse("not " * 40 + "is_member")
    assert selected(connection, compile_rule(deep, vocabulary, as_of=AS_OF))
