"""Segments in rules: a name that stands for a rule, never for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from dangol.core.errors import ConfigError
from dangol.core.rules import NamedRule, Vocabulary, check, compile_rule, describe, parse

NOW = datetime(2026, 11, 1)
PEOPLE = [(1, 5, 100, "서울"), (2, 5, 900, None), (3, 1, 900, "부산"), (4, None, None, "제주")]
SEGMENTS = {
    "often": ("단골", "regulars", "order_count >= 3"),
    "large": ("큰손", "big spenders", "net_sales >= 500"),
    "best": ("최고 고객", "the best", 'in_segment(name="often") and in_segment(name="large")'),
    "bad": ("잘못", "wrong", "order_cont >= 3"),
    "round": ("순환", "circular", 'not in_segment(name="about")'),
    "about": ("반대", "about", 'in_segment(name="round")'),
    "vast": ("거대한", "vast", " or ".join(['in_segment(name="best")'] * 70)),
}


@pytest.fixture(scope="module")
def words(vocabulary: Vocabulary) -> Vocabulary:
    """The company's words with segments."""
    named = {name: NamedRule(ko, en, parse(rule)) for name, (ko, en, rule) in SEGMENTS.items()}
    return replace(vocabulary, segments=named)


@pytest.fixture(scope="module")
def profile() -> Iterator[duckdb.DuckDBPyConnection]:
    """Four customers."""
    with duckdb.connect() as connection:
        connection.execute("create table profile (customer_id int, order_count int, net_sales double, region varchar)")
        connection.executemany("insert into profile values (?, ?, ?, ?)", PEOPLE)
        yield connection


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ('in_segment(name="often")', [1, 2]),
        ('not in_segment(name="often")', [3, 4]),
        ('in_segment(name="best")', [2]),
        ('in_segment(name="large") and not in_segment(name="often")', [3]),
        ('in_segment(name="best") or region == "제주"', [2, 4]),
    ],
)
def test_a_segment_chooses_whom_its_rule_chooses(
    rule: str, chosen: list[int], words: Vocabulary, profile: duckdb.DuckDBPyConnection
) -> None:
    condition = compile_rule(parse(rule), words, as_of=NOW).sql("duckdb")
    found = profile.execute(f"select customer_id from profile where {condition} order by 1").fetchall()
    assert [row[0] for row in found] == chosen


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('in_segment(name="oftn")', "did you mean 'often'"),
        ("in_segment()", "needs name="),
        ("in_segment(name=3)", "text in quotes"),
        ('in_segment(name="bad")', "segment 'bad': unknown column 'order_cont'"),
        ('in_segment(name="round")', "would hold itself"),
        ('in_segment(name="vast")', "at most 200"),
        ('in_segment(name="often") == True', "write it alone or after not"),
    ],
)
def test_a_segment_that_cannot_be_is_named(rule: str, said: str, words: Vocabulary) -> None:
    with pytest.raises(ConfigError) as wrong:
        check(parse(rule), words)
    assert said in " ".join(wrong.value.problems)


def test_a_company_without_segments_says_so(vocabulary: Vocabulary) -> None:
    with pytest.raises(ConfigError) as wrong:
        check(parse('in_segment(name="often")'), vocabulary)
    assert "unknown segment 'often'" in " ".join(wrong.value.problems)


def test_segments_are_called_by_their_titles(words: Vocabulary) -> None:
    rule = parse('in_segment(name="best") and not in_segment(name="often") and order_count >= 2')
    assert (
        describe(rule, words, "ko") == "'최고 고객' 세그먼트에 속하고, '단골' 세그먼트에 속하지 않고, 구매 횟수가 2회 이상인 고객"
    )
    assert describe(rule, words, "en") == (
        "Customers who are in segment 'the best' and who are not in segment 'regulars' and whose number of orders is at least 2"
    )
