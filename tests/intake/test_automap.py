"""Files are understood from their headers and values; who somebody is, is never guessed."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.core.declare.source import shape, source
from dangol.core.errors import SourceError
from dangol.core.tables import LIFTED, TABLES
from dangol.intake import SourceSettings
from dangol.intake.automap import Said, propose
from dangol.intake.automap.evidence import is_identifier, weigh
from dangol.intake.automap.phrase import read_header
from dangol.intake.automap.values import is_business_number, look_at
from dangol.intake.mapping import columns_of
from dangol.intake.opening import Bench
from dangol.intake.resident import is_resident_number

NO_VALUES = look_at([], rows=0, filled=0.0, distinct=0.0)
RECEIVERS = (
    "수취인",
    "수령인",
    "받는분",
    "받는사람",
    "배송지",
    "Ship To ",
    "Recipient ",
    "Shipping ",
    "Consignee ",
    "Deliver To ",
)
OTHERS = ("판매자", "입금자", "보내는분", "추천인", "보호자", "담당자", "대표자", "Seller ", "Vendor ", "Sender ", "Guardian ")
THINGS_OF_PEOPLE = (
    "명",
    "이름",
    " 성명",
    " 연락처",
    " 휴대폰번호",
    "전화번호1",
    " 이메일",
    " ID",
    "Name",
    "Phone",
    "Email",
    "Address 1",
)


@pytest.fixture
def bench(shop, tmp_path) -> Bench:
    (tmp_path / "staging").mkdir()
    return Bench(shop.duck, tmp_path / "staging")


@pytest.mark.parametrize(
    ("header", "owner", "head"),
    [
        ("상품주문번호", "order", "NUMBER"),
        ("주문상품번호", "product", "NUMBER"),
        ("수취인 휴대폰번호", "@receiver", "PHONE"),
        ("주문자 휴대폰번호", "@buyer", "PHONE"),
        ("총결제금액(원)", "payment", "AMOUNT"),
        ("배송비 합계", "shipping", "AMOUNT"),
        ("date of order", "order", "DATE"),
        ("billing_first_name", "@buyer", "GIVEN"),
        ("Lineitem sku", "product", "NUMBER"),
        ("customerNumber", "@buyer", "NUMBER"),
        ("(기본주소)", "", "ADDRESS"),
        ("Item Total", "product", "AMOUNT"),
    ],
)
def test_the_last_noun_is_the_head_and_the_one_before_it_the_owner(header, owner, head):
    assert (read_header(header).owner, read_header(header).head) == (owner, head)


@pytest.mark.parametrize("whose", [*RECEIVERS, *OTHERS])
@pytest.mark.parametrize("what", THINGS_OF_PEOPLE)
@pytest.mark.parametrize("table", ["customers", "orders", "order_lines"])
def test_receivers_and_others_never_become_the_customer(whose, what, table):
    header = f"{whose}{what}"
    people = [column for column in columns_of(TABLES[table]).values() if column.name in TABLES["customers"].by_name]
    taken = {
        column.name: weigh(header, column, TABLES[table], NO_VALUES).confidence for column in people if is_identifier(column)
    }
    assert max(taken.values()) < 0.9, taken


@given(st.text(max_size=30))
def test_any_header_can_be_read(header):
    phrase = read_header(header)
    assert phrase.head in ("", *phrase.atoms)
    assert phrase.owner in ("", *phrase.atoms)


@pytest.mark.parametrize(
    ("number", "valid"), [("120-81-47521", True), ("2208162517", True), ("123-45-67890", False), ("1208147521x", False)]
)
def test_business_numbers_by_their_check_digit(number, valid):
    assert is_business_number(number) is valid


def resident_number(day: str, century: str, serial: str) -> str:
    """A number with the right check digit, after the rule in the resident registration act's ordinance."""
    digits = [int(sign) for sign in f"{day}{century}{serial}"]
    total = sum(weight * digit for weight, digit in zip([2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5], digits, strict=True))
    return f"{day}-{century}{serial}{(11 - total % 11) % 10}"


@given(st.dates(min_value=date(1930, 1, 1)), st.integers(0, 99_999))
def test_resident_numbers_are_known_by_date_and_check_digit(day, serial):
    century = "1" if day.year < 2000 else "3"
    number = resident_number(f"{day:%y%m%d}", century, f"{serial:05d}") if day.year < 2100 else ""
    if number:
        assert is_resident_number(number)
        assert is_resident_number(number.replace("-", ""))
        assert not is_resident_number(number[:-1] + str((int(number[-1]) + 1) % 10))


def test_product_codes_and_moments_are_no_resident_numbers():
    draw = random.Random(7)
    codes = [f"880{draw.randrange(10**10):010d}" for _ in range(2_000)]
    assert sum(map(is_resident_number, codes)) < 0.1 * len(codes)
    moments = [f"{17 * 10**11 + draw.randrange(10**11)}" for _ in range(2_000)]
    assert sum(map(is_resident_number, moments)) < 0.1 * len(moments)


def test_a_column_of_resident_numbers_is_refused_by_its_values(shop, bench):
    secret = [resident_number("900101", "1", f"{each:05d}") for each in range(20)]
    shop.write("members.csv", "회원번호,이름,메모\n" + "".join(f"M{place},김하나,{each}\n" for place, each in enumerate(secret)))
    refused = propose([shop.folder / "members.csv"], bench).refused
    (problem,) = refused.values()
    assert "메모" in str(problem.what)
    assert problem.where.endswith("members.csv")
    assert not any(each in str(problem) for each in secret)
    with pytest.raises(SourceError, match="forbids") as loading:
        shop.file("members.csv", table="customers")
    assert not any(each in str(loading.value) for each in secret)


def test_a_header_of_resident_numbers_is_refused_even_when_empty(shop, bench):
    shop.write("members.csv", "회원번호,이름,구매자 주민등록번호\nM1,김하나,\n")
    (problem,) = propose([shop.folder / "members.csv"], bench).refused.values()
    assert "주민등록번호" in str(problem.what)


def test_a_file_is_told_from_values_where_headers_say_nothing(shop, bench):
    rows = "".join(f"M{place:03d},user{place}@example.com,010-1234-{place:04d}\n" for place in range(40))
    shop.write("people.csv", f"회원번호,F1,F2\n{rows}")
    (proposal,) = propose([shop.folder / "people.csv"], bench).proposals
    assert proposal.table is TABLES["customers"]
    assert proposal.columns == {"customer_ref": "회원번호"}
    assert {each.header: each.column for each in proposal.asked} == {"F1": "email", "F2": "phone"}
    taken = proposal.settled("F1", yes=True).settled("F2", yes=False)
    assert taken.columns == {"customer_ref": "회원번호", "email": "F1"}


def test_values_that_contradict_a_header_win(shop, bench):
    rows = "".join(f"M{place:03d},김하나,할인 쿠폰 {place}\n" for place in range(30))
    shop.write("members.csv", f"회원번호,이름,휴대폰번호\n{rows}")
    (proposal,) = propose([shop.folder / "members.csv"], bench).proposals
    assert "phone" not in proposal.columns


def test_repeated_order_numbers_with_products_are_lines(shop, bench):
    lines = "".join(f"O{place // 2},2026-01-{place % 27 + 1:02d},M{place % 5},P{place % 3},1,1000\n" for place in range(30))
    shop.write("sales.csv", f"주문번호,주문일,회원번호,상품코드,수량,결제금액\n{lines}")
    orders = "".join(f"O{place},2026-01-{place % 27 + 1:02d},M{place % 5},1000\n" for place in range(30))
    shop.write("heads.csv", f"주문번호,주문일,회원번호,결제금액\n{orders}")
    found = propose([shop.folder / "sales.csv", shop.folder / "heads.csv"], bench).proposals
    assert [(each.table.name, each.repeats) for each in found if each.table] == [("order_lines", True), ("orders", False)]


def test_a_doubtful_key_becomes_sure_where_another_file_has_its_values(shop, bench):
    members = "".join(f"K{place:03d},김하나,010-1234-{place:04d}\n" for place in range(30))
    shop.write("회원.csv", f"회원번호,이름,휴대폰번호\n{members}")
    visits = "".join(f"K{place % 30:03d},page,2026-03-{place % 27 + 1:02d} 10:00:00\n" for place in range(90))
    shop.write("로그.csv", f"고객,이벤트,일시\n{visits}")
    alone = propose([shop.folder / "로그.csv"], bench).proposals[0]
    both = propose([shop.folder / "회원.csv", shop.folder / "로그.csv"], bench)
    assert [each.column for each in alone.asked] == ["customer_ref"]
    assert both.proposals[1].columns["customer_ref"] == "고객"
    (relation,) = both.relations
    assert (relation.column, relation.share, relation.is_poor) == ("customer_ref", 1.0, False)


def test_members_of_two_systems_with_the_same_numbers_stay_apart(shop, bench):
    def members(name: str, names: str, prefix: str) -> Path:
        rows = "".join(f"{place},{names}{place % 7},{prefix}-{1000 + place}-{2000 + place}\n" for place in range(40))
        shop.write(name, f"회원번호,이름,휴대폰번호\n{rows}")
        return shop.folder / name

    mall, till = members("몰_회원.csv", "김하", "010"), members("매장_회원.csv", "박두", "011")
    again = members("몰_회원_2.csv", "김하", "010")
    systems = {each.files[0].path.name: each.system for each in propose([mall, till], bench).proposals}
    assert systems == {"몰_회원.csv": "main", "매장_회원.csv": "system_2"}
    together = propose([mall, again], bench).proposals
    assert [len(each.files) for each in together] == [2]


def test_what_somebody_says_leaves_nothing_to_guess(shop, bench):
    shop.write("x.csv", "a,b,c\n" + "".join(f"Z{place},2026-01-02,{place * 10}\n" for place in range(9)))
    said = Said("orders", "till", {"order_id": "a", "ordered_at": "b", "net_amount": "c", "customer_ref": "a"})
    (proposal,) = propose([shop.folder / "x.csv"], bench, (), said).proposals
    assert proposal.columns == {"order_id": "a", "ordered_at": "b", "net_amount": "c", "customer_ref": "a"}
    assert proposal.system == "till"


def test_buyers_of_orders_become_customer_records_and_receivers_do_not(shop):
    shop.write(
        "orders.csv",
        "주문번호,주문일시,상품번호,구매자ID,구매자명,구매자연락처,수취인명\n"
        "O1,2026-01-01 10:00,P1,B1,김하나,010-1111-2222,박받음\n"
        "O2,2026-01-02 10:00,P1,B1,김하나,,최받음\n"
        "O3,2026-01-03 10:00,P2,,,,정받음\n",
    )
    columns = {"customer_ref": "구매자ID", "customer_name": "구매자명", "phone": "구매자연락처"}
    report = shop.file("orders.csv", table="order_lines", columns=columns)
    assert report.loaded[0].rows["customers"] == 1
    (row,) = shop.rows("customers")
    assert (row["customer_ref"], row["customer_name"], row["phone"]) == ("B1", "김하나", "010-1111-2222")
    assert "customers" in LIFTED["order_lines"]


def test_names_alone_lift_no_customer_from_orders(shop):
    shop.write("orders.csv", "order_id,ordered_at,product_id,customer_ref,customer_name,phone\nO1,2026-01-01,P1,C1,Ann,010-1\n")
    report = shop.file("orders.csv")
    assert "customers" not in report.loaded[0].rows
    assert [notice.code for notice in report.loaded[0].notices].count("unmapped") == 1


def test_several_headers_of_a_text_fall_back_and_addresses_are_joined(shop):
    shop.write("m.csv", "id,mobile,home,street,flat\nC1,010-1,02-1,Main 1,Apt 2\nC2,,02-2,Hill 3,\nC3,,,,\n")
    columns = {"customer_ref": "id", "phone": ("mobile", "home"), "address": ("street", "flat")}
    shop.file("m.csv", table="customers", columns=columns)
    rows = [(row["phone"], row["address"]) for row in shop.rows("customers")]
    assert rows == [("010-1", "Main 1 Apt 2"), ("02-2", "Hill 3"), (None, None)]


def test_ignored_headers_are_not_taken_by_their_names(shop):
    shop.write("m.csv", "customer_ref,phone,email\nC1,010-1,a@example.com\n")
    shop.file("m.csv", ignore=("phone",))
    assert "phone" not in shop.rows("customers")[0]
    assert shop.rows("customers")[0]["email"] == "a@example.com"


def test_a_source_whose_columns_change_stops_and_says_what_to_do(shop):
    shop.write("m1.csv", "회원번호,이름,휴대폰번호\nC1,김하나,010-1111-2222\n")
    shop.file("m*.csv")
    shop.write("m2.csv", "회원번호,이름,핸드폰\nC2,김두리,010-3333-4444\n")
    shop.file("m*.csv")  # another known header for the same column is no change
    shop.write("m3.csv", "회원번호,이름,연락수단\nC3,김세나,010-5555-6666\n")
    with pytest.raises(SourceError) as stopped:
        shop.file("m*.csv")
    said = str(stopped.value)
    assert all(each in said for each in ("m3.csv", "m2.csv", "phone (핸드폰)", "연락수단", "optional: [phone]"))
    assert len(shop.rows("customers")) == 2
    shop.file("m*.csv", optional=("phone",))
    assert len(shop.rows("customers")) == 3


def test_a_mapping_changed_in_the_settings_is_no_change_of_the_source(shop):
    shop.write("m.csv", "회원번호,이름,휴대폰번호\nC1,김하나,010-1111-2222\n")
    shop.file("m.csv")
    shop.file("m.csv", ignore=("휴대폰번호",))
    assert "phone" not in shop.rows("customers")[0]


def test_optional_columns_of_a_shape_are_taken_where_they_are(shop):
    @source(ko="가게", en="Shop")
    def my_shop():
        """A shop."""
        return (shape("customers", customer_ref="no", optional={"phone": ("tel1", "tel2"), "city": "town"}, ignored=("email",)),)

    shop.write("m.csv", "no,tel2,email\nC1,010-1,a@example.com\n")
    shop.load(SourceSettings(name="s", files=("m.csv",), preset="my_shop"), presets=[my_shop])
    (row,) = shop.rows("customers")
    assert (row["phone"], row.get("city"), row.get("email")) == ("010-1", None, None)


def test_a_list_of_customers_with_a_mark_is_one_of_who_left_and_says_who_they_are(shop, bench):
    marks = ("이탈", "유지", "유지")
    head = "회원번호,이름,휴대폰번호,이메일,성별,이탈여부,약정\n"
    lines = [f"M{n:03d},김하나,010-1234-{n:04d},m{n}@example.com,{'여남'[n % 2]},{marks[n % 3]},{n % 4}년" for n in range(60)]
    (found,) = propose([shop.folder / shop.write("회원.csv", head + "\n".join(lines) + "\n")], bench).proposals
    assert found.table.name == "churn_labels"
    assert {"customer_ref", "churn_status", "customer_name", "phone", "email", "gender"} <= set(found.columns)
    assert [each.header for each in found.readings if each.status == "kept"] == ["약정"]


@pytest.mark.parametrize(
    ("header", "value", "repeats"),
    [("이탈여부", "VIP", False), ("비고", "이탈", False), ("이탈여부", "이탈", True)],
    ids=["other values", "no header for it", "customers more than once"],
)
def test_other_lists_of_customers_are_none_of_who_left(shop, bench, header, value, repeats):
    head = f"회원번호,이름,휴대폰번호,{header}\n"
    lines = [f"M{n // (2 if repeats else 1):03d},김하나,010-1234-{n:04d},{value if n % 3 else '유지'}" for n in range(60)]
    (found,) = propose([shop.folder / shop.write("회원.csv", head + "\n".join(lines) + "\n")], bench).proposals
    assert found.table.name == "customers"


def test_a_list_with_a_mark_loads_who_they_are_without_a_word_in_the_settings(shop):
    lines = [f"M{n:03d},김하나,010-1234-{n:04d},{'이탈' if n % 3 else '유지'},{n % 4}년" for n in range(30)]
    shop.write("m.csv", "회원번호,이름,휴대폰번호,이탈여부,약정\n" + "\n".join(lines) + "\n")
    shop.file("m.csv")
    assert len(shop.rows("churn_labels")) == len(shop.rows("customers")) == 30
    row = next(each for each in shop.rows("customers") if each["customer_ref"] == "M004")
    assert row["customer_name"] == "김하나"
    assert row["phone"].endswith("0004")
    marked = next(each for each in shop.rows("churn_labels") if each["customer_ref"] == "M004")
    assert (marked["churn_status"], marked["attributes"]) == ("left", '{"약정":"0년"}')
