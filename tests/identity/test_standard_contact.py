"""Phones and e-mails: one form for every way of writing them; placeholders reach nobody and join nobody."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.identity.standard.email import MENDED, PROVIDERS, read_emails
from dangol.identity.standard.phone import read_phones

TEXT = pa.string()


def phone(written, *, korean=True, country=None):
    found = read_phones(pa.array([written], TEXT), pa.array([korean]), pa.array([country], TEXT))
    return found["key"][0].as_py(), found["kind"][0].as_py()


def email(written):
    found = read_emails(pa.array([written], TEXT))
    return found["key"][0].as_py(), found["user"][0].as_py()


# Formats of the knowledge of Korean exports, a lost zero of spreadsheets among them.
FORMS = [
    "010{a}{b}", "010-{a}-{b}", "010 {a} {b}", "010.{a}.{b}", "10{a}{b}", "10-{a}-{b}", "+8210{a}{b}", "+82-10-{a}-{b}", "+82 10 {a} {b}",
    "+82 (0)10 {a} {b}", "+82 010-{a}-{b}", "82-10-{a}-{b}", "0082 10{a}{b}", "(010){a}-{b}", "010-{a}-{b}(본인)", "010-{a}-{b} / 02-555-7788",
    "10{a}{b}.0", " 010-{a}-{b} ", "010-{a}-{b} 내선 3",
]  # fmt: skip
GROUPS = st.tuples(st.integers(2000, 9999), st.integers(0, 9999)).filter(
    lambda ab: len(set(f"{ab[0]}{ab[1]:04}"[1:])) > 1 and f"{ab[0]}{ab[1]:04}" not in {"23456789", "87654321", "98765432"}
)


@given(GROUPS)
def test_every_form_of_a_mobile_number_is_one(groups):
    a, b = f"{groups[0]:04}", f"{groups[1]:04}"
    found = read_phones(
        pa.array([form.format(a=a, b=b) for form in FORMS]), pa.array([True] * len(FORMS)), pa.nulls(len(FORMS), TEXT)
    )
    assert set(found["key"].to_pylist()) == {f"+8210{a}{b}"}
    assert set(found["kind"].to_pylist()) == {"mobile"}


@given(GROUPS)
def test_a_read_number_reads_the_same(groups):
    key, kind = phone(f"010{groups[0]:04}{groups[1]:04}")
    assert phone(key) == phone(key, korean=False) == (key, kind)


@pytest.mark.parametrize(
    ("written", "key", "kind"),
    [
        ("0504-9292-8016", "+8250492928016", "virtual"), ("0507-1319-8016", "+8250713198016", "virtual"), ("50492928016", "+8250492928016", "virtual"),
        ("02-805-7432", "+8228057432", "landline"), ("28057432", "+8228057432", "landline"), ("031)805-7432", "+82318057432", "landline"),
        ("552113090", "+82552113090", "landline"), ("1588-4321", "+8215884321", "business"), ("080-823-4821", "+82808234821", "business"),
        ("070-4123-9134", "+827041239134", "other"), ("011-834-5078", "+82118345078", "mobile"), ("０１０－２３４５－７４３２", "+821023457432", "mobile"),
        ("+1 212-555-4321", "+12125554321", "other"), ("+44 (0)20 7946 0958", "+442079460958", "other"),
    ],
)  # fmt: skip
def test_kinds_of_korean_and_other_numbers(written, key, kind):
    assert phone(written) == (key, kind)


@pytest.mark.parametrize(
    "written",
    ["", "-", "없음", "010-0000-0000", "01000000000", "000-0000-0000", "010-1111-1111", "010-1234-5678", "010-9999-9999", "02-000-0000", "1234567890",
     "010-****-1234", "010-XXXX-1234", "1.01E+09", "123", "99999999999", "+82"],
)  # fmt: skip
def test_placeholders_and_hidden_numbers_are_missing(written):
    assert phone(written) == (None, None)


def test_a_country_makes_local_numbers_international():
    assert {phone(each, korean=False, country="gb")[0] for each in ("020 7946 0958", "+44 20 7946 0958", "442079460958")} == {
        "+442079460958"
    }
    assert {phone(each, korean=False)[0] for each in ("(212) 555-4321", "1-212-555-4321", "+1 212 555 4321", "2125554321")} == {
        "+12125554321"
    }
    assert phone("3865286", korean=False) == ("3865286", "other")


def test_a_lost_zero_of_a_landline_needs_a_korean_record():
    assert phone("318057432", korean=True)[0] == "+82318057432"
    assert phone("318057432", korean=False)[0] == "318057432"


@pytest.mark.parametrize(
    ("written", "key", "user"),
    [
        ("Kim.Min+shop@Gmail.com", "kimmin@gmail.com", "kimmin"), ("kimmin@googlemail.com", "kimmin@gmail.com", "kimmin"),
        ("kim@naver.con", "kim@naver.com", "kim"), ("kim@nvaer.com", "kim@naver.com", "kim"), ("kim@navver.com", "kim@naver.com", "kim"),
        ("kim@naver,com", "kim@naver.com", "kim"), ("kim@naver", None, None), ("a_b@hanmail.net", "a_b@daum.net", "ab"), ("A_B@daum.net", "a_b@daum.net", "ab"),
        ("kim@gamil.com", "kim@gmail.com", "kim"), ("kim＠naver.com", "kim@naver.com", "kim"), ("Kim <kim@corp.co.kr>", "kim@corp.co.kr", "kim"),
        ("mailto:kim@corp.co.kr", "kim@corp.co.kr", "kim"), ("k im@naver.com", "kim@naver.com", "kim"), ("kim@naver.com.", "kim@naver.com", "kim"),
        ("seok-won_gim@nate.com", "seok-won_gim@nate.com", "seokwongim"), ("bob@mail.com", "bob@mail.com", "bob"), ("j.doe@corp.com", "j.doe@corp.com", "jdoe"),
    ],
)  # fmt: skip
def test_mailboxes(written, key, user):
    assert email(written) == (key, user)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "없음",
        "no@no.com",
        "test@test.com",
        "noreply@shop.com",
        "x@@y.com",
        "kim@",
        "@naver.com",
        "a b c",
        "none",
    ],
)
def test_what_reaches_no_mailbox_is_missing(written):
    assert email(written) == (None, None)


def test_no_provider_is_taken_for_a_slip_of_another():
    assert not set(PROVIDERS) & set(MENDED)
    assert set(MENDED.values()) <= set(PROVIDERS)


@given(st.from_regex(r"[a-z][a-z0-9]{3,10}", fullmatch=True), st.sampled_from([*PROVIDERS, "corp.co.kr"]))
def test_case_blanks_and_reading_again_never_matter(user, domain):
    key, _ = email(f"{user}@{domain}")
    assert email(f"  {user.upper()}@{domain.upper()} ")[0] == key
    assert key is None or email(key)[0] == key


@given(st.lists(st.one_of(st.none(), st.text(max_size=25)), max_size=8))
def test_any_text_is_read_without_failing(texts):
    column = pa.array([None if each is None else each.encode("utf-8", "ignore").decode() for each in texts], TEXT)
    found = read_phones(column, pa.array([True] * len(texts), pa.bool_()), pa.nulls(len(texts), TEXT))
    assert len(found["key"]) == len(read_emails(column)["key"]) == len(texts)
