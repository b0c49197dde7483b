"""Every declared programme is complete, in both languages, measurable, and its audience is a valid rule."""

from __future__ import annotations

import re
from datetime import datetime

import duckdb
import pytest

from dangol.algorithms.difference import conversion_deviation, minimal_detectable_effect
from dangol.core.declare import Arm, Programme, ProgrammeSettings
from dangol.core.rules import Term, Vocabulary, compile_rule, describe, parse
from dangol.core.rules.segment import unfold
from dangol.programmes.conservative import conservative
from dangol.programmes.fallen_angel import fallen_angel
from dangol.programmes.keep_at_risk import keep_at_risk
from dangol.programmes.never_returned import never_returned
from dangol.programmes.reward_addict import reward_addict
from dangol.programmes.welcome import welcome
from dangol.programmes.win_back import win_back
from dangol.workspace.programmes import ranked
from dangol.workspace.registry import Registry
from dangol.workspace.segment_rules import all_segments, named_rules

STAGES = ("prospect", "new", "active", "at_risk", "lapsed", "reactivated")
SEGMENTS = named_rules(all_segments([], Registry().segments))
WORDS = Vocabulary(
    {
        term.name: term
        for term in (
            Term("lifecycle_stage", "category", "생애주기 단계", "lifecycle stage", STAGES),
            Term("order_count", "count", "구매 횟수", "number of orders"),
            Term("recency_days", "days", "마지막 구매 후 일수", "days since last order"),
            Term("tenure_days", "days", "거래 기간", "days as a customer"),
            Term("best_year_before", "flag", "1~2년 전 상위 20% 고객", "among the best of the year before"),
            Term("recency_score", "integer", "R 점수", "R score"),
            Term("mostly_rewarded", "flag", "혜택 위주 구매", "buys mostly for rewards"),
            Term("category_count", "count", "구매한 카테고리 수", "different categories"),
        )
    },
    segments=SEGMENTS,
)
HANGUL = re.compile(r"[가-힣]")
ALL = [win_back, welcome, fallen_angel, never_returned, reward_addict, conservative, keep_at_risk]


@pytest.mark.parametrize("declared", ALL, ids=lambda each: each.name)
def test_the_audience_compiles_and_is_told_in_both_languages(declared: Programme) -> None:
    rule = parse(declared.settings.audience)
    text = compile_rule(rule, WORDS, as_of=datetime(2026, 11, 22)).sql("duckdb")
    named = [str(SEGMENTS[name].rule) for name in unfold(rule, WORDS).reached]
    assert [name for name in WORDS.columns if name in " ".join([declared.settings.audience, *named])] == [
        name for name in WORDS.columns if name in text
    ]
    assert text != "TRUE"
    assert HANGUL.search(describe(rule, WORDS, "ko"))
    assert not HANGUL.search(describe(rule, WORDS, "en"))


@pytest.mark.parametrize("declared", ALL, ids=lambda each: each.name)
def test_texts_are_there_in_both_languages(declared: Programme) -> None:
    settings = declared.settings
    korean = [settings.ko, settings.value_ko, *(arm.offer_ko for arm in settings.arms)]
    english = [settings.en, settings.value_en, *(arm.offer_en for arm in settings.arms)]
    assert all(HANGUL.search(text) for text in korean)
    assert all(text and not HANGUL.search(text) for text in english)
    assert declared.summary.endswith(".") or len(declared.summary) < 90


@pytest.mark.parametrize("declared", ALL, ids=lambda each: each.name)
def test_the_effect_can_be_measured(declared: Programme) -> None:
    assert declared.settings.holdout >= 0.1
    assert sum(arm.share for arm in declared.settings.arms) == pytest.approx(1)
    assert declared.settings.cool_down_days >= declared.settings.horizon_days, "runs would blur each other"


def test_every_stage_from_the_first_order_on_has_a_programme() -> None:
    assert {each.settings.stage for each in Registry().programmes.values()} == {"onboard", "grow", "retain", "reactivate"}


def test_who_is_kept_is_ranked_by_what_may_be_lost() -> None:
    """Recomputed by hand: worth much and safe, worth less and leaving, not scored."""
    values = "(values (1, 1000.00, 0.1e0), (2, 400.00, 0.9e0), (3, 900.00, null))"
    people = f"{values} as profile (customer_id, expected_margin_12m, churn_probability)"
    score = ranked(keep_at_risk.settings.rank_by, ("expected_margin_12m", "churn_probability")).sql("duckdb")
    asked = f"select customer_id, {score} from {people} order by 2 desc nulls last"
    assert duckdb.sql(asked).fetchall() == [(2, pytest.approx(360)), (1, pytest.approx(100)), (3, None)]
    assert ranked(keep_at_risk.settings.rank_by, ("expected_margin_12m",)).sql("duckdb") == "CAST(NULL AS DOUBLE)"
    assert ranked("order_count", ("order_count",)).sql("duckdb") == "CAST(profile.order_count AS DOUBLE)"


def test_the_holdouts_reason_is_true() -> None:
    deviation = conversion_deviation(0.05)
    assert minimal_detectable_effect(deviation, 800, 200) == pytest.approx(0.05, abs=0.005)
    assert minimal_detectable_effect(deviation, 900, 100) == pytest.approx(0.065, abs=0.005)


@pytest.mark.parametrize("arms", [(Arm(name="a", share=0.5),), (Arm(name="a", share=0.5), Arm(name="a", share=0.5))])
def test_arms_that_do_not_add_up_are_refused(arms: tuple[Arm, ...]) -> None:
    with pytest.raises(ValueError, match="arm"):
        ProgrammeSettings.model_validate({**welcome.settings.model_dump(), "arms": arms})
