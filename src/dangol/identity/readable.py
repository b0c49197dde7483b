"""What a source's word on a person is worth: readable, masked, a placeholder or impossible; and its comparable form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.distinct import has, joined, only, text_of
from dangol.identity.standard.people import names, standard_people

GRADE, FORM = "_grade", "_form"
READABLE, PASSING, MASKED, EMPTY = 3, 2, 1, 0
# An address is worth more, the nearer it leads.
STREET, POSTCODE, CITY, REGION, COUNTRY = 5, 4, 3, 2, 1
MASK = r"[*●○◯〇□■☆★]"
# What forms hold where nobody said anything.
PLACEHOLDER = (
    r"^(?:[\s.\-_/?0x]*|n/?a|none|null|nan|unknown|none/unknown|not (?:given|known|specified)|no answer|undisclosed|"
    r"미상|모름|없음|미입력|미기재|해당\s*없음|선택\s*안\s*함|알\s*수\s*없음|무응답|비공개|미선택)$"
)


# Attributes of an address, which stand or fall together.
ADDRESS = ("address", "postcode", "city", "region", "country")
NAMES = ("family_name", "given_name")
# The standard column that says that a value can be read.
STANDARD = {"phone": "phone_key", "email": "email_key", "birth_date": "birth_day", "gender": "gender_key"}
VIRTUAL = "virtual"  # a marketplace's number that leads to somebody for some weeks


def judge(records: pa.Table, attributes: Sequence[str]) -> pa.Table:
    """Grade and comparable form of every attribute of every record; of those chosen together, under the first one's name.

    Args:
        records: `place` and columns of the canonical `customers`.
        attributes: which of them to judge.

    Returns:
        place, and for each attribute `<name>_grade` (the higher, the better) and `<name>_form`, missing where nothing is said.
    """
    text = {name: text_of(records, name) for name in {*attributes, "customer_name", *NAMES, *ADDRESS}}
    standard, nothing = standard_people(records), pa.nulls(records.num_rows, pa.string())
    found: dict[str, pa.Array] = {"place": records["place"].combine_chunks()}
    for name in attributes:
        if name not in (*ADDRESS, *NAMES):
            found |= graded(name, *of_itself(name, text[name], standard))
    if set(attributes) & set(ADDRESS):
        found |= graded("address", *of_address(text, standard))
    if set(attributes) & set(NAMES):
        both = joined(" ", text["given_name"], text["family_name"])
        found |= graded("family_name", *of_name(both, names(nothing, text["given_name"], text["family_name"])))
    return pa.table(found)


def of_itself(name: str, text: pa.Array, standard: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Grade and form of an attribute that is judged on its own: a contact, a whole name, or any word."""
    if name in STANDARD:
        return of_contact(name, text, standard)
    if name == "customer_name":
        nothing = pa.nulls(len(text), pa.string())
        return of_name(text, names(text, nothing, nothing))
    return of_word(text)


def graded(name: str, grade: pa.Array, form: pa.Array) -> dict[str, pa.Array]:
    """The two columns of an attribute."""
    return {f"{name}{GRADE}": grade, f"{name}{FORM}": form}


def first_true(*cases: tuple[pa.Array, int], otherwise: int = EMPTY) -> pa.Array:
    """The grade of the first condition that holds."""
    conditions = pc.make_struct(*(pc.fill_null(condition, False) for condition, _ in cases))
    return pc.case_when(conditions, *(pa.scalar(grade, pa.int8()) for _, grade in cases), pa.scalar(otherwise, pa.int8()))


def of_word(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Grade and form of an attribute whose values are words."""
    form = pc.utf8_lower(text)
    return first_true((has(form, PLACEHOLDER), EMPTY), (has(form, MASK), MASKED), otherwise=READABLE), form


def of_name(text: pa.Array, read: Mapping[str, pa.Array]) -> tuple[pa.Array, pa.Array]:
    """Grade and form of a name."""
    form = pc.coalesce(read["name_key"], read["name_mask"], pc.utf8_lower(text))
    return first_true((pc.is_valid(read["name_key"]), READABLE), (pc.is_valid(read["name_mask"]), MASKED)), form


def of_contact(name: str, text: pa.Array, standard: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Grade and form of what a rule brings into one form: contacts, birth, gender."""
    key = standard[STANDARD[name]].combine_chunks()
    passing = pc.and_(pc.is_valid(key), pc.equal(standard["phone_kind"].combine_chunks(), VIRTUAL) if name == "phone" else False)
    grade = first_true((has(text, MASK), MASKED), (passing, PASSING), (pc.is_valid(key), READABLE))
    return grade, pc.coalesce(key.cast(pa.string()), pc.utf8_lower(text))


def of_address(text: Mapping[str, pa.Array], standard: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Grade and form of an address with all its parts; what is masked or a placeholder counts as not said."""
    said = {name: only(pc.not_equal(of_word(text[name])[0], EMPTY), text[name]) for name in ADDRESS}
    readable = pc.and_(pc.is_valid(said["address"]), pc.invert(has(text["address"], MASK)))
    street = pc.and_(pc.is_valid(standard["address_key"].combine_chunks()), readable)
    postcode = pc.is_valid(standard["postcode_key"].combine_chunks())
    steps = [(street, STREET), (postcode, POSTCODE)]
    steps += [(pc.is_valid(said[name]), grade) for name, grade in (("city", CITY), ("region", REGION), ("country", COUNTRY))]
    key = pc.coalesce(standard["address_key"].combine_chunks(), text["address"])
    parts = (key, standard["address_unit"].combine_chunks(), said["postcode"], said["city"], said["region"], said["country"])
    return first_true(*steps), pc.utf8_lower(joined("|", *parts))
