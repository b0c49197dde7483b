"""Business accounts: what joins records of a company, what keeps companies apart, and who belongs to whom."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.identity.account import STRENGTH, accounts, roll_up
from dangol.identity.standard.company import standard_companies

NAMES = ("account_name", "business_number", "phone", "domain", "address", "email")
# Real numbers of listed companies: their check digits are right.
ONE, OTHER = "120-81-47521", "220-81-62517"


def found(*rows):
    """Records (name, number, phone, domain, address, e-mail) → the table of accounts."""
    filled = [tuple(row) + (None,) * (len(NAMES) - len(row)) for row in rows]
    records = pa.table({name: pa.array([row[place] for row in filled], pa.string()) for place, name in enumerate(NAMES)})
    return accounts(standard_companies(records))


def same(one, other, *more):
    numbers = found(one, other, *more).column("account_no").to_pylist()
    return numbers[0] == numbers[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("가나전자", ONE), ("다라상사", "1208147521")),
        (("(주)이랜텍", None, "02-805-7432"), ("이랜텍 구매팀", None, "028057432")),
        (("주식회사 이랜텍", None, None, "irantech.co.kr"), ("이랭텍", None, None, "www.irantech.co.kr")),
        (("이랜텍",), ("㈜이랜텍",)),
        (("대웅",), ("Daewoong Co., Ltd.",)),
        (("이랜텍", None, None, None, "경기도 화성시 향남로 12"), ("이랜텍 본사", None, None, None, "경기 화성시 향남로 12")),
        (("엔에스(주)", None, "02-805-7432"), ("Eneseu Co., Ltd.", None, "+82-2-805-7432")),
        (("Samsung Tools Co., Ltd.", None, None, "ganatools.co.kr"), ("가나공구", None, None, "ganatools.co.kr")),
        (("가나전자", None, "02-805-7432", "gana.co.kr"), ("나나몰", None, "02-805-7432", "gana.co.kr")),
        (("Acme Tools Inc.", None, None, None, "12 Main Street"), ("ACME TOOLS", None, None, None, "12 Main St.")),
        (("가나전자", None, None, None, None, "kim@gana.co.kr"), ("가나전자(주)", ONE, None, "gana.co.kr")),
    ],
)
def test_one_company(one, other):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("이랜텍", ONE, "02-805-7432", "irantech.co.kr"), ("이랜텍", OTHER, "02-805-7432", "irantech.co.kr")),
        (("가나이호펀드", None, None, "gana.co.kr"), ("가나삼호펀드", None, None, "gana.co.kr")),
        (("가나1호선박투자", None, "02-805-7432"), ("가나2호선박투자", None, "02-805-7432")),
        (("가나전자", None, None, None, None, "kim@naver.com"), ("다라상사", None, None, None, None, "kim@naver.com")),
        (("가나전자", None, "02-805-7432"), ("다라상사", None, "02-805-7432")),
        (("가나전자", None, None, "gana.co.kr"), ("가나물산", None, None, "gana.co.kr")),
        (("한성기업", None, None, None, "부산 서구 원양로 1"), ("한성기업", None, None, None, "서울 중구 을지로 12")),
        (("한성기업", None, None, "hansung.co.kr"), ("한성기업", None, None, "hsfood.com")),
        (("하나투어", None, None, None, "서울 종로구 인사동길 41"), ("하나투자", None, None, None, "서울 종로구 인사동길 43")),
        (("이랜텍",), ("삼성전자",)),
        (("태웅",), ("Daewoong Co., Ltd.",)),
        ((None, None, None, None, "서울 종로구 인사동길 41"), ("가나전자", None, None, None, "서울 종로구 인사동길 41")),
    ],
)
def test_two_companies(one, other):
    assert not same(one, other)
    assert not same(other, one)


def test_a_name_that_two_companies_have_joins_nobody():
    table = found(("한성기업", ONE), ("한성기업", OTHER), ("한성기업",))
    assert table.column("account_no").to_pylist() == [0, 1, 2]


def test_a_number_mistyped_by_a_digit_keeps_nobody_apart():
    assert same(("이랜텍", ONE, "02-805-7432"), ("이랜텍", "120-81-47522", "02-805-7432"))


def test_numbers_of_another_kind_keep_companies_apart_though_no_check_digit_is_right():
    invented = [("가나전자", f"111-22-{place}4{place}", f"02-805-74{place:02}") for place in range(10, 40)]
    table = found(*invented)
    assert table.column("account_no").to_pylist() == list(range(30))


def test_a_domain_of_a_group_joins_only_who_is_named_alike():
    group = [
        ("가나전자", ONE, None, "gana.com"),
        ("가나물산", OTHER, None, "gana.com"),
        ("Gana Chemical", None, None, "gana.com"),
        ("㈜가나물산", None, None, "gana.com"),
    ]
    assert found(*group).column("account_no").to_pylist() == [0, 1, 2, 1]


def test_evidence_and_confidence_are_told():
    table = found(("이랜텍", ONE), ("이랜텍", ONE, "02-805-7432"), ("삼성전자",))
    assert table.column("evidence").to_pylist() == ["business number", "business number", None]
    assert table.column("confidence").to_pylist() == [STRENGTH["business number"]] * 2 + [None]
    assert table.column("size").to_pylist() == [2, 2, 1]
    twice = found(("이랜텍",), ("이랜텍",))
    assert twice.column("evidence").to_pylist() == ["same record"] * 2


def test_no_records():
    assert found().num_rows == 0


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["이랜텍", "(주)이랜텍", "이랭텍", "한성기업", "Irantek Inc.", None]),
        st.sampled_from([None, None, ONE, OTHER]),
        st.sampled_from([None, "02-805-7432", "02-805-7433"]),
        st.sampled_from([None, "irantech.co.kr"]),
    ),
    max_size=10,
)


@settings(deadline=None)
@given(RECORDS)
def test_two_business_numbers_are_never_one_account(rows):
    table = found(*rows)
    numbers = {}
    for (_, number, *_rest), account in zip(rows, table.column("account_no").to_pylist(), strict=True):
        numbers.setdefault(account, set()).update({number} - {None})
    assert all(len(each) <= 1 for each in numbers.values())
    assert all(account <= place for place, account in enumerate(table.column("account_no").to_pylist()))


@settings(deadline=None)
@given(RECORDS)
def test_one_business_number_is_one_account(rows):
    numbers = table_of(rows)
    assert all(len(accounts_of) == 1 for accounts_of in numbers.values())


def table_of(rows):
    accounts_of = {}
    for (_, number, *_rest), account in zip(rows, found(*rows).column("account_no").to_pylist(), strict=True):
        if number:
            accounts_of.setdefault(number, set()).add(account)
    return accounts_of


def test_accounts_roll_up_to_the_top_of_their_tree():
    account = np.array([0, 1, 2, 2, 4])
    parent, top = roll_up(account, ["A", "B", "C", "C2", "D"], [None, "A", "B", None, "nobody"])
    assert parent.tolist() == [-1, 0, 1, 1, -1]
    assert top.tolist() == [0, 0, 0, 0, 4]


def test_a_parent_that_is_the_account_itself_and_circles_end():
    parent, top = roll_up(np.array([0, 0, 2, 3]), ["A", "B", "C", "D"], ["B", None, "D", "C"])
    assert parent.tolist() == [-1, -1, 3, -1]
    assert top.tolist() == [0, 0, 3, 3]


def pairs(label):
    counts = np.unique(label, return_counts=True)[1].astype(float)
    return (counts * (counts - 1) / 2).sum()


@pytest.mark.real_data
def test_accounts_of_the_labelled_set(shared_data):
    folder = shared_data / "korean_er_dev"
    names = {"company": "account_name", "biz_no": "business_number", "tel": "phone"}
    records = pq.read_table(folder / "b2b_records.parquet")
    truth = pq.read_table(folder / "b2b_truth.parquet").to_pandas().set_index("record_id")["account_id"]
    label = accounts(standard_companies(records.rename_columns([names.get(name, name) for name in records.column_names])))
    number = label.column("account_no").to_numpy()
    true = truth.loc[records.column("record_id").to_pylist()].to_numpy()
    both = pairs(number * 100_000 + true)
    precision, recall = both / pairs(number), both / pairs(true)
    assert precision > 0.99
    assert 2 * precision * recall / (precision + recall) > 0.95
