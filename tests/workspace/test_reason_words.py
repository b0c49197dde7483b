"""Reasons in words: which way they point, how strongly, and what stands behind them."""

from __future__ import annotations

import math

import pytest

from dangol.core.text import Language
from dangol.predictions.churn import Churn
from dangol.workspace.wording import reason_words, strength_of


@pytest.mark.parametrize(
    ("factor", "strength"),
    [
        (2.01, "strong"),
        (1 / 2.01, "strong"),
        (1.99, "medium"),
        (1.26, "medium"),
        (1 / 1.26, "medium"),
        (1.24, "weak"),
        (1, "weak"),
    ],
)
def test_strength_is_told_by_how_much_the_odds_change(factor: float, strength: str) -> None:
    assert strength_of(math.log(factor)) == strength


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            ["Time since last order (60 days, own mean gap 8 days) points up · strong", "Buying history points down · medium"],
        ),
        ("ko", ["마지막 구매 시점(60일 경과, 평소 간격 8일): 높이는 쪽 · 강함", "구매 이력: 낮추는 쪽 · 보통"]),
    ],
)
def test_reasons_say_direction_strength_and_what_stands_behind(language: Language, told: list[str]) -> None:
    silent = {"en": "60 days, own mean gap 8 days", "ko": "60일 경과, 평소 간격 8일"}[language]
    moved = [("recency", 2.4), ("history", -0.5), ("visits", 0.01)]
    assert reason_words(Churn, moved, language, most=2, values={"recency": silent}) == told
