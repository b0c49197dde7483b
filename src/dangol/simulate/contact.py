"""Names, phones, mails and homes of invented people, and how the mall and the stores wrote them down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dangol.simulate import words
from dangol.simulate.clock import Flags, Floats, Ints, stream
from dangol.simulate.column import coded, dates, digits, either, joined, moments, nothing, picked
from dangol.simulate.people import People
from dangol.simulate.plan import Block, Plan

PHONES, PHONE_STEP, PHONE_BASE = 80_000_000, 7_654_321, 20_000_000
MAIL_STEP, MAILS = 15_485_863, 10_000_000
MATCHES = ("exact", "typo", "masked")
MATCH_SHARES = (0.80, 0.12, 0.08)
SHARED_PHONE_SHARE = 0.04
BIRTH_EPOCH = 2026


@dataclass(frozen=True)
class Contact:
    """How people are really called and reached.

    Attributes:
        name, masked, mistyped: the name, and two ways it is written wrongly.
        phone: eight figures after 010.
        email, address, postcode, region, city: text columns.
        born: local days of birth.
        match: 0 where the store card repeats the mall's name and phone, 1 with an error, 2 with a masked name.
        acquisition: place in the list of acquisition channels.
    """

    name: pa.Array
    masked: pa.Array
    mistyped: pa.Array
    phone: Ints
    email: pa.Array
    address: pa.Array
    postcode: pa.Array
    region: pa.Array
    city: pa.Array
    born: Floats
    match: Ints
    acquisition: Ints


def make_contact(plan: Plan, block: Block, people: People) -> Contact:
    """Names and addresses of a block's people; homes share an address, couples keep their own surnames."""
    rng = stream(plan.seed, 0, block.number, "contact")
    surname, first, second, other = name_parts(people, rng)
    phone = (people.number * PHONE_STEP + plan.seed) % PHONES + PHONE_BASE
    shares = (people.place > 0) & (rng.random(len(people)) < SHARED_PHONE_SHARE)
    phone = np.where(shares, phone[np.arange(len(people)) - people.place], phone)
    year_day = np.floor(rng.random(len(people)) * 365)
    address, postcode, region, city = home_texts(block, people, rng)
    return Contact(
        name=joined(surname, first, second),
        masked=joined(surname, "*", second),
        mistyped=joined(surname, first, other),
        phone=phone,
        email=mails(people, rng),
        address=address,
        postcode=postcode,
        region=region,
        city=city,
        born=np.floor((BIRTH_EPOCH - people.age - 1970) * 365.25 - year_day),
        match=rng.choice(3, len(people), p=MATCH_SHARES),
        acquisition=rng.choice(len(words.ACQUISITION), len(people), p=[0.28, 0.16, 0.16, 0.08, 0.12, 0.20]),
    )


def name_parts(people: People, rng: np.random.Generator) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Surname, two syllables, and a wrong second syllable."""
    share = np.array(list(words.SURNAMES.values()), dtype=np.float64)
    own = rng.choice(len(share), len(people), p=share / share.sum())
    inherited = np.where(people.place >= 2, own[np.arange(len(people)) - people.place], own)
    first, second, wrong = (rng.random(len(people)) for _ in range(3))
    female = people.female

    def syllable(draw: Floats, women: tuple[str, ...], men: tuple[str, ...]) -> pa.Array:
        return either(female, picked(np.floor(draw * len(women)), women), picked(np.floor(draw * len(men)), men))

    return (
        picked(inherited, list(words.SURNAMES)),
        syllable(first, words.FEMALE_FIRST, words.MALE_FIRST),
        syllable(second, words.FEMALE_SECOND, words.MALE_SECOND),
        syllable((second + 0.1 + 0.8 * wrong) % 1.0, words.FEMALE_SECOND, words.MALE_SECOND),
    )


def mails(people: People, rng: np.random.Generator) -> pa.Array:
    """Mail addresses, one of its own for every person."""
    code = (people.number * MAIL_STEP) % MAILS
    word = picked(rng.integers(0, len(words.MAIL_WORDS), len(people)), words.MAIL_WORDS)
    domain = picked(rng.integers(0, len(words.MAIL_DOMAINS), len(people)), words.MAIL_DOMAINS)
    return joined(word, digits(code), "@", domain)


def home_texts(block: Block, people: People, rng: np.random.Generator) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Address, postcode, Si/Do and Si/Gun/Gu of each person's home."""
    homes, home = block.people, people.household - block.first
    weight = np.linspace(2.0, 0.5, len(words.PLACES))
    place = rng.choice(len(words.PLACES), homes, p=weight / weight.sum())[home]
    road, number = rng.integers(0, len(words.ROADS), homes)[home], rng.integers(1, 400, homes)[home]
    building, floor, door = rng.integers(101, 120, homes)[home], rng.integers(1, 25, homes)[home], rng.integers(1, 5, homes)[home]
    tower, zipped = (rng.random(homes) < 0.75)[home], rng.integers(0, 100, homes)[home]
    region, city, prefix = (picked(place, [each[part] for each in words.PLACES]) for part in range(3))
    street = joined(
        pc.replace_substring(joined(region, city, by=" "), "  ", " "), picked(road, words.ROADS), digits(number), by=" "
    )
    unit = joined(", ", digits(building), "동 ", digits(floor * 100 + door), "호")
    address = either(tower, joined(street, unit), street)
    return pc.replace_substring(address, "  ", " "), joined(prefix, digits(zipped, 2)), region, city


def phone_text(phone: Ints, form: Ints) -> pa.Array:
    """A phone as people write it: 0 with hyphens, 1 bare, 2 international, 3 as a spreadsheet leaves it."""
    middle, end = digits(phone // 10_000, 4), digits(phone % 10_000, 4)
    forms = (
        joined("010", middle, end, by="-"),
        joined("010", middle, end),
        joined("+82 10", middle, end, by="-"),
        joined("10", middle, end),
    )
    return pc.choose(pa.array(form), *forms)


def mall_refs(people: People) -> pa.Array:
    """Member numbers of the online mall."""
    return joined("M", digits(people.number, 8))


def card_refs(people: People) -> pa.Array:
    """Numbers of the store cards."""
    return joined("2800", digits(people.number, 10))


def mall_members(plan: Plan, block: Block, people: People, contact: Contact) -> pa.Table:
    """Rows of `customers` as the mall delivers them: rather complete."""
    rng = stream(plan.seed, 0, block.number, "mall register")
    rows = np.flatnonzero(people.has_mall)
    lacks = [(rng.random(len(people)) < share)[rows] for share in (0.08, 0.15, 0.25, 0.20)]
    table = pa.table(
        {
            "customer_ref": mall_refs(people),
            "customer_name": contact.name,
            "phone": phone_text(contact.phone, np.zeros(len(people), dtype=np.int64)),
            "email": contact.email,
            "gender": genders(people),
            "birth_date": dates(contact.born),
            "address": contact.address,
            "postcode": contact.postcode,
            "city": contact.city,
            "region": contact.region,
            "registered_at": moments(people.acquired),
            "acquisition_channel": coded(contact.acquisition, words.ACQUISITION),
        }
    ).take(pa.array(rows))
    return lacking(table, dict(zip(("email", "gender", "birth_date", "address"), lacks, strict=True)))


def genders(people: People) -> pa.Array:
    """Gender as the canonical words."""
    return picked(people.female.astype(np.int64), ("male", "female"))


def lacking(table: pa.Table, lacks: dict[str, Flags]) -> pa.Table:
    """The table with values left out."""
    for name, missing in lacks.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, nothing(missing, table.column(name).combine_chunks()))
    return table


def card_members(plan: Plan, block: Block, people: People, contact: Contact) -> pa.Table:
    """Rows of `customers` as the stores deliver them: few fields, written down by hand."""
    rng = stream(plan.seed, 0, block.number, "card register")
    rows = np.flatnonzero(people.has_card)
    error = rng.integers(0, 3, len(people))
    typo = contact.match == 1
    clean = rng.choice(3, len(people), p=[0.6, 0.32, 0.08])
    form = np.where(typo & (error == 0), 3, clean)
    slip = (rng.integers(1, 9, len(people)) * 10 ** rng.integers(0, 7, len(people))).astype(np.int64)
    phone = np.where(typo & (error == 1), (contact.phone + slip - PHONE_BASE) % PHONES + PHONE_BASE, contact.phone)
    name = either(contact.match == 2, contact.masked, either(typo & (error == 2), contact.mistyped, contact.name))
    lacks = {name: (rng.random(len(people)) < share)[rows] for name, share in (("gender", 0.3), ("birth_date", 0.5))}
    table = pa.table(
        {
            "customer_ref": card_refs(people),
            "customer_name": name,
            "phone": phone_text(phone, form),
            "gender": genders(people),
            "birth_date": dates(contact.born),
            "registered_at": moments(people.acquired),
        }
    ).take(pa.array(rows))
    return lacking(table, lacks)


def record_truth(people: People, contact: Contact) -> pa.Table:
    """Which record is which person, and how well the card repeats what the mall knows."""
    match = np.where(people.has_mall & people.has_card, contact.match, len(MATCHES))
    parts = []
    for system, has, refs in (("mall", people.has_mall, mall_refs(people)), ("pos", people.has_card, card_refs(people))):
        rows = np.flatnonzero(has)
        columns = {
            "system": picked(np.zeros(len(rows)), [system]),
            "customer_ref": refs.take(pa.array(rows)),
            "person_id": people.number[rows],
            "match": picked(match[rows], [*MATCHES, "single"]),
        }
        parts.append(pa.table(columns))
    return pa.concat_tables(parts)
