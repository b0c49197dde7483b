"""A small company's words, shared by the tests of rules."""

from __future__ import annotations

import pytest

from dangol.core.rules import Term, Vocabulary

TERMS = [
    Term("churn_probability", "probability", "이탈 가능성", "churn probability"),
    Term("order_count", "count", "구매 횟수", "number of orders"),
    Term("item_count", "count", "구매 상품 수", "number of items"),
    Term("net_sales", "money", "순매출", "net sales"),
    Term("recency_days", "days", "마지막 구매 후 일수", "days since last order"),
    Term("region", "category", "지역", "region", ("서울", "부산", "제주")),
    Term("note", "text", "메모", "note"),
    Term("is_member", "flag", "멤버십", "member"),
    Term("registered_at", "moment", "가입일", "registration"),
    Term("birthday", "day", "생일", "birthday"),
]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """Columns of every kind, and known categories of products."""
    return Vocabulary({term.name: term for term in TERMS}, choices={"category": ("camping", "kitchen")})
