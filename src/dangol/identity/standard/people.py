"""The records of all sources in one comparable form, whatever each system's forms allowed."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dangol.identity.standard.address import read_addresses, read_postcodes
from dangol.identity.standard.birth import read_births, read_genders
from dangol.identity.standard.country import are_korean, countries
from dangol.identity.standard.distinct import Parts, filled, has, on_distinct, only, text_of
from dangol.identity.standard.email import read_emails
from dangol.identity.standard.name import SPLIT, Name, read_name
from dangol.identity.standard.phone import read_phones


def standard_people(records: pa.Table) -> pa.Table:
    """Name, phone, e-mail, birth, gender, address and postcode of each record in a form that can be compared.

    No settings and no truth: Korean and other conventions are told from what is written. Values that name nobody (masked,
    filled in by a form, out of use) are missing, so that they join nobody.

    Args:
        records: any of the canonical `customers` columns customer_name, given_name, family_name, phone, email, gender,
            birth_date, address, postcode, city, region, country; absent ones are missing throughout, others are ignored.

    Returns:
        As many rows in the same order, all nullable: name_key, family_key, given_key, name_jamo, name_roman, name_mask,
        phone_key, phone_kind, email_key, email_user, birth_day (date32), birth_year (int32; known also where only the year
        was written), gender_key, address_key, address_unit, address_area, address_kind (dormitory,
        pickup, office; missing for homes), postcode_key.
    """
    text = {name: text_of(records, name) for name in COLUMNS}
    country = countries(text["country"])
    korean = are_korean(
        text, country, hangul=("customer_name", "family_name", "address", "city", "region", "gender", "birth_date")
    )
    found = names(text["customer_name"], text["given_name"], text["family_name"])
    phones = read_phones(text["phone"], korean, country)
    emails = read_emails(text["email"])
    births = read_births(text["birth_date"])
    places = read_addresses(text["address"], text["city"], text["region"])
    found |= {"phone_key": phones["key"], "phone_kind": phones["kind"], "email_key": emails["key"], "email_user": emails["user"]}
    found |= {"birth_day": births["day"], "birth_year": births["year"], "gender_key": read_genders(text["gender"])}
    found |= {f"address_{part}": places[part] for part in ("key", "unit", "area", "kind")}
    found["postcode_key"] = read_postcodes(pc.coalesce(text["postcode"], places["postcode"]), korean)
    return pa.table(found)


COLUMNS = (
    "customer_name", "given_name", "family_name", "phone", "email", "gender", "birth_date", "address", "postcode", "city",
    "region", "country",
)  # fmt: skip


def names(whole: pa.Array, given: pa.Array, family: pa.Array) -> Parts:
    """The name parts of each record, from one column or two."""
    two = pc.binary_join_element_wise(pc.fill_null(given, ""), pc.fill_null(family, ""), SPLIT)
    complete = pc.and_(pc.is_valid(given), pc.is_valid(family))
    written = pc.if_else(pc.or_(complete, pc.is_null(whole)), only(has(two, r"[^\t]"), two), whole)
    return on_distinct(written, names_of)


def names_of(written: pa.Array) -> Parts:
    """The same for distinct values."""
    read = [read_name(each) for each in written.to_pylist()] or [Name()]
    columns = [pa.array(part, pa.string()) for part in zip(*read, strict=True)]
    key, family, given, roman, mask = [column.slice(0, len(written)) for column in columns]
    return {
        "name_key": filled(key),
        "family_key": family,
        "given_key": given,
        # Letters of Hangul apart, so that a slip of one letter is one edit.
        "name_jamo": pc.utf8_normalize(key, form="NFD"),
        "name_roman": roman,
        "name_mask": mask,
    }
