"""The rule language: what it lets through, how it is written back, and that nothing can break it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.core.errors import ConfigError
from dangol.core.rules import And, Call, Comparison, In, Missing, Name, Not, Or, Rule, Value, parse

A, B, C = Name("a"), Name("b"), Name("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("True", Value(value=True)),
        ("true", Value(value=True)),
        ("a > 3", Comparison(A, ">", Value(3))),
        ("3 < a", Comparison(A, ">", Value(3))),
        ("a >= -0.5", Comparison(A, ">=", Value(-0.5))),
        ("a == b", Comparison(A, "==", B)),
        ("a != 'x\"y'", Comparison(A, "!=", Value('x"y'))),
        ("1 <= a < 5", And((Comparison(A, ">=", Value(1)), Comparison(A, "<", Value(5))))),
        ("a and (b and c)", And((A, B, C))),
        ("a or b and c", Or((A, And((B, C))))),
        ("not (a or b)", Not(Or((A, B)))),
        ("a in ('x', 'y')", In(A, (Value("x"), Value("y")))),
        ("a in ['x']", In(A, (Value("x"),))),
        ("a in ('x')", In(A, (Value("x"),))),
        ("a not in ('x', 2)", Not(In(A, (Value("x"), Value(2))))),
        ("missing(a)", Missing(A)),
        ("f(z=1, b='x') > 2", Comparison(Call("f", (("b", Value("x")), ("z", Value(1)))), ">", Value(2))),
        ("a and\n  b  # 설명", And((A, B))),
        ("지역 == '서울'", Comparison(Name("지역"), "==", Value("서울"))),
    ],
)
def test_trees(text: str, expected: Rule) -> None:
    assert parse(text) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a  and( b>1 )", "a and b > 1"),
        ("(a or b) and not c", "(a or b) and not c"),
        ("not a == 1", "not (a == 1)"),
        ("a not in ('서울',)", 'not (a in ("서울"))'),
        ("f( z = 1,b = 'x' ) >= 1", 'f(b="x", z=1) >= 1'),
        ("0 < a <= 2 or b", "(a > 0 and a <= 2) or b"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


NAMES = st.sampled_from(["a", "region", "order_count", "지역"]).map(Name)
PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
NUMBERS = st.one_of(st.integers(-(10**18), 10**18), st.floats(-1e18, 1e18, allow_nan=False))
VALUES = st.one_of(PRINTABLE, NUMBERS, st.booleans()).map(Value)
CALLS = st.builds(
    lambda name, arguments: Call(name, tuple(sorted(arguments.items()))),
    st.sampled_from(["bought", "did"]),
    st.dictionaries(st.sampled_from(["days", "category", "brand"]), VALUES),
)
OPERANDS = st.one_of(NAMES, CALLS)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
LEAVES = st.one_of(
    NAMES,
    CALLS,
    st.builds(Missing, NAMES),
    st.builds(Comparison, OPERANDS, SIGNS, st.one_of(OPERANDS, VALUES)),
    st.builds(In, OPERANDS, st.lists(VALUES, min_size=1, max_size=4).map(tuple)),
)


def joined(inner: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        st.builds(Not, inner),
        several.map(lambda rules: And(tuple(part for rule in rules for part in parts(rule, And)))),
        several.map(lambda rules: Or(tuple(part for rule in rules for part in parts(rule, Or)))),
    )


def parts(rule: Rule, kind: type[And] | type[Or]) -> tuple[Rule, ...]:
    return rule.rules if isinstance(rule, kind) else (rule,)


@given(st.recursive(LEAVES, joined, max_leaves=12))
def test_a_rule_reads_back_as_itself(rule: Rule) -> None:
    text = str(rule)
    assert parse(text) == rule
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a.b > 1", "'a.b'"),
        ("a[0] > 1", "'a[0]'"),
        ("a + 1 > 2", "'a + 1'"),
        ("a > -b", "'-b'"),
        ("a is None", "'a is None'"),
        ("a == None", "'None'"),
        ("f'{a}' == 1", "not allowed"),
        ("(lambda: 1)", "not allowed"),
        ("[x for x in a]", "not allowed"),
        ("a if b else c", "not allowed"),
        ("(a := 1)", "not allowed"),
        ("__import__(name='os')", "'__import__'"),
        ("f(1)", "'f(1)'"),
        ("f(*a)", "'f(*a)'"),
        ("f(**a)", r"'f\(\*\*a\)'"),
        ("f(x=a)", "'a'"),
        ("f(x=1, x=2)", "twice"),
        ("f.g(x=1)", "'f.g'"),
        ("missing()", "one column"),
        ("missing(a, b)", "one column"),
        ("missing('a')", "column's name"),
        ("a in ()", "empty list"),
        ("a in b", "'b'"),
        ("a = 1", "a = 1"),
        ("a) or (b", "do not match"),
        ("a == 1j", "'1j'"),
        ("a == b'x'", "\"b'x'\""),
        ("a > 1e999", "out of bounds"),
        ("a > 99999999999999999999", "out of bounds"),
        ("a == 'x\\x00'", "control"),
        ("a == '\\ud800'", "control"),
        ("a == '\ud800'", "cannot be read"),
        ("a\x00", "rule"),
        ("a > -True", "-True"),
        ("a > 1 > (b > 2)", "'b > 2'"),
    ],
)
def test_everything_else_is_refused_by_name(text: str, found: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text)
    assert found.replace("\\", "") in error.value.what.replace("\\", "")
    assert error.value.where.startswith("rule")


def test_the_place_is_counted_in_characters() -> None:
    with pytest.raises(ConfigError) as error:
        parse("지역 == '서울' and\n등급.값 > 1")
    assert error.value.where == "rule, line 2, column 1"
    with pytest.raises(ConfigError) as error:
        parse("지역 == '서울' and 등급.값 > 1")
    assert error.value.where == "rule, line 1, column 16"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 300 + "a" + ")" * 300,
        "not " * 999 + "a",
        "not " * 42 + "a",
        "a == " + "-" * 3_900 + "1",
        "a" + ".b" * 1_900,
        "a" + "(b)" * 1_300,
        "a > " + "1" * 3_990,
        "[" * 3_999,
        "x" * 4_001,
        "a and " * 100_000 + "a",
    ],
)
def test_depth_and_size_are_limited(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


def test_forty_levels_are_allowed() -> None:
    assert str(parse("not " * 40 + "a")) == "not " * 40 + "a"


def survives(text: str) -> bool:
    """The text reads back as itself, or is refused with a hint."""
    try:
        rule = parse(text)
    except ConfigError as error:
        return bool(error.hint)
    return parse(str(rule)) == rule


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_a_config_error(text: str) -> None:
    assert survives(text)


WORDS = st.sampled_from(["a", "and", "or", "not", "(", ")", "in", ">", "==", "1", "'x'", ",", "f(", "=", "missing(", "-", "."])


@given(st.lists(WORDS, max_size=20))
def test_any_words_of_the_language_are_a_rule_or_a_config_error(words: list[str]) -> None:
    assert survives(" ".join(words))
