"""Pairs of records compared field by field: the step each field reaches on its ladder, for millions of pairs at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, JaroWinkler

from dangol.identity.matching.evidence import AREA, BIRTH, EMAIL, GENDER, LADDERS, PHONE, STREET, Ladder
from dangol.identity.matching.likeness import compared, distinct_pairs
from dangol.identity.matching.marks import BANDS, Flags, Marks
from dangol.identity.matching.naming import RATED_FORMS, NameForms
from dangol.identity.matching.people import Coded, Codes, Ints, People, coded

Steps = npt.NDArray[np.integer[Any]]
# Steps whose weight depends on how common the agreeing value is, and the column it stands in.
RATED_STEPS = {"name": RATED_FORMS, "area": {"same_postcode": "postcode_key", "same_area": "address_area"}}
LIKE_STREET = 0.75
LIKE_AREA = 0.88
SLIPPED_AREA = 0.65
LONG_USER = 6
LIKE_MAIL = 0.85
MONTH, YEAR, DECADE = 31, 366, 3_653


@dataclass(frozen=True)
class Layout:
    """How the steps of a ladder and the bands of a value become codes 0, 1, 2 …

    Attributes:
        ladder: the steps.
        first: the first code of each step, step 0 included.
        step: of each code.
        band: of each code; -1 where the step has no bands.
    """

    ladder: Ladder
    first: Ints
    step: Ints
    band: Ints

    @property
    def codes(self) -> int:
        """Number of codes."""
        return len(self.step)


def layout(ladder: Ladder) -> Layout:
    """The codes of a ladder."""
    rated = RATED_STEPS.get(ladder.field, {})
    first, step, band = [0], [0], [-1]
    for number, each in enumerate(ladder.steps, start=1):
        first.append(len(step))
        many = BANDS if each.name in rated else 1
        step += [number] * many
        band += list(range(BANDS)) if many > 1 else [-1]
    return Layout(ladder, np.array(first), np.array(step), np.array(band))


LAYOUTS = tuple(layout(ladder) for ladder in LADDERS)


@dataclass(frozen=True)
class Comparer:
    """Compares records of one company.

    Attributes:
        people: the records.
        marks: how common their values are, and which contacts are shared.
    """

    people: People
    marks: Marks

    def codes(self, left: Ints, right: Ints) -> Steps:
        """The code each field reaches: pairs × fields, in the order of the ladders."""
        street = self.street(left, right)
        columns = (
            self.name(left, right),
            self.phone(left, right),
            self.email(left, right),
            self.birth(left, right),
            street,
            self.area(left, right, street),
            self.gender(left, right),
        )
        return np.column_stack(columns).astype(np.int16)

    @cached_property
    def forms(self) -> NameForms:
        """The distinct names, ready to be compared."""
        return NameForms.of(self.people.name_forms, self.marks)

    def name(self, left: Ints, right: Ints) -> Steps:
        """Codes of the names."""
        names = self.people.names
        ours, theirs = names.codes[left], names.codes[right]
        both = (ours >= 0) & (theirs >= 0)
        one, two, place = distinct_pairs(ours[both], theirs[both], max(len(names.values), 1))
        step, band = self.forms.compared(one, two)
        code = (LAYOUTS[0].first[step] + band).astype(np.int16)
        return spread(both, code[place])

    def phone(self, left: Ints, right: Ints) -> Steps:
        """Codes of the phones; two numbers of different kinds hardly contradict each other."""
        phones, kinds = self.people.columns["phone_key"], self.kinds
        ours, theirs = phones.codes[left], phones.codes[right]
        both = (ours >= 0) & (theirs >= 0)
        ours, theirs = ours[both], theirs[both]
        kind = kinds[ours]
        same = ours == theirs
        near = ~same
        near[near] = self.close(phones, ours[near], theirs[near], 1.0)
        step = np.select(
            [same & self.marks.shared["phone_key"][ours], same & (kind == 1), same, near, (kind != kinds[theirs]) | (kind == 0)],
            [PHONE.number(name) for name in ("same_shared", "same_mobile", "same_other", "near", "different_kind")],
            PHONE.number("different"),
        )
        return spread(both, step)

    @cached_property
    def kinds(self) -> npt.NDArray[np.int8]:
        """Of each phone number: 1 for a mobile, 2 where kinds are unknown, 0 for any other kind."""
        phones, kinds = self.people.columns["phone_key"], self.people.columns["phone_kind"]
        number = np.array([{"mobile": 1, "other": 2}.get(word, 0) for word in kinds.words], dtype=np.int8)
        found = np.full(len(phones.values), 2, dtype=np.int8)
        both = phones.known & kinds.known
        found[phones.codes[both]] = number[kinds.codes[both]]
        return found

    def email(self, left: Ints, right: Ints) -> Steps:
        """Codes of the e-mail addresses."""
        mails, users = self.people.columns["email_key"], self.people.columns["email_user"]
        ours, theirs = mails.codes[left], mails.codes[right]
        both = (ours >= 0) & (theirs >= 0)
        ours, theirs = ours[both], theirs[both]
        user, other = users.codes[left[both]], users.codes[right[both]]
        same = ours == theirs
        same_user = (user == other) & (user >= 0)
        near = ~same & ~same_user & (user >= 0) & (other >= 0)
        near[near] = self.stems[user[near]] != self.stems[other[near]]
        near[near] = self.close(users, user[near], other[near], 2.0, shortest=LONG_USER) | self.alike(
            mails, ours[near], theirs[near]
        )
        step = np.select(
            [same & self.marks.shared["email_key"][ours], same, same_user, near],
            [EMAIL.number(name) for name in ("same_shared", "same", "same_user", "near")],
            EMAIL.number("different"),
        )
        return spread(both, step)

    @cached_property
    def stems(self) -> Ints:
        """For each distinct part before the @ what it is without its numbers: who differs by a number is another one of a row."""
        users = self.people.columns["email_user"].values.cast(pa.string())
        stems = pc.replace_substring_regex(users, pattern=r"\d+", replacement="#").dictionary_encode()
        found: Ints = np.asarray(pc.fill_null(stems.indices, -1)).astype(np.int64)
        return found

    def close(self, values: Coded, left: Ints, right: Ints, most: float, shortest: int = 0) -> Flags:
        """Whether two values differ by a few slips of the finger."""
        one, two, place = distinct_pairs(left, right, max(len(values.values), 1))
        close: Flags = compared(values.said(one), values.said(two), OSA.distance, most) <= most
        if shortest:
            close &= np.minimum(values.lengths[one], values.lengths[two]) >= shortest
        return close[place]

    def alike(self, values: Coded, left: Ints, right: Ints) -> Flags:
        """Whether two values are nearly the same as a whole."""
        one, two, place = distinct_pairs(left, right, max(len(values.values), 1))
        found: Flags = (compared(values.said(one), values.said(two), OSA.normalized_similarity, LIKE_MAIL) >= LIKE_MAIL)[place]
        return found

    def birth(self, left: Ints, right: Ints) -> Steps:
        """Codes of the birth dates."""
        births, born = self.people.columns["birth_day"], self.people.columns["birth_year"]
        ours, theirs = births.codes[left], births.codes[right]
        year, other = born.codes[left], born.codes[right]
        both = (ours >= 0) & (theirs >= 0)
        years = np.where(year == other, BIRTH.number("same_born"), BIRTH.number("other_born"))
        code = np.where((year >= 0) & (other >= 0), years, 0).astype(np.int16)
        code[both] = self.dates(ours[both], theirs[both])
        return code

    def dates(self, ours: Codes, theirs: Codes) -> Ints:
        """Steps of pairs of full birth dates."""
        digits, parts, number = self.birth_parts
        wrong = (digits[ours] != digits[theirs]).sum(axis=1)
        year, month, day = (parts[ours, place] == parts[theirs, place] for place in range(3))
        turned = year & (parts[ours, 1] == parts[theirs, 2]) & (parts[ours, 2] == parts[theirs, 1])
        flipped = (np.sort(digits[ours], axis=1) == np.sort(digits[theirs], axis=1)).all(axis=1) & (wrong == 2)
        century = month & day & (parts[ours, 0] % 100 == parts[theirs, 0] % 100)
        apart = np.abs(number[ours] - number[theirs])
        return np.select(
            [ours == theirs, (wrong <= 1) | turned | flipped | century, (year & month) | (year & day) | (month & day),
             apart <= MONTH, apart <= YEAR, apart <= DECADE],
            [BIRTH.number(name) for name in ("same", "near", "two_parts", "month", "year", "decade")],
            BIRTH.number("different"),
        )  # fmt: skip

    @cached_property
    def birth_parts(self) -> tuple[npt.NDArray[np.int8], Ints, Ints]:
        """Of each distinct birth date the eight digits, year, month and day, and the days since 1970."""
        days = np.array(self.people.columns["birth_day"].values.to_pylist(), dtype="datetime64[D]")
        months = days.astype("datetime64[M]")
        year = days.astype("datetime64[Y]").astype(np.int64) + 1970
        month = months.astype(np.int64) % 12 + 1
        day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
        number = year * 10_000 + month * 100 + day
        digits = (number[:, None] // 10 ** np.arange(7, -1, -1)) % 10
        return digits.astype(np.int8), np.column_stack([year, month, day]), days.astype(np.int64)

    def street(self, left: Ints, right: Ints) -> Steps:
        """Codes of street and unit."""
        streets, units = self.people.columns["address_key"], self.people.columns["address_unit"]
        ours, theirs = streets.codes[left], streets.codes[right]
        both = (ours >= 0) & (theirs >= 0)
        ours, theirs = ours[both], theirs[both]
        unit, other = units.codes[left[both]], units.codes[right[both]]
        same, known = ours == theirs, (unit >= 0) & (other >= 0)
        near, numbers = ~same, same.copy()
        near[~same], numbers[~same] = self.like_streets(ours[~same], theirs[~same])
        step = np.select(
            [same & known & (unit == other), same & known, same, near & numbers, near],
            [STREET.number(name) for name in ("same_unit", "other_unit", "same", "near", "other_number")],
            STREET.number("different"),
        )
        return spread(both, step)

    def like_streets(self, left: Ints, right: Ints) -> tuple[Flags, Flags]:
        """Whether two streets are written alike, and whether all their numbers are the same."""
        streets = self.people.columns["address_key"]
        one, two, place = distinct_pairs(left, right, max(len(streets.values), 1))
        like = compared(streets.said(one), streets.said(two), OSA.normalized_similarity, LIKE_STREET) >= LIKE_STREET
        numbers = self.street_numbers
        return like[place], (numbers[one] == numbers[two])[place]

    @cached_property
    def street_numbers(self) -> Codes:
        """The digits of each distinct street, as a code."""
        digits = pc.replace_substring_regex(self.people.columns["address_key"].values.cast(pa.string()), r"\D+", "")
        return coded(digits).codes

    def area(self, left: Ints, right: Ints, street: Steps) -> Steps:
        """Codes of postcode and area; nothing new where the street is the same already."""
        post, areas = self.people.columns["postcode_key"], self.people.columns["address_area"]
        code, code_other, area, area_other = post.codes[left], post.codes[right], areas.codes[left], areas.codes[right]
        told = (street > 0) & (street <= STREET.number("other_unit"))
        codes_known, areas_known = (code >= 0) & (code_other >= 0), (area >= 0) & (area_other >= 0)
        open_ = (codes_known | areas_known) & ~told
        same_code, same_area = codes_known & (code == code_other), areas_known & (area == area_other)
        near = open_ & ~same_code & ~same_area
        near &= self.near_place(post, left, right, near & codes_known) | self.near_place(areas, left, right, near & areas_known)
        step = np.select(
            [~open_, same_code, same_area, near],
            [0, *(AREA.number(name) for name in ("same_postcode", "same_area", "near"))],
            AREA.number("different"),
        )
        band = np.zeros(len(left), dtype=np.int64)
        for name, same, values in (("postcode_key", same_code, code), ("address_area", same_area & ~same_code, area)):
            chosen = open_ & same
            band[chosen] = self.marks.band[name][values[chosen]]
        found: Steps = (LAYOUTS[5].first[step] + band).astype(np.int16)
        return found

    def near_place(self, values: Coded, left: Ints, right: Ints, chosen: Flags) -> Flags:
        """Whether two postcodes or areas differ by a slip, where chosen."""
        found = np.zeros(len(left), dtype=bool)
        one, two, place = distinct_pairs(values.codes[left[chosen]], values.codes[right[chosen]], max(len(values.values), 1))
        close = compared(values.said(one), values.said(two), JaroWinkler.similarity, LIKE_AREA) >= LIKE_AREA
        close |= compared(values.said(one), values.said(two), OSA.normalized_similarity, SLIPPED_AREA) >= SLIPPED_AREA
        found[chosen] = close[place]
        return found

    def gender(self, left: Ints, right: Ints) -> Steps:
        """Codes of gender."""
        genders = self.people.columns["gender_key"]
        ours, theirs = genders.codes[left], genders.codes[right]
        both = (ours >= 0) & (theirs >= 0)
        step = np.where(ours[both] == theirs[both], GENDER.number("same"), GENDER.number("different"))
        return spread(both, step)


def spread(both: Flags, codes: npt.NDArray[np.integer]) -> Steps:
    """Codes for all pairs, 0 where one of the two has no value."""
    found = np.zeros(len(both), dtype=np.int16)
    found[both] = codes
    return found
