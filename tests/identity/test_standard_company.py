"""Companies: legal forms and desks never matter, numbers of funds do; business numbers are checked as the tax office does."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.identity.standard.company import is_business_number, standard_companies


def read(**columns):
    records = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    return standard_companies(records).to_pydict()


# Published numbers of two listed companies, and a made-up one.
@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("1208147521", True),
        ("2208162517", True),
        ("1234567890", False),
        ("120814752", False),
        ("", False),
        ("12081475２1", False),
    ],
)
def test_check_digit(number, right):
    assert is_business_number(number) is right


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 8), st.integers(1, 9))
def test_one_check_digit_in_ten_is_right_and_most_slips_show(nine, place, more):
    right = [digit for digit in "0123456789" if is_business_number(nine + digit)]
    assert len(right) == 1
    if place < 8:
        other = nine[:place] + str((int(nine[place]) + more) % 10) + nine[place + 1 :]
        # A weight and ten share no divisor, so that any slip of one digit shows.
        assert not is_business_number(other + right[0])


@pytest.mark.parametrize(
    "written",
    [
        "이랜텍",
        "(주)이랜텍",
        "㈜이랜텍",
        "주식회사 이랜텍",
        "이랜텍(주)",
        "이랜텍 주식회사",
        "주)이랜텍",
        "이랜텍 본사",
        "이랜텍 부산지사",
        "이랜텍 구매팀",
        "이랜텍 마케팅본부",
        "(주) 이 랜텍",
        "이랜텍㈜",
    ],
)
def test_one_korean_company(written):
    assert read(account_name=[written])["company_key"] == ["이랜텍"]


@pytest.mark.parametrize(
    "written",
    [
        "Acme Tools",
        "Acme Tools Co., Ltd.",
        "ACME TOOLS INC",
        "Acme Tools, Inc.",
        "Acme-Tools Corp",
        "Acme Tools LLC",
        "Acme Tools Limited",
    ],
)
def test_one_english_company(written):
    assert read(account_name=[written])["company_key"] == ["acmetools"]


def test_spelling_in_latin_letters_sounds_alike():
    found = read(account_name=["엔에스(주)", "Eneseu Co., Ltd.", "SK텔레콤", "SK Telrekom"])["company_roman"]
    assert found[0] == found[1]
    assert found[2] == found[3]


def test_numbers_of_funds_are_read_in_words_too():
    assert read(account_name=["가나이호펀드", "가나2호펀드", "가나삼호펀드", "가나펀드"])["company_issue"] == ["2", "2", "3", ""]


def test_numbers_and_domains():
    found = read(
        account_name=["가", "나", "다", "라"],
        business_number=["120-81-47521", "1208147521.0", "123-45-67890", "000-00-00000"],
        email=["kim@corp.co.kr", "kim@naver.com", None, None],
        website=[None, None, "https://www.Corp.co.kr/about", "https://smartstore.naver.com/x"],
    )
    assert found["business_key"] == ["1208147521", "1208147521", None, None]
    assert found["business_valid"] == [True, True, None, None]
    assert found["domain_key"] == ["corp.co.kr", None, "corp.co.kr", None]
