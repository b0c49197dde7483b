"""Fields lose the spaces around them and words for nothing; whatever needs no cleaning comes back as it is."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from dangol.core.engine import Duck
from dangol.core.tables import TABLES
from dangol.intake.casting import ALSO_BLANK, BLANK, SPACES, choice, cleaned, word

TEXT = TABLES["customers"].by_name["customer_name"]
NUMBER = TABLES["order_lines"].by_name["unit_price"]
DEVICE = TABLES["orders"].by_name["device"]
PIECES = [
    *BLANK,
    *ALSO_BLANK,
    " ",
    "\t",
    "\u00a0",
    "\u3000",
    "\ufeff",
    "\n",
    "N",
    "n",
    "<",
    "#",
    "0",
    "9",
    "홍길동",
    "nano",
    "Null ",
]


@pytest.fixture(scope="module")
def engine():
    with Duck(memory_limit="500MB", threads=1) as duck:
        yield duck


def read(engine, made, texts):
    """What the engine makes of some texts."""
    tree = made(exp.column("x")).sql(dialect="duckdb")
    return [row["v"] for row in engine.rows(f"SELECT {tree} AS v FROM (SELECT unnest($1) AS x)", [texts])]


def by_hand(text, blanks):
    """The same in plain Python: every space of Unicode, and with a tab in it the spaces a spreadsheet writes."""
    spaces = SPACES if "\t" in text else "".join(each for each in set(text) if unicodedata.category(each) == "Zs")
    bare = text.strip(spaces) if spaces else text
    is_blank = len(text.encode()) <= 6 and bare.lower() in blanks
    return None if bare == "" or is_blank else bare


texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), min_size=1, max_size=4).map("".join)


@settings(deadline=None, max_examples=300)
@given(st.lists(texts.filter(lambda each: "\x00" not in each), min_size=1, max_size=30))
@example(["  A1 ", "null", "NULL ", " - ", "-", "n/a", "Nathan", "\u3000가\u3000", "A\u00a0", "\t0101", "", " ", "(null)", "0"])
def test_a_field_is_cleaned_as_by_hand(engine, given_texts):
    for column, blanks in ((TEXT, BLANK), (NUMBER, ALSO_BLANK)):
        found = read(engine, lambda x, column=column: word(x, "VARCHAR", column), given_texts)
        assert found == read(engine, lambda x, column=column: cleaned(x, column), given_texts)
        assert found == [by_hand(each, blanks) for each in given_texts]


def test_our_own_words_and_other_spellings_of_a_choice(engine):
    found = read(engine, lambda x: choice(x, DEVICE), ["mobile", "모바일", "Smart Phone", "PC", "desktop", "pos", "toaster"])
    assert found == ["mobile", "mobile", "mobile", "desktop", "desktop", "pos", "toaster"]
