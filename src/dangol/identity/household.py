"""Who lives together: customers of one home get one offer, one catalogue and one visit.

A home is an address with its unit, or a telephone that a few people share. Spouses in Korea keep their own surnames, so that a
shared surname is never asked for; it only makes a household surer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dangol.core.engine import Duck
from dangol.core.errors import DataError, told
from dangol.core.query import Scope, bind, sql

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# More people than this behind one door, one telephone or one chain of both are no household.
MOST_PEOPLE = 8
# How sure each kind of evidence makes a household before a shared surname is looked at.
SURE = {"unit": 0.95, "misspelt address": 0.9, "postcode and unit": 0.85, "landline": 0.85, "shared mobile": 0.8}
BUILDING = "building"
# Below it two customers of one building are likelier neighbours than family.
LEAST_SURE = 0.5
# A company with no two customers in one building: three homes of five shared, for a start.
PRIOR_SAME, PRIOR_PAIRS = 3, 5
NO_MOMENT = datetime(1970, 1, 1)

# An area that is written in part (동구, or none) is the one that the same street and number have elsewhere.
HOMES = """
    with written as (
        select distinct customer_no, family_key, address_key, address_unit, address_area, postcode_key
        from household_people where address_key is not null and address_kind is null),
    whole as (select distinct address_key, address_area from written where address_area like '% %'),
    meant as (
        select w.address_key, w.address_area, min(whole.address_area) as area
        from (select distinct address_key, address_area from written) w
        join whole on whole.address_key = w.address_key
             and (w.address_area is null or whole.address_area = w.address_area
                  or (w.address_area not like '% %' and whole.address_area like concat('% ', w.address_area)))
        group by w.address_key, w.address_area having count(*) = 1)
    select customer_no, written.address_key, address_unit, postcode_key,
           coalesce(area, written.address_area, '') as area
    from written left join meant
         on meant.address_key = written.address_key and meant.address_area is not distinct from written.address_area"""

BY_UNIT = """
    select distinct customer_no as member,
           dense_rank() over (order by area, address_key, address_unit) as place
    from homes where address_unit is not null"""

# One number and unit in two streets of one sound: a slip in one of them, judged by their letters. Numbers in names of streets
# are no slips: 상계로1길 and 상계로2길 are neighbours.
MISSPELT = """
    with doors as (
        select distinct customer_no, area, address_key, address_unit, postcode_key,
               regexp_extract(address_key, '^(.*) (\\S+)$', 1) as street,
               regexp_extract(address_key, '^(.*) (\\S+)$', 2) as number
        from homes where address_unit is not null and area <> ''),
    one as (
        select min(customer_no) as customer_no, area, street, number, address_unit, min(postcode_key) as postcode_key,
               regexp_replace(street, '[^0-9]', '', 'g') as digits
        from doors where street <> '' group by area, street, number, address_unit)
    select l.customer_no as l, r.customer_no as r, l.street as street_l, r.street as street_r
    from one l join one r
         on l.area = r.area and l.number = r.number and l.address_unit = r.address_unit and l.digits = r.digits
    where l.street < r.street and abs(length(l.street) - length(r.street)) <= 1
      and (l.address_unit like '%-%' or l.postcode_key = r.postcode_key)"""

# A lot and a road are two names of one place, which only the postcode and the unit can show.
BY_POSTCODE = """
    with doors as (
        select distinct customer_no, postcode_key, address_unit,
               regexp_matches(address_key, '(로|길) [0-9-]+$') as is_road,
               regexp_matches(address_key, '(동|리|가) [0-9산-]+$') as is_lot
        from homes where postcode_key is not null and address_unit like '%-%'),
    both_kinds as (
        select postcode_key, address_unit from doors group by postcode_key, address_unit
        having bool_or(is_road) and bool_or(is_lot))
    select distinct customer_no as member, dense_rank() over (order by postcode_key, address_unit) as place
    from doors join both_kinds using (postcode_key, address_unit)"""

BY_PHONE = """
    select distinct customer_no as member, dense_rank() over (order by phone_key) as place
    from household_people where phone_kind = $kind"""

# Of buildings small enough: pairs of customers with known units, and how many of them share one.
SAME_DOOR = """
    with doors as (select distinct customer_no, area, address_key, address_unit from homes where address_unit is not null),
    small as (
        select area, address_key, count(*) as people from doors group by area, address_key
        having count(distinct customer_no) between 2 and $most),
    shared as (
        select count(*) as people from doors join small using (area, address_key)
        group by area, address_key, address_unit)
    select (select coalesce(sum(people * (people - 1) / 2), 0) from shared) as same,
           (select coalesce(sum(people * (people - 1) / 2), 0) from small) as pairs"""

# Buildings with one known unit at most, where somebody left the unit out.
BY_BUILDING = """
    with buildings as (
        select area, address_key from homes group by area, address_key
        having count(distinct address_unit) <= 1 and count(*) > count(address_unit)
           and count(distinct customer_no) between 2 and $most)
    select distinct customer_no as member, dense_rank() over (order by area, address_key) as place
    from homes join buildings using (area, address_key)"""


@dataclass
class Grouping:
    """Households while they grow.

    Attributes:
        label: the household of each customer, by place.
        evidence: what joined each customer first; empty while alone.
        sure: how sure that made it.
    """

    label: Ints
    evidence: npt.NDArray[np.object_]
    sure: Floats

    @classmethod
    def alone(cls, customers: int) -> Grouping:
        """Everybody for themselves."""
        return cls(np.arange(customers), np.full(customers, "", dtype=object), np.full(customers, np.nan))

    def join(self, left: Ints, right: Ints, evidence: str, sure: float) -> None:
        """Put customers together, but for households that would become larger than any."""
        count = len(self.label)
        ends = (self.label[left], self.label[right])
        graph = coo_array((np.ones(len(left), dtype=np.int8), ends), shape=(count, count))
        _, component = connected_components(graph, directed=False)
        larger = component[self.label]
        fits = np.bincount(larger, minlength=count)[larger] <= MOST_PEOPLE
        first = np.full(count, count)
        np.minimum.at(first, larger, self.label)
        self.label = np.where(fits, first[larger], self.label)
        touched = np.unique(np.concatenate([left, right]))
        new = touched[fits[touched] & (self.evidence[touched] == "")]
        self.evidence[new], self.sure[new] = evidence, sure


def households(duck: Duck, people: pa.Table, customer_no: Ints) -> pa.Table:
    """Which customers live together, how sure that is, and by what it shows.

    Args:
        duck: any connection; its tables `household_people` and `homes` are used up.
        people: records as `standard_people` makes them.
        customer_no: which customer each record belongs to, numbers from 0 without gaps.

    Returns:
        One row per customer in order: customer_no, household_no (the smallest customer number in it), size, confidence
        (missing for people alone), evidence (unit, misspelt address, postcode and unit, landline, shared mobile, building).

    Raises:
        DataError: there are not as many customer numbers as records.
    """
    if len(customer_no) != people.num_rows:
        raise DataError(told("lengths differ: {lengths}", lengths=f"{len(customer_no)}, {people.num_rows}"), where="households")
    customers = int(customer_no.max(initial=-1)) + 1
    duck.register("household_people", people.append_column("customer_no", pa.array(customer_no, pa.int64())))
    duck.create("homes", sql(HOMES).tree, temporary=True)
    found = Grouping.alone(customers)
    for evidence, (left, right) in links(duck).items():
        found.join(left, right, evidence, SURE[evidence])
    shared = same_door(duck)
    if shared >= LEAST_SURE:
        found.join(*together(duck, BY_BUILDING, most=MOST_PEOPLE), BUILDING, shared)
    surer(found, surnames(duck, customers))
    duck.drop("homes")
    duck.drop("household_people")
    return as_rows(found)


def links(duck: Duck) -> dict[str, tuple[Ints, Ints]]:
    """Customers to put together, by evidence, the surest first."""
    return {
        "unit": together(duck, BY_UNIT),
        "misspelt address": misspelt(duck),
        "postcode and unit": together(duck, BY_POSTCODE),
        "landline": together(duck, BY_PHONE, kind="landline"),
        "shared mobile": together(duck, BY_PHONE, kind="mobile"),
    }


def together(duck: Duck, text: str, **values: str | int) -> tuple[Ints, Ints]:
    """Customers of one place as pairs with its first customer; places with too many people are left out."""
    found = duck.arrow(bind(sql(text), Scope(as_of=NO_MOMENT, values=values)))
    member, place = (found.column(name).to_numpy().astype(np.int64) for name in ("member", "place"))
    count = int(place.max(initial=0)) + 1
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, place, member)
    kept = np.bincount(place, minlength=count)[place] <= MOST_PEOPLE
    return first[place][kept], member[kept]


def misspelt(duck: Duck) -> tuple[Ints, Ints]:
    """Customers of one number and unit in streets that are one letter apart."""
    found = duck.arrow(sql(MISSPELT).tree)
    streets = [pc.utf8_normalize(found.column(name), form="NFD").to_pylist() for name in ("street_l", "street_r")]
    close = np.array([OSA.distance(*pair, score_cutoff=1) <= 1 for pair in zip(*streets, strict=True)], dtype=np.bool_)
    left, right = (found.column(name).to_numpy().astype(np.int64)[close] for name in ("l", "r"))
    return left, right


def same_door(duck: Duck) -> float:
    """How likely two customers of one small building share its door, learnt from those whose units are known."""
    known = duck.row(bind(sql(SAME_DOOR), Scope(as_of=NO_MOMENT, values={"most": MOST_PEOPLE})))
    return (float(known["same"]) + PRIOR_SAME) / (float(known["pairs"]) + PRIOR_PAIRS)


SURNAMES = """
    select customer_no, min(family_key) as family from household_people where family_key is not null group by customer_no"""


def surnames(duck: Duck, customers: int) -> npt.NDArray[np.object_]:
    """The surname of each customer; empty where unknown."""
    found = duck.arrow(sql(SURNAMES).tree)
    names = np.full(customers, "", dtype=object)
    names[found.column("customer_no").to_numpy()] = found.column("family").to_numpy(zero_copy_only=False)
    return names


def surer(found: Grouping, family: npt.NDArray[np.object_]) -> None:
    """Halve the doubt about those who share their surname with another of the household."""
    _, names = np.unique(family.astype(str), return_inverse=True)
    pair = found.label * (int(names.max(initial=0)) + 1) + names
    _, place, count = np.unique(pair, return_inverse=True, return_counts=True)
    shares = (count[place] > 1) & (family != "")
    found.sure = np.where(shares, 1 - (1 - found.sure) / 2, found.sure)


def as_rows(found: Grouping) -> pa.Table:
    """The households as a table."""
    size = np.bincount(found.label, minlength=len(found.label))[found.label]
    joined = size > 1
    return pa.table(
        {
            "customer_no": np.arange(len(found.label)),
            "household_no": found.label,
            "size": size,
            "confidence": pa.array(found.sure, mask=~joined),
            "evidence": pa.array(found.evidence.tolist(), pa.string(), mask=~joined),
        }
    )
