"""No sentence has a hole in it: what cannot be told is said to be so."""

from __future__ import annotations

import pytest

from dangol.core.text import placeholders, translate
from dangol.workspace.answers import NOT_YET, Answer, Trust
from dangol.workspace.registry import discover

QUESTIONS = discover().questions.values()


def answer(question, headline):
    """An answer with a headline made by hand."""
    return Answer(question.name, question.number, "2026-01-01T00:00:00", {}, headline, [], [], 0, (), True, Trust("low"), "", ())


@pytest.mark.parametrize("missing", [None, float("nan")])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.number)
def test_without_figures_it_says_that_it_cannot_be_told_yet(question, missing):
    for language in ("ko", "en"):
        headline = dict.fromkeys(placeholders(question.sentence(language)), missing)
        said = answer(question, headline).sentence(question, language, currency="KRW", zone="Asia/Seoul")
        assert said == translate(NOT_YET, language)


def test_a_share_that_nobody_knows_leaves_the_whole_sentence_out():
    """V7 of a company without prospects: half a sentence would be a wrong one."""
    question = next(each for each in QUESTIONS if each.number == "V7")
    found = answer(
        question, {"days": 90, "prospects": None, "existing": 0.5, "contacts_new": None, "contacts_old": None, "n": 40}
    )
    said = [found.sentence(question, language, currency="KRW", zone="Asia/Seoul") for language in ("ko", "en")]
    assert "문장으로 답할 수 없습니다" in said[0]
    assert "cannot be told in a sentence yet" in said[1]
    known = answer(question, {**found.headline, "prospects": 0.1})
    spoken = known.sentence(question, "en", currency="KRW", zone="Asia/Seoul")
    assert "10.0 % of prospects and 50.0 % of existing customers bought" in spoken
    assert "contacts" not in spoken
