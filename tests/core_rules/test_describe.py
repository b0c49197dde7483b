"""Rules told in Korean and English."""

from __future__ import annotations

import re

import pytest

from dangol.core.errors import ConfigError
from dangol.core.rules import Vocabulary, describe, parse

CASES = [
    (
        'churn_probability > 0.6 and order_count >= 2 and bought(category="camping", days=180) >= 1',
        "이탈 가능성이 60%보다 높고, 구매 횟수가 2회 이상이며, 최근 180일 안에 카테고리 'camping' 상품을 1회 이상 구매한 고객",
        (
            "Customers whose churn probability is above 60 % and whose number of orders is at least 2 "
            "and who bought category 'camping' at least 1 time in the last 180 days"
        ),
    ),
    ("True", "모든 고객", "All customers"),
    ("is_member", "멤버십에 해당하는 고객", "Customers for whom “member” is true"),
    (
        'not has_consent(channel="email") or missing(region)',
        "'email' 수신에 동의하지 않았거나 지역 값이 없는 고객",
        "Customers who did not agree to receive 'email' or whose region is missing",
    ),
    (
        'region in ("서울", "부산") and not region == "제주"',
        "지역이 '서울', '부산' 중 하나이며, 지역이 '제주'가 아니거나 값이 없는 고객",
        "Customers whose region is one of '서울', '부산' and whose region is not '제주' (or is missing)",
    ),
    (
        "bought(days=30) == 0 and not bought(days=1) >= 1",
        "최근 30일 안에 상품을 구매하지 않았고, 최근 1일 안에 상품을 구매하지 않은 고객",
        "Customers who did not buy anything in the last 30 days and who did not buy anything in the last 1 day",
    ),
    (
        'spent(brand="N", days=90) >= 100000 and net_sales < 5000',
        "최근 90일 동안 브랜드 'N' 상품 구매 금액이 ₩100,000 이상이며, 순매출이 ₩5,000 미만인 고객",
        "Customers whose spending on brand 'N' in the last 90 days is at least ₩100,000 and whose net sales is below ₩5,000",
    ),
    (
        'did(event="cart", days=7) > 2 and not contacted(programme="winback") >= 3',
        "최근 7일 안에 'cart' 행동을 3회 이상 했고, 프로그램 'winback'의 연락 횟수가 3회 이상이 아닌 고객",
        (
            "Customers who did 'cart' at least 3 times in the last 7 days "
            "and whose number of contacts by programme 'winback' is not at least 3"
        ),
    ),
    (
        'registered_at >= "2026-01-01" and birthday < "2000-01-01" and recency_days > 30',
        "가입일이 2026. 1. 1. 이후이며, 생일이 2000. 1. 1.보다 이르고, 마지막 구매 후 일수가 30일 초과인 고객",
        (
            "Customers whose registration is on or after 1 Jan 2026 and whose birthday is before 1 Jan 2000 "
            "and whose days since last order is above 30 days"
        ),
    ),
    (
        "not (is_member or order_count > item_count) and (is_member or churn_probability < 0.125)",
        (
            "(멤버십에 해당하거나 구매 횟수가 구매 상품 수 초과인) 경우가 아니며, "
            "(멤버십에 해당하거나 이탈 가능성이 12.5%보다 낮은) 고객"
        ),
        (
            "Customers who are not among those (for whom “member” is true or whose number of orders is above number of items) "
            "and (for whom “member” is true or whose churn probability is below 12.5 %)"
        ),
    ),
    ("is_member == False", "멤버십이 '아니요'인 고객", "Customers whose member is 'no'"),
]


@pytest.mark.parametrize(("text", "korean", "english"), CASES)
def test_sentences(text: str, korean: str, english: str, vocabulary: Vocabulary) -> None:
    assert describe(parse(text), vocabulary, "ko") == korean
    assert describe(parse(text), vocabulary, "en") == english


def test_money_is_in_the_companys_currency(vocabulary: Vocabulary) -> None:
    abroad = Vocabulary(vocabulary.columns, currency="USD")
    assert describe(parse("net_sales > 9.5"), abroad, "en") == "Customers whose net sales is above $9.50"


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("left", ["order_count", "net_sales", "recency_days", "bought(days=9)", "spent()", 'did(event="x")'])
@pytest.mark.parametrize("number", [0, 1, 7])
@pytest.mark.parametrize("denied", ["", "not "])
def test_every_comparison_has_a_korean_sentence_of_its_own(
    sign: str, left: str, number: int, denied: str, vocabulary: Vocabulary
) -> None:
    korean = describe(parse(f"{denied}({left} {sign} {number})"), vocabulary, "ko")
    assert re.search(r"[인닌은는한른] 고객$", korean)
    assert not re.search(r"[a-wyz]{2}|\(이\)|\(가\)", korean)


def test_a_rule_that_does_not_fit_is_not_described(vocabulary: Vocabulary) -> None:
    with pytest.raises(ConfigError, match="unknown column"):
        describe(parse("nobody > 1"), vocabulary, "ko")
