"""Sentences that stay translatable: equal in both ways of rendering, kept through JSON, and used by every error people meet."""

from __future__ import annotations

import ast
import copy
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dangol
from dangol.core.errors import DangolError, TooLittleData, UnknownName, suggest
from dangol.core.text import render, tell, tell_error
from dangol.core.told import Told, told

SOURCES = Path(dangol.__file__).parent
FOR_DEVELOPERS = {"DeclarationError"}
MET_BY_PEOPLE = {
    "ConfigError", "SourceError", "DataError", "TooLittleData", "UnknownName", "NotReady", "ConsentError", "DestinationError",
    "EngineError",
}  # fmt: skip
# where a thing is, and what to type: the same in both languages
ANY_LANGUAGE = {
    "dangol.yaml", "contacts", "churn", "lifetime_value", "database.query", "postgresql://user@host/database",
    "openssl rand -hex 16", "pip install 'dangol[demo]'", "pip install 'dangol[spark]'",
}  # fmt: skip


def raised() -> Iterator[tuple[str, ast.expr]]:
    """What every raise of an error that people meet says, with its place."""
    for path in sorted(SOURCES.rglob("*.py")):
        calls = [each.exc for each in ast.walk(ast.parse(path.read_bytes())) if isinstance(each, ast.Raise)]
        for call in (each for each in calls if isinstance(each, ast.Call)):
            if ast.unparse(call.func).partition(".")[0] in MET_BY_PEOPLE | {"ValueError"}:
                for said in (*call.args, *(each.value for each in call.keywords if each.arg != "where")):
                    yield f"{path.relative_to(SOURCES)}:{call.lineno}", said


def templates() -> list[str]:
    """Every template handed to `told`, and every wording that `core.misfit` keeps."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        marks = {"told", "words"} if path.name == "misfit.py" else {"told"}
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in marks and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return sorted(found)


def test_errors_that_people_meet_are_written_for_both_languages() -> None:
    plain = [
        f"{place}: {ast.unparse(text)}"
        for place, text in raised()
        if isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and text.value not in ANY_LANGUAGE)
    ]
    assert not plain, "\n".join(plain)


def test_every_class_of_errors_is_for_people_or_for_developers() -> None:
    assert {each.__name__ for each in DangolError.__subclasses__()} == MET_BY_PEOPLE | FOR_DEVELOPERS


def example(template: str) -> dict[str, object]:
    """Values for a template: lists where it lists, numbers elsewhere."""
    fields = [(field.partition("|")[0], form) for _, field, form, _ in Formatter().parse(template) if field is not None]
    return {name: ["one", "two"] if form in {"listed", "either"} else 1 for name, form in fields}


@pytest.mark.parametrize("template", templates())
def test_english_is_the_same_when_written_and_when_read(template: str) -> None:
    said = Told(template, example(template))
    assert str(said) == render(template, said.values, "en")
    assert tell(said, "en") == said


def test_a_sentence_within_a_sentence_is_said_in_one_language() -> None:
    error = TooLittleData.have(told("{have} days of orders", have="30"), told("at least {n}", n="9"))
    assert str(error) == "too little data: have 30 days of orders, need at least 9"
    assert tell_error(error, "ko") == "데이터가 부족합니다. (현재: 주문 기간 30일 / 필요: 9 이상)"
    assert tell_error(error, "en") == str(error)


def test_an_error_says_where_what_further_problems_and_what_to_do() -> None:
    error = UnknownName.among(told("question"), "chrn", ["churn", "sales"], where=told("row {row}", row=3))
    error.problems = (told("the file is empty"), "as it is")
    assert str(error).splitlines() == [
        "row 3: unknown question 'chrn'", "  - the file is empty", "  - as it is", "did you mean 'churn'?",
    ]  # fmt: skip
    assert tell_error(error, "ko").splitlines() == [
        "3행: 'chrn'이라는 질문이 없습니다.",
        "  - 파일이 비어 있습니다.",
        "  - as it is",
        "비슷한 이름으로 'churn'이 있습니다.",
    ]


@pytest.mark.parametrize(
    ("name", "known", "english", "korean"),
    [
        (
            "ab",
            ["abc", "abd", "abe"],
            "did you mean 'abc', 'abd' or 'abe'?",
            "비슷한 이름으로 'abc', 'abd' 또는 'abe'가 있습니다.",
        ),
        ("zz", ["a", "b"], "known: a, b", "쓸 수 있는 이름: a, b"),
        ("zz", [f"a{n:02}" for n in range(13)], "a11 …", "a11 …"),
        ("zz", [], "nothing is declared yet", "아직 등록된 항목이 없습니다."),
    ],
)
def test_suggestions(name: str, known: list[str], english: str, korean: str) -> None:
    assert english in suggest(name, known)
    assert korean in tell(suggest(name, known), "ko")


VALUES = st.recursive(
    st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.none()), lambda inner: st.lists(inner, max_size=3)
)


@given(VALUES, VALUES)
def test_it_survives_json_pickle_and_copies(inner: object, outer: object) -> None:
    said = told("{a} and {b}", a=told("<{c:quoted}>", c=inner), b=outer)
    for back in (
        Told.from_json(json.loads(json.dumps(said.as_json()))),
        pickle.loads(pickle.dumps(said)),
        copy.deepcopy(said),
    ):
        assert (back, back.template, back.values) == (said, said.template, said.values)


def test_it_is_a_text_like_any_other() -> None:
    said = told("{n:count|row/rows} of {name:quoted}", n=1204, name="a'b")
    assert said == '1,204 rows of "a\'b"'
    assert json.loads(json.dumps({"said": said})) == {"said": '1,204 rows of "a\'b"'}
    assert f"{told('{n|row/rows}', n=1)}" == "1 row"
    assert tell("nothing to translate", "ko") == "nothing to translate"


def test_a_placeholder_without_a_value_is_noticed() -> None:
    with pytest.raises(KeyError, match="name"):
        told("unknown {name}")
