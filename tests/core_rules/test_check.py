"""Rules that cannot mean what they say are refused with all their problems."""

from __future__ import annotations

import pytest

from dangol.core.errors import ConfigError
from dangol.core.rules import BEHAVIOURS, Vocabulary, check, parse


@pytest.mark.parametrize(
    "text",
    [
        "True",
        "is_member and not is_member == False",
        "0.1 < churn_probability <= 1",
        'region in ("서울", "부산") or region != "제주"',
        "net_sales > spent(days=90)",
        "order_count >= item_count",
        'registered_at >= "2026-01-01" and birthday < "2000-12-31" and registered_at < "2026-01-01 12:30"',
        'bought(category="camping", brand="N", product="P1", days=1) == 0',
        'did(event="Product Viewed") > 2 and contacted() < 3 and has_consent(channel="email")',
        'note == "아무 말" and missing(note)',
        'birthday in ("2000-01-01")',
    ],
)
def test_sound_rules_pass(text: str, vocabulary: Vocabulary) -> None:
    assert check(parse(text), vocabulary) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("churn_probabilty > 0.5", "unknown column 'churn_probabilty'; did you mean 'churn_probability'?"),
        ("missing(regio)", "unknown column 'regio'; did you mean 'region'"),
        ("churn_probability > 60", "write 0.6 for 60 %"),
        ('region == "서을"', "region is never '서을'"),
        ('region in ("서울", "부상")', "region is never '부상'"),
        ('region > "서울"', "region is a category: > has no meaning"),
        ("is_member > True", "is_member is a flag: > has no meaning"),
        ("is_member == 1", "is_member is a flag, not 1"),
        ('net_sales > "many"', 'net_sales is a money, not "many"'),
        ("net_sales > True", "net_sales is a money, not True"),
        ("net_sales > order_count", "compares money with count"),
        ("region == 3", "region is a category, not 3; compare it with text in quotes"),
        ("region == note and region == order_count", "compares category with count"),
        ('registered_at > "yesterday"', 'compare it with a day such as "2026-11-21"'),
        ('registered_at in ("2026-01-01")', "no list can hold"),
        ("registered_at > 2026", "registered_at is a moment, not 2026"),
        ("order_count", "order_count is a count, not a condition"),
        ("bought(days=30)", "as in bought(days=30) >= 1"),
        ("3 > 2", "3 > 2 compares two fixed values"),
        ("is_member and True", "True is no condition"),
        ('"x"', '"x" is no condition'),
        ("boght() > 1", "unknown behaviour 'boght'; did you mean 'bought'?"),
        ('bought(categry="camping") > 1', "bought() knows no 'categry'; did you mean 'category'?"),
        ('bought(category="campin") > 1', "unknown category 'campin'; did you mean 'camping'?"),
        ("bought(days=0) > 1", "days is a whole number"),
        ("bought(days=1.5) > 1", "days is a whole number"),
        ("bought(days=True) > 1", "days is a whole number"),
        ('bought(days="30") > 1', "days is a whole number"),
        ("bought(days=99999) > 1", "days is a whole number from 1 to 36,500"),
        ("bought(brand=3) > 1", "brand is a text in quotes"),
        ("did() > 1", "did() needs event="),
        ('has_consent(channel="sms") == True', "write it alone or after not"),
    ],
)
def test_each_problem_is_named(text: str, problem: str, vocabulary: Vocabulary) -> None:
    with pytest.raises(ConfigError) as error:
        check(parse(text), vocabulary)
    assert [found for found in error.value.problems if problem in found]


def test_all_problems_come_at_once(vocabulary: Vocabulary) -> None:
    rule = parse('nme > 1 and (not region == "서" or bought(days=0, brnd="x") >= 1) and nme > 1')
    with pytest.raises(ConfigError) as error:
        check(rule, vocabulary)
    assert len(error.value.problems) == 4


def test_behaviours_without_tables_are_unknown(vocabulary: Vocabulary) -> None:
    few = Vocabulary(vocabulary.columns, behaviours={"bought": BEHAVIOURS["bought"]})
    with pytest.raises(ConfigError, match="unknown behaviour 'did'"):
        check(parse('did(event="x") > 1'), few)
