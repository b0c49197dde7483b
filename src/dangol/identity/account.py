"""Which records are one company: accounts by business number, own domain, telephone, or name and place, and their parents.

Nothing is learnt from labels. What contradicts weighs more than what agrees: two business numbers are two accounts, and a domain
that several companies share (a group's) joins nobody by itself.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from dangol.identity.standard.hangul import latin

Ints = npt.NDArray[np.int64]

# What joins two records, and how sure it makes them one company.
STRENGTH = {
    "business number": 0.99, "name and domain": 0.98, "name and phone": 0.98, "name and address": 0.97,
    "similar name and domain": 0.94, "similar name and phone": 0.94, "similar name and address": 0.92, "domain": 0.88,
    "phone": 0.85, "address": 0.8, "name and area": 0.85, "name": 0.75,
}  # fmt: skip
# Names this alike (of 100, by letters or words) may be one name with a slip, where something else agrees.
ALIKE = 85.0
# Names in two alphabets are compared by sound; further apart than this, nothing is said.
ALIKE_SOUND = 80.0
# Pairs are formed within places of a few different records only.
MOST_IN_A_PLACE = 40
# A column of business numbers whose check digits are right no oftener than this holds numbers of another kind.
CHECKED_SHARE = 0.5


@dataclass(frozen=True)
class Company:
    """One company record in comparable form; empty text where nothing is known."""

    name: str
    words: str
    roman: str
    issue: str
    number: str
    domain: str
    phone: str
    address: str
    area: str

    @property
    def hangul_name(self) -> str:
        """The name where it is in Hangul."""
        return "" if self.words else self.name

    @property
    def latin_name(self) -> str:
        """The name where it is in Latin letters."""
        return self.name if self.words else ""

    @property
    def house(self) -> str:
        """The number of the house where no area tells the place."""
        return "" if self.area else door(self.address)


@dataclass
class Accounts:
    """Accounts while they grow.

    Attributes:
        parent: the record that stands for each one, as a forest.
        numbers: business numbers of each account, by its record.
        evidence: what joined each record first.
    """

    parent: list[int]
    numbers: list[frozenset[str]]
    evidence: list[str] = field(default_factory=list)

    def top(self, record: int) -> int:
        """The record that stands for an account."""
        while self.parent[record] != record:
            self.parent[record] = self.parent[self.parent[record]]
            record = self.parent[record]
        return record

    def join(self, left: int, right: int, evidence: str) -> bool:
        """Make two accounts one unless they have different business numbers; whether they are one now."""
        one, other = sorted((self.top(left), self.top(right)))
        if one == other:
            return True
        numbers = self.numbers[one] | self.numbers[other]
        if not may_be_one(numbers):
            return False
        self.parent[other], self.numbers[one] = one, numbers
        for record in (left, right):
            self.evidence[record] = self.evidence[record] or evidence
        return True


def may_be_one(numbers: frozenset[str]) -> bool:
    """Whether business numbers may be one number, mistyped by a digit at most."""
    return all(OSA.distance(one, other, score_cutoff=1) <= 1 for one, other in combinations(sorted(numbers), 2))


def accounts(companies: pa.Table) -> pa.Table:
    """Which records are one account, and by what it shows.

    Args:
        companies: records as `standard_companies` makes them.

    Returns:
        One row per record in order: account_no (the smallest record number of the account), size, confidence and evidence (a
        key of `STRENGTH`); the last two are missing for records alone.
    """
    place, distinct = numbered(companies)
    trusted = trusted_numbers(companies)
    numbers = [frozenset({each.number} & trusted) for each in distinct]
    found = Accounts(list(range(len(distinct))), numbers, [""] * len(distinct))
    for evidence, left, right in sorted(links(distinct, trusted), key=lambda link: -STRENGTH[link[0]]):
        found.join(left, right, evidence)
    by_name(distinct, found)
    return told(found, place)


def numbered(companies: pa.Table) -> tuple[Ints, list[Company]]:
    """The distinct records in order, and which of them each record is."""
    columns = [pc.fill_null(companies.column(name), "").to_pylist() for name in COLUMNS]
    place: dict[tuple[str, ...], int] = {}
    found = [place.setdefault(row, len(place)) for row in zip(*columns, strict=True)]
    return np.array(found, dtype=np.int64), [Company(*row) for row in place]


COLUMNS = (
    "company_key", "company_words", "company_roman", "company_issue", "business_key", "domain_key", "phone_key", "address_key",
    "address_area",
)  # fmt: skip


def trusted_numbers(companies: pa.Table) -> frozenset[str]:
    """Business numbers whose difference tells accounts apart: those with a right check digit.

    Where check digits are right only by chance, the numbers are of another kind (another country's, or made anonymous), and all
    are trusted.
    """
    known = companies.select(["business_key", "business_valid"]).drop_null()
    by_chance = bool(known.num_rows) and pc.mean(known.column("business_valid").cast(pa.int8())).as_py() < CHECKED_SHARE
    kept = known if by_chance else known.filter(known.column("business_valid"))
    return frozenset(kept.column("business_key").to_pylist())


def links(records: Sequence[Company], trusted: frozenset[str]) -> Iterator[tuple[str, int, int]]:
    """Pairs of records that are one company, with what shows it."""
    for places in together(records, lambda each: (each.number,)):
        yield from (("business number", places[0], other) for other in places[1:])
    for kind, sign in SIGNS.items():
        for places in together(records, sign):
            yield from linked(kind, records, places, trusted)
    for places in together(records, lambda each: (each.name, each.area)):
        yield from (("name and area", places[0], other) for other in places[1:])


Sign = Callable[[Company], tuple[str, ...]]
SIGNS: Mapping[str, Sign] = {
    "domain": lambda each: (each.domain,),
    "phone": lambda each: (each.phone,),
    "address": lambda each: (each.address,),
}


def together(records: Sequence[Company], sign: Sign) -> Iterator[list[int]]:
    """Places of records with the same sign, where it is known and several have it."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, each in enumerate(records):
        if all(sign(each)):
            found[sign(each)].append(place)
    return (places for places in found.values() if len(places) > 1)


def linked(kind: str, records: Sequence[Company], places: list[int], trusted: frozenset[str]) -> Iterator[tuple[str, int, int]]:
    """Pairs of records that share a domain, telephone or address, as far as their names allow."""
    yield from named_alike(kind, records, places)
    if len(places) > MOST_IN_A_PLACE:
        return
    own = is_own(kind, [records[place] for place in places], trusted)
    for left, right in combinations(places, 2):
        evidence = judged(kind, records[left], records[right], own=own)
        if evidence:
            yield evidence, left, right


def named_alike(kind: str, records: Sequence[Company], places: list[int]) -> Iterator[tuple[str, int, int]]:
    """Pairs of records that share a sign and their very name."""
    first: dict[str, int] = {}
    for place in places:
        name = records[place].name
        if name and first.setdefault(name, place) != place:
            yield f"name and {kind}", first[name], place


def judged(kind: str, one: Company, other: Company, *, own: bool) -> str:
    """What joins two records that share a sign; empty where nothing does."""
    likeness = alike(one, other)
    if likeness == "alike" and not elsewhere(one, other):
        return f"similar name and {kind}"
    if likeness == "unknown" and own:
        return kind
    return kind if agree_twice(one, other) else ""


def elsewhere(one: Company, other: Company) -> bool:
    """Whether two addresses are known to differ by the number of the house."""
    return bool(one.address and other.address) and door(one.address) != door(other.address)


def is_own(kind: str, records: Sequence[Company], trusted: frozenset[str]) -> bool:
    """Whether a domain, telephone or address is one company's: no two business numbers in it, and no two different names."""
    if kind == "address" or len({each.number for each in records} & trusted) > 1:
        return False
    return all(alike(one, other) != "different" for one, other in combinations(records, 2))


def agree_twice(one: Company, other: Company) -> bool:
    """Whether a company that changed its name, or uses a brand, shows by two other signs."""
    same = [bool(sign(one)[0]) and sign(one) == sign(other) for sign in SIGNS.values()]
    return sum(same) >= 2 and one.issue == other.issue


def alike(one: Company, other: Company) -> str:
    """How two names compare: same, alike, different, or unknown where one is missing or in another alphabet."""
    if not one.name or not other.name:
        return "unknown"
    if one.name == other.name:
        return "same"
    return by_sound(one, other) if bool(one.words) != bool(other.words) else by_letters(one, other)


def by_sound(one: Company, other: Company) -> str:
    """How names in two alphabets compare; what does not sound alike may still be a translation."""
    return "alike" if fuzz.ratio(one.roman, other.roman) >= ALIKE_SOUND else "unknown"


def by_letters(one: Company, other: Company) -> str:
    """How different names in one alphabet compare."""
    return "alike" if one.issue == other.issue and score(one, other) >= ALIKE else "different"


def score(one: Company, other: Company) -> float:
    """How alike two names in one alphabet are, of 100: by words, or by the letters of Hangul."""
    return fuzz.token_set_ratio(one.words, other.words) if one.words else letters_alike(one.name, other.name)


def letters_alike(one: str, other: str) -> float:
    """How alike two Korean names are by their letters, of 100."""
    return 100 * OSA.normalized_similarity(letters(one), letters(other))


@lru_cache(maxsize=100_000)
def letters(name: str) -> str:
    """A name with the letters of its syllables apart."""
    return unicodedata.normalize("NFD", name)


# Folding makes 대웅 and 태웅 one sound; where nothing else agrees, the first letter must too.
NAMES: Sequence[Sign] = (lambda each: (each.name,), lambda each: (each.roman, latin(each.name)[:1]))


def by_name(records: Sequence[Company], found: Accounts) -> None:
    """Join accounts of one name where nothing contradicts: one business number, one domain, one place at most.

    Where something does, several companies have the name, and a record that says no more stays alone. A name in Latin letters
    is compared by its sound with the one Korean name that sounds so.
    """
    for sign in NAMES:
        for places in together(records, sign):
            alone = no_contradiction([records[place] for place in places])
            for other in places[1:] if alone else ():
                found.join(places[0], other, "name")


def no_contradiction(records: Sequence[Company]) -> bool:
    """Whether records of one name can all be one company."""
    agreeing = all(len(values(sign(each) for each in records)) <= 1 for sign in MOST_ONE)
    return agreeing and one_area(records) and may_be_one(values(each.number for each in records))


# What a company has one of at most; names in two alphabets are not compared.
MOST_ONE: Sequence[Callable[[Company], str]] = (
    lambda each: each.hangul_name,
    lambda each: each.latin_name,
    lambda each: owner(each.domain),
    lambda each: each.house,
)


def one_area(records: Sequence[Company]) -> bool:
    """Whether areas are one, written more or less fully."""
    return len(wholly(values(each.area for each in records))) <= 1


def values(texts: Iterable[str]) -> frozenset[str]:
    """The distinct texts that say something."""
    return frozenset(texts) - {""}


def wholly(areas: frozenset[str]) -> frozenset[str]:
    """Areas without those that are others written in part."""
    return frozenset(area for area in areas if not any(is_part(area, other) for other in areas))


def owner(domain: str) -> str:
    """The part of a domain that its owner chose: `samsung` of samsung.co.kr."""
    return domain.partition(".")[0]


def is_part(area: str, other: str) -> bool:
    """Whether an area is another one written in part."""
    return area != other and (other.endswith(f" {area}") or other.startswith(f"{area} "))


def door(address: str) -> str:
    """The number of the house, which stands first or last."""
    numbers = [word for word in address.split() if word[0].isdigit()]
    return numbers[0] if numbers else address


def told(found: Accounts, place: Ints) -> pa.Table:
    """The accounts of all records as a table."""
    count = len(found.parent)
    first = np.full(count, len(place), dtype=np.int64)
    top = np.array([found.top(record) for record in range(count)], dtype=np.int64)[place] if count else place
    np.minimum.at(first, top, np.arange(len(place)))
    size = np.bincount(top, minlength=count)[top]
    evidence = [found.evidence[each] or "same record" for each in place.tolist()]
    sure = np.array([STRENGTH.get(each, 1.0) for each in evidence])
    alone = size == 1
    return pa.table(
        {
            "account_no": first[top],
            "size": size,
            "confidence": pa.array(sure, pa.float64(), mask=alone),
            "evidence": pa.array(evidence, pa.string(), mask=alone),
        }
    )


def roll_up(account_no: Ints, account_ref: Sequence[str | None], parent_ref: Sequence[str | None]) -> tuple[Ints, Ints]:
    """The parent and the topmost parent of each record's account, where sources name one.

    Args:
        account_no: the account of each record.
        account_ref: the number (or name) that other records may name as their parent.
        parent_ref: the number (or name) of the parent of each record; missing for independent ones.

    Returns:
        Account numbers of the parent (-1 for none) and of the top of the tree (the account's own where it has no parent). A
        circle of parents is cut where it closes.
    """
    every = account_no.tolist()
    parent = parents(every, parent_ref, named_first(every, account_ref))
    tops = {account: topmost(account, parent) for account in dict.fromkeys(every)}
    return (
        np.array([parent.get(account, -1) for account in every], dtype=np.int64),
        np.array([tops[account] for account in every], dtype=np.int64),
    )


def named_first(accounts: Sequence[int], refs: Sequence[str | None]) -> dict[str, int]:
    """Whom a number or name means: the first account that has it."""
    return {ref: account for ref, account in zip(reversed(refs), reversed(accounts), strict=True) if ref}


def parents(accounts: Sequence[int], parent_ref: Sequence[str | None], of_ref: Mapping[str, int]) -> dict[int, int]:
    """The parent of each account that has one, as the first of its records that names one says; circles are cut."""
    parent: dict[int, int] = {}
    for account, ref in zip(accounts, parent_ref, strict=True):
        above = of_ref.get(ref or "", account)
        if topmost(above, parent) != account:
            parent.setdefault(account, above)
    return parent


def topmost(account: int, parent: Mapping[int, int]) -> int:
    """The account above all others of one account."""
    while account in parent:
        account = parent[account]
    return account
