"""Asking for a question that nobody declared says which ones were probably meant, and how to see them all."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from dangol.core.errors import UnknownName
from dangol.core.text import tell_error
from dangol.workspace.company import Company


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Q99", "did you mean 'Q9'"),
        ("t99", "'T1'"),
        ("신규 고객", "Q1 (new_customers_by_month)"),
        ("weekdays", "Q8 (sales_by_weekday)"),
        ("sales_by_weekdy", "did you mean 'sales_by_weekday'"),
        ("zzzz", "known: "),
    ],
)
def test_the_closest_questions_are_named(company: Company, asked: str, meant: str) -> None:
    with pytest.raises(UnknownName) as refused:
        company.ask(asked)
    assert meant in refused.value.hint
    assert refused.value.hint.endswith("(all questions: dangol ask)")
    assert "전체 질문 보기: dangol ask" in tell_error(refused.value, "ko")


def test_the_api_names_them_too(client: TestClient) -> None:
    found = client.get("/api/v1/questions/Q99/answer")
    assert found.status_code == 404
    assert "did you mean 'Q9'" in found.json()["hint"]
