"""Names compared: what a marketer would say of each pair, in Hangul, in Latin script and across."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from dangol.identity.matching.compare import LAYOUTS, Comparer
from dangol.identity.matching.increment import packed
from dangol.identity.matching.marks import marks
from dangol.identity.matching.people import People
from dangol.identity.standard import standard_people


def steps(rows: list[dict[str, str | None]], field: str) -> list[str]:
    """The step that each pair of neighbours (rows 0 and 1, rows 2 and 3 …) reaches in a field; "" where a value is missing."""
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for row in rows for name in row}
    people = People(packed(standard_people(pa.table(columns))))
    left = np.arange(0, len(rows), 2)
    codes = Comparer(people, marks(people)).codes(left, left + 1)
    place = next(place for place, layout in enumerate(LAYOUTS) if layout.ladder.field == field)
    reached = LAYOUTS[place].step[codes[:, place]]
    return ["" if step == 0 else LAYOUTS[place].ladder.steps[step - 1].name for step in reached]


@pytest.mark.parametrize(
    ("one", "two", "step"),
    [
        ("김민수", "김민수님", "same"),
        ("김민수", "김 민 수", "same"),
        ("김민수", "Kim Minsu", "same_sound"),
        ("김민수", "김밍수", "near"),
        ("김민수", "김*수", "masked"),
        ("김민수", "김*호", "family_only"),
        ("김민수", "김정훈", "family"),
        ("김민수", "박민수", "given"),
        ("김민수", "최영자", "different"),
        ("김민수", None, ""),
    ],
)
def test_korean_names(one: str, two: str | None, step: str) -> None:
    assert steps([{"customer_name": one}, {"customer_name": two}], "name") == [step]


def english(given: str | None, family: str | None) -> dict[str, str | None]:
    """A name in two columns."""
    return {"given_name": given, "family_name": family}


@pytest.mark.parametrize(
    ("one", "two", "step"),
    [
        (english("Robert", "Allen"), english("robert", "ALLEN"), "same"),
        (english("Allen", "Robert"), english("Robert", "Allen"), "same_sound"),
        (english("Robert", "Allen"), english("Robert", "Alen"), "same_sound"),
        (english("Robert", "Allenby"), english("Robert", "Allanby"), "near"),
        (english("Jo", "Allen"), english("Jonathan", "Allen"), "alike"),
        (english("Robert", None), english("Robert", "Allen"), "given_only"),
        (english(None, "Allen"), english("Robert", "Allen"), "family_only"),
        (english("Harrison", "Webb"), english(None, "Harrison"), "crossed"),
        (english("Robert", "Allen"), english("Florence", "Allen"), "family"),
        (english("Robert", "Allen"), english("Robert", "Whitfield"), "given"),
        (english("Robert", "Allen"), english("Florence", "Whitfield"), "different"),
    ],
)
def test_english_names(one: dict[str, str | None], two: dict[str, str | None], step: str) -> None:
    assert steps([one, two], "name") == [step]


@pytest.mark.parametrize(
    ("one", "two", "step"),
    [
        ("1992-01-09", "19920109", "same"),
        ("1992-01-09", "1992-09-01", "near"),
        ("1992-01-09", "1992-01-08", "near"),
        ("1992-01-09", "1992-01-27", "two_parts"),
        ("1992-01-28", "1992-02-13", "month"),
        ("1992-01-09", "1967-11-30", "different"),
        ("1992", "1992-01-09", "same_born"),
        ("1993", "1992-01-09", "other_born"),
        ("1992-01-09", None, ""),
    ],
)
def test_birth_dates(one: str, two: str | None, step: str) -> None:
    assert steps([{"birth_date": one}, {"birth_date": two}], "birth") == [step]


@pytest.mark.parametrize(
    ("one", "two", "step"),
    [
        ("010-7391-2845", "+82 10 7391 2845", "same_mobile"),
        ("010-7391-2845", "1073912845", "same_mobile"),
        ("02-563-2817", "02)563-2817", "same_other"),
        ("010-7391-2845", "010-7391-2854", "near"),
        ("010-7391-2845", "0504-1739-2284", "different_kind"),
        ("010-7391-2845", "010-2864-9173", "different"),
    ],
)
def test_phones(one: str, two: str, step: str) -> None:
    assert steps([{"phone": one}, {"phone": two}], "phone") == [step]


@pytest.mark.parametrize(
    ("one", "two", "step"),
    [
        ("minsu.kim@hanbit.co.kr", "MINSU.KIM@hanbit.co.kr", "same"),
        ("minsukim77@naver.com", "minsukim77@kakao.com", "same_user"),
        ("minsukim77@naver.com", "minsukin77@naver.com", "near"),
        ("minsukim77@naver.com", "younga_park@naver.com", "different"),
    ],
)
def test_mail_addresses(one: str, two: str, step: str) -> None:
    assert steps([{"email": one}, {"email": two}], "email") == [step]


@pytest.mark.parametrize(
    ("one", "two", "step", "area"),
    [
        ("서울특별시 강남구 테헤란로 12, 101동 1203호", "서울 강남구 테헤란로 12 101-1203", "same_unit", ""),
        ("서울 강남구 테헤란로 12, 101동 1203호", "서울 강남구 테헤란로 12", "same", ""),
        ("서울 강남구 테헤란로 12, 101동 1203호", "서울 강남구 테헤란로 12, 101동 705호", "other_unit", ""),
        ("서울 강남구 테헤란로 12", "서울 강남구 봉은사로 431", "different", "same_area"),
    ],
)
def test_addresses_count_the_area_only_where_the_street_says_nothing(one: str, two: str, step: str, area: str) -> None:
    rows: list[dict[str, str | None]] = [{"address": one}, {"address": two}]
    assert steps(rows, "street") == [step]
    assert steps(rows, "area") == [area]


def test_a_contact_of_many_names_is_a_shared_one() -> None:
    names = ("김민수", "박영자", "최정훈", "이서연", "정다은", "강하늘")
    rows: list[dict[str, str | None]] = [{"customer_name": name, "phone": "010-7391-2845"} for name in names]
    assert steps(rows, "phone") == ["same_shared"] * 3
    assert steps(rows[:4], "phone") == ["same_mobile"] * 2


def test_both_ways_round_is_the_same() -> None:
    rows = [english("Rob", "Allen"), english("Robert", "Alen"), english(None, "Webb"), english("Webb", "Logan")]
    assert steps(rows, "name") == steps([rows[1], rows[0], rows[3], rows[2]], "name")
