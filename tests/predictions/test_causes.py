"""Which cause group a header speaks of, and the rule of thumb by one column."""

from __future__ import annotations

import numpy as np
import pytest

from dangol.core.declare import Block
from dangol.predictions.causes import cause_of
from dangol.predictions.one_column import STRENGTH, OneColumn


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ("MonthlyCharges", "price"), ("CashbackAmount", "price"), ("월 청구금액(원)", "price"), ("쿠폰 사용", "price"),
        ("TechSupport", "service"), ("Complain", "service"), ("SatisfactionScore", "service"), ("상담_횟수", "service"),
        ("complaints_about_price", "service"), ("tenure", "loyalty"), ("Contract", "loyalty"), ("약정 [구분]", "loyalty"),
        ("DaySinceLastOrder", "loyalty"), ("HourSpendOnApp", "communication"), ("email_opens", "communication"),
        ("앱 접속일수", "communication"), ("CityTier", "other"), ("SeniorCitizen", "other"), ("지역", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_headers_speak_of_a_cause(header: str, cause: str) -> None:
    assert cause_of(header) == cause


def test_one_column_is_the_most_telling_and_its_rates_are_drawn_towards_all() -> None:
    happened = np.array([1.0, 1, 1, 0, 0, 0, 0, 0] * 25)
    words = np.array(["a", "a", "b", "b", "b", "b", None, "b"] * 25, dtype=object)
    noise = np.tile(np.arange(4.0), 50)
    block = Block(np.arange(200), {"noise": noise, "words": words})
    rule = OneColumn.learn(block, happened)
    assert rule.name == "words"
    expected = {"a": (50 + STRENGTH * 0.375) / (50 + STRENGTH), "b": (25 + STRENGTH * 0.375) / (125 + STRENGTH)}
    assert rule.apply(block)[:3] == pytest.approx([expected["a"], expected["a"], expected["b"]])
    unseen = Block(np.arange(1), {"noise": np.zeros(1), "words": np.array(["z"], dtype=object)})
    assert rule.apply(unseen) == pytest.approx([0.375])


def test_numbers_are_told_by_tenths_and_missing_ones_apart() -> None:
    values = np.concatenate([np.arange(100.0), np.full(20, np.nan)])
    happened = (np.nan_to_num(values, nan=99.0) >= 50).astype(np.float64)
    block = Block(np.arange(120), {"value": values, "nothing": np.full(120, np.nan), "same": np.ones(120)})
    rule = OneColumn.learn(block, happened)
    assert rule.name == "value"
    found = rule.apply(block)
    assert found[:40].max() < 0.3
    assert found[60:].min() > 0.7


def test_without_any_telling_column_the_rate_of_all_stands() -> None:
    happened = np.array([1.0, 0.0] * 30)
    rule = OneColumn.learn(Block(np.arange(60), {"same": np.ones(60)}), happened)
    assert rule.apply(Block(np.arange(2), {"same": np.ones(2)})) == pytest.approx([0.5, 0.5])
