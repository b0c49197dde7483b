"""Names: every way of writing one gives one form, and what names nobody is missing."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol.identity.standard.hangul import latin, to_keys
from dangol.identity.standard.name import NOTHING, read_name
from dangol.identity.standard.people import standard_people
from dangol.identity.standard.surname import FREQUENT

GIVEN = st.text(st.sampled_from("민서지현수영준호은정하윤성우진경미주연태재혜선희훈"), min_size=2, max_size=2)
NAMES = st.tuples(st.sampled_from(sorted(FREQUENT)), GIVEN).map("".join)


@pytest.mark.parametrize(
    "written",
    [
        "김민수", "김 민수", "김 민 수", " 김민수 ", "김민수님", "김민수 님", "김민수씨", "김민수 고객님", "김민수고객님", "김민수 고객", "김민수(본인)",
        "김민수 (VIP)", "[VIP]김민수", "김민수2", "김민수A", "김민수 대표", "김민수대표님", "김민수 과장님", "김민수 귀하", "김민수회원님", "rlaalstn", "Rlaalstn",
        "김\u3000민수", unicodedata.normalize("NFD", "김민수"), "민수 김",
    ],
)  # fmt: skip
def test_one_korean_name_however_written(written):
    assert read_name(written)[:4] == ("김민수", "김", "민수", "gim.minsu")


@pytest.mark.parametrize(
    "written",
    ["Kim Minsu", "KIM MINSU", "Minsu Kim", "Kim, Minsu", "Min-su Kim", "Min Su Kim", "GIM MIN-SU", "kimminsu", "Mr. Minsoo Kim"],
)
def test_one_sound_in_either_alphabet_and_order(written):
    assert read_name(written).roman == read_name("김민수").roman


@pytest.mark.parametrize(
    ("one", "other"),
    [("류현진", "유현진"), ("이민호", "Lee Min Ho"), ("이민호", "Yi Minho"), ("이민호", "Min Ho Lee"), ("김민수", "Kim Min Su"), ("김수민", "Su Min Kim"), ("이정민", "Jung Min Lee"), ("이정민", "Lee Jung Min"), ("이민호", "RHEE MINHO"), ("박지성", "Park Jisung"), ("박지성", "Bak Ji-seong"),
     ("최유나", "Choi Yuna"), ("최유나", "Choe Yoo-na"), ("임재범", "Lim Jaebum"), ("림재범", "임재범"), ("노무진", "Roh Moojin"), ("정민", "Min Jung"),
     ("정민", "Jung Min"), ("남궁민", "Namkung Min"), ("라미란", "나미란")],
)  # fmt: skip
def test_surnames_spelt_in_several_ways(one, other):
    assert read_name(one).roman == read_name(other).roman


@pytest.mark.parametrize(
    ("written", "family", "given_name"),
    [
        ("남궁민", "남궁", "민"), ("황보 라", "황보", "라"), ("황보라", "황", "보라"), ("선우준원님", "선우", "준원"), ("제갈공명", "제갈", "공명"),
        ("류준열", "유", "준열"), ("이 대진", "이", "대진"), ("Jan van der Berg", "vanderberg", "jan"), ("John A. Smith", "smith", "john"), ("John Henry Smith", "smith", "john"), ("Sir John Smith, 2nd Baronet", "smith", "john"), ("Min Su Kim", "kim", "minsu"),
        ("Kim Min-su", "kim", "minsu"), ("José García", "garcia", "jose"), ("민수\t김", "김", "민수"), ("Ann\tLee", "lee", "ann"), ("김민수\t", "김", "민수"),
    ],
)  # fmt: skip
def test_family_and_given_name(written, family, given_name):
    assert read_name(written)[1:3] == (family, given_name)


def test_a_middle_name_is_part_of_the_whole_name_alone():
    long, short, initial = (read_name(each) for each in ("John Henry Smith", "John Smith", "John H. Smith"))
    assert (long.key, short.key, initial.key) == ("johnhenrysmith", "johnsmith", "johnsmith")
    assert long[1:4] == short[1:4] == initial[1:4]


@pytest.mark.parametrize(
    ("written", "mask"),
    [("김*수", "김*수"), ("김＊수", "김*수"), ("김○수", "김*수"), ("김O수", "김*수"), ("김**", "김**"), ("김00", "김**"), ("남**지", "남**지"), ("손*", "손*"), ("김*수님", "김*수"),
     ("J*** S****", "j***s****")],
)  # fmt: skip
def test_hidden_letters_leave_a_mask_and_no_name(written, mask):
    found = read_name(written)
    assert (found.key, found.given, found.roman, found.mask) == (None, None, None, mask)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "고객",
        "고객님",
        "비회원",
        "테스트",
        "홍길동",
        "이름없음",
        "test",
        "Guest",
        "unknown",
        "John Doe",
        "123",
        "-",
        "(없음)",
        "***",
    ],
)
def test_nobody(written):
    assert read_name(written) == NOTHING


@pytest.mark.parametrize("written", ["dudley", "shandley", "Flatman", "cochrane"])
def test_english_words_are_not_taken_for_slips_of_the_keyboard(written):
    assert read_name(written).key == written.lower()


def test_english_typed_with_a_korean_keyboard():
    assert read_name("ㅓㅐㅗㅜ 느ㅑ소").key == "johnsmith"


@given(NAMES, st.sampled_from(["{}", " {}", "{}님", "{} 고객님", "{}(본인)", "{}씨"]))
def test_titles_and_blanks_never_matter(name, form):
    assert read_name(form.format(name)) == read_name(name)


@given(NAMES)
def test_reading_what_was_read_changes_nothing(name):
    found = read_name(name)
    assert found.key is None or read_name(found.key) == found


@given(NAMES)
def test_the_keyboard_slip_of_any_name_is_undone(name):
    assert read_name(to_keys(name)) == read_name(name)


@given(NAMES)
def test_the_official_spelling_of_any_name_sounds_alike_in_any_order(name):
    family, given_name = latin(name[0]), latin(name[1:])
    expected = read_name(name).roman
    assert read_name(f"{family} {latin(name[1])}-{latin(name[2])}").roman == expected
    assert read_name(f"{given_name} {family}\t").roman == expected or read_name(f"{given_name}\t{family}").roman == expected


@given(st.text(max_size=30))
def test_any_text_is_read_without_failing(text):
    found = read_name(text)
    assert found.key is None or (found.key and not any(sign.isspace() for sign in found.key))


def test_letters_apart_show_a_slip_of_one_letter():
    jamo = standard_people(pa.table({"customer_name": ["김민수", "김민쑤", "Kim"]})).column("name_jamo").to_pylist()
    assert len(jamo[0]) == len(jamo[1]) == 8
    assert sum(one != other for one, other in zip(jamo[0], jamo[1], strict=True)) == 1
    assert jamo[2] == "kim"


@pytest.mark.real_data
def test_most_romanised_names_of_real_style_sound_like_their_korean_form(shared_data):
    folder = shared_data / "korean_er_dev"
    records = (
        pq.read_table(folder / "records.parquet").select(["record_id", "name"]).rename_columns(["record_id", "customer_name"])
    )
    people = pq.read_table(folder / "truth.parquet").to_pandas().set_index("record_id")["person_id"]
    read = standard_people(records).to_pandas()
    read["person"] = people.loc[records.column("record_id").to_pylist()].to_numpy()
    read["latin"] = read["name_key"].str.fullmatch("[a-z]+", na=False)
    korean = read[read["name_key"].str.fullmatch("[가-힣]{2,4}", na=False)].groupby("person")["name_roman"].agg(set)
    latin_names = read[read["latin"] & read["person"].isin(korean.index)]
    agree = [roman in korean[person] for roman, person in zip(latin_names["name_roman"], latin_names["person"], strict=True)]
    assert len(agree) > 500
    assert sum(agree) / len(agree) > 0.9
